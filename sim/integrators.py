"""Integrators of one device behind a load, under a piecewise-linear drive.

``euler`` is the article's explicit Euler: current and rate are taken at the start of a step.
``euler-mid`` takes the voltage in the middle of it. ``rk4`` is the classical method with steps
halved until the difference of one and two steps is small. ``flow`` is the closed form per ramp.
State bounds are those of a projected equation: at a bound the state is held while the rate points
outwards, and leaves as soon as it points inwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from memrig.hil.errors import RequestError
from memrig.sim.load import Load
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.ramps import Ramps

RK4_TOLERANCE = 1e-10
"""Largest difference of one and two steps, relative to the range of the state."""
RK4_HALVINGS = 40
ROUNDED = 1e-15
"""What rounding adds to the error of a closed form in each ramp, relative to the state's range."""
INWARD = 1e-9
"""Ramps are shortened by this part of their rise at both ends, so that the value at a threshold
where a ramp begins or ends is that of the ramp's own side."""


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
    """Classical Runge-Kutta; steps chosen by step doubling, or of at most ``step_s``."""
    if load.is_ideal:
        ramps = ramps.cut(ramps.crossings_s(model.kinks))
    nodes = _Nodes(ramps.t0_s[0], model.bounded(x0))
    for t0, t1, u0, u1 in zip(*(part.tolist() for part in (
            ramps.t0_s, ramps.t1_s, ramps.u0_v, ramps.u1_v)), strict=True):
        inward = INWARD * (u1 - u0)
        rate = _rate_on(model, load, t0, u0 + inward, (u1 - u0 - 2 * inward) / (t1 - t0))
        if step_s is None:
            _adaptive(nodes, rate, t0, t1, model)
        else:
            _uniform(nodes, rate, t0, t1, step_s, model)
    return nodes.path()


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


def _rate_on(
    model: Model, load: Load, t0_s: float, u0_v: float, slope: float
) -> Rate:
    """The projected rate along one ramp."""
    low, high = model.bounds
    ideal = load.is_ideal

    def rate(t_s: float, x: float) -> float:
        x = low if x < low else high if x > high else x
        u_v = u0_v + slope * (t_s - t0_s)
        r = model.rate_at(u_v if ideal else load.volts_at(model, u_v, x), x)
        if (r < 0.0 and x <= low) or (r > 0.0 and x >= high):
            return 0.0
        return r

    return rate


def _step(rate: Rate, t_s: float, x: float, h: float, k1: float) -> float:
    k2 = rate(t_s + 0.5 * h, x + 0.5 * h * k1)
    k3 = rate(t_s + 0.5 * h, x + 0.5 * h * k2)
    k4 = rate(t_s + h, x + h * k3)
    return x + h * (k1 + 2.0 * k2 + 2.0 * k3 + k4) / 6.0


def _uniform(
    nodes: _Nodes, rate: Rate, t0_s: float, t1_s: float, step_s: float, model: Model
) -> None:
    count = max(1, int(np.ceil((t1_s - t0_s) / step_s * (1 - 1e-12))))
    h = (t1_s - t0_s) / count
    for k in range(count):
        t, x = t0_s + k * h, nodes.x[-1]
        k1 = rate(t, x)
        new = model.bounded(_step(rate, t, x, h, k1))
        end = t1_s if k == count - 1 else t + h
        nodes.add(end, new, k1, rate(t + h, new), 0.0)


def _adaptive(nodes: _Nodes, rate: Rate, t0_s: float, t1_s: float, model: Model) -> None:
    low, high = model.bounds
    tolerance = RK4_TOLERANCE * (high - low)
    smallest = (t1_s - t0_s) * 0.5**RK4_HALVINGS
    t, h = t0_s, t1_s - t0_s
    k1 = rate(t, nodes.x[-1])
    while t < t1_s:
        h = min(h, t1_s - t)
        x = nodes.x[-1]
        whole = _step(rate, t, x, h, k1)
        half = _step(rate, t, x, 0.5 * h, k1)
        middle = rate(t + 0.5 * h, half)
        both = _step(rate, t + 0.5 * h, half, 0.5 * h, middle)
        error = abs(both - whole) / 15.0
        if error > tolerance and h > smallest:
            h *= max(0.1, 0.9 * (tolerance / error) ** 0.2)
            continue
        t_half, end = t + 0.5 * h, t1_s if t + h >= t1_s * (1 - 1e-15) else t + h
        half, new = model.bounded(half), model.bounded(both + (both - whole) / 15.0)
        nodes.add(t_half, half, k1, middle, 0.0)
        t, k1 = end, rate(end, new)
        nodes.add(end, new, middle, k1, error)
        h *= 4.0 if error == 0.0 else min(4.0, 0.9 * (tolerance / error) ** 0.2)


def check_closed_form(model: Model, load: Load) -> None:
    """Refuse ``flow`` where there is no closed form."""
    if not model.closed_form:
        raise RequestError(f"model {model.name} has no closed form; use integrator auto or rk4")
    if not load.is_ideal:
        message = (
            f"integrator flow was asked behind {load.ohm:g} ohm; the closed form holds without "
            "series resistance and compliance only; use auto or rk4"
        )
        raise RequestError(message)
