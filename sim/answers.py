"""What a dry run has worked out is not worked out again by the run that follows it."""

from __future__ import annotations

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

    def keep(self, key: Hashable, answer: Answer) -> None:
        """Hold an answer for who asks the same."""
        self._kept[key] = answer
        while sum(one.points for one in list(self._kept.values())) > POINTS_MAX:
            self._kept.pop(next(iter(self._kept)), None)

    def take(self, key: Hashable) -> Answer | None:
        """The answer, which is then held no longer; None where there is none."""
        return self._kept.pop(key, None)
