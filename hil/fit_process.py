"""A fit in a process of its own, so that whoever asked for it stays quick, and can end it.

The child is told one task on its standard input and answers with words on its standard output,
pickled both ways: it is this program on the same machine.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from memrig.hil.errors import MemrigError
from memrig.hil.fitting import STATE, Fit, Progress, fit
from memrig.hil.overlay import Drive, Overlay
from memrig.hil.parameter_sets import KeptSet, kept_of
from memrig.hil.recompare import complete, modelled, recompare, started
from memrig.hil.record import Record
from memrig.hil.registry import load
from memrig.hil.store import Store
from memrig.hil.units import parse_quantity

CHILD = "from memrig.hil.fit_process import serve; serve()"
POLITE = 5
"""By how much the child steps back behind the window, in Unix' own steps."""


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


def serve() -> None:
    """Do the task that stands on standard input; the child's whole life."""
    if hasattr(os, "nice"):
        os.nice(POLITE)
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301  # our own parent's
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # whatever else is printed must not come between
        try:
            _do(task, out)
        except MemrigError as error:
            _say(out, FitFailed(task=task, sentence=str(error)))
        except BrokenPipeError:
            os._exit(1)  # whoever asked is gone, and so is the pipe that closing would flush


def _say(out: BinaryIO, word: FitWord) -> None:
    pickle.dump(word, out)
    out.flush()


def _do(task: Task, out: BinaryIO) -> None:
    with Store.open(task.store, create=False) as store:
        if isinstance(task, FitTask):
            _say(out, _fitted(store, task, out))
        else:
            own = task.kept
            recompare(store, store.load(task.run_id), _overlay(own.model, own.texts(), own.drive),
                      keep_state=STATE in own.values)
            _say(out, FitWord(task=task))


def _fitted(store: Store, task: FitTask, out: BinaryIO) -> FitFound:
    run = store.load(task.run_id)
    measured = complete(run)
    records = list(measured.values())
    model, x0 = _model(task.model, task.texts)
    found = fit(records, model, free=task.free, x0=x0, drive=task.drive,
                observer=lambda progress: _say(out, FitStep(task=task, progress=progress)))
    kept = kept_of(found, model, run, records)
    before, after = (
        dict(zip(measured, _records(task, texts, records), strict=True))
        for texts in (task.texts, kept.texts()))
    return FitFound(task=task, fit=found, kept=kept, before=before, after=after)


def _records(task: FitTask, texts: Mapping[str, str], records: list[Record]) -> list[Record]:
    overlay = _overlay(task.model, texts, task.drive)
    begun, _ = started(overlay, records, keep_state=STATE in texts)
    return modelled(begun, records)[0]


def _model(name: str, texts: Mapping[str, str]) -> tuple[Any, float | None]:
    own = {k: v for k, v in texts.items() if k != STATE}
    x0 = texts.get(STATE)
    return load("models", name).from_text(own), None if x0 is None else parse_quantity(x0, "1")


def _overlay(name: str, texts: Mapping[str, str], drive: str) -> Overlay:
    model, x0 = _model(name, texts)
    bench = load("simulators", "model")(model, integrator="auto", x0=x0)
    return Overlay(bench=bench, drive="plan" if drive == "plan" else "measured")
