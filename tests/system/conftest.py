"""The command as a user meets it, and a laboratory of instruments whose truth is known."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from memrig.hil import bench_file
from memrig.hil.cli import main
from memrig.hil.clock import Clock, SystemClock, VirtualClock
from memrig.hil.registry import load
from memrig.hil.store import Store
from memrig.sim.twin.clock_port import ClockPort
from memrig.sim.twin.host import served
from memrig.sim.twin.scpi import Scpi
from memrig.sim.twin.twin import Twin, open_twin

Start = Callable[..., subprocess.Popen[str]]
COMMAND = [sys.executable, "-c", "import sys; from memrig.hil.cli import main; sys.exit(main())"]


@dataclass(frozen=True)
class Done:
    """What a command left on the screen, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must hold one JSON value and nothing else."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line that an error is."""
        assert self.out == ""
        assert self.err.startswith("memrig: ")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.removeprefix("memrig: ").rstrip("\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a place of its own for word of running controllers."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    return here


@pytest.fixture
def memrig(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Carry out one command in this process."""

    def run(*words: object) -> Done:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:  # argparse's way out
            code = int(left.code or 0)
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def program(folder: Path) -> Iterator[Start]:
    """Start any program in a process of its own; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: object, **how: Any) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [*map(str, words)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, **how,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.fixture
def process(program: Start) -> Start:
    """Start one command in a process of its own."""
    return partial(program, *COMMAND)


class Watched:
    """An instrument that counts, and tells before it carries out a message."""

    def __init__(self, role: str, instrument: Scpi, tell: Callable[[str, bytes], None]) -> None:
        self._role, self._instrument, self._tell = role, instrument, tell

    def execute(self, message: bytes) -> bytes:
        self._tell(self._role, message)
        return self._instrument.execute(message)


class Lab:
    """Instruments on loopback with their truth.

    :ivar file: a bench file with their addresses.
    :ivar closed: every output relay that was ever closed, in order.
    :ivar all_off: set when the last output relay has opened.
    :ivar messages: how many the instruments were sent, the latest is ``heard``; ``fired`` counts
        the triggers, ``asked`` the messages with a question.
    :ivar watch: called before each message with this laboratory.
    """

    def __init__(self, twin: Twin, file: Path) -> None:
        self.twin, self.world, self.file = twin, twin.world, file
        self.closed: list[str] = []
        self.messages = self.asked = self.fired = 0
        self.heard = b""
        self.watch: Callable[[Lab], object] = lambda _: None
        self.reached, self.all_off = threading.Event(), threading.Event()
        connect = twin.world.connect

        def noted(source: str, on: bool, **how: bool) -> None:
            self.closed += [source] if on else []
            connect(source, on, **how)
            if twin.world.outputs_on:
                self.all_off.clear()
            else:
                self.all_off.set()

        self.world.connect = noted  # type: ignore[method-assign]

    def told(self, _role: str, message: bytes) -> None:
        self.messages += 1
        self.asked += b"?" in message
        self.fired += b"*TRG" in message or b"INIT" in message
        self.heard = message
        self.watch(self)

    def when(self, condition: Callable[[Lab], bool], act: Callable[[], object]) -> None:
        """Do something once, in the middle of a conversation."""

        def look(lab: Lab) -> None:
            if condition(lab) and not self.reached.is_set():
                self.reached.set()
                act()

        self.watch = look


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Open a laboratory: ``lab(kind="twin", real=False, clock=VirtualClock())``.

    With ``real``, the serial numbers are those of real instruments.
    """
    with ExitStack() as stack:

        def opened(kind: str = "twin", *, real: bool = False, clock: Clock | None = None,
                   change: Mapping[str, Any] | None = None) -> Lab:
            return stack.enter_context(_lab(tmp_path, kind, real, clock, change or {}))

        yield opened


@contextmanager
def _lab(
    folder: Path, kind: str, real: bool, clock: Clock | None, change: Mapping[str, Any]
) -> Iterator[Lab]:
    clock = clock or VirtualClock()
    description = {**load("twins", kind)(), **change}
    twin = open_twin(description, clock=clock)
    found = Lab(twin, folder / f"{kind}.toml")
    watched: dict[str, Any] = {
        role: Watched(role, Scpi(model, model.identity.format(
            serial="MY57200123" if real else model.serial), lock=twin.world.lock,
            trouble=twin.troubles.get(role)), found.told)
        for role, model in twin.models.items()
    }
    with served(twin, {**watched, "clock": ClockPort(clock)}) as servers:
        instruments = {role: {**one, "resource": servers[role].resource}
                       for role, one in description["instruments"].items()}
        shared = {} if real or isinstance(clock, SystemClock) else {
            "clock": f"127.0.0.1:{servers['clock'].port}"}
        bench_file.write({**description, "instruments": instruments, "twin": shared}, found.file)
        found.servers = servers  # type: ignore[attr-defined]
        yield found


@pytest.fixture
def windows(
    qt: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Open a window on a bench, on a store of the test; at the end it is closed, and everything
    that it had is given back."""
    from PySide6.QtCore import QCoreApplication, QEvent  # noqa: PLC0415  # Qt need not be here

    from memrig.gui.session import Session  # noqa: PLC0415  # Qt need not be here
    from memrig.gui.window import Window  # noqa: PLC0415  # Qt need not be here

    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    made: list[Any] = []
    with Store.open(tmp_path / "runs.sqlite") as store:

        def open_one(spec: object = "model", size: tuple[int, int] = (0, 0)) -> Any:
            window = Window(Session(store, str(spec)))
            made.append(window)
            if any(size):
                window.resize(*size)
            window.show()
            window.activateWindow()
            return window

        yield open_one
        for window in made:
            monkeypatch.setattr(window, "_may_end", lambda: True)
            window.close()
            window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def handed(windows: Callable[..., Any], qtbot: Any) -> Callable[..., Any]:
    """Open the window on a bench, settled, with a hand at it: a ``Hand`` of the class given."""
    from tests.system.hands import WAIT_MS  # noqa: PLC0415  # Qt need not be here

    def open_one(hand: type, spec: object = "model", *more: Any) -> Any:
        window = windows(spec)
        qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
        made = hand(window, qtbot, *more)
        made.settled()
        return made

    return open_one


@pytest.fixture
def opened(handed: Callable[..., Any], qapp: Any) -> Callable[..., Any]:
    """The window on a bench, with all that a run needs."""
    from memrig.gui import language  # noqa: PLC0415  # Qt need not be here
    from tests.system.hands import Bench  # noqa: PLC0415  # Qt need not be here

    language.speak(qapp, "en")
    return partial(handed, Bench)
