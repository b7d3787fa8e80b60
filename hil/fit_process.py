"""A fit in a process of its own, so that whoever asked for it stays quick, and can end it.

The child (``hil.fit_child``) is told one task on its standard input and answers with words on its
standard output, pickled both ways: it is this program on the same machine.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memrig.hil.parameter_sets import KeptSet
from memrig.hil.record import Record

if TYPE_CHECKING:  # the child's work
    from memrig.hil.fitting import Fit, Progress
    from memrig.hil.overlay import Drive

CHILD = "from memrig.hil.fit_child import serve; serve()"


@dataclass(frozen=True, kw_only=True)
class FitTask:
    """A fit of a stored run.

    :param texts: parameters that the fit starts from, as typed; ``x0`` among them if it is given.
    :param free: names of parameters; none for those that the run determines.
    """

    store: Path
    run_id: str
    model: str
    texts: Mapping[str, str]
    free: tuple[str, ...] = ()
    drive: Drive = "plan"


@dataclass(frozen=True, kw_only=True)
class LayTask:
    """A kept set laid over its run, in place of the overlay that the run has."""

    store: Path
    run_id: str
    kept: KeptSet


Task = FitTask | LayTask


@dataclass(frozen=True, kw_only=True)
class FitWord:
    """Something that a task has to say; this itself: that it is done."""

    task: Task


@dataclass(frozen=True, kw_only=True)
class FitStep(FitWord):
    """How far a fit is."""

    progress: Progress


@dataclass(frozen=True, kw_only=True)
class FitFound(FitWord):
    """The end of a fit.

    :param kept: the set as it would be kept, without a number.
    :param before: the model's records by number of their stimulus, with the parameters before;
        ``after``: with those that were found.
    """

    fit: Fit
    kept: KeptSet
    before: Mapping[int, Record]
    after: Mapping[int, Record]


@dataclass(frozen=True, kw_only=True)
class FitFailed(FitWord):
    """Why there is no result."""

    sentence: str


class FitProcess:
    """Does one task at a time, in a child that ends with it.

    :param tell: receives every ``FitWord``, in a thread of its own; nothing after ``stop``.
    """

    def __init__(self, tell: Callable[[FitWord], None]) -> None:
        self._tell = tell
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self.busy = False
        """Whether a task is under way; no more when its last word is told."""

    def start(self, task: Task) -> None:
        """Do this; whatever is under way is ended."""
        self.stop()
        child = subprocess.Popen(  # noqa: S603  # this program itself
            [sys.executable, "-P", "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True)  # Ctrl-C in a terminal is not for it
        self._child, self.busy = child, True
        self._thread = threading.Thread(target=self._listen, args=(child, task),
                                        name="memrig-fit", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End what is under way, at once; it says nothing any more."""
        child, self._child, self.busy = self._child, None, False
        if child is not None:
            child.kill()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    close = stop

    def _listen(self, child: subprocess.Popen[bytes], task: Task) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        last: FitWord | None = None
        with child.stdin, child.stdout:
            try:
                pickle.dump(task, child.stdin)
                child.stdin.flush()
                while True:
                    last = pickle.load(child.stdout)  # noqa: S301  # our own child's
                    self._pass_on(child, last)
            except (EOFError, OSError, pickle.UnpicklingError):
                code = child.wait()
        if last is None or isinstance(last, FitStep):
            sentence = f"the fit's process has ended with {code}"
            self._pass_on(child, FitFailed(task=task, sentence=sentence))

    def _pass_on(self, child: subprocess.Popen[bytes], word: FitWord) -> None:
        if self._child is child:  # else it was stopped meanwhile
            self.busy = isinstance(word, FitStep)
            self._tell(word)
