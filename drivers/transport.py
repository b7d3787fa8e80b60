"""The wire: one class that owns every quirk of talking to an instrument.

Measured on loopback: without TCP_NODELAY a set-then-query pair takes 44 ms instead of 0.06 ms, and
a binary reply read with the termination character on is eight times slower and ends at the first
byte 0x0A. A time-out is short, so that a stop is heard, and repeated until a deadline: a slow peer
is not a dead one.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from memrig.drivers.raw_socket import CHUNK, given_up, has_more, is_closed, socket_of, unread
from memrig.drivers.reading_back import is_same, plain
from memrig.hil.clock import Clock
from memrig.hil.errors import BenchError, LinkError, StoppedError, WrongInstrumentError

if TYPE_CHECKING:
    from pyvisa.resources import MessageBasedResource

TIMEOUT_S = 0.5
"""Of one VISA call; a stop or a deadline is looked at in between."""
SLICE_S = 0.05
"""The same where a raw socket is below, which can be waited for without a call that must not be cut
short."""
DEADLINE_S = 10.0
"""Of one answer. A self-calibrating or averaging instrument may take seconds."""
CONFIRM_S = 5.0
"""Of the answer whether an output is off; it is asked twice where none comes."""
OFF_BY_ITSELF = "an output is off that nobody has switched off"
OPEN_TIMEOUT_S = 1.5
SHOWN = 200
LINE_MAX, BLOCK_MAX = 1 << 20, 1 << 26
"""Bytes of an answer: a hundred times what any instrument here has to say. More is a peer that does
not come to an end, or a length that was never meant."""
CRUMB, CRUMBS_MAX = 512, 100
"""Bytes of the pieces that no link makes of its own, and how many of them one answer may have: who
sends byte by byte does not come to an end, either."""
ERROR_QUEUE_READS = 100
_NUMBERS = itertools.count()
_BETWEEN = re.compile("[,;]")
_ERROR = re.compile(r'\s*([+-]?\d{1,9})\s*,\s*"?(.*?)"?\s*$')

Row = tuple[float, str, str, str]


@dataclass(slots=True)
class Counters:
    """Traffic of one instrument, as the driver caused it."""

    messages: int = 0
    bytes_out: int = 0
    bytes_in: int = 0


class Transport:
    """A message-based VISA session with one lock, a transcript and counters.

    An answer that did not come in time may still come later, and one that came may be longer than
    it should; so the link is renewed before the next question, and what is left of one answer is
    never taken for another one.

    :param resource: VISA resource name, e.g. ``"TCPIP0::192.168.1.5::5025::SOCKET"``.
    :param name: the instrument's role, for the transcript and for error sentences.
    :param clock: stamps the transcript.
    :param library: VISA library, ``"@py"`` by default.
    :param link: whether to connect; without, everything that would be sent is refused.
    :param here: whether what answers is simulated in this process, and ends with it; a library of
        ``@memrig`` always is.
    :ivar on_progress: called before every message, and whenever an answer has not come yet; what
        it raises is raised before anything is sent.
    :raises LinkError: when nothing answers there; nothing was sent.
    """

    def __init__(
        self, resource: str, *, name: str, clock: Clock, library: str = "@py", link: bool = True,
        here: bool = False,
    ) -> None:
        self.resource, self.name, self.clock, self.library = resource, name, clock, library
        self.is_here = here or library.endswith("@memrig")
        self.on_progress: Callable[[], object] = _nobody_watches
        self.lock = threading.RLock()
        self.counters = Counters()
        self._rows: list[tuple[int, Row]] = []
        self._owes_answer = self._is_torn = self._is_closed = False
        self._urgent = threading.Event()
        # The manager stays open: PyVISA shares it, and closing it ends the other links, too.
        self._manager: Any = None
        self._session: MessageBasedResource | None = None
        self._given_up: list[socket.socket] = []
        if link:
            self._manager, self._session = _opened(resource, name, library)

    @property
    def is_linked(self) -> bool:
        """Whether there is a session at all; one without can only plan."""
        return self._session is not None

    @property
    def _live(self) -> MessageBasedResource:
        if self._session is None:
            raise LinkError(f"{self.name} is not connected: the bench was opened to plan only")
        return self._session

    def write(self, message: str) -> None:
        """Send one message.

        :raises LinkError: when the link is dead.
        """
        with self.lock:
            self._send(message.encode("latin-1") + b"\n", message)

    def write_anyway(self, message: str) -> None:
        """Send one message to switch off, from any thread, whatever state the link is in.

        Who waits for an answer in another thread gives up. Where the link is dead, or a message
        was cut off in the middle, a new connection is made. Where an answer is still owed the
        message goes out at once and again past the question, which may hold it up.

        :raises LinkError: when nothing answers there any more.
        """
        self._urgent.set()
        with self.lock:
            self._urgent.clear()
            owed = self._owes_answer
            try:
                if self._is_torn:
                    self._renew()
                self.write(message)
                if owed:
                    self._renew()
                    self.write(message)
            except LinkError:
                self._reopen()
                self.write(message)

    def outrun(self) -> bool:
        """Whether connections were given up that may still have held messages; until they have
        been read to their ends, the time-out at most.

        What stands there is carried out beside what is sent over the new one: an output may go on
        after it was told off, and an order to switch off may be lost.
        """
        with self.lock:
            given_up, self._given_up = self._given_up, []
            for wire in unread(given_up, TIMEOUT_S):
                wire.close()
            return bool(given_up)

    def write_block(self, head: str, data: bytes) -> None:
        """Send a message that ends with a definite block; ``head`` ends with a comma or blank."""
        length = str(len(data))
        frame = f"{head}#{len(length)}{length}".encode("latin-1")
        with self.lock:
            self._send(frame + data + b"\n", head + _digest(data))

    def query(
        self, message: str, *, deadline_s: float = DEADLINE_S, stop: threading.Event | None = None
    ) -> str:
        """Send a message and return the answer without its terminator.

        :param stop: looked at while waiting.
        :raises LinkError: when no answer came until the deadline, or the link is dead.
        :raises StoppedError: when ``stop`` was set before the answer came.
        """
        with self.lock, self._asking(message, deadline_s, stop) as answer:
            line = answer.line().decode("latin-1").rstrip("\r\n")
            self._note("<", line)
            return line

    def numbers(
        self, message: str, count: int = 1, *, deadline_s: float = DEADLINE_S,
        stop: threading.Event | None = None, first: str = "",
    ) -> list[float]:
        """Send a message and return the numbers that answer it, commas or semicolons between.

        :param count: how many there must be.
        :param first: what must stand before them, e.g. the channel that they are of.
        :raises LinkError: as ``query``, and when something else answers.
        """
        answer = self.query(message, deadline_s=deadline_s, stop=stop)
        try:
            found = [float(one) for one in _BETWEEN.split(_behind(answer, first))]
        except ValueError:
            found = []
        if len(found) != count or not all(map(math.isfinite, found)):
            raise self.out_of_step(message, answer.encode("latin-1"))
        return found

    def read_back(
        self, expected: Mapping[str, float | str], then: str, *, setting: Sequence[str] = (),
        after: str = "", are_small: bool = False,
    ) -> None:
        """Ask for settings, all in one message; what is answered must be what was set.

        :param expected: by question, a number or a word.
        :param then: what follows otherwise, for the sentence.
        :param setting: what sets them, in the same message.
        :param after: what that is, for the sentence of an instrument that refuses it.
        :param are_small: whether the digits alone count, as of times and currents.
        :raises BenchError: with what the instrument complains about, or with the first that
            differs.
        """
        message = ";:".join(expected)
        if setting:
            message = ";".join([*setting, f":{message}"])
        answer = self.query(message)
        found = answer.split(";")
        differing = [(asked, wanted, said)
                     for (asked, wanted), said in zip(expected.items(), found, strict=False)
                     if not is_same(said, wanted, is_small=are_small)]
        if setting and (differing or len(found) != len(expected)):
            self.check(after)
        if len(found) != len(expected):
            raise self.out_of_step(message, answer.encode("latin-1"))
        for asked, wanted, said in differing:
            raise BenchError(f"{self.name}: {asked} reads back {plain(said)} instead of "
                             f"{plain(str(wanted))}; {then}")

    def done(self) -> None:
        """Wait until all that was sent before is carried out.

        :raises LinkError: as ``query``, and when something else answers.
        """
        if self.numbers("*OPC?") != [1.0]:
            raise self.out_of_step("*OPC?", b"not 1")

    def query_block(
        self, message: str, dtype: str, *, deadline_s: float = DEADLINE_S,
        stop: threading.Event | None = None, first: str = "",
        meaning: Mapping[str, str] = MappingProxyType({}),
    ) -> npt.NDArray[Any]:
        """Send a message and return the definite block that answers it as an array (n,).

        :param dtype: numpy type of the elements, byte order included, e.g. ``">u2"``.
        :param stop: looked at while waiting.
        :param first: what must stand before it, e.g. the channel that it is of.
        :param meaning: what it means that something else stands there, by what does.
        :raises LinkError: as ``query``, and when something else answers.
        :raises BenchError: with that meaning; nothing that comes after it is read.
        """
        with self.lock, self._asking(message, deadline_s, stop) as answer:
            if first and (said := answer.exactly(len(first) + 1)) != f"{first};".encode():
                if sentence := meaning.get(said.decode("latin-1").removesuffix(";")):
                    self._note("<", said.decode("latin-1"))
                    raise BenchError(f"{self.name}: {sentence}")
                raise self.out_of_step(message, said)
            head = answer.exactly(2)
            if head[:1] != b"#" or not head[1:].isdigit() or head[1:] == b"0":
                raise self.out_of_step(message, head)
            length = answer.exactly(int(head[1:]))
            if not length.isdigit() or int(length) > BLOCK_MAX:
                raise self.out_of_step(message, head + length)
            data = answer.exactly(int(length))
            if rest := answer.line().rstrip(b"\r\n"):
                raise self.out_of_step(message, rest)
            if len(data) % np.dtype(dtype).itemsize:
                raise self.out_of_step(message, head + length)
            self._note("<", _digest(data))
            return np.frombuffer(data, dtype=dtype)

    def answers(self, expected: Mapping[str, str]) -> bool:
        """Whether every question is answered so; those after the first that is not are not asked.

        :param expected: answers by question.
        """
        return all(self.query(asked, deadline_s=CONFIRM_S).strip() == answer
                   for asked, answer in expected.items())

    def errors(self) -> list[tuple[int, str]]:
        """Empty the instrument's error queue."""
        found: list[tuple[int, str]] = []
        for _ in range(ERROR_QUEUE_READS):
            answer = self.query("SYST:ERR?")
            match = _ERROR.match(answer)
            if match is None:
                raise self.out_of_step("SYST:ERR?", answer.encode())
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
            said = "; ".join(f"{code} {words}{'' if count == 1 else f' ({count} times)'}"
                             for (code, words), count in Counter(found).items())
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
                self._live.clear()
            except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
                raise self._dead("device clear", error) from None

    def close(self) -> None:
        """End the session; twice does no harm."""
        with self.lock:
            if self._session is not None:
                self._session.close()
            self.outrun()

    def take_transcript(self) -> list[Row]:
        """Messages since last taken: (clock time, instrument, direction, text)."""
        return [row for _, row in self.take_numbered()]

    def take_numbered(self) -> list[tuple[int, Row]]:
        """The same, numbered through all links of this process in the order of events."""
        with self.lock:
            rows, self._rows = self._rows, []
            return rows

    def _send(self, data: bytes, shown: str) -> None:
        self.on_progress()
        self._note(">", shown)
        self.counters.messages += 1
        self.counters.bytes_out += len(data)
        try:
            wire = socket_of(self._live)
            if wire is None:
                self._live.write_raw(data)
            else:
                _push(wire, data, self._urgent)
        except LinkError:
            raise
        except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
            self._is_torn = True
            raise self._dead(shown, error) from None

    @contextmanager
    def _asking(
        self, message: str, deadline_s: float, stop: threading.Event | None
    ) -> Iterator[_Answer]:
        """Send a question; whoever does not read the whole answer leaves the link out of step."""
        if self._owes_answer or self._is_torn or has_more(self._live):
            self._renew()
        self._owes_answer = True  # from before it is sent: an interrupt may come in between
        self.write(message)
        yield _Answer(self, message, deadline_s, stop)
        self._owes_answer = False

    def _renew(self) -> None:
        """Rid the link of an answer that may still come: a new connection where it is dead, or a
        raw socket, which has no device clear; else a device clear."""
        is_dead = self._is_closed or self._is_torn or socket_of(self._live) is not None
        if not is_dead:
            try:
                self.clear()
            except LinkError:
                is_dead = True
        if is_dead:
            self._reopen()
        self._owes_answer = False

    def _reopen(self) -> None:
        if not self._is_closed:
            self._given_up = unread(self._given_up, 0.0) + given_up(self._live)
            self._live.close()
        self._is_closed = True  # stays so when nothing answers any more; it may later
        self._manager, self._session = _opened(self.resource, self.name, self.library)
        self._owes_answer = self._is_torn = self._is_closed = False

    def receive(
        self, count: int, deadline_s: float, stop: threading.Event | None, *, to_newline: bool
    ) -> bytes:
        """At most ``count`` bytes, but at least one.

        :param to_newline: whether to stop at the first newline.
        """
        from pyvisa import constants, errors  # noqa: PLC0415  # quick start of the command line

        session = self._live
        session.set_visa_attribute(constants.ResourceAttribute.termchar_enabled, to_newline)
        is_raw = socket_of(session) is not None
        for _ in range(max(1, round(deadline_s / (SLICE_S if is_raw else TIMEOUT_S)))):
            try:
                if is_raw and not has_more(session, SLICE_S):
                    raise TimeoutError
                # A full buffer is no warning here: blocks are read by their exact length.
                with session.ignore_warning(constants.StatusCode.success_max_count_read):
                    data, _ = session.visalib.read(session.session, count)
            except TimeoutError:
                pass
            except errors.VisaIOError as error:
                if error.error_code != constants.StatusCode.error_timeout:
                    raise self._dead("reading", error) from None
            except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
                raise self._dead("reading", error) from None
            else:
                if not data:  # pyvisa-py's HiSLIP gives this where nothing waits
                    raise self._dead("reading", EOFError("an empty answer"))
                self.counters.bytes_in += len(data)
                return bytes(data)
            self._check_link()
            self.heed(stop)
        message = (
            f"{self.name} ({self.resource}) did not answer within {deadline_s:g} s; "
            "check that it is on, and that no other program holds it"
        )
        raise LinkError(message)

    def _check_link(self) -> None:
        """After a time-out: pyvisa-py shows a connection that the peer closed as one."""
        wire = socket_of(self._live)
        try:
            is_over = wire is not None and is_closed(wire)
        except (OSError, ValueError) as error:
            raise self._dead("reading", error) from None
        if is_over:
            raise self._dead("reading", EOFError("the peer closed the connection"))

    def heed(self, stop: threading.Event | None) -> None:
        """Go on waiting for an answer, unless somebody wants the link or a stop."""
        self.on_progress()
        if self._urgent.is_set():
            raise StoppedError(f"{self.name}: gave up waiting for an answer, to switch off")
        if stop is not None and stop.is_set():
            raise StoppedError(f"{self.name}: stopped while waiting for an answer")

    def _dead(self, what: str, error: Exception) -> LinkError:
        return LinkError(f"{self.name} ({self.resource}): the link failed at {what!r}: {error}")

    def out_of_step(self, message: str, answer: bytes | bytearray) -> LinkError:
        """The error of an answer that does not fit its question."""
        self._owes_answer = True  # the right one may still come
        shown = bytes(answer[:40])
        return LinkError(
            f"{self.name} ({self.resource}) answered {shown!r} to {message!r}: out of step"
        )

    def _note(self, direction: str, text: str) -> None:
        shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
        self._rows.append((next(_NUMBERS), (self.clock.now_s, self.name, direction, shown)))


