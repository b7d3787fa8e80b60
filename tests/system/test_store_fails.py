"""A store that fails in mid-run: the outputs are off, and all data are in a place that is named."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from memrig.hil import Overlay, Store, execute
from memrig.hil.cli.main import FAILED
from memrig.hil.errors import StoreError
from memrig.hil.events import Event, RecordFinished, StimulusStarted
from memrig.hil.protocols.pulse_series import PulseSeries
from memrig.hil.record import Record
from memrig.hil.store import RunHeader, RunWriter, schema
from memrig.sim.bench import SimulatedBench
from tests.system.conftest import COMMAND

SERIES = PulseSeries(count=3)
STIMULI = 6
"""Of that series, with the reads around it."""


@pytest.fixture
def refuge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a run is rescued to."""
    monkeypatch.setenv("MEMRIG_RESCUE", str(tmp_path / "refuge"))
    return tmp_path / "refuge"


def run_with(path: Path, observer: Callable[[Event], None]) -> tuple[SimulatedBench, str]:
    """A stored run whose store is broken by an observer; the bench and what was said."""
    bench = SimulatedBench(integrator="auto", noise_a=1e-9)
    overlay = Overlay(bench=SimulatedBench(integrator="auto"))
    with Store.open(path) as store, pytest.raises(StoreError) as caught:
        execute(SERIES, bench, store=store, observer=observer, seed=5, overlay=overlay)
    return bench, str(caught.value)


@pytest.fixture
def writers(monkeypatch: pytest.MonkeyPatch) -> list[RunWriter]:
    """The writers of all runs that begin in this process."""
    found: list[RunWriter] = []
    begin = Store.begin

    def noticed(self: Store, header: RunHeader) -> RunWriter:
        found.append(begin(self, header))
        return found[-1]

    monkeypatch.setattr(Store, "begin", noticed)
    return found


def assert_same(kept: Record, was: Record) -> None:
    """The same plan, and every number of every channel."""
    assert kept.plan.sha256 == was.plan.sha256
    for place in was.blocks():
        one, other = kept.trace(*place), was.trace(*place)
        np.testing.assert_array_equal(one.v_dut_v, other.v_dut_v)
        np.testing.assert_array_equal(one.i_a, other.i_a)


def rescued_file(said: str) -> Path:
    """The place that a sentence names."""
    found = re.search(r"all data are in (\S+)", said)
    assert found, said
    return Path(found[1])


@pytest.mark.parametrize("index", range(STIMULI))
@pytest.mark.parametrize("kind", [StimulusStarted, RecordFinished])
def test_a_store_that_can_no_longer_be_written_ends_the_run_and_nothing_is_lost(
    index: int, kind: type[Event], tmp_path: Path, refuge: Path, writers: list[RunWriter]
) -> None:
    """SQLite says what it says of a disk that has become read-only."""
    seen: list[RecordFinished] = []

    def spoil(event: Event) -> None:
        if isinstance(event, RecordFinished) and event.source == "bench":
            seen.append(event)
        if isinstance(event, kind) and event.index == index:
            writers[0]._connection.execute("PRAGMA query_only=1")

    _, said = run_with(tmp_path / "runs.sqlite", spoil)
    assert "attempt to write a readonly database" in said
    path = rescued_file(said)
    assert path.parent == refuge
    kept = Store.open(path).load("last")
    assert kept.status in {"failed", "finished"}
    assert "readonly" in kept.message
    found = kept.records()
    assert len(found) >= len(seen)
    for event in seen:
        assert_same(found[event.index], event.record)


def test_a_store_that_another_program_holds_ends_the_run(
    tmp_path: Path, refuge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY_S", 0.05)
    path = tmp_path / "runs.sqlite"
    held: list[sqlite3.Connection] = []

    def hold(event: Event) -> None:
        if isinstance(event, StimulusStarted) and event.index == 2:
            held.append(sqlite3.connect(path, isolation_level=None))
            held[0].execute("BEGIN IMMEDIATE")

    try:
        _, said = run_with(path, hold)
    finally:
        for one in held:
            one.close()
    assert "database is locked" in said
    assert Store.open(rescued_file(said)).load("last").records()


def test_where_nothing_can_be_written_it_is_said_in_capitals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writers: list[RunWriter]
) -> None:
    """Every folder that is tried is a file."""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("MEMRIG_RESCUE", str(blocked / "a"))
    monkeypatch.setattr("tempfile.tempdir", str(blocked / "b"))
    monkeypatch.setattr(Path, "cwd", lambda: blocked / "c")

    def remove(event: Event) -> None:
        if isinstance(event, StimulusStarted) and event.index == 1:
            writers[0]._connection.execute("PRAGMA query_only=1")

    _, said = run_with(tmp_path / "runs.sqlite", remove)
    assert "THE RUN'S DATA COULD NOT BE WRITTEN ANYWHERE" in said


SMALL = """
mount -t tmpfs -o size=1m tmpfs "$DISK" || exit 99
exec "$@" run pulse-series -p count=2000 --store "$DISK/runs.sqlite"
"""
"""A disk of 1 MB in a name space of its own, which ends with the process."""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs Linux' unshare")
def test_a_full_disk_ends_a_run_of_the_command_line(tmp_path: Path, refuge: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SMALL, "sh",
         *COMMAND], check=False, capture_output=True, text=True,
        env={**os.environ, "DISK": str(disk)})
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    assert "disk is full" in done.stderr
    assert done.returncode == FAILED
    kept = Store.open(rescued_file(done.stderr)).load("last")
    assert len(kept.records()) >= 1
    assert kept.status == "failed"
