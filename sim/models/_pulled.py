"""Closed form of a state that a voltage pulls towards a boundary of its own, and no further.

dz/dt = s(a) F(r(a) - z) while z < r(a), else 0: Messaris' equation for a voltage of magnitude a.

Here F(u) = exp(k u) - 1; that of u^2 stands in ``_squared``. With w = exp(k z) it is linear:
dw/dt = k s (exp(k r) - w). So a ramp keeps exp(-D) of w, D the integral of k s dt, and adds a
number that does not depend on the state, G. Both are known before the state is; D in closed form,
G by a quadrature in which no exponent changes by more than ``PART`` at once. Everything is kept as
a logarithm: exp(k z) itself would overflow.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memrig.sim.models._flows import sinhc
from memrig.sim.models._law import Floats
from memrig.sim.models._roots import false_position

PART = 3.0
"""Largest change of an exponent over a part of a quadrature."""
PARTS = 400
FORGOTTEN = 45.0
"""What has decayed by exp of this is not a part of any digit."""
HALVINGS = 60
ROOT = 1e-13
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_SHARES, _LOG_WEIGHTS = 0.5 * (_NODES + 1.0), np.log(0.5 * _WEIGHTS)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of the magnitude of the voltage: ends and durations, shape (n,) each."""

    a0_v: Floats
    a1_v: Floats
    dt_s: Floats

    def chosen(self, which: slice | npt.NDArray[np.intp]) -> Stretches:
        """Some of them."""
        return Stretches(self.a0_v[which], self.a1_v[which], self.dt_s[which])

    def part(self, start: Floats, stop: Floats) -> Stretches:
        """What lies between two shares of each ramp."""
        rise = self.a1_v - self.a0_v
        return Stretches(self.a0_v + start * rise, self.a0_v + stop * rise,
                         (stop - start) * self.dt_s)


@dataclass(frozen=True, slots=True)
class Pull:
    """One direction: s = speed (exp(steepness a) - 1), r = c0 + c1 a + c2 a^2, approach k."""

    speed: float
    steepness: float
    k: float
    boundary: tuple[float, float, float]

    def boundary_at(self, a_v: Floats) -> Floats:
        """The boundary r at magnitudes, in the state's unit."""
        c0, c1, c2 = self.boundary
        return np.asarray(c0 + a_v * (c1 + a_v * c2))

    def action(self, ramps: Stretches) -> Floats:
        """The integral of s dt over ramps, shape (n,)."""
        middle = self.steepness * 0.5 * (ramps.a0_v + ramps.a1_v)
        half = self.steepness * 0.5 * (ramps.a1_v - ramps.a0_v)
        mean = np.expm1(middle) + np.exp(middle) * (sinhc(half) - 1.0)
        return np.asarray(self.speed * mean * ramps.dt_s)

    def decay(self, ramps: Stretches) -> Floats:
        """D over ramps, shape (n,)."""
        return np.asarray(self.k * self.action(ramps))

    def gained(self, ramps: Stretches) -> Floats:
        """The logarithm of G over ramps, shape (n,)."""
        level = ramps.a0_v == ramps.a1_v
        decays = self.decay(ramps)
        with np.errstate(divide="ignore"):
            found = self.k * self.boundary_at(ramps.a1_v) + np.log(-np.expm1(-decays))
        for_parts = np.flatnonzero(~level & (decays > 0.0))
        if for_parts.size:
            found[for_parts] = self._gained_in_parts(ramps.chosen(for_parts), decays[for_parts])
        return found

    def _gained_in_parts(self, ramps: Stretches, decays: Floats) -> Floats:
        ramps = self._remembered(ramps, decays)
        change = (np.minimum(decays, FORGOTTEN) + self.steepness * np.abs(ramps.a1_v - ramps.a0_v)
                  + self.k * np.abs(self.boundary_at(ramps.a1_v) - self.boundary_at(ramps.a0_v)))
        counts = np.clip(np.ceil(change / PART), 1, PARTS).astype(int)
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        whole = np.repeat(np.arange(counts.size), counts)
        inner = np.arange(whole.size) - firsts[whole]
        each = ramps.chosen(whole)
        parts = each.part(inner / counts[whole], (inner + 1) / counts[whole])
        after = self.decay(each.part((inner + 1) / counts[whole], np.ones(whole.size)))
        return np.logaddexp.reduceat(self._gained_in_one(parts) - after, firsts)

    def _remembered(self, ramps: Stretches, decays: Floats) -> Stretches:
        """The last part of ramps: what went before has decayed."""
        start, stop = np.zeros_like(decays), np.ones_like(decays)
        if decays.max() <= FORGOTTEN:
            return ramps
        for _ in range(HALVINGS):
            middle = 0.5 * (start + stop)
            long = self.decay(ramps.part(middle, np.ones_like(middle))) > FORGOTTEN
            start, stop = np.where(long, middle, start), np.where(long, stop, middle)
        return ramps.part(start, np.ones_like(start))

    def _gained_in_one(self, ramps: Stretches) -> Floats:
        shares, one = _SHARES[:, None], np.ones((1, 1))
        rest = self.decay(ramps.part(shares, one))
        a_v = ramps.part(shares, one).a0_v
        with np.errstate(divide="ignore"):
            driven = np.log(self.k * self.speed * np.expm1(self.steepness * a_v) * ramps.dt_s)
        parts = _LOG_WEIGHTS[:, None] + driven + self.k * self.boundary_at(a_v) - rest
        return np.asarray(np.logaddexp.reduce(parts, axis=0))


