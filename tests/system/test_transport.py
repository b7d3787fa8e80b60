"""The transport against real loopback sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from memrig.drivers.transport import Transport
from memrig.hil.clock import VirtualClock
from memrig.hil.errors import BenchError, LinkError, WrongInstrumentError
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
    transport = Transport(server.resource, name="memory", clock=VirtualClock())
    yield transport
    transport.close()


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
    with pytest.raises(LinkError, match=f"awg: nothing answers at TCPIP0::127.0.0.1::{port}"):
        Transport(f"TCPIP0::127.0.0.1::{port}::SOCKET", name="awg", clock=VirtualClock())


def test_a_peer_that_goes_away_is_a_dead_link(server: SocketServer) -> None:
    wire = Transport(server.resource, name="memory", clock=VirtualClock())
    server.close()
    with pytest.raises(LinkError, match="the link failed"):
        for _ in range(3):
            wire.query("*IDN?")
    wire.close()


def test_a_peer_that_is_silent_is_told_from_a_dead_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        wire = Transport(f"TCPIP0::127.0.0.1::{port}::SOCKET", name="smu", clock=VirtualClock())
        with pytest.raises(LinkError, match="did not answer within 0.5 s"):
            wire.query("*IDN?", deadline_s=0.5)
        wire.close()
