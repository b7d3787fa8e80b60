"""Conductance after every pulse: train behind train, or all trains over each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from memrig.gui.plots._plot import Axis, Picked
from memrig.gui.plots.decimate import Bools, Curve, Floats
from memrig.gui.plots.figures import Scene
from memrig.gui.plots.marks import Dots, Line, Polarities, Ribbon, Verticals
from memrig.gui.plots.readings import Series
from memrig.gui.plots.spots import Spot
from memrig.gui.plots.symbols import RUNS
from memrig.gui.plots.tabs import Tab, explain
from memrig.hil.protocols._change import COVERAGE
from memrig.hil.units import shown

FEW = 12
"""Readings that are told apart by their voltage, at most."""
COLOURS = ("measured", *(colour for colour, _ in RUNS))
SIGNS = {1.0: ("^", False), -1.0: ("v", True), 0.0: ("o", False)}
"""Symbol by polarity, and whether it is hollow."""
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine,
          Qt.PenStyle.DashDotLine)
WIDTHS = {1.0: ("^", "D", "s", "o"), -1.0: ("v", "s", "D", "o"), 0.0: ("o",)}
"""Symbols by polarity of trains that lie over each other, one for every width of the pulses."""


class SeriesTab(Tab):
    """Conductance after every pulse, or reading by reading.

    :param reads: every reading of the run, not only those after pulses.
    """

    def __init__(self, parent: QWidget | None = None, *, reads: bool = False) -> None:
        super().__init__(parent)
        self.reads = reads
        self._found: Series | None = None
        self._said: Series | None = None
        self._asked: bool | None = None
        self.over = QCheckBox(self.tr("&Trains over each other"))
        self.over.setToolTip(self.tr("pulse number within its train, so that amplitudes and widths "
                                     "can be compared"))
        self.over.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 0)
        row.addWidget(self.over)
        row.addStretch(1)
        self.box.addLayout(row)
        if reads:
            self.over.hide()
        number = Axis(label=self.tr("reading") if reads else self.tr("pulse number"), whole=True)
        self.main = self.add_plot(
            number, Axis(label=self.tr("conductance G"), unit="S"),
            self.tr("Conductance, reading by reading") if reads
            else self.tr("Conductance against pulse number"), 24)
        self.below = self.add_plot(number, Axis(label=self.tr("residual"), unit="S"),
                                   self.tr("Residual: measured less model conductance"), 10)

    # -- which of both ways -------------------------------------------------------------

    def _ask(self, over: bool) -> None:  # noqa: FBT001  # a slot
        self._asked = over
        for plot in self.plots:
            plot.clear()
        self.redraw()

    def _choose(self, found: Series) -> None:
        """Trains of several amplitudes or widths are there to be compared."""
        if self._asked is None:
            kinds = {(a, w) for a, w, sign in zip(
                found.amplitude_v.tolist(), found.width_s.tolist(), found.polarity.tolist(),
                strict=True) if sign > 0} if not self.reads else set()
            self.over.setChecked(len(kinds) > 1)
        label = self.tr("pulse number within the train") if self.over.isChecked() else (
            self.tr("reading") if self.reads else self.tr("pulse number"))
        if self.below.x_axis.label != label and not self.reads:
            self.below.set_axes(x=Axis(label=label, whole=True))

    def _x(self, series: Series) -> Floats:
        return series.within if self.over.isChecked() else series.number

    # -- drawing ------------------------------------------------------------------------

    def redraw(self) -> None:
        """Everything anew; it is little."""
        self.mark_simulated()
        self.zero(self.below)
        self._found = self._said = None
        self._choose(_longer(*self._series(self.scene)))
        if self.scene.earlier:
            said = self._series(self.scene.earlier)[1]
            self.before(self.main, self._by_train(said))
        for k, other in enumerate(self.others):
            found = self._series(other.scene)[0]
            colour, symbol = RUNS[k % len(RUNS)]
            self.main.put(f"run {k}", Dots(Curve.of(self._x(found), found.g_siemens), colour,
                                           other.name, symbol=symbol))
        self.advance()

    def advance(self) -> None:
        """Readings and the model's, with 95 % bars; nothing where none has come."""
        before, now = (self._found, self._said), self._series(self.scene)
        self._found, self._said = now
        if now[0] is before[0] and now[1] is before[1]:
            return
        with self.main.together(), self.below.together():
            self._draw(*now, anew=now[1] is not before[1])

    def _draw(self, found: Series, said: Series, *, anew: bool) -> None:
        """:param anew: whether the model says something else than before."""
        longest = _longer(found, said)
        if self.reads:
            self._label(longest)
        for name, own, colour, symbol, word in self._signs(found):
            self._put(name, found, own, (colour, symbol, word))
        if anew or self.over.isChecked():  # there the first dots take over what the lines say
            self._draw_model(said)
        self._draw_left(found, said)
        ends = [] if self.over.isChecked() else [a + 0.5 for a, _ in longest.trains[1:]]
        self.main.put("trains", Verticals(ends, "muted", style=Qt.PenStyle.DotLine))
        if not self.reads and not self.over.isChecked():
            self.main.put("polarity", Polarities([
                (a + 0.5, b + 0.5, float(longest.polarity[a])) for a, b in longest.trains]))

    def _series(self, scene: Scene) -> tuple[Series, Series]:
        return scene.reads() if self.reads else scene.series()

    def _label(self, found: Series) -> None:
        """A few readings carry the voltage that each was read at."""
        count = found.v_dut_v.size
        few = count <= FEW
        if count and few:  # with room for the words beneath the first and the last
            self.main.expect(x=(0.5, count + 0.5), exact=True)
        self.below.set_axes(x=Axis(
            label=self.tr("voltage at the device while reading") if few else self.tr("reading"),
            whole=True))
        self.below.set_ticks([(float(k), shown(float(v), "V", 3))
                              for k, v in enumerate(found.v_dut_v, 1)] if few else None)

    def _signs(self, found: Series) -> Iterator[tuple[str, Bools, str, str, str]]:
        """Name, which readings, colour, symbol and words of every kind of dots."""
        if self.over.isChecked():
            yield from self._kinds(found)
            return
        words = {1.0: self.tr("{what} after potentiating pulses"),
                 -1.0: self.tr("{what} after depressing pulses"), 0.0: "{what}"}
        for sign, word in words.items():
            yield (f"measured {sign:+.0f}", found.polarity == sign, "measured", SIGNS[sign][0],
                   word.format(what=self.measured_word))

    def _kinds(self, found: Series) -> Iterator[tuple[str, Bools, str, str, str]]:
        """A colour for every amplitude, the same for both polarities; a symbol for every width."""
        kinds = list(dict.fromkeys(zip(found.polarity.tolist(), found.amplitude_v.tolist(),
                                       found.width_s.tolist(), strict=True)))
        for rank, (sign, volts, width_s) in enumerate(kinds):
            levels = list(dict.fromkeys(v for s, v, _ in kinds if s == sign))
            widths = list(dict.fromkeys(w for s, _, w in kinds if s == sign))
            own = ((found.polarity == sign) & (found.amplitude_v == volts)
                   & (found.width_s == width_s))
            symbols = WIDTHS[sign]
            yield (f"measured {rank}", own, COLOURS[levels.index(volts) % len(COLOURS)],
                   symbols[widths.index(width_s) % len(symbols)],
                   f"{shown(volts, 'V', 4)}, {shown(width_s, 's', 3)}")

    def _put(self, name: str, found: Series, own: Bools, look: tuple[str, str, str]) -> None:
        """Dots of some readings.

        :param look: their colour, symbol and words.
        """
        if not own.any():
            self.main.remove(name)
            return
        colour, symbol, word = look
        hollow = SIGNS[float(found.polarity[own][0])][1]
        mark = Dots(Curve.of(self._x(found)[own], found.g_siemens[own], found.status[own]),
                    colour, word, symbol=symbol, hollow=hollow, size=7.0)
        u = found.u_siemens[own]
        mark.reach = COVERAGE * u if u.any() else np.empty(0)
        self.main.put(name, mark)
        if mark.curve.flags:
            self.main.put("flagged", Dots(Curve(), colour, self.flagged_word(mark.curve),
                                          hollow=True))

    def _draw_model(self, said: Series) -> None:
        """One line; of several amplitudes or widths over each other one for each of them."""
        kinds = kinds_of(said) if self.over.isChecked() else []
        if len(kinds) < 2:
            kinds = []
        told = self.main.mark("measured 0") is not None  # the dots' colours and words say it then
        for rank, kind in enumerate(kinds):
            self.main.put(f"model {rank}", Line(
                self._by_train(said, kind.own), kind.colour, "" if told else kind.words,
                style=kind.style))
        gone = [name for name, _ in self.main.named() if name.startswith("model ")]
        self.main.remove(*gone[len(kinds):])
        if not kinds:
            self.line(self.main, self._by_train(said))
        else:
            self.main.put("model", Line(Curve(), "muted", self.model_word))

    def _by_train(self, said: Series, own: Bools | None = None) -> Curve:
        """A piece for every train, or for those that are meant: the next one begins anew."""
        curve, x = Curve(), self._x(said)
        for a, b in said.trains:
            if own is None or own[a]:
                curve.append(x[a:b], said.g_siemens[a:b], joined=False)
        return curve

    def _draw_left(self, found: Series, said: Series) -> None:
        """Only of readings that nothing is known against."""
        both = min(found.g_siemens.size, said.g_siemens.size)
        good = ~found.flagged[:both]
        left = (found.g_siemens[:both] - said.g_siemens[:both])[good]
        self.left(self.below, Curve.of(self._x(found)[:both][good], left))
        u = found.u_siemens[:both][good]
        if u.any() and not self.over.isChecked():
            self.below.put("band", Ribbon(found.number[:both][good], -u, u, "selection",
                                          self.tr("±1σ of each reading")))
            explain(self.below)

    # -- points and instants ------------------------------------------------------------

    def spot_of(self, picked: Picked) -> Spot | str | None:
        """A reading with its conditions."""
        series = self._series(self.scene_with(picked.series))
        k = self._reading(series[0], picked)
        if k is None:
            return None
        row, said = series[0].rows[k], series[1].g_siemens
        return Spot(
            number=row.number, place=(row.repeat, row.block), index=k, row=k + 1, t_s=row.at_s,
            v_v=row.v_dut_v, i_a=row.i_a, status=row.status, g_siemens=row.g_siemens,
            u_siemens=row.u_siemens,
            left_a=float(row.g_siemens - said[k]) if k < said.size else None)

    def _reading(self, found: Series, picked: Picked) -> int | None:
        """Which reading was clicked; several trains may have one at the same number."""
        alike = np.flatnonzero(self._x(found) == picked.x)
        if picked.series != "residual":
            alike = alike[found.g_siemens[alike] == picked.y]
        return int(alike[0]) if alike.size else None

    def point_at_time(self, t_s: float | None) -> None:
        """A ring around the reading that was the last at that time."""
        found = self._found if self._found is not None and self._found.rows else self._said
        if t_s is None or found is None or not found.rows:
            self.main.ring("now", None)
            return
        k = int(np.searchsorted([row.at_s for row in found.rows], t_s, side="right")) - 1
        self.main.ring("now", (float(self._x(found)[k]), float(found.g_siemens[k]))
                       if k >= 0 else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Trains of one rank of amplitude, of either polarity, and one width.

    :param own: which readings are theirs, shape (n,).
    """

    own: Bools
    colour: str
    style: Qt.PenStyle
    words: str


def kinds_of(found: Series) -> list[Kind]:
    """A colour for every amplitude, the same for both polarities; a line's style for every width,
    so that both can be told where lines cross."""
    signs = [sign for sign in (1.0, -1.0, 0.0) if (found.polarity == sign).any()]
    levels = {sign: _each(found.amplitude_v[found.polarity == sign]) for sign in signs}
    kinds = list[Kind]()
    for rank in range(max(map(len, levels.values()), default=0)):
        volts = [levels[sign][rank] for sign in signs if rank < len(levels[sign])]
        at = np.isin(found.amplitude_v, volts)
        for k, width_s in enumerate(_each(found.width_s)):
            own = at & (found.width_s == width_s)
            if own.any():
                said = ", ".join(shown(v, "V", 4) for v in volts)
                kinds.append(Kind(own=own, colour=COLOURS[rank % len(COLOURS)],
                                  style=STYLES[k % len(STYLES)],
                                  words=f"{said}; {shown(width_s, 's', 3)}"))
    return kinds


def _each(values: Floats) -> list[float]:
    """Every value once, in the order in which they came."""
    return list(dict.fromkeys(values.tolist()))


def _longer(found: Series, said: Series) -> Series:
    return found if found.g_siemens.size > said.g_siemens.size else said
