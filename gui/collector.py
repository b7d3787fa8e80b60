"""Python as a window needs it: its garbage is collected in the window's thread only, and no other
thread keeps the window waiting for long."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000
FULL_EVERY = 10
"""Every so many rounds the oldest generation is looked through, too."""
SWITCH_S = 0.0005
"""How long another thread may go on while the window waits for Python. It waits many times in one
picture, each time that Qt has had its turn; Python's own 5 ms add up to what one sees."""


@contextmanager
def responsive(parent: QObject) -> Iterator[Collector]:
    """Python as a window needs it; then as it was."""
    collector, before_s = Collector(parent), sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    collector.start()
    try:
        yield collector
    finally:
        collector.stop()
        sys.setswitchinterval(before_s)


class Collector(QObject):
    """Collects by a timer, instead of whenever and wherever an allocation happens to ask for it.

    A thread that plans or measures would else destroy what is left of windows, which Qt allows in
    their own thread alone: the process would end with a segmentation fault, now and then.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rounds = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """Take over."""
        gc.disable()
        self._timer.start()

    def settle(self) -> None:
        """Never look again through what there is now: a program and its window are no garbage."""
        gc.freeze()

    def stop(self) -> None:
        """Give it back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def collect(self) -> None:
        """One round: young garbage, and every tenth time everything."""
        self._rounds += 1
        gc.collect(2 if self._rounds % FULL_EVERY == 0 else 1)
