"""Sums that are written out are those of a loop, to the last bit."""

from __future__ import annotations

import struct

import numpy as np

from memrig.sim.sums import sums


def by_loop(rows: list[list[float]], given: list[float]) -> list[float]:
    found = []
    for row in rows:
        total = 0.0
        for factor, one in zip(row, given, strict=True):
            total += factor * one
        found.append(total)
    return found


def test_sums_are_those_of_a_loop_to_the_last_bit():
    drawn = np.random.default_rng(0)
    for m, n in ((1, 1), (3, 3), (2, 5)):
        rows = (drawn.normal(size=(m, n)) * 10.0 ** drawn.integers(-20, 20, (m, n))).tolist()
        rows[0][n // 2] = 0.0
        written = sums(rows)
        for _ in range(50):
            given = drawn.normal(size=n).tolist()
            given[0] *= drawn.choice([-1e-300, -0.0, 1.0, 1e30])
            assert _bits(written(given)) == _bits(by_loop(rows, given))


def test_nothing_is_added_up_where_there_is_nothing():
    assert sums([])([]) == []
    assert sums([[], []])([]) == [0.0, 0.0]


def _bits(numbers: list[float]) -> bytes:
    return struct.pack(f"{len(numbers)}d", *numbers)
