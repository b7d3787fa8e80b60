"""Clocks: real, virtual, and the virtual clock of a twin in another process."""

from __future__ import annotations

import socket
import threading

import pytest

from memrig.hil.clock import RemoteClock, SystemClock, VirtualClock
from memrig.hil.errors import LinkError, RequestError
from memrig.sim.twin.clock_port import ClockPort
from memrig.sim.twin.server import serve

CLOCKS = ("system", "virtual", "remote")


@pytest.fixture
def served():
    """A virtual clock and its port."""
    clock = VirtualClock()
    with serve({"clock": ClockPort(clock)}) as servers:
        yield clock, servers["clock"]


@pytest.fixture(params=CLOCKS)
def clock(request, served):
    if request.param == "system":
        yield SystemClock()
    elif request.param == "virtual":
        yield VirtualClock()
    else:
        remote = RemoteClock(f"127.0.0.1:{served[1].port}")
        yield remote
        remote.close()


def test_sleeping_lets_at_least_so_much_time_pass(clock):
    before_s = clock.now_s
    assert clock.sleep(0.002) is False
    assert clock.now_s - before_s >= 0.002 * (1 - 1e-9)


def test_a_stop_that_is_set_already_wins(clock):
    stop = threading.Event()
    stop.set()
    before_s = clock.now_s
    assert clock.sleep(3600.0, stop) is True
    assert clock.now_s - before_s < 60.0


@pytest.mark.parametrize("duration_s", [-1.0, float("inf"), float("nan")])
def test_a_wait_that_cannot_be_is_refused(clock, duration_s):
    with pytest.raises(RequestError, match="it must be finite and not negative"):
        clock.sleep(duration_s)


def test_a_remote_clock_is_the_twin_s_clock_to_the_last_bit(served):
    clock, server = served
    remote = RemoteClock(f"127.0.0.1:{server.port}")
    clock.sleep(1 / 3)
    remote.sleep(1e-9)
    remote.sleep(1e6)
    assert remote.now_s == clock.now_s == 1 / 3 + 1e-9 + 1e6
    remote.close()


def test_when_the_twin_is_gone_waiting_fails_but_the_time_is_still_told(served):
    clock, server = served
    clock.sleep(7.0)
    remote = RemoteClock(f"127.0.0.1:{server.port}")
    server.close()
    assert remote.now_s == 7.0  # whoever switches outputs off asks for the time
    with pytest.raises(LinkError, match="is 'memrig twin serve' still running"):
        remote.sleep(1.0)
    remote.close()


def test_an_address_without_a_clock_is_said():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(LinkError, match=f"no clock of a twin answers at 127.0.0.1:{port}"):
        RemoteClock(f"127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.0.0.1:", ":5025", "127.0.0.1:clock"])
def test_an_address_that_is_none_is_said(address):
    with pytest.raises(RequestError, match="has no port"):
        RemoteClock(address)


def test_something_else_at_the_address_is_no_clock():
    class Instrument:
        def execute(self, message: bytes) -> bytes:
            return b"Maker,Model,1,1\n"

    with serve({"other": Instrument()}) as servers, \
            pytest.raises(LinkError, match="no clock of a twin answers"):
        RemoteClock(f"127.0.0.1:{servers['other'].port}")


@pytest.mark.parametrize(("line", "answer"), [
    (b"NOW?\n", b"5.0\n"), (b"now?\r\n", b"5.0\n"), (b"SLEEP 2\n", b"7.0\n"),
    (b"SLEEP -1\n", b"ERROR a wait of -1.0 s was asked; it must be finite and not negative\n"),
    (b"SLEEP\n", b"ERROR could not convert string to float: ''\n"),
    (b"\xff\n", b"ERROR NOW? or SLEEP seconds is needed\n"),
])
def test_the_lines_of_the_port(line, answer):
    assert ClockPort(VirtualClock(5.0)).execute(line) == answer
