"""What a plot is made of: dots, lines, bands, limits. Painted in pixels of the screen's own scale.

Everything is drawn after the transform from data to pixels, so that two pixels are two pixels on
every screen and the painter alone knows of device pixels.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from memrig.gui.plots.decimate import Curve, Floats, Visible
from memrig.gui.plots.symbols import stamp
from memrig.gui.theme import token

DOTS = 2000
"""Dots drawn of a curve at most."""
DENSE = 20_000
"""Points in the window above which a time series becomes a thin line."""
LINE = 500
"""Points of a model's line at most: longer antialiased ones of two pixels take seconds."""
COLUMN, PER_COLUMN = 2.0, 4
"""Width in pixels of what is looked at together of a curve against time, which is that of a line;
and how many points it needs."""
SIZE, SMALL = 5.0, 3.5
"""Diameters of dots and of residuals, pixels."""
RING = 6.0
"""Radius of a ring around a point, pixels."""
ROOM = 1.2
"""How far beyond a ring with words the axis goes, relative to its value."""
STILL = 2
"""Marks up to this height do not change while data arrive."""
FAR = 32_000.0
"""Pixels beyond which the painter's own arithmetic is not trusted."""


class View(NamedTuple):
    """The window of a plot: ranges in data, and where they lie in pixels."""

    x: tuple[float, float]
    y: tuple[float, float]
    rect: QRectF

    def right(self, x: Floats) -> Floats:
        """Pixels to the right for positions in data, shape (n,)."""
        part = (np.asarray(x, dtype=float) - self.x[0]) / (self.x[1] - self.x[0])
        return np.clip(self.rect.left() + part * self.rect.width(), -FAR, FAR)

    def down(self, y: Floats) -> Floats:
        """Pixels downwards for values in data, shape (n,)."""
        part = (np.asarray(y, dtype=float) - self.y[0]) / (self.y[1] - self.y[0])
        return np.clip(self.rect.bottom() - part * self.rect.height(), -FAR, FAR)


class Mark(ABC):
    """Something in a plot.

    :param label: as it stands in the legend; empty to be left out of it.
    """

    z = 0.0
    """Height: what lies higher is painted later."""

    def __init__(self, colour: str, label: str = "") -> None:
        self.colour, self.label = colour, label

    @abstractmethod
    def paint(self, painter: QPainter, view: View) -> None:
        """Draw into a window."""

    @abstractmethod
    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the sign that stands for this in the legend."""

    def extent(self) -> tuple[float, float, float, float] | None:
        """Smallest and largest x, then y, that the axes must hold; None for anything."""
        return None

    def same_as(self, other: Mark) -> bool:
        """Whether a picture with the other is already right, so that nothing is painted anew."""
        return False


def pen(colour: str, width_px: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen in a colour of the theme, ``width_px`` pixels of the screen's own scale."""
    made = QPen(token(colour), width_px, style)
    made.setCapStyle(Qt.PenCapStyle.RoundCap if width_px > 1 else Qt.PenCapStyle.FlatCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin if width_px > 1 else Qt.PenJoinStyle.BevelJoin)
    return made


class Thinned(Mark):
    """A curve of any length; what its window shows is looked up once.

    :param timed: whether x never goes back.
    """

    def __init__(self, curve: Curve, colour: str, label: str, *, timed: bool = False) -> None:
        super().__init__(colour, label)
        self.curve, self.timed = curve, timed
        self.seen: Visible | None = None
        self._key: object = None

    def look(self, view: View, points: int, *, as_line: bool) -> Visible:
        """What the window shows of the curve."""
        columns = max(1, int(view.rect.width() / COLUMN)) if self.timed else 0
        key = (self.curve.revision, view.x, view.y, points, as_line, columns)
        if self.seen is None or key != self._key:
            self.seen = self.curve.visible(view.x, None if as_line else view.y,
                                           max(points, PER_COLUMN * columns), columns=columns)
            self._key = key
        return self.seen

    def extent(self) -> tuple[float, float, float, float] | None:
        """Of all points of the curve."""
        return self.curve.extent()


