"""The fit's card: which run, what is free, what it says at each step, what keeping does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtWidgets import QLabel

from memrig.gui import language
from memrig.gui.panels.fit import FitCard
from memrig.gui.panels.right import RightColumn
from memrig.gui.panels.sets import OWN, ParameterChoice
from memrig.gui.sentences import percent
from memrig.gui.session import Session
from memrig.gui.widgets.form import label_of
from memrig.hil import fit_process
from memrig.hil.execution import execute
from memrig.hil.fit_process import FitFailed, FitFound, FitStep, FitTask, FitWord, LayTask
from memrig.hil.fitting import Progress, fit
from memrig.hil.importing import import_run, read_table
from memrig.hil.parameter_sets import kept, kept_of
from memrig.hil.protocols import PulseSeries
from memrig.hil.script import Action
from memrig.hil.store import Store
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

START = {"r_set": "2e-3"}


class Fits:
    """A process that is only told what to do."""

    def __init__(self, _tell: object) -> None:
        self.tasks: list[Any] = []
        self.busy = False

    def start(self, task: Any) -> None:
        self.tasks.append(task)
        self.busy = True

    def stop(self) -> None:
        self.busy = False

    close = stop


@pytest.fixture(autouse=True)
def _english(qapp: Any) -> None:
    """Which knows plurals."""
    language.speak(qapp, "en")


@pytest.fixture
def session(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    with Store.open(tmp_path / "runs.sqlite") as store:
        monkeypatch.setattr(fit_process, "FitProcess", Fits)
        one = Session(store, choices={"model_texts": dict(START)}, waits=True)
        yield one
        one.close()


def run_once(session: Session) -> str:
    run = execute(PulseSeries(count=1), SimulatedBench(integrator="auto", noise_a=1e-8),
                  store=session.store, seed=1)
    session.runs_changed.emit()
    return run.id


@pytest.fixture
def card(qtbot: Any, session: Session) -> FitCard:
    run_once(session)
    made = FitCard(session)
    qtbot.addWidget(made)
    return made


def say(session: Session, word: FitWord) -> None:
    """What the process says, as the session hands it on."""
    session.fits.busy = isinstance(word, FitStep)
    session.fit_said.emit(word)


def found_by(session: Session, task: FitTask) -> FitFound:
    stored = session.store.load(task.run_id)
    records = stored.records()
    model = models.create("guseinov", r_set=2e-3)
    done = fit(records, model, free=task.free, drive="plan")
    return FitFound(task=task, fit=done, kept=kept_of(done, model, stored, records), before={},
                    after={})


def fitted(card: FitCard, session: Session, *free: str) -> FitFound:
    card.set_free(free)
    card.start()
    word = found_by(session, session.fits.tasks[-1])
    say(session, word)
    return word


def test_without_a_run_there_is_nothing_to_fit(qtbot: Any, session: Session) -> None:
    card = FitCard(session)
    qtbot.addWidget(card)
    assert card.folded
    assert card.head == "nothing to fit yet"
    card.start()
    assert session.fits.tasks == []
    run_id = run_once(session)
    assert not card.folded
    assert card.run_id == run_id
    assert card.fit.isEnabled()


def test_the_run_that_is_ticked_first_is_fitted_else_the_newest(
    card: FitCard, session: Session
) -> None:
    first, second = card.run_id, run_once(session)
    assert card.run_id == second
    card.set_ticked([first])
    assert card.run_id == first
    assert card.which.text() == f"run {first[:6]} · pulse-series"
    card.set_ticked([])
    assert card.run_id == second


def test_ticks_are_the_free_parameters_of_the_task(card: FitCard, session: Session) -> None:
    card.start()
    assert session.fits.tasks[-1].free == ()
    session.fits.busy = False
    card.set_free(("area_m2", "r_set"))
    card.start()
    task = session.fits.tasks[-1]
    assert task.free == ("area_m2", "r_set")
    assert (task.model, dict(task.texts), task.run_id) == ("guseinov", START, card.run_id)


def test_what_would_be_fitted_is_said_as_it_is_ticked(card: FitCard) -> None:
    assert card.merit.text() == "none ticked: all that the run determines"
    card.set_free(("r_set",))
    assert card.merit.text() == "the ticked ones are fitted, all others stay"
    card.set_free(())
    assert card.merit.text() == "none ticked: all that the run determines"


def test_every_step_is_said_and_stop_ends_it(card: FitCard, session: Session) -> None:
    card.start()
    assert (card.fit.isEnabled(), card.stop.isEnabled()) == (False, True)
    say(session, FitStep(task=session.fits.tasks[-1], progress=Progress(steps=3, nrmse=0.0213)))
    assert card.head == "step 3 · nrmse 2.13 %"
    card.end()
    assert not session.fits.busy
    assert card.fit.isEnabled()
    assert not card.stop.isEnabled()


def test_what_was_found_is_said_with_its_uncertainty(
    qtbot: Any, card: FitCard, session: Session
) -> None:
    with qtbot.waitSignal(card.found):
        word = fitted(card, session, "r_set", "nu_hz", "r_reset")
    assert word.fit.steps > 1
    assert card.head == f"✓ converged, {word.fit.steps} steps"
    assert card.merit.text() == (
        f"nrmse {percent(word.fit.nrmse_before)} → {percent(word.fit.nrmse)}")
    assert "ν: not determined: only together with r_reset, r_set" in card.notes.text()
    assert set(card.free) == {"r_set", "nu_hz", "r_reset"}
    cells = {card.table.item(row, 0).text(): card.table.item(row, 2).text()
             for row in range(card.table.rowCount())}
    assert (cells["ν"], cells["Area"]) == ("–", "fixed")
    assert card.fit.text() == "Fit again"
    card.start()
    assert dict(session.fits.tasks[-1].texts) == word.kept.texts()


def test_what_is_kept_is_chosen_and_laid_over_its_run(
    qtbot: Any, card: FitCard, session: Session
) -> None:
    word = fitted(card, session, "r_set")
    assert card.keep.text() == "Keep as v1"
    with qtbot.waitSignal(card.kept):
        card.keep_it()
    ((made, _),) = kept(session.store.path)
    assert made.number == 1
    assert session.model_texts == word.kept.texts()
    assert isinstance(session.fits.tasks[-1], LayTask)
    assert card.keep.text() == "Keep as v2"
    assert card.result is word  # what is chosen now is what was found
    choice = ParameterChoice(session)
    qtbot.addWidget(choice)
    assert choice.choice.currentText() == f"v1 · nrmse {percent(made.nrmse)}"


def test_other_parameters_forget_what_was_found(card: FitCard, session: Session) -> None:
    fitted(card, session, "r_set")
    session.choose(model_texts={"r_set": "3e-3"})
    assert card.result is None
    assert card.head == "not fitted"
    assert card.free == ("r_set",)
    session.choose(model="yakopcic", model_texts={})
    assert card.free == ()
    assert card.table.item(0, 0).text() == "A1"


@pytest.mark.parametrize(("steps", "said"), [
    (1, "✓ converged, 1 step"), (2, "✓ converged, 2 steps"), (21, "✓ converged, 21 steps")])
def test_steps_are_counted_as_people_count(
    card: FitCard, session: Session, steps: int, said: str
) -> None:
    word = fitted(card, session, "r_set")
    say(session, replace(word, fit=replace(word.fit, steps=steps)))
    assert card.head == said


def test_what_is_laid_over_its_run_is_a_line_of_python(
    card: FitCard, session: Session
) -> None:
    word = fitted(card, session, "r_set")
    done: list[Action] = []
    session.acted.connect(done.append)
    card.keep_it()
    task = session.fits.tasks[-1]
    assert [action.title for action in done] == ["parameters v1 kept"]
    say(session, FitFailed(task=task, sentence="the run is being written"))
    assert len(done) == 1
    say(session, FitWord(task=task))
    assert done[-1].title == f"parameters v1 laid over run {card.run_id}"
    assert f"recompare(store, store.load(\"{card.run_id}\")" in done[-1].text.replace(
        "\n    ", "").replace(",store", ", store")
    assert repr(word.kept.values["r_set"]) in done[-1].text


def imported(session: Session, tmp_path: Path) -> str:
    table = tmp_path / "loop.csv"
    table.write_text("t,v,i\n" + "".join(f"{k},{k % 7 - 3},{k % 7 - 3}e-6\n" for k in range(50)))
    run_id = import_run(session.store, read_table(table, columns="t=1:s,v=2:V,i=3:A"))
    session.runs_changed.emit()
    return run_id


def test_the_state_that_a_curve_begins_with_can_be_free(
    card: FitCard, session: Session, tmp_path: Path
) -> None:
    def states() -> list[list[str]]:
        rows = ([card.table.item(row, column).text() for column in range(2)]
                for row in range(card.table.rowCount()))
        return [row for row in rows if row[0] == label_of("x0", "1")]

    assert states() == []  # a reading says what this run began with
    assert imported(session, tmp_path) == card.run_id
    assert states() == [[label_of("x0", "1"), "of the first point"]]
    card.set_free(("x0", "r_set"))
    assert set(card.free) == {"x0", "r_set"}
    session.choose(model_texts={**START, "x0": "0.25"})
    assert states() == [[label_of("x0", "1"), "0.25"]]
    card.start()
    assert set(session.fits.tasks[-1].free) == {"x0", "r_set"}


def test_a_fit_that_fails_says_why(card: FitCard, session: Session) -> None:
    card.start()
    say(session, FitFailed(task=session.fits.tasks[-1], sentence="the model cannot be run"))
    assert card.problem == "the model cannot be run"
    assert card.head == "✕ no fit"
    assert card.fit.isEnabled()


def test_parameters_are_published_kept_or_own(qtbot: Any, session: Session) -> None:
    choice = ParameterChoice(session)
    qtbot.addWidget(choice)
    assert choice.choice.currentData() == OWN
    with qtbot.waitSignal(choice.chosen):
        choice.choice.setCurrentIndex(choice.choice.findData("zro2-y"))
        choice.choice.activated.emit(choice.choice.currentIndex())
    assert session.model_texts == {}
    session.choose(model="yakopcic", model_texts={"a1": "0.097", "a2": "0.097"})
    assert choice.choice.currentText() == "boise-sweep"
    session.choose(model_texts={"a1": "0.1"})
    assert choice.choice.currentText() == "own values"


def test_an_nrmse_is_written_in_percent() -> None:
    assert percent(0.13719) == "13.7 %"
    assert percent(1e-6) == "< 0.01 %"
    assert percent(2.2) == "220 %"
    assert percent(21.96) == "2196 %"  # never a power of ten


def test_fit_and_runs_are_above_each_other_or_tabs(qtbot: Any) -> None:
    above, below = QLabel("fit"), QLabel("runs")
    column = RightColumn(above, QLabel("queue"), below, ("Fit", "Runs"))
    qtbot.addWidget(column)
    column.show()
    assert above.isVisible()
    assert below.isVisible()
    column.set_tabbed(True)
    assert (above.isVisible(), below.isVisible()) == (False, True)
    column.show_part(above)
    assert (above.isVisible(), below.isVisible()) == (True, False)
    column.set_tabbed(False)
    assert above.isVisible()
    assert below.isVisible()
    column.set_tabbed(True)
    assert (above.isVisible(), below.isVisible()) == (True, False)  # what was in front before
