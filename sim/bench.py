"""The simulated device as a bench: the common interface without instruments."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from memrig.hil.bench import BenchInfo, Capabilities, SafeState
from memrig.hil.calibration import Calibration
from memrig.hil.clock import Clock, VirtualClock
from memrig.hil.errors import RequestError
from memrig.hil.netlist import Netlist, ideal
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import Accuracy, Channel, Chunk, Record, Trace
from memrig.hil.status import Status
from memrig.hil.stimulus import Stimulus
from memrig.hil.waveform import Waveform, between
from memrig.sim import models
from memrig.sim.answers import POINTS_MAX, Answer, Answers, Said
from memrig.sim.grid import check_count, moves_at
from memrig.sim.load import Load
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.nonidealities import NonIdealities
from memrig.sim.ramps import Ramps, ramps_of
from memrig.sim.simulation import Method, Solved, are_idle, resting, solve
from memrig.sim.trains import Train, train_of

if TYPE_CHECKING:
    from memrig.sim.imperfect import ImperfectDevice

POINTS = 200
"""Points of a block whose stimulus does not ask for a number of its own."""
TRAIN = 16
"""Repeats from which on they are worked out together, and come so."""
FEW, READ = 32, 8
"""Points of a block of levels in such a train, at least: of the block, and of each window."""
KNOWN = 1000
"""Points of a block up to which its drive is remembered."""
SHORTEST = 1e-12
"""A rest, of a train's spacing, below which there is none but what rounding leaves."""


@dataclass(frozen=True, slots=True)
class _Drive:
    """A block as the sources play it: sampled, shape (n,), and as straight lines."""

    times_s: Floats
    sources: Floats
    open_v: Floats
    ramps: Ramps
    duration_s: float


