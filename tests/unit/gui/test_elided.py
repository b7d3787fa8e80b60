"""A label that is cut and says the rest."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.widgets.elided import ElidedLabel


def test_a_cut_text_is_its_own_tool_tip_before_whatever_else_is_to_be_said(qtbot: Any) -> None:
    label = ElidedLabel("a sentence of several words")
    qtbot.addWidget(label)
    label.setToolTip("worst case 2 V")
    label.resize(400, 20)
    label.show()
    assert (label.shown, label.toolTip()) == ("a sentence of several words", "worst case 2 V")
    label.resize(60, 20)
    assert label.shown.endswith("…")
    assert label.toolTip() == "a sentence of several words\nworst case 2 V"
    label.setToolTip("")
    assert label.toolTip() == "a sentence of several words"
