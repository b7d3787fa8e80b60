"""Waveforms: values, algebra and identity, checked against plain interpolation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memrig.hil.errors import RequestError
from memrig.hil.waveform import MAX_EXPANDED, Waveform, join

volts = st.integers(-40, 40).map(lambda k: k / 8)
steps = st.integers(0, 5).map(lambda k: k / 16)  # zero makes a step


@st.composite
def waveforms(draw: st.DrawFn) -> Waveform:
    n = draw(st.integers(2, 7))
    gaps = draw(st.lists(steps, min_size=n - 1, max_size=n - 1).filter(any))
    start = draw(st.integers(-8, 8)) / 16
    t_s = np.concatenate([[start], start + np.cumsum(gaps)])
    return Waveform(t_s=t_s, v_v=draw(st.lists(volts, min_size=n, max_size=n)))


def probe_times(*waves: Waveform) -> np.ndarray:
    vertices = np.unique(np.concatenate([w.vertices()[0] for w in waves]))
    between = 0.5 * (vertices[1:] + vertices[:-1])
    return np.concatenate([[vertices[0] - 1.0], vertices, between, [vertices[-1] + 1.0]])


def same(one: np.ndarray, two: np.ndarray) -> bool:
    return bool(np.allclose(one, two, rtol=1e-9, atol=1e-9))


@given(waveforms())
def test_between_vertices_it_is_a_straight_line_and_outside_it_is_0(wave: Waveform) -> None:
    t_s, v_v = wave.vertices()
    k = int(np.argmax(np.diff(t_s)))
    middle = 0.5 * (t_s[k] + t_s[k + 1])
    assert same(wave.value(middle), 0.5 * (v_v[k] + v_v[k + 1]))
    assert same(wave.value([wave.start_s - 1e-9, wave.stop_s + 1e-9, wave.stop_s]), np.zeros(3))


def test_a_step_is_right_continuous() -> None:
    wave = Waveform(t_s=[0, 1, 1, 2], v_v=[1, 1, 3, 3])
    assert float(wave.value(1.0)) == 3.0
    assert float(wave.value(1.0, "left")) == 1.0
    assert [float(wave.value(t)) for t in (0.0, 2.0)] == [1.0, 0.0]
    assert float(wave.value(2.0, "left")) == 3.0


@given(waveforms(), waveforms(), st.sampled_from(["left", "right"]))
def test_sum_and_difference_hold_at_every_time_on_both_sides(
    one: Waveform, two: Waveform, side: str
) -> None:
    t = probe_times(one, two)
    assert same((one + two).value(t, side), one.value(t, side) + two.value(t, side))
    assert same((one - two).value(t, side), one.value(t, side) - two.value(t, side))


@given(waveforms(), volts, volts)
def test_shift_and_scale(wave: Waveform, gain: float, by_s: float) -> None:
    t = probe_times(wave)
    moved = gain * wave.shift(by_s)
    assert same(moved.value(t + by_s), gain * wave.value(t))
    low, high = wave.extrema()
    assert moved.extrema() == pytest.approx(tuple(sorted((gain * low, gain * high))))
    assert moved.start_s == pytest.approx(wave.start_s + by_s)


@given(waveforms(), st.integers(1, 4), steps, st.sampled_from(["left", "right"]))
def test_a_repetition_is_the_same_as_its_copies(
    wave: Waveform, count: int, gap_s: float, side: str
) -> None:
    period_s = wave.duration_s + gap_s
    train = wave.repeat(count, period_s)
    copies = Waveform(t_s=train.vertices()[0], v_v=train.vertices()[1])
    middle = train.start_s + np.arange(0.5, 40.0) / 40.0 * train.duration_s
    assert same(train.value(middle, side), copies.value(middle, side))
    turns = np.floor((middle - wave.start_s) / period_s)
    assert same(train.value(middle, side), wave.value(middle - turns * period_s, side))
    assert train.duration_s == pytest.approx(count * period_s if count > 1 else wave.duration_s)


@given(waveforms(), waveforms())
def test_concatenation_puts_one_behind_the_other(one: Waveform, two: Waveform) -> None:
    both = one.then(two)
    inside = two.start_s + np.arange(0.5, 20.0) / 20.0 * two.duration_s
    assert both.duration_s == pytest.approx(one.duration_s + two.duration_s)
    assert same(both.value(inside - two.start_s + one.stop_s), two.value(inside))


@given(waveforms(), waveforms(), st.integers(1, 3))
def test_json_gives_the_same_waveform_and_hash(one: Waveform, two: Waveform, count: int) -> None:
    tree = (one.repeat(count, one.duration_s + 0.5) * 2.0).then(two).shift(-0.25)
    again = Waveform.from_json(json.loads(json.dumps(tree.to_json())))
    assert again == tree
    assert again.sha256 == tree.sha256
    assert same(again.value(probe_times(tree)), tree.value(probe_times(tree)))
    assert (tree * 1.5).sha256 != tree.sha256 or tree.is_zero


@settings(max_examples=30)
@given(waveforms(), waveforms(), st.integers(1, 3))
def test_the_pieces_in_a_row_are_the_waveform(one: Waveform, two: Waveform, count: int) -> None:
    tree = one.then(two).repeat(count, one.duration_s + two.duration_s + 0.5)
    t_s, v_v = (np.concatenate(parts) for parts in zip(*tree.pieces(), strict=True))
    assert np.all(np.diff(t_s) >= -1e-12)
    middle = tree.start_s + np.arange(0.5, 30.0) / 30.0 * tree.duration_s
    pieced = Waveform(t_s=np.maximum.accumulate(t_s), v_v=v_v)
    assert same(pieced.value(middle), tree.value(middle))


def test_a_million_pulses_cost_no_more_than_one() -> None:
    pulse = Waveform(t_s=[0, 0, 1e-4, 1e-4], v_v=[0, 1, 1, 0])
    train = pulse.repeat(1_000_000, 1e-3)
    assert len(json.dumps(train.to_json())) < 2 * len(json.dumps(pulse.to_json()))
    assert train.duration_s == pytest.approx(1000.0)
    assert train.extrema() == (0.0, 1.0)
    late = 999_999 * 1e-3 + np.array([0.5e-4, 5e-4])
    assert train.value(late).tolist() == [1.0, 0.0]
    assert (train + train).value(late).tolist() == [2.0, 0.0]


def test_equal_repetitions_are_added_without_expansion_unlike_ones_are_refused() -> None:
    pulse = Waveform(t_s=[0, 1, 2], v_v=[0, 1, 0])
    many, other = pulse.repeat(3_000_000, 4.0), pulse.repeat(3_000_000, 5.0)
    assert (many + many).vertex_count == many.vertex_count
    count = many.vertex_count + other.vertex_count
    with pytest.raises(RequestError, match="would be needed to write this waveform out") as error:
        many + other
    assert str(error.value) == (
        f"{count} vertices would be needed to write this waveform out; at most {MAX_EXPANDED} "
        "are allowed: add or sample one period instead"
    )


def test_a_staircase_from_a_ramp_is_centred() -> None:
    ramp = Waveform(t_s=[0, 1], v_v=[0, 10])
    assert ramp.sample(0.1).tolist() == pytest.approx([k + 0.5 for k in range(10)])
    assert ramp.sample(0.1, centred=False).tolist() == pytest.approx(list(range(10)))
    assert ramp.sample(0.1, start_s=-0.2, count=3).tolist() == pytest.approx([0.0, 0.0, 0.5])


def test_steepest_ramp() -> None:
    assert Waveform(t_s=[0, 1, 1.5], v_v=[0, 1, -1]).max_slew_v_per_s() == 4.0
    assert Waveform(t_s=[0, 1, 1, 2], v_v=[0, 1, 2, 0]).max_slew_v_per_s() == np.inf


@pytest.mark.parametrize(("t_s", "v_v", "sentence"), [
    ([0.0], [0.0], "a waveform needs times and voltages of one shape (n,), n >= 2; "
     "shapes (1,) and (1,) were given"),
    ([0.0, 1.0], [0.0], "a waveform needs times and voltages of one shape (n,), n >= 2; "
     "shapes (2,) and (1,) were given"),
    ([0.0, np.inf], [0.0, 0.0], "a waveform needs finite times (s) and voltages (V)"),
    ([0.0, 1.0], [0.0, np.nan], "a waveform needs finite times (s) and voltages (V)"),
    ([0.0, 2.0, 1.0], [0.0, 0.0, 0.0],
     "times must not go back: vertex 2 at 1.0 s follows 2.0 s"),
])
def test_nonsense_is_refused(t_s: list[float], v_v: list[float], sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        Waveform(t_s=t_s, v_v=v_v)
    assert str(error.value) == sentence


def test_other_bad_requests_are_refused() -> None:
    wave = Waveform(t_s=[0, 1], v_v=[1, 1])
    for bad in (lambda: wave.repeat(0), lambda: wave.repeat(2, 0.5), lambda: wave * np.nan,
                lambda: wave.sample(0.0), lambda: join([])):
        with pytest.raises(RequestError):
            bad()
    with pytest.raises(TypeError, match="is_zero"):
        bool(wave)


def test_a_waveform_cannot_be_changed_from_outside() -> None:
    voltages = np.array([1.0, 1.0])
    wave = Waveform(t_s=[0, 1], v_v=voltages)
    voltages[:] = 9.0
    assert wave.extrema() == (1.0, 1.0)
    with pytest.raises(ValueError, match="read-only"):
        wave.v_v[0] = 2.0
