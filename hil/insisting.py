"""A stop that the run's own thread does not hear in time is carried out by another one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from memrig.hil.bench import Bench, SafeState
from memrig.hil.errors import sentence_of

_log = logging.getLogger(__name__)
LOOK_S, UNHEARD_S = 0.05, 0.1
"""How often the stop is looked at, and how long the run may take to act on it."""
Told = Callable[[SafeState], object]


@contextmanager
def insisted(
    bench: Bench, stop: threading.Event, told: Told | None = None, *, look_s: float = LOOK_S,
    unheard_s: float = UNHEARD_S,
) -> Iterator[threading.Event]:
    """Switch off from another thread when ``stop`` is set and the event that this gives, which
    says that the run is on its way out, is not.

    A run waits for an answer, for its store, for a defect of ours; none of that may keep its
    outputs on. What the instruments say then is asked by the run itself on its way out.

    :param told: receives what is known of the outputs after that, in that other thread.
    """
    leaving = threading.Event()
    if not bench.describe().resources:
        yield leaving  # nothing that outlives this run can be on
        return

    def watch() -> None:
        while not leaving.wait(look_s):
            if stop.is_set():
                if not leaving.wait(unheard_s):
                    safe = made_safe(bench)
                    if told is not None:
                        told(safe)
                return

    thread = threading.Thread(target=watch, name="memrig-insist", daemon=True)
    thread.start()
    try:
        yield leaving
    finally:
        leaving.set()
        thread.join()


def made_safe(bench: Bench) -> SafeState:
    """Switch a bench off from any thread; an error is an answer, too."""
    try:
        return bench.make_safe()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is known and said
        _log.exception("the bench cannot be made safe")
        return SafeState(off=False, verified=False, messages=(sentence_of(error),))
