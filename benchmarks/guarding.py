"""How long outputs stay on after the controlling process was killed.

The controller is a process of its own; the instruments are simulated in this one, at loopback
sockets, in model time. They note when they get the message in whose middle the controller is
killed, and when the last output relay opens: both on this process' clock.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

from measured import Outcome
from witness import Told, tell_when_off

from memrig.hil.clock import VirtualClock
from memrig.hil.registry import load
from memrig.sim.twin.clock_port import ClockPort
from memrig.sim.twin.server import serve
from memrig.sim.twin.twin import open_twin

KILLS = 50
GOAL_S = 10e-3
WAIT_S = 60.0
CONTROLLER = """
import json, sys, threading
from memrig.hil.calibration import Calibration
from memrig.hil.opening import open_description
from memrig.hil.shapes import rectangle
from memrig.hil.stimulus import Role, Stimulus
stimulus = Stimulus(role=Role.PROGRAM, top=rectangle(level_v=0.5, width_s=1e-3))
with open_description(json.loads(sys.argv[1]), Calibration()) as bench, bench.energised():
    while True:
        list(bench.apply(bench.prepare(stimulus), threading.Event()))
"""
ENDLESS = "import sys, time; print(flush=True); time.sleep(600)"


class Bench:
    """Simulated instruments that kill whom they talk to.

    :ivar took_s: from the kill to the opening of the last relay; ``off`` is set then.
    """

    def __init__(self, kill_at: int) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.took_s, self.off = 0.0, threading.Event()
        self._left, self._killed_s = kill_at, 0.0
        self.clock = VirtualClock()
        self.description: dict[str, Any] = load("twins", "twin-smu")()
        self.twin = open_twin(self.description, clock=self.clock)
        tell_when_off(self.twin, self._take_off)

    def _take_off(self) -> None:
        if self._killed_s and not self.off.is_set():
            self.took_s = time.monotonic() - self._killed_s
            self.off.set()

    def told(self, message: bytes) -> None:
        """Kill the controller at the message that it has been decided for."""
        if b"INIT" in message:
            self._left -= 1
            if self._left == 0 and self.child is not None:
                self._killed_s = time.monotonic()
                self.child.send_signal(signal.SIGKILL)


def killed(kill_at: int) -> float:
    """Seconds from the kill of a controller at a trigger to the last output's opening."""
    bench = Bench(kill_at)
    (role, instrument), = bench.twin.instruments.items()
    served: dict[str, Any] = {role: Told(bench.told, instrument), "clock": ClockPort(bench.clock)}
    with tempfile.TemporaryDirectory() as state, serve(served) as servers:
        described = {
            **bench.description, "twin": {"clock": f"127.0.0.1:{servers['clock'].port}"},
            "instruments": {role: {"driver": "keysight-b2900",
                                   "resource": servers[role].resource}}}
        bench.child = subprocess.Popen(
            [sys.executable, "-c", CONTROLLER, json.dumps(described)], stderr=subprocess.PIPE,
            env={**os.environ, "MEMRIG_STATE": state})
        _, said = bench.child.communicate(timeout=WAIT_S)
        if not bench.off.is_set():
            raise RuntimeError(f"the outputs stayed on: {said.decode()}")
    return bench.took_s


def noticed() -> float:
    """Seconds from the kill of a bare process to the end of the pipe from it."""
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        begun_s = time.monotonic()
        child.kill()
        child.stdout.read()
        return time.monotonic() - begun_s


def rows() -> Iterator[Outcome]:
    """The median over many kills, each at another trigger."""
    pairs = [(killed(1 + k % 10), noticed()) for k in range(KILLS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    worst_s = max(one for one, _ in pairs)
    yield Outcome(
        what=f"`kill -9` of the controller until the outputs are off, {KILLS} kills",
        reference="`kill -9` of a bare Python until its pipe ends", unit_s=ours,
        reference_s=theirs,
        goal=f"at most {1e3 * GOAL_S:g} ms (the longest: {1e3 * worst_s:.2g} ms)")


if __name__ == "__main__":
    for outcome in rows():
        print(outcome.row)
