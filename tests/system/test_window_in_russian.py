"""The whole window in Russian: nothing of it is English, nothing is cut, and it changes at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTableView,
    QTableWidget,
    QTabWidget,
    QTreeView,
    QWidget,
)

from memrig.gui import app, language, theme
from memrig.gui.session import Session
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.window import Window
from memrig.hil.registry import entries, load
from memrig.hil.store import Store

pytestmark = pytest.mark.usefixtures("qt")

WAIT_MS = 60_000
SIGNS = frozenset({
    "memrig", "Python", "Ctrl", "Shift", "Alt", "Esc", "Delete", "Enter", "CSV", "HDF", "NetCDF",
    "STDP", "SET", "RESET", "nrmse", "log", "English", "tag", "forming", "dut", "zro", "max", "fig",
    "set", "reset", "pre", "post", "model", "scope", "awg", "two",
    "biolek", "joglekar", "kvatinsky", "prodromakis", "strukov", "zha",
    "AWG", "top", "bottom", "far", "min", "VISA", "IDN", "TCPIP", "SOCKET", "TOML",
    *(word for kind in ("models", "protocols", "twins", "drivers") for name in entries(kind)
      for word in re.findall("[A-Za-z]+", name)),
    *(word for name in entries("protocols")
      for preset in getattr(load("protocols", name), "presets", {})
      for word in re.findall("[A-Za-z]+", preset)),
})
"""Words that stay as they are: keys, signs of the field, and names that files and commands use."""
UNITS = re.compile("[fpnµmkMGT]?(eV|Hz|ohm)")
Open = Callable[[int, int], Window]


@pytest.fixture
def opened(
    qtbot: Any, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Open]:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    language.speak(qapp, "ru")
    windows: list[Window] = []
    with Store.open(tmp_path / "runs.sqlite") as store:

        def open_one(wide: int, high: int) -> Window:
            window = Window(Session(store))
            windows.append(window)
            window.resize(wide, high)
            window.show()
            qtbot.waitUntil(lambda: settled(window.session), timeout=WAIT_MS)
            return window

        yield open_one
        for window in windows:
            window.close()
            window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    language.speak(qapp, "en")


def settled(session: Session) -> bool:
    return session.state == "idle" and session.plan is not None and session.plan.complete


def texts(window: Window) -> Iterator[tuple[str, str]]:
    """Every text that can be seen or heard, with the kind of what has it."""
    for part in [window, *window.findChildren(QWidget)]:
        yield type(part).__name__, part.accessibleName()
        yield f"tip of {type(part).__name__}", part.toolTip()
        yield f"state of {type(part).__name__}", part.accessibleDescription()
        if isinstance(part, QLabel | QAbstractButton):
            yield type(part).__name__, part.text()
        elif isinstance(part, QLineEdit):
            yield "placeholder", part.placeholderText()
        elif isinstance(part, QComboBox):
            yield from (("item", part.itemText(k)) for k in range(part.count()))
        elif isinstance(part, QTabWidget):
            yield from (("tab", part.tabText(k)) for k in range(part.count()))
        elif isinstance(part, QMenu):
            yield "menu", part.title()
        elif isinstance(part, QTableView | QTreeView) and (model := part.model()):
            heads = (model.headerData(k, Qt.Orientation.Horizontal)
                     for k in range(model.columnCount()))
            yield from (("head", head) for head in heads if isinstance(head, str))
        if isinstance(part, QTableWidget):
            cells = (part.item(row, column) for row in range(part.rowCount())
                     for column in range(part.columnCount()))
            yield from (("cell", cell.text()) for cell in cells if cell)
    for action in [*window.actions(), *window.menuBar().findChildren(QAction)]:
        yield "action", action.text()
        yield "tip of action", action.toolTip()
    yield "status", window.statusBar().currentMessage()


def english(text: str) -> list[str]:
    """Words of at least three Latin letters that are no signs."""
    bare = re.sub(r"[/\\]\S+|\S+\.(sqlite|html|toml)\b", " ", text)  # paths
    bare = re.sub(r"\b[0-9a-f]{6,}\b|\(memrig [^)]*\)", " ", bare)  # ids of runs; commands
    return [word for word in re.findall("[A-Za-z]{3,}", bare.replace("&", ""))
            if word not in SIGNS and not UNITS.fullmatch(word)]


def cut(window: Window) -> list[str]:
    """Texts for which there is too little room and that do not say the rest in a tool tip."""
    found = []
    for label in window.findChildren(QLabel):
        whole = label.fontMetrics().horizontalAdvance(label.text())
        if label.isVisible() and not isinstance(label, ElidedLabel) and not label.wordWrap() \
                and whole > label.contentsRect().width() + 1:
            found.append(label.text())
    for button in window.findChildren(QAbstractButton):
        whole = button.fontMetrics().horizontalAdvance(button.text().replace("&", ""))
        if button.isVisible() and button.text() and whole > button.width():
            found.append(button.text())
    return found


@pytest.mark.parametrize(("wide", "high"), [(1280, 720), (1440, 900)])
def test_nothing_is_english_and_nothing_is_cut(
    opened: Open, qtbot: Any, wide: int, high: int,
) -> None:
    window = opened(wide, high)
    session = window.session
    found, short = set[tuple[str, str]](), set[str]()
    for protocol in entries("protocols"):
        session.choose(protocol=protocol)
        window.protocol.show_choice()
        qtbot.waitUntil(lambda: settled(session), timeout=WAIT_MS)
        found |= {(kind, text) for kind, text in texts(window) if english(text)}
        short |= set(cut(window))
    assert not found
    assert not short


def test_what_a_run_says_is_russian(opened: Open, qtbot: Any) -> None:
    window = opened(1280, 720)
    window.commands.run("run.read")
    qtbot.waitUntil(lambda: window.session.state == "running", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: settled(window.session), timeout=WAIT_MS)
    assert "контакт есть" in window.statusBar().currentMessage()
    assert "завершён" in window.statusBar().currentMessage()
    assert not {text for _, text in texts(window) if english(text)}
    assert not cut(window)


def test_the_windows_beside_it_are_russian(opened: Open, qtbot: Any) -> None:
    """Help, bench, profile, passport, the figure by itself: they are the window's own."""
    window = opened(1440, 900)
    before = {id(part) for part in window.findChildren(QWidget)}
    for command in ("help.keys", "bench.edit", "bench.check", "device.profile", "device.passport",
                    "view.detach"):
        assert window.commands.run(command), command
        qtbot.wait(1)  # what is shown is laid out
    assert {part for part in window.findChildren(QWidget)
            if id(part) not in before and part.isWindow() and part.isVisible()}
    found = {text for _, text in texts(window) if english(text)}
    assert {text for text in found if "\nпо умолчанию: " not in text} == set(), "but for defaults"


