"""How far a run is within one long stimulus, what is left of it, which limit is in force."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.live import Live
from memrig.gui.pace import Pace, limit_a_of
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.stimulus import StimulusView
from memrig.gui.session import Session
from memrig.gui.strip import Strip
from memrig.hil.events import ChunkArrived, RunStarted, StimulusStarted
from memrig.hil.netlist import single_channel
from memrig.hil.protocols import IvSweep
from memrig.hil.record import Channel, Chunk
from memrig.hil.rehearsal import rehearse
from memrig.hil.store import Store
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

pytestmark = pytest.mark.usefixtures("qt")
PERIOD_S = 60.0


@pytest.fixture(scope="module")
def plan():
    """Of a sweep of a minute."""
    bench = SimulatedBench(models.create("guseinov"), integrator="auto")
    profile = replace(bench.model.profile(), energy_max_j=1.0)
    steps = rehearse(IvSweep(period=PERIOD_S, compliance=50e-6), bench, bench, profile, seed=1)
    return next(s.plan for s in steps.steps if s.stimulus.role == "sweep")


def part(t_s):
    t_s = np.asarray(t_s, dtype=float)
    return Chunk(repeat=0, block=0, t_s=0.0, channels=(
        Channel(probe="v_top", data=0.01 * t_s, t_s=t_s),
        Channel(probe="i_top", data=1e-6 * t_s, t_s=t_s)))


def test_parts_of_a_long_stimulus_count(plan):
    pace = Pace(stimuli=2, duration_s=plan.duration_s + 20.0, now_s=100.0)
    assert pace.share == 0.0
    assert math.isnan(pace.left_s(101.0))
    pace.start(plan)
    pace.arrive(part([10.0, 20.0]))
    assert pace.elapsed_s == pytest.approx(20.0)
    assert pace.share == pytest.approx(20.0 / 80.0)
    assert pace.left_s(104.0) == pytest.approx(60.0 * 4.0 / 20.0)  # a bench on model time
    pace.finish()
    assert (pace.done, pace.elapsed_s) == (1, pytest.approx(60.0))


def test_a_bench_in_real_time_knows_what_is_left_from_the_start(plan):
    pace = Pace(stimuli=1, duration_s=60.0, now_s=0.0, real_time=True)
    assert pace.left_s(0.0) == 60.0
    pace.start(plan)
    pace.arrive(part([30.0]))
    assert pace.left_s(33.0) == pytest.approx(33.0)  # with what it needs besides
    assert pace.left_s(15.0) == pytest.approx(30.0)  # never faster than planned


def test_more_than_was_planned_is_not_more_than_all(plan):
    pace = Pace(stimuli=1, duration_s=30.0, now_s=0.0)
    pace.start(plan)
    pace.arrive(part([50.0]))
    assert pace.share == 1.0
    assert pace.left_s(3.0) == 0.0


def test_the_limit_is_the_one_in_force(plan):
    bench = SimulatedBench(models.create("guseinov"))
    info, able = bench.describe(), bench.capabilities
    assert limit_a_of(plan, info, able) == 50e-6
    used = replace(plan, settings={"compliance_a": 51e-6})  # as the instrument has rounded it
    assert limit_a_of(used, info, able) == 51e-6
    assert math.isnan(limit_a_of(plan, info, replace(able, compliance="none")))
    wired = replace(info, netlist=single_channel(series_ohm=1e4, source_ohm=0.0))
    through = limit_a_of(plan, wired, replace(able, compliance="series-resistor"))
    assert through == pytest.approx(1.7 / 1e4, rel=0.02)


@pytest.fixture
def live(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    with Store.open(tmp_path / "runs.sqlite") as store:
        session = Session(store)
        parts = Strip(), OverlayView(), StimulusView()
        for widget in parts:
            qtbot.addWidget(widget)
        made = Live(session, *parts)
        qtbot.waitUntil(lambda: session.state == "idle" and session.plan is not None
                        and session.plan.complete, timeout=60_000)
        yield made
        session.state = "idle"
        session.close()


def test_the_strip_shows_the_newest_point_while_a_sweep_goes_on(live, plan):
    session, info = live.session, live.session.info
    session.state = "running"
    session.batch.emit([
        RunStarted(run="abc", protocol="iv-sweep", info=info, stimuli=1, duration_s=60.0),
        StimulusStarted(index=0, plan=plan), ChunkArrived(index=0, chunk=part([1.0, 15.0]))])
    assert "+150 mV" in live.strip.output
    assert "+15 µA" in live.strip.output
    assert "limit 50 µA" in live.strip.output
    assert live.strip.progress == pytest.approx(0.25, abs=0.01)
    assert live.stimulus.strip.mark("cursor").x == [pytest.approx(15.0)]
    session.batch.emit([ChunkArrived(index=0, chunk=part([16.0, 30.0]))])
    assert "+300 mV" in live.strip.output
    assert live.strip.progress == pytest.approx(0.5, abs=0.01)
