"""The bench of a source/measure unit on the twin, through loopback sockets and a virtual clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from memrig.drivers.smu_bench import SmuBench, open_one_channel, open_two_channel
from memrig.hil import Overlay, execute
from memrig.hil.calibration import Calibration, CheckReport
from memrig.hil.clock import VirtualClock
from memrig.hil.errors import BenchError
from memrig.hil.opening import checked_twin, description_of
from memrig.hil.record import Chunk, Record
from memrig.hil.registry import load
from memrig.hil.run import Run
from memrig.hil.shapes import ramps, rectangle
from memrig.hil.status import Status
from memrig.hil.stimulus import Role, Stimulus
from memrig.sim.circuit import OPEN, SHORT, Resistor
from memrig.sim.twin.errors import Hidden, SmuFigures
from memrig.sim.twin.server import serve
from memrig.sim.twin.twin import Twin, open_twin
from tests.unit.drivers.test_smu_bench import read

OHM = 1e4
U_REL = 5.8e-5
RESISTOR = {"kind": "resistor", "ohm": OHM}
"""In the device's place."""


@dataclass
class Station:
    """A bench and the truth behind it."""

    bench: SmuBench
    twin: Twin
    stop: threading.Event

    def applied(self, stimulus: Stimulus) -> Record:
        plan = self.bench.prepare(stimulus)
        chunks = tuple(self.bench.apply(plan, self.stop))
        return self.record(stimulus, chunks)

    def record(self, stimulus: Stimulus, chunks: Sequence[Chunk]) -> Record:
        info = self.bench.describe()
        return Record(stimulus=stimulus, plan=self.bench.prepare(stimulus), netlist=info.netlist,
                      calibration=info.calibration, chunks=tuple(chunks))


def description(device: Mapping[str, Any], kind: str = "smu-two", **entries: Any) -> dict[str, Any]:
    found = description_of("twin-smu")
    return {**found, "bench": {**found["bench"], "kind": kind, **entries},
            "twin": {**found["twin"], "device": dict(device)}}


@contextmanager
def station(
    device: Mapping[str, Any] = RESISTOR, *, kind: str = "smu-two", seed: int = 1,
    calibration: Calibration | None = None, **entries: Any,
) -> Iterator[Station]:
    clock, asked = VirtualClock(), description(device, kind, **entries)
    twin = open_twin(asked, clock=clock, seed=seed)
    with ExitStack() as stack:
        servers = stack.enter_context(serve(twin.instruments))
        wired = {**asked, "instruments": {
            role: {**one, "resource": servers[role].resource}
            for role, one in asked["instruments"].items()}}
        opener = open_two_channel if kind == "smu-two" else open_one_channel
        bench = opener(wired, clock=clock, calibration=calibration or Calibration())
        stack.enter_context(closing(bench))
        yield Station(bench, twin, threading.Event())


def sweep(period_s: float, peak_v: float = 1.0, **more: Any) -> Stimulus:
    wave = ramps(corners_v=[0.0, peak_v, 0.0], period_s=period_s)
    return Stimulus(role=Role.SWEEP, top=wave, **more)


@pytest.mark.parametrize("kind", ["smu-one", "smu-two"])
def test_a_resistor_is_read_within_its_uncertainty(kind: str) -> None:
    with station(kind=kind) as one, one.bench.energised():
        reading = one.applied(read()).readings[0]
    assert reading.status is Status.OK
    assert abs(reading.conductance_siemens * OHM - 1.0) < 4.0 * reading.u_siemens * OHM
    assert reading.u_siemens * OHM < 3e-4  # the data sheet: 0.02 % each of volt and ampere
    assert reading.v_dut_v == pytest.approx(0.24, rel=1e-3)


def test_outputs_are_on_at_0_v_and_off_in_the_end() -> None:
    with station() as one:
        assert not one.twin.world.outputs_on
        with one.bench.energised():
            assert one.twin.world.outputs_on
            assert abs(one.twin.world.level("top_drive")) < 1e-3
        assert not one.twin.world.outputs_on
        assert one.bench.make_safe().verified


def test_a_failure_in_the_middle_turns_the_outputs_off() -> None:
    with station() as one:
        with pytest.raises(ZeroDivisionError), one.bench.energised():
            raise ZeroDivisionError
        assert not one.twin.world.outputs_on


def test_the_limit_of_the_current_holds_and_is_flagged() -> None:
    stimulus = sweep(0.02, compliance_a=2e-5)
    with station() as one, one.bench.energised():
        record = one.applied(stimulus)
        assert one.bench.describe().settings["compliance_a"] == 2e-5
    trace = record.trace(0, 0)
    held = (trace.status & int(Status.COMPLIANCE)) != 0
    free = trace.v_dut_v < 0.9 * 2e-5 * OHM
    assert held.any()
    assert not (held & free).any()
    assert np.abs(trace.i_a).max() < 2e-5 * 1.01
    assert trace.i_a[held] == pytest.approx(2e-5, rel=0.01)


