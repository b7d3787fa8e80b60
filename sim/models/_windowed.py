"""Windows that slow a state down near its bounds, shared by the drift and threshold models."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from memrig.hil.parameters import parameter
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model

WINDOWS = ("none", "strukov", "joglekar", "prodromakis", "biolek", "zha", "kvatinsky", "power")
WINDOW_EQUATIONS = """\
none:         F = 1
strukov:      F = x (1 - x)
joglekar:     F = 1 - (2x - 1)^(2p)
prodromakis:  F = j {1 - [(x - 0.5)^2 + 0.75]^p}
biolek:       F = 1 - (x - s)^(2p),                   s = 0 while x grows, else 1
zha:          F = j {1 - [0.25 (x - s)^2 + 0.75]^p}
kvatinsky:    F = exp{-exp[(x - x_up)/wc_up]} while x grows, else exp{-exp[(x_down - x)/wc_down]}
power:        F = (1 - x)^p_up while x grows, else x^p_down
"""
SYMMETRIC = ("strukov", "joglekar", "prodromakis")
ROUNDED = 1e-14
"""Distance from a bound, relative to the range, within which digits are lost."""
LARGEST = 700.0
"""Exponents beyond this are held there: exp would overflow."""


@dataclass(frozen=True, kw_only=True)
class Windowed(Model):
    """A model whose motion is multiplied by a window of the state, which here runs from 0 to 1.

    Symmetric windows (strukov, joglekar, prodromakis) let no state leave a bound that it has
    reached; biolek, zha and power do. The double exponential of Kvatinsky never quite stops it.
    """

    window: str = parameter("none", unit="", choices=WINDOWS, help="slows the state at a bound")
    p: float = parameter(1.0, unit="1", low=1e-3, high=1e3, help="exponent of the window")
    j: float = parameter(1.0, unit="1", low=0.0, advanced=True,
                         help="height of the window (prodromakis, zha)")
    x_up: float = parameter(0.8, unit="1", low=-1.0, high=2.0, advanced=True,
                            help="where growth slows down (kvatinsky)")
    x_down: float = parameter(0.2, unit="1", low=-1.0, high=2.0, advanced=True,
                              help="where decay slows down (kvatinsky)")
    wc_up: float = parameter(0.05, unit="1", low=1e-6, advanced=True,
                             help="how gently growth slows down (kvatinsky)")
    wc_down: float = parameter(0.05, unit="1", low=1e-6, advanced=True,
                               help="how gently decay slows down (kvatinsky)")
    p_up: float = parameter(1.0, unit="1", low=0.0, advanced=True,
                            help="exponent while the state grows (power)")
    p_down: float = parameter(1.0, unit="1", low=0.0, advanced=True,
                              help="exponent while the state shrinks (power)")

    def stuck(self, x: Floats) -> str:
        """A symmetric window is 0 at both bounds: a state that is rounded to one stays there."""
        low, high = self.bounds
        nearest = float(np.minimum(x - low, high - x).min()) / (high - low)
        if self.window not in SYMMETRIC or nearest > ROUNDED:
            return ""
        return (
            f"the state has come so near to a bound that it cannot be told from it, and window "
            f"{self.window} lets nothing leave a bound: what follows means nothing; use biolek "
            "or zha, or a smaller drive"
        )

    def window_at(self, direction: float, x: float) -> float:
        """The window at a state of 0 to 1 that moves up (``direction`` above 0) or down."""
        if self.window == "none":
            return 1.0
        if self.window == "strukov":
            return x * (1.0 - x)
        if self.window == "joglekar":
            return _joglekar(x, self.p)
        if self.window == "prodromakis":
            return self.j * (1.0 - math.pow((x - 0.5) * (x - 0.5) + 0.75, self.p))
        return self._directed_at(direction, x)

    def _directed_at(self, direction: float, x: float) -> float:
        gone = x if direction > 0.0 else 1.0 - x
        if self.window == "biolek":
            return 1.0 - math.pow(abs(gone), 2.0 * self.p)
        if self.window == "zha":
            return self.j * (1.0 - math.pow(0.25 * gone * gone + 0.75, self.p))
        if self.window == "kvatinsky":
            up, down = (x - self.x_up) / self.wc_up, (self.x_down - x) / self.wc_down
            return math.exp(-math.exp(min(up if direction > 0.0 else down, LARGEST)))
        return math.pow(max(1.0 - gone, 0.0), self.p_up if direction > 0.0 else self.p_down)


def _joglekar(x: float, p: float) -> float:
    """1 - (2x - 1)^(2p), also where 2x - 1 cannot be told from 1."""
    inner = 4.0 * x * (1.0 - x)
    return -math.expm1(p * math.log1p(-inner)) if inner < 1.0 else 1.0
