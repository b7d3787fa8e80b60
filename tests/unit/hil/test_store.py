"""The run store: what goes in comes out, listings are live, other files are refused."""

import contextlib
import dataclasses
import datetime
import gc
import json
import math
import re
import sqlite3
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from memrig.hil.errors import RequestError, StoreError
from memrig.hil.plan import combined_sha256
from memrig.hil.profile import Passport
from memrig.hil.record import Channel
from memrig.hil.store import Past, Store, schema, total
from memrig.hil.store.codec import dumps, dumps_columns, pack, unpack
from memrig.hil.store.schema import MIGRATIONS, connect, migrate, version_of
from memrig.hil.store.writer import RunWriter
from memrig.hil.wear import Wear, wear_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.sqlite"


def test_everything_written_is_read_back_equal(path, made_up):
    run_id = made_up.write(path)
    run = Store.open(path).load(run_id)
    assert [made_up.as_plain(r) for r in run.records()] == [
        made_up.as_plain(r) for r in made_up.records
    ]
    assert [made_up.as_plain(r) for r in run.records("overlay")] == [
        made_up.as_plain(made_up.model_record(r)) for r in made_up.records
    ]
    assert run.header == made_up.header
    assert (run.status, run.message, run.tags) == ("finished", "done", ("first",))
    assert run.result == made_up.result
    assert run.overlay == {"nrmse": 0.1, "model": "guseinov"}
    assert run.passport.pulses == 13
    assert run.transcript == list(made_up.messages)
    assert [p.to_json() for p in run.plans] == [r.plan.to_json() for r in made_up.records]
    assert run.plan_sha256 == combined_sha256(r.plan for r in made_up.records)


def test_readings_of_a_stored_record_are_those_of_the_original(path, made_up):
    made_up.write(path)
    found = Store.open(path).load().records()
    assert [r.readings for r in found] == [r.readings for r in made_up.records]
    assert len(found[0].readings) == 2


numbers = npst.arrays(
    dtype=st.sampled_from(["i1", "u1", "<i2", ">i2", "<u2", "<i4", "<f4", "<f8", ">f8"]),
    shape=st.integers(0, 30),
)


@given(data=numbers, scale=st.floats(allow_nan=False), offset=st.floats(allow_nan=False))
def test_any_channel_survives_packing(data, scale, offset):
    channel = Channel(probe="v", data=data, scale=scale, offset=offset, range_name="40 mV/°")
    found = unpack(pack(channel))
    np.testing.assert_array_equal(found.data, data)
    assert found.data.dtype == data.dtype.newbyteorder("=")
    assert (found.scale, found.offset, found.range_name) == (scale, offset, "40 mV/°")


def test_a_channel_that_holds_no_numbers_is_refused():
    with pytest.raises(StoreError, match=re.escape(
        "a channel of type <U1 and shape (1,) cannot be stored; "
        "integers or floats of shape (n,) or (repeats, n) can"
    )):
        pack(Channel(probe="v", data=np.array(["x"])))


def test_a_store_that_does_not_exist_lists_as_empty_and_is_not_made(path):
    with Store.open(path) as store:
        assert store.runs() == []
    assert not path.exists()


def test_runs_are_listed_and_read_while_they_are_written(path, made_up):
    first, second = made_up.records[:2]
    with Store.open(path) as store:
        writer = store.begin(made_up.header)
        writer.record(0, first)
        writer.stimulus(1, second.stimulus, second.plan)
        found = []
        other = threading.Thread(target=lambda: found.append(Store.open(path).load("last")))
        other.start()
        other.join()
        assert made_up.as_plain(found[0].records()[0]) == made_up.as_plain(first)
        (line,) = store.runs()
        assert (line.status, line.points) == ("running", 200)
        writer.finish("stopped", message="on request")
        assert store.runs()[0].status == "stopped"
    assert sorted(p.name for p in path.parent.iterdir()) == ["runs.sqlite"]


