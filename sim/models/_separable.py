"""Closed forms of dx/dt = g(v) f(x): an integral of 1/f, and its inverse.

What a drive does is one number per ramp, its action: the integral of g dt. A state obeys
P(x) after = P(x) before + action, with P(x) the integral of dx/f. Where f vanishes at a bound P
has no end there, and x has no digits: so the state is kept as a coordinate y that has, and x is
made of it only to be shown.

=========  =====================  =================================================
coordinate  y                      for
=========  =====================  =================================================
STRAIGHT   s                      f that vanishes nowhere
REST       -ln(1 - s)             f that vanishes at the bound moved towards
LOGIT      ln(s/(1 - s))          f that vanishes at both bounds and is the same both ways
=========  =====================  =================================================

s is the part of the way between the bounds, from 0 to 1 in the direction of the motion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from memrig.sim.models._flows import Flow
from memrig.sim.models._law import Floats

TOLERANCE = 1e-12
"""Largest error of 1/f between the points of a table, relative to itself."""
ORDER = 8
"""Points of 1/f per cell of a table; P is a polynomial of this degree there."""
CELLS = 32
"""Cells that a table begins with."""
CELLS_MAX = 1024
"""More cells than these do not become better by being halved: it is rounding that is left."""
HALVINGS = 40
FAR = 40.0
"""Coordinates beyond this tell states apart that are the same number: exp(-40) is 4e-18."""
ITERATIONS = 30
TOGETHER = 1 << 12
"""Values whose coordinates are found together: so many that the processor's cache holds them."""
CONVERGED = 1e-8
"""A step of Newton's method, in cells, after which its square is left."""

_POWERS = np.arange(ORDER)


@dataclass(frozen=True)
class _Cell:
    """Places from -1 to 1 across a cell: where 1/f is taken, and after these where that is tried.

    :param places: ORDER of the first kind, ORDER + 1 of the second.
    :param fit: from values at the first to the polynomial's coefficients, shape (ORDER, ORDER).
    :param check: from these to values at the others, shape (ORDER + 1, ORDER).
    """

    places: Floats
    fit: Floats
    check: Floats


@cache
def _cell() -> _Cell:
    """Made with the first table: numpy reads its polynomials for it."""
    nodes = np.polynomial.legendre.leggauss(ORDER)[0]
    between = np.concatenate([[-0.99], 0.5 * (nodes[:-1] + nodes[1:]), [0.99]])
    fit = np.linalg.inv(nodes[:, None] ** _POWERS).astype(np.float64)
    return _Cell(np.concatenate([nodes, between]), fit, check=between[:, None] ** _POWERS)


class Primitive(Protocol):
    """P as a function of the coordinate, growing, and back; arrays of shape (n,)."""

    @property
    def error(self) -> float:
        """Largest error of P, relative to itself."""

    def value(self, y: Floats) -> Floats:
        """P at coordinates."""

    def inverse(self, p: Floats) -> Floats:
        """The coordinates of values of P."""


