"""Lets the real window follow a long measurement: ``python benchmarks/soak.py [SECONDS] [KIND]``.

A bench that plays in real time gives 10,000 points a second in a hundred parts: one sweep that
takes all the time (``sweep``), or pulses with a read after each, in short trains (``trains``).
Printed are how late the window's event loop was (every 10 ms it is asked), and what the process
keeps for each point: the channels that the bench gave, which are the run's until its end, and all
else, which should be next to nothing. Nothing here is asserted.
"""

from __future__ import annotations

import dataclasses
import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from memrig.gui import theme
from memrig.gui.collector import responsive
from memrig.gui.session import Session
from memrig.gui.window import Window
from memrig.hil.bench import BenchInfo, Capabilities, SafeState, safe_exit
from memrig.hil.calibration import Calibration
from memrig.hil.clock import SystemClock
from memrig.hil.netlist import ideal
from memrig.hil.opening import MODEL
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import Accuracy, Channel, Chunk
from memrig.hil.stimulus import Stimulus
from memrig.hil.store import Store

RATE_HZ = 10_000.0
PART = 100
"""Points that come together: 10 ms of them."""
OHM, NOISE_A = 20e3, 2e-8
BEAT_S = 0.01
SETTLED_S = 10.0
"""When the memory is looked at first."""
GOAL_S = 0.05
GOAL_BYTES = 20.0
"""What may be kept for a point beside its channels: 10 MB for those of 50 s."""
KINDS = ("sweep", "trains")


class StreamingBench:
    """A resistor that is measured in real time, point by point, with noise."""

    def __init__(self) -> None:
        self._clock, self._on = SystemClock(), False
        self._rng = np.random.default_rng(1)
        self.given_bytes = 0
        self._netlist = ideal()

    @property
    def capabilities(self) -> Capabilities:
        """Whatever is asked, at one rate."""
        return Capabilities(v_max_v=math.inf, pulse_min_s=0.0, step_min_s=0.0, points_max=2**62,
                            compliance="none", independent_bottom=False)

    @property
    def clock(self) -> SystemClock:
        """Real time."""
        return self._clock

    @property
    def transcript(self) -> list[tuple[float, str, str, str]]:
        """Nothing is said to a resistor."""
        return []

    def describe(self) -> BenchInfo:
        """A simulation, and it says so."""
        return BenchInfo(name="soak", simulated=True, identities={"source": "a noisy resistor"},
                         netlist=self._netlist, calibration=Calibration())

    def prepare(self, stimulus: Stimulus) -> Plan:
        """As it is: nothing is quantised."""
        blocks = tuple(PlannedBlock(kind=b.kind, start_s=b.start_s, top=b.top, bottom=b.bottom,
                                    windows=b.windows) for b in stimulus.blocks)
        return Plan(stimulus=stimulus, bench="soak", blocks=blocks, spacing_s=stimulus.spacing_s)

    def energised(self) -> AbstractContextManager[None]:
        """On, and off again however it ends."""
        return safe_exit(self, self._energise)

    def _energise(self) -> None:
        self._on = True

    def make_safe(self) -> SafeState:
        """Off."""
        self._on = False
        return SafeState(off=True, verified=True)

    def close(self) -> None:
        """Off; there is nothing to release."""
        self.make_safe()

    def apply(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        """Every part when its last point has been measured."""
        if self._clock.sleep(plan.stimulus.rest_before_s, stop):
            return
        began_s = self._clock.now_s
        for repeat in range(plan.repeat):
            for number, block in enumerate(plan.blocks):
                start_s = began_s + repeat * plan.spacing_s + block.start_s
                for t_s in self._parts(block.duration_s):
                    late_s = start_s + float(t_s[-1]) - self._clock.now_s
                    if self._clock.sleep(max(late_s, 0.0), stop):
                        return
                    yield self._measured(block, t_s, repeat, number)

    def _parts(self, duration_s: float) -> Iterator[np.ndarray[Any, np.dtype[np.float64]]]:
        points = max(2, round(duration_s * RATE_HZ))
        for first in range(0, points, PART):
            yield np.arange(first, min(first + PART, points)) / RATE_HZ

    def _measured(
        self, block: PlannedBlock, t_s: np.ndarray[Any, np.dtype[np.float64]], repeat: int,
        number: int,
    ) -> Chunk:
        v_v = block.top.value(t_s)
        i_a = v_v / OHM + NOISE_A * self._rng.normal(size=t_s.size)
        values = {"v_top": v_v, "i_top": i_a}
        self.given_bytes += t_s.nbytes + v_v.nbytes + i_a.nbytes
        return Chunk(repeat=repeat, block=number, t_s=self._clock.now_s, channels=tuple(
            Channel(probe=probe.name, data=values[probe.name], t_s=t_s,
                    accuracy=Accuracy(noise=NOISE_A if probe.name == "i_top" else 0.0))
            for probe in self._netlist.probes))


class SoakSession(Session):
    """A session whose model is measured by the streaming bench."""

    def _open(self) -> None:
        self.bench = None
        self._set_state("opening")
        self._thread.open(MODEL, StreamingBench)


class HeartBeat(QObject):
    """Asks the event loop a hundred times a second and keeps how late each answer was."""

    def __init__(self) -> None:
        super().__init__()
        self.late_s: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(round(BEAT_S * 1e3))

    def _beat(self) -> None:
        now_s = time.perf_counter()
        self.late_s.append(max(now_s - self._last_s - BEAT_S, 0.0))
        self._last_s = now_s


@dataclasses.dataclass(frozen=True, kw_only=True)
class State:
    """Resident memory, bytes that bench and model have given, points that the figure was given."""

    memory_bytes: int
    given_bytes: int
    points: int

    @classmethod
    def of(cls, window: Window) -> State:
        """As it is now."""
        bench = window.session.bench
        assert isinstance(bench, StreamingBench)
        scene = window.overlay.scene
        model_bytes = sum(channel.data.nbytes for record in scene.overlay.values()
                          for chunk in record.chunks for channel in chunk.channels)
        return cls(memory_bytes=resident_bytes(), given_bytes=bench.given_bytes + model_bytes,
                   points=scene.measured.v_t.count)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Soaked:
    """What was seen.

    :param late_s: of the event loop, seconds.
    :param settled: at 10 s, ``ended`` at the end.
    """

    late_s: list[float]
    settled: State
    ended: State

    def percentile(self, part: float) -> float:
        """Lateness that a part of all answers stayed below, seconds."""
        return float(np.quantile(self.late_s, part)) if self.late_s else math.nan

    def per_point(self, name: str) -> float:
        """By how much a number has grown for each point that came after it had settled."""
        points = max(self.ended.points - self.settled.points, 1)
        return float(getattr(self.ended, name) - getattr(self.settled, name)) / points

    @property
    def lines(self) -> list[str]:
        """For the screen."""
        kept, given = self.per_point("memory_bytes"), self.per_point("given_bytes")
        flat = "memory flat" if kept - given <= GOAL_BYTES else "memory NOT flat"
        return [
            "event loop late: " + ", ".join(
                f"{word} {1e3 * self.percentile(part):.1f} ms"
                for word, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)))
            + f" (goal: p99 at most {1e3 * GOAL_S:.0f} ms)",
            f"{flat}: {kept:.0f} bytes per point kept, of them {given:.0f} the channels as they "
            f"came and {kept - given:.0f} all else (goal: at most {GOAL_BYTES:.0f}); "
            + ", ".join(f"{one.memory_bytes / 2**20:.0f} MiB with {one.points} points"
                        for one in (self.settled, self.ended)),
        ]


