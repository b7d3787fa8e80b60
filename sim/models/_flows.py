"""Closed forms over ramps that several models share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from memrig.sim.models._law import Floats

RAMPS_PER_TURN = 8
"""Ramps between two turns of a state from which on adding them up at once is quicker."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How a state goes over a row of n ramps.

    :param path: from the state at the beginning to that and the states at the ends of all ramps,
        shape (n + 1,).
    :param error: what tables and quadratures add to the error of the state, in its unit; beside
        rounding.
    :param again: the flow over the same row so many times, where it is quicker to tell from this.
    """

    path: Callable[[float], Floats]
    error: float = 0.0
    again: Callable[[int], Flow] | None = None


def sinhc(half: Floats) -> Floats:
    """sinh(h)/h, shape (n,): the mean of exp over a ramp of width 2 h, relative to its middle."""
    small = np.abs(half) < 1e-8
    safe = np.where(small, 1.0, half)
    return np.where(small, 1.0 + half * half / 6.0, np.sinh(safe) / safe)


def power_mean(start: float, end: float, exponent: float) -> float:
    """Mean of z^exponent over a ramp of z from ``start`` to ``end``, both at least 0: a law."""
    middle, step = 0.5 * (start + end), end - start
    if middle == 0.0:
        return 0.0
    if abs(step) < 1e-3 * middle:
        ratio = (step / middle) * (step / middle)
        second = exponent * (exponent - 1.0)
        fourth = second * (exponent - 2.0) * (exponent - 3.0)
        return math.pow(middle, exponent) * (
            1.0 + second * ratio / 24.0 + fourth * ratio * ratio / 1920.0)
    up = exponent + 1.0
    return (math.pow(end, up) - math.pow(start, up)) / (up * step)


def stepped(over: Callable[[int, float], float], count: int, error: float = 0.0) -> Flow:
    """A state that goes ramp by ramp.

    :param over: from the number of a ramp and the state at its beginning to that at its end.
    """

    def path(x0: float) -> Floats:
        states = [x0]
        for ramp in range(count):
            states.append(over(ramp, states[-1]))
        return np.array(states)

    return Flow(path, error)


def added(moves: Floats, bounds: tuple[float, float]) -> Flow:
    """A state that each ramp moves by a given amount, whatever it is, within its bounds."""
    low, high = bounds
    turns = _turns(moves)

    def again(count: int) -> Flow:
        return added(np.tile(moves, count), bounds)

    if len(turns) * RAMPS_PER_TURN < moves.size:
        return Flow(partial(_summed, moves, turns, bounds), again=again)
    by: list[float] = moves.tolist()

    def over(ramp: int, x: float) -> float:
        return min(max(x + by[ramp], low), high)

    return replace(stepped(over, len(by)), again=again)


def _turns(moves: Floats) -> list[int]:
    """Numbers of the moves before which the direction changes."""
    sign = np.sign(moves)
    moving = np.flatnonzero(sign)
    found: list[int] = moving[1:][np.diff(sign[moving]) != 0.0].tolist()
    return found


def _summed(
    moves: Floats, turns: list[int], bounds: tuple[float, float], x0: float
) -> Floats:
    """Moves in one direction meet their bound once: those between two turns are added at once."""
    x = np.concatenate([[x0], moves])
    for first, behind in itertools.pairwise([0, *turns, moves.size]):
        part = x[first: behind + 1]
        np.cumsum(part, out=part)
        np.clip(part, *bounds, out=part)
    return x


def relaxed(kept: Floats, gained: Floats, bounds: tuple[float, float]) -> Flow:
    """A state of which each ramp keeps a part and adds something, within its bounds."""
    low, high = bounds
    keep: list[float] = kept.tolist()
    gain: list[float] = gained.tolist()

    def over(ramp: int, x: float) -> float:
        return min(max(keep[ramp] * x + gain[ramp], low), high)

    return stepped(over, len(keep))
