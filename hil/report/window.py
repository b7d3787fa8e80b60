"""The window of spike-timing-dependent plasticity, in three measures of the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from memrig.hil.protocols._change import COVERAGE
from memrig.hil.report import canvas
from memrig.hil.report.canvas import Drawn, Floats
from memrig.hil.report.seen import Seen

CONTROLS = ("sham", "pre-only", "post-only", "reversed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure of the change of conductance.

    :param of_rel: from dG/G0 to this measure, at a given G0 in siemens.
    """

    key: str
    figure: str
    title: str
    label: str
    unit: str
    meaning: str
    of_rel: Callable[[Floats, float], Floats]


ARTICLE = Measure(
    key="dw_article_percent", figure="overlay", title="STDP window: ΔW by the article's formula",
    label="ΔW = (W0 − W)/W0, W = R", unit="%",
    meaning="weight change by the article's formula, ΔW = (W0 − W)/W0 in percent with W = R, which "
            "is 1 − G0/G: positive is potentiation",
    of_rel=lambda rel, _: 100.0 * rel / (1.0 + rel),
)
RELATIVE = Measure(
    key="dg_rel", figure="stdp-relative", title="STDP window: dG/G0", label="dG/G0 = (G − G0)/G0",
    unit="1", meaning="relative change of the conductance, (G − G0)/G0, without a unit: positive "
                      "is potentiation; this is not the article's ΔW",
    of_rel=lambda rel, _: rel,
)
ABSOLUTE = Measure(
    key="dg_siemens", figure="stdp-absolute", title="STDP window: ΔG", label="ΔG = G − G0",
    unit="S", meaning="change of the conductance, G − G0, in siemens: positive is potentiation",
    of_rel=lambda rel, g0: rel * g0,
)


def window_figure(seen: Seen, measure: Measure) -> Drawn:
    """Change against delay, the controls beside it, the shams' band, the residual below."""
    values = seen.values
    dt, y, u = _points(values, measure)
    _, modelled, _ = _points(seen.model_values, measure)
    both = modelled.size == y.size and y.size > 0
    with canvas.drawing():
        figure = canvas.sheet(5.6 if both else 4.4)
        upper, lower, side = _axes(figure, residual=both)
        edges = _draw_band((upper, side), values, measure)
        _draw_points(upper, dt, y, u, f"{seen.dots} pairs")
        _draw_means(upper, values, measure)
        if both:
            order = np.argsort(dt, kind="stable")
            canvas.trace(upper, dt[order], modelled[order], "model", f"model {seen.model_name}")
            canvas.zero(lower)
            lower.errorbar(dt, y - modelled, yerr=COVERAGE * u if u.any() else None,
                           linestyle="none", marker="o", markersize=3, elinewidth=0.9,
                           color=canvas.MEASURED).lines[0].set_gid("residual")
            canvas.residual(lower.yaxis, measure.unit)
        upper.margins(y=0.12)
        upper.set_ylim(*upper.get_ylim())  # the window's own range: controls must not squash it
        _draw_controls(side, values, measure)
        canvas.prefixed(upper.yaxis, measure.label, measure.unit)
        canvas.prefixed(lower.xaxis, "Δt = t_post − t_pre", "s")
        return canvas.finished(figure, measure.figure, seen.marks, measure.title,
                               _caption(seen, measure, edges))


def _axes(figure: Figure, *, residual: bool) -> tuple[Axes, Axes, Axes]:
    grid = figure.add_gridspec(2 if residual else 1, 2, width_ratios=(4.0, 1.0),
                               height_ratios=(2.4, 1.0) if residual else None)
    upper = figure.add_subplot(grid[0, 0])
    side = figure.add_subplot(grid[0, 1], sharey=upper)
    lower = figure.add_subplot(grid[1, 0], sharex=upper) if residual else upper
    return upper, lower, side


def _points(values: Mapping[str, Any], measure: Measure) -> tuple[Floats, Floats, Floats]:
    """Delay, change and standard uncertainty of every pair that has a change."""
    rows = list(zip(values.get("dt_s", []), values.get(measure.key, []),
                    values.get(f"u_{measure.key}", []), strict=False))
    known = [(dt, y, u) for dt, y, u in rows if y is not None]
    dt, y, u = (np.array(column, dtype=float) for column in zip(*known, strict=True)) \
        if known else (np.empty(0),) * 3
    return dt, y, u


