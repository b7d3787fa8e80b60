"""The levels of a profile on one axis, so that nonsense is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from memrig.gui import theme
from memrig.hil.units import shown

HEIGHT, AXIS, ROW = 150, 84, 18
LIMITS, LEVELS = ("v_min_v", "v_max_v"), ("v_set_v", "v_reset_v")
READ = "v_read_max_v"


@dataclass(frozen=True, slots=True)
class Mark:
    """One voltage of a profile, volts, and what it is called."""

    name: str
    value_v: float


def marks(values: Mapping[str, float]) -> list[Mark]:
    """The voltages that are numbers, the lowest first."""
    found = [Mark(name.removesuffix("_v"), values[name]) for name in (*LIMITS, *LEVELS)
             if name in values]
    return sorted(found, key=lambda mark: mark.value_v)


class LevelsView(QWidget):
    """An axis of volts: what the device may see, the read window, set and reset."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: dict[str, float] = {}
        self.setMinimumSize(320, HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Levels"))
        theme.notifier().changed.connect(self.update)

    def set_values(self, values: Mapping[str, float]) -> None:
        """Show voltages by the names of the profile's fields; others are not looked at."""
        self.values = dict(values)
        words = ", ".join(f"{one.name} {shown(one.value_v, 'V')}" for one in marks(values))
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw bands, axis and marks."""
        found = marks(self.values)
        if not found:
            return
        reach_v = 1.18 * max(abs(one.value_v) for one in found) or 1.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, wide = 2.0 * theme.CARD, self.width() - 4.0 * theme.CARD

        def x(volts: float) -> float:
            return left + wide * (volts / reach_v + 1.0) / 2.0

        self._bands(painter, x, reach_v)
        painter.setPen(QPen(theme.token("border"), 1.0))
        painter.drawLine(QPointF(x(-reach_v), AXIS), QPointF(x(reach_v), AXIS))
        painter.drawLine(QPointF(x(0.0), AXIS - 5), QPointF(x(0.0), AXIS + 5))
        for row, mark in zip(_rows(found, x), found, strict=True):
            self._mark(painter, mark, x(mark.value_v), row)

    def _bands(self, painter: QPainter, x: Callable[[float], float], reach_v: float) -> None:
        low_v, high_v = (self.values.get(name, side * reach_v)
                         for name, side in zip(LIMITS, (-1.0, 1.0), strict=True))
        read_v = self.values.get(READ, 0.0)
        for a_v, b_v, name in ((-reach_v, low_v, "danger_band"), (high_v, reach_v, "danger_band"),
                               (-read_v, read_v, "selection")):
            if b_v > a_v:
                painter.fillRect(QRectF(x(a_v), AXIS - 22, x(b_v) - x(a_v), 44),
                                 theme.token(name))
        painter.setPen(theme.token("muted"))
        text = self.tr("read ±{0}").format(shown(read_v, "V")) if read_v > 0 else "0 V"
        painter.drawText(QRectF(x(0.0) - 60, AXIS + 24, 120, ROW),
                         int(Qt.AlignmentFlag.AlignCenter), text)

    def _mark(self, painter: QPainter, mark: Mark, x: float, row: int) -> None:
        name = "danger" if f"{mark.name}_v" in LIMITS else "stimulus"
        painter.setPen(QPen(theme.token(name), 2.0))
        painter.drawLine(QPointF(x, AXIS - 22), QPointF(x, AXIS + 22))
        text = f"{mark.name} {shown(mark.value_v, 'V')}"
        wide = painter.fontMetrics().horizontalAdvance(text) + 4
        at = min(max(x - wide / 2, 0.0), self.width() - wide)
        painter.drawText(QRectF(at, AXIS - 44 - ROW * row, wide, ROW),
                         int(Qt.AlignmentFlag.AlignCenter), text)


def _rows(found: list[Mark], x: Callable[[float], float]) -> Iterator[int]:
    """In which row above the axis each label stands, so that neighbours do not overlap."""
    last = [-1e9, -1e9, -1e9]
    for mark in found:
        here = x(mark.value_v)
        row = next((k for k in range(3) if here - last[k] > 104), 2)
        last[row] = here
        yield row
