"""What a run tells whoever watches it, in the run's own thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memrig.hil.bench import BenchInfo, Message, SafeState
from memrig.hil.guards import Alert
from memrig.hil.plan import Plan
from memrig.hil.profile import Profile
from memrig.hil.record import Chunk, Record

if TYPE_CHECKING:
    from memrig.hil.rehearsal import Rehearsal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A part of the dry run is done, before ``RunStarted``; nothing is known of the run yet.

    :param done: stimuli that the model has answered; a part of one counts as a part.
    :param stimuli: how many are expected, at least.
    """

    done: float
    stimuli: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReady:
    """The dry run has passed every check; a real device that is not armed is refused after this.

    :param profile: the limits that hold.
    """

    rehearsal: Rehearsal
    profile: Profile
    info: BenchInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The dry run has passed every check; the outputs are still off.

    :param stimuli: how many are expected; an adaptive protocol may need more or fewer.
    :param duration_s: expected, on the bench's clock.
    """

    run: str
    protocol: str
    info: BenchInfo
    stimuli: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulusStarted:
    """A plan was checked and is about to be applied."""

    index: int
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkArrived:
    """A part of a record came back."""

    index: int
    chunk: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFinished:
    """A record is complete, or was cut short; ``source`` is ``bench`` or ``overlay``."""

    index: int
    record: Record
    source: str = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesExchanged:
    """What was said between controller and instruments; binary blocks stand shortened."""

    rows: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardTripped:
    """A guard has seen something, for the first time in this run.

    :param policy: what happens now: ``continue``, ``stop`` or ``ask``.
    """

    alert: Alert
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The outputs are off and everything is stored."""

    run: str
    status: str
    safe: SafeState


Event = (Rehearsed | PlanReady | RunStarted | StimulusStarted | ChunkArrived | RecordFinished
         | MessagesExchanged | GuardTripped | RunFinished)
Observer = Callable[[Event], None]
