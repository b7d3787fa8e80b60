"""Every bench there is, opened the same way, with the truth behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from memrig.drivers.transport import Transport
from memrig.hil.bench import Bench
from memrig.hil.calibration import Calibration
from memrig.hil.clock import VirtualClock
from memrig.hil.opening import HERE
from memrig.hil.record import Record
from memrig.hil.registry import entries, load
from memrig.hil.replay import ReplayBench
from memrig.hil.stimulus import ReadWindow, Role, Stimulus
from memrig.hil.store import RunHeader, Store
from memrig.hil.waveform import Waveform
from memrig.sim.bench import open_model
from memrig.sim.twin.scpi import Scpi
from memrig.sim.twin.server import SocketServer, serve
from memrig.sim.twin.twin import Twin, open_twin

INSTRUMENTS = tuple(entries("benches"))
"""Kinds of benches of instruments."""
PLAYING = ("model", *INSTRUMENTS)
"""Benches that play whatever they are given."""
ALL = (*PLAYING, "replay")
OHM = 1e4
PULSE_V, BOTTOM_V, READ_V = -1.0, 0.3, 0.2


def series(repeat: int = 2, **more: Any) -> Stimulus:
    """A program pulse at both electrodes, a rest, and a read with its baseline; two blocks."""
    top = Waveform(t_s=[0, 0, 1e-4, 1e-4, 9e-4, 9e-4, 19e-4, 19e-4, 2e-3],
                   v_v=[0, PULSE_V, PULSE_V, 0, 0, READ_V, READ_V, 0, 0])
    bottom = Waveform(t_s=[0, 0, 1e-4, 1e-4, 2e-3], v_v=[0, BOTTOM_V, BOTTOM_V, 0, 0])
    window = ReadWindow(start_s=11e-4, stop_s=18e-4, baseline_start_s=4e-4, baseline_stop_s=8e-4)
    return Stimulus(role=Role.PROGRAM, top=top, bottom=bottom, repeat=repeat, period_s=3e-3,
                    windows=(window,), **more)


def answered(bench: Bench, stimulus: Stimulus) -> Record:
    """What a bench, which is energised, gives for a stimulus."""
    plan, info = bench.prepare(stimulus), bench.describe()
    chunks = tuple(bench.apply(plan, threading.Event()))
    return Record(stimulus=stimulus, plan=plan, netlist=info.netlist, chunks=chunks,
                  calibration=info.calibration, simulated=info.simulated)


@dataclass(eq=False)
class Station:
    """A bench and what is behind it.

    :ivar twin: the simulated instruments; None for benches without.
    :ivar before: called with role and message before an instrument gets it; what it returns is
        answered in the instrument's place.
    """

    bench: Bench
    twin: Twin | None = None
    transports: Mapping[str, Transport] = field(default_factory=dict)
    servers: Mapping[str, SocketServer] = field(default_factory=dict)
    before: Callable[[str, str], bytes | None] = lambda *_: None

    @property
    def outputs_on(self) -> bool:
        """Ground truth."""
        return self.twin is not None and self.twin.world.outputs_on

    def catch_up(self) -> None:
        """Wait until the instruments have carried out all that they were sent."""
        for one in self.transports.values():
            one.query("*OPC?")  # on a new connection where an answer was owed on the old one
            one.outrun()

    @property
    def messages(self) -> int:
        """Sent to all instruments so far."""
        return sum(one.counters.messages for one in self.transports.values())


class Meddled:
    """An instrument whose conversation a test can look at and change."""

    def __init__(self, role: str, instrument: Scpi) -> None:
        self._role, self.instrument = role, instrument
        self.station: Station | None = None

    def execute(self, message: bytes) -> bytes:
        if self.station is not None:
            answer = self.station.before(self._role, message.decode("latin-1").strip())
            if answer is not None:
                return answer
        return self.instrument.execute(message)


def description_of(kind: str) -> dict[str, Any]:
    """A ready-made twin of this kind; of its nearest relative where there is none. Cables have no
    capacitance, which makes the circuit's transients short."""
    ready = [load("twins", name)() for name in entries("twins")]
    family = kind.rpartition("-")[0]
    found = next(
        one for wanted in (kind, family) for one in ready
        if one["bench"]["kind"].startswith(wanted)
    )
    farads = {"top_farad", "bottom_farad", "far_farad"} if "awg" in found["instruments"] else {
        "top_farad"}
    netlist = {**found["bench"]["netlist"], **dict.fromkeys(farads, 0.0)}
    if kind.endswith("single"):
        netlist.pop("far_farad", None)
    return {**found, "bench": {**found["bench"], "kind": kind, "netlist": netlist}}


@contextmanager
def instruments(kind: str, device: Mapping[str, Any] | None = None) -> Iterator[Station]:
    """A bench of instruments on its twin, through loopback sockets, on a virtual clock."""
    asked = description_of(kind)
    asked["twin"] = {"seed": 3, "device": dict(device or {"kind": "resistor", "ohm": OHM})}
    clock = VirtualClock()
    twin = open_twin(asked, clock=clock)
    with ExitStack() as stack:
        meddled = {role: Meddled(role, one) for role, one in twin.instruments.items()}
        servers = stack.enter_context(serve(meddled))
        wired = {**asked, "instruments": {
            role: {**one, "resource": servers[role].resource, HERE: True}
            for role, one in asked["instruments"].items()}}
        bench = load("benches", kind)(wired, clock=clock, calibration=Calibration())
        stack.enter_context(closing(bench))
        links = {role: one.transport for role, one in bench._instruments.items()}
        station = Station(bench, twin, links, servers)
        for one in meddled.values():
            one.station = station
        yield station
        assert not station.outputs_on


@contextmanager
def replay(folder: Path) -> Iterator[Station]:
    """A stored run of the model, replayed."""
    source = open_model(x0=0.3)
    info = source.describe()
    with Store.open(folder / "runs.sqlite") as store:
        writer = store.begin(RunHeader(
            protocol="contract", bench=info, simulated=True, capabilities=source.capabilities,
            started_at="2026-01-01T00:00:00+00:00"))
        writer.record(0, answered(source, series()))
        writer.finish("finished")
        yield Station(ReplayBench(store.load()))


Opener = Callable[..., AbstractContextManager[Station]]


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    """Open a bench by its name: ``with opened("smu-two", device={...}) as station``."""

    @contextmanager
    def model(**_: Any) -> Iterator[Station]:
        yield Station(open_model(x0=0.3))

    def open_one(kind: str, **how: Any) -> AbstractContextManager[Station]:
        if kind == "replay":
            return replay(tmp_path)
        return model() if kind == "model" else instruments(kind, **how)

    return open_one
