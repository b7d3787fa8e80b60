"""The one place that knows pyqtgraph's axes, their ranges and the mouse; what lies in them is ours.

Of pyqtgraph the view box and the axes are used. Its curve items are not: they assume that x rises
(clipToView and automatic downsampling drop branches of a loop), its logarithm drops negative
currents, and its pens count device pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.plots.legend import Legend
from memrig.gui.plots.marks import STILL, Cursor, Dots, Line, Mark, Ring, View, pen
from memrig.gui.plots.ranges import Range, framed, grown, united
from memrig.hil.units import shown

AXIS_WIDTH = 66
"""Pixels of the left axis: the same everywhere, so that plots above each other are in line."""
MARGINS = 3, 5, 14, 3
"""Pixels at the left of the axes, above, at the right and below them."""
NEAR = 12.0
"""Pixels within which a click means a point."""

pg.setConfigOptions(antialias=False, useOpenGL=False)  # in software OpenGL is slower than raster


class Axis(NamedTuple):
    """What stands at an axis.

    :param unit: SI unit, which gets its prefix from the range; ``""`` for a plain number.
    :param decades: values are base-10 logarithms of quantities.
    :param whole: there is nothing between whole numbers.
    """

    label: str = ""
    unit: str = ""
    decades: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A point that was clicked: of which series, its index there, and where it lies."""

    series: str
    index: int
    x: float
    y: float


