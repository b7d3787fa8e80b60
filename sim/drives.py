"""What devices see: one voltage for all, one for each, or two spikes with a delay for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError
from memrig.hil.waveform import Waveform
from memrig.sim import _cutting
from memrig.sim.models._law import Floats
from memrig.sim.ramps import Ramps, ramps_of

NEVER = (math.inf, -math.inf)
"""A span that any other is wider than."""


class Drives(Protocol):
    """Open-circuit voltages over one span: one for all devices, or one for each."""

    @property
    def span_s(self) -> tuple[float, float]:
        """Start and stop."""

    @property
    def ramps(self) -> Sequence[Ramps]:
        """Of each drive, from start to stop."""

    @property
    def rows(self) -> _cutting.Rows:
        """The same, one drive behind the other."""

    def value(self, times_s: Floats) -> Floats:
        """Voltages at m times, at a step that to its right, shape (m, drives)."""

    def part(self, first: int, last: int) -> Drives:
        """Those of the devices from ``first`` up to and without ``last``, over the same span."""

    def __len__(self) -> int:
        """How many there are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlaps:
    """Two spikes at the electrodes of every device, with a delay for each: an STDP window.

    Device k sees ``top`` less ``bottom``, this one later by ``delays_s[k]``.

    :param top: the spike at the top electrode.
    :param bottom: that at the bottom electrode, for a delay of 0 s.
    :param delays_s: shape (n,).
    :param span_s: start and stop of what is seen, at least; wider where a spike goes beyond it.
    :raises RequestError: for delays of another shape, or that are not finite.
    """

    top: Waveform
    bottom: Waveform
    delays_s: Floats
    span_s: tuple[float, float] = NEVER

    def __post_init__(self) -> None:
        delays_s = np.array(self.delays_s, dtype=float)
        first_s, last_s = NEVER if not delays_s.size else (
            float(delays_s.min()), float(delays_s.max()))
        if delays_s.ndim != 1 or not (math.isfinite(first_s) and math.isfinite(last_s)):
            raise RequestError("delays must be finite numbers, at least one, shape (n,)")
        delays_s.flags.writeable = False
        object.__setattr__(self, "delays_s", delays_s)
        object.__setattr__(self, "span_s", (
            min(self.span_s[0], self.top.start_s, self.bottom.start_s + first_s),
            max(self.span_s[1], self.top.stop_s, self.bottom.stop_s + last_s)))

    def __len__(self) -> int:
        return int(self.delays_s.size)

    def waveform(self, number: int) -> Waveform:
        """What one device sees."""
        rest = Waveform(t_s=self.span_s, v_v=[0.0, 0.0])
        return rest + self.top - self.bottom.shift(float(self.delays_s[number]))

    @cached_property
    def ramps(self) -> Sequence[Ramps]:
        """Of each device, from start to stop."""
        return [ramps_of(self.waveform(number)) for number in range(len(self))]

    @property
    def rows(self) -> _cutting.Rows:
        """The same, one behind the other, compiled."""
        return _cutting.overlapped(self.top, self.bottom, self.delays_s, self.span_s)

    def value(self, times_s: npt.ArrayLike) -> Floats:
        """Voltages at m times, at a step that to its right, shape (m, n)."""
        at_s = np.asarray(times_s, dtype=float)[:, None]
        return np.asarray(self.top.value(at_s) - self.bottom.value(at_s - self.delays_s))

    def part(self, first: int, last: int) -> Overlaps:
        """Those of the devices from ``first`` up to and without ``last``, over the same span."""
        if len(self) in (1, last - first):
            return self
        return replace(self, delays_s=self.delays_s[first:last])


@dataclass(frozen=True, eq=False)
class Given:
    """One waveform for all devices, or one for each; 0 V before and after those that are shorter.

    :param span_s: start and stop, by default of all of them.
    """

    waveforms: Sequence[Waveform]
    span_s: tuple[float, float] = NEVER

    def __post_init__(self) -> None:
        lasting = [one for one in self.waveforms if one.duration_s > 0.0]
        start_s = min([self.span_s[0], *(one.start_s for one in lasting)])
        stop_s = max([self.span_s[1], *(one.stop_s for one in lasting)])
        object.__setattr__(self, "span_s", (start_s, stop_s) if start_s < stop_s else (0.0, 0.0))

    def __len__(self) -> int:
        return len(self.waveforms)

    @cached_property
    def ramps(self) -> Sequence[Ramps]:
        """Of each drive, from start to stop."""
        return [_filled(ramps_of(one), *self.span_s) for one in self.waveforms]

    @property
    def rows(self) -> _cutting.Rows:
        """The same, one drive behind the other."""
        return _cutting.Rows.of(self.ramps)

    def value(self, times_s: Floats) -> Floats:
        """Voltages at m times, at a step that to its right, shape (m, drives)."""
        return np.stack([one.value(times_s, "right") for one in self.waveforms], axis=-1)

    def part(self, first: int, last: int) -> Given:
        """Those of the devices from ``first`` up to and without ``last``, over the same span."""
        if len(self) in (1, last - first):
            return self
        return replace(self, waveforms=self.waveforms[first:last])


def _filled(ramps: Ramps, start_s: float, stop_s: float) -> Ramps:
    """0 V from a start and to a stop."""
    first_s, last_s = (ramps.t0_s[0], ramps.t1_s[-1]) if len(ramps) else (stop_s, stop_s)
    before = [(start_s, first_s)] if start_s < first_s else []
    after = [(last_s, stop_s)] if last_s < stop_s else []
    if not before and not after:
        return ramps
    starts, stops = ([*(one[k] for one in before), *inner, *(one[k] for one in after)]
                     for k, inner in ((0, ramps.t0_s), (1, ramps.t1_s)))
    first, last = (np.concatenate([np.zeros(len(before)), inner, np.zeros(len(after))])
                   for inner in (ramps.u0_v, ramps.u1_v))
    return Ramps(np.array(starts), np.array(stops), first, last)


def drives_of(
    asked: Waveform | Sequence[Waveform] | Drives, count: int
) -> Drives:
    """What was asked for a number of devices.

    :raises RequestError: for another number of drives than one or that.
    """
    if isinstance(asked, Waveform):
        return Given([asked])
    drives = Given(list(asked)) if isinstance(asked, Sequence) else asked
    if len(drives) not in (1, count):
        message = f"{len(asked)} waveforms were asked for {count} devices; needed: 1 or {count}"
        raise RequestError(message)
    return drives
