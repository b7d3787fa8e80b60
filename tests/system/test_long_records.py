"""Records of long runs, most of whose chunks are in the store: everything is as if they were here.

What a run may keep is made small, so that short runs are long ones.
"""

from __future__ import annotations

import dataclasses
import gc
import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from memrig.hil import Overlay, Store, bench_file, execute, keeping, opening
from memrig.hil.bench import Bench
from memrig.hil.compare import compare
from memrig.hil.derive import readings_of
from memrig.hil.errors import RequestError, StoreError
from memrig.hil.events import ChunkArrived, Event, RecordFinished, StimulusStarted
from memrig.hil.keeping import KeptChunks
from memrig.hil.netlist import single_channel
from memrig.hil.opening import open_bench
from memrig.hil.protocol import Protocol, Result, Setup, Steps
from memrig.hil.protocols.iv_sweep import IvSweep
from memrig.hil.protocols.pulse_series import PulseSeries
from memrig.hil.record import Chunk, Record, main_of
from memrig.hil.replay import ReplayBench
from memrig.hil.run import Run
from memrig.hil.store import RunHeader, RunWriter, StoredRun
from memrig.hil.wear import wear_of
from memrig.sim.bench import SimulatedBench
from tests.system.failing import KINDS, SharedClock, in_process

LITTLE = 20_000
"""Bytes: a few chunks."""
SERIES = PulseSeries.from_text({
    "count": "8", "width": "100us", "gap": "20us", "read_window": "100us",
    "amplitude_set": "90mV", "amplitude_reset": "-90mV", "read_level": "90mV"})
SWEEP = IvSweep.from_text({"points": "200"})
CASES = (("model", SWEEP), *((kind, SERIES) for kind in KINDS))


