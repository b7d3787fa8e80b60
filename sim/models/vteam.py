"""VTEAM: power laws of the voltage beyond two thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from memrig.hil.errors import RequestError
from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._flows import Flow, added, power_mean
from memrig.sim.models._law import Floats
from memrig.sim.models._model import ParameterSet, Value
from memrig.sim.models._resistive import DOUBLE_EXPONENTIAL, RESISTANCE_EQUATIONS, Resistive
from memrig.sim.models._windowed import WINDOW_EQUATIONS

_SOURCE = (
    "S. Kvatinsky, M. Ramadan, E. G. Friedman, A. Kolodny, IEEE TCAS-II 62:786 (2015)"
)
_MESSARIS = "I. Messaris et al., IEEE TCAD (2018), doi:10.1109/TCAD.2018.2791468, Table IV"
_SIMBRAIN = "parameter file of the SIMBRAIN simulator"


def _published(
    values: Mapping[str, Value], source: str, grade: str, *, levels_v: tuple[float, float],
    read_v: float, pulse_s: float, x0: float = 0.5,
) -> ParameterSet:
    """A set with its profile; levels are (SET, RESET) as published, the state a share of w."""
    set_v, reset_v = levels_v
    low, high = (float(values.get(k, d)) for k, d in (("r_on_ohm", 50.0), ("r_off_ohm", 1e3)))
    profile = Profile(
        name="vteam", v_set_v=set_v, v_reset_v=reset_v, v_read_max_v=read_v,
        v_max_v=1.5 * max(levels_v), v_min_v=1.5 * min(levels_v),
        i_max_a=2.0 * max(abs(set_v), abs(reset_v)) / low, r_min_ohm=low, r_max_ohm=high,
        pulse_s=pulse_s, energy_max_j=1.0, state="formed", source=source)
    ends = (float(values.get(k, d)) for k, d in (("w_on", 0.0), ("w_off", 3e-9)))
    start, stop = ends
    return ParameterSet(values=values, x0=start + x0 * (stop - start), source=source, grade=grade,
                        profile=profile)


_UNIT = {"w_on": 0.0, "w_off": 1.0}


def _power(g_min: float, g_max: float, p_on: float, p_off: float) -> dict[str, Value]:
    """SIMBRAIN gives conductances, and its state is 1 where ours is 0: on and off change places."""
    return {**_UNIT, "r_on_ohm": 1.0 / g_max, "r_off_ohm": 1.0 / g_min, "window": "power",
            "resistance": "conductance", "p_up": p_on, "p_down": p_off}


@dataclass(frozen=True, kw_only=True)
class Vteam(Resistive):
    """Between its thresholds the state does not move at all; a positive voltage raises R.

    The default is the widely used set slowed down 50,000 times, so that pulses last microseconds.
    Some sets switch within less than a nanosecond: there every event is one jump.
    """

    name: ClassVar[str] = "vteam"
    native_polarity: ClassVar[int] = -1
    equations: ClassVar[str] = """
