"""The transport against real loopback sockets."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import numpy as np
import pytest

from memrig.drivers import transport
from memrig.drivers.transport import Transport
from memrig.hil.clock import VirtualClock
from memrig.hil.errors import BenchError, LinkError, StoppedError, WrongInstrumentError
from memrig.sim.twin.scpi import Scpi
from memrig.sim.twin.server import SocketServer, serve
from memrig.sim.twin.table import Command, Data, Number


class Memory:
    """Keeps one block and a number."""

    def __init__(self) -> None:
        self.data, self.volts = b"", 0.0
        self.commands = [
            Command("DATA", (Data(),), lambda _, v: setattr(self, "data", v),
                    lambda _: self.data),
            Command("VOLTage", (Number(low=-1, high=1, unit="V"),),
                    lambda _, v: setattr(self, "volts", v), lambda _: f"{self.volts}"),
        ]

    def reset(self) -> None:
        self.data = b""

    def trigger(self) -> None:
        raise AssertionError("nothing here triggers")


@pytest.fixture
def server() -> Iterator[SocketServer]:
    with serve({"memory": Scpi(Memory(), "Maker,Memory 1,SN1,1.0")}) as servers:
        yield servers["memory"]


@pytest.fixture
def wire(server: SocketServer) -> Iterator[Transport]:
    found = Transport(server.resource, name="memory", clock=VirtualClock())
    yield found
    found.close()


def test_text_and_blocks(wire: Transport) -> None:
    codes = np.arange(-5000, 5000, dtype=">i2")
    wire.write("*CLS")
    wire.write_block("DATA ", codes.tobytes())
    assert np.array_equal(wire.query_block("DATA?", ">i2"), codes)
    wire.write("VOLT 0.5")
    assert float(wire.query("VOLT?")) == 0.5
    wire.check("a voltage")


def test_the_error_queue_becomes_a_sentence(wire: Transport) -> None:
    wire.write("*CLS")
    wire.write("VOLT 5")
    wire.write("BOGUS")
    with pytest.raises(BenchError) as caught:
        wire.check("a voltage of 5 V")
    assert "memory" in str(caught.value)
    assert str(caught.value).endswith(
        "refused a voltage of 5 V: -222 Data out of range; -113 Undefined header"
    )


def test_traffic_is_counted_and_written_down(wire: Transport, server: SocketServer) -> None:
    wire.query("*IDN?")
    assert wire.counters.messages == server.counters.messages == 1
    assert wire.counters.bytes_out == server.counters.bytes_in == 6
    assert wire.counters.bytes_in == server.counters.bytes_out
    assert [(name, direction, text) for _, name, direction, text in wire.take_transcript()] == [
        ("memory", ">", "*IDN?"), ("memory", "<", "Maker,Memory 1,SN1,1.0"),
    ]
    assert wire.take_transcript() == []


def test_another_instrument_is_named(wire: Transport) -> None:
    assert wire.identify("Memory 1", r"Memory 1").startswith("Maker")
    with pytest.raises(WrongInstrumentError, match="memory: a Memory 2 was expected at TCPIP0"):
        wire.identify("Memory 2", r"Memory 2")


def test_a_dead_socket_is_named_quickly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    resource = f"TCPIP0::127.0.0.1::{port}::SOCKET"
    with pytest.raises(LinkError) as caught:
        Transport(resource, name="awg", clock=VirtualClock())
    assert str(caught.value).startswith(f"awg: nothing answers at {resource} (")
    assert "refused" in str(caught.value)
    assert str(caught.value).endswith("; check power, cable and address; nothing was sent")


def test_a_peer_that_goes_away_is_a_dead_link(server: SocketServer) -> None:
    wire = Transport(server.resource, name="memory", clock=VirtualClock())
    server.close()
    with pytest.raises(LinkError, match="the link failed"):
        wire.query("*IDN?")
    wire.close()


@contextmanager
def peer(*conversations: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a peer that holds one conversation per connection."""

    def serve_all() -> None:
        for one in conversations:
            with suppress(OSError):  # the client has gone
                wire, _ = listener.accept()
                with wire:
                    one(wire)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_all)
        thread.start()
        yield f"TCPIP0::127.0.0.1::{listener.getsockname()[1]}::SOCKET"
        thread.join()


class Impatience(threading.Event):
    """Learns that the transport waited in vain, and lets it go on waiting."""

    def is_set(self) -> bool:
        self.set()
        return False


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT_S", 0.02)
    monkeypatch.setattr(transport, "DEADLINE_S", 0.1)


