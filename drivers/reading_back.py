"""Settings as instruments read them back: whether one is what was set, and how it is shown."""

from __future__ import annotations

import math

NEAR, DIGITS_ONLY = 1e-6, 1e-12
"""How far a level, a rate or a count may be from what was set, absolute; and a time or a current,
of which that would be much."""


def is_same(said: str, wanted: float | str, *, is_small: bool = False) -> bool:
    """Whether an answer is a setting: a word, or a number to its sixth digit.

    :param is_small: whether the digits alone count, as of a time or a current.
    """
    if isinstance(wanted, str):
        return said.strip().strip('"').upper() == wanted
    near = DIGITS_ONLY if is_small else NEAR
    try:
        return math.isclose(float(said), wanted, rel_tol=1e-6, abs_tol=near)
    except ValueError:
        return False


def plain(said: str) -> str:
    """A number without its needless digits; a word as it is."""
    try:
        return f"{float(said):g}"
    except ValueError:
        return said.strip() if said.strip().isprintable() else repr(said)
