"""Writes files beside the window: one thread, one errand after the other. No Qt here."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from memrig.gui.running import Word
from memrig.hil.errors import sentence_of

CLOSES_S = 5.0
"""Closing waits no longer than this for what is being written."""


@dataclass(frozen=True, kw_only=True)
class Errand:
    """Something to be written; who asked for it says more in a class of its own.

    :param act: writes it, in the errands' thread.
    """

    act: Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class ErrandEnded(Word):
    """The end of an errand.

    :param sentence: why it came to nothing; empty when everything is written.
    """

    errand: Errand
    sentence: str = ""


class Errands:
    """Does what it is told, in that order.

    :param tell: receives a ``ErrandEnded`` for every errand, in the errands' thread.
    """

    def __init__(self, tell: Callable[[Word], None]) -> None:
        self._tell = tell
        self._orders: queue.SimpleQueue[Errand | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, errand: Errand) -> None:
        """Write this when everything before it is written; returns at once."""
        if self._thread is None:
            # A daemon: a writer that hangs must not keep the program from ending.
            self._thread = threading.Thread(target=self._work, name="memrig-errands", daemon=True)
            self._thread.start()
        self._orders.put(errand)

    def close(self, within_s: float | None = None) -> bool:
        """Wait for what is to be written, not for ever; what is not begun by then never is.

        :param within_s: instead of ``CLOSES_S`` seconds.

        :returns: whether everything was written.
        """
        self._orders.put(None)
        if self._thread is not None:
            self._thread.join(CLOSES_S if within_s is None else within_s)
        self._over.set()
        return self._thread is None or not self._thread.is_alive()

    def _work(self) -> None:
        while (errand := self._orders.get()) is not None and not self._over.is_set():
            sentence = _sentence(errand)
            if not self._over.is_set():
                self._tell(ErrandEnded(errand=errand, sentence=sentence))


def _sentence(errand: Errand) -> str:
    """Why an errand could not be done; empty when it was."""
    try:
        errand.act()
    except Exception as error:  # noqa: BLE001  # drawing and file libraries raise what they like
        return sentence_of(error)
    return ""
