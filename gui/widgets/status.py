"""The line at the window's lower edge."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QStatusBar, QStyle, QStyleOption, QWidget

from memrig.gui import theme

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class StatusBar(QStatusBar):
    """A status bar whose message is cut with … where it does not fit; the whole is its tool tip.

    Qt's own lets a long message run on beneath what stands at its right.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(theme.SPACE, 0, theme.SPACE, 0)
        self.messageChanged.connect(self._explain)

    @property
    def shown(self) -> str:
        """What can be read of the message at the present width."""
        width = self._room().width()
        return self.fontMetrics().elidedText(self.currentMessage(), Qt.TextElideMode.ElideRight,
                                             width)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Explain by a tool tip what is cut now."""
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw the cut message."""
        painter, option = QPainter(self), QStyleOption()
        option.initFrom(self)
        style = self.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)
        style.drawItemText(painter, self._room(), int(LEFT), self.palette(), self.isEnabled(),
                           self.shown, QPalette.ColorRole.WindowText)

    def _room(self) -> QRect:
        """Up to what always stands at the right."""
        room = self.contentsRect()
        ends = [one.x() for one in self.findChildren(
            QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly) if one.isVisibleTo(self)]
        room.setRight(min(ends, default=room.right()) - theme.SPACE)
        return room

    def _explain(self) -> None:
        whole = self.currentMessage()
        self.setToolTip(whole if self.shown != whole else "")
