"""Simulated instruments on loopback: one TCP port each, as a LAN instrument's raw socket."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from memrig.sim.twin.scpi_exchange import Framer

LOOPBACK = "127.0.0.1"
RECEIVE = 1 << 20


class Served(Protocol):
    """What a port serves: an instrument, or the clock."""

    def execute(self, message: bytes) -> bytes:
        """Carry out one message; its answer with a newline, or nothing."""
        ...


@dataclass(slots=True)
class Counters:
    """Traffic of one instrument, as its socket saw it."""

    messages: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class SocketServer:
    """One instrument on a port of its own, for any number of connections.

    A raw socket has no END: messages end at a newline outside a block, and replies of queries
    that nobody reads queue up.

    :param admits: asked for every connection whether it is taken, or cut at once.
    """

    def __init__(
        self, instrument: Served, port: int = 0, admits: Callable[[], bool] = lambda: True
    ) -> None:
        self.instrument, self.counters, self._admits = instrument, Counters(), admits
        self._listener = socket.create_server((LOOPBACK, port))
        self._peers: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closed = False
        self._start(self._accept)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def resource(self) -> str:
        """Its VISA resource name."""
        return f"TCPIP0::{LOOPBACK}::{self.port}::SOCKET"

    def close(self) -> None:
        """End every connection and wait for the threads."""
        with self._lock:
            self._closed = True
            peers = list(self._peers)
        for one in (self._listener, *peers):
            # A thread that waits in accept or recv wakes by shutdown, not by close.
            _shut(one)
        with suppress(OSError):  # only Linux wakes an accept by shutdown; others need a caller
            socket.create_connection((LOOPBACK, self.port), timeout=1.0).close()
        for thread in list(self._threads):
            thread.join()
        self._listener.close()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True,  # type: ignore[arg-type]  # a callable
                                  name=f"memrig-twin-{self.port}")
        thread.start()
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._closed:
                    peer.close()
                    return
                self._peers.add(peer)
            if not self._admits():
                self._refuse(peer)
                continue
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._converse, peer)

    def _refuse(self, peer: socket.socket) -> None:
        with self._lock:
            self._peers.discard(peer)
        # Without lingering it is a reset, as by an instrument that has no link left.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    def _converse(self, peer: socket.socket) -> None:
        framer = Framer()
        with peer:
            try:
                while data := peer.recv(RECEIVE):
                    self.counters.bytes_in += len(data)
                    for message in framer.feed(data):
                        self._answer(peer, message)
            except OSError:
                pass  # the client is gone; its instrument stays as it is
            finally:
                with self._lock:
                    self._peers.discard(peer)

    def _answer(self, peer: socket.socket, message: bytes) -> None:
        self.counters.messages += 1
        reply = self.instrument.execute(message)
        if reply:
            self.counters.bytes_out += len(reply)
            peer.sendall(reply)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):  # not connected, or gone already
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def serve(
    instruments: Mapping[str, Served], ports: Mapping[str, int] | None = None,
    admits: Mapping[str, Callable[[], bool]] | None = None,
) -> Iterator[dict[str, SocketServer]]:
    """Serve instruments by role until left.

    :param ports: fixed ports by role; free ones otherwise.
    :param admits: whether a new connection is taken, by role; always otherwise.
    """
    servers: dict[str, SocketServer] = {}
    try:
        for role, instrument in instruments.items():
            servers[role] = SocketServer(instrument, (ports or {}).get(role, 0),
                                         (admits or {}).get(role, lambda: True))
        yield servers
    finally:
        for server in servers.values():
            server.close()
