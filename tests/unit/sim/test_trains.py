"""A train of equal repeats: worked out at once, it is what its repeats are one by one."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest

from memrig.hil import Waveform, execute
from memrig.hil.errors import RequestError
from memrig.hil.protocols import PulseSeries
from memrig.hil.rehearsal import answered
from memrig.hil.stimulus import ReadWindow, Role, Stimulus
from memrig.sim import SimulatedBench, models, trains

REPEATS = 40
MODELS = ("guseinov", "yakopcic", "vteam", "chang", "pershin", "hp")
"""Not ``mss``: a device that moves while it rests is taken through its repeats one by one."""
METHODS = {"closed": {"integrator": "auto"}, "euler": {}, "euler-mid": {"integrator": "euler-mid"},
           "fixed": {"integrator": "euler", "step_s": 1e-6}}


def pulses(model, repeat=REPEATS, *, both=False, ramped=False):
    """Program and read, as wide as the model's profile has it; ``both`` ways in every repeat."""
    profile = model.profile()
    width_s, volts = profile.pulse_s, [profile.v_set_v, profile.v_reset_v if both else 0.0]
    read_v, t, v = 0.3 * profile.v_read_max_v, [0.0], [0.0]
    for level_v in volts:
        rise_s = 0.4 * width_s if ramped else 0.0
        t += [t[-1], t[-1] + rise_s, t[-1] + width_s - rise_s, t[-1] + width_s]
        v += [0.0, level_v, level_v, 0.0]
    begin_s = t[-1] + width_s
    t += [begin_s, begin_s, begin_s + 4 * width_s, begin_s + 4 * width_s, begin_s + 5 * width_s]
    v += [0.0, read_v, read_v, 0.0, 0.0]
    window = ReadWindow(start_s=begin_s + width_s, stop_s=begin_s + 3 * width_s)
    return Stimulus(role=Role.PROGRAM, top=Waveform(t_s=t, v_v=v), windows=(window,),
                    repeat=repeat, period_s=1.5 * t[-1])


def one_by_one(bench, stimulus):
    """Readings of the repeats, each a stimulus of its own."""
    alone = dataclasses.replace(stimulus, repeat=1, period_s=0.0)
    return [answered(bench, bench.prepare(alone)).readings[0].conductance_siemens
            for _ in range(stimulus.repeat)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", MODELS)
def test_a_train_is_its_repeats(name, method):
    model = models.create(name)
    at_once, alone = (SimulatedBench(model, **METHODS[method]) for _ in "ab")
    stimulus = pulses(model)
    record = answered(at_once, at_once.prepare(stimulus))
    assert any(chunk.count > 1 for chunk in record.chunks)
    found, expected = record.readings.conductance_siemens, one_by_one(alone, stimulus)
    excursion = max(np.ptp(expected), 1e-9 * max(expected))
    exact, (low, high) = method in {"closed", "fixed"}, model.bounds
    # Where a read moves the state, its mean is one of fewer points.
    assert np.abs(found - expected).max() <= (1e-5 if exact else 4e-4) * excursion
    assert at_once.state["dut"] == pytest.approx(
        alone.state["dut"], abs=(1e-9 if exact else 4e-4) * (high - low))


@pytest.mark.parametrize("ramped", [False, True])
@pytest.mark.parametrize("name", ["guseinov", "yakopcic"])
def test_a_train_that_goes_to_and_fro_is_its_repeats(name, ramped):
    model = models.create(name)
    at_once, alone = (SimulatedBench(model, integrator="auto", x0=0.4) for _ in "ab")
    stimulus = pulses(model, both=True, ramped=ramped)
    record = answered(at_once, at_once.prepare(stimulus))
    expected = one_by_one(alone, stimulus)
    np.testing.assert_allclose(record.readings.conductance_siemens, expected, rtol=1e-9)


def test_every_repeat_is_fired_at_its_time():
    bench = SimulatedBench(models.create("guseinov"))
    plan = bench.prepare(pulses(bench.model))
    record = answered(bench, plan)
    fired_s = {place: record.parts[place][0].t_s for place in record.blocks()}
    for (repeat, block), at_s in fired_s.items():
        assert at_s == pytest.approx(repeat * plan.spacing_s + plan.blocks[block].start_s)
    assert list(fired_s) == [(k, b) for k in range(REPEATS) for b in range(len(plan.blocks))]
    assert bench.clock.now_s == pytest.approx(plan.duration_s)


def test_levels_have_few_points_and_ramps_have_not():
    model = models.create("guseinov")
    for ramped, least, most in ((False, 32, 60), (True, 200, 220)):
        bench = SimulatedBench(model)
        record = answered(bench, bench.prepare(pulses(model, ramped=ramped)))
        size = record.trace(3, 0).t_s.size
        assert least <= size <= most
    assert record.readings[0].samples >= 8


def test_as_many_points_as_are_asked_for():
    bench = SimulatedBench(models.create("guseinov"))
    stimulus = dataclasses.replace(pulses(bench.model), points=500)
    assert answered(bench, bench.prepare(stimulus)).trace(7, 0).t_s.size >= 500


def test_a_stop_ends_a_train_at_a_repeat_with_its_state(monkeypatch):
    monkeypatch.setattr(trains, "TOGETHER", 800)
    model, stop = models.create("guseinov"), threading.Event()
    bench, alone = SimulatedBench(model, integrator="auto"), SimulatedBench(
        model, integrator="auto")
    plan, found = bench.prepare(pulses(model)), []
    for chunk in bench.apply(plan, stop):
        found.append(chunk)
        stop.set()
    assert [chunk.block for chunk in found] == list(range(len(plan.blocks)))
    done = found[0].count
    assert {chunk.repeats for chunk in found} == {range(done)}
    assert 1 < done < REPEATS
    one_by_one(alone, pulses(model, done))
    assert bench.state["dut"] == pytest.approx(alone.state["dut"], rel=1e-12)


@pytest.mark.parametrize(("integrator", "rtol"), [("auto", 1e-9), ("euler", 1e-3)])
def test_batches_follow_one_another(monkeypatch, integrator, rtol):
    """Also where the device ends in saturation, and Euler's steps become fewer."""
    model = models.create("yakopcic")
    stimulus, found = pulses(model, 400), []
    for together in (trains.TOGETHER, 2000):
        monkeypatch.setattr(trains, "TOGETHER", together)
        bench = SimulatedBench(model, integrator=integrator)
        record = answered(bench, bench.prepare(stimulus))
        assert len(record.readings) == 400
        found.append((record.readings.conductance_siemens, len(record.chunks)))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=rtol)
    assert found[0][1] < found[1][1]


