"""What a dry run has worked out is not worked out again by the run that follows it."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass

from memrig.hil.record import Chunk
from memrig.sim.simulation import Solved

POINTS_MAX = 1 << 20
"""Points that are kept at most, for runs that may never come."""


@dataclass(frozen=True, slots=True)
class Said:
    """A chunk, when it was given, and the device's state then; from 0 s on."""

    chunk: Chunk
    at_s: float
    x: float


@dataclass(frozen=True, slots=True)
class Answer:
    """All that a plan gave from one state on.

    :param worst: the integration with the largest error.
    """

    said: tuple[Said, ...]
    duration_s: float
    worst: Solved

    @property
    def points(self) -> int:
        """How much it is."""
        return sum(one.chunk.points for one in self.said)


class Answers:
    """Answers that a bench and its replicas share; each is given once, the oldest go first."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Answer] = {}
        self._points = 0
        self._lock = threading.Lock()  # an overlay asks in a thread of its own

    def keep(self, key: Hashable, answer: Answer) -> None:
        """Hold an answer for who asks the same."""
        with self._lock:
            self._let_go(key)
            self._kept[key] = answer
            self._points += answer.points
            while self._points > POINTS_MAX:
                self._let_go(next(iter(self._kept)))

    def take(self, key: Hashable) -> Answer | None:
        """The answer, which is then held no longer; None where there is none."""
        with self._lock:
            return self._let_go(key)

    def _let_go(self, key: Hashable) -> Answer | None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._points -= found.points
        return found
