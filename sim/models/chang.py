"""Volatile synapse of Chang, Lu et al. (University of Michigan): tungsten oxide."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._flows import Flow, added, relaxed, sinhc
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model, ParameterSet
from memrig.sim.models._roots import false_position

_SOURCE = (
    "T. Chang et al., Appl. Phys. A 102:857 (2011); T. Chang, S.-H. Jo, W. Lu, ACS Nano 5:7669 "
    "(2011); constants of the SPICE form"
)
_PROFILE = Profile(
    name="wox", v_set_v=2.5, v_reset_v=-2.5, v_read_max_v=0.5, v_max_v=4.0, v_min_v=-4.0,
    i_max_a=1e-2, r_min_ohm=5e4, sinh_v=0.576, r_max_ohm=1e7, pulse_s=1e-5, energy_max_j=1e-3,
    state="formed", source="levels of the short-term plasticity experiments")


@dataclass(frozen=True, kw_only=True)
class Chang(Model):
    """Schottky and tunnelling current; with ``decay`` the state relaxes by itself.

    The state equation has no saturation of its own: w is held between 0 and 1. A device with w = 0
    still conducts, more in the negative direction. No threshold: every read moves it a little.
    """

    name: ClassVar[str] = "chang"
    native_polarity: ClassVar[int] = 1
    equations: ClassVar[str] = """
