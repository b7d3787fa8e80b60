"""Work in blocks on all cores, with progress, that can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from memrig.hil.errors import StoppedError

NEWS_S = 0.05
"""How often progress is told while all cores are at work."""

Block = Callable[["Watch"], None]
"""A part of the work; it hands what it has done to the watch."""


class Watch:
    """Adds up what is done and hears the wish to stop.

    :param total: all that there is to do, in any unit.
    :param progress: told the share that is done, in the thread that made the watch.
    """

    def __init__(
        self, total: float, progress: Callable[[float], None] | None,
        stop: threading.Event | None,
    ) -> None:
        self._total, self._progress, self._stop = total, progress, stop
        self._lock, self._home = threading.Lock(), threading.get_ident()
        self._done, self._told = 0.0, -1.0
        self._halted = False

    def add(self, count: float) -> None:
        """A piece is done.

        :raises StoppedError: when the rest is not wanted any more.
        """
        self.check()
        with self._lock:
            self._done += count
        if threading.get_ident() == self._home:
            self.tell()

    def check(self) -> None:
        """Nothing but the question whether to go on.

        :raises StoppedError: when the rest is not wanted any more.
        """
        if self._halted or (self._stop is not None and self._stop.is_set()):
            raise StoppedError("the simulation was stopped")

    def tell(self, fraction: float | None = None) -> None:
        """Tell what is done, if that is more than was told."""
        if fraction is None:
            fraction = min(self._done / self._total, 0.999) if self._total else 0.0
        if self._progress is not None and fraction > self._told:
            self._told = fraction
            self._progress(fraction)

    def halt(self) -> None:
        """Whatever is still at work is to end."""
        self._halted = True


def done_in_blocks(blocks: Sequence[Block], watch: Watch, workers: int) -> list[bool]:
    """Do all blocks; which of them were finished, when the work was stopped not all.

    Errors of a block end the others and are raised here.
    """
    if min(workers, len(blocks)) <= 1:
        return [_finished(block, watch) for block in blocks]
    with ThreadPoolExecutor(min(workers, len(blocks)), "memrig-batch") as pool:
        futures = [pool.submit(_finished, block, watch) for block in blocks]
        try:
            _follow(futures, watch)
        finally:
            watch.halt()  # an error of one, or of who hears the progress, ends the others
    return [future.result() for future in futures]


def _finished(block: Block, watch: Watch) -> bool:
    try:
        watch.check()
        block(watch)
    except StoppedError:
        return False
    return True


def _follow(futures: Sequence[Future[bool]], watch: Watch) -> None:
    left = set(futures)
    while left:
        done, left = wait(left, timeout=NEWS_S)
        for future in done:
            future.result()
        watch.tell()