class Dots(Thinned):
    """Measured points; hollow where something is known against one.

    :param timed: whether x never goes back, so that many points may become a line.
    :param points: dots at most, of a curve that does go back.
    """

    z = 3

    def __init__(self, curve: Curve, colour: str = "measured", label: str = "", *,
                 symbol: str = "o", size: float = SIZE, hollow: bool = False,
                 timed: bool = False, points: int = DOTS) -> None:
        super().__init__(curve, colour, label, timed=timed)
        self.symbol, self.size, self.hollow = symbol, size, hollow
        self.points = points
        self.reach: Floats = np.empty(0)
        """Half the length of a bar at every point, shape (n,); empty for none."""

    def extent(self) -> tuple[float, float, float, float] | None:
        """Of all points with their bars."""
        if not self.curve.size or self.reach.size != self.curve.size:
            return super().extent()
        x, y = self.curve.x, self.curve.y
        return (float(x.min()), float(x.max()), float((y - self.reach).min()),
                float((y + self.reach).max()))

    def paint(self, painter: QPainter, view: View) -> None:
        """Dots; a time series of more than there is room for as a thin line."""
        seen = self.look(view, self.points, as_line=self.timed)
        if self.timed and seen.total > DENSE:
            painter.setPen(pen(self.colour))
            polylines(painter, view, seen)
            return
        if self.reach.size == self.curve.size:
            self._paint_bars(painter, view, seen)
        for flagged in (False, True):
            own = seen.flagged == flagged
            stamp(painter, view.right(seen.x[own]), view.down(seen.y[own]), self.symbol,
                  token(self.colour), self.size, hollow=flagged or self.hollow)

    def _paint_bars(self, painter: QPainter, view: View, seen: Visible) -> None:
        reach = self.reach[seen.index]
        x = view.right(seen.x)
        low, high = view.down(seen.y - reach), view.down(seen.y + reach)
        painter.setPen(pen(self.colour))
        painter.drawLines([QLineF(a, b, a, c) for a, b, c in
                           zip(x.tolist(), low.tolist(), high.tolist(), strict=True)])

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """One dot."""
        centre = rect.center()
        stamp(painter, np.array([centre.x()]), np.array([centre.y()]), self.symbol,
              token(self.colour), max(self.size, SIZE), hollow=self.hollow)


class Line(Thinned):
    """What a model says, or what is planned.

    :param timed: whether x never goes back.
    """

    z = 4

    def __init__(self, curve: Curve, colour: str = "model", label: str = "", *,
                 width: float = 2.0, timed: bool = False,
                 style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
        super().__init__(curve, colour, label, timed=timed)
        self.width, self.style = width, style

    def paint(self, painter: QPainter, view: View) -> None:
        """The line, broken where the curve is."""
        seen = self.look(view, LINE, as_line=False)
        thin = pen(self.colour, style=self.style)
        thin.setCosmetic(True)
        painter.setPen(thin)
        # Qt strokes antialiased lines of two pixels a hundred times slower than those of one.
        ratio = painter.device().devicePixelRatioF()
        strokes = max(1, round(self.width * ratio))
        if self.style is not Qt.PenStyle.SolidLine:  # dashes as long on every screen
            thin.setDashPattern([length * strokes for length in thin.dashPattern()])
            painter.setPen(thin)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, strokes > 1)
        polylines(painter, view, seen, _beside(strokes, ratio))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """A piece of the line."""
        painter.setPen(pen(self.colour, self.width, self.style))
        y = rect.center().y()
        painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))


def _beside(strokes: int, ratio: float) -> list[tuple[float, float]]:
    """Where lines of one device pixel lie that together make a wide one."""
    if strokes == 1:
        return [(0.0, 0.0)]
    away = [(k - (strokes - 1) / 2.0) / ratio for k in range(strokes)]
    return [*((a, 0.0) for a in away), *((0.0, a) for a in away)]


