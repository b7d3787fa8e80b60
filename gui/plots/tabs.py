"""The views of a run: each knows how one kind of figure is made of a scene's curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from memrig.gui.plots._plot import Axis, Plot
from memrig.gui.plots.decimate import Curve, Floats
from memrig.gui.plots.figures import Scene, magnitudes
from memrig.gui.plots.marks import DOTS, SMALL, Band, Dots, Level, Line, Verticals, Watermark
from memrig.gui.plots.readings import Series
from memrig.gui.plots.words import title_of
from memrig.hil.protocols._change import COVERAGE
from memrig.hil.report.curves import Curve as Shown
from memrig.hil.report.curves import curve_of
from memrig.hil.report.shots import Shot
from memrig.hil.units import shown

RUNS = (("good", "s"), ("simulated", "^"), ("caution", "D"), ("stimulus", "v"))
"""Colour and symbol of further runs that are laid over the first; more of them begin again."""

FEW = 12
"""Readings that are told apart by their voltage, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """A further run, as it stands in the legend."""

    name: str
    scene: Scene


class Tab(QWidget):
    """Plots above each other on one x axis, the residual last."""

    picked = Signal(object)

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
        self.plots.append(plot)
        self.box.addWidget(plot, stretch)
        plot.picked.connect(self.picked)
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

    def home(self) -> None:
        """The whole picture in every plot."""
        for plot in self.plots:
            plot.home()

    # -- words and signs that all views share -------------------------------------------

    @property
    def measured_word(self) -> str:
        """What the dots are."""
        return self.tr("measured (SIMULATED)") if self.scene.simulated else self.tr("measured")

    @property
    def model_word(self) -> str:
        """What the line is."""
        return self.tr("model {name}").format(name=self.model_name)

    def mark_simulated(self) -> None:
        """The watermark, where nothing was measured."""
        if self.scene.simulated:
            self.plots[0].put("watermark", Watermark(self.tr("SIMULATED")))
        else:
            self.plots[0].remove("watermark")

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
            plot.put("measured", Dots(curve, "measured", word, timed=timed,
                                      points=DOTS // 2 if timed else DOTS))
        if curve.flags:
            plot.put("flagged", Dots(Curve(), "measured", self.flagged_word(curve), hollow=True))

    def flagged_word(self, curve: Curve) -> str:
        """How many points are hollow."""
        return self.tr("flagged ({n})").format(n=curve.flags)

    def line(self, plot: Plot, curve: Curve) -> None:
        """The model's line of a plot."""
        old = plot.mark("model")
        if not isinstance(old, Line) or old.curve is not curve:
            plot.put("model", Line(curve, "model", self.model_word if curve.size else ""))

    def before(self, plot: Plot, curve: Curve) -> None:
        """What the model said before a fit: thin and dashed, in its own colour."""
        old = plot.mark("before")
        if curve.size and not (isinstance(old, Line) and old.curve is curve):
            plot.put("before", Line(curve, "muted", self.tr("before the fit"), width=1.0,
                                    dashed=True))

    def left(self, plot: Plot, curve: Curve, reach: Floats | None = None) -> None:
        """The residual."""
        old = plot.mark("residual")
        if isinstance(old, Dots) and old.curve is curve:
            plot.grow()
            return
        mark = Dots(curve, "stimulus", "", size=SMALL, points=DOTS // 2)
        mark.reach = np.empty(0) if reach is None else reach
        plot.put("residual", mark)


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
        time = Axis(label=self.tr("time since the first stimulus, as planned"), unit="s")
        self.volts = self.add_plot(time, Axis(label=self.tr("voltage"), unit="V"),
                                   self.tr("Voltage against time"), 10)
        self.amps = self.add_plot(time, Axis(label=self.tr("current"), unit="A"),
                                  self.tr("Current against time"), 10)
        self.below = self.add_plot(time, Axis(label=self.tr("residual"), unit="A"),
                                   self.tr("Residual against time"), 8)

    def redraw(self) -> None:
        """Both quantities and what is left."""
        self.mark_simulated()
        self.zero(*self.plots)
        self.advance()

    def advance(self) -> None:
        """The model's curves are made when somebody looks."""
        scene = self.scene
        known = scene.fill_time()
        if scene.earlier:
            known = scene.earlier.fill_time() and known
            self.before(self.amps, scene.earlier.model.i_t)
        if not known and self.isVisible():
            QTimer.singleShot(0, self, self.advance)
        self.dots(self.volts, scene.measured.v_t, timed=True)
        self.line(self.volts, scene.model.v_t)
        self.dots(self.amps, scene.measured.i_t, timed=True)
        self.line(self.amps, scene.model.i_t)
        self.left(self.below, scene.residual_t)


class SeriesTab(Tab):
    """Conductance after every pulse, or reading by reading.

    :param reads: every reading of the run, not only those after pulses.
    """

    def __init__(self, parent: QWidget | None = None, *, reads: bool = False) -> None:
        super().__init__(parent)
        self.reads = reads
        number = Axis(label=self.tr("reading") if reads else self.tr("pulse number"), whole=True)
        self.main = self.add_plot(
            number, Axis(label=self.tr("conductance G"), unit="S"),
            self.tr("Conductance, reading by reading") if reads
            else self.tr("Conductance against pulse number"), 24)
        self.below = self.add_plot(number, Axis(label=self.tr("residual"), unit="S"),
                                   self.tr("Residual: measured less model conductance"), 10)

    def redraw(self) -> None:
        """Everything anew; it is little."""
        self.mark_simulated()
        self.zero(self.below)
        if self.scene.earlier:
            said = (self.scene.earlier.reads() if self.reads else self.scene.earlier.series())[1]
            self.before(self.main, Curve.of(said.number, said.g_siemens))
        for k, other in enumerate(self.others):
            found = (other.scene.reads() if self.reads else other.scene.series())[0]
            colour, symbol = RUNS[k % len(RUNS)]
            self.main.put(f"run {k}", Dots(Curve.of(found.number, found.g_siemens), colour,
                                           other.name, symbol=symbol))
        self.advance()

    def advance(self) -> None:
        """Readings and the model's, with 95 % bars."""
        found, said = self.scene.reads() if self.reads else self.scene.series()
        if self.reads:
            self._label(found if found.v_dut_v.size >= said.v_dut_v.size else said)
        self._draw_signs(found)
        self._draw_model(said)
        both = min(found.g_siemens.size, said.g_siemens.size)
        left = found.g_siemens[:both] - said.g_siemens[:both]
        self.left(self.below, Curve.of(found.number[:both], left),
                  COVERAGE * found.u_siemens[:both] if found.u_siemens.any() else None)
        ends = np.flatnonzero(np.diff(said.group if said.group.size else found.group)) + 1.5
        known = self.main.mark("trains")
        if not isinstance(known, Verticals) or known.x != ends.tolist():
            self.main.put("trains", Verticals(ends.tolist(), "muted", style=Qt.PenStyle.DotLine))

    def _label(self, found: Series) -> None:
        """A few readings carry the voltage that each was read at."""
        few = found.v_dut_v.size <= FEW
        self.below.set_axes(x=Axis(
            label=self.tr("voltage at the device while reading") if few else self.tr("reading"),
            whole=True))
        self.below.set_ticks([(float(k), shown(float(v), "V", 3))
                              for k, v in enumerate(found.v_dut_v, 1)] if few else None)

    def _draw_signs(self, found: Series) -> None:
        signs = ((1.0, "^", False, self.tr("{what} after potentiating pulses")),
                 (-1.0, "v", True, self.tr("{what} after depressing pulses")),
                 (0.0, "o", False, "{what}"))
        for sign, symbol, hollow, words in signs:
            own = found.polarity == sign
            if not own.any():
                self.main.remove(f"measured {sign:+.0f}")
                continue
            mark = Dots(
                Curve.of(found.number[own], found.g_siemens[own], found.flagged[own]),
                "measured", words.format(what=self.measured_word), symbol=symbol, hollow=hollow,
                size=7.0)
            u = found.u_siemens[own]
            mark.reach = COVERAGE * u if u.any() else np.empty(0)
            self.main.put(f"measured {sign:+.0f}", mark)

    def _draw_model(self, said: Series) -> None:
        curve = Curve()
        group = said.group
        edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), group.size]
        for a, b in pairwise(edges):
            curve.append(said.number[a:b], said.g_siemens[a:b], joined=False)
        self.line(self.main, curve)


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
        shot = shots[max(0, self.choice.currentIndex())] if shots else None
        if shot is not None:
            self._draw(shot)

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
                                          width=1.0, points=4000))
            else:
                self.volts.remove(name)
        self._draw_curve(curve)

    def _draw_curve(self, curve: Shown) -> None:
        bad = ~curve.good
        for plot, values, said in ((self.volts, curve.v_v, curve.model_v),
                                   (self.amps, curve.i_a, curve.model_a)):
            self.dots(plot, Curve.of(curve.t_s, values, bad))
            self.line(plot, Curve.of(curve.model_t_s, said))
        good = curve.good if curve.residual_a.size else np.zeros(0, dtype=bool)
        self.left(self.below, Curve.of(curve.t_s[:good.size][good], curve.residual_a[good]))
