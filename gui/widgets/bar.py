"""A slim bar: how much of something is used."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memrig.gui import theme

WIDTH_PX, HEIGHT_PX = 32, 4


class Bar(QWidget):
    """Filled from the left; what is too much fills all of it, in the colour of limits.

    It adds nothing to the words beside it, so screen readers pass it over.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fraction, self.exceeded = 0.0, False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """As slim as can be seen."""
        return QSize(WIDTH_PX, HEIGHT_PX)

    def show_use(self, fraction: float, *, exceeded: bool) -> None:
        """Show that this part is used."""
        self.fraction, self.exceeded = min(max(fraction, 0.0), 1.0), exceeded
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw the whole and the part."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(0.0, 0.5 * (self.height() - HEIGHT_PX), self.width(), HEIGHT_PX)
        painter.setBrush(theme.token("line"))
        painter.drawRoundedRect(whole, 2.0, 2.0)
        part = QRectF(whole)
        part.setWidth(whole.width() * (1.0 if self.exceeded else self.fraction))
        painter.setBrush(theme.token("danger" if self.exceeded else "accent"))
        painter.drawRoundedRect(part, 2.0, 2.0)
