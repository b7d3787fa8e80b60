"""Every warning fires where it should, with its numbers, and is silent where nothing is wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from memrig.hil.advice import (
    MANY,
    RULES,
    Case,
    advice,
    coarse_step,
    disturbing_read,
    divided_level,
    feeble_pulses,
    held_current,
    lagging_sweep,
    lasting_run,
    noisy_read,
    spikes_apart,
    too_many_points,
    unseen_pulse,
    unsettled_pulse,
)
from memrig.hil.bench import BenchInfo, Capabilities
from memrig.hil.calibration import Calibration
from memrig.hil.limits import worst_case
from memrig.hil.netlist import ideal, single_channel
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.profile import Profile
from memrig.hil.protocol import Setup
from memrig.hil.protocols import IvSweep, Pulse, PulseSeries, Read, Stdp
from memrig.hil.record import Channel, Chunk, Record
from memrig.hil.registry import entries, load
from memrig.hil.rehearsal import Rehearsal, Step, rehearse
from memrig.hil.status import Status
from memrig.hil.stimulus import Stimulus

PROFILE = Profile(
    name="test", v_set_v=-1.0, v_reset_v=1.0, v_read_max_v=0.1, v_max_v=2.0, v_min_v=-2.0,
    i_max_a=1e-2, r_min_ohm=1e3, r_max_ohm=1e5, state="formed",
)
CAN = Capabilities(
    v_max_v=10.0, pulse_min_s=0.0, step_min_s=0.0, points_max=1000, compliance="hardware",
    independent_bottom=True,
)


def case(
    protocol: Any, *, profile: Profile = PROFILE, series_ohm: float = 0.0, settings: Any = None,
    measured: dict[str, float] | None = None, flags: int = 0, **can: Any,
) -> Case:
    """A dry run of a protocol on a bench that plays everything exactly.

    :param measured: what the bench says of its points; ``flags`` stand at every measured point.
    """
    netlist = single_channel(series_ohm=series_ohm, source_ohm=1e-3, probe_ohm=1e12) \
        if series_ohm else ideal()
    able = dataclasses.replace(CAN, **can)
    steps = [_step(s, profile, netlist, able, measured, flags)
             for s in protocol.sketch(Setup(profile=profile))]
    return Case(
        protocol=protocol, rehearsal=Rehearsal(steps=tuple(steps)), profile=profile, can=able,
        info=BenchInfo(name="test", simulated=True, identities={}, netlist=netlist,
                       calibration=Calibration(), settings=settings or {}))


def _step(stimulus: Stimulus, profile: Profile, netlist: Any, can: Capabilities,
          measured: dict[str, float] | None, flags: int) -> Step:
    settings = {"measured": measured} if measured else {}
    blocks = tuple(PlannedBlock(kind=b.kind, start_s=b.start_s, top=b.top, bottom=b.bottom,
                                windows=b.windows, settings=settings) for b in stimulus.blocks)
    plan = Plan(stimulus=stimulus, bench="test", blocks=blocks, spacing_s=stimulus.spacing_s)
    ten = np.linspace(0.0, 1e-3, 10)
    chunk = Chunk(repeat=0, block=0, t_s=0.0, channels=tuple(
        Channel(probe=probe.name, data=ten, t_s=ten, status=np.full(10, flags, dtype=np.uint16))
        for probe in netlist.probes))
    record = Record(stimulus=stimulus, plan=plan, netlist=netlist, calibration=Calibration(),
                    chunks=(chunk,), simulated=True)
    return Step(plan=plan, worst=worst_case(plan, profile, netlist, can), record=record)


def near(v_set_v: float) -> Profile:
    return dataclasses.replace(PROFILE, v_set_v=v_set_v)


FIRING: dict[str, tuple[Callable[..., Any], Callable[[], Case], str, str]] = {
    "unseen": (
        unseen_pulse,
        lambda: case(Pulse(width=20e-6), measured={"points": 1, "step_s": 20e-6}), "width",
        "a pulse of 20 us is measured every 20 us; its shape is seen from 80 us on"),
    "unsettled": (
        unsettled_pulse, lambda: case(Pulse(width=1e-6), settle_s=7e-6), "width",
        "a pulse of 1 us ends before the circuit has settled, which takes 7 us (7 RC)"),
    "disturbing": (
        disturbing_read, lambda: case(Read(), profile=near(-0.15)), "level",
        "reads at 80 mV come close to 150 mV, where the device switches; below 75 mV they leave it "
        "alone"),
    "divided": (
        divided_level, lambda: case(Pulse(), series_ohm=3e3), "amplitude",
        "3 kohm in series leave 250 mV of 1 V at the device when it has 1 kohm; a smaller "
        "resistance leaves more"),
    "noisy": (
        noisy_read, lambda: case(Read(), i_noise_a=2e-7), "level",
        "a read at 80 mV passes 800 nA at 100 kohm, and its uncertainty is 200 nA: more than 20 %; "
        "read at a higher level or for longer"),
    "coarse loop": (
        coarse_step, lambda: case(IvSweep(period=1e-3), settings={"step_s": 1e-4}), "period",
        "a fixed step of 100 us gives 10 in 1 ms; 50 us or less would follow it"),
    "coarse pulse": (
        coarse_step, lambda: case(Pulse(width=1e-4), settings={"step_s": 1e-4}), "width",
        "a fixed step of 100 us gives 1 in 100 us; 25 us or less would follow it"),
    "lagging": (
        lagging_sweep, lambda: case(IvSweep(period=1e-4), settle_s=1e-5), "period",
        "a loop of 100 us is faster than the circuit follows; from 200 us on it is not widened"),
    "apart": (
        spikes_apart, lambda: case(Stdp(dt=(-0.05, 0.04))), "dt",
        "no pair of spikes overlaps: the shortest delay is 40 ms; below 22 ms they do"),
    "feeble": (
        feeble_pulses, lambda: case(PulseSeries(amplitude_reset=("0.5 v_reset", "0.1 v_reset"))),
        "amplitude_reset",
        "pulses of 500 mV put at most 500 mV on the device, which switches at 1 V"),
    "held": (
        held_current,
        lambda: case(IvSweep(compliance=1e-5), flags=int(Status.COMPLIANCE)), "compliance",
        "the limit holds the current of the model in 100 % of the loop; it wants up to 1 mA"),
    "lasting": (
        lasting_run, lambda: case(PulseSeries(count=1000, pause=10.0)), "",
        "the run takes 5.573 h; fewer points or shorter rests make it shorter"),
    "split": (
        too_many_points,
        lambda: case(IvSweep(points=2000), measured={"points": 2000, "step_s": 1e-4}), "points",
        "2000 points are more than the 1000 that the instrument holds; the loop is played in "
        "parts"),
    "huge": (
        too_many_points, lambda: case(IvSweep(points=3_000_000, loops=2)), "points",
        "the run measures 6 million points; fewer than 5 million are easier to keep and to draw"),
}
SILENT: dict[str, tuple[Callable[..., Any], Callable[[], Case]]] = {
    "unseen": (unseen_pulse,
               lambda: case(Pulse(width=80e-6), measured={"points": 4, "step_s": 20e-6})),
    "unsettled": (unsettled_pulse, lambda: case(Pulse(width=7e-6), settle_s=7e-6)),
    "disturbing": (disturbing_read, lambda: case(Read(), profile=near(-0.17))),
    "divided": (divided_level, lambda: case(Pulse(), series_ohm=900.0)),
    "noisy": (noisy_read, lambda: case(Read(), i_noise_a=1.5e-7)),
    "coarse loop": (coarse_step, lambda: case(IvSweep(period=1e-3), settings={"step_s": 5e-5})),
    "coarse pulse": (coarse_step, lambda: case(Pulse(width=1e-4), settings={"step_s": 2.5e-5})),
    "no fixed step": (coarse_step, lambda: case(IvSweep(period=1e-9), settings={"step_s": None})),
    "lagging": (lagging_sweep, lambda: case(IvSweep(period=2e-4), settle_s=1e-5)),
    "apart": (spikes_apart, lambda: case(Stdp(dt=(-0.05, 0.009)))),
    "feeble": (feeble_pulses,
               lambda: case(PulseSeries(amplitude_reset=("0.5 v_reset", "0.6 v_reset")))),
    "held": (held_current, lambda: case(IvSweep(compliance=1e-5))),
    "lasting": (lasting_run, lambda: case(PulseSeries(count=1000))),
    "split": (too_many_points,
              lambda: case(IvSweep(points=1000), measured={"points": 1000, "step_s": 1e-4})),
    "huge": (too_many_points, lambda: case(IvSweep(points=MANY))),
}


@pytest.mark.parametrize("name", FIRING)
def test_what_cannot_be_meant_is_said_with_what_would_be(name: str) -> None:
    rule, made, parameter, sentence = FIRING[name]
    (said,) = rule(made())
    assert (said.parameter, str(said.sentence)) == (parameter, sentence)


@pytest.mark.parametrize("name", SILENT)
def test_what_is_sensible_is_not_spoken_of(name: str) -> None:
    rule, made = SILENT[name]
    assert list(rule(made())) == []


def test_every_rule_is_tested_both_ways() -> None:
    assert {rule for rule, *_ in FIRING.values()} == set(RULES)
    assert {rule for rule, _ in SILENT.values()} == set(RULES)


@pytest.mark.parametrize("name", entries("protocols"))
def test_no_default_is_warned_of_on_the_model(name: str) -> None:
    bench = load("simulators", "model")(integrator="auto")
    protocol, profile = load("protocols", name)(), bench.model.profile()
    assert advice(protocol, rehearse(protocol, bench, bench, profile), profile, bench) == ()
