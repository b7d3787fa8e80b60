"""Stores that earlier versions of memrig wrote: read, replayed, compared, brought up to date."""

from __future__ import annotations

import importlib.util
import json
import lzma
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from memrig.hil import report
from memrig.hil.execution import execute
from memrig.hil.export import export
from memrig.hil.overlay import Overlay
from memrig.hil.recompare import protocol_of, recompare
from memrig.hil.replay import ReplayBench
from memrig.hil.script import Recipe, run_script
from memrig.hil.store import Store, StoredRun, schema
from memrig.hil.store.schema import MIGRATIONS, connect, version_of
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

FOLDER = Path(__file__).resolve().parents[1] / "stores"
KEPT = sorted(path.name.removesuffix(".sqlite.xz") for path in FOLDER.glob("*.sqlite.xz"))
CUT_OFF = """
import os, sqlite3, sys
from memrig.hil.store import schema

class Cut(sqlite3.Connection):
    left = int(sys.argv[2])
    def execute(self, *words):
        if self.in_transaction:
            Cut.left -= 1
            if not Cut.left:
                os._exit(9)
        return super().execute(*words)

schema.migrate(sqlite3.connect(sys.argv[1], factory=Cut, isolation_level=None))
"""


def version(name: str) -> int:
    return int(name.split("-")[1])


OLD = [name for name in KEPT if version(name) < len(MIGRATIONS)]


def facts_of(path: Path) -> dict[str, Any]:
    """As the script that noted them when the store was written."""
    where = importlib.util.spec_from_file_location("facts", FOLDER / "facts.py")
    assert where
    assert where.loader
    module = importlib.util.module_from_spec(where)
    where.loader.exec_module(module)
    found: dict[str, Any] = json.loads(json.dumps(module.facts_of(path)))
    return found


def near(found: Any, then: Any) -> None:
    """Equal in every word and hash; numbers that are worked out may differ in the last digits."""
    if isinstance(then, dict):
        assert found.keys() == then.keys()
        for name in then:
            near(found[name], then[name])
    elif isinstance(then, list):
        assert len(found) == len(then)
        for one, other in zip(found, then, strict=True):
            near(one, other)
    elif isinstance(then, float):
        assert found == pytest.approx(then, rel=1e-9, abs=1e-30, nan_ok=True)
    else:
        assert found == then


def unpacked(name: str, folder: Path) -> Path:
    path = folder / f"{name}.sqlite"
    path.write_bytes(lzma.decompress((FOLDER / f"{name}.sqlite.xz").read_bytes()))
    return path


@pytest.fixture(params=KEPT)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(name: str, tmp_path: Path) -> Path:
    return unpacked(name, tmp_path)


@pytest.fixture
def then(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def runs_of(path: Path) -> Iterator[StoredRun]:
    store = Store.open(path)
    for one in store.runs():
        yield store.load(one.run_id)


def measured(path: Path) -> list[StoredRun]:
    return [run for run in runs_of(path) if run.header.protocol != "import"]


def schema_of(path: Path) -> tuple[int, list[Any]]:
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return version_of(raw), raw.execute("SELECT * FROM sqlite_schema").fetchall()


def test_every_version_of_the_tables_has_a_store() -> None:
    lacking = set(range(1, len(MIGRATIONS) + 1)) - set(map(version, KEPT))
    assert not lacking, f"no store of version {lacking}: python tests/stores/make.py keeps one"


def test_the_stores_are_of_the_version_that_they_say(path: Path, name: str) -> None:
    assert schema_of(path)[0] == version(name)


def test_a_store_of_then_is_read_as_it_was_written(path: Path, then: dict[str, Any]) -> None:
    before = path.read_bytes()
    near(facts_of(path), then)
    assert path.read_bytes() == before


def test_whoever_writes_brings_it_up_to_date_and_changes_nothing_else(
    path: Path, then: dict[str, Any]
) -> None:
    store = Store.open(path)
    run = store.runs()[0].run_id
    store.tag(run, "newer")
    store.annotate(run, "written by a newer memrig")
    then["runs"][0]["tags"].append("newer")
    then["runs"][0]["annotations"].append("written by a newer memrig")
    near(facts_of(path), then)
    assert schema_of(path)[0] == len(MIGRATIONS)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT version FROM schema_versions").fetchall() == [
            (k + 1,) for k in range(len(MIGRATIONS))]


def test_a_run_of_then_is_replayed_to_the_same_plans_and_results(
    path: Path, then: dict[str, Any]
) -> None:
    facts = {one["run_id"]: one for one in then["runs"]}
    for run in measured(path):
        again = execute(protocol_of(run), ReplayBench(run), profile=run.header.profile, seed=1)
        assert again.plan_sha256 == facts[run.run_id]["plan_sha256"]
        if run.result:
            near(json.loads(json.dumps(again.result.values, default=str)),
                 facts[run.run_id]["values"])


def test_a_run_of_then_is_exported_and_compared(
    path: Path, then: dict[str, Any], tmp_path: Path
) -> None:
    for run, facts in zip(runs_of(path), then["runs"], strict=True):
        rows = (export(run, tmp_path / run.run_id) / "points.csv").read_text(encoding="utf-8")
        lines = [row for row in rows.splitlines() if row.startswith("bench,")]
        assert len(lines) == sum(record["points"] for record in facts["records"])
        names = [name for name, _ in run.filled_documents()]
        assert names == facts["documents"]
    (series,) = (run for run in measured(path) if run.header.protocol == "pulse-series")
    compile(run_script(Recipe.of_run(series), path, ""), "script", "exec")
    overlay = Overlay(bench=SimulatedBench(models.create("yakopcic"), integrator="auto"))
    (facts,) = (one for one in then["runs"] if one["run_id"] == series.run_id)
    assert recompare(Store.open(path), series, overlay).nrmse == pytest.approx(
        facts["nrmse"], rel=1e-6)


@pytest.mark.parametrize("name", [OLD[0], KEPT[-1]])  # a page takes a second
def test_a_run_of_then_has_its_report(path: Path, tmp_path: Path) -> None:
    (series,) = (run for run in measured(path) if run.header.protocol == "pulse-series")
    report.write(series, tmp_path / "report.html")
    assert series.run_id in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OLD)
def test_a_migration_that_fails_at_any_statement_leaves_the_version_of_then(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = unpacked(name, tmp_path)
    before, first = schema_of(path), version(name)
    for place in range(sum(map(len, MIGRATIONS[first:]))):
        statements = list(chain(*MIGRATIONS[first:]))
        statements.insert(place + 1, "NOT SQL")
        broken = (*MIGRATIONS[:first], statements)
        with closing(connect(path, write=False)) as connection, pytest.raises(sqlite3.Error):
            schema.migrate(connection, broken)
        assert schema_of(path) == before


@pytest.mark.parametrize("left", [2, 6])
def test_a_process_that_dies_in_the_middle_of_it_leaves_the_version_of_then(
    left: int, tmp_path: Path
) -> None:
    path = unpacked(OLD[0], tmp_path)
    before, facts = schema_of(path), facts_of(path)
    done = subprocess.run([sys.executable, "-c", CUT_OFF, str(path), str(left)], check=False)
    assert done.returncode == 9
    assert schema_of(path) == before
    near(facts_of(path), facts)
