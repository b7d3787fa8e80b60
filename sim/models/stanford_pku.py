"""Gap model of Stanford, Peking University and Arizona State University."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._model import Model, ParameterSet, Value

_SOURCE = (
    "X. Guan, S. Yu, H.-S. P. Wong, IEEE EDL 33:1405 (2012); P.-Y. Chen, S. Yu, IEEE TED 62:4022 "
    "(2015); Z. Jiang et al., IEEE TED 63:1884 (2016)"
)
LARGEST = 700.0
"""Arguments of sinh and exp beyond this are held there: they would overflow."""


def _published(
    values: Mapping[str, Value], x0: float, source: str, *, peak_v: float,
    ohm: tuple[float, float], sinh_v: float, i_max_a: float = 2e-2,
) -> ParameterSet:
    profile = Profile(
        name="stanford-pku", v_set_v=peak_v, v_reset_v=-peak_v, v_read_max_v=0.1,
        v_max_v=2.0 * peak_v, v_min_v=-2.0 * peak_v, i_max_a=i_max_a, r_min_ohm=ohm[0],
        r_max_ohm=ohm[1], sinh_v=sinh_v, pulse_s=1e-5, energy_max_j=1e-2,
        state="formed", source=source)
    return ParameterSet(values=values, x0=x0, source=source, grade="S", profile=profile)


@dataclass(frozen=True, kw_only=True)
class StanfordPku(Model):
    """The state is the gap between the filament and the electrode; a positive voltage closes it.

    Current heats, and heat speeds up: SET runs away within microseconds. ``f_min`` above 0 adds
    the hidden threshold of some codes, below which nothing moves at all: 1.05 V for a gap of
    0.2 nm, 1.39 V for 1.7 nm. Ramps through it are slow to integrate, since the gap follows the
    threshold in tiny steps.
    """

    name: ClassVar[str] = "stanford-pku"
    native_polarity: ClassVar[int] = 1
    equations: ClassVar[str] = """
