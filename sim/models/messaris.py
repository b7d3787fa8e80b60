"""Data-driven model of Messaris, Serb, Prodromakis et al. (Southampton)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._flows import Flow, stepped
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model, ParameterSet, Value
from memrig.sim.models._pulled import Pull, Pulls, Steep, Stretches
from memrig.sim.models._squared import Square

_FIRST = "I. Messaris et al., arXiv:1703.01167 (2017)"
_SOURCE = _FIRST + "; IEEE TCAD (2018), doi:10.1109/TCAD.2018.2791468"
_TABLE = _SOURCE + ", Table II"
LARGEST = 700.0
"""Exponents beyond this are held there: exp would overflow."""


def _published(
    values: Mapping[str, Value], x0: float, source: str, grade: str, *,
    levels_v: tuple[float, float], read_v: float, ohm: tuple[float, float], sinh_v: float,
    least: float = 1.0,
) -> ParameterSet:
    """Levels are (SET, RESET) as published.

    :param least: smallest resistance at 0 V, relative to that at the read voltage, which is the
        state.
    """
    profile = Profile(
        name="messaris", v_set_v=levels_v[0], v_reset_v=levels_v[1], v_read_max_v=read_v,
        v_max_v=1.5 * max(levels_v), v_min_v=1.5 * min(levels_v), i_max_a=0.1,
        r_min_ohm=least * ohm[0], r_max_ohm=ohm[1], sinh_v=sinh_v, pulse_s=1e-4,
        energy_max_j=1e-2, state="formed", source=source)
    bounds: dict[str, Value] = {"r_low_ohm": ohm[0], "r_high_ohm": ohm[1]}
    return ParameterSet(values={**bounds, **values}, x0=x0, source=source, grade=grade,
                        profile=profile)


@dataclass(frozen=True, kw_only=True)
class Messaris(Model):
    """The state is the static resistance at the read voltage; a positive voltage raises it.

    Each voltage drives it towards its own boundary r(v), and no further. There is no hard
    threshold: a read moves the state a little. The fourth device of the table of 2018, TaOx/TiO2,
    is no set here: its current is not printed.
    """

    name: ClassVar[str] = "messaris"
    native_polarity: ClassVar[int] = -1
    equations: ClassVar[str] = """