def texts_of(kind: str, duration_s: float) -> dict[str, str]:
    """Parameters of the protocol that takes that long."""
    if kind == "sweep":
        return {"period": f"{duration_s:g} s", "points": f"{round(duration_s * RATE_HZ)}"}
    return {"width": "20 ms", "read_window": "20 ms", "count": "10",
            "cycles": f"{math.ceil(duration_s)}"}


def soak(application: QApplication, duration_s: float, kind: str) -> Soaked:
    """A run of that length in the whole window, in the view that is open first."""
    with tempfile.TemporaryDirectory() as folder, responsive(application) as collector, \
            Store.open(Path(folder) / "runs.sqlite") as store:
        session = SoakSession(store)
        window = Window(session)
        window.show()
        collector.settle()
        patient = dataclasses.replace(session.profile, energy_max_j=10.0, pulses_max=10**9)
        session.choose(protocol={"sweep": "iv-sweep", "trains": "pulse-series"}[kind],
                       texts=texts_of(kind, duration_s), chosen_profile=patient)
        _until(lambda: session.may_start)
        ended: list[Any] = []
        session.run_ended.connect(ended.append)
        session.start()
        scene = window.overlay.scene
        _until(lambda: window.overlay.scene is not scene
               and window.overlay.scene.measured.v_t.size > 0)
        found = _followed(window, duration_s)
        session.stop()
        _until(lambda: bool(ended))
        window.close()
        window.deleteLater()
        application.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
    return found


def _followed(window: Window, duration_s: float) -> Soaked:
    beat = HeartBeat()
    _wait(min(SETTLED_S, duration_s / 2))
    settled, points = State.of(window), duration_s * RATE_HZ
    _until(lambda: window.overlay.scene.measured.v_t.count >= points, duration_s + 30.0)
    found = Soaked(late_s=list(beat.late_s), settled=settled, ended=State.of(window))
    beat.deleteLater()
    return found


def resident_bytes() -> int:
    """Memory that the process holds; 0 where the system does not tell it in Linux' way."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


def _wait(duration_s: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(1e3 * duration_s), loop.quit)
    loop.exec()


def _until(condition: Any, wait_s: float = 120.0) -> None:
    """Let the window work until something holds.

    :raises TimeoutError: when it never does.
    """
    end_s = time.monotonic() + wait_s
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"the window was not ready within {wait_s:g} s")
        _wait(0.05)


def measured(duration_s: float, kind: str = KINDS[0]) -> Soaked:
    """The soak with an application of its own."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.apply(application, "light")
    return soak(application, duration_s, kind)


def main(words: Sequence[str]) -> None:
    """Soak and print."""
    duration_s = float(words[0]) if words else 60.0
    for kind in words[1:] or KINDS:
        print(f"{kind}, {duration_s:g} s", *measured(duration_s, kind).lines, sep="\n- ",
              flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
