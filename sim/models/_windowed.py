"""Windows that slow a state down near its bounds, shared by the drift and threshold models."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from memrig.hil.parameters import parameter
from memrig.sim.models._flows import Flow
from memrig.sim.models._law import Floats, for_arrays
from memrig.sim.models._model import Model
from memrig.sim.models._separable import (
    LOGIT,
    REST,
    STRAIGHT,
    Coordinate,
    OneWay,
    Pace,
    Power,
    Track,
    both_ways,
    tabulated,
)

WINDOWS = ("none", "strukov", "joglekar", "prodromakis", "biolek", "zha", "kvatinsky", "power")
WINDOW_EQUATIONS = """\
none:         F = 1
strukov:      F = x (1 - x)
joglekar:     F = 1 - (2x - 1)^(2p)
prodromakis:  F = j {1 - [(x - 0.5)^2 + 0.75]^p}
biolek:       F = 1 - (x - s)^(2p),  s = 0 while x grows, else 1
zha:          F = j {1 - [0.25 (x - s)^2 + 0.75]^p}
kvatinsky:    F = exp{-exp[(x - x_up)/wc_up]} while x grows,
              else exp{-exp[(x_down - x)/wc_down]}
power:        F = (1 - x)^p_up while x grows, else x^p_down
"""
SYMMETRIC = ("strukov", "joglekar", "prodromakis")
ROUNDED = 1e-14
"""Distance from a bound, relative to the range, within which digits are lost."""
LARGEST = 700.0
"""Exponents beyond this are held there: exp would overflow."""
STEEPEST = 4.25
"""The double exponential beyond this, below 1e-30, moves nothing any more."""


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

    @property
    def height(self) -> float:
        """What the window is multiplied by."""
        return self.j if self.window in ("prodromakis", "zha") else 1.0

    def window_at(self, direction: float, x: float) -> float:
        """The window at a state of 0 to 1 that moves up (``direction`` above 0) or down."""
        if self.window == "none":
            return 1.0
        gone = x if direction > 0.0 else 1.0 - x
        if self.window == "kvatinsky":
            up, down = (x - self.x_up) / self.wc_up, (self.x_down - x) / self.wc_down
            return math.exp(-math.exp(min(up if direction > 0.0 else down, LARGEST)))
        if self.window == "power":
            return math.pow(max(1.0 - gone, 0.0), self.p_up if direction > 0.0 else self.p_down)
        return self.height * self.slowed_at(gone, 1.0 - gone)

    def slowed_at(self, gone: float, left: float) -> float:
        """A window of the parts of the way that are gone and left, exact where one is tiny."""
        if self.window == "strukov":
            return gone * left
        if self.window == "joglekar":
            return joglekar(gone, left, self.p)
        if self.window == "prodromakis":
            return -math.expm1(self.p * math.log1p(-gone * left))
        if self.window == "biolek":
            if gone < 0.5:
                return 1.0 - math.pow(abs(gone), 2.0 * self.p)
            return -math.expm1(2.0 * self.p * math.log1p(-left))
        return -math.expm1(self.p * math.log1p(-0.25 * left * (1.0 + gone)))

    @property
    def native_ways(self) -> OneWay | None:
        """The motion under a window that depends on the direction."""
        if self.window == "none" or self.window in SYMMETRIC:
            return None
        return OneWay(self._track(1.0), self._track(-1.0), self.bounds)

    def windowed(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """How a state goes under a window."""
        if self.window not in SYMMETRIC:
            return super().native_flow(v0_v, v1_v, dt_s)
        actions = self._for_arrays("native_action_at", v0_v, v1_v, dt_s)
        return both_ways(actions, self._track(1.0), self.bounds)

    @property
    def pull(self) -> Pace | None:
        """What else slows the state, of its share and the rest of it; by default nothing."""
        return None

    def _track(self, direction: float) -> Track:
        """The motion in one direction, tabulated once."""
        tracks: dict[float, Track] = self._tracks
        if direction not in tracks:
            tracks[direction] = self._new_track(direction)
        return tracks[direction]

    @cached_property
    def _tracks(self) -> dict[float, Track]:
        return {}

    def _new_track(self, direction: float) -> Track:
        pull = self.pull
        if self.window == "power" and pull is None:
            return Track(REST, Power(self.p_up if direction > 0.0 else self.p_down))
        slowed, coordinate, kinks = self._pace(direction)

        def pace(gone: Floats, left: Floats) -> Floats:
            if pull is None:
                return slowed(gone, left)
            x, rest = (gone, left) if direction > 0.0 else (left, gone)
            return slowed(gone, left) / pull(x, rest)

        return tabulated(coordinate, pace, kinks)

    def _pace(self, direction: float) -> tuple[Pace, Coordinate, tuple[float, ...]]:
        """The window for arrays, the coordinate that suits it, and its kinks there."""
        up = direction > 0.0
        if self.window == "kvatinsky":
            knee, wc = (self.x_up, self.wc_up) if up else (1.0 - self.x_down, self.wc_down)

            def steep(gone: Floats, _left: Floats) -> Floats:
                return np.asarray(np.exp(-np.exp(np.minimum((gone - knee) / wc, STEEPEST))))

            return steep, STRAIGHT, (knee + STEEPEST * wc,)
        if self.window == "power":
            exponent = self.p_up if up else self.p_down
            return lambda _gone, left: np.power(left, exponent), REST, ()
        cls: Any = type(self)
        law = for_arrays(cls, "slowed_at")
        return (lambda gone, left: law(self, gone, left),
                LOGIT if self.window in SYMMETRIC else REST, ())


def joglekar(gone: float, left: float, p: float) -> float:
    """1 - (2x - 1)^(2p), also where x cannot be told from a bound."""
    inner = 4.0 * gone * left
    return -math.expm1(p * math.log1p(-inner)) if inner < 1.0 else 1.0
