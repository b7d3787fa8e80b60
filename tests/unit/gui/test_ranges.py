"""Axes grow in steps and never shrink."""

from hypothesis import given
from hypothesis import strategies as st

from memrig.gui.plots.ranges import framed, grown, united

VALUES = st.floats(-1e3, 1e3)


@given(VALUES, VALUES)
def test_a_frame_has_room_around_what_it_holds(a, b):
    low, high = framed(min(a, b), max(a, b))
    assert low < min(a, b)
    assert high > max(a, b)


@given(VALUES, VALUES, st.lists(VALUES, min_size=1, max_size=30))
def test_a_range_holds_everything_that_came_and_changes_seldom(a, b, values):
    now = framed(min(a, b), max(a, b))
    for value in values:
        before, now = now, grown(now, value, value)
        slack = 1e-9 * (now[1] - now[0])
        assert now[0] <= before[0]
        assert now[1] >= before[1]
        assert now[0] - slack <= value <= now[1] + slack
        if before[0] <= value <= before[1]:
            assert now == before


def test_growth_is_by_a_quarter_of_the_range():
    assert grown((0.0, 4.0), 1.0, 4.1) == (0.0, 5.0)
    assert grown((0.0, 4.0), -1.5, 2.0) == (-2.0, 4.0)


def test_nothing_united_with_something_is_that():
    assert united(None, (1.0, 2.0)) == (1.0, 2.0)
    assert united((0.0, 1.5), (1.0, 2.0)) == (0.0, 2.0)
