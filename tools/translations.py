"""Finds every text of the window, keeps gui/translations/*.ts up to date and makes their .qm files.

``python tools/translations.py`` does both; with ``--check`` it only says what is missing or wrong.

Qt's lupdate is not used: it does not see ``tr`` under another name, takes the context of such a
text for empty, and knows nothing of the texts that come from declarations.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

from memrig.gui.bench.check import KnownResistor
from memrig.gui.sentences import CONTEXT, SENTENCES
from memrig.gui.widgets.form import label_of
from memrig.hil import advice, manual, realised
from memrig.hil.bench_fields import fields_of
from memrig.hil.bench_file import ROLES
from memrig.hil.guards import Guards
from memrig.hil.parameters import Declared, Parameters
from memrig.hil.profile import Profile
from memrig.hil.registry import entries, load
from memrig.hil.stimulus import Role

ROOT = Path(__file__).resolve().parent.parent
GUI = ROOT / "gui"
FOLDER = GUI / "translations"
FORMS = {"en": 2, "ru": 3}
"""Languages, and how many forms a noun has beside a number."""
DECLARED = "parameters"
"""Context of the texts that come from declarations."""
WORDS = ("ok", "open", "short", "virgin", "formed", "unknown", "finished", "stopped", "failed",
         "interrupted", "running", "pulse", "spike pair", "pre spike alone", "post spike alone",
         "reversed pair", "approach", "read after pulse", "yes", "no")
"""Words of results, profiles and runs that the window shows as they are."""


class TranslationError(Exception):
    """A text cannot be taken out of the code; the message says where and why."""


@dataclass(frozen=True, order=True)
class Text:
    """A text as the code has it.

    :param plural: whether it stands beside a number.
    :param where: the file and line where it is, for messages.
    """

    context: str
    source: str
    comment: str = ""
    plural: bool = False
    where: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What Qt finds a translation by."""
        return self.context, self.source, self.comment


# --- texts of the code ----------------------------------------------------------------------------


class Finder(ast.NodeVisitor):
    """All calls of ``tr`` and ``translate`` in one module, under whatever name.

    :ivar texts: what is asked to be translated.
    :ivar problems: calls that cannot be read, a sentence each.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.texts: list[Text] = []
        self.problems: list[str] = []
        self._classes: list[str] = []
        self._names: list[dict[str, str]] = [{}]

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its name is the context of its texts."""
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Other names of ``tr`` hold inside a function."""
        self._names.append({})
        self.generic_visit(node)
        self._names.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        """Learn another name, as in ``add, tr = self.commands.add, self.tr``."""
        for target in node.targets:
            for name, value in _pairs(target, node.value):
                if isinstance(value, ast.Attribute) and value.attr in {"tr", "translate"}:
                    self._names[-1][name] = value.attr
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Take a text down."""
        kind = self._kind(node.func)
        if kind == "translate" and self._is_translation(node):
            self._take(node, *node.args[:3], number=node.args[3:4])
        elif kind == "tr" and self._classes:
            self._take(node, ast.Constant(self._classes[-1]), *node.args[:2], number=node.args[2:3])
        elif kind == "tr":
            self._refuse(node, "tr outside of a class")
        self.generic_visit(node)

    def _kind(self, function: ast.expr) -> str:
        if isinstance(function, ast.Name):
            return next((n[function.id] for n in self._names[::-1] if function.id in n), "")
        return function.attr if isinstance(function, ast.Attribute) else ""

    def _is_translation(self, node: ast.Call) -> bool:
        """Whether ``translate`` is Qt's own for texts; painters have one, too."""
        function = node.func
        return isinstance(function, ast.Name) or (
            isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
            and function.value.id in {"QCoreApplication", "QApplication"})

    def _take(self, node: ast.Call, *words: ast.expr, number: list[ast.expr]) -> None:
        context = _literal(words[0])
        if isinstance(words[0], ast.Name) and words[0].id == "CONTEXT":
            return  # a sentence, which ``declared`` gives, too
        if context == DECLARED and not isinstance(words[1], ast.Constant):
            return  # a text of a declaration, which ``declared`` gives
        source, comment = _literal(words[1]), _literal(words[2]) if len(words) > 2 else ""
        if context is None or source is None or comment is None:
            self._refuse(node, "its text is not written out")
            return
        self.texts.append(Text(context, source, comment, bool(number), self._place(node)))

    def _refuse(self, node: ast.Call, why: str) -> None:
        self.problems.append(f"{self._place(node)}: {why}")

    def _place(self, node: ast.AST) -> str:
        return f"{self.where}:{getattr(node, 'lineno', 0)}"


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, other)


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def found_in(files: Iterable[Path], root: Path) -> tuple[list[Text], list[str]]:
    """The texts of some modules, and what is wrong with the calls."""
    texts, problems = list[Text](), list[str]()
    for path in sorted(files):
        finder = Finder(path.relative_to(root).as_posix())
        finder.visit(ast.parse(path.read_text(encoding="utf-8")))
        texts += finder.texts
        problems += finder.problems
    return texts, problems


# --- texts of declarations ------------------------------------------------------------------------


def declared() -> Iterator[Text]:
    """Every text of a declaration that the window shows."""
    for words in _declared():
        if words:
            yield Text(DECLARED, words, where="declarations")
    for sentence in SENTENCES:
        yield Text(CONTEXT, sentence, where="gui/sentences.py")


