"""Stores from strangers: whatever they hold, only our errors come, and nothing else is written."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil import report
from memrig.hil.errors import MemrigError, RequestError, StoreError
from memrig.hil.export import export
from memrig.hil.script import Recipe, run_script
from memrig.hil.store import Store, StoredRun
from tests.search import LOOKS_FOR_OTHERS, SEARCHED_SLOWLY, few
from tests.unit.hil.conftest import MadeUp

ODD = st.one_of(
    st.sampled_from([None, True, -1, 0, 1e308, 2**62, "", "x", "../../x", "9" * 5000, "NaN", [], {},
                     [1, 2], {"a": 1}, "\x1b[2J", "O", "|O8", "V8", "i4,f8"]),
    st.floats(), st.integers(-10, 10**6), st.text(max_size=5))
BLOBS = st.one_of(st.binary(max_size=30), st.integers(0, 100).map(bytes), st.none(),
                  st.text(max_size=5))
JSONS = (("runs", "header"), ("plans", "json"), ("stimuli", "json"), ("circuits", "json"),
         ("signals", "json"), ("results", "json"), ("documents", "json"))
COLUMNS = (("runs", "protocol"), ("runs", "bench"), ("runs", "status"), ("runs", "note"),
           ("runs", "started_at"), ("runs", "run_id"), ("runs", "message"), ("runs", "simulated"),
           ("steps", "notes"), ("steps", "t_s"), ("steps", "number"), ("steps", "complete"),
           ("chunks", "repeat"), ("chunks", "block"), ("chunks", "points"), ("chunks", "t_s"),
           ("channels", "data"), ("channels", "t_s"), ("channels", "status"), ("tags", "tag"),
           ("transcript", "text"), ("transcript", "t_s"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores") / "inner"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def good(place: Path) -> Path:
    """A store with one run, which every example copies."""
    path = place / "good.sqlite"
    MadeUp().write(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return path


@pytest.fixture(scope="module")
def copied(good: Path, place: Path) -> Callable[[], Path]:
    def copy() -> Path:
        for one in place.glob("copy.sqlite*"):
            one.unlink()
        return shutil.copy(good, place / "copy.sqlite")

    return copy


LOOKS: tuple[Callable[[StoredRun, Path], object], ...] = (
    lambda run, _: run.records(), lambda run, _: run.records("overlay"),
    lambda run, _: run.documents, lambda run, _: list(run.filled_documents()),
    lambda run, _: run.transcript, lambda run, _: run.ensemble, lambda run, _: run.plan_sha256,
    lambda run, out: export(run, out / f"memrig-{run.run_id}"),
    lambda run, out: compile(run_script(Recipe.of_run(run), out, ""), "script", "exec"),
    *([lambda run, out: report.write(run, out / f"memrig-{run.run_id}.html")] if LOOKS_FOR_OTHERS
      else []),  # it takes a second
)


def look_through(path: Path, looks: Sequence[Callable[[StoredRun], object]]) -> None:
    """Look at every run of a store, at its device's history and in every other way given."""
    with suppress(MemrigError), Store.open(path) as store:
        for one in store.runs():
            with suppress(MemrigError):
                store.history(one.device)
            for look in looks:
                with suppress(MemrigError):
                    look(store.load(one.run_id))


def _into(out: Path, look: Callable[[StoredRun, Path], object], run: StoredRun) -> object:
    return look(run, out)


def read_everything(path: Path) -> None:
    """As the command line does: list, show, export, report, history, script."""
    out = path.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    before = sorted(path.parent.parent.iterdir())
    look_through(path, [partial(_into, out, look) for look in LOOKS])
    assert sorted(path.parent.parent.iterdir()) == before
    assert {one.name for one in path.parent.iterdir()} <= {
        "good.sqlite", "out", *(f"copy.sqlite{end}" for end in ("", "-wal", "-shm", "-journal"))}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@few(25, SEARCHED_SLOWLY)
@given(flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
                      max_size=8), share=st.floats(0.1, 1.0) | st.just(1.0))
def test_a_store_that_is_damaged(
    copied: Callable[[], Path], flips: list[tuple[float, int]], share: float
) -> None:
    path = copied()
    content = bytearray(path.read_bytes())
    for where, value in flips:
        content[int(where * len(content))] = value
    path.write_bytes(content[: int(share * len(content))])
    read_everything(path)


