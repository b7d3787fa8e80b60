"""Integrators of one device behind a load, under a piecewise-linear drive.

``euler`` is the article's explicit Euler: current and rate are taken at the start of a step.
``euler-mid`` takes the voltage in the middle of it. ``rk4`` is the classical method with steps
halved until the difference of one and two steps is small. ``flow`` is the closed form per ramp;
behind a series resistance each level is tabulated instead, and ramps are left to ``rk4``.
State bounds are those of a projected equation: at a bound the state is held while the rate points
outwards, and leaves as soon as it points inwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from memrig.hil.errors import RequestError
from memrig.sim.course import Course
from memrig.sim.grid import step_count
from memrig.sim.levels import Level, level_of
from memrig.sim.load import Load
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.ramps import Ramps

RK4_TOLERANCE = 1e-10
"""Largest difference of one and two steps, relative to the range of the state."""
RK4_HALVINGS = 40
REPEATED = 100
"""How often a level comes in a drive, on average, before its table is less work than stepping."""
ROUNDED = 1e-15
"""What rounding adds to the error of a closed form in each ramp, relative to the state's range."""


@dataclass(frozen=True, slots=True)
class Path:
    """The state at the nodes of an integration, shape (n,), and its slopes where known.

    :param slopes: (dx/dt after the left node, before the right node) per interval.
    :param error: estimated error of the state, in the state's unit.
    """

    t_s: Floats
    x: Floats
    slopes: tuple[Floats, Floats] | None = None
    error: float = 0.0

    def at(self, times_s: Floats) -> Floats:
        """The state at other times: cubic where the slopes are known, linear otherwise."""
        if self.t_s.size < 2 or self.slopes is None:
            return np.asarray(np.interp(times_s, self.t_s, self.x))
        k = np.clip(np.searchsorted(self.t_s, times_s, side="right") - 1, 0, self.t_s.size - 2)
        h = self.t_s[k + 1] - self.t_s[k]
        s = np.clip((times_s - self.t_s[k]) / h, 0.0, 1.0)
        return hermite(s, h, self.x[k], self.x[k + 1], self.slopes[0][k], self.slopes[1][k])


def hermite(s: Floats, h: Floats, x0: Floats, x1: Floats, d0: Floats, d1: Floats) -> Floats:
    """The cubic with given values and slopes at both ends, kept between the values."""
    left = (1 + 2 * s) * (1 - s) ** 2 * x0 + s * (1 - s) ** 2 * h * d0
    right = s**2 * (3 - 2 * s) * x1 + s**2 * (s - 1) * h * d1
    return np.asarray(np.clip(left + right, np.minimum(x0, x1), np.maximum(x0, x1)))


def flow(model: Model, ramps: Ramps, x0: float, wanted_s: Floats) -> Path:
    """Closed form per ramp; exact at its nodes, which include ``wanted_s``."""
    pieces = ramps.cut(np.concatenate([ramps.crossings_s(model.kinks), wanted_s]))
    over = model.flow(pieces.u0_v, pieces.u1_v, pieces.dt_s)
    low, high = model.bounds
    x = np.clip(over.path(model.bounded(x0)), low, high)
    return Path(_nodes(pieces), x, error=over.error + ROUNDED * len(pieces) * (high - low))


def tabled(model: Model, load: Load, ramps: Ramps, x0: float, wanted_s: Floats) -> Path:
    """Levels by tables of time against state, one per level; ramps by ``rk4``.

    Exact at its nodes, which include the ``wanted_s`` within levels.
    """
    low, high = model.bounds
    nodes = _Nodes(float(ramps.t0_s[0]), model.bounded(x0))
    wanted_s = np.unique(wanted_s)
    for ramp in _each(ramps):
        t0_s, t1_s, u0_v, u1_v = ramp
        level = level_of(model, load, u0_v) if u0_v == u1_v else None
        if level is None:
            _stepped(nodes, model, load, ramp, None)
        else:
            inner = slice(*np.searchsorted(wanted_s, (t0_s, t1_s), side="right"))
            times_s = np.unique(np.append(wanted_s[inner], t1_s))
            _jumped(nodes, level, times_s)
            nodes.error += (level.error + ROUNDED) * (high - low)
    return nodes.path()


