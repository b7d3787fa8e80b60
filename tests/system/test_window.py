"""The window from connecting to a report, by keys alone and by mouse, offscreen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QApplication, QMessageBox

from memrig.gui.session import Session
from memrig.gui.widgets.quantity import QuantityEdit
from memrig.gui.window import Window
from memrig.hil.plan import combined_sha256
from memrig.hil.store import Store

pytestmark = pytest.mark.usefixtures("qt")

WAIT_MS = 60_000
CTRL = Qt.KeyboardModifier.ControlModifier
Open = Callable[..., "Bench"]


class Bench:
    """A window with what a hand on keyboard and mouse can do to it."""

    def __init__(self, window: Window, qtbot: Any) -> None:
        self.window, self.session, self.qtbot = window, window.session, qtbot
        self.ended: list[Any] = []
        self.session.run_ended.connect(self.ended.append)

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=WAIT_MS)

    def settled(self) -> None:
        self.until(lambda: self.session.state == "idle" and self.session.plan is not None
                   and self.session.plan.complete)

    def key(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the keyboard is, as the window system would deliver it."""
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def write(self, text: str) -> None:
        """Replace what stands in the field that has the keyboard."""
        self.key(Qt.Key.Key_A, CTRL)
        self.qtbot.keyClicks(QApplication.focusWidget(), text)

    def click(self, widget: Any) -> None:
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)

    def go_to(self, name: str) -> None:
        """Press Tab until the field of a parameter has the keyboard."""
        for _ in range(80):
            if self.has_keyboard(name):
                return
            self.key(Qt.Key.Key_Tab)
        pytest.fail(f"Tab never reaches {name}")

    def has_keyboard(self, name: str) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and focus in {self.field(name), self.field(name).control}

    def choose_protocol(self, name: str) -> None:
        """By the keyboard: go to the list, then down to the line."""
        self.key(Qt.Key.Key_P, CTRL)
        choice = self.window.protocol.choice
        assert choice.hasFocus()
        self.key(Qt.Key.Key_Home)
        for _ in range(choice.findData(name)):
            self.key(Qt.Key.Key_Down)
        assert self.session.protocol == name
        self.settled()

    def field(self, name: str) -> Any:
        form = self.window.protocol.form
        assert form is not None
        return form.field(name)

    def run_to_the_end(self) -> Any:
        self.until(lambda: self.ended)
        self.settled()
        return self.ended.pop().run

    @property
    def measured(self) -> int:
        """Stimuli whose measured record the figure has."""
        return len(self.window.overlay.scene.records)

    @property
    def planned(self) -> str:
        """A hash over everything that would be sent."""
        plan = self.session.plan
        assert plan is not None
        return combined_sha256(step.record.plan for step in plan.rehearsal.steps)

    @property
    def status(self) -> str:
        return self.window.statusBar().currentMessage()