def changed(table: Any, steps: list[int], value: Any) -> Any:
    """Plain values with another one somewhere inside."""
    if not steps or not isinstance(table, dict | list) or not table:
        return value
    names = list(table) if isinstance(table, dict) else list(range(len(table)))
    name, rest = names[steps[0] % len(names)], steps[1:]
    found = dict(table) if isinstance(table, dict) else list(table)
    found[name] = changed(found[name], rest, value)
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@few(40, SEARCHED_SLOWLY)
@given(where=st.sampled_from(JSONS), steps=st.lists(st.integers(0, 30), max_size=4), value=ODD)
def test_a_store_whose_json_holds_something_else(
    copied: Callable[[], Path], where: tuple[str, str], steps: list[int], value: Any
) -> None:
    path = copied()
    table, column = where
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        row, text = connection.execute(f"SELECT rowid, {column} FROM {table}").fetchone()
        new = json.dumps(changed(json.loads(text), steps, value))
        connection.execute(f"UPDATE {table} SET {column}=? WHERE rowid=?", (new, row))
    read_everything(path)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@few(40, SEARCHED_SLOWLY)
@given(where=st.sampled_from(COLUMNS), value=st.one_of(
    BLOBS, st.floats(), st.integers(-2**62, 2**62),
    st.sampled_from(["../../x", "[[[[", "x" * 999])))
def test_a_store_whose_columns_hold_something_else(
    copied: Callable[[], Path], where: tuple[str, str], value: Any
) -> None:
    path = copied()
    table, column = where
    with closing(sqlite3.connect(path, isolation_level=None)) as connection, \
            suppress(sqlite3.Error):
        connection.execute(f"UPDATE {table} SET {column}=?", (value,))
    read_everything(path)


def altered(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(statement)
    return path


def test_a_run_whose_name_leads_elsewhere_is_refused(copied: Callable[[], Path]) -> None:
    path = altered(copied(), "UPDATE runs SET run_id = 'a/../../../x'")
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    assert str(caught.value) == (f"{path} is no run store of memrig: 'a/../../../x' is no name "
                                 "of a run (letters, digits, '-' and '_')")


@pytest.mark.parametrize(("kind", "statements"), [
    ("view", ["DROP TABLE wear", "CREATE VIEW wear AS WITH RECURSIVE n(run) AS (SELECT 1 UNION ALL"
              " SELECT run + 1 FROM n) SELECT run, '' AS json FROM n"]),
    ("table", ["DROP TABLE wear", "CREATE TABLE wear (run, json AS (hex(zeroblob(99999999))))"]),
    ("trigger", ["CREATE TRIGGER wear AFTER INSERT ON tags BEGIN DELETE FROM runs; END"]),
])
def test_a_store_that_does_more_than_hold_is_refused(
    copied: Callable[[], Path], kind: str, statements: list[str]
) -> None:
    path = altered(copied(), *statements)
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    assert str(caught.value) == (
        f"{path} is no run store of memrig: its {kind} 'wear' is not as memrig makes it")


@pytest.mark.parametrize("dtype", ["|O", "O8", "V8", "i4,f8", "<U4", "M8[s]", "9" * 5000])
def test_only_plain_numbers_are_made_of_bytes(copied: Callable[[], Path], dtype: str) -> None:
    path = altered(
        copied(), f"UPDATE OR IGNORE signals SET json = json_set(json, '$.dtype', '{dtype}')")
    with pytest.raises(StoreError) as caught:
        Store.open(path).load().records()
    assert str(caught.value).startswith(f"the run store {path} makes no sense: ")


def test_a_record_does_not_say_how_much_memory_is_taken(copied: Callable[[], Path]) -> None:
    path = altered(copied(), "UPDATE chunks SET points = 1000000000000",
                   "INSERT INTO trains SELECT id, 1000000000, 0.0 FROM chunks")
    with pytest.raises(StoreError) as caught:
        Store.open(path).load().records()
    assert str(caught.value).endswith(
        "ValueError: 1000000000000 points of 1000000000 repeats in one piece")


def test_no_name_from_a_store_gets_into_a_script_as_code(copied: Callable[[], Path]) -> None:
    path = copied()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        header = json.loads(connection.execute("SELECT header FROM runs").fetchone()[0])
        header["protocol"], header["parameters"] = "read", {}
        header["bench"] |= {"settings": {"opened": {"spec": "twin"}}}
        header["model"] = {"name": "guseinov", "parameters": {}, "settings": {
            "nonidealities": {"x=print('run'), y": 1.0}}}
        connection.execute("UPDATE runs SET header=?, bench_after=NULL", (json.dumps(header),))
    with pytest.raises(RequestError) as caught:
        run_script(Recipe.of_run(Store.open(path).load()), path, "")
    assert str(caught.value) == (
        "\"x=print('run'), y\" is no name of an argument; no script is written")
