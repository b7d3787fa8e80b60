"""A folding card: number, title, state in a mark and a word, and what belongs to it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.sentences import said
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.focus import WIDTH
from memrig.gui.widgets.wrapped import WrappedLabel

State = Literal["good", "bad", "caution", "muted"]
MARKS: dict[State, str] = {"good": "✓ ", "bad": "✕ ", "caution": "▲ ", "muted": ""}
"""A colour never stands alone: green and red are one to one man in twelve."""


class Card(QFrame):
    """A part of a column; ``body`` is the layout for what is in it.

    :param number: its step in the flow; 0 for none.
    """

    folded_changed = Signal(bool)

    def __init__(self, number: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setAccessibleName(title)
        self._title = title
        self._state = ElidedLabel()
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._state.setObjectName("muted")
        self._fold = _Chevron()
        self._fold.clicked.connect(self.toggle)
        self._problem = WrappedLabel("bad")
        self._content = QWidget()
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(WIDTH, WIDTH, WIDTH, WIDTH)  # where the focus ring is drawn
        self.body.setSpacing(theme.SMALL)
        self._summary, self._word, self._mark = "", "", ""
        self._asks = False
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(theme.CARD, theme.SPACE, theme.CARD, theme.SPACE)
        column.setSpacing(theme.SPACE)
        column.addLayout(self._head(number, title))
        column.addWidget(self._problem)
        column.addWidget(self._content)
        self.set_folded(False)

    def _head(self, number: int, title: str) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE)
        if number:
            circle = QLabel(str(number), alignment=Qt.AlignmentFlag.AlignCenter)
            circle.setObjectName("number")
            circle.setFixedSize(QSize(18, 18))
            head.addWidget(circle)
        self._name = QLabel(title)
        self._name.setObjectName("title")
        self._name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        head.addWidget(self._name)
        head.addWidget(self._state, 1)
        head.addWidget(self._fold)
        return head

    def set_title(self, title: str) -> None:
        """Give it another title."""
        self._title = title
        self._name.setText(title)
        self.setAccessibleName(title)
        self.set_folded(self.folded)

    def set_state(self, state: State, word: str) -> None:
        """Say how it stands: ``("good", "valid")``, ``("bad", "1 exceeded")``."""
        self._mark, self._word = MARKS[state], word
        theme.restyle(self._state, state)
        self._show_head()

    def set_summary(self, text: str) -> None:
        """What the card says in one line when it is folded."""
        self._summary = text
        self._show_head()

    def set_problem(self, sentence: str) -> None:
        """What is wrong with the whole of it; empty: nothing."""
        self._problem.setText(f"✕ {said(sentence)}" if sentence else "")

    @property
    def head(self) -> str:
        """The line at the right of the title: mark and word, or mark and summary when folded."""
        return self._state.text()

    @property
    def problem(self) -> str:
        """The sentence of what is wrong."""
        return self._problem.text().removeprefix("✕ ")

    @property
    def folded(self) -> bool:
        """Whether only its title line is shown."""
        return self._content.isHidden()

    def set_asks(self, asks: bool) -> None:  # noqa: FBT001  # like every setter of Qt
        """Whether a question stands in it, which nothing folds away before it is answered."""
        self._asks = asks
        if asks and self.folded:
            self.set_folded(False)

    def set_folded(self, folded: bool) -> None:  # noqa: FBT001  # like every setter of Qt
        """Show only the title line, or everything."""
        folded = folded and not self._asks
        changed = folded != self.folded
        self._content.setHidden(folded)
        self._fold.setArrowType(Qt.ArrowType.RightArrow if folded else Qt.ArrowType.DownArrow)
        verb = self.tr("Unfold {}") if folded else self.tr("Fold {}")
        self._fold.setAccessibleName(verb.format(self._title))
        self._show_head()
        if changed:
            self._column.activate()  # else what is shown now still has its old height
            self.folded_changed.emit(folded)

    def toggle(self) -> None:
        """Fold, or unfold."""
        self.set_folded(not self.folded)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """A click on the title line folds."""
        super().mouseReleaseEvent(event)
        if event.position().y() <= self._state.geometry().bottom() + theme.SPACE:
            self.toggle()

    def _show_head(self) -> None:
        hidden = self.folded and self._summary and not self._mark.startswith(MARKS["bad"])
        self._state.setText(self._mark + (self._summary if hidden else self._word))


class _Chevron(QToolButton):
    """The button that folds, for the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fold")
        self.setAutoRaise(True)
        self.setFixedSize(QSize(18, 18))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