def test_a_limit_that_the_unit_does_not_take_ends_the_run() -> None:
    with station() as one, one.bench.energised():
        smu = one.twin.models["smu"]
        smu.settings.values["limit", 1] = 1.0
        original = one.bench.smu.transport.query
        one.bench.smu.transport.query = (  # type: ignore[method-assign]  # a deaf instrument
            lambda text, *a, **k: "1.0" if "PROT?" in text else original(text, *a, **k))
        with pytest.raises(BenchError, match="reads back 1 A instead of 2e-05 A"):
            one.applied(sweep(0.1, compliance_a=2e-5))


def test_a_current_beyond_the_range_is_flagged_and_finite() -> None:
    pulse = Stimulus(role=Role.PROGRAM, top=rectangle(level_v=1.0, width_s=1e-3))
    with station(r_min_ohm=1e6) as one, one.bench.energised():
        trace = one.applied(pulse).trace(0, 0)
    over = (trace.status & int(Status.OVERRANGE)) != 0
    assert over.any()
    assert np.isfinite(trace.i_a).all()
    assert np.abs(trace.i_a).max() < 1e-3


def test_a_slow_sweep_streams() -> None:
    stimulus = sweep(4.0, points=200)
    with station() as one, one.bench.energised():
        chunks = list(one.bench.apply(one.bench.prepare(stimulus), one.stop))
        record = one.record(stimulus, chunks)
    assert len(chunks) > 20
    trace = record.trace(0, 0)
    assert np.all(np.diff(trace.t_s) > 0)
    assert trace.t_s[-1] == pytest.approx(4.0, abs=0.03)
    truth = stimulus.top.value(trace.t_s)
    assert np.abs(trace.v_dut_v - truth)[:-1].max() < 0.02
    assert np.abs(trace.i_a * OHM - truth)[:-1].max() < 0.02


def test_a_stop_ends_a_sweep_at_0_v() -> None:
    stimulus = sweep(10.0, points=200)
    with station() as one, one.bench.energised():
        plan = one.bench.prepare(stimulus)
        chunks = []
        for chunk in one.bench.apply(plan, one.stop):
            chunks.append(chunk)
            if chunk.channels[0].times_s[-1] > 2.0:
                one.stop.set()
        one.bench.smu.transport.query("*OPC?")  # the order to stop has been carried out
        one.bench.clock.sleep(1e-3)
        assert one.bench.clock.now_s < 3.0
        assert abs(one.twin.world.level("top_drive")) < 1e-3
    assert not one.twin.world.outputs_on


def test_a_sweep_beyond_the_memory_is_one_trace() -> None:
    wave = ramps(corners_v=[0.0, 1.0, 0.0, -1.0, 0.0], period_s=0.3)
    stimulus = Stimulus(role=Role.SWEEP, top=wave, points=3000)
    with station() as one, one.bench.energised():
        record = one.applied(stimulus)
    trace = record.trace(0, 0)
    assert np.all(np.diff(trace.t_s) > 0)
    assert trace.t_s.size >= 3000
    settled = slice(10, -10)
    assert np.abs(trace.i_a * OHM - wave.value(trace.t_s))[settled].max() < 0.01


@pytest.mark.parametrize("ohm", [1e3, 1e5, 1e6])
def test_reads_find_their_range_and_keep_it(ohm: float) -> None:
    with station({"kind": "resistor", "ohm": ohm}) as one, one.bench.energised():
        readings = [one.applied(read()).readings[0] for _ in range(4)]
    assert len({r.range_name for r in readings}) == 1
    full_a = float(readings[0].range_name.split()[0])
    assert 0.02 * full_a < readings[0].i_a < 0.5 * full_a
    assert all(r.status is Status.OK for r in readings)


def test_a_read_after_a_leap_is_taken_again_on_a_range_that_suits() -> None:
    with station({"kind": "resistor", "ohm": 1e6}) as one, one.bench.energised():
        one.applied(read())
        one.twin.world.replace_device(Resistor(1e3))
        reading = one.applied(read()).readings[0]
    assert reading.status is Status.OK
    assert reading.conductance_siemens == pytest.approx(1e-3, rel=1e-3)


def run(protocol: str, texts: dict[str, str], *, seed: int, device: Mapping[str, Any],
        calibrated: bool = True, overlaid: bool = True) -> Run:
    asked = description(device)
    calibration = checked_twin(asked, seed=seed) if calibrated else Calibration()
    overlay = None
    if overlaid:
        model = load("simulators", "model")(load("models", "guseinov")(), integrator="auto")
        overlay = Overlay(bench=model)
    with station(device, seed=seed, calibration=calibration) as one:
        return execute(load("protocols", protocol).from_text(texts), one.bench, overlay=overlay,
                       seed=seed)


