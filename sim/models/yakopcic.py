"""Generalised model of Yakopcic et al.: hyperbolic-sine current, separable state equation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model, ParameterSet
from memrig.sim.models._separable import REST, OneWay, Track, tabulated

_SOURCE = (
    "C. Yakopcic, T. M. Taha, G. Subramanyam, R. E. Pino, S. Rogers, IEEE Electron Device Lett. "
    "32(10):1436 (2011), IJCNN (2013); extension: IEEE TCAD 39:1084 (2020)"
)


def _profile(
    name: str, v_set_v: float, v_reset_v: float, v_read_max_v: float, limits_v: tuple[float, float],
    i_max_a: float, ohm: tuple[float, float], pulse_s: float, source: str,
    sinh_v: float = 0.0, energy_max_j: float = 0.1,
) -> Profile:
    return Profile(
        name=name, v_set_v=v_set_v, v_reset_v=v_reset_v, v_read_max_v=v_read_max_v,
        v_min_v=limits_v[0], v_max_v=limits_v[1], i_max_a=i_max_a, r_min_ohm=ohm[0],
        r_max_ohm=ohm[1], sinh_v=sinh_v, pulse_s=pulse_s, energy_max_j=energy_max_j,
        state="formed", source=source,
    )


_BOISE = "Boise State Ag-chalcogenide device, A. S. Oblea et al., IJCNN (2010)"
_BOISE_PROFILE = _profile("boise", 0.5, -0.5, 0.1, (-1.0, 1.0), 1e-2, (100.0, 2e6), 1e-5, _BOISE)


@dataclass(frozen=True, kw_only=True)
class Yakopcic(Model):
    """Threshold model with state-dependent motion near the bounds, fitted to many devices.

    Valid for voltages up to about 1 V with the default set, whose rate grows as e^v. Without the
    currents g1 and g2 of the extension of 2020 none flows at x = 0: then the state stays above
    1e-4. That extension's x_n is 1 less ours.
    """

    name: ClassVar[str] = "yakopcic"
    native_polarity: ClassVar[int] = 1
    equations: ClassVar[str] = """
