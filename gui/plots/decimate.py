"""Fewer points for the screen: nothing is invented, every extreme is kept. Pure numpy.

A curve need not run from left to right: a hysteresis loop does not. So its points are thinned by
their index: of every stretch of consecutive points the first and the last are kept, and those where
x and y are smallest and largest (M4; U. Jugel et al., VLDB 7(10):797, 2014). A curve against time
does run to the right, and may have a thousand points in one pixel and none in the next hundred: it
is thinned by the pixels, as M4 was meant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.hil.status import Status

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

KEPT = 6
"""Points that a stretch keeps at most."""
NODE = 256
"""Points that a node of the finest level stands for."""
BRANCH = 4
"""Nodes that a node of the next level stands for."""
EXACT = 100_000
"""Visible points up to which every one is looked at; beyond it, the nodes are."""
FINE = 8
"""Points of nodes that are looked at for each that is drawn, at least."""


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
    return _once(np.sort(np.concatenate(kept), axis=1).ravel())


def m4_of_columns(y: Floats, column: Integers) -> Integers:
    """Indices, ascending, of the first, last, lowest and highest point of every column.

    :param y: values in time order, shape (n,).
    :param column: which column of pixels each lies in, shape (n,).
    """
    if not y.size:
        return np.empty(0, dtype=np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    sizes = np.diff(starts, append=y.size)
    stretch = np.repeat(np.arange(starts.size), sizes)
    kept = [starts, starts + sizes - 1]
    for extreme in (np.fmin, np.fmax):
        at = np.flatnonzero(y == extreme.reduceat(y, starts)[stretch])
        kept.append(at[np.diff(stretch[at], prepend=-1) > 0])
    return np.unique(np.concatenate(kept))


def _once(ascending: Integers) -> Integers:
    """Every index once, shape (m,)."""
    return np.asarray(ascending[np.diff(ascending, prepend=-1) > 0])


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

    :param index: numbers of the points in the curve.
    :param joined: whether a line leads from the point before to this one.
    :param total: about how many points of the curve lie in the window; exact for not too many.
    """

    index: Integers
    x: Floats
    y: Floats
    flagged: Bools
    joined: Bools
    total: int


_NOWHERE = (math.inf, -math.inf, math.inf, -math.inf)


class _Level:
    """Nodes that stand for equally many consecutive points each: their extremes, and boxes."""

    def __init__(self) -> None:
        self.size = 0
        self._index = np.empty((8, KEPT), dtype=np.int64)
        self._points = np.empty((2, 8, KEPT))
        self._boxes = np.empty((4, 8))

    def add(self, index: Integers, x: Floats, y: Floats) -> None:
        """Take nodes whose extremes are chosen from these points, shape (nodes, points) each."""
        end = self.size + len(index)
        if end > len(self._index):
            room = max(end, 2 * len(self._index))
            self._index = _longer(self._index, room, 0)
            self._points, self._boxes = (_longer(one, room, 1)
                                         for one in (self._points, self._boxes))
        found = _nodes(x, y)
        for row, (values, low) in enumerate(((x, 2), (x, 3), (y, 4), (y, 5))):
            self._boxes[row, self.size:end] = values.ravel()[found[:, low]]
        found.sort(axis=1)
        self._index[self.size:end] = index.ravel()[found]
        self._points[:, self.size:end] = x.ravel()[found], y.ravel()[found]
        self.size = end

    def cut(self, size: int) -> None:
        """Forget the nodes from one on."""
        self.size = min(self.size, size)

    def rows(self, first: int, last: int) -> tuple[Integers, Floats, Floats]:
        """Indices and places of the points of some nodes, shape (nodes, 6) each."""
        return self._index[first:last], self._points[0, first:last], self._points[1, first:last]

    def touching(
        self, x_range: tuple[float, float], y_range: tuple[float, float] | None, first: int = 0
    ) -> Integers:
        """Nodes from ``first`` on whose box meets the window."""
        box = self._boxes[:, first:self.size]
        meets = (box[0] <= x_range[1]) & (box[1] >= x_range[0])
        if y_range is not None:
            meets &= (box[2] <= y_range[1]) & (box[3] >= y_range[0])
        return np.asarray(np.flatnonzero(meets) + first)

    def points(self, nodes: Integers) -> tuple[Integers, Floats, Floats]:
        """Indices and places of the points of nodes, every one once, shape (n,) each."""
        index = self._index[nodes].ravel()
        new = np.diff(index, prepend=-1) > 0
        x, y = self._points[:, nodes].reshape(2, -1)
        return index[new], x[new], y[new]


