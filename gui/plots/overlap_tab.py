"""The overlap of two spikes: both, and what the device sees of them, for both orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from memrig.gui.plots._plot import Axis, Picked, Plot
from memrig.gui.plots.decimate import Curve
from memrig.gui.plots.figures import Scene
from memrig.gui.plots.marks import Band, Dots, Level, Line
from memrig.gui.plots.readings import is_main
from memrig.gui.plots.spots import Spot
from memrig.gui.plots.tabs import Tab
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import Record
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.units import shown
from memrig.hil.waveform import Waveform, between

SIGNS = (1, -1)
"""Post after pre at the left, pre after post at the right."""
SAME = 1e-9
"""Relative difference of two delays that are one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of spikes that was or will be applied; the records are there as far as known."""

    number: int
    plan: Plan
    measured: Record | None
    said: Record | None


def pairs_of(scene: Scene) -> dict[float, Pair]:
    """The first pair of every delay: of the run, else of the prediction."""
    plans = {n: r.plan for n, r in scene.prediction.items()} | scene.plans
    found: dict[float, Pair] = {}
    for number, plan in sorted(plans.items()):
        stimulus = plan.stimulus
        if stimulus.role is Role.SPIKE_PAIR and is_main(plan):
            pair = Pair(number, plan, scene.records.get(number), scene.modelled(number))
            delay_s = float(stimulus.labels["dt_s"])
            known = found.get(delay_s)
            if known is None or (known.measured is None and pair.measured is not None):
                found[delay_s] = pair
    return found


def pre_and_post(stimulus: Stimulus) -> tuple[Waveform, Waveform]:
    """Which spike is which: with dt > 0 the presynaptic one begins first."""
    first, second = sorted((stimulus.top, stimulus.bottom), key=_begins_s)
    return (first, second) if float(stimulus.labels["dt_s"]) > 0 else (second, first)


def _begins_s(waveform: Waveform) -> float:
    """When a waveform leaves 0 V."""
    t_s, v_v = waveform.vertices()
    moved = np.flatnonzero(v_v)
    return float(t_s[max(int(moved[0]) - 1, 0)]) if moved.size else float("inf")


class OverlapTab(Tab):
    """Above the two spikes as planned; below the voltage at the device: plan, captured, model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        self._pairs: Mapping[float, Pair] = {}
        label = QLabel(self.tr("&Delay |Δt|"))
        label.setBuddy(self.choice)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 0)
        for part in (label, self.choice):
            row.addWidget(part)
        row.addStretch(1)
        self.box.addLayout(row)
        grid = QGridLayout()
        grid.setSpacing(2)
        self.columns = {sign: self._column(grid, k, sign) for k, sign in enumerate(SIGNS)}
        for k in (0, 1):
            grid.setColumnStretch(k, 1)
            grid.setRowStretch(k, 10 + k)
        self.box.addLayout(grid)
        self.choice.currentIndexChanged.connect(self._chosen)

    def _column(self, grid: QGridLayout, k: int, sign: int) -> tuple[Plot, Plot]:
        """Spikes above, device below, on one time axis."""
        time = Axis(label=self.tr("t"), unit="s")
        order = self.tr("post after pre") if sign > 0 else self.tr("pre after post")
        spikes = Plot(time, Axis(label=self.tr("spikes"), unit="V"),
                      self.tr("Both spikes, {0}").format(order))
        device = Plot(time, Axis(label=self.tr("at the device"), unit="V"),
                      self.tr("Voltage at the device, {0}").format(order))
        spikes.show_values(x=False)
        device.follow(spikes)
        for row, plot in enumerate((spikes, device)):
            grid.addWidget(plot, row, k)
            self.plots.append(plot)
            plot.picked.connect(self.picked)
        return spikes, device

    def _chosen(self, _: int) -> None:
        for plot in self.plots:
            plot.clear()
        self.redraw()

    def redraw(self) -> None:
        """Both orders of the delay that is chosen."""
        self.mark_simulated()
        self.zero(*self.plots)
        self._draw_levels([plot for _, plot in self.columns.values()])
        self.advance()

    def advance(self) -> None:
        """Records may have come."""
        self._pairs = pairs_of(self.scene)
        self._fill(sorted({abs(d) for d in self._pairs if d}))
        delay_s = self.choice.currentData()
        for sign, plots in self.columns.items():
            pair = self._pair(sign * delay_s) if delay_s else None
            if pair is not None:
                self._draw(pair, sign * delay_s, *plots)
        self._share_axes()

    def _fill(self, delays_s: Sequence[float]) -> None:
        titles = [shown(delay, "s", 4) for delay in delays_s]
        if titles == [self.choice.itemText(k) for k in range(self.choice.count())]:
            return
        now = max(0, self.choice.currentIndex())
        self.choice.blockSignals(True)  # Qt's name and order
        self.choice.clear()
        for title, delay in zip(titles, delays_s, strict=True):
            self.choice.addItem(title, delay)
        self.choice.setCurrentIndex(min(now, len(titles) - 1))
        self.choice.blockSignals(False)  # as above

    def _pair(self, delay_s: float) -> Pair | None:
        alike = [p for d, p in self._pairs.items() if abs(d - delay_s) <= SAME * abs(delay_s)]
        return alike[0] if alike else None

    def _draw(self, pair: Pair, delay_s: float, spikes: Plot, device: Plot) -> None:
        sign = "+" if delay_s > 0 else ""
        order = self.tr("post after pre") if delay_s > 0 else self.tr("pre after post")
        spikes.legend.set_title(f"Δt = {sign}{shown(delay_s, 's', 4)}: {order}")
        pre, post = pre_and_post(pair.plan.stimulus)
        spikes.put("pre", Line(Curve.of(*pre.vertices()), "accent", self.tr("pre"), timed=True))
        spikes.put("post", Line(Curve.of(*post.vertices()), "caution", self.tr("post"), width=1.0,
                                timed=True))
        number, block = _main_block(pair.plan)
        drive = between(block.top, block.bottom)
        device.put("plan", Line(Curve.of(*drive.vertices()), "stimulus", self.tr("plan"), width=1.0,
                                timed=True))
        place = (0, number)
        if pair.said is not None and place in pair.said.parts:
            said = pair.said.trace(*place)
            device.put("model", Line(Curve.of(said.t_s, said.v_dut_v), "model", self.model_word,
                                      timed=True))
        if pair.measured is not None and place in pair.measured.parts:
            seen = pair.measured.trace(*place)
            self.dots(device, Curve.of(seen.t_s, seen.v_dut_v, seen.status))

    def _draw_levels(self, plots: Sequence[Plot]) -> None:
        """What does not move the state, by the model's thresholds where it states any, else what
        does not disturb the device; and what programs it, by its profile."""
        profile = self.scene.profile
        if profile is None:
            return
        dead_v = self.scene.dead_zone_v or (-profile.v_read_max_v, profile.v_read_max_v)
        words = self.tr("dead zone, {0}").format(_around(*dead_v))
        for plot in plots:
            plot.put("dead", Band(*dead_v, "grid", words))
            room_v = 0.1 * (profile.v_max_v - profile.v_min_v)
            low_v, high_v = sorted((profile.v_set_v, profile.v_reset_v))
            plot.expect(y=(low_v - room_v, high_v + room_v), exact=True)
            for name, level_v in (("SET", profile.v_set_v), ("RESET", profile.v_reset_v)):
                plot.put(name, Level(level_v, "muted", f"{name} {shown(level_v, 'V', 3)}"))

    def _share_axes(self) -> None:
        """Both columns have the same scales, so that the orders can be compared."""
        for row in (0, 1):
            pair = [plots[row] for plots in self.columns.values()]
            ends = np.array([plot.shows[1] for plot in pair if not plot.zoomed])
            for plot in pair:
                if len(ends) == len(pair) and plot.shows[1] != (ends.min(), ends.max()):
                    plot.expect(y=(float(ends[:, 0].min()), float(ends[:, 1].max())), exact=True)

    def spot_of(self, picked: Picked) -> Spot | str | None:
        """The point of the captured pair whose plot was clicked."""
        for sign, (_, device) in self.columns.items():
            pair = self._pair(sign * (self.choice.currentData() or 0.0))
            if pair is not None and picked.series == "measured" and _has(device, picked):
                place = (0, _main_block(pair.plan)[0])
                row = self.scene.places.row_of(pair.number, place, picked.index)
                return None if row is None else self.scene.spot(row)
        return None


def _has(plot: Plot, picked: Picked) -> bool:
    mark = plot.mark(picked.series)
    return (isinstance(mark, Dots) and picked.index < mark.curve.size
            and (mark.curve.x[picked.index], mark.curve.y[picked.index]) == (picked.x, picked.y))


def _around(low_v: float, high_v: float) -> str:
    """A range around 0 V in words: ``±300 mV``, or its two ends."""
    if low_v == -high_v:
        return f"±{shown(high_v, 'V', 3)}"
    return f"{shown(low_v, 'V', 3)} … {shown(high_v, 'V', 3)}"


def _main_block(plan: Plan) -> tuple[int, PlannedBlock]:
    """The block that plays the spikes, and its number."""
    return max(enumerate(plan.blocks), key=lambda pair: pair[1].duration_s)
