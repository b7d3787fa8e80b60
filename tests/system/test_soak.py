"""A long train, and many runs in one process, through sockets: nothing is left, nothing piles up.

Hours of work, and no part of the suite: ``make soak``. Run as a program this is the process that is
looked at; it says after every so many pulses, or runs, what it holds.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from memrig.hil import bench_file, execute, keeping
from memrig.hil.events import ChunkArrived, Event
from memrig.hil.execution import model_for
from memrig.hil.opening import open_bench
from memrig.hil.registry import load
from memrig.hil.store import Store
from tests.system.failing import KINDS, description_of

PULSES = int(os.environ.get("MEMRIG_SOAK") or 0)
ROOT = Path(__file__).parents[2]
RUNS, SHORT = 100, 20
"""Runs in one process, and the pulses of each."""
LOOKS = 50
"""How often a long train is looked at."""
SETTLED = 0.2
"""Part after which whatever is made once has been made."""
KEPT_BYTES = 400
"""What may be kept of a pulse and its read, all in all: the numbers of its reading, those of its
uncertainty included. What the instruments gave is in the store."""
LEFT_BYTES = 20_000
"""What a run that is over may leave, on average: an allocator's holes, and what the twin remembers
of its steps, which has a bound. 12.6 kB were seen; a store that held its writers left 40."""

SAME = ("threads", "files", "sockets", "children")


class Watch:
    """Counts what the bench gives, and says what this process holds."""

    def __init__(self, every: int) -> None:
        self.given_bytes, self.pulses = 0, 0
        self._every, self._me = every, psutil.Process()

    def take(self, event: Event) -> None:
        """Note a chunk; the read after a pulse ends it."""
        if isinstance(event, ChunkArrived):
            self.given_bytes += sum(c.data.nbytes for c in event.chunk.channels)
            last = event.chunk.block > 0
            self.pulses += last
            if last and self._every and self.pulses % self._every == 0:
                self.say()

    def say(self) -> None:
        """One line."""
        print(json.dumps({
            "pulses": self.pulses, "given": self.given_bytes,
            "memory": self._me.memory_info().rss, "threads": self._me.num_threads(),
            "files": self._me.num_fds(), "sockets": len(self._me.net_connections()),
            "children": len(self._me.children())}), flush=True)


def work(spec: str, pulses: int, runs: int) -> None:
    """What is looked at: runs on one bench, stored."""
    # What stays in memory is full before it is looked at, also where few pulses are soaked.
    keeping.KEPT_BYTES = min(keeping.KEPT_BYTES, KEPT_BYTES * pulses)
    series = load("protocols", "pulse-series").from_text({
        "count": str(pulses), "order": "potentiation", "width": "100us", "gap": "20us",
        "read_window": "100us",
        # What is simulated is not looked at, and small steps take a quarter of the time.
        "amplitude_set": "90mV", "read_level": "90mV"})
    watch = Watch(pulses // LOOKS if runs == 1 else 0)
    with open_bench(spec, seed=1) as bench, Store.open(Path("soak.sqlite")) as store:
        profile = dataclasses.replace(model_for(bench, None, None).model.profile(),
                                      energy_max_j=1e3, pulses_max=10**9)
        for number in range(runs):
            done = execute(series, bench, profile=profile, store=store, observer=watch.take,
                           seed=number)
            assert (done.status, done.safe.verified) == ("finished", True)
            assert max(len(record.readings) for record in done.records) == pulses
            if runs > 1:
                watch.say()


Soak = Callable[..., Iterator[dict[str, int]]]


@pytest.fixture
def soak(program: Any, folder: Path) -> Soak:
    """Let a process work, and give what it says it holds, from when it has settled on."""

    def run(kind: str, pulses: int, runs: int) -> list[dict[str, int]]:
        found = description_of(kind, [])
        for one in found["instruments"].values():
            one["simulate"] = True
        bench_file.write(found, folder / "bench.toml")
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        child = program(sys.executable, __file__, "bench.toml", pulses, runs,
                        env={**os.environ, "PYTHONPATH": path})
        lines = []
        for line in child.stdout:
            print(line, end="", flush=True)  # so that hours are not spent in silence
            lines.append(json.loads(line))
        _, err = child.communicate()
        assert child.returncode == 0, err
        return lines[round(SETTLED * len(lines)):]

    return run


def assert_same(looks: list[dict[str, int]]) -> None:
    """No session, thread, file or process more at the end than when it had settled."""
    for name in SAME:
        assert {look[name] for look in looks} == {looks[0][name]}, name


@pytest.mark.skipif(not PULSES, reason="takes hours: make soak")
@pytest.mark.timeout(100_000)
@pytest.mark.parametrize("kind", KINDS)
def test_a_long_train_keeps_nothing_but_its_data(soak: Soak, kind: str) -> None:
    looks = soak(kind, PULSES, 1)
    first, last = looks[0], looks[-1]
    pulses, grown, given = (last[name] - first[name] for name in ("pulses", "memory", "given"))
    print(f"{kind}: {last['pulses']} pulses, {last['memory'] / 2**20:.0f} MiB at the end; for each "
          f"{grown / pulses:.0f} bytes are kept, and {given / pulses:.0f} came")
    assert_same(looks)
    assert grown < KEPT_BYTES * pulses


@pytest.mark.skipif(not PULSES, reason="takes hours: make soak")
@pytest.mark.timeout(100_000)
@pytest.mark.parametrize("kind", KINDS)
def test_many_runs_leave_nothing(soak: Soak, kind: str) -> None:
    looks = soak(kind, SHORT, RUNS)
    left = (looks[-1]["memory"] - looks[0]["memory"]) / len(looks)
    print(f"{kind}: {RUNS} runs, {looks[-1]['memory'] / 2**20:.0f} MiB at the end; each leaves "
          f"{left:.0f} bytes")
    assert_same(looks)
    assert left < LEFT_BYTES


if __name__ == "__main__":
    work(sys.argv[1], *map(int, sys.argv[2:]))
