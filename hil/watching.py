"""Watches what comes back while a run goes on: flags points, and says what it has seen.

What must hold for a point is compared with its uncertainty, and a point alone is no alarm: what
happens at an edge (charge of cables, channels that are sampled one after the other) has passed
after the time that the bench's readings settle in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from memrig.hil import guards as say
from memrig.hil.bench import Capabilities
from memrig.hil.calibration import Calibration
from memrig.hil.derive import Arrival, Arriving
from memrig.hil.guards import Alert
from memrig.hil.limits import WorstCase
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.profile import Profile
from memrig.hil.record import Channel, Chunk, Readings, ReadOut, Traces
from memrig.hil.sentence import Sentence
from memrig.hil.status import Status
from memrig.hil.waveform import Waveform
from memrig.hil.wear import Wearing

SIGMAS, POINT_SIGMAS = 3.0, 4.0
"""Standard uncertainties within which nothing is said of a reading, and of a point: of those there
are many."""
VOLTAGE_REL, CURRENT_REL = 0.02, 0.05
"""Levels overshoot within this, and limits of the current act within this."""
RANGE_FACTOR = 2.0
"""A device may be so much beyond its range of resistance, which depends on the voltage."""
LEAST_REL = 0.01
"""Of the largest read voltage: so near to 0 V nobody asks for a resistance."""
DRIFT_REL = 0.1
"""Smallest change of a reading that is called a drift."""
SAME_LEVEL_REL = 0.1
"""Levels of reads that differ by less are the same one."""
LASTING = 3
"""Points one after the other that make a condition, at least."""
BAND = int(Status.OUT_OF_BAND)
FLAGS = {"compliance": (Status.COMPLIANCE, say.COMPLIANCE),
         "clipped": (Status.CLIPPED, say.CLIPPED),
         "overrange": (Status.OVERRANGE, say.OVERRANGE)}
"""What instruments say themselves, by guard."""
UNKNOWN = int(Status.CLIPPED | Status.HOLE | Status.INVALID)
"""Points with these say nothing of the device; one that is beyond its range is at least so much."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Find:
    """Something that a guard has seen in a chunk.

    :param points: which are flagged, shaped like the traces.
    :param at: row and column of the first.
    """

    guard: str
    seen: Sentence
    points: Mask
    at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Slack:
    """Within which a point is believed to be, volts and amperes."""

    v_v: float
    i_a: float


