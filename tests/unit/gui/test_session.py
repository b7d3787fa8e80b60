"""The session: choices give plans, plans run, STOP stops; without any window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.session import Session
from memrig.hil.events import RecordFinished, RunFinished
from memrig.hil.store import Store

WAIT_MS = 60_000


@pytest.fixture
def session(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    with Store.open(tmp_path / "runs.sqlite") as store:
        one = Session(store)
        wait_until(qtbot, lambda: one.plan is not None and one.plan.complete)
        yield one
        one.close()


def wait_until(qtbot: Any, condition: Any) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def planned(qtbot: Any, session: Session, **what: Any) -> Any:
    session.choose(**what)
    wait_until(qtbot, lambda: session.plan is not None and session.plan.complete)
    return session.plan


def test_it_begins_on_the_model_with_a_plan_that_may_run(session: Session) -> None:
    assert session.state == "idle"
    assert session.simulated
    assert session.may_start
    assert session.plan is not None
    assert session.plan.protocol.name == "iv-sweep"
    assert session.plan.points > 400


def test_a_bad_value_is_explained_at_its_parameter(qtbot: Any, session: Session) -> None:
    plan = planned(qtbot, session, texts={"points": "3", "period": "1 fortnight"})
    assert set(plan.problems) == {"points", "period"}
    assert "3 was asked; allowed: 8 to" in plan.problems["points"]
    assert not session.may_start
    session.start()
    assert session.state == "idle"


def test_what_the_device_must_not_get_is_explained(qtbot: Any, session: Session) -> None:
    plan = planned(qtbot, session, texts={"amplitude_reset": "5V"})
    assert "the profile allows at most 2 V; nothing was sent" in plan.problems["amplitude_reset"]
    assert not session.may_start


def test_the_latest_choice_wins(qtbot: Any, session: Session) -> None:
    for points in ("100", "200", "300"):
        session.choose(texts={"points": points})
    wait_until(qtbot, lambda: session.plan is not None and session.plan.complete)
    assert session.plan is not None
    assert session.plan.protocol.points == 300


def test_a_run_tells_everything_and_is_stored(qtbot: Any, session: Session) -> None:
    planned(qtbot, session, protocol="read")
    events: list[Any] = []
    session.batch.connect(events.extend)
    with qtbot.waitSignal(session.run_ended, timeout=WAIT_MS) as ended:
        session.start()
        assert session.state == "running"
    run = ended.args[0].run
    assert run.status == "finished"
    assert session.state == "idle"
    assert any(isinstance(event, RecordFinished) for event in events)
    assert isinstance(events[-1], RunFinished)
    assert [one.run_id for one in session.store.runs()] == [run.id]


def test_stop_ends_a_run_and_keeps_its_data(qtbot: Any, session: Session) -> None:
    planned(qtbot, session, protocol="pulse-series", texts={"count": "12", "cycles": "25"})
    with qtbot.waitSignal(session.run_ended, timeout=WAIT_MS) as ended:
        session.start()
        session.stop()
        assert session.state == "stopping"
    assert ended.args[0].run.status == "stopped"
    assert ended.args[0].run.safe.off
    assert session.store.runs()[0].status == "stopped"


def test_a_bench_that_does_not_exist_is_explained(qtbot: Any, session: Session) -> None:
    with qtbot.waitSignal(session.bench_opened, timeout=WAIT_MS) as opened:
        session.choose(spec="no-such-bench.toml")
    assert "no-such-bench.toml" in opened.args[0].sentence
    assert session.bench is None
    assert session.state == "idle"


def test_the_bench_can_wait_until_the_window_has_been_seen(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    with Store.open(tmp_path / "runs.sqlite") as store:
        one = Session(store, choices={"protocol": "read"}, waits=True)
        assert one.state == "opening"
        assert not one.may_touch
        one.begin()
        wait_until(qtbot, lambda: one.plan is not None and one.plan.complete)
        assert one.plan.protocol.name == "read"
        one.close()
