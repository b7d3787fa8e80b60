"""Benches of a two-channel generator and an oscilloscope around a series resistor.

Two channels: ``AWG1 - top``, ``bottom - R_s - AWG2``, scope CH1 at top, CH2 at bottom, CH3 at AWG2.
Single channel: ``AWG1 - top``, ``bottom - R_s - ground``, scope CH1 at top, CH2 at bottom; the
difference of both waveforms is played at the top. The generator's trigger output goes to the
oscilloscope's EXT TRIG IN. A source/measure unit, if there is one, is a voltmeter for the check.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.drivers._bench import InstrumentBench, connected, with_tolerances
from memrig.drivers.keysight_33500b import Keysight33500B
from memrig.drivers.keysight_b2900 import KeysightB2900
from memrig.drivers.keysight_infiniivision import KeysightInfiniiVision
from memrig.drivers.roles import Awg, Capture, Oscilloscope, Shot, Smu
from memrig.drivers.sampling import Samples, Scale, on_grid, sampled
from memrig.hil.bench import Capabilities, DriveAccuracy, Watch
from memrig.hil.calibration import Calibration, CheckReport, Correction
from memrig.hil.clock import Clock
from memrig.hil.errors import InfeasibleError, StoppedError
from memrig.hil.netlist import Netlist, single_channel, two_channel
from memrig.hil.plan import Adjustment, Plan, PlannedBlock
from memrig.hil.record import Channel, Chunk
from memrig.hil.status import Status
from memrig.hil.stimulus import Block, Stimulus, halves
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Waveform, between
from memrig.hil.wiring import OPEN_OHM, SHORT_OHM, response

SOURCES = ("top_drive", "bottom_drive")
POINTS = 2000
FULL_SCALE_V = 5.0
"""Open-circuit full scale of a channel where the bench file does not say."""
HEADROOM = 1.25
"""Range that is set for a level that is known to come."""
FULL, SPARSE = 0.9, 0.2
"""A read's range is changed when its largest value leaves this part of it."""
READ_TRIES = 5
"""How often a read is fired at most to find its range."""
OVERSHOOT_REL = 0.01
TAIL_S = 2e-6
EDGE_S = 1e-12
"""An edge that moves by more than this, which is more than rounding, is said to have moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shots:
    """A planned block as the instruments need it."""

    shots: tuple[Shot, ...]
    lead_s: float
    ready_s: float


class AwgScopeBench(InstrumentBench):
    """A generator, an oscilloscope and a series resistor.

    :param full_scale_v: largest open-circuit level of a channel.
    :param r_min_ohm: smallest resistance that the device takes; the ranges of program shots are
        chosen for it. What exceeds them is flagged as clipped.
    """

    def __init__(
        self, *, name: str, netlist: Netlist, awg: Awg, scope: Oscilloscope, smu: Smu | None,
        clock: Clock, calibration: Calibration, full_scale_v: float, r_min_ohm: float = 0.0,
        opened: Mapping[str, Any] | None = None,
    ) -> None:
        instruments = {"awg": awg, "scope": scope} | ({"smu": smu} if smu else {})
        super().__init__(name=name, netlist=netlist, instruments=instruments, clock=clock,
                         calibration=calibration, opened=opened)
        self.awg, self.scope, self.smu = awg, scope, smu
        self.sources = [s for s in SOURCES if s in netlist.thevenin().weights]
        self.scales = [
            Scale(full_scale_v=full_scale_v, code_max=awg.abilities.code_max,
                  correction=calibration.sources.get(source, Correction()))
            for source in self.sources
        ]
        self.probes = {k: probe.name for k, probe in enumerate(netlist.probes, 1)}
        self._r_min_ohm = r_min_ohm
        self._worst = np.maximum(*(abs(response(netlist, ohm))
                                   for ohm in (max(r_min_ohm, SHORT_OHM), OPEN_OHM)))
        skew_s = calibration.skew_s
        self._late_s = (max(skew_s, 0.0), max(-skew_s, 0.0))[: len(self.sources)]
        self._read_scales: dict[tuple[float, str], float] = {}
        self._ready: dict[str, list[_Shots]] = {}

    @property
    def capabilities(self) -> Capabilities:
        """From the generator's abilities."""
        abilities = self.awg.abilities
        return Capabilities(
            v_max_v=min(scale.limit_v for scale in self.scales),
            pulse_min_s=1.0 / abilities.rate_max_hz, step_min_s=1.0 / abilities.rate_max_hz,
            points_max=abilities.points_max, compliance="series-resistor",
            independent_bottom=len(self.sources) == 2, settle_s=self._settle_s(),
            v_resolution_v=self.scales[0].step_v,
            margin_rel=OVERSHOOT_REL + max(d.gain_rel for d in self._drives().values()) * 2.0,
            margin_v=2.0 * max(d.offset_v for d in self._drives().values()),
            i_noise_a=math.sqrt(2.0) * self.scope.noise_v(POINTS // 2) / self._series_ohm,
            edge_s=abilities.edge_s,
        )

    @property
    def _series_ohm(self) -> float:
        """What the current is measured with."""
        return sum(r.value for r in self._netlist.of_kind("resistor") if r.name == "r_series")

    def _settle_s(self) -> float:
        """Of the capacitance behind the series resistance, after an edge of the generator."""
        return self._netlist.settling_s(self._series_ohm) + self.awg.abilities.edge_s

    def _drives(self) -> Mapping[str, DriveAccuracy]:
        declared = self.awg.drive_accuracy()
        found = {}
        for source in self.sources:
            known = self._calibration.sources.get(source)
            found[source] = declared if known is None else DriveAccuracy(
                gain_rel=known.u_gain_rel, offset_v=known.u_offset)
        return found

    # --- planning

    def prepare(self, stimulus: Stimulus) -> Plan:
        """Cut at rests, put on the grid of the generator; needs no connection."""
        self._check_compliance(stimulus)
        planned = [found for block in stimulus.blocks for found in self._pieces(block)]
        adjustments = {a.name: a for _, changed in planned for a in changed}
        return Plan(stimulus=stimulus, bench=self.name, blocks=tuple(block for block, _ in planned),
                    spacing_s=stimulus.spacing_s, adjustments=tuple(adjustments.values()))

    def _pieces(self, block: Block) -> list[tuple[PlannedBlock, list[Adjustment]]]:
        """A block as one shot or, where it does not fit, as several with rests between them, which
        then last as long as planned or longer."""
        try:
            return [self._planned(block)]
        except InfeasibleError:
            parts = halves(block)
            if parts is None:
                raise
            found = [piece for part in parts for piece in self._pieces(part)]
            split = Adjustment(name=f"shots of a {block.kind} block", asked=1, used=len(found),
                               unit="1")
            return [(planned, [*changed, split]) for planned, changed in found]

    def _check_compliance(self, stimulus: Stimulus) -> None:
        if not stimulus.compliance_a:
            return
        ohm = self._netlist.thevenin().ohm + self._r_min_ohm
        reach = max(map(abs, between(stimulus.top, stimulus.bottom).extrema()))
        if reach / ohm > stimulus.compliance_a * (1 + 1e-9):
            raise InfeasibleError(
                "limit of the current, kept by the series resistor alone",
                asked=format_quantity(stimulus.compliance_a, "A"),
                allowed=f"at least {format_quantity(reach / ohm, 'A')} with "
                        f"{format_quantity(ohm, 'ohm')} and {format_quantity(reach, 'V')}")

    def _waveforms(self, block: Block) -> list[Waveform]:
        if len(self.sources) == 2:
            return [block.top, block.bottom]
        return [between(block.top, block.bottom)]

    def _planned(self, block: Block) -> tuple[PlannedBlock, list[Adjustment]]:
        waveforms = self._waveforms(block)
        played = [scale.quantised(w, _named(end)) for w, scale, end in
                  zip(waveforms, self.scales, ("top", "bottom"), strict=False)]
        played = [on_grid(w, self._samples(w, end))
                  for w, end in zip(played, ("top", "bottom"), strict=False)]
        found = [self._samples(w, end) for w, end in zip(played, ("top", "bottom"),
                                                        strict=False)]
        lead_s = max((max(s.step_s - s.start_s, 0.0) for s in found if s), default=0.0)
        ready_s = max((s.stop_s for s in found if s), default=0.0)
        settings = {
            "lead_s": lead_s, "ready_s": max(ready_s, block.duration_s) + TAIL_S,
            "channels": [_settings(s, lead_s + late_s)
                         for s, late_s in zip(found, self._late_s, strict=True)],
            "measured": {"points": POINTS, "step_s": (lead_s + block.duration_s) / POINTS,
                         "grid_s": max((s.step_s for s in found if s), default=0.0)},
        }
        planned = PlannedBlock(
            kind=block.kind, start_s=block.start_s, top=played[0],
            bottom=played[1] if len(played) == 2 else Waveform.zero(block.duration_s),
            windows=block.windows, settings=settings,
        )
        return planned, list(_adjustments(waveforms, played, block.kind))

    def _samples(self, waveform: Waveform, end: str) -> Samples | None:
        scale = self.scales[0 if end == "top" else 1]
        return sampled(waveform, scale, self.awg.abilities, _named(end))

    # --- running

    def energise(self) -> None:
        """Full scale and channels, every level at 0 V, then the outputs on."""
        told_off = self._told_off
        self._read_scales.clear()
        self._ready.clear()
        self.awg.prepare([scale.rest_code for scale in self.scales])
        self.scope.prepare(list(self.probes))
        self._switch_on(told_off, self.awg.output_on)

    def apply(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        """Fire block after block; every block is its own record."""
        if self.clock.sleep(plan.stimulus.rest_before_s, stop):
            return
        ready = self._loaded(plan)
        start_s = self.clock.now_s
        for repeat in range(plan.repeat):
            for index, block in enumerate(plan.blocks):
                due_s = start_s + repeat * plan.spacing_s + block.start_s
                if stop.is_set() or self.clock.sleep(max(due_s - self.clock.now_s, 0.0), stop):
                    return
                chunk = self._fired(plan, repeat, index, ready[index], stop)
                if chunk is None:
                    return
                yield chunk
        if not stop.is_set():  # nothing is asked before the outputs are off
            self.awg.transport.check("a stimulus")
            self.scope.transport.check("a stimulus")
            self.awg.check_on()

    def _loaded(self, plan: Plan) -> list[_Shots]:
        """Codes of every block of a plan; sampled again from what the plan says is played."""
        if plan.sha256 not in self._ready:
            self._ready[plan.sha256] = [self._shots(block) for block in plan.blocks]
        return self._ready[plan.sha256]

    def _shots(self, block: PlannedBlock) -> _Shots:
        lead_s = float(block.settings["lead_s"])
        waveforms = [block.top, block.bottom][: len(self.sources)]
        shots = []
        for waveform, end, late_s in zip(waveforms, ("top", "bottom"), self._late_s, strict=False):
            one = self._samples(waveform, end)
            shots.append(_shot(one, lead_s + late_s))
        return _Shots(shots=tuple(shots), lead_s=lead_s, ready_s=float(block.settings["ready_s"]))

    def _fired(
        self, plan: Plan, repeat: int, index: int, ready: _Shots, stop: threading.Event
    ) -> Chunk | None:
        """One shot; a read whose range did not fit is repeated on one that does, which its level
        allows: it does not disturb the device."""
        block = plan.blocks[index]
        for _ in range(READ_TRIES if block.kind == "read" else 1):
            chunk = self._fired_once(plan, repeat, index, ready, stop)
            if chunk is None or block.kind != "read" or self._fits(chunk.channels, block):
                return chunk
        return chunk

    def _fired_once(
        self, plan: Plan, repeat: int, index: int, ready: _Shots, stop: threading.Event
    ) -> Chunk | None:
        try:
            # The oscilloscope first: it would see a generator that plays while it is being loaded.
            self.scope.arm(self._capture(plan.blocks[index], ready))
            self.awg.arm(ready.shots)
            self.scope.ready(stop)
            if stop.is_set():
                return None
            fired_s = self.clock.now_s
            self.awg.fire()
            if self.clock.sleep(ready.lead_s + ready.ready_s, stop):
                return None
            channels = self.scope.fetch(self.probes, ready.lead_s, stop)
        except StoppedError:
            if not stop.is_set():  # another thread has switched off
                raise
            return None
        return Chunk(repeat=repeat, block=index, t_s=fired_s + ready.lead_s, channels=channels)

    def _capture(self, block: PlannedBlock, ready: _Shots) -> Capture:
        scales = self._scales_of(block)
        return Capture(
            scales_v={k: scales[probe] for k, probe in self.probes.items()}, before_s=0.0,
            range_s=ready.lead_s + block.duration_s, points=POINTS, averaging=True,
        )

    def _scales_of(self, block: PlannedBlock) -> dict[str, float]:
        """Volts per division of every probe: for a program what may come at worst, for a read
        what fitted the last read of this level. Deterministic, so that G0 and G are read on the
        same range."""
        worst = self._worst @ np.array(_reach(block)[: len(self.sources)])
        coarse = {probe: self._scale_for(HEADROOM * float(v))
                  for probe, v in zip(self.probes.values(), worst, strict=True)}
        if block.kind != "read":
            return coarse
        level = _level_of(block)
        return {probe: self._read_scales.get((level, probe), scale)
                for probe, scale in coarse.items()}

    def _scale_for(self, peak_v: float) -> float:
        """The smallest scale whose half height holds a peak."""
        wanted = peak_v / (self.scope.divisions / 2.0) * (1 - 1e-9)
        return next((s for s in self.scope.scales_v if s >= wanted), self.scope.scales_v[-1])

    def _fits(self, channels: Sequence[Channel], block: PlannedBlock) -> bool:
        """Whether a read's ranges fitted; chooses those of the next read of this level."""
        fitted = True
        for channel in channels:
            now = float(channel.range_name.partition(" ")[0])
            half = now * self.scope.divisions / 2.0
            peak = float(abs(channel.values).max())
            scale = now
            if (channel.flags & int(Status.CLIPPED)).any():
                scale = self._scale_for(4.0 * half)
            elif not SPARSE * half <= peak <= FULL * half:
                scale = self._scale_for(HEADROOM * peak)
            self._read_scales[_level_of(block), channel.probe] = scale
            fitted = fitted and scale == now
        return fitted

    def check(
        self, *, resistor_ohm: float, u_rel: float, watch: Watch | None = None
    ) -> CheckReport:
        """Calibrate with a known resistor in the device's place; see ``memrig.drivers.check``."""
        from memrig.drivers.check import check_awg_scope  # noqa: PLC0415  # only for this command

        return check_awg_scope(self, resistor_ohm=resistor_ohm, u_rel=u_rel, watch=watch or Watch())


def _reach(block: PlannedBlock) -> tuple[float, float]:
    """Largest magnitudes at the top and the bottom, volts."""
    top, bottom = (max(abs(v) for v in w.extrema()) for w in (block.top, block.bottom))
    return top, bottom


def _level_of(block: PlannedBlock) -> float:
    """The level that a read is known by: the extreme of its difference, sign included."""
    return max(between(block.top, block.bottom).extrema(), key=abs)


def _shot(samples: Samples | None, lead_s: float) -> Shot:
    if samples is None:
        nothing = np.empty(0, dtype=np.int16)
        return Shot(codes=nothing, key="REST", rate_hz=0.0, delay_s=0.0, smooth=True)
    return Shot(
        codes=samples.codes, key=samples.key, rate_hz=1.0 / samples.step_s, smooth=samples.smooth,
        delay_s=max(lead_s + samples.start_s - samples.step_s, 0.0),
    )


def _named(end: str) -> str:
    return f"waveform at the {end} electrode"


def _settings(samples: Samples | None, lead_s: float) -> dict[str, Any] | None:
    """What a plan keeps of its samples: hash, rate, delay, filter."""
    if samples is None:
        return None
    shot = _shot(samples, lead_s)
    return {"codes": shot.key, "points": int(samples.codes.size), "step_s": samples.step_s,
            "delay_s": shot.delay_s, "filter": "STEP" if shot.smooth else "OFF"}


def _adjustments(
    asked: Sequence[Waveform], played: Sequence[Waveform], kind: str
) -> Iterator[Adjustment]:
    for one, other, end in zip(asked, played, ("top", "bottom"), strict=False):
        before, after = (max(w.extrema(), key=abs) for w in (one, other))
        if not math.isclose(before, after, rel_tol=1e-4, abs_tol=1e-12):
            yield Adjustment(name=f"largest level of a {kind} block, {end}", asked=before,
                             used=after, unit="V")
        yield from _moved_edges(one, other, f"edge of a {kind} block, {end}")


def _moved_edges(asked: Waveform, played: Waveform, name: str) -> Iterator[Adjustment]:
    before_s, after_s = asked.vertices()[0], played.vertices()[0]
    worst = int(np.abs(before_s - after_s).argmax())
    if abs(before_s[worst] - after_s[worst]) > EDGE_S:
        yield Adjustment(name=name, asked=float(before_s[worst]), used=float(after_s[worst]),
                         unit="s")


def open_two_channel(
    description: Mapping[str, Any], *, clock: Clock, calibration: Calibration
) -> AwgScopeBench:
    """Generator with two channels and an oscilloscope with three, around a series resistor."""
    return _open(description, two_channel, (1, 2), clock, calibration)


def open_single_channel(
    description: Mapping[str, Any], *, clock: Clock, calibration: Calibration
) -> AwgScopeBench:
    """Generator with one channel and an oscilloscope with two, series resistor to ground."""
    return _open(description, single_channel, (1,), clock, calibration)


def _open(
    description: Mapping[str, Any], build: Callable[..., Netlist], channels: Sequence[int],
    clock: Clock, calibration: Calibration,
) -> AwgScopeBench:
    bench = description["bench"]
    full_scale_v = float(bench.get("full_scale_v", FULL_SCALE_V))
    netlist = with_tolerances(build(**bench.get("netlist", {})), bench.get("tolerance_rel", {}))
    with connected(description, clock) as wires:
        awg = Keysight33500B(wires["awg"], full_scale_v=full_scale_v, channels=channels)
        scope = KeysightInfiniiVision(wires["scope"], clock)
        smu = KeysightB2900(wires["smu"]) if "smu" in wires else None
        return AwgScopeBench(
            name=str(bench.get("name", bench["kind"])), netlist=netlist, awg=awg, scope=scope,
            smu=smu, clock=clock, calibration=calibration, full_scale_v=full_scale_v,
            r_min_ohm=float(bench.get("r_min_ohm", 0.0)), opened=description.get("opened"),
        )