@dataclass(frozen=True, slots=True)
class Table:
    """P in cells, a polynomial in each; beyond the ends it goes on as a straight line.

    In cell k, of coordinates ``knots[k]`` to ``knots[k + 1]``, with z from -1 to 1 across it,
    P = ``values[k]`` + sum of ``parts[k, j]`` z^j.

    :param knots: coordinates, shape (n + 1,).
    :param values: P at the knots, shape (n + 1,).
    :param parts: shape (n, ORDER + 1).
    :param slopes: dP/dy at both ends.
    :param error: largest error of P, relative to itself.
    """

    knots: Floats
    values: Floats
    parts: Floats
    slopes: tuple[float, float]
    error: float = TOLERANCE

    @classmethod
    def of(
        cls, density: Callable[[Floats], Floats], start: float, stop: float,
        kinks: Sequence[float] = (), noise: Callable[[Floats], Floats] = np.zeros_like,
    ) -> Table:
        """The integral of a positive density of the coordinate.

        :param density: dP/dy for coordinates of any shape, smooth between ``kinks``.
        :param noise: by how much, relative to itself, the density may be off as it is.
        """
        cell = _cell()
        inner = [kink for kink in kinks if start < kink < stop]
        edges = np.unique(np.concatenate([np.linspace(start, stop, CELLS + 1), inner]))
        left, right, rest = edges[:-1], edges[1:], 0.0
        done: list[tuple[Floats, Floats, Floats]] = []
        for halving in range(HALVINGS + 1):
            middle, half = 0.5 * (left + right), 0.5 * (right - left)
            y = middle[:, None] + half[:, None] * cell.places
            found = density(y)
            fitted, there, between = found[:, :ORDER] @ cell.fit.T, found[:, ORDER:], y[:, ORDER:]
            missed = np.abs(fitted @ cell.check.T - there) / there
            missed = np.maximum(missed - noise(between), 0.0).max(axis=1)
            good = (missed <= TOLERANCE) | (halving == HALVINGS) | (left.size > CELLS_MAX)
            done.append((left[good], right[good], half[good, None] * fitted[good]))
            rest = float((missed * half * there[:, 0])[good & (missed > TOLERANCE)].sum())
            left, middle, right = left[~good], middle[~good], right[~good]
            if not left.size:
                break
            left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        made = cls._joined(done)
        return replace(made, error=TOLERANCE + rest / (made.values[-1] - made.values[0]))

    @classmethod
    def _joined(cls, done: list[tuple[Floats, Floats, Floats]]) -> Table:
        left, right, slopes = (np.concatenate(part) for part in zip(*done, strict=True))
        order = np.argsort(left)
        left, right, slopes = left[order], right[order], slopes[order]
        parts = np.zeros((left.size, ORDER + 1))
        parts[:, 1:] = slopes / (_POWERS + 1.0)
        signs = (-1.0) ** np.arange(ORDER + 1)
        parts[:, 0] = -(parts @ signs)
        values = _summed(parts.sum(axis=1))
        first, last = slopes[0] @ signs[:-1], slopes[-1].sum()
        width = right - left
        return cls(np.append(left, right[-1]), values, parts,
                   (float(2.0 * first / width[0]), float(2.0 * last / width[-1])))

    def value(self, y: Floats) -> Floats:
        """P at coordinates, shape (n,)."""
        inside = np.clip(y, self.knots[0], self.knots[-1])
        k = np.clip(np.searchsorted(self.knots, inside, side="right") - 1, 0, len(self.parts) - 1)
        left, right = self.knots[k], self.knots[k + 1]
        z = (2.0 * inside - left - right) / (right - left)
        beyond = np.where(y < inside, self.slopes[0], self.slopes[1]) * (y - inside)
        return np.asarray(self.values[k] + _polynomial(self._of(k), z)[0] + beyond)

    def _of(self, k: npt.NDArray[np.intp]) -> Floats:
        """The polynomials of cells, shape (ORDER + 1, n): powers one after the other in memory."""
        return np.ascontiguousarray(self.parts.T).take(k, axis=1)

    def inverse(self, p: Floats) -> Floats:
        """The coordinates of values of P, shape (n,), by Newton's method in their cells."""
        if p.size > TOGETHER:
            return np.concatenate([self.inverse(p[k: k + TOGETHER])
                                   for k in range(0, p.size, TOGETHER)])
        inside = np.clip(p, self.values[0], self.values[-1])
        k = np.clip(np.searchsorted(self.values, inside, side="right") - 1, 0,
                    len(self.parts) - 1)
        parts, wanted = self._of(k), inside - self.values[k]
        height = np.diff(self.values)
        z = wanted * (2.0 / np.where(height > 0.0, height, 1.0))[k] - 1.0
        for _ in range(ITERATIONS):
            step, slope = _polynomial(parts, z)
            step -= wanted
            step /= slope
            z -= step
            np.minimum(np.maximum(z, -1.0, out=z), 1.0, out=z)
            if max(step.max(initial=0.0), -step.min(initial=0.0)) <= CONVERGED:
                break
        left, right = self.knots[k], self.knots[k + 1]
        beyond = (p - inside) / np.where(p < inside, self.slopes[0], self.slopes[1])
        return np.asarray(0.5 * (left + right) + 0.5 * (right - left) * z + beyond)


