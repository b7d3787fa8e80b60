"""``memrig fit``: a model's parameters from a run, into a parameter file."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from memrig.hil.cli.experiment import ModelChoice, model_choice, pairs
from memrig.hil.cli.text import counted, print_json, table
from memrig.hil.errors import RequestError
from memrig.hil.fitting import Estimate, Fit, Progress
from memrig.hil.fitting import fit as fitted
from memrig.hil.overlay import Overlay
from memrig.hil.parameter_sets import STATE, KeptSet, keep, kept_of, write
from memrig.hil.recompare import complete, recompare
from memrig.hil.registry import load
from memrig.hil.store import Store, StoredRun
from memrig.hil.units import parse_quantity


def fit(arguments: Namespace) -> int:
    """Fit, lay the result over the run, write it down."""
    _check_output(arguments.output)
    with Store.open(arguments.store) as store:
        run = store.load(arguments.run)
        choice = model_choice(arguments.model, pairs(arguments.model_parameters))
        found, new = _found(run, choice, arguments)
        new, path = _kept(store, new, arguments.output)
        recompare(store, run, _overlay(new), keep_state=STATE in new.values)
    if arguments.json:
        print_json({"run": run.run_id, "file": str(path), "version": new.number,
                    "device": new.device, **found.to_json()})
    else:
        print(_summary(found, run.run_id))
        print(f"parameters: {path}")
    return 0


def _found(run: StoredRun, choice: ModelChoice, arguments: Namespace) -> tuple[Fit, KeptSet]:
    records = list(complete(run).values())
    own = {k: v for k, v in choice.parameters.items() if k != STATE}
    model = load("models", choice.name).from_text(own)
    x0 = choice.parameters.get(STATE)
    with_line = _Line()
    found = fitted(
        records, model, free=_names(arguments.free), fixed=_names(arguments.fix),
        x0=parse_quantity(x0, "1") if isinstance(x0, str) else x0, drive=arguments.drive,
        observer=with_line)
    with_line.end()
    return found, kept_of(found, model, run, records)


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _check_output(output: str) -> None:
    """Before the work, not after it."""
    if output and Path(output).exists():
        raise RequestError(f"{output} exists already; a parameter file is never overwritten")


def _kept(store: Store, new: KeptSet, output: str) -> tuple[KeptSet, Path]:
    if not output:
        return keep(store.path, new)
    try:
        write(new, Path(output))
    except FileExistsError:
        message = f"{output} exists already; a parameter file is never overwritten"
        raise RequestError(message) from None
    return new, Path(output)


def _overlay(new: KeptSet) -> Overlay:
    choice = ModelChoice(name=new.model, parameters=new.texts())
    return Overlay(bench=choice.bench(integrator="auto", step_s=None),
                   drive="plan" if new.drive == "plan" else "measured")


def _summary(found: Fit, run_id: str) -> str:
    """All that was free, then how well it went."""
    free = [_row(one) for one in found.estimates if one.free]
    fixed = [one.name for one in found.estimates if not one.free]
    return "\n".join([
        f"run {run_id}, {found.model} driven by the {found.drive} voltage: {found.sentence}",
        table(free, ("parameter", "value", "1 sigma", "before", "")),
        f"fixed: {', '.join(fixed) or 'nothing'}",
        f"nrmse {found.nrmse_before:.4g} before, {found.nrmse:.4g} after, "
        f"{counted(found.points, 'point', 'points')}",
    ])


def _row(one: Estimate) -> tuple[str, ...]:
    return (one.name, *one.words(), one.note)


class _Line:
    """One line on a terminal: how far the fit is."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._said = False

    def __call__(self, progress: Progress) -> Any:
        if self._shown:
            self._said = True
            print(f"\rstep {progress.steps}, nrmse {progress.nrmse:.4g} ", file=sys.stderr,
                  end="", flush=True)

    def end(self) -> None:
        """What is said next has a line of its own."""
        if self._said:
            print(file=sys.stderr)
