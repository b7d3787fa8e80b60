"""Errands: one after the other beside the window, each with its end, none for ever."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memrig.gui.errands import Errand, ErrandEnded, Errands
from memrig.hil.errors import StoreError

WAIT_S = 30.0
Made = tuple[Errands, "queue.SimpleQueue[Any]"]


@pytest.fixture
def made() -> Iterator[Made]:
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    errands = Errands(told.put)
    yield errands, told
    assert errands.close(WAIT_S)


def failing(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_they_are_done_in_their_order_in_another_thread(made: Made) -> None:
    errands, told = made
    seen: list[tuple[int, str]] = []

    def noted(number: int) -> Callable[[], None]:
        return lambda: seen.append((number, threading.current_thread().name))

    orders = [Errand(act=noted(number)) for number in range(5)]
    for order in orders:
        errands.add(order)
    ends = [told.get(timeout=WAIT_S) for _ in orders]
    assert ends == [ErrandEnded(errand=order) for order in orders]
    assert seen == [(number, "memrig-errands") for number in range(5)]


@pytest.mark.parametrize(("error", "sentence"), [
    (StoreError("the report r.html cannot be written: disk full"),
     "the report r.html cannot be written: disk full"),
    (PermissionError(13, "Permission denied", "r.html"), "[Errno 13] Permission denied: 'r.html'"),
    (ZeroDivisionError("an axis of no length"), "ZeroDivisionError: an axis of no length"),
])
def test_what_goes_wrong_is_a_sentence_and_the_next_is_done(
    made: Made, error: Exception, sentence: str
) -> None:
    errands, told = made
    wrong, right = Errand(act=failing(error)), Errand(act=list)
    errands.add(wrong)
    errands.add(right)
    assert told.get(timeout=WAIT_S) == ErrandEnded(errand=wrong, sentence=sentence)
    assert told.get(timeout=WAIT_S) == ErrandEnded(errand=right)


def test_closing_waits_for_everything_that_was_asked(made: Made) -> None:
    errands, _ = made
    seen: list[int] = []
    for number in range(3):
        errands.add(Errand(act=lambda number=number: seen.append(number)))  # type: ignore[misc]  # its own number
    assert errands.close(WAIT_S)
    assert seen == [0, 1, 2]


def test_closing_does_not_wait_for_ever_and_nothing_new_is_begun(made: Made) -> None:
    errands, told = made
    begun, go, seen = threading.Event(), threading.Event(), list[str]()

    def slow() -> None:
        begun.set()
        assert go.wait(WAIT_S)

    errands.add(Errand(act=slow))
    errands.add(Errand(act=lambda: seen.append("too late")))
    assert begun.wait(WAIT_S)
    assert not errands.close(0.0)
    go.set()
    assert errands.close(WAIT_S)
    assert seen == []
    assert told.empty()


def test_without_an_errand_there_is_no_thread() -> None:
    before = threading.active_count()
    assert Errands(lambda _: None).close()
    assert threading.active_count() == before
