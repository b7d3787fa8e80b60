"""One triggered run of a source/measure channel: what is driven when, and what is read when."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
KNOTS = (0.15, 0.3, 0.5, 0.7, 0.95, 1.2, 1.5, 1.8, 2.2, 2.6, 3.1, 3.6, 4.3, 5.0, 6.3, 8.0)
WAY = (*((u, math.exp(-u)) for u in KNOTS), (10.0, 0.0))
"""The output's approach to a level, drawn straight between (time constants, part that is left)."""
SMALL_V, SMALL_WAY = 0.1, ((0.7, 0.47), (1.6, 0.166), (4.0, 0.0))
"""A smaller step, as those of a staircase, takes fewer lines of the same area."""


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
    t_s, v_v = [0.0], [start_v]
    for k, (at_s, level) in enumerate(changes):
        until_s = changes[k + 1][0] if k + 1 < len(changes) else math.inf
        begin = v_v[-1]
        if level == begin:
            continue
        t_s.append(at_s)
        v_v.append(begin)
        for u, left in WAY if abs(level - begin) > SMALL_V else SMALL_WAY:
            t_s.append(at_s + u * tau_s)
            v_v.append(level + (begin - level) * left)
            if t_s[-1] >= until_s:
                v_v[-1] = _between(t_s[-2:], v_v[-2:], until_s)
                t_s[-1] = until_s
                break
    return t_s, v_v


def _between(t_s: list[float], v_v: list[float], at_s: float) -> float:
    """Value of a straight line from the first to the second point."""
    share = (at_s - t_s[0]) / (t_s[1] - t_s[0])
    return v_v[0] + share * (v_v[1] - v_v[0])


def means_between(t_s: Floats, values: Floats, starts_s: Floats, stops_s: Floats) -> Floats:
    """Means of straight lines between pairs of times, shape of ``starts_s``."""
    area = np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(t_s))])

    def until(times_s: Floats) -> Floats:
        at = np.interp(times_s, t_s, values)
        k = np.clip(np.searchsorted(t_s, times_s, side="right") - 1, 0, t_s.size - 1)
        return np.asarray(area[k] + 0.5 * (values[k] + at) * (times_s - t_s[k]))

    return np.asarray((until(stops_s) - until(starts_s)) / (stops_s - starts_s))
