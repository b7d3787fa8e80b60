"""Guards in the window: what they see is said, a question is answered by a key or a button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt

from memrig.hil.registry import load
from tests.system.hands import CTRL, Open

pytestmark = pytest.mark.usefixtures("qt")

OWN = load("models", "guseinov")().profile()
OPENED = {"seed": 1, "device": {"kind": "resistor", "ohm": 2e4},
          "faults": ["device:open after 300 ms"]}
"""A device that loses its contact in the middle of a run."""


def begun(opened: Open, lab: Callable[..., Any], policy: str) -> tuple[Any, Any]:
    """A window in which such a run has begun, and the laboratory."""
    here = lab("twin-single", change={"twin": OPENED})
    bench = opened(here.file)
    bench.session.choose(protocol="pulse-series", texts={"count": "3"}, chosen_profile=OWN)
    bench.session.name(guards={"conductance": policy, "drift": "continue"})
    bench.window.protocol.show_choice()
    bench.settled()
    bench.key(Qt.Key.Key_R, CTRL)
    return bench, here


@pytest.mark.parametrize("go_on", [True, False])
def test_a_question_is_answered(opened: Open, lab: Callable[..., Any], go_on: bool) -> None:
    bench, here = begun(opened, lab, "ask")
    line = bench.window.question
    answers = [bench.window.commands.action(one) for one in ("run.go_on", "run.answer_stop")]
    assert not any(answer.isEnabled() for answer in answers)
    bench.until(lambda: line.question is not None)
    assert line.isVisible()
    assert all(answer.isEnabled() for answer in answers)
    assert line.seen.text().startswith("▲ guard conductance: a conductance of ")
    assert "0 V at the device; stops at " in line.until.text()
    if go_on:
        bench.key(Qt.Key.Key_G, CTRL)
    else:
        bench.click(line.stop)
    assert not line.isVisible()
    assert not any(answer.isEnabled() for answer in answers)
    run = bench.run_to_the_end()
    (alert,) = (one for one in run.alerts if one.guard == "conductance")
    assert not here.world.outputs_on
    if go_on:
        assert (run.status, run.message) == ("finished", "")
    else:
        assert run.status == "stopped"
        assert run.message.startswith(f"{alert}, the answer was to stop")
    assert bench.session.store.load(run.id).alerts == run.alerts
    bench.session.name(guards={})
    bench.window.stored.restore(run.id)
    assert bench.session.guards == {"conductance": "ask"}


def test_a_stop_answers_too(opened: Open, lab: Callable[..., Any]) -> None:
    bench, here = begun(opened, lab, "ask")
    bench.until(lambda: bench.window.question.question is not None)
    bench.key(Qt.Key.Key_Period, CTRL)
    run = bench.run_to_the_end()
    assert run.status == "stopped"
    assert not bench.window.question.isVisible()
    assert not here.world.outputs_on


def test_a_run_that_a_guard_stops_says_why(opened: Open, lab: Callable[..., Any]) -> None:
    bench, here = begun(opened, lab, "stop")
    run = bench.run_to_the_end()
    assert run.status == "stopped"
    assert "guard conductance: a conductance of " in bench.window.statusBar().currentMessage()
    assert not here.world.outputs_on
