"""What a bench of a source/measure unit plans, and what it refuses, without a connection."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from memrig.drivers.keysight_b2900 import KeysightB2900
from memrig.drivers.read_range import ReadRange
from memrig.drivers.smu_bench import (
    V_MAX_V,
    SmuBench,
    open_one_channel,
    open_two_channel,
)
from memrig.hil.calibration import Calibration, Correction
from memrig.hil.clock import VirtualClock
from memrig.hil.errors import InfeasibleError
from memrig.hil.limits import held
from memrig.hil.plan import Plan
from memrig.hil.registry import load
from memrig.hil.shapes import after_one_another, ramps, rectangle, rest, saw_spike, sine, staircase
from memrig.hil.stimulus import ReadWindow, Role, Stimulus
from memrig.hil.waveform import Waveform

OWN = load("models", "guseinov")().profile()
TICK_S = 1e-6
RESOLUTION_V = 1e-5  # of the 2 V range
INTERVAL_MIN_S, POINTS_MAX = 20e-6, 2500
MAINS_S = 0.02


def bench(channels: int = 2, **entries: Any) -> SmuBench:
    """A bench that plans without its instrument."""
    calibration = entries.pop("calibration", Calibration())
    kind, opened = {1: ("smu-one", open_one_channel), 2: ("smu-two", open_two_channel)}[channels]
    asked = {"bench": {"kind": kind, "v_max_v": 2.1, **entries}, "instruments": {"smu": {}},
             "plan_only": True}
    return opened(asked, clock=VirtualClock(), calibration=calibration)


def program(top: Waveform, bottom: Waveform | None = None, **more: Any) -> Stimulus:
    more = {"role": Role.PROGRAM, **more}
    return Stimulus(top=top, bottom=Waveform.zero() if bottom is None else bottom, **more)


def spikes(dt_s: float, scale: float = 1.0) -> Stimulus:
    """The article's pair: post at the top, pre at the bottom."""
    one = {"positive_s": 1e-3 * scale, "negative_s": 10e-3 * scale}
    post = saw_spike(positive_v=1.1, negative_v=0.45, **one).shift(dt_s)
    pre = saw_spike(positive_v=0.75, negative_v=0.6, **one)
    start_s, stop_s = min(pre.start_s, post.start_s), max(pre.stop_s, post.stop_s)
    frame = rest(stop_s - start_s)
    return program(frame + post.shift(-start_s), frame + pre.shift(-start_s),
                   role=Role.SPIKE_PAIR)


def read(length_s: float = MAINS_S, blank_s: float = 1e-4, level_v: float = 0.24) -> Stimulus:
    wave = after_one_another(rest(length_s), rectangle(level_v=level_v, width_s=blank_s + length_s),
                             rest(blank_s))
    start_s = length_s + blank_s
    window = ReadWindow(start_s=start_s, stop_s=start_s + length_s, baseline_start_s=0.0,
                        baseline_stop_s=length_s)
    return Stimulus(role=Role.READ, top=wave, windows=(window,))


def lists_of(plan: Plan, block: int = 0) -> list[dict[str, Any]]:
    return list(plan.blocks[block].settings["lists"])


def levels(one: dict[str, Any], channel: int = 1) -> np.ndarray:
    return np.array(one["set_v"][str(channel)])


@pytest.mark.parametrize("width_s", [20e-6, 37e-6, 100e-6, 134e-6, 5e-3, 1.7])
def test_a_pulse_begins_and_ends_exactly(width_s: float) -> None:
    plan = bench().prepare(program(rectangle(level_v=1.5, width_s=width_s)))
    (one,) = lists_of(plan)
    on = np.count_nonzero(levels(one))
    assert on * one["interval_s"] == pytest.approx(width_s, rel=1e-12)
    assert one["interval_s"] >= INTERVAL_MIN_S * (1 - 1e-12)
    assert not plan.adjustments


def test_every_list_ends_at_0_v_whatever_the_unit_does_then() -> None:
    for stimulus in (program(rectangle(level_v=-1.0, width_s=1e-4)), spikes(2e-3), read()):
        for block in range(len(bench().prepare(stimulus).blocks)):
            for one in lists_of(bench().prepare(stimulus), block):
                assert levels(one, 1)[-1] == levels(one, 2)[-1] == 0.0


