"""The pages of the help, made from declarations; every field has an anchor of its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence, QTextDocument

from memrig.gui.help.parts import PARTS, sent
from memrig.gui.widgets.form import label_of, translated
from memrig.hil import manual
from memrig.hil.cli.catalogue import parameters_of
from memrig.hil.parameters import Declared, Parameters
from memrig.hil.registry import entries, load

tr = QCoreApplication.translate
START = "start"
BELOW = 480
"""Empty pixels below the last field, so that every one can be scrolled to the top."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A page, or one field of it.

    :param address: of the page, e.g. ``protocol/iv-sweep``; a field's ends with ``#points``.
    :param group: the heading that it stands under in the list of contents.
    :param words: what it is found by, besides its title.
    """

    address: str
    title: str
    group: str
    words: str = ""

    def matches(self, typed: Iterable[str]) -> bool:
        """Whether every word stands in it."""
        line = f"{self.title} {self.address} {self.words}".casefold()
        return all(word in line for word in typed)


class Pages:
    """All pages of a window.

    :param actions: gives the window's commands, for the page of the keys.
    :param about: gives what is said of the program, as lines of text.
    """

    def __init__(
        self, actions: Callable[[], Iterable[QAction]], about: Callable[[], str]
    ) -> None:
        self._actions, self._about = actions, about
        self._made: dict[str, Callable[[], Iterator[str]]] = {
            START: self._start, "keys": self._keys, "about": self._about_page,
            "command-line": lambda: _from_markdown(manual.command_line()),
            "instruments": lambda: _from_markdown(manual.instruments()),
        }

    def html(self, address: str) -> str:
        """A page by its address without ``#``; the start page where there is none such."""
        kind, _, name = address.partition("/")
        if kind == "part" and name in PARTS:
            body = _part(name)
        elif kind == "protocol" and name in entries("protocols"):
            body = _protocol(load("protocols", name))
        elif kind == "model" and name in entries("models"):
            body = _model(load("models", name))
        else:
            body = self._made.get(address, self._start)()
        return "\n".join(body)

    def topics(self) -> Iterator[Topic]:
        """Everything that can be looked up, in the order of the contents."""
        window, reference = tr("help", "The window"), tr("help", "Reference")
        yield Topic(address=START, title=tr("help", "Start"), group=window)
        for name, text in PARTS.items():
            yield Topic(address=f"part/{name}", title=text()[0], group=window, words=text()[1])
        yield Topic(address="keys", title=tr("help", "Keys"), group=window)
        yield from _declared(tr("help", "Protocols"), "protocol", "protocols")
        yield from _declared(tr("help", "Models"), "model", "models")
        yield Topic(address="instruments", title=tr("help", "Instruments"), group=reference)
        yield Topic(address="command-line", title=tr("help", "Command line"), group=reference)
        yield Topic(address="about", title=tr("help", "About memrig"), group=reference)

    def _start(self) -> Iterator[str]:
        yield _heading(tr("help", "memrig puts a memristor on a bench"))
        yield _paragraphs(tr(
            "help", "From top to bottom at the left: the bench, the device with its model, the "
            "protocol, the limits, Run. In the middle what happens, at the right what was found."
            "\n\nF1 on a field opens its line; Shift+F1 shows it in place. Ctrl+K finds every "
            "command by its name."))
        group = ""
        for topic in self.topics():
            if topic.address == START or "#" in topic.address:
                continue
            if topic.group != group:
                group = topic.group
                yield f"<h3>{escape(group)}</h3>"
            yield f'<p>{_link(topic.address, topic.title)}</p>'

    def _keys(self) -> Iterator[str]:
        yield _heading(tr("help", "Keys"))
        rows = [(action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
                 action.text().replace("&", "")) for action in self._actions()]
        yield _table((tr("help", "key"), tr("help", "does")), sorted(row for row in rows if row[0]))
        yield _paragraphs(tr("help", "Esc twice is STOP, too. Up, Down and the wheel step the last "
                                     "digit of the field that has the keyboard."))

    def _about_page(self) -> Iterator[str]:
        yield _heading(tr("help", "About memrig"))
        yield _paragraphs(tr("help", "Hardware-in-the-loop control of memristor synapses. Free "
                                     "software under the MIT licence."))
        yield f"<pre>{escape(self._about())}</pre>"