def test_a_run_says_what_its_dry_run_said():
    protocol, model = PulseSeries(count=30, gap=0.0, read_window=1e-4), models.create("yakopcic")
    bench = SimulatedBench(model, integrator="auto")
    runs = [execute(protocol, bench, seed=1) for _ in range(2)]
    for run in runs:
        said = [step.record.readings for step in run.rehearsal.steps]
        assert [record.readings for record in run.records] != []
        for one, other in zip(run.records, said, strict=True):
            np.testing.assert_array_equal(one.readings.conductance_siemens,
                                          other.conductance_siemens)
    assert runs[0].result != runs[1].result  # the second one begins where the first has ended
    times_s = [record.t_s for run in runs for record in run.records]
    assert times_s == sorted(times_s)
    assert runs[1].info.settings["error_rel"] is not None


def test_noise_is_new_in_every_run():
    protocol = PulseSeries(count=30, order="potentiation", gap=0.0, read_window=1e-4)
    bench = SimulatedBench(models.create("guseinov"), noise_a=1e-7, seed=3)
    before, after = (execute(protocol, bench, seed=1).records[0] for _ in range(2))
    assert before.readings[0].i_a != after.readings[0].i_a


def test_what_needs_every_repeat_by_itself_gets_it():
    model = models.create("guseinov")
    bench = SimulatedBench(model, integrator="rk4")
    record = answered(bench, bench.prepare(pulses(model, 20)))
    assert {chunk.count for chunk in record.chunks} == {1}


def test_a_step_that_takes_for_ever_is_refused_with_one_that_does_not():
    bench = SimulatedBench(models.create("guseinov"), step_s=1e-12)
    with pytest.raises(RequestError) as caught:
        answered(bench, bench.prepare(pulses(bench.model)))
    assert str(caught.value) == (
        "a step of 1 ps was asked: this drive takes 4e+09 such steps in which the device may "
        "move, and at most 5e+06 are taken; use a step of 1 ns, or none: it is then chosen by its "
        "error")


def test_a_tiny_step_is_no_work_where_nothing_moves():
    bench = SimulatedBench(models.create("guseinov"), step_s=1e-12)
    read = dataclasses.replace(pulses(bench.model), top=Waveform(
        t_s=[0.0, 1.0], v_v=[0.1, 0.1]), windows=(), repeat=1, period_s=0.0)
    assert answered(bench, bench.prepare(read)).points > 100
