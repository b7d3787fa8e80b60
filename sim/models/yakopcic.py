"""Generalised model of Yakopcic et al.: hyperbolic-sine current, separable state equation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._model import Floats, Model, ParameterSet

_SOURCE = (
    "C. Yakopcic, T. M. Taha, G. Subramanyam, R. E. Pino, S. Rogers, IEEE Electron Device Lett. "
    "32(10):1436 (2011) and IJCNN (2013)"
)


def _profile(
    name: str, v_set_v: float, v_reset_v: float, v_read_max_v: float, limits_v: tuple[float, float],
    i_max_a: float, ohm: tuple[float, float], pulse_s: float, source: str,
) -> Profile:
    return Profile(
        name=name, v_set_v=v_set_v, v_reset_v=v_reset_v, v_read_max_v=v_read_max_v,
        v_min_v=limits_v[0], v_max_v=limits_v[1], i_max_a=i_max_a, r_min_ohm=ohm[0],
        r_max_ohm=ohm[1], pulse_s=pulse_s, energy_max_j=1e-1, state="formed", source=source,
    )


_BOISE = "Boise State Ag-chalcogenide device, A. S. Oblea et al., IJCNN (2010)"
_BOISE_PROFILE = _profile("boise", 0.5, -0.5, 0.1, (-1.0, 1.0), 1e-2, (100.0, 2e4), 1e-5, _BOISE)


@dataclass(frozen=True, kw_only=True)
class Yakopcic(Model):
    """Threshold model with state-dependent motion near the bounds, fitted to many devices.

    Valid for voltages up to about 1 V with the default set, whose rate grows as e^v. At x = 0 no
    current flows at all, so the state stays above 1e-4.
    """

    name: ClassVar[str] = "yakopcic"
    native_polarity: ClassVar[int] = 1
    bounds: ClassVar[tuple[float, float]] = (1e-4, 1.0)
    closed_form: ClassVar[bool] = True
    equations: ClassVar[str] = """
