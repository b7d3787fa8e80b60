"""On the calibrated twin the model's conductance steps agree with the measured ones as well as the
declared uncertainty says, and wrong models are rejected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import pytest

from memrig.hil import Overlay, execute, open_bench
from memrig.hil.compare import Increments, compare
from memrig.hil.netlist import Netlist
from memrig.hil.overlay import predictions
from memrig.hil.record import Record
from memrig.hil.registry import load
from memrig.hil.run import Run
from memrig.sim import SimulatedBench, models

SEEDS = range(201, 211)
CONTROLLED = 1
"""Seeds that the negative controls are tried on: on each of three, chi-squared was above 500."""
PROTOCOLS = {
    "pulse-series": {"count": "12"},
    "stdp": {"points": "2", "sham": "6", "dt_max": "4ms", "pre_only": "0", "post_only": "0"},
}
WRONG_MODELS = {
    "frozen": {"r_set": "1e-12", "r_reset": "1e-12"}, "wrong polarity": {"orientation": "-1"},
}


class WithoutSeriesResistor(SimulatedBench):
    """A model whose bench has no series resistor, whatever its netlist says."""

    def replica(self, netlist: Netlist | None = None) -> SimulatedBench:
        return super().replica(netlist and netlist.with_value("r_series", 1e-6))


def with_wrong_levels(record: Record) -> Record:
    """The same record, its plan 5 % higher than what was really played."""
    blocks = tuple(replace(b, top=b.top * 1.05, bottom=b.bottom * 1.05)
                   for b in record.plan.blocks)
    return replace(record, plan=replace(record.plan, blocks=blocks))


@dataclass(frozen=True)
class Seen:
    protocol: str
    run: Run

    def chi2(self, bench: SimulatedBench, records: Sequence[Record]) -> float:
        """Against another model or other records."""
        overlay = Overlay(bench=bench)
        found = compare(self.run.protocol, records, predictions(overlay, records), overlay,
                        self.run.info.drives)
        assert found.chi2_dg is not None
        return found.chi2_dg

    @property
    def increments(self) -> Increments:
        assert self.run.comparison is not None
        assert self.run.comparison.increments is not None
        return self.run.comparison.increments


def right_model() -> SimulatedBench:
    return SimulatedBench(models.create("guseinov"), integrator="auto")


@cache
def seen() -> dict[str, list[Seen]]:
    """Every protocol on ten twins, each with hidden errors and a calibration of its own."""
    found: dict[str, list[Seen]] = {name: [] for name in PROTOCOLS}
    for seed in SEEDS:
        with open_bench("twin", seed=seed) as bench:
            for name, parameters in PROTOCOLS.items():
                protocol = load("protocols", name).from_text(parameters)
                run = execute(protocol, bench, overlay=Overlay(bench=right_model()),
                              seed=seed)
                found[name].append(Seen(name, run))
    return found


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, list[Seen]]]:
    yield seen()
    seen.cache_clear()


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_right_model_has_a_reduced_chi_squared_of_one(
    runs: dict[str, list[Seen]], name: str
) -> None:
    sizes = [one.increments.measured_siemens.size for one in runs[name]]
    values = [one.increments.chi2 for one in runs[name]]
    pooled = sum(n * (chi2 or 0.0) for n, chi2 in zip(sizes, values, strict=True)) / sum(sizes)
    assert 0.8 <= pooled <= 1.2


@pytest.mark.parametrize("wrong", WRONG_MODELS)
@pytest.mark.parametrize("name", PROTOCOLS)
def test_wrong_models_are_rejected(runs: dict[str, list[Seen]], name: str, wrong: str) -> None:
    model = load("models", "guseinov").from_text(WRONG_MODELS[wrong])
    for one in runs[name][:CONTROLLED]:
        assert one.chi2(SimulatedBench(model, integrator="auto"), one.run.records) > 5.0


@pytest.mark.parametrize("name", PROTOCOLS)
def test_an_ignored_series_resistor_is_rejected(runs: dict[str, list[Seen]], name: str) -> None:
    for one in runs[name][:CONTROLLED]:
        bench = WithoutSeriesResistor(models.create("guseinov"), integrator="auto")
        assert one.chi2(bench, one.run.records) > 5.0


@pytest.mark.parametrize("name", PROTOCOLS)
def test_levels_that_are_5_percent_off_are_rejected(
    runs: dict[str, list[Seen]], name: str
) -> None:
    for one in runs[name][:CONTROLLED]:
        assert one.chi2(right_model(), [with_wrong_levels(r) for r in one.run.records]) > 5.0


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_bench_says_that_it_is_calibrated(runs: dict[str, list[Seen]], name: str) -> None:
    assert all("calibrated" in one.run.info.calibration.sentence() for one in runs[name])
    assert all(one.run.safe.verified for one in runs[name])
