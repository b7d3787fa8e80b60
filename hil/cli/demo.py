"""``memrig demo``: the main job without hardware, from protocols to one report."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path

from memrig.hil.cli.experiment import DEFAULT_MODEL, model_choice
from memrig.hil.cli.run import summary
from memrig.hil.cli.signals import stop_signals
from memrig.hil.cli.text import Progress
from memrig.hil.execution import execute
from memrig.hil.opening import open_bench
from memrig.hil.overlay import Overlay
from memrig.hil.protocol import Protocol
from memrig.hil.registry import load
from memrig.hil.report import overlay_svg, write_many
from memrig.hil.run import Run
from memrig.hil.store import Store

# The sweep leaves the device in its low resistance, so the series depresses first.
DOWN_AND_UP = {"order": "depression-potentiation"}
PROTOCOLS: Mapping[str, Mapping[str, str]] = {
    "iv-sweep": {}, "pulse-series": DOWN_AND_UP, "stdp": {},
}
QUICK: Mapping[str, Mapping[str, str]] = {
    "iv-sweep": {"points": "60"}, "pulse-series": {"count": "10", **DOWN_AND_UP},
    "stdp": {"points": "3", "repeats": "1"},
}
BENCH = "twin"


def demo(arguments: Namespace) -> int:
    """Run three protocols on the twin through the drivers, overlaid with the model."""
    folder = Path(arguments.out)
    folder.mkdir(parents=True, exist_ok=True)
    print("memrig demo: no hardware is touched; everything below is SIMULATED", flush=True)
    with Store.open(folder / "memrig.sqlite") as store:
        done = []
        for run in _runs(store, arguments):
            print(summary(run), flush=True)
            done.append(run.id)
        stored = [store.load(one) for one in done]
        report, picture = folder / "report.html", folder / "overlay.svg"
        write_many(stored, report)
        picture.write_text(overlay_svg(stored[-1]), encoding="utf-8")
    print(f"picture: {picture}\nreport: {report.resolve()}")
    return 0


def _runs(store: Store, arguments: Namespace) -> Iterator[Run]:
    choice = model_choice(DEFAULT_MODEL, {})
    with stop_signals() as stop, open_bench(BENCH, seed=arguments.seed) as bench:
        for protocol in _protocols(quick=arguments.quick):
            overlay = Overlay(bench=choice.bench(integrator="auto", step_s=None))
            with Progress() as progress:
                done = execute(protocol, bench, overlay=overlay, store=store, observer=progress,
                               stop=stop, seed=arguments.seed, note="memrig demo")
            yield done


def _protocols(*, quick: bool) -> Iterator[Protocol]:
    for name, parameters in (QUICK if quick else PROTOCOLS).items():
        yield load("protocols", name).from_text(parameters)