class Plot(QWidget):
    """Marks on two axes with units, a legend above them.

    The axes are set from what is expected and grow in steps; once somebody has zoomed, they stay
    as they are until ``home``.
    """

    picked = Signal(object)
    pointed = Signal(object)
    """The position to the right of the pointer, or None."""
    hovered = Signal(object)
    """The dot beneath the pointer (``Picked``), or None; told when it is another."""

    def __init__(self, x: Axis, y: Axis, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.x_axis, self.y_axis = x, y
        self._marks: dict[str, Mark] = {}
        self._home: dict[str, Range | None] = {"x": None, "y": None}
        self._leader: Plot | None = None
        self._zoomed = False
        self._numbers, self._together, self._still_changed = True, False, False
        self._ticks: list[tuple[float, str]] | None = None
        self._over: Picked | None = None
        self.revision = 0
        self.legend = Legend(self)
        self._pg = _Graphics(self)
        self._canvas = _Canvas(self)
        self._pg.box.addItem(self._canvas, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.legend)
        layout.addWidget(self._pg, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self._pg.box.sigRangeChangedManually.connect(self._was_zoomed)
        self._pg.scene().sigMouseClicked.connect(self._clicked)
        self._pg.scene().sigMouseMoved.connect(self._moved)
        theme.notifier().changed.connect(self._restyle)
        self._restyle()
        self._apply()

    # -- marks --------------------------------------------------------------------------

    @contextmanager
    def together(self) -> Iterator[None]:
        """Marks and ranges that are set within are shown at its end, at once."""
        self._together, self._still_changed = True, False
        try:
            yield
        finally:
            self._together = False
            self._apply()
            self._told(still=self._still_changed)

    def put(self, name: str, mark: Mark) -> Mark:
        """Add a mark, or replace the one of this name; the axes grow to hold it."""
        before = self._marks.get(name)
        if before is not None and mark.same_as(before):
            return before
        self._marks[name] = mark
        self._told(still=mark.z <= STILL or (before is not None and before.z <= STILL))
        self.grow()
        return mark

    def mark(self, name: str) -> Mark | None:
        """The mark of a name; None where there is none."""
        return self._marks.get(name)

    def remove(self, *names: str) -> None:
        """Take marks away; those that are not there do not matter."""
        gone = [self._marks.pop(name) for name in names if name in self._marks]
        if gone:
            self._told(still=any(mark.z <= STILL for mark in gone))

    def clear(self, *, steady: bool = False) -> None:
        """Take everything away and, unless ``steady``, forget the ranges."""
        self._marks.clear()
        if not steady:
            self._home, self._zoomed = {"x": None, "y": None}, False
            self._apply()
        self._told(still=True)

    def named(self) -> list[tuple[str, Mark]]:
        """All marks with their names, in the order in which they came."""
        return list(self._marks.items())

    def in_order(self) -> list[Mark]:
        """Marks from the hindmost to the foremost."""
        return sorted(self._marks.values(), key=lambda mark: mark.z)

    def _told(self, *, still: bool) -> None:
        """Legend and picture follow the marks: dots first, then models, then the rest."""
        if self._together:
            self._still_changed |= still
            return
        self.revision += still
        order: dict[float, int] = {Dots.z: 0, Line.z: 1}
        self.legend.set_marks(sorted(self._marks.values(), key=lambda m: order.get(m.z, 2)))
        self.refresh()

    def refresh(self) -> None:
        """Paint again, soon."""
        self._canvas.update()

    # -- axes ---------------------------------------------------------------------------

    def set_axes(self, x: Axis | None = None, y: Axis | None = None) -> None:
        """Other words or units at the axes."""
        before = self.x_axis, self.y_axis
        self.x_axis, self.y_axis = x or self.x_axis, y or self.y_axis
        if before != (self.x_axis, self.y_axis):
            self._restyle()

    def set_ticks(self, x: list[tuple[float, str]] | None) -> None:
        """Words instead of numbers at the lower axis; None for numbers."""
        if x == self._ticks:
            return
        self._ticks = x
        self._pg.axis("bottom").setTicks(None if x is None else [x, []])

    def show_values(self, *, x: bool = True, y: bool = True, row: bool = False) -> None:
        """Whether the axes carry numbers and words.

        :param row: below is room for one row of words and no label, whether it is used or not.
        """
        self._numbers = y
        for side, wanted in (("bottom", x), ("left", y)):
            axis = self._pg.axis(side)
            axis.setStyle(showValues=wanted)
            axis.worded = wanted and not (row and side == "bottom")
            axis.showLabel(axis.worded)
        self._pg.axis("bottom").setHeight(24 if row else None if x else 6)
        self._pg.axis("left").setWidth(AXIS_WIDTH if y else 8)

    def expect(
        self, x: Range | None = None, y: Range | None = None, *, exact: bool = False
    ) -> None:
        """Ranges before anything is there, e.g. of a prediction.

        :param exact: without room around them.
        """
        for key, ends in (("x", x), ("y", y)):
            if ends is not None:
                self._home[key] = ends if exact else framed(*ends)
        self._apply()

    def grow(self) -> None:
        """Let the ranges follow the marks, by whole steps."""
        before = dict(self._home)
        for key, found in zip("xy", self._reach(), strict=True):
            if found is not None:
                self._home[key] = grown(self._home[key], *found)
        if self._home != before:
            self._apply()
        self.refresh()

    def settle(self, least: float = 0.0) -> None:
        """Set the y axis anew from what is there, when no more is to come.

        :param least: what is shown in any case on both sides of 0.
        """
        found = united((-least, least) if least else None, self._reach()[1])
        if found is not None:
            self.expect(y=found)

    def _reach(self) -> tuple[Range | None, Range | None]:
        """Of all marks that the axes must hold, x and y."""
        found_x: Range | None = None
        found_y: Range | None = None
        for mark in self._marks.values():
            extent = mark.extent()
            if extent is not None:
                found_x, found_y = united(found_x, extent[:2]), united(found_y, extent[2:])
        return found_x, found_y

    def home(self) -> None:
        """Back to the whole picture."""
        self._zoomed = False
        if self._leader is not None:
            self._leader.home()
        self._apply()

    def zoom(self, x: Range, y: Range) -> None:
        """Show a part; it stays until ``home``."""
        self._was_zoomed()
        self._pg.box.setRange(xRange=x, yRange=y, padding=0)

    @property
    def shows(self) -> tuple[Range, Range]:
        """The ranges that are shown, x and y."""
        (x_low, x_high), (y_low, y_high) = self._pg.box.viewRange()
        return (float(x_low), float(x_high)), (float(y_low), float(y_high))

    @property
    def has_range(self) -> bool:
        """Whether the y axis has a range of its own yet."""
        return self._home["y"] is not None

    @property
    def zoomed(self) -> bool:
        """Whether somebody has chosen the window."""
        return self._zoomed

    def follow(self, leader: Plot) -> None:
        """Share the x axis and the pointer with another plot."""
        self._leader = leader
        # Not by pyqtgraph's own link: it lines up pixels of the screen, not the ranges.
        leader._pg.box.sigXRangeChanged.connect(self._take_x)
        self._pg.box.sigXRangeChanged.connect(leader._take_x)
        self._take_x(leader._pg.box, leader.shows[0])
        self.pointed.connect(leader.point_at)
        leader.pointed.connect(self.point_at)

    def _take_x(self, _: object, ends: tuple[float, float]) -> None:
        low, high = ends
        if self.shows[0] != (low, high):
            self._pg.box.setXRange(low, high, padding=0)

    def _was_zoomed(self) -> None:
        self._zoomed = True
        if self._leader is not None:
            self._leader._zoomed = True  # noqa: SLF001  # our own class

    def _apply(self) -> None:
        if self._together:
            return
        wanted = dict(self._home) if self._leader is None else {"y": self._home["y"]}
        numbers = self._numbers and self._home["y"] is not None
        if self._home["y"] is None:  # nothing to see yet, and so no numbers
            wanted["y"] = (-1.0, 1.0)
        left = self._pg.axis("left")
        if left.style["showValues"] != numbers:  # else it is painted anew for nothing
            left.setStyle(showValues=numbers)
            left.say(self.y_axis)
        now = dict(zip("xy", self.shows, strict=True))
        ranges = {f"{key}Range": ends for key, ends in wanted.items()
                  if ends is not None and ends != now[key]}
        if ranges and not self._zoomed:
            self._pg.box.setRange(**ranges, padding=0)
            self._pg.box.prepareForPaint()  # else the first painting asks for a second one

    # -- pointer ------------------------------------------------------------------------

    def set_cursor(self, x: float | None) -> None:
        """A vertical line that says where the run is; None for none."""
        old = self._marks.get("cursor")
        if x is None:
            self._marks.pop("cursor", None)
        elif isinstance(old, Cursor):
            before, old.x = old.x[0], [x]
            if abs(self.pixel(x, 0.0).x() - self.pixel(before, 0.0).x()) < 1.0:
                return  # the same picture
        else:
            self._marks["cursor"] = Cursor([x], "accent", width=2.0)
        if x is not None or old is not None:
            self.refresh()

    def point_at(self, x: object) -> None:
        """The vertical line under the pointer; None for none."""
        if x is None:
            self._marks.pop("pointer", None)
        else:
            self._marks["pointer"] = Cursor([float(x)], "muted")  # type: ignore[arg-type]  # a signal's object
        self.refresh()

    def _moved(self, position: QPointF) -> None:
        inside = self._pg.box.sceneBoundingRect().contains(position)
        at = self._pg.box.mapSceneToView(position) if inside else None
        self._tell(None if at is None else (float(at.x()), float(at.y())))
        self._hover(self.nearest(position) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802  # Qt's name
        """The pointer's line goes with the pointer."""
        super().leaveEvent(event)
        self._tell(None)
        self._hover(None)

    def _hover(self, found: Picked | None) -> None:
        if found != self._over:
            self._over = found
            self.hovered.emit(found)

    def _tell(self, at: tuple[float, float] | None) -> None:
        self.legend.set_place("" if at is None else self.words(*at))
        self.point_at(None if at is None else at[0])
        self.pointed.emit(None if at is None else at[0])

    def words(self, x: float, y: float) -> str:
        """A place in quantities with their units."""
        parts = ((self.x_axis, x), (self.y_axis, y))
        return ", ".join(shown(10**v if axis.decades else v, axis.unit or "1", 3)
                         for axis, v in parts)

    def _clicked(self, event: Any) -> None:
        if event.double():
            self.home()
            return
        found = self.nearest(event.scenePos())
        if found is not None:
            self.picked.emit(found)

    def ring(self, name: str, at: tuple[float, float] | None, words: str = "") -> None:
        """A ring around a point, or none."""
        known = self._marks.get(name)
        if at is None:
            self._marks.pop(name, None)
        elif not isinstance(known, Ring) or (known.x, known.y, known.words) != (*at, words):
            self._marks[name] = Ring(*at, "stimulus" if words else "accent", words)
        self.refresh()

    def nearest(self, position: QPointF) -> Picked | None:
        """The dot next to a place in the picture, if one is near."""
        view, best, found = self._canvas.view(), NEAR, None
        for name, mark in self._marks.items():
            seen = mark.seen if isinstance(mark, Dots) else None
            if seen is None or not seen.index.size:
                continue
            away = np.hypot(view.right(seen.x) - position.x(), view.down(seen.y) - position.y())
            k = int(np.nanargmin(away)) if np.isfinite(away).any() else 0
            if away[k] < best:
                best = float(away[k])
                found = Picked(series=name, index=int(seen.index[k]), x=float(seen.x[k]),
                               y=float(seen.y[k]))
        return found

    def pixel(self, x: float, y: float) -> QPointF:
        """Where a point of the data lies in the picture."""
        view = self._canvas.view()
        return QPointF(float(view.right(np.array([x]))[0]), float(view.down(np.array([y]))[0]))

    # -- Qt -----------------------------------------------------------------------------

    def export_png(self, path: str | Path) -> bool:
        """Write what is seen as a PNG; whether that worked."""
        return bool(self.grab().save(str(path), "PNG"))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Home shows the whole picture."""
        if event.key() == Qt.Key.Key_Home:
            self.home()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Another screen has other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._restyle()
        return bool(super().event(event))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  # Qt's name
        """Axes use the widget's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._restyle()

    def _restyle(self) -> None:
        """Colours of the theme, pens of the screen."""
        self._pg.dress(self.font(), self.devicePixelRatioF())
        for side, axis in (("bottom", self.x_axis), ("left", self.y_axis)):
            self._pg.axis(side).say(axis)
        self.revision += 1
        self.legend.update()
        self.refresh()


class _Graphics(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """A view box with an axis at its left and one below it.

    pyqtgraph's own plot makes a menu of forty controls, two more axes and a title first.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.box = pg.ViewBox(enableMenu=False)
        self.box.disableAutoRange()
        self._axes = {side: _AxisItem(side) for side in ("left", "bottom")}
        self.centralLayout.setContentsMargins(*MARGINS)
        self.centralLayout.setSpacing(0)
        for part, row, column in (
            (self.box, 0, 1), (self._axes["left"], 0, 0), (self._axes["bottom"], 1, 1)
        ):
            self.centralLayout.addItem(part, row, column)
        for axis in self._axes.values():
            axis.linkToView(self.box)
        for widget in (self, self.viewport()):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.axis("left").setWidth(AXIS_WIDTH)

    def axis(self, side: str) -> _AxisItem:
        """The axis of a side: ``left`` or ``bottom``."""
        return self._axes[side]

    def dress(self, font: Any, ratio: float) -> None:
        """Colours, fonts and pens."""
        self.setBackground(theme.token("surface"))
        for side in ("left", "bottom"):
            axis = self.axis(side)
            axis.setPen(pg.mkPen(theme.token("line"), width=ratio))  # it counts device pixels
            axis.setTextPen(theme.token("muted"))
            axis.setTickFont(font)
            axis.label.setFont(font)


class _AxisItem(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis that writes minus signs, and decades with prefixes."""

    def __init__(self, side: str) -> None:
        super().__init__(side, maxTickLength=-4)
        self._axis, self.worded = Axis(), True
        self.setTickDensity(1.3)
        # Below, the first and the last number reach as far beyond the axis as there is room.
        self.setStyle(tickTextOffset=5, maxTickLevel=1, maxTextLevel=0,
                      hideOverlappingLabels=MARGINS[2] if side == "bottom" else True)

    def say(self, axis: Axis) -> None:
        """Label, and the unit of the numbers if there are any."""
        self._axis = axis
        self.enableAutoSIPrefix(axis.unit not in {"", "1", "%"} and not axis.decades)
        plain = axis.decades or axis.unit in {"", "1"} or not self.style["showValues"]
        unit = None if plain else axis.unit.replace("ohm", "Ω")
        self.setLabel(axis.label, units=unit, color=theme.token("muted").name())
        self.showLabel(self.worded)  # setting a label shows it
        self.picture = None
        self.update()

    def updateAutoSIPrefix(self) -> None:  # noqa: N802  # pyqtgraph's name
        """None for percents and counts, of which pyqtgraph takes thousandths, too."""
        if self.autoSIPrefix:
            super().updateAutoSIPrefix()
        else:
            self.autoSIPrefixScale, self.labelUnitPrefix = 1.0, ""
            self._updateLabel()
        self.resizeEvent()

    def resizeEvent(self, event: Any = None) -> None:  # noqa: N802  # Qt's name
        """The label of a low plot begins at its top, where the middle would cut it."""
        super().resizeEvent(event)
        if self.orientation == "left" and self.label is not None:
            wide = self.label.boundingRect().width()
            self.label.setY(max(self.label.y(), wide - self.y()))

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, Any]]:  # noqa: N802  # pyqtgraph's name
        """Whole decades where it is logarithmic."""
        if not self._axis.decades:
            found = list(super().tickValues(low, high, size))
            return [one for one in found if one[0] >= 1] if self._axis.whole else found
        step = max(1, math.ceil((high - low) / max(2.0, size / 45.0)))
        first = math.ceil(low / step) * step
        return [(step, [float(k) for k in range(first, math.floor(high) + 1, step)])]

    def tickStrings(self, values: Any, scale: float, spacing: float) -> list[str]:  # noqa: N802  # pyqtgraph's name
        """Numbers as they are written."""
        if self._axis.decades:
            return [shown(10.0**v, self._axis.unit, 3) for v in values]
        digits = max(0, math.ceil(-math.log10(spacing * scale) - 1e-9))
        whole = [round(v * scale, digits) + 0.0 for v in values]
        return [f"{v:.{digits}f}".replace("-", "−") for v in whole]


class _Canvas(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """All marks of a plot as one item, painted in pixels."""

    def __init__(self, plot: Plot) -> None:
        super().__init__()
        self._plot = plot
        self._behind: tuple[object, QPixmap] = (None, QPixmap())

    def boundingRect(self) -> QRectF:  # noqa: N802  # Qt's name
        """The whole window."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:  # noqa: N802  # pyqtgraph's name
        """The window has moved, and with it the item."""
        self.prepareGeometryChange()
        super().viewTransformChanged()

    def view(self) -> View:
        """From data to pixels."""
        box = self._plot._pg.box  # noqa: SLF001  # its own part
        x, y = self._plot.shows
        return View(x, y, box.mapRectToScene(box.rect()))

    def paint(self, painter: QPainter, *_: object) -> None:
        """Grid and marks from the hindmost to the foremost."""
        view = self.view()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        try:
            painter.drawPixmap(view.rect.topLeft(), self._still(view))
            for mark in self._plot.in_order():
                if mark.z > STILL:
                    mark.paint(painter, view)
        finally:
            painter.restore()

    def _still(self, view: View) -> QPixmap:
        """What does not change while data arrive, painted once."""
        ratio = self._plot.devicePixelRatioF()
        key = (view, ratio, self._plot.revision)
        if self._behind[0] != key:
            size = view.rect.size() * ratio
            picture = QPixmap(max(1, round(size.width())), max(1, round(size.height())))
            picture.setDevicePixelRatio(ratio)
            picture.fill(theme.token("surface"))
            painter = QPainter(picture)
            try:  # a painter that is left open on a picture that goes ends the process
                self._paint_still(painter, view)
            finally:
                painter.end()
            self._behind = (key, picture)
        return self._behind[1]

    def _paint_still(self, painter: QPainter, view: View) -> None:
        painter.setFont(self._plot.font())
        painter.translate(-view.rect.topLeft())
        self._grid(painter, view)
        for mark in self._plot.in_order():
            if mark.z <= STILL:
                mark.paint(painter, view)

    def _grid(self, painter: QPainter, view: View) -> None:
        rect = view.rect
        painter.setPen(pen("grid"))
        for side, ends, size in (("bottom", view.x, rect.width()), ("left", view.y, rect.height())):
            levels = self._plot._pg.axis(side).tickValues(*ends, size)  # noqa: SLF001  # as above
            values = np.array(levels[0][1] if levels else [], dtype=float)
            at = view.right(values) if side == "bottom" else view.down(values)
            for pixel in (np.round(at) + 0.5).tolist():
                if side == "bottom":
                    painter.drawLine(QPointF(pixel, rect.top()), QPointF(pixel, rect.bottom()))
                else:
                    painter.drawLine(QPointF(rect.left(), pixel), QPointF(rect.right(), pixel))
