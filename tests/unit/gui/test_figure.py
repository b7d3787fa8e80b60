"""The figure in a window of its own, as a picture and as a table."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QPushButton, QSplitter

from memrig.gui.commands import Commands
from memrig.gui.figure import Figure
from memrig.gui.plots.figures import scene_of
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.tabs import Another
from memrig.hil.execution import execute
from memrig.hil.overlay import Overlay
from memrig.hil.protocols import IvSweep
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

pytestmark = pytest.mark.usefixtures("qt")


@pytest.fixture(scope="module")
def run():
    bench = SimulatedBench(models.create("guseinov"), integrator="auto")
    return execute(IvSweep(points=60), bench, seed=1, overlay=Overlay(bench=bench.replica()))


@pytest.fixture
def desk(qtbot, tmp_path):
    main, place, overlay = QMainWindow(), QSplitter(Qt.Orientation.Vertical), OverlayView()
    qtbot.addWidget(main)
    for part in (overlay, QLabel("the stimulus")):
        place.addWidget(part)
    main.setCentralWidget(place)
    main.setWindowTitle("memrig")
    main.resize(700, 600)
    main.show()
    figure = Figure(overlay, place, tmp_path)
    commands = Commands(main)
    figure.add_to(commands)
    yield figure, place, commands
    figure.attach()


def shown(figure, run):
    scene = scene_of(run.protocol, dict(enumerate(run.records)),
                     dict(enumerate(run.model_records)), simulated=True)
    figure.overlay.set_runs([Another(name="abc", scene=scene)], "guseinov")
    return scene


def test_it_moves_into_a_window_of_its_own_and_closing_puts_it_back(desk, run):
    figure, place, commands = desk
    assert commands.run("view.detach")
    window = figure.window
    assert window.isVisible()
    assert "memrig" in window.windowTitle()
    assert figure.overlay.window() is window
    assert place.indexOf(figure.overlay) == -1
    assert place.count() == 2
    shown(figure, run)  # it goes on showing what comes
    assert figure.overlay.plots[0].mark("measured").curve.size
    window.close()
    assert not figure.detached
    assert place.indexOf(figure.overlay) == 0
    assert figure.overlay.isVisible()
    assert place.count() == 2


def test_the_button_in_its_place_brings_it_back(desk, qtbot):
    figure, place, _ = desk
    figure.turn()
    back = place.widget(0).findChild(QPushButton)
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert place.indexOf(figure.overlay) == 0
    figure.turn()
    figure.turn()
    assert not figure.detached


def test_what_is_seen_becomes_a_picture(desk, run, tmp_path):
    figure, _, commands = desk
    shown(figure, run)
    said = []
    figure.said.connect(said.append)
    for _ in range(2):  # nothing is overwritten
        commands.run("view.picture")
    pictures = sorted(tmp_path.glob("memrig-abc-iv-*.png"))
    assert len(pictures) == 2
    assert pictures[0].read_bytes().startswith(b"\x89PNG")
    assert {f"picture: {one}" for one in pictures} == set(said)


@pytest.mark.parametrize("view", ["iv", "log", "time"])
def test_the_table_has_all_numbers_with_units_and_says_what_is_simulated(desk, run, tmp_path, view):
    figure, _, commands = desk
    scene = shown(figure, run)
    figure.overlay.turn_to(view)
    assert scene.fill_time(60.0)
    commands.run("view.table")
    (path,) = tmp_path.glob(f"memrig-abc-{view}-*.csv")
    first, second, *rest = path.read_text().splitlines()
    assert first == "# SIMULATED: nothing here was measured on a real device"
    assert second == "# run: abc"
    rows = list(csv.DictReader(io.StringIO("\n".join(rest))))
    own = [row for row in rows if row["series"] == "measured (SIMULATED)"]
    trace = next(r for r in run.records if r.role == "sweep").trace(0, 0)
    currents = np.array([float(row["y"]) for row in own if row["y_unit"] == "A"])
    wanted = np.abs(trace.i_a[np.abs(trace.i_a) > 1e-7]) if view == "log" else trace.i_a
    for value in wanted.tolist():
        assert np.isclose(currents, value, rtol=1e-9, atol=1e-18).any()
    assert {row["x_unit"] for row in own} == {"s" if view == "time" else "V"}


def test_a_table_that_cannot_be_written_is_a_sentence(desk, run, tmp_path):
    figure, _, _ = desk
    shown(figure, run)
    figure.folder = tmp_path / "nowhere"
    said = []
    figure.said.connect(said.append)
    figure.save_table()
    figure.save_picture()
    assert said[0].startswith("the data cannot be written to ")
    assert said[0].endswith(": No such file or directory")
    assert said[1].startswith("the picture cannot be written to ")


def test_measured_data_are_not_called_simulated(desk, run, tmp_path):
    figure, _, _ = desk
    shown(figure, run).simulated = False  # as the records of a real bench would say
    figure.save_table()
    (path,) = tmp_path.glob("*.csv")
    assert path.read_text().startswith("# run: abc\n")
