"""The rate of a device along one ramp, smooth part by smooth part.

Between two kinks of the model, of the device's voltage or of its state, the rate is smooth and a
high-order step keeps its order. A step that leaves a part is shortened to its edge; what its last
evaluations would see beyond the edge is held at the edge's own side.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from memrig.sim.load import Load
from memrig.sim.models._model import Model

INWARD = 1e-9
"""Ramps are shortened by this part of their rise at both ends, so that the value at a threshold
where a ramp begins or ends is that of the ramp's own side."""
ITERATIONS = 60
ROOT = 1e-14
SMALLEST = 1e-12
"""A part that is left within this share of a ramp was never entered: voltage and state hold each
other at the edge, and the rest of the ramp is taken in as small steps as it needs."""


class Course:
    """A ramp of the source, and the part of voltages and states in which the device is.

    :param ramp: times and open-circuit voltages of its ends.
    """

    def __init__(
        self, model: Model, load: Load, ramp: tuple[float, float, float, float]
    ) -> None:
        self._model, self._load = model, load
        self.t0_s, self.t1_s, u0_v, u1_v = ramp
        inward = INWARD * (u1_v - u0_v)
        self._u0_v = u0_v + inward
        self._slope = (u1_v - u0_v - 2.0 * inward) / (self.t1_s - self.t0_s)
        self.bounds = model.bounds
        # The drive itself was cut at the kinks where the device sees it.
        self._kinks_v = () if load.is_ideal else model.kinks
        self._kinks_x = model.state_kinks
        self._left_s = -math.inf
        self._v = self._x = (-math.inf, math.inf)
        self._whole = not (self._kinks_v or self._kinks_x)

    def begin(self, x: float) -> None:
        """Enter the part in which a state at the beginning of the ramp will be next."""
        if self._whole:
            return
        ahead_s = 1e-9 * (self.t1_s - self.t0_s)
        x = self.bounded(x + ahead_s * self._open_rate(self.t0_s + ahead_s, x))
        self._enter(self._volts(self.t0_s + ahead_s, x), x)

    def _enter(self, v_v: float, x: float) -> None:
        self._v, self._x = _around(self._kinks_v, v_v), _around(self._kinks_x, x)

    def bounded(self, x: float) -> float:
        """The nearest state within the bounds."""
        low, high = self.bounds
        return low if x < low else high if x > high else x

    def _volts(self, t_s: float, x: float) -> float:
        u_v = self._u0_v + self._slope * (t_s - self.t0_s)
        return self._load.volts_at(self._model, u_v, x)

    def _open_rate(self, t_s: float, x: float) -> float:
        x = self.bounded(x)
        return self._model.rate_at(self._volts(t_s, x), x)

    def rate(self, t_s: float, x: float) -> float:
        """The projected rate, of the part's own side at its edges."""
        low, high = self.bounds
        x = low if x < low else high if x > high else x
        v_v = self._volts(t_s, x)
        if not self._whole:
            v_v, x = _held(v_v, self._v), _held(x, self._x)
        r = self._model.rate_at(v_v, x)
        if (r < 0.0 and x <= low) or (r > 0.0 and x >= high):
            return 0.0
        return r

    def leaves(self, t_s: float, x: float) -> bool:
        """Whether a point is outside the part."""
        return not self._whole and self._beyond(t_s, x) > 0.0

    def edge(self, t_s: float, step_s: float, after: Callable[[float], float]) -> float:
        """The length of the step that ends at the edge, a hair beyond it, by false position
        (Illinois), for a step that leaves the part.

        :param after: the state after a step of a length.
        """
        a, miss_a = 0.0, min(self._beyond(t_s, after(0.0)), 0.0)
        b, miss_b = step_s, self._beyond(t_s + step_s, after(step_s))
        for _ in range(ITERATIONS):
            if b - a <= 1e-15 * (t_s + step_s) or miss_b <= ROOT:
                break
            share = miss_a / (miss_a - miss_b) if miss_a < 0.0 else 0.5
            tried = a + min(max(share, 1e-3), 1.0 - 1e-3) * (b - a)
            miss = self._beyond(t_s + tried, after(tried))
            if miss > 0.0:
                b, miss_b, miss_a = tried, miss, 0.5 * miss_a
            else:
                a, miss_a, miss_b = tried, miss, 0.5 * miss_b
        return b

    def _beyond(self, t_s: float, x: float) -> float:
        """How far a point is outside the part; negative inside. Relative to the edge."""
        x = self.bounded(x)
        v_v = self._volts(t_s, x) if self._kinks_v else 0.0
        low, high = self.bounds
        worst = max(self._x[0] - x, x - self._x[1]) / (high - low)
        if self._kinks_v:
            scale = max(abs(v) for v in self._kinks_v) or 1.0
            worst = max(worst, (self._v[0] - v_v) / scale, (v_v - self._v[1]) / scale)
        return worst

    def turn(self, t_s: float, x: float) -> None:
        """Enter the next part, where a step has ended at an edge."""
        if t_s - self._left_s <= SMALLEST * (self.t1_s - self.t0_s):
            self._whole = True
            return
        self._left_s = t_s
        self._enter(self._volts(t_s, x), x)


def _around(kinks: tuple[float, ...], value: float) -> tuple[float, float]:
    """The nearest kinks on both sides of a value."""
    low = max((kink for kink in kinks if kink < value), default=-math.inf)
    high = min((kink for kink in kinks if kink >= value), default=math.inf)
    return low, high


def _held(value: float, part: tuple[float, float]) -> float:
    """The nearest value inside a part, its edges left out."""
    low, high = part
    if value <= low:
        return math.nextafter(low, math.inf)
    return math.nextafter(high, -math.inf) if value >= high else value
