"""Looks for instruments beside the window: one thread, which can be told to stop. No Qt here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from memrig.gui.running import Word
from memrig.hil.errors import MemrigError
from memrig.hil.scanning import Found, scan


@dataclass(frozen=True, kw_only=True)
class ScanFound(Word):
    """One address has been asked."""

    found: Found


@dataclass(frozen=True, kw_only=True)
class ScanEnded(Word):
    """All have been asked, or a scan was stopped; a sentence where none could be asked."""

    sentence: str = ""


class Scanning:
    """One scan at a time.

    :param tell: receives every ``ScanFound``, then ``ScanEnded``, in the scan's thread.
    """

    def __init__(self, tell: Callable[[Word], None]) -> None:
        self._tell = tell
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether somebody is being asked."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, resources: Sequence[str], known: Mapping[str, str]) -> None:
        """Ask these addresses, or all that VISA lists; ``known`` are held already, by address."""
        self.close()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(resources, known, self._stop),
                                        name="memrig-scan", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask nobody else."""
        self._stop.set()

    def close(self) -> None:
        """Cancel and wait for the thread; that takes one answer's time at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _work(
        self, resources: Sequence[str], known: Mapping[str, str], stop: threading.Event
    ) -> None:
        try:
            for found in scan(resources, known=known, stop=stop):
                self._tell(ScanFound(found=found))
        except MemrigError as error:
            self._tell(ScanEnded(sentence="" if stop.is_set() else str(error)))
        else:
            self._tell(ScanEnded())
