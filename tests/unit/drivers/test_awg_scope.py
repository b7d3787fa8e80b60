"""What a bench of generator and oscilloscope plans, and what it refuses, without a connection."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from memrig.drivers.awg_scope import AwgScopeBench, open_single_channel, open_two_channel
from memrig.hil.calibration import Calibration, Correction
from memrig.hil.clock import VirtualClock
from memrig.hil.errors import BenchError, InfeasibleError, LinkError
from memrig.hil.plan import Plan
from memrig.hil.shapes import after_one_another, ramps, rectangle, rest, saw_spike
from memrig.hil.stimulus import ReadWindow, Role, Stimulus
from memrig.hil.waveform import Waveform

RATE_MAX_HZ = 62.5e6
STEP_V = 5.0 / 32767


def bench(channels: int = 2, calibration: Calibration | None = None,
          **limits: Any) -> AwgScopeBench:
    opener = open_two_channel if channels == 2 else open_single_channel
    found = opener(
        {"plan_only": True,
         "bench": {"kind": "planned", "netlist": {"series_ohm": 1e3, "probe_ohm": 1e12}},
         "instruments": {"awg": {}, "scope": {}}},
        clock=VirtualClock(), calibration=calibration or Calibration())
    if limits:
        found.awg.abilities = dataclasses.replace(found.awg.abilities, **limits)
    return found


def program(top: Waveform, bottom: Waveform | None = None, **more: Any) -> Stimulus:
    more = {"role": Role.PROGRAM, **more}
    return Stimulus(top=top, bottom=Waveform.zero() if bottom is None else bottom, **more)


def spikes(dt_s: float) -> Stimulus:
    """The article's pair: post at the top, pre at the bottom."""
    one = {"positive_s": 1e-3, "negative_s": 10e-3}
    post = saw_spike(positive_v=1.1, negative_v=0.45, **one).shift(dt_s)
    pre = saw_spike(positive_v=0.75, negative_v=0.6, **one)
    start_s, stop_s = min(pre.start_s, post.start_s), max(pre.stop_s, post.stop_s)
    frame = rest(stop_s - start_s)
    return program(frame + post.shift(-start_s), frame + pre.shift(-start_s),
                   role=Role.SPIKE_PAIR)


def train(count: int, width_s: float = 1e-4, gap_s: float = 1e-4) -> Waveform:
    """Ramps, which need many samples, with rests between them."""
    one = ramps(corners_v=[0.0, 1.0, 0.0], period_s=width_s)
    return after_one_another(*[one, rest(gap_s)] * (count - 1), one)


def played(plan: Plan, t_s: np.ndarray) -> np.ndarray:
    total = np.zeros(t_s.shape)
    for block in plan.blocks:
        total += (block.top.shift(block.start_s) - block.bottom.shift(block.start_s)).value(t_s)
    return total


def test_spikes_are_one_waveform_per_electrode_at_every_delay() -> None:
    one = bench()
    codes = set()
    for dt_s in np.concatenate([np.linspace(-41e-3, 41e-3, 37), [0.0, 1.234567891e-3]]):
        (block,) = one.prepare(spikes(float(dt_s))).blocks
        top, bottom = block.settings["channels"]
        codes |= {("top", top["codes"]), ("bottom", bottom["codes"])}
        assert top["delay_s"] - bottom["delay_s"] == pytest.approx(dt_s, abs=1e-12)
        assert min(top["delay_s"], bottom["delay_s"]) == 0.0
    assert len(codes) == 2


def test_a_train_beyond_the_memory_is_split_at_rests_and_plays_everything() -> None:
    wave = train(40)
    whole = bench().prepare(program(wave))
    split = bench(points_max=3000).prepare(program(wave))
    assert len(whole.blocks) == 1
    assert not whole.adjustments
    assert len(split.blocks) > 1
    for block in split.blocks:
        assert all(one["points"] <= 3000 for one in block.settings["channels"] if one)
    at_s = np.linspace(-1e-5, wave.duration_s + 1e-5, 4001)
    assert np.abs(played(split, at_s) - wave.value(at_s)).max() <= 1.01 * STEP_V
    (said,) = map(str, split.adjustments)
    assert said == f"shots of a program block: {len(split.blocks)} (requested 1)"


def test_blocks_of_a_split_train_do_not_overlap() -> None:
    blocks = bench(points_max=3000).prepare(program(train(40))).blocks
    ends_s = [block.start_s + block.duration_s for block in blocks]
    assert all(end <= later.start_s for end, later in zip(ends_s, blocks[1:], strict=False))


def test_a_train_without_rest_is_refused_with_what_would_fit() -> None:
    teeth = [0.0, *[1.0, 0.5] * 400, 0.0]
    with pytest.raises(InfeasibleError) as caught:
        bench(points_max=3000).prepare(program(ramps(corners_v=teeth, period_s=8e-4)))
    # 801 ramps in 0.8 ms, of which each needs 20 of the 2998 samples.
    assert str(caught.value) == (
        "ramps of the waveform at the top electrode: 998.8 ns asked, at least 5.337 us allowed; "
        "nothing was sent")


