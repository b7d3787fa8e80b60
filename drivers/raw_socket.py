"""Raw sockets below VISA sessions of pyvisa-py: what has come, what was given up."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from typing import Any

CHUNK = 1 << 20


def socket_of(session: Any) -> socket.socket | None:
    """The TCP socket below, where the session is a raw one of pyvisa-py."""
    sessions = getattr(session.visalib, "sessions", {})
    wire = getattr(sessions.get(session.session), "interface", None)
    return wire if isinstance(wire, socket.socket) else None


def has_more(session: Any, wait_s: float = 0.0) -> bool:
    """Whether something has come over a raw socket, or comes within a while."""
    wire = socket_of(session)
    if wire is None:
        return False
    below = session.visalib.sessions[session.session]
    if getattr(below, "_pending_buffer", b""):  # of pyvisa-py: received, not read yet
        return True
    try:
        return bool(_peeked(wire, wait_s))
    except (OSError, ValueError):  # it is dead, as sending will show
        return False


def given_up(session: Any) -> list[socket.socket]:
    """A second handle of a raw socket, on which nothing more will come. Closing the first one with
    an answer unread would tell the peer to throw away what it has not read yet."""
    wire = socket_of(session)
    if wire is None:
        return []
    try:
        second = wire.dup()
    except OSError:  # closed already
        return []
    with suppress(OSError):  # the peer is gone
        second.shutdown(socket.SHUT_WR)
    return [second]


def unread(wires: list[socket.socket], wait_s: float) -> list[socket.socket]:
    """Those that the peer has not read to their ends, after a wait for each; the others are closed.
    What the peer still answers is dropped."""
    return [wire for wire in wires if not _is_read_to_end(wire, wait_s)]


def _is_read_to_end(wire: socket.socket, wait_s: float) -> bool:
    wire.settimeout(wait_s)
    try:
        while wire.recv(CHUNK):
            pass
    except (TimeoutError, BlockingIOError):
        return False
    except OSError:  # it is gone
        pass
    wire.close()
    return True


def is_closed(wire: socket.socket) -> bool:
    """Whether the peer has closed the connection and everything it sent was read."""
    return _peeked(wire) == b""


def _peeked(wire: socket.socket, wait_s: float = 0.0) -> bytes | None:
    """The next byte, which stays; none at the end of the connection; None as long as none came."""
    readable, _, _ = select.select([wire], [], [], wait_s)
    return wire.recv(1, socket.MSG_PEEK) if readable else None