def _summed(rises: Floats) -> Floats:
    """P at the knots, 0 at the smallest rise: a slow end must not take the digits of the rest."""
    least = int(np.argmin(rises))
    return np.concatenate([-np.cumsum(rises[:least][::-1])[::-1], [0.0], np.cumsum(rises[least:])])


def _polynomial(parts: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Polynomials and their slopes, shape (n,) each.

    :param parts: coefficients by power, shape (ORDER + 1, n).
    """
    value, slope = parts[ORDER] * z + parts[ORDER - 1], parts[ORDER].copy()
    for power in range(ORDER - 2, -1, -1):
        slope *= z
        slope += value
        value *= z
        value += parts[power]
    return value, slope


@dataclass(frozen=True, slots=True)
class Power:
    """P of f = (1 - s)^exponent in the coordinate REST, in closed form."""

    exponent: float
    error: float = 0.0

    def value(self, y: Floats) -> Floats:
        """P at coordinates, shape (n,)."""
        more = self.exponent - 1.0
        return np.asarray(np.expm1(more * y) / more) if more else y

    def inverse(self, p: Floats) -> Floats:
        """The coordinates of values of P, shape (n,); the bound where there is none."""
        more = self.exponent - 1.0
        return np.asarray(np.log1p(np.maximum(more * p, -1.0)) / more) if more else p


Pace = Callable[[Floats, Floats], Floats]
"""f of the parts of the way that are gone and left, arrays of one shape."""


@dataclass(frozen=True, slots=True)
class Coordinate:
    """How a state is kept.

    :param of: y of (part of the way that is gone, part that is left).
    :param parts: back from y to both.
    :param mirrored: y of the same state for the opposite direction.
    :param slope: ds/dy at (gone, left).
    :param span: what a table has to cover.
    """

    of: Callable[[float, float], float]
    parts: Callable[[Floats], tuple[Floats, Floats]]
    mirrored: Callable[[float], float]
    slope: Pace
    span: tuple[float, float]


def _log(z: float) -> float:
    return math.log(z) if z > 0.0 else -math.inf


def _logistic(y: Floats) -> tuple[Floats, Floats]:
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-y)), 1.0 / (1.0 + np.exp(y))


STRAIGHT = Coordinate(
    lambda gone, _left: gone, lambda y: (y, 1.0 - y), lambda y: 1.0 - y,
    lambda gone, _left: np.ones_like(gone), (0.0, 1.0))
REST = Coordinate(
    lambda _gone, left: -_log(left), lambda y: (-np.expm1(-y), np.exp(-y)),
    lambda y: -_log(-math.expm1(-y)), lambda _gone, left: left, (0.0, FAR))
LOGIT = Coordinate(
    lambda gone, left: _log(gone) - _log(left),
    _logistic, lambda y: -y,
    lambda gone, left: gone * left, (-FAR, FAR))


@dataclass(frozen=True, slots=True)
class Track:
    """How a state moves in one direction.

    :param end: the coordinate of the bound, where the state is held.
    """

    coordinate: Coordinate
    primitive: Primitive
    end: float = math.inf

    def moved(self, y: float, actions: Floats) -> Floats:
        """Coordinates after each of some actions, all at least 0, shape (n,)."""
        start, gone = self.primitive.value(np.array([y]))[0], np.cumsum(actions)
        after = self.primitive.inverse(start + gone)
        after[gone == 0.0] = y
        return np.minimum(after, self.end, out=after)


def tabulated(
    coordinate: Coordinate, pace: Pace, kinks: Sequence[float] = (), end: float = math.inf
) -> Track:
    """The motion of a pace f(gone, left), smooth between ``kinks``, coordinates all."""

    def density(y: Floats) -> Floats:
        gone, left = coordinate.parts(y)
        return np.asarray(coordinate.slope(gone, left) / pace(gone, left))

    last = 1.0 if coordinate is STRAIGHT else math.inf
    return Track(coordinate, Table.of(density, *coordinate.span, kinks), min(end, last))


def both_ways(actions: Floats, track: Track, bounds: tuple[float, float]) -> Flow:
    """Motion whose f is the same up and down: the state is a function of the sum of actions.

    :param actions: integrals of g dt per ramp, shape (n,), as parts of the way between bounds.
    """
    low, high = bounds

    def path(x0: float) -> Floats:
        y0 = track.coordinate.of(*_shares(x0, bounds))
        if math.isinf(y0):
            return np.full(actions.size + 1, x0)
        with np.errstate(over="ignore"):
            gone, left = track.coordinate.parts(track.moved(y0, actions))
        x = np.where(gone < 0.5, low + (high - low) * gone, high - (high - low) * left)
        return np.concatenate([[x0], x])

    def again(count: int) -> Flow:
        return both_ways(np.tile(actions, count), track, bounds)

    return Flow(path, (high - low) * track.primitive.error, again=again)


@dataclass(frozen=True, slots=True)
class OneWay:
    """Motion whose f depends on the direction; the tracks have one kind of coordinate."""

    up: Track
    down: Track
    bounds: tuple[float, float]

    @property
    def error(self) -> float:
        """What the tracks add to the error of a state, in its unit."""
        low, high = self.bounds
        return (high - low) * max(self.up.primitive.error, self.down.primitive.error)

    def flow(self, actions: Floats) -> Flow:
        """How a state goes.

        :param actions: integrals of g dt per ramp, shape (n,), as parts of the way between bounds.
        """
        def again(count: int) -> Flow:
            return self.flow(np.tile(actions, count))

        return Flow(partial(self._path, actions, _runs(actions)), self.error, again)

    def _path(self, actions: Floats, runs: list[tuple[int, int, bool]], x0: float) -> Floats:
        low, high = self.bounds
        x = np.full(actions.size + 1, x0)
        rising, y = True, self.up.coordinate.of(*_shares(x0, self.bounds))
        for start, stop, grows in runs:
            if grows != rising:
                rising, y = grows, self.up.coordinate.mirrored(y)
            track = self.up if grows else self.down
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                ys = track.moved(y, np.abs(actions[start:stop]))
            gone, left = track.coordinate.parts(ys)
            gone, left = (gone, left) if grows else (left, gone)
            moved = np.where(gone < 0.5, low + (high - low) * gone, high - (high - low) * left)
            x[start + 1:stop + 1] = np.where(ys == y, x[start], moved)
            y = float(ys[-1])
        return np.asarray(np.clip(x, low, high))


def _shares(x: float, bounds: tuple[float, float]) -> tuple[float, float]:
    low, high = bounds
    return (x - low) / (high - low), (high - x) / (high - low)


def _runs(actions: Floats) -> list[tuple[int, int, bool]]:
    """Stretches of ramps that move in one direction; those that do not move join the one before."""
    signs = np.sign(actions)
    moving = np.flatnonzero(signs)
    if not moving.size:
        return []
    turns = moving[1:][signs[moving[1:]] != signs[moving[:-1]]].tolist()
    starts, stops = [0, *turns], [*turns, actions.size]
    return [(start, stop, bool((signs[start] or signs[moving[0]]) > 0))
            for start, stop in zip(starts, stops, strict=True)]
