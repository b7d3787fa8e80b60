"""The views of a run: live as stored, and the same numbers as the analysis."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)


from memrig.gui.plots.figures import Scene, scene_of
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.stimulus import StimulusView, outline_of
from memrig.gui.plots.tabs import Another
from memrig.hil.calibration import Calibration
from memrig.hil.events import ChunkArrived, MessagesExchanged, RecordFinished, Rehearsed
from memrig.hil.execution import execute
from memrig.hil.netlist import ideal
from memrig.hil.overlay import Overlay
from memrig.hil.protocols import IvSweep, PulseSeries, Read, Stdp
from memrig.hil.record import Channel, Chunk
from memrig.hil.rehearsal import rehearse
from memrig.hil.report.measures import ARTICLE
from memrig.hil.status import Status
from memrig.hil.units import grouped
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

pytestmark = pytest.mark.usefixtures("qt")
PROTOCOLS = {
    "loop": IvSweep(points=120, loops=2), "series": PulseSeries(count=6),
    "stdp": Stdp(points=2, repeats=2, dt_zero=False), "reads": Read(),
}


class Story:
    """A run on the model with its dry run and everything that the window hears of it."""

    def __init__(self, protocol):
        self.protocol, told = protocol, []
        self.bench = SimulatedBench(models.create("guseinov"), integrator="auto")
        self.profile = self.bench.model.profile()
        self.rehearsal = rehearse(protocol, self.bench, self.bench, self.profile, seed=1)
        self.run = execute(protocol, self.bench.replica(), profile=self.profile, seed=1,
                           overlay=Overlay(bench=self.bench.replica()),
                           observer=told.append)
        self.events = [event for event in told if not isinstance(event, Rehearsed)]

    @property
    def prediction(self):
        return [step.record for step in self.rehearsal.steps]

    def scene(self):
        return scene_of(self.protocol, dict(enumerate(self.run.records)),
                        dict(enumerate(self.run.model_records)), simulated=True)


@pytest.fixture(scope="module")
def stories():
    return {figure: Story(protocol) for figure, protocol in PROTOCOLS.items()}


@pytest.fixture
def view(qtbot):
    made = OverlayView()
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def followed(view, story):
    view.set_prediction(story.protocol, story.prediction, "guseinov", simulated=True)
    for event in story.events:
        view.take([event])
    return view.scene


@pytest.mark.parametrize("figure", PROTOCOLS)
def test_a_run_that_is_followed_shows_what_a_stored_one_shows(view, stories, figure):
    story = stories[figure]
    live, stored = followed(view, story), story.scene()
    for scene in (live, stored):
        assert scene.fill_time(budget_s=60.0)
    for name in ("iv", "magnitude", "v_t", "i_t"):
        for side in ("measured", "model"):
            one, other = (getattr(getattr(s, side), name) for s in (live, stored))
            assert np.array_equal(one.x, other.x)
            assert np.array_equal(one.y, other.y)
    for name in ("residual_iv", "residual_t"):
        one, other = getattr(live, name), getattr(stored, name)
        assert np.array_equal(np.sort(one.y), np.sort(other.y))
    assert live.measured.i_t.size == story.run.points


def test_the_loop_is_the_records_own_and_its_residual_what_is_left(stories):
    story = stories["loop"]
    scene = story.scene()
    traces = [record.trace(*place) for record in story.run.main for place in record.blocks()]
    assert np.array_equal(scene.measured.iv.y, np.concatenate([t.i_a for t in traces]))
    assert np.array_equal(scene.measured.iv.x, np.concatenate([t.v_dut_v for t in traces]))
    assert scene.fill_time(budget_s=60.0)
    largest = story.run.comparison.max_abs_a
    assert np.abs(scene.residual_t.y).max() == pytest.approx(largest, rel=1e-9, abs=1e-18)


def before_and_after(view, story, other):
    """A run as it is drawn after a fit: the model is the run's own, ``other`` stood before it."""
    scene = story.scene()
    said = execute(story.protocol, SimulatedBench(other, integrator="auto"),
                   profile=story.profile, seed=1)
    scene.earlier = scene_of(story.protocol, {}, dict(enumerate(said.records)), simulated=True)
    view.set_runs([Another(name="run", scene=scene)], "guseinov")
    return scene


@pytest.mark.parametrize(("figure", "name"), [
    ("stdp", "window"), ("stdp", "relative"), ("stdp", "absolute"), ("series", "series"),
    ("series", "shot"), ("loop", "iv"), ("loop", "log")])
