"""Fits against a truth that is known: recovered within their uncertainty, or said to be unknown."""

import dataclasses

import numpy as np
import pytest

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.execution import execute
from memrig.hil.fitting import fit
from memrig.hil.importing import MeasuredCurve, import_run
from memrig.hil.overlay import Overlay
from memrig.hil.protocols import PulseSeries
from memrig.hil.recompare import recompare
from memrig.hil.status import Status
from memrig.hil.store import Store
from memrig.hil.thinning import thinned
from memrig.hil.waveform import Waveform
from memrig.sim import models, simulate
from memrig.sim.bench import SimulatedBench

LOOP = Waveform(t_s=[0.0, 2.5e-3, 7.5e-3, 1e-2], v_v=[0.0, 0.45, -0.45, 0.0])
X0 = 0.3
TRUTH = {"a1": 0.21, "a_p_hz": 3100.0, "a_n_hz": 5200.0}
NOISE_A = 2e-5
DEFAULT = models.create("yakopcic")
NEAR = models.create("yakopcic", **{**TRUTH, "a1": 0.17})
"""All of the truth but one parameter."""


def curve(noise_a=0.0, seed=0, points=401, **parameters):
    """What a device with these parameters answers, from a state of its own."""
    model = models.create("yakopcic", **{**TRUTH, **parameters})
    t_s = np.linspace(0.0, LOOP.stop_s, points)
    v_v = LOOP.value(t_s, "left")
    found = simulate(model, Waveform(t_s=t_s, v_v=v_v), x0=X0, integrator="flow")
    i_a = model.current(v_v, np.interp(t_s, found.t_s, found.x))
    i_a = i_a + np.random.default_rng(seed).normal(size=points) * noise_a
    return MeasuredCurve(t_s=t_s, v_v=v_v, i_a=i_a, file="loop.csv", sha256="0" * 64)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "runs.sqlite") as store:
        yield store


@pytest.fixture
def measured(store):
    """Records of a loop."""

    def of(**how):
        return store.load(import_run(store, curve(**how))).records()

    return of


def by_name(found):
    return {one.name: one for one in found.estimates}


@pytest.mark.parametrize("seed", range(4))
def test_the_truth_is_recovered_within_three_sigma(measured, seed):
    found = fit(measured(noise_a=NOISE_A, seed=seed), DEFAULT, free=[*TRUTH, "x0"])
    assert found.converged, found.why
    assert found.nrmse < 0.2 * found.nrmse_before
    for name, true in {**TRUTH, "x0": X0}.items():
        one = by_name(found)[name]
        assert one.free
        assert 0 < one.u < 0.1 * true
        assert abs(one.value - true) < 3 * one.u, name
    assert [one.name for one in found.estimates if one.free] == [*TRUTH, "x0"]
    assert by_name(found)["b"].u is None
    assert by_name(found)["b"].value == DEFAULT.b


def test_its_sigma_is_the_scatter_of_fits(measured):
    found = [by_name(fit(measured(noise_a=NOISE_A, seed=seed), NEAR, free=["a1", "x0"]))
             for seed in range(8)]
    for name in ("a1", "x0"):
        scatter = np.std([one[name].value for one in found], ddof=1)
        assert scatter == pytest.approx(found[0][name].u, rel=0.7)


def test_a_state_from_one_noisy_point_counts(measured):
    follows = [by_name(fit(measured(noise_a=NOISE_A, seed=seed), NEAR, free=["a1"]))
               for seed in range(3)]
    free = by_name(fit(measured(noise_a=NOISE_A), NEAR, free=["a1", "x0"]))
    fixed = by_name(fit(measured(noise_a=NOISE_A), NEAR, free=["a1"], x0=X0))
    assert "x0" not in follows[0]
    assert fixed["x0"].value == X0
    assert not fixed["x0"].free
    for one in follows:
        assert abs(one["a1"].value - TRUTH["a1"]) < 3 * one["a1"].u
    assert follows[0]["a1"].u > fixed["a1"].u
    assert free["a1"].u > fixed["a1"].u


