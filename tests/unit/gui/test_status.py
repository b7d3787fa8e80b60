"""The line at the window's lower edge."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtWidgets import QLabel

from memrig.gui.widgets.status import StatusBar

LONG = "run 5bb0e846c6 stopped: a conductance of 22 µS was read, the profile has 50 µS to 200 µS"


def test_a_long_message_ends_before_what_stands_at_the_right(qtbot: Any) -> None:
    bar, keys = StatusBar(), QLabel("Ctrl+K  commands")
    qtbot.addWidget(bar)
    bar.addPermanentWidget(keys)
    bar.resize(300, 24)
    bar.show()
    bar.showMessage(LONG)
    assert bar.shown.endswith("…")
    assert bar.fontMetrics().horizontalAdvance(bar.shown) < keys.x()
    assert (bar.currentMessage(), bar.toolTip()) == (LONG, LONG)
    bar.resize(2000, 24)
    assert (bar.shown, bar.toolTip()) == (LONG, "")
    before = bar.grab().toImage()
    bar.clearMessage()
    assert (bar.shown, bar.grab().toImage() == before) == ("", False)
