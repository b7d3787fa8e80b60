"""What a bench will really do with every parameter, found in the plans of a dry run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.hil.bench import Bench
from memrig.hil.limits import WorstCase
from memrig.hil.netlist import Netlist, Thevenin
from memrig.hil.parameters import Level
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol, Realised
from memrig.hil.record import Record
from memrig.hil.rehearsal import Rehearsal, Step
from memrig.hil.sentence import Quantity, Sentence
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Waveform, between

AT_DEVICE, AT_DEVICE_NOW = "device {0} to {1}", "device {0} to {1}, now {2}"
SAMPLES, WINDOW = "{0} samples", "{0}, {1} samples"
EVERY, POINTS = "every {0}", "{0} points, every {1}"
LIMITED, LIMITED_ON, BY_RESISTOR = "{0}", "{0}, range {1}", "at most {0}, by the resistor alone"
STEPS, BOTH = "in steps of {0}", "{0} ({1})"
TEMPLATES = (AT_DEVICE, AT_DEVICE_NOW, SAMPLES, WINDOW, EVERY, POINTS, LIMITED_ON, BY_RESISTOR,
             STEPS)
"""What stands beside fields and has words in it."""
DIGITS = 4
COARSE = 1e-3
"""Steps shorter than this part of a time are not worth a word."""
WORTH = 0.01
"""A rest that changes by less than this part is the same one."""
LISTED = 4
"""Values of a list that are said."""

_NOT_KEPT = WorstCase(v_high_v=math.nan, v_low_v=math.nan, i_high_a=math.nan,
                      i_low_a=math.nan, energy_j=math.nan)

Notes = Mapping[str, tuple[Sentence, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What is looked into.

    :param present_ohm: resistance of the device now; None where it is not known.
    """

    steps: Sequence[Step]
    profile: Profile
    series: Thevenin
    limit_kind: str
    present_ohm: float | None

    def having(self, where: Realised) -> Iterator[tuple[Step, PlannedBlock]]:
        """Blocks of the main phase that have a parameter."""
        for step in self.steps:
            fits = not where.roles or step.stimulus.role in where.roles
            if fits and step.stimulus.labels.get("phase", "main") == "main":
                for block in step.plan.blocks:
                    if block.kind == where.block:
                        yield step, block


def notes(
    protocol: Protocol, rehearsal: Rehearsal, profile: Profile, bench: Bench,
    present_ohm: float | None = None,
) -> Notes:
    """What will really be done, by parameter: where it differs from what was asked to the digits
    shown, or where that is relative to the profile or left to the bench.

    :param present_ohm: of the device; by default what the model's first reading says.
    """
    seen = _Seen(steps=rehearsal.steps, profile=profile, series=bench.describe().netlist.thevenin(),
                 limit_kind=bench.capabilities.compliance,
                 present_ohm=present_ohm or first_reading_ohm(rehearsal))
    return _notes(protocol, seen)


def notes_of_run(
    protocol: Protocol, records: Iterable[Record], profile: Profile, netlist: Netlist
) -> Notes:
    """What was really done in a run, by parameter, as ``notes`` says it before one.

    What a series resistor limits the current to is left out: a run does not keep its worst cases.
    """
    steps = [Step(plan=one.plan, worst=_NOT_KEPT, record=one) for one in records]
    return _notes(protocol, _Seen(steps=steps, profile=profile, series=netlist.thevenin(),
                                  limit_kind="", present_ohm=None))


def _notes(protocol: Protocol, seen: _Seen) -> Notes:
    found = {name: tuple(_FINDERS[where.quantity](getattr(protocol, name), where, seen))
             for name, where in protocol.realised.items()}
    return {name: said for name, said in found.items() if said}


def first_reading_ohm(rehearsal: Rehearsal) -> float | None:
    """The resistance that the model was read with first; None where it has not been."""
    for step in rehearsal.steps:
        if step.record.chunks and step.record.readings:
            return abs(step.record.readings[-1].resistance_ohm)
    return None


def differs(asked: float, used: float) -> bool:
    """Whether two numbers differ in the digits that are shown."""
    return format_quantity(asked, "V", DIGITS) != format_quantity(used, "V", DIGITS)


# --- voltages -----------------------------------------------------------------------------------


