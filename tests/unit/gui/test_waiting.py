"""The queue: frozen set-ups, one after the other, halted by whatever does not finish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.running import Order, check_expected
from memrig.gui.session import Session
from memrig.hil.errors import LimitError, RequestError
from memrig.hil.plan import combined_sha256
from memrig.hil.store import Store

WAIT_MS = 60_000


@pytest.fixture
def session(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    with Store.open(tmp_path / "runs.sqlite") as store:
        one = Session(store)
        settled(qtbot, one)
        yield one
        one.close()


def settled(qtbot: Any, session: Session, **what: Any) -> None:
    if what:
        session.choose(**what)
    qtbot.waitUntil(lambda: session.plan is not None and session.plan.complete, timeout=WAIT_MS)


def ended(qtbot: Any, session: Session, count: int) -> list[Any]:
    qtbot.waitUntil(lambda: session.state == "idle" and len(session.runs()) == count,
                    timeout=WAIT_MS)
    return session.runs()


def test_what_waits_is_frozen_and_runs_in_its_order(qtbot: Any, session: Session) -> None:
    for count in ("2", "3", "4"):
        settled(qtbot, session, protocol="pulse-series", texts={"count": count}, note=f"n{count}",
                tags=(f"t{count}",), device="W07", place={"cell": count})
        session.queue.add()
    assert session.state == "idle"  # adding touches nothing
    settled(qtbot, session, protocol="read", note="", tags=(), device="other")
    session.queue.move(2, -1)
    drawn = [one.planned.rehearsal for one in session.queue.runs]
    session.queue.go()
    assert session.state == "running"
    runs = ended(qtbot, session, 3)
    assert [one.note for one in runs] == ["n2", "n4", "n3"]
    assert [one.tags for one in runs] == [("t2",), ("t4",), ("t3",)]
    assert [one.device for one in runs] == ["W07"] * 3
    stored = [session.store.load(one.run_id) for one in runs]
    assert [one.header.parameters["count"] for one in stored] == [2, 4, 3]
    assert [one.header.passport.cell for one in stored] == ["2", "4", "3"]
    for run, rehearsal in zip(stored, drawn, strict=True):  # what was drawn is what was sent
        assert run.plan_sha256 == combined_sha256(step.plan for step in rehearsal.steps)
    # each began with what the one before it had done to the device
    assert stored[1].header.passport.pulses == stored[0].passport.pulses > 0
    assert session.protocol == "read"
    assert session.queue.runs == []
    assert session.queue.halted == ""


def test_it_goes_on_after_a_run_of_the_form(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, protocol="read")
    session.queue.add()
    settled(qtbot, session, protocol="pulse")
    session.start()
    assert [one.protocol for one in ended(qtbot, session, 2)] == ["pulse", "read"]


def test_the_daily_two_do_not_start_it(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, protocol="pulse")
    session.queue.add()
    session.touching.touch("read")
    ended(qtbot, session, 1)
    assert session.state == "idle"
    assert len(session.queue.runs) == 1
    assert session.queue.halted == ""


def test_stop_halts_it_until_somebody_says_go(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, protocol="read")
    session.queue.add()
    settled(qtbot, session, protocol="pulse-series", texts={"count": "12", "cycles": "25"})
    session.start()
    session.stop()
    (run,) = ended(qtbot, session, 1)
    assert run.status == "stopped"
    assert session.queue.halted == "STOP"
    assert len(session.queue.runs) == 1
    session.queue.go()
    assert session.queue.halted == ""
    assert [one.protocol for one in ended(qtbot, session, 2)] == ["pulse-series", "read"]


def test_stop_while_nothing_runs_halts_it_too(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, protocol="read")
    session.queue.add()
    session.stop()
    assert session.queue.halted == "STOP"
    settled(qtbot, session, protocol="pulse")
    session.start()
    ended(qtbot, session, 1)
    assert len(session.queue.runs) == 1  # still halted


def test_nothing_starts_on_another_bench(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, protocol="read")
    session.queue.add()
    was = session.bench_name
    with qtbot.waitSignal(session.bench_opened, timeout=WAIT_MS):
        session.choose(model_texts={"area_m2": "2e-14"})
    settled(qtbot, session)
    session.queue.go()
    assert session.state == "idle"
    assert session.queue.halted == (
        f"Read was queued for bench {was}, and {session.bench_name} is open; nothing was sent")
    assert len(session.queue.runs) == 1  # it is not lost
    assert session.store.runs() == []
    with qtbot.waitSignal(session.bench_opened, timeout=WAIT_MS):
        session.choose(model_texts={})
    settled(qtbot, session)
    session.queue.go()
    assert [one.protocol for one in ended(qtbot, session, 1)] == ["read"]


def test_a_plan_that_no_longer_holds_is_refused_with_its_sentence(
    qtbot: Any, session: Session
) -> None:
    settled(qtbot, session, protocol="read")
    session.queue.add()
    (waiting,) = session.queue.runs
    narrow = replace(waiting.order.profile, v_read_max_v=0.1)
    session.queue.runs[0] = replace(waiting, order=waiting.order._replace(profile=narrow))
    session.queue.go()
    qtbot.waitUntil(lambda: bool(session.queue.halted), timeout=WAIT_MS)
    assert session.queue.halted == (
        "read: the bench would now be sent another plan than the one that was drawn when it was "
        "queued; queue it again; nothing was sent")
    assert session.store.runs() == []
    session.queue.remove(0)
    assert session.queue.halted == ""


def test_an_order_is_checked_against_its_limits_first(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, protocol="pulse")
    waiting = session.frozen()
    assert waiting is not None
    assert session.bench is not None
    check_expected(waiting.order, session.bench)
    check_expected(waiting.order._replace(expected=()), session.bench)
    low = replace(waiting.order.profile, i_max_a=1e-9)
    with pytest.raises(LimitError, match="nothing was sent"):
        check_expected(waiting.order._replace(profile=low), session.bench)
    other: Order = waiting.order._replace(expected=waiting.order.expected[:1])
    with pytest.raises(RequestError, match="another plan than the one that was drawn"):
        check_expected(other, session.bench)


def test_what_may_not_be_run_is_not_queued(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, texts={"amplitude_reset": "5V"})
    session.queue.add()
    assert session.queue.runs == []
    session.queue.go()
    session.queue.remove(0)
    assert session.queue.move(0, 1) == 0
    assert session.state == "idle"


def test_the_next_is_prepared_while_a_run_keeps_its_own_set_up(
    qtbot: Any, session: Session
) -> None:
    settled(qtbot, session, protocol="pulse-series", texts={"count": "12", "cycles": "25"},
            note="the first")
    session.prepare()
    assert not session.preparing  # nothing runs
    session.start()
    assert session.locked
    session.prepare()
    assert not session.locked
    settled(qtbot, session, protocol="read", note="the second")
    session.queue.add()
    session.choose(note="the third")
    assert session.state == "running"
    first, second = ended(qtbot, session, 2)
    assert (first.protocol, first.note, first.status) == ("pulse-series", "the first", "finished")
    assert (second.protocol, second.note) == ("read", "the second")


def test_a_bench_is_not_opened_while_another_one_runs(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, protocol="pulse-series", texts={"count": "12", "cycles": "8"})
    bench = session.bench
    session.start()
    session.prepare()
    session.choose(model_texts={"area_m2": "2e-14"})
    assert session.bench is bench
    assert session.state == "running"
    assert session.problem == "another bench is opened when the run is over"
    assert session.frozen() is None
    with qtbot.waitSignal(session.bench_opened, timeout=WAIT_MS):
        pass
    assert session.bench is not bench
    settled(qtbot, session)
    assert session.problem == ""
    assert session.may_start
    assert [one.status for one in session.store.runs()] == ["finished"]


def test_a_seed_is_drawn_for_each_run_and_is_the_plan_s(qtbot: Any, session: Session) -> None:
    settled(qtbot, session, protocol="stdp")
    seeds = []
    for count in (1, 2):
        assert session.plan is not None
        seeds.append(session.plan.request.seed)
        session.start()
        run = session.store.load(ended(qtbot, session, count)[-1].run_id)
        assert run.header.seed == seeds[-1]
        settled(qtbot, session)
    assert seeds[0] != seeds[1]
    settled(qtbot, session, seed=seeds[0])
    assert session.plan is not None
    assert session.plan.request.seed == seeds[0]
