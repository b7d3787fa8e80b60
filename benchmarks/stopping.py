"""How long a STOP takes: until it is acknowledged, and until the outputs are off.

The run is a process of its own; the instruments are simulated in this one, at loopback sockets.
They say when the moment of a case has come, at which the run is stopped, by turns as
``memrig stop`` does it and as Ctrl-C does. The last output relay's opening is noted: all on this
process' clock.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measured import Outcome
from witness import Told, tell_when_off

from memrig.hil import bench_file
from memrig.hil.clock import SystemClock, VirtualClock
from memrig.hil.registry import load
from memrig.hil.stopping import stop_all
from memrig.sim.twin.clock_port import ClockPort
from memrig.sim.twin.host import served
from memrig.sim.twin.twin import open_twin

AT_ONCE_S, TIMEOUT_S = 0.1, 0.5
"""What is asked for, and one VISA time-out."""
ROUNDS = 4
WAIT_S = 60.0
MEMRIG = "import sys; from memrig.hil.cli import main; sys.exit(main())"
TRAIN = ("pulse-series", "-p", "count=60")
SWEEP = ("iv-sweep", "-p", "period=60s", "-p", "amplitude_set=50mV", "-p", "amplitude_reset=50mV")
REST = ("pulse-series", "-p", "count=3", "-p", "pause=60s")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A run, and its moment.

    :param words: of the message at which it is stopped; ``nth`` of these with the outputs on.
    :param faults: of the instruments.
    :param real: whether time passes as it does, and not at once.
    """

    kind: str
    run: tuple[str, ...]
    words: bytes
    nth: int = 20
    faults: tuple[str, ...] = ()
    real: bool = False


WORKING = {
    "a long train, generator and oscilloscope": Case(kind="twin", run=TRAIN, words=b"*TRG"),
    "a long train, source/measure unit": Case(kind="twin-smu", run=TRAIN, words=b"INIT"),
    "a slow sweep": Case(kind="twin-smu", run=SWEEP, words=b"DATA?", nth=5, real=True),
    "a rest": Case(kind="twin-smu", run=REST, words=b"INIT", nth=1, real=True),
}
SILENT = {
    "no answer of the oscilloscope": Case(
        kind="twin", run=TRAIN, words=b"WAV:DATA?",
        faults=("scope:no-answer from 20 on WAV:DATA",)),
    "no answer of the generator": Case(
        kind="twin", run=TRAIN, words=b"*TRG", faults=("awg:no-answer from 20 on *TRG",)),
    "no answer while switching on": Case(
        kind="twin", run=TRAIN, words=b":OUTP1 1", nth=1,
        faults=("awg:no-answer at 1 on OUTP1:STAT?",)),
    "no answer of the source/measure unit": Case(
        kind="twin-smu", run=TRAIN, words=b"DATA?", faults=("smu:no-answer from 20 on DATA?",)),
    "its late answer": Case(
        kind="twin-smu", run=TRAIN, words=b"DATA?", faults=("smu:late 5 s at 20 on DATA?",)),
    "a link that is cut when it is told off": Case(
        kind="twin-smu", run=TRAIN, words=b"INIT", faults=("smu:lost-link at 3 on OUTP1 0",)),
}


class Bench:
    """Simulated instruments that say when a case's moment has come.

    :ivar moment: set then; ``off`` when the last output relay has opened, at ``off_s``.
    """

    def __init__(self, case: Case) -> None:
        self.moment, self.off, self.off_s = threading.Event(), threading.Event(), 0.0
        self.clock = SystemClock() if case.real else VirtualClock()
        self._case, self._left = case, case.nth
        found: dict[str, Any] = dict(load("twins", case.kind)())
        self.description = {**found, "twin": {**found["twin"], "faults": list(case.faults)}}
        self.twin = open_twin(self.description, clock=self.clock)
        tell_when_off(self.twin, self._take_off)

    def _take_off(self) -> None:
        if self.moment.is_set() and not self.off.is_set():
            self.off_s = time.monotonic()
            self.off.set()

    def told(self, message: bytes) -> None:
        """Take note of a message that is carried out next."""
        self._left -= self._case.words in message
        if self._left <= 0 and (self.twin.world.outputs_on or self._case.nth == 1):
            self.moment.set()

    def served(self) -> Mapping[str, Any]:
        """What is served, by role."""
        found: dict[str, Any] = {role: Told(self.told, one)
                                 for role, one in self.twin.instruments.items()}
        return found if self._case.real else {**found, "clock": ClockPort(self.clock)}


def stopped(case: Case, *, by_signal: bool) -> tuple[float, float]:
    """Seconds from the stop of a run to its acknowledgement, and to the outputs being off.

    :raises RuntimeError: when either never comes.
    """
    bench = Bench(case)
    with tempfile.TemporaryDirectory() as folder, served(bench.twin, bench.served()) as servers:
        file = Path(folder) / "bench.toml"
        clock = {} if case.real else {"clock": f"127.0.0.1:{servers['clock'].port}"}
        bench_file.write({
            **bench.description, "twin": clock,
            "instruments": {role: {**one, "resource": servers[role].resource} for role, one
                            in bench.description["instruments"].items()}}, file)
        os.environ["MEMRIG_STATE"] = folder
        child = subprocess.Popen(
            [sys.executable, "-c", MEMRIG, "run", *case.run, "--bench", str(file), "--seed", "1"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            return _stopped(bench, child, by_signal=by_signal)
        finally:
            child.kill()
            child.communicate()


def _stopped(
    bench: Bench, child: subprocess.Popen[bytes], *, by_signal: bool
) -> tuple[float, float]:
    assert child.stderr is not None
    if not bench.moment.wait(WAIT_S):
        child.kill()
        raise RuntimeError(f"the moment did not come: {child.stderr.read().decode()}")
    begun_s = time.monotonic()
    if by_signal:
        child.send_signal(signal.SIGINT)
        heard = child.stderr.readline().startswith(b"memrig: STOP heard")
    else:
        heard = "has heard it" in next(stop_all())
    acknowledged_s = time.monotonic() - begun_s
    if not (heard and bench.off.wait(WAIT_S)):
        raise RuntimeError(f"heard: {heard}; outputs on: {bench.twin.world.outputs_on}")
    return acknowledged_s, bench.off_s - begun_s


def rows() -> Iterator[Outcome]:
    """Medians and longest, over cases and rounds."""
    for which, cases in (("instruments that answer", WORKING), ("worst case", SILENT)):
        found = [stopped(case, by_signal=bool(k % 2))
                 for k in range(ROUNDS) for case in cases.values()]
        told, off = zip(*found, strict=True)
        for what, taken, limit_s, reference in (
            ("it is acknowledged", told, AT_ONCE_S, "what is asked for"),
            ("the outputs are off", off, TIMEOUT_S, "one VISA time-out"),
        ):
            yield Outcome(
                what=f"STOP until {what}, {which}, {len(taken)} stops", reference=reference,
                unit_s=statistics.median(taken), reference_s=limit_s,
                goal=f"at most 1 (the longest: {1e3 * max(taken):.3g} ms)")


def main() -> None:
    """Print every case, then the table's rows."""
    for name, case in {**WORKING, **SILENT}.items():
        for by_signal in (False, True):
            told_s, off_s = stopped(case, by_signal=by_signal)
            print(f"{name}, {'Ctrl-C' if by_signal else 'memrig stop'}: acknowledged after "
                  f"{1e3 * told_s:.1f} ms, off after {1e3 * off_s:.1f} ms", flush=True)
    for outcome in rows():
        print(outcome.row, flush=True)


if __name__ == "__main__":
    main()
