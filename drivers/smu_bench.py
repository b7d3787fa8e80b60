"""Benches of a source/measure unit with one or two channels around the device.

One channel: ``SMU1 - top``, ``bottom - [R_s] - ground``; the difference of both waveforms is played
at the top. Two channels: ``SMU1 - top``, ``bottom - [R_s] - SMU2``; each electrode has its own
source. Every block is a list of levels on one grid for all channels (``memrig.drivers.lists``); the
hardware limits the current.

A bench file may say, in ``[bench]``:

* ``v_max_v``: largest level, volts. It chooses the voltage range, which is fixed while the outputs
  are on: up to 2.1 V the 2 V range, ten times as exact as the 20 V range. 3.2 V by default.
* ``i_max_a``: largest limit of the current, and the limit of stimuli that ask for none; 10 mA.
* ``r_min_ohm``: smallest resistance of the device; program blocks are then measured on the range
  that such a device needs, not on that of the limit.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from memrig.drivers._bench import InstrumentBench, connected, with_tolerances
from memrig.drivers.keysight_b2900 import KeysightB2900
from memrig.drivers.lists import StepList, Wish, listed, played
from memrig.drivers.queued_list import QueuedList, placed, queued, reach
from memrig.drivers.read_range import ReadRange, read_ranges
from memrig.drivers.roles import Smu, SmuAbilities, SmuShot
from memrig.hil.bench import BenchInfo, Capabilities, DriveAccuracy, Watch
from memrig.hil.calibration import Calibration, CheckReport, Correction
from memrig.hil.clock import Clock
from memrig.hil.errors import BenchError, InfeasibleError, TriggerError
from memrig.hil.netlist import Netlist, smu
from memrig.hil.plan import Adjustment, Plan, PlannedBlock
from memrig.hil.record import Channel, Chunk
from memrig.hil.status import Status
from memrig.hil.stimulus import Block, Role, Stimulus
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Floats, Waveform, between

SOURCES: Mapping[str, int] = {"top_drive": 1, "bottom_drive": 2}
"""Sources of the netlist and the channels that they are."""
V_MAX_V, I_MAX_A = 3.2, 10e-3
LIMIT_MIN_A = 1e-8
LIMIT_MIN_REL = 0.01
"""The lowest limit, of the range that is measured on."""
FOLLOWS = 2.0
"""Limit of the bottom channel, relative to that of the top channel, which acts."""
MAINS_S = 0.02
POLL_S = 0.05
"""Between two looks at a running list: no more of a record than this is ever at risk."""
SKEW_S = 1e-4
"""Waited beyond a list's end, so that the last point of the later channel is there."""
LATE_POLLS = 20
"""Looks after a list's end before points that are missing are an error."""
REPEATED = 8
"""Readings that are all the same as before by chance are fewer than this."""
READ_TRIES = 4
"""How often a read is fired at most to find its range."""
SPIKES = (Role.SPIKE_PAIR, Role.SHAM, Role.PRE_ONLY, Role.POST_ONLY, Role.REVERSED)
"""Roles whose timing is the experiment: their blocks are never split."""
LEVEL_DIGITS = 9