def _longer(values: npt.NDArray[Any], room: int, axis: int) -> npt.NDArray[Any]:
    """The same with more room along an axis."""
    shape = list(values.shape)
    shape[axis] = room
    made = np.empty(shape, dtype=values.dtype)
    made[(slice(None),) * axis + (slice(values.shape[axis]),)] = values
    return made


class Curve:
    """A curve that grows while data arrive, and tells quickly what a window on it shows.

    Adding n points costs O(n). What a window shows is found through a pyramid: nodes keep the
    extremes of 256 consecutive points, those of the next level of four such nodes, and so on; the
    coarsest level that is fine enough for the window is looked at.

    :ivar size: points that are kept; ``count`` were ever added, and are numbered so.
    """

    def __init__(self) -> None:
        self._data = np.empty((2, 1024))
        self._flagged = np.empty(1024, dtype=bool)
        self._number: Integers | None = None  # as long as all are kept, they are where they were
        self._levels = [_Level()]
        self._ends, self._peaks = list(_NOWHERE), [0, 0]
        self._breaks: list[int] = []
        self.size, self.count, self.revision, self.flags = 0, 0, 0, 0
        self.reasons: dict[Status, int] = {}

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

    @property
    def number(self) -> Integers:
        """Numbers of the points, shape (n,)."""
        return np.arange(self.size) if self._number is None else self._number[:self.size]

    @property
    def whole(self) -> bool:
        """Whether every point that was added is kept."""
        return self.size == self.count

    def position(self, number: int) -> int | None:
        """Where the point of a number stands; None where it is not kept."""
        if self._number is None:
            return number if 0 <= number < self.size else None
        k = int(np.searchsorted(self.number, number))
        return k if k < self.size and self._number[k] == number else None

    def append(
        self, x: npt.ArrayLike, y: npt.ArrayLike, flagged: npt.ArrayLike | None = None,
        *, joined: bool = True,
    ) -> None:
        """Add points at the end, shape (n,) each.

        :param flagged: whether something is known against a point, or its ``Status``.
        :param joined: whether a line leads from the last point to the first of these.
        """
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        end = self.size + x.size
        self._make_room(end)
        if not joined and self.size:
            self._breaks.append(self.size)
        self._data[0, self.size:end], self._data[1, self.size:end] = x, y
        self._flag(np.zeros(x.size, dtype=bool) if flagged is None else np.asarray(flagged), end)
        numbers = range(self.count, self.count + x.size)
        if self._number is not None:
            self._number[self.size:end] = numbers
        self._hold(x, y, numbers)
        self.size, self.count, self.revision = end, numbers.stop, self.revision + 1
        self._index()

    def clear(self) -> None:
        """Forget all points."""
        self.size, self.revision, self.flags, self._breaks = 0, self.revision + 1, 0, []
        self._levels, self._ends, self.reasons = [_Level()], list(_NOWHERE), {}
        self._number, self.count = None, 0

    def drop(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Forget points that others are to stand for; of a curve without flags.

        :param ranges: number of the first, and how many.
        """
        stays, number = np.ones(self.size, dtype=bool), self.number
        for first, size in ranges:
            begin, end = np.searchsorted(number, (first, first + size))
            stays[begin:end] = False
            self._breaks.append(int(end))
        self._breaks.sort()
        self._keep(0, self.size, np.flatnonzero(stays))
        self._ends = list(_NOWHERE)
        self._hold(self.x, self.y, self.number)
        self.revision += 1
        self._index()

    def _keep(self, start: int, stop: int, kept: Integers) -> None:
        """Of the points between two positions keep some; the pyramid is to be made anew.

        :param kept: positions from ``start`` on, ascending, shape (n,).
        """
        if self._number is None:
            self._number = _longer(self.number, self._flagged.size, 0)
        apart = np.flatnonzero(self._gaps(start, stop, kept)) + start
        gone = stop - start - kept.size
        self._breaks = [*(k for k in self._breaks if k < start), *apart.tolist(),
                        *(k - gone for k in self._breaks if k >= stop)]
        for values in (*self._data, self._flagged, self._number):
            values[start:start + kept.size] = values[start:stop][kept]
            values[start + kept.size:self.size - gone] = values[stop:self.size].copy()
        self.size -= gone
        for depth, level in enumerate(self._levels):
            level.cut(start // (NODE * BRANCH**depth))

    def _gaps(self, start: int, stop: int, kept: Integers) -> Bools:
        """Before which of the points that are kept a line was interrupted, shape (n,)."""
        gap = ~np.isfinite(self.x[start:stop] + self.y[start:stop])
        gap[[k - start for k in self._breaks if start <= k < stop]] = True
        return np.asarray(np.diff(np.cumsum(gap)[kept], prepend=0) > 0)

    def _make_room(self, end: int) -> None:
        if end > self._flagged.size:
            room = max(end, 2 * self._flagged.size)
            self._data = _longer(self._data, room, 1)
            self._flagged = _longer(self._flagged, room, 0)
            if self._number is not None:
                self._number = _longer(self._number, room, 0)

    def _flag(self, flagged: npt.NDArray[Any], end: int) -> None:
        """Take what is known against points, and count it."""
        bad = self._flagged[self.size:end]
        bad[:] = flagged != 0
        count = int(np.count_nonzero(bad))
        self.flags += count
        if count and flagged.dtype != bool:
            for reason in Status:
                if found := int(np.count_nonzero(flagged & int(reason))):
                    self.reasons[reason] = self.reasons.get(reason, 0) + found

    def _hold(self, x: Floats, y: Floats, numbers: Sequence[int] | Integers) -> None:
        """Let the ends hold these; fmin and fmax pass over what is no number."""
        before = self._ends[2:]
        for k, values in ((0, x), (2, y)):
            self._ends[k] = float(np.fmin.reduce(values, initial=self._ends[k]))
            self._ends[k + 1] = float(np.fmax.reduce(values, initial=self._ends[k + 1]))
        for k, (old, new) in enumerate(zip(before, self._ends[2:], strict=True)):
            if new != old:
                self._peaks[k] = int(numbers[np.flatnonzero(y == new)[0]])

    def _index(self) -> None:
        """Nodes of the points, and of the nodes, that have come to fill one."""
        ground = self._levels[0]
        done, ready = ground.size * NODE, self.size // NODE * NODE
        if ready > done:
            at = np.arange(done, ready).reshape(-1, NODE)
            ground.add(at, self.x[done:ready].reshape(-1, NODE),
                       self.y[done:ready].reshape(-1, NODE))
        for depth in range(1, len(self._levels) + 1):
            below = self._levels[depth - 1]
            if depth == len(self._levels):
                if below.size < BRANCH:
                    break
                self._levels.append(_Level())
            level = self._levels[depth]
            first, last = level.size * BRANCH, below.size // BRANCH * BRANCH
            if last > first:
                index, x, y = below.rows(first, last)
                wide = (-1, BRANCH * KEPT)
                level.add(index.reshape(wide), x.reshape(wide), y.reshape(wide))

    def extent(self) -> tuple[float, float, float, float] | None:
        """Smallest and largest x, then y; None where there are none, or infinite ones."""
        x_low, x_high, y_low, y_high = self._ends
        if not all(map(math.isfinite, self._ends)):
            return None
        return x_low, x_high, y_low, y_high

    @property
    def furthest(self) -> int:
        """Where the first point stands whose y is largest in magnitude; of a curve with points."""
        low, high = (self.position(number) or 0 for number in self._peaks)
        return max(low, high, key=lambda k: (abs(float(self.y[k])), -k))

    def visible(
        self, x_range: tuple[float, float], y_range: tuple[float, float] | None, points: int,
        *, columns: int = 0,
    ) -> Visible:
        """What a window shows, thinned to about ``points`` points.

        :param y_range: None shows everything between the ends of ``x_range``, as lines need.
        :param columns: of pixels in the window; given for a curve whose x never goes back, which
            is thinned by them.
        """
        near, x, y, share = self._candidates(x_range, y_range, points)
        inside = _within(x, x_range)
        if y_range is not None:
            inside &= _within(y, y_range)
        # A line enters and leaves the window: the neighbours of what lies inside belong to it.
        reach = inside.copy()
        reach[1:] |= inside[:-1]
        reach[:-1] |= inside[1:]
        shown = np.flatnonzero(reach)
        if columns:
            column = _columns(x[shown], x_range, columns)
            thinned = m4_of_columns(y[shown], column)
        else:
            thinned = m4(x[shown], y[shown], points)
        kept = shown[thinned]
        at = near[kept]
        joined = self._joined(at, kept, reach)
        if columns:  # what is interrupted within a pixel is not seen to be
            joined[1:] |= np.diff(column[thinned]) == 0
        return Visible(index=at if self._number is None else self._number[at], x=x[kept],
                       y=y[kept], flagged=self.flagged[at], joined=joined,
                       total=int(inside.sum() * share))

    def _joined(self, index: Integers, places: Integers, reach: Bools) -> Bools:
        """Where a line leads to a point: nothing hidden and no break lies before it."""
        hidden = np.cumsum(~reach)[places]
        stretch = np.searchsorted(np.array(self._breaks, dtype=np.int64), index, side="right")
        joined = np.zeros(index.size, dtype=bool)
        joined[1:] = (np.diff(hidden) == 0) & (np.diff(stretch) == 0)
        return joined

    def _candidates(
        self, x_range: tuple[float, float], y_range: tuple[float, float] | None, points: int
    ) -> tuple[Integers, Floats, Floats, float]:
        """Indices and places of what the window may show, and how many points each stands for."""
        depth, nodes = len(self._levels) - 1, self._levels[-1].touching(x_range, y_range)
        while depth and nodes.size * KEPT < FINE * points:
            depth -= 1
            nodes = self._levels[depth].touching(x_range, y_range)
        share, covered = NODE * BRANCH**depth / KEPT, self._levels[depth].size
        if depth == 0 and nodes.size * NODE <= EXACT:
            index = (nodes[:, None] * NODE + np.arange(NODE)).ravel()
            parts, share = [(index, self.x[index], self.y[index])], 1.0
        else:
            parts = [self._levels[depth].points(nodes)]
        for level in self._levels[:depth][::-1]:  # what has not yet come to fill a coarse node
            covered *= BRANCH
            parts.append(level.points(level.touching(x_range, y_range, covered)))
            covered = level.size
        tail = np.arange(covered * NODE, self.size)
        parts.append((tail, self.x[tail], self.y[tail]))
        index, x, y = (np.concatenate(one) for one in zip(*parts, strict=True))
        return index, x, y, share


def _columns(x: Floats, ends: tuple[float, float], columns: int) -> Integers:
    """Which column of pixels points lie in, those beside the window in one of their own."""
    part = (x - ends[0]) * (columns / (ends[1] - ends[0]))
    return np.asarray(np.floor(np.clip(part, -1.0, columns)), dtype=np.int64)


def _within(values: Floats, ends: tuple[float, float]) -> Bools:
    return np.asarray((values >= ends[0]) & (values <= ends[1]))