def test_every_menu_has_its_letters_once(opened: Open) -> None:
    window = opened(1440, 900)
    menus = [[action.text() for action in window.menuBar().actions()]]
    menus += [[action.text() for action in menu.actions()] for menu in
              window.menuBar().findChildren(QMenu)]
    for menu in menus:
        letters = [letter.casefold() for text in menu for letter in re.findall("&(\\w)", text)]
        assert len(letters) == len(set(letters)), menu
    assert all("&" in text for text in menus[0])


def test_another_language_opens_the_window_anew_with_everything_that_was_chosen(
    qtbot: Any, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    seen: list[tuple[str, str, str]] = []

    def look() -> None:
        windows = [one for one in qapp.topLevelWidgets()
                   if isinstance(one, Window) and one.isVisible()]
        if not windows or not settled(windows[0].session):
            return
        (window,) = windows
        session = window.session
        seen.append((window.commands.action("view.home").text(), session.protocol, session.device))
        if len(seen) == 1:
            session.choose(protocol="stdp", device="W07")
            window.commands.run("view.language.ru")
        else:
            window.commands.run("view.dark")  # every widget is dressed anew
            window.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    assert app.main(store=tmp_path / "runs.sqlite", tongue="en") == 0
    timer.stop()
    assert seen == [("Whole figure", "iv-sweep", "dut"), ("Рисунок целиком", "stdp", "W07")]
    assert language.remembered() == "ru"
    theme.apply(qapp, "light")
    language.speak(qapp, "en")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_in_mid_run_it_waits_for_the_next_start(opened: Open, qtbot: Any) -> None:
    window = opened(1440, 900)
    window.commands.run("run.start")
    window.commands.run("view.language.en")
    assert window.isVisible()
    assert not window.again
    assert window.statusBar().currentMessage() == "язык изменится при следующем запуске"
    qtbot.waitUntil(lambda: settled(window.session), timeout=WAIT_MS)
