"""What every experiment is: declared parameters, a generator of stimuli, a pure analysis."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from memrig.hil.errors import UnknownNameError
from memrig.hil.parameters import Parameters, unknown
from memrig.hil.profile import Profile
from memrig.hil.record import Reading, Record
from memrig.hil.stimulus import Role, Stimulus

Steps = Generator[Stimulus, Record, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a protocol may know of where it runs: the device's profile and how reads settle.

    :param settle_s: time that a reading is blanked after its level is reached (7 RC).
    :param mains_hz: reads that need accuracy last whole periods of it.
    :param seed: of everything random in the protocol (orders, interleaving).
    """

    profile: Profile
    settle_s: float = 0.0
    mains_hz: float = 50.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an experiment found, in plain JSON values: numbers with their conditions.

    :param values: the figures of merit by name; units are in the names.
    :param warnings: sentences that belong beside every figure.
    """

    protocol: str
    values: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Named parameter values, with all that a published figure needs.

    :param parameters: texts or values by parameter name.
    :param model: model parameters (texts or values); ``x0`` sets the initial state.
    :param profile: a profile of its own, as entries of ``Profile``; empty to keep the given one.
    :param integrator: of the simulated device, with ``step_s`` (0: chosen adaptively).
    """

    help: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    integrator: str = ""
    step_s: float = 0.0


Quantity = Literal["level", "width", "period", "rate", "points", "window", "gap", "limit", "grid",
                   "delay", "target"]
"""What a parameter is in a plan: a voltage, a pulse's width, a loop's duration, the speed of ramps,
points of a loop, an averaging time, a rest before a read, a limit of the current, a duration on the
bench's grid, a delay on it, a conductance."""


@dataclass(frozen=True, slots=True)
class Realised:
    """Where in a plan a parameter is found, so that one can say what comes of it.

    :param quantity: what it is there.
    :param roles: of the stimuli that have it; of all where there are none.
    :param block: the kind of block that has it.
    """

    quantity: Quantity
    roles: tuple[Role, ...] = ()
    block: Literal["program", "read"] = "program"


@dataclass(frozen=True, kw_only=True)
class Protocol(Parameters):
    """Base of every experiment; subclasses declare fields with ``parameter``."""

    name: ClassVar[str]
    title: ClassVar[str]
    figure: ClassVar[str] = ""
    presets: ClassVar[Mapping[str, Preset]] = {}
    reads_around: ClassVar[bool] = True
    """Whether a read is run before and after (all but the read itself)."""
    looks_at_traces: ClassVar[bool] = False
    """Whether ``run`` decides by more of a record than its readings; see there."""
    realised: ClassVar[Mapping[str, Realised]] = {}
    """Where each parameter is found in a plan, of those that are."""

    @abstractmethod
    def run(self, setup: Setup) -> Steps:
        """Yield stimuli and receive their records; adaptive protocols decide in between.

        In the dry run a record that takes more than 32 MiB has its readings alone, and raises
        RequestError when it is asked for traces: unless ``looks_at_traces``, for which all is kept.
        """

    def sketch(self, setup: Setup) -> Iterator[Stimulus]:
        """What is surely applied, known before anything has been read; the first picture of a plan.

        By default all of ``run``, whose yields are answered with None. A protocol that decides by
        what it reads has one of its own.
        """
        yield from self.run(setup)

    @abstractmethod
    def analyse(self, records: Sequence[Record]) -> Result:
        """Figures of merit from records, however many there are; pure."""

    def increments(self, records: Sequence[Record]) -> Sequence[tuple[Reading, Reading]]:
        """Readings (before, after) whose differences are compared with the model's.

        Selected by labels and positions only, so that measured and modelled records give the
        same pairs in the same order. None by default.
        """
        return ()

    @classmethod
    def preset(cls, name: str) -> Preset:
        """A preset by name; raises UnknownNameError with the nearest names."""
        if name not in cls.presets:
            raise UnknownNameError(unknown(f"preset of {cls.name}", name, cls.presets))
        return cls.presets[name]
