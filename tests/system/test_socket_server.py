"""Simulated instruments over real loopback sockets."""

from __future__ import annotations

import socket
import threading

import pytest

from memrig.sim.twin.scpi import Scpi
from memrig.sim.twin.server import serve
from memrig.sim.twin.table import Command, Data


class Memory:
    """Keeps one block."""

    def __init__(self) -> None:
        self.data = b""
        self.commands = [Command("DATA", (Data(),), lambda _, v: setattr(self, "data", v),
                                 lambda _: self.data)]

    def reset(self) -> None:
        self.data = b""

    def trigger(self) -> None:
        raise AssertionError("nothing here triggers")


def received(peer: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += peer.recv(count - len(data))
    return data


def test_blocks_with_newlines_survive_and_counters_count() -> None:
    payload = bytes(range(256)) * 40
    with serve({"memory": Scpi(Memory(), "Maker,Memory,1,1")}) as servers:
        server = servers["memory"]
        with socket.create_connection(("127.0.0.1", server.port)) as peer:
            peer.sendall(b"DATA #510240" + payload + b"\nDATA?\n")
            assert received(peer, 7 + len(payload) + 1) == b"#510240" + payload + b"\n"
        assert server.counters.messages == 2
        assert server.counters.bytes_in == len(payload) + len(b"DATA #510240") + len(b"\nDATA?\n")
    assert not [t for t in threading.enumerate() if t.name.startswith("memrig-twin")]


def test_two_clients_share_one_instrument() -> None:
    with serve({"memory": Scpi(Memory(), "Maker,Memory,1,1")}) as servers:
        where = ("127.0.0.1", servers["memory"].port)
        with socket.create_connection(where) as one, socket.create_connection(where) as other:
            one.sendall(b"DATA #13abc\n*OPC?\n")
            assert received(one, 2) == b"1\n"
            other.sendall(b"DATA?\n")
            assert received(other, 7) == b"#13abc\n"


def test_a_port_that_is_taken_is_an_error() -> None:
    instrument = Scpi(Memory(), "Maker,Memory,1,1")
    with serve({"memory": instrument}) as servers:
        port = servers["memory"].port
        second = serve({"memory": instrument}, {"memory": port})
        with pytest.raises(OSError, match="in use"), second:
            pass
