"""A run in a real process that is interrupted, stopped or killed at chosen moments."""

from __future__ import annotations

import signal
import sys
from contextlib import nullcontext

import pytest

from memrig.hil.cli import run as cli_run
from memrig.hil.cli.signals import HEARD
from memrig.hil.events import StimulusStarted
from memrig.hil.registry import load
from memrig.hil.store import Store

KILLS = 6
STOPPED = 130
SERIES = ["run", "pulse-series", "-p", "count=2", "--seed", "1"]
LONG = ["run", "pulse-series", "-p", "count=200", "--seed", "1"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")


def assert_stopped(memrig, bench, said):
    """Outputs off, data kept, and so it is said."""
    assert not bench.world.outputs_on
    (run,) = memrig("runs", "list", "--json").json
    assert run["status"] == "stopped"
    assert run["points"] > 0
    assert f"run {run['run_id']}: Program/read pulse series on SIMULATED bench" in said
    assert "stopped: stopped on request; the outputs are off, the data are kept" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_and_keeps_its_data(memrig, process, lab, number):
    bench = lab()
    bench.when(lambda lab: lab.fired == 9, lambda: child.send_signal(number))
    child = process(*LONG, "--bench", bench.file)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (STOPPED, f"memrig: {HEARD}\n")
    assert set(bench.closed) == {"top_drive", "bottom_drive"}
    assert_stopped(memrig, bench, out)


@pytest.mark.parametrize(("kind", "fault"), [
    ("twin", "scope:no-answer from 9 on WAV:DATA"), ("twin", "awg:no-answer from 9 on *TRG"),
    ("twin", "awg:no-answer at 1 on OUTP1:STAT?"), ("twin-smu", "smu:late 9 s from 9 on DATA?")])
def test_who_does_not_answer_keeps_no_run_from_being_stopped(memrig, process, lab, kind, fault):
    """It is stopped, not ended by the time-out: nothing waits for the answer any more."""
    words, times = fault.partition(" on ")[2].encode(), int(fault.split()[-3])
    change = {"twin": {**load("twins", kind)()["twin"], "faults": [fault]}}
    bench, heard = lab(kind, change=change), list[bytes]()

    def due(lab):
        heard.extend([lab.heard] if words in lab.heard else [])
        return len(heard) == times

    bench.when(due, lambda: child.send_signal(signal.SIGINT))
    child = process(*LONG, "--bench", bench.file)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (STOPPED, f"memrig: {HEARD}\n"), out
    assert bench.reached.is_set()
    assert not bench.world.outputs_on
    assert memrig("runs", "list", "--json").json[0]["status"] == "stopped"


def test_a_run_is_stopped_from_another_process(memrig, process, lab):
    bench = lab()
    bench.when(lambda lab: lab.fired == 9, lambda: None)
    child = process(*LONG, "--bench", bench.file)
    assert bench.reached.wait(60)
    done = memrig("stop")
    assert (done.code, done.err) == (0, "")
    run = f"the run of process {child.pid} on bench awg-scope-two"
    assert done.out == (f"{run} has heard it; its outputs go off\n"
                        f"{run} is stopped; outputs are off\n")
    assert not bench.world.outputs_on
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (STOPPED, "")
    assert_stopped(memrig, bench, out)
    assert memrig("stop").out == "no run is in progress\n"


def test_stopped_before_anything_was_energised_nothing_is(memrig, process, lab):
    bench = lab()
    bench.when(lambda lab: lab.messages == 1, lambda: child.send_signal(signal.SIGTERM))
    child = process(*SERIES, "--bench", bench.file)
    child.communicate(timeout=60)
    assert child.returncode != 0
    assert bench.closed == []


def test_when_a_run_is_killed_the_outputs_go_off_and_what_was_completed_is_stored(
    memrig, process, lab, monkeypatch
):
    bench, begun = lab(), list[int]()

    def noted(event):
        if isinstance(event, StimulusStarted):
            begun.append(bench.fired)

    with monkeypatch.context() as patched:
        patched.setattr(cli_run, "Progress", lambda: nullcontext(noted))
        assert memrig(*SERIES, "--bench", bench.file, "--store", "whole.sqlite").code == 0
    total, certain = bench.messages, 0
    for kill in range(KILLS):
        store = f"killed-{kill}.sqlite"
        bench = lab()  # a device as new: what is sent depends on what it answers
        fired = killed(process, bench, (kill + 1) * total // (KILLS + 1), store)
        certain += assert_kept(memrig, store, sum(at < fired for at in begun) - 1)
    assert certain >= KILLS


def killed(process, bench, moment, store):
    """Kill a run at its n-th message; returns how many triggers there had been."""
    seen = list[int]()

    def end():
        seen.append(bench.fired)
        child.kill()

    bench.when(lambda lab: lab.messages == moment, end)
    child = process(*SERIES, "--bench", bench.file, "--store", store)
    _, said = child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL, said
    assert not bench.world.outputs_on  # its guardian has this terminal, and was waited for
    return seen[0]


def assert_kept(memrig, store, certain):
    """Every step whose successor had begun is there, whole; returns how many these are."""
    runs = memrig("runs", "list", "--store", store, "--json").json
    if certain < 1 and not runs:
        return 0
    assert [run["status"] for run in runs] == ["interrupted"]
    records = dict(numbered(store))
    for number in range(certain):
        assert not records[number].cut_short
        planned = records[number].plan
        assert len(records[number].chunks) == planned.repeat * len(planned.blocks)
    shown = memrig("runs", "show", "--store", store)
    assert (shown.code, "interrupted" in shown.out) == (0, True)
    return max(certain, 0)


def numbered(store):
    """Records by number of the latest run."""
    with Store.open(store) as opened:
        return opened.load("last").numbered()