i = a1 x sinh(b v)  + g1 (1 - x) sinh(h1 v)  (v >= 0)
i = a2 x sinh(b2 v) + g2 (1 - x) sinh(h2 v)  (v <  0),  b2 = b where it is 0
2013: g1 = g2 = 0
dx/dt = g(v) f(x, v)
g = Ap (e^v - e^Vp) (v > Vp);  -An (e^-v - e^Vn) (v < -Vn);  0 between
v >= 0:  f = 1 (x < xp),    exp[-alphap (x - xp)] (1 - x)/(1 - xp)  (x >= xp)
v <  0:  f = 1 (x > 1-xn),  exp[alphan (x + xn - 1)] x/(1 - xn)     (x <= 1-xn)
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "boise": ParameterSet(values={}, x0=0.11, source=_BOISE + ", sine 0.45 V, 100 Hz",
                              grade="S", profile=_BOISE_PROFILE),
        "boise-sweep": ParameterSet(
            values={"a1": 0.097, "a2": 0.097}, x0=0.001, grade="S", profile=_BOISE_PROFILE,
            source=_BOISE + ", repetitive sweep 0.25 V"),
        "crossbar": ParameterSet(
            values={"v_p_v": 0.65, "v_n_v": 0.56}, x0=0.11, grade="S",
            source="crossbar variant of the review of Yakopcic et al.",
            profile=_profile("crossbar", 0.8, -0.8, 0.4, (-1.2, 1.2), 2e-2, (80.0, 2e6), 1e-5,
                             "thresholds of the crossbar set")),
        "michigan": ParameterSet(
            values={"a1": 3.7e-7, "a2": 4.35e-7, "b": 0.7, "v_p_v": 1.5, "v_n_v": 0.5,
                    "a_p_hz": 0.005, "a_n_hz": 0.08, "x_p": 0.2, "alpha_p": 1.2, "alpha_n": 3.0},
            x0=0.1, grade="S", source="Michigan Ag/a-Si, S. H. Jo et al., Nano Lett. 10 (2010)",
            profile=_profile("michigan", 4.0, -2.0, 0.45, (-2.5, 4.5), 1e-4, (1e6, 5e10), 0.1,
                             "sweep of +4/-2 V in 5 s")),
        "hp-taox": ParameterSet(
            values={"a1": 0.11, "a2": 0.11, "b": 0.5, "v_p_v": 0.09, "v_n_v": 0.75, "a_p_hz": 7.5,
                    "a_n_hz": 2.0},
            x0=0.11, grade="S, one source; its Vp of 0.09 V is in doubt (0.5 V recalled)",
            source="HP TaOx, F. Miao et al., Adv. Mater. 23 (2011)",
            profile=_profile("hp-taox", 0.75, -1.25, 0.08, (-1.5, 1.0), 0.1, (15.0, 2e5), 0.1,
                             "sweep of +0.75/-1.25 V in 20 s")),
        "nb-srtio3": ParameterSet(
            values={"a1": 9e-5, "b": 4.96, "a2": 1.7e-4, "b2": 3.23, "g1_a": 1.5e-5, "h1": 6.91,
                    "g2_a": 4.4e-7, "h2": 2.6, "v_p_v": 0.5, "v_n_v": 0.5, "a_p_hz": 90.0,
                    "a_n_hz": 10.0, "x_p": 0.1, "x_n": 1.0 - 0.242, "alpha_p": 1.0,
                    "alpha_n": 1.0},
            x0=0.0, grade="S", source="Nb:SrTiO3, 10 um, T. Tiotto's collection of models",
            profile=_profile("nb-srtio3", 1.0, -2.0, 0.3, (-3.0, 1.5), 1.5, (100.0, 1e6), 0.1,
                             "sweeps of the collection", sinh_v=0.295, energy_max_j=1.0)),
    }
    thresholds: ClassVar[tuple[str, ...]] = ("v_p_v", "v_n_v")
    rates: ClassVar[tuple[str, ...]] = ("a_p_hz", "a_n_hz")
    conduction: ClassVar[tuple[str, ...]] = ("a1", "a2")
    golden: ClassVar[Mapping[str, str]] = {
        "a1": "a1", "a2": "a2", "b": "b", "v_p_v": "Vp", "v_n_v": "Vn", "a_p_hz": "Ap",
        "a_n_hz": "An", "x_p": "xp", "x_n": "xn", "alpha_p": "alphap", "alpha_n": "alphan",
    }

    a1: float = parameter(0.17, unit="A", low=0.0, help="current scale at positive voltage")
    a2: float = parameter(0.17, unit="A", low=0.0, help="current scale at negative voltage")
    b: float = parameter(0.05, unit="1", low=1e-9, help="curvature of the current, per volt")
    v_p_v: float = parameter(0.16, unit="V", low=0.0, help="positive threshold")
    v_n_v: float = parameter(0.15, unit="V", low=0.0, help="magnitude of the negative threshold")
    a_p_hz: float = parameter(4000.0, unit="Hz", low=0.0, help="speed at positive voltage")
    a_n_hz: float = parameter(4000.0, unit="Hz", low=0.0, help="speed at negative voltage")
    x_p: float = parameter(0.3, unit="1", low=0.0, high=0.999,
                           help="state above which growth slows down")
    x_n: float = parameter(0.5, unit="1", low=0.0, high=0.999,
                           help="1 - x_n is the state below which decay slows down")
    alpha_p: float = parameter(1.0, unit="1", low=1e-9, help="how fast growth slows down")
    alpha_n: float = parameter(5.0, unit="1", low=1e-9, help="how fast decay slows down")

    b2: float = parameter(0.0, unit="1", low=0.0, advanced=True,
                          zero="automatic",
                          help="curvature at negative voltage, per volt; 0: the same as b")
    g1_a: float = parameter(0.0, unit="A", low=0.0, advanced=True,
                            help="current at x = 0, positive voltage")
    g2_a: float = parameter(0.0, unit="A", low=0.0, advanced=True,
                            help="current at x = 0, negative voltage")
    h1: float = parameter(1.0, unit="1", low=1e-9, advanced=True,
                          help="its curvature at positive voltage, per volt")
    h2: float = parameter(1.0, unit="1", low=1e-9, advanced=True,
                          help="its curvature at negative voltage, per volt")

    @classmethod
    def golden_values(cls, params: Mapping[str, Any]) -> dict[str, Any]:
        """The reference's eta is an orientation."""
        rest = {name: value for name, value in params.items() if name != "eta"}
        return {**super().golden_values(rest), "orientation": params.get("eta", 1)}

    @property
    def bounds(self) -> tuple[float, float]:
        """Without a current of its own, x = 0 would pass none for ever."""
        return (0.0 if self.g1_a and self.g2_a else 1e-4), 1.0

    @property
    def closed_form(self) -> bool:
        """The rate is g(v) f(x), both of which can be integrated."""
        return True

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """Both thresholds and 0 V, where the motion changes its form."""
        return -self.v_n_v, 0.0, self.v_p_v

    @property
    def state_kinks(self) -> tuple[float, ...]:
        """Where the motion begins to slow down, both ways."""
        return tuple(sorted({self.x_p, 1.0 - self.x_n}))

    @property
    def _b2(self) -> float:
        return self.b2 or self.b

    def _drive_at(self, v_v: float) -> float:
        if v_v > self.v_p_v:
            return self.a_p_hz * (math.exp(v_v) - math.exp(self.v_p_v))
        if v_v < -self.v_n_v:
            return -self.a_n_hz * (math.exp(-v_v) - math.exp(self.v_n_v))
        return 0.0

    def _motion_at(self, v_v: float, x: float) -> float:
        if v_v >= 0:
            if x < self.x_p:
                return 1.0
            return math.exp(-self.alpha_p * (x - self.x_p)) * (1.0 - x) / (1.0 - self.x_p)
        if x > 1.0 - self.x_n:
            return 1.0
        return math.exp(self.alpha_n * (x + self.x_n - 1.0)) * x / (1.0 - self.x_n)

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dx/dt at one point, per second."""
        drive = self._drive_at(v_v)
        return drive * self._motion_at(v_v, x) if drive else 0.0

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        if v_v >= 0:
            on, off = self.a1 * math.sinh(self.b * v_v), self.g1_a * math.sinh(self.h1 * v_v)
        else:
            on = self.a2 * math.sinh(self._b2 * v_v)
            off = self.g2_a * math.sinh(self.h2 * v_v)
        return x * on + (1.0 - x) * off

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens."""
        if v_v >= 0:
            on = self.a1 * self.b * math.cosh(self.b * v_v)
            off = self.g1_a * self.h1 * math.cosh(self.h1 * v_v)
        else:
            on = self.a2 * self._b2 * math.cosh(self._b2 * v_v)
            off = self.g2_a * self.h2 * math.cosh(self.h2 * v_v)
        return x * on + (1.0 - x) * off

    @cached_property
    def native_ways(self) -> OneWay:
        """The motion towards 1, and towards 0, of which the lower bound may be short."""
        lowest = self.bounds[0]
        end = -math.log(lowest) if lowest > 0.0 else math.inf
        return OneWay(_track(1.0 - self.x_p, self.alpha_p, math.inf),
                      _track(1.0 - self.x_n, self.alpha_n, end), (0.0, 1.0))

    def native_action_at(self, v0_v: float, v1_v: float, dt_s: float) -> float:
        """The integral of g(v) dt over a ramp."""
        sign = 1.0 if v0_v + v1_v > 0.0 else -1.0
        threshold_v = self.v_p_v if sign > 0.0 else self.v_n_v
        if 0.5 * sign * (v0_v + v1_v) <= threshold_v:
            return 0.0
        speed_hz = self.a_p_hz if sign > 0.0 else -self.a_n_hz
        least = math.exp(self.v_p_v) if sign > 0.0 else math.exp(self.v_n_v)
        return speed_hz * (_mean_of_exp(sign * v0_v, sign * v1_v) - least) * dt_s


def _mean_of_exp(start: float, end: float) -> float:
    """The mean of exp over a ramp."""
    rise = end - start
    return math.exp(start) * (math.expm1(rise) / rise if rise != 0.0 else 1.0)


def _track(knee: float, alpha: float, end: float) -> Track:
    """A pace of 1 while more than the knee of the way is left, then falling with what is left."""

    def pace(_gone: Floats, left: Floats) -> Floats:
        return np.where(left > knee, 1.0, np.exp(alpha * (left - knee)) * left / knee)

    return tabulated(REST, pace, (-math.log(knee),), end)