def test_chunks_are_written_within_50_ms_of_chunks(path, made_up):
    now_s = [0.0]
    record = made_up.records[0]
    writer = RunWriter(path, made_up.header, monotonic_s=lambda: now_s[0])
    writer.stimulus(0, record.stimulus, record.plan)
    store, written = Store.open(path), []
    for k, chunk in enumerate(record.chunks):
        now_s[0] = 0.02 * (k + 1)
        writer.chunk(0, chunk)
        written.append(store.runs()[0].points)
    assert written == [0, 0, 150, 150]  # at 60 ms the three that had gathered
    (found,) = store.load().records()
    assert found.cut_short
    assert found.notes == (
        "the record is not complete: the run was interrupted, or is still being written",
    )
    writer.close()
    assert store.runs()[0].points == 200


def test_of_runs_that_are_over_nothing_piles_up(path, made_up):
    begun = weakref.WeakSet()
    with Store.open(path) as store:
        for _ in range(3):
            begun.add(store.begin(made_up.header))
            next(one for one in begun if not one.finished).finish("finished")
        gc.collect()
        assert len(begun) == 1


def test_a_run_whose_writer_is_gone_is_interrupted(path, made_up):
    with Store.open(path) as store:
        store.begin(made_up.header).record(0, made_up.records[0])
        assert store.load().status == "running"
    run = Store.open(path).load()
    assert run.status == "interrupted"
    assert made_up.as_plain(run.records()[0]) == made_up.as_plain(made_up.records[0])


def test_a_link_to_a_store_shows_the_same_runs_alive(path, made_up):
    link = path.with_name("link.sqlite")
    link.symlink_to(path)
    with Store.open(path) as store:
        store.begin(made_up.header)
        assert Store.open(link).load().status == "running"


def test_a_store_on_a_read_only_medium_is_read(path, made_up, monkeypatch):
    made_up.write(path)
    monkeypatch.setattr("memrig.hil.store.schema.os.access", lambda *_: False)
    assert len(Store.open(path).load().records()) == 3


def test_two_runs_are_written_at_the_same_time(path, made_up):
    with Store.open(path) as store:
        one, two = store.begin(made_up.header), store.begin(made_up.header)
        for k, record in enumerate(made_up.records):
            one.record(k, record)
            two.record(k, record)
        one.finish("finished")
        two.finish("finished")
        assert [line.points for line in store.runs()] == [600, 600]
    with contextlib.closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM stimuli").fetchone() == (3,)  # shared by both


def test_a_run_is_found_by_the_beginning_of_its_id(path, made_up):
    one, two = made_up.write(path), made_up.write(path)
    store = Store.open(path)
    assert store.load(one[:9]).run_id == one
    assert store.load("last").run_id == two
    with pytest.raises(StoreError) as caught:
        store.load("zebra")
    assert str(caught.value) == (
        f"run 'zebra' was asked; {path} has none of that name (latest: {two}, {one})"
    )
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE runs SET run_id = 'ab' || id")
    with pytest.raises(StoreError) as caught:
        store.load("a")
    assert str(caught.value) == "run 'a' was asked; ab1, ab2 begin so: give more of the name"


def test_a_run_of_an_empty_store_is_not_there(path):
    with pytest.raises(StoreError) as caught:
        Store.open(path).load()
    assert str(caught.value) == f"run 'last' was asked; the run store {path} holds no runs"


def test_an_overlay_is_replaced(path, made_up):
    run_id = made_up.write(path)
    store = Store.open(path)
    store.set_overlay(run_id, {1: made_up.model_record(made_up.records[1])}, {"nrmse": 0.5})
    run = store.load(run_id)
    ((number, record),) = run.numbered("overlay")
    assert number == 1
    assert made_up.as_plain(record) == made_up.as_plain(made_up.model_record(made_up.records[1]))
    assert run.overlay == {"nrmse": 0.5}
    assert len(run.records()) == 3


def test_tags_are_added(path, made_up):
    run_id = made_up.write(path)
    store = Store.open(path)
    store.tag(run_id, "nice", "first")
    assert store.load(run_id).tags == ("first", "nice")


