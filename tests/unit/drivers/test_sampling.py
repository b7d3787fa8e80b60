"""From waveforms to the generator's codes: what is played is what was asked, or refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memrig.drivers.keysight_33500b import Keysight33500B
from memrig.drivers.sampling import Samples, Scale, on_grid, sampled
from memrig.hil.calibration import Correction
from memrig.hil.errors import InfeasibleError
from memrig.hil.shapes import after_one_another, ramps, rectangle, rest, saw_spike, staircase
from memrig.hil.waveform import Floats, Waveform

ABILITIES = Keysight33500B.abilities
RATE_MAX_HZ, POINTS_MIN = 62.5e6, 8
SCALE = Scale(full_scale_v=5.0, code_max=32767, correction=Correction())
STEP_V = 5.0 / 32767


def samples(waveform: Waveform, scale: Scale = SCALE, **limits: float) -> Samples:
    found = sampled(waveform, scale, dataclasses.replace(ABILITIES, **limits), "pulse")
    assert found is not None
    return found


def held(one: Samples, scale: Scale, at_s: Floats) -> Floats:
    """What a generator that holds its samples plays at given times, true volts; the first sample
    is the rest before ``start_s``."""
    index = np.floor((at_s - one.start_s) / one.step_s).astype(int) + 1
    codes = one.codes[np.clip(index, 0, one.codes.size - 1)].astype(float)
    return codes * scale.step_v * scale.correction.gain + scale.correction.offset


def refusal(waveform: Waveform, **limits: float) -> str:
    with pytest.raises(InfeasibleError) as caught:
        samples(waveform, **limits)
    return str(caught.value)


@pytest.mark.parametrize("width_s", [16e-9, 100e-9, 33.3e-6, 1e-4, 0.37])
def test_a_pulse_has_its_width_to_the_sample(width_s: float) -> None:
    one = samples(rectangle(level_v=1.0, width_s=width_s))
    on = np.count_nonzero(one.codes != SCALE.rest_code)
    assert on * one.step_s == pytest.approx(width_s, rel=1e-9)
    assert one.step_s >= 1.0 / RATE_MAX_HZ * (1 - 1e-9)
    assert not one.smooth
    assert one.codes.size >= POINTS_MIN


def test_pulses_of_any_width_share_their_codes() -> None:
    keys = {samples(rectangle(level_v=1.0, width_s=w)).key for w in (1e-6, 1e-4, 0.02)}
    assert len(keys) == 1
    assert samples(rectangle(level_v=1.1, width_s=1e-4)).key not in keys


def test_it_begins_and_ends_at_rest() -> None:
    waves = [rectangle(level_v=-2.0, width_s=1e-4), ramps(corners_v=[0.0, 3.0, 0.0], period_s=0.1),
             saw_spike(positive_v=1.1, negative_v=0.45, positive_s=1e-3, negative_s=1e-2)]
    shifted = Scale(full_scale_v=5.0, code_max=32767, correction=Correction(gain=1.01, offset=3e-3))
    for wave in waves:
        one = samples(wave, shifted)
        assert one.codes[0] == one.codes[-1] == shifted.rest_code


def test_rest_alone_needs_no_samples() -> None:
    assert sampled(rest(1e-3), SCALE, ABILITIES, "pulse") is None


LEVELS = st.lists(st.tuples(st.integers(1, 12), st.floats(-4.9, 4.9)), min_size=1, max_size=8)


@settings(max_examples=60)
@given(LEVELS, st.floats(0.97, 1.03), st.floats(-0.02, 0.02))
def test_what_is_played_is_what_was_asked(
    parts: list[tuple[int, float]], gain: float, offset: float
) -> None:
    """codes * step * gain + offset, at every level of a waveform whose edges are on a grid."""
    scale = Scale(full_scale_v=5.2, code_max=32767,
                  correction=Correction(gain=gain, offset=offset))
    wave = after_one_another(*(rectangle(level_v=v, width_s=n * 1e-5) for n, v in parts))
    found = sampled(wave, scale, ABILITIES, "pulse")
    if found is None:
        assert not any(v for _, v in parts)
        return
    middle_s = (np.arange(sum(n for n, _ in parts)) + 0.5) * 1e-5
    error_v = held(found, scale, middle_s) - wave.value(middle_s)
    assert np.abs(error_v).max() <= 0.5 * scale.step_v * gain * (1 + 1e-6)


def test_a_ramp_is_sampled_at_the_middle_of_every_interval() -> None:
    wave = ramps(corners_v=[0.0, 3.0, -1.0, 0.0], period_s=0.01)
    one = samples(wave)
    assert one.smooth
    middle_s = one.start_s + (np.arange(1, one.codes.size - 1) - 0.5) * one.step_s
    inside = middle_s < 0.01
    played_v = one.codes[1:-1][inside] * STEP_V
    assert played_v == pytest.approx(wave.value(middle_s[inside]), abs=0.51 * STEP_V)
    assert one.codes.size > 1000


def test_a_short_waveform_is_filled_up_with_rest() -> None:
    one = samples(rectangle(level_v=1.0, width_s=16e-9))
    assert one.codes.size == POINTS_MIN
    assert np.count_nonzero(one.codes) == 1
    more = samples(rectangle(level_v=1.0, width_s=16e-9), points_min=32)
    assert more.codes.size == 32
    assert more.stop_s == pytest.approx(31 * 16e-9)


def test_edges_without_a_common_grid_move_by_less_than_a_sample_and_it_shows() -> None:
    wave = after_one_another(rectangle(level_v=1.0, width_s=1e-4), rest(1.23456789e-3),
                             rectangle(level_v=-1.0, width_s=1e-4))
    one = samples(wave)
    drawn = on_grid(wave, one)
    moved_s = np.abs(drawn.vertices()[0] - wave.vertices()[0])
    assert 0.0 < moved_s.max() <= 0.51 / RATE_MAX_HZ
    # What is drawn is on its own grid exactly, and so what is uploaded.
    again = samples(drawn)
    assert on_grid(drawn, again) == drawn
    assert on_grid(rectangle(level_v=1.0, width_s=1e-4), samples(
        rectangle(level_v=1.0, width_s=1e-4))) == rectangle(level_v=1.0, width_s=1e-4)


def test_many_levels_use_the_memory_to_the_last_sample() -> None:
    stairs = staircase(corners_v=[0.0, 1.0, 0.0], period_s=1.0, points=198)
    assert samples(stairs, points_max=200).codes.size == 200


REFUSED = {
    "width": (rectangle(level_v=1.0, width_s=10e-9), {},
              "shortest pulse of the pulse: 10 ns asked, at least 16 ns allowed; nothing was sent"),
    "level": (rectangle(level_v=5.5, width_s=1e-4), {},
              "level of the pulse: 5.5 V asked, at most 5 V (open circuit) allowed; nothing was "
              "sent"),
    "ramp": (ramps(corners_v=[0.0, 1.0, 0.0], period_s=100e-9), {},
             "ramps of the pulse: 50 ns asked, at least 320 ns allowed; nothing was sent"),
    "memory": (staircase(corners_v=[0.0, 1.0, 0.0], period_s=1.0, points=1000),
               {"points_max": 202},
               "shortest pulse of the pulse: 1 ms asked, at least 10 ms between edges of all kinds "
               "in 1 s and 202 samples allowed; nothing was sent"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_played_is_refused_with_what_would_fit(name: str) -> None:
    wave, limits, sentence = REFUSED[name]
    assert refusal(wave, **limits) == sentence