def test_each_distinct_list_is_sent_once() -> None:
    with station({"model": "guseinov"}) as one:
        series = load("protocols", "pulse-series").from_text(
            {"count": "25", "order": "potentiation"})
        execute(series, one.bench, seed=1)
        sent = [text for _, _, way, text in one.bench.transcript if ":LIST:VOLT" in text
                and ":STAR" not in text and "?" not in text]
    assert len(sent) <= 2 * 6  # two channels; the reads of the run, its pulse and its own read


def checked(one: Station, ohm: float = OHM) -> CheckReport:
    return one.bench.check(resistor_ohm=ohm, u_rel=U_REL)


def hidden(seed: int, what: str, k: int) -> tuple[float, float]:
    """(gain error, zero error) of a source or a voltmeter on the 2 V range."""
    gain, zero = SmuFigures().volts[2.0]
    one = Hidden(seed, "smu")
    return one.within(f"gain{what}{k}@2", gain), one.within(f"zero{what}{k}@2", zero)


def test_the_check_finds_the_hidden_errors() -> None:
    with station(seed=7) as one:
        report = checked(one)
        assert not one.twin.world.outputs_on
    assert report.passed, report.verdicts
    assert report.calibration.reference == "10 kohm ± 0.01 %"
    top, bottom = (report.calibration.sources[s] for s in ("top_drive", "bottom_drive"))
    (g1, z1), (g2, z2), (gv, _) = hidden(7, "S", 1), hidden(7, "S", 2), hidden(7, "V", 1)
    assert abs(top.gain - (1.0 + g1)) < 2.0 * top.u_gain_rel
    assert top.gain == pytest.approx((1.0 + g1) * (1.0 + gv), abs=1e-5)
    assert bottom.gain / top.gain == pytest.approx((1.0 + g2) / (1.0 + g1), abs=1e-5)
    assert abs(top.offset - bottom.offset - (z1 - z2)) < 4.0 * top.u_offset
    assert top.u_offset < 1e-5


def test_the_check_measures_a_series_resistor() -> None:
    with station(seed=3, netlist={"series_ohm": 2e3}) as one:
        true_ohm = one.twin.world.true_netlist.element("r_series").value
        found_ohm, u_ohm = checked(one).calibration.elements["r_series"]
    assert abs(found_ohm - true_ohm) < 3.0 * u_ohm
    assert u_ohm < 0.003 * 2e3  # better than its tolerance


FAULTS = {
    "open": (OPEN, "no current flows"),
    "short": (SHORT, "the electrodes are shorted"),
    "another": (Resistor(2e4), "the resistance is 20"),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("kind", ["smu-one", "smu-two"])
def test_a_wrong_circuit_is_told(name: str, kind: str) -> None:
    device, sentence = FAULTS[name]
    with station(kind=kind) as one:
        one.twin.world.replace_device(device)
        report = checked(one)
        assert not one.twin.world.outputs_on
    assert not report.passed
    assert not report.calibration.is_measured
    assert any(v.startswith(f"WRONG WIRING: {sentence}") for v in report.verdicts), report.verdicts


def pulls(seeds: range, *, calibrated: bool) -> np.ndarray:
    found = []
    for seed in seeds:
        ohm = float(np.geomspace(1e3, 1e6, 7)[seed % 7])
        one = run("read", {}, seed=seed, device={"kind": "resistor", "ohm": ohm},
                  calibrated=calibrated, overlaid=False)
        reading = one.records[-1].readings[-1]
        found.append((reading.conductance_siemens - 1.0 / ohm) / reading.u_siemens)
    return np.array(found)


@pytest.mark.parametrize("calibrated", [False, True])
def test_pulls_of_resistors_are_standard_normal(calibrated: bool) -> None:
    z = pulls(range(100, 114), calibrated=calibrated)
    assert abs(z.mean()) < 3.0 / np.sqrt(z.size)
    assert 0.45 < z.std(ddof=1) < 1.6  # 99.7 % of samples of 14


def test_increments_agree_with_the_model_as_well_as_declared() -> None:
    found = []
    for seed in (31, 32):
        one = run("pulse-series", {"count": "5"}, seed=seed, device={"model": "guseinov"})
        assert one.comparison is not None
        found.append(one.comparison.chi2_dg)
    assert 0.4 < np.mean(found) < 1.8  # 20 increments


def test_spikes_agree_with_the_model_as_well_as_declared() -> None:
    texts = {"dt": "-1ms, 1ms", "sham": "1", "pre_only": "0", "post_only": "0",
             "reversed_pairs": "0"}
    one = run("stdp", texts, seed=41, device={"model": "guseinov"})
    assert one.comparison is not None
    assert one.comparison.nrmse < 0.02
    assert one.comparison.chi2_dg is not None
    assert one.comparison.chi2_dg < 4.0  # three increments
    window = dict(zip(one.result.values["dt_s"], one.result.values["dg_rel"], strict=True))
    assert window[1e-3] > 0.02
    assert window[-1e-3] < -0.02
