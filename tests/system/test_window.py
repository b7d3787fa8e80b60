"""The window from connecting to a report, by keys alone and by mouse, offscreen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QMessageBox

from memrig.gui.app import tell_of_guardians
from memrig.gui.panels.runs_model import PROTOCOL, TICK
from memrig.gui.widgets.quantity import QuantityEdit
from memrig.hil.units import shown
from tests.system.hands import CTRL, Bench, Open

pytestmark = pytest.mark.usefixtures("qt")


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
    assert bench.status == f"writing report {report} …"
    bench.until(lambda: urls)
    assert bench.status == f"report: {report}"
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
    assert bench.line(0) == ["✓ finished", "iv-sweep (sim)", "dut", "< 0.01 %"]
    assert window.runs.ticked == [run.id]  # the figure shows it
    bench.click_at(0, TICK)
    assert (window.runs.ticked, bench.measured) == ([], 0)
    bench.click_at(0, TICK)
    assert window.runs.ticked == [run.id]
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
    assert bench.line(0)[0] == "■ stopped"
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
    bench.click_at(0, PROTOCOL)
    bench.click_at(0, PROTOCOL, bench.qtbot.mouseDClick)
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


def test_a_run_is_drawn_as_itself_whatever_was_drawn_before(opened: Open) -> None:
    bench = opened()
    bench.session.choose(protocol="read")
    bench.settled()
    bench.session.start()
    stored = bench.run_to_the_end()
    bench.session.choose(protocol="iv-sweep", texts={"points": "50"})
    bench.settled()
    bench.window.runs.tick([stored.id])
    assert bench.window.overlay.scene.protocol.name == "read"  # type: ignore[union-attr]
    bench.session.start()
    bench.run_to_the_end()
    assert bench.window.overlay.scene.protocol.name == "iv-sweep"  # type: ignore[union-attr]
    assert bench.measured > 0


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


def queued(bench: Bench, count: int) -> None:
    for _ in range(count):
        bench.key(Qt.Key.Key_R, CTRL | Qt.KeyboardModifier.ShiftModifier)
        bench.settled()
    assert len(bench.session.queue.runs) == count


def test_a_window_with_runs_that_wait_asks_before_it_drops_them(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = opened()
    queued(bench, 2)
    answers, asked = iter(["Keep the queue", "Keep the queue", "Drop them and close"]), list[str]()

    def answer(box: QMessageBox) -> int:
        wanted = next(answers)
        asked.append(box.text())
        assert box.defaultButton().text() == "Keep the queue"
        bench.click(next(b for b in box.buttons() if b.text() == wanted))
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    bench.key(Qt.Key.Key_Q, CTRL)
    assert bench.window.isVisible()
    bench.window.commands.run("view.language.ru")
    assert bench.window.isVisible()
    assert not bench.window.again
    assert bench.status == "the language changes with the next start"
    assert len(bench.session.queue.runs) == 2
    bench.key(Qt.Key.Key_Q, CTRL)
    assert not bench.window.isVisible()
    assert asked == ["2 runs of the queue would be dropped. Close the window?"] * 3
    assert bench.session.runs() == []


def test_what_waits_is_named_where_a_run_is_in_progress(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = opened()
    queued(bench, 1)
    bench.session.choose(protocol="pulse-series", texts={"count": "300"})
    bench.settled()
    asked: list[str] = []

    def answer(box: QMessageBox) -> int:
        asked.append(box.text())
        bench.click(box.defaultButton())
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    bench.key(Qt.Key.Key_R, CTRL)
    bench.key(Qt.Key.Key_Q, CTRL)
    assert asked == ["1 run of the queue would be dropped. "
                     "Stop the run, switch the outputs off and quit?"]
    assert bench.session.state == "running"
    assert len(bench.session.queue.runs) == 1


def test_what_cannot_be_connected_is_said_and_can_be_mended(opened: Open) -> None:
    bench = opened("no-such-bench.toml")
    assert "no-such-bench.toml" in bench.window.bench.problem
    assert bench.window.strip.chip == "NO BENCH"
    assert "(not connected)" in bench.window.windowTitle()
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


# --- what is done with runs ---------------------------------------------------------------


def test_runs_are_queued_moved_and_started_by_keyboard(opened: Open) -> None:
    bench = opened()
    window, session = bench.window, bench.session
    assert not window.queue.isVisible()
    session.choose(protocol="pulse-series", texts={"count": "12", "cycles": "20"})
    window.protocol.show_choice()
    bench.settled()
    bench.key(Qt.Key.Key_R, CTRL)
    assert session.state == "running"
    assert bench.field("count").locked
    bench.key(Qt.Key.Key_N, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert not bench.field("count").locked
    bench.choose_protocol_now("read")
    bench.key(Qt.Key.Key_R, CTRL | Qt.KeyboardModifier.ShiftModifier)
    bench.choose_protocol_now("pulse")
    assert session.state == "running"
    assert window.limits.run.text().startswith("Queue · ")
    bench.key(Qt.Key.Key_R, CTRL)  # the button's own key, whatever it says
    assert [one.order.protocol.name for one in session.queue.runs] == ["read", "pulse"]
    assert window.queue.isVisible()
    assert window.queue.head == "2 wait"
    window.queue.list.setFocus()
    window.queue.list.setCurrentRow(1)
    bench.key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [one.order.protocol.name for one in session.queue.runs] == ["pulse", "read"]
    bench.key(Qt.Key.Key_Down)
    bench.key(Qt.Key.Key_Delete)
    assert [one.order.protocol.name for one in session.queue.runs] == ["pulse"]
    bench.until(lambda: len(session.runs()) == 2 and session.state == "idle")
    assert [(one.protocol, one.status) for one in session.runs()] == [
        ("pulse-series", "finished"), ("pulse", "finished")]
    assert not window.queue.isVisible()
    assert session.bench.make_safe().off  # type: ignore[union-attr]  # it is open


def test_stop_halts_the_queue_where_it_can_be_seen(opened: Open) -> None:
    bench = opened("twin")
    window, session = bench.window, bench.session
    session.choose(protocol="read")
    bench.settled()
    bench.key(Qt.Key.Key_R, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert window.queue.go.text() == "Start"
    session.choose(protocol="pulse-series", texts={"count": "60"})
    bench.settled()
    bench.key(Qt.Key.Key_R, CTRL)
    assert window.limits.run.text() == "Running … · next: read"
    bench.until(lambda: bench.measured > 0)
    bench.key(Qt.Key.Key_Period, CTRL)
    assert bench.run_to_the_end().status == "stopped"
    assert session.state == "idle"
    assert window.queue.why.text() == "▲ queue halted: STOP"
    assert window.queue.head == "▲ halted"
    assert window.queue.go.text() == "Go on"
    bench.key(Qt.Key.Key_G, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert session.state == "running"
    assert bench.run_to_the_end().protocol.name == "read"
    assert session.bench.make_safe().off  # type: ignore[union-attr]  # it is open


def test_the_passport_lists_what_the_device_has_been_through(opened: Open) -> None:
    bench = opened()
    window, session = bench.window, bench.session
    session.choose(device="W07 (3,4)")
    bench.settled()
    session.touching.touch("pulse")
    run = bench.run_to_the_end()
    bench.key(Qt.Key.Key_D, CTRL)
    panel = window.benches.passport
    assert panel is not None
    assert panel.isVisible()
    line = [panel.table.item(0, column).text() for column in range(panel.table.columnCount())]
    wear = session.store.history("W07 (3,4)")[0].wear
    assert line[1:5] == [run.id, "pulse", "finished", "1"]
    assert line[-1] == "SIMULATED"
    assert line[-2] == shown(wear.v_max_v, "V")
    assert panel.sums.text().startswith("SIMULATED, no real device: 1 run, 1 pulse, ")
    panel.fields["wafer"].setText("W07")
    panel.fields["temperature_k"].setText("25 C")
    panel.fields["wafer"].editingFinished.emit()
    assert "25 C" in panel.problem.text()
    panel.fields["temperature_k"].setText("301.15 K")
    panel.fields["temperature_k"].editingFinished.emit()
    assert panel.problem.text() == ""
    bench.qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    session.touching.touch("read")
    passport = session.store.load(bench.run_to_the_end().id).header.passport
    assert (passport.wafer, passport.temperature_k, passport.pulses) == ("W07", 301.15, 1)


def test_what_a_guardian_had_to_do_is_said_once(opened: Open, tmp_path: Path) -> None:
    desk = opened()
    said = {"bench": "bench-1", "pid": 7, "why": "died", "at": 0.0, "ended": True,
            "confirmed": True, "wards": {}}
    (tmp_path / "state").mkdir(exist_ok=True)
    (tmp_path / "state" / "guardian-1.json").write_text(json.dumps(said), encoding="utf-8")
    tell_of_guardians(desk.window)
    bar = desk.window.statusBar()
    assert bar.currentMessage().startswith("process 7 on bench bench-1 had died; its guardian "
                                           "switched the outputs off at 1970-01-01")
    assert bar.currentMessage().endswith(", confirmed by the instruments")
    bar.clearMessage()
    tell_of_guardians(desk.window)
    assert bar.currentMessage() == ""
