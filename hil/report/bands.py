"""Many devices in one figure: the median and what 68 % and 95 % of them lie within."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes

from memrig.hil.cli.text import number
from memrig.hil.ensemble import Band, Ensemble, Spread
from memrig.hil.report import canvas
from memrig.hil.report.canvas import Drawn, Floats
from memrig.hil.report.measures import ARTICLE
from memrig.hil.report.seen import Seen

SHADES = ((0, 4, 0.18, "95 % of the devices"), (1, 3, 0.35, "68 % of the devices"))
"""Rows of ``QUANTILES`` that a shade lies between, how dense it is, what it is."""
FEW = 60
"""Points of a line that are marked one by one."""


def band_figures(seen: Seen) -> Iterator[Drawn]:
    """The figure of the run's ensemble; none where it is the run of one device."""
    ensemble, kind = seen.run.ensemble, seen.protocol.figure
    if ensemble is None or not ensemble.finished.any():
        return
    if kind == "loop" and ensemble.bands:
        yield _loops(seen, ensemble)
    elif kind == "stdp" and ARTICLE.key in ensemble.series:
        yield _window(seen, ensemble)
    elif np.isfinite(_conductances(seen, ensemble)).any():
        yield _readings(seen, ensemble)


def _conductances(seen: Seen, ensemble: Ensemble) -> Floats:
    """After every pulse of a series; else of every reading, shape (n, k)."""
    own = ensemble.series.get("conductance_siemens") if seen.protocol.figure == "series" else None
    return ensemble.conductance_siemens if own is None else own


def _loops(seen: Seen, ensemble: Ensemble) -> Drawn:
    with canvas.drawing():
        figure = canvas.sheet(4.4)
        left, right = figure.subplots(1, 2)
        for band in ensemble.bands:
            _along(left, band.v_v, band)
            _along(right, band.t_s, band)
        for axes, label, unit in ((left, "voltage, median", "V"), (right, "time", "s")):
            canvas.prefixed(axes.xaxis, label, unit)
            canvas.prefixed(axes.yaxis, "current", "A")
        return canvas.finished(
            figure, "bands", seen.marks, f"Current of {_counted(ensemble)}",
            "Current through the devices (amperes) against the median of the voltage across them, "
            f"and against time. {_about(ensemble)}")


def _along(axes: Axes, x: Floats, band: Band) -> None:
    for low, high, alpha, label in SHADES:
        # Along the curve and back: a loop has several currents at one voltage.
        around = np.concatenate([band.i_a[low], band.i_a[high][::-1]])
        axes.fill(np.concatenate([x, x[::-1]]), around,
                  color=canvas.MODEL, alpha=alpha, linewidth=0, label=label)
    canvas.trace(axes, x, band.i_a[2], f"median{band.stimulus}", "median")


def _readings(seen: Seen, ensemble: Ensemble) -> Drawn:
    rows = _conductances(seen, ensemble)
    with canvas.drawing():
        figure = canvas.sheet(4.0)
        axes = figure.subplots()
        _shade(axes, np.arange(1.0, rows.shape[1] + 1.0), ensemble.band(rows))
        axes.set_xlabel("pulse number" if seen.protocol.figure == "series" else "reading")
        canvas.prefixed(axes.yaxis, "conductance G", "S")
        return canvas.finished(
            figure, "bands", seen.marks, f"Conductance of {_counted(ensemble)}",
            f"Conductance G (siemens), reading by reading. {_about(ensemble)}")


def _window(seen: Seen, ensemble: Ensemble) -> Drawn:
    with canvas.drawing():
        figure = canvas.sheet(4.0)
        axes = figure.subplots()
        dt_s = ensemble.series["dt_s"][0]
        order = np.argsort(dt_s, kind="stable")
        _shade(axes, dt_s[order], ensemble.band(ensemble.series[ARTICLE.key])[:, order])
        canvas.zero(axes)
        canvas.prefixed(axes.xaxis, "Δt = t_post − t_pre", "s")
        canvas.prefixed(axes.yaxis, ARTICLE.label, ARTICLE.unit)
        return canvas.finished(
            figure, "bands", seen.marks, f"STDP window of {_counted(ensemble)}",
            f"{ARTICLE.meaning[0].upper()}{ARTICLE.meaning[1:]}. {_about(ensemble)}")


def _shade(axes: Axes, x: Floats, band: Floats) -> None:
    for low, high, alpha, label in SHADES:
        axes.fill_between(x, band[low], band[high], color=canvas.MODEL, alpha=alpha, linewidth=0,
                          label=label)
    style = {"marker": "o", "markersize": 3.0} if x.size < FEW else {}
    canvas.trace(axes, x, band[2], "median", "median", **style)


def _counted(ensemble: Ensemble) -> str:
    return f"{int(ensemble.finished.sum())} simulated devices"


def _about(ensemble: Ensemble) -> str:
    names = ", ".join(ensemble.varied) or "nothing but what is random within a device"
    return (f"Line: median; dark: 68 %, light: 95 % of the devices. What differs between them: "
            f"{names}.")


def spread_rows(ensemble: Ensemble) -> list[tuple[str, str]]:
    """What varies and every figure of merit, as names and words."""
    drawn = [(f"{name} ({ensemble.units[name] or '1'})", _range(values))
             for name, values in ensemble.varied.items()]
    return [("devices", f"{int(ensemble.finished.sum())} of {len(ensemble)}"), *drawn,
            *((one.name, spread_text(one)) for one in ensemble.spreads())]


def _range(values: Floats) -> str:
    return (f"{values.min():.5g} to {values.max():.5g}, mean {values.mean():.5g}, standard "
            f"deviation {values.std(ddof=1) if values.size > 1 else 0.0:.3g}")


def spread_text(spread: Spread) -> str:
    """Median with what 95 % lie within, mean and standard deviation."""
    median, low, high, mean, deviation = (
        number(spread.name, value)
        for value in (spread.median, spread.low, spread.high, spread.mean, spread.deviation))
    return f"{median} ({low} to {high}), mean {mean}, standard deviation {deviation}"
