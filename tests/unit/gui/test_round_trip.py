"""Every protocol's form and presets: declaration, form, texts, parameters, and back."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.widgets.form import ParameterForm
from memrig.gui.widgets.quantity import QuantityEdit
from memrig.hil.parameters import Level
from memrig.hil.registry import entries, load

CASES = [(name, preset) for name in entries("protocols")
         for preset in ("", *load("protocols", name).presets)]
every = pytest.mark.parametrize("name", entries("protocols"))


def build(qtbot: Any, name: str) -> ParameterForm:
    one = ParameterForm(load("protocols", name))
    qtbot.addWidget(one)
    with qtbot.waitActive(one):
        one.show()
    return one


@pytest.mark.parametrize(("name", "preset"), CASES)
def test_a_form_gives_back_every_parameter_to_the_last_bit(
    qtbot: Any, name: str, preset: str
) -> None:
    cls = load("protocols", name)
    asked = cls.from_text(cls.preset(preset).parameters if preset else {})
    one, other = build(qtbot, name), build(qtbot, name)
    one.choose_preset(preset)
    made = cls.from_text(one.texts())
    assert made == asked
    assert made.to_json() == asked.to_json()
    other.set_texts(one.texts())
    assert cls.from_text(other.texts()) == asked
    # As a stored run gives them back: plain JSON values.
    other.set_texts({key: _text(value) for key, value in asked.to_json().items()})
    assert cls.from_text(other.texts()) == asked
    assert one.problems() == other.problems() == {}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else repr(value)


WAYS = {"A": ("250u", "0.25 mA", "2.5e-4"), "s": ("250u", "0.25 ms", "2.5e-4"),
        "V": ("250m", "0.25 V", "2.5e-1"), "V/s": ("250m", "0.25 V/s", "2.5e-1"),
        "S": ("250u", "0.25 mS", "2.5e-4"), "Hz": ("2.5k", "2500 Hz", "2.5e3"),
        "ohm": ("2.5k", "2.5 kohm", "2.5e3")}


def _number(value: Any) -> float:
    one = value[0] if isinstance(value, tuple) else value
    return float(one.value if isinstance(one, Level) else one)


@every
def test_a_quantity_can_be_typed_in_every_way(qtbot: Any, name: str) -> None:
    form = build(qtbot, name)
    quantities = {key: field for key, field in form.fields.items()
                  if isinstance(field, QuantityEdit) and field.spec.unit in WAYS}
    assert quantities
    for key, field in quantities.items():
        read = set()
        for way in WAYS[field.spec.unit]:
            field.set_text("")
            qtbot.keyClicks(field.control, way)
            assert field.text() == way
            read.add(_number(field.value()))
        assert len(read) == 1, key


@every
def test_nonsense_is_explained_beneath_every_field(qtbot: Any, name: str) -> None:
    form = build(qtbot, name)
    for key, field in form.fields.items():
        field.set_text("a fortnight")
        assert "'a fortnight'" in field.problem, key
    assert set(form.problems()) == set(form.fields)
    assert set(form.texts()) == set(form.fields)


@every
def test_a_locked_form_takes_no_key(qtbot: Any, name: str) -> None:
    form = build(qtbot, name)
    form.set_locked(True)
    for field in form.fields.values():
        assert field.locked
        qtbot.keyClicks(field.control, "9")
    assert form.texts() == {}
    form.set_locked(False)
    first = next(f for f in form.fields.values() if isinstance(f, QuantityEdit))
    qtbot.keyClicks(first.control, "9")
    assert form.texts()
