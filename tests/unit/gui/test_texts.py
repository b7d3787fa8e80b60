"""Nothing is written on the screen that cannot be translated."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

GUI = Path(importlib.import_module("memrig.gui").__path__[0])
SHOWS = {
    "setText", "setToolTip", "setStatusTip", "setWhatsThis", "setPlaceholderText", "setTitle",
    "setAccessibleName", "setAccessibleDescription", "setWindowTitle", "setInformativeText",
    "addAction", "addMenu", "addButton", "addItem", "addItems", "addRow", "addTab", "setTabText",
    "setHorizontalHeaderLabels", "setHeaderLabels", "showMessage", "drawText", "set_title",
    "set_state", "set_summary", "set_problem", "set_note", "emit", "QLabel", "QPushButton",
    "QCheckBox", "QRadioButton", "QToolButton", "QAction", "QMessageBox", "QTableWidgetItem",
    "QTreeWidgetItem", "ElidedLabel", "Axis", "Command", "Watermark",
}
"""Calls whose words somebody reads or hears."""
LOOKS = {"good", "bad", "caution", "muted"}
NAMES = {"id", "menu", "shortcut", "unit"}
"""Arguments that are no words."""
STAY = {"TOML (*.toml)", " – memrig", "Δt = "}
"""Words that are the same in every language."""


def untranslated(code: str) -> list[str]:
    """Words that are shown as they stand."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and _name(node) in SHOWS:
            given = [*node.args, *(k.value for k in node.keywords if k.arg not in NAMES)]
            found += [words for one in given for words in _written(one)]
    return [words for words in found if re.search("[^\\W\\d_]{2,}", words)
            and words not in LOOKS | STAY and not re.fullmatch(r"[\w.-]+\.\w+|.*::.*", words)]


def _name(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else (
        function.id if isinstance(function, ast.Name) else "")


def _written(node: ast.expr) -> Iterator[str]:
    """Literal words of an argument: its own, of f-strings, of both sides of a condition, of lists;
    not those of calls in it, which may translate them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values
                    if isinstance(part, ast.Constant) and isinstance(part.value, str))
    elif isinstance(node, ast.IfExp):
        yield from (*_written(node.body), *_written(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from (*_written(node.left), *_written(node.right))
    elif isinstance(node, ast.List | ast.Tuple):
        yield from (words for one in node.elts for words in _written(one))
    elif isinstance(node, ast.Call) and _name(node) == "format" and isinstance(
            node.func, ast.Attribute):
        yield from _written(node.func.value)


@pytest.mark.parametrize(("code", "words"), [
    ("label.setText('no bench')", ["no bench"]),
    ("label.setText(f'{n} runs')", [" runs"]),
    ("card.set_state('good', 'valid' if ok else tr('x'))", ["valid"]),
    ("self.said.emit('report: {}'.format(path))", ["report: {}"]),
    ("QLabel('Runs' + more)", ["Runs"]),
    ("Axis(label='current', unit='eV')", ["current"]),
    ("Command(id='run.start', text='Run', act=f, menu='run')", ["Run"]),
    ("table.setHorizontalHeaderLabels(['Run', self.tr('Status')])", ["Run"]),
    ("label.setText(self.tr('no bench')); card.set_state('good', tr('valid'))", []),
    ("label.setText(f'✕ {why}'); label.setText(f'{value} V')", []),
])
def test_words_as_they_stand_are_found(code: str, words: list[str]) -> None:
    assert untranslated(code) == words


@pytest.mark.parametrize("path", sorted(GUI.rglob("*.py")), ids=lambda path: path.name)
def test_every_word_on_the_screen_can_be_translated(path: Path) -> None:
    assert untranslated(path.read_text(encoding="utf-8")) == []
