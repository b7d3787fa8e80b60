"""``memrig stop``."""

from __future__ import annotations

from argparse import Namespace

from memrig.hil.stopping import stop_all


def stop(_: Namespace) -> int:
    """Stop what runs on this machine and say so."""
    print("\n".join(stop_all()) or "no run is in progress")
    return 0
