"""The runs of the window: restored, found, tagged, exported, reported; offscreen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from memrig.hil.export import NEEDED
from memrig.hil.importing import import_run, read_table
from memrig.hil.plan import combined_sha256
from memrig.hil.registry import entries
from tests.system.hands import CTRL, Open

pytestmark = pytest.mark.usefixtures("qt")

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
        session.touching.touch(name)
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
    assert window.runs.ticked == [newest, oldest]  # over the run that has just ended
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
    assert window.runs.ticked == [newest, oldest]
    bench.key(Qt.Key.Key_L, CTRL)
    bench.write("tag:form")
    assert [window.runs.found.run_at(row) for row in range(window.runs.found.rowCount())] == [
        oldest]
    window.runs.filter.clear()
    assert window.runs.found.rowCount() == 3
    session.touching.touch("pulse")
    run = bench.run_to_the_end()
    assert window.runs.chosen == oldest
    assert window.runs.ticked == [run.id]  # which the figure shows now
    assert {newest, pulse} < {window.runs.found.run_at(row) for row in range(4)}


def test_a_long_list_keeps_its_place_when_a_run_is_added(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = opened()
    bench.session.touching.touch("read")
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
