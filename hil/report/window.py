"""The window of spike-timing-dependent plasticity, in three measures of the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from memrig.hil.protocols._change import COVERAGE
from memrig.hil.report import canvas
from memrig.hil.report.canvas import Drawn, Floats
from memrig.hil.report.measures import CONTROLS, Measure, Pairs, band_of, pairs_of
from memrig.hil.report.seen import Seen
from memrig.hil.units import shown

MARKERS = ("o", "s", "^", "D", "v")


def window_figure(seen: Seen, measure: Measure) -> Drawn:
    """Change against delay, the controls beside it, the shams' band, the residual below."""
    values = seen.values
    measured, modelled = (pairs_of(v, measure) for v in (values, seen.model_values))
    both = [p.dt_s.size for p in measured] == [p.dt_s.size for p in modelled] and bool(measured)
    with canvas.drawing():
        figure = canvas.sheet(5.6 if both else 4.4)
        upper, lower, side = _axes(figure, residual=both)
        edges = _draw_band((upper, side), values, measure)
        _draw_pairs(upper, measured, seen.dots)
        _draw_means(upper, values, measure)
        if both:
            _draw_model(upper, lower, measured, modelled, f"model {seen.model_name}")
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


def _draw_pairs(axes: Axes, groups: Sequence[Pairs], what: str) -> None:
    axes.axvline(0.0, color=canvas.QUIET, linewidth=0.8, zorder=1)
    canvas.zero(axes)
    for k, one in enumerate(groups):
        label = f"{what} pairs" + _of_group(one, groups)
        made = axes.errorbar(one.dt_s, one.change, yerr=_reach(one), linestyle="none",
                             marker=MARKERS[k % len(MARKERS)], markersize=4.5, elinewidth=0.9,
                             color=canvas.MEASURED, label=label)
        made.lines[0].set_gid("measured" if k == 0 else f"measured-{k + 1}")


def _of_group(one: Pairs, groups: Sequence[Pairs]) -> str:
    """What sets a group apart from the others."""
    words = ""
    if len({g.target_siemens for g in groups}) > 1:
        words += f", from {shown(one.target_siemens, 'S', 3)}"
    if len({g.delay_s for g in groups}) > 1:
        words += f", read after {shown(one.delay_s, 's', 3)}"
    return words


def _reach(pairs: Pairs) -> Floats | None:
    return COVERAGE * pairs.u if pairs.u.any() else None


def _draw_model(
    upper: Axes, lower: Axes, measured: Sequence[Pairs], modelled: Sequence[Pairs], label: str
) -> None:
    canvas.zero(lower)
    for k, (one, said) in enumerate(zip(measured, modelled, strict=True)):
        suffix = "" if k == 0 else f"-{k + 1}"
        canvas.trace(upper, *said.mean_by_delay(), f"model{suffix}", label)
        made = lower.errorbar(one.dt_s, one.change - said.change, yerr=_reach(one),
                              linestyle="none", marker=MARKERS[k % len(MARKERS)], markersize=3,
                              elinewidth=0.9, color=canvas.MEASURED)
        made.lines[0].set_gid(f"residual{suffix}")


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
    edge = band_of(values, measure)
    if edge is None:
        return None
    for axes in both:
        axes.axhspan(edge[0], edge[1], color=canvas.BAND, zorder=0, gid="sham-band",
                     label="sham band (±3σ)")
        axes.axhline(edge[1], color=canvas.QUIET, linewidth=0.6, linestyle=":", zorder=1)
        axes.axhline(edge[0], color=canvas.QUIET, linewidth=0.6, linestyle=":", zorder=1)
    return edge


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
    highest, lowest = float(y.max()), float(y.min())
    for value, beyond, arrow, edge, rise in ((highest, highest > high, "↑", high, -7),
                                             (lowest, lowest < low, "↓", low, 7)):
        if beyond:
            axes.annotate(f"{arrow} {shown(value, measure.unit)}", (x[-1], edge),
                          xytext=(0, rise), textcoords="offset points", size=7.5, ha="right",
                          va="bottom" if rise > 0 else "top")


def _band(edges: tuple[float, float] | None, unit: str) -> str:
    if edges is None:
        return "there were no shams, so no detection limit is known"
    if edges == (0.0, 0.0):
        return "the shams do not scatter at all"
    low, high = (shown(edge, unit, 3) for edge in edges)
    return (f"shaded: ±3 standard deviations of the shams ({low} to {high}), within which a change "
            "cannot be told from none")


def _caption(seen: Seen, measure: Measure, edges: tuple[float, float] | None) -> str:
    band = _band(edges, measure.unit)
    model = f" Line: the model {seen.model_name}; below, measured less model." \
        if seen.has_model else ""
    return (f"Against the delay Δt = t_post − t_pre (seconds): {measure.meaning}. Every point "
            f"starts from the same conductance; bars: 95 % intervals; {band}. Beside it, the "
            f"controls.{model}")
