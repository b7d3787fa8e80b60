"""A controller that dies or hangs while the outputs are on: its guardian switches them off.

The controller is a process of its own, the instruments are simulated in this one, whose truth is
looked at: when the last output relay opens, ``bench.all_off`` is set. The second half of this file
is the controller.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import pyvisa

from memrig.drivers import guardian, guardian_child
from memrig.hil.calibration import Calibration
from memrig.hil.clock import SystemClock, VirtualClock
from memrig.hil.errors import BenchError
from memrig.hil.file_lock import lock
from memrig.hil.guarding import at_work, untold, word_of
from memrig.hil.opening import description_of, open_description
from memrig.hil.shapes import rectangle
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.store import Store
from memrig.sim.twin.backend import registered
from memrig.sim.twin.twin import open_twin

WAIT_S = 60.0
SERIES = ["run", "pulse-series", "-p", "count=2", "--seed", "1"]
Start = Callable[..., subprocess.Popen[str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")


def guardians(parent: int) -> list[psutil.Process]:
    """Guardian processes of a controller that lives."""
    return [child for child in psutil.Process(parent).children()
            if "guardian_child" in " ".join(child.cmdline())]


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them end, which they do by themselves."""
    return not psutil.wait_procs(processes, timeout=WAIT_S)[1]


@pytest.fixture
def controller(program: Start) -> Start:
    """Start a controller that plays on a bench for ever; at the end it is gone."""
    return lambda bench, *words: program(sys.executable, __file__, bench.file, *words,
                                         start_new_session=True)


def the_word() -> Any:
    (word,) = untold()
    assert untold() == []  # told once
    return word


# --- killed


@pytest.mark.parametrize("moment", ["switched-on", "block", "waiting", "switching-off"])
def test_a_controller_that_is_killed_leaves_the_outputs_off(
    process: Start, lab: Any, memrig: Any, moment: str
) -> None:
    bench, watched = lab(), list[psutil.Process]()

    def kill() -> None:
        watched.extend(guardians(child.pid))
        child.kill()

    def due(bench: Any) -> bool:
        return bench.world.outputs_on and {
            "switched-on": True,
            "block": b"DATA:ARB" in bench.heard and bench.fired > 2,
            "waiting": b":AER?" in bench.heard and bench.fired > 2,
            "switching-off": b"OUTP1 0" in bench.heard,
        }[moment]

    bench.when(due, kill)
    child = process(*SERIES, "--bench", bench.file)
    _, said = child.communicate(timeout=WAIT_S)
    assert child.returncode == -signal.SIGKILL, said
    assert bench.all_off.wait(WAIT_S)
    assert len(watched) == 1
    assert gone(watched)
    assert not bench.world.outputs_on  # and nothing that was under way has undone it
    assert "the guardian has switched the outputs off, as confirmed: process " in said
    assert_told(memrig, child.pid)


def assert_told(memrig: Any, pid: int) -> None:
    """The next command says so once; the run, whose completed steps are kept, whenever asked."""
    shown = memrig("runs", "show", "--json").json
    assert shown["status"] == "interrupted"
    assert shown["guardian"].startswith(f"process {pid} on bench awg-scope-two had died; its ")
    with Store.open(Path("memrig.sqlite")) as store:
        assert store.load("last").records
    done = memrig("stop")
    assert done.err.startswith(f"memrig: process {pid} on bench awg-scope-two had died; its "
                               "guardian switched the outputs off at ")
    assert done.err.endswith(", confirmed by the instruments\n")
    assert memrig("stop").err == ""
    assert "had died; its guardian switched the outputs off" in memrig("runs", "show").out


def test_what_the_dead_had_still_sent_does_not_switch_on_again(
    controller: Start, lab: Any
) -> None:
    """An order to switch on waits in the instrument, and is carried out after the switching off."""
    bench, held = lab("twin-smu"), threading.Event()

    def dawdle() -> None:
        child.kill()
        child.wait()
        assert bench.all_off.wait(WAIT_S)
        held.set()

    def late(bench: Any) -> bool:
        return b":OUTP1 1" in bench.heard and bench.world.outputs_on

    bench.when(late, dawdle)
    child = controller(bench, "switches-on-twice")
    child.communicate(timeout=WAIT_S)
    assert held.is_set()
    assert the_word().confirmed
    assert not bench.world.outputs_on


