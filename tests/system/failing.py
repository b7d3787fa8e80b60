"""A short run on simulated instruments in this process, which fails at a chosen message.

VISA time-outs pass in model time and nothing is sent through a socket, so that a run with all that
surrounds it, from the command line to the store, takes a fraction of a second.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from memrig.drivers.transport import Transport
from memrig.hil import bench_file, opening, registry
from memrig.hil.cli import main
from memrig.hil.cli import run as cli_run
from memrig.hil.clock import VirtualClock
from memrig.hil.events import Event, RecordFinished
from memrig.hil.protocol import Protocol, Result, Setup, Steps
from memrig.hil.protocols._reads import program_and_read, read_stimulus
from memrig.hil.record import Record
from memrig.hil.registry import load
from memrig.hil.shapes import rectangle
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.store import Store
from memrig.sim.twin.backend import registered
from memrig.sim.twin.twin import Twin, open_twin

NAME = "failing"
PULSE_V, READ_V, WINDOW_S, GAP_S = 1.0, 0.1, 1e-3, 1e-3
OHM = 2e4
KINDS = ("twin-single", "twin-smu")
"""Ready-made twins with one of each kind of instrument that drives a device."""


@dataclass(frozen=True, kw_only=True)
class OnePulse(Protocol):
    """One pulse with its read, and another read."""

    name: ClassVar[str] = "one-pulse"
    title: ClassVar[str] = "One pulse and two reads"
    reads_around: ClassVar[bool] = False

    def run(self, setup: Setup) -> Steps:
        """Two stimuli."""
        top, window = program_and_read(
            setup, rectangle(level_v=PULSE_V, width_s=1e-3), GAP_S, READ_V, WINDOW_S)
        yield Stimulus(role=Role.PROGRAM, top=top, windows=(window,))
        yield read_stimulus(setup, READ_V, WINDOW_S, {})

    def analyse(self, records: Sequence[Record]) -> Result:
        """How many came."""
        return Result(protocol=self.name, values={"records": len(records)})


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run left behind.

    :ivar sent: (role, message) in the order in which they were sent.
    :ivar completed: numbers of the stimuli whose records were complete before it ended.
    :ivar kept: numbers of whole records in the store.
    :ivar status: of the stored run; empty where there is none. ``message`` is what it says.
    :ivar raised: what went through the command as a defect would.
    """

    code: int
    out: str
    err: str
    twin: Twin
    sent: list[tuple[str, str]]
    completed: list[int]
    kept: list[int]
    status: str
    message: str
    raised: BaseException | None = None

    @property
    def sentence(self) -> str:
        """The one line that an error is."""
        assert self.err.startswith("memrig: "), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("memrig: ").rstrip("\n")


class SharedClock(VirtualClock):
    """The twin's clock in the controller's hands."""

    def close(self) -> None:
        """As a clock in another process."""


@dataclass
class Rig:
    """Runs on simulated instruments of one kind.

    :ivar before: called with role and message just before the driver sends it.
    """

    kind: str
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    before: Callable[[str, str], object] = lambda *_: None
    _count: int = 0
    _sent: list[tuple[str, str]] = field(default_factory=list)
    _done: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.monkeypatch.setenv("MEMRIG_STATE", str(self.folder / "state"))
        self.monkeypatch.setitem(registry._catalogued("protocols"), "one-pulse",
                                 f"{__name__}:OnePulse")
        self.monkeypatch.setattr(cli_run, "Progress", lambda: contextlib.nullcontext(self._noted))
        send = Transport._send

        def sending(link: Transport, data: bytes, shown: str) -> None:
            self._sent.append((link.name, shown))
            self.before(link.name, shown)
            send(link, data, shown)

        self.monkeypatch.setattr(Transport, "_send", sending)

    def _noted(self, event: Event) -> None:
        if isinstance(event, RecordFinished) and not event.record.cut_short:
            self._done.append(event.index)

    def run(self, *faults: str, before: Callable[[str, str], object] = lambda *_: None) -> Outcome:
        """One run, from the command line to its end."""
        self._count += 1
        clock = SharedClock()
        self.monkeypatch.setattr(opening, "RemoteClock", lambda _: clock)
        file, store = self.folder / "bench.toml", self.folder / f"{self._count}.sqlite"
        self._sent, self._done, self.before = [], [], before
        with in_process(self.kind, faults, clock) as (twin, description):
            bench_file.write({**description, "twin": {"clock": "in this process"}}, file)
            code, out, err, raised = _commanded(
                "run", "one-pulse", "--bench", file, "--store", store, "--seed", "1")
            self.before = lambda *_: None
        kept, status, message = _stored(store)
        store.unlink(missing_ok=True)
        return Outcome(code=code, out=out, err=err, twin=twin, sent=self._sent, kept=kept,
                       completed=self._done, status=status, message=message, raised=raised)


@contextlib.contextmanager
def in_process(
    kind: str, faults: Sequence[str], clock: VirtualClock
) -> Iterator[tuple[Twin, dict[str, Any]]]:
    """Simulated instruments of this process, and their bench's description with their addresses."""
    description = description_of(kind, faults)
    twin = open_twin(description, clock=clock)
    with registered(NAME, twin) as library:
        instruments = {
            role: {**one, "resource": f"TCPIP0::memrig::{role}::INSTR", "library": library}
            for role, one in description["instruments"].items()}
        yield twin, {**description, "instruments": instruments}


def description_of(kind: str, faults: Sequence[str]) -> dict[str, Any]:
    """A ready-made twin with faults, without the voltmeter that only a check needs, and without
    capacitance, which would only cost time."""
    found = dict(load("twins", kind)())
    roles = ("awg", "scope") if "awg" in found["instruments"] else ("smu",)
    farads = ("top_farad", "bottom_farad") if "awg" in roles else ("top_farad",)
    netlist = {**found["bench"]["netlist"], **dict.fromkeys(farads, 0.0)}
    return {
        "bench": {**found["bench"], "netlist": netlist},
        "instruments": {role: found["instruments"][role] for role in roles},
        "twin": {"seed": 1, "device": {"kind": "resistor", "ohm": OHM}, "faults": list(faults)},
    }


def _commanded(*words: object) -> tuple[int, str, str, BaseException | None]:
    """Exit code, what was printed, and what went through."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            return main([str(word) for word in words]), out.getvalue(), err.getvalue(), None
        except Exception as error:  # noqa: BLE001  # as the interpreter would at the end
            return 1, out.getvalue(), err.getvalue(), error


def _stored(path: Path) -> tuple[list[int], str, str]:
    """Numbers of the whole records of the only run, its status and its message."""
    with Store.open(path) as store:
        runs = store.runs()
        if not runs:
            return [], "", ""
        assert len(runs) == 1
        run = store.load()
        whole = [k for k, record in run.numbered() if not record.cut_short and has_all(record)]
        return whole, run.status, run.message


def has_all(record: Record) -> bool:
    """Whether every block that was planned is there."""
    return len(set(record.blocks())) == record.plan.repeat * len(record.plan.blocks)