def polylines(
    painter: QPainter, view: View, seen: Visible,
    beside: Sequence[tuple[float, float]] = ((0.0, 0.0),),
) -> None:
    """Lines through the points, interrupted where they are not joined or not finite.

    :param beside: by how many pixels each stroke is shifted.
    """
    if not seen.x.size:
        return
    joined = seen.joined & np.isfinite(seen.x + seen.y)
    x, y = view.right(seen.x), view.down(seen.y)
    starts = np.flatnonzero(~joined)
    for a, b in zip(starts.tolist(), [*starts[1:].tolist(), x.size], strict=True):
        piece = np.isfinite(x[a:b] + y[a:b])
        if piece.sum() > 1:
            line = arrayToQPolygonF(x[a:b][piece], y[a:b][piece])
            for shift in beside:
                painter.drawPolyline(line.translated(*shift))


class Band(Mark):
    """A horizontal band over the whole width."""

    z = 0

    def __init__(self, low: float, high: float, colour: str, label: str = "") -> None:
        super().__init__(colour, label)
        self.low, self.high = low, high

    def paint(self, painter: QPainter, view: View) -> None:
        """The part of the band that the window shows."""
        high, low = view.down(np.array([min(self.high, view.y[1]), max(self.low, view.y[0])]))
        if low > high:
            painter.fillRect(QRectF(view.rect.left(), high, view.rect.width(), low - high),
                             token(self.colour))

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """A small piece of it."""
        painter.fillRect(rect.adjusted(0, 2, 0, -2), token(self.colour))


LOW = 48
"""Height of a plot in pixels below which the words of two levels would lie on each other."""
CLOSE = 18
"""Pixels between two levels below which words on either of them may be as high."""


class Level(Mark):
    """A horizontal line over the whole width, with words at its right end.

    :param words: written beside the line, on the side away from the middle.
    :param short: written in their place where the plot is too narrow for them.
    :param other: a level with words at the other end; where both lines lie close together, either
        has half of the width.
    """

    def __init__(self, y: float, colour: str, words: str = "", *, dashed: bool = True,
                 at_left: bool = False, short: str = "", other: float = math.inf) -> None:
        super().__init__(colour)
        self.side = Qt.AlignmentFlag.AlignLeft if at_left else Qt.AlignmentFlag.AlignRight
        """On the right the words lie outside the line, on the left inside."""
        self.z = 5 if dashed else 1
        self.y, self.words, self.dashed = y, words, dashed
        self.short, self.other = short or words, other

    def paint(self, painter: QPainter, view: View) -> None:
        """The line, if the window shows its value."""
        if not view.y[0] <= self.y <= view.y[1]:
            return
        y = round(float(view.down(np.array([self.y]))[0])) + 0.5
        painter.setPen(pen(self.colour, 1.0, Qt.PenStyle.DashLine if self.dashed
                           else Qt.PenStyle.SolidLine))
        painter.drawLine(QPointF(view.rect.left(), y), QPointF(view.rect.right(), y))
        if self.words and view.rect.height() >= LOW:
            outward = (self.y >= 0) == (self.side is Qt.AlignmentFlag.AlignRight)
            box = QRectF(view.rect.left() + 8, y - 18 if outward else y + 2,
                         view.rect.width() - 16, 16)
            if box.top() < view.rect.top() or box.bottom() > view.rect.bottom():
                box.moveTop(y + 2 if outward else y - 18)
            flags = self.side | Qt.AlignmentFlag.AlignVCenter
            words = self.fitting(painter.fontMetrics(), box.width() * self.share(view))
            ground = QColor(token("surface"))
            ground.setAlphaF(0.92)
            painter.fillRect(painter.boundingRect(box, flags, words), ground)
            painter.drawText(box, flags, words)

    def share(self, view: View) -> float:
        """What part of the width the words may take."""
        here, there = view.down(np.array([self.y, self.other]))
        left = self.side is Qt.AlignmentFlag.AlignLeft
        facing = left == (abs(self.y) > abs(self.other))  # words of both stand between the lines
        return 0.5 if abs(here - there) < (2 * CLOSE if facing else CLOSE) else 1.0

    def fitting(self, metrics: QFontMetrics, width_px: float) -> str:
        """The words if so many pixels hold them, else the short ones."""
        return self.words if metrics.horizontalAdvance(self.words) <= width_px else self.short

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """A piece of the line."""
        painter.setPen(pen(self.colour, 1.0, Qt.PenStyle.DashLine))
        y = rect.center().y()
        painter.drawLine(QLineF(rect.left(), y, rect.right(), y))


