"""The window of spike-timing-dependent plasticity: change against delay, controls beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from memrig.gui.plots._plot import Axis, Picked, Plot
from memrig.gui.plots.decimate import Curve, Floats
from memrig.gui.plots.marks import Band, Dots, Verticals, Words
from memrig.gui.plots.spots import Spot
from memrig.gui.plots.symbols import RUNS
from memrig.gui.plots.tabs import Tab
from memrig.hil.protocols._change import COVERAGE
from memrig.hil.report.measures import (
    ABSOLUTE,
    ARTICLE,
    CONTROLS,
    RELATIVE,
    Measure,
    Pairs,
    band_of,
    pairs_of,
)
from memrig.hil.units import shown

Values = Mapping[str, Any]
SYMBOLS = ("o", "s", "^", "D", "v")


class WindowTab(Tab):
    """Pairs with 95 % bars, the model's line, the shams' band, the controls; residual below."""

    def __init__(self, measure: Measure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measure = measure
        delay = Axis(label=self.tr("Δt = t_post − t_pre"), unit="s")
        name = {ARTICLE.key: self.tr("STDP window: ΔW by the article's formula"),
                RELATIVE.key: self.tr("STDP window: dG/G0"),
                ABSOLUTE.key: self.tr("STDP window: ΔG")}[measure.key]
        change = Axis(label=measure.label, unit=measure.unit)
        self.main = self.add_plot(delay, change, name, 24)
        left = Axis(label=self.tr("residual"), unit=measure.unit)
        self.below = self.add_plot(delay, left, self.tr("Residual: measured less model"), 10)
        self.side = Plot(Axis(), change, self.tr("Controls"))
        self.main.show_values(x=False, row=True)
        self.side.show_values(y=False, row=True)
        self.side.setMinimumWidth(150)  # or its words would run into each other
        self.side.setMaximumWidth(220)
        self.side.legend.set_title(self.tr("controls"))
        self.side.picked.connect(self.picked)
        self._beside()

    def _beside(self) -> None:
        """The controls stand at the right of the pairs, on the same y axis."""
        grid = QGridLayout()
        grid.setSpacing(2)
        for row, plot in enumerate(self.plots):
            self.box.removeWidget(plot)
            grid.addWidget(plot, row, 0)
        grid.addWidget(self.side, 0, 1)
        below = QFrame()
        below.setObjectName("ground")  # one white field, whatever stands in it
        grid.addWidget(below, 1, 1)
        grid.setRowStretch(0, 24)
        grid.setRowStretch(1, 10)
        grid.setColumnStretch(0, 4)
        grid.setColumnStretch(1, 1)
        self.box.addLayout(grid)

    @property
    def every_plot(self) -> list[Plot]:
        """The controls' as well."""
        return [*self.plots, self.side]

    def spot_of(self, picked: Picked) -> Spot | str | None:
        """The pair: delay, change, conductances before and after."""
        key = self.measure.key
        rows = [row for row in self.scene_with(picked.series).pairs.rows
                if row["control"] == "pair" and row.get(key) == picked.y]
        if not rows:
            return None
        row = rows[0]
        return self.tr("Δt {dt} · {change} ± {u} · G0 {before} → G {after} · repeat {n}").format(
            dt=shown(row["dt_s"], "s", 4), change=shown(row[key], self.measure.unit or "1", 4),
            u=shown(row[f"u_{key}"], self.measure.unit or "1", 2), n=row["repeat"],
            before=shown(row["g0_siemens"], "S", 4), after=shown(row["g_siemens"], "S", 4))

    def redraw(self) -> None:
        """Everything anew; it is little."""
        self.side.clear()
        self.mark_simulated()
        self.zero(self.main, self.below, self.side)
        self.main.put("order", Verticals([0.0], "line"))
        if self.scene.earlier:
            said = pairs_of(self.scene.earlier.window()[1], self.measure)
            self.before(self.main, _line_of([dict(_means(said, k)) for k in range(len(said))]))
        for k, other in enumerate(self.others):
            colour, symbol = RUNS[k % len(RUNS)]
            found = pairs_of(other.scene.window()[0], self.measure)
            for n, pairs in enumerate(found):
                self._put_pairs(f"run {k}.{n}", pairs, colour, symbol, other.name)
        self.advance()

    def advance(self) -> None:
        """Pairs, line, band, controls and residual as far as they are known."""
        measured, overlay, predicted = self.scene.window()
        found = pairs_of(measured, self.measure)
        said = pairs_of(overlay, self.measure)
        self._draw_band(measured)
        for k, pairs in enumerate(found):
            self._put_pairs(f"measured {k}", pairs, "measured", SYMBOLS[k % len(SYMBOLS)],
                            self._pairs_word(pairs, found))
        self._draw_means(measured)
        self._draw_model(said, pairs_of(predicted, self.measure))
        self._draw_left(found, said)
        self._draw_controls(measured)

    def _pairs_word(self, one: Pairs, groups: Sequence[Pairs]) -> str:
        words = self.tr("{what} pairs").format(what=self.measured_word)
        if len({g.target_siemens for g in groups}) > 1:
            words += self.tr(", from {g}").format(g=shown(one.target_siemens, "S", 3))
        if len({g.delay_s for g in groups}) > 1:
            words += self.tr(", read after {t}").format(t=shown(one.delay_s, "s", 3))
        return words

    def _put_pairs(self, name: str, pairs: Pairs, colour: str, symbol: str, word: str) -> None:
        mark = Dots(Curve.of(pairs.dt_s, pairs.change), colour, word, symbol=symbol, size=6.5)
        if pairs.u.any():
            mark.reach = COVERAGE * pairs.u
        self.main.put(name, mark)

    def _draw_means(self, values: Values) -> None:
        """Means over repeats with their interval, where there are repeats."""
        key = self.measure.key
        rows = [row for row in values["means"] if row.get(f"{key}_interval")]
        if rows:
            x, y = (np.array([row[name] for row in rows]) for name in ("dt_s", key))
            mark = Dots(Curve.of(x, y), "good", self.tr("means of repeats"), symbol="D", size=7.0,
                        hollow=True)
            mark.reach = np.array([row[f"{key}_interval"][1] for row in rows]) - y
            self.main.put("means", mark)

    def _draw_model(self, said: Sequence[Pairs], predicted: Sequence[Pairs]) -> None:
        """The overlay's means; where it has none yet, the prediction's."""
        self.line(self.main, _line_of([
            dict(_means(predicted, k)) | dict(_means(said, k))
            for k in range(max(len(said), len(predicted)))]))

    def _draw_left(self, found: Sequence[Pairs], said: Sequence[Pairs]) -> None:
        curve, reach = Curve(), list[Floats]()
        for one, model in zip(found, said, strict=False):
            n = min(one.dt_s.size, model.dt_s.size)
            if np.array_equal(one.dt_s[:n], model.dt_s[:n]):
                curve.append(one.dt_s[:n], one.change[:n] - model.change[:n])
                reach.append(COVERAGE * one.u[:n])
        bars = np.concatenate([np.empty(0), *reach])
        self.left(self.below, curve, bars if bars.any() else None)

    def _draw_band(self, values: Values) -> None:
        """What the controls without spikes scatter by, three standard deviations on both sides."""
        edges = band_of(values, self.measure)
        if edges is not None:
            for plot, word in ((self.main, self.tr("sham band (±3σ)")), (self.side, "")):
                plot.put("band", Band(*edges, "grid", word))

    def _draw_controls(self, values: Values) -> None:
        """Each kind in its column; what lies beyond the window is an arrow with its value."""
        low, high = self.main.shows[1]
        self.side.legend.setFixedHeight(self.main.legend.height())
        self.side.expect((-0.6, len(CONTROLS) - 0.4), (low, high), exact=True)
        self.side.set_ticks([(float(k), kind) for k, kind in enumerate(self._kinds())])
        for k, kind in enumerate(CONTROLS):
            y = np.array([row[self.measure.key] for row in values["controls"]
                          if row["control"] == kind and row.get(self.measure.key) is not None])
            if not y.size:
                continue
            spread = np.linspace(-0.15, 0.15, y.size) if y.size > 1 else np.zeros(1)
            self.side.put(kind, Dots(Curve.of(k + spread, np.clip(y, low, high)), "measured", "",
                                     symbol="s", size=6.0, hollow=True))
            self._arrow(k, kind, y, (low, high))

    def _kinds(self) -> list[str]:
        return [self.tr("sham"), self.tr("pre"), self.tr("post"), self.tr("rev.")]

    def _arrow(self, k: int, kind: str, y: Floats, window: tuple[float, float]) -> None:
        value = float(y[np.abs(y).argmax()])
        if window[0] <= value <= window[1]:
            self.side.remove(f"{kind} beyond")
            return
        words = f"{'↑' if value > 0 else '↓'} {shown(value, self.measure.unit, 3)}"
        self.side.put(f"{kind} beyond", Words(float(k), value, words))

    def home(self) -> None:
        """The whole picture, the controls' as well."""
        super().home()
        self.side.home()


def _line_of(groups: Sequence[Mapping[float, float]]) -> Curve:
    """Changes by delay of every group, each a piece of its own."""
    curve = Curve()
    for known in groups:
        delays = np.array(sorted(known))
        curve.append(delays, np.array([known[d] for d in delays.tolist()]), joined=False)
    return curve


def _means(groups: Sequence[Pairs], k: int) -> list[tuple[float, float]]:
    """Delays of a group with the mean change of each."""
    if k >= len(groups):
        return []
    delays, change = groups[k].mean_by_delay()
    return list(zip(delays.tolist(), change.tolist(), strict=True))
