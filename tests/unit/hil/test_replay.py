"""A stored run served again: same answers in order, a sentence for anything else."""

import threading

import pytest

from memrig.hil.errors import BenchError
from memrig.hil.replay import ReplayBench
from memrig.hil.store import Store


@pytest.fixture
def run(tmp_path, made_up):
    return Store.open(tmp_path / "runs.sqlite").load(made_up.write(tmp_path / "runs.sqlite"))


def test_every_record_comes_back_in_order(run, made_up):
    bench, stop = ReplayBench(run), threading.Event()
    with bench.energised():
        for record in made_up.records:
            plan = bench.prepare(record.stimulus)
            assert plan == record.plan
            assert bench.clock.now_s == pytest.approx(record.t_s)
            chunks = list(bench.apply(plan, stop))
            assert [(c.repeat, c.block, c.t_s) for c in chunks] == [
                (c.repeat, c.block, c.t_s) for c in record.chunks
            ]


def test_it_describes_the_stored_bench(run, made_up):
    bench = ReplayBench(run)
    assert bench.describe() == made_up.header.bench
    assert bench.capabilities == made_up.header.capabilities
    assert bench.transcript == []
    assert bench.make_safe().off


def test_the_overlay_can_be_replayed(run):
    bench = ReplayBench(run, "overlay")
    with bench.energised():
        chunks = list(bench.apply(bench.prepare(run.plans[0].stimulus), threading.Event()))
    assert [channel.probe for channel in chunks[0].channels] == ["v_top", "i_top"]


def test_another_stimulus_is_refused(run, made_up):
    bench = ReplayBench(run)
    other = made_up.record(9).stimulus
    with bench.energised(), pytest.raises(BenchError) as caught:
        list(bench.apply(bench.prepare(other), threading.Event()))
    head, _, tail = str(caught.value).partition(": ")
    assert head == f"replay of run {run.run_id}, stimulus 0"
    assert tail.startswith("a program stimulus (")
    assert " was asked, the run holds a program stimulus (" in tail


def test_another_order_is_refused(run, made_up):
    bench = ReplayBench(run)
    with bench.energised(), pytest.raises(BenchError, match="stimulus 0: a program stimulus"):
        list(bench.apply(bench.prepare(made_up.records[1].stimulus), threading.Event()))


def test_more_than_was_stored_is_refused(run, made_up):
    bench, stop = ReplayBench(run), threading.Event()
    with bench.energised():
        for record in made_up.records:
            list(bench.apply(bench.prepare(record.stimulus), stop))
        with pytest.raises(BenchError) as caught:
            list(bench.apply(bench.prepare(made_up.records[0].stimulus), stop))
    assert str(caught.value) == (
        f"replay of run {run.run_id}, stimulus 3: the run holds 3 complete records only"
    )


def test_nothing_is_served_before_it_is_energised(run, made_up):
    bench = ReplayBench(run)
    with pytest.raises(BenchError) as caught:
        list(bench.apply(bench.prepare(made_up.records[0].stimulus), threading.Event()))
    assert str(caught.value) == (
        f"replay of run {run.run_id}, stimulus 0: asked before the bench was energised"
    )


def test_stop_ends_it_between_chunks(run, made_up):
    bench, stop = ReplayBench(run), threading.Event()
    with bench.energised():
        chunks = bench.apply(bench.prepare(made_up.records[0].stimulus), stop)
        next(chunks)
        stop.set()
        assert list(chunks) == []


def test_a_run_without_complete_records_has_nothing_to_replay(tmp_path, made_up):
    with Store.open(tmp_path / "empty.sqlite") as store:
        store.begin(made_up.header).finish("failed")
        with pytest.raises(BenchError) as caught:
            ReplayBench(store.load())
        assert str(caught.value) == (
            f"run {store.load().run_id} holds no complete record to replay"
        )
