"""Time is passed in: a bench has one clock, and only the run's thread advances it."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from memrig.hil.errors import RequestError


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
    """Real time. The only thing in memrig that ever waits."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()

    @property
    def now_s(self) -> float:
        """Seconds since the clock was made."""
        return time.monotonic() - self._start_s

    def sleep(self, duration_s: float, stop: threading.Event | None = None) -> bool:
        """Wait for ``duration_s`` seconds, or until ``stop`` is set."""
        event = threading.Event() if stop is None else stop
        return event.wait(_checked(duration_s))


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


def _checked(duration_s: float) -> float:
    if not 0.0 <= duration_s < float("inf"):
        message = f"a wait of {duration_s} s was asked; it must be finite and not negative"
        raise RequestError(message)
    return duration_s
