"""The ring around whatever has the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFocusFrame,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from memrig.gui import theme

RINGED = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit)
"""What gets a ring; a plot or a window would only look framed."""
WIDTH = 2


class FocusRing(QFocusFrame):
    """A ring of two pixels in the accent's colour, which follows the keyboard's focus.

    Fusion shows it by one pixel of another shade, on some controls.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        application.focusChanged.connect(self.follow)

    def follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Move to the widget that has the focus now."""
        self.setWidget(now if isinstance(now, RINGED) else None)  # type: ignore[arg-type]  # None hides it

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw the ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.token("accent"), WIDTH))
        inside = QRectF(self.rect()).adjusted(*[WIDTH / 2.0] * 2, *[-WIDTH / 2.0] * 2)
        painter.drawRoundedRect(inside, 5.0, 5.0)
