"""The views of a run: each knows how one kind of figure is made of a scene's curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from memrig.gui.plots._plot import Axis, Picked, Plot
from memrig.gui.plots.decimate import Curve, Floats
from memrig.gui.plots.figures import Scene, magnitudes
from memrig.gui.plots.marks import DOTS, SMALL, Band, Dots, Level, Line, Watermark
from memrig.gui.plots.spots import Spot, worst_of
from memrig.gui.plots.symbols import RUNS
from memrig.gui.plots.words import flagged_word, title_of
from memrig.hil.report.curves import Curve as Shown
from memrig.hil.report.curves import curve_of
from memrig.hil.report.shots import Shot
from memrig.hil.store.points import planned_start_s
from memrig.hil.units import shown

NOTHING = 1e-9
"""A residual below this, relative to the quantity, is none."""
NEXT_TO_NOTHING = 1e-6
"""What an axis of residuals still shows, relative to the quantity: no run is as exact."""


class Another(NamedTuple):
    """A further run, as it stands in the legend."""

    name: str
    scene: Scene


LOWEST = 104
"""Pixels of a plot below another: less would cut the words at its axis."""


def explain(plot: Plot) -> None:
    """Show the legend of a plot below another, which has none else."""
    plot.legend.show()
    plot.setMinimumHeight(LOWEST + plot.legend.height())


class Tab(QWidget):
    """Plots above each other on one x axis, the residual last."""

    picked = Signal(object)
    time_pointed = Signal(object)
    """The planned time of what the pointer is at, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots: list[Plot] = []
        self.scene, self.others = Scene(), list[Another]()
        self.model_name = ""
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(2)

    def add_plot(self, x: Axis, y: Axis, name: str, stretch: int) -> Plot:
        """One more plot below the last; only the lowest writes its x axis."""
        plot = Plot(x, y, name)
        if self.plots:
            plot.follow(self.plots[0])
            self.plots[-1].show_values(x=False)
            plot.legend.hide()
            plot.setMinimumHeight(LOWEST)
        self.plots.append(plot)
        self.box.addWidget(plot, stretch)
        plot.picked.connect(self.picked)
        plot.pointed.connect(self._pointed)
        plot.hovered.connect(self._hovered)
        return plot

    def show_scene(
        self, scene: Scene, others: Sequence[Another], model_name: str, *, steady: bool = False,
    ) -> None:
        """Draw another run from nothing.

        :param steady: the axes stay and only grow.
        """
        self.scene, self.others, self.model_name = scene, list(others), model_name
        for plot in self.plots:
            plot.clear(steady=steady)
        self.redraw()

    def redraw(self) -> None:
        """Bind the marks to the scene's curves anew."""
        raise NotImplementedError

    def advance(self) -> None:
        """Something has arrived; the curves have grown by themselves."""
        for plot in self.plots:
            plot.grow()

    def settle(self) -> None:
        """The run is over: the residual's axis holds what is there, not what was expected."""
        for plot in self.plots:
            if plot.mark("residual") is not None:
                plot.settle(self._least(plot))

    def home(self) -> None:
        """The whole picture in every plot."""
        for plot in self.plots:
            plot.home()

    # -- points and instants ------------------------------------------------------------

    def spot_of(self, picked: Picked) -> Spot | str | None:
        """What is known of a point that was clicked; None where it is no measured one."""
        return None

    def time_at(self, x: float) -> float | None:
        """The planned time that a position to the right stands for; None where it is none."""
        return None

    def point_at_time(self, t_s: float | None) -> None:
        """Mark a planned time, or nothing."""

    def _pointed(self, x: float | None) -> None:
        t_s = None if x is None else self.time_at(x)
        if t_s is not None or x is None:
            self.time_pointed.emit(t_s)

    def _hovered(self, picked: Picked | None) -> None:
        """Dots without a time axis tell their own time."""
        found = None if picked is None else self.spot_of(picked)
        if isinstance(found, Spot) and self.time_at(0.0) is None:
            self.time_pointed.emit(found.t_s)

    def scene_with(self, mark: str) -> Scene:
        """The scene that a mark belongs to."""
        kind, _, rest = mark.partition(" ")
        return self.others[int(rest.partition(".")[0])].scene if kind == "run" else self.scene

    # -- words and signs that all views share -------------------------------------------

    @property
    def measured_word(self) -> str:
        """What the dots are."""
        return self.tr("measured (SIMULATED)") if self.scene.simulated else self.tr("measured")

    @property
    def model_word(self) -> str:
        """What the line is."""
        return self.tr("model {name}").format(name=self.model_name)

    @property
    def every_plot(self) -> list[Plot]:
        """All plots of the view, those beside the x axis of the others as well."""
        return self.plots

    def mark_simulated(self) -> None:
        """The watermark, where nothing was measured."""
        for plot in self.every_plot:
            if self.scene.simulated:
                plot.put("watermark", Watermark(self.tr("SIMULATED")))
            else:
                plot.remove("watermark")

    def zero(self, *plots: Plot) -> None:
        """The line that values are seen against."""
        for plot in plots:
            plot.put("zero", Level(0.0, "line", dashed=False))

    def dots(self, plot: Plot, curve: Curve, *, timed: bool = False) -> None:
        """The measured dots of a plot."""
        old = plot.mark("measured")
        word = self.measured_word if curve.size else ""
        if isinstance(old, Dots) and old.curve is curve and old.label == word:
            plot.grow()
        else:
            plot.put("measured", Dots(curve, "measured", word, timed=timed))
        if curve.flags:
            plot.put("flagged", Dots(Curve(), "measured", self.flagged_word(curve), hollow=True))

    def flagged_word(self, curve: Curve) -> str:
        """How many points are hollow, and why."""
        return flagged_word(curve.flags, curve.reasons)

    def line(self, plot: Plot, curve: Curve, *, timed: bool = False) -> None:
        """The model's line of a plot."""
        old = plot.mark("model")
        if not isinstance(old, Line) or old.curve is not curve:
            plot.put("model", Line(curve, "model", self.model_word if curve.size else "",
                                   timed=timed))

    def before(self, plot: Plot, curve: Curve, *, timed: bool = False) -> None:
        """What the model said before a fit: thin and dashed, in its own colour."""
        old = plot.mark("before")
        if curve.size and not (isinstance(old, Line) and old.curve is curve):
            plot.put("before", Line(curve, "muted", self.tr("before the fit"), width=1.0,
                                    style=Qt.PenStyle.DashLine, timed=timed))

    def left(self, plot: Plot, curve: Curve, reach: Floats | None = None) -> None:
        """The residual."""
        old = plot.mark("residual")
        if isinstance(old, Dots) and old.curve is curve:
            plot.grow()
        else:
            mark = Dots(curve, "stimulus", "", size=SMALL, points=DOTS // 2)
            mark.reach = np.empty(0) if reach is None else reach
            if curve.size and not plot.has_range and (least := self._least(plot)):
                plot.expect(y=(-least, least))
            plot.put("residual", mark)
        self._mark_worst(plot, curve)

    def _scale(self, plot: Plot) -> float:
        """How large the quantity itself is drawn of which a plot shows the residual."""
        return max((max(map(abs, p.shows[1])) for p in self.plots
                    if p is not plot and p.y_axis.unit == plot.y_axis.unit), default=0.0)

    def _least(self, plot: Plot) -> float:
        """What a residual's axis shows on both sides of 0 at least: noise, or next to nothing."""
        noise_a = self.scene.noise_a if plot.y_axis.unit == "A" else 0.0
        return noise_a or NEXT_TO_NOTHING * self._scale(plot)

    def _mark_worst(self, plot: Plot, curve: Curve) -> None:
        """A ring and the value where the model misses most."""
        worst = worst_of(curve)
        if worst is not None and abs(worst[1]) <= NOTHING * self._scale(plot):
            worst = None  # a model on itself leaves what the arithmetic leaves
        unit = plot.y_axis.unit or "1"
        words = "" if worst is None else self.tr("worst {0}").format(shown(worst[1], unit, 3))
        plot.ring("worst", worst, words)

    def noise_band(self, plot: Plot) -> None:
        """One standard deviation of a point's noise on both sides of no residual."""
        noise_a = self.scene.noise_a
        if not noise_a:
            plot.legend.set_title("")
            plot.legend.hide()
        elif plot.mark("noise") is None:
            plot.put("noise", Band(-noise_a, noise_a, "grid"))
            plot.expect(y=(-noise_a, noise_a))
            plot.grow()
            plot.legend.set_title(self.tr("±1σ of the noise: {0}").format(shown(noise_a, "A", 2)))
            explain(plot)


class LoopTab(Tab):
    """Current against voltage, the residual below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        volts = Axis(label=self.tr("voltage across the device"), unit="V")
        self.main = self.add_plot(volts, Axis(label=self.tr("current"), unit="A"),
                                  self.tr("Current against voltage"), 26)
        self.below = self.add_plot(volts, Axis(label=self.tr("residual"), unit="A"),
                                   self.tr("Residual: measured less model current"), 12)

    def redraw(self) -> None:
        """Dots, line and residual of all sweeps."""
        self.mark_simulated()
        self.zero(self.main, self.below)
        self.line(self.main, self.scene.model.iv)
        if self.scene.earlier:
            self.before(self.main, self.scene.earlier.model.iv)
        for k, other in enumerate(self.others):
            colour, symbol = RUNS[k % len(RUNS)]
            self.main.put(f"run {k}", Dots(other.scene.measured.iv, colour, other.name,
                                           symbol=symbol, size=SMALL))
        self.advance()

    def advance(self) -> None:
        """The overlay may have new curves."""
        scene = self.scene
        self.dots(self.main, scene.measured.iv)
        self.line(self.main, scene.model.iv)
        self.left(self.below, scene.residual_iv)
        self.noise_band(self.below)

    def spot_of(self, picked: Picked) -> Spot | str | None:
        """The point of a sweep; a residual is that of the point at its voltage."""
        scene = self.scene_with(picked.series)
        if picked.series != "residual":
            return _swept(scene, picked.index)
        iv = scene.measured.iv
        alike = [_swept(scene, int(k)) for k in iv.number[iv.x == picked.x]]
        known = [spot for spot in alike if spot is not None and spot.left_a is not None]
        return min(known, key=lambda s: abs((s.left_a or 0.0) - picked.y), default=None)

    def point_at_time(self, t_s: float | None) -> None:
        """A ring around the point of the loop that belongs to a time."""
        self.main.ring("now", None if t_s is None else self.scene.instant(t_s))


def _swept(scene: Scene, index: int) -> Spot | None:
    row = scene.places.row_of_sweep(index)
    return None if row is None else scene.spot(row)


class LogTab(Tab):
    """The magnitude of the current on a logarithmic scale, down to the noise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.main = self.add_plot(
            Axis(label=self.tr("voltage across the device"), unit="V"),
            Axis(label=self.tr("|current|"), unit="A", decades=True),
            self.tr("Current against voltage, logarithmic"), 1)

    def redraw(self) -> None:
        """Dots and line; other runs in their own signs."""
        self.mark_simulated()
        if self.scene.earlier:
            self.before(self.main, self.scene.earlier.model.magnitude)
        for k, other in enumerate(self.others):
            colour, symbol = RUNS[k % len(RUNS)]
            self.main.put(f"run {k}", Dots(other.scene.measured.magnitude, colour, other.name,
                                           symbol=symbol, size=SMALL))
        self.advance()

    def advance(self) -> None:
        """The floor is known from the first points on."""
        self._draw_floor()
        self.dots(self.main, self.scene.measured.magnitude)
        self.line(self.main, self.scene.model.magnitude)

    def spot_of(self, picked: Picked) -> Spot | str | None:
        """The point of a sweep."""
        return _swept(self.scene_with(picked.series), picked.index)

    def point_at_time(self, t_s: float | None) -> None:
        """A ring around the point that belongs to a time."""
        now = None if t_s is None else self.scene.instant(t_s)
        floor_a = max(self.scene.floor_a, 1e-15)
        self.main.ring("now", now and (now[0], float(magnitudes(np.array(now[1]), floor_a))))

    def _draw_floor(self) -> None:
        floor_a = self.scene.floor_a
        if floor_a and self.main.mark("floor") is None:
            words = self.tr("noise floor, {floor}").format(floor=shown(floor_a, "A", 3))
            top = float(magnitudes(np.array([floor_a]), 0.0)[0])
            self.main.put("floor", Band(-40.0, top, "grid", words))
            self.main.put("edge", Level(top, "muted"))


class TimeTab(Tab):
    """Voltage, current and residual of the whole run against time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        time = Axis(label=self.tr("planned time"), unit="s")
        self.volts = self.add_plot(time, Axis(label=self.tr("voltage"), unit="V"),
                                   self.tr("Voltage against time"), 10)
        self.amps = self.add_plot(time, Axis(label=self.tr("current"), unit="A"),
                                  self.tr("Current against time"), 10)
        self.below = self.add_plot(time, Axis(label=self.tr("residual"), unit="A"),
                                   self.tr("Residual against time"), 8)
        self._to_settle = self._working = False

    def _go_on(self) -> None:
        """Work on while somebody looks; nothing is painted before there is more to see."""
        self._working = False
        if not self.isVisible():
            return
        scenes = (self.scene, self.scene.earlier)
        if all(scene.fill_time() for scene in scenes if scene is not None):
            self.advance()
        else:
            self._working = True
            QTimer.singleShot(0, self, self._go_on)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  # Qt's name
        """Go on with what is only worked out while somebody looks."""
        super().showEvent(event)
        self.advance()

    def settle(self) -> None:
        """As soon as the residual against the overlay is worked out."""
        self._to_settle = True
        self.advance()

    def redraw(self) -> None:
        """Both quantities and what is left."""
        self._to_settle = False
        self.mark_simulated()
        self.zero(*self.plots)
        self.advance()

    def advance(self) -> None:
        """The model's curves are made when somebody looks."""
        scene = self.scene
        known = scene.fill_time()
        if scene.earlier:
            known = scene.earlier.fill_time() and known
            self.before(self.amps, scene.earlier.model.i_t, timed=True)
        if not known and not self._working:
            self._working = True
            QTimer.singleShot(0, self, self._go_on)
        self.dots(self.volts, scene.measured.v_t, timed=True)
        self.line(self.volts, scene.model.v_t, timed=True)
        self.dots(self.amps, scene.measured.i_t, timed=True)
        self.line(self.amps, scene.model.i_t, timed=True)
        self.left(self.below, scene.residual_t)
        self.noise_band(self.below)
        if known and self._to_settle:
            self._to_settle = False
            super().settle()

    def spot_of(self, picked: Picked) -> Spot | str | None:
        """The point itself; a residual is that of the point at its time."""
        row = (picked.index if picked.series == "measured"
               else self.scene.places.at(picked.x, self.scene.measured.v_t))
        return None if row is None else self.scene.spot(row)

    def time_at(self, x: float) -> float | None:
        """The axis is the time."""
        return x

    def point_at_time(self, t_s: float | None) -> None:
        """The pointer's line in every plot."""
        for plot in self.plots:
            plot.point_at(t_s)


class ShotTab(Tab):
    """One shot in full: the plan, what was captured, what the model gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        label = QLabel(self.tr("&Shot"))
        label.setBuddy(self.choice)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 0)
        row.addWidget(label)
        row.addWidget(self.choice)
        row.addStretch(1)
        self.box.addLayout(row)
        time = Axis(label=self.tr("t"), unit="s")
        self.volts = self.add_plot(time, Axis(label=self.tr("voltage"), unit="V"),
                                   self.tr("Voltage of one shot"), 10)
        self.amps = self.add_plot(time, Axis(label=self.tr("current"), unit="A"),
                                  self.tr("Current of one shot"), 10)
        self.below = self.add_plot(time, Axis(label=self.tr("residual"), unit="A"),
                                   self.tr("Residual of one shot"), 8)
        self._drawn: object = None
        self._shot: Shot | None = None
        self.choice.currentIndexChanged.connect(self._choose)

    def redraw(self) -> None:
        """The latest shot, or the one that was chosen."""
        self._drawn = None
        self.mark_simulated()
        self.zero(*self.plots)
        self.advance()

    def advance(self) -> None:
        """New kinds of shots come into the list; the latest is drawn while it is chosen."""
        shots = self._shots()
        titles = [self.tr("latest"), *(title_of(shot) for shot in shots[1:])]
        if titles != [self.choice.itemText(k) for k in range(self.choice.count())]:
            now = max(0, self.choice.currentIndex())
            self.choice.blockSignals(True)  # Qt's name and order
            self.choice.clear()
            self.choice.addItems(titles)
            self.choice.setCurrentIndex(min(now, len(titles) - 1))
            self.choice.blockSignals(False)  # as above
        self._shot = shots[max(0, self.choice.currentIndex())] if shots else None
        if self._shot is not None:
            self._draw(self._shot)

    def spot_of(self, picked: Picked) -> Spot | str | None:
        """The point of the shot; a residual is that of the point at its time."""
        if self._shot is None:
            return None
        row = self.scene.places.row_of(self._shot.number, self._shot.place, picked.index)
        if picked.series != "measured":
            row = self.scene.places.at(self._began_s() + picked.x, self.scene.measured.v_t)
        return None if row is None else self.scene.spot(row)

    def time_at(self, x: float) -> float | None:
        """From the shot's own time to that of the run."""
        return None if self._shot is None else self._began_s() + x

    def point_at_time(self, t_s: float | None) -> None:
        """The pointer's line, while the shot goes on."""
        inside_s = None if t_s is None or self._shot is None else t_s - self._began_s()
        if inside_s is not None and self._shot is not None:
            block = self._shot.record.plan.blocks[self._shot.place[1]]
            inside_s = inside_s if 0.0 <= inside_s <= block.duration_s else None
        for plot in self.plots:
            plot.point_at(inside_s)

    def _began_s(self) -> float:
        assert self._shot is not None
        shot = self._shot
        return self.scene.start_s(shot.number) + planned_start_s(shot.record, *shot.place)

    def _shots(self) -> list[Shot]:
        known = self.scene.shots
        latest = self.scene.latest or (known[0] if known else None)
        return [] if latest is None else [latest, *known]

    def _choose(self, _: int) -> None:
        for plot in self.plots:
            plot.clear()
        self.redraw()

    def _draw(self, shot: Shot) -> None:
        said = self.scene.modelled(shot.number)
        key = (shot.number, shot.place, id(said))
        if key == self._drawn:
            return
        self._drawn = key
        curve = curve_of(shot.record, said, shot.place)
        block = shot.record.plan.blocks[shot.place[1]]
        sources = (("top", block.top, self.tr("top source")),
                   ("bottom", block.bottom, self.tr("bottom source")))
        for name, waveform, words in sources:
            if name == "top" or not waveform.is_zero:
                colour = "stimulus" if name == "top" else "caution"
                self.volts.put(name, Line(Curve.of(*waveform.vertices()), colour, words,
                                          width=1.0, timed=True))
            else:
                self.volts.remove(name)
        earlier = self.scene.earlier.modelled(shot.number) if self.scene.earlier else None
        if earlier is not None:
            was = curve_of(shot.record, earlier, shot.place)
            self.before(self.volts, Curve.of(was.model_t_s, was.model_v), timed=True)
            self.before(self.amps, Curve.of(was.model_t_s, was.model_a), timed=True)
        self._draw_curve(curve)

    def _draw_curve(self, curve: Shown) -> None:
        bad = ~curve.good
        for plot, values, said in ((self.volts, curve.v_v, curve.model_v),
                                   (self.amps, curve.i_a, curve.model_a)):
            self.dots(plot, Curve.of(curve.t_s, values, bad))
            self.line(plot, Curve.of(curve.model_t_s, said), timed=True)
        known = curve.compared
        self.left(self.below, Curve.of(curve.t_s[:known.size][known], curve.residual_a[known]))
