"""From what the instruments gave to what happened at the device, with its uncertainty."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from memrig.hil.calibration import Calibration
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import (
    Accuracy,
    Channel,
    Chunk,
    Flags,
    Floats,
    Place,
    Readings,
    ReadOut,
    ReadOuts,
    Record,
    Trace,
    Traces,
    heads_of,
)
from memrig.hil.stimulus import ReadWindow
from memrig.hil.uncertainty import Budget, Component, Components


@cache
def _observation(netlist: Netlist, probes: tuple[str, ...]) -> Floats:
    return netlist.observation(probes)


class _Circuit:
    """What records were taken on, as calibrated."""

    def __init__(self, netlist: Netlist, calibration: Calibration) -> None:
        self.netlist = effective_netlist(netlist, calibration)
        self._matrices: dict[tuple[str, ...], Floats] = {}

    def observation(self, probes: tuple[str, ...]) -> Floats:
        """See ``Netlist.observation``; a record's blocks have mostly the same probes."""
        if probes not in self._matrices:
            self._matrices[probes] = _observation(self.netlist, probes)
        return self._matrices[probes]


def _circuit_of(record: Record) -> _Circuit:
    return _Circuit(record.netlist, record.calibration)


def effective_netlist(netlist: Netlist, calibration: Calibration) -> Netlist:
    """The netlist with the element values that the calibration measured."""
    for name, (value, u) in calibration.elements.items():
        netlist = netlist.with_value(name, value, u_rel=u / value)
    return netlist


@dataclass(frozen=True, slots=True)
class _Seen:
    """One probe's record of one block in some repeats.

    :param raw: as indicated, and ``values`` corrected, shape (m, n) each; where there is nothing
        to correct they are one and the same array.
    """

    channel: Channel
    raw: Floats
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


@dataclass(frozen=True, slots=True)
class _Shots:
    """Some repeats of one block, of equal channels, shape (m, n) each."""

    block: int
    repeats: range
    fired_s: Floats
    seen: tuple[_Seen, ...]

    @property
    def t_s(self) -> Floats:
        """Times of the points, shape (n,)."""
        return self.seen[0].channel.times_s


def _shots(record: Record, blocks: Collection[int] | None = None) -> Iterator[_Shots]:
    """Everything that was recorded; repeats that came together are together.

    :param blocks: numbers of those that are asked for; by default all.
    """
    chunks = record.chunks
    alone: dict[Place, list[int]] = {}
    trains: list[int] = []
    for number, head in enumerate(heads_of(chunks)):
        if blocks is None or head.block in blocks:
            (trains if head.count > 1 else alone.setdefault((head.repeat, head.block), [])).append(
                number)
    for numbers in (*alone.values(), *([number] for number in trains)):
        yield _shots_of([chunks[number] for number in numbers], record.calibration)


def _shots_of(chunks: Sequence[Chunk], calibration: Calibration) -> _Shots:
    """Chunks of the same repeats of a block."""
    by_probe: dict[str, list[Channel]] = {}
    for chunk in chunks:
        for channel in chunk.channels:
            by_probe.setdefault(channel.probe, []).append(channel)
    first = chunks[0]
    return _Shots(first.block, first.repeats, first.fired_s,
                  tuple(_corrected(_joined(parts), calibration) for parts in by_probe.values()))


def _corrected(channel: Channel, calibration: Calibration) -> _Seen:
    accuracy, raw = channel.accuracy, np.atleast_2d(channel.values)
    correction = calibration.probe(channel.probe, channel.range_name)
    if correction is None:
        return _Seen(channel, raw, raw, accuracy.gain_rel, accuracy.range_gain_rel,
                     accuracy.offset, accuracy)
    exact = f"{channel.probe}@{channel.range_name}" in calibration.probes
    left = replace(accuracy, linearity=accuracy.linearity * correction.linearity)
    return _Seen(channel, raw, correction.gain * raw + correction.offset, correction.u_gain_rel,
                 0.0 if exact else accuracy.range_gain_rel, correction.u_offset, left)


def traces_of(record: Record) -> Iterator[Traces]:
    """v(t) and i(t) of everything recorded, repeats together that came together."""
    circuit = _circuit_of(record)
    for shots in _shots(record):
        yield _ended(record, _traces(circuit, shots))


def trace_of(record: Record, repeat: int, block: int) -> Trace:
    """v(t) and i(t) of one block; see ``Record.trace``."""
    chunks = record.parts.whole((repeat, block))
    if chunks[0].count > 1:
        return _traces_of_train(record, chunks[0]).of(repeat)
    found = _traces(_circuit_of(record), _shots_of(chunks, record.calibration))
    return _ended(record, found).of(repeat)


