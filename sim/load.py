"""What stands between an open-circuit voltage and a device: series resistance and compliance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model

ITERATIONS = 60
RELATIVE = 1e-13


class Conductor(Protocol):
    """What has a current for broadcast arrays: a model, or many devices side by side."""

    def current(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Current, amperes."""
        ...

    def slope(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """di/dv, siemens."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A series resistance and an ideal current limit.

    :param ohm: Thevenin resistance of everything that drives the device.
    :param compliance_a: magnitude at which the current is held by lowering the voltage.
    """

    ohm: float = 0.0
    compliance_a: float = math.inf

    @property
    def is_ideal(self) -> bool:
        """Whether the device sees the open-circuit voltage itself."""
        return self.ohm == 0.0 and math.isinf(self.compliance_a)

    def volts_at(self, model: Model, u_v: float, x: float) -> float:
        """Voltage across the device at one point."""
        if self.is_ideal or u_v == 0.0:
            return u_v
        v_v = self._divided_at(model, u_v, x) if self.ohm else u_v
        if self.compliance_a < math.inf and abs(model.current_at(v_v, x)) > self.compliance_a:
            return _limited_at(model, v_v, x, math.copysign(self.compliance_a, u_v))
        return v_v

    def _divided_at(self, model: Model, u_v: float, x: float) -> float:
        """Root of v + R i(v, x) = u by Newton's method, kept between 0 and u."""
        v_v, ohm, enough = u_v, self.ohm, RELATIVE * abs(u_v)
        low, high = (0.0, u_v) if u_v > 0 else (u_v, 0.0)
        current_at, slope_at = model.current_at, model.slope_at
        for _ in range(ITERATIONS):
            error = v_v + ohm * current_at(v_v, x) - u_v
            if error > 0:
                high = v_v
            else:
                low = v_v
            step = error / (1.0 + ohm * slope_at(v_v, x))
            new = v_v - step
            v_v = new if low <= new <= high else 0.5 * (low + high)
            if abs(step) <= enough:
                break
        return v_v

    def volts(self, model: Model, u_v: Floats, x: Floats) -> Floats:
        """Voltage across the device, shape (n,)."""
        if self.is_ideal:
            return u_v
        v_v = self.divided(model, u_v, x)
        if math.isinf(self.compliance_a):
            return v_v
        over = np.abs(model.current(v_v, x)) > self.compliance_a
        if not over.any():
            return v_v
        limited = [
            _limited_at(model, float(v), float(s), math.copysign(self.compliance_a, float(v)))
            for v, s in zip(v_v[over], x[over], strict=True)
        ]
        held = v_v.copy()
        held[over] = limited
        return held

    def noise_a(self, model: Model, v_v: Floats, x: Floats, relative: Floats) -> Floats:
        """What a noise of the device's own current makes of it behind this load, shape (n,).

        A current that is held at the compliance has none.

        :param relative: noise of the current at constant voltage, relative.
        """
        i_a = model.current(v_v, x)
        free = np.abs(i_a) < self.compliance_a * (1.0 - 1e-9)
        off_a = relative * i_a / (1.0 + self.ohm * model.slope(v_v, x))
        return np.where(free, off_a, 0.0)

    def divided(self, model: Conductor, u_v: Floats, x: Floats) -> Floats:
        """Voltage across the device behind the series resistance alone, of broadcast arrays."""
        if self.ohm == 0.0:
            return u_v
        v_v = u_v / (1.0 + self.ohm * model.slope(u_v, x))
        low, high = np.minimum(u_v, 0.0), np.maximum(u_v, 0.0)
        moving = np.ones(v_v.shape, dtype=bool)  # each stops by itself, whoever is beside it
        for _ in range(ITERATIONS):
            error = v_v + self.ohm * model.current(v_v, x) - u_v
            step = error / (1.0 + self.ohm * model.slope(v_v, x))
            v_v = np.where(moving, np.clip(v_v - step, low, high), v_v)
            moving &= np.abs(step) > RELATIVE * np.maximum(np.abs(u_v), 1e-12)
            if not moving.any():
                break
        return v_v


def _limited_at(model: Model, start_v: float, x: float, i_a: float) -> float:
    """The voltage at which the device passes ``i_a``, between 0 and ``start_v``."""
    low, high = (0.0, start_v) if start_v > 0 else (start_v, 0.0)
    v_v = start_v
    for _ in range(ITERATIONS):
        error = model.current_at(v_v, x) - i_a
        if error > 0:
            high = v_v
        else:
            low = v_v
        slope = model.slope_at(v_v, x)
        step = error / slope if slope > 0 else 0.0
        new = v_v - step
        v_v = new if low <= new <= high and slope > 0 else 0.5 * (low + high)
        if abs(step) <= RELATIVE * abs(start_v) and slope > 0:
            break
    return v_v