@pytest.mark.parametrize("dt_s", [-8e-3, -1e-3, 0.0, 1.234567e-3, 2.75e-3, 40e-3])
def test_spikes_become_one_centred_staircase_for_both_channels(dt_s: float) -> None:
    stimulus = spikes(dt_s)
    plan = bench().prepare(stimulus)
    (block,) = stimulus.blocks
    (one,) = lists_of(plan)
    count = levels(one).size
    assert one["interval_s"] >= INTERVAL_MIN_S * (1 - 1e-12)
    assert count <= POINTS_MAX
    middle_s = (np.arange(count) + 0.5) * one["interval_s"]
    for channel, waveform in ((1, block.top), (2, block.bottom)):
        assert np.abs(levels(one, channel) - waveform.value(middle_s)).max() <= 0.51 * RESOLUTION_V


def test_a_spike_pair_of_52_ms_still_fits_into_one_list() -> None:
    plan = bench().prepare(spikes(41e-3))
    (one,) = lists_of(plan)
    assert one["interval_s"] * POINTS_MAX >= 52e-3


def test_what_is_drawn_is_what_the_output_does() -> None:
    plan = bench().prepare(program(rectangle(level_v=1.0, width_s=1e-4)))
    drawn = plan.blocks[0].top
    tau_s = 5e-6  # of the B2900's output
    for t_s in (1e-6, 4e-6, 12e-6, 30e-6):
        assert drawn.value(t_s) == pytest.approx(-np.expm1(-t_s / tau_s), abs=5e-3)
        assert drawn.value(1e-4 + t_s) == pytest.approx(np.exp(-t_s / tau_s), abs=5e-3)
    t_s, v_v = drawn.vertices()
    assert np.trapezoid(v_v, t_s) == pytest.approx(1e-4, rel=2e-3)


def test_a_staircase_is_drawn_with_the_area_of_its_steps() -> None:
    sweep = ramps(corners_v=[0.0, 1.0, 0.0], period_s=0.02)
    drawn = bench().prepare(program(sweep, role=Role.SWEEP)).blocks[0].top
    t_s, v_v = drawn.vertices()
    assert np.trapezoid(v_v, t_s) == pytest.approx(0.01, rel=1e-3)


def test_a_read_keeps_its_times_where_they_fit() -> None:
    stimulus = read()
    plan = bench().prepare(stimulus)
    (one,) = lists_of(plan)
    assert plan.blocks[0].windows == stimulus.windows
    assert levels(one)[np.arange(200)].tolist() == [0.0] * 200
    assert one["interval_s"] == pytest.approx(1e-4)


@pytest.mark.parametrize("periods", [50, 137, 4000])
def test_a_long_read_grows_to_a_grid_of_whole_mains_periods(periods: int) -> None:
    plan = bench().prepare(read(length_s=periods * MAINS_S))
    (one,) = lists_of(plan)
    (window,) = plan.blocks[0].windows
    assert levels(one).size <= POINTS_MAX
    for length_s in (window.stop_s - window.start_s,
                     window.baseline_stop_s - window.baseline_start_s):
        assert length_s >= periods * MAINS_S * (1 - 1e-9)
        assert length_s / MAINS_S == pytest.approx(round(length_s / MAINS_S), abs=1e-6)
    inside = (np.arange(levels(one).size) + 0.5) * one["interval_s"]
    inside = (inside > window.start_s) & (inside < window.stop_s)
    assert levels(one)[inside] == pytest.approx(0.24)
    first = int(np.flatnonzero(levels(one))[0])
    assert window.start_s - first * one["interval_s"] >= 1e-4 * (1 - 1e-9)


def test_a_sweep_has_the_points_that_were_asked() -> None:
    sweep = ramps(corners_v=[0.0, 1.4, 0.0, -1.7, 0.0], period_s=0.1)
    plan = bench().prepare(program(sweep, role=Role.SWEEP, points=400, compliance_a=1e-3))
    (one,) = lists_of(plan)
    assert one["interval_s"] == pytest.approx(2.5e-4)
    assert levels(one).size == pytest.approx(400, abs=1)


def test_a_sweep_that_is_too_fast_for_its_points_says_how_many_it_has() -> None:
    sweep = ramps(corners_v=[0.0, 1.4, 0.0, -1.7, 0.0], period_s=4e-3)
    plan = bench().prepare(program(sweep, role=Role.SWEEP, points=400))
    said = [str(a) for a in plan.adjustments]
    assert "points of a program block: 200 (requested 400)" in said


def test_a_sweep_beyond_the_memory_is_cut_where_it_passes_0_v() -> None:
    stairs = staircase(corners_v=[0.0, 1.4, 0.0, -1.7, 0.0], period_s=4.0, points=4000)
    plan = bench().prepare(program(stairs, role=Role.SWEEP, points=4000))
    lists = lists_of(plan)
    assert len(lists) == 2
    together = np.concatenate([levels(one)[:-1] for one in lists])
    assert np.abs(np.diff(together)).max() <= 6.2 / 4000 + 2.0 * RESOLUTION_V
    assert together.size == 4000
    assert np.all(np.diff(np.sign(together[np.abs(together) > 1e-3])) >= -2)
    length_s = lists[0]["interval_s"] * (levels(lists[0]).size - 1)
    assert lists[1]["start_s"] == pytest.approx(length_s)


