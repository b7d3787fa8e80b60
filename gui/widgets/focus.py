"""Where the keyboard is and where it goes: the ring around it, and the order of Tab."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, QRectF, Qt
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


class FocusRing(QObject):
    """Puts a ring of two pixels in the accent's colour around what has the keyboard.

    Fusion shows it by one pixel of another shade, on some controls. The ring is drawn in the
    parent of the control, just outside it: a layout's edge must leave it ``WIDTH`` pixels.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._frame = _Frame()
        application.focusChanged.connect(self.follow)

    @property
    def around(self) -> QWidget | None:
        """What the ring is around."""
        return self._frame.widget() if shiboken6.isValid(self._frame) else None

    def follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Move to the widget that has the focus now."""
        if not shiboken6.isValid(self._frame):
            self._frame = _Frame()  # the window that it was in last has taken it along
        self._frame.setWidget(now if isinstance(now, RINGED) else None)  # type: ignore[arg-type]  # None hides it


class _Frame(QFocusFrame):
    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw the ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.token("accent"), WIDTH))
        inside = QRectF(self.rect()).adjusted(*[WIDTH / 2.0] * 2, *[-WIDTH / 2.0] * 2)
        painter.drawRoundedRect(inside, 5.0, 5.0)


def keep_order(before: QWidget, part: QWidget) -> None:
    """Let Tab go from ``before`` into ``part``, which was made after what follows both.

    Qt puts whatever gets a parent later at the end of the whole window's order. A widget that has
    its focus from something inside is moved as one.
    """
    found, one = list[QWidget](), before.nextInFocusChain()
    while one is not None and one is not before:
        if one is part or part.isAncestorOf(one):
            found.append(one)
        one = one.nextInFocusChain()
    whole = [one for one in found if (inside := one.focusProxy()) and one.isAncestorOf(inside)]
    for one in found:
        if one in whole or (one.focusPolicy() & Qt.FocusPolicy.TabFocus
                            and not any(other.isAncestorOf(one) for other in whole)):
            QWidget.setTabOrder(before, one)
            before = one
