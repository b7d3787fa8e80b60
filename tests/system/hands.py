"""What hands can do to a window: press keys, click, wait until it has settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from memrig.gui.panels.runs_model import COLUMNS, TICK
from memrig.gui.window import Window
from memrig.hil.plan import combined_sha256

WAIT_MS = 60_000
CTRL = Qt.KeyboardModifier.ControlModifier
CTRL_SHIFT = CTRL | Qt.KeyboardModifier.ShiftModifier
Open = Callable[..., "Bench"]


class Hand:
    """A window, and a hand on its keyboard and mouse."""

    def __init__(self, window: Window, qtbot: Any) -> None:
        self.window, self.session, self.qtbot = window, window.session, qtbot

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=WAIT_MS)

    def settled(self) -> None:
        self.until(lambda: self.session.state == "idle" and self.session.plan is not None
                   and self.session.plan.complete)

    def key(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the keyboard is, as the window system would deliver it."""
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def click(self, widget: Any) -> None:
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


class Bench(Hand):
    """The whole of a run, by hand."""

    def __init__(self, window: Window, qtbot: Any) -> None:
        super().__init__(window, qtbot)
        self.ended: list[Any] = []
        self.session.run_ended.connect(self.ended.append)

    def write(self, text: str) -> None:
        """Replace what stands in the field that has the keyboard."""
        self.key(Qt.Key.Key_A, CTRL)
        self.qtbot.keyClicks(QApplication.focusWidget(), text)

    def go_to(self, name: str) -> None:
        """Press Tab until the field of a parameter has the keyboard."""
        for _ in range(80):
            if self.has_keyboard(name):
                return
            self.key(Qt.Key.Key_Tab)
        pytest.fail(f"Tab never reaches {name}")

    def has_keyboard(self, name: str) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and focus in {self.field(name), self.field(name).control}

    def choose_protocol(self, name: str) -> None:
        """By the keyboard: go to the list, then down to the line."""
        self.choose_protocol_now(name)
        self.settled()

    def choose_protocol_now(self, name: str) -> None:
        """The same while a run goes on; waits for the plan only."""
        self.key(Qt.Key.Key_P, CTRL)
        choice = self.window.protocol.choice
        assert choice.hasFocus()
        self.key(Qt.Key.Key_Home)
        for _ in range(choice.findData(name)):
            self.key(Qt.Key.Key_Down)
        assert self.session.protocol == name
        self.until(lambda: self.session.plan is not None and self.session.plan.complete)

    def field(self, name: str) -> Any:
        form = self.window.protocol.form
        assert form is not None
        return form.field(name)

    def line(self, row: int) -> list[str]:
        """What a line of the runs says, without its tick."""
        found = self.window.runs.found
        return [str(found.index(row, column).data()) for column in range(1, COLUMNS)]

    def click_at(self, row: int, column: int, click: Any = None) -> None:
        """Click into the list of runs; on the box, where there is one."""
        table = self.window.runs.table
        where = table.visualRect(table.model().index(row, column))
        place = where.center()
        if column == TICK:
            place.setX(where.left() + 10)
        (click or self.qtbot.mouseClick)(table.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def run_to_the_end(self) -> Any:
        self.until(lambda: self.ended)
        self.settled()
        return self.ended.pop().run

    @property
    def measured(self) -> int:
        """Stimuli whose measured record the figure has."""
        return len(self.window.overlay.scene.records)

    @property
    def planned(self) -> str:
        """A hash over everything that would be sent."""
        plan = self.session.plan
        assert plan is not None
        return combined_sha256(step.record.plan for step in plan.rehearsal.steps)

    @property
    def status(self) -> str:
        return self.window.statusBar().currentMessage()