def tables_pay(ramps: Ramps) -> bool:
    """Whether levels come back so often that to tabulate them is less work than to step."""
    levels_v = ramps.u0_v[ramps.u0_v == ramps.u1_v]
    return bool(levels_v.size >= REPEATED * max(np.unique(levels_v).size, 1))


def _jumped(nodes: _Nodes, level: Level, times_s: Floats) -> None:
    """The states at times of one level, the last of which is its end; straight in between."""
    states = level.after(nodes.x[-1], times_s - nodes.t[-1])
    for t_s, x in zip(times_s.tolist(), states.tolist(), strict=True):
        slope = (x - nodes.x[-1]) / (t_s - nodes.t[-1])
        nodes.add(t_s, x, slope, slope, 0.0)


def _nodes(pieces: Ramps) -> Floats:
    return np.concatenate([pieces.t0_s, pieces.t1_s[-1:]])


def euler(
    model: Model, load: Load, t_s: Floats, u_v: Floats, x0: float
) -> Path:
    """Explicit Euler on a grid.

    :param t_s: nodes, shape (n + 1,).
    :param u_v: open-circuit voltage that each step uses, shape (n,).
    """
    dt = np.diff(t_s)
    if load.is_ideal and model.rate_is_stateless:
        moves = (model.rate(u_v, x0) * dt).tolist()
        return Path(t_s, _accumulated(model, moves, x0))
    x = np.empty(t_s.size)
    x[0] = state = model.bounded(x0)
    for k, (u, h) in enumerate(zip(u_v.tolist(), dt.tolist(), strict=True), start=1):
        v = load.volts_at(model, u, state)
        x[k] = state = model.bounded(state + h * model.rate_at(v, state))
    return Path(t_s, x)


def _accumulated(model: Model, moves: list[float], x0: float) -> Floats:
    low, high = model.bounds
    states = [model.bounded(x0)]
    state = states[0]
    for move in moves:
        state += move
        if state < low:
            state = low
        elif state > high:
            state = high
        states.append(state)
    return np.array(states)


Rate = Callable[[float, float], float]


def rk4(
    model: Model, load: Load, ramps: Ramps, x0: float, step_s: float | None = None
) -> Path:
    """Classical Runge-Kutta; steps chosen by step doubling, or of at most ``step_s``.

    Steps end where the device's voltage or its state crosses a kink of the model.
    """
    if load.is_ideal:
        ramps = ramps.cut(ramps.crossings_s(model.kinks))
    nodes = _Nodes(float(ramps.t0_s[0]), model.bounded(x0))
    for ramp in _each(ramps):
        _stepped(nodes, model, load, ramp, step_s)
    return nodes.path()


Ramp = tuple[float, float, float, float]
"""Times and open-circuit voltages of its ends."""


def _each(ramps: Ramps) -> Iterator[Ramp]:
    return zip(*(part.tolist() for part in (
        ramps.t0_s, ramps.t1_s, ramps.u0_v, ramps.u1_v)), strict=True)


def _stepped(
    nodes: _Nodes, model: Model, load: Load, ramp: Ramp, step_s: float | None
) -> None:
    """Steps over one ramp, smooth part by smooth part."""
    course = Course(model, load, ramp)
    course.begin(nodes.x[-1])
    if step_s is None:
        _adaptive(nodes, course)
    else:
        _uniform(nodes, course, step_s)


class _Nodes:
    """Grows the path of an integration node by node."""

    def __init__(self, t_s: float, x: float) -> None:
        self.t, self.x = [t_s], [x]
        self.left: list[float] = []
        self.right: list[float] = []
        self.error = 0.0

    def add(self, t_s: float, x: float, left: float, right: float, error: float) -> None:
        self.t.append(t_s)
        self.x.append(x)
        self.left.append(left)
        self.right.append(right)
        self.error += error

    def path(self) -> Path:
        slopes = np.array(self.left), np.array(self.right)
        return Path(np.array(self.t), np.array(self.x), slopes, self.error)


