"""Measures memrig against named references: ``python benchmarks`` (``--write`` keeps the table).

Every figure is a ratio of two things measured alternately in this run, so that it can be compared
between machines; medians, since a machine has other things to do. Nothing here is asserted.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from measured import Outcome, medians

if TYPE_CHECKING:
    from memrig.hil import Store
    from memrig.hil.protocol import Protocol

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "benchmarks.md"


def _process(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, stdout=subprocess.DEVNULL, check=True)


def starting() -> Iterator[Outcome]:
    """Whole processes: what somebody waits for who types a command."""
    memrig = Path(sys.executable).with_name("memrig.exe" if os.name == "nt" else "memrig")
    numpy = _process(sys.executable, "-c", "import numpy")
    for words, goal in ((["--help"], "at most 1.5"), (["protocols"], "")):
        ours, theirs = medians(_process(str(memrig), *words), numpy)
        yield Outcome(what=f"`memrig {' '.join(words)}`", reference='`python -c "import numpy"`',
                      unit_s=ours, reference_s=theirs, goal=goal)


BARE = """
from PySide6.QtWidgets import QApplication
import pyqtgraph
application = QApplication([])
window = pyqtgraph.PlotWidget()
window.resize(1440, 900)
window.show()
window.grab()
print("seen", flush=True)
"""
OURS = """
import sys
from memrig.gui.app import opened, qt
with opened(qt(), store=sys.argv[1], fresh=True) as window:
    window.grab()
    print("seen", flush=True)
"""


class Seen:
    """Processes that say when their first picture is there, one at a time."""

    def __init__(self) -> None:
        self._running: subprocess.Popen[str] | None = None

    def start(self, *words: str) -> Callable[[], object]:
        """A start of a process, until it says so."""
        def until_seen() -> None:
            self._running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
            assert self._running.stdout is not None
            self._running.stdout.readline()

        return until_seen

    def end(self) -> None:
        """Wait until it has ended.

        :raises RuntimeError: when it did not end well.
        """
        assert self._running is not None
        self._running.communicate()
        if self._running.returncode:
            raise RuntimeError(f"a window ended with {self._running.returncode}")


def opening() -> Iterator[Outcome]:
    """The window, from the start of its process to its first picture, offscreen.

    As for a user, whose Python keeps compiled modules, whatever this environment says of that.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder  # nothing is left in the tree
        ours, theirs = medians(
            seen.start(sys.executable, "-c", OURS, str(Path(folder) / "runs.sqlite")),
            seen.start(sys.executable, "-c", BARE), rounds=9, after=seen.end)
        del os.environ["PYTHONPYCACHEPREFIX"]
    yield Outcome(what="`memrig gui`, first picture", reference="a bare PySide6 + pyqtgraph window",
                  unit_s=ours, reference_s=theirs, goal="at most 1.5")


def drawing() -> Iterator[Outcome]:
    """A frame of a figure in another window, of many points."""
    import plots  # noqa: PLC0415  # beside this; not while timed

    for points, ours, theirs in plots.drawing():
        yield Outcome(what=f"redraw of {points:.0e} points, processor time",
                      reference="pyqtgraph's own curve, peaks kept", unit_s=ours,
                      reference_s=theirs, goal=f"at most {1e3 * plots.GOALS_S[points]:.0f} ms")


def typing() -> Iterator[Outcome]:
    """A key in the form until its stimulus is on the screen, for every protocol and preset."""
    import preview  # noqa: PLC0415  # as above

    for name, _, ours in preview.medians():
        yield Outcome(what=f"a key to its stimulus, {name}, processor time", unit_s=ours,
                      reference="what is felt as at once", reference_s=preview.AT_ONCE_S,
                      goal="at most 1")


def soaking(duration_s: float) -> Iterator[str]:
    """Lines about a window that follows a long measurement."""
    import soak  # noqa: PLC0415  # as above

    for kind in soak.KINDS:
        yield f"{kind}, {duration_s:g} s at {soak.RATE_HZ:g} points per second in the window:"
        yield from (f"- {line}" for line in soak.measured(duration_s, kind).lines)


def executing() -> Iterator[Outcome]:
    """A whole run on the simulated bench, per point of its records, without and with a store."""
    from memrig.hil import Store  # noqa: PLC0415  # not while processes are timed
    from memrig.hil.protocols import IvSweep, PulseSeries  # noqa: PLC0415  # as above

    for protocol in (IvSweep(points=5000), PulseSeries()):
        yield _executing(protocol, None)
        with tempfile.TemporaryDirectory() as folder, \
                Store.open(Path(folder) / "runs.sqlite") as store:
            yield _executing(protocol, store)


