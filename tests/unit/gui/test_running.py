"""The thread of the bench: whatever ends a run is said, and nothing waits for a bench for ever."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memrig.gui.running import BenchThread, Ended, ExampleMade, Insisted, Opened, OpenFailed, Order
from memrig.hil.bench import BenchInfo, SafeState
from memrig.hil.errors import BenchError
from memrig.hil.plan import Plan
from memrig.hil.protocols import IvSweep
from memrig.hil.record import Chunk
from memrig.hil.store import Store
from memrig.sim.bench import SimulatedBench

SHORT_S, LONG_S = 0.05, 30.0
Make = Callable[..., "Driven"]


class Bench(SimulatedBench):
    """A simulated bench that can hang or fail, and counts who has made it safe."""

    def __init__(self, error: Exception | None = None, *, hangs: bool = False,
                 safe: SafeState | None = None) -> None:
        super().__init__(integrator="auto")
        self.error, self.safe = error, safe
        self.reached, self.released = threading.Event(), threading.Event()
        self.safe_by: list[str] = []
        if not hangs:
            self.released.set()

    def describe(self) -> BenchInfo:
        """As one of instruments, whose outputs outlive the run."""
        return replace(super().describe(), resources={"smu": "somewhere"})

    def apply(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        self.reached.set()
        self.released.wait(LONG_S)
        if self.error:
            raise self.error
        yield from super().apply(plan, stop)

    def make_safe(self) -> SafeState:
        self.safe_by.append(threading.current_thread().name)
        return super().make_safe() if self.safe is None else self.safe


class Driven:
    """A thread on a bench, and what it has said."""

    def __init__(self, bench: Bench, store: Store) -> None:
        self.bench, self.store = bench, store
        self.words: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.thread = BenchThread(self.words.put, lambda _: None, unanswered_s=SHORT_S)
        self.thread.open("model", lambda: bench)
        assert isinstance(self.word(), Opened)

    def word(self) -> Any:
        return self.words.get(timeout=LONG_S)

    def start(self, **protocol: Any) -> None:
        self.thread.run(Order(
            protocol=IvSweep(points=20, **protocol), profile=self.bench.model.profile(),
            overlay=None, store=self.store))


@pytest.fixture
def driven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    made: list[Driven] = []
    with Store.open(tmp_path / "runs.sqlite") as store:

        def make(*how: Any, **more: Any) -> Driven:
            made.append(Driven(Bench(*how, **more), store))
            return made[-1]

        yield make
        for one in made:
            one.bench.released.set()
            one.thread.close()
        for thread in threading.enumerate():
            if thread.name == "memrig-bench":
                thread.join(LONG_S)  # one that was left behind, before its store goes


def test_what_is_refused_has_switched_nothing_on(driven: Make) -> None:
    one = driven()
    one.start(amplitude_reset="5V")
    ended = one.word()
    assert isinstance(ended, Ended)
    assert "nothing was sent" in ended.sentence
    assert ended.safe is None
    assert one.bench.safe_by == []


def test_an_error_in_the_middle_says_what_is_known_of_the_outputs(driven: Make) -> None:
    one = driven(BenchError("the oscilloscope does not answer"))
    one.start()
    ended = one.word()
    assert ended.sentence == "the oscilloscope does not answer"
    assert ended.safe.off
    unsure = SafeState(off=False, verified=False, messages=("no answer",))
    other = driven(BenchError("the link is down"), safe=unsure)
    other.start()
    ended = other.word()
    assert "OUTPUTS MAY STILL BE ON: no answer" in ended.sentence
    assert ended.safe == unsure


def test_an_error_that_nobody_foresaw_ends_the_run_and_not_the_thread(driven: Make) -> None:
    one = driven(ZeroDivisionError("float division by zero"))
    one.start()
    ended = one.word()
    assert ended.sentence == "ZeroDivisionError: float division by zero"
    assert ended.safe.off
    one.bench.error = None
    one.start()
    assert one.word().run.status == "finished"
    assert [run.status for run in one.store.runs()] == ["failed", "finished"]


def test_a_stop_that_is_not_heard_in_time_switches_off_from_elsewhere(driven: Make) -> None:
    one = driven(hangs=True)
    one.start()
    one.bench.reached.wait(LONG_S)
    one.thread.stop()
    word = one.word()
    assert isinstance(word, Insisted)
    assert word.safe.off
    assert one.bench.safe_by == ["memrig-insist"]
    one.bench.released.set()
    assert one.word().run.status == "stopped"


def test_a_stop_that_is_heard_is_not_insisted_on(driven: Make) -> None:
    one = driven()
    one.start()
    assert one.word().run.status == "finished"
    one.thread.stop()
    one.thread.close()
    assert "memrig-insist" not in one.bench.safe_by
    assert one.words.empty()


def test_closing_does_not_wait_for_ever_and_says_what_is_left(driven: Make) -> None:
    one = driven(hangs=True)
    one.start()
    one.bench.reached.wait(LONG_S)
    sentence = one.thread.close(within_s=SHORT_S)
    assert sentence == ("the bench did not answer within 0.05 s and is left behind; its outputs "
                        "are off")
    assert "memrig-last" in one.bench.safe_by
    assert one.thread.close() == sentence  # it is not waited for once more


def test_closing_a_bench_that_answers_leaves_nothing_to_say(driven: Make) -> None:
    one = driven()
    one.start()
    assert one.thread.close() == ""
    assert one.store.runs()[-1].status in {"stopped", "finished"}


def test_a_bench_that_cannot_be_made_is_said(driven: Make) -> None:
    one = driven()

    def broken() -> Any:
        raise KeyError("state")

    one.thread.open("model", broken)
    assert one.word() == OpenFailed(spec="model", sentence="KeyError: 'state'")
    one.start()
    assert one.word().sentence == "no bench is open; nothing was sent"


def test_an_example_is_told_of_and_its_failure_costs_nothing(driven: Make) -> None:
    one = driven()

    def broken() -> str:
        raise OSError("the disk is full")

    for make in (broken, lambda: "", lambda: "r1"):
        one.thread.example(make)
    assert one.word() == ExampleMade(run_id="r1")
    assert one.bench.safe_by == []


