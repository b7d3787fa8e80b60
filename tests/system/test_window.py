"""The window from connecting to a report, by keys alone and by mouse, offscreen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from memrig.gui import language
from memrig.gui.panels.runs_model import COLUMNS, PROTOCOL, TICK
from memrig.gui.session import Session
from memrig.gui.widgets.quantity import QuantityEdit
from memrig.gui.window import Window
from memrig.hil.export import NEEDED
from memrig.hil.importing import import_run, read_table
from memrig.hil.plan import combined_sha256
from memrig.hil.registry import entries
from memrig.hil.store import Store
from memrig.hil.units import shown

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
        self.choose_protocol_now(name)
        self.settled()

    def choose_protocol_now(self, name: str) -> None:
        """The same while a run goes on; waits for the plan only."""
        self.key(Qt.Key.Key_P, CTRL)
        choice = self.window.protocol.choice
        assert choice.hasFocus()
        self.key(Qt.Key.Key_Home)
        for _ in range(choice.findData(name)):
            self.key(Qt.Key.Key_Down)
        assert self.session.protocol == name
        self.until(lambda: self.session.plan is not None and self.session.plan.complete)

    def field(self, name: str) -> Any:
        form = self.window.protocol.form
        assert form is not None
        return form.field(name)

    def line(self, row: int) -> list[str]:
        """What a line of the runs says, without its tick."""
        found = self.window.runs.found
        return [str(found.index(row, column).data()) for column in range(1, COLUMNS)]

    def click_at(self, row: int, column: int, click: Any = None) -> None:
        """Click into the list of runs; on the box, where there is one."""
        table = self.window.runs.table
        where = table.visualRect(table.model().index(row, column))
        place = where.center()
        if column == TICK:
            place.setX(where.left() + 10)
        (click or self.qtbot.mouseClick)(table.viewport(), Qt.MouseButton.LeftButton, pos=place)

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
def opened(
    qtbot: Any, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Open the window on a bench; at the end it is closed and everything it had is given back."""
    language.speak(qapp, "en")
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
    window.overlay.clear()
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


UNUSUAL = {
    "iv-sweep": {"points": "96", "amplitude_set": "0.77777777777 v_set"},
    "pulse-series": {"count": "7", "amplitude_set": "0.9 v_set"},
    "read": {}, "pulse": {}, "stdp": {},
}


@pytest.mark.parametrize("name", entries("protocols"))
def test_a_run_of_every_protocol_is_restored_to_the_last_bit(opened: Open, name: str) -> None:
    bench = opened()
    session, window = bench.session, bench.window
    # Another area takes hundreds of pulses to approach the conductance that stdp begins with.
    area = {} if name == "stdp" else {"area_m2": "2.3000000000000004e-14"}
    session.choose(
        protocol=name, texts=UNUSUAL.get(name, {}), device="W07 (3,4)", note="as it was",
        tags=("one", "two"), model_texts={**area, "x0": "0.25"},
        place={"wafer": "W07", "temperature_k": 301.15},
    )
    bench.settled()
    session.start()
    run = bench.run_to_the_end()
    session.choose(
        protocol="read" if name != "read" else "pulse", texts={}, device="other", note="",
        tags=(), model="yakopcic", model_texts={}, place={}, seed=1)
    bench.settled()
    window.stored.restore(run.id)
    bench.settled()
    plan = session.plan
    assert plan is not None
    assert plan.protocol == run.protocol
    assert plan.profile == run.profile
    assert bench.planned == combined_sha256(step.plan for step in run.rehearsal.steps)
    header = session.store.load(run.id).header
    assert plan.request.seed == header.seed
    assert plan.request.model.model.to_json() == header.model["parameters"]  # type: ignore[index]  # there was one
    assert plan.request.model.state["dut"] == 0.25
    assert (session.note, session.tags) == ("as it was", ("one", "two"))
    assert session.passport.wafer == "W07"
    assert window.device.device.text() == "W07 (3,4)"
    assert session.passport.temperature_k == 301.15
    assert window.next.same_seed.isChecked()
    assert window.next.same_seed.text() == f"same seed as run {run.id}: {header.seed}"
    assert not window.next.open.isVisible()  # the same bench
    window.next.same_seed.click()
    assert session.seed is None


