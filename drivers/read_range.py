"""The current range of reads: what the last read saw decides, the same every time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memrig.drivers.roles import SmuAbilities
from memrig.hil.plan import PlannedBlock
from memrig.hil.record import Channel
from memrig.hil.status import Status
from memrig.hil.stimulus import ReadWindow
from memrig.hil.waveform import Floats

READ_RANGE_MIN_A = 1e-6
"""Lower current ranges settle in 10 ms, longer than a read is blanked."""
GROWTH = 3.0
"""Room that a read's range leaves for a conductance that grows until the next read."""
FULL, SPARSE = 0.5, 0.02
"""A read's range is kept while what is expected lies between these parts of it."""


def read_ranges(abilities: SmuAbilities) -> list[float]:
    """Current ranges that settle within a read's blanking, the smallest first."""
    return [r for r in abilities.ranges_a if r >= READ_RANGE_MIN_A]


class ReadRange:
    """The current range of the next read, from what the last one saw; the same every time.

    A range is kept while what is expected fits well, so that the read before and the read after
    a small change are on the same one.
    """

    def __init__(self, abilities: SmuAbilities) -> None:
        self._ranges = read_ranges(abilities)
        self._range_a = self._ranges[-1]
        self._siemens: float | None = None

    def forget(self, range_a: float) -> None:
        """Begin on this range."""
        self._range_a, self._siemens = range_a, None

    def choose(self, level_v: float, highest_a: float) -> float:
        """The range of a read at ``level_v``; never above the range of the limit."""
        if self._siemens is not None:
            expected_a = self._siemens * level_v
            if not SPARSE * self._range_a <= expected_a <= FULL * self._range_a:
                wanted_a = GROWTH * expected_a
                self._range_a = next((r for r in self._ranges if r >= wanted_a), highest_a)
        self._range_a = min(self._range_a, max(highest_a, self._ranges[0]))
        return self._range_a

    def saw(
        self, block: PlannedBlock, chunks: Sequence[Sequence[Channel]], level_v: float
    ) -> None:
        """Learn from a read's windows."""
        currents = [c for chunk in chunks for c in chunk if c.probe == "i_top"]
        if not currents or level_v <= 0.0:
            return
        t_s = np.concatenate([c.times_s for c in currents])
        i_a = np.concatenate([c.values for c in currents])
        flags = np.concatenate([c.flags for c in currents])
        found = [abs(_mean(t_s, i_a, window)) for window in block.windows]
        self._siemens = max(found, default=0.0) / level_v
        if (flags & int(Status.OVERRANGE)).any():
            self._siemens = max(self._siemens, 10.0 * self._range_a / level_v)


def _mean(t_s: Floats, i_a: Floats, window: ReadWindow) -> float:
    """Mean of a window less its baseline; 0 where nothing was measured."""
    inside = (t_s >= window.start_s) & (t_s < window.stop_s)
    before = (t_s >= window.baseline_start_s) & (t_s < window.baseline_stop_s)
    high, base = (float(i_a[part].mean()) if part.any() else 0.0 for part in (inside, before))
    return high - base
