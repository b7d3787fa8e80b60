"""What VTEAM and TEAM share: a state with a resistance, a window, and its two laws."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from memrig.hil.parameters import parameter
from memrig.sim.models._model import Value
from memrig.sim.models._windowed import Windowed

RESISTANCE_EQUATIONS = """
linear:       R = Ron + (Roff - Ron) x,     x = (w - w_on)/(w_off - w_on)
exponential:  R = Ron (Roff/Ron)^x
conductance:  1/R = 1/Ron + (1/Roff - 1/Ron) x
i = v/R;  the window F is one of x:
"""
DOUBLE_EXPONENTIAL: dict[str, Value] = {"window": "kvatinsky", "x_up": 0.0, "x_down": 1.0}
"""The window exp(-exp(x/wc)) of Messaris et al. is Kvatinsky's with these."""


@dataclass(frozen=True, kw_only=True)
class Resistive(Windowed):
    """The state w runs from ``w_on`` (low resistance) to ``w_off`` (high resistance)."""

    rates: ClassVar[tuple[str, ...]] = ("k_on", "k_off")
    conduction: ClassVar[tuple[str, ...]] = ("r_on_ohm", "r_off_ohm")
    golden: ClassVar[Mapping[str, str]] = {
        "r_on_ohm": "Ron", "r_off_ohm": "Roff", "w_on": "won", "w_off": "woff", "k_on": "kon",
        "k_off": "koff", "alpha_on": "aon", "alpha_off": "aoff", "wc_down": "wcon",
        "wc_up": "wcoff", "resistance": "rel", "window": "window"}

    r_on_ohm: float = parameter(50.0, unit="ohm", low=1e-3, help="resistance at w_on")
    r_off_ohm: float = parameter(1e3, unit="ohm", low=1e-3, help="resistance at w_off")
    resistance: str = parameter("linear", unit="", choices=("linear", "exponential", "conductance"),
                                help="how the resistance follows the state")
    w_on: float = parameter(0.0, unit="1", help="state of low resistance, m or 1")
    w_off: float = parameter(3e-9, unit="1", help="state of high resistance, m or 1")
    k_on: float = parameter(-2e-4, unit="1", high=0.0, help="speed of switching on, per second")
    k_off: float = parameter(1e-8, unit="1", low=0.0, help="speed of switching off, per second")
    alpha_on: float = parameter(3.0, unit="1", low=0.0, high=50.0,
                                help="exponent of switching on")
    alpha_off: float = parameter(1.0, unit="1", low=0.0, high=50.0,
                                 help="exponent of switching off")

    def validate(self) -> None:
        """Bounds in their order."""
        super().validate()
        self.ascending("w_on", "w_off")

    @classmethod
    def golden_values(cls, params: Mapping[str, Any]) -> dict[str, Any]:
        """The reference calls windows and laws by other words."""
        found = super().golden_values(params)
        windows: dict[str, dict[str, Value]] = {
            "rect": {"window": "none"}, "dexp": DOUBLE_EXPONENTIAL}
        laws = {"lin": "linear", "exp": "exponential"}
        found = {**found, **windows[found["window"]], "resistance": laws[found["resistance"]]}
        unused = ("wc_up", "wc_down") if found["window"] == "none" else ()
        return {name: value for name, value in found.items() if name not in unused}

    @property
    def bounds(self) -> tuple[float, float]:
        """States of low and of high resistance."""
        return self.w_on, self.w_off

    def share_at(self, x: float) -> float:
        """Where a state lies between its bounds, 0 to 1."""
        return (x - self.w_on) / (self.w_off - self.w_on)

    def resistance_at(self, x: float) -> float:
        """Resistance of a state, ohm."""
        share = self.share_at(x)
        if self.resistance == "linear":
            return self.r_on_ohm + (self.r_off_ohm - self.r_on_ohm) * share
        if self.resistance == "exponential":
            return self.r_on_ohm * math.pow(self.r_off_ohm / self.r_on_ohm, share)
        return 1.0 / ((1.0 - share) / self.r_on_ohm + share / self.r_off_ohm)

    def driven_at(self, drive: float, on: float, off: float, x: float) -> float:
        """dw/dt under a drive (a voltage or a current) with its two thresholds."""
        if drive > off:  # the threshold first: just below it the power would be NaN
            rise = self.k_off * math.pow(drive / off - 1.0, self.alpha_off)
            return rise * self.window_at(1.0, self.share_at(x))
        if drive < on:
            fall = self.k_on * math.pow(drive / on - 1.0, self.alpha_on)
            return fall * self.window_at(-1.0, self.share_at(x))
        return 0.0

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        return v_v / self.resistance_at(x)

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens; the same at every voltage."""
        del v_v
        return 1.0 / self.resistance_at(x)