@pytest.mark.usefixtures("hasty")
def test_a_peer_that_is_silent_is_told_from_a_dead_one() -> None:
    with peer(_until_closed) as resource:
        wire = Transport(resource, name="smu", clock=VirtualClock())
        with pytest.raises(LinkError) as caught:
            wire.query("*IDN?", deadline_s=0.1)
        assert str(caught.value) == (
            f"smu ({resource}) did not answer within 0.1 s; "
            "check that it is on, and that no other program holds it"
        )
        wire.close()


def _until_closed(wire: socket.socket) -> None:
    while wire.recv(4096):
        pass


@pytest.mark.usefixtures("hasty")
def test_a_stop_is_heard_while_waiting() -> None:
    stop = threading.Event()
    stop.set()
    with peer(_until_closed) as resource:
        wire = Transport(resource, name="smu", clock=VirtualClock())
        with pytest.raises(StoppedError, match="smu: stopped while waiting for an answer"):
            wire.query("*IDN?", deadline_s=1e6, stop=stop)
        wire.close()


@pytest.mark.usefixtures("hasty")
def test_an_answer_may_come_in_pieces_and_late() -> None:
    waited = Impatience()

    def stammer(wire: socket.socket) -> None:
        wire.recv(100)
        wire.sendall(b"+1.")
        waited.wait(10.0)
        wire.sendall(b"5\n")
        _until_closed(wire)

    with peer(stammer) as resource:
        wire = Transport(resource, name="smu", clock=VirtualClock())
        assert wire.query("VOLT?", deadline_s=10.0, stop=waited) == "+1.5"
        wire.close()


@pytest.mark.usefixtures("hasty")
def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    given_up = threading.Event()

    def late(wire: socket.socket) -> None:
        wire.recv(100)
        given_up.wait(10.0)
        wire.sendall(b"late\n")

    def prompt(wire: socket.socket) -> None:
        wire.recv(100)
        wire.sendall(b"right\n")

    with peer(late, prompt) as resource:
        wire = Transport(resource, name="smu", clock=VirtualClock())
        with pytest.raises(LinkError, match="did not answer within"):
            wire.query("VOLT?", deadline_s=0.02)
        given_up.set()
        assert wire.query("CURR?") == "right"
        wire.close()


@pytest.mark.usefixtures("hasty")
def test_a_peer_that_hangs_up_is_dead_at_once() -> None:
    with peer(lambda wire: wire.recv(100)) as resource:
        wire = Transport(resource, name="smu", clock=VirtualClock())
        with pytest.raises(LinkError, match="the link failed"):
            wire.query("*IDN?", deadline_s=1e6)
        wire.close()


@pytest.mark.usefixtures("hasty")
def test_a_peer_that_does_not_read_ends_an_upload() -> None:
    done = threading.Event()
    with peer(lambda _: done.wait(10.0)) as resource:
        wire = Transport(resource, name="awg", clock=VirtualClock())
        with pytest.raises(LinkError, match="the link failed"):
            wire.write_block("DATA ", bytes(1 << 25))
        wire.close()
        done.set()


def test_blocks_stand_in_the_transcript_by_their_digest(wire: Transport) -> None:
    data = bytes(range(256)) * 40
    digest = hashlib.sha256(data).hexdigest()[:16]
    wire.write_block("DATA ", data)
    wire.query_block("DATA?", "u1")
    assert [text for *_, text in wire.take_transcript()] == [
        f"DATA <block 10240 bytes sha256 {digest}>", "DATA?",
        f"<block 10240 bytes sha256 {digest}>",
    ]


def test_links_are_closed_one_by_one() -> None:
    instruments = {role: Scpi(Memory(), f"Maker,{role},1,1") for role in ("awg", "smu")}
    with serve(instruments) as servers:
        links = {role: Transport(one.resource, name=role, clock=VirtualClock())
                 for role, one in servers.items()}
        links["awg"].close()
        links["awg"].close()
        assert "smu" in links["smu"].query("*IDN?")
        with pytest.raises(LinkError):
            Transport("TCPIP0::127.0.0.1::1::SOCKET", name="scope", clock=VirtualClock())
        assert "smu" in links["smu"].query("*IDN?")
        links["smu"].close()


def test_an_answer_that_is_no_block_is_out_of_step(wire: Transport) -> None:
    with pytest.raises(LinkError, match=r"answered b'Ma' to '\*IDN\?': out of step"):
        wire.query_block("*IDN?", "u1")
    assert wire.query("VOLT?") == "0.0"


