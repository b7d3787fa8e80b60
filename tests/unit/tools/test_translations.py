"""What is taken out of the code to be translated, and what is found wrong with a translation."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

SCRIPT = Path(__file__).resolve().parents[3] / "tools" / "translations.py"


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("memrig_translations", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look for their module there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def found(tool: ModuleType, tmp_path: Path, code: str) -> tuple[list[tuple[str, str, bool]],
                                                                list[str]]:
    (tmp_path / "made.py").write_text(code, encoding="utf-8")
    texts, problems = tool.found_in([tmp_path / "made.py"], tmp_path)
    return [(text.context, text.source, text.plural) for text in texts], problems


def test_a_text_is_found_under_every_name_that_tr_has(tool: ModuleType, tmp_path: Path) -> None:
    code = """
class Card(Base):
    def fill(self):
        add, tr = self.commands.add, self.tr
        self.setText(self.tr("one")); add(tr("two")); self.tr("%n of it", "", len(self.all))

def words(n):
    tr = QCoreApplication.translate
    return tr("daily", "three {0}"), QCoreApplication.translate("daily", "four")
"""
    assert found(tool, tmp_path, code) == ([
        ("Card", "one", False), ("Card", "two", False), ("Card", "%n of it", True),
        ("daily", "three {0}", False), ("daily", "four", False)], [])


@pytest.mark.parametrize(("code", "sentence"), [
    ("class A:\n def f(self, name):\n  self.tr(name)", "made.py:3: its text is not written out"),
    ("class A:\n def f(self, n):\n  self.tr(f'{n} runs')",
     "made.py:3: its text is not written out"),
    ("def f(self):\n self.tr('x')", "made.py:2: tr outside of a class"),
    ("QCoreApplication.translate(name, 'x')", "made.py:1: its text is not written out"),
])
def test_a_text_that_cannot_be_found_is_refused(
    tool: ModuleType, tmp_path: Path, code: str, sentence: str,
) -> None:
    assert found(tool, tmp_path, code) == ([], [sentence])


def test_painters_translate_something_else(tool: ModuleType, tmp_path: Path) -> None:
    assert found(tool, tmp_path, "painter.translate(x, y)") == ([], [])


def test_what_is_known_is_kept_and_the_rest_is_unfinished(
    tool: ModuleType, tmp_path: Path,
) -> None:
    path = tmp_path / "memrig_ru.ts"
    texts = [tool.Text("Card", "Runs"), tool.Text("Card", "%n run(s)", plural=True),
             tool.Text("Card", "a < b & c")]
    known = {("Card", "Runs", ""): ("Прогоны",),
             ("Card", "%n run(s)", ""): ("%n прогон", "%n прогона", "%n прогонов")}
    tool.write(path, "ru", texts, known)
    assert tool.read(path) == known
    tool.write(path, "ru", texts, {**known, ("Card", "a < b & c", ""): ("а < б & в",)})
    assert tool.read(path)["Card", "a < b & c", ""] == ("а < б & в",)


@pytest.mark.parametrize(("source", "plural", "forms", "sentence"), [
    ("Runs", False, (), "here:1: Card, 'Runs': 0 of 1 forms in ru"),
    ("%n run(s)", True, ("%n прогон", "%n прогонов"),
     "here:1: Card, '%n run(s)': 2 of 3 forms in ru"),
    ("%n run(s)", True, ("%n прогон", "", "%n прогонов"),
     "here:1: Card, '%n run(s)': 2 of 3 forms in ru"),
    ("{0} of {1}", False, ("{0} из",), "here:1: Card, '{0} of {1}': '{0} из' has other signs"),
    ("&Run", False, ("Прогон",), "here:1: Card, '&Run': 'Прогон' has other signs"),
    (" (sim)", False, ("(сим.)",), "here:1: Card, ' (sim)': '(сим.)' has other signs"),
])
def test_what_is_missing_or_differs_is_said(
    tool: ModuleType, source: str, plural: bool, forms: tuple[str, ...], sentence: str,
) -> None:
    text = tool.Text("Card", source, plural=plural, where="here:1")
    assert list(tool.faults([text], {text.key: forms} if forms else {}, "ru")) == [sentence]


def test_a_translation_of_nothing_is_said(tool: ModuleType) -> None:
    assert list(tool.faults([], {("Card", "Runs", ""): ("Прогоны",)}, "ru")) == [
        "Card, 'Runs': no longer in the code"]


def test_the_windows_own_texts_can_all_be_found(tool: ModuleType) -> None:
    """None is put together before it is translated; the declarations' texts are there, too."""
    texts = {(text.context, text.source) for text in tool.gathered()}
    assert ("Window", "Whole figure") in texts
    assert ("limits", "highest voltage") in texts
    assert ("parameters", "Amplitude set") in texts
    assert len(texts) > 400


@pytest.mark.parametrize("language", ["en", "ru"])
def test_nothing_is_missing(tool: ModuleType, language: str) -> None:
    """``make translations`` finds new texts; whoever adds one translates it."""
    texts = tool.gathered() if language != "en" else tool.in_english(tool.gathered())
    assert list(tool.faults(texts, tool.read(tool.path_of(language)), language)) == []


def test_a_plural_speaks_from_a_class_without_heirs(tool: ModuleType) -> None:
    """Qt asks for a text in the name of the youngest class first; there it is not, and what comes
    back differs from the source by its number and passes for a translation."""
    classes = {node.name: {getattr(base, "id", "") for base in node.bases}
               for path in tool.GUI.rglob("*.py")
               for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
               if isinstance(node, ast.ClassDef)}
    plural = {text.context for text in tool.gathered() if "%n" in text.source}
    assert plural
    assert not [name for name in plural if any(name in bases for bases in classes.values())]
