"""What the simulated bench promises as a ``Bench`` and a ``ModelBench``."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.calibration import Calibration
from memrig.hil.netlist import Netlist, ideal, single_channel, smu, two_channel
from memrig.hil.record import Record
from memrig.hil.status import Status
from memrig.hil.stimulus import ReadWindow, Role, Stimulus
from memrig.sim import SimulatedBench, models, simulate
from memrig.sim.bench import open_model

NETLISTS = [ideal(), ideal(1e3), single_channel(), two_channel(), smu(channels=2)]
PULSE_AND_READ = Waveform(
    t_s=[0, 0, 1e-4, 1e-4, 4e-4, 4e-4, 14e-4, 14e-4, 15e-4],
    v_v=[0, -1.5, -1.5, 0, 0, 0.2, 0.2, 0, 0],
)
WINDOW = ReadWindow(start_s=6e-4, stop_s=13e-4)


def series(repeat: int = 3, compliance_a: float = 0.0) -> Stimulus:
    return Stimulus(role=Role.PROGRAM, top=PULSE_AND_READ, repeat=repeat, period_s=2e-3,
                    windows=(WINDOW,), compliance_a=compliance_a)


def answered(bench: SimulatedBench, stimulus: Stimulus) -> Record:
    plan = bench.prepare(stimulus)
    chunks = tuple(bench.apply(plan, threading.Event()))
    return Record(stimulus=stimulus, plan=plan, netlist=bench.describe().netlist,
                  calibration=Calibration(), chunks=chunks, simulated=True)


@pytest.mark.parametrize("netlist", NETLISTS, ids=lambda n: f"{n.name}-{n.thevenin().ohm:.0f}")
def test_readings_are_the_conductance_of_the_state(netlist: Netlist) -> None:
    bench = open_model(models.create("guseinov"), netlist=netlist, x0=0.3)
    record = answered(bench, series())
    last = record.readings[-1]
    expected = float(bench.model.conductance(last.v_dut_v, bench.state["dut"]))
    assert len(record.readings) == 3
    assert last.conductance_siemens == pytest.approx(expected, rel=1e-9)


def test_pulses_on_an_ideal_bench_move_the_state_by_the_closed_form() -> None:
    bench = open_model(models.create("guseinov"), x0=0.3)
    answered(bench, series(repeat=10))
    assert bench.state["dut"] == pytest.approx(0.3 + 10 * 0.0056750, abs=1e-5)


def test_preparing_changes_nothing_and_is_repeatable() -> None:
    bench = open_model(x0=0.3)
    plans = [bench.prepare(series()) for _ in range(2)]
    assert plans[0].sha256 == plans[1].sha256
    assert bench.state == {"dut": 0.3}
    assert bench.clock.now_s == 0.0


def test_compliance_holds_the_current_and_is_flagged() -> None:
    bench = open_model(x0=0.3)
    trace = answered(bench, series(repeat=1, compliance_a=5e-5)).trace(0, 0)
    held = (trace.status & int(Status.COMPLIANCE)) != 0
    assert np.abs(trace.i_a).max() == pytest.approx(5e-5, rel=1e-6)
    assert held.any()
    assert np.abs(trace.v_dut_v[held]).max() < 1.5


def test_the_state_is_set_from_a_measurement() -> None:
    bench = open_model(x0=0.3)
    model = bench.model
    bench.set_state(0.2, float(model.current(0.2, 0.7)))
    assert bench.state["dut"] == pytest.approx(0.7, rel=1e-12)
    bench.set_state(0.2, 1.0)
    assert bench.state["dut"] == model.bounds[1]


def test_following_the_measured_voltage_gives_the_same_course() -> None:
    device, model = (open_model(netlist=two_channel(), integrator="auto", x0=0.3) for _ in "ab")
    record = answered(device, series())
    list(model.follow(record.plan, record))
    assert model.state["dut"] == pytest.approx(device.state["dut"], rel=1e-4)


SHORT_TERM = models.create("chang", set="wox-short-term")
LEAK_HZ = SHORT_TERM.rate_factor / SHORT_TERM.tau_s
"""A volatile device's state goes as exp(-LEAK_HZ t) while nothing drives it."""


def pulsed(**more: Any) -> Stimulus:
    """A pulse of 1 ms in a period of 10 ms: the device is left alone for 9 ms."""
    pulse = Waveform(t_s=[0.0, 0.0, 1e-3, 1e-3], v_v=[0.0, 1.2, 1.2, 0.0])
    return Stimulus(role=Role.PROGRAM, top=pulse, period_s=10e-3, **more)


def test_a_volatile_device_relaxes_while_it_rests() -> None:
    bench = open_model(SHORT_TERM, x0=0.15, integrator="auto")
    answered(bench, pulsed())
    before = bench.state["dut"]
    record = answered(bench, pulsed(rest_before_s=0.5))
    alone = open_model(SHORT_TERM, x0=before * math.exp(-LEAK_HZ * 0.5), integrator="auto")
    expected = answered(alone, pulsed())
    np.testing.assert_allclose(record.trace(0, 0).i_a, expected.trace(0, 0).i_a, rtol=1e-10)


@pytest.mark.parametrize("repeat", [3, 40])
def test_a_train_is_one_long_drive(repeat: int) -> None:
    """Its rests included, few repeats or many."""
    bench = open_model(SHORT_TERM, x0=0.1, integrator="auto")
    answered(bench, pulsed(repeat=repeat))
    period = Waveform(t_s=[0.0, 0.0, 1e-3, 1e-3, 10e-3], v_v=[0.0, 1.2, 1.2, 0.0, 0.0])
    whole = simulate(SHORT_TERM, period.repeat(repeat), x0=0.1, integrator="flow")
    # The bench has not rested yet after the last pulse.
    end = np.interp(10e-3 * (repeat - 1) + 1e-3, whole.t_s, whole.x)
    assert bench.state["dut"] == pytest.approx(end, rel=1e-10)


def test_following_a_measurement_rests_as_the_device_has_rested() -> None:
    truth = open_model(SHORT_TERM, x0=0.1, integrator="auto")
    model = truth.replica()
    for stimulus in (pulsed(repeat=5), pulsed(repeat=2, rest_before_s=0.3)):
        record = answered(truth, stimulus)
        list(model.follow(record.plan, record))
        assert model.state["dut"] == pytest.approx(truth.state["dut"], rel=1e-9)


def test_a_stopped_run_ends_before_the_next_block() -> None:
    bench, stop = open_model(x0=0.3), threading.Event()
    chunks = bench.apply(bench.prepare(series()), stop)
    next(chunks)
    stop.set()
    assert list(chunks) == []


def test_a_replica_goes_its_own_way() -> None:
    bench = open_model(x0=0.3)
    double = bench.replica(two_channel())
    answered(double, series())
    assert bench.state["dut"] == 0.3
    assert double.describe().netlist.name == "awg-scope-two"


def test_it_says_what_it_is() -> None:
    bench = open_model(integrator="euler", step_s=1e-5, x0=0.3)
    answered(bench, series())
    info = bench.describe()
    assert info.simulated
    assert info.settings["integrator"] == "euler"
    assert info.settings["step_s"] == 1e-5
    assert info.settings["error_rel"] < 1e-9
    with bench.energised():
        pass
    assert bench.make_safe().off
