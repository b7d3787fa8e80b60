"""From what the instruments gave to what happened at the device, with its uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from memrig.hil.calibration import Calibration
from memrig.hil.netlist import Netlist
from memrig.hil.record import Accuracy, Channel, Floats, Reading, Record, Trace
from memrig.hil.status import Status
from memrig.hil.stimulus import ReadWindow
from memrig.hil.uncertainty import Budget, Component


@cache
def _observation(netlist: Netlist, probes: tuple[str, ...]) -> Floats:
    return netlist.observation(probes)


def effective_netlist(netlist: Netlist, calibration: Calibration) -> Netlist:
    """The netlist with the element values that the calibration measured."""
    for name, (value, u) in calibration.elements.items():
        netlist = netlist.with_value(name, value, u_rel=u / value)
    return netlist


@dataclass(frozen=True, slots=True)
class _Seen:
    """One probe's record of one block, corrected."""

    channel: Channel
    values: Floats
    u_gain_rel: float
    u_range_rel: float
    u_offset: float
    accuracy: Accuracy


def _joined(channels: list[Channel]) -> Channel:
    if len(channels) == 1:
        return channels[0]
    first = channels[0]
    return Channel(
        probe=first.probe, data=np.concatenate([c.values for c in channels]),
        t_s=np.concatenate([c.times_s for c in channels]),
        status=np.concatenate([c.flags for c in channels]),
        range_name=first.range_name, accuracy=first.accuracy,
    )


def _seen(record: Record, repeat: int, block: int) -> list[_Seen]:
    by_probe: dict[str, list[Channel]] = {}
    for chunk in record.parts[repeat, block]:
        for channel in chunk.channels:
            by_probe.setdefault(channel.probe, []).append(channel)
    return [_corrected(_joined(parts), record.calibration) for parts in by_probe.values()]


def _corrected(channel: Channel, calibration: Calibration) -> _Seen:
    accuracy = channel.accuracy
    correction = calibration.probe(channel.probe, channel.range_name)
    if correction is None:
        return _Seen(channel, channel.values, accuracy.gain_rel, accuracy.range_gain_rel,
                     accuracy.offset, accuracy)
    exact = f"{channel.probe}@{channel.range_name}" in calibration.probes
    values = correction.gain * channel.values + correction.offset
    left = replace(accuracy, linearity=accuracy.linearity * correction.linearity)
    return _Seen(channel, values, correction.u_gain_rel,
                 0.0 if exact else accuracy.range_gain_rel, correction.u_offset, left)


def trace_of(record: Record, repeat: int, block: int) -> Trace:
    """v(t) and i(t) of one block; see ``Record.trace``."""
    seen = _seen(record, repeat, block)
    t_s = seen[0].channel.times_s
    values = np.array([_on(t_s, one) for one in seen])
    netlist = effective_netlist(record.netlist, record.calibration)
    matrix = _observation(netlist, tuple(one.channel.probe for one in seen))
    v_dut_v, i_a = matrix @ values
    status = np.zeros(t_s.size, dtype=np.uint16)
    for one in seen:
        if one.channel.flags.size == t_s.size:
            status |= one.channel.flags
    return Trace(t_s, v_dut_v, i_a, status)


def _on(t_s: Floats, seen: _Seen) -> Floats:
    own = seen.channel.times_s
    same = own.size == t_s.size and np.array_equal(own, t_s)
    return seen.values if same else np.interp(t_s, own, seen.values)


def readings_of(record: Record) -> tuple[Reading, ...]:
    """One reading per window and repeat; see ``Record.readings``."""
    return tuple(
        reading
        for repeat, block in record.blocks()
        if record.plan.blocks[block].windows
        for reading in _readings_of_block(record, repeat, block)
    )


def _readings_of_block(record: Record, repeat: int, block: int) -> Iterator[Reading]:
    seen = _seen(record, repeat, block)
    for window in record.plan.blocks[block].windows:
        levels = [_level(one, window) for one in seen]
        if all(level is not None for level in levels):
            yield _reading(record, repeat, block, window,
                           [level for level in levels if level is not None])


@dataclass(frozen=True, slots=True)
class _Level:
    """The mean of one probe in a window less its baseline."""

    seen: _Seen
    difference: float
    high: float
    base: float | None
    raw_high: float
    raw_base: float
    u_noise: float
    samples: int
    status: int


def _level(seen: _Seen, window: ReadWindow) -> _Level | None:
    t_s = seen.channel.times_s
    inside = _between(t_s, window.start_s, window.stop_s)
    if not inside.any():
        return None
    raw = seen.channel.values
    high, weight = float(seen.values[inside].mean()), 1.0 / inside.sum()
    base, raw_base = None, 0.0
    if window.has_baseline:
        before = _between(t_s, window.baseline_start_s, window.baseline_stop_s)
        if before.any():
            base, weight = float(seen.values[before].mean()), weight + 1.0 / before.sum()
            raw_base = float(raw[before].mean())
    sigma = _scatter(seen.values[inside], seen.channel.accuracy.noise)
    status = int(np.bitwise_or.reduce(seen.channel.flags[inside]))
    return _Level(
        seen=seen, difference=high - (base or 0.0), high=high, base=base,
        raw_high=float(raw[inside].mean()), raw_base=raw_base,
        u_noise=sigma * float(np.sqrt(weight)), samples=int(inside.sum()), status=status,
    )


