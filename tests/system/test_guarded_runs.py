"""Guards of a run, tripped by faults of simulated instruments over sockets, from the command line
to the store; whether the outputs are off is read from the instruments themselves."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from memrig.drivers import guardian
from memrig.hil import execute
from memrig.hil.calibration import Calibration
from memrig.hil.clock import SystemClock
from memrig.hil.guarding import untold
from memrig.hil.guards import Guards, Question
from memrig.hil.opening import description_of, open_description
from memrig.hil.registry import load
from memrig.hil.status import Status
from memrig.hil.store import Store, StoredRun

DONE, GUARDED, STOPPED = 0, 6, 130
WAIT_S = 60.0
OHM = 2e4
PULSES = ("pulse-series", "-p", "count=3")
OWN = load("models", "guseinov")().profile()
WIDE = {"r_min_ohm": 1e-3, "r_max_ohm": 1e15, "i_max_a": 1e6, "energy_max_j": 1e6,
        "charge_max_c": 1e6}
"""A profile that has nothing against whatever the device does."""


@dataclass(frozen=True, kw_only=True)
class Trip:
    """A fault and the guard that sees it.

    :param words: what is said of it.
    :param flag: what its points carry.
    :param profile: what is changed in the device's profile.
    :param bench: what the bench is instead.
    """

    kind: str
    fault: str
    words: str
    flag: Status
    profile: dict[str, float] | None = None
    bench: dict[str, Any] | None = None


UNKNOWN = {"kind": "awg-scope-single", "netlist": {"series_ohm": 1e3}}
"""A bench on whose ranges a short can be seen: no smallest resistance is known."""
TRIPS = {
    "compliance": Trip(kind="twin-smu", fault="device:short after 440 ms", flag=Status.COMPLIANCE,
                       words="the current limit was reached, with ", profile=WIDE),
    "clipped": Trip(kind="twin-single", fault="scope:clipped after 25 ms", flag=Status.CLIPPED,
                    words="an input was beyond its range, with "),
    "overrange": Trip(kind="twin-smu", fault="smu:overload after 25 ms", flag=Status.OVERRANGE,
                      words="a measurement was beyond its range, with ", profile=WIDE),
    "limit": Trip(kind="twin-single", fault="device:short after 25 ms", flag=Status.OUT_OF_BAND,
                  words=" mA through the device; the profile allows ",
                  profile={"i_max_a": 4e-4}, bench=UNKNOWN),
    "conductance": Trip(kind="twin-single", fault="device:open after 25 ms",
                        flag=Status.OUT_OF_BAND, words="; the profile has 3.333 uS to 200 uS"),
    "drift": Trip(kind="twin-smu", fault="device:open after 195 ms", flag=Status.OUT_OF_BAND,
                  words=" before, with no program in between", profile=WIDE),
}


IN_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from memrig.hil.cli import main
sys.exit(main())
"""
"""The command with its standard input as what controls it."""


class Room:
    """A laboratory with a fault, and what its runs left behind."""

    def __init__(self, trip: Trip, lab: Callable[..., Any], memrig: Callable[..., Any],
                 folder: Path) -> None:
        twin = {"seed": 1, "device": {"kind": "resistor", "ohm": OHM}, "faults": [trip.fault]}
        bench = {"bench": trip.bench} if trip.bench else {}
        self.lab = lab(trip.kind, change={"twin": twin, **bench})
        self._memrig = memrig
        self.profile, self.store = folder / "profile.toml", folder / "memrig.sqlite"
        dataclasses.replace(OWN, **(trip.profile or {})).save(self.profile)

    def run(self, *more: str) -> Any:
        return self._memrig("run", *PULSES, "--bench", self.lab.file, "--profile",
                            self.profile, "--seed", "1", *more)

    @property
    def stored(self) -> StoredRun:
        with Store.open(self.store) as store:
            return store.load()

    @property
    def flags(self) -> int:
        """All flags of all points, together."""
        found = 0
        for record in self.stored.records():
            for place in record.blocks():
                for flag in record.trace(*place).status.tolist():
                    found |= flag
        return found


@pytest.fixture
def room(lab: Any, memrig: Any, folder: Path) -> Callable[[Trip], Room]:
    """A laboratory with a fault, whose time has not come yet."""
    return lambda trip: Room(trip, lab, memrig, folder)


def others(name: str) -> list[str]:
    """All other guards let the run go on."""
    return [f"--guard={one}=continue" for one in TRIPS if one != name]


