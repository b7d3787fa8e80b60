"""The common interface of everything a protocol can be applied to."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from memrig.hil.calibration import Calibration, CheckReport
from memrig.hil.clock import Clock
from memrig.hil.errors import StoppedError
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.profile import Profile
from memrig.hil.record import Chunk, Record
from memrig.hil.stimulus import Stimulus

Message = tuple[float, str, str, str]
"""What was said to an instrument or by it: (clock time, instrument, ``>`` or ``<``, text)."""
ComplianceKind = Literal["none", "series-resistor", "hardware", "ideal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a bench can do, in numbers.

    :param v_max_v: largest open-circuit magnitude of one source.
    :param pulse_min_s: shortest rectangular pulse.
    :param step_min_s: finest grid of a waveform.
    :param points_max: most points of one waveform.
    :param compliance: how the current is limited.
    :param independent_bottom: whether the bottom electrode has a source of its own; otherwise
        the difference is applied at the top.
    :param settle_s: time a reading needs before its window (7 RC), if the bench knows.
    :param v_resolution_v: one step of the source.
    :param margin_rel: overshoot and level error that a limit must allow for, relative to the
        level; ``margin_v`` comes on top (offset, one step of the source).
    :param edge_s: time that a step of a source takes at least; ``limit_response_s`` what passes
        before a current limit of the hardware answers.
    :param i_noise_a: standard uncertainty of a small current that is read for one mains period.
    """

    v_max_v: float
    pulse_min_s: float
    step_min_s: float
    points_max: int
    compliance: ComplianceKind
    independent_bottom: bool
    i_max_a: float = float("inf")
    settle_s: float = 0.0
    v_resolution_v: float = 0.0
    margin_rel: float = 0.0
    margin_v: float = 0.0
    i_noise_a: float = 0.0
    edge_s: float = 0.0
    limit_response_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveAccuracy:
    """Standard uncertainties of what a source delivers, after the calibration's correction."""

    gain_rel: float = 0.0
    offset_v: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchInfo:
    """What a bench is, for the store and for every figure.

    :param identities: answer to ``*IDN?`` (or the model's name) per instrument.
    :param settings: settings read back, or integrator and step of a simulation.
    :param simulated: whether anything is, so that no result can look measured.
    :param drives: uncertainty of the levels, by netlist source.
    :param resources: addresses of the instruments, by role.
    :param real: roles of instruments that are not simulated.
    """

    name: str
    simulated: bool
    identities: Mapping[str, str]
    netlist: Netlist
    calibration: Calibration
    settings: Mapping[str, Any] = field(default_factory=dict)
    drives: Mapping[str, DriveAccuracy] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    real: tuple[str, ...] = ()

    @property
    def needs_arming(self) -> bool:
        """Whether a run can energise something real, beside simulated instruments or not."""
        return not self.simulated or bool(self.real)

    @property
    def is_model(self) -> bool:
        """Whether this is a model itself, without instruments, real or simulated."""
        return "integrator" in self.settings

    def calibration_sentence(self, started_at: str) -> str:
        """What every result says about the calibration of its bench, with its age at the run.

        :param started_at: when the run began, ISO form.
        """
        if self.is_model:
            return "the model itself, nothing to calibrate"
        return self.calibration.sentence(datetime.datetime.fromisoformat(started_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeState:
    """Whether the outputs are off, and whether the instruments said so themselves."""

    off: bool
    verified: bool
    messages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError("a SafeState has no truth value; use state.off and state.verified")


class Bench(Protocol):
    """Anything that can prepare a stimulus into a plan and apply it."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, in numbers."""
        ...

    @property
    def clock(self) -> Clock:
        """The bench's time; only the run's thread advances it."""
        ...

    def describe(self) -> BenchInfo:
        """Identities, netlist, calibration and its age, simulated or not."""
        ...

    def prepare(self, stimulus: Stimulus) -> Plan:
        """Compile a stimulus. Pure: no input or output, works unconnected.

        :raises InfeasibleError: with what was asked and what is allowed.
        """
        ...

    def energised(self) -> AbstractContextManager[None]:
        """Drive 0 V with the outputs on, once per run; leaving it is ``make_safe``."""
        ...

    def apply(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        """Play a plan and yield what comes back as it arrives; hears ``stop`` between messages."""
        ...

    def make_safe(self) -> SafeState:
        """Turn the outputs off and verify it. Idempotent, from any thread; nothing is asked
        before they are off."""
        ...

    def close(self) -> None:
        """Release the instruments; makes safe first."""
        ...

    @property
    def transcript(self) -> list[Message]:
        """Messages exchanged since last taken.

        Reading it empties it; a simulation without instruments has none.
        """
        ...


def _unheard(_fraction: object) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Somebody who looks on while a bench is checked, and may end it.

    :param stop: ends the check, with the outputs off.
    :param advanced: called between two levels with the part that is done, 0 to 1.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    advanced: Callable[[float], object] = _unheard

    def at(self, fraction: float) -> None:
        """So much of the check is done.

        :raises StoppedError: when it is to end.
        """
        if self.stop.is_set():
            raise StoppedError("the check was stopped; the outputs are off")
        self.advanced(fraction)


class CheckableBench(Bench, Protocol):
    """A bench of instruments, which can be calibrated."""

    def check(
        self, *, resistor_ohm: float, u_rel: float, watch: Watch | None = None
    ) -> CheckReport:
        """Calibrate against a known resistor in the device's place and verify the wiring.

        :param resistor_ohm: its resistance; ``u_rel`` its standard uncertainty, relative.
        :param watch: looks on and may end it.
        :raises BenchError: when an instrument fails; the outputs are off.
        :raises StoppedError: when it was ended; the outputs are off.
        """
        ...


class DeviceModel(Protocol):
    """What the controller needs to know of a model; its equations are the simulation's affair."""

    name: ClassVar[str]

    @property
    def polarity(self) -> int:
        """+1 where a positive voltage raises the conductance, -1 where it lowers it."""
        ...

    @property
    def dead_zone_v(self) -> tuple[float, float] | None:
        """Voltages around 0 V between which the state does not move; None without thresholds."""
        ...

    def to_json(self) -> dict[str, Any]:
        """All parameters in a form that JSON can hold."""
        ...

    def profile(self) -> Profile:
        """A device profile that suits these parameters."""
        ...


class ModelBench(Bench, Protocol):
    """A simulated bench as the overlay needs it: its state can be set from a measurement."""

    @property
    def model(self) -> DeviceModel:
        """The model of the device, with its parameters."""
        ...

    @property
    def state(self) -> Mapping[str, float]:
        """State of every device, in the model's unit."""
        ...

    def set_state(self, v_v: float, i_a: float, device: str = "dut") -> None:
        """Set the state so that the model passes ``i_a`` at ``v_v`` across the device.

        A current outside the model's reach by measurement noise sets the nearest bound.
        """
        ...

    def follow(self, plan: Plan, record: Record) -> Iterator[Chunk]:
        """Like ``apply``, but driven by the voltage that was measured across the device."""
        ...

    def replica(self, netlist: Netlist | None = None) -> ModelBench:
        """A fresh bench with the same model, integrator and state, on this or another netlist."""
        ...


class MakesSafe(Protocol):
    """Whatever can turn its outputs off."""

    def make_safe(self) -> SafeState:
        """Turn the outputs off and verify it."""
        ...


@contextmanager
def safe_exit(bench: MakesSafe, energise: Callable[[], object]) -> Iterator[None]:
    """The ``energised`` context of any bench: ``energise()``, and ``make_safe`` on every way out.

    :param energise: a callable that drives 0 V and turns the outputs on.
    """
    try:
        energise()
        yield
    finally:
        bench.make_safe()