def test_one_channel_plays_the_difference() -> None:
    two, one = (bench(n).prepare(spikes(2e-3)) for n in (2, 1))
    at_s = np.linspace(0.0, 13e-3, 1301)
    assert np.abs(played(one, at_s) - played(two, at_s)).max() <= 2.01 * STEP_V
    assert one.blocks[0].bottom.is_zero
    assert len(one.blocks[0].settings["channels"]) == 1


def test_a_level_between_two_codes_is_rounded_and_said_so() -> None:
    (said,) = bench().prepare(program(rectangle(level_v=1e-3, width_s=1e-4))).adjustments
    assert str(said) == "largest level of a program block, top: 1.06815 mV (requested 1 mV)"
    assert said.used == pytest.approx(7 * STEP_V)


def test_an_edge_that_moves_is_said() -> None:
    wave = after_one_another(rectangle(level_v=1.0, width_s=1e-4), rest(1.23456789e-3),
                             rectangle(level_v=1.0, width_s=1e-4))
    plan = bench().prepare(program(wave))
    (said,) = plan.adjustments
    assert said.name == "edge of a program block, top"
    assert 0.0 < abs(said.used - said.asked) <= 0.51 / RATE_MAX_HZ
    assert bench().prepare(program(rectangle(level_v=1.0, width_s=1e-4))).adjustments == ()


def test_what_is_sent_is_what_the_plan_says() -> None:
    """Codes are made again from the plan just before it is played: the same ones."""
    awkward = after_one_another(rectangle(level_v=1.0, width_s=1e-4), rest(1.23456789e-3),
                                rectangle(level_v=-0.7, width_s=3.3e-5))
    one = bench()
    for stimulus in (spikes(1.7e-3), program(awkward), program(train(3))):
        plan = one.prepare(stimulus)
        again = Plan.from_json(plan.to_json(), stimulus)
        assert again.sha256 == plan.sha256
        for block, ready in zip(plan.blocks, one._loaded(again), strict=True):
            for asked, shot in zip(block.settings["channels"], ready.shots, strict=True):
                if asked is not None:
                    assert (asked["codes"], asked["delay_s"]) == (shot.key, shot.delay_s)
                    assert 1.0 / asked["step_s"] == pytest.approx(shot.rate_hz, rel=1e-12)


def test_a_calibration_changes_the_codes_and_not_what_is_played() -> None:
    known = Calibration(sources={"top_drive": Correction(gain=1.01, offset=2e-3)})
    stimulus = program(rectangle(level_v=1.0, width_s=1e-4))
    plain, corrected = (bench(calibration=c).prepare(stimulus) for c in (Calibration(), known))
    assert corrected.blocks[0].top.value(5e-5) == pytest.approx(1.0, abs=1.01 * STEP_V)
    assert (corrected.blocks[0].settings["channels"][0]["codes"]
            != plain.blocks[0].settings["channels"][0]["codes"])


REFUSED: dict[str, tuple[Stimulus, str]] = {
    "level": (program(rectangle(level_v=5.5, width_s=1e-4)),
              "level of the waveform at the top electrode: 5.5 V asked, at most 5 V (open circuit) "
              "allowed; nothing was sent"),
    "bottom": (program(Waveform.zero(), rectangle(level_v=-7.0, width_s=1e-4)),
               "level of the waveform at the bottom electrode: 7 V asked, at most 5 V (open "
               "circuit) allowed; nothing was sent"),
    "pulse": (program(rectangle(level_v=1.0, width_s=2e-9)),
              "shortest pulse of the waveform at the top electrode: 2 ns asked, at least 16 ns "
              "allowed; nothing was sent"),
    "limit": (program(rectangle(level_v=2.2, width_s=1e-4), compliance_a=1e-3),
              "limit of the current, kept by the series resistor alone: 1 mA asked, at least 2 mA "
              "with 1.1 kohm and 2.2 V allowed; nothing was sent"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_with_what_would_fit(name: str) -> None:
    stimulus, sentence = REFUSED[name]
    with pytest.raises(InfeasibleError) as caught:
        bench().prepare(stimulus)
    assert str(caught.value) == sentence


def test_a_limit_that_the_series_resistor_keeps_is_accepted() -> None:
    assert bench().prepare(program(rectangle(level_v=1.0, width_s=1e-4), compliance_a=1e-3))


def test_an_unconnected_bench_only_plans() -> None:
    one = bench()
    window = ReadWindow(start_s=1e-4, stop_s=9e-4)
    read = program(rectangle(level_v=0.1, width_s=1e-3), windows=(window,), role=Role.READ)
    assert one.prepare(read).blocks[0].windows == (window,)
    with pytest.raises((LinkError, BenchError)), one.energised():
        pytest.fail("it was energised")
    one.close()
