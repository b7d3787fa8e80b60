"""``memrig stop``."""

from __future__ import annotations

from argparse import Namespace

from memrig.hil.stopping import stop_all


def stop(_: Namespace) -> int:
    """Stop what runs on this machine; say at once that it was heard, then that it is done."""
    said = False
    for sentence in stop_all():
        print(sentence, flush=True)
        said = True
    if not said:
        print("no run is in progress")
    return 0