def test_pulses_far_apart_fall_into_lists_and_the_rest_between_them_is_waited() -> None:
    pulse = rectangle(level_v=1.0, width_s=1e-4)
    plan = bench().prepare(program(after_one_another(pulse, rest(1.0), pulse)))
    first, second = lists_of(plan)
    assert second["start_s"] - first["start_s"] == pytest.approx(1.0 + 1e-4)
    assert all(np.count_nonzero(levels(one)) * one["interval_s"] == pytest.approx(1e-4)
               for one in (first, second))


def test_one_channel_plays_the_difference_at_the_top() -> None:
    stimulus = spikes(2e-3)
    two, one = (bench(n).prepare(stimulus) for n in (2, 1))
    (a,), (b,) = lists_of(two), lists_of(one)
    assert set(b["set_v"]) == {"1"}
    assert np.abs(levels(a, 1) - levels(a, 2) - levels(b, 1)).max() <= 1.01 * RESOLUTION_V
    assert one.blocks[0].bottom.is_zero


def test_a_calibration_changes_what_is_set_and_not_what_is_played() -> None:
    known = Calibration(sources={"top_drive": Correction(gain=1.001, offset=2e-4)})
    stimulus = program(rectangle(level_v=1.0, width_s=1e-4))
    plain, corrected = (bench(calibration=c).prepare(stimulus) for c in (Calibration(), known))
    assert corrected.blocks[0].top == plain.blocks[0].top
    set_v = levels(lists_of(corrected)[0])
    assert 1.001 * set_v + 2e-4 == pytest.approx([1.0] * (set_v.size - 1) + [0.0], abs=1e-8)


def test_levels_are_quantised_and_said_so() -> None:
    coarse = bench(v_max_v=3.2)
    plan = coarse.prepare(program(rectangle(level_v=0.01234, width_s=1e-4)))
    assert plan.blocks[0].top.extrema()[1] == pytest.approx(0.0123)
    assert [str(a) for a in plan.adjustments] == [
        "largest level of a program block, top: 12.3 mV (requested 12.34 mV)"]


def test_a_plan_survives_its_file_and_equal_stimuli_have_equal_plans() -> None:
    plan = bench().prepare(spikes(1e-3))
    assert Plan.from_json(plan.to_json(), plan.stimulus).sha256 == plan.sha256
    assert bench().prepare(spikes(1e-3)).sha256 == plan.sha256
    assert bench().prepare(spikes(2e-3)).sha256 != plan.sha256


