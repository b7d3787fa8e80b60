"""What waits for the first picture."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from memrig.gui.example import example
from memrig.gui.first import FirstPaint
from memrig.gui.panels.cards import Cards
from memrig.gui.panels.queue import QueueCard
from memrig.gui.panels.right import RightColumn
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.hil.registry import load
from memrig.hil.store import Store


def test_it_waits_for_the_first_picture_and_comes_once(qtbot: Any) -> None:
    window, called = QWidget(), list[int]()
    qtbot.addWidget(window)
    FirstPaint(window, lambda: called.append(1))
    qtbot.wait(50)
    assert called == []
    window.show()
    qtbot.waitUntil(lambda: bool(called))
    window.repaint()
    qtbot.wait(50)
    assert called == [1]


def test_what_waits_comes_in_order_and_keys_are_heard_in_between(qtbot: Any) -> None:
    window, called = QWidget(), list[str]()
    qtbot.addWidget(window)

    def first() -> None:
        called.append("first")
        QTimer.singleShot(0, lambda: called.append("something else"))

    FirstPaint(window, first, lambda: called.append("second"))
    window.show()
    qtbot.waitUntil(lambda: len(called) == 3)
    assert called[0] == "first"
    assert set(called[1:]) == {"something else", "second"}


def test_frames_stand_in_the_places_of_cards_until_somebody_asks(
    qtbot: Any, tmp_path: Path,
) -> None:
    with (Store.open(tmp_path / "runs.sqlite") as store,
          closing(Session(store, waits=True)) as session):
        cards = Cards(session)
        qtbot.addWidget(cards.column)
        cards.column.resize(400, 800)
        cards.column.show()
        places = [one.geometry() for one in cards.column.findChildren(Card)]
        assert not cards.is_made
        told = list[bool]()
        cards.made.connect(lambda: told.append(cards.is_made))
        qtbot.waitUntil(cards.runs.isVisible)
        assert told == [True]
        assert cards.runs is cards.runs
        qtbot.waitUntil(lambda: cards.fit.geometry() == places[0])
        assert cards.runs.geometry() == places[1]
        assert cards.queue.isHidden()


def test_a_frame_stays_folded_in_a_store_with_runs_or_as_somebody_left_it(
    qtbot: Any, tmp_path: Path,
) -> None:
    model = load("models", "guseinov")()
    with Store.open(tmp_path / "runs.sqlite") as store:
        assert example(store, model, "")
        for touched in (False, True):
            with closing(Session(store, waits=True)) as session:
                cards = Cards(session)
                qtbot.addWidget(cards.column)
                cards.column.show()
                fit, runs = cards.column.findChildren(Card)
                assert (fit.folded, runs.folded) == (True, False)
                if touched:
                    fit.toggle()
                    runs.toggle()
                cards.complete()
                assert (cards.fit.folded, cards.runs.folded) == (not touched, touched)


def test_what_a_tab_shows_is_not_folded(qtbot: Any) -> None:
    fit, runs = Card(0, "Fit"), Card(0, "Runs")
    column = RightColumn(fit, QWidget(), runs, ("Fit", "Runs"))
    qtbot.addWidget(column)
    fit.set_folded(True)
    column.set_tabbed(True)
    assert fit.folded  # nobody has looked
    column.tabs.setCurrentWidget(fit)
    assert not fit.folded


@pytest.mark.parametrize("tabbed", [False, True])
def test_cards_that_come_late_keep_tabs_or_none(
    qtbot: Any, tmp_path: Path, tabbed: bool,  # a parameter of the test
) -> None:
    with (Store.open(tmp_path / "runs.sqlite") as store,
          closing(Session(store, waits=True)) as session):
        cards = Cards(session)
        qtbot.addWidget(cards.column)
        cards.column.set_tabbed(tabbed)
        cards.column.show()
        cards.complete()
        assert cards.column.tabbed is tabbed
        qtbot.waitUntil(cards.runs.isVisible)
        assert cards.fit.isVisible() is not tabbed


def test_a_queue_that_is_made_late_is_no_window_of_its_own(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = list[QWidget]()
    show = QueueCard.setVisible
    monkeypatch.setattr(QueueCard, "setVisible", lambda card, on: (
        shown.append(card.parentWidget()), show(card, on)))
    with (Store.open(tmp_path / "runs.sqlite") as store,
          closing(Session(store, waits=True)) as session):
        cards = Cards(session)
        qtbot.addWidget(cards.column)
        cards.complete()
        assert shown
        assert all(parent is cards.column for parent in shown)


FIRST_PICTURE = """
import sys
from memrig.gui.app import opened, qt
with opened(qt(), store=sys.argv[1], fresh=True) as window:
    window.grab()
    print(*sys.modules)
"""
LATER = {"matplotlib", "scipy", "jinja2", "pyvisa", "numba", "numpy.polynomial",
         "memrig.gui.panels.fit", "memrig.gui.panels.queue", "memrig.gui.panels.runs",
         "memrig.gui.plots.series_tab", "memrig.gui.plots.window_tab", "memrig.hil.advice",
         "memrig.hil.compare", "memrig.hil.execution", "memrig.hil.fit_process",
         "memrig.hil.fitting", "memrig.hil.importing", "memrig.hil.overlay", "memrig.sim.bench"}


def test_nothing_is_loaded_that_the_first_picture_does_not_show(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", FIRST_PICTURE, str(tmp_path / "runs.sqlite")],
        capture_output=True, text=True, check=True, timeout=120)
    loaded = set(found.stdout.split())
    assert "memrig.gui.window" in loaded
    assert not LATER & loaded
