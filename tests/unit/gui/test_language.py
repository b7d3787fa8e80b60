"""The language of the window: chosen, remembered, loaded; its files hold what their sources say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from memrig.gui import language
from memrig.gui.panels.passport import sums
from memrig.gui.widgets.choice import ChoiceEdit
from memrig.hil.errors import UnknownNameError
from memrig.hil.parameters import Spec
from memrig.hil.store import Past
from memrig.hil.wear import Wear


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    language.speak(qapp, "en")


def said() -> str:
    return QCoreApplication.translate("Window", "Light theme")


def test_a_language_is_spoken_until_another_is_chosen(application: QApplication) -> None:
    assert language.speak(application, "ru") == "ru"
    assert said() == "Светлая тема"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Отмена", "Qt's own dialogs"
    assert language.speak(application, "en") == "en"
    assert said() == "Light theme"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"


@pytest.mark.parametrize(("wanted", "code"), [
    (["ru-RU", "en-US"], "ru"), (["de-DE", "ru-RU"], "ru"), (["fr-FR"], "en"), ([], "en")])
def test_the_systems_first_language_that_there_is(
    monkeypatch: pytest.MonkeyPatch, wanted: list[str], code: str,
) -> None:
    class System:
        def uiLanguages(self) -> list[str]:
            return wanted

    monkeypatch.setattr(QLocale, "system", System)
    assert language.resolved("system") == code


def test_a_language_that_there_is_not_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no language called 'rus'; did you mean ru"):
        language.resolved("rus")


def test_the_choice_is_remembered_and_nonsense_forgotten(qapp: QApplication) -> None:
    assert language.remembered() == "system"
    language.remember("ru")
    assert language.remembered() == "ru"
    language.remember("tlh")
    assert language.remembered() == "system"


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_the_compiled_file_says_what_its_source_says(qapp: QApplication, code: str) -> None:
    """A forgotten ``make translations`` is found here."""
    translator = language.loaded(language.FOLDER / f"memrig_{code}.qm")
    assert translator is not None
    counts = (1, 2, 5)  # each asks for another form in Russian
    messages = 0
    for context in ET.parse(language.FOLDER / f"memrig_{code}.ts").getroot().iter("context"):
        for message in context.iter("message"):
            there, source = message.find("translation"), message.findtext("source", "")
            if there is None or there.get("type") == "unfinished":
                continue
            where = context.findtext("name", ""), source, message.findtext("comment", "")
            forms = [form.text for form in there.iter("numerusform")]
            got = [translator.translate(*where, n) for n in counts[:len(forms)]] or [
                translator.translate(*where)]
            assert got == (forms or [there.text]), where
            messages += 1
    assert messages >= (2 if code == "en" else 400)


@pytest.mark.parametrize(("tongue", "count", "words"), [
    ("en", 1, "1 run, 1 pulse,"), ("en", 21, "21 runs, 21 pulses,"),
    ("ru", 1, "1 прогон, 1 импульс,"), ("ru", 3, "3 прогона, 3 импульса,"),
    ("ru", 11, "11 прогонов, 11 импульсов,"),
    ("ru", 22, "22 прогона, 22 импульса,")])
def test_runs_and_pulses_are_counted_as_people_count(
    application: QApplication, tongue: str, count: int, words: str,
) -> None:
    language.speak(application, tongue)
    past = [Past(run_id="a", started_at="", protocol="pulse", simulated=False, status="finished",
                 wear=Wear(pulses=1))] * count
    (said,) = sums(past)
    assert words in said


def test_any_number_of_pulses_can_be_said(application: QApplication) -> None:
    many = Past(run_id="a", started_at="", protocol="pulse", simulated=True, status="finished",
                wear=Wear(pulses=10**12 + 1))
    assert "1 run, 1 000 000 000 001 pulses" in sums([many])[0].replace("\xa0", " ")


def test_a_word_of_a_list_is_shown_translated_and_kept_as_files_have_it(
    application: QApplication, qtbot: Any,
) -> None:
    language.speak(application, "ru")
    field = ChoiceEdit(Spec(unit="", help="", choices=("continuous", "staircase", "sine")))
    qtbot.addWidget(field)
    field.set_text("staircase")
    assert (field.combo.currentText(), field.text()) == ("ступенчатая", "staircase")
    field.set_text("square")
    assert (field.combo.currentText(), field.text()) == ("square", "square")
    assert "square" in field.problem
