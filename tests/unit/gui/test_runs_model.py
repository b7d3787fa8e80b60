"""The list of runs: what a filter leaves, what stays when there are more, thousands of lines."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from memrig.gui.panels.runs_model import (
    DEVICE,
    MERIT,
    PROTOCOL,
    STATUS,
    TICK,
    Found,
    RunsModel,
    percent,
)
from memrig.gui.plots.symbols import RUNS
from memrig.gui.theme import token
from memrig.hil.store import RunSummary

pytestmark = pytest.mark.usefixtures("qapp")


def run(number: int, **what: Any) -> RunSummary:
    plain = RunSummary(
        run_id=f"run{number:05d}", started_at=f"2026-11-{number % 28 + 1:02d}T12:00:00+00:00",
        protocol="pulse-series", bench="twin", simulated=True, status="finished", points=100,
        note="", device="W07 (3,4)",
    )
    return replace(plain, **what)


@pytest.fixture
def found() -> Found:
    model = RunsModel()
    tester = QAbstractItemModelTester(
        model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    assert tester.model() is model
    left = Found(model)
    left.setProperty("kept", model)  # Qt alone would not keep it
    return left


def shown(found: Found) -> list[str]:
    return [found.run_at(row) for row in range(found.rowCount())]


def cells(found: Found, row: int) -> list[str]:
    return [found.index(row, column).data() for column in (STATUS, PROTOCOL, DEVICE, MERIT)]


def test_lines_say_status_protocol_device_and_merit_newest_first(found: Found) -> None:
    found.runs.take([run(1, nrmse=0.0131), run(2, simulated=False, status="stopped", device="c1")])
    assert shown(found) == ["run00002", "run00001"]
    assert cells(found, 0) == ["■ stopped", "pulse-series", "c1", ""]
    assert cells(found, 1) == ["✓ finished", "pulse-series (sim)", "W07 (3,4)", "1.3 %"]


@pytest.mark.parametrize(("text", "left"), [
    ("", [3, 2, 1]), ("pulse", [3, 1]), ("STOPPED", [2]), ("w07 pulse", [3, 1]), ("cell", [2]),
    ("slipped", [3]), ("2026-11-03", [2]), ("tag:forming", [2, 1]), ("tag:form", [2, 1]),
    ("tag:forming pulse", [1]), ("forming", [3, 2, 1]), ("tag:slipped", []), ("twin", [3, 2, 1]),
    ("real", [2]), ("run00001", [1]), ("program/read", [3, 1]), ("nothing like it", []),
])
def test_a_filter_leaves_runs_that_have_every_word(
    found: Found, text: str, left: list[int]
) -> None:
    found.runs.take([
        run(1, tags=("forming",)),
        run(2, protocol="iv-sweep", device="cell 12", status="stopped", tags=("Forming", "x"),
            simulated=False),
        run(3, note="before forming", annotations=("probe slipped",)),
    ])
    found.find(text)
    assert shown(found) == [f"run{number:05d}" for number in left]


def test_ticks_stay_when_runs_are_added_or_change(found: Found) -> None:
    model = found.runs
    told: list[int] = []
    model.ticks_changed.connect(lambda: told.append(len(model.ticked)))
    model.take([run(1), run(2)])
    found.setData(found.index(1, TICK), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert model.ticked == ["run00001"]
    assert model.take([run(1), run(2, status="stopped"), run(3), run(4)]) == 2
    assert model.ticked == ["run00001"]
    assert cells(found, 2)[0] == "■ stopped"
    state = found.index(3, TICK).data(Qt.ItemDataRole.CheckStateRole)
    assert Qt.CheckState(state) is Qt.CheckState.Checked
    model.toggle("run00004")
    assert model.ticked == ["run00004", "run00001"]
    model.tick(["run00002", "never stored"])
    assert model.ticked == ["run00002"]
    found.setData(found.index(2, TICK), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert model.ticked == []
    assert told == [1, 2, 1, 0]


def test_runs_over_each_other_say_their_colour_in_the_figure(found: Found) -> None:
    model = found.runs
    model.take([run(1), run(2), run(3)])

    def colours() -> list[str]:
        cells = [model.index(row, TICK).data(Qt.ItemDataRole.DecorationRole) for row in range(3)]
        return ["" if one is None else one.name() for one in cells]

    model.tick(["run00003"])
    assert colours() == ["", "", ""]
    told: list[int] = []
    model.ticks_changed.connect(lambda: told.append(1))
    model.mark(["run00003", "run00001"])
    assert not told  # they are drawn already
    assert colours() == [token("measured").name(), "", token(RUNS[0][0]).name()]


def test_only_the_box_can_be_set(found: Found) -> None:
    found.runs.take([run(1)])
    assert not found.setData(found.index(0, STATUS), "finished", Qt.ItemDataRole.EditRole)
    assert not found.setData(found.index(0, STATUS), Qt.CheckState.Checked,
                             Qt.ItemDataRole.CheckStateRole)
    assert found.flags(found.index(0, TICK)) & Qt.ItemFlag.ItemIsUserCheckable
    assert not found.flags(found.index(0, STATUS)) & Qt.ItemFlag.ItemIsUserCheckable


def test_another_store_replaces_everything(found: Found) -> None:
    found.runs.take([run(1), run(2)])
    assert found.runs.take([run(7)]) == 0
    assert shown(found) == ["run00007"]


def test_a_line_explains_itself(found: Found) -> None:
    found.runs.take([run(1, note="first", annotations=("later",), tags=("a", "b"))])
    tip = found.index(0, PROTOCOL).data(Qt.ItemDataRole.ToolTipRole).split("\n")
    assert tip == ["run00001 · Program/read pulse series",
                   "2026-11-02 12:00:00 · twin · 100 points", "first", "later", "tags: a, b"]


def test_five_thousand_lines_are_taken_and_filtered_at_once() -> None:
    model = RunsModel()
    found = Found(model)
    runs = [run(k, tags=(f"t{k % 10}",)) for k in range(5000)]
    model.take(runs)
    found.find("the first time every line is read")
    began_s = time.thread_time()
    model.take([*runs, run(5000)])
    found.find("tag:t3 pulse")
    took_s = time.thread_time() - began_s
    assert found.rowCount() == 500
    assert took_s < 0.5  # on a busy machine; 30 ms on an idle one


@pytest.mark.parametrize(("nrmse", "text"), [
    (None, ""), (float("nan"), ""), (0.0, "< 0.01 %"), (0.0131, "1.3 %"), (0.5, "50 %"),
    (0.999, "100 %"),
    (7.9, "790 %"),
    (79.0, "> 999 %"),
])
def test_an_nrmse_is_short(nrmse: float | None, text: str) -> None:
    assert percent(nrmse) == text
