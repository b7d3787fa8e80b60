"""How things are measured here: one after the other in one run, as medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Two things measured alternately.

    :param unit_s: what a unit of the work took, median, seconds.
    :param reference_s: what a unit of the reference took, median, seconds.
    :param goal: what the ratio should be; empty where there is none yet.
    """

    what: str
    reference: str
    unit_s: float
    reference_s: float
    goal: str = ""

    @property
    def row(self) -> str:
        """A line of the table."""
        return (f"| {self.what} | {_time(self.unit_s)} | {self.reference} | "
                f"{_time(self.reference_s)} | {self.unit_s / self.reference_s:.3g} | {self.goal} |")


def _time(seconds: float) -> str:
    factor, unit = next((f, u) for f, u in ((1, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns"))
                        if seconds * f >= 1 or u == "ns")
    return f"{seconds * factor:.3g} {unit}"


def medians(
    *works: Work, rounds: int = 15, clock: Callable[[], float] = time.perf_counter,
    after: Work = lambda: None,
) -> list[float]:
    """Median duration of each, seconds; one after the other, after a round that is not counted.

    :param after: done after each of them, not counted.
    """
    taken: list[list[float]] = [[] for _ in works]
    for number in range(rounds + 1):
        for work, times in zip(works, taken, strict=True):
            begin = clock()
            work()
            if number:
                times.append(clock() - begin)
            after()
    return [statistics.median(times) for times in taken]
