"""What is known about the bench beyond its data sheets: measured corrections, and their age."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memrig.hil.errors import RequestError
from memrig.hil.foreign import json_of
from memrig.hil.units import format_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """True value = ``gain`` * indicated value + ``offset``, with standard uncertainties.

    :param u_scale_rel: of the unit that all corrections of a calibration share, relative. It
        cancels in conductances, and is on top of ``u_gain_rel`` for every single quantity.
    :param linearity: part of the channel's declared linearity error that the correction leaves; a
        straight line through calibrated levels takes some of the bend with it.
    """

    gain: float = 1.0
    offset: float = 0.0
    u_gain_rel: float = 0.0
    u_offset: float = 0.0
    u_scale_rel: float = 0.0
    linearity: float = 1.0

    @property
    def u_rel(self) -> float:
        """Of a single quantity: of its gain, and of the shared unit."""
        return math.hypot(self.u_gain_rel, self.u_scale_rel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Result of ``memrig bench check``; empty for a bench that was never checked.

    :param probes: corrections of what the instruments indicate, by netlist probe (or
        ``"probe@range"`` where a range has its own).
    :param sources: corrections of what the sources deliver open-circuit, by netlist source.
    :param elements: measured resistances, ohms (value, standard uncertainty), by netlist element.
    :param skew_s: arrival of ``bottom_drive`` after ``top_drive``, seconds.
    :param hum_v: amplitude of the mains hum at the sense node, volts.
    :param measured_at: date and time in ISO form; empty when never measured.
    """

    measured_at: str = ""
    reference: str = ""
    probes: Mapping[str, Correction] = field(default_factory=dict)
    sources: Mapping[str, Correction] = field(default_factory=dict)
    elements: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    skew_s: float = 0.0
    hum_v: float = 0.0

    @property
    def is_measured(self) -> bool:
        """Whether the bench was ever checked."""
        return bool(self.measured_at)

    def age_days(self, now: datetime.datetime | None = None) -> float:
        """Days since the check; infinite when there was none."""
        if not self.is_measured:
            return float("inf")
        then = datetime.datetime.fromisoformat(self.measured_at)
        return ((now or datetime.datetime.now(datetime.UTC)) - then).total_seconds() / 86400.0

    def sentence(self, at: datetime.datetime | None = None) -> str:
        """What every result says about the calibration of its bench.

        :param at: when the run began; the age of the calibration is then said, too.
        """
        if not self.is_measured:
            return "UNCALIBRATED bench: data-sheet uncertainties apply"
        said = f"bench calibrated {self.measured_at} against {self.reference}"
        if at is None:
            return said
        days = self.age_days(at)
        if days <= -0.01:
            return f"{said}, AFTER this run: the clock has been set between them"
        return f"{said}, {f'{days:.3g}' if days >= 0.01 else 'less than 0.01'} days before this run"

    def probe(self, name: str, range_name: str = "") -> Correction | None:
        """The correction of a probe, the one of the range first; None when not measured."""
        return self.probes.get(f"{name}@{range_name}", self.probes.get(name))

    def rows(self) -> list[tuple[str, str, str]]:
        """What was found, in words: what it is, its gain or value, its offset."""
        found = [(name, f"{(one.gain - 1) * 1e6:+.0f} ppm ± {one.u_rel * 1e6:.0f} ppm",
                  _offset(name, one))
                 for part in (self.sources, self.probes) for name, one in part.items()]
        found += [(name, f"{format_quantity(ohm, 'ohm', 6)} ± {format_quantity(u_ohm, 'ohm', 2)}",
                   "") for name, (ohm, u_ohm) in self.elements.items()]
        return [*found, ("skew", format_quantity(self.skew_s, "s"), ""),
                ("hum", format_quantity(self.hum_v, "V"), "")]

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Calibration:
        """Read what ``to_json`` wrote."""
        return cls(**{
            **data,
            "probes": {k: Correction(**c) for k, c in data["probes"].items()},
            "sources": {k: Correction(**c) for k, c in data["sources"].items()},
            "elements": {k: (float(v), float(u)) for k, (v, u) in data["elements"].items()},
        })

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read a file written by ``save``; a missing file means "never checked"."""
        if not path.exists():
            return cls()
        data = json_of(path, "the calibration")
        try:
            return cls.from_json(data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RequestError(f"{path} is not a calibration of memrig: {error}") from None


def _offset(name: str, one: Correction) -> str:
    unit = "A" if name.startswith("i_") else "V"
    return f"{format_quantity(one.offset, unit, 3)} ± {format_quantity(one.u_offset, unit, 2)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check of a bench with a known resistor found.

    :param verdicts: a sentence for each thing that was verified, good or bad.
    :param passed: whether the wiring is right and everything is within its data sheet.
    """

    calibration: Calibration
    verdicts: tuple[str, ...]
    passed: bool
