"""Lists of levels as a plan keeps them, ready for a source/measure unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.drivers.roles import SmuAbilities, SmuShot
from memrig.hil.record import Channel
from memrig.hil.waveform import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedList:
    """One list, ready to be sent.

    :param set_v: what is set, by channel number, shape (n,).
    """

    start_s: float
    interval_s: float
    set_v: Mapping[int, Floats]

    @property
    def points(self) -> int:
        """Number of steps."""
        return next(iter(self.set_v.values())).size

    def shot(self, abilities: SmuAbilities, range_a: float) -> SmuShot:
        """This list, averaged over as much of every step as the unit can."""
        longest_s = min(self.interval_s - abilities.dead_s, abilities.aperture_max_s)
        return SmuShot(levels_v=self.set_v, interval_s=self.interval_s, range_a=range_a,
                       aperture_s=max(longest_s, abilities.aperture_min_s))


def reach(lists: Sequence[QueuedList]) -> float:
    """Largest difference between the channels' levels, volts."""
    found = [list(one.set_v.values()) for one in lists]
    return max(float(np.abs(rows[0] - rows[1] if len(rows) == 2 else rows[0]).max())
               for rows in found)


def queued(one: Mapping[str, Any]) -> QueuedList:
    """A list as a plan keeps it."""
    levels = {int(k): np.asarray(v, dtype=np.float64) for k, v in one["set_v"].items()}
    return QueuedList(start_s=one["start_s"], interval_s=one["interval_s"], set_v=levels)


def placed(channel: Channel, start_s: float, end_s: float) -> Channel:
    """A list's channel in the block's time, as far as ``end_s``."""
    t_s = channel.t_s + start_s
    kept = int(np.count_nonzero(t_s < end_s))
    return Channel(
        probe=channel.probe, data=channel.data[:kept], t_s=t_s[:kept],
        status=channel.status[:kept], range_name=channel.range_name, accuracy=channel.accuracy,
    )
