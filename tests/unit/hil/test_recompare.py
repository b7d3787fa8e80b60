"""A model over stored and imported runs: where it starts, what it replaces, what is refused."""

import dataclasses

import numpy as np
import pytest

from memrig.hil.compare import Comparison
from memrig.hil.errors import RequestError
from memrig.hil.execution import execute
from memrig.hil.importing import MeasuredCurve, import_run
from memrig.hil.overlay import Overlay
from memrig.hil.protocols import PulseSeries
from memrig.hil.recompare import first_point, protocol_of, recompare
from memrig.hil.status import Status
from memrig.hil.store import Store
from memrig.hil.waveform import Waveform
from memrig.sim import models, simulate
from memrig.sim.bench import SimulatedBench

LOOP = Waveform(t_s=[0.0, 2.5e-3, 7.5e-3, 1e-2], v_v=[0.0, 0.45, -0.45, 0.0])
X0 = 0.3


def model_bench(**parameters):
    return SimulatedBench(models.create("yakopcic", **parameters), integrator="auto")


def loop():
    """What a device that is exactly the default model answers, from a state of its own."""
    model = models.create("yakopcic")
    t_s = np.linspace(0.0, LOOP.stop_s, 401)
    v_v = LOOP.value(t_s, "left")
    found = simulate(model, Waveform(t_s=t_s, v_v=v_v), x0=X0, integrator="flow")
    i_a = model.current(v_v, np.interp(t_s, found.t_s, found.x))
    return MeasuredCurve(t_s=t_s, v_v=v_v, i_a=i_a, file="loop.csv", sha256="0" * 64)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "runs.sqlite") as store:
        yield store


@pytest.fixture
def imported(store):
    return store.load(import_run(store, loop()))


@pytest.mark.parametrize("drive", ["measured", "plan"])
def test_an_imported_loop_gives_the_model_its_state(store, imported, drive):
    bench = model_bench()
    found = recompare(store, imported, Overlay(bench=bench, drive=drive))
    assert found.nrmse < 1e-6
    assert found.points == 401
    assert "first telling point" in found.settings["start"]
    assert bench.state["dut"] == models.create("yakopcic").x0  # the caller's is left alone


def test_a_state_that_was_given_is_kept(store, imported):
    given = SimulatedBench(models.create("yakopcic"), integrator="auto", x0=2 * X0)
    kept = recompare(store, imported, Overlay(bench=given, drive="measured"), keep_state=True)
    assert kept.settings["start"] == "as given"
    assert kept.nrmse > 0.05
    right = SimulatedBench(models.create("yakopcic"), integrator="auto", x0=X0)
    assert recompare(store, imported, Overlay(bench=right, drive="measured"),
                     keep_state=True).nrmse < 1e-6


def test_the_overlay_is_stored_in_place_of_the_one_before(store, imported):
    for a1 in (0.17, 0.34):
        found = recompare(store, imported, Overlay(bench=model_bench(a1=a1), drive="measured"))
    again = store.load(imported.run_id)
    assert again.overlay["nrmse"] == found.nrmse
    assert again.overlay["settings"]["model"]["a1"] == 0.34
    assert again.overlay["result"]["loop_area_w"] > 0
    assert [n for n, _ in again.numbered("overlay")] == [0]
    assert again.result == imported.result


def test_settings_say_how_it_was_integrated_and_how_wrong_that_is(store, imported):
    bench = SimulatedBench(models.create("yakopcic"), integrator="euler", step_s=1e-5)
    settings = recompare(store, imported, Overlay(bench=bench, drive="measured")).settings
    assert (settings["integrator"], settings["step_s"]) == ("euler", 1e-5)
    assert settings["error_rel"] > 0


def test_a_stored_run_gives_what_it_gave_when_it_was_executed(store):
    overlay = Overlay(bench=SimulatedBench(models.create("guseinov"), integrator="auto"))
    bench = SimulatedBench(models.create("guseinov"), noise_a=1e-8, seed=3)
    run = execute(PulseSeries(count=4), bench, overlay=overlay, store=store, seed=1)
    assert isinstance(run.comparison, Comparison)
    assert run.comparison.settings["error_rel"] is not None
    found = recompare(store, store.load(run.id), overlay)
    assert (found.nrmse, found.chi2_dg) == (run.comparison.nrmse, run.comparison.chi2_dg)
    assert found.settings["start"] == "from the readings of the run"
    stored = store.load(run.id)
    assert len(stored.records("overlay")) == len(run.model_records)
    assert stored.overlay["result"]["conductance_siemens"]


def test_a_run_that_is_still_written_is_left_alone(store, imported):
    writer = store.begin(imported.header)
    going = store.load(writer.run_id)
    with pytest.raises(RequestError, match="is still being written; compare it when it has ended"):
        recompare(store, going, Overlay(bench=model_bench()))
    writer.finish("stopped")
    with pytest.raises(RequestError, match="holds no complete record; nothing can be compared"):
        recompare(store, store.load(writer.run_id), Overlay(bench=model_bench()))


def test_a_protocol_that_is_not_installed_leaves_a_curve(store, imported):
    header = dataclasses.replace(imported.header, protocol="of-another-laboratory")
    writer = store.begin(header)
    writer.record(0, imported.records()[0])
    writer.finish("finished")
    run = store.load(writer.run_id)
    assert protocol_of(run).figure == "loop"
    assert recompare(store, run, Overlay(bench=model_bench(), drive="measured")).nrmse < 1e-6


def test_the_first_state_comes_from_no_flagged_point_and_no_point_near_zero(imported):
    record = imported.records()[0]
    v_v, i_a = first_point(record)
    assert v_v == pytest.approx(0.2 * 0.45, rel=0.03)
    trace = record.trace(0, 0)
    bad = np.where((trace.v_dut_v > 0.08) & (trace.v_dut_v < 0.2), int(Status.CLIPPED), 0)
    chunk = record.chunks[0]
    flagged = dataclasses.replace(record, chunks=(dataclasses.replace(chunk, channels=tuple(
        dataclasses.replace(channel, status=bad.astype(np.uint16)) for channel in chunk.channels
    )),))
    assert first_point(flagged)[0] == pytest.approx(0.2, rel=0.03)
    assert i_a == pytest.approx(float(models.create("yakopcic").current(v_v, X0)), rel=1e-3)
