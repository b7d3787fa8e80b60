"""The daily two, and what a change of conductance is worth."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from memrig.hil import Overlay, execute
from memrig.hil.protocol import Setup
from memrig.hil.protocols import Pulse, Read
from memrig.hil.protocols._change import change_of, dw_article_percent
from memrig.hil.record import Accuracy
from memrig.hil.uncertainty import Component
from memrig.sim import SimulatedBench, models


@pytest.mark.parametrize(("g_siemens", "verdict"), [
    (2e-4, "ok"), (2e-10, "open"), (0.0, "open"), (0.2, "short"),
])
def test_contact_open_or_short(g_siemens: float, verdict: str, kit: Any) -> None:
    device = kit.device(g_siemens=g_siemens, low_siemens=0.0, high_siemens=1.0)
    values = Read().analyse(kit.drive(Read(), device)).values
    assert values["verdict"] == verdict
    assert values["g_siemens"] == pytest.approx(g_siemens, abs=1e-15)


def test_what_is_lost_in_noise_is_open(kit: Any) -> None:
    device = kit.device(g_siemens=1e-8, low_siemens=0.0, accuracy=Accuracy(key="a", drift=1e-6))
    assert Read().analyse(kit.drive(Read(), device)).values["verdict"] == "open"


def test_both_polarities_and_two_levels_of_one_mains_period(kit: Any) -> None:
    (record,) = kit.drive(Read(), kit.device())
    volts = [reading.v_dut_v for reading in record.readings]
    assert volts == pytest.approx([-0.16, -0.08, 0.08, 0.16])
    assert len(record.plan.blocks) == 4
    for window in record.stimulus.windows:
        assert window.stop_s - window.start_s == pytest.approx(1 / 50)
        assert window.baseline_stop_s - window.baseline_start_s == pytest.approx(1 / 50)


def test_the_mains_and_the_settling_of_the_bench_are_heard(kit: Any) -> None:
    setup = Setup(profile=kit.profile(-1), settle_s=5e-3, mains_hz=60.0)
    (record,) = kit.drive(Read(), kit.device(), setup)
    window = record.stimulus.windows[0]
    assert window.stop_s - window.start_s == pytest.approx(1 / 60)
    assert window.start_s - window.baseline_stop_s == pytest.approx(5e-3)


def test_the_baseline_takes_a_constant_offset_away(kit: Any) -> None:
    values = Read().analyse(kit.drive(Read(), kit.device(offset_a=1e-6))).values
    assert values["g_siemens"] == pytest.approx(2e-4, rel=1e-12)
    assert values["nonlinearity_rel"] == pytest.approx(0.0, abs=1e-12)
    assert values["asymmetry_rel"] == pytest.approx(0.0, abs=1e-12)


def test_a_model_beside_a_read_begins_at_what_was_read() -> None:
    """The device has been programmed before; the model knows nothing of that."""
    device = SimulatedBench(models.create("yakopcic"), x0=0.6, integrator="auto")
    told = Overlay(bench=SimulatedBench(models.create("yakopcic"), x0=0.1, integrator="auto"))
    run = execute(Read(), device, overlay=told)
    assert run.comparison is not None
    assert run.comparison.nrmse < 1e-6
    assert [len(record.readings) for record in run.model_records] == [4]


@pytest.mark.parametrize("polarity", [1, -1])
def test_a_pulse_potentiates_by_what_the_device_says(polarity: int, kit: Any) -> None:
    device = kit.device(polarity=polarity)
    values = Pulse().analyse(kit.drive(Pulse(), device)).values
    expected = device.rate * (1.0 - device.threshold_v) * 1e-4
    assert values["dg_siemens"] == pytest.approx(expected, rel=1e-9)
    assert values["dg_rel"] == pytest.approx(expected / 2e-4, rel=1e-9)
    assert values["dw_article_percent"] == pytest.approx(
        100 * (1 - 2e-4 / (2e-4 + expected)), rel=1e-9)


def test_a_pulse_is_as_wide_and_as_high_as_asked(kit: Any) -> None:
    device = kit.device()
    kit.drive(Pulse.from_text({"amplitude": "0.5 v_reset", "width": "20us"}), device)
    block = device.seen[1].blocks[0]
    assert block.duration_s == pytest.approx(20e-6)
    assert block.top.extrema()[1] == 0.5


# PLASTICITY.md, section 1: dG/G0 against dW with W = R, in percent.
@pytest.mark.parametrize(("dg_rel", "dw"), [
    (-0.9, -900.0), (-0.5, -100.0), (-0.1, -11.111), (0.1, 9.0909), (0.5, 33.333), (1.0, 50.0),
    (9.0, 90.0),
])
def test_the_articles_formula(dg_rel: float, dw: float) -> None:
    assert dw_article_percent(1e-4, 1e-4 * (1 + dg_rel)) == pytest.approx(dw, rel=1e-4)
    assert dw_article_percent(1e-4, 1e-4 * (1 + dg_rel), "G") == pytest.approx(-100 * dg_rel)


def test_a_gain_error_that_both_readings_share_does_not_count_twice(kit: Any) -> None:
    before, after = Pulse().increments(kit.drive(Pulse(), kit.device()))[0]

    def with_errors(key: str) -> dict[str, Any]:
        found = [
            dataclasses.replace(one, budget=(
                Component(name="gain", u=0.01 * one.conductance_siemens, key=key),
                Component(name="noise", u=1e-8)))
            for one in (before, after)
        ]
        return change_of(*found)

    shared, separate = with_errors("scope"), with_errors("")
    g0, g1 = shared["g0_siemens"], shared["g_siemens"]
    noise = 2**0.5 * 1e-8
    assert shared["u_dg_siemens"] == pytest.approx(((0.01 * (g1 - g0)) ** 2 + noise**2) ** 0.5)
    assert separate["u_dg_siemens"] == pytest.approx(
        (1e-4 * (g0**2 + g1**2) + noise**2) ** 0.5)
    # A relative change does not know the gain at all.
    assert shared["u_dg_rel"] == pytest.approx(1e-8 / g0 * (1 + (g1 / g0) ** 2) ** 0.5)
