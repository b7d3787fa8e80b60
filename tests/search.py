"""How many examples a property gets: few each time, many where somebody looks for others.

``--hypothesis-profile=search`` looks; see README.md.
"""

from __future__ import annotations

from hypothesis import settings

SEARCHED = 200
"""Times as many examples where they are looked for."""


def few(count: int) -> settings:
    """So many examples, the same each time; in a search others, and ``SEARCHED`` times as many."""
    looks = not settings.default.derandomize
    return settings(max_examples=count * SEARCHED if looks else count)
