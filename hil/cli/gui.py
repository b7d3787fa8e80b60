"""``memrig gui``: opens the bench window."""

from __future__ import annotations

from argparse import Namespace

from memrig.hil.registry import load


def gui(arguments: Namespace) -> int:
    """Open the window and stay until it is closed."""
    code: int = load("windows", "bench")(
        arguments.bench, store=arguments.store, scheme=arguments.theme, fresh=arguments.fresh,
        tongue=arguments.language,
    )
    return code
