"""Points of figures and instants of a run: what is known of each, linked between all views."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QPointF

from memrig.gui.plots._plot import Picked
from memrig.gui.plots.bounded import BoundedCurve
from memrig.gui.plots.figures import scene_of
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.stimulus import StimulusView
from memrig.gui.plots.table import write_table
from memrig.gui.plots.tabs import Another
from memrig.hil.events import ChunkArrived, RecordFinished, RunStarted, StimulusStarted
from memrig.hil.execution import execute
from memrig.hil.overlay import Overlay
from memrig.hil.protocols import IvSweep, PulseSeries, Stdp
from memrig.hil.rehearsal import rehearse
from memrig.hil.status import Status
from memrig.hil.store.points import points_of
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

pytestmark = pytest.mark.usefixtures("qt")
LIMIT_A = 30e-6


class Story:
    """A run of a noisy device with the model over it."""

    def __init__(self, protocol):
        model = models.create("guseinov")
        bench = SimulatedBench(model, integrator="auto", noise_a=2e-8, seed=3)
        own = SimulatedBench(model, integrator="auto")
        self.protocol = protocol
        self.rehearsal = rehearse(protocol, bench, own, model.profile(), seed=1)
        self.run = execute(protocol, bench, profile=model.profile(), seed=1,
                           overlay=Overlay(bench=own.replica()))
        self.profile = model.profile()

    def scene(self):
        return scene_of(self.protocol, dict(enumerate(self.run.records)),
                        dict(enumerate(self.run.model_records)), simulated=True)


@pytest.fixture(scope="module")
def loop():
    return Story(IvSweep(points=120, loops=2, compliance=LIMIT_A))


@pytest.fixture(scope="module")
def series():
    return Story(PulseSeries.from_text({
        "count": "5", "amplitude_set": "1 v_set, 0.9 v_set",
        "amplitude_reset": "1 v_reset, 0.9 v_reset", "width": "100us, 50us"}))


@pytest.fixture
def view(qtbot):
    made = OverlayView()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


def shown(view, story, name="abc"):
    view.set_runs([Another(name=name, scene=story.scene())], "guseinov")
    return view.scene


def test_a_point_of_the_loop_is_one_of_the_stored_run(loop):
    scene = loop.scene()
    table = [points_of(record) for record in loop.run.records]
    currents = np.concatenate([points.i_a for points in table])
    for index in (0, 50, 200):
        spot = scene.spot(scene.places.row_of_sweep(index))
        record = loop.run.records[spot.number]
        trace = record.trace(*spot.place)
        assert spot.i_a == scene.measured.iv.y[index] == trace.i_a[spot.index]
        assert spot.v_v == trace.v_dut_v[spot.index]
        assert spot.status == trace.status[spot.index]
        assert currents[spot.row] == spot.i_a
        said = loop.run.model_records[spot.number].trace(*spot.place)
        assert spot.left_a == pytest.approx(spot.i_a - said.i_a[spot.index])


def test_a_point_that_does_not_exist_is_none(loop):
    scene = loop.scene()
    assert scene.places.row_of_sweep(10**6) is None
    assert scene.spot(10**6) is None
    assert scene.places.at(-5.0, scene.measured.v_t) is None


def test_a_click_says_everything_and_it_stays(view, loop, qtbot):
    scene = shown(view, loop)
    assert "Click on a point" in view.about.text()
    plot = view.plots[0]
    plot.grab()
    flagged = int(np.flatnonzero(scene.measured.iv.flagged)[3])
    x, y = scene.measured.iv.x[flagged], scene.measured.iv.y[flagged]
    found = plot.nearest(plot.pixel(x, y))
    plot.picked.emit(found)
    said = view.about.text()
    spot = view.tab.spot_of(found)
    assert " · 30.0" in said
    assert "compliance" in said
    assert f"stimulus {spot.number}, repeat 0, block 0, point {spot.index}" in said
    assert f"run abc, row {spot.row} of its points" in said
    assert "residual" in said
    qtbot.mouseMove(plot, plot.rect().center())
    assert view.about.text() == said


def test_a_click_on_a_residual_finds_its_point(view, loop):
    scene = shown(view, loop)
    k = scene.residual_iv.size // 2
    x, y = scene.residual_iv.x[k], scene.residual_iv.y[k]
    spot = view.tab.spot_of(Picked(series="residual", index=k, x=x, y=y))
    assert (spot.v_v, spot.left_a) == (x, pytest.approx(y))


def test_the_worst_point_is_marked_with_its_value(view, loop):
    shown(view, loop)
    worst = loop.run.comparison.worst
    ring = view.plots[1].mark("worst")
    assert (ring.x, ring.y) == (worst.v_v, pytest.approx(worst.measured_a - worst.model_a))
    assert ring.words.startswith("worst ")
    assert ring.words.endswith("A")


def test_points_in_compliance_are_hollow_counted_and_left_out_and_the_model_is_clipped(view, loop):
    scene = shown(view, loop)
    count = scene.measured.iv.flags
    assert count > 0
    assert scene.measured.iv.reasons == {Status.COMPLIANCE: count}
    assert f"flagged ({count}: compliance {count}), not in the residual" in (
        view.plots[0].legend.entries)
    assert scene.residual_iv.size == scene.measured.iv.size - count
    assert np.abs(scene.model.iv.y).max() == pytest.approx(LIMIT_A, rel=1e-6)


def test_the_band_of_the_residual_is_the_noise_of_a_point(view, loop):
    scene = shown(view, loop)
    band = view.plots[1].mark("noise")
    assert (band.low, band.high) == (-scene.noise_a, scene.noise_a)
    assert scene.noise_a == pytest.approx(2e-8)


def test_an_instant_is_the_same_in_the_loop_and_against_time(view, loop, qtbot):
    stimulus = StimulusView()
    qtbot.addWidget(stimulus)
    stimulus.set_plan(loop.rehearsal, loop.profile)
    stimulus.time_pointed.connect(view.point_at_time)
    view.time_pointed.connect(stimulus.point_at_time)
    scene = shown(view, loop)
    row = scene.places.row_of_sweep(70)
    t_s = scene.measured.v_t.x[row]
    stimulus.strip.pointed.emit(t_s)
    ring = view.plots[0].mark("now")
    assert (ring.x, ring.y) == (scene.measured.v_t.y[row], scene.measured.i_t.y[row])
    assert stimulus.detail.mark("pointer") is not None
    stimulus.strip.pointed.emit(None)
    assert view.plots[0].mark("now") is None
    stimulus.set_simulated(True)
    assert {p.mark("watermark").words for p in (stimulus.strip, stimulus.detail)} == {"SIMULATED"}
    stimulus.set_simulated(False)
    assert stimulus.strip.mark("watermark") is None
    view.plots[0].hovered.emit(Picked(series="measured", index=70, x=ring.x, y=ring.y))
    assert stimulus.strip.mark("pointer").x == [t_s]
    view.turn_to("time")
    stimulus.strip.pointed.emit(t_s)
    assert {plot.mark("pointer").x[0] for plot in view.plots} == {t_s}
    view.plots[1].pointed.emit(0.5 * t_s)
    assert stimulus.strip.mark("pointer").x == [0.5 * t_s]


def test_before_a_run_the_instant_is_the_predictions(view, loop):
    view.set_prediction(loop.protocol, [s.record for s in loop.rehearsal.steps], "guseinov")
    number = next(k for k, s in enumerate(loop.rehearsal.steps) if s.stimulus.role == "sweep")
    start_s = view.scene.start_s(number)
    trace = loop.rehearsal.steps[number].record.trace(0, 0)
    view.point_at_time(start_s + float(trace.t_s[40]))
    ring = view.plots[0].mark("now")
    assert (ring.x, ring.y) == (pytest.approx(trace.v_dut_v[40]), pytest.approx(trace.i_a[40]))


def test_the_pointer_over_a_dot_is_told_once(view, loop, qtbot):
    scene = shown(view, loop)
    plot = view.plots[0]
    plot.grab()
    x, y = scene.measured.iv.x[30], scene.measured.iv.y[30]
    told = []
    plot.hovered.connect(told.append)
    place = plot.pixel(x, y)
    plot._moved(place)  # what the scene tells of the mouse
    plot._moved(place + QPointF(0.5, 0.0))
    plot._moved(QPointF(-50.0, -50.0))
    assert [one is None for one in told] == [False, True]


# -- trains ---------------------------------------------------------------------------------


def test_trains_lie_over_each_other_by_amplitude_and_width(view, series):
    shown(view, series)
    tab = view.tab
    assert tab.over.isChecked()
    kinds = [mark for name, mark in tab.main.named() if name.startswith("measured ")]
    assert len(kinds) == len({(m.colour, m.symbol, m.hollow) for m in kinds}) == 8
    assert all(mark.curve.x.tolist() == [1, 2, 3, 4, 5] for mark in kinds)
    assert "−1.53 V, 50 µs" in tab.main.legend.entries
    assert tab.main.mark("polarity") is None
    assert "within the train" in tab.below.x_axis.label


def test_the_toggle_puts_them_behind_each_other_with_their_polarity(view, series):
    shown(view, series)
    tab = view.tab
    tab.over.click()
    assert not tab.over.isChecked()
    assert tab.main.mark("measured +1").curve.x.max() == 35
    assert [sign for *_, sign in tab.main.mark("polarity").trains] == [1.0, -1.0] * 4
    assert tab.below.mark("band") is not None
    assert tab.below.x_axis.label == "pulse number"


def test_further_runs_are_laid_over_trains_as_well(view, series):
    view.set_runs([Another(name="one", scene=series.scene()),
                   Another(name="two", scene=series.scene())], "guseinov")
    other = view.plots[0].mark("run 0")
    assert other.label == "two"
    assert other.curve.x.max() == 5


def test_a_click_on_a_reading_says_its_conditions(view, series):
    shown(view, series)
    tab = view.tab
    mark = tab.main.mark("measured 0")
    spot = tab.spot_of(Picked(series="measured 0", index=2, x=3.0, y=float(mark.curve.y[2])))
    values = series.run.result.values
    assert spot.g_siemens == values["conductance_siemens"][2]
    assert spot.u_siemens == values["u_siemens"][2]
    assert spot.place[0] == 2
    view.plots[0].picked.emit(Picked(series="measured 0", index=2, x=3.0,
                                     y=float(mark.curve.y[2])))
    assert view.about.text().startswith("G ")
    assert "run abc, reading 3" in view.about.text()
    view.point_at_time(spot.t_s)
    assert tab.main.mark("now").y == spot.g_siemens


def test_a_click_on_a_pair_says_its_change(view):
    story = Story(Stdp(points=1, repeats=1, dt_zero=False, sham=0, pre_only=0, post_only=0,
                       reversed_pairs=0))
    shown(view, story)
    pair = view.plots[0].mark("measured 0").curve
    view.plots[0].picked.emit(Picked(series="measured 0", index=0, x=pair.x[0], y=pair.y[0]))
    assert view.about.text().startswith("Δt ")
    assert "G0" in view.about.text()


# -- a run that goes on for long ------------------------------------------------------------


@pytest.fixture
def short(monkeypatch):
    """Curves of a run that goes on keep so few points that any run is long."""
    monkeypatch.setattr("memrig.gui.plots.figures.BoundedCurve", partial(BoundedCurve, 64))


def followed(view, story):
    view.set_prediction(story.protocol, [s.record for s in story.rehearsal.steps], "guseinov")
    view.take([RunStarted(run="abc", protocol="iv-sweep", info=story.run.info, stimuli=3,
                          duration_s=1.0)])
    for number, record in enumerate(story.run.records):
        view.take([StimulusStarted(index=number, plan=record.plan),
                   *(ChunkArrived(index=number, chunk=chunk) for chunk in record.chunks),
                   RecordFinished(index=number, record=record)])
    return view.scene


@pytest.mark.usefixtures("short")
def test_points_of_a_long_run_are_those_of_its_records(view, loop):
    scene = followed(view, loop)
    assert scene.thinned
    full = loop.scene()
    for row in range(full.measured.v_t.size):
        found = scene.spot(row)
        assert found.t_s == full.measured.v_t.x[row]
        assert (found.v_v, found.i_a) == (full.measured.v_t.y[row], full.measured.i_t.y[row])
        assert found.status == full.spot(row).status
    for index in scene.measured.iv.number.tolist():
        spot = view.tab.spot_of(Picked(series="measured", index=index, x=0.0, y=0.0))
        assert spot.v_v == scene.measured.iv.x[scene.measured.iv.position(index)]
    t_s = float(scene.measured.v_t.x[40])
    assert scene.instant(t_s) == (scene.spot(int(scene.measured.v_t.number[40])).v_v,
                                  scene.spot(int(scene.measured.v_t.number[40])).i_a)


@pytest.mark.usefixtures("short")
def test_the_present_stimulus_of_a_long_run_is_known_before_its_record_is(view, loop):
    number = next(n for n, r in enumerate(loop.run.records) if len(r.parts) > 0
                  and r.role == "sweep")
    view.set_prediction(loop.protocol, [s.record for s in loop.rehearsal.steps], "guseinov")
    view.take([RunStarted(run="abc", protocol="iv-sweep", info=loop.run.info, stimuli=3,
                          duration_s=1.0)])
    record = loop.run.records[number]
    view.take([StimulusStarted(index=0, plan=record.plan),
               *(ChunkArrived(index=0, chunk=chunk) for chunk in record.chunks)])
    trace = record.trace(0, 0)
    assert view.scene.thinned
    for row in range(trace.t_s.size):
        assert view.scene.spot(row).i_a == trace.i_a[row]
        assert view.scene.spot(row).status == trace.status[row]
    assert view.scene.whole().measured.iv.size == sum(
        record.trace(*place).t_s.size for place in record.blocks())


@pytest.mark.usefixtures("short")
def test_the_residual_of_a_long_run_is_replaced_by_the_overlays(view, loop):
    scene = followed(view, loop)
    view.take([RecordFinished(index=number, record=record, source="overlay")
               for number, record in enumerate(loop.run.model_records)])
    full = loop.scene()
    for one in (scene, full):
        assert one.fill_time(60.0)
    for name in ("residual_iv", "residual_t"):
        kept, every = getattr(scene, name), getattr(full, name)
        assert 0 < kept.size <= 64
        assert kept.extent() == pytest.approx(every.extent(), rel=1e-12)
        assert set(kept.y.tolist()) <= set(every.y.tolist())


@pytest.mark.usefixtures("short")
def test_a_table_of_a_long_run_has_every_point_and_the_picture_stays_bounded(
        view, loop, tmp_path):
    scene = followed(view, loop)
    with view.in_full():
        write_table(tmp_path / "long.csv", view.tab.every_plot, run="abc", simulated=True)
    assert view.scene is scene
    assert view.plots[0].mark("measured").curve is scene.measured.iv
    rows = [line for line in (tmp_path / "long.csv").read_text().splitlines()
            if ",measured" in line]
    assert len(rows) == loop.scene().measured.iv.size > scene.measured.iv.size
