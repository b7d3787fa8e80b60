"""A piecewise-linear drive as arrays of ramps, and where to cut them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memrig.hil.waveform import Waveform
from memrig.sim.models._law import Floats

HAIR = 1e-9
"""Times this part of the shortest ramp before an edge belong to the edge: rounding put them so."""


@dataclass(frozen=True, slots=True)
class Ramps:
    """Ramps in time order, gapless; steps of the voltage lie between them. Shape (n,) each."""

    t0_s: Floats
    t1_s: Floats
    u0_v: Floats
    u1_v: Floats

    @property
    def dt_s(self) -> Floats:
        """Durations, shape (n,)."""
        return self.t1_s - self.t0_s

    @property
    def columns(self) -> tuple[Floats, Floats, Floats, Floats]:
        """All four, in their order."""
        return self.t0_s, self.t1_s, self.u0_v, self.u1_v

    def __len__(self) -> int:
        return int(self.t0_s.size)

    def cut(self, times_s: Floats) -> Ramps:
        """The same drive with additional cuts at ``times_s`` (those outside are ignored)."""
        if not len(self):
            return self
        inside = times_s[(times_s > self.t0_s[0]) & (times_s < self.t1_s[-1])]
        edges = np.unique(np.concatenate([self.t0_s, self.t1_s[-1:], inside]))
        start, stop = edges[:-1], edges[1:]
        k = np.searchsorted(self.t0_s, start, side="right") - 1
        slope = (self.u1_v - self.u0_v) / self.dt_s
        u0 = self.u0_v[k] + slope[k] * (start - self.t0_s[k])
        u1 = np.where(stop == self.t1_s[k], self.u1_v[k],
                      self.u0_v[k] + slope[k] * (stop - self.t0_s[k]))
        return Ramps(start, stop, u0, u1)

    def at(self, times_s: Floats) -> Floats:
        """Voltage at times from the start on, right-continuous; see ``HAIR``."""
        late = times_s + HAIR * self.dt_s.min()
        k = np.clip(np.searchsorted(self.t0_s, late, side="right") - 1, 0, len(self) - 1)
        slope = (self.u1_v - self.u0_v) / self.dt_s
        return np.asarray(self.u0_v[k] + slope[k] * np.maximum(times_s - self.t0_s[k], 0.0))

    def crossings_s(self, levels_v: Sequence[float]) -> Floats:
        """Times at which the drive crosses any of ``levels_v`` within a ramp."""
        rise = self.u1_v - self.u0_v
        found = [np.empty(0)]
        for level in levels_v:
            # By signs first: a rise too small to divide by crosses nothing.
            between = (self.u0_v - level) * (self.u1_v - level) < 0.0
            part = (level - self.u0_v[between]) / rise[between]
            found.append(self.t0_s[between] + part * self.dt_s[between])
        return np.concatenate(found)

    def parts_s(self, parts: int) -> Floats:
        """Times that cut every sloping ramp into equal parts."""
        sloping = self.u0_v != self.u1_v
        share = np.arange(1, parts) / parts
        return np.ravel(self.t0_s[sloping, None] + self.dt_s[sloping, None] * share)


def ramps_of(waveform: Waveform) -> Ramps:
    """The ramps of a waveform from its start to its end."""
    t_s, v_v = waveform.vertices()
    keep = np.diff(t_s) > 0.0
    if keep.all():
        return Ramps(t_s[:-1], t_s[1:], v_v[:-1], v_v[1:])
    return Ramps(t_s[:-1][keep], t_s[1:][keep], v_v[:-1][keep], v_v[1:][keep])