def test_the_hardware_holds_the_profiles_limit_when_the_device_is_shorted(
    room: Callable[[Trip], Room]
) -> None:
    """The bench file allows 10 mA, the profile 2 mA; until the limit answers, the current is beyond
    the range that it is measured on."""
    here = room(Trip(kind="twin-smu", fault="device:short after 440 ms", words="",
                     flag=Status.COMPLIANCE))
    done = here.run(*others("compliance"))
    assert done.code == DONE, done.err
    traces = [record.trace(*place) for record in here.stored.records()
              for place in record.blocks()]
    held_a = [abs(trace.i_a[(trace.status & int(Status.OVERRANGE)) == 0]) for trace in traces]
    highest_a = max(float(one.max(initial=0.0)) for one in held_a)
    assert 0.9 * OWN.i_max_a < highest_a < 1.01 * OWN.i_max_a
    assert here.flags & int(Status.COMPLIANCE)


@pytest.mark.parametrize("name", TRIPS)
def test_every_guard_by_every_policy(name: str, room: Callable[[Trip], Room]) -> None:
    trip, whole = TRIPS[name], 0
    for policy in ("continue", "stop", "ask"):
        here = room(trip)
        done = here.run(*others(name), f"--guard={name}={policy}")
        assert done.code in {DONE, GUARDED}, done.err
        run = here.stored
        assert not here.lab.world.outputs_on
        assert here.flags & int(trip.flag), policy
        (alert,) = (one for one in run.alerts if one.guard == name)
        assert trip.words in str(alert)
        assert alert.points > 0
        assert run.header.guards[name] == policy
        if policy == "continue":
            whole = len(run.records())
            assert (done.code, run.status) == (DONE, "finished")
            assert f"memrig: guard {name}: {alert.seen}" in done.err
            continue
        assert (done.code, run.status) == (GUARDED, "stopped")
        nobody = ", nobody was there to be asked" if policy == "ask" else ""
        assert run.message == f"{alert}{nobody}; the outputs are off, the data are kept"
        assert len(run.records()) <= whole


@pytest.mark.parametrize("kind", ["twin-single", "twin-smu"])
@pytest.mark.parametrize("fault", ["open", "short"])
def test_a_device_that_fails_in_mid_run_ends_it_by_default(
    kind: str, fault: str, room: Callable[[Trip], Room]
) -> None:
    here = room(Trip(kind=kind, fault=f"device:{fault} after 400 ms", words="",
                     flag=Status.OUT_OF_BAND))
    done = here.run("-p", "count=10")
    run = here.stored
    assert (done.code, run.status) == (GUARDED, "stopped"), done
    assert not here.lab.world.outputs_on
    assert here.flags & int(Status.OUT_OF_BAND)
    assert len(run.records()) > 1


# --- somebody is asked


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX systems")
@pytest.mark.parametrize(("typed", "code", "status"), [
    ("y", DONE, "finished"), ("n", GUARDED, "stopped"), ("\x03", STOPPED, "stopped")])
def test_a_question_at_a_terminal(
    typed: str, code: int, status: str, folder: Path
) -> None:
    """In a terminal of its own, where Ctrl-C is a signal."""
    ours, theirs = os.openpty()
    dataclasses.replace(OWN, r_max_ohm=6e3).save(folder / "profile.toml")
    asked = [sys.executable, "-c", IN_TERMINAL, "run", "pulse-series", "-p", "count=1",
             "--profile", "profile.toml", "--guard", "conductance=ask", "--seed", "1", "--json"]
    with subprocess.Popen(asked, cwd=folder, stdin=theirs, stderr=theirs, text=True,
                          stdout=subprocess.PIPE, start_new_session=True) as child:
        os.close(theirs)
        said = b""
        while b"Go on? y or n" not in said:
            said += os.read(ours, 4096)
        os.write(ours, f"{typed}\n".encode())
        out, _ = child.communicate(timeout=WAIT_S)
    os.close(ours)
    assert b"guard conductance: a conductance of 37.47 uS" in said
    assert child.returncode == code
    assert json.loads(out)["status"] == status


def test_the_guardian_waits_for_an_answer_as_long_as_the_run(
    lab: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In real time, with the outputs on at 0 V, for longer than anybody may be silent."""
    monkeypatch.setattr(guardian, "SILENT_S", 0.6)
    bench = lab("twin-smu")
    held: list[bool] = []

    def ask(question: Question) -> None:
        def answer() -> None:
            SystemClock().sleep(1.5)
            held.append(bench.world.outputs_on)
            question.answer(go_on=True)

        threading.Thread(target=answer).start()

    with open_description(description_of(str(bench.file)), Calibration()) as opened:
        done = execute(load("protocols", "pulse-series")(count=1), opened, ask=ask, seed=1,
                       profile=dataclasses.replace(OWN, r_max_ohm=6e3),
                       guards=Guards(conductance="ask"))
    assert (done.status, held, untold()) == ("finished", [True], [])
    assert not bench.world.outputs_on
