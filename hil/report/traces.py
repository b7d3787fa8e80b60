"""Voltage and current against time, measured and modelled, with the residual below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from memrig.hil.report import canvas
from memrig.hil.report.canvas import Drawn, Floats
from memrig.hil.report.curves import Curve, curve_of
from memrig.hil.report.seen import Seen
from memrig.hil.report.shots import chosen
from memrig.hil.stimulus import Role

Columns = Sequence[tuple[str, Curve]]


def trace_figure(seen: Seen) -> Drawn:
    """v(t), i(t) and their residual: all sweeps, or one shot of every kind."""
    columns = _columns(seen)
    with canvas.drawing():
        rows = 3 if seen.has_model else 2
        figure = canvas.sheet(1.75 * rows + 0.9)
        _draw(figure, columns, seen, rows)
        return canvas.finished(figure, "traces", seen.marks, "Voltage and current against time",
                               _caption(seen, columns))


def _columns(seen: Seen) -> Columns:
    if any(record.role is Role.SWEEP for _, record in seen.main):
        return [("sweep", seen.sweep)]
    return [(shot.title, curve_of(shot.record, seen.modelled.get(shot.number), shot.place))
            for shot in chosen(seen.main)]


def _caption(seen: Seen, columns: Columns) -> str:
    what = "All sweeps of the run" if columns and columns[0][0] == "sweep" else (
        "One shot of every kind (of the delays the shortest), times from its start")
    model = (
        f" Line: the model {seen.model_name}, driven by the {seen.overlay.get('drive', 'plan')} "
        "voltage. Residual: measured less model current, at the "
        "measured times, flagged points left out."
        if seen.has_model else " There is no model to compare with.")
    fewer = " Long records are drawn by their smallest and largest points, stretch by stretch."
    return (f"{what}: voltage across the device (top against bottom, volts) and current through "
            f"it (top to bottom, amperes). Dots: measured; crosses: flagged points."
            f"{model}{fewer if any(c.t_s.size > canvas.POINTS for _, c in columns) else ''}")


def _draw(figure: Figure, columns: Columns, seen: Seen, rows: int) -> None:
    grid = figure.add_gridspec(rows, max(1, len(columns)))
    for k, (title, curve) in enumerate(columns):
        first = figure.add_subplot(grid[0, k])
        axes = [first, *(figure.add_subplot(grid[row, k], sharex=first)
                         for row in range(1, rows))]
        axes[0].set_title(title)
        draw_curve(axes, curve, seen, first=k == 0)


def draw_curve(axes: Sequence[Axes], curve: Curve, seen: Seen, *, first: bool) -> None:
    """One column: voltage, current and, with three axes, the residual."""
    points = canvas.POINTS // 2
    kept = canvas.thinned(curve.v_v, curve.i_a, points=points)
    said = canvas.thinned(curve.model_v, curve.model_a, points=points)
    names = (("voltage", curve.v_v, curve.model_v, "V"), ("current", curve.i_a, curve.model_a, "A"))
    for one, (name, values, modelled, unit) in zip(axes, names, strict=False):
        _draw_quantity(one, curve, values, kept, name, seen.dots)
        if modelled.size:
            canvas.trace(one, curve.model_t_s[said], modelled[said], f"model-{name}",
                         f"model {seen.model_name}")
        canvas.prefixed(one.yaxis, name if first else "", unit)
        one.tick_params(labelbottom=one is axes[-1])
    if len(axes) > 2:
        draw_residual(axes[2], curve.t_s, curve)
        canvas.residual(axes[2].yaxis, "A", "residual" if first else "")
    canvas.prefixed(axes[-1].xaxis, "t", "s")

def _draw_quantity(
    axes: Axes, curve: Curve, values: Floats, kept: canvas.Integers, name: str, label: str
) -> None:
    good = kept[curve.good[kept]]
    canvas.dots(axes, curve.t_s[good], values[good], f"measured-{name}", label)
    flagged = ~curve.good
    canvas.crosses(axes, curve.t_s[flagged], values[flagged])
    canvas.zero(axes)


def draw_residual(axes: Axes, x: Floats, curve: Curve) -> None:
    """Measured less model current of the points that are compared, against anything."""
    good = np.flatnonzero(curve.compared)
    kept = good[canvas.thinned(x[good], curve.residual_a[good])] if good.size else good
    canvas.zero(axes)
    canvas.dots(axes, x[kept], curve.residual_a[kept], "residual", "",
                markersize=2.0)