def _level(value: Any, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    levels: tuple[Level, ...] = value if isinstance(value, tuple) else (value,)
    asked = [seen.profile.volts(level) for level in levels]
    used = [_used_level(volts, where, seen) for volts in asked]
    if any(level.of for level in levels) or any(map(differs, asked, used)):
        yield _list([(v, "V") for v in used])
    if len(levels) == 1 and used[0]:
        yield from _at_device(used[0], seen)


def _used_level(asked_v: float, where: Realised, seen: _Seen) -> float:
    """The level that is sent in the place of an asked one; that itself where it stands nowhere."""
    for step, block in seen.having(where):
        asked_block = _asked(step, block)
        pairs = zip(asked_block, (block.top, block.bottom), strict=True)
        for wanted, planned in pairs:
            for sign, (a, b) in ((1.0, _ends(wanted, planned, high=True)),
                                 (-1.0, _ends(wanted, planned, high=False))):
                if a and math.isclose(abs(a), abs(asked_v), rel_tol=1e-9) and a * sign > 0:
                    return math.copysign(b, asked_v)
    return asked_v


def _asked(step: Step, block: PlannedBlock) -> tuple[Waveform, Waveform]:
    """The waveforms that a planned block was made from."""
    number = next(k for k, one in enumerate(step.plan.blocks) if one is block)
    blocks = step.stimulus.blocks
    if len(blocks) != len(step.plan.blocks):  # cut in several: the extremes are those of the whole
        return step.stimulus.top, step.stimulus.bottom
    one = blocks[number]
    together = block.bottom.is_zero and not one.bottom.is_zero
    return (between(one.top, one.bottom), block.bottom) if together else (one.top, one.bottom)


def _ends(wanted: Waveform, planned: Waveform, *, high: bool) -> tuple[float, float]:
    return wanted.extrema()[high], planned.extrema()[high]


def _at_device(level_v: float, seen: _Seen) -> Iterator[Sentence]:
    """What is left of a level at the device, where anything is in series with it."""
    least, most = (at_device(level_v, r, seen.series)
                   for r in (seen.profile.r_min_ohm, seen.profile.r_max_ohm))
    if not differs(least, level_v):
        return
    ends: tuple[Quantity, ...] = ((least, "V"), (most, "V"))
    if seen.present_ohm is None:
        yield Sentence(AT_DEVICE, ends)
    else:
        now = at_device(level_v, seen.present_ohm, seen.series)
        yield Sentence(AT_DEVICE_NOW, (*ends, (now, "V")))


def at_device(level_v: float, device_ohm: float, series: Thevenin) -> float:
    """Voltage of one source's level at a device of this resistance."""
    weight = max(map(abs, series.weights.values()))
    if math.isinf(device_ohm):
        return level_v * weight
    return level_v * weight * device_ohm / (device_ohm + series.ohm)


# --- times --------------------------------------------------------------------------------------


def _width(value: Any, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    asked = value if isinstance(value, tuple) else (value,)
    used = [_used_width(one or seen.profile.pulse_s, where, seen) for one in asked]
    if any(not one or differs(one, u) for one, u in zip(asked, used, strict=True)):
        yield _list([(u, "s") for u in used])


def _used_width(asked_s: float, where: Realised, seen: _Seen) -> float:
    for step, block in seen.having(where):
        if math.isclose(float(step.stimulus.labels.get("width_s", 0.0)), asked_s, rel_tol=1e-9):
            return half_width_s(block)
    return asked_s


def half_width_s(block: PlannedBlock) -> float:
    """How long a pulse is above half of its height, seconds."""
    start_s, stop_s = _half_times(block)
    return stop_s - start_s


def _half_times(block: PlannedBlock) -> tuple[float, float]:
    drive = between(block.top, block.bottom)
    t_s, v_v = drive.vertices()
    part = v_v / max(drive.extrema(), key=abs)
    over = np.flatnonzero(part >= 0.5)
    return _crossing(t_s, part, int(over[0]) - 1), _crossing(t_s, part, int(over[-1]))


def _crossing(t_s: Any, part: Any, k: int) -> float:
    """Where the line from vertex k to the next is at one half; a step is crossed at once."""
    if not 0 <= k < t_s.size - 1:
        return float(t_s[max(k, 0)] if k < 0 else t_s[-1])
    share = (0.5 - part[k]) / (part[k + 1] - part[k])
    return float(t_s[k] + share * (t_s[k + 1] - t_s[k]))


def _period(value: float, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    for step, _ in seen.having(where):
        if differs(value, step.stimulus.once_s):
            yield Sentence("{0}", ((step.stimulus.once_s, "s"),))
        return


def _rate(value: float, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    for step, block in seen.having(where):
        if _one_speed(step.stimulus.top):
            used = _travel_v(block) / step.stimulus.once_s
            if differs(value, used):
                yield Sentence("{0}", ((used, "V/s"),))
        return


def _one_speed(waveform: Waveform) -> bool:
    """Whether all ramps are equally steep; steps count as part of one."""
    t_s, v_v = waveform.vertices()
    lasting = np.diff(t_s) > 0
    steep = np.abs(np.diff(v_v)[lasting] / np.diff(t_s)[lasting])
    return bool(np.ptp(steep) <= 1e-6 * steep.max())


def _travel_v(block: PlannedBlock) -> float:
    return float(sum(np.abs(np.diff(w.vertices()[1])).sum() for w in (block.top, block.bottom)))


def _gap(value: float, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    for step, block in seen.having(where):
        read = next((b for b in step.plan.blocks
                     if b.kind == "read" and b.start_s >= block.start_s), None)
        if read is not None:
            used = read.start_s - block.start_s - _half_times(block)[1]
            if abs(used - value) > WORTH * value + 1e-12:
                yield Sentence("{0}", ((used, "s"),))
        return


def _grid(value: Any, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    asked = [abs(v) for v in (value if isinstance(value, tuple) else (value,)) if v]
    for _, block in seen.having(where):
        step_s = float(block.settings.get("measured", {}).get("grid_s", 0.0))
        if asked and step_s > COARSE * min(asked):
            yield Sentence(STEPS, ((step_s, "s"),))
        return


# --- what is measured -----------------------------------------------------------------------------


def _points(value: int, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    for step, _ in seen.having(where):
        used, step_s = points_of(step.plan, where.block)
        if used and differs(value, used):
            yield Sentence(POINTS, ((used, "1"), (step_s, "s")))
        elif used:
            yield Sentence(EVERY, ((step_s, "s"),))
        return


def points_of(plan: Plan, kind: str) -> tuple[int, float]:
    """Points that are measured in one repeat, and the time between two; 0 where that is open."""
    measured = [b.settings["measured"] for b in plan.blocks
                if b.kind == kind and "measured" in b.settings]
    return (sum(int(m["points"]) for m in measured),
            max((float(m["step_s"]) for m in measured), default=0.0))


def _window(value: float, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    for _, block in seen.having(where):
        if not block.windows:
            continue
        one = block.windows[-1]
        length_s = one.stop_s - one.start_s
        said: Quantity = (length_s, "s")
        step_s = float(block.settings.get("measured", {}).get("step_s", 0.0))
        changed = not value or differs(value, length_s)
        if step_s:
            samples: Quantity = (max(1, math.floor(length_s / step_s * (1 + 1e-9))), "1")
            yield Sentence(WINDOW, (said, samples)) if changed else Sentence(SAMPLES, (samples,))
        elif changed:
            yield Sentence("{0}", (said,))
        return


# --- currents and conductances --------------------------------------------------------------------


def _limit(value: float, where: Realised, seen: _Seen) -> Iterator[Sentence]:
    for step, block in seen.having(where):
        if seen.limit_kind in {"series-resistor", "none"}:
            yield Sentence(BY_RESISTOR, ((step.worst.i_a, "A"),))
            return
        used = float(step.plan.settings.get("compliance_a", step.stimulus.compliance_a))
        if "range_a" in block.settings:
            yield Sentence(LIMITED_ON, ((used, "A"), (float(block.settings["range_a"]), "A")))
        elif differs(value, used):
            yield Sentence(LIMITED, ((used, "A"),))
        return


def _target(value: Sequence[float], where: Realised, seen: _Seen) -> Iterator[Sentence]:
    targets = dict.fromkeys(float(step.stimulus.labels["target_siemens"])
                            for step, _ in seen.having(where))
    if targets and not all(value):
        first = next(iter(targets))
        yield Sentence(BOTH, ((first, "S"), (1.0 / first, "ohm")))


def _list(values: Sequence[Quantity]) -> Sentence:
    """Values behind each other, the first few of many."""
    said = ", ".join(f"{{{k}}}" for k in range(min(len(values), LISTED)))
    return Sentence(said + (", …" if len(values) > LISTED else ""), tuple(values[:LISTED]))


_FINDERS: Mapping[str, Callable[[Any, Realised, _Seen], Iterator[Sentence]]] = {
    "level": _level, "width": _width, "period": _period, "rate": _rate, "points": _points,
    "window": _window, "gap": _gap, "limit": _limit, "grid": _grid, "delay": _grid,
    "target": _target,
}
