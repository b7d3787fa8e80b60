"""Closed form of a state that is pulled by the square of its distance to a moving boundary.

dz/dt = s(a) u^2 while u = r(a) - z > 0, else 0: Messaris' equation of 2017. On a level it is
1/u = 1/u0 + s t. On a ramp du/dt = r' - s u^2 is Riccati's: u = p/q with p' = r' q, q' = s p, which
is linear. So a ramp is four numbers that do not depend on the state; as power series of the time,
in parts over which these have all digits. Kept is what differs from rest: tiny moves stay exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from memrig.sim.models._law import Floats
from memrig.sim.models._pulled import HALVINGS, ROOT, Pull, Pulls, Stretches
from memrig.sim.models._roots import false_position

PART = 1.0
"""Largest change of an exponent, or turn of (p, q), over a part."""
ORDER = 20
"""Powers of the time: 1/20! is 4e-19."""
ENOUGH = 60.0
"""Turns after which a rising boundary has made a state forget its start, and a falling one is met.
"""
LOOKS = 256
"""Places at which a ramp of more parts than this is looked at, to leave out what does not count."""


@dataclass(frozen=True, slots=True)
class _Part:
    """(p, q) after a part are (1 + a, b + rise; c, 1 + d) times those before."""

    a: float
    b: float
    c: float
    d: float
    rise: float
    """How far the boundary moves."""

    def moved(self, u: float) -> float:
        """How far a state at a distance of u moves."""
        pull = self.c * u
        gained = pull * u + (self.d - self.a) * u - self.b + self.rise * (pull + self.d)
        return gained / (1.0 + pull + self.d)


class Square(Pulls):
    """Pulls that grow with the square of the distance."""

    def __init__(self, pull: Pull, ramps: Stretches) -> None:
        super().__init__(pull, ramps)
        still = pull.boundary_at(ramps.a0_v) == pull.boundary_at(ramps.a1_v)
        self._counts = np.where(still, 0, _counts(pull, ramps)).tolist()
        self._actions: list[float] = pull.action(ramps).tolist()

    def _early(self, ramp: int, z: float) -> float:
        if not self._counts[ramp]:
            return z + _Part(0.0, 0.0, self._actions[ramp], 0.0, 0.0).moved(self._starts[ramp] - z)
        return self._through(self._one(ramp), z)

    def _late(self, ramp: int, share: float, z: float) -> float:
        return self._through(self._one(ramp).part(np.array([share]), np.ones(1)), z)

    def _through(self, ramp: Stretches, z: float) -> float:
        """The end of a state that a ramp pulls from its beginning, part by part."""
        ramp = _counting(self._pull, ramp)
        pieces = _pieces(ramp, int(_counts(self._pull, ramp)[0]))
        ends = self._pull.boundary_at(pieces.a1_v).tolist()
        u = float(self._pull.boundary_at(ramp.a0_v)[0]) - z
        for k, part in enumerate(_parts(self._pull, pieces)):
            moved = part.moved(u)
            if u + part.rise - moved <= 0.0 and part.rise < 0.0:
                return self._met(pieces, k, z, u)
            z += moved
            u = ends[k] - z
        return z

    def _met(self, pieces: Stretches, k: int, z: float, u: float) -> float:
        """The state that the falling boundary meets on a part."""
        part = pieces.chosen(slice(k, k + 1))

        def begun(share: float) -> _Part:
            return _parts(self._pull, part.part(np.zeros(1), np.array([share])))[0]

        def missed(share: float) -> tuple[float, float]:
            one = begun(share)
            return u + one.rise - one.moved(u), abs(z)

        share = false_position(missed, (0.0, u), (1.0, missed(1.0)[0]), tolerance=ROOT,
                               tries=HALVINGS)
        return z + begun(share).moved(u)


def _counts(pull: Pull, ramps: Stretches) -> Floats:
    """Of how many parts ramps have to be, shape (n,)."""
    fastest = _turns(pull, ramps, np.maximum(ramps.a0_v, ramps.a1_v))
    bent = pull.steepness * np.abs(ramps.a1_v - ramps.a0_v)
    return np.ceil(np.maximum(np.maximum(fastest, bent) / PART, 1.0))


def _turns(pull: Pull, ramps: Stretches, a_v: Floats) -> Floats:
    """How far (p, q) turn within ramps at the speed of a voltage, where the boundary is fastest."""
    _, slope, bend = pull.boundary
    steepest = np.maximum(*(np.abs(slope + 2.0 * bend * end) for end in (ramps.a0_v, ramps.a1_v)))
    speed = pull.speed * np.expm1(pull.steepness * a_v) * ramps.dt_s
    return np.asarray(np.sqrt(speed * steepest * np.abs(ramps.a1_v - ramps.a0_v)))


def _pieces(ramp: Stretches, count: int) -> Stretches:
    """A ramp as so many of one duration."""
    edges = np.arange(count + 1) / count
    return ramp.part(edges[:-1], edges[1:])


def _counting(pull: Pull, ramp: Stretches) -> Stretches:
    """What counts of a long ramp: its end where the boundary rises, else its beginning."""
    rises = pull.boundary_at(ramp.a1_v)[0] > pull.boundary_at(ramp.a0_v)[0]
    for _ in range(HALVINGS):
        if _counts(pull, ramp)[0] <= LOOKS:
            break
        places = ramp.a0_v + (np.arange(LOOKS) + 0.5) / LOOKS * (ramp.a1_v - ramp.a0_v)
        turned = _turns(pull, ramp, places) / LOOKS
        near = int((np.cumsum(turned[::-1] if rises else turned) < ENOUGH).sum()) + 1
        share = np.array([min(near / LOOKS, 1.0)])
        if share[0] == 1.0:
            break
        ramp = ramp.part(1.0 - share, np.ones(1)) if rises else ramp.part(np.zeros(1), share)
    return ramp


def _parts(pull: Pull, pieces: Stretches) -> list[_Part]:
    """What each piece of a ramp does."""
    rise_v = pieces.a1_v - pieces.a0_v
    _, slope, bend = pull.boundary
    moving = (slope + 2.0 * bend * pieces.a0_v) * rise_v, 2.0 * bend * rise_v * rise_v
    grown = pull.speed * np.exp(pull.steepness * pieces.a0_v) * pieces.dt_s
    bent = pull.steepness * rise_v
    speeds = [pull.speed * np.expm1(pull.steepness * pieces.a0_v) * pieces.dt_s,
              *(grown * bent**n / math.factorial(n) for n in range(1, ORDER))]
    none = np.zeros_like(rise_v)
    a, c = _series(speeds, moving, [none + 1.0, none, none])
    b, d = _series(speeds, moving, [none, moving[0], 0.5 * moving[1]])
    rise = moving[0] + 0.5 * moving[1]
    return [_Part(*one) for one in np.stack([a, b, c, d, rise], axis=1).tolist()]


def _series(
    speeds: list[Floats], moving: tuple[Floats, Floats], base: list[Floats]
) -> tuple[Floats, Floats]:
    """What is added to p, q after a piece, of shape (n,), where p is a square of the time so far.

    :param base: the powers of that, which are not counted.
    """
    p, q = [np.zeros_like(base[0])], [np.zeros_like(base[0])]
    whole: list[Floats] = []
    for n in range(ORDER):
        whole.append(p[n] + base[n] if n < len(base) else p[n])
        driven = sum(speeds[j] * whole[n - j] for j in range(n + 1))
        follows = moving[0] * q[n] + (moving[1] * q[n - 1] if n else 0.0)
        p.append(np.asarray(follows / (n + 1)))
        q.append(np.asarray(driven / (n + 1)))
    return np.asarray(sum(p)), np.asarray(sum(q))