def test_what_the_model_said_before_a_fit_is_a_curve_of_its_own(view, stories, figure, name):
    before_and_after(view, stories[figure], models.create("guseinov", r_set=1.8e-3))
    view.turn_to(name)
    plots = [p for p in view.plots if p.mark("before") is not None]
    assert plots
    for plot in plots:
        before, model = plot.mark("before").curve, plot.mark("model").curve
        assert before.size == model.size > 0
        assert before.x == pytest.approx(model.x)
    assert any(not np.allclose(p.mark("before").curve.y, p.mark("model").curve.y, rtol=1e-3)
               for p in plots)


def test_trains_over_each_other_are_not_joined_before_a_fit_either(view, stories):
    before_and_after(view, stories["series"], models.create("guseinov", r_set=1.8e-3))
    view.tab.over.click()
    before, model = (view.plots[0].mark(name).curve for name in ("before", "model"))
    assert before.x.tolist() == model.x.tolist()
    joined = before.visible((0.0, 100.0), None, 1000).joined
    assert joined.tolist() == model.visible((0.0, 100.0), None, 1000).joined.tolist()
    assert not joined[np.flatnonzero(np.diff(before.x) < 0) + 1].any()
    assert joined.sum() == before.size - 2  # two trains


def test_what_is_predicted_of_several_amplitudes_and_widths_can_be_told_apart(view) -> None:
    story = Story(PulseSeries.from_text({
        "amplitude_set": "1 v_set, 0.9 v_set", "amplitude_reset": "1 v_reset, 0.9 v_reset",
        "width": "100us, 50us", "count": "3"}))
    view.set_prediction(story.protocol, story.prediction, "guseinov", simulated=True)
    plot, (_, said) = view.plots[0], view.scene.series()
    lines = [mark for name, mark in plot.named() if name.startswith("model ")]
    assert [line.label for line in lines] == [
        "−1.7 V, 1.4 V; 100 µs", "−1.7 V, 1.4 V; 50 µs", "−1.53 V, 1.26 V; 100 µs",
        "−1.53 V, 1.26 V; 50 µs"]
    assert plot.legend.entries == [*(line.label for line in lines), "model guseinov"]
    assert len({(line.colour, line.style) for line in lines}) == len(lines)
    for line, (volts, width_s) in zip(lines, product((1.7, 1.53), (1e-4, 5e-5)), strict=True):
        own = np.isclose(said.width_s, width_s) & (
            np.isclose(-said.amplitude_v, volts) | np.isclose(said.amplitude_v, volts * 1.4 / 1.7))
        assert line.curve.y.tolist() == said.g_siemens[own].tolist()
    for event in story.events:
        view.take([event])
    lines = [mark for name, mark in plot.named() if name.startswith("model ")]
    dots = [m for n, m in plot.named() if n.startswith("measured ")]
    assert not any(line.label for line in lines), "the dots say it"
    assert {line.colour for line in lines} == {mark.colour for mark in dots}
    view.tab.over.click()
    assert [name for name, _ in plot.named() if name.startswith("model")] == ["model"]


def test_when_a_run_is_over_the_residual_has_an_axis_for_what_there_is(view, stories) -> None:
    story = stories["series"]
    other = execute(story.protocol, SimulatedBench(models.create("guseinov", r_set=1.8e-3),
                                                   integrator="auto"),
                    profile=story.profile, seed=1)
    view.set_prediction(story.protocol, other.records, "guseinov", simulated=True)
    soon, late = ([e for e in story.events if (isinstance(e, RecordFinished)
                                               and e.source == "overlay") is answered]
                  for answered in (False, True))
    view.take(soon)
    below = view.plots[-1]
    expected = below.shows[1]
    view.take(late)
    assert np.ptp(below.shows[1]) >= np.ptp(expected), "it only grows in mid-run"
    view.settle()
    left = below.mark("residual").curve.y
    assert np.ptp(below.shows[1]) < 0.1 * np.ptp(expected)
    assert below.shows[1][0] < left.min() <= left.max() < below.shows[1][1]


def test_a_residual_of_nothing_has_an_axis_of_a_size_with_the_quantity(view, stories) -> None:
    view.set_runs([Another(name="run", scene=stories["loop"].scene())], "guseinov")
    main, below = (np.ptp(plot.shows[1]) for plot in view.plots)
    assert 1e-7 * main < below < 0.1 * main


