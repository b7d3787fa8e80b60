"""Reports and exports are written beside the window, which goes on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from memrig.gui import errands, stored
from memrig.hil import report
from memrig.hil.errors import StoreError
from tests.system.hands import CTRL, Bench, Open

pytestmark = pytest.mark.usefixtures("qt")

WAIT_S = 30.0


class SlowWriter:
    """Writes when it is let; ``writes`` counts how often it began."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.writes = 0
        self.error: Exception | None = None

    def __call__(self, _run: Any, path: Path, *_: str) -> None:
        self.writes += 1
        self.begun.set()
        if not self.go.wait(WAIT_S):
            raise StoreError("nobody has let it go")
        if self.error is not None:
            raise self.error
        path.write_text("<p>there")


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowWriter]:
    slow = SlowWriter()
    monkeypatch.setattr(report, "write", slow)
    monkeypatch.setattr(stored, "export", slow)
    yield slow
    slow.go.set()


@pytest.fixture
def urls(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found: list[Path] = []
    monkeypatch.setattr(QDesktopServices, "openUrl",
                        lambda url: found.append(Path(url.toLocalFile())))
    return found


def read_once(bench: Bench) -> str:
    bench.key(Qt.Key.Key_F5)
    return str(bench.run_to_the_end().id)


def test_the_window_goes_on_while_a_report_is_written(
    opened: Open, writer: SlowWriter, urls: list[Path], tmp_path: Path
) -> None:
    bench = opened()
    path = tmp_path / f"memrig-{read_once(bench)}.html"
    ticks: list[int] = []
    bench.key(Qt.Key.Key_E, CTRL)
    assert bench.status == f"writing report {path} …"
    assert writer.begun.wait(WAIT_S)
    bench.session._poller._timer.timeout.connect(lambda: ticks.append(1))
    bench.until(lambda: len(ticks) >= 20)  # the event loop has gone round as always
    bench.go_to("points")
    bench.write("123")
    bench.settled()
    again = read_once(bench)  # and a whole run
    bench.key(Qt.Key.Key_E, CTRL)
    assert bench.session.texts == {"points": "123"}
    assert (writer.writes, urls, path.exists()) == (1, [], False)
    writer.go.set()
    bench.until(lambda: len(urls) == 2)
    assert urls == [path, tmp_path / f"memrig-{again}.html"]
    assert bench.status == f"report: {urls[1]}"
    assert all(url.read_text() == "<p>there" for url in urls)
    assert f'store.load("{again}")' in bench.window.console.python.toPlainText()


def test_a_report_that_cannot_be_written_is_a_sentence(
    opened: Open, writer: SlowWriter, urls: list[Path]
) -> None:
    bench = opened()
    read_once(bench)
    writer.error = StoreError("the report r.html cannot be written: No space left on device")
    writer.go.set()
    bench.key(Qt.Key.Key_E, CTRL)
    bench.until(lambda: not bench.status.startswith("writing"))
    assert bench.status == (
        "not written: the report r.html cannot be written: No space left on device")
    assert urls == []
    assert "store.load" not in bench.window.console.python.toPlainText()


def test_two_exports_to_one_place_are_not_written_over_each_other(
    opened: Open, writer: SlowWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = opened()
    run_id = read_once(bench)
    bench.window.runs.choose(run_id)
    path = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    bench.window.commands.run("runs.export.csv")
    assert bench.status == f"writing {path} …"
    bench.window.commands.run("runs.export.csv")
    assert bench.status == f"{path} exists; choose another name; nothing was written"
    writer.go.set()
    bench.until(lambda: bench.status == f"exported: {path}")
    assert writer.writes == 1
    assert f'store.load("{run_id}")' in bench.window.console.python.toPlainText()


def test_the_window_closes_although_a_writer_hangs(
    opened: Open, writer: SlowWriter, urls: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "CLOSES_S", 0.01)
    bench = opened()
    read_once(bench)
    bench.key(Qt.Key.Key_E, CTRL)
    assert writer.begun.wait(WAIT_S)
    bench.window.close()
    assert not bench.window.isVisible()
    assert bench.session.bench.make_safe().off  # type: ignore[union-attr]  # it is there
    writer.go.set()
    assert bench.session.errands.close(WAIT_S)
    assert urls == []
