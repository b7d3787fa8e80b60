"""A fit beside the program: what it says, how it is ended, what it leaves behind: nothing."""

from __future__ import annotations

import queue

import psutil
import pytest

from memrig.hil.execution import execute
from memrig.hil.fit_process import (
    FitFailed,
    FitFound,
    FitProcess,
    FitStep,
    FitTask,
    FitWord,
    LayTask,
)
from memrig.hil.protocols import IvSweep
from memrig.hil.store import Store
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

TRUTH = models.create("guseinov", r_set=2.1e-3)
WAIT_S = 120.0


@pytest.fixture
def stored(tmp_path):
    with Store.open(tmp_path / "runs.sqlite") as store:
        execute(IvSweep(points=100), SimulatedBench(TRUTH, integrator="auto", noise_a=1e-7),
                store=store, seed=1)
        yield store


@pytest.fixture
def words():
    return queue.SimpleQueue()


@pytest.fixture
def process(words):
    one = FitProcess(words.put)
    yield one
    one.close()


def task(store, **changed):
    how = {"store": store.path, "run_id": store.runs()[-1].run_id, "model": "guseinov",
           "texts": {}, "free": ("r_set",), **changed}
    return FitTask(**how)


def test_it_tells_every_step_and_what_it_found(stored, process, words):
    process.start(task(stored))
    said = [words.get(timeout=WAIT_S)]
    while not isinstance(said[-1], FitFound):
        said.append(words.get(timeout=WAIT_S))
    *steps, found = said
    assert all(isinstance(one, FitStep) for one in steps)
    assert [one.progress.steps for one in steps] == list(range(len(steps)))
    assert found.kept.values["r_set"] == pytest.approx(2.1e-3, rel=0.01)
    numbers = [number for number, _ in stored.load().numbered()]
    assert list(found.before) == list(found.after) == numbers
    assert found.fit.nrmse < found.fit.nrmse_before


def test_a_kept_set_is_laid_over_its_run(stored, process, words):
    process.start(task(stored))
    while not isinstance(found := words.get(timeout=WAIT_S), FitFound):
        pass
    process.start(LayTask(store=stored.path, run_id=found.kept.run, kept=found.kept))
    assert type(words.get(timeout=WAIT_S)) is FitWord
    assert stored.load().overlay["nrmse"] == pytest.approx(found.fit.nrmse, rel=1e-6)


def test_stop_ends_it_at_once_and_it_says_nothing_more(stored, process, words):
    process.start(task(stored))
    words.get(timeout=WAIT_S)
    (child,) = psutil.Process().children()
    process.stop()
    assert not child.is_running()
    assert not process.busy
    while not words.empty():
        assert isinstance(words.get(), FitStep)


def test_what_makes_no_sense_comes_back_as_its_sentence(stored, process, words):
    process.start(task(stored, free=("aria",)))
    failed = words.get(timeout=WAIT_S)
    assert isinstance(failed, FitFailed)
    assert failed.sentence == ("there is no number to fit among the parameters of guseinov called "
                               "'aria'; did you mean area_m2?")


def test_a_child_that_is_killed_is_explained(stored, process, words):
    process.start(task(stored))
    words.get(timeout=WAIT_S)
    psutil.Process().children()[0].kill()
    said = words.get(timeout=WAIT_S)
    while isinstance(said, FitStep):
        said = words.get(timeout=WAIT_S)
    assert said.sentence == "the fit's process has ended with -9"
