"""Which shots of a run are shown in full: one of every kind, not all of a thousand equal ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memrig.hil.record import Record
from memrig.hil.stimulus import Role
from memrig.hil.units import shown

SHOWN = 4
"""Shots side by side in one figure."""
_WORDS = {
    Role.PROGRAM: "pulse", Role.SPIKE_PAIR: "spike pair", Role.PRE_ONLY: "pre spike alone",
    Role.POST_ONLY: "post spike alone", Role.REVERSED: "reversed pair", Role.SHAM: "sham",
    Role.INITIALISE: "approach",
}
_FIRST = (Role.PROGRAM, Role.SPIKE_PAIR, Role.SWEEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One block of one repeat of a record.

    :param number: of the stimulus in the run.
    """

    number: int
    record: Record
    place: tuple[int, int]

    @property
    def kind(self) -> str:
        """``program`` or ``read``."""
        return self.record.plan.blocks[self.place[1]].kind

    @property
    def title(self) -> str:
        """What is seen, in a few words."""
        labels, role = self.record.stimulus.labels, self.record.role
        if self.kind == "read":
            after = role is Role.PROGRAM or (role is Role.READ and "dt_s" in labels)
            return f"read after {_WORDS.get(role, 'it')}" if after and role is Role.PROGRAM \
                else "read"
        words = [_WORDS.get(role, str(role))]
        if role in {Role.SPIKE_PAIR, Role.REVERSED} and "dt_s" in labels:
            words.append(f"Δt = {shown(float(labels['dt_s']), 's')}")
        elif "amplitude_v" in labels:
            words.append(shown(float(labels["amplitude_v"]), "V"))
        return ", ".join(words)


def chosen(records: Sequence[tuple[int, Record]], *, planned: bool = False) -> list[Shot]:
    """Up to ``SHOWN`` shots, the first of each kind (of delays the shortest), in time order.

    :param planned: whether shots that are planned count, also without a record of them.
    """
    found: dict[tuple[Any, ...], Shot] = {}
    for number, record in records:
        places = [(0, k) for k in range(len(record.plan.blocks))] if planned else \
            _first_repeat(record)
        for place in places:
            shot = Shot(number=number, record=record, place=place)
            key = _kind(shot)
            if key not in found or _delay(shot) < _delay(found[key]):
                found[key] = shot
    best = sorted(found.values(), key=lambda s: (_rank(s), s.number, s.place))[:SHOWN]
    return sorted(best, key=lambda s: (_signed_delay(s), s.number, s.place))


def _first_repeat(record: Record) -> list[tuple[int, int]]:
    places = list(record.blocks())
    return [place for place in places if place[0] == places[0][0]]


def _kind(shot: Shot) -> tuple[Any, ...]:
    labels = shot.record.stimulus.labels
    dt = float(labels.get("dt_s", 0.0)) if shot.record.role is Role.SPIKE_PAIR else 0.0
    own = labels.get("polarity", 0) if shot.record.role is Role.PROGRAM else 0
    return shot.record.role, shot.kind, own, (dt > 0) - (dt < 0), _level_v(shot)


def _level_v(shot: Shot) -> float:
    """What a read is read at; 0 for everything else."""
    low, high = shot.record.plan.blocks[shot.place[1]].top.extrema()
    return round(low + high, 3) if shot.kind == "read" else 0.0


def _delay(shot: Shot) -> float:
    return abs(float(shot.record.stimulus.labels.get("dt_s", 0.0)))


def _signed_delay(shot: Shot) -> float:
    """Pairs stand in the order of their delays, all else after them in time order."""
    if shot.record.role is not Role.SPIKE_PAIR:
        return float("inf")
    return float(shot.record.stimulus.labels.get("dt_s", 0.0))


def _rank(shot: Shot) -> int:
    role = shot.record.role
    if role in _FIRST:
        return 0 if shot.kind == "program" else 1
    return {Role.READ: 1, Role.INITIALISE: 3}.get(role, 2)