def test_the_bench_of_a_restored_run_is_offered_never_opened(opened: Open) -> None:
    bench = opened("twin-single")
    session, window = bench.session, bench.window
    bench.key(Qt.Key.Key_F5)
    run = bench.run_to_the_end()
    window.bench.choose("model")
    bench.until(lambda: session.spec == "model" and session.bench is not None)
    bench.settled()
    window.stored.restore(run.id)
    bench.settled()
    sentence = "it was run on bench twin-single; model is open"
    assert bench.status == f"set-up of run {run.id} restored · {sentence}"
    assert session.spec == "model"
    assert sentence in window.next.elsewhere.text()
    assert window.next.open.text() == "Open bench twin-single"
    bench.click(window.next.open)
    bench.until(lambda: session.spec == "twin-single" and session.bench is not None)
    bench.settled()
    assert window.bench.choice.currentData() == "twin-single"
    assert window.next.elsewhere.text() == ""
    assert not window.next.open.isVisible()


def test_a_run_that_is_not_known_here_is_not_restored(opened: Open, tmp_path: Path) -> None:
    bench = opened()
    table = tmp_path / "loop.csv"
    table.write_text("t,v,i\n" + "".join(f"{k},{k % 7 - 3},{k % 7 - 3}e-6\n" for k in range(50)))
    run_id = import_run(bench.session.store, read_table(table, columns="t=1:s,v=2:V,i=3:A"))
    before = bench.session.protocol, dict(bench.session.texts)
    bench.window.stored.restore(run_id)
    assert bench.status.startswith(f"run {run_id} cannot be restored: there is no")
    assert (bench.session.protocol, bench.session.texts) == before


def test_runs_are_found_ticked_tagged_and_annotated_by_keyboard(opened: Open) -> None:
    bench = opened()
    session, window = bench.session, bench.window
    for name in ("read", "pulse", "read"):
        session.touch(name)
        bench.run_to_the_end()
    newest, pulse, oldest = (window.runs.found.run_at(row) for row in range(3))
    bench.key(Qt.Key.Key_L, CTRL)
    assert window.runs.filter.hasFocus()
    bench.write("read")
    assert [line[1] for line in map(bench.line, range(window.runs.found.rowCount()))] == [
        "read (sim)", "read (sim)"]
    bench.key(Qt.Key.Key_Return)
    bench.key(Qt.Key.Key_Down)
    assert window.runs.chosen == oldest
    bench.key(Qt.Key.Key_Space)
    assert window.runs.ticked == [oldest]
    window.commands.run("runs.tags")
    bench.write("forming W07")
    bench.key(Qt.Key.Key_Return)
    window.commands.run("runs.note")
    bench.write("probe slipped")
    bench.key(Qt.Key.Key_Return)
    stored = session.store.load(oldest)
    assert stored.tags == ("W07", "forming")
    assert [text for _, text in stored.annotations] == ["probe slipped"]
    assert stored.header.note == ""
    assert "probe slipped" in window.runs.details.notes.text()
    assert window.runs.chosen == oldest
    assert window.runs.ticked == [oldest]
    bench.key(Qt.Key.Key_L, CTRL)
    bench.write("tag:form")
    assert [window.runs.found.run_at(row) for row in range(window.runs.found.rowCount())] == [
        oldest]
    window.runs.filter.clear()
    assert window.runs.found.rowCount() == 3
    session.touch("pulse")
    bench.run_to_the_end()
    assert window.runs.chosen == oldest
    assert window.runs.ticked == [oldest]
    assert {newest, pulse} < {window.runs.found.run_at(row) for row in range(4)}


