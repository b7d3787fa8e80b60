"""Ends that nobody planned, heard and given back; real ones are in tests/system."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QMessageLogContext, QtMsgType
from PySide6.QtWidgets import QApplication, QWidget

from memrig.gui import log
from memrig.gui.ends import Ends
from memrig.gui.widgets.failure import FailureLine


class Window(QWidget):
    """As much of the window as its ends touch."""

    def __init__(self) -> None:
        super().__init__()
        self.did: list[str] = []
        self.session = SimpleNamespace(state="running", bench=None, halt=self.does("halt"),
                                       stop=self.does("stop"))

    def does(self, what: str) -> Callable[[], None]:
        return lambda: self.did.append(what)

    def leave(self) -> None:
        self.did.append("leave")


@pytest.fixture
def ends(qtbot: Any, qapp: QApplication) -> Ends:
    window = Window()
    qtbot.addWidget(window)
    return Ends(window, qapp)  # type: ignore[arg-type]  # as above


def test_an_error_in_a_slot_stops_what_runs_and_is_said(
    qtbot: Any, ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[tuple[str, str]] = []
    ends.failed.connect(lambda *words: said.append(words))
    with ends.watching():
        try:
            raise ZeroDivisionError("by zero")
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        assert ends.window.did == ["halt"]  # type: ignore[attr-defined]
        qtbot.waitUntil(lambda: bool(said))
    ((sentence, details),) = said
    assert sentence == "ZeroDivisionError: by zero"
    assert details.startswith("Traceback")
    assert "test_ends.py" in details
    assert details in caplog.text
    assert ends.window.did == ["halt", "stop"]  # type: ignore[attr-defined]


def test_an_error_in_a_thread_is_said_in_the_windows_thread(qtbot: Any, ends: Ends) -> None:
    told: list[threading.Thread] = []
    ends.failed.connect(lambda *_: told.append(threading.current_thread()))
    with ends.watching():
        worker = threading.Thread(target=lambda: {}["nothing"])
        worker.start()
        worker.join()
        qtbot.waitUntil(lambda: bool(told))
    assert told == [threading.main_thread()]


def test_a_signal_stops_at_once_and_leaves_without_asking(
    qtbot: Any, ends: Ends, capsys: pytest.CaptureFixture[str]
) -> None:
    with ends.watching():
        signal.raise_signal(signal.SIGTERM)
        assert ends.window.did == ["halt"]  # type: ignore[attr-defined]
        qtbot.waitUntil(lambda: "leave" in ends.window.did)  # type: ignore[attr-defined]
    assert ends.code == 130
    assert capsys.readouterr().err == "memrig: stopped; the data are kept\n"


def test_what_was_heard_by_others_is_given_back(ends: Ends) -> None:
    def heard() -> tuple[object, ...]:
        return (sys.excepthook, threading.excepthook, signal.getsignal(signal.SIGINT),
                signal.getsignal(signal.SIGTERM))

    before = heard()
    with ends.watching():
        assert all(a != b for a, b in zip(heard(), before, strict=True))
    assert heard() == before


def test_what_qt_says_is_logged_and_its_last_word_stops_first(
    ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        ends.qt_said(QtMsgType.QtWarningMsg, QMessageLogContext(), "a warning of Qt's")
        assert ends.window.did == []  # type: ignore[attr-defined]
        ends.qt_said(QtMsgType.QtFatalMsg, QMessageLogContext(), "the last word")
    assert [one.levelname for one in caplog.records] == ["WARNING", "CRITICAL"]
    assert ends.window.did == ["halt"]  # type: ignore[attr-defined]


def test_a_folder_that_cannot_be_written_costs_only_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "file" / "state"))
    with log.kept():
        pass
    assert "there is no log: " in caplog.text


def test_a_failure_is_shown_until_it_is_dismissed_and_can_be_copied(
    qtbot: Any, qapp: QApplication
) -> None:
    line = FailureLine()
    qtbot.addWidget(line)
    assert line.isHidden()
    with qtbot.waitSignal(line.told):
        line.tell("KeyError: 'x'", "Traceback …\nKeyError: 'x'")
    assert not line.isHidden()
    assert line.sentence.startswith("✕ KeyError: 'x' · ")  # first: the end may be cut
    line.copy.click()
    assert qapp.clipboard().text() == "Traceback …\nKeyError: 'x'"
    line.dismiss.click()
    assert line.isHidden()
