"""``kill -9`` at any moment of a run leaves a store that opens, with every completed step.

The second half of this file is the process that is killed: it writes steps whose content follows
from their number, and says what it has done.
"""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from memrig.hil.bench import BenchInfo
from memrig.hil.calibration import Calibration
from memrig.hil.netlist import single_channel
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import Channel, Chunk, Record
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.store import RunHeader, Store
from memrig.hil.waveform import Waveform

KILLS = 24
CHUNKS = 5
INFO = BenchInfo(name="made-up", simulated=True, identities={}, netlist=single_channel(),
                 calibration=Calibration())
HEADER = RunHeader(protocol="made-up", bench=INFO, simulated=True,
                   started_at="2026-01-01T00:00:00+00:00")


def chunk_of(step: int, number: int) -> Chunk:
    rng = np.random.Generator(np.random.Philox(key=[step, number]))
    codes = rng.integers(-2000, 2000, size=(2, 500), dtype=np.int16)
    channels = tuple(
        Channel(probe=probe, data=data, scale=1e-3, dt_s=2e-6)
        for probe, data in zip(("v_top", "v_bottom"), codes, strict=True)
    )
    return Chunk(repeat=number, block=0, t_s=step + number / 10, channels=channels)


def plan_of(step: int) -> Plan:
    top = Waveform(t_s=[0, 0, 1e-3, 1e-3], v_v=[0, 1 + step / 1000, 1 + step / 1000, 0])
    stimulus = Stimulus(role=Role.PROGRAM, top=top, repeat=CHUNKS, labels={"pulse": step})
    block = stimulus.blocks[0]
    planned = PlannedBlock(kind="program", start_s=0.0, top=block.top, bottom=block.bottom)
    return Plan(stimulus=stimulus, bench="made-up", blocks=(planned,), spacing_s=1e-3)


def same(found: Chunk, expected: Chunk) -> bool:
    return (found.repeat, found.block, found.t_s) == (
        expected.repeat, expected.block, expected.t_s
    ) and len(found.channels) == len(expected.channels) and all(
        a.probe == b.probe and a.data.dtype == b.data.dtype and np.array_equal(a.data, b.data)
        for a, b in zip(found.channels, expected.channels, strict=True)
    )


def check_record(step: int, record: Record, *, completed: bool) -> None:
    assert record.plan == plan_of(step)
    expected = [chunk_of(step, number) for number in range(CHUNKS)]
    assert all(same(a, b) for a, b in zip(record.chunks, expected, strict=False))
    assert len(record.chunks) == CHUNKS or (record.cut_short and not completed)


def killed_after(store: Path, marks: int) -> list[int]:
    """Let a process write into the store, kill it after so many marks; the steps it reported."""
    with subprocess.Popen([sys.executable, __file__, str(store)], stdout=subprocess.PIPE,
                          text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline().split() for _ in range(marks)]
        child.kill()
        said += [line.split() for line in child.stdout.read().splitlines()]
    assert child.returncode != 0
    return [int(words[1]) for words in said if words[0] == "complete" and len(words) == 2]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a matter of POSIX systems")
def test_every_completed_step_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    for kill in range(KILLS):
        # Each step gives seven marks; a stride of 11 visits every place within it.
        reported = killed_after(path, 1 + kill * 11)
        with Store.open(path) as store:
            run = store.load("last")
            assert len(store.runs()) == kill + 1
        assert run.status == "interrupted"
        records = dict(run.numbered())
        assert set(reported) <= set(records)
        for step, record in records.items():
            check_record(step, record, completed=step in reported)
    with Store.open(path) as store:  # the next run tidies up after those that were killed
        store.begin(HEADER).finish("finished")
    assert not list(tmp_path.glob("*.running"))
    with contextlib.closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []


def write_until_killed(path: str) -> None:
    with Store.open(path) as store:
        writer = store.begin(HEADER)
        for step in range(100_000):
            plan = plan_of(step)
            writer.stimulus(step, plan.stimulus, plan)
            say("begun", step)
            for number in range(CHUNKS):
                writer.chunk(step, chunk_of(step, number))
                say("chunk", step)
            writer.complete(step, cut_short=False, t_s=float(step))
            say("complete", step)


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    write_until_killed(sys.argv[1])
