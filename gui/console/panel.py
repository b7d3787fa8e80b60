"""The panel below the plots: traffic, Python, log."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.console.traffic import Traffic
from memrig.gui.log import LogLine
from memrig.gui.session import Session
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.focus import WIDTH
from memrig.hil.bench import Message
from memrig.hil.errors import MemrigError
from memrig.hil.events import MessagesExchanged
from memrig.hil.registry import load

if TYPE_CHECKING:
    from memrig.hil.script import Action

LINES, ACTIONS = 5000, 2000
"""Lines of a text and actions of a session that are kept."""
HEIGHT = 220
"""Pixels of the panel at first."""


class _Pages(NamedTuple):
    traffic: Traffic
    python: QPlainTextEdit
    log: QPlainTextEdit
    copy_all: QPushButton


class Console(QTabWidget):
    """Shows what a session does, in words of instruments, of Python and of the program itself."""

    said = Signal(str)
    """A sentence for the status line."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.actions_done: deque[Action] = deque(maxlen=ACTIONS)
        self._chosen = ""
        self.setAccessibleName(self.tr("Console"))
        self.setDocumentMode(True)
        self.setMinimumHeight(120)
        session.batch.connect(self._batch)
        session.acted.connect(self._acted)

    # --- its tabs: made with the first line in one of them, or when it is shown

    @property
    def traffic(self) -> Traffic:
        """Every message to and from the instruments."""
        return self._pages.traffic

    @property
    def python(self) -> QPlainTextEdit:
        """What was done, as Python."""
        return self._pages.python

    @property
    def log(self) -> QPlainTextEdit:
        """The program's own warnings."""
        return self._pages.log

    @property
    def copy_all(self) -> QPushButton:
        """The button that copies everything that was done."""
        return self._pages.copy_all

    @cached_property
    def _pages(self) -> _Pages:
        pages = _Pages(
            traffic=Traffic(), python=_Text(self.tr("Python of this session")),
            log=_Text(self.tr("The program's own warnings")),
            copy_all=QPushButton(self.tr("Copy all")))
        pages.traffic.stored_wanted.connect(self._show_stored)
        pages.traffic.said.connect(self.said)
        self.addTab(pages.traffic, self.tr("Traffic"))
        self.addTab(self._python_tab(pages.python, pages.copy_all), self.tr("Python"))
        self.addTab(pages.log, self.tr("Log"))
        return pages

    def _python_tab(self, lines: QPlainTextEdit, copy_all: QPushButton) -> QWidget:
        tab, row = QWidget(), QHBoxLayout()
        copy_all.setToolTip(self.tr("one script of everything that was done"))
        copy_all.clicked.connect(self.copy_session)
        hint = ElidedLabel(self.tr("What you do, as Python; the newest stands last."))
        hint.setObjectName("muted")
        row.setContentsMargins(WIDTH, WIDTH, WIDTH, WIDTH)  # where the focus ring is drawn
        row.addWidget(hint, 1)
        row.addWidget(copy_all)
        column = QVBoxLayout(tab)
        column.setContentsMargins(theme.SMALL, theme.SMALL, theme.SMALL, theme.SMALL)
        column.setSpacing(theme.SMALL)
        column.addLayout(row)
        column.addWidget(lines, 1)
        return tab

    # --- what comes in

    def _batch(self, events: list[object]) -> None:
        rows: list[Message] = []
        for event in events:
            if isinstance(event, MessagesExchanged):
                rows += event.rows
            elif isinstance(event, LogLine):
                self.log.appendPlainText(str(event))
        if rows:
            self.traffic.take(rows)

    def _acted(self, action: Action) -> None:
        self.actions_done.append(action)
        self.python.appendPlainText(action.text + "\n")

    def choose_run(self, run_id: str) -> None:
        """Another run is chosen; its messages are read as soon as they are to be seen."""
        self._chosen = run_id
        if self.isVisible() and self.traffic.shows_stored:
            self._show_stored()

    def _show_stored(self) -> None:
        run, rows = self._chosen, list[Message]()
        try:
            rows = self.session.store.load(run).transcript if run else rows
        except MemrigError as error:
            self.said.emit(str(error))
        self.traffic.show_stored(run, rows)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  # Qt's name
        """Bring up to date what was left alone while it was hidden."""
        super().showEvent(event)
        self.choose_run(self._chosen)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  # Qt's name
        """Give the keyboard to what stands above rather than to nobody."""
        super().hideEvent(event)
        focus = self.window().focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.window().setFocus()

    # --- Python for elsewhere

    def copy_session(self) -> None:
        """Copy one script of everything that was done."""
        from memrig.hil.script import session_script  # noqa: PLC0415  # the first picture needs none

        text = session_script(list(self.actions_done), self._store_path())
        self._copy(text, self.tr("script of this session copied"))

    def copy_setup(self) -> None:
        """Copy a script that runs what is set up now."""
        from memrig.gui.recipes import recipe_of  # noqa: PLC0415  # the first picture needs none
        from memrig.hil.script import run_script  # noqa: PLC0415  # as above

        session = self.session
        try:
            protocol = load("protocols", session.protocol).from_text(session.texts)
            recipe = recipe_of(session, session.ordered(
                protocol, session.seed, session.preset))
        except MemrigError as error:
            self.said.emit(self.tr("nothing copied: {0}").format(error))
            return
        title = f"Runs {protocol.name} on bench {session.spec}."
        self._copy(run_script(recipe, self._store_path(), title),
                   self.tr("script of this set-up copied"))

    def copy_run(self, run_id: str) -> None:
        """Copy a script that repeats a stored run."""
        if not run_id:
            self.said.emit(self.tr("nothing copied: choose a run in the list first"))
            return
        from memrig.hil.script import Recipe, run_script, title_of  # noqa: PLC0415  # the first picture needs none

        try:
            run = self.session.store.load(run_id)
            text = run_script(Recipe.of_run(run), self._store_path(), title_of(run))
        except MemrigError as error:
            self.said.emit(self.tr("nothing copied: {0}").format(error))
            return
        self._copy(text, self.tr("script of run {0} copied").format(run_id))

    def _store_path(self) -> str:
        return str(self.session.store.path.resolve())

    def _copy(self, text: str, sentence: str) -> None:
        QApplication.clipboard().setText(text)
        self.said.emit(sentence)


class _Text(QPlainTextEdit):
    """Lines that only grow; the oldest go when there are too many."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setMaximumBlockCount(LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(theme.fixed(self.font()))
