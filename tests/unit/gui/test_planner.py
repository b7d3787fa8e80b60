"""Which rehearsal is dropped, which is shown: the planner without its thread, in made-up time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.planner import (
    LONGEST_S,
    SKETCH_S,
    STARVED_S,
    Mailbox,
    Pace,
    Planned,
    Request,
    plans,
)
from memrig.hil.registry import entries, load
from memrig.sim import SimulatedBench, models

BENCH = SimulatedBench(models.create("guseinov"), integrator="auto")


def request(number: int = 0, protocol: str = "read", **texts: str) -> Request:
    return Request(protocol=protocol, texts=texts, profile=BENCH.model.profile(), bench=BENCH,
                   model=BENCH, number=number)


class Hand:
    """Asks for another model every ``every_s``, as a hand that drags a parameter does; time passes
    with every question whether there is something newer."""

    def __init__(self, clock: Any, every_s: float, step_s: float) -> None:
        self._clock, self._every_s, self._step_s = clock, every_s, step_s
        self._taken = 0

    @property
    def asked(self) -> int:
        return int(self._clock.now_s / self._every_s)

    def take(self) -> Request:
        self._taken = self.asked
        return request(self._taken)

    def newer(self) -> Request | None:
        self._clock.now_s += self._step_s
        return request(self.asked) if self.asked > self._taken else None


def test_the_plans_come_before_the_model_has_answered() -> None:
    first, last = plans(request())
    assert not first.answered
    assert not first.complete
    assert [step.record.chunks for step in first.rehearsal.steps] == [()]
    assert last.complete
    assert last.may_run
    assert last.points > 0
    assert [s.plan.sha256 for s in first.rehearsal.steps] == [
        s.plan.sha256 for s in last.rehearsal.steps]


@pytest.mark.parametrize("name", entries("protocols"))
def test_every_protocol_can_be_drawn_without_an_answer(name: str) -> None:
    for preset in ("", *load("protocols", name).presets):
        texts = load("protocols", name).preset(preset).parameters if preset else {}
        first = next(iter(plans(request(protocol=name, **texts))))
        assert first.rehearsal.steps
        assert first.rehearsal.duration_s > 0


def test_a_newer_request_is_heard_between_any_two_blocks() -> None:
    asked = 0

    def newer() -> Request | None:
        nonlocal asked
        asked += 1
        return request(1, protocol="pulse") if asked == 7 else None

    found = list(plans(request(protocol="pulse-series", count="400"), newer))
    assert not any(one.complete for one in found)
    assert asked == 7  # of more than 800 blocks


def test_the_first_picture_is_drawn_whatever_waits(clock: Any) -> None:
    def newer() -> Request | None:
        return request(1, protocol="pulse")

    (only,) = plans(request(protocol="stdp"), newer, clock=_running(clock, SKETCH_S / 3.0))
    assert len(only.rehearsal.steps) == 3
    assert not only.answered


def _running(clock: Any, step_s: float) -> Callable[[], float]:
    def now() -> float:
        clock.now_s += step_s
        return float(clock.now_s)

    return now


@pytest.mark.parametrize("step_s", [0.002, 0.006, 0.01])
def test_a_hand_that_drags_sees_a_finished_prediction_all_the_time(
    clock: Any, step_s: float
) -> None:
    clock.now_s = 0.0
    hand, pace = Hand(clock, every_s=0.016, step_s=step_s), Pace(clock)
    shown_s = [0.0]
    while clock.now_s < 3.0:
        for planned in plans(hand.take(), hand.newer, pace=pace, sketch=False, clock=clock):
            assert planned.complete
            shown_s.append(clock.now_s)
    gaps = [b - a for a, b in itertools.pairwise(shown_s)]
    assert max(gaps) < 0.101
    assert len(shown_s) > 25


def test_what_is_superseded_is_dropped_at_once_while_something_fresh_is_shown(clock: Any) -> None:
    pace = Pace(clock)
    pace.begun()
    pace.finished()
    assert pace.goes_on(request(1), None)
    assert not pace.goes_on(request(1), request(2))
    clock.now_s += 1.01 * STARVED_S
    assert pace.goes_on(request(1), request(2))
    assert not pace.goes_on(request(1), request(2, protocol="pulse"))
    clock.now_s += LONGEST_S
    assert not pace.goes_on(request(1), request(2))


def test_a_refusal_names_its_parameter_and_shows_what_was_refused() -> None:
    last = list(plans(request(protocol="pulse", amplitude="-5 V", gap="2ms")))[-1]
    assert last.complete
    assert not last.may_run
    assert last.problems == {"amplitude": (
        "pulse, program stimulus: voltage at the device of -5 V requested (worst case), the "
        "profile allows at least -2 V; nothing was sent")}
    assert last.rehearsal.steps[-1].worst.v_low_v == pytest.approx(-5.0)


def test_the_mailbox_keeps_the_latest() -> None:
    mail = Mailbox()
    assert mail.newer is None
    mail.put(request(1))
    mail.put(request(2))
    assert mail.newer is not None
    assert mail.take().number == 2  # type: ignore[union-attr]  # it is not closed
    assert mail.newer is None
    mail.close()
    assert mail.take() is None


def test_a_plan_that_is_sketched_may_not_run() -> None:
    assert not Planned(request=request(), answered=False).may_run
