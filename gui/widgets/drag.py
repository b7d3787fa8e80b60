"""The name of a parameter, which is dragged to change it: a hand on a knob instead of digits."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from memrig.gui.widgets.entry import Entry
from memrig.hil.errors import RequestError
from memrig.hil.parameters import Spec
from memrig.hil.units import format_quantity

DECADE_PX, FINER = 150.0, 0.1
"""Pixels to the right that multiply by ten, or pass the range of what is not in decades; with
Shift, ten times as many."""
WIDE = 100.0
"""Bounds that lie so much apart, as a ratio, span decades."""
DIGITS = 4


class DragLabel(QLabel):
    """Drag to the right for more, to the left for less; with Shift finer. Never past a bound."""

    began = Signal()
    """A drag begins; ``ended`` when the button is let go."""
    ended = Signal()

    def __init__(self, text: str, entry: Entry, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._entry = entry
        self._last_px: float | None = None
        self._value = 0.0
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Take hold of the value, if there is one that may be changed."""
        if event.button() is not Qt.MouseButton.LeftButton or self._entry.locked:
            super().mousePressEvent(event)
            return
        try:
            self._value = float(self._entry.value())
        except RequestError:
            return  # what is no number cannot be moved
        self._last_px = event.position().x()
        self.began.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Change the value by as much as the hand has moved since the last time."""
        if self._last_px is None:
            return
        moved_px = event.position().x() - self._last_px
        self._last_px = event.position().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            moved_px *= FINER
        self._value = moved(self._value, moved_px, self._entry.spec)
        text = format_quantity(self._value, self._entry.spec.unit or "1", DIGITS)
        if text != self._entry.text():
            self._entry.set_text(text)
            self._entry.edited.emit(text)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Let go."""
        super().mouseReleaseEvent(event)
        if self._last_px is not None:
            self._last_px = None
            self.ended.emit()


def moved(value: float, moved_px: float, spec: Spec) -> float:
    """A value after a drag: by decades where its bounds leave room for them, else in its range.

    >>> moved(1.0, 150.0, Spec(unit="1", help="", low=0.0))
    10.0
    """
    if value > 0 and spec.low >= 0 and spec.high >= WIDE * max(spec.low, value / WIDE):
        new = value * math.pow(10.0, moved_px / DECADE_PX)
    else:
        width = spec.high - spec.low
        new = value + (width if math.isfinite(width) else abs(value) or 1.0) * moved_px / DECADE_PX
    return min(max(new, spec.low), spec.high)
