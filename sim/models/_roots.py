"""Where a quantity is what it should be."""

from __future__ import annotations

from collections.abc import Callable

Ends = tuple[float, float]
"""A place, and what is missed there."""


def false_position(
    missed: Callable[[float], tuple[float, float]], left: Ends, right: Ends, *,
    tolerance: float, tries: int,
) -> float:
    """The place between two, which miss on both sides, at which nothing is missed.

    By false position, which is there at once where the miss is linear; an end that stays has its
    miss halved (Illinois).

    :param missed: what is missed at a place, and what that is to be small against.
    """
    (a, miss_a), (b, miss_b) = left, right
    x = a
    for _ in range(tries):
        x = (a * miss_b - b * miss_a) / (miss_b - miss_a)
        miss, size = missed(x)
        if abs(miss) <= tolerance * size or not min(a, b) < x < max(a, b):
            break
        if miss * miss_b < 0.0:
            a, miss_a = b, miss_b
        else:
            miss_a *= 0.5
        b, miss_b = x, miss
    return x
