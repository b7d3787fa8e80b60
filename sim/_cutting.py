"""Ramps of many drives behind each other, compiled: two spikes laid over each other, ramps cut
where a rate is not smooth and where states are wanted, and what each piece does to a model.

It is what ``Ramps.cut`` and ``Model.flow`` do for one drive; the functions at the end are compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from memrig.hil.waveform import Waveform
from memrig.sim import compiled
from memrig.sim.lockstep import Counts
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.plain import plain
from memrig.sim.ramps import Ramps


@dataclass(frozen=True, slots=True)
class Rows:
    """The ramps of n drives; those of drive k are numbers ``first[k]`` to ``first[k + 1]``.

    :param first: shape (n + 1,).
    """

    first: Counts
    t0_s: Floats
    t1_s: Floats
    u0_v: Floats
    u1_v: Floats

    @classmethod
    def of(cls, drives: Sequence[Ramps]) -> Self:
        """From drives one by one."""
        first = np.cumsum([0, *map(len, drives)])
        return cls(first, *map(np.concatenate, zip(*(one.columns for one in drives), strict=True)))


@dataclass(frozen=True, slots=True)
class Actions:
    """What each piece of a ramp does; those of drive k are ``first[k]`` to ``first[k + 1]``.

    :param first: shape (n + 1,).
    :param before: pieces of each drive before each wanted time, shape (n, m).
    """

    first: Counts
    of_pieces: Floats
    before: Counts


class Acting:
    """What ramps do to a model: they are cut where its rate is not smooth."""

    def __init__(self, model: Model) -> None:
        law = plain(model, "native_action_at", "action")
        self._kernel = compiled.functions([next_cut, *law.functions, acted]).acted
        self._model = (float(model.orientation), np.array(model.kinks, dtype=float), law.values)

    def of(self, rows: Rows, wanted_s: Floats) -> Actions:
        """What the pieces of some drives do.

        :param wanted_s: times at which they are cut, too, not decreasing, shape (m,).
        """
        count, kinks_v = rows.first.size - 1, self._model[1]
        first, before = np.zeros(count + 1, np.int64), np.empty((count, wanted_s.size), np.int64)
        found = np.empty(rows.t0_s.size * (kinks_v.size + 1) + count * wanted_s.size)
        self._kernel(rows.first, rows.t0_s, rows.t1_s, rows.u0_v, rows.u1_v, wanted_s, *self._model,
                     first, found, before)
        return Actions(first, found, before)


def overlapped(
    top: Waveform, bottom: Waveform, delays_s: Floats, span_s: tuple[float, float]
) -> Rows:
    """What one drive less another is that is later by each of some delays, shape (n,)."""
    first = np.zeros(delays_s.size + 1, np.int64)
    columns = np.empty((4, delays_s.size * (top.vertex_count + bottom.vertex_count + 1)))
    _kernels().overlaps(*top.vertices(), *bottom.vertices(), delays_s, *span_s, first, *columns)
    return Rows(first, *columns[:, :first[-1]])


@cache
def _kernels() -> Any:
    return compiled.functions([along, overlaps])


# --- compiled


def along(t_s: float, later_s: float, place: int, times_s: Floats, levels_v: Floats) -> float:
    """The voltage of a drive that is later, on its way to a vertex; 0 V before and after all."""
    if place in (0, times_s.size):
        return 0.0
    start_s, stop_s = times_s[place - 1] + later_s, times_s[place] + later_s
    share = (t_s - start_s) / (stop_s - start_s)
    return float((1.0 - share) * levels_v[place - 1] + share * levels_v[place])  # exact at both


def overlaps(
    a_s: Floats, a_v: Floats, b_s: Floats, b_v: Floats, delays_s: Floats,
    start_s: float, stop_s: float, first: Counts,
    t0_s: Floats, t1_s: Floats, u0_v: Floats, u1_v: Floats,
) -> None:
    """Lay the vertices a and, later, b over each other: from each to the next one of either."""
    row = 0
    for drive in range(delays_s.size):
        later_s, now_s, a, b = delays_s[drive], start_s, 0, 0
        while now_s < stop_s:
            while a < a_s.size and a_s[a] <= now_s:
                a += 1
            while b < b_s.size and b_s[b] + later_s <= now_s:
                b += 1
            then_s = min(stop_s, a_s[a]) if a < a_s.size else stop_s
            then_s = min(then_s, b_s[b] + later_s) if b < b_s.size else then_s
            t0_s[row], t1_s[row] = now_s, then_s
            u0_v[row] = along(now_s, 0.0, a, a_s, a_v) - along(now_s, later_s, b, b_s, b_v)
            u1_v[row] = along(then_s, 0.0, a, a_s, a_v) - along(then_s, later_s, b, b_s, b_v)
            now_s = then_s
            row += 1
        first[drive + 1] = row


def next_cut(
    now_s: float, t0_s: float, t1_s: float, u0_v: float, u1_v: float, kinks_v: Floats
) -> float:
    """When a ramp next comes to a kink; its end where it comes to none."""
    then_s = t1_s
    for kink_v in kinks_v:
        # By signs first: a rise too small to divide by crosses nothing.
        if (u0_v - kink_v) * (u1_v - kink_v) < 0.0:
            at_s = t0_s + (kink_v - u0_v) / (u1_v - u0_v) * (t1_s - t0_s)
            if now_s < at_s < then_s:
                then_s = at_s
    return then_s


if TYPE_CHECKING:
    def action(v0_v: float, v1_v: float, dt_s: float, own: Floats) -> float:
        """What ``acted`` calls: the law of a model, which ``Acting`` writes under this name."""


def acted(
    rows: Counts, t0_s: Floats, t1_s: Floats, u0_v: Floats, u1_v: Floats, wanted_s: Floats,
    turned: float, kinks_v: Floats, own: Floats, first: Counts, actions: Floats, before: Counts,
) -> None:
    """Cut every ramp at the kinks and wanted times that lie within it; what each piece does."""
    piece = 0
    for drive in range(rows.size - 1):
        due = 0
        while due < wanted_s.size and wanted_s[due] <= t0_s[rows[drive]]:
            before[drive, due] = 0
            due += 1
        for ramp in range(rows[drive], rows[drive + 1]):
            begin_s, stop_s, begin_v, end_v = t0_s[ramp], t1_s[ramp], u0_v[ramp], u1_v[ramp]
            now_s, now_v = begin_s, begin_v
            while now_s < stop_s:
                then_s, then_v = stop_s, end_v
                if begin_v != end_v:
                    then_s = next_cut(now_s, begin_s, stop_s, begin_v, end_v, kinks_v)
                if due < wanted_s.size:
                    then_s = min(then_s, wanted_s[due])
                if then_s < stop_s:
                    slope = (end_v - begin_v) / (stop_s - begin_s)
                    then_v = begin_v + slope * (then_s - begin_s)
                actions[piece] = action(turned * now_v, turned * then_v, then_s - now_s, own)
                piece += 1
                now_s, now_v = then_s, then_v
                while due < wanted_s.size and wanted_s[due] <= now_s:
                    before[drive, due] = piece - first[drive]
                    due += 1
        before[drive, due:] = piece - first[drive]
        first[drive + 1] = piece
