"""Thinning for the screen: extremes and order are kept, nothing is invented."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from memrig.gui.plots.decimate import NODE, Curve, m4, m4_of_columns

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
WALKS = st.integers(1, 6000).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, 2**31), st.integers(12, 600)))


def walk(n, seed):
    rng = np.random.default_rng(seed)
    x, y = np.cumsum(rng.normal(size=(2, n)), axis=1)
    y[rng.integers(n)] = 1e4  # a spike of one point
    return x, y


@given(WALKS)
def test_every_extreme_and_both_ends_survive_in_order(drawn):
    n, seed, points = drawn
    x, y = walk(n, seed)
    kept = m4(x, y, points)
    assert np.all(np.diff(kept) > 0)
    assert {0, n - 1} <= set(kept.tolist())
    for values in (x, y):
        assert values[kept].min() == values.min()
        assert values[kept].max() == values.max()
    assert kept.size <= max(points, 2 * 6) + 6


@given(WALKS)
def test_every_stretch_of_a_loop_keeps_its_own_extremes(drawn):
    n, seed, points = drawn
    x, y = walk(n, seed)
    kept = m4(x, y, points)
    size = -(-n // (points // 6))
    for begin in range(0, n - size + 1 if n > points else 0, size):
        inside = kept[(kept >= begin) & (kept < begin + size)]
        assert y[inside].max() == y[begin:begin + size].max()
        assert x[inside].min() == x[begin:begin + size].min()


def test_a_loop_of_a_million_points_becomes_four_thousand_with_its_spike():
    x = np.sin(np.linspace(0.0, 60.0, 1_000_000))
    y = x**3
    y[123_456] = 7.0
    kept = m4(x, y, 4000)
    assert kept.size <= 4006
    assert 123_456 in kept


def test_points_that_are_no_numbers_hide_no_extreme():
    y = np.sin(np.linspace(0.0, 6.0, 5000))
    y[::7] = np.nan
    y[2000] = 5.0
    assert 2000 in m4(np.arange(5000.0), y, 60)


@given(st.lists(st.integers(0, 3 * NODE), min_size=1, max_size=12), st.integers(0, 2**31))
def test_a_curve_that_grew_in_parts_shows_what_one_at_once_shows(sizes, seed):
    x, y = walk(sum(sizes) + 1, seed)
    grown = Curve()
    for part in np.split(np.arange(x.size), np.cumsum(sizes)):
        grown.append(x[part], y[part])
    at_once = Curve.of(x, y)
    for window in (((-1e9, 1e9), (-1e9, 1e9)), ((-5.0, 5.0), (-5.0, 5.0))):
        one, other = grown.visible(*window, 300), at_once.visible(*window, 300)
        assert np.array_equal(one.index, other.index)
        assert np.array_equal(one.joined, other.joined)


@given(st.integers(1, 4000), st.integers(0, 2**31), NUMBERS, NUMBERS)
def test_a_window_shows_its_own_points_and_the_neighbours_of_lines(n, seed, left, width):
    x, y = walk(n, seed)
    window = (left % 40 - 20, left % 40 - 20 + abs(width) % 30)
    seen = Curve.of(x, y).visible(window, None, 10**6)
    inside = np.flatnonzero((x >= window[0]) & (x <= window[1]))
    assert set(inside.tolist()) <= set(seen.index.tolist())
    assert seen.total == inside.size
    assert np.array_equal(seen.x, x[seen.index])
    assert np.array_equal(seen.y, y[seen.index])


def test_a_zoomed_line_is_broken_where_it_leaves_the_window():
    x = np.concatenate([np.linspace(0, 1, 50), np.linspace(1, 0, 50)])
    seen = Curve.of(x, np.arange(100.0)).visible((0.0, 0.3), None, 1000)
    assert np.count_nonzero(~seen.joined) == 2


def test_parts_that_are_not_joined_stay_apart_however_few_points_remain():
    curve = Curve()
    for k in range(5):
        curve.append(np.linspace(k, k + 0.5, 2000), np.zeros(2000), joined=False)
    seen = curve.visible((-1.0, 9.0), None, 200)
    assert np.count_nonzero(~seen.joined) == 5


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(0, 2**31))
def test_every_column_keeps_its_first_last_lowest_and_highest(sizes, seed):
    rng = np.random.default_rng(seed)
    column = np.repeat(np.arange(len(sizes)), sizes)
    y = rng.integers(-3, 3, size=column.size).astype(float)
    y[rng.random(y.size) < 0.1] = np.nan
    kept = m4_of_columns(y, column)
    assert np.all(np.diff(kept) > 0)
    assert kept.size <= 4 * len(sizes)
    for k in range(len(sizes)):
        own, left = np.flatnonzero(column == k), kept[column[kept] == k]
        assert {own[0], own[-1]} <= set(left.tolist())
        if np.isfinite(y[own]).any():
            assert np.nanmin(y[left]) == np.nanmin(y[own])
            assert np.nanmax(y[left]) == np.nanmax(y[own])


def test_pulses_far_shorter_than_a_pixel_are_seen_and_steps_stay_steep():
    """A pulse of 100 us every 60 ms with as many points as the read after it."""
    curve = Curve()
    pulse, step = np.full(402, -1.6), np.repeat([0.0, 0.24], 200)
    pulse[[0, -1]] = 0.0
    for k in range(24):
        curve.append(0.06 * k + np.linspace(0.0, 1e-4, 402), pulse, joined=False)
        curve.append(0.06 * k + np.linspace(0.01, 0.05, 400), step, joined=False)
    seen = curve.visible((0.0, 24 * 0.06), None, 2400, columns=600)
    down = seen.joined[1:] & (np.diff(seen.y) < -1.5)
    assert np.count_nonzero(down) == 24
    steps = seen.joined[1:] & (np.diff(seen.y) == 0.24)
    assert np.count_nonzero(steps) == 24
    assert np.diff(seen.x)[steps].max() < 0.06 * 24 / 600


def test_the_whole_of_ten_million_points_and_a_spike_in_them_are_seen():
    t = np.linspace(0.0, 1.0, 10_000_000)
    y = np.sin(2 * np.pi * 50 * t)
    y[7_654_321] = -3.0
    curve = Curve.of(t, y)
    seen = curve.visible((0.0, 1.0), None, 4000)
    assert seen.index.size <= 4010
    assert 7_654_321 in seen.index
    assert curve.extent() == (0.0, 1.0, -3.0, y.max())
    close = curve.visible((t[7_654_000], t[7_655_000]), None, 4000)
    assert 7_654_321 in close.index
    assert close.total == 1001


@given(st.integers(1, 3 * NODE), st.integers(0, 2**31))
def test_the_extent_is_that_of_all_numbers(n, seed):
    x, y = walk(n, seed)
    y[::5] = np.nan
    curve = Curve.of(x, y)
    if np.isfinite(y).any():
        assert curve.extent() == (x.min(), x.max(), np.nanmin(y), np.nanmax(y))
        assert curve.furthest == np.nanargmax(np.abs(y))
    else:
        assert curve.extent() is None


def test_nothing_has_no_extent():
    assert Curve().extent() is None