SHORT, OPEN = "short", "open"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A condition and the points that meet it, shaped like the traces; None for none."""

    template: str
    beyond: Mask | None
    bound: float = 0.0

    @property
    def guard(self) -> str:
        """The guard that it is a condition of."""
        return "conductance" if self.template in {SHORT, OPEN} else "limit"

    @property
    def but(self) -> int:
        """Flags of points that cannot tell."""
        return UNKNOWN | (int(Status.OVERRANGE) if self.template == OPEN else 0)


class Watchman:
    """Watches one run.

    :param knows_device: whether the profile says something of what is in place: a model that got
        other parameters still has the profile of its kind.
    :ivar wear: what the device got so far.
    :ivar alerts: what was seen, by guard.
    :ivar plan: of the present stimulus.
    """

    def __init__(
        self, profile: Profile, netlist: Netlist, calibration: Calibration,
        capabilities: Capabilities, *, knows_device: bool = True,
    ) -> None:
        self._knows_device = knows_device
        self._profile, self._netlist, self._calibration = profile, netlist, calibration
        self._settle_s = max(capabilities.settle_s, capabilities.edge_s,
                             capabilities.limit_response_s)
        self._margin_v = capabilities.margin_v
        self._farad = sum(one.value for one in netlist.of_kind("capacitor"))
        self.wear = Wearing()
        self.alerts: dict[str, Alert] = {}
        self._references: dict[str, ReadOut] = {}
        self._index = 0
        self.plan: Plan
        self._worst: WorstCase
        self._arriving: Arriving
        self._runs: dict[str, int] = {}
        self._displaced_a: dict[int, float] = {}

    def begin(self, index: int, plan: Plan, worst: WorstCase) -> None:
        """The next stimulus is about to be applied."""
        self._index, self.plan, self._worst = index, plan, worst
        self._arriving = Arriving(plan, self._netlist, self._calibration)
        self._displaced_a.clear()

    def answered(self, guard: str, answer: str) -> None:
        """Somebody was asked about what a guard has seen."""
        self.alerts[guard] = replace(self.alerts[guard], answer=answer)

    def is_last(self, chunk: Chunk) -> bool:
        """Whether nothing of the stimulus comes after this chunk."""
        blocks, t_s = self.plan.blocks, chunk.channels[0].times_s
        block = blocks[-1]
        ends_s = max([block.duration_s, *(window.stop_s for window in block.windows)])
        return (chunk.block == len(blocks) - 1 and chunk.repeats.stop == self.plan.repeat
                and t_s.size > 1 and 2.5 * t_s[-1] - 1.5 * t_s[-2] >= ends_s)

    @property
    def readings(self) -> Readings | None:
        """All readings of the stimulus, once all of it has come; None where they must be looked
        for in the whole record."""
        return self._arriving.readings

    def see(self, chunk: Chunk) -> tuple[Chunk, list[Alert]]:
        """The chunk with its flags, and what is told of it: of each guard the first time."""
        arrival = self._arriving.see(chunk)
        self.wear.add(arrival.traces, goes_on=arrival.goes_on)
        if not arrival.goes_on:
            self._runs.clear()
        flagged = any(channel.status.size for channel in chunk.channels)
        found = [*(_reported(arrival.traces) if flagged else ()),
                 *self._points(chunk.block, arrival, flagged=flagged),
                 *self._read(chunk, arrival)]
        told = [self._told(chunk, arrival.traces, one) for one in found]
        own = [one.points for one in found if one.guard not in FLAGS]
        if own:
            chunk = replace(chunk, channels=tuple(
                _marked(channel, np.logical_or.reduce(own)) for channel in chunk.channels))
            self._arriving.flagged(chunk)
        return chunk, [alert for alert in told if alert is not None]

    def _told(self, chunk: Chunk, traces: Traces, found: _Find) -> Alert | None:
        """Count it; the alert where it is the first of its guard."""
        row, column = found.at
        known, points = self.alerts.get(found.guard), int(found.points.sum())
        self.alerts[found.guard] = replace(known, points=known.points + points) if known else (
            Alert(guard=found.guard, seen=found.seen, index=self._index, points=points,
                  repeat=chunk.repeat + row, block=chunk.block, t_s=float(traces.t_s[column])))
        return None if known else self.alerts[found.guard]

    # --- points

    def _points(self, block: int, arrival: Arrival, *, flagged: bool) -> Iterator[_Find]:
        """Conditions of single points, where they last."""
        traces = arrival.traces
        if not traces.t_s.size:
            return
        slack = _Slack(POINT_SIGMAS * arrival.u_v,
                       POINT_SIGMAS * arrival.u_a + self._displaced(block))
        step_s = float(traces.t_s[-1] - traces.t_s[0]) / max(traces.t_s.size - 1, 1)
        least = LASTING + (math.ceil(self._settle_s / step_s) if step_s else 0)
        conditions = [*self._limits(traces, slack)]
        conditions += self._resistance(traces, slack) if self._knows_device else ()
        for seen in conditions:
            beyond = seen.beyond
            if beyond is not None and flagged:
                beyond &= (traces.status & seen.but) == 0
            if (points := self._lasting(seen.template, beyond, least)) is not None:
                at = _first(points)
                yield _Find(seen.guard, self._sentence(seen, traces, at), points, at)

    def _limits(self, traces: Traces, slack: _Slack) -> Iterator[_Seen]:
        """Beyond what the plan can put on the device, or the profile allows."""
        worst, profile = self._worst, self._profile
        v, i = traces.v_dut_v, traces.i_a
        v_slack = slack.v_v + self._margin_v + VOLTAGE_REL * max(worst.v_high_v, -worst.v_low_v)
        high_v, low_v = worst.v_high_v + v_slack, worst.v_low_v - v_slack
        yield _Seen(say.VOLTAGE_HIGH, v > high_v if v.max() > high_v else None, worst.v_high_v)
        yield _Seen(say.VOLTAGE_LOW, v < low_v if v.min() < low_v else None, worst.v_low_v)
        if self._knows_device:
            highest_a, lowest_a = profile.i_max_a, profile.i_lowest_a
            high_a = highest_a * (1.0 + CURRENT_REL) + slack.i_a
            low_a = lowest_a * (1.0 + CURRENT_REL) - slack.i_a
            yield _Seen(say.CURRENT_HIGH, i > high_a if i.max() > high_a else None, highest_a)
            yield _Seen(say.CURRENT_LOW, i < low_a if i.min() < low_a else None, lowest_a)

    def _resistance(self, traces: Traces, slack: _Slack) -> Iterator[_Seen]:
        """Where the device conducts too well at low voltage, and too badly at a higher one: what
        is not linear conducts better there, and its range is known from reads."""
        profile, v, drop = self._profile, np.abs(traces.v_dut_v), np.abs(traces.i_a)
        least_v, read_v = slack.v_v + LEAST_REL * profile.v_read_max_v, profile.v_read_max_v
        low_ohm, high_ohm = profile.r_min_ohm / RANGE_FACTOR, profile.r_max_ohm * RANGE_FACTOR
        drop *= low_ohm
        beyond_v = drop - v
        least = least_v + low_ohm * slack.i_a
        yield _Seen(SHORT, (beyond_v > least) & (v <= read_v) if beyond_v.max() > least else None)
        if v.max() < read_v:
            yield _Seen(OPEN, None)
            return
        drop *= high_ohm / low_ohm
        np.subtract(v, drop, out=beyond_v)
        least = least_v + high_ohm * slack.i_a
        yield _Seen(OPEN, (beyond_v > least) & (v >= read_v) if beyond_v.max() > least else None)

    def _sentence(self, seen: _Seen, traces: Traces, at: tuple[int, int]) -> Sentence:
        v, i = float(traces.v_dut_v[at]), float(traces.i_a[at])
        if seen.guard == "conductance":
            return Sentence(say.CONDUCTANCE, (
                (i / v + 0.0 if v else math.inf, "S"), (v, "V"), *self._range))
        value = (v, "V") if seen.template in {say.VOLTAGE_HIGH, say.VOLTAGE_LOW} else (i, "A")
        return Sentence(seen.template, (value, (seen.bound, value[1])))

    @property
    def _range(self) -> tuple[tuple[float, str], tuple[float, str]]:
        return (1.0 / self._profile.r_max_ohm, "S"), (1.0 / self._profile.r_min_ohm, "S")

    def _lasting(self, what: str, points: Mask | None, least: int) -> Mask | None:
        """Those of some points that stand side by side, so many at least; a shot may come in
        several chunks. None where there are none."""
        before = self._runs.pop(what, 0)
        if points is None or not points.any():
            return None
        kept, after = _in_runs(points, least, before)
        self._runs[what] = after
        return kept if kept.any() else None

    def _displaced(self, block: int) -> float:
        """Current into the capacitances of the bench while a block's ramps last, amperes."""
        if not self._farad:
            return 0.0
        if block not in self._displaced_a:
            planned = self.plan.blocks[block]
            self._displaced_a[block] = self._farad * sum(
                _ramp_v_per_s(one, self._settle_s) for one in (planned.top, planned.bottom))
        return self._displaced_a[block]

    # --- readings

    def _read(self, chunk: Chunk, arrival: Arrival) -> Iterator[_Find]:
        plan = self.plan
        programs = any(block.kind == "program" for block in plan.blocks)
        if plan.blocks[chunk.block].kind == "program" or (programs and chunk.count > 1):
            self._references.pop(plan.stimulus.device, None)
        for out in arrival.read:
            if self._knows_device:
                yield from self._outside(out, arrival.traces)
            if not (programs and chunk.count > 1):
                yield from self._drifted(out, arrival.traces)

    def _outside(self, out: ReadOut, traces: Traces) -> Iterator[_Find]:
        g, ((low, _), (high, _)) = out.conductance_siemens, self._range
        least, most = low / RANGE_FACTOR, high * RANGE_FACTOR
        if g.min() >= least and g.max() <= most:
            return
        slack = SIGMAS * out.u_siemens
        beyond = (g - slack > most) | (g + slack < least)
        if beyond.any():
            row = int(beyond.argmax())
            yield _in_window("conductance", beyond, out, traces, Sentence(say.READ, (
                *_quantities(out, row), (float(out.v_dut_v[row]), "V"), *self._range)))

    def _drifted(self, out: ReadOut, traces: Traces) -> Iterator[_Find]:
        g, v_v, device = out.conductance_siemens, float(out.v_dut_v[0]), self.plan.stimulus.device
        known = self._references.get(device)
        if known is None or abs(v_v - known.v_dut_v[0]) > SAME_LEVEL_REL * abs(known.v_dut_v[0]):
            known = self._references[device] = out
        before = known.conductance_siemens[0]
        change = np.abs(g - before)
        if change.max() <= DRIFT_REL * abs(before):
            return
        beyond = (change > DRIFT_REL * abs(before)) & (
            change > SIGMAS * np.hypot(out.u_siemens, known.u_siemens[0]))
        if beyond.any():
            row = int(beyond.argmax())
            yield _in_window("drift", beyond, out, traces, Sentence(say.DRIFT, (
                *_quantities(out, row), *_quantities(known, 0))))