def _traces_of_train(record: Record, chunk: Chunk) -> Traces:
    """Of the repeats that came in one chunk: kept, for who asks for one asks for the next, too."""
    kept = record.kept_traces.get(chunk.block)
    if kept is None or kept.repeats != chunk.repeats:
        kept = _ended(record, _traces(_circuit_of(record),
                                      _shots_of([chunk], record.calibration)))
        record.kept_traces[chunk.block] = kept
    return kept


def _ended(record: Record, found: Traces) -> Traces:
    """With what has ended the record at the last point that came."""
    if not record.lost:
        return found
    last = record.chunks[-1]
    if (found.repeats, found.block) == (last.repeats, last.block):
        found.status[-1, -1] |= int(record.lost)
    return found


def _traces(circuit: _Circuit, shots: _Shots) -> Traces:
    t_s = shots.t_s
    values = np.array([_on(t_s, one) for one in shots.seen])
    matrix = circuit.observation(tuple(one.channel.probe for one in shots.seen))
    v_dut_v, i_a = (matrix @ values.reshape(len(values), -1)).reshape(2, *values.shape[1:])
    status = np.zeros(values.shape[1:], dtype=np.uint16)
    for one in shots.seen:
        flags = one.channel.status
        if flags.size and flags.shape[-1] == t_s.size:
            status |= flags
    return Traces(shots.repeats, shots.block, shots.fired_s, t_s, v_dut_v, i_a, status)


def _on(t_s: Floats, seen: _Seen) -> Floats:
    own = seen.channel.times_s
    if own is t_s or (own.size == t_s.size and np.array_equal(own, t_s)):
        return seen.values
    return np.array([np.interp(t_s, own, row) for row in seen.values])


def readings_of(record: Record) -> Readings:
    """One reading per window and repeat; see ``Record.readings``."""
    circuit, blocks = _circuit_of(record), record.plan.blocks
    read = {index for index, block in enumerate(blocks) if block.windows}
    outs = ReadOuts()
    for shots in _shots(record, read):
        for number, window in enumerate(blocks[shots.block].windows):
            found = _read_out(blocks, circuit, shots, number, window)
            if found is not None:
                outs.add(found)
    return Readings(outs.found)


def _read_out(
    blocks: Sequence[PlannedBlock], circuit: _Circuit, shots: _Shots, number: int,
    window: ReadWindow,
) -> ReadOut | None:
    levels = [level for one in shots.seen if (level := _level(one, window)) is not None]
    if len(levels) < len(shots.seen):
        return None
    return _reading(blocks, circuit, shots, number, window, levels)


@dataclass(frozen=True, slots=True)
class _Level:
    """The mean of one probe in a window less its baseline, shape (m,) each."""

    seen: _Seen
    difference: Floats
    raw_high: Floats
    raw_base: Floats | None
    u_noise: Floats
    samples: int
    status: Flags


def _level(seen: _Seen, window: ReadWindow) -> _Level | None:
    t_s, values = seen.channel.times_s, seen.values
    inside = _between(t_s, window.start_s, window.stop_s)
    samples, before = inside.stop - inside.start, slice(0, 0)
    if not samples:
        return None
    if window.has_baseline:
        before = _between(t_s, window.baseline_start_s, window.baseline_stop_s)
    blank = before.stop - before.start
    sigma = _scatter(values[:, inside], seen.channel.accuracy.noise)
    (high, raw_high), (base, raw_base) = (_means(seen, part) for part in (inside, before))
    return _Level(
        seen=seen, difference=high - base if blank else high, raw_high=raw_high,
        raw_base=raw_base if blank else None,
        u_noise=sigma * math.sqrt(1.0 / samples + (1.0 / blank if blank else 0.0)),
        samples=samples, status=_flagged(seen, inside),
    )


def _means(seen: _Seen, part: slice) -> tuple[Floats, Floats]:
    """Of the values and of what was indicated, shape (m,) each; of no points 0."""
    count = max(part.stop - part.start, 1)
    mean = seen.values[:, part].sum(axis=1) / count
    return mean, mean if seen.raw is seen.values else seen.raw[:, part].sum(axis=1) / count


def _flagged(seen: _Seen, part: slice) -> Flags:
    """All flags of a part of every repeat, shape (m,)."""
    if not seen.channel.status.size:
        return np.zeros(len(seen.values), dtype=np.uint16)
    flags = np.atleast_2d(seen.channel.status)[:, part]
    return np.asarray(np.bitwise_or.reduce(flags, axis=1), dtype=np.uint16)


def _between(t_s: Floats, start_s: float, stop_s: float) -> slice:
    """The points of a span, its end excluded."""
    slack = 1e-9 * max(abs(start_s), abs(stop_s), 1e-9)
    first, behind = t_s.searchsorted((start_s - slack, stop_s - slack)).tolist()
    return slice(first, max(first, behind))


