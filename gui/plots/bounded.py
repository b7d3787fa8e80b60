"""A bounded picture of a curve that grows for hours: fewer of its old points. Pure numpy.

Points are counted from the first one on, and every so many consecutive ones are a stretch. Of a
stretch stay the first and the last point, those where x and y are smallest and largest, and the
first and the last that something is known against. What stays of what stayed of two stretches is
what stays of both, so a picture may be condensed again and again and loses no extreme.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from memrig.gui.plots.decimate import Bools, Curve, Floats, Integers

BOUND = 2**16
"""Points of one curve that are kept while a run goes on: some fifty for each pixel of its width."""
NEWEST = 8
"""The newest points are kept in full, up to this part of the bound."""
SHORTEST = 16
"""Points of a stretch at first; of these, half or less stay."""


class BoundedCurve(Curve):
    """A curve that keeps its newest points in full, and a picture of the older ones.

    All extremes, ends, gaps and flags are those of everything that was added; only points between
    them are gone, of stretches that become longer as the curve does.

    :param bound: points that are kept at most.
    """

    def __init__(self, bound: int = BOUND) -> None:
        super().__init__()
        self._bound, self._newest = bound, bound // NEWEST
        self._stretch, self._settled_to = 0, 0

    def append(
        self, x: npt.ArrayLike, y: npt.ArrayLike, flagged: npt.ArrayLike | None = None,
        *, joined: bool = True,
    ) -> None:
        """Add points at the end; see ``Curve.append``. Many at once are taken part by part."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        bad = np.zeros(x.size, dtype=bool) if flagged is None else np.asarray(flagged)
        step = max(self._newest, 1)
        for first in range(0, max(x.size, 1), step):
            part = slice(first, first + step)
            super().append(x[part], y[part], bad[part], joined=joined or first > 0)
            self._settle()

    def clear(self) -> None:
        """Forget all points."""
        super().clear()
        self._stretch, self._settled_to = 0, 0

    def _settle(self) -> None:
        """Condense what is not new any more; all of it where that does not suffice."""
        if self.size <= self._bound and not self._fresh > 2 * self._newest:
            return
        self._stretch = self._stretch or SHORTEST
        self._condense(self._settled_to // self._stretch * self._stretch)
        while self.size > self._bound:
            self._stretch *= 2
            self._condense(0)
        self._index()

    @property
    def _fresh(self) -> int:
        """How many of the newest points are kept in full; 0 as long as all are."""
        return self.count - self._settled_to if self._stretch else 0

    def _condense(self, first: int) -> None:
        """Keep what stays of the points from a number on, but for the newest."""
        self._settled_to = self.count - self._newest
        start, stop = np.searchsorted(self.number, (first, self._settled_to)).tolist()
        part = slice(start, stop)
        self._keep(start, stop, staying(self.number[part] // self._stretch, self.x[part],
                                        self.y[part], self.flagged[part]))


def staying(stretch: Integers, x: Floats, y: Floats, flagged: Bools) -> Integers:
    """Positions, ascending, of the points that stay.

    :param stretch: that each point belongs to, never falling, shape (n,) like all others.
    """
    new = np.ones(stretch.size, dtype=bool)
    new[1:] = np.diff(stretch) > 0
    kept = new | np.append(new[1:], True)  # the first and the last of each
    starts, group = np.flatnonzero(new), np.cumsum(new) - 1
    for values in (x, y):
        for extreme in (np.fmin, np.fmax):  # for which NaN is no number
            found = values == extreme.reduceat(values, starts)[group]
            kept[_first_of_each(found, group)] = True
    kept[_first_of_each(flagged, group)] = True
    kept[x.size - 1 - _first_of_each(flagged[::-1], -group[::-1])] = True
    return np.flatnonzero(kept)


def _first_of_each(found: Bools, group: Integers) -> Integers:
    """The first position in every group where something was found.

    :param group: never falling, shape (n,).
    """
    at = np.flatnonzero(found)
    first = np.ones(at.size, dtype=bool)
    first[1:] = np.diff(group[at]) > 0
    return np.asarray(at[first])