i = a1 x sinh(b v) (v >= 0),  a2 x sinh(b v) (v < 0)
dx/dt = g(v) f(x, v)
g = Ap (e^v - e^Vp) (v > Vp);  -An (e^-v - e^Vn) (v < -Vn);  0 between
v >= 0:  f = 1 (x < xp),    exp[-alphap (x - xp)] (1 - x)/(1 - xp)    (x >= xp)
v <  0:  f = 1 (x > 1-xn),  exp[alphan (x + xn - 1)] x/(1 - xn)       (x <= 1-xn)
"""
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "boise": ParameterSet(values={}, x0=0.11, source=_BOISE + ", sine 0.45 V, 100 Hz",
                              grade="S", profile=_BOISE_PROFILE),
        "boise-sweep": ParameterSet(
            values={"a1": 0.097, "a2": 0.097}, x0=0.001, grade="S", profile=_BOISE_PROFILE,
            source=_BOISE + ", repetitive sweep 0.25 V"),
        "crossbar": ParameterSet(
            values={"v_p_v": 0.65, "v_n_v": 0.56}, x0=0.11, grade="S",
            source="crossbar variant of the review of Yakopcic et al.",
            profile=_profile("crossbar", 0.8, -0.8, 0.4, (-1.2, 1.2), 2e-2, (80.0, 2e4), 1e-5,
                             "thresholds of the crossbar set")),
        "michigan": ParameterSet(
            values={"a1": 3.7e-7, "a2": 4.35e-7, "b": 0.7, "v_p_v": 1.5, "v_n_v": 0.5,
                    "a_p_hz": 0.005, "a_n_hz": 0.08, "x_p": 0.2, "alpha_p": 1.2, "alpha_n": 3.0},
            x0=0.1, grade="S", source="Michigan Ag/a-Si, S. H. Jo et al., Nano Lett. 10 (2010)",
            profile=_profile("michigan", 4.0, -2.0, 0.45, (-2.5, 4.5), 1e-4, (1e6, 1e9), 0.1,
                             "sweep of +4/-2 V in 5 s")),
        "hp-taox": ParameterSet(
            values={"a1": 0.11, "a2": 0.11, "b": 0.5, "v_p_v": 0.09, "v_n_v": 0.75, "a_p_hz": 7.5,
                    "a_n_hz": 2.0},
            x0=0.11, grade="S, one source; its Vp of 0.09 V is in doubt (0.5 V recalled)",
            source="HP TaOx, F. Miao et al., Adv. Mater. 23 (2011)",
            profile=_profile("hp-taox", 0.75, -1.25, 0.08, (-1.5, 1.0), 0.1, (15.0, 1e4), 0.1,
                             "sweep of +0.75/-1.25 V in 20 s")),
    }
    golden: ClassVar[Mapping[str, str]] = {
        "a1": "a1", "a2": "a2", "b": "b", "v_p_v": "Vp", "v_n_v": "Vn", "a_p_hz": "Ap",
        "a_n_hz": "An", "x_p": "xp", "x_n": "xn", "alpha_p": "alphap", "alpha_n": "alphan",
    }

    a1: float = parameter(0.17, unit="A", low=0.0, help="current scale at positive voltage")
    a2: float = parameter(0.17, unit="A", low=0.0, help="current scale at negative voltage")
    b: float = parameter(0.05, unit="1", low=1e-9, help="curvature of the current, per volt")
    v_p_v: float = parameter(0.16, unit="V", low=0.0, help="positive threshold")
    v_n_v: float = parameter(0.15, unit="V", low=0.0, help="magnitude of the negative threshold")
    a_p_hz: float = parameter(4000.0, unit="Hz", low=0.0, help="speed at positive voltage")
    a_n_hz: float = parameter(4000.0, unit="Hz", low=0.0, help="speed at negative voltage")
    x_p: float = parameter(0.3, unit="1", low=0.0, high=0.999,
                           help="state above which growth slows down")
    x_n: float = parameter(0.5, unit="1", low=0.0, high=0.999,
                           help="1 - x_n is the state below which decay slows down")
    alpha_p: float = parameter(1.0, unit="1", low=1e-9, help="how fast growth slows down")
    alpha_n: float = parameter(5.0, unit="1", low=1e-9, help="how fast decay slows down")

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """Both thresholds and 0 V, where the motion changes its form."""
        return -self.v_n_v, 0.0, self.v_p_v

    def _drive_at(self, v_v: float) -> float:
        if v_v > self.v_p_v:
            return self.a_p_hz * (math.exp(v_v) - math.exp(self.v_p_v))
        if v_v < -self.v_n_v:
            return -self.a_n_hz * (math.exp(-v_v) - math.exp(self.v_n_v))
        return 0.0

    def _motion_at(self, v_v: float, x: float) -> float:
        if v_v >= 0:
            if x < self.x_p:
                return 1.0
            return math.exp(-self.alpha_p * (x - self.x_p)) * (1.0 - x) / (1.0 - self.x_p)
        if x > 1.0 - self.x_n:
            return 1.0
        return math.exp(self.alpha_n * (x + self.x_n - 1.0)) * x / (1.0 - self.x_n)

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dx/dt at one point, per second."""
        drive = self._drive_at(v_v)
        return drive * self._motion_at(v_v, x) if drive else 0.0

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        return (self.a1 if v_v >= 0 else self.a2) * x * math.sinh(self.b * v_v)

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens."""
        return (self.a1 if v_v >= 0 else self.a2) * x * self.b * math.cosh(self.b * v_v)

    def native_rate(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """dx/dt, per second, of broadcast arrays."""
        v, s = np.asarray(v_v, dtype=float), np.asarray(x, dtype=float)
        up = self.a_p_hz * (np.exp(v) - math.exp(self.v_p_v))
        down = -self.a_n_hz * (np.exp(-v) - math.exp(self.v_n_v))
        drive = np.where(v > self.v_p_v, up, np.where(v < -self.v_n_v, down, 0.0))
        grow = np.exp(-self.alpha_p * (s - self.x_p)) * (1.0 - s) / (1.0 - self.x_p)
        decay = np.exp(self.alpha_n * (s + self.x_n - 1.0)) * s / (1.0 - self.x_n)
        motion = np.where(v >= 0, np.where(s < self.x_p, 1.0, grow),
                          np.where(s > 1.0 - self.x_n, 1.0, decay))
        return np.asarray(drive * motion)

    def native_current(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Current, amperes, of broadcast arrays."""
        v = np.asarray(v_v, dtype=float)
        return np.asarray(np.where(v >= 0, self.a1, self.a2) * x * np.sinh(self.b * v))

    def native_slope(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """di/dv, siemens, of broadcast arrays."""
        v = np.asarray(v_v, dtype=float)
        return np.asarray(np.where(v >= 0, self.a1, self.a2) * x * self.b * np.cosh(self.b * v))

    def native_action(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Floats:
        """Integral of g(v) dt over ramps that cross no threshold."""
        middle, half = 0.5 * (v0_v + v1_v), 0.5 * (v1_v - v0_v)
        small = np.abs(half) < 1e-8
        safe = np.where(small, 1.0, half)
        mean = np.where(small, 1.0 + half * half / 6.0, np.sinh(safe) / safe)
        up = self.a_p_hz * (np.exp(middle) * mean - math.exp(self.v_p_v))
        down = -self.a_n_hz * (np.exp(-middle) * mean - math.exp(self.v_n_v))
        drive = np.where(middle > self.v_p_v, up, np.where(middle < -self.v_n_v, down, 0.0))
        return np.asarray(drive * dt_s)

    def moved(self, x: float, action: float) -> float:
        """The state after an action: linear motion, then the slowing part by its integral."""
        if action == 0.0:
            return x
        if action > 0:
            return self.bounded(1.0 - _approached(1.0 - x, action, 1.0 - self.x_p, self.alpha_p))
        return self.bounded(_approached(x, -action, 1.0 - self.x_n, self.alpha_n))


def _approached(y: float, action: float, knee: float, alpha: float) -> float:
    """Distance to a bound after an action: dy/ds = -1 above the knee, below it
    -exp[alpha (y - knee)] y / knee, whose integral is the exponential integral E1."""
    if y > knee:
        free = min(action, y - knee)
        y, action = y - free, action - free
    if action <= 0.0 or y <= 0.0:
        return y
    from scipy.special import exp1  # noqa: PLC0415  # heavy; only the closed form needs it

    scale = knee * math.exp(alpha * knee)
    wanted = float(exp1(alpha * y)) + action / scale
    return _inverse_exp1(wanted, alpha * y, exp1) / alpha


def _inverse_exp1(wanted: float, start: float, exp1: object) -> float:
    """The z with E1(z) = wanted, by Newton's method in log z, where E1 is nearly straight."""
    z = start
    for _ in range(50):
        error = float(exp1(z)) - wanted  # type: ignore[operator]  # scipy brings no types
        if abs(error) <= 1e-15 * max(abs(wanted), 1e-300):
            break
        z *= math.exp(min(max(error * math.exp(z), -5.0), 5.0))
        if z < 1e-300:
            return 0.0
    return z
