"""The question of a guard, below the strip: a run stands at 0 V and waits for an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from memrig.gui import theme
from memrig.gui.commands import Command
from memrig.gui.running import Asked
from memrig.gui.sentences import said
from memrig.gui.session import BUSY, Session
from memrig.gui.widgets.elided import ElidedLabel
from memrig.hil.guards import ANSWER_S, Question


class QuestionLine(QFrame):
    """One line with what was seen, and two buttons; hidden while nobody is asked."""

    changed = Signal()
    """Somebody is asked, or nobody any more."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.question: Question | None = None
        self.setObjectName("card")
        self.seen = ElidedLabel()
        self.seen.setObjectName("caution")
        self.until = ElidedLabel()
        self.until.setObjectName("muted")
        self.go_on = QPushButton(self.tr("Go on"))
        self.go_on.setObjectName("touch")  # the run energises the device again
        self.go_on.clicked.connect(self.let_go_on)
        self.stop = QPushButton(self.tr("Stop the run"))
        self.stop.clicked.connect(self.let_stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.CARD, theme.SMALL, theme.CARD, theme.SMALL)
        row.setSpacing(theme.SPACE)
        row.addWidget(self.seen, 2)
        row.addWidget(self.until, 1)
        row.addWidget(self.go_on)
        row.addWidget(self.stop)
        session.told.connect(self._take)
        session.state_changed.connect(self._state)
        self.hide()

    def commands(self) -> Iterator[Command]:
        """The two answers."""
        yield Command(id="run.go_on", text=self.tr("Let the run go on"), shortcut="Ctrl+G",
                      act=self.let_go_on, menu="run", group=1)
        yield Command(id="run.answer_stop", text=self.tr("Stop the run that asks"),
                      act=self.let_stop, menu="run", group=1)

    def _take(self, word: object) -> None:
        if isinstance(word, Asked):
            self.question = word.question
            seen = said(str(word.question.alert))
            until = time.strftime("%H:%M:%S", time.localtime(time.time() + ANSWER_S))
            self.seen.setText(f"▲ {seen}")
            self.until.setText(self.tr("0 V at the device; stops at {0}").format(until))
            self.setAccessibleName(seen)
            self.show()
            self.changed.emit()

    def _state(self, state: str) -> None:
        if state not in BUSY:
            self._leave()

    def let_go_on(self) -> None:
        """The run goes on; nothing happens where nobody asks."""
        self._answer(go_on=True)

    def let_stop(self) -> None:
        """The run ends here."""
        self._answer(go_on=False)

    def _answer(self, *, go_on: bool) -> None:
        if self.question is not None:
            self.question.answer(go_on=go_on)
        self._leave()

    def _leave(self) -> None:
        self.question = None
        self.hide()
        self.changed.emit()
