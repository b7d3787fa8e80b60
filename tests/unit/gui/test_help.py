"""Offline help: every field has its line, every part its page."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from memrig.gui.help.pages import Pages, address_of
from memrig.gui.help.parts import PARTS, sent
from memrig.gui.help.window import HelpWindow, topic_of
from memrig.gui.widgets.form import ParameterForm
from memrig.hil.protocols import IvSweep
from memrig.hil.registry import entries, load

DECLARED = [(kind, name) for kind in ("protocols", "models") for name in entries(kind)]


@pytest.fixture
def pages(qapp: Any) -> Pages:
    run = QAction("&Run")
    run.setShortcut("Ctrl+R")
    return Pages(lambda: [run, QAction("Without a key")], lambda: "memrig <1.0>")


@pytest.fixture
def owner(qtbot: Any) -> QWidget:
    one = QWidget()
    qtbot.addWidget(one)
    return one


@pytest.fixture
def window(owner: QWidget) -> HelpWindow:
    return HelpWindow(owner, list, lambda: "memrig 1.0")


@pytest.mark.parametrize(("kind", "name"), DECLARED)
def test_every_field_of_every_form_has_its_line(pages: Pages, kind: Any, name: str) -> None:
    cls = load(kind, name)
    page, _, _ = address_of(cls).partition("#")
    html = pages.html(page)
    for field, spec in cls.specs().items():
        assert address_of(cls, field) == f"{page}#{field}"
        assert f'<a name="{field}"></a>' in html
        assert sent(spec, cls.kind(field), model=kind == "models")


def test_a_line_says_quantity_unit_bounds_default_and_what_is_sent(pages: Pages) -> None:
    html = pages.html("protocol/iv-sweep")
    line = html.partition('<a name="compliance"></a>')[2].partition("<h3>")[0]
    for word in ("Compliance", "limit of the current", "<td>A</td>", "<td>0 A … 10 A</td>",
                 "0 A", "-p compliance=", "read back: the instrument may round it"):
        assert word in line


@pytest.mark.parametrize("name", PARTS)
def test_every_part_of_the_window_has_a_short_page(pages: Pages, name: str) -> None:
    title, text = PARTS[name]()
    assert title in pages.html(f"part/{name}")
    assert 20 <= len(text.split()) <= 120


def test_every_topic_leads_to_a_page_of_its_own(pages: Pages) -> None:
    topics = list(pages.topics())
    assert len({topic.address for topic in topics}) == len(topics)
    made = {address: pages.html(address)
            for address in {topic.address.partition("#")[0] for topic in topics}}
    assert len(set(made.values())) == len(made)
    assert pages.html("no/such") == made["start"]


def test_pages_of_the_keys_and_of_the_program_are_made_when_asked(pages: Pages) -> None:
    assert "<td>Ctrl+R</td><td>Run</td>" in pages.html("keys")
    assert "Without a key" not in pages.html("keys")
    assert "memrig &lt;1.0&gt;" in pages.html("about")
    assert "memrig runs script" in pages.html("command-line")
    assert "awg-scope-two" in pages.html("instruments")


def titles(window: HelpWindow) -> list[str]:
    return [window.list.item(row).text() for row in range(window.list.count())]


def test_search_finds_pages_and_fields_by_their_words(window: HelpWindow, qtbot: Any) -> None:
    window.open()
    assert "STOP" in titles(window)
    everything = len(titles(window))
    qtbot.keyClicks(window.search, "turning point")
    assert titles(window)[1:3] == ["Current-voltage sweep: Amplitude set",
                                   "Current-voltage sweep: Amplitude reset"]
    window.list.setCurrentRow(1)
    qtbot.keyClick(window.list, Qt.Key.Key_Return)
    assert window.address == "protocol/iv-sweep#amplitude_set"
    qtbot.keyClick(window.search, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(window.search, "no such thing")
    assert titles(window) == []
    window.search.clear()
    assert len(titles(window)) == everything


def test_back_leads_to_the_page_before(window: HelpWindow, qtbot: Any) -> None:
    window.open()
    assert not window.back.isEnabled()
    window.open("part/stop")
    qtbot.mouseClick(window.back, Qt.MouseButton.LeftButton)
    assert window.address == "start"
    assert "memristor" in window.browser.toPlainText()


@pytest.mark.parametrize(("field", "title"), [
    ("shape", "Shape"), ("compliance", "Compliance"), ("read_level", "Read level")])
def test_a_field_is_scrolled_to_the_top(
    window: HelpWindow, qtbot: Any, field: str, title: str
) -> None:
    window.open()
    window.open(f"protocol/iv-sweep#{field}")
    top = window.browser.viewport().rect().topLeft() + QPoint(20, 10)
    qtbot.waitUntil(
        lambda: window.browser.cursorForPosition(top).block().text().startswith(title))


def test_what_has_the_keyboard_decides(qtbot: Any) -> None:
    outside, inside = QWidget(), QLineEdit()
    form = ParameterForm(IvSweep)
    column = QVBoxLayout(outside)
    for one in (inside, form):
        column.addWidget(one)
    qtbot.addWidget(outside)
    parts = {"bench": [inside], "protocol": [form]}
    assert topic_of(form.field("points").control, parts) == "protocol/iv-sweep#points"
    assert topic_of(form.presets, parts) == "part/protocol"
    assert topic_of(inside, parts) == "part/bench"
    assert topic_of(outside, parts) == "start"
    assert topic_of(None, parts) == "start"
