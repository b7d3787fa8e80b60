"""A stop is carried out whatever the run's own thread is doing, and heard in any of its steps."""

from __future__ import annotations

import queue
import signal
import threading
from dataclasses import replace
from typing import Any

import pytest

from memrig.hil.bench import BenchInfo, SafeState
from memrig.hil.cli.signals import SignalledStop, stop_signals
from memrig.hil.insisting import insisted
from memrig.sim.bench import SimulatedBench

LONG_S = 30.0


class Bench(SimulatedBench):
    """One that says whether it has instruments, and when it was made safe."""

    def __init__(self, resources: dict[str, str]) -> None:
        super().__init__(integrator="auto")
        self.resources, self.safe = resources, threading.Event()

    def describe(self) -> BenchInfo:
        return replace(super().describe(), resources=self.resources)

    def make_safe(self) -> SafeState:
        self.safe.set()
        return super().make_safe()


def test_a_run_that_hangs_is_switched_off_by_another_thread() -> None:
    bench, stop = Bench({"smu": "somewhere"}), threading.Event()
    told, said = threading.Event(), list[SafeState]()

    def tell(safe: SafeState) -> None:
        said.append(safe)
        told.set()

    with insisted(bench, stop, tell):
        stop.set()
        assert told.wait(LONG_S)
    assert bench.safe.is_set()
    assert said[0].off


def test_a_bench_that_cannot_be_made_safe_is_told_as_doubtful(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench, stop, told = Bench({"smu": "somewhere"}), threading.Event(), queue.SimpleQueue[Any]()

    def fails() -> SafeState:
        raise ZeroDivisionError("a defect")

    with monkeypatch.context() as patch, insisted(bench, stop, told.put):
        patch.setattr(bench, "make_safe", fails)
        stop.set()
        safe = told.get(timeout=LONG_S)
    assert (safe.off, safe.messages) == (False, ("ZeroDivisionError: a defect",))


@pytest.mark.parametrize("resources", [{"smu": "somewhere"}, {}])
def test_a_run_on_its_way_out_or_without_instruments_is_left_alone(
    resources: dict[str, str]
) -> None:
    bench, stop = Bench(resources), threading.Event()
    with insisted(bench, stop, look_s=0.0, unheard_s=LONG_S if resources else 0.0) as leaving:
        stop.set()
        leaving.set()
    assert not bench.safe.is_set()


def test_a_handler_may_interrupt_who_looks_at_the_stop() -> None:
    """``set`` would wait there for the lock that its own thread holds, for ever."""
    stop = SignalledStop()
    with stop.heard(""):
        with stop._cond:
            stop.ask()
            assert stop.is_set()
        assert stop.wait(LONG_S)


def test_the_first_signal_stops_and_says_so_and_the_second_interrupts(
    capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_signals("heard") as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert capsys.readouterr().err == "memrig: heard\n"
    assert signal.getsignal(signal.SIGINT) is before
