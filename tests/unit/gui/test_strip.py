"""The strip: the instrument's answer, progress that never goes back, and STOP from anywhere."""

from __future__ import annotations

import math
import re

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from memrig.gui.commands import Commands
from memrig.gui.strip import EscapeTwice, Strip


@pytest.fixture
def strip(qtbot, clock):
    one = Strip(clock=clock)
    qtbot.addWidget(one)
    one.resize(1280, one.height())
    with qtbot.waitActive(one):
        one.show()
    return one


def test_it_shows_what_was_answered(strip) -> None:
    assert strip.output == "○ OUTPUT OFF"
    strip.set_output(True, 0.84, 61.34e-6, 0.1, 100e-6)
    assert strip.output == "● OUTPUT ON +840 mV +61.3 µA limit 100 µA"
    strip.set_output(True, -0.59, -1.2e-9, 0.1)
    assert strip.output == "● OUTPUT ON −590 mV −1.2 nA"
    strip.set_output(True, math.nan, math.nan, 0.1)
    assert strip.output == "● OUTPUT ON"
    strip.set_output(False, 0.0, 0.0, 0.1)
    assert strip.output == "○ OUTPUT OFF"
    strip.set_output(None, math.nan, math.nan, 0.0)
    assert strip.output == "▲ OUTPUT UNKNOWN"


def test_an_answer_older_than_two_seconds_is_said_to_be_old(strip, clock) -> None:
    strip.set_output(True, 0.84, 61e-6, 0.5, 100e-6)
    clock.now_s += 1.4
    strip.refresh()
    assert "ago" not in strip.output
    clock.now_s += 2.0
    strip.refresh()
    assert strip.output == "● OUTPUT ON +840 mV +61 µA ▲ 4 s ago"
    strip.set_output(True, 0.84, 61e-6, 7.0)
    assert strip.output.endswith("▲ 7 s ago")


def test_an_old_answer_is_noticed_without_being_told_again(strip, clock, qtbot) -> None:
    strip.set_output(True, 0.84, 61e-6, 0.0)
    clock.now_s += 5.0
    qtbot.waitUntil(lambda: strip.output.endswith("5 s ago"))


def test_progress_never_goes_back_within_a_run(strip) -> None:
    seen = []
    for done, total in ((0, 10), (4, 10), (5, 20), (3, 10), (10, 20), (30, 20)):
        strip.set_progress(done, total, 14.0)
        seen.append(strip.progress)
    assert seen == sorted(seen)
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    strip.set_progress(0, 0, 0.0)
    strip.set_progress(1, 4, 3.0)
    assert strip.progress == 0.25


@pytest.mark.parametrize(("left_s", "text"), [
    (13.2, r"14 s left"), (60.0, "60 s left"), (61.0, r"2 min left · \d\d:\d\d"), (math.nan, "$"),
])
def test_the_time_left_is_said_and_when_it_ends(strip, left_s: float, text: str) -> None:
    strip.set_progress(1, 4, left_s)
    assert re.match(text, strip._left.text())


def test_the_simulated_chip_shows_and_nothing_moves_for_it(strip, qtbot) -> None:
    stop, box = strip.stop_button.geometry(), strip._box.geometry()
    assert not strip._chip.isVisible()
    strip.set_simulated(True)
    assert strip._chip.isVisible()
    strip.set_progress(99_999, 100_000, 3599.0)
    strip.set_output(True, -0.59, -127e-6, 9.0, 1e-3)
    strip.set_state("a very long sentence about what is happening " * 5)
    strip.set_device("a very long name of a device " * 5, "made of something " * 9)
    qtbot.waitUntil(strip._bar.isVisible)
    assert (strip.stop_button.geometry(), strip._box.geometry()) == (stop, box)
    assert strip._box.rect().contains(strip._aside.geometry())


def test_no_bench_is_neither_simulated_nor_real(strip) -> None:
    strip.set_no_bench()
    assert strip.chip == "NO BENCH"
    strip.set_simulated(True)
    assert strip.chip == "SIMULATED"
    strip.set_simulated(False)
    assert not strip.chip


