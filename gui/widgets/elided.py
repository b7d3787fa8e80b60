"""A label that never widens what it stands in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget


class ElidedLabel(QLabel):
    """One line of text, cut with … where it does not fit; the whole of it is the tool tip.

    One long status text in an ordinary label widens its column and cuts every field beside it.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._more = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:  # noqa: N802  # Qt's name
        """Show another text."""
        if text != self.text():
            super().setText(text)
            self._explain()

    def setToolTip(self, text: str) -> None:  # noqa: N802  # Qt's name
        """Say more than the text does; of a cut text the whole comes first."""
        self._more = text
        self._explain()

    @property
    def shown(self) -> str:
        """What can be read of the text at the present width."""
        width = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, width)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """As narrow as an ellipsis."""
        return QSize(self.fontMetrics().horizontalAdvance("…"), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Explain by a tool tip what is cut now."""
        super().resizeEvent(event)
        self._explain()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  # Qt's name
        """Another font cuts elsewhere."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw the cut text."""
        painter, option = QPainter(self), QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        self.style().drawItemText(painter, self.contentsRect(), int(self.alignment()),
                                  self.palette(), self.isEnabled(), self.shown,
                                  self.foregroundRole())

    def _explain(self) -> None:
        text = self.text()
        whole = text if text and self.shown != text else ""
        words = "\n".join(part for part in (whole, self._more) if part)
        if words != self.toolTip():
            super().setToolTip(words)
