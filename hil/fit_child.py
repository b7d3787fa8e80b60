"""The process that a fit is done in: one task, its words, and the end (``hil.fit_process``)."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from memrig.hil.errors import MemrigError
from memrig.hil.fit_process import FitFailed, FitFound, FitStep, FitTask, FitWord, Task
from memrig.hil.fitting import fit
from memrig.hil.overlay import Overlay
from memrig.hil.parameter_sets import STATE, kept_of
from memrig.hil.recompare import complete, modelled, recompare, started
from memrig.hil.record import Record
from memrig.hil.registry import load
from memrig.hil.store import Store
from memrig.hil.units import parse_quantity

POLITE = 5
"""By how much the child steps back behind the window, in Unix' own steps."""


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
