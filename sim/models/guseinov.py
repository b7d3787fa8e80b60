"""Filament-area model of ZrO2(Y) devices (Guseinov, Lobachevsky University)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._flows import Flow, added, sinhc
from memrig.sim.models._law import Floats, for_arrays
from memrig.sim.models._model import Model, ParameterSet
from memrig.sim.models._separable import LOGIT, Track, both_ways, tabulated
from memrig.sim.models._windowed import joglekar

_PROFILE = Profile(
    name="zro2-y", v_set_v=-1.7, v_reset_v=1.4, v_read_max_v=0.3, v_max_v=2.0, v_min_v=-2.0,
    i_max_a=2e-3, r_min_ohm=5e3, r_max_ohm=3e5, pulse_s=1e-4, energy_max_j=1e-4,
    pulses_max=1_000_000, state="formed",
    source="program levels of the Murom group's plasticity series; range of the model",
)
_SOURCE = (
    "Form and constants of the Murom group's simulator after D. V. Guseinov; applications: "
    "Kipelkin et al., Mathematics 11(5):1268 (2023), doi:10.3390/math11051268; Front. Neurosci. "
    "18:1456386 (2024), doi:10.3389/fnins.2024.1456386"
)


@dataclass(frozen=True, kw_only=True)
class Guseinov(Model):
    """Au/Zr/ZrO2(Y)/TiN/Ti: w is the fraction of the area that filaments cover.

    A negative voltage potentiates. The rate does not depend on the state, so explicit Euler is
    exact on rectangular pulses and the closed form per segment is exact on ramps. Valid for
    voltages up to 2 V and about 250 to 400 K.
    """

    name: ClassVar[str] = "guseinov"
    native_polarity: ClassVar[int] = -1
    equations: ClassVar[str] = """
