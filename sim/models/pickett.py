"""Simmons tunnelling barrier of Pickett et al.: titanium dioxide, a reference for pulses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model, ParameterSet

_SOURCE = (
    "M. D. Pickett et al., J. Appl. Phys. 106:074508 (2009); H. Abdalla, M. D. Pickett, ISCAS "
    "(2011) 1832"
)
W1_NM = 0.1261
"""Inner edge of the barrier as published, of phi0 = 0.95 V and Lm = 0.0998 V nm."""
NEAR = 0.99
"""How near the voltage across the gap may come to where Simmons' approximation breaks down."""
ITERATIONS = 200
LARGEST = 690.0
"""Exponents of rates are held within this: they span 450 decades."""
_PROFILE = Profile(
    name="tio2-pickett", v_set_v=-1.1, v_reset_v=1.1, v_read_max_v=0.1, v_max_v=1.6,
    v_min_v=-1.6, i_max_a=2.5, r_min_ohm=750.0, r_max_ohm=1e7, sinh_v=0.107, pulse_s=1e-5,
    energy_max_j=0.1, state="formed", source="range of the model")


@dataclass(frozen=True, kw_only=True)
class Pickett(Model):
    """The state is the width of the tunnelling gap, nm; a positive voltage widens it (OFF).

    A reference for OFF pulses and for static curves. The ON branch is too stiff for any explicit
    step: rates span hundreds of decades. Voltages across the gap are held
    where Simmons' approximation has a meaning, about 1.2 V.
    """

    name: ClassVar[str] = "pickett"
    native_polarity: ClassVar[int] = -1
    equations: ClassVar[str] = """
v = vg + i Rs;  a = |vg|, lam = Lm/w, w1 = 1.2 Lm/phi0 = 0.1261 nm
w2 = w1 + w - 0.9183/(2.85 + 4 lam - 2a),  dw = w2 - w1,  B = 10.246 dw
phi = phi0 - a (w1 + w2)/(2w) - 1.15 Lm ln[w2 (w - w1)/(w1 (w - w2))]/dw
|i| = 0.0617/dw^2 {phi exp(-B sqrt(phi)) - (phi + a) exp(-B sqrt(phi + a))}
i > 0: dw/dt =  f_off sinh(i/i_off)  exp{-exp[(w - a_off)/w_c - |i|/b] - w/w_c}
i < 0: dw/dt = -f_on  sinh(|i|/i_on) exp{-exp[(a_on - w)/w_c - |i|/b] - w/w_c}
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "tio2": ParameterSet(values={}, x0=1.3, source=_SOURCE + "; constants of the TEAM paper",
                             grade="T; Simmons' constants derived", profile=_PROFILE)}
    thresholds: ClassVar[tuple[str, ...]] = ("i_off_a", "i_on_a")
    rates: ClassVar[tuple[str, ...]] = ("f_off", "f_on")
    conduction: ClassVar[tuple[str, ...]] = ("w_min", "w_max")
    golden: ClassVar[Mapping[str, str]] = {
        "series_ohm": "Rs", "phi0_v": "phi0", "lm": "Lm", "f_off": "f_off",
        "i_off_a": "i_off", "a_off": "a_off", "f_on": "f_on", "i_on_a": "i_on", "a_on": "a_on",
        "b_a": "b", "w_c": "w_c"}
    behind: ClassVar[tuple[str, str]] = ("series_ohm", "gap_current_at")

    series_ohm: float = parameter(215.0, unit="ohm", low=0.0, help="resistance of the electrodes")
    phi0_v: float = parameter(0.95, unit="V", low=0.1, high=5.0, help="height of the barrier")
    lm: float = parameter(0.0998, unit="1", low=1e-4, help="image force, V nm")
    f_off: float = parameter(3.5e3, unit="1", low=0.0, help="speed of switching off, nm/s")
    f_on: float = parameter(40e3, unit="1", low=0.0, help="speed of switching on, nm/s")
    i_off_a: float = parameter(115e-6, unit="A", low=1e-12, help="current scale, off")
    i_on_a: float = parameter(8.9e-6, unit="A", low=1e-12, help="current scale, on")
    a_off: float = parameter(1.2, unit="1", low=0.0, help="gap that slows down switching off, nm")
    a_on: float = parameter(1.8, unit="1", low=0.0, help="gap that slows down switching on, nm")
    b_a: float = parameter(500e-6, unit="A", low=1e-12, help="current that softens both")
    w_c: float = parameter(0.107, unit="1", low=1e-3, help="how sharply they set in, nm")
    w_min: float = parameter(1.0, unit="1", low=0.3, high=5.0, help="smallest gap, nm")
    w_max: float = parameter(2.0, unit="1", low=0.3, high=5.0, help="largest gap, nm")

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest gap, nm."""
        return self.w_min, self.w_max

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """0 V, where the direction changes."""
        return (0.0,)

    def _tunnel_at(self, a_v: float, w: float) -> float:
        """Magnitude of the current through a gap at a voltage of 0 or more, amperes."""
        lam = self.lm / w
        w2 = W1_NM + w - 0.9183 / (2.85 + 4.0 * lam - 2.0 * a_v)
        thick = w2 - W1_NM
        image = w2 * (w - W1_NM) / (W1_NM * (w - w2))
        phi = (self.phi0_v - a_v * (W1_NM + w2) / (2.0 * w)
               - 1.15 * self.lm * math.log(image) / thick)
        phi = max(0.0, phi)
        b = 10.246 * thick
        forward = phi * math.exp(-b * math.sqrt(phi))
        back = (phi + a_v) * math.exp(-b * math.sqrt(phi + a_v))
        return 0.0617 / (thick * thick) * (forward - back)

    def _largest_at(self, w: float) -> float:
        """The largest voltage across a gap for which Simmons' approximation has a meaning."""
        broken_v = 0.5 * (2.85 + 4.0 * self.lm / w - 0.9183 / w)  # no barrier is left there
        return NEAR * broken_v

    def gap_current_at(self, gap_v: float, x: float) -> float:
        """Current at a voltage across the gap, behind the electrodes, amperes."""
        return math.copysign(self._tunnel_at(min(abs(gap_v), self._largest_at(x)), x), gap_v)

    def _gap_at(self, v_v: float, w: float) -> float:
        """Voltage across the gap behind the electrodes, 0 or more, by bisection."""
        low, high = 0.0, min(v_v, self._largest_at(w))
        for _ in range(ITERATIONS):
            middle = 0.5 * (low + high)
            if not low < middle < high:
                break
            if middle + self.series_ohm * self._tunnel_at(middle, w) > v_v:
                high = middle
            else:
                low = middle
        return 0.5 * (low + high)

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        if v_v == 0.0:
            return 0.0
        return self.gap_current_at(math.copysign(self._gap_at(abs(v_v), x), v_v), x)

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens: that of the gap behind the electrodes."""
        gap_v = self._gap_at(abs(v_v), x) if v_v else 0.0
        h = 1e-5
        low = max(gap_v - h, 0.0)
        siemens = (self._tunnel_at(low + 2 * h, x) - self._tunnel_at(low, x)) / (2 * h)
        return siemens / (1.0 + self.series_ohm * siemens)

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dw/dt at one point, nm per second."""
        i_a = self.native_current_at(v_v, x)
        if i_a > 0.0:
            held = (x - self.a_off) / self.w_c - i_a / self.b_a
            return self.f_off * _driven(i_a / self.i_off_a, held, x / self.w_c)
        if i_a < 0.0:
            held = (self.a_on - x) / self.w_c + i_a / self.b_a
            return -self.f_on * _driven(-i_a / self.i_on_a, held, x / self.w_c)
        return 0.0

    def native_rate(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """dw/dt of broadcast arrays, one by one: the gap's voltage is found by a loop."""
        return _one_by_one(self.native_rate_at, v_v, x)

    def native_current(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Current of broadcast arrays, one by one."""
        return _one_by_one(self.native_current_at, v_v, x)

    def native_slope(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """di/dv of broadcast arrays, one by one."""
        return _one_by_one(self.native_slope_at, v_v, x)


def _driven(ratio: float, held: float, width: float) -> float:
    """sinh(ratio) exp(-exp(held) - width), in one exponential: the parts span 450 decades."""
    log_sinh = ratio + math.log(-0.5 * math.expm1(-2.0 * ratio))
    return math.exp(max(min(log_sinh - math.exp(min(held, LARGEST)) - width, LARGEST), -745.0))


def _one_by_one(
    law: Callable[[float, float], float], v_v: npt.ArrayLike, x: npt.ArrayLike
) -> Floats:
    return np.asarray(np.vectorize(law, otypes=[float])(v_v, x))
