"""How many examples a property gets: few each time, many where somebody looks for others.

``--hypothesis-profile=search`` looks; see README.md.
"""

from __future__ import annotations

from hypothesis import settings

SEARCHED, SEARCHED_SLOWLY = 200, 10
"""Times as many examples where they are looked for; fewer of those that take a second each."""


LOOKS_FOR_OTHERS = not settings.default.derandomize
"""Whether this is a search."""


def few(count: int, times: int = SEARCHED) -> settings:
    """So many examples, the same each time; in a search others, and so many times as many."""
    return settings(max_examples=count * times if LOOKS_FOR_OTHERS else count)
