"""How messages reach a simulated instrument: with END (message based) or as a stream of bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memrig.sim.twin.scpi import Scpi
from memrig.sim.twin.scpi_status import MSS
from memrig.sim.twin.scpi_text import ScpiError

HEAD = 12
"""Bytes that show where a definite block ends, at most."""
_MARK = re.compile(rb"[\n#]")


class Framer:
    """Cuts bytes into program messages at newlines outside blocks.

    :param has_end: whether END closes the last message; an indefinite block lasts until there.
    """

    def __init__(self, *, has_end: bool = False) -> None:
        self._has_end = has_end
        self._data = bytearray()
        self._seen = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes as they come; yields the messages that are complete."""
        self._data += data
        while (end := self._end()) is not None:
            message = bytes(self._data[:end])
            del self._data[: end + 1]
            self._seen = 0
            yield message

    @property
    def rest(self) -> bytes:
        """What is not complete yet."""
        return bytes(self._data)

    def _end(self) -> int | None:
        """Where the first message ends; None when it is not complete yet."""
        while match := _MARK.search(self._data, self._seen):
            at = match.start()
            if match[0] == b"\n":
                return at
            head = bytes(self._data[at : at + HEAD])
            span = _block_span(head)
            if span is None or (self._has_end and head[:2] == b"#0"):
                self._seen = at
                return None
            self._seen = at + span
        self._seen = max(self._seen, len(self._data))
        return None


def _block_span(head: bytes) -> int | None:
    """Bytes to skip at a ``#``: a whole definite block, else one; None until the head is here."""
    if len(head) < 2:
        return None
    digits = head[1] - ord("0")
    if not 1 <= digits <= 9:
        return 1
    length = head[2 : 2 + digits]
    if length and not length.isdigit():
        return 1
    return None if len(length) < digits else 2 + digits + int(length)


def _cut(data: bytes, until: int | None) -> int:
    """How many bytes a read takes: to the termination character, if there is one."""
    found = -1 if until is None else data.find(until)
    return len(data) if found < 0 else found + 1


class Port:
    """Message exchange over a transport with END (in process, HiSLIP, USB): queries interrupt."""

    def __init__(self, instrument: Scpi) -> None:
        self.instrument = instrument
        self._input = b""
        self._output = b""
        self._polled = 0

    def write(self, data: bytes, *, end: bool = True) -> None:
        """Take bytes of program messages; ``end`` closes the last one."""
        self._input += data
        if not end:
            return
        framer = Framer(has_end=True)
        with self.instrument.lock:
            for message in framer.feed(self._input):
                self._run(message)
            if framer.rest:
                self._run(framer.rest)
            self._input = b""

    def _run(self, message: bytes) -> None:
        if self._output:
            self._output = b""
            self.instrument.report(ScpiError(-410))
        self._output = self.instrument.execute(message)

    def read(self, count: int, until: int | None = None) -> tuple[bytes, bool]:
        """At most ``count`` bytes of the response, and whether it ends there.

        Nothing to read is an error of the client: -420, and no bytes.

        :param until: a byte after which to stop.
        """
        with self.instrument.lock:
            if not self._output:
                self.instrument.report(ScpiError(-420))
                return b"", False
            stop = _cut(self._output[:count], until)
            part, self._output = self._output[:stop], self._output[stop:]
            return part, not self._output

    def poll(self) -> int:
        """Serial poll: the status byte with RQS in bit 6, which the poll clears."""
        with self.instrument.lock:
            byte = self.instrument.status_byte(message_available=bool(self._output))
            reasons = byte & self.instrument.sre
            new = reasons & ~self._polled
            self._polled = reasons
        return (byte & ~MSS) | (MSS if new else 0)

    def clear(self) -> None:
        """Device clear: both queues are emptied, settings and errors stay."""
        with self.instrument.lock:
            self._input = self._output = b""


class Stream:
    """Message exchange over a raw socket: no END, no polls; replies that nobody reads queue up."""

    def __init__(self, instrument: Scpi) -> None:
        self.instrument = instrument
        self._framer = Framer()
        self._output = bytearray()

    def write(self, data: bytes, *, end: bool = True) -> None:
        """Take bytes; every newline outside a block ends a message. A socket has no END."""
        for message in self._framer.feed(data):
            self._output += self.instrument.execute(message)

    def read(self, count: int, until: int | None = None) -> tuple[bytes, bool]:
        """At most ``count`` bytes of what is there; it never ends."""
        part = bytes(self._output[:count])
        part = part[: _cut(part, until)]
        del self._output[: len(part)]
        return part, False

    @property
    def waiting(self) -> int:
        """Bytes that are there to be read."""
        return len(self._output)

    def has(self, until: int | None) -> bool:
        """Whether a termination character is there to be read."""
        return until is not None and until in self._output

    def clear(self) -> None:
        """Drop what was not read. Nothing is sent to the instrument."""
        self._output.clear()