def test_everything_is_there_in_the_smallest_window(qtbot, clock) -> None:
    one = Strip(clock=clock)
    qtbot.addWidget(one)
    assert one.minimumSizeHint().width() <= 1130


def test_stop_is_always_there_and_always_the_same(strip, qtbot) -> None:
    button = strip.stop_button
    text, place = button.text(), button.geometry()
    asked = []
    strip.stop_asked.connect(lambda: asked.append(None))
    for on in (False, True, None):
        strip.set_output(on, 1.0, 1e-6, 0.0)
        strip.set_progress(1 if on else 0, 2 if on else 0, 1.0)
        assert (button.text(), button.geometry(), button.isEnabled()) == (text, place, True)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(asked) == 3
    assert button.accessibleName() == "STOP"


def test_stop_is_acknowledged_at_once(strip) -> None:
    strip.set_output(True, 1.0, 1e-6, 0.0)
    said = []
    strip.stop_asked.connect(lambda: said.append(strip.state))
    strip.ask_stop()
    assert said == ["Stopping …"]


@pytest.fixture
def window(strip, qtbot):
    """A window with a field and the strip, whose keys are installed as the main window does it."""
    one = QWidget()
    qtbot.addWidget(one)
    column = QVBoxLayout(one)
    column.addWidget(strip)
    column.addWidget(QLineEdit())
    combo = QComboBox()
    combo.addItems(["a", "b"])
    column.addWidget(combo)
    with qtbot.waitActive(one):
        one.show()
    Commands(one).add(strip.stop_command())
    return one


def test_a_click_on_stop_leaves_the_keyboard_where_it_is(window, strip, qtbot) -> None:
    field = window.findChild(QLineEdit)
    field.setFocus()
    with qtbot.waitSignal(strip.stop_asked):
        qtbot.mouseClick(strip.stop_button, Qt.MouseButton.LeftButton)
    assert field.hasFocus()


def test_ctrl_and_point_stops_wherever_the_keyboard_is(window, strip, qtbot) -> None:
    other = QWidget()
    qtbot.addWidget(other)
    with qtbot.waitActive(other):
        other.show()
    for place in (window.findChild(QLineEdit), strip.stop_button, other):
        place.activateWindow()
        place.setFocus()
        with qtbot.waitSignal(strip.stop_asked):
            qtbot.keyClick(place, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)


@pytest.fixture
def escape(qapp, window, clock):
    one = EscapeTwice(clock=clock)
    one.watch(qapp)
    yield one
    qapp.removeEventFilter(one)


def test_esc_twice_stops_and_once_does_not(window, escape, clock, qtbot) -> None:
    asked = []
    escape.asked.connect(lambda: asked.append(None))
    field = window.findChild(QLineEdit)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    clock.now_s += 2.0
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert asked == []
    clock.now_s += 0.3
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert len(asked) == 1
    clock.now_s += 0.3
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert len(asked) == 1


def test_one_press_that_passes_by_many_widgets_is_one(window, escape, qtbot) -> None:
    asked = []
    escape.asked.connect(lambda: asked.append(None))
    qtbot.keyPress(window.windowHandle(), Qt.Key.Key_Escape)
    qtbot.keyRelease(window.windowHandle(), Qt.Key.Key_Escape)
    assert asked == []
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    assert len(asked) == 1


def test_esc_twice_stops_from_an_open_list_and_still_closes_it(window, escape, qtbot) -> None:
    asked = []
    escape.asked.connect(lambda: asked.append(None))
    combo = window.findChild(QComboBox)
    combo.showPopup()
    qtbot.waitUntil(lambda: combo.view().isVisible())
    qtbot.keyClick(combo.view(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not combo.view().isVisible())
    qtbot.keyClick(combo, Qt.Key.Key_Escape)
    assert len(asked) == 1
