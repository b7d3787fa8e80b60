"""A drive on a grid of equal steps, compiled: one walk along its ramps, a nanosecond a step.

The numbers are those of ``lockstep.grid_of``, ``Ramps.at`` and ``lockstep.changes``, to the last
bit: nothing is contracted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from memrig.sim import compiled
from memrig.sim.grid import step_count
from memrig.sim.lockstep import Counts
from memrig.sim.models._law import Floats
from memrig.sim.ramps import HAIR, Ramps


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps and the voltages that they use.

    :param t_s: nodes, shape (steps + 1,).
    :param dt_s: shape (steps,).
    :param u_v: open-circuit voltage of each step, shape (steps,).
    :param change: for every step the next one that has another voltage, shape (steps,).
    """

    t_s: Floats
    dt_s: Floats
    u_v: Floats
    change: Counts


def grid_of(ramps: Ramps, step_s: float, *, middle: bool) -> Grid:
    """Equal steps over a drive, the last one cut short.

    :param middle: whether steps use the voltage in their middle.
    """
    start_s, stop_s = float(ramps.t0_s[0]), float(ramps.t1_s[-1])
    count = step_count(stop_s - start_s, step_s)
    made = Grid(np.empty(count + 1), np.empty(count), np.empty(count),
                np.empty(count, dtype=np.int64))
    _walk()(*ramps.columns, HAIR * float(ramps.dt_s.min()), start_s, stop_s, step_s,
            int(middle), made.t_s, made.dt_s, made.u_v, made.change)
    return made


def walk(
    t0_s: Floats, t1_s: Floats, u0_v: Floats, u1_v: Floats, hair_s: float, start_s: float,
    stop_s: float, step_s: float, middle: int, t_s: Floats, dt_s: Floats, u_v: Floats,
    change: Counts,
) -> None:
    """Fill a grid; ``middle`` is 1 or 0."""
    count, last, ramp, share = dt_s.size, t0_s.size - 1, 0, 0.5 * middle
    here_s, from_s, until_s = min(start_s, stop_s), t0_s[0], t0_s[min(1, last)]
    from_v, slope = u0_v[0], (u1_v[0] - u0_v[0]) / (t1_s[0] - t0_s[0])
    t_s[0] = here_s
    for k in range(count):
        next_s = min(start_s + step_s * (k + 1), stop_s)
        long_s = next_s - here_s
        at_s = here_s + share * long_s
        while ramp < last and until_s <= at_s + hair_s:
            ramp += 1
            from_s, until_s, from_v = t0_s[ramp], t0_s[min(ramp + 1, last)], u0_v[ramp]
            slope = (u1_v[ramp] - from_v) / (t1_s[ramp] - from_s)
        t_s[k + 1], dt_s[k] = next_s, long_s
        u_v[k] = from_v + slope * max(at_s - from_s, 0.0)
        here_s = next_s
    place = count
    for k in range(count - 1, 0, -1):
        change[k] = place
        place = place if u_v[k] == u_v[k - 1] else k
    change[0] = place


@cache
def _walk() -> Any:
    return compiled.functions([walk], contracted=False).walk