def test_tags_are_taken_away_and_listed(path, made_up):
    store = Store.open(path)
    assert store.tags() == []
    one, other = made_up.write(path), made_up.write(path)
    store.tag(one, "nice")
    store.tag(other, "forming")
    assert store.tags() == ["first", "forming", "nice"]
    store.untag(one, "first", "never there")
    assert store.load(one).tags == ("nice",)
    assert store.load(one).header.tags == ("first",)  # as it was then
    assert [run.tags for run in store.runs()] == [("nice",), ("first", "forming")]


@pytest.mark.parametrize("word", ["", "  ", "two words"])
def test_what_is_no_word_is_no_tag(path, made_up, word):
    store, run_id = Store.open(path), made_up.write(path)
    with pytest.raises(RequestError) as caught:
        store.tag(run_id, "good", word)
    assert str(caught.value) == f"{word!r} is not a tag (try one word, e.g. 'forming' or 'W07')"
    assert store.load(run_id).tags == ("first",)


def test_what_is_written_about_a_run_later_leaves_its_header_as_it_was(path, made_up):
    store, run_id = Store.open(path), made_up.write(path)
    store.annotate(run_id, "  probe slipped\n")
    store.annotate(run_id, "repeated in the afternoon")
    run = store.load(run_id)
    assert run.header == made_up.header
    assert run.header.note == "für Δt"
    assert [text for _, text in run.annotations] == ["probe slipped", "repeated in the afternoon"]
    for at, _ in run.annotations:
        assert datetime.datetime.fromisoformat(at).tzinfo is not None
    (summary,) = store.runs()
    assert summary.note == "für Δt"
    assert summary.annotations == ("probe slipped", "repeated in the afternoon")
    with pytest.raises(RequestError) as caught:
        store.annotate(run_id, " ")
    assert str(caught.value) == "an empty note was asked; a note needs a text"


@pytest.mark.parametrize("device", ["dut", "W07 (3,4) cell 12", 'a "quoted" \\ name', "", "Gerät"])
def test_the_listing_names_the_device(path, made_up, device):
    note = '"passport":{"device":"another"}'
    header = dataclasses.replace(made_up.header, passport=Passport(device=device), note=note)
    dataclasses.replace(made_up, header=header).write(path)
    (run,) = Store.open(path).runs()
    assert (run.device, run.note) == (device, note)


def test_a_long_list_is_read_once(path, made_up):
    made_up.write(path)
    store = Store.open(path)
    writer = store.begin(made_up.header)
    known = {run.run_id: run for run in store.runs()}
    first = dataclasses.replace(next(iter(known.values())), note="not read again")
    known[first.run_id] = first
    writer.record(0, made_up.records[0])
    writer.finish("stopped")
    third = made_up.write(path)
    again = store.runs(known)
    assert again[0] == first
    assert [(run.run_id, run.status) for run in again[1:]] == [
        (writer.run_id, "stopped"), (third, "finished")]
    assert again[1].points > known[writer.run_id].points
    assert again[1:] == store.runs()[1:]
    assert store.runs({run.run_id: run for run in again}) == again


@pytest.fixture
def first_version(path, made_up, monkeypatch):
    """A store as version 1 of the schema has it, with one run."""
    with monkeypatch.context() as then:
        then.setattr(schema, "migrate", lambda connection: migrate(connection, MIGRATIONS[:1]))
        made_up.write(path)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        assert version_of(raw) == 1
        assert raw.execute("SELECT count(*) FROM sqlite_schema WHERE name='annotations'"
                           ).fetchone() == (0,)
    return path


def test_a_store_of_version_1_is_read_as_it_is(first_version, made_up):
    store = Store.open(first_version)
    run = store.load()
    assert run.header == made_up.header
    assert run.annotations == ()
    assert store.runs()[0].annotations == ()
    (past,) = store.history("dut")
    assert past.wear == wear_of(run.records())
    with contextlib.closing(sqlite3.connect(first_version)) as raw:
        assert version_of(raw) == 1  # looking at it has not changed it


