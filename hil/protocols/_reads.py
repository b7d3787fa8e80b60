"""Reads that protocols have in common: a pulse that does not disturb, and its window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from memrig.hil.protocol import Setup
from memrig.hil.shapes import after_one_another, rectangle, rest
from memrig.hil.stimulus import Label, ReadWindow, Role, Stimulus
from memrig.hil.waveform import Waveform

BLANK_S = 100e-6
"""Blanked after a level is reached, at least; longer where the bench settles more slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPulse:
    """A baseline at 0 V, a level, a rest; times from the beginning of the baseline."""

    waveform: Waveform
    window: ReadWindow

    @property
    def duration_s(self) -> float:
        """Baseline, level and rest."""
        return self.waveform.duration_s


def read_pulse(setup: Setup, level_v: float, window_s: float = 0.0) -> ReadPulse:
    """A read at ``level_v`` whose window and baseline last equally long.

    :param window_s: of the window; 0 means one period of the mains.
    """
    return _pulse(level_v, window_s or 1.0 / setup.mains_hz, setup.settle_s)


@lru_cache(maxsize=64)  # every read of a run is the same
def _pulse(level_v: float, length_s: float, settle_s: float) -> ReadPulse:
    blank_s = max(settle_s, min(BLANK_S, length_s))
    waveform = after_one_another(
        rest(length_s), rectangle(level_v=level_v, width_s=blank_s + length_s), rest(blank_s)
    )
    start_s = length_s + blank_s
    window = ReadWindow(start_s=start_s, stop_s=start_s + length_s, baseline_start_s=0.0,
                        baseline_stop_s=length_s)
    return ReadPulse(waveform=waveform, window=window)


def read_row(
    setup: Setup, levels_v: tuple[float, ...], window_s: float = 0.0
) -> tuple[Waveform, tuple[ReadWindow, ...]]:
    """Reads at some levels, one after the other, with their windows; see ``read_pulse``."""
    return _row(levels_v, window_s or 1.0 / setup.mains_hz, setup.settle_s)


@lru_cache(maxsize=64)  # every run has one before it and one after it, and so has its dry run
def _row(
    levels_v: tuple[float, ...], length_s: float, settle_s: float
) -> tuple[Waveform, tuple[ReadWindow, ...]]:
    reads = [_pulse(level_v, length_s, settle_s) for level_v in levels_v]
    starts = np.cumsum([0.0, *(one.duration_s for one in reads)]).tolist()
    windows = tuple(one.window.shift(start) for one, start in zip(reads, starts, strict=False))
    return after_one_another(*(one.waveform for one in reads)), windows


def read_stimulus(
    setup: Setup, level_v: float, window_s: float, labels: Mapping[str, Label],
    *, role: Role = Role.READ, rest_before_s: float = 0.0,
) -> Stimulus:
    """A read on its own."""
    one = read_pulse(setup, level_v, window_s)
    return Stimulus(role=role, top=one.waveform, windows=(one.window,), labels=labels,
                    rest_before_s=rest_before_s)


def program_and_read(
    setup: Setup, pulse: Waveform, gap_s: float, level_v: float, window_s: float,
) -> tuple[Waveform, ReadWindow]:
    """A program pulse, ``gap_s`` at rest, then a read; with the read's window."""
    one = read_pulse(setup, level_v, window_s)
    start_s = pulse.duration_s + gap_s
    whole = after_one_another(pulse, rest(gap_s), one.waveform)
    return whole, one.window.shift(start_s)
