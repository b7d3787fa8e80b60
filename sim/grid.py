"""The grid of a fixed step: only the nodes that something happens between, when it is long."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError
from memrig.hil.units import format_quantity
from memrig.sim.load import Load
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.ramps import Ramps

STEPS_MAX = 5_000_000
"""More steps than these are refused: they would take longer than anybody waits."""
WHOLE = 200_000
"""A grid of up to this number of steps is kept whole."""
PROBED = 9
"""Voltages at which a ramp is asked whether anything moves."""
STATES = 7
"""States that are asked for their rate, both bounds included, where none is to have one."""
Counts = npt.NDArray[np.int64]


def nodes_s(model: Model, load: Load, ramps: Ramps, step_s: float) -> Floats:
    """Nodes of equal steps over a drive, shape (n + 1,), the last one cut short.

    In a long grid steps in which nothing moves, and those of one level under which the rate
    ignores the state, are one step: Euler's result is the same.

    :raises RequestError: for more steps than are ever taken.
    """
    start_s, stop_s = float(ramps.t0_s[0]), float(ramps.t1_s[-1])
    count = step_count(stop_s - start_s, step_s)
    kept = np.arange(count + 1) if count <= WHOLE else _kept(model, load, ramps, step_s, count)
    return np.asarray(np.minimum(start_s + step_s * kept, stop_s))


def step_count(span_s: float, step_s: float) -> int:
    """Steps over a span, the last of which may be cut short."""
    return max(1, math.ceil(span_s / step_s * (1 - 1e-12)))


def check_count(steps: int, step_s: float) -> None:
    """Refuse more steps than are ever taken.

    :raises RequestError: with a step that would do.
    """
    if steps <= STEPS_MAX:
        return
    coarser_s = 10.0 ** math.ceil(math.log10(step_s * steps / STEPS_MAX))
    message = (
        f"a step of {format_quantity(step_s, 's')} was asked: this drive takes {steps:.3g} such "
        f"steps in which the device may move, and at most {STEPS_MAX:.3g} are taken; use a step "
        f"of {format_quantity(coarser_s, 's')}, or none: it is then chosen by its error"
    )
    raise RequestError(message)


def _kept(model: Model, load: Load, ramps: Ramps, step_s: float, count: int) -> Counts:
    """Numbers of the nodes around every step in which something moves."""
    ends, which = np.unique(np.stack([ramps.u0_v, ramps.u1_v], axis=1), axis=0,
                            return_inverse=True)
    still = np.array([_is_still(model, load, *pair) for pair in ends.tolist()])[np.ravel(which)]
    even = load.is_ideal & model.rate_is_stateless & (ramps.u0_v == ramps.u1_v)
    moving, edges = ~still & ~even, ~still & even
    start_s = ramps.t0_s[0]
    firsts = np.concatenate([ramps.t0_s[moving], ramps.t0_s[edges], ramps.t1_s[edges]]) - start_s
    lasts = np.concatenate([ramps.t1_s[moving], ramps.t0_s[edges], ramps.t1_s[edges]]) - start_s
    low = np.clip(np.floor(firsts / step_s) - 1, 0, count).astype(np.int64)
    high = np.clip(np.ceil(lasts / step_s) + 1, 0, count).astype(np.int64)
    check_count(int((high - low).sum()), step_s)
    ranges = [np.arange(a, b + 1) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
    return np.unique(np.concatenate([np.array([0, count]), *ranges]))


def moves_at(model: Model, v_v: Floats) -> npt.NDArray[np.bool_]:
    """At which voltages, shape (n,), any state has a rate."""
    low, high = model.bounds
    return np.asarray(np.any(model.rate(v_v, np.linspace(low, high, STATES)[:, None]), axis=0))


def _is_still(model: Model, load: Load, u0_v: float, u1_v: float) -> bool:
    """Whether no state moves at any voltage that the device may have on a ramp."""
    seen_v = (u0_v, u1_v) if load.is_ideal else (min(u0_v, u1_v, 0.0), max(u0_v, u1_v, 0.0))
    return not moves_at(model, np.linspace(*seen_v, PROBED)).any()
