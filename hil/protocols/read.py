"""Reads: is there contact, what is the conductance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from memrig.hil.parameters import Level, parameter
from memrig.hil.protocol import Protocol, Realised, Result, Setup, Steps
from memrig.hil.protocols._reads import read_row
from memrig.hil.record import Reading, Record
from memrig.hil.stimulus import Role, Stimulus

SIGNIFICANT = 3.0
"""A conductance below this many standard uncertainties is none."""


@dataclass(frozen=True, kw_only=True)
class Read(Protocol):
    """Reads at a low voltage, both polarities and two levels: contact, linearity, G ± u.

    The conductance is that of the last, highest positive level. The verdict is ``open`` when it
    is below its own uncertainty or beyond the open limit, ``short`` below the short limit.
    """

    name: ClassVar[str] = "read"
    title: ClassVar[str] = "Read"
    figure: ClassVar[str] = "reads"
    reads_around: ClassVar[bool] = False

    realised: ClassVar[Mapping[str, Realised]] = {
        "level": Realised("level", block="read"), "window": Realised("window", block="read"),
    }

    level: Level = parameter(Level(0.8, "v_read_max"), unit="V", help="highest read voltage")
    window: float = parameter(0.0, unit="s", low=0.0, high=100.0,
                              zero="automatic",
                              help="averaging time of each level; 0: one mains period")
    open_above: float = parameter(1e9, unit="ohm", low=1.0, help="an open contact has more")
    short_below: float = parameter(20.0, unit="ohm", low=0.0, help="a short has less")

    def run(self, setup: Setup) -> Steps:
        """One stimulus with four reads."""
        top_v = setup.profile.volts(self.level)
        levels_v = tuple(part * top_v for part in (-1.0, -0.5, 0.5, 1.0))
        top, windows = read_row(setup, levels_v, self.window)
        yield Stimulus(role=Role.READ, top=top, windows=windows, labels={"level_v": top_v})

    def analyse(self, records: Sequence[Record]) -> Result:
        """Conductance, verdict, linearity, asymmetry and offset."""
        readings = [reading for record in records for reading in record.readings]
        if not readings:
            return Result(protocol=self.name)
        return Result(protocol=self.name, values=self._values(readings))

    def _values(self, readings: Sequence[Reading]) -> dict[str, Any]:
        last = readings[-1]
        g, u = last.conductance_siemens, last.u_siemens
        values: dict[str, Any] = {
            "verdict": self._verdict(g, u), "g_siemens": g, "u_siemens": u,
            "resistance_ohm": last.resistance_ohm, "read_v": last.v_dut_v,
            "readings_siemens": [r.conductance_siemens for r in readings],
            "readings_u_siemens": [r.u_siemens for r in readings],
            "readings_v": [r.v_dut_v for r in readings],
        }
        if len(readings) >= 4 and g:
            low, high = readings[-2].conductance_siemens, readings[-4].conductance_siemens
            v, i = ([getattr(r, name) for r in readings] for name in ("v_dut_v", "i_a"))
            values |= {"nonlinearity_rel": low / g - 1.0, "asymmetry_rel": high / g - 1.0,
                       "offset_a": float(np.polynomial.polynomial.polyfit(v, i, 1)[0])}
        return values

    def _verdict(self, g_siemens: float, u_siemens: float) -> str:
        if g_siemens < max(SIGNIFICANT * u_siemens, 1.0 / self.open_above):
            return "open"
        return "short" if g_siemens * self.short_below > 1.0 else "ok"
