"""Fewer points for the screen: nothing is invented, every extreme is kept. Pure numpy.

A curve need not run from left to right: a hysteresis loop does not. So points are thinned by their
index, never by where they lie: of every stretch of consecutive points the first and the last are
kept, and those where x and y are smallest and largest (M4; U. Jugel et al., VLDB 7(10):797, 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

KEPT = 6
"""Points that a stretch keeps at most."""
NODE = 256
"""Points that a node of the index stands for."""
EXACT = 100_000
"""Visible points up to which every one is looked at; beyond it, the nodes are."""


def m4(x: Floats, y: Floats, points: int) -> Integers:
    """Indices, ascending, of at most about ``points`` points that keep every extreme.

    Points that are not finite are kept only where a stretch begins or ends with one.

    :param x: with ``y``, positions in time order, shape (n,).
    """
    n = x.size
    if n <= points:
        return np.arange(n, dtype=np.int64)
    size = -(-n // max(1, points // KEPT))
    whole = n // size * size
    kept = [_nodes(x[:whole].reshape(-1, size), y[:whole].reshape(-1, size))]
    if whole < n:
        kept.append(_nodes(x[None, whole:], y[None, whole:]) + whole)
    return np.asarray(np.unique(np.concatenate([one.ravel() for one in kept])))


def _nodes(x: Floats, y: Floats) -> Integers:
    """First, last and extreme points of every row, shape (rows, 6), counted through all rows."""
    rows, size = x.shape
    found = np.empty((rows, KEPT), dtype=np.int64)
    found[:, 0], found[:, 1] = 0, size - 1
    for column, values in ((2, x), (4, y)):
        low, high = _finite(values)
        found[:, column], found[:, column + 1] = low.argmin(axis=1), high.argmax(axis=1)
    return np.asarray(found + size * np.arange(rows)[:, None])


def _finite(values: Floats) -> tuple[Floats, Floats]:
    """The values for a search of the smallest and of the largest: NaN is neither."""
    if not np.isnan(values.sum()):
        return values, values
    bad = np.isnan(values)
    return np.where(bad, np.inf, values), np.where(bad, -np.inf, values)


@dataclass(frozen=True, slots=True)
class Visible:
    """What is drawn of a curve, shape (n,) each, in time order.

    :param index: of the points in the curve.
    :param joined: whether a line leads from the point before to this one.
    :param total: how many points of the curve lie in the window.
    """

    index: Integers
    x: Floats
    y: Floats
    flagged: Bools
    joined: Bools
    total: int


class Curve:
    """A curve that grows while data arrive, and tells quickly what a window on it shows.

    Adding n points costs O(n); what a window shows is found through an index of nodes, each the
    extremes of 256 consecutive points.
    """

    def __init__(self) -> None:
        self._data = np.empty((2, 1024))
        self._flagged = np.empty(1024, dtype=bool)
        self._nodes = np.empty((8, KEPT), dtype=np.int64)
        self._boxes = np.empty((4, 8))
        self._indexed = 0
        self._breaks: list[int] = []
        self.size, self.revision = 0, 0

    @classmethod
    def of(cls, x: npt.ArrayLike, y: npt.ArrayLike, flagged: npt.ArrayLike | None = None) -> Curve:
        """A curve of points that are all there, shape (n,) each."""
        made = cls()
        made.append(x, y, flagged)
        return made

    @property
    def x(self) -> Floats:
        """Positions to the right, shape (n,)."""
        return self._data[0, :self.size]

    @property
    def y(self) -> Floats:
        """Positions upwards, shape (n,)."""
        return self._data[1, :self.size]

    @property
    def flagged(self) -> Bools:
        """Where something is known against a point, shape (n,)."""
        return self._flagged[:self.size]

    def append(
        self, x: npt.ArrayLike, y: npt.ArrayLike, flagged: npt.ArrayLike | None = None,
        *, joined: bool = True,
    ) -> None:
        """Add points at the end, shape (n,) each.

        :param joined: whether a line leads from the last point to the first of these.
        """
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        end = self.size + x.size
        self._make_room(end)
        if not joined and self.size:
            self._breaks.append(self.size)
        self._data[0, self.size:end], self._data[1, self.size:end] = x, y
        self._flagged[self.size:end] = False if flagged is None else flagged
        self.size, self.revision = end, self.revision + 1
        self._index()

    def clear(self) -> None:
        """Forget all points."""
        self.size, self.revision, self._breaks, self._indexed = 0, self.revision + 1, [], 0

    def _make_room(self, end: int) -> None:
        if end <= self._flagged.size:
            return
        more = max(end, 2 * self._flagged.size) - self._flagged.size
        self._data = np.pad(self._data, ((0, 0), (0, more)))
        self._flagged = np.pad(self._flagged, (0, more))

    def _index(self) -> None:
        """Nodes, and the boxes around them, of the points that have come to fill one."""
        done, ready = self._indexed, self.size // NODE
        if ready == done:
            return
        if ready > len(self._nodes):
            more = max(ready, 2 * len(self._nodes)) - len(self._nodes)
            self._nodes = np.pad(self._nodes, ((0, more), (0, 0)))
            self._boxes = np.pad(self._boxes, ((0, 0), (0, more)))
        x, y = (one[done * NODE:ready * NODE].reshape(-1, NODE) for one in (self.x, self.y))
        found = _nodes(x, y) + done * NODE
        self._boxes[:2, done:ready] = self.x[found[:, 2:4]].T
        self._boxes[2:, done:ready] = self.y[found[:, 4:6]].T
        self._nodes[done:ready] = np.sort(found, axis=1)
        self._indexed = ready

    def extent(self) -> tuple[float, float, float, float] | None:
        """Smallest and largest x, then y; None where there are none, or infinite ones."""
        box, tail = self._boxes[:, :self._indexed], slice(self._indexed * NODE, self.size)
        lows = (np.concatenate([box[k], one[tail]]) for k, one in ((0, self.x), (2, self.y)))
        highs = (np.concatenate([box[k], one[tail]]) for k, one in ((1, self.x), (3, self.y)))
        # fmin and fmax pass over what is no number.
        (x_low, y_low), (x_high, y_high) = (
            [float(np.fmin.reduce(one, initial=np.inf)) for one in lows],
            [float(np.fmax.reduce(one, initial=-np.inf)) for one in highs])
        if not np.isfinite([x_low, x_high, y_low, y_high]).all():
            return None
        return x_low, x_high, y_low, y_high

    def visible(
        self, x_range: tuple[float, float], y_range: tuple[float, float] | None, points: int
    ) -> Visible:
        """What a window shows, thinned to about ``points`` points.

        :param y_range: None shows everything between the ends of ``x_range``, as lines need.
        """
        nodes = self._touching(x_range, y_range)
        near = self._candidates(nodes, exact=int(nodes.sum()) * NODE <= EXACT)
        inside = _within(self.x[near], x_range)
        if y_range is not None:
            inside &= _within(self.y[near], y_range)
        # A line enters and leaves the window: the neighbours of what lies inside belong to it.
        reach = inside.copy()
        reach[1:] |= inside[:-1]
        reach[:-1] |= inside[1:]
        shown = near[reach]
        kept = m4(self.x[shown], self.y[shown], points)
        index = shown[kept]
        return Visible(index=index, x=self.x[index], y=self.y[index], flagged=self.flagged[index],
                       joined=self._joined(index, np.flatnonzero(reach)[kept], reach),
                       total=int(inside.sum()))

    def _joined(self, index: Integers, places: Integers, reach: Bools) -> Bools:
        """Where a line leads to a point: nothing hidden and no break lies before it."""
        hidden = np.cumsum(~reach)[places]
        stretch = np.searchsorted(np.array(self._breaks, dtype=np.int64), index, side="right")
        joined = np.zeros(index.size, dtype=bool)
        joined[1:] = (np.diff(hidden) == 0) & (np.diff(stretch) == 0)
        return joined

    def _touching(
        self, x_range: tuple[float, float], y_range: tuple[float, float] | None
    ) -> Bools:
        """Nodes whose box meets the window."""
        box = self._boxes[:, :self._indexed]
        meets = (box[0] <= x_range[1]) & (box[1] >= x_range[0])
        if y_range is not None:
            meets &= (box[2] <= y_range[1]) & (box[3] >= y_range[0])
        return np.asarray(meets)

    def _candidates(self, nodes: Bools, *, exact: bool) -> Integers:
        """Indices of the points in nodes, or of the nodes' own; those without a node always."""
        tail = np.arange(self._indexed * NODE, self.size)
        if exact:
            begin = np.flatnonzero(nodes) * NODE
            inner = (begin[:, None] + np.arange(NODE)).ravel()
        else:
            inner = self._nodes[:self._indexed][nodes].ravel()
            inner = inner[np.diff(inner, prepend=-1) > 0]
        return np.concatenate([inner, tail])


def _within(values: Floats, ends: tuple[float, float]) -> Bools:
    return np.asarray((values >= ends[0]) & (values <= ends[1]))