def test_the_model_comes_against_time_as_soon_as_somebody_looks(view, stories, qtbot) -> None:
    followed(view, stories["series"])
    view.settle()
    view.turn_to("time")
    qtbot.waitUntil(lambda: view.plots[0].mark("model").curve.size > 0)
    _, amps, below = view.plots
    largest_a = max(np.abs(below.mark("residual").curve.y).max(), 1e-6 * amps.shows[1][1])
    assert below.shows[1][1] < 4.0 * largest_a


def test_conductances_are_those_of_the_analysis(view, stories):
    story = stories["series"]
    found, said = followed(view, story).series()
    values = story.run.result.values
    assert found.g_siemens.tolist() == values["conductance_siemens"]
    assert found.u_siemens.tolist() == values["u_siemens"]
    assert found.polarity.tolist() == values["polarity"]
    assert said.g_siemens.size == found.g_siemens.size


def test_the_window_is_that_of_the_analysis(view, stories):
    story = stories["stdp"]
    measured, overlay, predicted = followed(view, story).window()
    for key, value in story.run.result.values.items():
        if key != "pulses":
            assert measured[key] == value, key
    assert len(overlay[ARTICLE.key]) == len(measured[ARTICLE.key])
    assert sorted(predicted["dt_s"]) == sorted(measured["dt_s"])


def test_the_views_are_those_of_the_protocol_in_the_order_of_the_report(view, stories):
    titles = {}
    for figure, story in stories.items():
        view.clear(story.protocol)
        titles[figure] = [view.tabs.tabText(k) for k in range(view.tabs.count())]
    assert titles == {
        "loop": ["I-V", "log |I|", "V(t), I(t)"],
        "series": ["G - pulse", "V(t), I(t)", "Captured pulse"],
        "stdp": ["STDP ΔW", "STDP dG/G0", "STDP ΔG", "Overlap", "V(t), I(t)", "Captured pulse"],
        "reads": ["Readings", "V(t), I(t)", "Captured pulse"],
    }


@pytest.mark.parametrize("figure", PROTOCOLS)
def test_every_view_says_that_the_run_is_simulated_and_what_is_what(view, stories, figure):
    story = stories[figure]
    view.set_runs([Another(name="1", scene=story.scene())], "guseinov")
    for k in range(view.tabs.count()):
        view.tabs.setCurrentIndex(k)
        main = view.plots[0]
        assert {p.mark("watermark").words for p in view.tab.every_plot} == {"SIMULATED"}
        shown = view.plots[1] if view.view == "overlap" else main  # below the spikes as planned
        assert shown.legend.entries[0].startswith("measured (SIMULATED)")
        assert not view.grab().isNull()


def test_a_prediction_sets_the_axes_and_the_same_data_do_not_move_them(view, stories):
    story = stories["loop"]
    view.set_prediction(story.protocol, story.prediction, "guseinov")
    before = view.plots[0].shows
    assert view.plots[0].mark("model").curve.size
    for event in story.events:
        view.take([event])
        assert view.plots[0].shows == before


def test_a_prediction_of_another_plan_is_not_drawn_over_a_measurement(stories):
    story = stories["loop"]
    scene = Scene(story.protocol)
    scene.predict(story.prediction)
    other = stories["reads"].run.records[0]
    scene.start(1, other.plan)
    assert scene.modelled(1) is None
    assert scene.modelled(2) is not None


def test_a_record_that_comes_in_pieces_is_drawn_as_one(stories):
    story = stories["loop"]
    scene = Scene(story.protocol)
    scene.begin(ideal(), Calibration(), simulated=False)
    plan = story.run.records[1].plan
    scene.start(0, plan)
    t_s = np.linspace(0.0, plan.duration_s, 100)
    flags = np.zeros(100, dtype=np.uint16)
    flags[60:] = int(Status.COMPLIANCE)
    for part in np.split(np.arange(100), 4):
        scene.arrive(0, Chunk(repeat=0, block=0, t_s=0.0, channels=(
            Channel(probe="v_top", data=np.sin(t_s[part]), t_s=t_s[part], status=flags[part]),
            Channel(probe="i_top", data=1e-6 * t_s[part], t_s=t_s[part]))))
    assert scene.measured.iv.y == pytest.approx(1e-6 * t_s)
    assert scene.measured.iv.flagged.sum() == 40
    seen = scene.measured.iv.visible((-2.0, 2.0), None, 1000)
    assert np.count_nonzero(~seen.joined) == 1