i = I0 exp(-g/g0) sinh(v/V0)
dg/dt = -nu0 exp(-Ea q/kT) sinh(gamma (a0/t_ox) q v/(kT)),  g_min <= g <= g_max
gamma = gamma0 - beta (g/g1)^3, 0 where gamma |v|/t_ox < F_min
T = T0 + |v i| Rth
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "guan-2012": _published({}, 1.2e-9, "X. Guan et al., as in MemTorch, whose F_min of "
                                "1.4e9 V/m is left out", peak_v=0.85, ohm=(500.0, 3e5),
                                sinh_v=0.254),
        "needs": _published(
            {"i0_a": 6.14e-5, "g0_m": 0.275e-9, "v0_v": 0.43, "nu0_m_per_s": 150.0,
             "ea_ev": 1.501, "gamma0": 16.5, "beta": 1.25, "t_ox_m": 5e-9, "g_min_m": 0.1e-9,
             "r_th": 0.23e-9 / 0.318e-15}, 0.8e-9,
            "NEEDS v1.0.0 (one barrier of its two, which differ by 1 meV)", peak_v=1.5,
            ohm=(5e3, 1e7), sinh_v=0.487),
        "ihp-hfo2": _published(
            {"i0_a": 8.54e-4, "g0_m": 0.346e-9, "v0_v": 0.26, "nu0_m_per_s": 0.05,
             "gamma0": 19.5, "beta": 0.4, "t_ox_m": 6e-9, "r_th": 1500.0, "g_max_m": 1.88e-9},
            1.2e-9, "IHP HfO2, J. Reuben et al., IEEE T-Nano (2019), "
            "doi:10.1109/TNANO.2019.2922838, whose F_min of 1.4e9 V/m is left out",
            peak_v=1.2, ohm=(500.0, 1e6), sinh_v=0.262, i_max_a=5e-2),
    }
    rates: ClassVar[tuple[str, ...]] = ("nu0_m_per_s",)
    conduction: ClassVar[tuple[str, ...]] = ("i0_a",)
    golden: ClassVar[Mapping[str, str]] = {
        "i0_a": "I0", "g0_m": "g0", "v0_v": "V0", "t0_k": "T0", "r_th": "Rth", "gamma0": "gamma0",
        "beta": "beta", "g1_m": "g1", "t_ox_m": "tox", "nu0_m_per_s": "nu0", "ea_ev": "Ea",
        "a0_m": "a0", "f_min_v_per_m": "Fmin", "g_min_m": "gmin", "g_max_m": "gmax",
        "charge_c": "q", "boltzmann_j_per_k": "kB"}

    i0_a: float = parameter(1e-3, unit="A", low=0.0, help="current scale")
    g0_m: float = parameter(0.25e-9, unit="m", low=1e-12, help="decay length of the current")
    v0_v: float = parameter(0.25, unit="V", low=1e-3, help="curvature of the current")
    nu0_m_per_s: float = parameter(10.0, unit="m/s", low=0.0, help="speed of the gap")
    ea_ev: float = parameter(0.6, unit="eV", low=0.0, high=5.0, help="barrier of the ions")
    gamma0: float = parameter(16.0, unit="1", low=0.0, help="field enhancement of a closed gap")
    beta: float = parameter(0.8, unit="1", low=0.0, help="how it falls as the gap opens")
    g1_m: float = parameter(1e-9, unit="m", low=1e-12, help="length of that fall")
    a0_m: float = parameter(0.25e-9, unit="m", low=1e-12, help="hopping distance")
    t_ox_m: float = parameter(12e-9, unit="m", low=1e-10, help="thickness of the oxide")
    r_th: float = parameter(2.1e3, unit="1", low=0.0, help="thermal resistance, K/W")
    t0_k: float = parameter(298.0, unit="K", low=1.0, high=1e3, help="temperature around it")
    f_min_v_per_m: float = parameter(0.0, unit="V/m", low=0.0,
                                     help="field below which nothing moves; 0: none")
    g_min_m: float = parameter(0.2e-9, unit="m", low=1e-12, help="smallest gap")
    g_max_m: float = parameter(1.7e-9, unit="m", low=1e-12, help="largest gap")
    charge_c: float = parameter(1.6e-19, unit="C", low=0.0, advanced=True,
                                help="elementary charge as in the source")
    boltzmann_j_per_k: float = parameter(1.3806503e-23, unit="J/K", low=0.0, advanced=True,
                                         help="Boltzmann constant as in the source")

    def validate(self) -> None:
        """There is room between the bounds."""
        super().validate()
        self.ascending("g_min_m", "g_max_m")

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest gap, metres."""
        return self.g_min_m, self.g_max_m

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """0 V, where the heat has a kink."""
        return (0.0,)

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dg/dt at one point, metres per second."""
        ratio = x / self.g1_m
        gamma = self.gamma0 - self.beta * ratio * ratio * ratio
        if gamma * abs(v_v) / self.t_ox_m < self.f_min_v_per_m:
            return 0.0
        heated_k = self.t0_k + abs(v_v * self.native_current_at(v_v, x)) * self.r_th
        per_volt = self.charge_c / (self.boltzmann_j_per_k * heated_k)
        field = gamma * self.a0_m / self.t_ox_m * per_volt * v_v
        hop = math.sinh(max(min(field, LARGEST), -LARGEST))
        return -self.nu0_m_per_s * math.exp(-self.ea_ev * per_volt) * hop

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        bent = max(min(v_v / self.v0_v, LARGEST), -LARGEST)
        return self.i0_a * math.exp(-x / self.g0_m) * math.sinh(bent)

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens."""
        bent = max(min(v_v / self.v0_v, LARGEST), -LARGEST)
        return self.i0_a * math.exp(-x / self.g0_m) * math.cosh(bent) / self.v0_v