def address_of(cls: type[Declared], field: str = "") -> str:
    """Where a protocol or a model is described, and one of its fields; empty for anything else."""
    name = str(getattr(cls, "name", ""))
    for kind, page in (("protocols", "protocol"), ("models", "model")):
        if name in entries(kind) and load(kind, name) is cls:  # type: ignore[arg-type]  # two of them
            return f"{page}/{name}" + (f"#{field}" if field else "")
    return ""


# --- what pages are made of


def _part(name: str) -> Iterator[str]:
    title, text = PARTS[name]()
    yield _heading(title)
    yield _paragraphs(text)


def _protocol(cls: Any) -> Iterator[str]:
    yield _heading(translated(cls.title), cls.name)
    yield _paragraphs(translated(manual.description(cls)))
    if cls.presets:
        yield f"<h3>{escape(tr('help', 'Presets'))}</h3>"
        yield _table((tr("help", "preset"), tr("help", "meaning")),
                     [(name, translated(one.help)) for name, one in cls.presets.items()])
    yield from _fields(cls, model=False)


def _model(cls: Any) -> Iterator[str]:
    yield _heading(cls.name)
    yield _paragraphs(translated(manual.description(cls)))
    yield f"<pre>{escape(inspect.cleandoc(cls.equations))}</pre>"
    yield _paragraphs(tr("help", "Source: {0}").format(cls.source))
    yield from _fields(cls, model=True)


def _fields(cls: type[Parameters], *, model: bool) -> Iterator[str]:
    """Every field under its anchor: quantity, unit, bounds, default, what is sent."""
    yield f"<h2>{escape(tr('help', 'Parameters'))}</h2>"
    parameters = parameters_of(cls)
    for name, spec in cls.specs().items():
        one = parameters[name]
        label = translated(label_of(name, spec.unit))
        yield (f'<h3><a name="{escape(name)}"></a>{escape(label)} '
               f"<small><code>{escape(name)}</code></small></h3>")
        yield _paragraphs(translated(spec.help))
        rows = [(tr("help", "unit"), spec.unit if spec.unit not in {"", "1"} else ""),
                (tr("help", "allowed"), " | ".join(one["choices"]) or manual.bounds_of(spec)),
                (tr("help", "default"), str(one["default"])),
                (tr("help", "command line"), f"-p {name}=…" if not model else f"-m {name}=…")]
        yield _table((), [row for row in rows if row[1]])
        yield _paragraphs(sent(spec, cls.kind(name), model=model))
    yield f'<p style="margin-top:{BELOW}px">&nbsp;</p>'


def _declared(group: str, page: str, kind: Any) -> Iterator[Topic]:
    for name in entries(kind):
        cls = load(kind, name)
        title = translated(getattr(cls, "title", "") or name)
        yield Topic(address=f"{page}/{name}", title=title, group=group,
                    words=translated(manual.description(cls)))
        for field, spec in cls.specs().items():
            yield Topic(address=f"{page}/{name}#{field}", group=group,
                        title=f"{title}: {translated(label_of(field, spec.unit))}",
                        words=f"{field} {translated(spec.help)}")


def _heading(title: str, name: str = "") -> str:
    small = f" <small><code>{escape(name)}</code></small>" if name else ""
    return f"<h1>{escape(title)}{small}</h1>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())


def _link(address: str, text: str) -> str:
    return f'<a href="help:{escape(address)}">{escape(text)}</a>'


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = "".join(f'<th align="left">{escape(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
                   for row in rows)
    return f'<table cellpadding="3"><tr>{titles}</tr>{body}</table>' if titles else (
        f'<table cellpadding="3">{body}</table>')


def _from_markdown(lines: Iterable[str]) -> Iterator[str]:
    document = QTextDocument()
    document.setMarkdown("\n".join(lines))
    yield document.toHtml()
