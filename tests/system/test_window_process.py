"""The window in a process of its own, ended in mid-run in every way that leaves it a last word.

``kill -9`` leaves it none: its guardian switches the outputs off, what had been completed is
stored, and the run is marked interrupted.

The second half of this file is the process: the program, with a hand on its window.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QTimer, qFatal
from PySide6.QtWidgets import QApplication

from memrig.gui import app
from memrig.gui.ends import Ends
from memrig.gui.window import Window
from memrig.hil.events import RecordFinished
from memrig.hil.store import Store

STOPPED, WAIT_S = 130, 120.0
STORE = "memrig.sqlite"
Start = Callable[..., subprocess.Popen[str]]

pytestmark = [pytest.mark.usefixtures("qt"), pytest.mark.skipif(
    sys.platform == "win32", reason="signals of POSIX systems")]


@pytest.fixture
def window(program: Start) -> Start:
    """Start the program with a hand that runs a long series; what is left of it is killed."""
    return partial(program, sys.executable, __file__)


def the_run(folder: Path) -> Any:
    with Store.open(folder / STORE) as store:
        (one,) = store.runs()
        return store.load(one.run_id)


def assert_kept(run: Any, status: str) -> None:
    """Its first steps are there, and all but the last of them whole."""
    assert run.status == status
    records = list(dict(run.numbered()).values())
    assert len(records) > 1
    assert not any(record.cut_short for record in records[:-1])


def log_of(folder: Path) -> str:
    return (folder.parent / "state" / "log" / "memrig.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_switches_off_and_keeps_the_data(
    window: Start, lab: Any, folder: Path, number: signal.Signals
) -> None:
    bench = lab()
    bench.when(lambda lab: lab.fired == 9, lambda: child.send_signal(number))
    child = window(bench.file, "goes-on")
    _, said = child.communicate(timeout=WAIT_S)
    assert (child.returncode, said) == (STOPPED, "memrig: stopped; the data are kept\n")
    assert set(bench.closed) == {"top_drive", "bottom_drive"}
    assert not bench.world.outputs_on
    assert_kept(the_run(folder), "stopped")
    assert f"ended by {number.name}" in log_of(folder)


@pytest.mark.parametrize("then", ["closes", "logs-out"])
def test_an_end_from_the_desktop_switches_off_and_keeps_the_data(
    window: Start, lab: Any, folder: Path, then: str
) -> None:
    bench = lab()
    child = window(bench.file, then)
    child.communicate(timeout=WAIT_S)
    assert child.returncode == 0
    assert set(bench.closed) == {"top_drive", "bottom_drive"}
    assert not bench.world.outputs_on
    assert_kept(the_run(folder), "stopped")


def test_an_error_in_a_slot_stops_the_run_and_leaves_a_usable_window(
    window: Start, lab: Any, folder: Path
) -> None:
    bench = lab()
    child = window(bench.file, "fails")
    out, said = child.communicate(timeout=WAIT_S)
    assert (child.returncode, said) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("✕ ZeroDivisionError: an error in a slot · ")
    assert lines[0].endswith("whatever ran is stopped")
    assert lines[1:] == ["copied: ZeroDivisionError: an error in a slot",
                         "a read afterwards: finished"]
    assert not bench.world.outputs_on
    with Store.open(folder / STORE) as store:
        assert [run.status for run in store.runs()] == ["stopped", "finished"]
    assert "Traceback" in log_of(folder)
    assert "ZeroDivisionError: an error in a slot" in log_of(folder)


def test_what_qt_says_is_logged_and_an_abort_switches_off_first(
    window: Start, lab: Any, folder: Path
) -> None:
    bench = lab()
    child = window(bench.file, "aborts")
    child.communicate(timeout=WAIT_S)
    assert child.returncode == -signal.SIGABRT
    assert not bench.world.outputs_on
    assert "memrig.qt: this is the end" in log_of(folder)
    crashes = folder.parent / "state" / "log" / "crash.log"
    assert "Aborted" in crashes.read_text(encoding="utf-8")
    assert len(dict(the_run(folder).numbered())) > 1


def test_when_it_is_killed_the_outputs_go_off_and_what_had_been_completed_is_stored(
    window: Start, lab: Any, folder: Path
) -> None:
    bench = lab()
    bench.when(lambda lab: lab.fired == 9, lambda: child.send_signal(signal.SIGKILL))
    child = window(bench.file, "goes-on")
    out, said = child.communicate(timeout=WAIT_S)  # its guardian has this terminal, too
    assert child.returncode == -signal.SIGKILL
    assert set(bench.closed) == {"top_drive", "bottom_drive"}
    assert not bench.world.outputs_on
    assert said == ("memrig: the guardian has switched the outputs off, as confirmed: process "
                    f"{child.pid} on bench awg-scope-two has died\n")
    run = the_run(folder)
    assert run.status == "interrupted"
    records = dict(run.numbered())
    reported = [int(line.split()[1]) for line in out.splitlines()]
    assert set(reported) <= set(records)
    assert not any(records[number].cut_short for number in reported)


def test_the_command_ends_by_a_signal_when_nothing_runs(
    process: Start, lab: Any, folder: Path
) -> None:
    bench = lab()
    child = process("gui", "--fresh", "--bench", bench.file, "--store", STORE)
    bench.when(lambda lab: lab.messages > 5, lambda: child.send_signal(signal.SIGTERM))
    out, said = child.communicate(timeout=WAIT_S)
    assert (child.returncode, out, said) == (STOPPED, "", "")
    assert bench.closed == []


# --- the process ----------------------------------------------------------------------------------


class Hand:
    """Runs a long series in the first window that there is; then what it has been told.

    It looks from a timer, as the window itself does.
    """

    def __init__(self, then: str) -> None:
        self.then, self.records = then, 0
        self.steps = [self._choose, self._start]
        self.timer = QTimer()
        self.timer.setInterval(20)
        self.timer.timeout.connect(self._look)
        self.timer.start()
        self.window: Window | None = None

    def _look(self) -> None:
        found = [w for w in QApplication.topLevelWidgets() if isinstance(w, Window)]
        if not found:
            return
        self.window = found[0]
        session = self.window.session
        plan = session.plan
        if session.state == "idle" and plan is not None and plan.complete and self.steps:
            self.steps.pop(0)()

    def _choose(self) -> None:
        assert self.window is not None
        self.window.session.choose(protocol="pulse-series", texts={"count": "40"})

    def _start(self) -> None:
        assert self.window is not None
        session = self.window.session
        session.batch.connect(self._batch)
        session.run_ended.connect(self._ended)
        session.start()
        assert session.state == "running"

    def _batch(self, events: list[Any]) -> None:
        before = self.records
        for event in events:
            if isinstance(event, RecordFinished) and event.source == "bench":
                self.records += 1
                if self.then == "goes-on":
                    print("finished", event.index, flush=True)
        if before < 3 <= self.records:
            self._now()

    def _now(self) -> None:
        assert self.window is not None
        match self.then:
            case "closes":
                self.window._may_end = lambda: True  # type: ignore[method-assign]  # "Stop and quit"
                self.window.close()
            case "logs-out":
                # No session manager can be made here, and a null one is followed.
                self.window.findChild(Ends)._session_ends()
            case "fails":
                self.steps = [self._show_failure, self._close]
                raise ZeroDivisionError("an error in a slot")
            case "aborts":
                qFatal("this is the end")

    def _ended(self, ended: Any) -> None:
        if self.steps == [self._close]:  # after the read
            print("a read afterwards:", ended.run.status, flush=True)

    def _show_failure(self) -> None:
        assert self.window is not None
        failure = self.window.failure
        assert failure.isVisible()
        failure.copy.click()
        print(failure.sentence)
        print("copied:", QApplication.clipboard().text().splitlines()[-1], flush=True)
        self.window.session.touching.touch("read")

    def _close(self) -> None:
        assert self.window is not None
        self.window.close()


def run(bench: str, then: str) -> int:
    application = app.qt()
    hand = Hand(then)
    code = app.main(bench, store=STORE, fresh=True)
    hand.timer.stop()
    del application
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2]))
