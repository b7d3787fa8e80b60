"""Figures of merit of potentiation and depression curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.hil.record import Record
from memrig.hil.stimulus import Role

Floats = npt.NDArray[np.float64]
LABEL_UNIT = 0.07 * math.sqrt(2.0)
"""Largest deviation from the diagonal per unit of the nonlinearity label."""
STEEPEST = 100.0
"""Largest curvature that is looked for; the label saturates at 10.1."""
CURVATURE = 1e-9
"""How exactly the curvature is found, relative above 1: the misfit says no more."""
EDGE = 0.02
"""States are counted between this part of the range and its complement."""


def curve_metrics(records: Sequence[Record]) -> dict[str, Any]:
    """Dynamic range, nonlinearity and states of both branches, asymmetry; what is there of it.

    The nonlinearity is NeuroSim's label: the largest deviation of the fitted exponential from a
    straight line, in units of 0.07 sqrt(2); positive where the curve saturates. Its residual says
    whether the label means anything (above 0.05 it does not). The asymmetry is the mean distance
    of the potentiation curve from the reversed depression curve, relative to the range. States
    are the pulses that end between 2 % and 98 % of the range of both branches.
    """
    up, down = (_first(records, polarity) for polarity in (1, -1))
    both = np.concatenate([g for g in (up, down) if g is not None] or [np.empty(0)])
    if not both.size or both.min() <= 0:
        return {}
    found: dict[str, Any] = {"dynamic_range": float(both.max() / both.min())}
    for name, curve, sign in (("ltp", up, 1.0), ("ltd", down, -1.0)):
        if curve is not None and curve.size >= 4 and np.ptp(curve) > 0:
            label, residual = nonlinearity(sign * curve)
            found |= {f"nonlinearity_{name}": label, f"nonlinearity_{name}_rms": residual}
            found[f"states_{name}"] = _states(curve, both)
    if up is not None and down is not None and up.size == down.size and np.ptp(both) > 0:
        found["asymmetry"] = float(np.abs(up - down[::-1]).mean() / np.ptp(both))
    return found


def _states(curve: Floats, both: Floats) -> int:
    part = (curve - both.min()) / np.ptp(both)
    return int(((part > EDGE) & (part < 1.0 - EDGE)).sum())


def _first(records: Sequence[Record], polarity: int) -> Floats | None:
    """Conductances of the first train of one polarity, the reading before it included."""
    before = np.empty(0)
    for record in records:
        read = record.readings.conductance_siemens
        if record.role is Role.PROGRAM and record.stimulus.labels["polarity"] == polarity:
            return np.concatenate([before, read])
        before = read[-1:] if read.size else before
    return None


def nonlinearity(curve: Floats) -> tuple[float, float]:
    """NeuroSim's label of a rising curve, shape (n,), and the rms residual of the fit.

    Ref: P.-Y. Chen, X. Peng, S. Yu, IEEE TCAD 37(12):3067 (2018); closed form of its table.
    """
    x = np.linspace(0.0, 1.0, curve.size)
    y = (curve - curve[0]) / (curve[-1] - curve[0]) if curve[-1] != curve[0] else curve * 0.0
    r = _fitted(x, y)
    residual = float(np.sqrt(np.mean((_shape(x, r) - y) ** 2)))
    return math.copysign(label_of(abs(r)), r), residual


def _shape(x: Floats, r: float) -> Floats:
    if abs(r) < 1e-6:
        return x
    return np.asarray(np.expm1(-r * x) / math.expm1(-r))


def _fitted(x: Floats, y: Floats) -> float:
    """Curvature of least squares, by golden-section search between the steepest two."""
    low, high = -STEEPEST, STEEPEST
    shrink = 0.5 * (math.sqrt(5.0) - 1.0)

    def tried(r: float) -> tuple[float, float]:
        return r, float(np.sum((_shape(x, r) - y) ** 2))

    left, right = tried(high - shrink * (high - low)), tried(low + shrink * (high - low))
    while high - low > CURVATURE * max(1.0, abs(low)):
        if left[1] < right[1]:
            high, right = right[0], left
            left = tried(high - shrink * (high - low))
        else:
            low, left = left[0], right
            right = tried(low + shrink * (high - low))
    return 0.5 * (low + high)


def label_of(r: float) -> float:
    """The label of an exponential of curvature r >= 0 (Pmax/A)."""
    if r < 1e-6:
        return 0.0
    at = math.log(r / -math.expm1(-r)) / r
    return (math.expm1(-r * at) / math.expm1(-r) - at) / LABEL_UNIT
