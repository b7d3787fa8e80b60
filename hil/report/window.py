"""The window of spike-timing-dependent plasticity, in three measures of the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from memrig.hil.protocols._change import COVERAGE
from memrig.hil.report import canvas
from memrig.hil.report.canvas import Drawn, Floats
from memrig.hil.report.seen import Seen

MARKERS = ("o", "s", "^", "D", "v")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs that start from one conductance and are read after one delay, shape (n,) each."""

    target_siemens: float
    delay_s: float
    dt_s: Floats
    change: Floats
    u: Floats

    def mean_by_delay(self) -> tuple[Floats, Floats]:
        """Every delay once, ascending, with the mean change."""
        dt, back = np.unique(self.dt_s, return_inverse=True)
        return dt, np.asarray(np.bincount(back, self.change) / np.bincount(back))


def pairs_of(values: Mapping[str, Any], measure: Measure) -> list[Pairs]:
    """Pairs that have a change, by target and read delay, in the order of application."""
    names = ("target_siemens", "delay_s", "dt_s", measure.key, f"u_{measure.key}")
    columns = [values.get(name) or [] for name in names]
    groups: dict[tuple[float, float], list[tuple[float, float, float]]] = {}
    for target, delay, *row in zip(*columns, strict=False):
        if row[1] is not None:
            groups.setdefault((target or 0.0, delay or 0.0), []).append((row[0], row[1], row[2]))
    return [Pairs(target_siemens=key[0], delay_s=key[1], **dict(zip(
        ("dt_s", "change", "u"), np.array(rows, dtype=float).T, strict=True)))
        for key, rows in groups.items()]


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
        words += f", from {canvas.shown(one.target_siemens, 'S', 3)}"
    if len({g.delay_s for g in groups}) > 1:
        words += f", read after {canvas.shown(one.delay_s, 's', 3)}"
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
    highest, lowest = float(y.max()), float(y.min())
    for value, beyond, arrow, edge, rise in ((highest, highest > high, "↑", high, -7),
                                             (lowest, lowest < low, "↓", low, 7)):
        if beyond:
            axes.annotate(f"{arrow} {canvas.shown(value, measure.unit)}", (x[-1], edge),
                          xytext=(0, rise), textcoords="offset points", size=7.5, ha="right",
                          va="bottom" if rise > 0 else "top")


def _band(edges: tuple[float, float] | None, unit: str) -> str:
    if edges is None:
        return "there were no shams, so no detection limit is known"
    if edges == (0.0, 0.0):
        return "the shams do not scatter at all"
    low, high = (canvas.shown(edge, unit, 3) for edge in edges)
    return (f"shaded: ±3 standard deviations of the shams ({low} to {high}), within which a change "
            "cannot be told from none")


def _caption(seen: Seen, measure: Measure, edges: tuple[float, float] | None) -> str:
    band = _band(edges, measure.unit)
    model = f" Line: the model {seen.model_name}; below, measured less model." \
        if seen.has_model else ""
    return (f"Against the delay Δt = t_post − t_pre (seconds): {measure.meaning}. Every point "
            f"starts from the same conductance; bars: 95 % intervals; {band}. Beside it, the "
            f"controls.{model}")