def _executing(protocol: Protocol, store: Store | None) -> Outcome:
    from memrig.hil import execute  # noqa: PLC0415  # not while processes are timed
    from memrig.sim import SimulatedBench, models  # noqa: PLC0415  # as above

    model = models.create("guseinov")
    bench = SimulatedBench(model, integrator="auto")
    points = execute(protocol, bench, seed=1).points

    def one_by_one() -> None:
        # What any simulation in plain Python does.
        x = 0.5
        for k in range(points):
            v_v = 1e-4 * (k % 100)
            x += 1e-9 * model.rate_at(v_v, x)
            model.current_at(v_v, x)

    ours, theirs = medians(lambda: execute(protocol, bench, seed=1, store=store), one_by_one,
                               rounds=5)
    return Outcome(what=f"`{protocol.name}` on the model{', stored' if store else ''}, per point",
                   reference="one Euler step and current in Python",
                   unit_s=ours / points, reference_s=theirs / points)


def whole_runs() -> Iterator[Outcome]:
    """Runs on the simulated device against plain loops and the bare integrator."""
    import execution  # noqa: PLC0415  # as above

    yield from execution.rows()


def storing() -> Iterator[Outcome]:
    """Points into the store against the same bytes into a plain file, both made safe on disk."""
    from memrig.hil import Store, execute  # noqa: PLC0415  # not while processes are timed
    from memrig.hil.protocols import IvSweep  # noqa: PLC0415  # as above
    from memrig.hil.store import RunHeader  # noqa: PLC0415  # as above
    from memrig.sim import SimulatedBench, models  # noqa: PLC0415  # as above

    bench = SimulatedBench(models.create("guseinov"), integrator="auto")
    (record,) = execute(IvSweep(points=100_000), bench, seed=1).main
    data = [channel.data.tobytes() for chunk in record.chunks for channel in chunk.channels]
    points = sum(c.data.size for chunk in record.chunks for c in chunk.channels)
    header = RunHeader(protocol="iv-sweep", bench=bench.describe(), simulated=True,
                       started_at="2026-01-01T00:00:00+00:00")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def store() -> None:
            with Store.open(folder / "runs.sqlite") as opened:
                writer = opened.begin(header)
                writer.record(0, record)
                writer.finish("finished")

        def plain() -> None:
            with (folder / "plain.bin").open("ab") as file:
                file.writelines(data)
                file.flush()
                os.fsync(file.fileno())

        ours, theirs = medians(store, plain, rounds=7)
    yield Outcome(what="a channel's point into the store", reference="the same bytes, file + fsync",
                  unit_s=ours / points, reference_s=theirs / points)


def simulating() -> Iterator[Outcome | str]:
    """Many devices and long drives, against C and ngspice; why something is left out."""
    import engine  # noqa: PLC0415  # beside this; not while timed

    yield from engine.rows()


def machine() -> str:
    """The machine in words that name no place."""
    processor = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines()
                 if line.startswith("model name")]
        processor = f"{names[0]}, {processor}" if names else processor
    return (f"{os.cpu_count()} cores of {processor}, {platform.system()}; "
            f"Python {platform.python_version()}, numpy {version('numpy')}, "
            f"memrig {version('memrig')}")


def guarding() -> Iterator[Outcome]:
    """Outputs after the controlling process was killed."""
    import guarding as kills  # noqa: PLC0415  # beside this; not while timed

    yield from kills.rows()


def stopping() -> Iterator[Outcome]:
    """Acknowledgement and outputs after a STOP."""
    import stopping as stops  # noqa: PLC0415  # as above

    yield from stops.rows()


def main() -> int:
    """Measure everything, print the table, keep it where that is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help=f"into docs/reference/{PAGE.name}")
    options.add_argument("--soak", type=float, default=0.0, metavar="SECONDS",
                         help="let the window follow a measurement of this length, too")
    asked = options.parse_args()
    lines = ["| what | takes | reference | takes | ratio | goal |", "|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    left_out: list[str] = []
    for group in (starting, opening, drawing, typing, executing, whole_runs, storing, simulating,
                  guarding, stopping):
        for outcome in group():
            if isinstance(outcome, str):
                left_out.append(outcome)
                continue
            lines.append(outcome.row)
            print(outcome.row, flush=True)
    lines += ["", *left_out] if left_out else []
    print("\n".join(left_out))
    if asked.soak:
        lines.append("")
        for line in soaking(asked.soak):
            lines.append(line)
            print(line, flush=True)
    if asked.write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        head = (f"# Benchmarks\n\nMeasured by `make bench ARGS=--write` on {machine()}.\nBoth "
                "times are medians of alternating measurements in one run; compare the ratios.\n\n")
        PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