class SimulatedBench:
    """One device, its load and a voltage: a ``Bench`` and a ``ModelBench``.

    Capacitances of the netlist count as settled: the time constants of a bench (0.1 us) are short
    against its pulses; the circuit of the simulated instruments has them. Compliance is ideal.

    :param netlist: its sources, series resistance and probes; ideal by default.
    :param x0: initial state; the model's own by default.
    :param noise_a: white noise of each current, amperes, from a stream of its own.
    :param nonidealities: what the devices do beyond their model. They are the truth of this bench:
        its replicas, which dry runs and overlays use, have none.
    :param seed: of everything random.
    :param number: of the device among others, which have other random numbers by the same seed.
    """

    def __init__(
        self, model: Model | None = None, *, netlist: Netlist | None = None,
        integrator: str = "euler", step_s: float | None = None, x0: float | None = None,
        noise_a: float = 0.0, nonidealities: NonIdealities | None = None, seed: int = 0,
        number: int = 0,
    ) -> None:
        self._model = models.create("guseinov") if model is None else model
        self._netlist = ideal() if netlist is None else netlist
        self._method = Method(integrator, step_s)
        self._clock = VirtualClock()
        self._noise_a, self._seed, self._number = noise_a, seed, number
        start = self._model.x0 if x0 is None else x0
        self._states = {d.name: start for d in self._netlist.of_kind("device")}
        self._since_s = dict.fromkeys(self._states, 0.0)
        self._measured_s: float | None = None
        self._beyond = nonidealities
        self._imperfect = self._imperfect_devices()
        self._solved: Solved | None = None
        self._answers = Answers()
        self._probes = self._netlist.probe_response()
        self._seen = self._netlist.thevenin()

    def _imperfect_devices(self) -> dict[str, ImperfectDevice]:
        """Every device with what it does beyond its model; empty where nothing is asked."""
        if self._beyond is None or self._beyond.is_ideal:
            return {}
        from memrig.sim.imperfect import ImperfectDevice  # noqa: PLC0415  # most benches are ideal

        return {name: ImperfectDevice(self._model, self._beyond, seed=self._seed, device=k, x0=x)
                for k, (name, x) in enumerate(self._states.items(), self._number)}

    @cached_property
    def _rng(self) -> np.random.Generator:
        # Most benches are free of noise, and numpy's generators are imported when first used.
        return np.random.Generator(np.random.Philox(key=[self._seed, 0x6E6F697365]))

    @cached_property
    def capabilities(self) -> Capabilities:
        """Everything that a model allows: no shortest pulse, no memory to exceed."""
        return Capabilities(
            v_max_v=math.inf, pulse_min_s=0.0, step_min_s=0.0, points_max=2**62,
            compliance="ideal", independent_bottom="bottom_drive" in self._seen.weights,
        )

    @property
    def clock(self) -> Clock:
        """Model time."""
        return self._clock

    @property
    def model(self) -> Model:
        """The model of the device, with its parameters."""
        return self._model

    @property
    def state(self) -> Mapping[str, float]:
        """State of every device, in the model's unit."""
        now_s, beyond = self._clock.now_s, self._imperfect
        return {name: beyond[name].aged(now_s) if beyond else x
                for name, x in self._states.items()}

    @property
    def transcript(self) -> list[tuple[float, str, str, str]]:
        """Nothing is said to a model."""
        return []

    def describe(self) -> BenchInfo:
        """Model, integrator, step, the present state and the estimated error of the worst block."""
        worst = self._solved
        beyond = {"nonidealities": self._beyond.changed} if self._beyond and self._imperfect else {}
        return BenchInfo(
            name="model", simulated=True, identities={"model": self._model.name},
            netlist=self._netlist, calibration=Calibration(),
            settings={
                "integrator": self._method.name, "step_s": self._method.step_s,
                "error_rel": worst.error if worst else None,
                "advice": worst.advice if worst else "", "noise_a": self._noise_a,
                "noise_seed": self._seed, "model": dict(self._parameters),
                "x0": next(iter(self.state.values()), None), **beyond,
            },
        )

    @cached_property
    def _parameters(self) -> Mapping[str, Any]:
        """Those of the model; they stay what they are."""
        return self._model.to_json()

    def prepare(self, stimulus: Stimulus) -> Plan:
        """The stimulus as it is: a model needs no quantisation."""
        blocks = tuple(
            PlannedBlock(kind=b.kind, start_s=b.start_s, top=_at_top(b.top, b.bottom, self),
                         bottom=b.bottom if self.capabilities.independent_bottom
                         else Waveform.zero(b.duration_s), windows=b.windows)
            for b in stimulus.blocks
        )
        return Plan(stimulus=stimulus, bench="model", blocks=blocks,
                    spacing_s=stimulus.spacing_s)

    @contextmanager
    def energised(self) -> Iterator[None]:
        """Nothing to switch on, nothing to leave on."""
        yield

    def make_safe(self) -> SafeState:
        """A model has no outputs."""
        return SafeState(off=True, verified=True, messages=("a model has no outputs",))

    def close(self) -> None:
        """Nothing to release."""

    def apply(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        """Integrate block after block; between blocks the device rests."""
        if self._clock.sleep(plan.stimulus.rest_before_s, stop):
            return
        device, start_s = plan.stimulus.device, self._clock.now_s
        self._relax(device)
        asked = plan.stimulus
        repeats_itself = self._repeats_itself(device)
        key = (plan.blocks_key, plan.spacing_s, asked.repeat, asked.points, asked.step_s,
               asked.compliance_a, device, self._states[device]) if repeats_itself else None
        if repeats_itself and (known := self._answers.take(key)) is not None:
            yield from self._again(known, device, start_s, stop)
            return
        said, before, points = list[Said](), self._solved, 0
        self._solved = None
        for chunk in self._worked_out(plan, stop):
            points += chunk.points
            if repeats_itself and points <= POINTS_MAX:
                said.append(Said(replace(chunk, t_s=chunk.t_s - start_s),
                                 self._clock.now_s - start_s, self._states[device]))
            else:
                said.clear()
            yield chunk
        if self._solved is not None and said and not stop.is_set():
            duration_s = self._clock.now_s - start_s
            self._answers.keep(key, Answer(tuple(said), duration_s, self._solved))
        self._note(before)

    def _repeats_itself(self, device: str) -> bool:
        """Whether an answer depends on nothing but the plan and the state."""
        return self._noise_a == 0.0 and device not in self._imperfect

    def _again(
        self, known: Answer, device: str, start_s: float, stop: threading.Event
    ) -> Iterator[Chunk]:
        """What was worked out for a dry run."""
        for said in known.said:
            self._rest_until(start_s + said.chunk.t_s)
            if stop.is_set():
                return
            self._states[device] = said.x
            self._rest_until(start_s + said.at_s)
            yield replace(said.chunk, t_s=start_s + said.chunk.t_s)
        self._rest_until(start_s + known.duration_s)
        self._since_s[device] = self._clock.now_s
        self._note(known.worst)

    def _worked_out(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        start_s = self._clock.now_s
        load = Load(ohm=self._seen.ohm, compliance_a=plan.stimulus.compliance_a or math.inf)
        if plan.repeat >= TRAIN and not self._imperfect and (
                train := self._train(plan, load)) is not None:
            yield from self._in_trains(plan, *train, stop)
            return
        drives = [self._drive(plan.stimulus, block) for block in plan.blocks]
        self._check_steps(plan, drives)
        idle = are_idle(self._model, [drive.ramps for drive in drives])
        for repeat in range(plan.repeat):
            for index, block in enumerate(plan.blocks):
                self._rest_until(start_s + repeat * plan.spacing_s + block.start_s)
                if stop.is_set():
                    return
                self._relax(plan.stimulus.device)
                yield self._applied(plan, repeat, index, drives[index], idle=idle[index])

    def _train(self, plan: Plan, load: Load) -> tuple[Train, list[_Drive]] | None:
        """How all repeats are worked out together, where that can be."""
        if self._is_volatile and _rests(plan):
            return None
        # A reading's noise must not depend on how many repeats there are.
        few = self._noise_a == 0.0
        drives = [self._drive(plan.stimulus, block, few=few) for block in plan.blocks]
        self._check_steps(plan, drives)
        train = train_of(self._model, load, self._method_for(plan.stimulus.step_s),
                         [(drive.ramps, drive.times_s) for drive in drives],
                         self._states[plan.stimulus.device], plan.repeat)
        return None if train is None else (train, drives)

    def _check_steps(self, plan: Plan, drives: Sequence[_Drive]) -> None:
        """Refuse a fixed step that would take longer than anybody waits.

        :raises RequestError: with a step that would do.
        """
        step_s = self._method_for(plan.stimulus.step_s).step_s
        if step_s is not None:
            idle = are_idle(self._model, [drive.ramps for drive in drives])
            once_s = sum(drive.duration_s
                         for drive, still in zip(drives, idle, strict=True) if not still)
            check_count(int(plan.repeat * once_s / step_s), step_s)

    def _in_trains(
        self, plan: Plan, train: Train, drives: Sequence[_Drive], stop: threading.Event
    ) -> Iterator[Chunk]:
        """Many repeats at once; a stop is heard between them."""
        start_s, device, first = self._clock.now_s, plan.stimulus.device, 0
        while first < plan.repeat:
            self._rest_until(start_s + first * plan.spacing_s)
            if stop.is_set():
                return
            count = min(train.together, plan.repeat - first)
            solved, states = train.go(self._states[device], count)
            self._states[device] = self._model.bounded(float(solved.path.x[-1]))
            self._note(solved)
            for index, (drive, x) in enumerate(zip(drives, states, strict=True)):
                fired_s = start_s + first * plan.spacing_s + plan.blocks[index].start_s
                i_a = np.broadcast_to(self._currents(drive.open_v, x), (count, drive.open_v.size))
                held = np.zeros(1, dtype=bool)
                yield Chunk(
                    repeat=first, block=index, t_s=fired_s, count=count,
                    spacing_s=plan.spacing_s,
                    channels=self._channels(drive.times_s, drive.sources, i_a, held))
            first += count
        self._rest_until(start_s + plan.spacing_s * (plan.repeat - 1)
                         + plan.blocks[-1].start_s + drives[-1].duration_s)
        self._since_s[device] = self._clock.now_s

    def _currents(self, v_v: Floats, x: Floats) -> Floats:
        """At the points of a block in some repeats; where the states rest, there are few."""
        if x.shape[1] > 1:
            return self._model.current(v_v, x)
        levels_v, which = np.unique(v_v, return_inverse=True)
        return self._model.current(levels_v, x)[:, which]

    @cached_property
    def _is_volatile(self) -> bool:
        """Whether the model moves without a voltage."""
        return bool(moves_at(self._model, np.zeros(1)).any())

    def _relax(self, device: str) -> None:
        """Let a device that moves without a voltage do so since it was driven last."""
        since_s, self._since_s[device] = self._since_s[device], self._clock.now_s
        if not self._is_volatile or self._clock.now_s <= since_s:
            return
        ramps, rest = ramps_of(Waveform.zero(self._clock.now_s - since_s)), Method("auto")
        if one := self._imperfect.get(device):
            one.advance(Load(), ramps, rest, np.empty(0), at_s=since_s)
        else:
            solved = solve(self._model, Load(), ramps, self._states[device], rest, np.empty(0))
            self._states[device] = self._model.bounded(float(solved.path.x[-1]))

    def _rest_until(self, t_s: float) -> None:
        self._clock.sleep(max(t_s - self._clock.now_s, 0.0))

    def _drive(
        self, stimulus: Stimulus, block: PlannedBlock, *, few: bool = False
    ) -> _Drive:
        """What the sources do in a block, the same in every repeat.

        :param few: whether levels are recorded with no more points than draw and read them.
        """
        points = stimulus.points or (_points(block) if few else POINTS)
        weights = tuple(self._seen.weights.items())
        if stimulus.step_s or points > KNOWN:
            return _drive_of(block.top, block.bottom, weights, points, stimulus.step_s)
        return _known_drive(block.top, block.bottom, weights, points)

    def _applied(
        self, plan: Plan, repeat: int, index: int, drive: _Drive, *, idle: bool
    ) -> Chunk:
        fired_s, sources = self._clock.now_s, drive.sources
        load = Load(ohm=self._seen.ohm, compliance_a=plan.stimulus.compliance_a or math.inf)
        device = plan.stimulus.device
        x = self._advanced(device, load, drive.ramps, drive.times_s, plan.stimulus.step_s,
                           idle=idle)
        v_v, i_a = self._answer(device, load, drive, x)
        held = np.abs(i_a) >= load.compliance_a * (1 - 1e-9)
        if not load.is_ideal:
            # Under compliance the source is lower than asked; the probes see that.
            first, sources = next(iter(self._seen.weights.values())), sources.copy()
            sources[0] += (v_v + load.ohm * i_a - drive.open_v) / first
        self._clock.sleep(drive.duration_s)
        self._since_s[device] = self._clock.now_s
        return Chunk(repeat=repeat, block=index, t_s=fired_s,
                     channels=self._channels(drive.times_s, sources, i_a, held))

    def _answer(self, device: str, load: Load, drive: _Drive, x: Floats) -> tuple[Floats, Floats]:
        """Voltage across a device and its current, with its noise, shape (n,) each."""
        one = self._imperfect.get(device)
        model = one.model if one else self._model
        v_v = load.volts(model, drive.open_v, x)
        i_a = model.current(v_v, x)
        if one is None:
            return v_v, i_a
        off_a = load.noise_a(model, v_v, x, one.noise(self._clock.now_s + drive.times_s))
        return v_v - load.ohm * off_a, i_a + off_a

    def _advanced(
        self, device: str, load: Load, ramps: Ramps, times_s: Floats, step_s: float, *,
        idle: bool = False,
    ) -> Floats:
        x0, method = self._states[device], self._method_for(step_s)
        if one := self._imperfect.get(device):
            solved = one.advance(load, ramps, method, times_s, at_s=self._clock.now_s)
        else:
            solved = resting(ramps, x0, method) if idle else solve(
                self._model, load, ramps, x0, method, times_s)
            self._states[device] = self._model.bounded(float(solved.path.x[-1]))
        self._note(solved)
        return solved.path.at(times_s)

    def _method_for(self, step_s: float) -> Method:
        """A stimulus with a grid of its own is integrated on it."""
        method = self._method
        if method.name.startswith("euler") and method.step_s is None and step_s:
            return Method(method.name, step_s)
        return method

    def _note(self, solved: Solved | None) -> None:
        """Remember the worst."""
        worst = self._solved
        if solved is not None and (worst is None or solved.error >= worst.error):
            self._solved = solved

    def _channels(
        self, times_s: Floats, sources: Floats, i_a: Floats, held: np.ndarray
    ) -> tuple[Channel, ...]:
        """What the probes see; currents of some repeats, shape (m, n), give rows of them."""
        by_source, by_current = self._probes
        noise = self._rng.normal(size=i_a.shape) * self._noise_a if self._noise_a else 0.0
        status = np.where(held, int(Status.COMPLIANCE), 0).astype(np.uint16)
        flags = status if held.any() else np.empty(0, dtype=np.uint16)
        seen_a = i_a + noise if self._noise_a else i_a
        return tuple(
            Channel(probe=probe.name, t_s=times_s, status=flags,
                    data=level + weight * seen_a if weight else np.broadcast_to(level, i_a.shape),
                    accuracy=Accuracy(noise=abs(weight) * self._noise_a))
            for probe, level, weight in zip(self._netlist.probes, by_source @ sources,
                                            by_current.tolist(), strict=True)
        )

    def set_state(self, v_v: float, i_a: float, device: str = "dut") -> None:
        """Set the state so that the model passes ``i_a`` at ``v_v`` across the device."""
        self._since_s[device] = self._clock.now_s
        if one := self._imperfect.get(device):
            one.set_state(one.model.state_from_current(v_v, i_a))
        else:
            self._states[device] = self._model.state_from_current(v_v, i_a)

    def follow(self, plan: Plan, record: Record) -> Iterator[Chunk]:
        """Integrate under the voltage that was measured across the device."""
        for repeat, index in record.blocks():
            self._rest_as_measured(record.fired_s(repeat, index), plan.stimulus.device)
            chunk = self._followed(plan, record.trace(repeat, index), repeat, index)
            self._measured_s = record.fired_s(repeat, index) + self._clock.now_s - chunk.t_s
            yield chunk

    def _rest_as_measured(self, fired_s: float, device: str) -> None:
        """Rest for as long as the measured device has rested."""
        if self._measured_s is not None:
            self._clock.sleep(max(fired_s - self._measured_s, 0.0))
        self._relax(device)

    def _followed(self, plan: Plan, trace: Trace, repeat: int, index: int) -> Chunk:
        fired_s, device = self._clock.now_s, plan.stimulus.device
        measured = _as_measured(trace, plan.blocks[index])
        x = self._advanced(device, Load(), ramps_of(measured), trace.t_s, plan.stimulus.step_s)
        i_a = self._model.current(trace.v_dut_v, x)
        sources = np.zeros((len(self._seen.weights), x.size))
        sources[0] = (trace.v_dut_v + self._seen.ohm * i_a) / next(
            iter(self._seen.weights.values()))
        self._clock.sleep(float(trace.t_s[-1] - trace.t_s[0]))
        self._since_s[device] = self._clock.now_s
        held = np.zeros(x.size, dtype=bool)
        return Chunk(repeat=repeat, block=index, t_s=fired_s,
                     channels=self._channels(trace.t_s, sources, i_a, held))

    def replica(self, netlist: Netlist | None = None) -> SimulatedBench:
        """A fresh bench with the same model, integrator and state, on this or another netlist;
        without non-idealities."""
        new = SimulatedBench(
            self._model, netlist=netlist or self._netlist, integrator=self._method.name,
            step_s=self._method.step_s, noise_a=self._noise_a, seed=self._seed,
        )
        new._states.update({d: x for d, x in self.state.items() if d in new._states})
        if new._netlist == self._netlist:
            new._answers = self._answers
        return new


def open_model(
    model: Model | None = None, *, integrator: str = "euler", step_s: float | None = None,
    x0: float | None = None, netlist: Netlist | None = None, noise_a: float = 0.0,
    nonidealities: NonIdealities | None = None, seed: int = 0, number: int = 0,
) -> SimulatedBench:
    """The simulated device itself as a bench.

    :raises RequestError: when ``x0`` is no state of the model.
    """
    bench = SimulatedBench(model, netlist=netlist, integrator=integrator, step_s=step_s, x0=x0,
                           noise_a=noise_a, nonidealities=nonidealities, seed=seed,
                           number=number)
    low, high = bench.model.bounds
    if x0 is not None and not low <= x0 <= high:
        raise RequestError(f"an initial state x0 of {x0:g} was asked; allowed: {low:g} to {high:g}")
    return bench


def _at_top(top: Waveform, bottom: Waveform, bench: SimulatedBench) -> Waveform:
    """What the top source plays: the difference where the bottom has no source of its own."""
    return top if bench.capabilities.independent_bottom else between(top, bottom)


Weights = tuple[tuple[str, float], ...]
"""Of the open-circuit voltage: names of sources with their parts."""


@lru_cache(maxsize=64)  # a run repeats its dry run, and its reads are mostly the same
def _known_drive(top: Waveform, bottom: Waveform, weights: Weights, points: int) -> _Drive:
    return _drive_of(top, bottom, weights, points, 0.0)


def _drive_of(
    top: Waveform, bottom: Waveform, weights: Weights, points: int, step_s: float
) -> _Drive:
    """What the sources do while two waveforms last; see ``_sample_times``."""
    duration_s = max(top.stop_s, bottom.stop_s)
    times_s, sides = _sample_times(top, bottom, duration_s, points, step_s)
    drives = {"top_drive": top, "bottom_drive": bottom}
    sources = np.array([_sampled(drives[name], times_s, sides) for name, _ in weights])
    open_v = np.array([part for _, part in weights]) @ sources
    for array in (times_s, sources, open_v):
        array.flags.writeable = False
    return _Drive(times_s, sources, open_v, ramps_of(_weighted(drives, dict(weights))), duration_s)


def _weighted(drives: Mapping[str, Waveform], weights: Mapping[str, float]) -> Waveform:
    """The open-circuit voltage at the device."""
    total: Waveform | None = None
    for name, weight in weights.items():
        part = drives[name] * weight
        total = part if total is None else total + part
    return Waveform.zero() if total is None else total


def _as_measured(trace: Trace, block: PlannedBlock) -> Waveform:
    """Straight lines between samples, but where the plan steps in between: there the voltage stays,
    steps and stays. A source/measure unit reads each level once, at its end."""
    steps_s = np.unique(np.concatenate([_steps_of(block.top), _steps_of(block.bottom)]))
    steps_s = steps_s[(steps_s > trace.t_s[0]) & (steps_s < trace.t_s[-1])]
    before = np.searchsorted(trace.t_s, steps_s, side="left") - 1
    # A step that a sample stands on needs nothing: both its values are in the trace.
    free = trace.t_s[before + 1] > steps_s
    before, steps_s = before[free], steps_s[free]
    v, ends_s = trace.v_dut_v, (min(0.0, trace.t_s[0]), max(block.duration_s, trace.t_s[-1]))
    around = np.stack([v[before], v[before + 1]], axis=1).ravel()
    t_s = np.concatenate([ends_s[:1], trace.t_s, np.repeat(steps_s, 2), ends_s[1:]])
    volts = np.concatenate([v[:1], v, around, v[-1:]])
    order = np.argsort(t_s, kind="stable")
    return Waveform(t_s=t_s[order], v_v=volts[order])


def _rests(plan: Plan) -> bool:
    """Whether nothing drives the device for a while between the blocks of a train."""
    ends_s = [block.start_s + block.duration_s for block in plan.blocks]
    next_s = [*(block.start_s for block in plan.blocks[1:]), plan.spacing_s]
    return any(b - a > SHORTEST * plan.spacing_s for a, b in zip(ends_s, next_s, strict=True))


def _steps_of(waveform: Waveform) -> Floats:
    """Times at which a waveform jumps, shape (n,)."""
    t_s, v_v = waveform.vertices()
    return np.asarray(t_s[1:][(np.diff(t_s) == 0.0) & (np.diff(v_v) != 0.0)])


def _points(block: PlannedBlock) -> int:
    """How many points of a block in a train are enough: few where there are levels only."""
    for waveform in (block.top, block.bottom):
        t_s, v_v = waveform.vertices()
        if np.any((np.diff(t_s) > 0.0) & (np.diff(v_v) != 0.0)):
            return POINTS
    narrowest_s = min((w.stop_s - w.start_s for w in block.windows), default=math.inf)
    return min(max(FEW, math.ceil(READ * block.duration_s / narrowest_s)), POINTS)


def _sample_times(
    top: Waveform, bottom: Waveform, end_s: float, points: int, step_s: float
) -> tuple[Floats, Floats]:
    """Where a block is recorded, and on which side of a step: shape (n,) each, the latter 1 for
    the value after it. Vertices are kept, both sides of every step with them."""
    if step_s:
        t_s = step_s * np.arange(math.floor(end_s / step_s * (1 + 1e-12)) + 1)
        return np.asarray(t_s, dtype=np.float64), np.ones(t_s.size)
    vertices = np.concatenate([top.vertices()[0], bottom.vertices()[0]])
    inside = np.unique(vertices[(vertices >= 0.0) & (vertices <= end_s)])
    even = np.linspace(0.0, end_s, points)
    after = np.unique(np.concatenate([even, inside]))
    t_s = np.concatenate([after, inside])
    sides = np.concatenate([np.ones(after.size), np.zeros(inside.size)])
    order = np.lexsort((sides, t_s))
    return np.asarray(t_s[order], dtype=np.float64), sides[order]


def _sampled(waveform: Waveform, t_s: Floats, sides: Floats) -> Floats:
    before, after = waveform.around(t_s)
    # The end of a block is where its waveform ends, not the rest that follows.
    last = np.where((sides > 0) & (t_s < t_s[-1]), after, before)
    return np.asarray(np.where((sides > 0) & (t_s == t_s[-1]), before, last))
