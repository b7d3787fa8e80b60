"""Stimuli: where they start, and how they fall into shots."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil.errors import RequestError
from memrig.hil.stimulus import ReadWindow, Role, Stimulus, halves
from memrig.hil.waveform import Waveform, join


def pulse(level_v: float, width_s: float) -> Waveform:
    return Waveform(t_s=[0, 0, width_s, width_s], v_v=[0, level_v, level_v, 0])


def rest(duration_s: float) -> Waveform:
    return Waveform.zero(duration_s)


def value_of_blocks(stimulus: Stimulus, t_s: np.ndarray) -> np.ndarray:
    total = np.zeros(t_s.shape)
    for block in stimulus.blocks:
        total += (block.top.shift(block.start_s) - block.bottom.shift(block.start_s)).value(t_s)
    return total


def test_a_pulse_and_its_read_are_two_shots() -> None:
    top = join([pulse(1.5, 1e-4), rest(1e-3), rest(2e-3), pulse(0.2, 2.1e-3), rest(1e-4)])
    window = ReadWindow(start_s=3.2e-3, stop_s=5.2e-3, baseline_start_s=1.1e-3,
                        baseline_stop_s=3.1e-3)
    stimulus = Stimulus(role=Role.PROGRAM, top=top, windows=(window,))
    program, read = stimulus.blocks
    assert (program.kind, read.kind) == ("program", "read")
    assert (program.start_s, program.duration_s) == pytest.approx((0.0, 1e-4))
    assert program.top.extrema()[1] == 1.5
    assert read.start_s == pytest.approx(1.1e-3)
    assert read.top.extrema() == (0.0, 0.2)
    assert read.windows[0].start_s == pytest.approx(2.1e-3)
    assert read.windows[0].baseline_start_s == pytest.approx(0.0)


def test_a_window_within_the_pulse_joins_its_shot() -> None:
    stimulus = Stimulus(role=Role.PROGRAM, top=join([pulse(1.0, 1e-3), rest(1e-3)]),
                        windows=(ReadWindow(start_s=4e-4, stop_s=8e-4),))
    (block,) = stimulus.blocks
    assert block.kind == "read"
    assert block.top.extrema()[1] == 1.0


def test_rest_needs_both_electrodes_at_0() -> None:
    top = join([pulse(1.0, 1e-3), rest(3e-3)])
    stimulus = Stimulus(role=Role.SPIKE_PAIR, top=top, bottom=pulse(0.5, 2e-3).shift(0.5e-3))
    (block,) = stimulus.blocks
    assert block.duration_s == pytest.approx(2.5e-3)


def test_rests_around_a_shot_are_not_played() -> None:
    top = join([rest(5e-3), pulse(1.0, 1e-4), rest(7e-3)])
    (block,) = Stimulus(role=Role.PROGRAM, top=top).blocks
    assert (block.start_s, block.duration_s) == pytest.approx((5e-3, 1e-4))


def test_nothing_but_rest_has_no_shot() -> None:
    assert Stimulus(role=Role.SHAM, top=rest(1e-3)).blocks == ()


PARTS = st.lists(
    st.tuples(st.sampled_from(["pulse", "read", "rest"]), st.integers(1, 4)),
    min_size=1, max_size=7,
)


@given(PARTS)
def test_the_shots_put_together_are_the_stimulus(parts: list[tuple[str, int]]) -> None:
    waves, windows, at = [], [], 0.0
    for kind, size in parts:
        width_s = size * 2.0**-10
        if kind == "rest":
            waves.append(rest(width_s))
        else:
            # Reads stand between rests, as every protocol's do.
            waves += [rest(2.0**-10), pulse(0.25 if kind == "read" else 1.0, width_s),
                      rest(2.0**-10)]
            if kind == "read":
                start_s = at + 2.0**-10
                windows.append(ReadWindow(
                    start_s=start_s + 0.25 * width_s, stop_s=start_s + 0.75 * width_s))
        at = sum(w.duration_s for w in waves)
    stimulus = Stimulus(role=Role.PROGRAM, top=join(waves), windows=tuple(windows))
    middle = np.arange(0.5, 400.0) / 400.0 * stimulus.once_s
    assert np.allclose(value_of_blocks(stimulus, middle), stimulus.top.value(middle))
    reads = [block for block in stimulus.blocks if block.kind == "read"]
    assert [w.start_s + b.start_s for b in reads for w in b.windows] == pytest.approx(
        [w.start_s for w in windows])
    assert all(block.top.extrema()[1] == 0.25 for block in reads)
    ends = [(b.start_s, b.start_s + b.duration_s) for b in stimulus.blocks]
    assert all(one[1] <= two[0] + 1e-12 for one, two in itertools.pairwise(ends))


def test_it_starts_at_0_whatever_the_waveforms_do() -> None:
    spike = Waveform(t_s=[-1e-3, 0, 2e-3], v_v=[0, 1, 0])
    stimulus = Stimulus(role=Role.SPIKE_PAIR, top=spike, bottom=spike.shift(-2e-3),
                        windows=(ReadWindow(start_s=1e-3, stop_s=2e-3),))
    assert (stimulus.bottom.start_s, stimulus.top.start_s) == pytest.approx((0.0, 2e-3))
    assert stimulus.windows[0].start_s == pytest.approx(4e-3)


def test_durations_count_repeats_and_rests() -> None:
    one = Stimulus(role=Role.PROGRAM, top=pulse(1.0, 1e-3), repeat=10, period_s=5e-3,
                   rest_before_s=1.0)
    assert one.duration_s == pytest.approx(1.0 + 9 * 5e-3 + 1e-3)


def test_json_gives_the_same_stimulus() -> None:
    one = Stimulus(role=Role.PROGRAM, top=pulse(1.0, 1e-3), repeat=10, period_s=5e-3,
                   windows=(ReadWindow(start_s=1e-4, stop_s=5e-4),), compliance_a=1e-3,
                   labels={"polarity": 1, "dt_s": 1e-3, "control": "sham", "first": True})
    again = Stimulus.from_json(json.loads(json.dumps(one.to_json())))
    assert again == one


def test_bad_requests_are_refused() -> None:
    with pytest.raises(RequestError) as error:
        Stimulus(role=Role.PROGRAM, top=pulse(1.0, 1e-3), period_s=1e-4)
    assert str(error.value) == "a period of 0.0001 s was asked; the stimulus itself lasts 0.001 s"
    with pytest.raises(RequestError) as error:
        Stimulus(role=Role.PROGRAM, top=pulse(1.0, 1e-3), repeat=0)
    assert str(error.value) == "a stimulus repeated 0 times was asked; at least 1"
    with pytest.raises(RequestError, match="each must end after it starts"):
        ReadWindow(start_s=1.0, stop_s=1.0)
    with pytest.raises(RequestError, match="each must end after it starts"):
        ReadWindow(start_s=1.0, stop_s=2.0, baseline_start_s=0.5, baseline_stop_s=0.2)


def test_a_block_is_cut_in_the_rest_nearest_to_its_middle() -> None:
    one, gap_s = pulse(1.0, 1e-3), (5e-3, 1e-3, 2e-3)
    top = join([one, rest(gap_s[0]), one, rest(gap_s[1]), one, rest(gap_s[2]), one])
    (block,) = Stimulus(role=Role.PROGRAM, top=top).blocks  # 12 ms; its middle is in a pulse
    parts = halves(block)
    assert parts is not None
    first, second = parts
    # The rest from 7 to 8 ms is nearest to 6 ms.
    assert (first.start_s, first.duration_s) == pytest.approx((0.0, 7e-3))
    assert (second.start_s, second.duration_s) == pytest.approx((8e-3, 4e-3))
    assert (first.kind, second.kind) == ("program", "program")
    assert second.top.value(0.5e-3) == 1.0


def test_a_block_without_rest_or_with_a_window_is_not_cut() -> None:
    (spike,) = Stimulus(role=Role.PROGRAM, top=pulse(1.0, 1e-3)).blocks
    assert halves(spike) is None
    both = join([pulse(1.0, 1e-3), rest(1e-3), pulse(1.0, 1e-3)])
    covered = Stimulus(role=Role.PROGRAM, top=both, bottom=pulse(0.5, 1.5e-3).shift(0.75e-3))
    assert halves(covered.blocks[0]) is None  # one electrode is never at rest
    window = ReadWindow(start_s=0.2e-3, stop_s=2.8e-3)
    assert halves(Stimulus(role=Role.READ, top=both, windows=(window,)).blocks[0]) is None


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=6))
def test_two_halves_are_the_whole(parts: list[tuple[int, int]]) -> None:
    waves = [wave for width, gap in parts
             for wave in (pulse(1.0, width * 2.0**-10), rest(gap * 2.0**-10))]
    (block,) = Stimulus(role=Role.PROGRAM, top=join(waves[:-1])).blocks
    found = halves(block)
    assert found is not None
    middle = np.arange(0.5, 200.0) / 200.0 * block.duration_s
    total = sum(part.top.shift(part.start_s).value(middle) for part in found)
    assert np.allclose(total, block.top.value(middle))