class Verticals(Mark):
    """Vertical lines over the whole height."""

    z = 1

    def __init__(self, x: Sequence[float], colour: str, *, width: float = 1.0,
                 style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
        super().__init__(colour)
        self.x, self.width, self.style = list(x), width, style

    def same_as(self, other: Mark) -> bool:
        """As before, in the same places."""
        return type(other) is type(self) and vars(other) == vars(self)

    def paint(self, painter: QPainter, view: View) -> None:
        """Those that lie within the window."""
        painter.setPen(pen(self.colour, self.width, self.style))
        inside = [x for x in self.x if view.x[0] <= x <= view.x[1]]
        for x in np.round(view.right(np.array(inside))).tolist():
            painter.drawLine(QLineF(x + 0.5, view.rect.top(), x + 0.5, view.rect.bottom()))

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """A piece of one."""
        painter.setPen(pen(self.colour, self.width, self.style))
        x = rect.center().x()
        painter.drawLine(QLineF(x, rect.top(), x, rect.bottom()))


class Cursor(Verticals):
    """A vertical line above everything else."""

    z = 6


class Spans(Mark):
    """Rectangles: from when to when, and between which values. At least one pixel wide."""

    z = 1

    def __init__(self, spans: Floats, colour: str, label: str = "") -> None:
        super().__init__(colour, label)
        self.spans = np.asarray(spans, dtype=float).reshape(-1, 4)

    def paint(self, painter: QPainter, view: View) -> None:
        """All of them that touch the window."""
        start, stop, low, high = self.spans[
            (self.spans[:, 1] >= view.x[0]) & (self.spans[:, 0] <= view.x[1])].T
        left, right = view.right(start), view.right(stop)
        top, bottom = view.down(high), view.down(low)
        colour = token(self.colour)
        for a, b, c, d in zip(left.tolist(), right.tolist(), top.tolist(), bottom.tolist(),
                              strict=True):
            painter.fillRect(QRectF(a, c, max(b - a, 1.0), max(d - c, 1.0)), colour)

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """A small one."""
        painter.fillRect(rect.adjusted(3, 2, -3, -2), token(self.colour))

    def extent(self) -> tuple[float, float, float, float] | None:
        """Of all rectangles."""
        if not self.spans.size:
            return None
        s = self.spans
        return float(s[:, 0].min()), float(s[:, 1].max()), float(s[:, 2].min()), \
            float(s[:, 3].max())


class Polarities(Mark):
    """A band at the lower edge: from where to where pulses potentiate (up) or depress (down)."""

    z = 2

    def __init__(self, trains: Sequence[tuple[float, float, float]]) -> None:
        super().__init__("stimulus")
        self.trains = list(trains)

    def same_as(self, other: Mark) -> bool:
        """The same trains in the same places."""
        return isinstance(other, Polarities) and other.trains == self.trains

    def paint(self, painter: QPainter, view: View) -> None:
        """A field with a sign for every train that the window shows."""
        for start, stop, sign in self.trains:
            left, right = view.right(np.array([start, stop]))
            left, right = max(left, view.rect.left()), min(right, view.rect.right())
            if not sign or right - left < 1.0:
                continue
            box = QRectF(left, view.rect.bottom() - 13.0, right - left - 1.0, 13.0)
            painter.fillRect(box, token("selection" if sign > 0 else "grid"))
            if box.width() > 10.0:
                painter.setPen(token(self.colour))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "▲" if sign > 0 else "▼")

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """Nothing: it explains itself."""


class Words(Mark):
    """Words at a place, to its left."""

    z = 5

    def __init__(self, x: float, y: float, words: str, colour: str = "text") -> None:
        super().__init__(colour)
        self.x, self.y, self.words = x, y, words

    def paint(self, painter: QPainter, view: View) -> None:
        """Within the window, whatever the place."""
        x = float(view.right(np.array([self.x]))[0])
        y = float(view.down(np.array([self.y]))[0])
        top = min(max(y - 8.0, view.rect.top() + 1.0), view.rect.bottom() - 17.0)
        painter.setPen(token(self.colour))
        painter.drawText(QRectF(x - 106.0, top, 100.0, 16.0),
                         Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.words)

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """Nothing: it explains itself."""


