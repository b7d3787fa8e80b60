"""Pulses of a drive, and what is drawn anew with every cycle of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from memrig.hil.errors import RequestError
from memrig.sim.load import Load
from memrig.sim.models._model import Model
from memrig.sim.noise import Wander
from memrig.sim.nonidealities import OFF, NonIdealities
from memrig.sim.ramps import Ramps
from memrig.sim.streams import stream
from memrig.sim.variation import check_number

LARGEST = 700.0
"""Exponents beyond this are held there: exp would overflow."""
PARTS = 8
"""Parts of a ramp on which the voltage behind a load counts as a straight line."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive ramps that are a pulse (their sign, 1 or -1) or a rest (0)."""

    sign: int
    ramps: Ramps

    @property
    def start_s(self) -> float:
        """Where it begins."""
        return float(self.ramps.t0_s[0])

    @property
    def stop_s(self) -> float:
        """Where it ends."""
        return float(self.ramps.t1_s[-1])

    def after(self, t_s: float) -> Stretch:
        """What lies after a time."""
        if t_s <= self.start_s:
            return self
        cut = self.ramps.cut(np.array([t_s]))
        return Stretch(self.sign, _taken(cut, cut.t0_s >= t_s))

    def parts(self, count: int) -> Iterator[Stretch]:
        """Parts of equal duration."""
        edges = np.linspace(self.start_s, self.stop_s, count + 1)[1:-1]
        cut = self.ramps.cut(edges)
        place = np.searchsorted(edges, cut.t0_s, side="right")
        for k in range(count):
            yield Stretch(self.sign, _taken(cut, place == k))


def _taken(ramps: Ramps, chosen: np.ndarray) -> Ramps:
    return Ramps(ramps.t0_s[chosen], ramps.t1_s[chosen], ramps.u0_v[chosen], ramps.u1_v[chosen])


def stretches(ramps: Ramps, model: Model, read_v: float) -> Iterator[Stretch]:
    """The pulses and rests of a drive, in order; cut where the model's rate is not smooth, too.

    :param read_v: what a pulse exceeds.
    """
    cut = ramps.cut(ramps.crossings_s((-read_v, read_v, *model.kinks)))
    middle_v = 0.5 * (cut.u0_v + cut.u1_v)
    signs = np.where(np.abs(middle_v) > read_v, np.sign(middle_v), 0.0)
    edges = np.flatnonzero(np.diff(signs)) + 1
    for chosen in np.split(np.arange(signs.size), edges):
        yield Stretch(int(signs[chosen[0]]), _taken(cut, chosen))


class Cycle:
    """What holds from one change of sign to the next: thresholds, and the wait for switching.

    :param device: number of the device.
    """

    def __init__(self, model: Model, given: NonIdealities, seed: int, device: int) -> None:
        self._nominal, self._given = model, given
        self.model = model
        """The model of the present cycle."""
        self._sign = 0
        self._left = 0.0
        self._wander: Wander | None = None
        if given.threshold_cycle and not model.thresholds:
            raise RequestError(f"{model.name}: it has no thresholds that could vary by cycle")
        if given.threshold_cycle:
            self._thresholds = stream(seed, device, "threshold cycle")
        if given.switching_tau0_s:
            self._waits = stream(seed, device, "switching")
        if given.wander != OFF:
            _check_wanders(model, given.wander)
            self._wander = Wander(stream(seed, device, "wander"), given.wander_tau_s)

    def enter(self, sign: int) -> None:
        """A pulse of this sign begins."""
        if sign == self._sign:
            return
        self._sign = sign
        if self._given.switching_tau0_s:
            self._left = float(self._waits.exponential())
        if self._given.threshold_cycle:
            drawn = {name: getattr(self._nominal, name) * self._factor()
                     for name in self._nominal.thresholds}
            self.model = dataclasses.replace(self._nominal, **drawn)

    def _factor(self) -> float:
        sigma = self._given.threshold_cycle
        if self._given.threshold_cycle_law == "weibull":
            shape = weibull_shape(sigma)
            return float(self._thresholds.weibull(shape)) / math.gamma(1.0 + 1.0 / shape)
        factor = 0.0
        while factor <= 0.0:  # a threshold keeps its sign
            factor = 1.0 + sigma * float(self._thresholds.normal())
        return factor

    def wandering(self, start_s: float, stop_s: float) -> Model:
        """The model between two times, with the mean of what wanders."""
        if self._wander is None:
            return self.model
        name = self._given.wander
        mean = self._given.wander_rel * self._wander.mean(start_s, stop_s)
        spec, value = self.model.specs()[name], getattr(self.model, name) * (1.0 + mean)
        held = min(max(value, spec.low), spec.high)
        return dataclasses.replace(self.model, **{name: held})

    def wait_s(self, load: Load, stretch: Stretch, x: float) -> float:
        """When switching begins in a pulse; at its end or later where it does not.

        The hazard 1/tau = exp(|v|/V0)/tau0 adds up from pulse to pulse of one sign, until it has
        reached a number from the exponential distribution.
        """
        if not self._left:
            return stretch.start_s
        ramps = stretch.ramps
        if not load.is_ideal:
            ramps = ramps.cut(ramps.parts_s(PARTS))
        ends = [load.volts(self.model, u, np.full(u.size, x)) for u in (ramps.u0_v, ramps.u1_v)]
        logs = [np.minimum(np.abs(v) / self._given.switching_v0_v, LARGEST) for v in ends]
        for t_s, dt_s, a, b in zip(*(part.tolist() for part in (
                ramps.t0_s, ramps.dt_s, *logs)), strict=True):
            whole = dt_s / self._given.switching_tau0_s * math.exp(a) * _mean_exp(b - a)
            if whole >= self._left:
                share = _inverse(self._left / whole, b - a)
                self._left = 0.0
                return float(t_s + share * dt_s)
            self._left -= whole
        return stretch.stop_s


def _mean_exp(rise: float) -> float:
    """Mean of exp from 0 to ``rise``."""
    return math.expm1(rise) / rise if abs(rise) > 1e-9 else 1.0 + 0.5 * rise


def _inverse(part: float, rise: float) -> float:
    """Where the integral of exp over 0 to ``rise`` has reached a part of itself, 0 to 1."""
    if abs(rise) <= 1e-9:
        return part
    return math.log1p(part * math.expm1(rise)) / rise


def _check_wanders(model: Model, name: str) -> None:
    check_number(model, name)
    if name not in (*model.rates, *model.thresholds):
        known = ", ".join((*model.rates, *model.thresholds)) or "none"
        message = (
            f"{model.name}, {name}: only rates and thresholds may wander; this model has: {known}")
        raise RequestError(message)


def weibull_shape(sigma_rel: float) -> float:
    """The shape of the Weibull distribution with this standard deviation relative to its mean."""
    low, high = 0.2, 500.0
    for _ in range(60):
        middle = math.sqrt(low * high)
        if _weibull_sigma(middle) > sigma_rel:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def _weibull_sigma(shape: float) -> float:
    logs = math.lgamma(1.0 + 2.0 / shape) - 2.0 * math.lgamma(1.0 + 1.0 / shape)
    return math.sqrt(max(math.expm1(logs), 0.0))
