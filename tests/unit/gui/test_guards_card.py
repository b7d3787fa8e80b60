"""The card of the guards: policies by form, kept with the session, the queue and the memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.panels.guards import GuardsCard
from memrig.gui.session import Session
from memrig.hil.guards import Guards
from memrig.hil.protocols import Read
from memrig.hil.store import Store


@pytest.fixture
def card(qtbot: Any, tmp_path: Path) -> Iterator[GuardsCard]:
    with Store.open(tmp_path / "runs.sqlite") as store:
        session = Session(store, waits=True)
        made = GuardsCard(session)
        qtbot.addWidget(made)
        yield made
        session.close()


def test_folded_it_says_which_guards_do_not_just_go_on(card: GuardsCard) -> None:
    assert card.folded
    assert card.form is None, "which is made when somebody looks"
    assert card.head == "stop: limit, conductance"
    card.session.name(guards={"limit": "continue", "conductance": "continue", "drift": "ask"})
    assert card.head == "ask: drift"
    card.session.name(guards={"limit": "continue", "conductance": "continue"})
    assert card.head == "go on, whatever is seen"


def test_what_is_chosen_is_what_a_run_is_told(card: GuardsCard) -> None:
    card.set_folded(False)
    assert card.form is not None
    card.form.field("compliance").set_text("stop")
    card.form.edited.emit()
    assert card.session.guards == {"compliance": "stop"}
    order = card.session.ordered(Read(), None, "")
    assert order.guards == Guards(compliance="stop")
    card.session.name(guards={})
    assert card.form.texts() == {}