def _reported(traces: Traces) -> Iterator[_Find]:
    """What the instruments have flagged."""
    for guard, (flag, template) in FLAGS.items():
        points = (traces.status & int(flag)) != 0
        if points.any():
            at = _first(points)
            yield _Find(guard, Sentence(template, (
                (float(traces.v_dut_v[at]), "V"), (float(traces.i_a[at]), "A"))), points, at)


def _quantities(out: ReadOut, row: int) -> tuple[tuple[float, str], tuple[float, str]]:
    return (float(out.conductance_siemens[row]), "S"), (float(out.u_siemens[row]), "S")


def _in_window(
    guard: str, beyond: Mask, out: ReadOut, traces: Traces, seen: Sentence
) -> _Find:
    """A reading's points are those of its window."""
    inside = (traces.t_s >= out.window_s[0]) & (traces.t_s < out.window_s[1])
    points = beyond[:, None] & inside[None, :]
    return _Find(guard, seen, points, _first(points))


def _first(points: Mask) -> tuple[int, int]:
    row, column = np.unravel_index(int(points.argmax()), points.shape)
    return int(row), int(column)


def _marked(channel: Channel, points: Mask) -> Channel:
    """Some points out of band; a channel of other points stays as it is."""
    mine = points if channel.data.ndim == 2 else points[0]
    if mine.shape != channel.data.shape:
        return channel
    flags = np.where(mine, BAND, 0).astype(np.uint16)
    return replace(channel, status=channel.flags | flags)


