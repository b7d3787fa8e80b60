"""Conductance: against the pulse number, reading by reading, and its increments."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from memrig.hil.protocols._change import COVERAGE
from memrig.hil.report import canvas
from memrig.hil.report.canvas import Drawn, Floats
from memrig.hil.report.seen import Seen
from memrig.hil.status import Status
from memrig.hil.units import shown

MARKERS = {1: "^", -1: "v"}
WORDS = {1: "potentiating pulses", -1: "depressing pulses"}


def _two(figure: Figure, *, residual: bool) -> tuple[Axes, Axes]:
    """Axes of values and of residuals; the same twice where there is no model."""
    if residual:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.4, 1.0))
        return upper, lower
    only = figure.subplots()
    return only, only


def _bars(axes: Axes, x: Floats, y: Floats, u: Floats, gid: str, label: str, **style: Any) -> None:
    """Dots with the interval that holds 95 % of what they may be."""
    made = axes.errorbar(x, y, yerr=COVERAGE * u if u.any() else None, **{
        "linestyle": "none", "marker": "o", "markersize": 4.0, "color": canvas.MEASURED,
        "elinewidth": 0.9, "label": label, **style})
    made.lines[0].set_gid(gid)


def series_figure(seen: Seen) -> Drawn:
    """Conductance after every pulse, with the model's and the residual."""
    values, model = seen.values, seen.model_values
    g, u = (np.array(values[name]) for name in ("conductance_siemens", "u_siemens"))
    number = np.arange(1.0, g.size + 1.0)
    modelled = np.array(model.get("conductance_siemens", []))
    with canvas.drawing():
        figure = canvas.sheet(5.4 if modelled.size == g.size else 4.2)
        upper, lower = _two(figure, residual=modelled.size == g.size)
        _draw_trains(upper, number, (g, u), np.array(values["polarity"]), seen.dots)
        if modelled.size == g.size:
            canvas.trace(upper, number, modelled, "model", f"model {seen.model_name}")
            canvas.zero(lower)
            _bars(lower, number, g - modelled, u, "residual", "", markersize=2.5)
            canvas.residual(lower.yaxis, "S")
        _draw_starts(upper, values)
        canvas.prefixed(upper.yaxis, "conductance G", "S")
        lower.set_xlabel("pulse number")
        return canvas.finished(figure, "overlay", seen.marks, "Conductance against pulse number",
                               _series_caption(seen, u))


def _draw_trains(
    axes: Axes, number: Floats, found: tuple[Floats, Floats], polarity: Floats, what: str
) -> None:
    g, u = found
    for sign, marker in MARKERS.items():
        own = polarity == sign
        if own.any():
            _bars(axes, number[own], g[own], u[own], f"measured{sign:+d}",
                  f"{what} after {WORDS[sign]}", marker=marker,
                  markerfacecolor=canvas.MEASURED if sign > 0 else "#ffffff")


def _draw_starts(axes: Axes, values: Any) -> None:
    """Where one train ends and the next begins."""
    series = np.array(values.get("series", []))
    for at in np.flatnonzero(np.diff(series)):
        axes.axvline(float(at) + 1.5, color=canvas.QUIET, linewidth=0.8, linestyle=":", zorder=1)


def _series_caption(seen: Seen, u: Floats) -> str:
    values = seen.values
    amplitudes = sorted(set(values["amplitude_v"]))
    widths = sorted(set(values["width_s"]))
    read_v = float(np.median(np.abs(values["v_read_v"]))) if values["v_read_v"] else 0.0
    bars = ("bars: 95 % intervals of the declared uncertainty" if u.any()
            else "this simulation has no uncertainty")
    model = (f" Line: the model {seen.model_name}, set to the measured conductance before every "
             "train only. Below, measured less model." if seen.has_model else "")
    return (
        f"Conductance G (siemens) read at {shown(read_v, 'V')} after every pulse; pulses of "
        f"{', '.join(shown(a, 'V') for a in amplitudes)} open circuit, "
        f"{', '.join(shown(w, 's') for w in widths)} wide. Filled triangles up: potentiating, "
        f"hollow triangles down: depressing; {bars}.{model}"
    )