def test_a_long_list_keeps_its_place_when_a_run_is_added(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = opened()
    bench.session.touch("read")
    bench.run_to_the_end()
    (one,) = bench.session.runs()
    many = [replace(one, run_id=f"r{k:05d}") for k in range(300)]
    monkeypatch.setattr(bench.session, "runs", lambda: list(many))
    runs = bench.window.runs
    runs.reload()
    bar = runs.table.verticalScrollBar()
    bench.until(lambda: bar.maximum() > 200)
    bar.setValue(100)
    assert bar.value() == 100
    top = runs.found.run_at(runs.table.rowAt(2))
    many.append(replace(one, run_id="newest"))
    runs.reload()
    assert runs.found.run_at(0) == "newest"
    assert runs.found.run_at(runs.table.rowAt(2)) == top


def test_note_and_tags_are_saved_with_the_next_run(opened: Open) -> None:
    bench = opened()
    window, session = bench.window, bench.session
    assert window.next.folded
    bench.key(Qt.Key.Key_N, CTRL)
    bench.qtbot.keyClicks(window.next.note, "after the anneal")
    bench.key(Qt.Key.Key_Tab)
    bench.qtbot.keyClicks(window.next.tags, "anneal W07")
    window.next.set_folded(True)
    assert window.next.head == "note · anneal W07"
    bench.key(Qt.Key.Key_F5)
    run = session.store.load(bench.run_to_the_end().id)
    assert (run.header.note, run.header.tags) == ("after the anneal", ("anneal", "W07"))


def test_a_run_is_exported_where_somebody_says_and_never_over_anything(
    opened: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bench = opened()
    window = bench.window
    bench.key(Qt.Key.Key_F5)
    run = bench.run_to_the_end()
    window.runs.choose(run.id)
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda _parent, _title, name, *_, **__: (asked.append(name) or name, ""))
    window.commands.run("runs.export.csv")
    folder = tmp_path / f"memrig-{run.id}-read"
    assert asked == [str(folder)]
    bench.until(lambda: bench.status == f"exported: {folder}")
    before = (folder / "points.csv").read_bytes()
    assert b"SIMULATED" in before
    window.commands.run("runs.export.csv")
    assert bench.status == f"{folder} exists; choose another name; nothing was written"
    assert (folder / "points.csv").read_bytes() == before


def test_a_format_that_cannot_be_written_says_why(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NEEDED, "hdf5", ("no_such_package",))
    menu = opened().window.runs.export.menu()
    actions = {action.objectName(): action for action in menu.actions()}
    assert list(actions) == ["csv", "hdf5", "netcdf"]
    assert actions["csv"].isEnabled()
    assert not actions["hdf5"].isEnabled()
    assert actions["hdf5"].toolTip() == (
        "to write HDF5, the package no_such_package is needed: "
        "install it with pip install 'memrig[export]'")


def test_the_ticked_runs_are_reported_together(
    opened: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bench = opened()
    for _ in range(2):
        bench.key(Qt.Key.Key_F5)
        bench.run_to_the_end()
    urls: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: urls.append(url.toLocalFile()))
    names = {one.run_id for one in bench.session.runs()}
    bench.window.runs.tick(names)
    bench.window.commands.run("runs.report")
    assert bench.status == "writing reports: 2 …"
    bench.until(lambda: urls)
    assert bench.status == f"2 reports: {tmp_path}"
    assert [Path(url) for url in urls] == [tmp_path]
    assert {path.stem.removeprefix("memrig-") for path in tmp_path.glob("*.html")} == names


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
    session.touch("pulse")
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
    assert panel.sums.text().startswith("SIMULATED, no real device: 1 runs, 1 pulses, ")
    panel.fields["wafer"].setText("W07")
    panel.fields["temperature_k"].setText("25 C")
    panel.fields["wafer"].editingFinished.emit()
    assert "25 C" in panel.problem.text()
    panel.fields["temperature_k"].setText("301.15 K")
    panel.fields["temperature_k"].editingFinished.emit()
    assert panel.problem.text() == ""
    bench.qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    session.touch("read")
    passport = session.store.load(bench.run_to_the_end().id).header.passport
    assert (passport.wafer, passport.temperature_k, passport.pulses) == ("W07", 301.15, 1)
