"""Noise of a device against time, exact at any spacing of the samples.

Each process knows its state at the last time that it was asked for, and goes from there to the
next by its exact law; so its statistics hang on times alone, never on a step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from memrig.sim.nonidealities import NonIdealities
from memrig.sim.streams import Floats, stream

PER_DECADE = 2
"""Parts of 1/f noise in a decade; the sum departs from the power by less than 1 %."""
AT_ONCE = 1_000
"""Samples whose random numbers are drawn together."""
SMALL = 1e-3
"""Below, in units of the correlation time, series take the place of differences."""


class Relaxing:
    """A sum of processes that forget (Ornstein-Uhlenbeck), each of standard deviation ``sigma``.

    :param tau_s: times in which they forget, shape (k,).
    """

    def __init__(self, random: np.random.Generator, tau_s: Floats, sigma: Floats) -> None:
        self._random, self._tau_s, self._sigma = random, tau_s, sigma
        self._at_s: float | None = None
        self._state = np.zeros_like(tau_s)

    def at(self, t_s: Floats) -> Floats:
        """The sum at ascending times, which go on from those before, shape (n,)."""
        return np.concatenate([*self._parts(np.asarray(t_s, dtype=float)), np.empty(0)])

    def _parts(self, t_s: Floats) -> Iterator[Floats]:
        for begin in range(0, t_s.size, AT_ONCE):
            yield self._part(t_s[begin:begin + AT_ONCE])

    def _part(self, t_s: Floats) -> Floats:
        if self._at_s is None:
            self._state = self._sigma * self._random.normal(size=self._tau_s.size)
            self._at_s = float(t_s[0])
        gaps = np.maximum(np.diff(t_s, prepend=self._at_s), 0.0)
        kept = np.exp(-gaps[:, None] / self._tau_s)
        fresh = self._sigma * np.sqrt(-np.expm1(-2.0 * gaps[:, None] / self._tau_s))
        fresh *= self._random.normal(size=fresh.shape)
        fresh[0] += kept[0] * self._state
        states = _followed(kept, fresh)
        self._state, self._at_s = states[-1], float(t_s[-1])
        return np.asarray(states.sum(axis=1))


def _followed(kept: Floats, fresh: Floats) -> Floats:
    """``x[k] = kept[k] x[k-1] + fresh[k]`` for all k, in steps that double; overwrites both."""
    ahead = 1
    while ahead < len(fresh):
        fresh[ahead:] += kept[ahead:] * fresh[:-ahead]
        kept[ahead:] *= kept[:-ahead].copy()
        ahead *= 2
    return fresh


def white(random: np.random.Generator, given: NonIdealities) -> Relaxing:
    """Noise that is white up to a corner of first order."""
    tau_s = 0.5 / (math.pi * given.read_bandwidth_hz)
    return Relaxing(random, np.array([tau_s]), np.array([given.read_noise]))


def flicker(random: np.random.Generator, given: NonIdealities) -> Relaxing:
    """Noise of the power density A/f^a between two corners.

    Processes with log-spaced corners f_k and variances A D sin(pi a/2) f_k^(1-a), D the spacing of
    ln f_k, add up to it: the integral over all corners has this closed form.
    """
    low_hz, high_hz, a = given.flicker_low_hz, given.flicker_high_hz, given.flicker_exponent
    count = max(2, math.ceil(PER_DECADE * math.log10(high_hz / low_hz)) + 1)
    corners = np.geomspace(low_hz, high_hz, count)
    spacing = math.log(high_hz / low_hz) / (count - 1)
    variances = given.flicker * spacing * math.sin(0.5 * math.pi * a) * corners**(1.0 - a)
    return Relaxing(random, 0.5 / (math.pi * corners), np.sqrt(variances))


class Telegraph:
    """A trap that is in one of two states, 0 or 1.

    :param low_s: mean stay in state 0, seconds.
    :param high_s: mean stay in state 1, seconds.
    """

    def __init__(self, random: np.random.Generator, low_s: float, high_s: float) -> None:
        self._random = random
        self._share, self._speed_hz = high_s / (low_s + high_s), 1.0 / low_s + 1.0 / high_s
        self._at_s = -math.inf
        self._state = False

    def at(self, t_s: Floats) -> Floats:
        """The state at ascending times, which go on from those before, shape (n,).

        Over any gap the chain either keeps its state or forgets it for the share of state 1: that
        is its exact law, not one of a small step.
        """
        gaps = np.maximum(np.diff(t_s, prepend=self._at_s), 0.0)
        even = self._random.random((2, t_s.size))
        forgets = even[0] < -np.expm1(-self._speed_hz * gaps)
        drawn = even[1] < self._share
        last = np.maximum.accumulate(np.where(forgets, np.arange(t_s.size), -1))
        states = np.where(last < 0, self._state, drawn[np.maximum(last, 0)])
        if t_s.size:
            self._at_s, self._state = float(t_s[-1]), bool(states[-1])
        return states.astype(float)


class Wander:
    """One process that forgets, of standard deviation 1, as means over stretches of time."""

    def __init__(self, random: np.random.Generator, tau_s: float) -> None:
        self._random, self._tau_s = random, tau_s
        self._at_s: float | None = None
        self._value = float(random.normal())

    def mean(self, start_s: float, stop_s: float) -> float:
        """The mean between two times after those before; value and mean are drawn together."""
        gap_s = 0.0 if self._at_s is None else max(start_s - self._at_s, 0.0)
        kept = math.exp(-gap_s / self._tau_s)
        self._value = kept * self._value + math.sqrt(1.0 - kept**2) * float(self._random.normal())
        self._at_s = stop_s
        return self._through((stop_s - start_s) / self._tau_s)

    def _through(self, z: float) -> float:
        """Value and mean after ``z`` correlation times, given the value now."""
        first, second = float(self._random.normal()), float(self._random.normal())
        d = math.exp(-z)
        if z < SMALL:
            m, spread, shared = 1.0 - 0.5 * z, 2.0 * z / 3.0, z
        else:
            m = (1.0 - d) / z
            spread, shared = (2.0 * z - 3.0 + 4.0 * d - d * d) / z**2, (1.0 - d) ** 2 / z
        end = -math.expm1(-2.0 * z)
        share = shared / math.sqrt(end) if end else 0.0
        mean = m * self._value + share * first + math.sqrt(max(spread - share**2, 0.0)) * second
        self._value = d * self._value + math.sqrt(end) * first
        return mean


class ReadNoise:
    """Noise of a device's current, relative to it: white, 1/f and random telegraph.

    :param device: number of the device.
    """

    def __init__(self, given: NonIdealities, seed: int, device: int = 0) -> None:
        self._rise = given.telegraph
        kinds = (("read noise", given.read_noise, white), ("flicker", given.flicker, flicker))
        self._parts = [make(stream(seed, device, name), given) for name, amount, make in kinds
                       if amount]
        self._trap = Telegraph(stream(seed, device, "telegraph"), given.telegraph_low_s,
                               given.telegraph_high_s) if given.telegraph else None

    def at(self, t_s: Floats) -> Floats:
        """What the current is off by at ascending times, relative, shape (n,)."""
        total = np.zeros(t_s.size)
        for part in self._parts:
            total += part.at(t_s)
        if self._trap is not None:
            total += self._rise * self._trap.at(t_s)
        return total