def _in_runs(points: Mask, least: int, before: int) -> tuple[Mask, int]:
    """Points in runs of a length within their row, shape (m, n).

    :param before: length of the run that ended just before the first row.
    :returns: the points, and the length of the run that the last row ends with.
    """
    m, n = points.shape
    apart = np.zeros((m, n + 1), dtype=bool)  # so that no run goes on in the next row
    apart[:, :n] = points
    edges = np.diff(np.concatenate([[0], apart.ravel().view(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    lengths = stops - starts
    lengths[0] += before if points[0, 0] else 0
    after = int(lengths[-1]) if points[-1, -1] else 0
    kept = lengths >= least
    marks = np.zeros(apart.size + 1, dtype=np.int64)
    np.add.at(marks, starts[kept], 1)
    np.add.at(marks, stops[kept], -1)
    return (np.cumsum(marks)[:-1] > 0).reshape(m, n + 1)[:, :n], after


def _ramp_v_per_s(waveform: Waveform, settle_s: float) -> float:
    """The steepest of the ramps that last longer than a settling; steps and edges do not."""
    t_s, v_v = waveform.vertices()
    lasting_s = np.diff(t_s)
    ramps = lasting_s > settle_s
    return float(np.abs(np.diff(v_v)[ramps] / lasting_s[ramps]).max(initial=0.0))
