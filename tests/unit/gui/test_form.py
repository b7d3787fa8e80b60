"""Forms made from declarations, and the cards they stand in."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QStyleOptionComboBox, QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.choice import ChoiceEdit, SwitchEdit
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.form import ParameterForm, label_of
from memrig.gui.widgets.quantity import QuantityEdit, exact_text
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.errors import UnknownNameError
from memrig.hil.parameters import Level, Parameters, parameter
from memrig.hil.protocols import PulseSeries
from memrig.hil.registry import Kind, entries, load

ALL = [(kind, name) for kind in ("protocols", "models") for name in entries(kind)]


@dataclass(frozen=True, kw_only=True)
class Example(Parameters):
    """One of every kind."""

    amplitude_set: Level = parameter(Level(1.1, "v_set"), unit="V", help="how high")
    width: float = parameter(1e-4, unit="s", low=1e-6, high=1.0, help="how long")
    count: int = parameter(5, unit="1", low=1, help="how many")
    delays: tuple[float, ...] = parameter((1e-3, 2e-3), unit="s", help="when")
    order: str = parameter("up", unit="", choices=("up", "down"), help="which way")
    zero: bool = parameter(False, unit="", help="whether 0 is among them")
    tries: int = parameter(60, unit="1", low=1, help="at most", advanced=True)


@pytest.fixture
def form(qtbot):
    one = ParameterForm(Example)
    qtbot.addWidget(one)
    with qtbot.waitActive(one):
        one.show()
    return one


def build(qtbot, kind: Kind, name: str) -> ParameterForm:
    one = ParameterForm(load(kind, name))
    qtbot.addWidget(one)
    return one


def other_text(cls: type[Parameters], name: str) -> str:
    """A text for a value that is not the default and within the declared bounds."""
    spec, default = cls.specs()[name], cls.defaults()[name]
    if isinstance(default, bool):
        return "no" if default else "yes"
    if isinstance(default, str):
        return next(word for word in spec.choices if word != default)
    if isinstance(default, Level):
        return "0.123456789 v_read_max"
    if isinstance(default, tuple):
        return ", ".join(f"{k} m{spec.unit}" for k in (3, 4))
    near = [default + 1, default * 0.75 + 0.125, default / 2, spec.low]
    found = next(v for v in near if spec.low <= v <= spec.high and v != default)
    return exact_text(type(default)(found), spec.unit)


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_form_gives_back_what_was_put_in(qtbot, kind: Kind, name: str) -> None:
    cls = load(kind, name)
    one = build(qtbot, kind, name)
    assert (one.texts(), one.problems()) == ({}, {})
    assert list(one.fields) == list(cls.specs())
    texts = {key: other_text(cls, key) for key in cls.specs()}
    one.set_texts(texts)
    assert one.texts() == texts
    again = build(qtbot, kind, name)
    again.set_texts(one.texts())
    assert again.texts() == texts
    one.set_texts({})
    assert one.texts() == {}


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_default_is_in_the_form_to_the_last_bit(qtbot, kind: Kind, name: str) -> None:
    one = build(qtbot, kind, name)
    for key, default in one.cls.defaults().items():
        assert one.field(key).value() == default


@pytest.mark.parametrize("name", entries("protocols"))
def test_every_preset_gives_what_its_name_gives_on_the_command_line(qtbot, name: str) -> None:
    cls = load("protocols", name)
    one = build(qtbot, "protocols", name)
    told: list[str] = []
    one.preset_chosen.connect(told.append)
    for preset, found in cls.presets.items():
        one.choose_preset(preset)
        assert cls.from_text(one.texts()) == cls.from_text(found.parameters)
        assert one.preset == preset
    one.choose_preset("")
    assert one.texts() == {}
    assert told == [*cls.presets, ""]


BAD = {"amplitude_set": "1.1 vset", "width": "5 V", "count": "2.5", "delays": "1ms, soon",
       "order": "sideways", "zero": "perhaps", "tries": "0"}
SENTENCES = {
    "amplitude_set": "'1.1 vset' is not a level (try '1.2V', '300mV' or '1.1 v_set')",
    "width": "'5 V' is not a quantity in s (try '100us' or '0.1ms')",
    "count": "'2.5' is not a whole number",
    "delays": "'soon' is not a quantity in s (try '100us' or '0.1ms')",
    "order": "'sideways' was asked; allowed: up, down",
    "zero": "'perhaps' is not a switch (try 'yes' or 'no')",
    "tries": "0 was asked; allowed: 1 to inf",
}


def test_bad_texts_stay_and_each_gets_its_sentence(form) -> None:
    form.set_texts(BAD)
    assert form.texts() == BAD
    assert set(form.problems()) == set(SENTENCES)
    for name, sentence in form.problems().items():
        assert sentence == SENTENCES[name]
    form.set_texts({})
    assert form.problems() == {}


def test_what_is_wrong_is_never_folded_away(form) -> None:
    assert not form.field("tries").isVisible()
    form.set_problems({"tries": "60 tries take 3 h; the run may take 1 h"})
    assert form.field("tries").isVisible()


def test_problems_from_outside_are_shown_where_they_belong(form) -> None:
    form.set_problems({"width": "too long for the generator", "": "the whole takes 3 h"})
    assert form.problems() == {"width": "too long for the generator", "": "the whole takes 3 h"}
    form.set_notes({"width": "100.04 µs"})
    assert [form.field(name).note for name in ("width", "count")] == ["100.04 µs", ""]
    form.set_problems({})
    assert form.problems() == {}


def test_labels_are_words_and_belong_to_their_fields(form) -> None:
    named = {label.text(): label.buddy() for label in form.findChildren(QLabel) if label.buddy()}
    assert named["Amplitude set"] is form.field("amplitude_set").control
    assert set(named) >= {"Width", "Count", "Delays", "Order", "Zero", "Tries"}
    assert all(field.control.accessibleName() for field in form.fields.values())
    assert label_of("dt_min") == "Δt min"
    tip = form.field("width").control.toolTip()
    assert tip == "how long\nallowed: 1 µs to 1 s\ndefault: 100 µs"


def test_tab_goes_from_top_to_bottom(form, qtbot) -> None:
    form.field("tries").set_text("7")
    form.set_problems({"tries": "x"})  # unfolded
    first = form.field("amplitude_set").control
    first.setFocus()
    seen = [first]
    while len(seen) < len(form.fields) + 1:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    assert [w for w in seen if w in controls(form)] == controls(form)


def controls(form: ParameterForm) -> list[QWidget]:
    return [field.control for field in form.fields.values()]


def test_the_whole_form_works_by_keyboard(form, qtbot) -> None:
    told: list[dict[str, str]] = []
    form.edited.connect(lambda: told.append(form.texts()))
    qtbot.keyClick(form.field("order").control, Qt.Key.Key_Down)
    qtbot.keyClick(form.field("zero").control, Qt.Key.Key_Space)
    count = form.field("count").control
    count.setFocus()
    count.selectAll()
    qtbot.keyClicks(count, "12")
    assert told[-1] == {"order": "down", "zero": "yes", "count": "12"}
    assert len(told) == 4


def test_a_locked_form_can_be_read_and_not_changed(form, qtbot, qapp) -> None:
    theme.apply(qapp, "light")
    form.set_texts({"order": "down"})
    form.set_locked(True)
    told: list[None] = []
    form.edited.connect(lambda: told.append(None))
    for field in form.fields.values():
        field.control.setFocus()
        for key in (Qt.Key.Key_Up, Qt.Key.Key_Space, Qt.Key.Key_5):
            qtbot.keyClick(field.control, key)
        qtbot.mouseClick(field.control, Qt.MouseButton.LeftButton, pos=QPoint(6, 8))
        assert field.control.isEnabled()
    assert (form.texts(), told) == ({"order": "down"}, [])
    form.set_locked(False)
    qtbot.keyClick(form.field("order").control, Qt.Key.Key_Up)
    assert form.texts() == {}


def test_a_page_that_is_scrolled_changes_no_combo_box(form) -> None:
    combo = form.field("order").control
    at = QPointF(5, 5)
    QApplication.sendEvent(combo, QWheelEvent(
        at, combo.mapToGlobal(at), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False))
    assert form.texts() == {}


def test_an_unknown_name_is_refused_and_nothing_changed(form) -> None:
    with pytest.raises(UnknownNameError, match="no field called 'withd'; did you mean width"):
        form.set_texts({"count": "7", "withd": "1ms"})
    assert form.texts() == {}


def test_a_choice_forgets_a_word_that_was_none(qtbot) -> None:
    field = ChoiceEdit(Example.specs()["order"])
    qtbot.addWidget(field)
    field.set_text("sideways")
    field.set_text("up")
    assert [field.combo.itemText(k) for k in range(field.combo.count())] == ["up", "down"]
    assert field.problem == ""


def test_a_switch_says_yes_or_no(qtbot) -> None:
    field = SwitchEdit(Example.specs()["zero"])
    qtbot.addWidget(field)
    field.set_text("true")
    assert (field.tick.isChecked(), field.tick.text(), field.text()) == (True, "yes", "true")
    field.tick.click()
    assert (field.value(), field.text(), field.tick.text()) == (False, "no", "no")


@pytest.fixture
def card(qtbot):
    one = Card(3, "Protocol")
    one.body.addWidget(QLabel("inside"))
    qtbot.addWidget(one)
    one.setFixedWidth(240)
    with qtbot.waitActive(one):
        one.show()
    return one


@pytest.mark.parametrize(("state", "word", "head"), [
    ("good", "valid", "✓ valid"), ("bad", "1 exceeded", "✕ 1 exceeded"),
    ("caution", "not confirmed", "▲ not confirmed"), ("muted", "after the run", "after the run"),
])
def test_a_card_says_its_state_in_a_mark_and_a_word(card, state, word, head) -> None:
    card.set_state(state, word)
    assert card.head == head


def test_a_folded_card_is_one_line_with_a_summary(card, qtbot) -> None:
    card.set_state("good", "3 of 3 answer")
    card.set_summary("2450 on USB, SDG2042X and DS1104Z on the network of the laboratory")
    high = card.sizeHint().height()
    told: list[bool] = []
    card.folded_changed.connect(told.append)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(60, 14))
    assert card.folded
    assert card.sizeHint().height() < high
    assert card.head.startswith("✓ 2450 on USB")
    line = card.findChild(ElidedLabel)
    assert line.shown.endswith("…")
    assert line.toolTip() == card.head
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(60, 14))
    assert (card.folded, card.head, told) == (False, "✓ 3 of 3 answer", [True, False])


def test_a_folded_card_still_says_what_is_wrong(card) -> None:
    card.set_summary("I–V sweep")
    card.set_state("bad", "1 exceeded")
    card.set_problem("2.6 V was asked; the device allows 2 V; nothing was sent")
    card.set_folded(True)
    assert card.head == "✕ 1 exceeded"
    assert card.problem == "2.6 V was asked; the device allows 2 V; nothing was sent"


def test_a_card_that_asks_is_open_until_it_is_answered(card, qtbot) -> None:
    card.set_folded(True)
    card.set_asks(True)
    assert not card.folded
    card.set_folded(True)  # as where the window becomes low
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(60, 14))
    assert not card.folded
    card.set_asks(False)
    card.set_folded(True)
    assert card.folded


def test_a_card_that_is_folded_before_it_is_seen_is_never_high(qtbot) -> None:
    window, card = QWidget(), Card(1, "Bench")
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(card)
    column.addStretch(1)
    for k in range(4):
        card.body.addWidget(QLabel(f"line {k}"))
    high = column.sizeHint().height()  # known from now on
    card.set_folded(True)
    assert column.sizeHint().height() < high - 40, "without waiting for an event"


def test_a_word_that_is_too_long_for_its_list_ends_with_an_ellipsis(qtbot) -> None:
    field = ChoiceEdit(PulseSeries.specs()["order"])
    qtbot.addWidget(field)
    field.set_text("potentiation-depression")
    for width, cut in ((400, False), (110, True)):
        field.combo.resize(width, 24)
        option = QStyleOptionComboBox()
        field.combo.initStyleOption(option)
        assert option.currentText.endswith("…") is cut
    assert field.combo.currentText() == "potentiation-depression"


def test_no_line_of_a_note_ends_between_a_number_and_its_unit(qtbot) -> None:
    field = QuantityEdit(Example.specs()["tries"], int)
    qtbot.addWidget(field)
    field.line.resize(60, 24)
    field.set_note("−1.7 V, −1.615 V, −1.53 V and more words than one line has")
    below = field.findChild(WrappedLabel, "muted")
    assert below.text().startswith("−1.7\xa0V, −1.615\xa0V, −1.53\xa0V and more")
    assert field.note.startswith("−1.7 V, "), "as it was said"


def test_a_card_folds_by_keyboard(card, qtbot) -> None:
    chevron = next(w for w in card.findChildren(QWidget) if w.accessibleName() == "Fold Protocol")
    chevron.setFocus()
    qtbot.keyClick(chevron, Qt.Key.Key_Space)
    assert card.folded
    assert chevron.accessibleName() == "Unfold Protocol"


@pytest.mark.parametrize(("name", "unit", "label"), [
    ("area_m2", "m2", "Area"), ("v_reset_v", "V", "V reset"), ("phi_ion_ev", "eV", "φ ion"),
    ("boltzmann_j_per_k", "J/K", "Boltzmann"), ("amplitude_set", "V", "Amplitude set"),
])
def test_a_label_leaves_the_unit_to_its_field(name: str, unit: str, label: str) -> None:
    assert label_of(name, unit) == label