def _scatter(values: Floats, declared: float) -> Floats:
    """Standard deviation of the white part, shape (m,), from differences of neighbours: hum and
    slow drift cancel over whole mains periods or stand in the budget by themselves."""
    if values.shape[1] < 16:
        return np.full(values.shape[0], declared)
    return np.asarray(np.sqrt(0.5 * np.mean(np.diff(values, axis=1) ** 2, axis=1)))


def _reading(
    blocks: Sequence[PlannedBlock], circuit: _Circuit, shots: _Shots, number: int,
    window: ReadWindow, levels: list[_Level],
) -> ReadOut:
    probes = tuple(level.seen.channel.probe for level in levels)
    matrix = circuit.observation(probes)
    differences = np.array([level.difference for level in levels])
    v_dut_v, i_a = matrix @ differences
    g = _ratio(i_a, v_dut_v)
    # dG for a small change of each probe, at constant everything else.
    slopes = _ratio(matrix[1][:, None] - g * matrix[0][:, None], v_dut_v)
    components = [c for level, slope in zip(levels, slopes, strict=True)
                  for c in _components(level, slope)]
    components += _element_components(circuit.netlist, probes, differences, g)
    ended_s = max((b.start_s + b.duration_s for b in blocks[:shots.block] if b.kind == "program"),
                  default=0.0)
    return ReadOut(
        conductance_siemens=g, v_dut_v=v_dut_v, i_a=i_a, components=tuple(components),
        repeats=shots.repeats, block=shots.block, window=number,
        window_s=(window.start_s, window.stop_s),
        samples=min(level.samples for level in levels),
        range_name=levels[-1].seen.channel.range_name,
        delay_s=blocks[shots.block].start_s + window.start_s - ended_s, t_s=shots.fired_s,
        status=np.bitwise_or.reduce([level.status for level in levels]),
    )


def _ratio(above: Floats, below: Floats) -> Floats:
    """A quotient; 0 where there is nothing to divide by."""
    if below.all():
        return above / below
    return np.divide(above, below, out=np.zeros(above.shape), where=below != 0.0)


def _components(level: _Level, slope: Floats) -> Iterator[Components]:
    seen, accuracy = level.seen, level.seen.accuracy
    probe, key = seen.channel.probe, accuracy.key or seen.channel.probe
    range_key, height = f"{key}@{seen.channel.range_name}", slope * level.difference
    yield Components(name=f"{probe} noise", u=slope * level.u_noise)
    if level.raw_base is not None:
        yield Components(name=f"{probe} drift", u=slope * accuracy.drift)
    else:
        yield Components(name=f"{probe} offset", u=slope * seen.u_offset, key=f"{range_key} offset")
    yield Components(name=f"{probe} gain", u=height * seen.u_gain_rel, key=f"{key} gain")
    yield Components(name=f"{probe} range", u=height * seen.u_range_rel, key=f"{range_key} gain")
    yield _bends(accuracy, key, level.raw_high, slope)
    if level.raw_base is not None:
        yield _bends(accuracy, key, level.raw_base, -slope)


def _bends(accuracy: Accuracy, key: str, at: Floats, slope: Floats) -> Components:
    """See ``linearity_of``, shape (m,)."""
    return Components(name=f"{key} linearity", u=slope * accuracy.linearity,
                      key=f"{key} linearity", coordinate=at / accuracy.linearity_length)


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
    netlist: Netlist, probes: tuple[str, ...], differences: Floats, g: Floats
) -> Iterator[Components]:
    for element in netlist.elements:
        if element.u_rel and element.kind == "resistor":
            nudged = netlist.with_value(element.name, element.value * (1 + element.u_rel))
            v, i = _observation(nudged, probes) @ differences
            yield Components(name=element.name, u=np.where(v != 0.0, _ratio(i, v) - g, 0.0),
                             key=element.name)


def total(budget: Budget, name: str) -> float:
    """Root sum of squares of the contributions whose name ends with ``name``."""
    return float(np.sqrt(sum(c.u**2 for c in budget if c.name.endswith(name))))