i = a_p/R sinh(b_p v) (v > 0),  a_n/R sinh(b_n v) (v <= 0)
v > 0:  dR/dt = A_p (exp(t_p v) - 1) F(r_p - R, k_p)   while R < r_p
v < 0:  dR/dt = A_n (exp(-t_n v) - 1) F(R - r_n, k_n)  while R > r_n
else 0;  r = r0 + r1 v + r2 v^2
exponential (2018):  F(u, k) = exp(k u) - 1
square (2017):       F(u, k) = u^2;  t is 1 over that of the paper
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "tiox-dut1": _published({}, 5.2e3, _TABLE + ", TiOx 1", "T", levels_v=(-2.2, 2.1),
                                read_v=0.5, ohm=(1e3, 2e4), sinh_v=0.373),
        "tiox-dut2": _published(
            {"b_p": 3.0, "b_n": 3.0, "rate_p": 743.47, "rate_n": -6.8e4, "t_p": 6.51,
             "t_n": 0.31, "k_p": 5.11e-4, "k_n": 1.17e-3, "r_p0_ohm": 16710.0, "r_p1": 0.0,
             "r_n0_ohm": 29300.0, "r_n1": 23690.0}, 1.2e4,
            _TABLE + ", TiOx 2; r_n1 as in MemTorch, ten times the smaller of the print", "T, S",
            levels_v=(-0.8, 0.8), read_v=0.2, ohm=(1e3, 1e5), sinh_v=0.382),
        "taox": _published(
            {"orientation": -1, "a_p": 0.34, "b_p": 3.5, "a_n": 0.36, "b_n": 1.83,
             "rate_p": 7.25e7, "rate_n": -6.82e6, "t_p": 0.036, "t_n": 1.08, "k_p": 0.018,
             "k_n": 0.017, "r_p0_ohm": 857.0, "r_p1": -1135.0, "r_p2": 675.0,
             "r_n0_ohm": 2794.0, "r_n1": 4553.0, "r_n2": 1973.0}, 300.0,
            _TABLE + ", TaOx, connected the other way round; small voltages pull harder than "
            "its pulses", "T", levels_v=(-1.0, 0.5), read_v=0.2, ohm=(100.0, 1e4),
            sinh_v=0.294, least=0.8),
        "tiox-2017": _published(
            {"approach": "square", "a_p": 0.2 / math.sinh(0.6), "a_n": 0.2 / math.sinh(0.6),
             "b_p": 3.0, "b_n": 3.0, "rate_p": 4.86e-5, "rate_n": -1.09e-3, "t_p": 1.0 / 0.12,
             "t_n": 1.0 / 0.18, "r_p0_ohm": 17160.0, "r_p1": 150.0, "r_n0_ohm": 24810.0,
             "r_n1": 17910.0}, 13650.0,
            _FIRST + ", (9) and (10), with the signs of A that its text asks for; it has no "
            "current but R = v/i at 0.2 V: curvature of TiOx 2", "T; current D",
            levels_v=(-0.8, 0.8), read_v=0.2, ohm=(1e3, 1e5), sinh_v=0.341),
    }
    rates: ClassVar[tuple[str, ...]] = ("rate_p", "rate_n")
    conduction: ClassVar[tuple[str, ...]] = ("a_p", "a_n")
    golden: ClassVar[Mapping[str, str]] = {
        "a_p": "ap", "a_n": "an", "b_p": "bp", "b_n": "bn", "rate_p": "Ap", "rate_n": "An",
        "t_p": "tp", "t_n": "tn", "k_p": "kp", "k_n": "kn"}

    a_p: float = parameter(0.24, unit="1", low=0.0, help="current scale at positive voltage, V")
    a_n: float = parameter(0.24, unit="1", low=0.0, help="current scale at negative voltage, V")
    b_p: float = parameter(2.81, unit="1", low=1e-6, help="curvature at positive voltage, per volt")
    b_n: float = parameter(2.81, unit="1", low=1e-6, help="curvature at negative voltage, per volt")
    approach: str = parameter("exponential", unit="", choices=("exponential", "square"),
                              help="how the speed falls with the distance from the boundary")
    rate_p: float = parameter(0.12, unit="1", low=0.0,
                              help="A_p, speed upwards, ohm/s (square: 1/(ohm s))")
    rate_n: float = parameter(-79.03, unit="1", high=0.0,
                              help="A_n, speed downwards, ohm/s (square: 1/(ohm s))")
    t_p: float = parameter(0.59, unit="1", low=0.0, help="voltage dependence upwards, per volt")
    t_n: float = parameter(1.12, unit="1", low=0.0, help="voltage dependence downwards, per volt")
    k_p: float = parameter(8.10e-3, unit="1", low=1e-12,
                           help="approach to r_p, per ohm (exponential)")
    k_n: float = parameter(9.43e-3, unit="1", low=1e-12,
                           help="approach to r_n, per ohm (exponential)")
    r_p0_ohm: float = parameter(3085.0, unit="ohm", help="upper boundary at 0 V")
    r_p1: float = parameter(1862.0, unit="1", help="its slope, ohm/V")
    r_p2: float = parameter(0.0, unit="1", help="its curvature, ohm/V2")
    r_n0_ohm: float = parameter(5193.0, unit="ohm", help="lower boundary at 0 V")
    r_n1: float = parameter(378.0, unit="1", help="its slope, ohm/V")
    r_n2: float = parameter(0.0, unit="1", help="its curvature, ohm/V2")
    r_low_ohm: float = parameter(1e3, unit="ohm", low=1e-3, advanced=True,
                                 help="smallest resistance that is allowed for")
    r_high_ohm: float = parameter(2e4, unit="ohm", low=1e-3, advanced=True,
                                  help="largest resistance that is allowed for")

    def validate(self) -> None:
        """There is room between the bounds."""
        super().validate()
        self.ascending("r_low_ohm", "r_high_ohm")

    @classmethod
    def golden_values(cls, params: Mapping[str, Any]) -> dict[str, Any]:
        """The reference gives the boundaries as lists, and an eta of 1."""
        rest = {name: value for name, value in params.items() if name not in {"rp", "rn", "eta"}}
        (p0, p1, p2), (n0, n1, n2) = params["rp"], params["rn"]
        return {**super().golden_values(rest), "r_p0_ohm": p0, "r_p1": p1, "r_p2": p2,
                "r_n0_ohm": n0, "r_n1": n1, "r_n2": n2}

    @property
    def bounds(self) -> tuple[float, float]:
        """Resistances that are allowed for, ohm."""
        return self.r_low_ohm, self.r_high_ohm

    @property
    def closed_form(self) -> bool:
        """The rate is linear in exp(k R), or Riccati's equation, until the boundary is met."""
        return True

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """0 V, where the direction changes, and where a boundary turns back."""
        turns_v = [-0.5 * first / second for first, second, sign in (
            (self.r_p1, self.r_p2, 1.0), (self.r_n1, self.r_n2, -1.0))
            if second and -first * second * sign > 0.0]
        return tuple(sorted((0.0, *turns_v)))

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dR/dt at one point, ohm per second."""
        if v_v > 0.0:
            left = self.r_p0_ohm + v_v * (self.r_p1 + v_v * self.r_p2) - x
            return self.rate_p * math.expm1(self.t_p * v_v) * self._pull_at(self.k_p, left)
        left = x - (self.r_n0_ohm + v_v * (self.r_n1 + v_v * self.r_n2))
        return self.rate_n * math.expm1(-self.t_n * v_v) * self._pull_at(self.k_n, left)

    def _pull_at(self, k: float, left: float) -> float:
        """F at what is left of the way, 0 where nothing is."""
        if left <= 0.0:
            return 0.0
        return left * left if self.approach == "square" else math.expm1(min(k * left, LARGEST))

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """Exact until a boundary that comes by on a ramp is met, which is found as a root."""
        up = Pull(self.rate_p, self.t_p, self.k_p, (self.r_p0_ohm, self.r_p1, self.r_p2))
        down = Pull(-self.rate_n, self.t_n, self.k_n, (-self.r_n0_ohm, self.r_n1, -self.r_n2))
        kind: type[Pulls] = Square if self.approach == "square" else Steep
        both, which = [], []
        for sign, pull in ((1.0, up), (-1.0, down)):
            mine = sign * (v0_v + v1_v) > 0.0
            a0_v, a1_v = (np.maximum(sign * v[mine], 0.0) for v in (v0_v, v1_v))
            both.append(kind(pull, Stretches(a0_v, a1_v, dt_s[mine])))
            which.append(np.where(mine, np.cumsum(mine) - 1, -1).tolist())
        (rising, falling), (ups, downs) = both, which
        low, high = self.bounds

        def over(ramp: int, x: float) -> float:
            if ups[ramp] >= 0:
                return min(rising.over(ups[ramp], x), high)
            return max(-falling.over(downs[ramp], -x), low) if downs[ramp] >= 0 else x

        return stepped(over, dt_s.size)

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        if v_v > 0.0:
            return self.a_p / x * math.sinh(self.b_p * v_v)
        return self.a_n / x * math.sinh(self.b_n * v_v)

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens."""
        if v_v > 0.0:
            return self.a_p / x * self.b_p * math.cosh(self.b_p * v_v)
        return self.a_n / x * self.b_n * math.cosh(self.b_n * v_v)
