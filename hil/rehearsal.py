"""The dry run: every plan that a protocol would send, checked, with what the model would answer."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from memrig.hil.bench import Bench, ModelBench
from memrig.hil.calibration import Calibration
from memrig.hil.events import Observer, Rehearsed
from memrig.hil.keeping import NotKept, size_of, without_chunks
from memrig.hil.limits import Spent, WorstCase, check, count_pulses, held, judge, worst_case
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol, Setup
from memrig.hil.record import Chunk, Readings, Record
from memrig.hil.registry import load
from memrig.hil.stimulus import Stimulus

if TYPE_CHECKING:
    from memrig.hil.derive import Arriving

Phased = Generator[Stimulus, Record, None]
Pause = Callable[[float], None]
"""Called between any two blocks that the model answers, with how many stimuli it has answered, a
part of one as a part; what it raises ends the dry run."""


def never(done: float) -> None:
    """The ``Pause`` of who does not care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stimulus of a dry run.

    :param worst: the most that its plan can put on the device.
    :param record: what the model answered; without chunks where it has not been asked, and with
        its readings alone where it is too long to be kept.
    """

    plan: Plan
    worst: WorstCase
    record: Record

    @property
    def stimulus(self) -> Stimulus:
        """What was asked."""
        return self.plan.stimulus


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """All steps of a dry run, in order."""

    steps: tuple[Step, ...]

    @property
    def duration_s(self) -> float:
        """How long the run takes on the bench's clock, instruments' overhead aside."""
        return sum(step.plan.duration_s for step in self.steps)

    @property
    def pulses(self) -> int:
        """How many program pulses the device would see."""
        return sum(count_pulses(step.plan) for step in self.steps)

    @property
    def energy_j(self) -> float:
        """Energy that the device would get at most, the transient one included."""
        return sum(step.plan.repeat * step.worst.total_j for step in self.steps)


def setup_for(bench: Bench, profile: Profile, seed: int) -> Setup:
    """What a protocol may know of the bench and the device."""
    return Setup(profile=profile, settle_s=bench.capabilities.settle_s, seed=seed)


def phases(protocol: Protocol, setup: Setup) -> Phased:
    """The protocol with a read before and after; stimuli are labelled with their phase."""
    if protocol.reads_around:
        yield from _labelled("before", load("protocols", "read")(), setup)
    yield from _labelled("main", protocol, setup)
    if protocol.reads_around:
        yield from _labelled("after", load("protocols", "read")(), setup)


def _labelled(phase: str, protocol: Protocol, setup: Setup) -> Phased:
    steps = protocol.run(setup)
    try:
        stimulus = next(steps)
        while True:
            record = yield _in_phase(stimulus, phase)
            stimulus = steps.send(record)
    except StopIteration:
        return


def _in_phase(stimulus: Stimulus, phase: str) -> Stimulus:
    return dataclasses.replace(stimulus, labels={**stimulus.labels, "phase": phase})


def sketching(
    protocol: Protocol, bench: Bench, profile: Profile, *, seed: int = 0
) -> Iterator[Step]:
    """What is known of a dry run without asking the model, step by step.

    A step that must not be applied is given, too, before what ``rehearse`` raises for it.
    """
    netlist, can = bench.describe().netlist, bench.capabilities
    spent = Spent()
    for stimulus in _surely(protocol, setup_for(bench, profile, seed)):
        plan = held(bench.prepare(stimulus), profile)
        worst = worst_case(plan, profile, netlist, can)
        record = Record(stimulus=stimulus, plan=plan, netlist=netlist, chunks=(),
                        calibration=Calibration(), simulated=True)
        yield Step(plan=plan, worst=worst, record=record)
        judge(plan, worst, profile, can, protocol=protocol.name)
        spent = spent.after(plan, worst, profile)


def _surely(protocol: Protocol, setup: Setup) -> Iterator[Stimulus]:
    """The stimuli of ``phases`` that do not depend on what is read."""
    around = (load("protocols", "read")(),) if protocol.reads_around else ()
    for phase, one in (*(("before", p) for p in around), ("main", protocol),
                       *(("after", p) for p in around)):
        for stimulus in one.sketch(setup):
            yield _in_phase(stimulus, phase)


def telling(observer: Observer, stimuli: int) -> Pause:
    """Tells an observer how far a dry run is.

    :param stimuli: how many are ``expected``.
    """
    def tell(done: float) -> None:
        observer(Rehearsed(done=done, stimuli=max(stimuli, math.ceil(done))))

    return tell


def expected(protocol: Protocol, bench: Bench, profile: Profile, *, seed: int = 0) -> int:
    """How many stimuli there surely are, before any is prepared."""
    return sum(1 for _ in _surely(protocol, setup_for(bench, profile, seed)))


def rehearse(
    protocol: Protocol, bench: Bench, model: ModelBench, profile: Profile, *, seed: int = 0,
    pause: Pause = never, most_bytes: int | None = None,
) -> Rehearsal:
    """Run a protocol against the model with the plans of the real bench; touches no instrument.

    :param most_bytes: what the answers may take; of more there are the readings alone.
    :raises InfeasibleError: when the bench cannot do what is asked.
    :raises LimitError: when the device must not get it, or gets too many pulses.
    :raises ProfileError: when the profile forbids the protocol.
    """
    steps, left = list[Step](), _left(most_bytes)
    for step in rehearsing(protocol, bench, model, profile, seed=seed, pause=pause,
                           most_bytes=most_bytes):
        if not isinstance(step.record.chunks, NotKept):
            left -= sum(map(size_of, step.record.chunks))
        kept = step.record if left >= 0 else without_chunks(step.record)
        steps.append(dataclasses.replace(step, record=kept))
    return Rehearsal(steps=tuple(steps))


def rehearsing(
    protocol: Protocol, bench: Bench, model: ModelBench, profile: Profile, *, seed: int = 0,
    pause: Pause = never, most_bytes: int | None = None,
) -> Iterator[Step]:
    """The steps of a dry run as they are found; raises what ``rehearse`` does.

    :param most_bytes: what one answer may take; of a longer one there are the readings alone,
        unless the protocol looks at traces.
    """
    netlist = bench.describe().netlist
    yield from answering(protocol, bench, model.replica(netlist), profile, seed=seed, pause=pause,
                         most_bytes=most_bytes)


def answering(
    protocol: Protocol, bench: Bench, device: ModelBench, profile: Profile, *, seed: int = 0,
    pause: Pause = never, most_bytes: int | None = None,
) -> Iterator[Step]:
    """The steps of a protocol on a simulated device, which goes on from its state; every plan of
    the bench is checked. Raises what ``rehearse`` does."""
    most_bytes = None if protocol.looks_at_traces else most_bytes
    netlist, spent, done = bench.describe().netlist, Spent(), 0
    asked = phases(protocol, setup_for(bench, profile, seed))
    stimulus = next(asked, None)
    while stimulus is not None:
        plan = held(bench.prepare(stimulus), profile)
        worst = check(plan, profile, netlist, bench.capabilities, protocol=protocol.name)
        spent = spent.after(plan, worst, profile)
        pause(done)
        record = answered(device, plan, done, pause, most_bytes)
        done += 1
        yield Step(plan=plan, worst=worst, record=record)
        stimulus = following(asked, record)


def following(asked: Phased, record: Record) -> Stimulus | None:
    """The stimulus that a protocol asks for after a record; None at its end."""
    try:
        return asked.send(record)
    except StopIteration:
        return None


def answered(
    model: ModelBench, plan: Plan, done: int = 0, pause: Pause = never,
    most_bytes: int | None = None,
) -> Record:
    """The model's record for a plan, its state going on from where it was.

    :param done: stimuli that it has answered before.
    :param most_bytes: what its chunks may take; of more there are the readings alone.
    """
    netlist = model.describe().netlist
    answer = _Answer(plan, netlist, most_bytes)
    for chunk in model.apply(plan, threading.Event()):
        answer.take(chunk)
        repeats = chunk.repeat + chunk.count * (chunk.block + 1) / len(plan.blocks)
        pause(done + repeats / plan.repeat)
    record = Record(
        stimulus=plan.stimulus, plan=plan, netlist=netlist, calibration=Calibration(),
        chunks=answer.chunks, simulated=True,
    )
    if answer.readings is not None:
        record.have(answer.readings)
    return record


def _left(most_bytes: int | None) -> float:
    """Bytes that may still be taken, at the beginning; any number where nobody says."""
    return math.inf if most_bytes is None else most_bytes


class _Answer:
    """Chunks as they come, until they are too many: then only what is read in them."""

    def __init__(self, plan: Plan, netlist: Netlist, most_bytes: int | None) -> None:
        self._plan, self._netlist = plan, netlist
        self._left, self._count = _left(most_bytes), 0
        self._kept: list[Chunk] = []

    @cached_property
    def _arriving(self) -> Arriving:
        from memrig.hil.derive import Arriving  # noqa: PLC0415  # few answers are too long

        return Arriving(self._plan, self._netlist, Calibration())

    def take(self, chunk: Chunk) -> None:
        """The next one."""
        self._count += 1
        self._kept.append(chunk)
        if self._left == math.inf:  # a preview, where every chunk's size would be time for nothing
            return
        self._left -= size_of(chunk)
        if self._left < 0:
            for one in self._kept:
                self._arriving.note(one)
            self._kept.clear()

    @property
    def chunks(self) -> Sequence[Chunk]:
        """Those that are kept: all, or none."""
        return tuple(self._kept) if self._left >= 0 else NotKept(self._count)

    @property
    def readings(self) -> Readings | None:
        """Of those that are not kept; None where they are, or an instrument goes back in time."""
        return self._arriving.readings if self._left < 0 else None
