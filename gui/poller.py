"""The one timer that brings what threads say into the window, and measures its own lateness."""

from __future__ import annotations

import logging
import math
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

TICK_S = 0.033
HURRIED_S = 0.008
"""Between two ticks while somebody waits for the picture of what was typed."""
LATE_S = 0.1
"""A tick later than this is logged with its cause."""
KEPT_S = 60.0

_log = logging.getLogger(__name__)


class Poller(QObject):
    """Drains what threads have left, 30 times a second, and hands it over in one batch.

    A signal per sample would cost an event each; so the window is late by one tick at most, and
    no thread ever waits for it.

    :param samples: what comes often, e.g. the events of a run.
    :param rare: what comes rarely, e.g. the end of a run; what was put there after a sample is
        handed over after it.
    :param clock: seconds that only rise.
    """

    batch = Signal(list)
    """Everything since the last tick, in order; never empty."""

    def __init__(
        self, samples: deque[Any], rare: queue.SimpleQueue[Any], parent: QObject | None = None, *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(parent)
        self._samples, self._rare, self._clock = samples, rare, clock
        self._late: deque[tuple[float, float]] = deque()
        self._longest = ("", 0.0)
        self._last_s = clock()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(round(TICK_S * 1000))
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def hurry(self, hurried: bool) -> None:  # noqa: FBT001  # a state
        """Tick more often while somebody waits for an answer, or as always."""
        tick_s = HURRIED_S if hurried else TICK_S
        if self._timer.interval() != round(tick_s * 1000):  # setting it begins a new interval
            self._timer.setInterval(round(tick_s * 1000))

    def stop(self) -> None:
        """Tick no more; what is left stays where it is."""
        self._timer.stop()

    @property
    def running(self) -> bool:
        """Whether it ticks."""
        return self._timer.isActive()

    def tick(self) -> None:
        """Hand over what there is."""
        self._measure(self._clock())
        items = self._drain()
        if items:
            with self.doing(f"{len(items)} events"):
                self.batch.emit(items)

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Name something that may take long, for the log of late ticks."""
        start_s = self._clock()
        try:
            yield
        finally:
            took_s = self._clock() - start_s
            if took_s > self._longest[1]:
                self._longest = (what, took_s)

    @property
    def lateness_p99_s(self) -> float:
        """Lateness that 99 of 100 ticks of the last minute stayed below; 0 before the first."""
        late = sorted(one for _, one in self._late)
        return late[math.ceil(0.99 * len(late)) - 1] if late else 0.0

    def _drain(self) -> list[Any]:
        # The rare first: whatever preceded them is among the samples by then.
        rare = []
        while not self._rare.empty():
            rare.append(self._rare.get_nowait())
        samples = [self._samples.popleft() for _ in range(len(self._samples))]
        return samples + rare

    def _measure(self, now_s: float) -> None:
        late_s = max(now_s - self._last_s - TICK_S, 0.0)
        self._last_s = now_s
        self._late.append((now_s, late_s))
        while self._late[0][0] < now_s - KEPT_S:
            self._late.popleft()
        if late_s > LATE_S:
            what, took_s = self._longest
            cause = f"{what} took {took_s * 1e3:.0f} ms" if what else "nothing of ours is known"
            _log.warning("a tick came %.0f ms late: %s", late_s * 1e3, cause)
        self._longest = ("", 0.0)
