"""The one field for numbers."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from memrig.gui import language, theme
from memrig.gui.widgets.quantity import QuantityEdit, exact_text, shown_text, stepped
from memrig.hil.errors import RequestError
from memrig.hil.parameters import Level, Spec
from memrig.hil.profile import Profile
from memrig.hil.protocols import PulseSeries
from memrig.hil.registry import entries, load

AMPERE = Spec(unit="A", help="a limit", low=0.0, high=1.0)
VOLT = Spec(unit="V", help="a level")


@pytest.fixture
def make(qtbot):
    """A field in a window that is active, below another that has the keyboard."""
    windows = []  # qtbot keeps weak references only

    def build(spec: Spec = AMPERE, kind: object = float) -> QuantityEdit:
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        column = QVBoxLayout(window)
        other, field = QLineEdit(), QuantityEdit(spec, kind)
        column.addWidget(other)
        column.addWidget(field)
        window.resize(300, 120)
        with qtbot.waitActive(window):
            window.show()
        other.setFocus()
        return field
    return build


@pytest.mark.parametrize("text", ["250u", "0.25 mA", "2.5e-4", "250 µA", ".00025"])
def test_all_ways_to_write_a_current_are_one(make, qtbot, text: str) -> None:
    field = make()
    field.line.setFocus()
    qtbot.keyClicks(field.line, text)
    assert field.value() == 2.5e-4
    assert field.text() == text
    assert field.problem == ""
    field.line.clearFocus()
    assert (field.line.text(), field.text()) == ("250 µA", text)
    field.line.setFocus()
    assert field.line.text() == text


def test_every_key_tells_the_text_so_far(make, qtbot) -> None:
    field = make()
    told: list[str] = []
    field.edited.connect(told.append)
    qtbot.keyClicks(field.line, "1.5m")
    assert told == ["1", "1.", "1.5", "1.5m"]
    field.set_text("2m")
    assert len(told) == 4


@pytest.mark.parametrize(("text", "sentence"), [
    ("fast", "'fast' is not a quantity in A (try '1.2A' or '300mA')"),
    ("2 A", "2 A was asked; allowed: 0 A to 1 A"),
    ("1 V", "'1 V' is not a quantity in A (try '1.2A' or '300mA')"),
])
def test_what_is_wrong_stays_and_is_explained_below(make, qtbot, text: str, sentence: str) -> None:
    field = make()
    qtbot.keyClicks(field.line, text)
    assert (field.text(), field.problem) == (text, sentence)
    assert field.line.accessibleDescription() == sentence
    field.line.clearFocus()
    assert field.line.text() == text
    field.set_text("1m")
    assert field.problem == ""


def test_a_limit_found_elsewhere_frames_the_field_in_red(make, qapp) -> None:
    theme.apply(qapp, "light")
    field = make(VOLT, Level)
    field.set_text("1.1 v_set")
    assert count(field.line, "danger") == 0
    field.set_problem("2.6 V was asked; the device allows 2 V; nothing was sent")
    assert count(field.line, "danger") > 2 * field.line.width()
    assert field.problem.startswith("2.6 V was asked")
    field.set_problem("")
    assert count(field.line, "danger") == 0


def test_the_whole_sentence_can_be_read(make, qtbot) -> None:
    field = make(VOLT, Level)
    field.set_text("1.1 v_set")
    field.window().setFixedWidth(160)
    field.set_problem("one two three four " * 12)
    label = next(part for part in field.children() if getattr(part, "text", str)() and
                 part.objectName() == "bad")
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 60)


def test_a_note_says_in_grey_what_is_really_done(make, qapp) -> None:
    theme.apply(qapp, "light")
    field = make(VOLT, Level)
    field.set_text("1.1 v_set")
    high = field.sizeHint().height()
    field.set_note("−1.32 V")
    assert field.note == "−1.32 V"
    assert field.note_fits_inside()
    assert field.sizeHint().height() == high
    assert field.line.accessibleDescription() == "−1.32 V"
    field.set_note("−1.32 V, of which the device gets −1.1 V to −1.3 V as its resistance is")
    assert not field.note_fits_inside()
    assert field.sizeHint().height() > high
    field.set_text("1.2 v_set")
    assert field.note == ""


def test_a_form_does_not_move_while_one_types(make, qtbot) -> None:
    field = make(VOLT, Level)
    field.set_text("1.1 v_set")
    field.set_note("−1.32 V, of which the device gets −1.1 V to −1.3 V as its resistance is")
    field.line.setFocus()
    high = field.sizeHint().height()
    field.line.selectAll()
    qtbot.keyClicks(field.line, "1")
    field.set_note("−1 V")  # for which there would be room in the line
    assert field.note_is_below
    assert field.sizeHint().height() == high
    field.line.clearFocus()
    assert not field.note_is_below
    assert field.sizeHint().height() < high


def test_the_wheel_does_nothing_before_the_field_has_the_keyboard(make) -> None:
    field = make()
    field.set_text("1.20 mA")
    wheel(field.line, 1)
    assert field.text() == "1.20 mA"
    field.line.setFocus()
    wheel(field.line, 2)
    assert field.text() == "1.22 mA"
    wheel(field.line, -1)
    assert field.text() == "1.21 mA"


def test_up_and_down_step_the_last_digit(make, qtbot) -> None:
    field = make(VOLT, Level)
    field.set_text("1.1 v_set")
    field.line.setFocus()
    told: list[str] = []
    field.edited.connect(told.append)
    qtbot.keyClick(field.line, Qt.Key.Key_Up)
    qtbot.keyClick(field.line, Qt.Key.Key_Down)
    assert told == ["1.2 v_set", "1.1 v_set"]


@pytest.mark.parametrize(("text", "steps", "cursor", "new"), [
    ("1.20V", 1, 0, "1.21V"), ("250u", -1, 4, "249u"), ("-0.1", 1, 0, "0.0"), ("9", 1, 1, "10"),
    ("1e-3", 1, 0, "2e-3"), ("0.05", -10, 0, "-0.05"), ("1, 2, 3", 1, 4, "1, 3, 3"),
    ("none", 1, 0, "none"), ("+.5 mV", 1, 0, "0.6 mV"), ("", 1, 0, ""),
])
def test_steps(text: str, steps: int, cursor: int, new: str) -> None:
    assert stepped(text, steps, cursor)[0] == new


@given(st.decimals(-1000, 1000, places=3), st.integers(-50, 50))
def test_a_step_can_be_taken_back(number, steps: int) -> None:
    there = stepped(f"{number} mV", steps)[0]
    assert float(stepped(there, -steps)[0].split()[0]) == float(number)


def test_a_locked_field_is_read_only_and_legible(make, qtbot, qapp) -> None:
    theme.apply(qapp, "light")
    field = make()
    field.set_text("1m")
    field.set_locked(True)
    field.line.setFocus()
    qtbot.keyClicks(field.line, "5")
    qtbot.keyClick(field.line, Qt.Key.Key_Up)
    wheel(field.line, 1)
    assert field.text() == "1m"
    assert field.line.isEnabled()
    assert field.line.palette().text().color() == theme.token("text")
    field.set_locked(False)
    qtbot.keyClick(field.line, Qt.Key.Key_Up)
    assert field.text() == "2m"


@pytest.mark.parametrize(("text", "value"), [
    ("1ms, 2 ms,3e-3", (1e-3, 2e-3, 3e-3)), ("5u", (5e-6,)), ("", ()),
])
def test_several_values_stand_in_one_field(make, text: str, value: tuple[float, ...]) -> None:
    field = make(Spec(unit="s", help="delays"), tuple[float, ...])
    field.set_text(text)
    assert (field.value(), field.text(), field.problem) == (value, text, "")


@pytest.mark.parametrize(("tongue", "word"), [("en", "automatic"), ("ru", "автоматически")])
def test_what_is_left_to_others_is_called_automatic(
    make, qtbot, qapp, request, tongue: str, word: str,
) -> None:
    request.addfinalizer(lambda: language.speak(qapp, "en"))
    language.speak(qapp, tongue)
    width = PulseSeries.specs()["width"]
    field = make(width, PulseSeries.kind("width"))
    for text in ("0 s", "auto"):
        field.set_text(text)
        assert (field.line.text(), field.value(), field.problem) == (word, (0.0,), "")
    field.set_text("100us, 0")
    assert field.line.text() == f"100 µs, {word}"
    assert shown_text("0", float, PulseSeries.specs()["pause"]) == "0 s", "which is no rest at all"


@pytest.mark.parametrize(("tongue", "word"), [("en", "any"), ("ru", "любая")])
def test_no_limit_is_called_any(make, qapp, request, tongue: str, word: str) -> None:
    request.addfinalizer(lambda: language.speak(qapp, "en"))
    language.speak(qapp, tongue)
    field = make(Profile.specs()["slew_max_v_per_s"], float)
    for text in ("0 V/s", "any"):
        field.set_text(text)
        assert (field.line.text(), field.value(), field.problem) == (word, 0.0, "")


@pytest.mark.parametrize("name", entries("protocols"))
def test_whatever_takes_0_for_automatic_says_so(name: str) -> None:
    """In its help, as in its declaration."""
    for spec in load("protocols", name).specs().values():
        assert (spec.zero == "automatic") == ("; 0: " in spec.help)


@pytest.mark.parametrize(("text", "kind", "unit", "shown"), [
    ("250u", float, "A", "250 µA"), ("5k", float, "ohm", "5 kΩ"), ("-1.2", Level, "V", "−1.2 V"),
    ("1.1 v_set", Level, "V", "1.1 v_set"), ("-v_set", Level, "V", "-v_set"),
    ("0.5357142857142857 v_reset", Level, "V", "0.536… v_reset"), ("400", int, "1", "400"),
    ("50%", float, "1", "0.5"), ("1ms,2e-3", tuple[float, ...], "s", "1 ms, 2 ms"),
    ("0.1234567890123", float, "V", "0.1234567890123"), ("none", float, "V", "none"),
    ("", tuple[float, ...], "s", ""),
])
def test_what_is_shown_when_nobody_types(text: str, kind: object, unit: str, shown: str) -> None:
    assert shown_text(text, kind, Spec(unit=unit, help="")) == shown


@given(st.floats(allow_nan=False, allow_infinity=False, width=64),
       st.sampled_from(["V", "s", "ohm", "1", "V/s"]))
def test_the_text_of_a_value_is_read_back_to_the_last_bit(value: float, unit: str) -> None:
    field_text = exact_text(value, unit)
    from memrig.hil.units import parse_quantity  # noqa: PLC0415  # the other side of the round trip

    assert parse_quantity(field_text, unit) == value


def test_a_bad_value_raises_when_it_is_asked_for(make) -> None:
    field = make()
    field.set_text("much")
    with pytest.raises(RequestError):
        field.value()


def wheel(widget: QWidget, notches: int) -> None:
    at = QPointF(5, 5)
    event = QWheelEvent(at, widget.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(widget, event)


def count(widget: QWidget, name: str) -> int:
    """How many pixels of a widget have a colour."""
    picture, colour = widget.grab().toImage(), theme.token(name)
    return sum(picture.pixelColor(x, y) == colour
               for x in range(picture.width()) for y in range(picture.height()))
