"""What waits for the first picture."""

from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtWidgets import QWidget

from memrig.gui.first import FirstPaint


def test_it_waits_for_the_first_picture_and_comes_once(qtbot: Any) -> None:
    window, called = QWidget(), list[int]()
    qtbot.addWidget(window)
    FirstPaint(window, lambda: called.append(1))
    qtbot.wait(50)
    assert called == []
    window.show()
    qtbot.waitUntil(lambda: bool(called))
    window.repaint()
    qtbot.wait(50)
    assert called == [1]