@pytest.fixture
def opened(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open the window on a bench; at the end it is closed and everything it had is given back."""
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    windows: list[Window] = []
    with Store.open(tmp_path / "runs.sqlite") as store:

        def open_one(spec: str = "model") -> Bench:
            window = Window(Session(store, spec))
            windows.append(window)
            window.show()
            window.activateWindow()
            qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
            bench = Bench(window, qtbot)
            bench.settled()
            return bench

        yield open_one
        for window in windows:
            monkeypatch.setattr(window, "_may_end", lambda: True)
            window.close()
            window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_the_whole_flow_by_keyboard_alone(
    opened: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bench = opened("twin")
    window, session = bench.window, bench.session
    assert "twin (simulated)" in window.windowTitle()
    assert window.bench.choice.currentData() == "twin"
    bench.choose_protocol("pulse-series")
    bench.go_to("amplitude_set")
    bench.write("5 V")
    bench.settled()
    sentence = "the profile allows at most 2 V; nothing was sent"
    assert sentence in window.protocol.form.problems()["amplitude_set"]  # type: ignore[union-attr]
    assert sentence in window.limits.run.toolTip()
    assert not window.limits.run.isEnabled()
    bench.key(Qt.Key.Key_R, CTRL)
    assert session.state == "idle"
    bench.write("-1.6 V")
    bench.go_to("count")
    bench.write("12")
    bench.settled()
    assert window.limits.run.isEnabled()
    bench.key(Qt.Key.Key_R, CTRL)
    assert session.state == "running"
    bench.until(lambda: bench.measured > 0)
    assert not bench.ended  # points are seen while the run goes on
    run = bench.run_to_the_end()
    assert run.status == "finished"
    assert run.safe.off
    assert run.protocol.count == 12
    assert run.id in bench.status
    urls: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: urls.append(url.toLocalFile()))
    bench.key(Qt.Key.Key_E, CTRL)
    report = tmp_path / f"memrig-{run.id}.html"
    assert [Path(url) for url in urls] == [report]
    assert run.id in report.read_text(encoding="utf-8")


def test_the_whole_flow_by_mouse(opened: Open) -> None:
    bench = opened()
    window, session = bench.window, bench.session
    points = bench.field("points")
    assert isinstance(points, QuantityEdit)
    bench.click(points.control)
    bench.write("3")
    bench.settled()
    assert "allowed: 8 to" in points.problem
    assert "allowed: 8 to" in window.limits.run.toolTip()
    bench.write("100")
    bench.settled()
    bench.click(window.limits.run)
    run = bench.run_to_the_end()
    assert run.status == "finished"
    table = window.runs.table
    assert table.item(0, 1).text() == "iv-sweep (sim)"
    assert table.item(0, 2).text() == "< 0.01 %"  # the model on itself
    assert "finished" in table.item(0, 3).text()
    window.overlay.clear()
    table.item(0, 0).setCheckState(Qt.CheckState.Checked)
    assert bench.measured > 0
    assert session.texts == {"points": "100"}


@pytest.mark.parametrize("keys", [((Qt.Key.Key_Period, CTRL),),
                                  ((Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),) * 2])
def test_stop_in_mid_run_keeps_the_data_and_switches_off(
    opened: Open, keys: tuple[tuple[Any, Any], ...]
) -> None:
    bench = opened("twin")
    bench.session.choose(protocol="pulse-series", texts={"count": "60"})
    bench.window.protocol.show_choice()
    bench.settled()
    bench.key(Qt.Key.Key_R, CTRL)
    bench.until(lambda: bench.measured > 0)
    for key, modifier in keys:
        bench.key(key, modifier)
    assert bench.session.state == "stopping"
    run = bench.run_to_the_end()
    assert run.status == "stopped"
    assert run.safe.off
    assert 0 < len(run.records) < len(run.rehearsal.steps)
    assert bench.session.bench.make_safe().off  # type: ignore[union-attr]  # it is open
    assert bench.session.store.load(run.id).status == "stopped"
    assert "stopped" in bench.window.runs.table.item(0, 3).text()
    assert "outputs off" in bench.window.strip.state
    assert "OUTPUT OFF" in bench.window.strip.output


def test_read_and_pulse_need_no_form(opened: Open) -> None:
    bench = opened("twin-single")
    window = bench.window
    bench.field("points").set_text("3")  # what the form holds is not asked
    bench.key(Qt.Key.Key_F5)
    run = bench.run_to_the_end()
    assert run.protocol.name == "read"
    assert "contact ok" in bench.status
    assert "±" in bench.status
    last = run.passport.last_g_siemens
    assert f"last G {last * 1e6:.4g} µS · 0 program pulses" == window.device.passport.text()
    bench.click(window.daily.buttons["pulse"])
    run = bench.run_to_the_end()
    assert run.protocol.name == "pulse"
    assert "ΔG" in bench.status
    assert "1 program pulse" in window.device.passport.text()
    assert bench.session.protocol == "iv-sweep"
    assert [one.protocol for one in bench.session.store.runs()] == ["read", "pulse"]


def test_a_double_click_restores_the_whole_set_up(opened: Open) -> None:
    bench = opened()
    session, window = bench.session, bench.window
    session.choose(protocol="pulse-series", texts={"count": "7", "amplitude_set": "0.9 v_set"},
                   device="W07 (3,4)", model_texts={"area_m2": "2e-14"})
    bench.settled()
    session.start()
    run = bench.run_to_the_end()
    before = bench.planned
    session.choose(protocol="read", device="other", model="yakopcic", model_texts={})
    window.protocol.show_choice()
    bench.settled()
    table = window.runs.table
    where = table.visualItemRect(table.item(0, 1)).center()
    bench.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    bench.qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    bench.settled()
    plan = session.plan
    assert plan is not None
    assert plan.protocol == run.protocol
    assert plan.profile == run.profile
    assert session.device == "W07 (3,4)"
    assert session.model == "guseinov"
    assert bench.planned == before
    assert bench.field("count").text() == "7"
    assert run.id in bench.status


def test_a_window_that_runs_asks_before_it_closes(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = opened("twin")
    bench.session.choose(protocol="pulse-series", texts={"count": "60"})
    bench.settled()
    bench.key(Qt.Key.Key_R, CTRL)
    bench.until(lambda: bench.measured > 0)
    answers = iter(["Keep running", "Stop and quit"])

    def answer(box: QMessageBox) -> int:
        wanted = next(answers)
        bench.click(next(b for b in box.buttons() if b.text() == wanted))
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    event = QCloseEvent()
    bench.window.closeEvent(event)
    assert not event.isAccepted()
    assert bench.session.state == "running"
    assert bench.window.isVisible()
    bench.window.close()
    assert not bench.window.isVisible()
    assert [one.status for one in bench.session.store.runs()] == ["stopped"]


def test_what_cannot_be_connected_is_said_and_can_be_mended(opened: Open) -> None:
    bench = opened("no-such-bench.toml")
    assert "no-such-bench.toml" in bench.window.bench.problem
    assert not bench.window.limits.run.isEnabled()
    assert bench.window.limits.run.toolTip() == "no bench is connected"
    bench.key(Qt.Key.Key_B, CTRL)
    bench.key(Qt.Key.Key_Home)
    bench.until(lambda: bench.session.spec == "model" and bench.session.bench is not None)
    bench.settled()
    assert bench.window.bench.problem == ""
    assert bench.window.limits.run.isEnabled()


def test_a_low_window_folds_what_is_settled_and_keeps_run_in_sight(opened: Open) -> None:
    window = opened().window
    window.resize(1280, 720)
    assert window.bench.folded
    assert window.device.folded
    assert "model" in window.bench.head
    run = window.limits.run
    assert window.rect().contains(run.rect().translated(run.mapTo(window, run.rect().topLeft())))
    window.resize(1440, 1000)
    assert not window.bench.folded
    assert not window.device.folded
