"""A real run, from ``execute`` down, is killed at many moments: what it had finished is stored.

The second half of this file is the process that is killed.
"""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from memrig.hil import Overlay, ReadWindow, Role, Stimulus, Store, Waveform, execute
from memrig.hil.events import ChunkArrived, Event, RecordFinished
from memrig.hil.parameters import parameter
from memrig.hil.protocol import Protocol, Result, Setup, Steps
from memrig.hil.record import Record
from memrig.sim.bench import SimulatedBench

KILLS = 10


def digest(record: Record) -> str:
    found = hashlib.sha256(record.plan.sha256.encode())
    for chunk in record.chunks:
        for channel in chunk.channels:
            found.update(f"{chunk.repeat} {chunk.block} {channel.probe}".encode())
            found.update(channel.data.tobytes())
    return found.hexdigest()


def killed_after(store: Path, marks: int) -> dict[int, str]:
    """Let a run go on for so many marks, kill it; the records it reported, by number."""
    with subprocess.Popen([sys.executable, __file__, str(store)], stdout=subprocess.PIPE,
                          text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline().split() for _ in range(marks)]
        child.kill()
        said += [line.split() for line in child.stdout.read().splitlines()]
    assert child.returncode != 0
    return {int(words[1]): words[2] for words in said if words[0] == "finished" and len(words) == 3}


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a matter of POSIX systems")
def test_every_record_that_a_killed_run_finished_is_stored(tmp_path: Path) -> None:
    path, total = tmp_path / "runs.sqlite", 0
    for kill in range(KILLS):
        reported = killed_after(path, 3 + kill * 8)  # a step gives five marks
        run = Store.open(path).load("last")
        assert run.status == "interrupted"
        assert run.header.protocol == "many-steps"
        records = dict(run.numbered())
        assert {k: digest(records[k]) for k in reported} == reported
        assert not any(records[k].cut_short for k in reported)
        total += len(reported)
    assert total > KILLS


@dataclass(frozen=True, kw_only=True)
class ManySteps(Protocol):
    """Pulses and reads until somebody ends it."""

    name: ClassVar[str] = "many-steps"
    title: ClassVar[str] = "many steps"
    reads_around: ClassVar[bool] = False
    count: int = parameter(60, unit="1", help="pulses", low=1, high=1000)

    def run(self, setup: Setup) -> Steps:
        for number in range(self.count):
            pulse = Waveform(t_s=[0, 0, 1e-6, 1e-6], v_v=[0, -1.2, -1.2, 0])
            read = Waveform(t_s=[0, 0, 1e-3, 1e-3], v_v=[0, 0.1, 0.1, 0])
            yield Stimulus(
                role=Role.PROGRAM, top=pulse.then(Waveform.zero(1e-4), read), repeat=2,
                windows=(ReadWindow(start_s=2e-4, stop_s=9e-4),), labels={"pulse": number},
            )

    def analyse(self, records: Sequence[Record]) -> Result:
        return Result(protocol=self.name, values={"records": len(records)})


def say(event: Event) -> None:
    if isinstance(event, ChunkArrived):
        sys.stdout.write(f"chunk {event.index}\n")
    elif isinstance(event, RecordFinished) and event.source == "bench":
        sys.stdout.write(f"finished {event.index} {digest(event.record)}\n")
    sys.stdout.flush()


def run_until_killed(path: str) -> None:
    with Store.open(path) as store:
        execute(ManySteps(), SimulatedBench(noise_a=1e-9), store=store, observer=say, seed=1,
                overlay=Overlay(bench=SimulatedBench()))


if __name__ == "__main__":
    run_until_killed(sys.argv[1])