class Pulls(ABC):
    """What a row of ramps that pull in one direction do to a state."""

    def __init__(self, pull: Pull, ramps: Stretches) -> None:
        self._pull, self._ramps = pull, ramps
        self._starts: list[float] = pull.boundary_at(ramps.a0_v).tolist()
        self._stops: list[float] = pull.boundary_at(ramps.a1_v).tolist()

    def over(self, ramp: int, z: float) -> float:
        """The state at the end of a ramp on which the boundary moves in one direction."""
        start, stop = self._starts[ramp], self._stops[ramp]
        if z >= max(start, stop):
            return z
        if z >= start:  # the boundary comes by later
            return self._late(ramp, self._reached(ramp, z), z)
        return self._early(ramp, z)

    @abstractmethod
    def _early(self, ramp: int, z: float) -> float:
        """The end of a state that the ramp pulls from its beginning."""

    @abstractmethod
    def _late(self, ramp: int, share: float, z: float) -> float:
        """The end of a state that it pulls from a share of its time on."""

    def _one(self, ramp: int) -> Stretches:
        """A ramp by itself."""
        return self._ramps.chosen(slice(ramp, ramp + 1))

    def _boundary(self, ramp: int, share: float) -> float:
        a0, a1 = float(self._ramps.a0_v[ramp]), float(self._ramps.a1_v[ramp])
        return float(self._pull.boundary_at(np.asarray(a0 + share * (a1 - a0))))

    def _reached(self, ramp: int, z: float) -> float:
        """The share of a ramp at which the boundary comes to a state that waits."""
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self._boundary(ramp, middle) < z else (low, middle)
        return 0.5 * (low + high)


class Steep(Pulls):
    """Pulls that grow exponentially with the distance."""

    def __init__(self, pull: Pull, ramps: Stretches) -> None:
        super().__init__(pull, ramps)
        self._decays: list[float] = pull.decay(ramps).tolist()
        self._gains: list[float] = pull.gained(ramps).tolist()

    def _early(self, ramp: int, z: float) -> float:
        start, stop = self._starts[ramp], self._stops[ramp]
        free = self._free(z, self._decays[ramp], self._gains[ramp])
        if free <= stop or stop >= start:
            return free
        return self._met(ramp, z, free)

    def _late(self, ramp: int, share: float, z: float) -> float:
        return self._between(ramp, share, 1.0, z)

    def _free(self, z: float, decay: float, gain: float) -> float:
        """Without regard to the boundary: log[w exp(-D) + G], exact for tiny moves, too."""
        more = gain - self._pull.k * z
        if more < -1.0 and decay < 1.0:
            return z + math.log1p(math.expm1(-decay) + math.exp(more)) / self._pull.k
        return z + float(np.logaddexp(-decay, more)) / self._pull.k

    def _between(self, ramp: int, start: float, stop: float, z: float) -> float:
        some = self._one(ramp).part(np.array([start]), np.array([stop]))
        return self._free(z, float(self._pull.decay(some)[0]), float(self._pull.gained(some)[0]))

    def _met(self, ramp: int, z: float, end: float) -> float:
        """The state that the falling boundary meets on its way."""
        def missed(share: float) -> tuple[float, float]:
            found = self._between(ramp, 0.0, share, z)
            return found - self._boundary(ramp, share), abs(found)

        share = false_position(missed, (0.0, z - self._starts[ramp]),
                               (1.0, end - self._stops[ramp]), tolerance=ROOT, tries=HALVINGS)
        return self._between(ramp, 0.0, share, z)
