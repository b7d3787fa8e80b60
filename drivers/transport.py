"""The wire: one class that owns every quirk of talking to an instrument.

Measured on loopback: without TCP_NODELAY a set-then-query pair takes 44 ms instead of 0.06 ms, and
a binary reply read with the termination character on is eight times slower and ends at the first
byte 0x0A. A time-out is short, so that a stop is heard, and repeated until a deadline: a slow peer
is not a dead one.
"""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from memrig.hil.clock import Clock
from memrig.hil.errors import BenchError, LinkError, WrongInstrumentError

if TYPE_CHECKING:
    from pyvisa.resources import MessageBasedResource

TIMEOUT_S = 0.5
"""Of one VISA call; a stop or a deadline is looked at in between."""
DEADLINE_S = 10.0
"""Of one answer. A self-calibrating or averaging instrument may take seconds."""
CHUNK = 1 << 20
SHOWN = 200
ERROR_QUEUE_READS = 100
_ERROR = re.compile(r'\s*([+-]?\d+)\s*,\s*"?(.*?)"?\s*$')

Row = tuple[float, str, str, str]


@dataclass(slots=True)
class Counters:
    """Traffic of one instrument, as the driver caused it."""

    messages: int = 0
    bytes_out: int = 0
    bytes_in: int = 0


