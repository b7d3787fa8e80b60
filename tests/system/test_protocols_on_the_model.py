"""Protocols on the simulated device: published numbers, reference windows, refusals."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memrig.hil import execute
from memrig.hil.errors import LimitError
from memrig.hil.netlist import Netlist, ideal, two_channel
from memrig.hil.parameters import Level
from memrig.hil.profile import Profile
from memrig.hil.protocols import IvSweep, PulseSeries, Stdp
from memrig.hil.run import Run
from memrig.sim import models, simulate
from memrig.sim.bench import open_model


def run_fig2(step_s: float) -> Run:
    preset = IvSweep.preset("article-fig2")
    bench = open_model(models.create("guseinov"), x0=1.0, integrator="euler", step_s=step_s)
    return execute(IvSweep.from_text(preset.parameters), bench,
                   profile=Profile.from_mapping(preset.profile), seed=1)


def test_the_articles_loop_by_its_preset() -> None:
    preset = IvSweep.preset("article-fig2")
    assert (preset.integrator, preset.step_s, preset.model["x0"]) == ("euler", 1e-5, 1.0)
    values = run_fig2(1e-5).result.values
    assert values["reset_peak_a"] == pytest.approx(0.287e-3, abs=0.5e-6)
    assert values["reset_peak_v"] == pytest.approx(1.763, abs=1e-3)
    assert values["r_lrs_ohm"] == pytest.approx(5882.0, rel=1e-3)
    assert -2.4 < values["v_set_v"] < -1.9
    assert values["loop_area_w"] > 0


def test_the_articles_loop_at_3_v() -> None:
    run = run_fig2(1e-5)
    record = next(r for r in run.records if r.role == "sweep")
    trace = record.trace(0, 0)
    k = int(trace.v_dut_v.argmin())
    assert trace.v_dut_v[k] == pytest.approx(-3.0, abs=1e-9)
    assert trace.i_a[k] == pytest.approx(-0.510e-3, abs=1e-6)


def windows(path: Path, name: str) -> Iterator[tuple[float, float]]:
    with path.open() as file:
        for row in csv.DictReader(file):
            yield float(row["dt_post_minus_pre_ms"]) * 1e-3, float(row[name])


@pytest.mark.parametrize("shape", ["saw", "iso"])
def test_the_default_spikes_give_the_reference_window(shape: str, shared_dir: Path) -> None:
    path = shared_dir / f"models/golden/stdp_guseinov_balanced_{shape}.csv"
    model = models.create("guseinov")
    protocol = Stdp(shape=shape) if shape == "saw" else Stdp(
        shape=shape, pre_t_positive=2e-3, post_t_positive=2e-3)
    expected = dict(windows(path, "dG_over_G0_percent"))
    largest = max(map(abs, expected.values()))
    for dt_s, dg_percent in list(expected.items())[::3]:
        top, bottom = protocol.spikes(model.profile(), dt_s)
        end = simulate(model, top - bottom, x0=0.3, integrator="flow").x[-1]
        g0, g1 = (float(model.conductance(0.3, x)) for x in (0.3, end))
        # The reference holds the voltage over steps of a hundredth of T+.
        assert 100 * (g1 / g0 - 1) == pytest.approx(dg_percent, abs=0.01 * largest)


# PLASTICITY.md, section 2.1: saw of 0.14/0.14 V, T+ 1 ms, T- 10 ms, x0 = 0.4.
@pytest.mark.parametrize(("dt_s", "percent"), [
    (1e-3, 34.425), (2e-3, 27.028), (5e-3, 8.754), (10e-3, 0.0), (0.0, 0.0),
    (-1e-3, -21.903), (-2e-3, -18.033), (-5e-3, -7.339), (-10e-3, 0.0),
])
def test_the_window_of_the_device_of_the_other_polarity(dt_s: float, percent: float) -> None:
    model = models.create("yakopcic")
    protocol = Stdp.from_text(Stdp.preset("yakopcic").parameters)
    top, bottom = protocol.spikes(model.profile(), dt_s)
    end = simulate(model, top - bottom, x0=0.4, integrator="rk4", step_s=1e-6).x[-1]
    g0, g1 = (float(model.conductance(0.08, x)) for x in (0.4, end))
    assert 100 * (g1 / g0 - 1) == pytest.approx(percent, abs=0.02)


# The Yakopcic device has 330 ohm here; a series resistance of 1 kohm would take its voltage.
@pytest.mark.parametrize(("name", "netlist"), [
    ("guseinov", two_channel()), ("yakopcic", ideal(100.0)),
])
def test_post_after_pre_potentiates_on_either_model_behind_the_benchs_resistances(
    name: str, netlist: Netlist
) -> None:
    protocol = Stdp(points=2) if name == "guseinov" else Stdp.from_text(
        {**Stdp.preset("yakopcic").parameters, "points": "2"})
    bench = open_model(models.create(name), netlist=netlist, integrator="auto")
    values = execute(protocol, bench, seed=1).result.values
    found = dict(zip(values["dt_s"], values["dw_article_percent"], strict=True))
    assert found[1e-3] > 1.0
    assert found[-1e-3] < -1.0
    assert found[0.0] == pytest.approx(0.0, abs=1e-6)
    assert found[1e-3] > found[8e-3]
    assert all(values["reached"])


def test_potentiation_and_depression_of_yakopcic_are_the_reference(shared_dir: Path) -> None:
    with (shared_dir / "models/golden/ltp_ltd_metrics.json").open() as file:
        expected = json.load(file)["yakopcic_boise_pulses"]
    bench = open_model(models.create("yakopcic"), integrator="auto")
    values = execute(PulseSeries(), bench, seed=1).result.values
    assert values["dynamic_range"] == pytest.approx(expected["ratio"], rel=1e-3)
    assert values["nonlinearity_ltp"] == pytest.approx(expected["NL_LTP"], abs=0.01)
    assert values["nonlinearity_ltd"] == pytest.approx(expected["NL_LTD"], abs=0.01)


@pytest.mark.parametrize("name", ["guseinov", "yakopcic"])
def test_the_default_series_potentiates_and_depresses(name: str) -> None:
    bench = open_model(models.create(name), netlist=two_channel(), integrator="auto")
    values = execute(PulseSeries(), bench, seed=1).result.values
    g = np.array(values["conductance_siemens"])
    assert np.all(np.diff(g[:50]) > 0)
    assert np.all(np.diff(g[49:]) <= 0)
    assert g[49] > 1.5 * values["start_siemens"][0]
    assert g[-1] < 0.98 * g[49]


def test_more_pulses_than_the_profile_allows_are_refused_before_anything_is_sent() -> None:
    bench = open_model(models.create("guseinov"), integrator="auto", x0=0.3)
    profile: Any = dataclasses.replace(bench.model.profile(), pulses_max=20)
    with pytest.raises(LimitError) as error:
        execute(Stdp(), bench, profile=profile, seed=1)
    assert "the profile zro2-y allows 20 in one run; nothing more was sent" in str(error.value)
    assert bench.state == {"dut": 0.3}
    assert bench.clock.now_s == 0.0


def test_reads_of_a_real_level_do_not_disturb() -> None:
    bench = open_model(models.create("guseinov"), integrator="auto", x0=0.3)
    protocol = PulseSeries(amplitude_set=(Level(0.1, "v_set"),), order="potentiation")
    values = execute(protocol, bench, seed=1).result.values
    assert np.ptp(values["conductance_siemens"]) == 0.0
    assert bench.state["dut"] == 0.3
