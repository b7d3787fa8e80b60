"""The simulated bench with non-idealities: they are its truth, and nobody else's."""

from __future__ import annotations

import numpy as np
import pytest

from memrig.hil import Overlay, Store, execute
from memrig.hil.protocols import IvSweep, PulseSeries
from memrig.hil.rehearsal import answered
from memrig.hil.run import Run
from memrig.hil.stimulus import Stimulus
from memrig.hil.waveform import Waveform
from memrig.sim import NonIdealities, SimulatedBench, models

GUSEINOV = models.create("guseinov")
NOISY = NonIdealities(pulse_noise=0.02, step_noise=0.3, read_noise=0.01, flicker=1e-6,
                      telegraph=0.05)


def bench(given: NonIdealities | None = NOISY, seed: int = 5) -> SimulatedBench:
    return SimulatedBench(GUSEINOV, integrator="auto", nonidealities=given, seed=seed)


def data(run: Run, *, model: bool = False) -> bytes:
    records = run.model_records if model else run.records
    return b"".join(c.data.tobytes() for r in records for chunk in r.chunks
                    for c in chunk.channels)


def series(one: SimulatedBench, **options) -> Run:
    return execute(PulseSeries(count=4), one, seed=1, **options)


def test_everything_off_changes_no_byte_and_no_word():
    plain, off = bench(None), bench(NonIdealities())
    assert data(series(plain)) == data(series(off))
    assert plain.describe() == off.describe()


def test_the_same_seed_gives_the_same_bytes():
    assert data(series(bench())) == data(series(bench()))
    assert data(series(bench())) != data(series(bench(seed=6)))


def test_a_bench_says_what_is_on_and_its_seed():
    settings = bench().describe().settings
    assert settings["nonidealities"] == NOISY.changed
    assert settings["noise_seed"] == 5
    assert settings["model"] == GUSEINOV.to_json()


def test_dry_runs_and_overlays_use_the_model_as_it_is():
    noisy, plain = bench(), bench(None)
    assert "nonidealities" not in noisy.replica().describe().settings
    runs = [series(one, overlay=Overlay(bench=bench())) for one in (noisy, plain)]
    assert data(runs[0], model=True) != data(runs[0])
    modelled, measured = (
        [one.conductance_siemens for r in records[2:] for one in r.readings]
        for records in (runs[1].model_records, runs[1].records))
    assert modelled == pytest.approx(measured, rel=1e-9)
    for step, same in zip(runs[0].rehearsal.steps, runs[1].rehearsal.steps, strict=True):
        for one, other in zip(step.record.chunks, same.record.chunks, strict=True):
            np.testing.assert_array_equal(one.channels[0].data, other.channels[0].data)


def test_a_replica_begins_in_the_state_that_the_device_is_in():
    noisy = bench()
    series(noisy)
    assert noisy.replica().state == noisy.state
    assert noisy.state["dut"] != pytest.approx(GUSEINOV.x0)


def test_the_device_varies_and_the_model_stays_what_was_asked():
    given = NonIdealities(rate_spread=0.5)
    noisy = bench(given)
    assert noisy.model == GUSEINOV
    changes = [one.result.values["conductance_siemens"][3] for one in (
        series(noisy), series(bench(given, seed=6)), series(bench(None)))]
    assert len(set(changes)) == 3


def test_time_between_stimuli_counts_for_what_ages():
    pulse = Waveform(t_s=[0, 0, 1e-4, 1e-4], v_v=[0, -1.7, -1.7, 0])
    one = bench(NonIdealities(retention_tau_s=1.0, retention_exponent=1.0))
    before = float(GUSEINOV.conductance(0.3, one.state["dut"]))
    stimulus = Stimulus(role="program", top=pulse)
    answered(one, one.prepare(stimulus))
    after = float(GUSEINOV.conductance(0.3, one.state["dut"]))
    assert after > before
    one.clock.sleep(2.0)
    assert float(GUSEINOV.conductance(0.3, one.state["dut"])) == pytest.approx(
        after * np.exp(-2.0), rel=1e-3)


def test_a_state_that_is_set_is_the_device_s():
    one = bench(NonIdealities(conduction_spread=0.1))
    current_a = 2e-5
    one.set_state(0.3, current_a)
    rest = Waveform(t_s=[0, 1e-6], v_v=[0.3, 0.3])
    record = answered(one, one.prepare(Stimulus(role="read", top=rest)))
    assert record.trace(0, 0).i_a[1] == pytest.approx(current_a, rel=1e-9)


def test_a_stored_run_keeps_values_and_seed(tmp_path):
    with Store.open(tmp_path / "runs.sqlite") as store:
        run = execute(IvSweep(points=20), bench(), store=store, seed=1)
        header = store.load(run.id).header
    assert header.bench.settings["nonidealities"] == NOISY.changed
    again = SimulatedBench(
        models.create("guseinov", **header.bench.settings["model"]), integrator="auto",
        nonidealities=NonIdealities.from_text(header.bench.settings["nonidealities"]),
        seed=header.bench.settings["noise_seed"])
    repeated = execute(IvSweep(points=20), again, seed=header.seed)
    assert data(repeated) == data(run)
