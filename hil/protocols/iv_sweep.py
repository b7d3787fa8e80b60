"""Current against voltage: staircase, continuous or sine, in loops."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.parameters import Level, parameter
from memrig.hil.protocol import Preset, Protocol, Realised, Result, Setup, Steps
from memrig.hil.record import Floats, Record, Trace
from memrig.hil.shapes import ramps, sine, staircase
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Waveform

SWITCHED = 0.1
"""Change of conductance, relative, above which a half-loop has switched."""
_FIG2_PROFILE = {
    "name": "article-fig2", "v_set_v": -3.0, "v_reset_v": 3.0, "v_read_max_v": 0.3,
    "v_max_v": 3.2, "v_min_v": -3.2, "i_max_a": 2e-3, "r_min_ohm": 5e3, "r_max_ohm": 3e5,
    "energy_max_j": 1e-3, "state": "formed", "source": "the article's Fig. 2: a sine of 3 V",
}


@dataclass(frozen=True, kw_only=True)
class IvSweep(Protocol):
    """Sweeps the voltage in loops and records the current.

    Loop area and the resistances of both branches at the read voltage come from the measured
    device voltage; a limit of the current is kept by the bench where it has one.
    """

    name: ClassVar[str] = "iv-sweep"
    title: ClassVar[str] = "Current-voltage sweep"
    figure: ClassVar[str] = "loop"
    presets: ClassVar[Mapping[str, Preset]] = {
        "article-fig2": Preset(
            help="the article's Fig. 2: a 3 V sine of 100 samples of 1e-5 s, from low resistance",
            parameters={"shape": "sine", "amplitude_set": "-3V", "amplitude_reset": "3V",
                        "period": "1ms", "points": "100", "on_grid": "yes"},
            model={"x0": 1.0}, profile=_FIG2_PROFILE, integrator="euler", step_s=1e-5,
        ),
    }

    realised: ClassVar[Mapping[str, Realised]] = {
        "amplitude_set": Realised("level", (Role.SWEEP,)),
        "amplitude_reset": Realised("level", (Role.SWEEP,)),
        "period": Realised("period", (Role.SWEEP,)), "rate": Realised("rate", (Role.SWEEP,)),
        "points": Realised("points", (Role.SWEEP,)),
        "compliance": Realised("limit", (Role.SWEEP,)), "read_level": Realised("level"),
    }

    shape: str = parameter("continuous", unit="", choices=("continuous", "staircase", "sine"),
                           help="how the voltage moves")
    amplitude_set: Level = parameter(Level(1.0, "v_set"), unit="V", help="turning point of SET")
    amplitude_reset: Level = parameter(Level(1.0, "v_reset"), unit="V",
                                       help="turning point of RESET")
    polarity: str = parameter("both", unit="", choices=("both", "set", "reset"),
                              help="which half-loops are swept")
    first: str = parameter("reset", unit="", choices=("reset", "set"),
                           help="which half-loop comes first")
    period: float = parameter(0.1, unit="s", low=1e-9, high=1e5, help="duration of one loop")
    rate: float = parameter(0.0, unit="V/s", low=0.0, high=1e12,
                            zero="automatic",
                            help="speed of the ramps; 0: whatever the period gives")
    points: int = parameter(400, unit="1", low=8, high=10_000_000, help="points of one loop")
    on_grid: bool = parameter(False, unit="", advanced=True,
                              help="whether a sine is integrated and measured on exactly its "
                                   "points, as in the article")
    loops: int = parameter(1, unit="1", low=1, high=100_000, help="how many loops")
    compliance: float = parameter(0.0, unit="A", low=0.0, high=10.0,
                                  zero="automatic", help="limit of the current; 0: the profile's")
    read_level: Level = parameter(Level(0.8, "v_read_max"), unit="V",
                                  help="voltage at which the branches are compared")

    def validate(self) -> None:
        """A sine has both polarities and no constant speed."""
        if self.shape == "sine" and self.polarity != "both":
            raise RequestError(
                f"iv-sweep: a sine of polarity {self.polarity!r} was asked; it has both")
        if self.shape == "sine" and self.rate:
            message = (
                f"iv-sweep: a sine at {format_quantity(self.rate, 'V/s')} was asked; it has no "
                "constant speed, its period is given instead"
            )
            raise RequestError(message)
        if self.on_grid and self.shape != "sine":
            raise RequestError(
                f"iv-sweep: on_grid was asked of shape {self.shape}; only a sine has a grid")

    def run(self, setup: Setup) -> Steps:
        """One stimulus per loop."""
        one = self._loop(setup)
        read_v = abs(setup.profile.volts(self.read_level))
        step_s = self.period / self.points if self.on_grid else 0.0
        compliance_a = min(self.compliance or setup.profile.i_max_a, setup.profile.i_max_a)
        for number in range(self.loops):
            yield Stimulus(
                role=Role.SWEEP, top=one, compliance_a=compliance_a, step_s=step_s,
                points=0 if step_s else self.points,
                labels={"loop": number, "read_v": read_v},
            )

    def _loop(self, setup: Setup) -> Waveform:
        set_v, reset_v = (setup.profile.volts(level)
                          for level in (self.amplitude_set, self.amplitude_reset))
        order = [reset_v, set_v] if self.first == "reset" else [set_v, reset_v]
        if self.shape == "sine":
            return sine(amplitude_v=order[0], opposite_v=order[1], period_s=self.period,
                        points=self.points)
        halves = {"set": [set_v], "reset": [reset_v], "both": order}[self.polarity]
        corners = [0.0, *(v for half in halves for v in (half, 0.0))]
        travel_v = float(np.abs(np.diff(corners)).sum())
        period_s = travel_v / self.rate if self.rate else self.period
        if self.shape == "staircase":
            return staircase(corners_v=corners, period_s=period_s, points=self.points)
        return ramps(corners_v=corners, period_s=period_s)

    def analyse(self, records: Sequence[Record]) -> Result:
        """Area of every loop, branch resistances at the read voltage, switching voltages."""
        found = [(r, r.trace(*place)) for r in records for place in r.blocks()]
        if not found:
            return Result(protocol=self.name)
        read_v = float(found[-1][0].stimulus.labels.get("read_v", 0.0))
        traces = [trace for _, trace in found]
        areas = [loop_area(trace) for trace in traces]
        values: dict[str, Any] = {
            "loop_area_w": areas[0] if len(areas) == 1 else areas, "read_v": read_v,
            **branches(traces[-1], read_v), **switching(traces[-1], read_v),
        }
        flagged = sum(int((~trace.good).sum()) for trace in traces)
        warnings = (f"{flagged} points are flagged (compliance, clipped or missing)",)
        return Result(protocol=self.name, values=values, warnings=warnings if flagged else ())


def loop_area(trace: Trace) -> float:
    """Area that a loop encloses in the I-V plane, watts; both lobes count positive."""
    v, i = trace.v_dut_v, trace.i_a
    steps = 0.5 * (i[1:] + i[:-1]) * np.diff(v)
    positive = 0.5 * (v[1:] + v[:-1]) > 0
    return float(abs(steps[positive].sum()) + abs(steps[~positive].sum()))


def branches(trace: Trace, read_v: float) -> dict[str, Any]:
    """Lowest and highest resistance of the branches where they pass the read voltage."""
    found = [abs(read_v / i) for level in (read_v, -read_v)
             for i in _crossed(trace, level) if i]
    if not found:
        return {"r_lrs_ohm": None, "r_hrs_ohm": None}
    return {"r_lrs_ohm": min(found), "r_hrs_ohm": max(found)}


def _crossed(trace: Trace, level_v: float) -> list[float]:
    """Currents where the voltage passes a level."""
    v, i = trace.v_dut_v, trace.i_a
    before = np.flatnonzero((v[:-1] - level_v) * (v[1:] - level_v) < 0)
    part = (level_v - v[before]) / (v[before + 1] - v[before])
    return list((i[before] + part * (i[before + 1] - i[before])).tolist())


def switching(trace: Trace, read_v: float) -> dict[str, Any]:
    """Voltages of SET and RESET, and the highest current of the half-loop that RESET is in.

    A half-loop switches where its conductance has made half of its way, on a logarithmic scale,
    from the first to the last point beyond the read voltage. What changes it by less than a tenth
    is no switching.
    """
    found: dict[str, Any] = dict.fromkeys(
        ("v_set_v", "v_reset_v", "reset_peak_a", "reset_peak_v"))
    for sign in (1.0, -1.0):
        beyond = sign * trace.v_dut_v > max(read_v, 1e-12)
        v, i = trace.v_dut_v[beyond], trace.i_a[beyond]
        change = _change(v, i)
        if change > SWITCHED:
            found["v_set_v"] = _halfway(v, i)
        elif change < -SWITCHED:
            k = int(np.abs(i).argmax())
            found |= {"v_reset_v": _halfway(v, i), "reset_peak_a": float(i[k]),
                      "reset_peak_v": float(v[k])}
    return found


def _change(v: Floats, i: Floats) -> float:
    """Change of the conductance from the first to the last point, relative to the larger."""
    if v.size < 3:
        return 0.0
    first, last = float(i[0] / v[0]), float(i[-1] / v[-1])
    larger = max(abs(first), abs(last))
    return (last - first) / larger if larger else 0.0


def _halfway(v: Floats, i: Floats) -> float:
    """Where the conductance passes the geometric mean of its first and its last value."""
    g = i / v
    level = math.sqrt(g[0] * g[-1]) if g[0] > 0 < g[-1] else 0.5 * (g[0] + g[-1])
    part = (g - level) / (g[-1] - g[0])
    k = int((part >= 0).argmax())  # never 0: the first point lies on the other side
    share = -part[k - 1] / (part[k] - part[k - 1])
    return float(v[k - 1] + share * (v[k] - v[k - 1]))
