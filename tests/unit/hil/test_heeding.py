"""What a run does about what its guards have seen, on a model that is not what its profile says."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memrig.hil import Guards, Store, execute, guards
from memrig.hil.errors import LinkError, RequestError, TriggerError, UnknownNameError
from memrig.hil.events import Event, GuardTripped, RecordFinished
from memrig.hil.export import export
from memrig.hil.guards import Ask, Question
from memrig.hil.plan import Plan
from memrig.hil.protocols import PulseSeries, Read
from memrig.hil.record import Chunk
from memrig.hil.run import Run
from memrig.hil.script import Recipe, run_script
from memrig.hil.status import Status
from memrig.sim import SimulatedBench, models

SEEN = ("guard conductance: a conductance of 37.47 uS ± 0 S was read at -240 mV; the profile has "
        "166.7 uS to 200 uS (stimulus 0, repeat 0, ")
KEPT = "; the outputs are off, the data are kept"
OTHER = dataclasses.replace(models.create("guseinov").profile(), r_max_ohm=6e3)
"""A device of 27 kohm is none of these."""


class Failing(SimulatedBench):
    """A bench whose link or trigger is lost in the third stimulus, after its first chunk."""

    error: Exception = LinkError("scope: the link failed at :WAV:DATA?")

    def __init__(self) -> None:
        super().__init__(models.create("guseinov"), integrator="auto")
        self._applied = 0

    def apply(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        self._applied += 1
        for number, chunk in enumerate(super().apply(plan, stop)):
            if self._applied == 3 and number == 1:
                raise self.error
            yield chunk


def run(policy: str, ask: Ask | None = None, protocol: Any = None, **more: Any) -> Run:
    bench = SimulatedBench(models.create("guseinov"), integrator="auto")
    return execute(protocol or PulseSeries(count=2), bench, profile=OTHER, seed=1, ask=ask,
                   guards=Guards(conductance=policy), **more)


def test_a_run_that_is_let_go_on_is_flagged_and_told_of_once() -> None:
    told: list[Event] = []
    done = run("continue", observer=told.append)
    (alert,) = done.alerts
    assert str(alert).startswith(SEEN)
    assert (done.status, done.stopped_by, done.message) == ("finished", "", "")
    tripped = [one for one in told if isinstance(one, GuardTripped)]
    assert [(one.alert.guard, one.policy) for one in tripped] == [("conductance", "continue")]
    assert alert.points > tripped[0].alert.points
    assert {one.status for one in done.records[0].readings} == {Status.OUT_OF_BAND}
    assert done.to_json()["alerts"] == [{
        "guard": "conductance", "policy": "continue", "text": str(alert), "stimulus": 0,
        "repeat": 0, "block": 0, "t_s": alert.t_s, "points": alert.points, "answer": ""}]


def test_a_run_that_is_stopped_keeps_what_it_has_and_says_why(tmp_path: Path) -> None:
    with Store.open(tmp_path / "runs.sqlite") as store:
        done = run("stop", store=store)
        stored = store.load(done.id)
    (alert,) = done.alerts
    assert (done.status, done.stopped_by) == ("stopped", "conductance")
    assert done.message == f"{alert}{KEPT}"
    assert [len(record.readings) for record in done.records] == [4]
    assert not done.records[0].cut_short
    assert (stored.status, stored.message) == ("stopped", done.message)
    assert stored.alerts == done.alerts
    assert [r.readings for r in stored.records()] == [r.readings for r in done.records]


def test_a_read_alone_says_what_is_in_place() -> None:
    done = run("stop", protocol=Read())
    assert (done.status, done.result.values["verdict"]) == ("finished", "ok")
    assert [one.guard for one in done.alerts] == ["conductance"]


@pytest.mark.parametrize(("go_on", "status", "message", "records"), [
    (True, "finished", "", 6), (False, "stopped", f", the answer was to stop{KEPT}", 1)])
def test_somebody_is_asked_once_when_the_stimulus_has_ended(
    go_on: bool, status: str, message: str, records: int
) -> None:
    asked: list[tuple[int, Question]] = []
    finished: list[Event] = []

    def ask(question: Question) -> None:
        asked.append((len(finished), question))
        threading.Timer(0.0, lambda: question.answer(go_on=go_on)).start()

    def observe(event: Event) -> None:
        finished.extend([event] if isinstance(event, RecordFinished) else [])

    done = run("ask", ask, observer=observe)
    ((after, question),) = asked
    assert after == 1
    assert str(question.alert).startswith(SEEN)
    assert (done.status, len(done.records)) == (status, records)
    assert done.message.endswith(message)
    assert done.alerts[0].answer == ("go on" if go_on else "the answer was to stop")


def test_nobody_to_ask_and_no_answer_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("ask").message.endswith(f"), nobody was there to be asked{KEPT}")
    monkeypatch.setattr(guards, "ANSWER_S", 0.0)
    done = run("ask", lambda _: None)
    assert done.message.endswith(f"), nobody answered within 120 s{KEPT}")
    assert done.stopped_by == "conductance"


def test_a_stop_is_heard_while_somebody_is_asked() -> None:
    stop = threading.Event()
    done = run("ask", lambda _: stop.set(), stop=stop)
    assert (done.status, done.stopped_by) == ("stopped", "")
    assert done.message == "stopped on request; the outputs are off, the data are kept"


def test_who_is_not_able_to_ask_ends_the_run(tmp_path: Path) -> None:
    def ask(_: Question) -> None:
        raise ZeroDivisionError

    with Store.open(tmp_path / "runs.sqlite") as store:
        with pytest.raises(ZeroDivisionError):
            run("ask", ask, store=store)
        assert (store.load().status, len(store.load().alerts)) == ("failed", 1)


def test_only_the_first_answer_counts() -> None:
    def ask(question: Question) -> None:
        question.answer(go_on=False)
        question.answer(go_on=True)

    assert run("ask", ask).status == "stopped"


def test_a_model_with_its_own_profile_may_be_anything() -> None:
    """Its parameters have been changed, and nobody has said what range it has."""
    bench = SimulatedBench(models.create("guseinov", area_m2=1e-15), integrator="auto")
    done = execute(PulseSeries(count=2), bench, seed=1)
    assert (done.status, done.alerts) == ("finished", ())


@pytest.mark.parametrize(("error", "flag"), [
    (LinkError("scope: the link failed at :WAV:DATA?"), Status.LINK_LOST),
    (TriggerError("scope: still recording after 5 s"), Status.TRIGGER_LOST)])
def test_what_is_lost_stands_at_the_end_of_what_came(
    error: Exception, flag: Status, tmp_path: Path
) -> None:
    bench = Failing()
    bench.error = error
    with Store.open(tmp_path / "runs.sqlite") as store:
        with pytest.raises(type(error)):
            execute(PulseSeries(count=2), bench, store=store, seed=1)
        run = store.load()
        export(run, tmp_path / "csv", "csv")
    whole, last = run.records()[:2], run.records()[2]
    assert [record.lost for record in whole] == [Status.OK, Status.OK]
    assert (last.lost, last.cut_short, last.notes) == (flag, True, (str(error),))
    (place,) = last.blocks()
    assert last.trace(*place).status.tolist() == [*[0] * (last.points - 1), int(flag)]
    rows = (tmp_path / "csv" / "points.csv").read_text(encoding="utf-8").splitlines()
    named = dict(zip(next(r for r in rows if r.startswith("source,")).split(","),
                     rows[-1].split(","), strict=True))
    assert named["status"] == str(int(flag))


@pytest.mark.parametrize(("given", "error", "words"), [
    ({"conductanc": "ask"}, UnknownNameError,
     "there is no parameter of guards called 'conductanc'; did you mean conductance?"),
    ({"limit": "never"}, RequestError,
     "guards, limit: 'never' was asked; allowed: continue, stop, ask")])
def test_what_is_no_guard_or_no_policy_is_a_sentence(
    given: dict[str, str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        Guards.from_text(given)
    assert str(caught.value) == words


def test_the_policies_of_a_run_are_those_of_its_script(tmp_path: Path) -> None:
    with Store.open(tmp_path / "runs.sqlite") as store:
        done = run("continue", store=store, protocol=Read())
        text = run_script(Recipe.of_run(store.load(done.id)), store.path, "again")
    assert 'guards=Guards(conductance="continue")' in text
    assert "from memrig.hil import Guards, Profile, Store, execute" in text