def current_at(trace: Trace, t_s: Floats) -> Floats:
    """Current of a trace at other times, shape (n,)."""
    if np.array_equal(trace.t_s, t_s):
        return trace.i_a  # steps have two values at one time, which interpolation cannot tell
    return np.asarray(np.interp(t_s, trace.t_s, trace.i_a))


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a chunk says of the device.

    :param traces: of this chunk alone.
    :param u_v: standard uncertainty of one point of the device's voltage at most, ``u_a`` of its
        current.
    :param read: what the windows gave that are whole with this chunk.
    :param goes_on: whether it goes on where the chunk before it has ended, in the same shot.
    """

    traces: Traces
    u_v: float
    u_a: float
    read: tuple[ReadOut, ...]
    goes_on: bool


class Arriving:
    """Finds in a record's chunks, as they come, what ``traces_of`` and ``readings_of`` find in the
    whole record."""

    def __init__(self, plan: Plan, netlist: Netlist, calibration: Calibration) -> None:
        self._plan, self._calibration = plan, calibration
        self._circuit = _Circuit(netlist, calibration)
        self._shot: tuple[int, int, int] = (-1, -1, 0)
        self._parts: list[Chunk] = []
        self._until_s, self._windows, self._due = 0.0, 0, range(0)
        self._read: tuple[ReadOut, ...] = ()
        self._outs, self._in_order = ReadOuts(), True

    @property
    def readings(self) -> Readings | None:
        """All that ``readings_of`` finds, once everything has come; None where a shot was gone on
        with after another one."""
        self._keep()
        self._due = range(self._windows, self._windows_of(self._shot[1]))
        self._read, self._windows = self._again(), self._due.stop
        self._keep()
        return Readings(self._outs.found) if self._in_order else None

    def see(self, chunk: Chunk) -> Arrival:
        """Take the next chunk."""
        goes_on = self._next(chunk)
        shots = _shots_of([chunk], self._calibration)
        u_v, u_a = self._uncertainty(shots)
        self._read = self._read_in(chunk, shots)
        return Arrival(_traces(self._circuit, shots), u_v, u_a, self._read, goes_on)

    def note(self, chunk: Chunk) -> None:
        """Take the next chunk for its readings alone."""
        self._next(chunk)
        if self._windows < self._windows_of(chunk.block):
            self._read = self._read_in(chunk, _shots_of([chunk], self._calibration))

    def flagged(self, chunk: Chunk) -> None:
        """The chunk that came last once more, with more flags."""
        if self._due or self._windows < self._windows_of(chunk.block):
            self._parts[-1] = chunk
            self._read = self._again()

    def _next(self, chunk: Chunk) -> bool:
        """Whether it goes on with the last one's shot; what that one's windows lack does not come
        any more if it does not."""
        shot = chunk.repeat, chunk.block, chunk.count
        self._keep()
        if shot == self._shot:
            return True
        self._due = range(self._windows, self._windows_of(self._shot[1]))
        self._read = self._again()
        self._keep()
        self._in_order &= shot[:2] > self._shot[:2]
        self._shot, self._parts, self._windows, self._until_s = shot, [], 0, 0.0
        return False

    def _windows_of(self, block: int) -> int:
        return len(self._plan.blocks[block].windows) if block >= 0 else 0

    def _keep(self) -> None:
        for found in self._read:
            self._outs.add(found)
        self._read, self._due = (), range(0)

    def _read_in(self, chunk: Chunk, shots: _Shots) -> tuple[ReadOut, ...]:
        """Windows in the order of their ends; one that lies in several chunks is read in all."""
        windows = self._plan.blocks[chunk.block].windows
        if self._windows == len(windows):
            return ()
        self._parts.append(chunk)
        t_s, self._until_s = [self._until_s, *shots.t_s[-2:].tolist()], float(shots.t_s[-1])
        seen_s = t_s[-1] + 1.5 * (t_s[-1] - t_s[-2])  # a point stands for what is around it
        first = self._windows
        while self._windows < len(windows) and windows[self._windows].stop_s <= seen_s:
            self._windows += 1
        self._due = range(first, self._windows)
        return self._again(shots if len(self._parts) == 1 else None)

    def _again(self, shots: _Shots | None = None) -> tuple[ReadOut, ...]:
        """What the windows that are due have given."""
        if not (self._due and self._parts):
            return ()
        shots = shots or _shots_of(self._parts, self._calibration)
        blocks = self._plan.blocks
        windows = blocks[shots.block].windows
        found = (_read_out(blocks, self._circuit, shots, number, windows[number])
                 for number in self._due)
        return tuple(one for one in found if one is not None)

    def _uncertainty(self, shots: _Shots) -> tuple[float, float]:
        matrix = self._circuit.observation(tuple(one.channel.probe for one in shots.seen))
        u_v, u_a = np.abs(matrix) @ np.array([_point_u(one) for one in shots.seen])
        return float(u_v), float(u_a)


def _point_u(seen: _Seen) -> float:
    """Standard uncertainty of a point at most, in the channel's unit."""
    known = seen.accuracy
    steady = math.hypot(known.noise, known.drift, known.linearity, seen.u_offset)
    relative = math.hypot(seen.u_gain_rel, seen.u_range_rel)
    return steady + (relative * float(np.abs(seen.raw).max(initial=0.0)) if relative else 0.0)
