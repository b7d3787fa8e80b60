"""One triggered run of a source/measure channel: what is driven when, and what is read when."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SETTLING = (0.0, 0.3, 0.7, 1.2, 1.8, 2.6, 3.6, 5.0, 8.0)
"""Times, in time constants, between which the output's approach is drawn straight."""
SMALL_V, SETTLING_SMALL = 0.1, (0.0, 0.8, 2.0, 5.0)
"""A smaller step, as those of a staircase, is drawn with fewer lines: 3 mV are still right."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One finished measurement, in the order of the instrument's elements."""

    volts: float
    amperes: float
    time_s: float
    status: int
    source_v: float


@dataclass
class Run:
    """A run of one channel, times relative to ``start_s``.

    :param begins_s: when each measurement's aperture opens.
    :param source_v: what is set during each measurement.
    """

    start_s: float
    stop_s: float
    aperture_s: float
    begins_s: list[float] = field(default_factory=list)
    source_v: list[float] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    @property
    def pending_s(self) -> float | None:
        """Where the first measurement that is not finished begins; None when all are."""
        done = len(self.readings)
        return self.start_s + self.begins_s[done] if done < len(self.begins_s) else None


def approach(
    changes: list[tuple[float, float]], start_v: float, tau_s: float
) -> tuple[list[float], list[float]]:
    """Vertices of an output that approaches each new level with one time constant.

    :param changes: (time, level), ascending.
    """
    t_s, v_v, value = [0.0], [start_v], start_v
    for k, (at_s, level) in enumerate(changes):
        until_s = changes[k + 1][0] if k + 1 < len(changes) else math.inf
        begin = value
        if level == begin:
            continue
        times = SETTLING if abs(level - begin) > SMALL_V else SETTLING_SMALL
        for u in times:
            if u and at_s + u * tau_s >= until_s:
                break
            value = level - (level - begin) * math.exp(-u)
            t_s.append(at_s + u * tau_s)
            v_v.append(value)
        if math.isfinite(until_s) and until_s < at_s + times[-1] * tau_s:
            value = level - (level - begin) * math.exp(-(until_s - at_s) / tau_s)
            t_s.append(until_s)
        else:
            value = level
            t_s.append(at_s + (times[-1] + 2.0) * tau_s)
        v_v.append(value)
    return t_s, v_v


def means_between(t_s: Floats, values: Floats, starts_s: Floats, stops_s: Floats) -> Floats:
    """Means of straight lines between pairs of times, shape of ``starts_s``."""
    area = np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(t_s))])

    def until(times_s: Floats) -> Floats:
        at = np.interp(times_s, t_s, values)
        k = np.clip(np.searchsorted(t_s, times_s, side="right") - 1, 0, t_s.size - 1)
        return np.asarray(area[k] + 0.5 * (values[k] + at) * (times_s - t_s[k]))

    return np.asarray((until(stops_s) - until(starts_s)) / (stops_s - starts_s))