def test_hollow_points_are_counted_in_the_legend(view, stories):
    story = stories["loop"]
    scene = story.scene()
    scene.measured.iv.append([0.1, 0.2], [0.0, 0.0], [True, True])
    view.set_runs([Another(name="1", scene=scene)], "guseinov")
    assert "flagged (2), not in the residual" in view.plots[0].legend.entries


def test_the_magnitude_ends_at_the_floor(stories):
    scene = stories["loop"].scene()
    assert np.isfinite(scene.measured.magnitude.y).all()
    largest = np.log10(np.abs(scene.measured.iv.y).max())
    assert scene.measured.magnitude.y.max() == pytest.approx(largest)
    assert scene.measured.magnitude.y.min() >= largest - 5.1


def test_further_runs_lie_over_the_first(view, stories):
    scenes = [stories["loop"].scene() for _ in range(3)]
    view.set_runs([Another(name=f"run {k}", scene=s) for k, s in enumerate(scenes)], "guseinov")
    entries = view.plots[0].legend.entries
    assert {"run 1", "run 2"} <= set(entries)
    assert "run 0" not in entries


def test_a_run_that_is_stopped_keeps_what_came(view, stories):
    story = stories["series"]
    view.set_prediction(story.protocol, story.prediction, "guseinov")
    chunks = [k for k, e in enumerate(story.events) if isinstance(e, ChunkArrived)]
    view.take(story.events[:chunks[5]])
    points = view.scene.measured.i_t.size
    assert 0 < points < story.run.points
    assert not any(isinstance(e, RecordFinished) and e.source == "overlay"
                   for e in story.events[:2])
    assert view.grab().width() == view.width()


def test_a_captured_shot_shows_plan_measurement_and_model(view, stories):
    story = stories["stdp"]
    view.set_runs([Another(name="1", scene=story.scene())], "guseinov")
    view.turn_to("shot")
    names = [view.tab.choice.itemText(k) for k in range(view.tab.choice.count())]
    view.tab.choice.setCurrentIndex(next(k for k, n in enumerate(names) if "spike pair" in n))
    volts = view.plots[0]
    assert volts.mark("top").curve.size
    assert volts.mark("measured").curve.size
    assert volts.mark("model").curve.size


def test_what_does_not_concern_the_figure_is_not_drawn(view, stories, monkeypatch):
    story = stories["series"]
    view.set_prediction(story.protocol, story.prediction, "guseinov")
    drawn = []
    monkeypatch.setattr(view.tab, "advance", partial(drawn.append, "drawn"))
    view.take([MessagesExchanged(rows=((0.0, "smu", "<", "*IDN?"),)),
               logging.makeLogRecord({"msg": "a tick came late"})])
    assert drawn == []
    view.take(story.events[:2])
    assert drawn


# -- the stimulus ---------------------------------------------------------------------------


@pytest.fixture
def stimulus(qtbot):
    made = StimulusView()
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


@pytest.mark.parametrize("figure", PROTOCOLS)
def test_the_outline_is_what_the_sources_play(stories, figure):
    plans = [step.plan for step in stories[figure].rehearsal.steps]
    outline = outline_of(plans)
    assert not outline.boxes.size
    plan, at_s = plans[-1], outline.starts_s[-1] + plans[-1].stimulus.rest_before_s
    difference = plan.top - plan.bottom
    t_s = np.linspace(0.01, 0.99, 37) * (plan.blocks[-1].start_s + plan.blocks[-1].duration_s)
    drawn = np.interp(at_s + t_s, outline.drive.x, outline.drive.y)
    assert drawn == pytest.approx(difference.value(t_s), abs=1e-6)
    assert outline.drive.x[-1] <= stories[figure].rehearsal.duration_s * (1 + 1e-9)


def test_a_train_of_a_million_pulses_is_a_box(stories):
    story = stories["series"]
    steps = rehearse(PulseSeries(count=2, order="potentiation"), story.bench, story.bench,
                     story.profile, seed=1).steps
    plan = next(s.plan for s in steps if s.plan.repeat == 2)
    long = replace(plan, stimulus=replace(plan.stimulus, repeat=1_000_000))
    outline = outline_of([long])
    assert outline.drive.size == 0
    start, stop, low, high = outline.boxes[0]
    assert stop - start == pytest.approx(long.duration_s)
    assert (low, high) == pytest.approx((plan.top - plan.bottom).extrema())