REFUSED = {
    "level": (program(rectangle(level_v=3.0, width_s=1e-3)),
              "level of a program block at the top electrode: 3 V asked, at most 2.1 V "
              "([bench] v_max_v) allowed; nothing was sent"),
    "pulse": (program(rectangle(level_v=1.0, width_s=10e-6)),
              "shortest level of a program block: 10 us asked, at least 20 us allowed; nothing was "
              "sent"),
    "ramp": (program(ramps(corners_v=[0.0, 1.0, 0.0], period_s=200e-6), role=Role.SWEEP),
             "shortest ramp of a program block: 100 us asked, at least 160 us (8 steps) allowed; "
             "nothing was sent"),
    "limit": (program(rectangle(level_v=1.0, width_s=1e-3), compliance_a=0.1),
              "limit of the current: 100 mA asked, 10 nA to 10 mA ([bench] i_max_a) allowed; "
              "nothing was sent"),
    "grid": (program(sine(amplitude_v=2.0, period_s=1e-3, points=100), role=Role.SWEEP,
                     step_s=1e-5),
             "grid of a program block: 10 us asked, whole microseconds from 20 us allowed; nothing "
             "was sent"),
    "memory": (program(staircase(corners_v=[0.0, 1.0, 0.0], period_s=5.0, points=5000),
                       role=Role.SWEEP, points=5000),
               "points of a program block between two passages through 0 V: 5000 asked, at most "
               "2499 (the list's memory) allowed; nothing was sent"),
    "spikes": (spikes(5.0),
               "shortest ramp of a program block: 1 ms asked, at least 16.05 ms (8 steps) allowed; "
               "nothing was sent"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_with_what_would_fit(name: str) -> None:
    stimulus, sentence = REFUSED[name]
    with pytest.raises(InfeasibleError) as caught:
        bench().prepare(stimulus)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("entry", "sentence"), [
    ({"v_max_v": 500.0}, "[bench] v_max_v: 500 V asked, above 0 V to 210 V allowed; nothing was "
                         "sent"),
    ({"i_max_a": 5.0}, "[bench] i_max_a: 5 A asked, 10 nA to 3.03 A allowed; nothing was sent"),
])
def test_entries_of_the_bench_file_are_checked(entry: dict[str, float], sentence: str) -> None:
    with pytest.raises(InfeasibleError) as caught:
        bench(**entry)
    assert str(caught.value) == sentence


def test_the_range_covers_the_largest_level_that_the_bench_file_allows() -> None:
    ranges = {v: bench(v_max_v=v).range_v for v in (0.2, 0.21, 2.0, 2.1, 2.2, 3.2, 21.0)}
    assert ranges == {0.2: 0.2, 0.21: 0.2, 2.0: 2.0, 2.1: 2.0, 2.2: 20.0, 3.2: 20.0, 21.0: 20.0}
    assert V_MAX_V >= 3.2  # the article's profile


def test_a_stimulus_that_asks_for_no_limit_gets_the_lower_of_bench_file_and_profile() -> None:
    pulse = program(rectangle(level_v=1.0, width_s=1e-3))
    plan = bench(i_max_a=2e-3).prepare(pulse)
    assert plan.settings["compliance_a"] == 2e-3
    plan = bench().prepare(pulse)
    assert plan.settings["compliance_a"] == 10e-3
    assert held(plan, dataclasses.replace(OWN, i_max_a=2e-3)).settings["compliance_a"] == 2e-3
    both = dataclasses.replace(OWN, i_max_a=2e-3, i_min_a=-3e-3)
    assert held(plan, both).settings["compliance_a"] == 3e-3
    assert held(plan, dataclasses.replace(OWN, i_max_a=0.05)) is plan
    least_a = 0.01 * plan.blocks[0].settings["range_a"]
    assert held(plan, dataclasses.replace(OWN, i_max_a=1e-9)).settings["compliance_a"] == least_a


def test_program_blocks_are_measured_on_the_range_of_the_worst_current() -> None:
    pulse = program(rectangle(level_v=1.7, width_s=1e-3), compliance_a=5e-3)
    by_limit, by_device = (bench(r_min_ohm=r).prepare(pulse).blocks[0].settings["range_a"]
                           for r in (0.0, 5e3))
    assert by_limit == 10e-3
    assert by_device == 1e-3


def test_levels_of_a_calibrated_bench_are_known_better() -> None:
    known = Correction(gain=1.0001, offset=1e-4, u_gain_rel=1e-4, u_offset=3e-6)
    calibration = Calibration(measured_at="2024-01-01T00:00:00+00:00",
                              sources={"top_drive": known, "bottom_drive": known})
    plain, better = (bench(calibration=c).describe().drives for c in (Calibration(), calibration))
    for source in ("top_drive", "bottom_drive"):
        assert plain[source].offset_v == pytest.approx(3.5e-4 / np.sqrt(3.0))  # 5990-7009EN
        assert plain[source].gain_rel == pytest.approx(2e-4 / np.sqrt(3.0))
        assert better[source].offset_v < 0.05 * plain[source].offset_v


def test_limits_know_the_units_overshoot() -> None:
    capabilities = bench().capabilities
    assert capabilities.compliance == "hardware"
    assert capabilities.margin_v >= 10e-3  # User's Guide, page 2-20
    assert dataclasses.replace(capabilities, v_max_v=1.0).pulse_min_s == INTERVAL_MIN_S


class TestReadRange:
    """The range of a read follows the last one, and stays where it fits."""

    @staticmethod
    def ranges(siemens: list[float]) -> list[float]:
        memory = ReadRange(KeysightB2900.abilities)
        memory.forget(1e-2)
        found = []
        for g in siemens:
            memory._siemens = g
            found.append(memory.choose(0.24, 1e-2))
        return found

    def test_it_leaves_room_to_grow(self) -> None:
        (found,) = self.ranges([4e-5])
        assert 2.0 * 0.24 * 4e-5 <= found == 1e-4

    def test_small_changes_keep_it(self) -> None:
        g = 4e-5
        assert len(set(self.ranges([g, 1.3 * g, 0.7 * g, 4.0 * g, 0.3 * g]))) == 1

    def test_it_never_exceeds_the_range_of_the_limit(self) -> None:
        memory = ReadRange(KeysightB2900.abilities)
        memory.forget(1e-2)
        memory._siemens = 1.0
        assert memory.choose(0.24, 1e-3) == 1e-3
