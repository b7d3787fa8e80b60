"""The one timer between threads and the window."""

from __future__ import annotations

import queue
import threading
from collections import deque

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.poller import Poller


@pytest.fixture
def poller(qapp, clock):
    one = Poller(deque(), queue.SimpleQueue(), clock=clock)
    yield one
    one.stop()


def tick(poller: Poller, clock, after_s: float = 0.033) -> None:
    clock.now_s += after_s
    poller.tick()


def test_what_threads_leave_comes_in_batches_in_order(qtbot) -> None:
    samples: deque[int | str] = deque()
    rare: queue.SimpleQueue[str] = queue.SimpleQueue()
    poller = Poller(samples, rare)
    got: list[int | str] = []
    sizes: list[int] = []
    poller.batch.connect(lambda items: (got.extend(items), sizes.append(len(items))))

    def work() -> None:
        for k in range(5000):
            samples.append(k)
        rare.put("end")

    thread = threading.Thread(target=work)
    thread.start()
    qtbot.waitUntil(lambda: "end" in got)
    thread.join()
    poller.stop()
    assert got == [*range(5000), "end"]
    assert 0 not in sizes


def test_nothing_comes_after_it_was_stopped(poller, qtbot) -> None:
    assert poller.running
    poller.stop()
    assert not poller.running


def test_nothing_is_said_when_nothing_came(poller, clock) -> None:
    batches: list[list[object]] = []
    poller.batch.connect(batches.append)
    tick(poller, clock)
    assert batches == []


def test_lateness_is_the_99th_of_a_hundred_ticks_of_the_last_minute(poller, clock) -> None:
    assert poller.lateness_p99_s == 0.0
    for _ in range(985):
        tick(poller, clock)
    for _ in range(15):
        tick(poller, clock, 0.033 + 0.040)
    assert poller.lateness_p99_s == pytest.approx(0.040, abs=1e-9)
    for _ in range(400):
        tick(poller, clock)
    assert poller.lateness_p99_s == pytest.approx(0.040, abs=1e-9)
    clock.now_s += 61.0
    poller.tick()
    for _ in range(200):
        tick(poller, clock)
    assert poller.lateness_p99_s == pytest.approx(0.0, abs=1e-9)


def test_a_late_tick_is_logged_with_its_cause(poller, clock, caplog) -> None:
    tick(poller, clock)
    with poller.doing("drawing the loop"):
        clock.now_s += 0.2
    with poller.doing("something short"):
        clock.now_s += 0.001
    tick(poller, clock)
    assert [record.message for record in caplog.records] == [
        "a tick came 201 ms late: drawing the loop took 200 ms"]


def test_a_slow_receiver_of_a_batch_is_named(poller, clock, caplog) -> None:
    def slow(_items: list[object]) -> None:
        clock.now_s += 0.3

    poller.batch.connect(slow)
    poller._samples.extend("abc")
    tick(poller, clock)
    tick(poller, clock)
    assert caplog.records[-1].message == "a tick came 300 ms late: 3 events took 300 ms"
    tick(poller, clock, 0.5)
    assert caplog.records[-1].message == "a tick came 467 ms late: nothing of ours is known"
