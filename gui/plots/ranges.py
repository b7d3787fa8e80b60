"""Ranges of axes: set once from what is expected, then growing in steps, never jumping."""

from __future__ import annotations

import math

Range = tuple[float, float]

MARGIN = 0.05
"""Room beyond the outermost points, relative to the range."""
STEPS = 4
"""A range grows by whole parts of this many of its width."""

FAR = 64
"""Steps beyond which a range is set anew: it was a guess of another size."""


def framed(low: float, high: float) -> Range:
    """A range with room around two values; one of any width for a single value."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return -1.0, 1.0
    room = MARGIN * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room


def united(one: Range | None, other: Range | None) -> Range | None:
    """The range that holds both; None where there is none."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def grown(now: Range | None, low: float, high: float) -> Range:
    """The range, wider by whole steps on a side where a value lies outside."""
    if now is None:
        return framed(low, high)
    low = low if math.isfinite(low) else now[0]
    high = high if math.isfinite(high) else now[1]
    step = (now[1] - now[0]) / STEPS
    if max(now[0] - low, high - now[1]) > FAR * step:
        return framed(min(now[0], low), max(now[1], high))
    under, over = (max(0, math.ceil(x / step)) for x in (now[0] - low, high - now[1]))
    return now[0] - under * step, now[1] + over * step
