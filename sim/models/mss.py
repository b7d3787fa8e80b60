"""Metastable switches of Nugent and Molter (Knowm), with the generalised current."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._flows import Flow, relaxed
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model, ParameterSet, Value

_SOURCE = (
    "M. A. Nugent, T. W. Molter, PLoS ONE 9:e85175 (2014); T. W. Molter, M. A. Nugent, CNNA (2016)"
)
NODES = 10
"""Points of the quadrature of a part of a ramp."""
LEVEL_V = 1e-9
"""A smaller rise is none: its quotients would be noise."""
PART = 2.0
"""Largest change of an exponent over such a part."""


def _published(
    values: Mapping[str, Value], source: str, *, peak_v: float, x0: float = 0.5, grade: str = "S",
    sinh_v: float = 0.0, least: float = 0.5, most: float = 20.0,
) -> ParameterSet:
    """Limits relative to the smaller resistance between the Schottky branches, which lead beside
    it: ``least`` the resistance at 0 V, ``most`` the current at the peak."""
    low, high = (float(values.get(k, d)) for k, d in (("r_on_ohm", 500.0), ("r_off_ohm", 1500.0)))
    profile = Profile(
        name="mss", v_set_v=peak_v, v_reset_v=-peak_v, v_read_max_v=0.2 * abs(peak_v),
        v_max_v=2.0 * abs(peak_v), v_min_v=-2.0 * abs(peak_v),
        i_max_a=most * abs(peak_v) / min(low, high),
        r_min_ohm=least * min(low, high), sinh_v=sinh_v, r_max_ohm=2.0 * max(low, high),
        pulse_s=1e-5, energy_max_j=1.0, state="formed", source=source)
    return ParameterSet(values=values, x0=x0, source=source, grade=grade, profile=profile)


def _logistic(z: float) -> float:
    """1/(1 + exp(-z)), also far from 0."""
    if z >= 0.0:
        return 1.0 / (1.0 + math.exp(-z))
    grown = math.exp(z)
    return grown / (1.0 + grown)


@dataclass(frozen=True, kw_only=True)
class Mss(Model):
    """x is the share of switches that are on; both directions always have a probability.

    Volatile: at 0 V the state relaxes towards 1/2 (for equal thresholds), slowly. With ``phi``
    below 1 a Schottky branch is added, which passes a current at 0 V unless both its prefactors
    are equal: as published.
    """

    name: ClassVar[str] = "mss"
    native_polarity: ClassVar[int] = 1
    equations: ClassVar[str] = """
