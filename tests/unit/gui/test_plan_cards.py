"""What the form and the limits say of a plan before it is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.panels.limits import LimitsCard, Use
from memrig.gui.panels.protocol import ProtocolCard
from memrig.gui.sentences import typeset
from memrig.gui.session import Session
from memrig.gui.widgets.bar import Bar
from memrig.hil.store import Store

WAIT_MS = 60_000
Ask = Callable[..., None]


@pytest.fixture
def session(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    with Store.open(tmp_path / "runs.sqlite") as store:
        one = Session(store)
        yield one
        one.close()


@pytest.fixture
def cards(qtbot: Any, session: Session) -> tuple[ProtocolCard, LimitsCard]:
    found = ProtocolCard(session), LimitsCard(session)
    for card in found:
        qtbot.addWidget(card)
    return found


@pytest.fixture
def ask(qtbot: Any, session: Session, cards: tuple[ProtocolCard, LimitsCard]) -> Ask:
    """Choose a protocol with texts and wait for its plan."""

    def choose(protocol: str, **texts: str) -> None:
        session.choose(protocol=protocol, texts=texts)
        cards[0].show_choice()
        session.choose(texts=texts)
        qtbot.waitUntil(lambda: bool(session.state == "idle" and session.plan is not None
                                     and session.plan.complete), timeout=WAIT_MS)

    return choose


def test_what_is_relative_is_resolved_in_grey(cards: Any, ask: Ask) -> None:
    ask("pulse")
    card, _ = cards
    assert card.form.field("amplitude").note == "−1.7 V"
    assert card.form.field("width").note == "100 µs"
    assert card.form.field("gap").note == ""
    assert card.head == "✓ valid"


def test_a_warning_stands_beneath_its_field_and_run_stays_enabled(
    cards: Any, ask: Ask, session: Session
) -> None:
    ask("pulse", amplitude="-0.3 V")
    card, limits = cards
    assert card.form.advice() == {
        "amplitude": "pulses of −300 mV put at most −300 mV on the device, which switches at "
                     "−1.7 V"}
    assert card.head.startswith("▲ 1 warning")
    assert limits.run.isEnabled()
    assert "−300 mV" in card.form.field("amplitude").control.accessibleDescription()
    ask("pulse", amplitude="-1.6 V")
    assert card.form.advice() == {}
    assert card.head == "✓ valid"


def test_what_concerns_the_whole_is_warned_of_beneath_the_form(cards: Any, ask: Ask) -> None:
    ask("pulse-series", pause="100 s")
    assert cards[0].form.advice() == {
        "": "the run takes 2.723 h; fewer points or shorter rests make it shorter"}


def test_an_exceeded_limit_is_counted_and_stands_beneath_its_field(
    cards: Any, ask: Ask
) -> None:
    ask("pulse", amplitude="-3 V")
    card, limits = cards
    sentence = ("pulse, program stimulus: voltage at the device of -3 V requested (worst case), "
                "the profile allows at least -2 V; nothing was sent")
    assert card.form.problems() == {"amplitude": sentence}
    assert limits.head == "✕ 1 exceeded"
    assert limits.why == typeset(sentence)
    assert not limits.run.isEnabled()
    said = {name.text(): (value.text(), bar.exceeded) for name, value, bar in limits.labels}
    assert said["lowest voltage"] == ("✕ −3 V of −2 V", True)
    assert said["current"] == ("–", False)


def test_every_limit_of_the_profile_has_its_use(cards: Any, ask: Ask) -> None:
    ask("pulse")
    _, limits = cards
    names = [name.text() for name, _, _ in limits.labels]
    assert names == ["highest voltage", "lowest voltage", "current", "read voltage", "energy",
                     "charge", "program pulses"]
    assert limits.head == "✓ within all"
    assert [bar.fraction for *_, bar in limits.labels][3] == pytest.approx(0.8)


def test_a_limit_that_is_used_up_is_not_exceeded() -> None:
    assert not Use("voltage", 2.0, 2.0, "V").exceeded
    assert Use("voltage", -2.01, -2.0, "V").exceeded
    assert Use("voltage", 1.0, 2.0, "V").fraction == 0.5


def test_a_bar_is_full_where_too_much_is_used(qtbot: Any) -> None:
    bar = Bar()
    qtbot.addWidget(bar)
    bar.show_use(3.0, exceeded=True)
    assert (bar.fraction, bar.exceeded) == (1.0, True)
    full = bar.grab().toImage()
    bar.show_use(0.25, exceeded=False)
    quarter = bar.grab().toImage()
    middle = full.height() // 2
    assert full.pixelColor(full.width() - 4, middle) != quarter.pixelColor(full.width() - 4, middle)
