"""A bounded picture of a curve: what may be forgotten, and what may not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.gui.plots.bounded import NEWEST, BoundedCurve
from memrig.gui.plots.decimate import Curve
from memrig.hil.status import Status

BOUND = 512
PARTS = st.lists(st.integers(0, 900), min_size=1, max_size=12)
SEEDS = st.integers(0, 2**31)


def walk(n, seed):
    rng = np.random.default_rng(seed)
    x, y = np.cumsum(rng.normal(size=(2, n)), axis=1)
    y[rng.integers(n)] = 1e4  # a spike of one point
    return x, y


def grown(x, y, sizes=(), flagged=None, bound=BOUND):
    curve = BoundedCurve(bound)
    for part in np.split(np.arange(x.size), np.cumsum(sizes).astype(int)):
        curve.append(x[part], y[part], None if flagged is None else flagged[part])
    return curve


@given(PARTS, SEEDS)
def test_it_is_bounded_its_points_are_the_curves_own_and_no_extreme_is_lost(sizes, seed):
    x, y = walk(sum(sizes) + 1, seed)
    curve = grown(x, y, sizes)
    assert curve.size <= BOUND
    assert curve.count == x.size
    assert np.all(np.diff(curve.number) > 0)
    assert np.array_equal(curve.x, x[curve.number])
    assert np.array_equal(curve.y, y[curve.number])
    assert curve.number[0] == 0
    assert curve.extent() == (x.min(), x.max(), y.min(), y.max())
    for kept, values in ((curve.x, x), (curve.y, y)):
        assert (kept.min(), kept.max()) == (values.min(), values.max())
    assert curve.number[curve.furthest] == np.abs(y).argmax()


@given(PARTS, SEEDS)
def test_the_newest_points_are_all_there(sizes, seed):
    x, y = walk(sum(sizes) + 1, seed)
    curve = grown(x, y, sizes)
    newest = min(BOUND // NEWEST, x.size)
    assert np.array_equal(curve.number[-newest:], np.arange(x.size - newest, x.size))


def test_a_short_curve_is_kept_as_it_is():
    x, y = walk(BOUND, 1)
    curve = grown(x, y, [100, 200])
    assert curve.whole
    assert np.array_equal(curve.y, y)


def test_points_come_one_by_one_for_hours():
    y = np.sin(np.arange(40_000.0))
    curve = BoundedCurve(64)
    for k in range(0, y.size, 7):
        curve.append(np.arange(k, min(k + 7, y.size)), y[k:k + 7])
        assert curve.size <= 64
    assert (curve.y.min(), curve.y.max()) == (y.min(), y.max())


@pytest.mark.parametrize("timed", [True, False])
def test_the_picture_is_that_of_all_points_within_a_pixel(timed):
    n, columns = 300_000, 1200
    rng = np.random.default_rng(2)
    t = np.linspace(0.0, 1.0, n)
    y = np.sin(40 * t) + 0.1 * rng.normal(size=n)
    y[rng.integers(n, size=30)] += 3.0
    x = t if timed else np.sin(7 * t)
    curve = grown(x, y, [333] * 900, bound=2**16)
    assert not curve.whole

    def envelope(x, y):
        column = np.minimum((x - x.min()) / np.ptp(x) * columns, columns - 1).astype(int)
        low, high = np.full(columns + 2, np.inf), np.full(columns + 2, -np.inf)
        np.minimum.at(low, column + 1, y)
        np.maximum.at(high, column + 1, y)
        return low, high

    (low, high), (seen_low, seen_high) = envelope(x, y), envelope(curve.x, curve.y)
    beside = range(columns)
    assert all(seen_low[k:k + 3].min() <= low[k + 1] for k in beside)
    assert all(seen_high[k:k + 3].max() >= high[k + 1] for k in beside)
    window = (float(x.min()), float(x.max()))
    picture = curve.visible(window, None, 4000)
    assert (picture.y.min(), picture.y.max()) == (y.min(), y.max())
    assert set(picture.index.tolist()) <= set(curve.number.tolist())


def test_gaps_of_points_that_are_no_numbers_stay_gaps():
    t, y = np.arange(20_000.0), np.ones(20_000)
    for gap in (501, 7_777, 7_778, 12_345, 19_990):
        y[gap] = np.nan
    curve = grown(t, y, [1000] * 19)
    seen = curve.visible((0.0, 2e4), None, 10**6)
    broken = ~(seen.joined & np.isfinite(seen.y))
    for begin, gap, end in ((0, 501, 1000), (7_000, 7_777, 8_000), (12_000, 12_345, 13_000),
                            (19_900, 19_990, 19_999)):
        near = (seen.x > begin) & (seen.x <= end + 300)
        assert broken[near].any(), gap
    assert not broken[(seen.x > 2000) & (seen.x < 7000)].any()


def test_blocks_that_are_not_joined_stay_apart():
    curve = BoundedCurve(BOUND)
    for k in range(9):
        curve.append(np.linspace(k, k + 0.5, 700), np.zeros(700), joined=False)
    seen = curve.visible((-1.0, 20.0), None, 10**6)
    assert np.count_nonzero(~seen.joined) == 9


def test_flags_are_counted_and_seen_however_old():
    n = 30_000
    x, y = walk(n, 4)
    status = np.zeros(n, dtype=np.uint16)
    status[[100, 9_000, 9_001, 21_000]] = int(Status.COMPLIANCE)
    status[15_000:15_400] = int(Status.CLIPPED)
    curve = grown(x, y, [500] * 59, status)
    assert curve.flags == np.count_nonzero(status)
    assert curve.reasons == {Status.COMPLIANCE: 4, Status.CLIPPED: 400}
    kept = curve.number[curve.flagged]
    assert np.all(status[kept] != 0)
    assert {100, 21_000, 15_000, 15_399} <= set(kept.tolist())


def test_a_point_is_found_by_its_number_or_known_to_be_gone():
    x, y = walk(5000, 5)
    curve = grown(x, y, [400] * 12)
    for number in (0, 4999, int(np.abs(y).argmax())):
        assert curve.x[curve.position(number)] == x[number]
    gone = sorted(set(range(5000)) - set(curve.number.tolist()))
    assert curve.position(gone[0]) is None
    assert curve.position(10**6) is None
    assert curve.position(-1) is None
    assert Curve.of(x, y).position(7) == 7
    assert Curve.of(x, y).position(5000) is None


@pytest.mark.parametrize("make", [Curve, lambda: BoundedCurve(BOUND)])
def test_what_is_dropped_is_gone_and_what_comes_then_has_new_numbers(make):
    x, y = walk(3000, 6)
    curve = make()
    curve.append(x, y)
    curve.drop([(0, 500), (1500, 700)])
    left = (curve.number >= 500) & ((curve.number < 1500) | (curve.number >= 2200))
    assert left.all()
    assert np.array_equal(curve.y, y[curve.number])
    assert curve.extent()[3] == curve.y.max()
    curve.append(x[:50], y[:50])
    assert curve.number[-1] == curve.count - 1 == 3049
    seen = curve.visible((-1e9, 1e9), None, 10**6)
    assert np.count_nonzero(~seen.joined[1:]) >= 1
    assert set(seen.index.tolist()) == set(curve.number.tolist())


def test_what_is_forgotten_begins_anew():
    x, y = walk(3000, 7)
    curve = grown(x, y)
    curve.clear()
    assert (curve.size, curve.count, curve.extent()) == (0, 0, None)
    curve.append(x[:40], y[:40])
    assert np.array_equal(curve.number, np.arange(40))
    assert curve.whole