@contextmanager
def opened(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A model on a circuit, which gives every repeat by itself, or simulated instruments in this
    process."""
    if kind == "model":
        bench = SimulatedBench(integrator="auto", noise_a=1e-9, seed=3)
        yield bench.replica(single_channel(series_ohm=1e3))
        return
    clock = SharedClock()
    monkeypatch.setattr(opening, "RemoteClock", lambda _: clock)
    with in_process(kind, (), clock) as (_, description):
        bench_file.write({**description, "twin": {"clock": "in this process"}},
                         folder / "bench.toml")
        with open_bench(str(folder / "bench.toml"), calibrated=False) as bench:
            yield bench


@dataclass(frozen=True)
class Long:
    """A run of which nearly nothing was kept, and what its store has."""

    run: Run
    stored: StoredRun
    overlay: Overlay


@pytest.fixture(scope="module", params=CASES, ids=lambda one: f"{one[0]}-{one[1].name}")
def long(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Long:
    kind, protocol = request.param
    folder = tmp_path_factory.mktemp("long")
    overlay = Overlay(bench=SimulatedBench(integrator="auto"))
    with pytest.MonkeyPatch.context() as patch, opened(kind, folder, patch) as bench, \
            Store.open(folder / "runs.sqlite") as store:
        patch.setattr(keeping, "KEPT_BYTES", LITTLE)
        profile = overlay.bench.model.profile()
        run = execute(protocol, bench, profile=profile, store=store, overlay=overlay, seed=1)
        return Long(run, store.load(run.id), overlay)


def gone(records: Sequence[Record]) -> int:
    """How many chunks are in the store only."""
    return sum(r.chunks.gone for r in records if isinstance(r.chunks, KeptChunks))


def plain(chunk: Chunk) -> Any:
    """Everything of a chunk."""
    return (chunk.repeat, chunk.block, chunk.t_s, chunk.count, chunk.spacing_s, [
        (one.probe, one.data.dtype.str, one.data.tolist(), one.scale, one.offset, one.t0_s,
         one.dt_s, one.t_s.tolist(), one.status.tolist(), one.range_name, one.accuracy)
        for one in chunk.channels])


def alike(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same but for rounding: sums depend on how arrays lie."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other or one == pytest.approx(other, rel=1e-6, nan_ok=True)


def test_nothing_is_missing(long: Long) -> None:
    assert gone(long.run.records) > 0
    for source, records in (("bench", long.run.records), ("overlay", long.run.model_records)):
        for one, other in zip(records, long.stored.records(source), strict=True):
            assert [plain(c) for c in one.chunks] == [plain(c) for c in other.chunks]
            assert plain(one.chunks[-1]) == plain(other.chunks[-1])
            assert [plain(c) for c in one.chunks[:1]] == [plain(other.chunks[0])]
            assert (one.points, list(one.blocks())) == (other.points, list(other.blocks()))
            assert len(one.readings) == len(readings_of(other))
            if source == "bench":
                assert list(one.readings) == list(readings_of(other))


def test_what_was_found_is_what_whole_records_say(long: Long) -> None:
    run, whole, modelled = long.run, long.stored.records(), long.stored.records("overlay")
    assert dict(run.result.values) == dict(run.protocol.analyse(main_of(whole)).values)
    assert run.comparison is not None
    again = compare(run.protocol, whole, modelled, long.overlay, run.info.drives)
    assert alike({**run.comparison.to_json(), "settings": {}}, {**again.to_json(), "settings": {}})
    assert run.passport.charge_c == pytest.approx(wear_of(whole).charge_c, rel=1e-9)
    assert alike(wear_of(run.records).to_json(), wear_of(whole).to_json())


def test_in_any_order_and_elsewhere_they_are_the_same(long: Long) -> None:
    record = max(long.run.records, key=lambda one: len(one.chunks))
    other = next(one for one in long.stored.records() if one.plan.sha256 == record.plan.sha256
                 and len(one.chunks) == len(record.chunks))
    for number in (*range(len(record.chunks) - 1, -1, -1), len(record.chunks) // 2):
        assert plain(record.chunks[number]) == plain(other.chunks[number])
    copy = pickle.loads(pickle.dumps(record))
    assert [plain(c) for c in copy.chunks] == [plain(c) for c in other.chunks]
    assert list(copy.readings) == list(record.readings)


@pytest.mark.parametrize("protocol", [SERIES, SWEEP], ids=lambda one: one.name)
def test_a_run_says_the_same_whatever_it_keeps(
    protocol: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, much = {}, keeping.KEPT_BYTES
    for most in (0, much):
        monkeypatch.setattr(keeping, "KEPT_BYTES", most)
        overlay = Overlay(bench=SimulatedBench(integrator="auto"), drive="measured")
        with opened("model", tmp_path, monkeypatch) as bench, \
                Store.open(tmp_path / f"{most}.sqlite") as store:
            run = execute(protocol, bench, store=store, overlay=overlay, seed=4)
            again = execute(protocol, ReplayBench(store.load(run.id)), seed=4, profile=run.profile)
        found[most] = {name: value for name, value in run.to_json().items() if name != "run"}
        assert again.result == run.result
        assert (gone(run.records) > 0) == (most == 0)
    assert alike(found[0], found[much])


# --- how many are kept


def live_chunks() -> int:
    return sum(isinstance(one, Chunk) for one in gc.get_objects())


@pytest.mark.parametrize(("kind", "pulses"), [("model", 100), ("twin-smu", 20)])
def test_chunks_do_not_pile_up(
    kind: str, pulses: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("hil.keeping.KEPT_BYTES", "hil.execution.KEPT_BYTES", "sim.bench.POINTS_MAX"):
        monkeypatch.setattr(f"memrig.{name}", LITTLE)
    monkeypatch.setattr("memrig.hil.store.writer.STEP_S", 0.0)
    before, seen = live_chunks(), list[int]()

    def look(event: Event) -> None:
        if isinstance(event, ChunkArrived) and event.chunk.block and event.chunk.repeat % 10 == 9:
            seen.append(live_chunks() - before)

    series = dataclasses.replace(SERIES, count=pulses, order="potentiation")
    with opened(kind, tmp_path, monkeypatch) as bench, \
            Store.open(tmp_path / "runs.sqlite") as store:
        run = execute(series, bench, profile=SimulatedBench().model.profile(), store=store,
                      observer=look, seed=1)
    assert len(run.result.values["conductance_siemens"]) == pulses == 10 * len(seen)
    assert max(seen) < 30


# --- the dry run


@dataclass(frozen=True, kw_only=True)
class Curious(Protocol):
    """Decides by the traces of a record."""

    name: ClassVar[str] = "curious"
    title: ClassVar[str] = "curious"
    reads_around: ClassVar[bool] = False

    def run(self, setup: Setup) -> Steps:
        """A series, while there are points."""
        for stimulus in SERIES.run(setup):
            record = yield stimulus
            if not record.trace(0, 0).t_s.size:
                return

    def analyse(self, records: Sequence[Record]) -> Result:
        """Nothing."""
        return Result(protocol=self.name)


@dataclass(frozen=True, kw_only=True)
class Thorough(Curious):
    """The same, and says so."""

    looks_at_traces: ClassVar[bool] = True


def test_a_dry_run_keeps_readings_and_refuses_what_it_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = execute(SERIES, SimulatedBench(integrator="auto"), seed=1).rehearsal
    monkeypatch.setattr("memrig.hil.execution.KEPT_BYTES", LITTLE)
    bare = execute(SERIES, SimulatedBench(integrator="auto"), seed=1).rehearsal
    for one, other in zip(whole.steps, bare.steps, strict=True):
        assert one.plan.sha256 == other.plan.sha256
        np.testing.assert_allclose(other.record.readings.conductance_siemens,
                                   one.record.readings.conductance_siemens, rtol=1e-12)
    with pytest.raises(RequestError, match="its readings alone are kept"):
        bare.steps[-1].record.trace(0, 0)


def test_a_protocol_that_looks_at_traces_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    execute(Curious(), SimulatedBench(), seed=1)
    monkeypatch.setattr("memrig.hil.execution.KEPT_BYTES", 1000)
    with pytest.raises(RequestError, match="looks_at_traces = True"):
        execute(Curious(), SimulatedBench(), seed=1)
    assert execute(Thorough(), SimulatedBench(), seed=1).status == "finished"


# --- a store that fails


@pytest.fixture
def refuge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a run is rescued to."""
    monkeypatch.setenv("MEMRIG_RESCUE", str(tmp_path / "refuge"))
    return tmp_path / "refuge"


def failing_run(
    path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[RunWriter], object],
) -> tuple[str, list[Record]]:
    """A sweep whose store is spoilt before the last read; what was said, and its records."""
    monkeypatch.setattr(keeping, "KEPT_BYTES", LITTLE)
    records, writers, begin = list[Record](), list[RunWriter](), Store.begin

    def begun(store: Store, header: RunHeader) -> RunWriter:
        if store.path == path:
            writers.append(begin(store, header))
            return writers[0]
        return begin(store, header)

    def look(event: Event) -> None:
        if isinstance(event, RecordFinished):
            records.append(event.record)
        if isinstance(event, StimulusStarted) and event.index == 2:
            spoil(writers[0])

    monkeypatch.setattr(Store, "begin", begun)
    with Store.open(path) as store, pytest.raises(StoreError) as caught:
        execute(SWEEP, SimulatedBench(integrator="auto"), store=store, observer=look, seed=5)
    assert gone(records) > 0
    return str(caught.value), records