def test_a_store_that_is_just_being_made_is_empty(path):
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("PRAGMA journal_mode=WAL")
    store = Store.open(path)
    assert (store.runs(), store.tags(), store.history("dut")) == ([], [], [])


def test_a_store_of_version_1_is_brought_to_the_newest_by_who_writes(first_version, made_up):
    store = Store.open(first_version)
    before = [made_up.as_plain(r) for r in store.load().records()]
    store.annotate("last", "written with a newer memrig")
    run = store.load()
    assert [text for _, text in run.annotations] == ["written with a newer memrig"]
    assert [made_up.as_plain(r) for r in run.records()] == before
    with contextlib.closing(sqlite3.connect(first_version)) as raw:
        assert version_of(raw) == len(MIGRATIONS)


# -- what a device has been through --------------------------------------------------------


def test_a_device_s_history_has_its_runs_only(path, made_up):
    other = dataclasses.replace(made_up, header=dataclasses.replace(
        made_up.header, passport=Passport(device="W07")))
    made_up.write(path)
    run_id = other.write(path)
    (past,) = Store.open(path).history("W07")
    assert (past.run_id, past.protocol, past.simulated) == (run_id, "pulse-series", True)
    assert Store.open(path).history("nobody") == []


def test_wear_is_counted_from_the_records(made_up):
    wear = wear_of(made_up.records)
    traces = [r.trace(*place) for r in made_up.records for place in r.blocks()]
    assert wear.v_max_v == max(np.abs(t.v_dut_v).max() for t in traces)
    assert wear.pulses == sum(r.plan.repeat for r in made_up.records)
    readings = [x.conductance_siemens for r in made_up.records for x in r.readings]
    assert (wear.g_first_siemens, wear.g_last_siemens) == (readings[0], readings[-1])
    assert wear_of([]) == Wear()


def past(*, simulated, pulses, first, last):
    return Past(run_id="a", started_at="", protocol="pulse", simulated=simulated, status="finished",
                wear=Wear(pulses=pulses, charge_c=1e-9, energy_j=2e-9, v_max_v=pulses / 10,
                          g_first_siemens=first, g_last_siemens=last))


def test_sums_are_over_one_kind_of_runs():
    runs = [past(simulated=False, pulses=3, first=None, last=1e-6),
            past(simulated=False, pulses=4, first=2e-6, last=None)]
    assert total(runs) == Wear(pulses=7, charge_c=2e-9, energy_j=4e-9, v_max_v=0.4,
                               g_first_siemens=2e-6, g_last_siemens=1e-6)
    assert total([]) == Wear()
    with pytest.raises(ValueError, match="simulated and real runs have no sum"):
        total([*runs, past(simulated=True, pulses=1, first=None, last=None)])


def test_a_chunk_of_a_stimulus_that_was_not_begun_is_refused(path, made_up):
    with Store.open(path) as store:
        writer = store.begin(made_up.header)
        with pytest.raises(StoreError) as caught:
            writer.chunk(5, made_up.records[0].chunks[0])
    assert str(caught.value) == (
        f"run {writer.run_id}: stimulus 5 (bench) was not begun, or is complete"
    )


def test_a_newer_store_is_refused(path, made_up):
    made_up.write(path)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version=99")
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    assert str(caught.value) == (
        f"the run store {path} has schema version 99; this memrig reads up to version "
        f"{len(MIGRATIONS)}: use the memrig that wrote it, or a newer one"
    )


def test_another_sqlite_file_is_refused_and_left_alone(path, made_up):
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    assert str(caught.value) == f"{path} is an SQLite file but not a run store of memrig"
    with pytest.raises(StoreError):
        Store(path).begin(made_up.header)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(path):
    path.write_text("v,i\n1,2\n" * 100)
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    assert str(caught.value) == f"the run store {path} cannot be used: file is not a database"


def test_a_folder_that_does_not_exist_is_named(tmp_path, made_up):
    store = Store.open(tmp_path / "no" / "runs.sqlite")
    with pytest.raises(StoreError) as caught:
        store.begin(made_up.header)
    assert str(caught.value) == (
        f"the run store {store.path} cannot be made: its folder does not exist"
    )


