"""A run that is executed, stored, read back and replayed gives the same numbers each time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from memrig.hil import Overlay, ReadWindow, Role, Stimulus, Store, Waveform, execute
from memrig.hil.errors import BenchError
from memrig.hil.export import export
from memrig.hil.parameters import parameter
from memrig.hil.protocol import Protocol, Result, Setup, Steps
from memrig.hil.record import Record
from memrig.hil.replay import ReplayBench
from memrig.sim import models
from memrig.sim.bench import SimulatedBench


@dataclass(frozen=True, kw_only=True)
class TwoSteps(Protocol):
    """A pulse and a read, a few times; the next pulse depends on the last reading."""

    name: ClassVar[str] = "two-steps"
    title: ClassVar[str] = "two steps"
    reads_around: ClassVar[bool] = False
    count: int = parameter(3, unit="1", help="pulses", low=1, high=100)

    def run(self, setup: Setup) -> Steps:
        width_s = 1e-5
        for number in range(self.count):
            pulse = Waveform(t_s=[0, 0, width_s, width_s], v_v=[0, -1.5, -1.5, 0])
            read = Waveform(t_s=[0, 0, 1e-3, 1e-3], v_v=[0, 0.1, 0.1, 0])
            record = yield Stimulus(
                role=Role.PROGRAM, top=pulse.then(Waveform.zero(1e-4), read), repeat=2,
                windows=(ReadWindow(start_s=width_s + 2e-4, stop_s=width_s + 9e-4),),
                labels={"pulse": number},
            )
            width_s *= 1.0 + 1e3 * record.readings[-1].conductance_siemens

    def analyse(self, records: Sequence[Record]) -> Result:
        g = [r.conductance_siemens for record in records for r in record.readings]
        return Result(protocol=self.name, values={"conductance_siemens": g})


@pytest.fixture
def stored(tmp_path):
    store = Store.open(tmp_path / "runs.sqlite")
    overlay = Overlay(bench=SimulatedBench(models.create("guseinov")))
    bench = SimulatedBench(models.create("guseinov"), noise_a=1e-9, seed=5)
    run = execute(TwoSteps(), bench, overlay=overlay, store=store, seed=7, note="kept")
    return store, run


def test_what_was_executed_is_what_is_stored(stored):
    store, run = stored
    kept = store.load(run.id)
    assert (kept.status, kept.header.seed, kept.header.note) == ("finished", 7, "kept")
    assert kept.plan_sha256 == run.plan_sha256
    assert kept.result == {"values": dict(run.result.values), "warnings": []}
    assert [r.readings for r in kept.records()] == [r.readings for r in run.records]
    assert store.runs()[0].points == run.points
    for source, records in (("bench", run.records), ("overlay", run.model_records)):
        found = kept.records(source)
        assert [r.netlist for r in found] == [r.netlist for r in records]
        for one, other in zip(found, records, strict=True):
            for place in other.blocks():
                np.testing.assert_array_equal(one.trace(*place).i_a, other.trace(*place).i_a)
    assert kept.overlay["nrmse"] == run.comparison.nrmse


def test_a_replay_gives_the_same_result_and_the_same_plans(stored):
    store, run = stored
    kept = store.load(run.id)
    again = execute(TwoSteps(), ReplayBench(kept), profile=kept.header.profile, store=store,
                    seed=kept.header.seed)
    assert again.result == run.result
    assert again.plan_sha256 == run.plan_sha256
    assert [r.t_s for r in again.records] == pytest.approx([r.t_s for r in run.records])
    assert [line.status for line in store.runs()] == ["finished", "finished"]


def test_a_replay_of_another_protocol_is_refused_in_a_sentence(stored):
    store, run = stored
    kept = store.load(run.id)
    with pytest.raises(BenchError, match="the run holds 3 complete records only"):
        execute(TwoSteps(count=4), ReplayBench(kept), profile=kept.header.profile, seed=7)


def test_an_executed_run_is_exported(stored, tmp_path):
    store, run = stored
    folder = export(store.load(run.id), tmp_path / "out", "csv")
    lines = (folder / "points.csv").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("bench,1,") for line in lines) == run.points


def test_a_run_of_a_real_device_is_replayed_without_being_armed(stored):
    store, run = stored
    kept = store.load(run.id)
    header = replace(kept.header, bench=replace(kept.header.bench, simulated=False, real=("smu",)))
    bench = ReplayBench(replace(kept, header=header))
    again = execute(TwoSteps(), bench, profile=header.profile, seed=7)
    assert again.plan_sha256 == run.plan_sha256
    assert again.info.needs_arming