def test_a_controller_that_ends_in_order_leaves_no_guardian_and_no_word(
    process: Start, lab: Any
) -> None:
    bench, watched = lab(), list[psutil.Process]()
    bench.when(lambda lab: lab.fired == 1, lambda: watched.extend(guardians(child.pid)))
    child = process(*SERIES, "--bench", bench.file)
    _, said = child.communicate(timeout=WAIT_S)
    assert (child.returncode, said) == (0, "")
    assert len(watched) == 1
    assert gone(watched)
    assert untold() == []


def test_signals_to_the_whole_group_leave_the_guardian_to_its_work(
    controller: Start, lab: Any
) -> None:
    bench, watched = lab(), list[psutil.Process]()

    def end() -> None:
        watched.extend(guardians(child.pid))
        os.killpg(child.pid, signal.SIGINT)
        os.kill(watched[0].pid, signal.SIGTERM)
        os.killpg(child.pid, signal.SIGKILL)

    bench.when(lambda lab: lab.fired == 2, end)
    child = controller(bench)
    child.communicate(timeout=WAIT_S)
    assert bench.all_off.wait(WAIT_S)
    assert gone(watched)
    assert the_word().confirmed


# --- hanging


def test_a_controller_that_hangs_is_switched_off_and_finds_it_out(
    controller: Start, lab: Any
) -> None:
    bench = lab()
    bench.when(lambda lab: lab.fired == 3, lambda: child.send_signal(signal.SIGSTOP))
    child = controller(bench, "silent_s=1")
    assert bench.reached.wait(WAIT_S)
    assert bench.all_off.wait(WAIT_S)
    closed = len(bench.closed)
    child.send_signal(signal.SIGCONT)
    out, _ = child.communicate(timeout=WAIT_S)
    assert out.splitlines()[-1] == (
        "BenchError: the guardian has switched the outputs off, since this program had been "
        "silent for more than 1 s; the run is ended")
    assert len(bench.closed) == closed  # nothing was switched on again
    assert not bench.world.outputs_on
    assert the_word().why == "silent"


def test_waiting_for_long_is_no_silence(lab: Any, folder: Path, monkeypatch: Any) -> None:
    """In real time, with the outputs on, for longer than anybody may be silent."""
    monkeypatch.setattr(guardian, "SILENT_S", 1.0)
    bench = lab("twin-smu", clock=SystemClock())
    with open_description(description_of(str(bench.file)), Calibration()) as opened:
        with opened.energised():
            opened.clock.sleep(2.5)
            assert bench.world.outputs_on
        assert not bench.world.outputs_on
    assert untold() == []


# --- the guardian itself


@pytest.fixture
def here(lab: Any, folder: Path) -> Iterator[tuple[Any, Any]]:
    """A laboratory, and a bench on it in this process."""
    bench = lab("twin-smu")
    with open_description(description_of(str(bench.file)), Calibration()) as opened:
        yield bench, opened


def play(opened: Any) -> None:
    stimulus = Stimulus(role=Role.PROGRAM, top=rectangle(level_v=0.5, width_s=1e-3))
    list(opened.apply(opened.prepare(stimulus), threading.Event()))


