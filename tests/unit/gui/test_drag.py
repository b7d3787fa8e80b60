"""A parameter dragged by its name: continuous, finer with Shift, never past a bound."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from memrig.gui.widgets.drag import DECADE_PX, DragLabel, moved
from memrig.gui.widgets.form import ParameterForm
from memrig.hil.parameters import Spec
from memrig.hil.registry import load

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def spec(**bounds: float) -> Spec:
    return Spec(unit="V", help="", **bounds)


@pytest.mark.parametrize(("value", "px", "bounds", "new"), [
    (1.0, DECADE_PX, {"low": 0.0}, 10.0),
    (1e-12, -DECADE_PX, {"low": 0.0}, 1e-13),
    (0.5, DECADE_PX / 2, {"low": 0.0, "high": 1.0}, 1.0),
    (0.5, -DECADE_PX / 4, {"low": -1.0, "high": 1.0}, 0.0),
    (-0.4, DECADE_PX / 4, {"high": 0.0}, -0.3),
    (-0.4, 10 * DECADE_PX, {"high": 0.0}, 0.0),
    (0.0, DECADE_PX, {}, 1.0),
    (300.0, DECADE_PX, {"low": 250.0, "high": 400.0}, 400.0),
])
def test_a_hand_moves_a_value_within_its_bounds(
    value: float, px: float, bounds: dict[str, float], new: float
) -> None:
    assert moved(value, px, spec(**bounds)) == pytest.approx(new)


class Hand:
    """Drags a label of a form."""

    def __init__(self, form: ParameterForm, name: str) -> None:
        self.label = next(one for one in form.findChildren(DragLabel)
                          if one.buddy() is form.field(name).control)
        self.x = 10.0

    def _send(self, kind: QEvent.Type, button: Any, held: Any, modifier: Any) -> None:
        at = QPointF(self.x, 5.0)
        event = QMouseEvent(kind, at, self.label.mapToGlobal(at), button, held, modifier)
        QApplication.sendEvent(self.label, event)

    def press(self) -> None:
        self._send(QEvent.Type.MouseButtonPress, LEFT, LEFT, NONE)

    def move(self, px: float, modifier: Any = NONE) -> None:
        self.x += px
        self._send(QEvent.Type.MouseMove, NO_BUTTON, LEFT, modifier)

    def let_go(self) -> None:
        self._send(QEvent.Type.MouseButtonRelease, LEFT, NO_BUTTON, NONE)


@pytest.fixture
def form(qtbot: Any) -> ParameterForm:
    made = ParameterForm(load("models", "guseinov"), draggable=True)
    qtbot.addWidget(made)
    return made


def test_every_move_is_an_edit_until_the_hand_lets_go(qtbot: Any, form: ParameterForm) -> None:
    seen: list[float] = []
    form.edited.connect(lambda: seen.append(form.field("r_set").value()))
    told: list[str] = []
    form.drag_began.connect(lambda: told.append("began"))
    form.drag_ended.connect(lambda: told.append("ended"))
    hand = Hand(form, "r_set")
    hand.move(50)  # nothing is held
    hand.press()
    for _ in range(3):
        hand.move(DECADE_PX / 3)
    assert told == ["began"]
    hand.let_go()
    hand.move(50)
    assert told == ["began", "ended"]
    assert seen == pytest.approx([1.4e-3 * 10 ** (k / 3) for k in (1, 2, 3)], rel=1e-3)


def test_shift_is_finer_and_slow_steps_add_up(form: ParameterForm) -> None:
    hand = Hand(form, "r_set")
    hand.press()
    hand.move(DECADE_PX, SHIFT)
    assert form.field("r_set").value() == pytest.approx(1.4e-3 * 10 ** 0.1, rel=1e-3)
    for _ in range(150):
        hand.move(DECADE_PX / 150, SHIFT)
    assert form.field("r_set").value() == pytest.approx(1.4e-3 * 10 ** 0.2, rel=1e-3)


def test_what_is_locked_or_no_number_is_not_moved(form: ParameterForm) -> None:
    form.set_locked(True)
    hand = Hand(form, "r_set")
    hand.press()
    hand.move(50)
    assert form.texts() == {}
    form.set_locked(False)
    form.field("r_set").set_text("much")
    hand.press()
    hand.move(50)
    assert form.field("r_set").text() == "much"


def test_only_numbers_of_a_draggable_form_are_dragged(qtbot: Any, form: ParameterForm) -> None:
    held = {one.buddy() for one in form.findChildren(DragLabel)}
    assert form.field("orientation").control not in held
    assert form.field("area_m2").control in held
    plain = ParameterForm(load("protocols", "iv-sweep"))
    qtbot.addWidget(plain)
    assert plain.findChildren(DragLabel) == []
