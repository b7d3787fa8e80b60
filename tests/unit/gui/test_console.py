"""The console: messages as they come, what was done as Python, the program's own warnings."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from memrig.gui import log
from memrig.gui.console.traffic import Traffic, TrafficModel

CTRL = Qt.KeyboardModifier.ControlModifier
ROWS = [(0.0, "awg", ">", "*IDN?"), (0.0, "awg", "<", "Agilent,33522B"),
        (0.5, "scope", ">", ":WAV:DATA?"), (0.5, "scope", "<", "<block 4000 bytes sha256 00>")]


@pytest.fixture
def traffic(qtbot: Any) -> Traffic:
    one = Traffic()
    qtbot.addWidget(one)
    one.show()
    one.take(ROWS)
    return one


def texts(model: TrafficModel) -> list[str]:
    return [str(model.data(model.index(row, 3))) for row in range(model.rowCount())]


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_messages_are_shown_in_their_order_with_direction(traffic: Traffic) -> None:
    cells = [traffic.live.data(traffic.live.index(1, column)) for column in range(4)]
    assert cells == ["0.000000", "awg", "←", "Agilent,33522B"]
    assert traffic.live.messages == ROWS
    assert traffic.count.text() == "4 of 4"


@pytest.mark.parametrize(("typed", "found"), [
    ("SCOPE", [2, 3]), ("awg idn", [0]), ("block scope", [3]), ("nothing", []), ("", [0, 1, 2, 3]),
])
def test_the_filter_wants_every_word_in_instrument_or_message(
    traffic: Traffic, qtbot: Any, typed: str, found: list[int]
) -> None:
    qtbot.keyClicks(traffic.filter, typed)
    assert traffic.live.messages == [ROWS[k] for k in found]
    traffic.take(ROWS)
    assert len(traffic.live.messages) == 2 * len(found)


def test_what_comes_while_it_is_paused_is_shown_afterwards(traffic: Traffic, qtbot: Any) -> None:
    qtbot.mouseClick(traffic.pause, Qt.MouseButton.LeftButton)
    traffic.take([(1.0, "awg", ">", "OUTP1 0")])
    assert traffic.live.messages == ROWS
    assert traffic.count.text() == "paused at 4, 5 in all"
    qtbot.mouseClick(traffic.pause, Qt.MouseButton.LeftButton)
    assert texts(traffic.live)[-1] == "OUTP1 0"


def test_memory_is_bounded_and_the_newest_stay(qapp: Any) -> None:
    model = TrafficModel(kept=100)
    for number in range(1000):
        model.take([(float(number), "awg", ">", str(number)), (0.0, "scope", ">", "x")])
        assert model.rowCount() <= 100
    assert model.count == 100
    assert texts(model)[-2:] == ["999", "x"]
    model.take((float(k), "awg", ">", str(k)) for k in range(5000))
    assert texts(model) == [str(k) for k in range(4900, 5000)]


def test_chosen_lines_are_copied_by_the_keyboard_and_all_without_a_choice(
    traffic: Traffic, qtbot: Any
) -> None:
    traffic.table.selectRow(0)
    qtbot.keyClick(traffic.table, Qt.Key.Key_C, CTRL)
    assert clipboard() == "0.000000\tawg\t→\t*IDN?\n"
    traffic.table.clearSelection()
    with qtbot.waitSignal(traffic.said) as said:
        qtbot.mouseClick(traffic.copy, Qt.MouseButton.LeftButton)
    assert said.args == ["4 lines copied"]
    assert clipboard().count("\n") == 4


def test_messages_are_saved_and_a_failure_is_said(
    traffic: Traffic, qtbot: Any, tmp_path: Path
) -> None:
    traffic.save_as(str(tmp_path / "t.txt"))
    assert (tmp_path / "t.txt").read_text(encoding="utf-8") == traffic.text()
    missing = tmp_path / "none" / "t.txt"
    with qtbot.waitSignal(traffic.said) as said:
        traffic.save_as(str(missing))
    assert said.args == [f"{missing} cannot be written: No such file or directory"]


def test_a_stored_run_has_its_own_messages(traffic: Traffic, qtbot: Any) -> None:
    with qtbot.waitSignal(traffic.stored_wanted):
        traffic.source.setCurrentIndex(1)
    assert traffic.count.text() == "no run is chosen"
    traffic.show_stored("abc", ROWS[:1])
    assert texts(traffic.model) == ["*IDN?"]
    assert traffic.count.text() == "traffic of run abc: 1 of 1"
    assert not traffic.pause.isEnabled()
    traffic.source.setCurrentIndex(0)
    assert traffic.table.model() is traffic.live


def test_warnings_come_from_any_thread_and_end_with_the_listener() -> None:
    heard: list[Any] = []
    listener = log.Listener(heard.append)
    logger = logging.getLogger("memrig.gui.somewhere")
    listener.attach()
    try:
        thread = threading.Thread(target=logger.warning, args=("late by %d ms", 140))
        thread.start()
        thread.join()
        logger.info("not worth a line")
    finally:
        listener.detach()
    logger.warning("nobody hears this")
    (line,) = heard
    assert (line.level, line.source, line.text) == (
        "WARNING", "memrig.gui.somewhere", "late by 140 ms")
    assert str(line).endswith("WARNING  memrig.gui.somewhere: late by 140 ms")


def test_the_log_is_kept_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sys.excepthook
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path))
    with log.kept() as folder:
        logging.getLogger("memrig.gui.somewhere").warning("late by 140 ms")
        sys.excepthook(ZeroDivisionError, ZeroDivisionError("by zero"), None)
    logging.getLogger("memrig.gui.somewhere").warning("nobody keeps this")
    lines = (folder / "memrig.log").read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("WARNING memrig.gui.somewhere: late by 140 ms")
    assert lines[1].endswith("ERROR memrig: ZeroDivisionError: by zero")
    assert "ZeroDivisionError: by zero" in capsys.readouterr().err
    assert sys.excepthook is before
    assert len(lines) == 3  # with the line that Python adds
