"""Ctrl-C and SIGTERM: heard, said and carried out in this order, whatever the program is doing."""

from __future__ import annotations

import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

HEARD = "STOP heard; 0 V and outputs off, the data are kept"


class SignalledStop(threading.Event):
    """An event that a signal handler may set.

    A handler runs between two steps of whatever its thread is doing. Where that is a look at this
    same event, whose lock is taken then, ``set`` would wait for itself for ever; ``ask`` does not,
    and holds from the same moment on.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False
        self._asks: queue.SimpleQueue[bool] = queue.SimpleQueue()  # may be filled by a handler

    def is_set(self) -> bool:
        """Whether it was asked for, or set."""
        return self._asked or super().is_set()

    def ask(self) -> None:
        """Set it, from a signal handler."""
        self._asked = True
        self._asks.put(True)

    @contextmanager
    def heard(self, said: str) -> Iterator[None]:
        """Wake who waits for it when it was asked for, and say so."""
        thread = threading.Thread(target=self._hear, args=(said,), name="memrig-signals",
                                  daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._asks.put(False)
            thread.join()

    def _hear(self, said: str) -> None:
        while self._asks.get():
            self.set()
            if said:
                line = "\n" if sys.stderr.isatty() else ""  # behind what progress has written
                print(f"{line}memrig: {said}", file=sys.stderr, flush=True)


@contextmanager
def stop_signals(said: str = HEARD) -> Iterator[threading.Event]:
    """An event that the first interrupt or termination sets; the second interrupts at once.

    :param said: on the terminal, in the moment of the first one; empty for nothing.
    """
    stop = SignalledStop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.ask()

    with stop.heard(said):
        kept = {s: signal.signal(s, ask) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield stop
        finally:
            for one, handler in kept.items():
                signal.signal(one, handler)