class SmuBench(InstrumentBench):
    """A source/measure unit; the device between its channels, or between one and ground."""

    def __init__(
        self, *, name: str, netlist: Netlist, unit: Smu, clock: Clock, calibration: Calibration,
        v_max_v: float = V_MAX_V, i_max_a: float = I_MAX_A, r_min_ohm: float = 0.0,
        opened: Mapping[str, Any] | None = None,
    ) -> None:
        _check_entries(unit.abilities, v_max_v, i_max_a)
        super().__init__(name=name, netlist=netlist, instruments={"smu": unit}, clock=clock,
                         calibration=calibration, opened=opened)
        self.smu, self.v_max_v, self.i_max_a = unit, v_max_v, i_max_a
        share = 1.0 / unit.abilities.over_range
        self.range_v = next(r for r in unit.abilities.ranges_v if r >= v_max_v * share)
        self.sources = [s for s in SOURCES if s in netlist.thevenin().weights]
        self.probes = {SOURCES[s]: _probes_of(netlist, s) for s in self.sources}
        self.series_ohm = sum(r.value for r in netlist.of_kind("resistor"))
        self._r_min_ohm = r_min_ohm
        self._limit_a = 0.0
        self._reads = ReadRange(unit.abilities)
        self._ready: dict[str, list[list[QueuedList]]] = {}
        self._first_points: tuple[Channel, ...] = ()

    @property
    def capabilities(self) -> Capabilities:
        """From the unit's abilities and the bench file."""
        can, drives = self.smu.abilities, self._drives().values()
        return Capabilities(
            v_max_v=self.v_max_v, pulse_min_s=can.interval_min_s, step_min_s=can.interval_min_s,
            points_max=can.points_max - 1, compliance="hardware", i_max_a=self.i_max_a,
            independent_bottom=len(self.sources) == 2, settle_s=self._settle_s(),
            v_resolution_v=self.step_v,
            margin_rel=can.overshoot_rel + 2.0 * max(d.gain_rel for d in drives),
            margin_v=can.overshoot_v + 2.0 * max(d.offset_v for d in drives),
            i_noise_a=self._i_noise_a(), edge_s=can.settle_s, limit_response_s=can.settle_s,
        )

    def _i_noise_a(self) -> float:
        """Of the difference of a window and its baseline on the smallest range of reads."""
        aperture_s = min(MAINS_S, self.smu.abilities.aperture_max_s)
        known = self.smu.current_accuracy(1, self.read_ranges[0], aperture_s)
        return math.hypot(math.sqrt(2.0 * aperture_s / MAINS_S) * known.noise, known.drift)

    @property
    def read_ranges(self) -> list[float]:
        """Current ranges that settle within a read's blanking, the smallest first."""
        return read_ranges(self.smu.abilities)

    @property
    def has_series_resistor(self) -> bool:
        """Whether a resistor is in series with the device."""
        return bool(self._netlist.of_kind("resistor"))

    def source_ohm(self, source: str) -> float:
        """Inner resistance of a source as written down."""
        return self._netlist.element(source).value

    @property
    def step_v(self) -> float:
        """Resolution of a level."""
        return self.range_v * self.smu.abilities.step_rel

    def _settle_s(self) -> float:
        """Seven time constants of the output, and of capacitance behind the series resistance."""
        farad = max((c.value for c in self._netlist.of_kind("capacitor")), default=0.0)
        return 7.0 * (self.smu.abilities.settle_s + farad * self.series_ohm)

    def _drives(self) -> Mapping[str, DriveAccuracy]:
        declared = self.smu.drive_accuracy(self.range_v)
        rounding_v = self.step_v / math.sqrt(12.0)
        found = {}
        for source in self.sources:
            known = self._calibration.sources.get(source)
            found[source] = declared if known is None else DriveAccuracy(
                gain_rel=known.u_gain_rel, offset_v=math.hypot(known.u_offset, rounding_v))
        return found

    def describe(self) -> BenchInfo:
        """Identities, netlist, calibration; ranges and the limit of the current as read back."""
        info = super().describe()
        settings = {**info.settings, "range_v": self.range_v, "v_max_v": self.v_max_v,
                    "i_max_a": self.i_max_a, "compliance_a": self._limit_a}
        return replace(info, settings=settings)

    # --- planning

    def prepare(self, stimulus: Stimulus) -> Plan:
        """Cut at rests, put on the unit's grid; needs no connection.

        What the plan draws is what the output does: its approach to every level with it.
        """
        limit_a = self._checked_limit(stimulus)
        blocks: list[PlannedBlock] = []
        adjustments: dict[str, Adjustment] = {}
        for block in stimulus.blocks:
            planned, changed = self._planned(stimulus, block, limit_a)
            blocks.append(planned)
            adjustments |= {a.name: a for a in changed}
        return Plan(
            stimulus=stimulus, bench=self.name, blocks=tuple(blocks),
            spacing_s=stimulus.spacing_s, adjustments=tuple(adjustments.values()),
            settings={"compliance_a": limit_a, "range_v": self.range_v,
                      "compliance_min_a": LIMIT_MIN_REL * max(
                          (one.settings.get("range_a", 0.0) for one in blocks), default=0.0)},
        )

    def _checked_limit(self, stimulus: Stimulus) -> float:
        asked_a = stimulus.compliance_a or self.i_max_a
        if not LIMIT_MIN_A <= asked_a <= self.i_max_a * (1 + 1e-9):
            raise InfeasibleError(
                "limit of the current", asked=format_quantity(asked_a, "A"),
                allowed=f"{format_quantity(LIMIT_MIN_A, 'A')} to "
                        f"{format_quantity(self.i_max_a, 'A')} ([bench] i_max_a)")
        return asked_a

    def _planned(
        self, stimulus: Stimulus, block: Block, limit_a: float
    ) -> tuple[PlannedBlock, tuple[Adjustment, ...]]:
        waveforms = self._waveforms(block)
        self._check_levels(waveforms, block.kind)
        found = listed(self._wish(stimulus, block, waveforms), self.smu.abilities)
        settle_s = self.smu.abilities.settle_s
        drawn = [played(found.lists, k, settle_s) for k in range(len(waveforms))]
        rest = Waveform.zero(drawn[0].stop_s)
        top, bottom = drawn if len(drawn) == 2 else (drawn[0], rest)
        step_s = found.lists[0].interval_s
        settings: dict[str, Any] = {
            "lists": [self._list_json(one) for one in found.lists],
            "measured": {"points": sum(one.levels_v.shape[1] for one in found.lists),
                         "step_s": step_s, "grid_s": step_s},
        }
        if block.kind == "program":
            settings["range_a"] = self._program_range(waveforms, limit_a)
        planned = PlannedBlock(kind=block.kind, start_s=block.start_s, top=top, bottom=bottom,
                               windows=found.windows, settings=settings)
        return planned, found.adjustments

    def _waveforms(self, block: Block) -> list[Waveform]:
        if len(self.sources) == 2:
            return [block.top, block.bottom]
        return [between(block.top, block.bottom)]

    def _check_levels(self, waveforms: Sequence[Waveform], kind: str) -> None:
        for waveform, end in zip(waveforms, ("top", "bottom"), strict=False):
            largest_v = max(abs(v) for v in waveform.extrema())
            if largest_v > self.v_max_v * (1 + 1e-9):
                raise InfeasibleError(
                    f"level of a {kind} block at the {end} electrode",
                    asked=format_quantity(largest_v, "V"),
                    allowed=f"at most {format_quantity(self.v_max_v, 'V')} ([bench] v_max_v)")

    def _wish(self, stimulus: Stimulus, block: Block, waveforms: Sequence[Waveform]) -> Wish:
        is_read = block.kind == "read"
        share = block.duration_s / stimulus.once_s if stimulus.once_s else 0.0
        return Wish(
            waveforms=waveforms, windows=block.windows, step_v=self.step_v,
            points=0 if is_read else round(stimulus.points * share),
            step_s=0.0 if is_read else stimulus.step_s, what=f"{block.kind} block",
            may_pause=not is_read and stimulus.role not in SPIKES,
        )

    def _list_json(self, one: StepList) -> dict[str, Any]:
        """A list as it is sent: levels that the calibration has corrected."""
        set_v = {}
        for source, row in zip(self.sources, one.levels_v, strict=True):
            set_v[str(SOURCES[source])] = self._to_set(source, row).tolist()
        return {"start_s": one.start_s, "interval_s": one.interval_s, "set_v": set_v}

    def _to_set(self, source: str, level_v: Floats) -> Floats:
        known = self._calibration.sources.get(source, Correction())
        set_v = (level_v - known.offset) / known.gain
        return np.asarray(np.round(set_v, LEVEL_DIGITS) + 0.0)

    def _program_range(self, waveforms: Sequence[Waveform], limit_a: float) -> float:
        """For what may come at worst: the limit, or what the smallest resistance passes."""
        largest_a = limit_a
        if self._r_min_ohm:
            reach_v = sum(max(abs(v) for v in w.extrema()) for w in waveforms)
            largest_a = min(limit_a, reach_v / (self._r_min_ohm + self.series_ohm))
        return self.range_for(largest_a)

    def range_for(self, largest_a: float) -> float:
        """The smallest current range that holds a current; the largest where none does."""
        ranges = self.smu.abilities.ranges_a
        return next((r for r in ranges if r >= largest_a * (1 - 1e-9)), ranges[-1])

    # --- running

    def energise(self) -> None:
        """Ranges, limit and 0 V, then the outputs on."""
        told_off = self._told_off
        self._ready.clear()
        self._limit_a = self.i_max_a
        self._reads.forget(self.range_for(self.i_max_a))
        rest = np.zeros(1)
        rest_v = {SOURCES[s]: float(self._to_set(s, rest)[0]) for s in self.sources}
        self.smu.prepare(rest_v, self._limits(self.i_max_a), self.range_v)
        self._switch_on(told_off, self.smu.output_on)

    def apply(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        """Fire block after block, list after list; points come as they are measured."""
        if self.clock.sleep(plan.stimulus.rest_before_s, stop):
            return
        self.limit(float(plan.settings["compliance_a"]))
        ready = self._loaded(plan)
        start_s = self.clock.now_s
        for repeat in range(plan.repeat):
            for index, block in enumerate(plan.blocks):
                due_s = start_s + repeat * plan.spacing_s + block.start_s
                if stop.is_set() or self.clock.sleep(max(due_s - self.clock.now_s, 0.0), stop):
                    return
                yield from self._fired(block, (repeat, index), ready[index], stop)
        if not stop.is_set():  # nothing is asked before the outputs are off
            self.smu.transport.check("a stimulus")
            self.smu.check_on()

    def limit(self, limit_a: float) -> None:
        """Limit the current through the device; what is set already is not sent again."""
        if limit_a != self._limit_a:
            self.smu.limit(self._limits(limit_a))
            self._limit_a = limit_a

    def _limits(self, limit_a: float) -> dict[int, float]:
        """One channel limits. Two current sources in series would fight for the voltage between
        them, so the other one only follows."""
        largest_a = self.smu.abilities.i_max_a
        return {SOURCES[s]: min(limit_a * (FOLLOWS if k else 1.0), largest_a)
                for k, s in enumerate(self.sources)}

    def _loaded(self, plan: Plan) -> list[list[QueuedList]]:
        """Lists of every block, as the plan keeps them."""
        if plan.sha256 not in self._ready:
            self._ready[plan.sha256] = [
                [queued(one) for one in block.settings["lists"]] for block in plan.blocks
            ]
        return self._ready[plan.sha256]

    def _fired(
        self, block: PlannedBlock, place: tuple[int, int], lists: Sequence[QueuedList],
        stop: threading.Event,
    ) -> Iterator[Chunk]:
        if block.kind == "read":
            yield from self._read(block, place, lists, stop)
            return
        fired_s = self.clock.now_s
        for channels in self._played(lists, float(block.settings["range_a"]), stop):
            yield Chunk(repeat=place[0], block=place[1], t_s=fired_s, channels=channels)

    def _read(
        self, block: PlannedBlock, place: tuple[int, int], lists: Sequence[QueuedList],
        stop: threading.Event,
    ) -> Iterator[Chunk]:
        """A read, which does not disturb, is fired again where its range did not suit."""
        level_v, highest_a = reach(lists), self.range_for(self._limit_a)
        for _ in range(READ_TRIES):
            range_a, fired_s = self._reads.choose(level_v, highest_a), self.clock.now_s
            seen = list(self._played(lists, range_a, stop))
            if stop.is_set():
                return
            self._reads.saw(block, seen, level_v)
            if self._reads.choose(level_v, highest_a) == range_a:
                break
        for channels in seen:
            yield Chunk(repeat=place[0], block=place[1], t_s=fired_s, channels=channels)

    def _played(
        self, lists: Sequence[QueuedList], range_a: float, stop: threading.Event
    ) -> Iterator[tuple[Channel, ...]]:
        """All lists of a block; times are the block's, the 0 V between two lists left out."""
        begin_s = self.clock.now_s
        ends_s = [*(one.start_s for one in lists), math.inf][1:]
        for one, end_s in zip(lists, ends_s, strict=True):
            if self.clock.sleep(max(begin_s + one.start_s - self.clock.now_s, 0.0), stop):
                return
            for channels in self.stepped(one.shot(self.smu.abilities, range_a), stop):
                kept = tuple(placed(channel, one.start_s, end_s) for channel in channels)
                if kept[0].data.size:
                    yield kept

    def stepped(
        self, shot: SmuShot, stop: threading.Event, poll_s: float = POLL_S
    ) -> Iterator[tuple[Channel, ...]]:
        """Fire one list and give its points as they come; a stop aborts it and goes to 0 V."""
        self.smu.arm(shot)
        if stop.is_set():
            return
        self.smu.fire()
        points = next(iter(shot.levels_v.values())).size
        end_s = self.clock.now_s + shot.interval_s * points + SKEW_S
        got = late = 0
        while got < points:
            left_s = end_s - self.clock.now_s
            late += left_s <= 0.0
            if late > LATE_POLLS:
                raise TriggerError(f"smu: {got} of {points} points of a list came; the run cannot "
                                   "go on")
            pause_s = min(left_s, max(poll_s, shot.interval_s)) if left_s > 0.0 else POLL_S
            if self.clock.sleep(pause_s, stop):
                self.smu.abort()
                return
            channels = self.smu.fetch(self.probes, got)
            if channels:
                if not got:
                    self._check_new(channels)
                got += channels[0].data.size
                if got > points:
                    raise BenchError(f"smu: {got} points came of a list of {points}; the run "
                                     "cannot go on")
                yield channels

    def _check_new(self, channels: tuple[Channel, ...]) -> None:
        """See that a list's first points are not those of the list before: noise never repeats."""
        before, self._first_points = self._first_points, channels
        size = min([one.data.size for one in (*before, *channels)], default=0)
        if len(before) != len(channels) or size * len(channels) < REPEATED:
            return
        if not any((one.flags & int(Status.OVERRANGE)).any() for one in channels) and all(
                np.array_equal(old.data[:size], new.data[:size])
                for old, new in zip(before, channels, strict=True)):
            raise BenchError("smu: the points of the list before came again; the list was not "
                             "started, and nothing of it was measured")

    def check(
        self, *, resistor_ohm: float, u_rel: float, watch: Watch | None = None
    ) -> CheckReport:
        """Calibrate with a known resistor in the device's place; ``memrig.drivers.smu_check``."""
        from memrig.drivers.smu_check import check_smu  # noqa: PLC0415  # only for this command

        return check_smu(self, resistor_ohm=resistor_ohm, u_rel=u_rel, watch=watch or Watch())


def _probes_of(netlist: Netlist, source: str) -> tuple[str, str]:
    """Names of the voltage and the current probe of a source's channel."""
    node = netlist.element(source).plus
    volts = next(p.name for p in netlist.probes if p.kind == "voltage" and p.at == node)
    amperes = next(p.name for p in netlist.probes if p.kind == "current" and p.at == source)
    return volts, amperes


def _check_entries(abilities: SmuAbilities, v_max_v: float, i_max_a: float) -> None:
    highest_v = max(abilities.ranges_v) * abilities.over_range
    if not 0.0 < v_max_v <= highest_v:
        raise InfeasibleError("[bench] v_max_v", asked=format_quantity(v_max_v, "V"),
                              allowed=f"above 0 V to {format_quantity(highest_v, 'V')}")
    if not LIMIT_MIN_A <= i_max_a <= abilities.i_max_a:
        raise InfeasibleError(
            "[bench] i_max_a", asked=format_quantity(i_max_a, "A"),
            allowed=f"{format_quantity(LIMIT_MIN_A, 'A')} to "
                    f"{format_quantity(abilities.i_max_a, 'A')}")


def open_one_channel(
    description: Mapping[str, Any], *, clock: Clock, calibration: Calibration
) -> SmuBench:
    """One channel at the top electrode; the bottom at ground, behind a resistor if there is one."""
    return _open(description, 1, clock, calibration)


def open_two_channel(
    description: Mapping[str, Any], *, clock: Clock, calibration: Calibration
) -> SmuBench:
    """A channel at each electrode."""
    return _open(description, 2, clock, calibration)


def _open(
    description: Mapping[str, Any], channels: int, clock: Clock, calibration: Calibration
) -> SmuBench:
    bench = description["bench"]
    build = partial(smu, channels=channels)
    netlist = with_tolerances(build(**bench.get("netlist", {})), bench.get("tolerance_rel", {}))
    with connected(description, clock) as wires:
        return SmuBench(
            name=str(bench.get("name", bench["kind"])), netlist=netlist, clock=clock,
            unit=KeysightB2900(wires["smu"], tuple(range(1, channels + 1))),
            calibration=calibration, v_max_v=float(bench.get("v_max_v", V_MAX_V)),
            i_max_a=float(bench.get("i_max_a", I_MAX_A)),
            r_min_ohm=float(bench.get("r_min_ohm", 0.0)), opened=description.get("opened"),
        )
