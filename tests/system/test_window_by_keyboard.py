"""Tab reaches everything that can be used, from left to right, and everything says what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from memrig.gui import language
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.window import Window
from memrig.hil.registry import entries
from memrig.hil.store import Store

pytestmark = pytest.mark.usefixtures("qt")

WAIT_MS = 60_000
MOST = 400
"""Presses of Tab after which it goes round in a part of the window."""


@pytest.fixture(params=["en", "ru"])
def window(
    qtbot: Any, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Window]:
    """A window with a run in its list, everything unfolded."""
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    language.speak(qapp, request.param)
    with Store.open(tmp_path / "runs.sqlite") as store:
        made = Window(Session(store))
        made.resize(1440, 1000)
        made.show()
        made.activateWindow()
        qtbot.waitUntil(lambda: made.isActiveWindow() and settled(made), timeout=WAIT_MS)
        made.commands.run("run.read")
        qtbot.waitUntil(lambda: made.runs.found.rowCount() and settled(made), timeout=WAIT_MS)
        made.runs.table.selectRow(0)
        yield made
        made.close()
        made.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    language.speak(qapp, "en")


def settled(window: Window) -> bool:
    plan = window.session.plan
    return window.session.state == "idle" and plan is not None and plan.complete


def choose(window: Window, protocol: str, qtbot: Any) -> None:
    window.session.choose(protocol=protocol)
    window.protocol.show_choice()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    qtbot.waitUntil(lambda: settled(window), timeout=WAIT_MS)


def walked(window: Window, qtbot: Any) -> list[QWidget]:
    """Everything that has the keyboard in turn, until it is where it began."""
    window.protocol.choice.setFocus()
    found: list[QWidget] = []
    for _ in range(MOST):
        now = window.focusWidget()
        if now in found:
            assert now is found[0], f"Tab goes round from {found[-1]} to {now}"
            return found
        found.append(now)
        qtbot.keyClick(now, Qt.Key.Key_Tab)
    pytest.fail(f"Tab does not come round in {MOST} presses")


def usable(window: Window) -> set[QWidget]:
    """What Tab has to reach."""
    return {part for part in window.findChildren(QWidget)
            if part.isVisible() and part.isEnabled() and part.focusProxy() is None
            and part.focusPolicy() & Qt.FocusPolicy.TabFocus}


def place(part: QWidget, window: Window) -> int:
    """0 in the strip, 1 at the left, 2 in the middle, 3 at the right."""
    if window.strip.isAncestorOf(part):
        return 0
    x = part.mapTo(window, part.rect().center()).x()
    middle = window.overlay
    left = middle.mapTo(window, middle.rect().topLeft()).x()
    return 1 if x < left else 2 if x < left + middle.width() else 3


def spoken(part: QWidget) -> str:
    """What a screen reader says of it."""
    found = QAccessible.queryAccessibleInterface(part)
    return str(found.text(QAccessible.Text.Name)) if found is not None else ""


def test_tab_reaches_everything_from_left_to_right_and_everything_has_a_name(
    window: Window, qtbot: Any,
) -> None:
    for protocol in entries("protocols"):  # each brings a form and views that are made anew
        choose(window, protocol, qtbot)
        way = walked(window, qtbot)
        missed = {f"{type(one).__name__} {spoken(one)}" for one in usable(window) - set(way)}
        assert not missed, protocol
        dumb = [f"{type(one).__name__} in {type(one.parentWidget()).__name__}" for one in way
                if not spoken(one)]
        assert not dumb, protocol
        first = min(range(len(way)), key=lambda k: (place(way[k], window), k))
        places = [place(one, window) for one in way[first:] + way[:first]]
        assert places == sorted(places), protocol
        assert set(places) == {0, 1, 2, 3}


def test_no_letter_is_taken_twice(window: Window) -> None:
    """Alt and a letter of the menus, and of the labels and buttons of one card."""
    menus = [letter for action in window.menuBar().actions() for letter in letters(action.text())]
    assert len(menus) == len(set(menus)) == len(window.menuBar().actions())
    for card in window.findChildren(Card):
        own = [letter for part in card.findChildren(QWidget)
               if isinstance(part, QLabel | QAbstractButton) for letter in letters(part.text())]
        assert len(own) == len(set(own)), card.accessibleName()
        assert not set(own) & set(menus), card.accessibleName()


def letters(text: str) -> list[str]:
    return [letter.casefold() for letter in re.findall("&(\\w)", text.replace("&&", ""))]