def _declared() -> Iterator[str]:
    yield from (*WORDS, *Role, *realised.TEMPLATES, *advice.TEMPLATES)
    for kind in ("protocols", "models"):
        for name in entries(kind):
            cls: type[Parameters] = load(kind, name)
            yield str(getattr(cls, "title", ""))
            yield manual.description(cls)
            for key, spec in cls.specs().items():
                yield from (label_of(key, spec.unit), spec.help, *spec.choices)
            for preset in getattr(cls, "presets", {}).values():
                yield preset.help
    yield from Guards.specs()
    forms: list[type[Declared]] = [Profile, KnownResistor, Guards, *map(fields_of, ROLES)]
    for form in forms:
        for key, spec in form.specs().items():
            yield from (label_of(key, spec.unit), spec.help, *spec.choices)
    for name in entries("twins"):
        yield (load("twins", name).__doc__ or "").strip().split(".")[0]


def gathered() -> list[Text]:
    """All texts of the window, each once, in order.

    :raises TranslationError: where one is not written out.
    """
    texts, problems = found_in(GUI.rglob("*.py"), ROOT)
    if problems:
        raise TranslationError("\n".join(problems))
    found: dict[tuple[str, str, str], Text] = {}
    for text in (*texts, *declared()):
        known = found.get(text.key, text)
        found[text.key] = replace(known, plural=known.plural or text.plural)
    return sorted(found.values())


# --- translation files ----------------------------------------------------------------------------

Translations = dict[tuple[str, str, str], tuple[str, ...]]
"""The forms of every translation by context, source and comment; one, or one for each plural."""


def read(path: Path) -> Translations:
    """What a .ts file has that is finished; nothing where there is no such file."""
    if not path.exists():
        return {}
    found: Translations = {}
    for context in ET.parse(path).getroot().iter("context"):  # noqa: S314  # our own file
        name = context.findtext("name", "")
        for message in context.iter("message"):
            there = message.find("translation")
            if there is None or there.get("type") == "unfinished":
                continue
            forms = tuple(one.text or "" for one in there.iter("numerusform"))
            key = name, message.findtext("source", ""), message.findtext("comment", "")
            found[key] = forms or (there.text or "",)
    return found


def write(path: Path, language: str, texts: Iterable[Text], known: Translations) -> None:
    """Write a .ts file of these texts; what is not known is unfinished.

    It carries no line numbers: they would change with every line of code.
    """
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    contexts: dict[str, ET.Element] = {}
    for text in texts:
        if text.context not in contexts:
            contexts[text.context] = ET.SubElement(root, "context")
            ET.SubElement(contexts[text.context], "name").text = text.context
        _add(contexts[text.context], text, known.get(text.key, ()), FORMS[language])
    ET.indent(root, "    ")
    body = ET.tostring(root, encoding="unicode", short_empty_elements=False)
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n',
                    encoding="utf-8")


def _add(context: ET.Element, text: Text, forms: tuple[str, ...], count: int) -> None:
    message = ET.SubElement(context, "message", {"numerus": "yes"} if text.plural else {})
    ET.SubElement(message, "source").text = text.source
    if text.comment:
        ET.SubElement(message, "comment").text = text.comment
    wanted = count if text.plural else 1
    finished = len(forms) == wanted and all(forms)
    there = ET.SubElement(message, "translation", {} if finished else {"type": "unfinished"})
    if not text.plural:
        there.text = forms[0] if finished else ""
        return
    for form in forms if finished else ("",) * wanted:
        ET.SubElement(there, "numerusform").text = form


def in_english(texts: Iterable[Text]) -> list[Text]:
    """The texts that English needs a file for: those beside a number."""
    return [text for text in texts if text.plural]


def path_of(language: str) -> Path:
    """The .ts file of a language."""
    return FOLDER / f"memrig_{language}.ts"


def release(path: Path) -> None:
    """Make the .qm file of a .ts file with Qt's own lrelease.

    :raises TranslationError: where it cannot.
    """
    import PySide6  # noqa: PLC0415  # only here

    program = Path(PySide6.__file__).parent / ("lrelease.exe" if sys.platform == "win32" else
                                               "lrelease")
    words = [str(program), "-silent", str(path), "-qm", str(path.with_suffix(".qm"))]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TranslationError(f"lrelease: {done.stderr or done.stdout}")


# --- what is wrong --------------------------------------------------------------------------------


def faults(texts: Iterable[Text], known: Translations, language: str) -> Iterator[str]:
    """A sentence for everything that is missing or wrong in a language."""
    wanted = {text.key: text for text in texts}
    for key, text in wanted.items():
        forms = known.get(key, ())
        count = FORMS[language] if text.plural else 1
        said = f"{text.where}: {text.context}, {text.source!r}"
        if len(forms) != count or not all(forms):
            yield f"{said}: {len([f for f in forms if f])} of {count} forms in {language}"
        yield from (f"{said}: {form!r} has other signs" for form in forms
                    if form and marks(form) != marks(text.source))
    yield from (f"{key[0]}, {key[1]!r}: no longer in the code" for key in known.keys() - wanted)


def marks(text: str) -> list[str]:
    """What a translation must have, too: fields, ``%n``, a mnemonic, paragraphs, outer spaces."""
    ends = [text[: len(text) - len(text.lstrip())], text[len(text.rstrip()):]]
    return [*sorted(re.findall(r"\{[^}]*\}|%n|&(?=\w)|\n\n", text)), *ends]


# --- the task -------------------------------------------------------------------------------------


def main(argv: list[str] | None = None) -> int:
    """Bring the files up to date, or only say what is wrong; the number of faults decides."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args(argv)
    texts = gathered()
    said: list[str] = []
    for language in FORMS:
        own = texts if language != "en" else in_english(texts)
        known = read(path_of(language))
        if not arguments.check:
            write(path_of(language), language, own, known)
            release(path_of(language))
            known = read(path_of(language))
        said += faults(own, known, language)
    print("\n".join(said) if said else f"translations: {len(texts)} texts, complete")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
