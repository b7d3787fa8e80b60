"""How far a run is, and how long it still takes: by what is planned, at the pace that is seen."""

from __future__ import annotations

import math

from memrig.hil.bench import BenchInfo, Capabilities
from memrig.hil.plan import Plan, peak_of
from memrig.hil.record import Chunk


class Pace:
    """Counts planned time and compares it with the time on the wall.

    :param real_time: whether the bench needs as long as is planned, or only works it out.
    """

    def __init__(self, *, stimuli: int = 0, duration_s: float = 0.0, now_s: float = 0.0,
                 real_time: bool = False) -> None:
        self.done, self.total = 0, stimuli
        self._duration_s, self._real_time = duration_s, real_time
        self._began_s, self._before_s, self._inside_s = now_s, 0.0, 0.0
        self._plan: Plan | None = None

    @property
    def elapsed_s(self) -> float:
        """Planned time that has been applied, the present stimulus included."""
        return self._before_s + self._inside_s

    def start(self, plan: Plan) -> None:
        """A stimulus is about to be applied."""
        self._leave()
        self._plan = plan

    def arrive(self, chunk: Chunk) -> None:
        """A part of the present stimulus has come back."""
        if self._plan is not None:
            self._inside_s = max(self._inside_s, _end_s(self._plan, chunk))

    def finish(self) -> None:
        """The present stimulus is over."""
        self.done += 1
        self._leave()

    def _leave(self) -> None:
        if self._plan is not None:
            self._before_s += self._plan.duration_s
        self._plan, self._inside_s = None, 0.0

    @property
    def share(self) -> float:
        """Part of the planned time that has been applied, 0 to 1."""
        return min(self.elapsed_s / self._duration_s, 1.0) if self._duration_s > 0 else math.nan

    def left_s(self, now_s: float) -> float:
        """Time on the wall that is left; NaN as long as nobody can know."""
        left_s = max(self._duration_s - self.elapsed_s, 0.0)
        if self.elapsed_s <= 0.0:
            return left_s if self._real_time else math.nan
        pace = (now_s - self._began_s) / self.elapsed_s
        return left_s * (max(pace, 1.0) if self._real_time else pace)


def _end_s(plan: Plan, chunk: Chunk) -> float:
    """Until when a part was measured, from the beginning of its stimulus, rest included."""
    last_s = max((float(c.times_s[-1]) for c in chunk.channels if c.data.size), default=0.0)
    return (plan.stimulus.rest_before_s + chunk.repeats[-1] * plan.spacing_s
            + plan.blocks[chunk.block].start_s + last_s)


def limit_a_of(plan: Plan, info: BenchInfo, capabilities: Capabilities | None) -> float:
    """The limit of the current that is in force during a plan, amperes; NaN where there is none.

    What the instrument uses; else what a resistor in series lets through at the plan's peak.
    """
    effective = float(plan.settings.get("compliance_a") or 0.0)
    kind = "none" if capabilities is None else capabilities.compliance
    if kind in {"ideal", "hardware"}:
        effective = effective or plan.stimulus.compliance_a
    elif kind == "series-resistor":
        ohm = info.netlist.thevenin().ohm
        effective = peak_of(plan.blocks) / ohm if ohm > 0 else 0.0
    return effective or math.nan