i = (1 - w) alpha [1 - exp(-beta v)] + w gamma sinh(delta v)
dw/dt = lambda {eta1 [exp(eta2 v) - exp(-eta3 v)]/2 - w/(tau + c w)}
0 <= w <= 1; eta3 = eta2 where it is 0: sinh; the last term with decay only
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "wox": ParameterSet(values={}, x0=0.1, source=_SOURCE, grade="S", profile=_PROFILE),
        "wox-short-term": ParameterSet(
            values={"decay": "yes", "rate_factor": 1.0, "eta1_hz": 0.018, "tau_s": 0.03}, x0=0.1,
            source=_SOURCE + "; decay within 30 ms, an illustration", grade="D",
            profile=_PROFILE),
    }
    rates: ClassVar[tuple[str, ...]] = ("rate_factor",)
    conduction: ClassVar[tuple[str, ...]] = ("alpha_a", "gamma_a")
    golden: ClassVar[Mapping[str, str]] = {
        "alpha_a": "alpha", "beta": "beta", "gamma_a": "gamma", "delta": "delta",
        "rate_factor": "lam", "eta1_hz": "eta1", "eta2": "eta2", "tau_s": "tau", "decay": "drift"}

    alpha_a: float = parameter(0.5e-6, unit="A", low=0.0, help="Schottky current")
    beta: float = parameter(0.5, unit="1", low=0.0, help="curvature of the Schottky part, per volt")
    gamma_a: float = parameter(4e-6, unit="A", low=0.0, help="tunnelling current")
    delta: float = parameter(2.0, unit="1", low=0.0, help="curvature of tunnelling, per volt")
    rate_factor: float = parameter(4.5, unit="1", low=0.0, help="lambda, speeds up write and decay")
    eta1_hz: float = parameter(0.004, unit="Hz", low=0.0, help="speed of writing")
    eta2: float = parameter(4.0, unit="1", low=1e-6, high=100.0,
                            help="voltage dependence of writing, per volt")
    tau_s: float = parameter(10.0, unit="s", low=1e-9, help="time constant of the decay")
    decay: bool = parameter(False, unit="", help="the state relaxes by itself")
    eta3: float = parameter(0.0, unit="1", low=0.0, high=100.0, advanced=True,
                            help="voltage dependence of erasing, per volt; 0: the same as eta2")
    tau_growth_s: float = parameter(0.0, unit="s", low=0.0, advanced=True,
                                    help="c, by how much the time constant grows with the state")

    @classmethod
    def golden_values(cls, params: Mapping[str, Any]) -> dict[str, Any]:
        """The reference's drift is 0 or 1."""
        found = super().golden_values(params)
        return {**found, "decay": bool(found["decay"])}

    @property
    def closed_form(self) -> bool:
        """The rate is linear in the state, unless its time constant grows with it."""
        return not (self.decay and self.tau_growth_s)

    @property
    def rate_is_stateless(self) -> bool:
        """Without decay."""
        return not self.decay

    @property
    def _leak_hz(self) -> float:
        return self.rate_factor / self.tau_s if self.decay else 0.0

    @property
    def _speed_hz(self) -> float:
        return self.rate_factor * self.eta1_hz

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """0 V, and where writing and decay are in balance at w = 1: beyond it w is held there."""
        if not self.decay or not self._speed_hz:
            return (0.0,)
        wanted = self._leaked_at(1.0) / self._speed_hz
        if not self.eta3:
            return 0.0, math.asinh(wanted) / self.eta2

        def missed(v_v: float) -> tuple[float, float]:
            return self._written_at(v_v) - wanted, wanted

        enough_v = math.log1p(2.0 * wanted) / self.eta2
        return 0.0, false_position(missed, (0.0, -wanted), (enough_v, missed(enough_v)[0]),
                                   tolerance=1e-14, tries=200)

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dw/dt at one point, per second."""
        return self._speed_hz * self._written_at(v_v) - self._leaked_at(x)

    def _written_at(self, v_v: float) -> float:
        if self.eta3 == 0.0:
            return math.sinh(self.eta2 * v_v)
        return 0.5 * (math.expm1(self.eta2 * v_v) - math.expm1(-self.eta3 * v_v))

    def _leaked_at(self, x: float) -> float:
        if self.tau_growth_s == 0.0:
            return self._leak_hz * x
        return self._leak_hz * x * self.tau_s / (self.tau_s + self.tau_growth_s * x)

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        schottky = -self.alpha_a * math.expm1(-self.beta * v_v)
        return (1.0 - x) * schottky + x * self.gamma_a * math.sinh(self.delta * v_v)

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens."""
        schottky = self.alpha_a * self.beta * math.exp(-self.beta * v_v)
        tunnel = self.gamma_a * self.delta * math.cosh(self.delta * v_v)
        return (1.0 - x) * schottky + x * tunnel

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """Exact also with decay: a linear equation driven by exponentials."""
        if not self.decay:
            return added(np.asarray(self._speed_hz * self._mean(v0_v, v1_v) * dt_s), self.bounds)
        kept = np.exp(-self._leak_hz * dt_s)
        rise, fall = (self._driven(bend, v0_v, v1_v, dt_s)
                      for bend in (self.eta2, -(self.eta3 or self.eta2)))
        return relaxed(kept, np.asarray(0.5 * self._speed_hz * (rise - fall)), self.bounds)

    def _mean(self, v0_v: Floats, v1_v: Floats) -> Floats:
        """The mean of what is written, over ramps, by its speed."""
        middle, half = 0.5 * (v0_v + v1_v), 0.5 * (v1_v - v0_v)
        if not self.eta3:
            return np.asarray(np.sinh(self.eta2 * middle) * sinhc(self.eta2 * half))
        up, down = sinhc(self.eta2 * half), sinhc(self.eta3 * half)
        both = np.expm1(self.eta2 * middle) * up - np.expm1(-self.eta3 * middle) * down
        return np.asarray(0.5 * (both + (up - down)))

    def _driven(self, bend: float, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Floats:
        """What is left at the end of exp(bend v), which decays from when it came."""
        leak = self._leak_hz * dt_s
        z = leak + bend * (v1_v - v0_v)
        mean = np.where(np.abs(z) < 1e-8, 1.0 + 0.5 * z, np.expm1(z) / np.where(z == 0.0, 1.0, z))
        return np.asarray(np.exp(bend * v0_v - leak) * mean * dt_s)
