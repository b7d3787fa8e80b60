"""A device at a constant source voltage: time against state, tabulated once per level.

At one level behind a series resistance, or for a model without a closed form, dx/dt is a function
of the state alone: the time from state to state is an integral of 1/rate, whatever happened before.
It is tabulated between the states at which the rate jumps, bends or vanishes, so that a pulse of
any width is one look-up there and one back. These states are found first: bounds, kinks of the
model, states at which the voltage of the device crosses a threshold, and balances.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from memrig.sim.load import Load
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.models._separable import LOGIT, Table

SCANNED = 64
"""States at which each smooth part is looked at for balances."""
NEVER_S = 1e30
"""A state that is left later than this is never left."""
TURNS = 24
"""More balances than these are rounding."""
HALVINGS = 80
WORST = 1e-9
"""Largest error of a table, relative to the range of states."""
SLIVER = 1e-9
"""The table leaves out as much of the way at both ends."""
SURE = 1e3
"""Coordinates are held within this: nearer to an end no state is."""
DIGITS = 1e3 * float(np.finfo(float).eps)
"""Distance from the end of a part, relative to the states there, that has no digits."""
ENDLESS = 10.0**-2.5
"""By how much the rate falls while the distance from the end does by 1000, if the end is reached
at all: a rate that vanishes like a distance gives 1/1000."""

_Rate = Callable[[Floats], Floats]


class _RoughError(Exception):
    """The rate changes its sign like noise."""


@dataclass(frozen=True, slots=True)
class _Part:
    """States through which the level drives in one direction.

    :param start: the state where it begins, and ``stop`` where it ends, in the direction of motion.
    :param table: time against the logit of the way.
    :param begins: whether ``start`` is left within a finite time.
    :param ends: whether ``stop`` is reached within a finite time.
    """

    start: float
    stop: float
    table: Table
    begins: bool
    ends: bool

    def at(self, x: float, times_s: Floats) -> tuple[Floats, Floats]:
        """States after times, shape (n,), and what is left of the times at the end of the part."""
        way, table = self.stop - self.start, self.table
        reached_s = self._time(x) + times_s
        gone, left = LOGIT.parts(np.clip(table.inverse(reached_s), -SURE, SURE))
        # What is less than SLIVER from an end that has a time is passed at one speed.
        if self.begins:
            early = 1.0 + (reached_s - table.values[0]) / table.slopes[0]
            gone = np.where(reached_s < table.values[0], SLIVER * early, gone)
        states = np.where(gone < 0.5, self.start + way * gone, self.stop - way * left)
        if not self.ends:
            return states, np.full(times_s.size, -1.0)
        late = 1.0 - (reached_s - table.values[-1]) / table.slopes[1]
        states = np.where(reached_s > table.values[-1], self.stop - way * SLIVER * late, states)
        over_s = reached_s - table.values[-1] - table.slopes[1]
        return np.where(over_s >= 0.0, self.stop, states), over_s

    def _time(self, x: float) -> float:
        """When a state is passed."""
        way, table = self.stop - self.start, self.table
        gone, left = (x - self.start) / way, (self.stop - x) / way
        if self.begins and gone < SLIVER:
            return float(table.values[0] - table.slopes[0] * (1.0 - gone / SLIVER))
        if self.ends and left < SLIVER:
            return float(table.values[-1] + table.slopes[1] * (1.0 - left / SLIVER))
        return float(table.value(np.array([min(max(LOGIT.of(gone, left), -SURE), SURE)]))[0])


@dataclass(frozen=True, slots=True)
class Level:
    """How every state goes at one level.

    :param parts: in the order of their states.
    :param error: of a state after any time, relative to the range of states.
    """

    parts: tuple[_Part, ...]
    error: float

    def after(self, x: float, times_s: Floats) -> Floats:
        """The states after times, shape (n,), of a state that begins at 0 s."""
        part = self._part_of(x)
        if part is None:
            return np.full(times_s.size, x)
        states, over_s = part.at(x, times_s)
        on = over_s > 0.0
        if on.any():
            states[on] = self.after(part.stop, over_s[on])
        return states

    def _part_of(self, x: float) -> _Part | None:
        """The part in which a state moves; at an edge, the one that leads away from it."""
        for part in self.parts:
            low, high = sorted((part.start, part.stop))
            if low <= x <= high and x != part.stop:
                return part
        return None


@lru_cache(maxsize=512)
def level_of(model: Model, load: Load, u_v: float) -> Level | None:
    """The level of a source voltage, tabulated when it is first asked for; None where the rate is
    too rough for a table."""

    def rate(x: Floats) -> Floats:
        flat = np.ravel(x)
        v_v = load.volts(model, np.full(flat.size, u_v), flat)
        return np.reshape(model.rate(v_v, flat), np.shape(x))

    try:
        with np.errstate(over="ignore"):
            parts = [part for start, stop in pairwise(_edges(model, load, u_v))
                     for part in _parts(rate, start, stop)]
    except _RoughError:
        return None
    low, high = model.bounds
    errors = [part.table.error * abs(part.stop - part.start) / (high - low) for part in parts]
    error = max(errors, default=0.0)
    return Level(tuple(parts), error) if error < WORST else None


def _edges(model: Model, load: Load, u_v: float) -> list[float]:
    """Bounds, and states at which the rate may jump or bend."""
    low, high = model.bounds
    found = [x for x in model.state_kinks if low < x < high]
    for kink_v in model.kinks if load.ohm else ():
        if 0.0 < kink_v * u_v < u_v * u_v:
            x = model.state_from_current(kink_v, (u_v - kink_v) / load.ohm)
            found += [x] if low < x < high else []
    return sorted({low, high, *found})


def _parts(rate: _Rate, start: float, stop: float) -> list[_Part]:
    """The parts between two edges, within which the rate is smooth but may vanish."""
    share = 0.5 - 0.5 * np.cos(np.pi * (np.arange(SCANNED) + 0.5) / SCANNED)
    near = SLIVER * np.array([1.0, 1e3])
    shares = np.concatenate([near, share, 1.0 - near[::-1]])
    x = start + (stop - start) * np.sort(shares)
    signs = np.sign(rate(x))
    turns = np.flatnonzero(signs[1:] != signs[:-1])
    if turns.size > TURNS:
        raise _RoughError
    at = _turning(rate, x[turns], x[turns + 1], signs[turns])
    edges = np.concatenate([[start], at, [stop]])
    kinds = signs[np.concatenate([[0], turns + 1])]
    return [_part(rate, *((a, b) if kind > 0 else (b, a)))
            for (a, b), kind in zip(pairwise(edges.tolist()), kinds.tolist(), strict=True)
            if kind and b - a > 1e3 * math.ulp(max(abs(a), abs(b)))]


def _turning(rate: _Rate, left: Floats, right: Floats, before: Floats) -> Floats:
    """Where the sign of the rate changes, by bisection down to neighbouring numbers."""
    for _ in range(HALVINGS if left.size else 0):
        middle = 0.5 * (left + right)
        same = np.sign(rate(middle)) == before
        left, right = np.where(same, middle, left), np.where(same, right, middle)
    return 0.5 * (left + right)


def _part(rate: _Rate, start: float, stop: float) -> _Part:
    way = stop - start
    digits = DIGITS * max(abs(start), abs(stop)) / abs(way)
    far = -math.log(SLIVER)

    def speeds(y: Floats) -> Floats:
        gone, left = LOGIT.parts(y)
        x = np.where(gone < 0.5, start + way * gone, stop - way * left)
        return np.maximum(np.abs(rate(x)), np.finfo(float).tiny)

    def density(y: Floats) -> Floats:
        gone, left = LOGIT.parts(y)
        return np.asarray(np.minimum(abs(way) * gone * left / speeds(y), NEVER_S))

    def noise(y: Floats) -> Floats:
        gone, left = LOGIT.parts(y)
        return np.asarray(digits / np.minimum(gone, left))

    inner = far - math.log(1e3)
    first, second, before, last = speeds(np.array([-far, -inner, inner, far]))
    table = Table.of(density, -far, far, noise=noise)
    return _Part(start, stop, table, bool(first > ENDLESS * second), bool(last > ENDLESS * before))