def _step(rate: Rate, t_s: float, x: float, h: float, k1: float) -> float:
    k2 = rate(t_s + 0.5 * h, x + 0.5 * h * k1)
    k3 = rate(t_s + 0.5 * h, x + 0.5 * h * k2)
    k4 = rate(t_s + h, x + h * k3)
    return x + h * (k1 + 2.0 * k2 + 2.0 * k3 + k4) / 6.0


def _uniform(nodes: _Nodes, course: Course, step_s: float) -> None:
    t0_s, t1_s = course.t0_s, course.t1_s
    count = step_count(t1_s - t0_s, step_s)
    for k in range(count):
        t = t0_s + k * (t1_s - t0_s) / count
        end = t1_s if k == count - 1 else t0_s + (k + 1) * (t1_s - t0_s) / count
        while t < end:
            t = _one(nodes, course, t, end)


def _one(nodes: _Nodes, course: Course, t_s: float, end_s: float) -> float:
    """One step, or what is smooth of it; where it ends."""
    x, h = nodes.x[-1], end_s - t_s
    k1 = course.rate(t_s, x)
    new, stop = _step(course.rate, t_s, x, h, k1), end_s
    left = course.leaves(end_s, new)
    if left:
        h = course.edge(t_s, h, lambda h: _step(course.rate, t_s, x, h, k1))
        new, stop = _step(course.rate, t_s, x, h, k1), min(t_s + h, end_s)
    new = course.bounded(new)
    nodes.add(stop, new, k1, course.rate(stop, new), 0.0)
    if left:
        course.turn(stop, new)
    return stop


def _adaptive(nodes: _Nodes, course: Course) -> None:
    low, high = course.bounds
    tolerance = RK4_TOLERANCE * (high - low)
    t, t1_s, rate = course.t0_s, course.t1_s, course.rate
    h, smallest = t1_s - t, (t1_s - t) * 0.5**RK4_HALVINGS
    k1 = rate(t, nodes.x[-1])
    while t < t1_s:
        h = min(h, t1_s - t)
        step = _Doubled(rate, t, nodes.x[-1], h, k1)
        if step.error > tolerance and h > smallest:
            h *= max(0.1, 0.9 * (tolerance / step.error) ** 0.2)
            continue
        left = course.leaves(t + h, step.new)
        if left:
            step = step.to(course.edge(t, h, step.after))
        end = t1_s if t + step.h >= t1_s * (1 - 1e-15) else t + step.h
        new = course.bounded(step.new)
        nodes.add(t + 0.5 * step.h, course.bounded(step.half), k1, step.middle, 0.0)
        nodes.add(end, new, step.middle, rate(end, new), step.error)
        if left:
            course.turn(end, new)
        t, k1 = end, rate(end, new)
        if not left:
            h *= 4.0 if step.error == 0.0 else min(4.0, 0.9 * (tolerance / step.error) ** 0.2)


class _Doubled:
    """One step taken whole and in two halves."""

    def __init__(self, rate: Rate, t_s: float, x: float, h: float, k1: float) -> None:
        self.h, self._begun = h, (rate, t_s, x, k1)
        whole = _step(rate, t_s, x, h, k1)
        self.half = _step(rate, t_s, x, 0.5 * h, k1)
        self.middle = rate(t_s + 0.5 * h, self.half)
        both = _step(rate, t_s + 0.5 * h, self.half, 0.5 * h, self.middle)
        self.error = abs(both - whole) / 15.0
        self.new = both + (both - whole) / 15.0

    def to(self, h: float) -> _Doubled:
        """The step of another length."""
        rate, t_s, x, k1 = self._begun
        return _Doubled(rate, t_s, x, h, k1)

    def after(self, h: float) -> float:
        """The state after a step of another length."""
        return self.to(h).new


def check_closed_form(model: Model, load: Load) -> None:
    """Refuse ``flow`` where there is no closed form."""
    if not model.closed_form:
        raise RequestError(f"model {model.name} has no closed form; use integrator auto or rk4")
    if not math.isinf(load.compliance_a):
        message = (
            f"integrator flow was asked with a compliance of {load.compliance_a:g} A; it holds "
            "without a current limit only; use auto or rk4"
        )
        raise RequestError(message)
