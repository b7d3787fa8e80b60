"""Many devices integrated side by side: what ``integrators`` does for one, element by element.

No device has an influence on another: each has the numbers that it has alone, whatever is beside
it. The last axis of every array is the devices'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from memrig.sim.course import INWARD
from memrig.sim.grid import step_count
from memrig.sim.integrators import RK4_HALVINGS, RK4_TOLERANCE, hermite
from memrig.sim.lanes import Lanes
from memrig.sim.load import Load
from memrig.sim.models._law import Floats

if TYPE_CHECKING:
    from memrig.sim.drives import Drives

Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Told = Callable[[float], None]
"""Hears the seconds of the drive that are done; raises when the work is to be stopped."""
CHUNK = 256
"""Euler steps whose voltages are laid out, and after which a stop is heard."""


@dataclass(frozen=True, slots=True)
class Block:
    """Devices behind equal loads, each from a state of its own.

    :param drives: one for all of them, or one for each.
    :param x0: shape (n,).
    """

    lanes: Lanes
    load: Load
    drives: Drives
    x0: Floats

    @property
    def is_shared(self) -> bool:
        """Whether all have one drive."""
        return len(self.drives) == 1

    def rate(self, u_v: Floats, x: Floats) -> Floats:
        """dx/dt under open-circuit voltages."""
        return self.lanes.rate(self.load.divided(self.lanes, u_v, x), x)


class Seen:
    """The states at the wanted times, shape (m, n): before the start x0, after the stop the last.

    :param wanted_s: not decreasing, shape (m,).
    """

    def __init__(self, block: Block, wanted_s: Floats) -> None:
        self.wanted_s = wanted_s
        self.x = np.tile(block.x0, (wanted_s.size, 1))
        start_s, self._stop_s = block.drives.span_s
        first = int(np.searchsorted(wanted_s, start_s))
        self._next = np.full(block.x0.size, first)
        self._times_s = np.append(wanted_s, np.inf)

    def between(self, t0_s: Floats, t1_s: Floats, valid: Bools, value: _Value) -> None:
        """Take the states from an interval of each device, where it is ``valid``."""
        while True:
            due_s = self._times_s[self._next]
            hit = np.flatnonzero(valid & (due_s <= t1_s))
            if not hit.size:
                return
            t_s = np.where(due_s <= t1_s, due_s, t1_s)
            self.x[self._next[hit], hit] = value(t0_s, t1_s, t_s)[hit]
            self._next[hit] += 1

    def end(self, x: Floats) -> None:
        """The drive is over: the state stays."""
        for lane, first in enumerate(self._next.tolist()):
            self.x[first:, lane] = x[lane]


_Value = Callable[[Floats, Floats, Floats], Floats]
"""The states at times within intervals."""


# --- Euler


def grid_of(block: Block, step_s: float) -> Floats:
    """Nodes of equal steps over the drive, the last one cut short."""
    start, stop = block.drives.span_s
    count = step_count(stop - start, step_s)
    return np.asarray(np.minimum(start + step_s * np.arange(count + 1), stop))


def euler(
    block: Block, t_s: Floats, wanted_s: Floats, *, middle: bool, told: Told
) -> Floats:
    """Explicit Euler on a grid; the states at the wanted times, shape (m, n)."""
    nodes = Nodes(t_s, wanted_s)
    x, low_high = block.x0, block.lanes.bounds
    nodes.put(0, x)
    for first in range(0, t_s.size - 1, CHUNK):
        edges = t_s[first:first + CHUNK + 1]
        dt = np.diff(edges)
        u_v = volts(block, taken(edges, middle=middle))
        change = changes(u_v)
        k = 0
        while k < dt.size:
            rate = block.rate(u_v[k], x)
            if rate.any():
                x = np.clip(x + dt[k] * rate, *low_high)
                k += 1
                nodes.put(first + k, x)
            else:  # no state moves as long as the voltage stays
                nodes.stay(first + k, first + int(change[k]), x)
                k = int(change[k])
        told(float(edges[-1] - edges[0]))
    return nodes.x()


def taken(t_s: Floats, *, middle: bool) -> Floats:
    """The times whose voltages the steps between nodes use."""
    return t_s[:-1] + 0.5 * np.diff(t_s) if middle else t_s[:-1]


def volts(block: Block, t_s: Floats) -> Floats:
    """Open-circuit voltages at times, shape (times, 1) or (times, n)."""
    return np.stack([ramps.at(t_s) for ramps in block.drives.ramps], axis=-1)


def changes(u_v: Floats) -> Counts:
    """For every step the next one at which the voltage of any device is another."""
    places = np.arange(1, len(u_v) + 1)
    changed = np.append((u_v[1:] != u_v[:-1]).any(axis=-1), True)
    ends = np.where(changed, places, len(u_v))
    return np.ascontiguousarray(np.minimum.accumulate(ends[::-1])[::-1])


class Nodes:
    """Keeps the states at the nodes that the wanted times lie between."""

    def __init__(self, t_s: Floats, wanted_s: Floats) -> None:
        self._t_s = t_s
        self._wanted_s = np.clip(wanted_s, t_s[0], t_s[-1])
        left = np.searchsorted(t_s, self._wanted_s, side="right") - 1
        self._left = np.minimum(left, t_s.size - 2)
        self.kept = np.unique(np.concatenate([self._left, self._left + 1]))
        self._place = set(self.kept.tolist())
        self._x: list[Floats] = []

    def put(self, node: int, x: Floats) -> None:
        """The state at a node, the nodes in their order."""
        if node in self._place:
            self._x.append(x)

    def stay(self, node: int, last: int, x: Floats) -> None:
        """The state at ``node`` is that of all nodes up to ``last``."""
        first, end = np.searchsorted(self.kept, (node, last), side="right")
        self._x += [x] * int(end - first)

    def x(self) -> Floats:
        """The states at the wanted times, shape (m, n)."""
        return self.between(np.array(self._x).reshape(self.kept.size, -1))

    def between(self, x: Floats) -> Floats:
        """The states at the wanted times, linear between those at the kept nodes."""
        left = np.searchsorted(self.kept, self._left)
        t0_s, t1_s = self._t_s[self._left], self._t_s[self._left + 1]
        slope = (x[left + 1] - x[left]) / (t1_s - t0_s)[:, None]
        return np.asarray(slope * (self._wanted_s - t0_s)[:, None] + x[left])


# --- Runge-Kutta


@dataclass(frozen=True, slots=True)
class Ramp:
    """One ramp of each device, shape (n,) each; it may last 0 s."""

    t0_s: Floats
    t1_s: Floats
    u0_v: Floats
    u1_v: Floats

    def cut(self, kinks_v: Floats) -> Iterator[Ramp]:
        """Its parts between the voltages of its device at which the rate is not smooth."""
        between = (self.u0_v - kinks_v) * (self.u1_v - kinks_v) < 0.0
        if not between.any():
            yield self
            return
        rise, dt_s = self.u1_v - self.u0_v, self.t1_s - self.t0_s
        part = np.where(between, kinks_v - self.u0_v, 0.0) / np.where(rise == 0.0, 1.0, rise)
        crossed = np.sort(np.where(between, self.t0_s + part * dt_s, self.t1_s), axis=0)
        slope = rise / np.where(dt_s == 0.0, 1.0, dt_s)
        for start, stop in pairwise([self.t0_s, *crossed, self.t1_s]):
            if (stop > start).any():
                yield Ramp(start, stop, self.u0_v + slope * (start - self.t0_s), np.where(
                    stop == self.t1_s, self.u1_v, self.u0_v + slope * (stop - self.t0_s)))


def columns(block: Block) -> list[Floats]:
    """Starts, stops, first and last voltages of all ramps, shape (ramps, 1) or (ramps, n); a
    shorter drive ends with ramps of 0 s."""
    stop_s = block.drives.span_s[1]
    most = max(len(ramps) for ramps in block.drives.ramps)
    found = [np.full((most, len(block.drives.ramps)), end) for end in (stop_s, stop_s, 0.0, 0.0)]
    for drive, ramps in enumerate(block.drives.ramps):
        for column, values in zip(found, ramps.columns, strict=True):
            column[:values.size, drive] = values
    return found


def ramps_beside(block: Block) -> Iterator[Ramp]:
    """The first ramps of all devices, then the second ones, and so on."""
    for row in zip(*columns(block), strict=True):
        yield Ramp(*(np.broadcast_to(one, block.x0.size) for one in row))


def rk4(
    block: Block, wanted_s: Floats, step_s: float | None, told: Told
) -> tuple[Floats, Floats]:
    """Classical Runge-Kutta, as of one device: the states at the wanted times, shape (m, n), and
    the estimated errors, shape (n,), relative to the excursion (0 for a fixed step)."""
    walk = _Walk(block, wanted_s)
    kinks_v = block.lanes.kinks if block.load.is_ideal else np.empty((0, block.x0.size))
    for whole in ramps_beside(block):
        for ramp in whole.cut(kinks_v):
            walk.begin(ramp)
            if step_s is None:
                walk.adapt()
            else:
                walk.equal_steps(step_s)
        told(float((whole.t1_s - whole.t0_s).mean()))
    walk.seen.end(walk.x)
    excursion = walk.highest - walk.lowest
    return walk.seen.x, walk.error / np.where(excursion == 0.0, 1.0, excursion)


class _Walk:
    """The states of all devices on their way along the drive, each with steps of its own."""

    def __init__(self, block: Block, wanted_s: Floats) -> None:
        self._block, self.seen = block, Seen(block, wanted_s)
        self._low, self._high = block.lanes.bounds
        self.x = np.clip(block.x0, self._low, self._high)
        self.error = np.zeros(self.x.size)
        self.lowest = self.highest = self.x

    def begin(self, ramp: Ramp) -> None:
        self._ramp = ramp
        self._dt_s = ramp.t1_s - ramp.t0_s
        rise = ramp.u1_v - ramp.u0_v
        inward = INWARD * rise
        self._u0_v = ramp.u0_v + inward
        self._slope = (rise - 2 * inward) / np.where(self._dt_s == 0.0, 1.0, self._dt_s)

    def _rate(self, t_s: Floats, x: Floats) -> Floats:
        """The projected rate along the present ramp."""
        x = np.clip(x, self._low, self._high)
        rate = self._block.rate(self._u0_v + self._slope * (t_s - self._ramp.t0_s), x)
        out = ((rate < 0.0) & (x <= self._low)) | ((rate > 0.0) & (x >= self._high))
        return np.where(out, 0.0, rate)

    def _step(self, t_s: Floats, x: Floats, h: Floats, k1: Floats) -> Floats:
        k2 = self._rate(t_s + 0.5 * h, x + 0.5 * h * k1)
        k3 = self._rate(t_s + 0.5 * h, x + 0.5 * h * k2)
        k4 = self._rate(t_s + h, x + h * k3)
        return np.asarray(x + h * (k1 + 2.0 * k2 + 2.0 * k3 + k4) / 6.0)

    def _bounded(self, x: Floats) -> Floats:
        return np.clip(x, self._low, self._high)

    def equal_steps(self, step_s: float) -> None:
        counts = np.maximum(1, np.ceil(self._dt_s / step_s * (1 - 1e-12)))
        h, t0_s, t1_s = self._dt_s / counts, self._ramp.t0_s, self._ramp.t1_s
        for k in range(int(counts.max())):
            going = (k < counts) & (h > 0.0)
            t_s, x = t0_s + k * h, self.x
            k1 = self._rate(t_s, x)
            new = np.where(going, self._bounded(self._step(t_s, x, h, k1)), x)
            end_s = np.where(k == counts - 1, t1_s, t_s + h)
            self._go(t_s, end_s, going, (x, new, k1, self._rate(t_s + h, new)))

    def adapt(self) -> None:
        tolerance = RK4_TOLERANCE * (self._high - self._low)
        smallest = self._dt_s * 0.5**RK4_HALVINGS
        t_s, t1_s, h = self._ramp.t0_s, self._ramp.t1_s, self._dt_s
        k1 = self._rate(t_s, self.x)
        while (t_s < t1_s).any():
            h, x = np.minimum(h, t1_s - t_s), self.x
            whole, half = self._step(t_s, x, h, k1), self._step(t_s, x, 0.5 * h, k1)
            middle = self._rate(t_s + 0.5 * h, half)
            both = self._step(t_s + 0.5 * h, half, 0.5 * h, middle)
            error = np.abs(both - whole) / 15.0
            again = (error > tolerance) & (h > smallest)
            going = ~again & (t_s < t1_s)
            half_s = t_s + 0.5 * h
            end_s = np.where(t_s + h >= t1_s * (1 - 1e-15), t1_s, t_s + h)
            half = self._bounded(half)
            new = np.where(going, self._bounded(both + (both - whole) / 15.0), x)
            last = self._rate(end_s, new)
            self._go(t_s, half_s, going, (x, half, k1, middle))
            self._go(half_s, end_s, going, (half, new, middle, last))
            self.error += np.where(going, error, 0.0)
            t_s, k1 = np.where(going, end_s, t_s), np.where(going, last, k1)
            h = h * _grown(tolerance, error, again)

    def _go(self, t0_s: Floats, t1_s: Floats, going: Bools,
            ends: tuple[Floats, Floats, Floats, Floats]) -> None:
        """Note an interval: states and slopes at both its ends."""
        x0, x1, d0, d1 = ends
        self.seen.between(t0_s, t1_s, going, lambda start, stop, at: hermite(
            np.clip((at - start) / np.where(stop > start, stop - start, 1.0), 0.0, 1.0),
            stop - start, x0, x1, d0, d1))
        self.x = np.where(going, x1, self.x)
        self.lowest = np.minimum(self.lowest, self.x)
        self.highest = np.maximum(self.highest, self.x)


def _grown(tolerance: Floats, error: Floats, again: Bools) -> Floats:
    """By what the next step is longer, or shorter where it is done again."""
    safe = np.where(error == 0.0, 1.0, error)
    ratio = 0.9 * (tolerance / safe) ** 0.2
    return np.where(again, np.maximum(0.1, ratio),
                    np.where(error == 0.0, 4.0, np.minimum(4.0, ratio)))
