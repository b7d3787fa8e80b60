"""The replay of a stored run keeps the contract of every bench."""

import threading

import pytest

from memrig.hil import ReadWindow, Role, Stimulus, Store, Waveform
from memrig.hil.errors import BenchError
from memrig.hil.record import Record
from memrig.hil.replay import ReplayBench
from memrig.hil.store import RunHeader
from memrig.sim.bench import SimulatedBench


def stimulus(volts):
    pulse = Waveform(t_s=[0, 0, 1e-5, 1e-5], v_v=[0, volts, volts, 0])
    read = Waveform(t_s=[0, 0, 1e-3, 1e-3], v_v=[0, 0.1, 0.1, 0])
    return Stimulus(role=Role.PROGRAM, top=pulse.then(Waveform.zero(1e-4), read), repeat=3,
                    windows=(ReadWindow(start_s=3e-4, stop_s=9e-4),))


STIMULI = (stimulus(-1.2), stimulus(1.1))


@pytest.fixture
def bench(tmp_path):
    source = SimulatedBench()
    info = source.describe()
    with Store.open(tmp_path / "runs.sqlite") as store, source.energised():
        writer = store.begin(RunHeader(
            protocol="contract", bench=info, simulated=True, capabilities=source.capabilities,
            started_at="2026-01-01T00:00:00+00:00",
        ))
        for index, one in enumerate(STIMULI):
            plan = source.prepare(one)
            writer.record(index, Record(
                stimulus=one, plan=plan, netlist=info.netlist, calibration=info.calibration,
                chunks=tuple(source.apply(plan, threading.Event())), simulated=True,
            ))
        writer.finish("finished")
    return ReplayBench(store.load())


def test_prepare_is_pure_and_its_hash_is_stable(bench):
    before = bench.clock.now_s
    plans = [bench.prepare(STIMULI[0]) for _ in range(2)]
    assert plans[0] == plans[1]
    assert plans[0].sha256 == plans[1].sha256
    assert plans[0].stimulus == STIMULI[0]
    assert bench.clock.now_s == before
    assert bench.prepare(stimulus(0.7)).repeat == 3  # a dry run may ask for more than is stored


def test_apply_yields_every_block_of_every_repeat_in_order(bench):
    with bench.energised():
        for one in STIMULI:
            plan = bench.prepare(one)
            chunks = list(bench.apply(plan, threading.Event()))
            places = list(dict.fromkeys((c.repeat, c.block) for c in chunks))
            assert places == [(r, b) for r in range(3) for b in range(len(plan.blocks))]
            probes = {probe.name for probe in bench.describe().netlist.probes}
            assert all(ch.probe in probes for c in chunks for ch in c.channels)
            times = [c.t_s for c in chunks]
            assert times == sorted(times)


def test_leaving_energised_makes_safe_whatever_happens(bench):
    def fail():
        with bench.energised():
            next(bench.apply(bench.prepare(STIMULI[0]), threading.Event()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(BenchError, match="asked before the bench was energised"):
        next(bench.apply(bench.prepare(STIMULI[0]), threading.Event()))


def test_make_safe_is_idempotent_and_works_from_any_thread(bench):
    found = []
    worker = threading.Thread(target=lambda: found.append(bench.make_safe()))
    worker.start()
    worker.join()
    assert [found[0].off, bench.make_safe().off] == [True, True]
    bench.close()
    bench.close()


def test_a_second_pass_serves_the_same_again(bench):
    passes = []
    for _ in range(2):
        with bench.energised():
            chunks = bench.apply(bench.prepare(STIMULI[0]), threading.Event())
            passes.append([c.channels[0].data.tolist() for c in chunks])
    assert passes[0] == passes[1]
