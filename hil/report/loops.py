"""Current against voltage: linear with its residual, and logarithmic with the noise floor."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from memrig.hil.report import canvas
from memrig.hil.report.canvas import Drawn, Floats
from memrig.hil.report.curves import FLOOR_SIGMA, Curve, noise_a, scatter_a
from memrig.hil.report.seen import Seen
from memrig.hil.report.traces import draw_residual
from memrig.hil.stimulus import Role
from memrig.hil.units import shown


def loop_figure(seen: Seen) -> Drawn:
    """The I-V curve, measured and modelled, and what is left."""
    curve = seen.sweep
    with canvas.drawing():
        figure = canvas.sheet(5.6 if seen.has_model else 4.4)
        if seen.has_model:
            upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.6, 1.0))
            draw_residual(lower, curve.v_v, curve)
            canvas.residual(lower.yaxis, "A")
        else:
            upper = lower = figure.subplots()
        _draw_loop(upper, curve, seen)
        canvas.prefixed(upper.yaxis, "current", "A")
        upper.set_xlabel("")
        canvas.prefixed(lower.xaxis, "voltage across the device", "V")
        return canvas.finished(figure, "overlay", seen.marks, "Current against voltage",
                               _caption(seen))


def log_figure(seen: Seen) -> Drawn:
    """The magnitude of the current on a logarithmic scale."""
    curve = seen.sweep
    floor_a, how = _floor(seen, curve)
    with canvas.drawing():
        figure = canvas.sheet(4.2)
        axes = figure.subplots()
        lowest = _draw_magnitudes(axes, curve, seen)
        axes.set_yscale("log")
        if floor_a > 0:
            axes.axhspan(1e-3 * floor_a, floor_a, color=canvas.BAND, zorder=0,
                         gid="noise-floor", label=f"noise floor, {shown(floor_a, 'A', 3)}")
            axes.set_ylim(bottom=0.5 * min(floor_a, lowest))
        canvas.decades(axes.yaxis, "|current|", "A")
        canvas.prefixed(axes.xaxis, "voltage across the device", "V")
        return canvas.finished(
            figure, "iv-log", seen.marks, "Current against voltage, logarithmic",
            f"Magnitude of the current in amperes, logarithmic, against the voltage across the "
            f"device in volts. {how}")


def _caption(seen: Seen) -> str:
    loops = sum(1 for _, r in seen.main for _ in r.blocks() if r.role is Role.SWEEP)
    text = (
        f"{loops} sweep{'s' if loops != 1 else ''}: current through the device (amperes, top to "
        "bottom) against the voltage measured across it (volts, top against bottom). Dots: "
        "measured; crosses: flagged points")
    if not seen.has_model:
        return text + "."
    return (f"{text}; line: the model {seen.model_name}, driven by the "
            f"{seen.overlay.get('drive', 'plan')} voltage{seen.started()}. Below, the residual: "
            "measured less model current at the same time.")


def _draw_loop(axes: Axes, curve: Curve, seen: Seen) -> None:
    kept = canvas.thinned(curve.v_v, curve.i_a)
    good = kept[curve.good[kept]]
    canvas.zero(axes)
    canvas.dots(axes, curve.v_v[good], curve.i_a[good], "measured", seen.dots)
    flagged = ~curve.good
    canvas.crosses(axes, curve.v_v[flagged], curve.i_a[flagged])
    if curve.model_v.size:
        said = canvas.thinned(curve.model_v, curve.model_a)
        canvas.trace(axes, curve.model_v[said], curve.model_a[said], "model",
                     f"model {seen.model_name}")


def _draw_magnitudes(axes: Axes, curve: Curve, seen: Seen) -> float:
    """Draw what is not exactly 0 and return the smallest magnitude."""
    kept = canvas.thinned(curve.v_v, curve.i_a)
    kept = kept[curve.good[kept] & (curve.i_a[kept] != 0.0)]
    magnitude = np.abs(curve.i_a[kept])
    canvas.dots(axes, curve.v_v[kept], magnitude, "measured-log", seen.dots)
    said = canvas.thinned(curve.model_v, curve.model_a)
    said = said[curve.model_a[said] != 0.0]
    if said.size:
        _broken(axes, curve.model_v[said], curve.model_a[said], f"model {seen.model_name}")
    return float(magnitude.min(initial=np.inf))


def _broken(axes: Axes, v_v: Floats, i_a: Floats, label: str) -> None:
    """A line of magnitudes that does not join currents of opposite signs."""
    turns = np.flatnonzero(np.diff(np.sign(i_a)) != 0) + 1
    gaps = np.full(turns.size, np.nan)
    canvas.trace(axes, np.insert(v_v, turns, gaps), np.insert(np.abs(i_a), turns, gaps),
                 "model-log", label)


def _floor(seen: Seen, curve: Curve) -> tuple[float, str]:
    """Where one point can no longer be told from nothing, and how that is known."""
    declared = noise_a([record for _, record in seen.main])
    if not declared and seen.header.simulated:
        return 0.0, "This simulation has no noise, and so no noise floor."
    scatter = scatter_a(curve.i_a[curve.good])
    if declared and not 0 < scatter < declared:  # a curve of few points bends more than it scatters
        return FLOOR_SIGMA * declared, (
            "Shaded: currents below three standard deviations of one point's noise, as the bench "
            "declares it.")
    said = (f"the bench declares {shown(FLOOR_SIGMA * declared, 'A', 3)}" if declared else
            "nothing is known of the instrument's own noise")
    return FLOOR_SIGMA * scatter, (
        "Shaded: currents below three standard deviations of one point's noise, as neighbouring "
        f"points scatter; {said}.")
