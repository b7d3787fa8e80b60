"""What a terminal says while a dry run and a run take long."""

from __future__ import annotations

import io
import itertools
from types import SimpleNamespace

import pytest

from memrig.hil import execute
from memrig.hil.cli import text
from memrig.hil.cli.text import Countdown, Progress
from memrig.hil.events import PlanReady, Rehearsed, RunStarted
from memrig.hil.protocols import PulseSeries
from memrig.sim import SimulatedBench


class Screen(io.StringIO):
    """What stands where errors go."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self._terminal


@pytest.fixture
def screen(monkeypatch, request):
    shown = Screen(terminal=getattr(request, "param", True))
    monkeypatch.setattr(text, "sys", SimpleNamespace(stderr=shown))  # pytest swaps the real one
    return shown


def test_nothing_is_said_of_what_is_done_soon(screen):
    ticks = iter([0.0, 0.4, 0.9, 2.0, 4.0])
    line = Countdown("stimuli", 8, quiet_s=1.0, monotonic_s=lambda: next(ticks))
    line.show(1)
    line.show(2)
    assert screen.getvalue() == ""
    line.show(2.5)
    assert screen.getvalue() == "\r2/8 stimuli, 4 s left "
    line.show(8)
    line.end()
    assert screen.getvalue() == "\r2/8 stimuli, 4 s left \r8/8 stimuli, 0 s left \n"


def test_nothing_done_leaves_no_time_to_tell(screen):
    Countdown("devices", 5).show(0)
    assert screen.getvalue() == ""


def test_a_line_is_ended_once(screen):
    line = Countdown("stimuli", 3)
    line.show(1)
    line.end()
    line.end()
    assert screen.getvalue().count("\n") == 1


def observed(**parameters):
    """All events of a run of a short series."""
    events = []
    execute(PulseSeries(**parameters), SimulatedBench(integrator="auto"), observer=events.append)
    return events


def test_a_dry_run_tells_how_far_it_is_before_the_run_begins():
    events = observed(order="potentiation", count=3)
    told = list(itertools.takewhile(lambda event: isinstance(event, Rehearsed), events))
    assert [type(one) for one in events[len(told):len(told) + 2]] == [PlanReady, RunStarted]
    assert not any(isinstance(event, Rehearsed) for event in events[len(told):])
    done = [event.done for event in told]
    assert done[0] == 0.0
    assert done[-1] == events[len(told) + 1].stimuli == 4
    assert done == sorted(done)
    assert {event.stimuli for event in told} == {4}
    assert any(2.0 < one < 3.0 for one in done)


@pytest.mark.parametrize("screen", [True, False], indirect=True, ids=["terminal", "file"])
def test_a_terminal_shows_a_long_dry_run_and_then_the_run(screen, monkeypatch):
    monkeypatch.setattr(text, "QUIET_S", 0.0)
    with Progress() as progress:
        for event in observed(order="potentiation", count=2):
            progress(event)
    said = screen.getvalue()
    assert said.count("4/4 stimuli of the dry run, 0 s left \n") == screen.isatty()
    assert said.endswith("4/4 stimuli, 0 s left \n" if screen.isatty() else "")
    assert said.count("\n") == 2 * screen.isatty()


def test_what_follows_a_dry_run_that_fails_has_a_line_of_its_own(screen, monkeypatch):
    monkeypatch.setattr(text, "QUIET_S", 0.0)
    with Progress() as progress:
        progress(Rehearsed(done=0.5, stimuli=4))
    assert screen.getvalue().startswith("\r0/4 stimuli of the dry run, ")
    assert screen.getvalue().endswith("\n")
