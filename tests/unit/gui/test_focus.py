"""The ring around what has the keyboard."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

import shiboken6
from PySide6.QtWidgets import QApplication, QCheckBox, QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.widgets.choice import ChoiceEdit
from memrig.gui.widgets.focus import WIDTH, FocusRing
from memrig.gui.widgets.quantity import QuantityEdit
from memrig.hil.parameters import Spec


@pytest.fixture
def ring(qapp):
    one = FocusRing(qapp)
    yield one
    shiboken6.delete(one)


def make(qtbot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(QuantityEdit(Spec(unit="V", help="")))
    column.addWidget(ChoiceEdit(Spec(unit="", help="", choices=("a", "b"))))
    column.addWidget(QCheckBox("x"))
    with qtbot.waitActive(window):
        window.show()
    return window


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_ring_of_two_pixels_is_around_what_has_the_keyboard(
    ring, qtbot, qapp: QApplication, scheme,
) -> None:
    theme.apply(qapp, scheme)
    window = make(qtbot)
    controls = [*(e.control for e in window.findChildren(QuantityEdit)),
                *(e.control for e in window.findChildren(ChoiceEdit)), window.findChild(QCheckBox)]
    for control in controls:
        control.setFocus()
        assert ring.around is control
        qapp.processEvents()
        picture = window.grab().toImage()
        corner = control.mapTo(window, control.rect().topLeft())
        x = corner.x() + control.width() // 2
        above = [picture.pixelColor(x, corner.y() - k - 1) for k in range(WIDTH)]
        assert above == [theme.token("accent")] * WIDTH
    theme.apply(qapp, "light")


def test_the_ring_outlives_the_window_that_it_was_in(ring, qtbot, qapp) -> None:
    first = make(qtbot)
    first.findChild(QCheckBox).setFocus()
    shiboken6.delete(first)
    assert ring.around is None
    second = make(qtbot)
    second.findChild(QCheckBox).setFocus()
    assert ring.around is second.findChild(QCheckBox)


def test_nothing_is_around_a_window(ring, qtbot) -> None:
    window = make(qtbot)
    window.findChild(QCheckBox).setFocus()
    window.setFocus()
    assert ring.around is None