class _Answer:
    """What comes back for one question."""

    def __init__(
        self, transport: Transport, message: str, deadline_s: float, stop: threading.Event | None
    ) -> None:
        self._transport, self._message = transport, message
        self._deadline_s, self._stop = deadline_s, stop
        self._crumbs = 0

    def line(self) -> bytes:
        """Everything up to a newline, with it."""
        data = bytearray()
        while not data.endswith(b"\n"):
            data += self._some(CHUNK, to_newline=True)
            if len(data) > LINE_MAX:
                raise self._transport.out_of_step(self._message, data)
        return bytes(data)

    def exactly(self, count: int) -> bytes:
        """So many bytes."""
        data = bytearray()
        while len(data) < count:
            data += self._some(count - len(data), to_newline=False)
        return bytes(data)

    def _some(self, count: int, *, to_newline: bool) -> bytes:
        if self._crumbs > 1:
            self._transport.heed(self._stop)
        found = self._transport.receive(
            count, self._deadline_s, self._stop, to_newline=to_newline
        )
        self._crumbs += len(found) < min(count, CRUMB)
        if self._crumbs > CRUMBS_MAX:
            raise self._transport.out_of_step(self._message, found)
        return found


def _nobody_watches() -> None:
    """Nobody is to be told of a message."""


