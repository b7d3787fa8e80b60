"""What a bench needs of an instrument, whatever its maker: the verbs of each role."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from memrig.drivers.transport import Transport
from memrig.hil.bench import DriveAccuracy
from memrig.hil.record import Accuracy, Channel

Codes = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwgAbilities:
    """What a generator can do; ``rate_max_hz`` without reconstruction filter."""

    channels: int
    points_min: int
    points_max: int
    rate_max_hz: float
    delay_max_s: float
    v_max_v: float
    code_max: int
    edge_s: float
    source_ohm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What one channel of a generator plays after a trigger.

    :param codes: shape (n,), the first and the last at rest; empty to stay at rest.
    :param key: names the codes; equal codes have equal keys and are uploaded once, other codes
        have another one, so that what an instrument has kept is never taken for them.
    :param delay_s: from the trigger to the first code.
    :param smooth: whether the samples are joined by a filter rather than held.
    """

    codes: Codes
    key: str
    rate_hz: float
    delay_s: float
    smooth: bool


class Instrument(Protocol):
    """What every role has."""

    transport: Transport

    def connect(self) -> str:
        """Reset to a known, safe state with the outputs off; returns the identity."""
        ...

    def off_messages(self) -> Sequence[str]:
        """The shortest list of messages that switches everything off, without a question.

        The first one does it all: stop what is played, drive 0 V, switch all outputs off. Then
        every output follows by itself, for an instrument that refuses a part of the first.
        """
        ...

    def off_answers(self) -> Mapping[str, str]:
        """Questions, and the answers that say that all outputs are off; none for an instrument
        that drives nothing."""
        ...


class Awg(Instrument, Protocol):
    """A generator of two channels that share a trigger."""

    abilities: AwgAbilities

    def prepare(self, rest_codes: Sequence[int]) -> None:
        """Fixed full scale, burst mode, bus trigger; both channels at rest, outputs off."""
        ...

    def output_on(self) -> None:
        """Connect all outputs, at rest."""
        ...

    def check_on(self) -> None:
        """See that all outputs that were switched on are on.

        :raises BenchError: when one is not.
        """
        ...

    def arm(self, shots: Sequence[Shot]) -> None:
        """Load what the next trigger plays; sends only what has changed."""
        ...

    def fire(self) -> None:
        """Trigger all channels at once."""
        ...

    def drive_accuracy(self) -> DriveAccuracy:
        """Of a level, from the data sheet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """How an oscilloscope records one shot.

    :param scales_v: volts per division by channel number.
    :param before_s: recorded before the trigger.
    :param averaging: whether samples between points are averaged (high resolution).
    """

    scales_v: Mapping[int, float]
    before_s: float
    range_s: float
    points: int
    averaging: bool


class Oscilloscope(Instrument, Protocol):
    """A recorder of voltages, triggered by the generator."""

    scales_v: Sequence[float]
    divisions: int

    def noise_v(self, points: int) -> float:
        """Standard uncertainty of the difference of two means of so many points, smallest scale."""
        ...

    def prepare(self, channels: Sequence[int]) -> None:
        """Switch the channels on and wait for triggers of the generator's trigger output."""
        ...

    def arm(self, capture: Capture) -> None:
        """Set what has changed and begin to wait for the trigger."""
        ...

    def ready(self, stop: threading.Event | None = None) -> None:
        """Return as soon as a trigger would be seen.

        :raises BenchError: when one has come already.
        :raises StoppedError: when ``stop`` was set while waiting.
        """
        ...

    def fetch(
        self, probes: Mapping[int, str], lead_s: float, stop: threading.Event | None = None
    ) -> tuple[Channel, ...]:
        """The record, channel by channel; times from ``lead_s`` after the trigger.

        :raises StoppedError: when ``stop`` was set while waiting.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SmuAbilities:
    """What a source/measure unit can do.

    :param dead_s: of every step, during which nothing can be averaged.
    :param settle_s: time constant with which the output approaches a level.
    :param overshoot_v: beyond a new level at most; ``overshoot_rel`` of the step besides.
    :param step_rel: resolution of a level, relative to its range.
    """

    channels: int
    interval_min_s: float
    aperture_min_s: float
    points_max: int
    v_max_v: float
    i_max_a: float
    ranges_a: Sequence[float]
    ranges_v: Sequence[float]
    settle_s: float
    dead_s: float
    aperture_max_s: float
    over_range: float
    overshoot_v: float
    overshoot_rel: float
    step_rel: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SmuShot:
    """Levels that all channels step through together, and how each step is measured.

    :param levels_v: by channel number, shape (n,).
    :param aperture_s: averaging time, at the end of each step.
    :param range_a: current range, amperes.
    """

    levels_v: Mapping[int, npt.NDArray[np.float64]]
    interval_s: float
    aperture_s: float
    range_a: float


class Smu(Instrument, Protocol):
    """A source/measure unit of one or two channels."""

    abilities: SmuAbilities

    def prepare(
        self, rest_v: Mapping[int, float], limits_a: Mapping[int, float], range_v: float
    ) -> None:
        """Voltage sources with current limits that are read back, outputs off.

        :param rest_v: level between two lists, by channel; all channels that are used.
        """
        ...

    def output_on(self) -> None:
        """Connect the outputs, at 0 V."""
        ...

    def check_on(self) -> None:
        """See that all outputs that were switched on are on.

        :raises BenchError: when one is not.
        """
        ...

    def limit(self, limits_a: Mapping[int, float]) -> None:
        """Set the current limits, by channel, and read them back."""
        ...

    def arm(self, shot: SmuShot) -> None:
        """Load levels and timing; sends only what has changed."""
        ...

    def fire(self) -> None:
        """Start all channels at once."""
        ...

    def abort(self) -> None:
        """Stop stepping; the channels go to 0 V."""
        ...

    def fetch(self, probes: Mapping[int, Any], start: int) -> tuple[Channel, ...]:
        """What has been measured from point ``start`` on."""
        ...

    def current_accuracy(self, channel: int, range_a: float, aperture_s: float) -> Accuracy:
        """Of a current on a range."""
        ...

    def look(self, channels: Sequence[int], range_v: float) -> None:
        """Turn channels into voltmeters that draw no current, connected."""
        ...

    def seen_volts(self, channels: Sequence[int], aperture_s: float) -> list[float]:
        """Voltages at channels that look, averaged over one aperture, all at the same time."""
        ...

    def volts_accuracy(self, channel: int, aperture_s: float) -> Accuracy:
        """Of a voltage on the present range."""
        ...

    def drive_accuracy(self, range_v: float) -> DriveAccuracy:
        """Of a level on a range, from the data sheet."""
        ...
