"""Seeds of what is random, where nobody has given one."""

from __future__ import annotations

import secrets

SEEDS = 2**31
"""Seeds are drawn below this."""


def drawn_seed(given: int | None = None) -> int:
    """The seed that was given, else a new one, which a run keeps."""
    return secrets.randbelow(SEEDS) if given is None else given