class Ring(Mark):
    """A ring around a point, above everything else, perhaps with words beside it."""

    z = 6

    def __init__(self, x: float, y: float, colour: str = "accent", words: str = "") -> None:
        super().__init__(colour)
        self.x, self.y, self.words = x, y, words

    def extent(self) -> tuple[float, float, float, float] | None:
        """One that says something is seen whole: the axis goes beyond its point."""
        y = ROOM * self.y
        return (self.x, self.x, min(y, 0.0), max(y, 0.0)) if self.words else None

    def paint(self, painter: QPainter, view: View) -> None:
        """The ring; words on the side that has room."""
        if not (view.x[0] <= self.x <= view.x[1] and view.y[0] <= self.y <= view.y[1]):
            return
        at = QPointF(float(view.right(np.array([self.x]))[0]),
                     float(view.down(np.array([self.y]))[0]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen(self.colour, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, RING, RING)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        if self.words:
            self._write(painter, view, at)

    def _write(self, painter: QPainter, view: View, at: QPointF) -> None:
        wide = painter.fontMetrics().horizontalAdvance(self.words) + 2.0
        left = at.x() - wide - RING - 4.0
        if left < view.rect.left():
            left = at.x() + RING + 4.0
        top = min(max(at.y() - 8.0, view.rect.top() + 1.0), view.rect.bottom() - 17.0)
        box = QRectF(left, top, wide, 16.0)
        ground = QColor(token("surface"))
        ground.setAlphaF(0.8)
        painter.fillRect(box, ground)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.words)

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """Nothing: it explains itself."""


class Ribbon(Mark):
    """A band of changing width around a line, from the left to the right; it grows with the data.

    :param x: shape (n,), ascending, with ``low`` and ``high``.
    """

    z = STILL + 0.5

    def __init__(self, x: Floats, low: Floats, high: Floats, colour: str, label: str = "") -> None:
        super().__init__(colour, label)
        self.x, self.low, self.high = x, low, high

    def extent(self) -> tuple[float, float, float, float] | None:
        """Of the whole band, else its edges lie outside and it says nothing."""
        if not self.x.size:
            return None
        return (float(self.x[0]), float(self.x[-1]), float(self.low.min()),
                float(self.high.max()))

    def paint(self, painter: QPainter, view: View) -> None:
        """The part within the window, of a pixel's steps at most."""
        first = max(int(np.searchsorted(self.x, view.x[0])) - 1, 0)
        last = int(np.searchsorted(self.x, view.x[1])) + 1
        step = max(1, (last - first) // 2000)
        x, low, high = (one[first:last:step] for one in (self.x, self.low, self.high))
        if x.size < 2:
            return
        right = view.right(np.concatenate([x, x[::-1]]))
        down = view.down(np.concatenate([high, low[::-1]]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(token(self.colour))
        painter.drawPolygon(arrayToQPolygonF(right, down))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """A small piece of it."""
        painter.fillRect(rect.adjusted(0, 2, 0, -2), token(self.colour))


class Watermark(Mark):
    """Words across the plot, behind everything."""

    z = -1

    def __init__(self, words: str, colour: str = "simulated") -> None:
        super().__init__(colour)
        self.words = words

    def paint(self, painter: QPainter, view: View) -> None:
        """As large as the window allows."""
        colour = QColor(token(self.colour))
        colour.setAlphaF(0.10)
        font = QFont(painter.font())
        font.setPixelSize(max(12, int(min(view.rect.width() / 9.0, view.rect.height() / 3.0))))
        font.setWeight(QFont.Weight.Bold)
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 110)
        painter.save()
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(view.rect, Qt.AlignmentFlag.AlignCenter, self.words)
        painter.restore()

    def swatch(self, painter: QPainter, rect: QRectF) -> None:
        """Nothing: it explains itself."""