dw/dt = k_off (v/v_off - 1)^alpha_off F   v > v_off
dw/dt = k_on  (v/v_on  - 1)^alpha_on  F   v < v_on
dw/dt = 0 between;  w_on <= w <= w_off""" + RESISTANCE_EQUATIONS + WINDOW_EQUATIONS
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "bench": _published({}, _SOURCE + "; the default set slowed down 50,000 times", "D",
                            levels_v=(-0.25, 2.0), read_v=0.01, pulse_s=1e-5),
        "default": _published({"k_on": -10.0, "k_off": 5e-4}, "default of MemTorch and of the "
                              "authors' tools, 1 V at 50 MHz", "S", levels_v=(-0.25, 2.0),
                              read_v=0.01, pulse_s=1e-9),
        "pt-hf-ti": _published(
            {"r_on_ohm": 100.0, "r_off_ohm": 2.5e3, "w_off": 1e-8, "k_on": -80.0,
             "k_off": 4.03e-8, "v_on_v": -0.53, "v_off_v": 0.5},
            "Pt/Hf/Ti, fit of the VTEAM paper", "S", levels_v=(-0.6, 1.0), read_v=0.3,
            pulse_s=1e-8),
        "ferroelectric": _published(
            {"r_on_ohm": 150e3, "r_off_ohm": 50e6, "w_off": 1e-8, "k_on": -30.0, "k_off": 1e-4,
             "alpha_on": 5.0, "alpha_off": 5.0, "v_on_v": -5.7, "v_off_v": 1.4},
            "ferroelectric device, fit of the VTEAM paper", "S", levels_v=(-7.0, 3.0),
            read_v=1.0, pulse_s=1e-6),
        "tiox-dut1": _published(
            {**_UNIT, **DOUBLE_EXPONENTIAL, "r_on_ohm": 4850.0, "r_off_ohm": 6e3, "k_on": -400.0,
             "k_off": 3100.0, "alpha_on": 4.65, "alpha_off": 8.69, "v_on_v": -0.5, "v_off_v": 1.1,
             "wc_down": 0.45, "wc_up": 0.39}, _MESSARIS + ", TiOx 1", "T",
            levels_v=(-1.4, 2.2), read_v=0.2, pulse_s=1e-5),
        "tiox-dut2": _published(
            {**_UNIT, **DOUBLE_EXPONENTIAL, "r_on_ohm": 2e3, "r_off_ohm": 10e3, "k_on": -1.2e5,
             "k_off": 2150.0, "alpha_on": 6.0, "alpha_off": 1.0, "v_on_v": -0.5, "v_off_v": 0.5,
             "wc_down": 0.43, "wc_up": 3.7e-4}, _MESSARIS + ", TiOx 2 (rows swapped in print)",
            "T", levels_v=(-0.8, 0.8), read_v=0.2, pulse_s=1e-4, x0=1e-3),
        "taox-mickel": _published(
            {**_UNIT, **DOUBLE_EXPONENTIAL, "orientation": -1, "r_on_ohm": 200.0,
             "r_off_ohm": 1e3, "k_on": -5.29, "k_off": 6.73e4, "alpha_on": 16.39,
             "alpha_off": 4.14, "v_on_v": -0.25, "v_off_v": 0.6, "wc_down": 0.39,
             "wc_up": 0.5}, _MESSARIS + ", TaOx, connected the other way round", "T",
            levels_v=(-0.6, 1.0), read_v=0.2, pulse_s=1e-4),
        "taox-tio2-wang": _published(
            {**_UNIT, **DOUBLE_EXPONENTIAL, "orientation": -1, "r_on_ohm": 0.9e6,
             "r_off_ohm": 4.2e6, "k_on": -1.3e-2, "k_off": 12.81, "alpha_on": 14.75,
             "alpha_off": 5.0, "v_on_v": -2.0, "v_off_v": 2.0, "wc_down": 0.39,
             "wc_up": 0.44}, _MESSARIS + ", TaOx/TiO2, connected the other way round", "T",
            levels_v=(-5.0, 5.0), read_v=1.0, pulse_s=1e-3),
        "simbrain-ferro": _published(
            {**_power(7e-8, 9e-6, 1.8, 0.9), "k_on": -1.135e5, "k_off": 7.374e8,
             "alpha_on": 5.0, "alpha_off": 5.0, "v_on_v": -1.4, "v_off_v": 2.0,
             "orientation": -1}, _SIMBRAIN + ", ferro, on and off exchanged", "S",
            levels_v=(-2.0, 2.2), read_v=0.5, pulse_s=2e-7),
        "simbrain-hu": _published(
            {**_power(2.5e-10, 1.85e-9, 0.65, 5.0), "k_on": -19.52, "k_off": 3.36,
             "alpha_on": 5.0, "alpha_off": 5.0, "v_on_v": -2.0, "v_off_v": 2.0,
             "orientation": -1}, _SIMBRAIN + ", hu, on and off exchanged", "S",
            levels_v=(-3.0, 3.0), read_v=1.0, pulse_s=0.1),
        "simbrain-mf": _published(
            {**_power(1.7e-10, 1.8e-9, 0.94, 0.72), "k_on": -0.1186, "k_off": 304.06,
             "alpha_on": 5.0, "alpha_off": 5.0, "v_on_v": -1.5, "v_off_v": 1.5,
             "orientation": -1}, _SIMBRAIN + ", MF, on and off exchanged", "S",
            levels_v=(-3.0, 2.0), read_v=1.0, pulse_s=0.1),
        "mapp": _published(
            {**_UNIT, "r_on_ohm": 20.0, "r_off_ohm": 20e3, "k_on": -50.0, "k_off": 50.0,
             "alpha_off": 3.0, "v_on_v": -0.2, "v_off_v": 0.2}, "demonstration of MAPP", "S",
            levels_v=(-0.5, 0.5), read_v=0.1, pulse_s=1e-3),
    }
    thresholds: ClassVar[tuple[str, ...]] = ("v_on_v", "v_off_v")
    golden: ClassVar[Mapping[str, str]] = {
        **Resistive.golden, "v_on_v": "von", "v_off_v": "voff"}

    v_on_v: float = parameter(-0.2, unit="V", high=0.0, help="threshold of switching on")
    v_off_v: float = parameter(0.02, unit="V", low=0.0, help="threshold of switching off")

    def validate(self) -> None:
        """Thresholds must have opposite signs."""
        super().validate()
        if not self.v_on_v < 0.0 < self.v_off_v:
            message = (
                f"vteam: v_on_v {self.v_on_v:g} V and v_off_v {self.v_off_v:g} V were asked; on "
                "must lie below 0 V and off above (orientation -1 turns the device round)"
            )
            raise RequestError(message)

    @property
    def closed_form(self) -> bool:
        """The rate is a power of the voltage times a window of the state."""
        return True

    @property
    def rate_is_stateless(self) -> bool:
        """Without a window."""
        return self.window == "none"

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """Both thresholds."""
        return self.v_on_v, self.v_off_v

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dw/dt at one point, the state's unit per second."""
        return self.driven_at(v_v, self.v_on_v, self.v_off_v, x)

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """Powers integrated over ramps that cross no threshold, then what a window makes of it."""
        if self.window == "none":
            shares = self._for_arrays("native_action_at", v0_v, v1_v, dt_s)
            return added((self.w_off - self.w_on) * shares, self.bounds)
        return self.windowed(v0_v, v1_v, dt_s)

    def native_action_at(self, v0_v: float, v1_v: float, dt_s: float) -> float:
        """The integral of the rate without its window over a ramp, as a share of the way."""
        middle, rate = 0.5 * (v0_v + v1_v), 0.0
        if middle > self.v_off_v:
            rate = self.k_off * _mean(v0_v, v1_v, self.v_off_v, self.alpha_off)
        elif middle < self.v_on_v:
            rate = self.k_on * _mean(v0_v, v1_v, self.v_on_v, self.alpha_on)
        return self.height * rate * dt_s / (self.w_off - self.w_on)


def _mean(v0_v: float, v1_v: float, limit_v: float, exponent: float) -> float:
    """Mean of (v/limit - 1)^exponent over a ramp; 0 where it is within the limit."""
    start, end = max(v0_v / limit_v - 1.0, 0.0), max(v1_v / limit_v - 1.0, 0.0)
    return power_mean(start, end, exponent)