def move(path: Path) -> Path:
    """Somebody takes the store elsewhere: the writer still writes to it, nobody finds it."""
    there = path.parent / "moved"
    there.mkdir()
    for one in path.parent.glob(f"{path.name}*"):
        one.rename(there / one.name)
    return there / path.name


def assert_same(kept: Sequence[Record], records: Sequence[Record]) -> None:
    assert len(kept) >= len(records)
    for one, other in zip(records, kept, strict=False):
        assert [plain(c) for c in one.chunks] == [plain(c) for c in other.chunks]


def test_a_store_that_can_be_read_gives_all_to_the_place_of_rescue(
    tmp_path: Path, refuge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, records = failing_run(
        tmp_path / "runs.sqlite", monkeypatch,
        lambda writer: writer._connection.execute("PRAGMA query_only=1"))
    found = re.search(r"all data are in (\S+)", said)
    assert found, said
    assert_same(Store.open(Path(found[1])).load("last").records(), records)


def test_what_cannot_be_read_back_is_in_the_store_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.sqlite"
    said, records = failing_run(path, monkeypatch, lambda _: move(path))
    assert said.startswith(f"the run was finished, the outputs are off; the run store {path} ")
    assert said.endswith("; it has all that was written to it")
    stored = Store.open(tmp_path / "moved" / path.name).load("last")
    assert stored.status == "finished"
    whole = stored.records()
    (tmp_path / "moved" / path.name).rename(path)  # and when it is back, so is what was in it
    assert_same(whole, records)


def test_a_store_that_is_lost_and_fails_leaves_what_came_last(
    tmp_path: Path, refuge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.sqlite"

    def lose(writer: RunWriter) -> None:
        writer._connection.execute("PRAGMA query_only=1")
        move(path)

    said, _ = failing_run(path, monkeypatch, lose)
    found = re.search(r"what came last is in (\S+), the (\d+) pieces that came first are in "
                      rf"the run store {path} alone", said)
    assert found, said
    rest = Store.open(Path(found[1])).load("last").records()
    before = Store.open(tmp_path / "moved" / path.name).load("last").records()
    assert sum(len(one.chunks) for one in before) >= int(found[2])
    assert any("pieces that came first are in the run store" in note
               for one in rest for note in one.notes)
    whole = {plain_key(c) for records in (before, rest) for one in records for c in one.chunks}
    assert len(whole) == int(found[2]) + sum(len(one.chunks) for one in rest)


def plain_key(chunk: Chunk) -> str:
    """What tells a chunk from all others."""
    return repr(plain(chunk))
