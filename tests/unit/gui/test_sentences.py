"""What the controller says is said in Russian, with the same values; the rest stays as it came."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtWidgets import QApplication

from memrig.gui import language
from memrig.gui.planner import Request, plans
from memrig.gui.sentences import SENTENCES, said
from memrig.hil.errors import InfeasibleError
from memrig.hil.registry import load

FORMS = ("limits", "parameters", "units", "rehearsal", "protocols.iv_sweep",
         "protocols.pulse_series", "protocols.stdp", "protocols.pulse", "protocols.read")
"""Modules whose sentences stand beneath the fields of a form."""


@pytest.fixture
def russian(qapp: QApplication) -> Iterator[None]:
    language.speak(qapp, "ru")
    yield
    language.speak(qapp, "en")


def english(text: str) -> list[str]:
    """English words, but for signs, names and what stands in quotes."""
    bare = re.sub("'[^']*'", "", text)
    return [word for word in re.findall("[A-Za-z]{4,}", bare)
            if word not in {"sweep", "pulse", "series", "stdp", "RESET", "profile_name"}]


def raised(module: str) -> Iterator[str]:
    """Every sentence that a module raises, with 7 V for what is put in."""
    tree = ast.parse(inspect.getsource(importlib.import_module(f"memrig.hil.{module}")))
    messages = [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "message"]
    messages += [node.exc.args[0] for node in ast.walk(tree) if isinstance(node, ast.Raise)
                 and isinstance(node.exc, ast.Call) and node.exc.args]
    for one in messages:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
        elif isinstance(one, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else _filled(part)
                          for part in one.values)


def _filled(part: ast.expr) -> str:
    """A made-up value for what stands in a sentence."""
    return {"what": "current", "bound": "at most", "kind": "number", "example(unit)": "'1' or '2'",
            }.get(ast.unparse(part).strip("f'{}\""), "7 V")


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize("module", FORMS)
def test_everything_that_a_form_can_be_told_is_russian(module: str) -> None:
    found = {sentence: said(sentence) for sentence in raised(module)}
    assert not {one: words for one, words in found.items() if english(words)}


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize(("protocol", "texts", "sentence"), [
    ("iv-sweep", {"amplitude_set": "5 V"},
     "iv-sweep, воздействие «развёртка»: запрошено напряжение на устройстве 5 V (худший случай), "
     "профиль допускает не более 2 V; ничего не подано"),
    ("pulse-series", {"amplitude_reset": "-4 V"},
     "pulse-series, воздействие «запись»: запрошено напряжение на устройстве −4 V (худший случай), "
     "профиль допускает не менее −2 V; ничего не подано"),
    ("pulse", {"width": "1 s"},
     "импульс, воздействие «запись»: запрошена энергия одного повтора 578.2 µJ (худший случай), "
     "профиль допускает не более 100 µJ; ничего не подано"),
    ("pulse-series", {"count": "10000000"},
     "запрошено импульсов записи: 10000000; профиль zro2-y допускает 1000000 за прогон; больше "
     "ничего не подано"),
    ("iv-sweep", {"period": "x"},
     "'x' — не величина в s (например, '100us' или '0.1ms')"),
    ("iv-sweep", {"period": "0 s"}, "запрошено 0 s; допустимо: от 1 ns до 100 ks"),
])
def test_a_refusal_keeps_its_values(protocol: str, texts: dict[str, str], sentence: str) -> None:
    model = load("models", "guseinov")()
    bench: Any = load("simulators", "model")(model, integrator="auto")
    *_, planned = plans(Request(protocol=protocol, texts=texts, profile=model.profile(),
                                bench=bench, model=bench))
    assert [said(one) for one in planned.problems.values()] == [sentence]


@pytest.mark.usefixtures("russian")
def test_parts_of_a_sentence_are_translated_too() -> None:
    error = InfeasibleError("shortest pulse of the waveform at the top electrode",
                            asked="1 ns", allowed="at least 16 ns")
    assert said(str(error)) == ("кратчайший импульс: сигнал на верхнем электроде: запрошено 1 ns, "
                                "допустимо не менее 16 ns; ничего не подано")


@pytest.mark.usefixtures("russian")
def test_what_is_not_known_stays_as_it_came() -> None:
    assert said("scope: the answer '7' to ':TRIG?' makes no sense") == (
        "scope: the answer '7' to ':TRIG?' makes no sense")
    assert said("") == ""


def test_in_english_nothing_is_touched(qapp: QApplication) -> None:
    language.speak(qapp, "en")
    sentence = SENTENCES[0].format("'x'", "'1'", "'2'")
    assert said(sentence) == sentence


@pytest.mark.parametrize(("plain", "printed"), [
    ("-4 V to 2 kohm, 100 uJ", "−4 V to 2 kΩ, 100 µJ"),
    ("r_series: 1.00 kohm ± 12 mohm, offset -3 uV", "r_series: 1.00 kΩ ± 12 mΩ, offset −3 µV"),
    ("1.7e-12 m2", "1.7·10⁻¹² m²"),
    ("3 was asked; allowed: 8 to 1e+07", "3 was asked; allowed: 8 to 10⁷"),
    ("0 ohm on 2026-11-26, run-7 of W07-c12", "0 Ω on 2026-11-26, run-7 of W07-c12"),
    ("run 84e6123456 stopped", "run 84e6123456 stopped"),
    ("'-5uV' is not a number", "'-5uV' is not a number"),
])
def test_quantities_are_printed_and_what_was_typed_is_not_touched(
    plain: str, printed: str, qapp: QApplication
) -> None:
    language.speak(qapp, "en")
    assert said(plain) == printed