def _draw_points(axes: Axes, dt: Floats, y: Floats, u: Floats, label: str) -> None:
    axes.axvline(0.0, color=canvas.QUIET, linewidth=0.8, zorder=1)
    canvas.zero(axes)
    made = axes.errorbar(dt, y, yerr=COVERAGE * u if u.any() else None, linestyle="none",
                         marker="o", markersize=4.5, elinewidth=0.9, color=canvas.MEASURED,
                         label=label)
    made.lines[0].set_gid("measured")


def _draw_means(axes: Axes, values: Mapping[str, Any], measure: Measure) -> None:
    """Means over repeats with their interval, where there are repeats."""
    rows = [row for row in values.get("means", []) if row.get(f"{measure.key}_interval")]
    if not rows:
        return
    x, y = (np.array([row[name] for row in rows]) for name in ("dt_s", measure.key))
    reach = np.array([row[f"{measure.key}_interval"] for row in rows])
    made = axes.errorbar(x, y, yerr=[y - reach[:, 0], reach[:, 1] - y], linestyle="none",
                         marker="D", markersize=5, markerfacecolor="none", color=canvas.GOOD,
                         capsize=3, label="means of repeats", zorder=4)
    made.lines[0].set_gid("means")


def _draw_band(
    both: tuple[Axes, Axes], values: Mapping[str, Any], measure: Measure
) -> tuple[float, float] | None:
    """What the controls without spikes scatter by, three standard deviations on both sides."""
    limit = values.get("detection_limit_rel")
    if limit is None:
        return None
    g0 = [g for g in values.get("g0_siemens", []) if g is not None]
    edge = measure.of_rel(np.array([-limit, limit]), float(np.mean(g0)) if g0 else 0.0)
    for axes in both:
        axes.axhspan(edge[0], edge[1], color=canvas.BAND, zorder=0, gid="sham-band",
                     label="sham band (±3σ)")
        axes.axhline(edge[1], color=canvas.QUIET, linewidth=0.6, linestyle=":", zorder=1)
        axes.axhline(edge[0], color=canvas.QUIET, linewidth=0.6, linestyle=":", zorder=1)
    return float(edge[0]), float(edge[1])


def _draw_controls(axes: Axes, values: Mapping[str, Any], measure: Measure) -> None:
    rows = [row for row in values.get("controls", []) if row.get(measure.key) is not None]
    kinds = [kind for kind in CONTROLS if any(row["control"] == kind for row in rows)]
    canvas.zero(axes)
    for k, kind in enumerate(kinds):
        y = np.array([row[measure.key] for row in rows if row["control"] == kind])
        spread = np.linspace(-0.15, 0.15, y.size) if y.size > 1 else np.zeros(1)
        _draw_control(axes, k + spread, y, kind, measure)
    axes.set_xticks(range(len(kinds)), kinds, rotation=40, ha="right")
    axes.set_xlim(-0.6, max(len(kinds) - 0.4, 0.6))
    axes.tick_params(labelleft=False)
    axes.set_title("controls")


def _draw_control(axes: Axes, x: Floats, y: Floats, kind: str, measure: Measure) -> None:
    """One kind of control; what lies beyond the window's range is an arrow with its value."""
    low, high = axes.get_ylim()
    canvas.dots(axes, x, np.clip(y, low, high), f"control-{kind}", "", marker="s", markersize=4,
                markerfacecolor="none", markeredgewidth=1.0, clip_on=False)
    for at, value in zip(x, y, strict=True):
        if not low <= value <= high:
            edge, up = (high, False) if value > high else (low, True)
            axes.annotate(
                f"{'↑' if value > high else '↓'} {canvas.shown(value, measure.unit)}",
                (at, edge), xytext=(0, 7 if up else -7), textcoords="offset points", size=7.5,
                ha="right", va="bottom" if up else "top")


def _caption(seen: Seen, measure: Measure, edges: tuple[float, float] | None) -> str:
    band = "the shams do not scatter at all" if edges == (0.0, 0.0) else (
        f"shaded: ±3 standard deviations of the shams ({edges[0]:.3g} to {edges[1]:.3g}"
        f"{'' if measure.unit == '1' else ' ' + measure.unit}), below which a change cannot be "
        "told from none" if edges else "there were no shams, so no detection limit is known")
    model = f" Line: the model {seen.model_name}; below, measured less model." \
        if seen.has_model else ""
    return (f"Against the delay Δt = t_post − t_pre (seconds): {measure.meaning}. Every point "
            f"starts from the same conductance; bars: 95 % intervals; {band}. Beside it, the "
            f"controls.{model}")
