"""TEAM: the same power laws as VTEAM, of the current."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from memrig.hil.errors import RequestError
from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._model import ParameterSet, Value
from memrig.sim.models._resistive import RESISTANCE_EQUATIONS, Resistive
from memrig.sim.models._windowed import WINDOW_EQUATIONS

_SOURCE = "S. Kvatinsky, E. G. Friedman, A. Kolodny, U. C. Weiser, IEEE TCAS-I 60:211 (2013)"


def _published(values: Mapping[str, Value], source: str, grade: str) -> ParameterSet:
    filled: dict[str, Any] = {"r_on_ohm": 50.0, "r_off_ohm": 1e3, "w_on": 0.0, "w_off": 3e-9,
                              "i_on_a": -8.9e-6, "i_off_a": 115e-6, **values}
    high, low = filled["r_off_ohm"], filled["r_on_ohm"]
    level_v = 3.0 * max(filled["i_off_a"], -filled["i_on_a"]) * high
    profile = Profile(
        name="team", v_set_v=-level_v, v_reset_v=level_v,
        v_read_max_v=0.5 * min(filled["i_off_a"], -filled["i_on_a"]) * low,
        v_max_v=2.0 * level_v, v_min_v=-2.0 * level_v, i_max_a=4.0 * level_v / low, r_min_ohm=low,
        r_max_ohm=high, pulse_s=1e-3, energy_max_j=10.0, state="formed", source=source)
    middle = 0.5 * (filled["w_on"] + filled["w_off"])
    return ParameterSet(values=values, x0=middle, source=source, grade=grade, profile=profile)


@dataclass(frozen=True, kw_only=True)
class Team(Resistive):
    """Thresholds of the current; a positive one raises R.

    ``i_on_a`` is negative: tables that print +8.9 uA would switch on never, or always.
    """

    name: ClassVar[str] = "team"
    native_polarity: ClassVar[int] = -1
    equations: ClassVar[str] = """
dw/dt = k_off (i/i_off - 1)^alpha_off F   i > i_off
dw/dt = k_on  (i/i_on  - 1)^alpha_on  F   i < i_on
dw/dt = 0 between;  w_on <= w <= w_off""" + RESISTANCE_EQUATIONS + WINDOW_EQUATIONS
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "verilog": _published({}, _SOURCE + "; defaults of the Verilog-A code", "T, S"),
        "verilog-200k": _published(
            {"r_on_ohm": 100.0, "r_off_ohm": 200e3},
            _SOURCE + "; second defaults of the code", "T, S"),
        "pickett-fit": _published(
            {"w_on": 1.2e-9, "w_off": 1.8e-9, "k_on": -4.68e-22, "k_off": 1.46e-18,
             "alpha_on": 10.0, "alpha_off": 10.0, "window": "kvatinsky", "x_up": 0.0,
             "x_down": 1.0, "wc_up": 107e-12 / 0.6e-9, "wc_down": 107e-12 / 0.6e-9},
            _SOURCE + "; fit to Pickett's model", "T"),
        "fig14": _published(
            {"r_on_ohm": 1e3, "r_off_ohm": 100e3, "k_on": -4.13e-42, "k_off": 4.13e-42,
             "alpha_on": 25.0, "alpha_off": 25.0}, _SOURCE + ", Fig. 14", "T"),
    }
    thresholds: ClassVar[tuple[str, ...]] = ("i_on_a", "i_off_a")
    golden: ClassVar[Mapping[str, str]] = {
        **Resistive.golden, "i_on_a": "ion", "i_off_a": "ioff"}

    k_on: float = parameter(-8e-13, unit="1", high=0.0, help="speed of switching on, per second")
    k_off: float = parameter(8e-13, unit="1", low=0.0, help="speed of switching off, per second")
    alpha_off: float = parameter(3.0, unit="1", low=0.0, high=50.0,
                                 help="exponent of switching off")
    i_on_a: float = parameter(-8.9e-6, unit="A", high=0.0, help="threshold of switching on")
    i_off_a: float = parameter(115e-6, unit="A", low=0.0, help="threshold of switching off")

    def validate(self) -> None:
        """Thresholds must have opposite signs."""
        super().validate()
        if not self.i_on_a < 0.0 < self.i_off_a:
            message = (
                f"team: i_on_a {self.i_on_a:g} A and i_off_a {self.i_off_a:g} A were asked; on "
                "must lie below 0 A and off above"
            )
            raise RequestError(message)

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """None that are voltages: the thresholds move with the resistance."""
        return ()

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dw/dt at one point, the state's unit per second."""
        return self.driven_at(v_v / self.resistance_at(x), self.i_on_a, self.i_off_a, x)
