"""Time is passed in: a bench has one clock, and only the run's thread advances it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Protocol

from memrig.hil.errors import LinkError, RequestError

SLICE_S = 0.5
"""How long real time waits in one go, so that whoever watches the waiting is told of it."""


class Clock(Protocol):
    """What a bench, a driver and the twin ask for the time."""

    @property
    def now_s(self) -> float:
        """Seconds since the clock was made."""
        ...

    def sleep(self, duration_s: float, stop: threading.Event | None = None) -> bool:
        """Let ``duration_s`` pass; return True when ``stop`` was set before it had passed."""
        ...


class SystemClock:
    """Real time. The only thing in memrig that ever waits.

    :ivar while_waiting: called several times a second by whoever waits; what it raises ends the
        wait.
    """

    def __init__(self) -> None:
        self._start_s = time.monotonic()
        self.while_waiting: Callable[[], object] = _nobody_watches

    @property
    def now_s(self) -> float:
        """Seconds since the clock was made."""
        return time.monotonic() - self._start_s

    def sleep(self, duration_s: float, stop: threading.Event | None = None) -> bool:
        """Wait for ``duration_s`` seconds, or until ``stop`` is set."""
        event = threading.Event() if stop is None else stop
        end_s = self.now_s + _checked(duration_s)
        while (left_s := end_s - self.now_s) > SLICE_S:
            if event.wait(SLICE_S):
                return True
            self.while_waiting()
        return event.wait(max(left_s, 0.0))


class VirtualClock:
    """Model time: sleeping moves it at once, so an hour of retention takes no time at all."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s
        self._lock = threading.Lock()

    @property
    def now_s(self) -> float:
        """Model seconds."""
        return self._now_s

    def sleep(self, duration_s: float, stop: threading.Event | None = None) -> bool:
        """Advance the clock by ``duration_s``; a stop that is set already wins."""
        if stop is not None and stop.is_set():
            return True
        with self._lock:
            self._now_s += _checked(duration_s)
        return False


class RemoteClock:
    """The virtual clock of a twin in another process, over loopback.

    One line each way: ``NOW?`` and ``SLEEP seconds`` are answered with the time in seconds.

    :param address: ``"127.0.0.1:PORT"``, as ``memrig twin serve --clock virtual`` prints it.
    :raises LinkError: when no clock answers there.
    """

    ANSWER_S = 10.0

    def __init__(self, address: str) -> None:
        self.address = address
        self._now_s, self._lock = 0.0, threading.Lock()
        host, _, port = address.rpartition(":")
        if not (host and port.isdecimal()):
            raise RequestError(f"the clock {address!r} has no port (try '127.0.0.1:40123')")
        try:
            self._link = socket.create_connection((host, int(port)), timeout=self.ANSWER_S)
        except (OSError, OverflowError, ValueError) as error:
            raise self._dead(error) from None
        self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._link.makefile("rb")
        try:
            self._ask("NOW?")
        except LinkError:
            self.close()
            raise

    @property
    def now_s(self) -> float:
        """Model seconds; the last known ones when the link is dead, for whoever switches
        outputs off must not be kept from it by a clock."""
        try:
            return self._ask("NOW?")
        except LinkError:
            return self._now_s

    def sleep(self, duration_s: float, stop: threading.Event | None = None) -> bool:
        """Advance the clock by ``duration_s``; a stop that is set already wins.

        :raises LinkError: when the twin's process does not answer any more.
        """
        if stop is not None and stop.is_set():
            return True
        self._ask(f"SLEEP {_checked(duration_s)!r}")
        return False

    def close(self) -> None:
        """End the connection; twice does no harm."""
        self._lines.close()
        self._link.close()

    def _ask(self, line: str) -> float:
        with self._lock:
            try:
                self._link.sendall(f"{line}\n".encode("ascii"))
                self._now_s = float(self._lines.readline())
            except (OSError, ValueError) as error:
                self.close()  # a late answer must not be taken for another one
                raise self._dead(error) from None
            return self._now_s

    def _dead(self, error: Exception) -> LinkError:
        return LinkError(
            f"no clock of a twin answers at {self.address} ({error}); is 'memrig twin serve' "
            "still running?"
        )


def _nobody_watches() -> None:
    """Nobody is to be told of a wait."""


def _checked(duration_s: float) -> float:
    if not 0.0 <= duration_s < float("inf"):
        message = f"a wait of {duration_s} s was asked; it must be finite and not negative"
        raise RequestError(message)
    return duration_s