def _behind(answer: str, first: str) -> str:
    """What an answer says behind its first part, which must be this one; all where none is."""
    if not first:
        return answer
    said, _, rest = answer.partition(";")
    return rest if said == first else ""


def _digest(data: bytes) -> str:
    """A block as it stands in the transcript."""
    return f"<block {len(data)} bytes sha256 {hashlib.sha256(data).hexdigest()[:16]}>"


def _opened(resource: str, name: str, library: str) -> tuple[Any, MessageBasedResource]:
    import pyvisa  # noqa: PLC0415  # quick start of the command line

    session: Any = None
    try:
        manager = pyvisa.ResourceManager(library)
        session = manager.open_resource(
            resource, open_timeout=round(OPEN_TIMEOUT_S * 1000), timeout=round(TIMEOUT_S * 1000),
            read_termination=None, write_termination=None,
        )
        attribute = pyvisa.constants.ResourceAttribute
        session.set_visa_attribute(attribute.termchar, ord("\n"))
        if session.resource_class == "SOCKET":
            # Else pyvisa-py throws away the part of an answer that came before a time-out.
            session.set_visa_attribute(attribute.suppress_end_enabled, False)
        wire = socket_of(session)
        if wire is not None:
            _tune(wire)
    except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
        if session is not None:
            session.close()
        message = (
            f"{name}: nothing answers at {resource} ({error}); check power, cable and address; "
            "nothing was sent"
        )
        raise LinkError(message) from None
    return manager, session


def _tune(wire: socket.socket) -> None:
    """See that it is connected (pyvisa-py does not report a refusal), switch Nagle's algorithm off
    and let no call wait for ever."""
    if code := wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(code, os.strerror(code))
    wire.getpeername()  # raises where nobody is at the other end
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wire.settimeout(SLICE_S)


def _push(wire: socket.socket, data: bytes, urgent: threading.Event) -> None:
    """Send everything. pyvisa-py would wait for ever for a peer that does not read.

    :param urgent: set when somebody waits for the link, to switch off.
    """
    left, tries = memoryview(data), round(DEADLINE_S / SLICE_S)
    while left:
        try:
            left = left[wire.send(left) :]
        except TimeoutError:
            tries -= 1
            if tries <= 0 or urgent.is_set():
                raise
