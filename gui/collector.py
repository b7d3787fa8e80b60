"""Python's garbage is collected in the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000
FULL_EVERY = 10
"""Every so many rounds the oldest generation is looked through, too."""


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
