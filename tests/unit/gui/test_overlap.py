"""The overlap of two spikes, for both orders, as planned, captured and modelled."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.plots._plot import Picked
from memrig.gui.plots.figures import scene_of
from memrig.gui.plots.overlap_tab import pre_and_post
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.tabs import Another
from memrig.hil.execution import execute
from memrig.hil.overlay import Overlay
from memrig.hil.protocols import Stdp
from memrig.hil.rehearsal import rehearse
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

pytestmark = pytest.mark.usefixtures("qt")
QUIET = {"repeats": 1, "dt_zero": False, "sham": 0, "pre_only": 0, "post_only": 0,
         "reversed_pairs": 0}


@pytest.fixture(scope="module")
def model():
    return SimulatedBench(models.create("guseinov"), integrator="auto")


@pytest.fixture(scope="module")
def stdp():
    return Stdp(points=2, **QUIET)


@pytest.fixture(scope="module")
def rehearsal(model, stdp):
    return rehearse(stdp, model, model, model.model.profile(), seed=1)


@pytest.fixture
def view(qtbot):
    made = OverlayView()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    made.turn_to("overlap")
    return made


def predicted(view, stdp, rehearsal, profile):
    view.set_prediction(stdp, [step.record for step in rehearsal.steps], "guseinov",
                        simulated=True, profile=profile)
    assert view.view == "overlap"
    return view.tab


def test_both_orders_are_drawn_before_anything_is_measured(view, stdp, rehearsal, model):
    profile = model.model.profile()
    tab = predicted(view, stdp, rehearsal, profile)
    assert [tab.choice.itemText(k) for k in range(2)] == ["1 ms", "8 ms"]
    for sign, (spikes, device) in tab.columns.items():
        top, bottom = stdp.spikes(profile, sign * 1e-3)  # the device sets below 0 V: pre at the top
        pre, post = spikes.mark("pre").curve, spikes.mark("post").curve
        assert np.array_equal(pre.y, top.vertices()[1])
        assert np.array_equal(post.y, bottom.vertices()[1])
        seen = device.mark("plan").curve
        assert (seen.y.min(), seen.y.max()) == pytest.approx((top - bottom).extrema())
        assert device.mark("model").curve.size
        assert device.mark("measured") is None
    (_, plus), (_, minus) = tab.columns.values()
    assert plus.shows[1] == minus.shows[1]
    assert "post after pre" in tab.columns[1][0].accessibleName()


def test_the_levels_of_the_profile_stand_in_the_picture(view, stdp, rehearsal, model):
    profile = model.model.profile()
    tab = predicted(view, stdp, rehearsal, profile)
    for _, device in tab.columns.values():
        band = device.mark("dead")
        assert (band.low, band.high) == (-profile.v_read_max_v, profile.v_read_max_v)
        assert device.mark("SET").y == profile.v_set_v
        assert device.mark("RESET").y == profile.v_reset_v


def test_the_dead_zone_is_that_of_the_models_thresholds(view, stdp, rehearsal, model):
    view.set_prediction(stdp, [step.record for step in rehearsal.steps], "guseinov",
                        simulated=True, profile=model.model.profile(),
                        dead_zone_v=model.model.dead_zone_v)
    for _, device in view.tab.columns.values():
        band = device.mark("dead")
        assert (band.low, band.high) == (-0.4, 0.4)
        assert band.label == "dead zone, ±400 mV"


def test_another_delay_draws_other_spikes(view, stdp, rehearsal, model):
    tab = predicted(view, stdp, rehearsal, model.model.profile())
    before = tab.columns[1][1].mark("plan").curve.x[-1]
    tab.choice.setCurrentIndex(1)
    assert tab.columns[1][1].mark("plan").curve.x[-1] == pytest.approx(before + 7e-3)


def test_what_was_captured_lies_over_the_plan_and_is_explained(view, stdp, model):
    run = execute(stdp, model.replica(), seed=1, overlay=Overlay(bench=model.replica()))
    scene = scene_of(stdp, dict(enumerate(run.records)), dict(enumerate(run.model_records)),
                     simulated=True, profile=run.profile)
    view.set_runs([Another(name="abc", scene=scene)], "guseinov")
    tab = view.tab
    for sign, (_, device) in tab.columns.items():
        dots = device.mark("measured").curve
        k = int(np.abs(dots.y).argmax())
        spot = tab.spot_of(Picked(series="measured", index=k, x=dots.x[k], y=dots.y[k]))
        assert spot.v_v == dots.y[k]
        assert run.records[spot.number].stimulus.labels["dt_s"] == pytest.approx(sign * 1e-3)
    assert {plot.mark("watermark").words for plot in view.plots} == {"SIMULATED"}


def test_a_spike_is_told_by_when_it_begins(stdp, model):
    profile = model.model.profile()
    pairs = [step for step in rehearse(stdp, model, model, profile, seed=1).steps
             if step.stimulus.role == "spike-pair"]
    for step in pairs:
        pre, post = pre_and_post(step.stimulus)
        assert pre == step.stimulus.top
        assert post == step.stimulus.bottom
