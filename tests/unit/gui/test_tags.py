"""Words to find runs by, completed from those in use."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt

from memrig.gui.widgets.tags import TagsEdit


@pytest.fixture
def line(qtbot: Any) -> TagsEdit:
    line = TagsEdit()
    qtbot.addWidget(line)
    line.offer(["forming", "W07", "W12"])
    line.show()
    line.activateWindow()
    line.setFocus()
    return line


def test_words_are_read_each_once(line: TagsEdit) -> None:
    line.setText("  W07, forming  W07 ")
    assert line.tags == ("W07", "forming")
    line.set_tags(["W07", "forming"])
    assert line.text() == "  W07, forming  W07 "  # the same words: nothing is typed over
    line.set_tags([])
    assert line.text() == ""


def test_the_last_word_is_completed_in_its_place(line: TagsEdit, qtbot: Any) -> None:
    qtbot.keyClicks(line, "nice w")
    completer = line.completer()
    assert [completer.completionModel().index(k, 0).data()
            for k in range(completer.completionCount())] == ["W07", "W12"]
    popup = completer.popup()
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert line.text() == "nice W07"


def test_nothing_is_offered_after_a_space(line: TagsEdit, qtbot: Any) -> None:
    qtbot.keyClicks(line, "nice ")
    assert line.completer().completionCount() == 0
