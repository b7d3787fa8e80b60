"""``memrig sweep``: one experiment on many simulated devices."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from memrig.hil.cli.experiment import pairs, profile_of, protocol_of, simulated
from memrig.hil.cli.main import STOPPED
from memrig.hil.cli.run import summary
from memrig.hil.cli.signals import stop_signals
from memrig.hil.cli.text import Countdown, number, print_json, table
from memrig.hil.ensemble import Ensemble, Spread
from memrig.hil.execution import execute
from memrig.hil.registry import load
from memrig.hil.run import Run
from memrig.hil.seeds import drawn_seed
from memrig.hil.sharing import Submit, cluster, cores, processes
from memrig.hil.store import Store, tag_of

SMALL = 64
"""Devices for which starting other processes would take longer than it saves."""


def sweep(arguments: Namespace) -> int:
    """Run the protocol on the model as it is, then on every device; print what they spread over."""
    seed = drawn_seed(arguments.seed)
    protocol, preset = protocol_of(arguments.protocol, arguments)
    choice, method = simulated(arguments, preset, pairs(arguments.model_parameters),
                               integrator="auto")
    profile, nominal = profile_of(arguments, preset), choice.bench(**method)
    asked = load("simulators", "sweep").of(
        protocol, nominal.model, vary=arguments.vary, each=arguments.devices, x0=choice.x0,
        profile=profile, seed=seed, **method,
        beyond=load("simulators", "nonidealities").from_text(pairs(arguments.nonidealities)))
    with _workers(arguments.cluster, asked.count) as submit, \
            Store.open(arguments.store) as store, \
            stop_signals("STOP heard; what is done is kept") as stop:
        run = execute(protocol, nominal, profile=profile, store=store, stop=stop, seed=seed,
                      note=arguments.note, preset=arguments.preset,
                      tags=[tag_of(word) for word in arguments.tags])
        found: Ensemble = asked.ask(submit=submit, progress=_told(asked.count), stop=stop)
        store.set_ensemble(run.id, found)
    if arguments.json:
        print_json(_json(run, found))
    else:
        print("\n".join([summary(run), *_lines(found)]))
    return 0 if found.finished.all() else STOPPED


def _workers(address: str, count: int) -> AbstractContextManager[Submit | None]:
    if address:
        return cluster(address)
    return processes(cores() if count > SMALL else 1)


def _told(count: int) -> Callable[[float], None]:
    line = Countdown("devices", count)
    return lambda share: line.show(round(share * count))


def _json(run: Run, found: Ensemble) -> dict[str, Any]:
    return {
        **run.to_json(), "devices": len(found), "finished": int(found.finished.sum()),
        "varied": {name: values[found.finished].tolist() for name, values in found.varied.items()},
        "spreads": {one.name: {name: getattr(one, name) for name in (
            "devices", "mean", "deviation", "median", "low", "high")} for one in found.spreads()},
        "ensemble": dict(found.settings),
    }


def _lines(found: Ensemble) -> Iterator[str]:
    done = int(found.finished.sum())
    stopped = "" if done == len(found) else ", stopped before the others"
    yield f"{done} of {len(found)} SIMULATED devices{stopped}; over them:"
    rows = [_row(one) for one in found.spreads()]
    if rows:
        yield table(rows, ("", "median", "95 % from", "to", "mean", "standard deviation"))


def _row(one: Spread) -> tuple[str, ...]:
    return (one.name, *(number(one.name, value) for value in (
        one.median, one.low, one.high, one.mean, one.deviation)))