def test_without_noise_the_truth_itself_is_found(measured):
    found = fit(measured(), DEFAULT, free=list(TRUTH), x0=X0)
    assert found.nrmse < 1e-6
    for name, true in TRUTH.items():
        assert by_name(found)[name].value == pytest.approx(true, rel=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_pulses_behind_noisy_reads_are_recovered_too(seed):
    truth = models.create("guseinov", r_set=2.1e-3, area_m2=1.5e-12)
    bench = SimulatedBench(truth, integrator="auto", noise_a=1e-7, seed=seed)
    run = execute(PulseSeries(count=4), bench, seed=seed)
    found = fit(run.records, models.create("guseinov"), free=["r_set", "area_m2"], drive="plan")
    for name in ("r_set", "area_m2"):
        one = by_name(found)[name]
        assert abs(one.value - getattr(truth, name)) < 3 * one.u, name


def test_what_has_no_influence_is_said_to_be_unknown(measured):
    # No state of this loop comes near the one above which growth slows down when it is at 0.999.
    model = models.create("yakopcic", x_p=0.999)
    found = by_name(fit(measured(noise_a=NOISE_A, x_p=0.999), model, free=["a1", "alpha_p"]))
    assert found["a1"].u > 0
    assert found["alpha_p"].u is None
    assert found["alpha_p"].note == "not determined: it has no influence on this run"
    assert found["alpha_p"].value == DEFAULT.alpha_p


def test_what_can_be_made_up_for_is_said_to_be_unknown():
    run = execute(PulseSeries(count=2), SimulatedBench(integrator="auto", noise_a=1e-8), seed=1)
    model = models.create("guseinov", r_set=2e-3)
    found = by_name(fit(run.records, model, free=["nu_hz", "r_set", "r_reset", "a0"]))
    assert found["nu_hz"].note == "not determined: only together with r_set, r_reset"
    assert found["r_set"].note == "not determined: only together with nu_hz, r_reset"
    assert found["r_set"].u is None
    assert found["a0"].u > 0


def test_a_bound_that_was_hit_is_said_in_words(measured):
    small = models.create("yakopcic", **{**TRUTH, "a1": 0.01, "a2": 0.01})
    state = by_name(fit(measured(noise_a=NOISE_A), small, free=["x0"]))["x0"]
    assert state.value == pytest.approx(1.0)
    assert (state.note, state.u) == ("at its upper bound, 1", None)


def test_what_starts_at_zero_is_fitted_too(measured):
    found = by_name(fit(measured(), models.create("yakopcic", **{**TRUTH, "a1": 0.0}),
                        free=["a1"], x0=X0))
    assert found["a1"].value == pytest.approx(TRUTH["a1"], rel=1e-5)


def test_none_named_fits_what_the_run_determines(measured):
    found = fit(measured(noise_a=NOISE_A), DEFAULT, fixed=["x_p"])
    free = {one.name for one in found.estimates if one.free}
    assert {"a1", "a_p_hz", "a_n_hz"} <= free
    assert "x_p" not in free
    assert found.nrmse < 0.02


def test_flagged_points_do_not_count(measured):
    (record,) = measured()
    chunk = record.chunks[0]
    channels = []
    for channel in chunk.channels:
        data, status = np.array(channel.data), np.zeros(channel.data.size, dtype=np.uint16)
        status[100:140] = int(Status.COMPLIANCE)
        if channel.probe.startswith("i"):
            data[100:140] *= 3.0
        channels.append(dataclasses.replace(channel, data=data, status=status))
    spoilt = dataclasses.replace(
        record, chunks=(dataclasses.replace(chunk, channels=tuple(channels)),))
    found = fit([spoilt], DEFAULT, free=list(TRUTH), x0=X0)
    assert found.points == 361
    assert found.nrmse < 1e-6


def test_its_nrmse_is_that_of_the_overlay(store):
    run_id = import_run(store, curve(noise_a=NOISE_A))
    found = fit(store.load(run_id).records(), DEFAULT, free=["a1", "x0"])
    values = found.values
    bench = SimulatedBench(models.create("yakopcic", a1=values["a1"]), integrator="auto",
                           x0=values["x0"])
    compared = recompare(store, store.load(run_id), Overlay(bench=bench, drive="measured"),
                         keep_state=True)
    assert compared.nrmse == pytest.approx(found.nrmse, rel=1e-9)
    assert compared.points == found.points


def test_a_long_record_is_fitted_by_fewer_points(measured):
    (record,) = measured(noise_a=NOISE_A, points=50_001)
    short = thinned(record)
    assert 1000 < short.trace(0, 0).t_s.size < 4500
    assert short.trace(0, 0).t_s[-1] == record.trace(0, 0).t_s[-1]
    found = fit([record], NEAR, free=["a1"], x0=X0)
    assert found.points == 50_001
    assert by_name(found)["a1"].value == pytest.approx(TRUTH["a1"], rel=0.01)


def test_a_step_survives_thinning(measured):
    (record,) = measured(points=50_001)
    chunk = record.chunks[0]
    channels = tuple(dataclasses.replace(one, data=np.where(np.arange(50_001) < 12_347, 0.0, 1.0))
                     for one in chunk.channels)
    step = dataclasses.replace(record, chunks=(dataclasses.replace(chunk, channels=channels),))
    kept = thinned(step).chunks[0].channels[0]
    at = int(np.flatnonzero(kept.data > 0)[0])
    assert kept.times_s[at] - kept.times_s[at - 1] == pytest.approx(1e-2 / 50_000)


def test_progress_is_told_and_whoever_is_told_may_end_it(measured):
    told = []
    found = fit(measured(), DEFAULT, free=["a1"], x0=X0, observer=told.append)
    assert [one.steps for one in told] == list(range(found.steps + 1))
    assert told[-1].nrmse < told[0].nrmse
    assert found.sentence == f"converged, {found.steps} steps"

    class Enough(Exception):
        pass

    def stop(_):
        raise Enough

    with pytest.raises(Enough):
        fit(measured(), DEFAULT, free=["a1"], observer=stop)


def test_a_name_that_does_not_exist_is_explained(measured):
    with pytest.raises(UnknownNameError, match="there is no number to fit among the parameters of "
                                               "yakopcic called 'a3'; did you mean a"):
        fit(measured(), DEFAULT, free=["a3"])
    with pytest.raises(UnknownNameError, match="called 'orientation'"):
        fit(measured(), DEFAULT, fixed=["orientation"])


def test_the_state_of_a_run_with_readings_is_not_free():
    run = execute(PulseSeries(count=2), SimulatedBench(integrator="auto"), seed=1)
    with pytest.raises(RequestError, match="x0 was asked to be free or fixed, but the state "
                       "follows the readings of this run; x0 belongs to curves without readings"):
        fit(run.records, models.create("guseinov"), free=["x0"])


def test_nothing_to_fit_is_explained(measured):
    records = measured()
    with pytest.raises(RequestError, match=r"every parameter that was asked to be free \(a1\) is "
                                           "fixed, too"):
        fit(records, DEFAULT, free=["a1"], fixed=["a1"])
    with pytest.raises(RequestError, match="there is no complete record; nothing can be fitted"):
        fit([], DEFAULT)
    with pytest.raises(RequestError, match="the model gives no finite current"):
        fit(records, models.create("yakopcic", b=2000.0), free=["a1"], x0=X0)
    numbers = [name for name in DEFAULT.specs() if name != "orientation"]
    with pytest.raises(RequestError, match="the run determines no parameter of yakopcic besides "
                       r"the fixed ones \(.*\); name some with free, or fit another run"):
        fit(records, DEFAULT, fixed=[*numbers, "x0"])


def test_a_curve_without_current_is_nothing_to_fit(store):
    silent = dataclasses.replace(curve(), i_a=np.zeros(401))
    with pytest.raises(RequestError, match="no unflagged point has a current; nothing can be"):
        fit(store.load(import_run(store, silent)).records(), DEFAULT)
