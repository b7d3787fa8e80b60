"""The stimulus as it will be sent: quantised in time and level, hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from memrig.hil.stimulus import ReadWindow, Stimulus
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Waveform, between


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A setting that the bench had to round: what was asked and what is really used."""

    name: str
    asked: float
    used: float
    unit: str

    def __str__(self) -> str:
        asked, used = (format_quantity(v, self.unit, 6) for v in (self.asked, self.used))
        return f"{self.name}: {used} (requested {asked})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBlock:
    """One shot: the waveforms as the instruments will play them, in time from the shot's start.

    :param settings: what the bench needs to play and record it (sample step, ranges, delays,
        hashes of the codes); plain JSON values.
    """

    kind: Literal["program", "read"]
    start_s: float
    top: Waveform
    bottom: Waveform
    windows: tuple[ReadWindow, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """Until the later of both waveforms ends."""
        return max(self.top.stop_s, self.bottom.stop_s)

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        return {
            "kind": self.kind, "start_s": self.start_s, "top": self.top.to_json(),
            "bottom": self.bottom.to_json(), "settings": dict(self.settings),
            "windows": [[w.start_s, w.stop_s, w.baseline_start_s, w.baseline_stop_s]
                        for w in self.windows],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PlannedBlock:
        """Read what ``to_json`` wrote."""
        names = ("start_s", "stop_s", "baseline_start_s", "baseline_stop_s")
        return cls(
            kind=data["kind"], start_s=data["start_s"], settings=data["settings"],
            top=Waveform.from_json(data["top"]), bottom=Waveform.from_json(data["bottom"]),
            windows=tuple(
                ReadWindow(**dict(zip(names, row, strict=True))) for row in data["windows"]
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A stimulus compiled for one bench. What is drawn before a run is this; it is what is sent.

    :param blocks: one repeat, shot by shot.
    :param spacing_s: from the start of one repeat to the next, at least.
    :param settings: what holds for the whole stimulus (compliance, ranges); plain JSON values.
    """

    stimulus: Stimulus
    bench: str
    blocks: tuple[PlannedBlock, ...]
    spacing_s: float
    adjustments: tuple[Adjustment, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def repeat(self) -> int:
        """How often the blocks are played."""
        return self.stimulus.repeat

    @property
    def duration_s(self) -> float:
        """Everything, with the rest before it."""
        last = max((b.start_s + b.duration_s for b in self.blocks), default=0.0)
        return self.stimulus.rest_before_s + self.spacing_s * (self.repeat - 1) + last

    @cached_property
    def top(self) -> Waveform:
        """One repeat at the top electrode, rests included."""
        return _assembled((b.start_s, b.top) for b in self.blocks)

    @cached_property
    def bottom(self) -> Waveform:
        """One repeat at the bottom electrode, rests included."""
        return _assembled((b.start_s, b.bottom) for b in self.blocks)

    @property
    def blocks_key(self) -> tuple[Hashable, ...]:
        """What is played in one repeat, settings of instruments aside, to compare and to hash."""
        return tuple((b.kind, b.start_s, b.top, b.bottom, b.windows) for b in self.blocks)

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold; the stimulus is kept beside it."""
        return {
            "bench": self.bench, "blocks": list(self._blocks),
            "spacing_s": self.spacing_s, "settings": dict(self.settings),
            "adjustments": [[a.name, a.asked, a.used, a.unit] for a in self.adjustments],
        }

    @cached_property
    def _blocks(self) -> tuple[dict[str, Any], ...]:
        return tuple(block.to_json() for block in self.blocks)

    @classmethod
    def from_json(cls, data: Mapping[str, Any], stimulus: Stimulus) -> Plan:
        """Read what ``to_json`` wrote."""
        return cls(
            stimulus=stimulus, bench=data["bench"], spacing_s=data["spacing_s"],
            blocks=tuple(PlannedBlock.from_json(b) for b in data["blocks"]),
            adjustments=tuple(
                Adjustment(name=n, asked=a, used=u, unit=unit)
                for n, a, u, unit in data["adjustments"]
            ),
            settings=data["settings"],
        )

    @cached_property
    def sha256(self) -> str:
        """Hash of everything that is sent, as hexadecimal text."""
        sent = {**self.to_json(), "repeat": self.repeat,
                "rest_before_s": self.stimulus.rest_before_s}
        del sent["adjustments"]
        return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


def peak_of(blocks: Iterable[PlannedBlock]) -> float:
    """Largest magnitude between the electrodes, volts; 0 without blocks."""
    return max((abs(v) for b in blocks for v in between(b.top, b.bottom).extrema()), default=0.0)


def _assembled(parts: Iterable[tuple[float, Waveform]]) -> Waveform:
    total: Waveform | None = None
    for start_s, waveform in parts:
        placed = waveform.shift(start_s)
        if total is None:
            total = placed
        elif (gap_s := placed.start_s - total.stop_s) > 0:
            total = total.then(Waveform.zero(gap_s), placed)
        else:
            total = total.then(placed)
    return Waveform.zero() if total is None else total


def combined_sha256(plans: Iterable[Plan]) -> str:
    """One hash over the hashes of all plans of a run, in order."""
    digest = hashlib.sha256()
    for plan in plans:
        digest.update(plan.sha256.encode())
    return digest.hexdigest()