class Transport:
    """A message-based VISA session with one lock, a transcript and counters.

    :param resource: VISA resource name, e.g. ``"TCPIP0::192.168.1.5::5025::SOCKET"``.
    :param name: the instrument's role, for the transcript and for error sentences.
    :param clock: stamps the transcript.
    :param library: VISA library, ``"@py"`` by default.
    :raises LinkError: when nothing answers there; nothing was sent.
    """

    def __init__(self, resource: str, *, name: str, clock: Clock, library: str = "@py") -> None:
        self.resource, self.name, self.clock = resource, name, clock
        self.lock = threading.RLock()
        self.counters = Counters()
        self._rows: list[Row] = []
        self._manager, self._session = _opened(resource, name, library)

    def write(self, message: str) -> None:
        """Send one message.

        :raises LinkError: when the link is dead.
        """
        with self.lock:
            self._send(message.encode("latin-1") + b"\n", message)

    def write_block(self, head: str, data: bytes) -> None:
        """Send a message that ends with a definite block; ``head`` ends with a comma or blank."""
        length = str(len(data))
        frame = f"{head}#{len(length)}{length}".encode("latin-1")
        digest = hashlib.sha256(data).hexdigest()[:16]
        with self.lock:
            self._send(frame + data + b"\n", f"{head}<block {len(data)} bytes sha256 {digest}>")

    def query(self, message: str, *, deadline_s: float = DEADLINE_S) -> str:
        """Send a message and return the answer without its terminator.

        :raises LinkError: when no answer came until the deadline.
        """
        with self.lock:
            self.write(message)
            answer = self._line(deadline_s).decode("latin-1").rstrip("\r\n")
            self._note("<", answer)
            return answer

    def query_block(
        self, message: str, dtype: str, *, deadline_s: float = DEADLINE_S
    ) -> npt.NDArray[Any]:
        """Send a message and return the definite block that answers it as an array (n,).

        :param dtype: numpy type of the elements, byte order included, e.g. ``">u2"``.
        """
        with self.lock:
            self.write(message)
            head = self._exactly(2, deadline_s)
            if head[:1] != b"#" or not head[1:].isdigit() or head[1:] == b"0":
                raise self._out_of_step(message, head)
            length = self._exactly(int(head[1:]), deadline_s)
            if not length.isdigit():
                raise self._out_of_step(message, head + length)
            data = self._exactly(int(length), deadline_s)
            self._line(deadline_s)
            self._note("<", f"<block {len(data)} bytes>")
            return np.frombuffer(data, dtype=dtype)

    def errors(self) -> list[tuple[int, str]]:
        """Empty the instrument's error queue."""
        found: list[tuple[int, str]] = []
        for _ in range(ERROR_QUEUE_READS):
            answer = self.query("SYST:ERR?")
            match = _ERROR.match(answer)
            if match is None:
                raise self._out_of_step("SYST:ERR?", answer.encode())
            if int(match[1]) == 0:
                return found
            found.append((int(match[1]), match[2]))
        return found

    def check(self, after: str) -> None:
        """Read the error queue.

        :param after: what was done, for the sentence.
        :raises BenchError: with everything that the instrument complains about.
        """
        if found := self.errors():
            said = "; ".join(f"{code} {words}" for code, words in found)
            raise BenchError(f"{self.name} ({self.resource}) refused {after}: {said}")

    def identify(self, wanted: str, pattern: str) -> str:
        """The instrument's identity.

        :param wanted: what should be there, in words.
        :param pattern: regular expression that its ``*IDN?`` must match.
        :raises WrongInstrumentError: when another instrument answers.
        """
        answer = self.query("*IDN?", deadline_s=2.0)
        if re.search(pattern, answer) is None:
            message = (
                f"{self.name}: a {wanted} was expected at {self.resource}, but {answer!r} answers; "
                "nothing was switched on"
            )
            raise WrongInstrumentError(message)
        return answer

    def clear(self) -> None:
        """Drop whatever is in the buffers (device clear)."""
        with self.lock:
            try:
                self._session.clear()
            except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
                raise self._dead("device clear", error) from None

    def close(self) -> None:
        """End the session; twice does no harm."""
        with self.lock:
            self._session.close()
            self._manager.close()

    def take_transcript(self) -> list[Row]:
        """Messages since last taken: (clock time, instrument, direction, text)."""
        with self.lock:
            rows, self._rows = self._rows, []
            return rows

    def _send(self, data: bytes, shown: str) -> None:
        self._note(">", shown)
        self.counters.messages += 1
        self.counters.bytes_out += len(data)
        try:
            self._session.write_raw(data)
        except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
            raise self._dead(shown, error) from None

    def _line(self, deadline_s: float) -> bytes:
        data = b""
        while not data.endswith(b"\n"):
            data += self._read(CHUNK, deadline_s, to_newline=True)
        return data

    def _exactly(self, count: int, deadline_s: float) -> bytes:
        data = bytearray()
        while len(data) < count:
            data += self._read(count - len(data), deadline_s, to_newline=False)
        return bytes(data)

    def _read(self, count: int, deadline_s: float, *, to_newline: bool) -> bytes:
        from pyvisa import constants, errors  # noqa: PLC0415  # quick start of the command line

        session, tries = self._session, max(1, round(deadline_s / TIMEOUT_S))
        session.set_visa_attribute(constants.ResourceAttribute.termchar_enabled, to_newline)
        for _ in range(tries):
            try:
                # A full buffer is no warning here: blocks are read by their exact length.
                with session.ignore_warning(constants.StatusCode.success_max_count_read):
                    data, _ = session.visalib.read(session.session, count)
            except errors.VisaIOError as error:
                if error.error_code != constants.StatusCode.error_timeout:
                    raise self._dead("reading", error) from None
            except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
                raise self._dead("reading", error) from None
            else:
                if not data:
                    raise self._dead("reading", EOFError("the peer closed the connection"))
                self.counters.bytes_in += len(data)
                return bytes(data)
        message = (
            f"{self.name} ({self.resource}) did not answer within {deadline_s:g} s; "
            "check that it is on, and that no other program holds it"
        )
        raise LinkError(message)

    def _dead(self, what: str, error: Exception) -> LinkError:
        return LinkError(f"{self.name} ({self.resource}): the link failed at {what!r}: {error}")

    def _out_of_step(self, message: str, answer: bytes) -> LinkError:
        return LinkError(
            f"{self.name} ({self.resource}) answered {answer[:40]!r} to {message!r}: out of step"
        )

    def _note(self, direction: str, text: str) -> None:
        shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
        self._rows.append((self.clock.now_s, self.name, direction, shown))


def _opened(resource: str, name: str, library: str) -> tuple[Any, MessageBasedResource]:
    import pyvisa  # noqa: PLC0415  # quick start of the command line

    manager = None
    try:
        manager = pyvisa.ResourceManager(library)
        session: Any = manager.open_resource(
            resource, open_timeout=2000, timeout=round(TIMEOUT_S * 1000),
            read_termination=None, write_termination=None,
        )
        session.set_visa_attribute(pyvisa.constants.ResourceAttribute.termchar, ord("\n"))
        _tuned(session)
    except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
        if manager is not None:
            manager.close()
        message = (
            f"{name}: nothing answers at {resource} ({error}); check power, cable and address; "
            "nothing was sent"
        )
        raise LinkError(message) from None
    return manager, session


def _tuned(session: Any) -> None:
    """Where the session is a TCP socket of pyvisa-py: see that it is connected (a refused
    connection is not reported there), and switch Nagle's algorithm off."""
    sessions = getattr(session.visalib, "sessions", {})
    wire = getattr(sessions.get(session.session), "interface", None)
    if isinstance(wire, socket.socket):
        wire.getpeername()  # raises where nobody is at the other end
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
