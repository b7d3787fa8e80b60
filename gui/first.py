"""What waits until a window has been seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget


class FirstPaint(QObject):
    """Calls one thing after the other, once, as soon as a widget has been painted.

    Each has a turn of the event loop for itself, so that keys and clicks are heard between them.

    :param acts: called in the widget's thread, in this order.
    """

    def __init__(self, widget: QWidget, *acts: Callable[[], object]) -> None:
        super().__init__(widget)
        self._widget, self._acts = widget, deque(acts)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """Wait for the first picture; nothing is kept back."""
        if watched is self._widget and event.type() is QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self, self._next)
        return False

    def _next(self) -> None:
        act = self._acts.popleft()
        if self._acts:
            QTimer.singleShot(0, self, self._next)  # before: an act that fails takes none along
        act()
