"""Threshold model of Pershin and Di Ventra: the state is the resistance itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._flows import Flow, added
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model, ParameterSet

_R2 = "D. Biolek, M. Di Ventra, Y. V. Pershin, Radioengineering 22(4):945 (2013), R.2"
_SOURCE = f"Y. V. Pershin, M. Di Ventra, arXiv:1204.2600 (2012); {_R2}"


def _profile(source: str, peak_v: float, vt_v: float, pulse_s: float) -> Profile:
    return Profile(
        name="pershin", v_set_v=-peak_v, v_reset_v=peak_v, v_read_max_v=0.5 * vt_v,
        v_max_v=1.5 * peak_v, v_min_v=-1.5 * peak_v, i_max_a=0.1, r_min_ohm=1e3, r_max_ohm=1e4,
        pulse_s=pulse_s, energy_max_j=1.0, state="formed", source=source)


@dataclass(frozen=True, kw_only=True)
class Pershin(Model):
    """dR/dt is linear in the voltage beyond a threshold; a positive voltage raises R.

    The rate does not depend on the state: explicit Euler is exact on rectangular pulses.
    """

    name: ClassVar[str] = "pershin"
    native_polarity: ClassVar[int] = -1
    equations: ClassVar[str] = """
i = v/R
dR/dt = beta v + (alpha - beta) (|v + Vt| - |v - Vt|)/2,  Ron <= R <= Roff
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "bench": ParameterSet(
            values={}, x0=5e3, grade="D", profile=_profile(_R2, 5.0, 4.6, 1e-5),
            source=_R2 + ", slowed down 50,000 times"),
        "r2-2013": ParameterSet(
            values={"beta": 1e13}, x0=5e3, grade="T", source=_R2 + ", 5 V at 50 MHz",
            profile=_profile(_R2, 5.0, 4.6, 1e-8)),
        "ngspice-demo": ParameterSet(
            values={"beta": 2e7, "vt_v": 1.6}, x0=7e3, grade="S",
            source="demonstration of ngspice, 3 V, for a period of 1 ms",
            profile=_profile("demonstration of ngspice", 3.0, 1.6, 1e-4)),
    }
    thresholds: ClassVar[tuple[str, ...]] = ("vt_v",)
    rates: ClassVar[tuple[str, ...]] = ("beta",)
    conduction: ClassVar[tuple[str, ...]] = ("r_on_ohm", "r_off_ohm")
    golden: ClassVar[Mapping[str, str]] = {
        "r_on_ohm": "Ron", "r_off_ohm": "Roff", "beta": "beta", "vt_v": "Vt", "alpha": "alpha"}

    r_on_ohm: float = parameter(1e3, unit="ohm", low=1e-3, help="smallest resistance")
    r_off_ohm: float = parameter(1e4, unit="ohm", low=1e-3, help="largest resistance")
    beta: float = parameter(2e8, unit="1", low=0.0, help="speed beyond the threshold, ohm/(V s)")
    alpha: float = parameter(0.0, unit="1", low=0.0, help="speed within the threshold, ohm/(V s)")
    vt_v: float = parameter(4.6, unit="V", low=0.0, help="threshold, both ways")

    def validate(self) -> None:
        """There is room between the bounds."""
        super().validate()
        self.ascending("r_on_ohm", "r_off_ohm")

    @property
    def bounds(self) -> tuple[float, float]:
        """Both resistances, ohm."""
        return self.r_on_ohm, self.r_off_ohm

    @property
    def closed_form(self) -> bool:
        """The rate is piecewise linear in the voltage."""
        return True

    @property
    def rate_is_stateless(self) -> bool:
        """It is."""
        return True

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """Both thresholds."""
        return -self.vt_v, self.vt_v

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dR/dt at one point, ohm per second; does not depend on the state."""
        del x
        if v_v > self.vt_v:
            return self.beta * (v_v - self.vt_v) + self.alpha * self.vt_v
        if v_v < -self.vt_v:
            return self.beta * (v_v + self.vt_v) - self.alpha * self.vt_v
        return self.alpha * v_v

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        return v_v / x

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens; the same at every voltage."""
        del v_v
        return 1.0 / x

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """The mean of a rate that is linear between the thresholds is that of its ends."""
        ends = self.native_rate(v0_v, 0.0) + self.native_rate(v1_v, 0.0)
        return added(np.asarray(0.5 * ends * dt_s), self.bounds)