def test_a_guardian_that_is_killed_is_replaced_and_the_run_goes_on(
    here: tuple[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    bench, opened = here
    with opened.energised():
        (first,) = guardians(os.getpid())
        first.kill()
        assert opened._guardian._child.ended.wait(WAIT_S)
        play(opened)
        (second,) = guardians(os.getpid())
        assert second.pid != first.pid
        assert bench.world.outputs_on
    assert caplog.messages == [
        "the guardian process had ended or hung; another one takes its place"]
    assert not bench.world.outputs_on


def test_a_guardian_that_hangs_is_replaced(
    here: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ASK_S", "ANSWER_S", "BEAT_S"):
        monkeypatch.setattr(guardian, name, 0.01)
    bench, opened = here
    with opened.energised():
        (first,) = guardians(os.getpid())
        first.suspend()
        while first.is_running() and first.status() != psutil.STATUS_ZOMBIE:
            play(opened)
        play(opened)
        (second,) = guardians(os.getpid())
        assert second.pid != first.pid
    assert not bench.world.outputs_on


def test_without_another_guardian_the_run_is_ended(
    here: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, opened = here

    def lose_it() -> None:
        with opened.energised():
            monkeypatch.setattr(guardian.sys, "executable", "/nowhere/python")
            guardians(os.getpid())[0].kill()
            assert opened._guardian._child.ended.wait(WAIT_S)
            play(opened)

    with pytest.raises(BenchError) as caught:
        lose_it()
    assert str(caught.value) == (
        "no guardian process can be started: [Errno 2] No such file or directory: "
        "'/nowhere/python'; the run is ended, and the outputs are switched off")
    assert not bench.world.outputs_on


def test_without_a_guardian_nothing_is_switched_on(
    here: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, opened = here
    monkeypatch.setattr(guardian.sys, "executable", "/nowhere/python")
    with pytest.raises(BenchError) as caught, opened.energised():
        pass
    assert str(caught.value) == (
        "no guardian process can be started: [Errno 2] No such file or directory: "
        "'/nowhere/python'; nothing was switched on")
    assert bench.closed == []


def test_it_listens_to_nobody_and_holds_little(here: tuple[Any, Any]) -> None:
    _, opened = here
    with opened.energised():
        (one,) = guardians(os.getpid())
        links = one.net_connections()
        assert [link.raddr.port for link in links] == [
            int(opened.describe().resources["smu"].split("::")[2])]
        assert one.memory_info().rss < 40e6
    opened.close()
    assert not one.is_running()


# --- instruments that make it hard


class Hard:
    """Lets one connection at a time through to an instrument.

    :ivar refused: how many connections beside an open one were refused.
    """

    def __init__(self, port: int) -> None:
        self.port, self.open, self.refused = port, 0, 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def resource(self) -> str:
        return f"TCPIP0::127.0.0.1::{self._server.getsockname()[1]}::SOCKET"

    def _accept(self) -> None:
        while True:
            peer, _ = self._server.accept()
            if self.port == 0:
                peer.close()
                return
            if self.open:
                self.refused += 1
                peer.close()
                continue
            self.open += 1
            self._threads.append(threading.Thread(target=self._pass, args=(peer,)))
            self._threads[-1].start()

    def _pass(self, peer: socket.socket) -> None:
        with peer, socket.create_connection(("127.0.0.1", self.port)) as far:
            back = threading.Thread(target=copied, args=(far, peer))
            back.start()
            copied(peer, far)
            back.join()
        self.open -= 1

    def close(self) -> None:
        self.port = 0
        socket.create_connection(self._server.getsockname()).close()
        for one in self._threads:
            one.join()
        self._server.close()


def copied(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # one of them is gone
        while data := source.recv(1 << 16):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def hard(lab: Any) -> Iterator[tuple[Any, Hard]]:
    """A laboratory behind something that takes one connection at a time."""
    bench = lab("twin-smu")
    between = Hard(bench.servers["smu"].port)
    text = bench.file.read_text(encoding="utf-8")
    bench.file.write_text(text.replace(bench.servers["smu"].resource, between.resource),
                          encoding="utf-8")
    yield bench, between
    between.close()


def test_where_a_second_session_is_refused_it_takes_over_after_the_death(
    hard: tuple[Any, Hard], controller: Start
) -> None:
    bench, between = hard
    bench.when(lambda lab: lab.fired == 2, lambda: child.send_signal(signal.SIGKILL))
    child = controller(bench)
    _, said = child.communicate(timeout=WAIT_S)
    assert child.returncode == -signal.SIGKILL, said
    assert between.refused
    assert bench.all_off.wait(WAIT_S)
    assert the_word().confirmed


def test_what_is_not_confirmed_is_said_in_capitals_and_tried_again(
    lab: Any, controller: Start, folder: Path
) -> None:
    bench = lab("twin-smu")
    server = bench.servers["smu"]
    stubborn = server.instrument = Stubborn(server.instrument)
    bench.when(lambda lab: lab.fired == 2, lambda: child.send_signal(signal.SIGKILL))
    child = controller(bench)
    assert child.stderr is not None
    assert child.stderr.readline() == (
        f"memrig: OUTPUTS MAY STILL BE ON: process {child.pid} on bench smu-two has died, and the "
        f"guardian's switching off was NOT CONFIRMED (smu at {server.resource}: it says that an "
        "output is on); USE THE INSTRUMENTS' KEYS\n")
    assert untold() == []  # it is still at work
    assert at_work([server.resource]) == server.resource
    assert at_work([server.resource.lower().replace("tcpip0", "tcpip")]) == server.resource
    stubborn.yields = True
    _, said = child.communicate(timeout=WAIT_S)
    assert said == ("memrig: the guardian has switched the outputs off, as confirmed: process "
                    f"{child.pid} on bench smu-two has died\n")
    assert not bench.world.outputs_on
    assert at_work([server.resource]) == ""
    assert the_word().confirmed


def test_what_is_not_at_a_raw_socket_is_switched_off_through_visa(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guardian_child, "ROUNDS_S", (0.0,))
    twin = open_twin("twin-single", clock=VirtualClock())
    twin.instruments["awg"].execute(b"OUTP1 1")
    assert twin.world.outputs_on
    with registered("guarded", twin) as library:
        ward = guardian_child.Ward({
            "role": "awg", "resource": "TCPIP0::memrig::awg::INSTR", "library": library,
            "off": ["ABOR;:OUTP1 0", "OUTP1 0"], "answers": {"OUTP1?": "0"}})
        assert not ward.look()  # others may need it: not before the death
        ward.switch_off()
        pyvisa.ResourceManager(library).close()
    assert (ward.confirmed, ward.error) == (True, "")
    assert not twin.world.outputs_on


class Stubborn:
    """An instrument that stays on although told off, until it ``yields``."""

    def __init__(self, instrument: Any) -> None:
        self.instrument, self.yields = instrument, False

    def execute(self, message: bytes) -> bytes:
        if b"OUTP1 0" in message and not self.yields:
            return b""
        answer: bytes = self.instrument.execute(message)
        return answer


def test_while_a_guardian_is_at_work_nothing_is_switched_on(here: tuple[Any, Any]) -> None:
    bench, opened = here
    resource = opened.describe().resources["smu"]
    wards = {"smu": {"resource": resource, "confirmed": False, "error": ""}}
    left(1, wards=wards, ended=False, at=0.0)  # whatever the clock says
    with working(1), pytest.raises(BenchError) as caught, opened.energised():
        pass
    assert str(caught.value) == (
        f"the guardian of an earlier run is still switching off {resource}; repeat this in a few "
        "seconds; nothing was switched on")
    assert bench.closed == []


def test_a_guardian_that_has_died_at_its_work_is_told_of_and_in_nobody_s_way(
    here: tuple[Any, Any]
) -> None:
    _, opened = here
    resource = opened.describe().resources["smu"]
    wards = {"smu": {"resource": resource, "confirmed": False, "error": ""}}
    left(1, wards=wards, ended=False, confirmed=False)
    with working(1):
        assert untold() == []
        assert at_work([resource]) == resource
    assert at_work([resource]) == ""
    (word,) = untold()
    assert str(word).endswith("OUTPUTS MAY STILL BE ON; use the instruments' keys")


@contextmanager
def working(number: int) -> Iterator[None]:
    """A guardian that holds its lock."""
    file = os.open(Path(os.environ["MEMRIG_STATE"], f"guardian-{number}.json.working"),
                   os.O_RDWR | os.O_CREAT)
    try:
        assert lock(file)
        yield
    finally:
        os.close(file)


def left(number: int, **more: Any) -> None:
    """A word such as a guardian leaves."""
    state = Path(os.environ["MEMRIG_STATE"])
    state.mkdir(parents=True, exist_ok=True)
    said = {"bench": "b", "pid": 7, "why": "silent", "at": time.time(), "ended": True,
            "confirmed": True, "wards": {}, **more}
    (state / f"guardian-{number}.json").write_text(json.dumps(said), encoding="utf-8")


def test_a_word_is_found_by_its_run_and_nothing_else_is(folder: Path) -> None:
    left(1)
    left(3, confirmed=False, wards={"awg": {"resource": "R", "confirmed": False, "error": "late"}})
    Path(os.environ["MEMRIG_STATE"], "guardian-2.json").write_text("{", encoding="utf-8")
    assert word_of({}) is None
    assert word_of({"guardian": "../here/guardian-1.json"}) is None
    assert word_of({"guardian": 5}) is None
    assert str(word_of({"guardian": "guardian-1.json"})).startswith(
        "process 7 on bench b did not answer any more; its guardian switched the outputs off at ")
    assert str(word_of({"guardian": "guardian-3.json"})).endswith(
        ", NOT CONFIRMED by awg at R: OUTPUTS MAY STILL BE ON; use the instruments' keys")
    assert len(untold()) == 2
    assert word_of({"guardian": "guardian-1.json"}) is not None


# --- the process ----------------------------------------------------------------------------------


def run(file: str, *words: str) -> None:
    for word in words:
        if word.startswith("silent_s="):
            guardian.SILENT_S = float(word.partition("=")[2])
    with open_description(description_of(file), Calibration()) as bench, bench.energised():
        if "switches-on-twice" in words:
            bench.energise()
        while True:
            play(bench)


if __name__ == "__main__":
    try:
        run(*sys.argv[1:])
    except BenchError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