def test_an_older_store_is_migrated_step_by_step(path, made_up):
    made_up.write(path)
    further = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN colour TEXT",))
    with contextlib.closing(connect(path, write=True)) as connection:
        migrate(connection, further)
        assert version_of(connection) == len(further)
        assert connection.execute("SELECT colour FROM runs").fetchall() == [(None,)]
        versions = connection.execute("SELECT version FROM schema_versions").fetchall()
    assert versions == [(k + 1,) for k in range(len(further))]


def test_a_failed_migration_changes_nothing(path, made_up):
    made_up.write(path)
    broken = (*MIGRATIONS, ("CREATE TABLE extra (x)", "NOT SQL"))
    with contextlib.closing(connect(path, write=True)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, broken)
        assert version_of(connection) == len(MIGRATIONS)
        tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    assert ("extra",) not in tables


# -- event-model documents; rules from bluesky's published JSON schemas -------------------

REQUIRED = {
    "start": {"uid", "time"},
    "descriptor": {"uid", "time", "run_start", "data_keys"},
    "event": {"uid", "time", "descriptor", "seq_num", "data", "timestamps"},
    "stop": {"uid", "time", "run_start", "exit_status"},
}


def names_in(value):
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from names_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from names_in(one)


@pytest.mark.parametrize("filled", [False, True])
def test_documents_follow_the_event_model(path, made_up, filled):
    run = Store.open(path).load(made_up.write(path))
    stream = list(run.filled_documents()) if filled else run.documents
    names = [name for name, _ in stream]
    assert (names[0], names[-1], names.count("descriptor")) == ("start", "stop", 2)
    for name, document in stream:
        assert set(document) >= REQUIRED[name]
        # start, descriptor and stop allow no dot or slash in a name, at any depth
        assert all(re.fullmatch(r"[^./]+", one) for one in names_in(document))
    start, stop = stream[0][1], stream[-1][1]
    assert start["simulated"] is True
    assert stop["run_start"] == start["uid"]
    assert (stop["exit_status"], stop["num_events"]) == ("success", {"primary": 3, "model": 3})
    descriptors = {d["uid"]: d for name, d in stream if name == "descriptor"}
    assert {d["name"] for d in descriptors.values()} == {"primary", "model"}
    for d in descriptors.values():
        assert d["run_start"] == start["uid"]
        assert all({"dtype", "shape", "source"} <= set(k) for k in d["data_keys"].values())
    counted = dict.fromkeys(descriptors, 0)
    for _, event in (one for one in stream if one[0] == "event"):
        counted[event["descriptor"]] += 1
        assert event["seq_num"] == counted[event["descriptor"]]
        keys = set(descriptors[event["descriptor"]]["data_keys"])
        assert set(event["data"]) == set(event["timestamps"]) == keys


def test_documents_hold_finite_numbers_only(path, made_up):
    with Store.open(path) as store:
        header = dataclasses.replace(made_up.header, parameters={"limit_v": math.inf})
        store.begin(header).finish("failed", message="it broke")
        documents = store.load().documents
    json.dumps(documents, allow_nan=False)
    assert documents[-1][1]["exit_status"] == "fail"
    assert documents[-1][1]["reason"] == "it broke"


@pytest.mark.parametrize("column", [
    [0.1] * 500, [0.0] * 64 + [-0.0] * 64, [math.nan] * 100, [math.inf] * 70 + [-math.inf] * 70,
    [1] * 200 + [-1] * 200, [0] * 99 + [5], [2**70] * 100, [True] * 100, [1, 1.0] * 50,
    [None] * 80, list(range(100)), [0.1] * 5, [],
], ids=str)
def test_columns_of_a_result_are_written_as_any_other_json(column):
    found = {"values": {"column": column, "one": 1.5, "näme": column}, "warnings": ["a", "b"]}
    assert dumps_columns(found) == dumps(found)
