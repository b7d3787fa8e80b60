"""From a point of a figure to what is known of it, and from an instant to its points. No Qt."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from memrig.gui.plots.decimate import Curve
from memrig.hil.status import Status

Place = tuple[int, int]
NONE = -1


@dataclass(slots=True)
class Stretch:
    """Points of one block as they stand in the curves.

    :param first: of them, in the curves against time; ``sweep`` in those of the sweeps, ``NONE``
        where the block belongs to none.
    :param at_s: where the block stands in the run as planned, seconds.
    :param begin_s: of its first point as planned, ``end_s`` of its last.
    """

    first: int
    size: int
    sweep: int
    number: int
    place: Place
    at_s: float
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One measured point, with everything that is known of it.

    :param index: in its block; ``row`` counts through the whole run, from 0 (readings from 1).
    :param t_s: since the first stimulus, as planned.
    :param left_a: measured less model current, or conductance of a reading; None without a model.
    """

    number: int
    place: Place
    index: int
    row: int
    t_s: float
    v_v: float
    i_a: float
    left_a: float | None = None
    status: Status = Status.OK
    g_siemens: float | None = None
    u_siemens: float = 0.0


class Places:
    """Where the points of every block stand in the curves of a scene."""

    def __init__(self) -> None:
        self._all: list[Stretch] = []
        self._firsts: list[int] = []
        self._sweeps: list[Stretch] = []
        self._sweep_firsts: list[int] = []

    def add(self, stretch: Stretch) -> None:
        """Take what has been appended; parts of one block become one."""
        last = self._all[-1] if self._all else None
        same = last is not None and (last.number, last.place) == (stretch.number, stretch.place)
        if same and last is not None:
            last.size += stretch.size
            last.begin_s = min(last.begin_s, stretch.begin_s)
            last.end_s = max(last.end_s, stretch.end_s)
            return
        self._all.append(stretch)
        self._firsts.append(stretch.first)
        if stretch.sweep != NONE:
            self._sweeps.append(stretch)
            self._sweep_firsts.append(stretch.sweep)

    def of_row(self, row: int) -> Stretch | None:
        """The block of a point, by its number in the curves against time."""
        k = bisect_right(self._firsts, row) - 1
        return self._all[k] if k >= 0 and row < self._all[k].first + self._all[k].size else None

    def row_of_sweep(self, index: int) -> int | None:
        """The number in the curves against time of a point of the sweeps."""
        k = bisect_right(self._sweep_firsts, index) - 1
        if k < 0 or index >= self._sweeps[k].sweep + self._sweeps[k].size:
            return None
        return self._sweeps[k].first + index - self._sweeps[k].sweep

    def row_of(self, number: int, place: Place, index: int) -> int | None:
        """The number in the curves against time of a point of a block."""
        found = next((s for s in self._all if (s.number, s.place) == (number, place)), None)
        return None if found is None or index >= found.size else found.first + index

    def at(self, t_s: float, curve: Curve) -> int | None:
        """The point nearest to an instant, by its number in the curves against time; None between
        blocks.

        :param curve: one of those.
        """
        if not curve.size:
            return None
        times_s, end = curve.x, curve.size - 1
        k = min(max(int(np.searchsorted(times_s, t_s)), 1), end)
        row = int(curve.number[k if end and times_s[k] - t_s <= t_s - times_s[k - 1] else k - 1])
        stretch = self.of_row(row)
        if stretch is None:
            return None
        slack = (stretch.end_s - stretch.begin_s) / max(stretch.size - 1, 1)
        return row if stretch.begin_s - slack <= t_s <= stretch.end_s + slack else None


def worst_of(curve: Curve) -> tuple[float, float] | None:
    """Where a residual is largest in magnitude, and its value; None where nothing is left."""
    if curve.extent() is None:
        return None
    k = curve.furthest
    return (float(curve.x[k]), float(curve.y[k])) if curve.y[k] else None