def test_the_headline_has_duration_points_peak_and_energy(stimulus, stories):
    story = stories["loop"]
    stimulus.set_plan(story.rehearsal, story.profile)
    words = stimulus.headline.text()
    points = sum(c.channels[0].data.size for r in story.prediction for c in r.chunks)
    assert f"{grouped(points)} points" in words
    assert "pulses" not in words
    assert "peak 1.7 V" in words
    assert "at most" in words
    assert words.endswith("J")
    assert "Worst case at the device" in stimulus.headline.toolTip()


def test_the_limits_stand_in_the_same_picture(stimulus, stories):
    story = stories["loop"]
    stimulus.set_plan(story.rehearsal, story.profile)
    low, high = stimulus.strip.shows[1]
    assert low < story.profile.v_min_v < story.profile.v_max_v < high
    for plot in (stimulus.strip, stimulus.detail):
        assert plot.mark("band-high").low == story.profile.v_max_v
        assert plot.mark("band-low").high == story.profile.v_min_v


def test_the_cursor_walks_on_the_run_and_on_the_stimulus_that_is_applied(stimulus, stories):
    story = stories["loop"]
    stimulus.set_plan(story.rehearsal, story.profile)
    number = next(k for k, s in enumerate(story.rehearsal.steps)
                  if s.stimulus.role == "sweep")
    start_s = sum(s.plan.duration_s for s in story.rehearsal.steps[:number])
    stimulus.set_now(start_s + 0.03)
    assert stimulus.strip.mark("cursor").x == pytest.approx([start_s + 0.03])
    assert stimulus.detail.mark("cursor").x == pytest.approx([0.03])
    stimulus.set_now(0.0)
    assert stimulus.detail.mark("cursor") is None
    stimulus.set_now(None)
    assert stimulus.strip.mark("cursor") is None


def test_no_plan_says_why(stimulus, stories):
    stimulus.set_plan(stories["loop"].rehearsal, stories["loop"].profile)
    stimulus.clear("1 limit exceeded")
    assert stimulus.headline.text() == "1 limit exceeded"
    assert stimulus.strip.mark("drive") is None


def test_what_the_model_said_before_a_fit_is_a_line_in_every_view_of_it(qtbot, stories):
    for figure, views in (("loop", ("I-V", "log |I|", "V(t), I(t)")), ("series", ("G - pulse",))):
        story = stories[figure]
        scene = story.scene()
        scene.earlier = scene_of(story.protocol, {}, dict(enumerate(story.run.model_records)),
                                 simulated=True)
        for one in (scene, scene.earlier):
            assert one.fill_time(60.0)
        view = OverlayView()
        qtbot.addWidget(view)
        view.set_runs([Another(name="fitted", scene=scene)], "guseinov")
        for k, title in enumerate(views):
            view.tabs.setCurrentIndex(k)
            assert view.tabs.tabText(k) == title
            line = next(plot.mark("before") for plot in view.plots if plot.mark("before"))
            assert line.label == "before the fit"
            assert line.curve.size > 0


def test_repeats_that_come_together_are_drawn_one_after_another():
    bench = SimulatedBench(models.create("guseinov"), integrator="auto")
    protocol = PulseSeries(count=20, order="potentiation", gap=0.0, read_window=1e-4)
    events = []
    run = execute(protocol, bench, seed=1, observer=events.append)
    (train,) = [r for r in run.main if r.role == "program"]
    assert {chunk.count for chunk in train.chunks} == {20}
    number = run.records.index(train)
    live, late = Scene(protocol), Scene(protocol)
    live.begin(ideal(), Calibration(), simulated=True)
    live.start(number, train.plan)
    for event in events:
        if isinstance(event, ChunkArrived) and event.index == number:
            live.arrive(number, event.chunk)
    late.finish(number, train)
    for one, other in ((live.measured.v_t, late.measured.v_t),
                       (live.measured.i_t, late.measured.i_t)):
        np.testing.assert_array_equal(one.x, other.x)
        np.testing.assert_array_equal(one.y, other.y)
    assert live.readings == late.readings
    assert live.latest is not None
    assert live.latest.place == (19, len(train.plan.blocks) - 1)
    points = live.measured.v_t.size
    live.finish(number, train)
    assert live.measured.v_t.size == points
