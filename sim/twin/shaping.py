"""What an arbitrary waveform generator's output stage makes of samples: straight lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
STEP_KERNEL = np.array([0.25, 0.5, 0.25])
"""A filter that neither rings nor overshoots, -3 dB near 13 % of the rate."""
_N = np.arange(-6, 7)
NORMAL_KERNEL = 0.54 * np.sinc(0.54 * _N) * (0.54 + 0.46 * np.cos(np.pi * _N / 7))
NORMAL_KERNEL /= NORMAL_KERNEL.sum()
"""A steep filter, -3 dB near 27 % of the rate: it rings by about 9 % of a step."""


def cycle_of(
    levels: Floats, step_s: float, *, filtering: str, edge_s: float, tolerance_v: float
) -> tuple[Floats, Floats]:
    """Vertices of one cycle of samples, from 0 to ``len(levels) * step_s``.

    Sample k stands in the interval from k to k + 1 steps. Without a filter it is held there and
    every change takes ``edge_s``; with one it is the value at the middle of the interval.

    :param levels: shape (n,), volts.
    :param filtering: ``OFF``, ``STEP`` or ``NORM``.
    :param tolerance_v: vertices that deviate less from a straight line are left out.
    """
    if filtering == "OFF":
        return _held(levels, step_s, min(edge_s, 0.9 * step_s))
    kernel = STEP_KERNEL if filtering == "STEP" else NORMAL_KERNEL
    margin = kernel.size // 2
    padded = np.concatenate([np.full(margin, levels[0]), levels, np.full(margin, levels[0])])
    smooth = np.convolve(padded, kernel, mode="valid")
    middle = (np.arange(levels.size) + 0.5) * step_s
    t_s = np.concatenate([[0.0], middle, [levels.size * step_s]])
    v_v = np.concatenate([[levels[0]], smooth, [levels[0]]])
    return straightened(np.asarray(t_s, dtype=float), v_v, tolerance_v)


def _held(levels: Floats, step_s: float, edge_s: float) -> tuple[Floats, Floats]:
    changes = np.flatnonzero(np.diff(levels)) + 1
    t_s, v_v = np.repeat(changes * step_s, 2), np.empty(2 * changes.size)
    t_s[1::2] += edge_s
    v_v[0::2], v_v[1::2] = levels[changes - 1], levels[changes]
    end_s = levels.size * step_s
    if levels[-1] != levels[0]:  # the output goes back to rest with the last sample
        t_s = np.concatenate([t_s, [end_s - edge_s]])
        v_v = np.concatenate([v_v, [levels[-1]]])
    return (
        np.concatenate([[0.0], t_s, [end_s]]), np.concatenate([[levels[0]], v_v, [levels[0]]]),
    )


def straightened(t_s: Floats, v_v: Floats, tolerance_v: float) -> tuple[Floats, Floats]:
    """Fewer vertices, none of those left out further than the tolerance from the lines."""
    bend = np.abs(np.diff(v_v[1:]) * np.diff(t_s[:-1]) - np.diff(v_v[:-1]) * np.diff(t_s[1:]))
    inner = np.flatnonzero(bend > 0.0) + 1
    keep = np.concatenate([[0], inner, [t_s.size - 1]])
    t, v = t_s[keep], v_v[keep]
    chosen = _door(t.tolist(), v.tolist(), tolerance_v)
    return t[chosen], v[chosen]


def _door(t_s: list[float], v_v: list[float], tolerance_v: float) -> list[int]:
    """Indices of a polyline within a tolerance: a line is drawn as long as it meets all."""
    chosen, anchor = [0], 0
    low, high = -float("inf"), float("inf")
    for k in range(1, len(t_s)):
        dt = t_s[k] - t_s[anchor]
        dv = v_v[k] - v_v[anchor]
        slope = dv / dt if dt > 0 else 0.0
        if dt <= 0 or not low <= slope <= high:
            anchor = k - 1
            chosen.append(anchor)
            dt, dv = max(t_s[k] - t_s[anchor], 1e-15), v_v[k] - v_v[anchor]
            low, high = (dv - tolerance_v) / dt, (dv + tolerance_v) / dt
            continue
        low = max(low, (dv - tolerance_v) / dt)
        high = min(high, (dv + tolerance_v) / dt)
    if chosen[-1] != len(t_s) - 1:
        chosen.append(len(t_s) - 1)
    return chosen