@pytest.mark.usefixtures("hasty")
def test_switching_off_does_not_wait_for_an_answer() -> None:
    """It goes out at once, and once more past the question that may hold it up."""
    asked, heard = threading.Event(), []

    def busy(wire: socket.socket) -> None:
        wire.recv(100)
        asked.set()
        heard.append(wire.recv(100))
        _until_closed(wire)

    def free(wire: socket.socket) -> None:
        heard.append(wire.recv(100))
        _until_closed(wire)

    with peer(busy, free) as resource:
        wire = Transport(resource, name="smu", clock=VirtualClock())
        caught: list[Exception] = []

        def ask() -> None:
            try:
                wire.query("READ?", deadline_s=1e6)
            except StoppedError as error:
                caught.append(error)

        worker = threading.Thread(target=ask)
        worker.start()
        assert asked.wait(10.0)
        wire.write_anyway("OUTP 0")
        worker.join()
        wire.close()
    assert heard == [b"OUTP 0\n", b"OUTP 0\n"]
    assert [str(error) for error in caught] == [
        "smu: gave up waiting for an answer, to switch off"]


@pytest.mark.usefixtures("hasty")
def test_switching_off_is_not_swallowed_by_a_block_that_was_cut_off() -> None:
    heard, give_up = [], threading.Event()

    def listen(wire: socket.socket) -> None:
        heard.append(wire.recv(100))
        _until_closed(wire)

    with peer(lambda _: give_up.wait(10.0), listen) as resource:
        wire = Transport(resource, name="awg", clock=VirtualClock())
        with pytest.raises(LinkError, match="the link failed"):
            wire.write_block("DATA ", bytes(1 << 25))
        give_up.set()
        wire.write_anyway("OUTP 0")
        wire.close()
    assert heard == [b"OUTP 0\n"]


@pytest.mark.usefixtures("hasty")
def test_switching_off_says_each_time_that_nobody_is_there(
    server: SocketServer, wire: Transport
) -> None:
    server.close()
    with pytest.raises(LinkError, match=r"the link failed|nothing answers"):
        wire.query("*IDN?")
    for _ in range(3):
        with pytest.raises(LinkError, match="nothing answers"):
            wire.write_anyway("OUTP 0")


@contextmanager
def answering(*answers: bytes) -> Iterator[Transport]:
    """A link to a peer that answers one question per connection."""

    def speak(answer: bytes) -> Callable[[socket.socket], None]:
        def conversation(wire: socket.socket) -> None:
            wire.recv(100)
            wire.sendall(answer)
            _until_closed(wire)
        return conversation

    with peer(*map(speak, answers)) as resource, \
            closing(Transport(resource, name="smu", clock=VirtualClock())) as wire:
        yield wire


def test_a_second_line_is_never_taken_for_the_next_answer() -> None:
    with answering(b"1\n0\n", b"2\n") as wire:
        assert wire.query("FIRST?") == "1"
        assert wire.query("SECOND?") == "2"


def test_a_block_of_an_impossible_length_is_not_waited_for() -> None:
    with answering(b"#9999999999") as wire, pytest.raises(LinkError, match="out of step"):
        wire.query_block("DATA?", "<f8")


@pytest.mark.usefixtures("hasty")
def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LINE_MAX", 1000)
    with answering(b"x" * 5000) as wire, pytest.raises(LinkError, match="out of step"):
        wire.query("*IDN?")


@pytest.mark.usefixtures("hasty")
def test_an_answer_that_comes_byte_by_byte_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CRUMBS_MAX", 3)

    def dribble(wire: socket.socket) -> None:
        wire.recv(100)
        with suppress(OSError):  # the client has gone
            while True:
                wire.sendall(b"x")
                given_up.wait(0.05)

    given_up = threading.Event()
    with peer(dribble) as resource, \
            closing(Transport(resource, name="smu", clock=VirtualClock())) as wire, \
            pytest.raises(LinkError, match="out of step"):
        wire.query("*IDN?")


@pytest.mark.parametrize("answer", ["1", "1;2;3", "1;x", "1;nan", "1;-inf", ""])
def test_numbers_are_as_many_as_were_asked_for_and_finite(answer: str) -> None:
    with answering(answer.encode() + b"\n") as wire, pytest.raises(LinkError) as caught:
        wire.numbers("A?;B?", 2)
    assert str(caught.value).endswith(f"answered {answer.encode()!r} to 'A?;B?': out of step")
