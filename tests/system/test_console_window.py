"""Console and help in the window, live: what was said, done, warned of, and what it means."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication

from memrig.gui.window import Window
from memrig.hil import bench_file
from tests.system.hands import CTRL_SHIFT, WAIT_MS, Hand

pytestmark = pytest.mark.usefixtures("qt")


class Typist(Hand):
    """A window, and what it copied, run by another process."""

    def __init__(self, window: Window, qtbot: Any, folder: Path) -> None:
        super().__init__(window, qtbot)
        self.console, self.folder = window.console, folder

    def run(self, **what: Any) -> str:
        """Run a set-up; the id of the run."""
        self.session.choose(**what)
        self.settled()
        with self.qtbot.waitSignal(self.session.run_ended, timeout=WAIT_MS) as ended:
            self.session.start()
        self.settled()
        return str(ended.args[0].run.id)

    def key(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.window, key, modifier)

    def run_what_was_copied(self) -> str:
        path = self.folder / "copied.py"
        path.write_text(QGuiApplication.clipboard().text(), encoding="utf-8")
        done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def opened(handed: Any, tmp_path: Path) -> Callable[..., Typist]:
    """Open the window on a bench."""
    return lambda spec="model": handed(Typist, spec, tmp_path)


def test_the_traffic_is_what_the_runs_store_and_no_message_is_missing(
    opened: Callable[..., Typist]
) -> None:
    hand = opened("twin-single")
    traffic = hand.console.traffic
    assert traffic.live.count > 0  # the opening
    first = hand.run(protocol="read", texts={})
    between = traffic.live.messages
    second = hand.run(protocol="pulse-series", texts={"count": "3"})
    store = hand.session.store
    assert between == store.load(first).transcript  # with the opening, and each message once
    assert traffic.live.messages[len(between):] == store.load(second).transcript
    hand.session.choose(spec="model")
    hand.settled()
    stored = len(between) + len(store.load(second).transcript)
    assert traffic.live.count > stored  # the closing is heard, too


def test_a_bench_that_cannot_be_opened_shows_what_it_has_answered(
    opened: Callable[..., Typist], lab: Any
) -> None:
    file = lab("twin-single").file
    description = bench_file.read(file)
    awg, scope = (description["instruments"][role]["resource"] for role in ("awg", "scope"))
    description["instruments"]["awg"]["resource"] = scope
    description["instruments"]["scope"]["resource"] = awg
    bench_file.write(description, file.with_name("swapped.toml"))
    hand = opened(str(file.with_name("swapped.toml")))
    assert hand.session.bench is None
    said = [(who, direction, text) for _, who, direction, text in
            hand.console.traffic.live.messages]
    assert ("awg", ">", "*IDN?") in said
    assert any(who == "awg" and direction == "<" and "DSO" in text
               for who, direction, text in said)


def test_f12_shows_the_console_and_the_traffic_of_a_chosen_run(
    opened: Callable[..., Typist]
) -> None:
    hand = opened("twin-single")
    console, traffic = hand.console, hand.console.traffic
    first = hand.run(protocol="read", texts={})
    hand.run(protocol="read", texts={})
    assert console.isHidden()
    hand.key(Qt.Key.Key_F12)
    assert console.isVisible()
    traffic.source.setCurrentIndex(1)
    hand.window.runs.table.selectRow(1)
    assert hand.window.runs.chosen == first
    assert traffic.model.messages == hand.session.store.load(first).transcript
    assert first in traffic.count.text()
    height = console.height()
    hand.key(Qt.Key.Key_F12)
    assert console.isHidden()
    hand.key(Qt.Key.Key_F12)
    assert console.height() == height


def test_it_fits_into_a_small_window(opened: Callable[..., Typist]) -> None:
    hand = opened()
    hand.window.resize(1280, 720)
    hand.key(Qt.Key.Key_F12)
    assert hand.window.height() == 720
    hand.until(lambda: hand.window.rect().contains(hand.console.mapTo(
        hand.window, hand.console.rect().bottomRight())))
    assert hand.console.height() >= 120


def test_what_is_set_up_is_copied_as_python_that_sends_the_same(
    opened: Callable[..., Typist]
) -> None:
    hand = opened()
    hand.session.choose(protocol="pulse-series", texts={"count": "3", "width": "1.5us"},
                        device="W07 'x'", note="Δ \"note\"", model_texts={"area_m2": "2e-14"})
    hand.settled()
    hand.key(Qt.Key.Key_Y, CTRL_SHIFT)
    assert hand.window.statusBar().currentMessage() == "script of this set-up copied"
    said = hand.run_what_was_copied()
    again = hand.session.store.load("last")
    assert (again.header.passport.device, again.header.note) == ("W07 'x'", "Δ \"note\"")
    hand.session.reopen()  # a device that is as new as the script's
    hand.settled()
    run = hand.run()
    assert hand.session.store.load(run).plan_sha256 in said
    hand.console.copy_run(run)
    assert hand.session.store.load(run).plan_sha256 in hand.run_what_was_copied()


def test_everything_that_was_done_is_one_script(opened: Callable[..., Typist]) -> None:
    hand = opened()
    with hand.qtbot.waitSignal(hand.session.run_ended, timeout=WAIT_MS):
        hand.session.touching.touch("read")
    hand.settled()
    run = hand.run(protocol="pulse-series", texts={"count": "2"})
    hand.window.stored.restore(run)
    assert "run = execute(protocol, bench" in hand.console.python.toPlainText()
    before = [hand.session.store.load(one.run_id).plan_sha256
              for one in hand.session.store.runs()]
    hand.console.setCurrentIndex(1)
    hand.key(Qt.Key.Key_F12)
    hand.qtbot.mouseClick(hand.console.copy_all, Qt.MouseButton.LeftButton)
    hand.run_what_was_copied()
    after = [hand.session.store.load(one.run_id).plan_sha256
             for one in hand.session.store.runs()]
    assert after == before * 2


def test_what_cannot_be_copied_says_why(opened: Callable[..., Typist]) -> None:
    hand = opened()
    hand.window.commands.run("python.run")
    status = hand.window.statusBar()
    assert status.currentMessage() == "nothing copied: choose a run in the list first"
    hand.session.choose(texts={"points": "3"})
    hand.key(Qt.Key.Key_Y, CTRL_SHIFT)
    assert status.currentMessage().startswith("nothing copied: iv-sweep, points: 3 was asked")


def test_the_programs_own_warnings_are_seen(opened: Callable[..., Typist]) -> None:
    hand = opened()
    logging.getLogger("memrig.gui.poller").warning("a tick came 140 ms late")
    hand.until(lambda: "a tick came 140 ms late" in hand.console.log.toPlainText())


def test_f1_opens_the_line_of_the_field_that_has_the_keyboard(
    opened: Callable[..., Typist]
) -> None:
    hand = opened()
    window = hand.window
    form = window.protocol.form
    assert form is not None
    form.field("points").control.setFocus()
    hand.qtbot.keyClick(form.field("points").control, Qt.Key.Key_F1)
    shown = window.help.shown
    assert shown.isVisible()
    assert shown.address == "protocol/iv-sweep#points"
    hand.session.queue.add()
    for part, widget in (("bench", window.bench.choice), ("runs", window.runs.filter),
                         ("stop", window.strip.stop_button), ("queue", window.queue.list)):
        window.activateWindow()
        widget.setFocus()
        hand.until(widget.hasFocus)
        hand.qtbot.keyClick(widget, Qt.Key.Key_F1)
        assert shown.address == f"part/{part}"
    hand.until(shown.browser.hasFocus)
    hand.qtbot.keyClick(shown.browser, Qt.Key.Key_F1)
    assert shown.address == "start"
    window.commands.run("help.keys")
    assert "F12" in shown.browser.toPlainText()
    hand.session.queue.remove(0)  # else closing would ask


def test_stop_works_while_the_help_is_open(opened: Callable[..., Typist]) -> None:
    hand = opened()
    hand.session.choose(protocol="pulse-series", texts={"count": "60"})
    hand.settled()
    hand.session.start()
    hand.window.commands.run("help.here")
    hand.qtbot.keyClick(hand.window.help.shown.browser, Qt.Key.Key_Period,
                        Qt.KeyboardModifier.ControlModifier)
    assert hand.session.state == "stopping"
    hand.until(lambda: hand.session.state == "idle")


def test_diagnostics_name_versions_and_bench_and_no_path_but_the_stores(
    opened: Callable[..., Typist], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = opened("twin-single")
    hand.session.spec = str(Path.home() / "private" / "mine.toml")
    hand.window.commands.run("help.diagnostics")
    text = QGuiApplication.clipboard().text()
    for word in ("memrig 0.", "Qt 6.", "Python 3.", "33522B", "SIMULATED", "bench mine.toml",
                 str(hand.session.store.path)):
        assert word in text
    assert "private" not in text
    assert hand.window.statusBar().currentMessage() == "diagnostic information copied"
    urls: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: urls.append(url.toLocalFile()))
    hand.window.commands.run("help.log")
    assert urls == [str(hand.folder / "state" / "log")]
    assert Path(urls[0]).is_dir()
