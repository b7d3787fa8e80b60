"""The closed form of many drives on one model at once, compiled: windows of many delays.

It is for motion that depends on its direction and is tabulated (``models/_separable.py``); the
functions that end in ``_`` are that module's, for one number at a time.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import Any

import numpy as np

from memrig.sim import _cutting, compiled, lockstep
from memrig.sim.integrators import ROUNDED
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.models._separable import (
    CONVERGED,
    ITERATIONS,
    LOGIT,
    ORDER,
    REST,
    STRAIGHT,
    OneWay,
    Table,
    Track,
)


class _Way:
    """All that the compiled closed form asks of a model."""

    def __init__(self, model: Model, ways: OneWay) -> None:
        self.acting = _cutting.Acting(model)
        low, high = model.bounds
        kind = [STRAIGHT, REST, LOGIT].index(ways.up.coordinate)
        self.numbers = (low, high, kind, *_tables(ways.up), *_tables(ways.down), *ways.bounds,
                        ways.error, ROUNDED * (high - low))


@lru_cache(maxsize=64)
def _way(model: Model) -> _Way | None:
    ways = model.native_ways
    if ways is None or not (isinstance(ways.up.primitive, Table)
                            and isinstance(ways.down.primitive, Table)):
        return None
    return _Way(model, ways)


def states(block: lockstep.Block, wanted_s: Floats) -> tuple[Floats, Floats] | None:
    """States at the wanted times, shape (m, n), and their errors; None where this has no way.

    :param block: devices of equal parameters.
    """
    way = _way(block.lanes.model)
    if way is None:
        return None
    actions = way.acting.of(block.drives.rows, wanted_s)
    x, error = np.empty((wanted_s.size, block.x0.size)), np.empty(block.x0.size)
    _kernels().moved(actions.of_pieces, actions.first, actions.before, block.x0, *way.numbers,
                     x, error)
    return x, error


def _tables(track: Track) -> tuple[Floats, Floats, Floats, Floats]:
    """Knots, P there, polynomials; the slopes beyond and where the state is held."""
    table = track.primitive
    assert isinstance(table, Table)
    parts = np.ascontiguousarray(table.parts)
    return table.knots, table.values, parts, np.array([*table.slopes, track.end])


# --- compiled, for one number at a time


def cell_(knots: Floats, at: float, count: int) -> int:
    """The cell that a number lies in."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        if knots[middle] <= at:
            low = middle
        else:
            high = middle
    return low


def value_(y: float, knots: Floats, values: Floats, parts: Floats, ends: Floats) -> float:
    """P at a coordinate."""
    count = parts.shape[0]
    inside = min(max(y, knots[0]), knots[count])
    k = cell_(knots, inside, count)
    z = (2.0 * inside - knots[k] - knots[k + 1]) / (knots[k + 1] - knots[k])
    found = parts[k, ORDER]
    for power in range(ORDER - 1, -1, -1):
        found = found * z + parts[k, power]
    beyond = (ends[0] if y < inside else ends[1]) * (y - inside)
    return float(values[k] + found + beyond)


def inverse_(p: float, knots: Floats, values: Floats, parts: Floats, ends: Floats) -> float:
    """The coordinate of a value of P."""
    count = parts.shape[0]
    inside = min(max(p, values[0]), values[count])
    k = cell_(values, inside, count)
    wanted, height = inside - values[k], values[k + 1] - values[k]
    z = 2.0 * wanted / (height if height > 0.0 else 1.0) - 1.0
    for _ in range(ITERATIONS):
        found, slope = parts[k, ORDER], 0.0
        for power in range(ORDER - 1, -1, -1):
            slope = slope * z + found
            found = found * z + parts[k, power]
        step = (found - wanted) / slope
        z = min(max(z - step, -1.0), 1.0)
        if abs(step) <= CONVERGED:
            break
    beyond = (p - inside) / (ends[0] if p < inside else ends[1])
    left, right = knots[k], knots[k + 1]
    return float(0.5 * (left + right) + 0.5 * (right - left) * z + beyond)


def coordinate_(kind: int, gone: float, left: float) -> float:
    """STRAIGHT, REST or LOGIT, of the parts of the way that are gone and left."""
    if kind == 0:
        return gone
    rest = math.log(left) if left > 0.0 else -math.inf
    return -rest if kind == 1 else (math.log(gone) if gone > 0.0 else -math.inf) - rest


def gone_(kind: int, y: float) -> float:
    """The part of the way that is gone."""
    if kind == 0:
        return y
    return -math.expm1(-y) if kind == 1 else 1.0 / (1.0 + math.exp(-y))


def left_(kind: int, y: float) -> float:
    """The part of the way that is left."""
    if kind == 0:
        return 1.0 - y
    return math.exp(-y) if kind == 1 else 1.0 / (1.0 + math.exp(y))


def moved(
    actions: Floats, first: lockstep.Counts, before: lockstep.Counts,
    x0: Floats, lowest: float, highest: float, kind: int,
    up_knots: Floats, up_values: Floats, up_parts: Floats, up_ends: Floats,
    down_knots: Floats, down_values: Floats, down_parts: Floats, down_ends: Floats,
    low: float, high: float, of_tables: float, of_piece: float, x: Floats, error: Floats,
) -> None:
    """States after as many pieces as are wanted, shape (m, n), of ``models._separable.OneWay``, and
    their errors relative to their excursions, shape (n,)."""
    span = high - low
    for lane in range(x0.size):
        drive = lane if before.shape[0] > 1 else 0
        state = min(max(x0[lane], lowest), highest)
        least, most, due = state, state, 0
        rising, fresh, p = True, True, 0.0
        y = coordinate_(kind, (state - low) / span, (high - state) / span)
        for piece in range(first[drive], first[drive + 1] + 1):
            while due < x.shape[0] and before[drive, due] <= piece - first[drive]:
                x[due, lane] = state
                due += 1
            action = actions[piece] if piece < first[drive + 1] else 0.0
            if action != 0.0:
                if (action > 0.0) != rising:
                    rising, fresh = not rising, True
                    y = coordinate_(kind, left_(kind, y), gone_(kind, y))
                if rising:
                    if fresh:
                        p = value_(y, up_knots, up_values, up_parts, up_ends)
                    p += action
                    y = min(inverse_(p, up_knots, up_values, up_parts, up_ends), up_ends[2])
                else:
                    if fresh:
                        p = value_(y, down_knots, down_values, down_parts, down_ends)
                    p -= action
                    y = min(inverse_(p, down_knots, down_values, down_parts, down_ends),
                            down_ends[2])
                fresh = False
                gone, left = gone_(kind, y), left_(kind, y)
                if not rising:
                    gone, left = left, gone
                state = low + span * gone if gone < 0.5 else high - span * left
                state = min(max(state, lowest), highest)
                least, most = min(least, state), max(most, state)
        wrong = of_tables + of_piece * (first[drive + 1] - first[drive])
        error[lane] = wrong / (most - least) if most > least else 0.0


@cache
def _kernels() -> Any:
    return compiled.functions([cell_, value_, inverse_, coordinate_, gone_, left_, moved],
                              CONVERGED=CONVERGED, ITERATIONS=ITERATIONS, ORDER=ORDER)
