"""The closed form of many drives on one model at once, compiled: windows of many delays.

It is for motion that depends on its direction and is tabulated (``models/_separable.py``); the
functions that end in ``_`` are that module's, for one number at a time.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from memrig.sim import compiled, lockstep
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

WANTED_MAX = 16
"""More times than these would cut the ramps into too many parts."""


def states(
    model: Model, block: lockstep.Block, wanted_s: Floats
) -> tuple[Floats, Floats] | None:
    """States at the wanted times, shape (m, n), and their errors; None where this has no way."""
    if wanted_s.size > WANTED_MAX:
        return None
    ends_s, u0_v, u1_v, dt_s = _pieces(model, block, wanted_s)
    lasting = dt_s > 0.0
    flow = model.flow(u0_v[lasting], u1_v[lasting], dt_s[lasting])
    motion = flow.motion
    if not isinstance(motion, OneWay) or not (
            isinstance(motion.up.primitive, Table) and isinstance(motion.down.primitive, Table)):
        return None
    low, high = model.bounds
    x = np.empty((block.x0.size, ends_s.shape[1] + 1))
    kind = [STRAIGHT, REST, LOGIT].index(motion.up.coordinate)
    actions = np.zeros(dt_s.shape)
    actions[lasting] = motion.actions
    _kernel()(actions, np.clip(block.x0, low, high), kind, *_tables(motion.up),
              *_tables(motion.down), np.array(motion.bounds), x)
    x = np.clip(x, low, high)
    places = (ends_s[None] < wanted_s[:, None, None]).sum(axis=2) + 1
    places = np.where(wanted_s[:, None] <= block.span_s[0], 0, np.minimum(places, x.shape[1] - 1))
    excursion = np.ptp(x, axis=1)
    error = flow.error + ROUNDED * lasting.sum(axis=1) * (high - low)
    found = x[np.arange(x.shape[0]), places]
    return found, np.where(excursion > 0.0, error / np.where(excursion > 0.0, excursion, 1.0), 0.0)


def _pieces(
    model: Model, block: lockstep.Block, wanted_s: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """The ramps cut at kinks and wanted times: ends, first and last voltages and durations, shape
    (n, pieces) each; some last 0 s."""
    t0_s, t1_s, u0_v, u1_v = (part.T[:, :, None] for part in lockstep.columns(block))
    rise, dt_s = u1_v - u0_v, t1_s - t0_s
    levels = np.array(model.kinks)
    between = (u0_v - levels) * (u1_v - levels) < 0.0
    part = np.where(between, levels - u0_v, 0.0) / np.where(rise == 0.0, 1.0, rise)
    crossed = np.where(between, t0_s + part * dt_s, t1_s)
    asked = np.clip(np.broadcast_to(wanted_s, (*t0_s.shape[:2], wanted_s.size)), t0_s, t1_s)
    inner = np.sort(np.concatenate([crossed, asked], axis=2), axis=2)
    edges = np.concatenate([t0_s, inner, t1_s], axis=2)
    volts = u0_v + rise / np.where(dt_s == 0.0, 1.0, dt_s) * (edges - t0_s)
    volts = np.where(edges == t1_s, u1_v, volts)
    rows = (edges[:, :, 1:], volts[:, :, :-1], volts[:, :, 1:], np.diff(edges, axis=2))
    count = block.x0.size
    ends, first, last, duration = (np.broadcast_to(row.reshape(row.shape[0], -1), (
        count, row.shape[1] * row.shape[2])) for row in rows)
    return ends, first, last, duration


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


def kernel(
    actions: Floats, x0: Floats, kind: int,
    up_knots: Floats, up_values: Floats, up_parts: Floats, up_ends: Floats,
    down_knots: Floats, down_values: Floats, down_parts: Floats, down_ends: Floats,
    bounds: Floats, x: Floats,
) -> None:
    """States at the ends of pieces, shape (n, pieces + 1), of ``models._separable.one_way``."""
    low, span = bounds[0], bounds[1] - bounds[0]
    for lane in range(actions.shape[0]):
        rising, fresh, p = True, True, 0.0
        y = coordinate_(kind, (x0[lane] - low) / span, (bounds[1] - x0[lane]) / span)
        state = x0[lane]
        x[lane, 0] = state
        for piece in range(actions.shape[1]):
            action = actions[lane, piece]
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
                state = low + span * gone if gone < 0.5 else bounds[1] - span * left
            x[lane, piece + 1] = state


_PARTS: Sequence[Any] = (cell_, value_, inverse_, coordinate_, gone_, left_, kernel)


@cache
def _kernel() -> Any:
    lines = ["import math", "import numba",
             f"CONVERGED, ITERATIONS, ORDER = {CONVERGED}, {ITERATIONS}, {ORDER}"]
    for part in _PARTS:
        text = inspect.getsource(part)
        body = text[text.index(":\n") + 2:] if part is not kernel else text[
            text.index(") -> None:\n") + 11:]
        names = ", ".join(inspect.signature(part).parameters)
        words = "nogil=True, cache=True, error_model='numpy'"
        lines.append(f"@numba.njit({words})\ndef {part.__name__}({names}):\n{body}")
    return compiled.module("\n".join(lines)).kernel
