"""The row above a plot: where the pointer is, and what the signs mean."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from memrig.gui.plots.marks import Mark
from memrig.gui.theme import token

PLACE = 190.0
"""Pixels that are kept free for where the pointer is, where there is room."""
SIGN, GAP, APART = 20.0, 6.0, 18.0
"""Pixels: width of a sign, between it and its words, between entries."""


class Legend(QWidget):
    """Signs and words in rows, from the right; to their left a title and the pointer's place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: list[Mark] = []
        self._title, self._place = "", ""
        self._fit()

    @property
    def entries(self) -> list[str]:
        """Words of all entries, in order."""
        return [mark.label for mark in self._marks]

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Explain these; equal words stand once."""
        found: dict[str, Mark] = {}
        for mark in marks:
            if mark.label:
                found.setdefault(mark.label, mark)
        known, self._marks = self.entries, list(found.values())
        if known == self.entries:
            return
        self.setAccessibleDescription(", ".join(self.entries))
        self._fit()

    def set_title(self, title: str) -> None:
        """Words at the left."""
        self._title = title
        self._fit()

    def set_place(self, place: str) -> None:
        """Where the pointer is, after the title."""
        if place != self._place:
            self._place = place
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """As many rows as the width asks for."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  # Qt's name
        """Another font needs other rows."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _rows(self) -> list[list[tuple[Mark, float]]]:
        """Entries with their widths, row by row."""
        metrics, left = QFontMetricsF(self.font()), max(self.width() - 8.0, 120.0)
        rows: list[list[tuple[Mark, float]]] = [[]]
        place = PLACE if left > 2.5 * PLACE else 0.0  # for where the pointer is
        used = metrics.horizontalAdvance(self._title) + place
        for mark in self._marks:
            wide = SIGN + GAP + metrics.horizontalAdvance(mark.label) + APART
            if used + wide > left and (rows[-1] or len(rows) == 1):
                rows.append([])
                used = 0.0
            rows[-1].append((mark, wide))
            used += wide
        return rows

    def _fit(self) -> None:
        height = QFontMetricsF(self.font()).height() + 4.0
        self.setFixedHeight(int(len(self._rows()) * height) + 4)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Title, place, entries."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), token("surface"))
        metrics = QFontMetricsF(self.font())
        height = metrics.height() + 4.0
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(token("text"))
        painter.drawText(QRectF(4.0, 2.0, self.width(), height), centre, self._title)
        at = 4.0 + metrics.horizontalAdvance(self._title) + (12.0 if self._title else 0.0)
        rows = self._rows()
        room = self.width() - 4.0 - sum(wide for _, wide in rows[0]) - at
        painter.setPen(token("muted"))
        if metrics.horizontalAdvance(self._place) < room:
            painter.drawText(QRectF(at, 2.0, self.width(), height), centre, self._place)
        for number, row in enumerate(rows):
            x = self.width() - 4.0 - sum(wide for _, wide in row) + APART
            for mark, wide in row:
                self._paint_entry(painter, mark, QRectF(x, 2.0 + number * height, wide, height))
                x += wide

    def _paint_entry(self, painter: QPainter, mark: Mark, rect: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = rect.center().y()
        mark.swatch(painter, QRectF(rect.left(), middle - 7.0, SIGN, 14.0))
        painter.setPen(token("text"))
        painter.drawText(rect.adjusted(SIGN + GAP, 0.0, 0.0, 0.0),
                         Qt.AlignmentFlag.AlignVCenter, mark.label)
