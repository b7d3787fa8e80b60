"""Bringing a device to a conductance: program, verify, program again."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from memrig.hil.protocol import Setup
from memrig.hil.protocols._reads import program_and_read, read_stimulus
from memrig.hil.record import Record
from memrig.hil.shapes import rectangle
from memrig.hil.stimulus import Label, Role, Stimulus

SET_SHARE, RESET_SHARE = 0.95, 0.95
"""Levels of the approach, relative to the profile's."""
GAP_S = 1e-3
BELOW = 0.9
"""Conductance, relative to the target, that an approach from below starts from."""
STRETCH, SHRINK = 8.0, 1.0 / 64.0
"""Longest and shortest pulse of the approach, relative to the profile's."""
AIM = 0.97
"""Part of the missing change that a pulse is made for: short of the target, never beyond it."""

Labels = Mapping[str, Label]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How a target is reached: pulses whose width follows what the last one did.

    :param tolerance: of the conductance, relative.
    :param tries: most pulses.
    :param from_below: whether the last pulse must potentiate, so that every point has the same
        recent past.
    :param relaxation_s: rest before the read that counts.
    """

    setup: Setup
    tolerance: float
    tries: int
    from_below: bool
    level_v: float
    window_s: float
    relaxation_s: float

    def reach(self, target_siemens: float, labels: Labels) -> Generator[Stimulus, Record, bool]:
        """Yield what it takes; returns whether the target was reached."""
        seen = yield from self._read(labels, 0.0)
        widths = {1: self.setup.profile.pulse_s, -1: self.setup.profile.pulse_s}
        must_lower = self.from_below and not _below(seen, target_siemens, 1.0)
        for _ in range(self.tries):
            if must_lower and _below(seen, target_siemens, BELOW):
                must_lower = False
            if not must_lower and abs(seen / target_siemens - 1.0) <= self.tolerance:
                break
            polarity = -1 if must_lower or seen > target_siemens else 1
            wanted = target_siemens * (BELOW * 0.98 if must_lower else 1.0) - seen
            must_lower = must_lower or (self.from_below and polarity < 0)
            after = yield from self._pulse(polarity, widths[polarity], labels)
            widths[polarity] = self._next_width(widths[polarity], after - seen, wanted)
            seen = after
        seen = yield from self._read(labels, self.relaxation_s)
        return abs(seen / target_siemens - 1.0) <= 2.0 * self.tolerance

    def _next_width(self, width_s: float, change: float, wanted: float) -> float:
        """A width for what is still missing, from what the last pulse did."""
        missing = wanted - change
        if missing * wanted <= 0:
            factor = 0.5
        elif change * wanted <= 0:
            factor = 2.0
        else:
            factor = min(max(AIM * missing / change, 0.1), 4.0)
        own = self.setup.profile.pulse_s
        return min(max(width_s * factor, SHRINK * own), STRETCH * own)

    def _read(self, labels: Labels, rest_s: float) -> Generator[Stimulus, Record, float]:
        record = yield read_stimulus(self.setup, self.level_v, self.window_s, labels,
                                     role=Role.INITIALISE, rest_before_s=rest_s)
        return _last(record)

    def _pulse(
        self, polarity: int, width_s: float, labels: Labels
    ) -> Generator[Stimulus, Record, float]:
        profile = self.setup.profile
        level_v = SET_SHARE * profile.v_set_v if polarity > 0 else RESET_SHARE * profile.v_reset_v
        pulse = rectangle(level_v=level_v, width_s=width_s)
        top, window = program_and_read(self.setup, pulse, GAP_S, self.level_v, self.window_s)
        record = yield Stimulus(
            role=Role.INITIALISE, top=top, windows=(window,),
            labels={**labels, "amplitude_v": level_v, "width_s": width_s},
        )
        return _last(record)


def _below(seen: float, target: float, share: float) -> bool:
    return seen < share * target


def _last(record: Record) -> float:
    """The last conductance of a record; a record that was cut short may have none."""
    return record.readings[-1].conductance_siemens if record.readings else 0.0