def _between(t_s: Floats, start_s: float, stop_s: float) -> npt.NDArray[np.bool_]:
    slack = 1e-9 * max(abs(start_s), abs(stop_s), 1e-9)
    return np.asarray((t_s >= start_s - slack) & (t_s < stop_s - slack))


def _scatter(values: Floats, declared: float) -> float:
    """Standard deviation of the white part, from differences of neighbours: hum and slow drift
    cancel over whole mains periods or stand in the budget by themselves."""
    if values.size < 16:
        return declared
    return float(np.sqrt(0.5 * np.mean(np.diff(values) ** 2)))


def _reading(
    record: Record, repeat: int, block: int, window: ReadWindow, levels: list[_Level]
) -> Reading:
    netlist = effective_netlist(record.netlist, record.calibration)
    probes = tuple(level.seen.channel.probe for level in levels)
    matrix = _observation(netlist, probes)
    differences = np.array([level.difference for level in levels])
    v_dut_v, i_a = (float(x) for x in matrix @ differences)
    g = i_a / v_dut_v if v_dut_v else 0.0
    # dG for a small change of each probe, at constant everything else.
    slopes = (matrix[1] - g * matrix[0]) / v_dut_v if v_dut_v else matrix[1] * 0.0
    budget = [c for level, slope in zip(levels, slopes, strict=True)
              for c in _components(level, float(slope))]
    budget += _element_components(netlist, probes, differences, g)
    planned = record.plan.blocks[block]
    before = [b for b in record.plan.blocks[:block] if b.kind == "program"]
    ended_s = before[-1].start_s + before[-1].duration_s if before else 0.0
    status = Status(int(np.bitwise_or.reduce([level.status for level in levels])))
    return Reading(
        conductance_siemens=g, v_dut_v=v_dut_v, i_a=i_a, budget=tuple(budget),
        repeat=repeat, block=block, window_s=(window.start_s, window.stop_s),
        samples=min(level.samples for level in levels),
        range_name=levels[-1].seen.channel.range_name,
        delay_s=planned.start_s + window.start_s - ended_s,
        t_s=record.parts[repeat, block][0].t_s, status=status,
    )


def _components(level: _Level, slope: float) -> Iterator[Component]:
    seen, accuracy = level.seen, level.seen.accuracy
    probe, key = seen.channel.probe, accuracy.key or seen.channel.probe
    range_key = f"{key}@{seen.channel.range_name}"
    yield Component(name=f"{probe} noise", u=slope * level.u_noise)
    if level.base is not None:
        yield Component(name=f"{probe} drift", u=slope * accuracy.drift)
    else:
        yield Component(name=f"{probe} offset", u=slope * seen.u_offset, key=f"{range_key} offset")
    yield Component(name=f"{probe} gain", u=slope * level.difference * seen.u_gain_rel,
                    key=f"{key} gain")
    yield Component(name=f"{probe} range", u=slope * level.difference * seen.u_range_rel,
                    key=f"{range_key} gain")
    yield linearity_of(accuracy, key, level.raw_high, slope)
    if level.base is not None:
        yield linearity_of(accuracy, key, level.raw_base, -slope)


def linearity_of(accuracy: Accuracy, key: str, at: float, slope: float) -> Component:
    """What the converter's bend contributes at an indicated level.

    One converter stands behind all ranges of a channel: the bend depends on the place on its
    scale, wherever that is in volts.
    """
    return Component(
        name=f"{key} linearity", u=slope * accuracy.linearity, key=f"{key} linearity",
        coordinate=at / accuracy.linearity_length,
    )


def steady_budget(accuracy: Accuracy, value: float, samples: int) -> Budget:
    """Budget of the mean of a steady level, gain and offset apart, in the channel's unit."""
    return (
        Component(name="noise", u=accuracy.noise / samples**0.5),
        Component(name="drift", u=accuracy.drift),
        linearity_of(accuracy, accuracy.key, value, 1.0),
    )


def _element_components(
    netlist: Netlist, probes: tuple[str, ...], differences: Floats, g: float
) -> Iterator[Component]:
    for element in netlist.elements:
        if element.u_rel and element.kind == "resistor":
            nudged = netlist.with_value(element.name, element.value * (1 + element.u_rel))
            v, i = _observation(nudged, probes) @ differences
            if v:
                yield Component(name=element.name, u=float(i / v) - g, key=element.name)


def total(budget: Budget, name: str) -> float:
    """Root sum of squares of the contributions whose name ends with ``name``."""
    return float(np.sqrt(sum(c.u**2 for c in budget if c.name.endswith(name))))