def reads_figure(seen: Seen) -> Drawn:
    """Every reading of the run with its uncertainty."""
    pairs = list(seen.readings())
    g = np.array([one.conductance_siemens for one, _ in pairs])
    u = np.array([one.u_siemens for one, _ in pairs])
    said = np.array([m.conductance_siemens if m else np.nan for _, m in pairs])
    number = np.arange(1.0, g.size + 1.0)
    with canvas.drawing():
        figure = canvas.sheet(4.8 if np.isfinite(said).any() else 3.8)
        upper, lower = _two(figure, residual=bool(np.isfinite(said).any()))
        _bars(upper, number, g, u, "measured", seen.dots, markersize=5)
        flagged = np.array([bool(one.status != Status.OK) for one, _ in pairs], dtype=bool)
        canvas.crosses(upper, number[flagged], g[flagged])
        if np.isfinite(said).any():
            canvas.trace(upper, number, said, "model", f"model {seen.model_name}", marker="_",
                         markersize=14, linestyle="none", markeredgewidth=1.8)
            canvas.zero(lower)
            _bars(lower, number, g - said, u, "residual", "")
            canvas.residual(lower.yaxis, "S")
        _label_readings(lower, [one.v_dut_v for one, _ in pairs])
        canvas.prefixed(upper.yaxis, "conductance G", "S")
        return canvas.finished(
            figure, "overlay", seen.marks, "Conductance, reading by reading",
            "Conductance G (siemens) of every reading: mean current over mean voltage at the "
            "device in its window, baseline subtracted. Below each, the voltage that was measured "
            f"at the device; bars: 95 % intervals.{_said(seen)}")


def _said(seen: Seen) -> str:
    return (f" Blue dashes: the model {seen.model_name}; below, measured less model."
            if seen.has_model else "")


def _label_readings(axes: Axes, v_dut_v: list[float]) -> None:
    axes.set_xlabel("voltage at the device while reading")
    if len(v_dut_v) <= 12:
        axes.set_xticks(range(1, len(v_dut_v) + 1), [shown(v, "V", 3) for v in v_dut_v])
        axes.set_xlim(0.4, len(v_dut_v) + 0.6)
    else:
        axes.set_xlabel("reading")


def pulls_figure(seen: Seen) -> Drawn | None:
    """Increments of the conductance, measured less modelled, in units of their uncertainty."""
    found = seen.overlay.get("increments")
    chi2 = seen.overlay.get("chi2_dg")
    if not found or chi2 is None:
        return None
    measured, modelled, u = (np.array(found[name]) for name in (
        "dg_measured_siemens", "dg_model_siemens", "u_siemens"))
    pulls = (measured - modelled) / u
    number = np.arange(1, pulls.size + 1)
    with canvas.drawing():
        figure = canvas.sheet(3.0)
        axes = figure.subplots()
        axes.axhspan(-COVERAGE, COVERAGE, color=canvas.BAND, zorder=0, gid="pull-band",
                     label="95 % of the pulls of a right model")
        canvas.zero(axes)
        canvas.dots(axes, number, pulls, "pulls", "increments", markersize=3.5)
        axes.set_xlabel("increment of the conductance, in order of application")
        axes.set_ylabel("(measured − model) / u")
        return canvas.finished(
            figure, "pulls", seen.marks, "Increments in units of their uncertainty",
            "Change of conductance from one reading to the next, measured less modelled, divided "
            f"by its standard uncertainty (no unit). Reduced chi-squared {chi2:.3g}, with the "
            "correlations between increments, which this picture does not show: 1 is what a right "
            "model gives, far above 1 rejects it.")