dw/dt = -nu r_reset exp[(q/kT)(-phi_ion + C1 v)]   v >= V_reset
dw/dt = +nu r_set   exp[(q/kT)(-phi_ion - C1 v)]   v <  V_set
dw/dt = 0 between;  0 <= w <= 1
window_p above 0: times 1 - (2w - 1)^(2 window_p)
i = S [w A + (1-w) B exp(-(q/kT)(phi_el - pf/2 sqrt|v|))] v
A = DR A0 exp(1 - 300/T)
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "zro2-y": ParameterSet(values={}, x0=0.2, source=_SOURCE, grade="S", profile=_PROFILE),
    }
    thresholds: ClassVar[tuple[str, ...]] = ("v_set_v", "v_reset_v")
    rates: ClassVar[tuple[str, ...]] = ("r_set", "r_reset")
    conduction: ClassVar[tuple[str, ...]] = ("a0", "b")
    golden: ClassVar[Mapping[str, str]] = {
        "area_m2": "S", "phi_ion_ev": "phi_ion", "c1": "C1", "v_reset_v": "Vreset",
        "v_set_v": "Vset", "nu_hz": "nu", "a0": "A0", "dr": "DR", "b": "B",
        "phi_el_ev": "phi_el", "pf": "pf", "temperature_k": "T", "charge_c": "q",
        "boltzmann_j_per_k": "kB",
    }

    area_m2: float = parameter(1.7e-12, unit="m2", low=0.0, help="area of the filaments, S")
    phi_ion_ev: float = parameter(0.8, unit="eV", low=0.0, high=5.0,
                                  help="barrier of ion migration; 0.01 eV changes the speed 1.5x")
    c1: float = parameter(0.2, unit="1", low=1e-6, high=10.0, help="barrier lowering per volt")
    v_reset_v: float = parameter(0.4, unit="V", low=0.0, help="threshold of RESET")
    v_set_v: float = parameter(-0.4, unit="V", high=0.0, help="threshold of SET")
    nu_hz: float = parameter(1e13, unit="Hz", low=0.0, help="attempt frequency")
    r_reset: float = parameter(4e-4 * 88, unit="1", low=0.0, help="empirical factor of RESET")
    r_set: float = parameter(2e-4 * 7, unit="1", low=0.0, help="empirical factor of SET")
    a0: float = parameter(1e8, unit="1", low=0.0,
                          help="conduction of the low-resistance state, A/(V m2)")
    dr: float = parameter(1.0, unit="1", low=0.0, help="factor of the low-resistance conduction")
    b: float = parameter(8e22, unit="1", low=0.0,
                         help="prefactor of the high-resistance state, A/(V m2)")
    phi_el_ev: float = parameter(1.0, unit="eV", low=0.0, high=5.0, help="barrier of electrons")
    pf: float = parameter(0.07, unit="1", low=0.0, help="Poole-Frenkel lowering, eV per sqrt(V)")
    temperature_k: float = parameter(300.0, unit="K", low=250.0, high=400.0, help="temperature")
    window_p: float = parameter(0.0, unit="1", low=0.0, high=100.0, advanced=True,
                                help="exponent of a window of the state; 0: none, as in the source")
    charge_c: float = parameter(1.6e-19, unit="C", low=0.0, advanced=True,
                                help="elementary charge as in the source")
    boltzmann_j_per_k: float = parameter(1.38e-23, unit="J/K", low=0.0, advanced=True,
                                         help="Boltzmann constant as in the source")

    @classmethod
    def golden_values(cls, params: Mapping[str, Any]) -> dict[str, Any]:
        """The source gives its factors as products of two."""
        own = {"r_reset": ("c_reset", "t_reset"), "r_set": ("c_set", "t_set")}
        parts = {part for pair in own.values() for part in pair}
        products = {name: params[one] * params[other] for name, (one, other) in own.items()
                    if one in params}
        rest = {name: value for name, value in params.items() if name not in parts}
        return {**super().golden_values(rest), **products}

    def validate(self) -> None:
        """Thresholds must have opposite signs."""
        super().validate()
        if not self.v_set_v < 0 < self.v_reset_v:
            message = (
                f"guseinov: v_set_v {self.v_set_v:g} V and v_reset_v {self.v_reset_v:g} V were "
                "asked; SET must lie below 0 V and RESET above"
            )
            raise RequestError(message)

    @cached_property
    def _per_volt(self) -> float:
        return self.charge_c / (self.boltzmann_j_per_k * self.temperature_k)

    @cached_property
    def _speed(self) -> tuple[float, float, float]:
        """Rates extrapolated to 0 V for SET and RESET, and their exponent per volt."""
        k = self._per_volt
        common = self.nu_hz * math.exp(-k * self.phi_ion_ev)
        return self.r_set * common, self.r_reset * common, k * self.c1

    @cached_property
    def _conduction(self) -> tuple[float, float, float]:
        """Slopes of both states at 0 V, siemens, and the exponent per sqrt(V)."""
        k = self._per_volt
        low = self.dr * self.a0 * math.exp(1.0 - 300.0 / self.temperature_k)
        high = self.b * math.exp(-k * self.phi_el_ev)
        return self.area_m2 * low, self.area_m2 * high, k * 0.5 * self.pf

    @property
    def closed_form(self) -> bool:
        """The rate is an exponential of the voltage, times a window of the state if any."""
        return True

    @property
    def rate_is_stateless(self) -> bool:
        """Without a window."""
        return self.window_p == 0.0

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """The two thresholds, volts."""
        return self.v_set_v, self.v_reset_v

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dw/dt at one point, per second; without a window the same for every state."""
        set_hz, reset_hz, k = self._speed
        window = 1.0 if self.window_p == 0.0 else joglekar(x, 1.0 - x, self.window_p)
        if v_v >= self.v_reset_v:
            return -reset_hz * math.exp(k * v_v) * window
        if v_v < self.v_set_v:
            return set_hz * math.exp(-k * v_v) * window
        return 0.0

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        low, high, k = self._conduction
        return (x * low + (1.0 - x) * high * math.exp(k * math.sqrt(abs(v_v)))) * v_v

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens."""
        low, high, k = self._conduction
        root = math.sqrt(abs(v_v))
        return x * low + (1.0 - x) * high * math.exp(k * root) * (1.0 + 0.5 * k * root)

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """Without a window every ramp adds to w whatever w is, within the bounds."""
        moves = self._moves(v0_v, v1_v, dt_s)
        return both_ways(moves, self._track, self.bounds) if self.window_p else added(
            moves, self.bounds)

    def _slowed_at(self, gone: float, left: float) -> float:
        """The window, of the parts of the way that are gone and left."""
        return joglekar(gone, left, self.window_p)

    @cached_property
    def _track(self) -> Track:
        cls: Any = type(self)
        law = for_arrays(cls, "_slowed_at")
        return tabulated(LOGIT, lambda gone, left: law(self, gone, left))

    def _moves(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Floats:
        middle = 0.5 * (v0_v + v1_v)
        mean = sinhc(0.5 * self._speed[2] * (v1_v - v0_v))
        return np.asarray(self._open_rate(middle, v0_v, v1_v) * mean * dt_s)

    def _open_rate(self, v_v: Floats, v0_v: Floats, v1_v: Floats) -> Floats:
        """The rate's exponential at the middle of a ramp. A ramp that ends or begins at a
        threshold belongs to the side on which its middle lies."""
        set_hz, reset_hz, k = self._speed
        grown = np.exp(k * np.abs(v_v))
        at_set = (v_v < self.v_set_v) & (np.minimum(v0_v, v1_v) < self.v_set_v)
        return np.where(v_v >= self.v_reset_v, -reset_hz * grown,
                        np.where(at_set, set_hz * grown, 0.0))
