"""Conductances one by one: after pulses, reading by reading, before and after spikes. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from memrig.gui.plots.decimate import Bools, Floats, Integers
from memrig.hil.plan import Plan
from memrig.hil.protocols._window import POINT, window_rows
from memrig.hil.record import Reading, Record
from memrig.hil.status import Status
from memrig.hil.stimulus import Role


def is_main(plan: Plan) -> bool:
    """Whether a stimulus belongs to the protocol itself, not to the reads around it."""
    return plan.stimulus.labels.get("phase", "main") == "main"


class Row(NamedTuple):
    """One reading, its uncertainty worked out once.

    :param number: of its stimulus; ``repeat`` and ``block`` in that.
    :param at_s: when its window begins, since the first stimulus, as planned.
    """

    g_siemens: float
    u_siemens: float
    v_dut_v: float
    i_a: float
    status: Status
    number: int
    repeat: int
    block: int
    at_s: float

    @property
    def flagged(self) -> bool:
        """Whether something is known against it."""
        return self.status != Status.OK


Labelled = tuple[Mapping[str, Any], Sequence[Row]]
"""Labels of a stimulus, and its readings, which may still grow."""
LABELS = ("polarity", "series", "amplitude_v", "width_s")
"""What a stimulus tells of its pulses."""


def row_of(reading: Reading, *, u_siemens: float, number: int, at_s: float) -> Row:
    """What is drawn of a reading; a model's has no uncertainty of its own."""
    return Row(reading.conductance_siemens, u_siemens,
               reading.v_dut_v, reading.i_a, reading.status, number, reading.repeat,
               reading.block, at_s)


class Series(NamedTuple):
    """Readings against their number, shape (n,) each.

    :param polarity: +1 after potentiating, -1 after depressing pulses, 0 after none.
    :param group: changes where one train ends and the next begins.
    :param amplitude_v: with ``width_s``, of the pulses; 0 where there were none.
    """

    g_siemens: Floats
    u_siemens: Floats
    v_dut_v: Floats
    polarity: Floats
    group: Floats
    amplitude_v: Floats
    width_s: Floats
    status: Integers
    """What is known against each, bit fields."""
    rows: Sequence[Row] = ()

    @property
    def number(self) -> Floats:
        """1, 2, 3 ..."""
        return np.arange(1.0, self.g_siemens.size + 1.0)

    @property
    def flagged(self) -> Bools:
        """Whether anything is."""
        return np.asarray(self.status != 0)

    @property
    def trains(self) -> list[tuple[int, int]]:
        """Where each train begins and ends, as indices."""
        ends = [*(np.flatnonzero(np.diff(self.group)) + 1).tolist(), self.group.size]
        return list(pairwise([0, *ends])) if self.group.size else []

    @property
    def within(self) -> Floats:
        """1, 2, 3 ... within every train."""
        return np.concatenate([np.empty(0), *(np.arange(1.0, b - a + 1.0)
                                              for a, b in self.trains)])


def series_of(stimuli: Sequence[Labelled]) -> Series:
    """Readings of several stimuli behind each other, each with its stimulus' labels."""
    rows = [row for _, found in stimuli for row in found]
    table = np.array([(row.g_siemens, row.u_siemens, row.v_dut_v) for row in rows], dtype=float)
    told = np.array([[labels.get(name, 0) for name in LABELS] for labels, _ in stimuli],
                    dtype=float).reshape(-1, len(LABELS))
    g, u, v = table.reshape(-1, 3).T
    polarity, group, amplitude, width = np.repeat(told, [len(r) for _, r in stimuli], axis=0).T
    return Series(g_siemens=g, u_siemens=u, v_dut_v=v, polarity=polarity, group=group,
                  amplitude_v=amplitude, width_s=width, rows=rows,
                  status=np.array([int(row.status) for row in rows], dtype=np.int64))


class SeriesBook:
    """Series by their names; each is made anew when readings have come, and only then."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[list[Labelled], list[int], Series]] = {}

    def series(self, name: str, stimuli: Iterable[Labelled]) -> Series:
        """The readings of these; the same object as the last time where nothing has changed."""
        now = list(stimuli)
        sizes = [len(rows) for _, rows in now]
        before = self._known.get(name)
        if before is None or before[1] != sizes or any(
                a[1] is not b[1] for a, b in zip(before[0], now, strict=True)):
            before = self._known[name] = now, sizes, series_of(now)
        return before[2]


class PairRows:
    """Rows of a spike-timing window, found point by point as records come."""

    def __init__(self) -> None:
        self._rows: dict[Any, list[dict[str, Any]]] = {}
        self._open: list[Record] = []

    def add(self, record: Record) -> bool:
        """Take the next record; whether it has brought a row."""
        point = record.stimulus.labels.get(POINT)
        if self._open and self._open[-1].stimulus.labels.get(POINT) != point:
            self._open = []
        self._open.append(record)
        if record.role is not Role.READ or point is None:
            return False
        self._rows[point] = window_rows(self._open)
        return True

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All rows, in the order of application."""
        return [row for rows in self._rows.values() for row in rows]