dx/dt = [P_on (1 - x) - P_off x]/tau,  V_T = kT/q
P_on = 1/(1 + exp[-(v - V_on)/V_T]),  P_off = 1 - 1/(1 + exp[-(v + V_off)/V_T])
i = phi v [x/Ron + (1 - x)/Roff]
    + (1 - phi) [alpha_f exp(beta_f v) - alpha_r exp(-beta_r v)]
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "knowm": _published({}, _SOURCE + "; default of the authors' code", peak_v=0.5),
        "knowm-spice": _published(
            {"phi": 0.8, "alpha_f_a": 8e-4, "alpha_r_a": 8e-4, "beta_f": 4.0, "beta_r": 4.0},
            _SOURCE + "; the authors' SPICE form, with a Schottky branch", peak_v=0.5,
            sinh_v=0.383),
        "ag-chalcogenide": _published(
            {"tau_s": 0.32e-3, "r_off_ohm": 1 / 0.91e-3, "r_on_ohm": 1 / 8.7e-3, "v_on_v": 0.17,
             "v_off_v": 0.22}, _SOURCE + "; Ag-chalcogenide (Oblea)", peak_v=0.4),
        "aginsbte": _published(
            {"tau_s": 0.15e-3, "r_off_ohm": 100.0, "r_on_ohm": 25.0, "v_on_v": 0.23,
             "v_off_v": 0.25}, _SOURCE + "; AgInSbTe", peak_v=0.4),
        "gst": _published(
            {"tau_s": 0.42e-3, "r_off_ohm": 1 / 1.2e-3, "r_on_ohm": 1 / 0.12e-3, "v_on_v": 0.9,
             "v_off_v": 0.6, "phi": 0.7, "alpha_f_a": 5e-5, "alpha_r_a": 5e-5, "beta_f": 3.0,
             "beta_r": 3.0}, _SOURCE + "; GST, whose G_on is below its G_off as published",
            peak_v=-1.2, sinh_v=0.748),
        "pd-wo3-w": _published(
            {"tau_s": 0.8e-3, "r_off_ohm": 1 / 4e-6, "r_on_ohm": 1 / 25e-6, "v_on_v": 0.8,
             "v_off_v": 1.0, "phi": 0.55, "alpha_f_a": 1e-9, "beta_f": 8.5, "alpha_r_a": 2.2e-8,
             "beta_r": 6.2}, _SOURCE + "; Pd/WO3/W", peak_v=1.3, sinh_v=0.218,
            least=0.225, most=300.0),
    }
    thresholds: ClassVar[tuple[str, ...]] = ("v_on_v", "v_off_v")
    rates: ClassVar[tuple[str, ...]] = ("tau_s",)
    conduction: ClassVar[tuple[str, ...]] = ("r_on_ohm", "r_off_ohm")
    golden: ClassVar[Mapping[str, str]] = {
        "r_on_ohm": "Ron", "r_off_ohm": "Roff", "v_on_v": "Von", "v_off_v": "Voff",
        "tau_s": "tau", "temperature_k": "T", "charge_c": "q", "boltzmann_j_per_k": "kB"}

    r_on_ohm: float = parameter(500.0, unit="ohm", low=1e-3, help="resistance with all switches on")
    r_off_ohm: float = parameter(1500.0, unit="ohm", low=1e-3,
                                 help="resistance with all switches off")
    v_on_v: float = parameter(0.27, unit="V", low=0.0, help="voltage of half the top speed upwards")
    v_off_v: float = parameter(0.27, unit="V", low=0.0,
                               help="voltage of half the top speed downwards")
    tau_s: float = parameter(1e-4, unit="s", low=1e-12, help="time constant of the top speed")
    temperature_k: float = parameter(298.5, unit="K", low=1.0, high=1e3, help="temperature")
    phi: float = parameter(1.0, unit="1", low=0.0, high=1.0,
                           help="part of the current that is not Schottky's")
    alpha_f_a: float = parameter(0.0, unit="A", low=0.0, advanced=True,
                                 help="Schottky current forwards")
    alpha_r_a: float = parameter(0.0, unit="A", low=0.0, advanced=True,
                                 help="Schottky current backwards")
    beta_f: float = parameter(1.0, unit="1", low=0.0, high=100.0, advanced=True,
                              help="its curvature forwards, per volt")
    beta_r: float = parameter(1.0, unit="1", low=0.0, high=100.0, advanced=True,
                              help="its curvature backwards, per volt")
    charge_c: float = parameter(1.602176634e-19, unit="C", low=0.0, advanced=True,
                                help="elementary charge")
    boltzmann_j_per_k: float = parameter(1.380649e-23, unit="J/K", low=0.0, advanced=True,
                                         help="Boltzmann constant")

    @property
    def polarity(self) -> int:
        """Switches that are on may conduct less than those that are off."""
        return super().polarity * (1 if self.r_on_ohm <= self.r_off_ohm else -1)

    @property
    def closed_form(self) -> bool:
        """The rate is linear in the state."""
        return True

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """None: the rate is smooth."""
        return ()

    @property
    def _thermal_v(self) -> float:
        return self.boltzmann_j_per_k * self.temperature_k / self.charge_c

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dx/dt at one point, per second."""
        on = _logistic((v_v - self.v_on_v) / self._thermal_v)
        off = _logistic(-(v_v + self.v_off_v) / self._thermal_v)
        return (on * (1.0 - x) - off * x) / self.tau_s

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        ohmic = v_v * (x / self.r_on_ohm + (1.0 - x) / self.r_off_ohm)
        if self.phi == 1.0:
            return ohmic
        schottky = self.alpha_f_a * math.exp(self.beta_f * v_v) - (
            self.alpha_r_a * math.exp(-self.beta_r * v_v))
        return self.phi * ohmic + (1.0 - self.phi) * schottky

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens."""
        ohmic = x / self.r_on_ohm + (1.0 - x) / self.r_off_ohm
        if self.phi == 1.0:
            return ohmic
        forwards = self.alpha_f_a * self.beta_f * math.exp(self.beta_f * v_v)
        backwards = self.alpha_r_a * self.beta_r * math.exp(-self.beta_r * v_v)
        return self.phi * ohmic + (1.0 - self.phi) * (forwards + backwards)

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """X relaxes with a rate that has an integral; what is gained needs a quadrature."""
        thermal_v = self._thermal_v
        wide = np.abs(v1_v - v0_v) / thermal_v + dt_s / self.tau_s * (v0_v != v1_v)
        parts = max(1, math.ceil(float(wide.max(initial=0.0)) / PART))
        kept, gained = np.ones_like(dt_s), np.zeros_like(dt_s)
        step = (v1_v - v0_v) / parts
        for part in range(parts):
            keep, gain = self._part(v0_v + part * step, step, dt_s / parts)
            kept, gained = kept * keep, gained * keep + gain
        return relaxed(kept, gained, self.bounds)

    def _part(self, v0_v: Floats, rise_v: Floats, dt_s: Floats) -> tuple[Floats, Floats]:
        """What a part of every ramp keeps of the state, and what it adds."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        level = np.abs(rise_v) < LEVEL_V
        decays = self._decay(v0_v, rise_v, dt_s)
        gained = np.zeros_like(dt_s)
        for node, weight in zip((0.5 * (nodes + 1.0)).tolist(), (0.5 * weights).tolist(),
                                strict=True):
            rest = self._decay(v0_v + node * rise_v, (1.0 - node) * rise_v, (1.0 - node) * dt_s)
            on = self._on(v0_v + node * rise_v) / self.tau_s
            gained += weight * dt_s * on * np.exp(-rest)
        on, off = self._on(v0_v), self._off(v0_v)
        settled = on / (on + off) * -np.expm1(-decays)
        return np.exp(-decays), np.where(level, settled, gained)

    def _decay(self, v0_v: Floats, rise_v: Floats, dt_s: Floats) -> Floats:
        """Integral of (P_on + P_off)/tau over ramps."""
        level = np.abs(rise_v) < LEVEL_V
        safe = np.where(level, 1.0, rise_v)
        ends = self._primitive(v0_v + rise_v) - self._primitive(v0_v)
        mean = np.where(level, self._on(v0_v) + self._off(v0_v), ends / safe)
        return np.asarray(mean * dt_s / self.tau_s)

    def _primitive(self, v_v: Floats) -> Floats:
        """Antiderivative of P_on + P_off in the voltage."""
        thermal_v = self._thermal_v
        up = np.logaddexp(0.0, (v_v - self.v_on_v) / thermal_v)
        down = np.logaddexp(0.0, -(v_v + self.v_off_v) / thermal_v)
        return np.asarray(thermal_v * (up - down))

    def _on(self, v_v: Floats) -> Floats:
        return np.asarray(np.exp(-np.logaddexp(0.0, -(v_v - self.v_on_v) / self._thermal_v)))

    def _off(self, v_v: Floats) -> Floats:
        return np.asarray(np.exp(-np.logaddexp(0.0, (v_v + self.v_off_v) / self._thermal_v)))
