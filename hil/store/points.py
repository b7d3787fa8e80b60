"""All points of a record in one table, for documents and exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.hil.record import Record

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points of one record, shape (n,) each, in time order.

    :param t_s: from the stimulus' start as planned, rest included, seconds.
    :param fired_s: when the block of the point was fired, on the bench's clock.
    """

    t_s: Floats
    repeat: Integers
    block: Integers
    fired_s: Floats
    v_dut_v: Floats
    i_a: Floats
    status: npt.NDArray[np.uint16]


def points_of(record: Record) -> Points:
    """The points of every block of every repeat."""
    columns: list[list[npt.NDArray[Any]]] = [[] for _ in Points.__dataclass_fields__]
    for repeat, block in record.blocks():
        trace = record.trace(repeat, block)
        n = trace.t_s.size
        start_s = planned_start_s(record, repeat, block)
        found: tuple[npt.NDArray[Any], ...] = (
            trace.t_s + start_s, np.full(n, repeat), np.full(n, block),
            np.full(n, record.fired_s(repeat, block)), trace.v_dut_v, trace.i_a, trace.status,
        )
        for column, values in zip(columns, found, strict=True):
            column.append(values)
    kinds = (float, int, int, float, float, float, np.uint16)
    joined = (np.concatenate([np.empty(0, kind), *column]).astype(kind)
              for kind, column in zip(kinds, columns, strict=True))
    return Points(**dict(zip(Points.__dataclass_fields__, joined, strict=True)))


def planned_start_s(record: Record, repeat: int, block: int) -> float:
    """Where a block of a repeat stands in its stimulus, seconds."""
    plan = record.plan
    return plan.stimulus.rest_before_s + repeat * plan.spacing_s + plan.blocks[block].start_s
