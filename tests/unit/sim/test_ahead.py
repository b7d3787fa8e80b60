"""One device behind a resistor, compiled: the same numbers, by slopes that are the laws' own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.sim import Devices, batch, lockstep, models, sampled, simulate_many
from memrig.sim.ahead import derivative
from memrig.sim.drives import drives_of
from memrig.sim.lanes import Lanes
from memrig.sim.load import Load
from memrig.sim.ramps import ramps_of
from memrig.sim.traced import PARAMETERS, STATE, Step

LAWFUL = [name for name in models.names() if Lanes(models.create(name), {}, 1).side_by_side]


def waves(model: models.Model, per_period: int) -> Waveform:
    """Sines that reach into both directions, steps between levels, a pause, and a sine again."""
    profile = model.profile()
    phase = 2.0 * np.pi * np.arange(per_period + 1) / per_period
    sine = np.where(np.sin(phase) > 0.0, abs(profile.v_reset_v), abs(profile.v_set_v))
    sine = sine * np.sin(phase)
    levels = np.repeat([profile.v_set_v, 0.0, 0.5 * profile.v_reset_v], per_period // 10)
    v_v = np.concatenate([sine, sine, levels, np.zeros(per_period // 5), -sine])
    return Waveform(t_s=1e-3 * profile.pulse_s * np.arange(v_v.size), v_v=v_v)


@pytest.mark.parametrize(("name", "given"), [
    ("yakopcic", {}), ("guseinov", {"orientation": -1}), ("stanford-pku", {})])
def test_one_device_behind_a_resistor_has_the_same_numbers(
    name: str, given: dict[str, Any]
) -> None:
    pytest.importorskip("numba")
    model = models.create(name, **given)
    drive, (low, high) = waves(model, 1000), model.bounds
    siemens = abs(model.current_at(model.profile().v_set_v, model.x0) / model.profile().v_set_v)
    times_s = np.linspace(-0.01, 1.01, 301) * drive.stop_s
    found = [simulate_many(
        Devices.of(model, 1), drive, wanted_s=times_s, integrator="euler",
        step_s=1e-3 * model.profile().pulse_s, series_ohm=0.5 / siemens, estimate=False,
        engine=engine) for engine in ("numba", "numpy")]
    assert [one.engine for one in found] == ["numba", "numpy"]
    assert np.ptp(found[1].x) > 1e-3 * (high - low)
    assert np.abs(found[0].x - found[1].x).max() <= 1e-11 * (high - low)
    assert np.abs(found[0].i_a - found[1].i_a).max() <= 1e-10 * np.abs(found[1].i_a).max()


def test_a_stop_between_leaves_the_numbers_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    model = models.create("yakopcic")
    asked: dict[str, Any] = {"wanted_s": [1e-5, 3e-5], "integrator": "euler", "step_s": 1e-8,
                             "series_ohm": 100.0, "estimate": False, "engine": "numba"}
    whole = simulate_many(Devices.of(model, 1), waves(model, 2000), **asked)
    monkeypatch.setattr("memrig.sim.compiled.PORTION", 777)
    parts = simulate_many(Devices.of(model, 1), waves(model, 2000), **asked)
    assert parts.x == pytest.approx(whole.x, rel=1e-13)


def value(step: Step, at: dict[Step, float]) -> float:
    """An operation at a voltage and a state."""
    known = dict(at)

    def of(one: Step) -> float:
        if one not in known:
            arguments = tuple(Step("literal", (), PARAMETERS, differs=False, value=of(argument))
                              for argument in one.arguments)
            known[one] = float(Step(one.operation, arguments, PARAMETERS, differs=False,
                                    value=one.value).compute())
        return known[one]

    return of(step)


@pytest.mark.parametrize("name", LAWFUL)
def test_the_slopes_of_laws(name: str) -> None:
    model = models.create(name)
    profile, (low, high) = model.profile(), model.bounds
    lanes = Lanes(model, {}, 1)
    laws, tracer = lanes.laws(), lanes.tracer()
    voltage, state = Step("voltage", (), STATE, differs=True), tracer.state
    for law in (laws.rate, laws.current):
        step = tracer.law(law, voltage, state)
        by_v, by_x = (derivative(tracer, step, by) for by in (voltage, state))
        for v_v in (0.9 * profile.v_set_v, 0.7 * profile.v_reset_v, 0.3 * profile.v_read_max_v):
            for x in (low + share * (high - low) for share in (0.13, 0.41, 0.83)):
                here = {voltage: v_v, state: x}
                for slope, by, h in ((by_v, voltage, 1e-5 * abs(v_v)),
                                     (by_x, state, 1e-5 * (high - low))):
                    ends = [value(step, {**here, by: here[by] + off}) for off in (-h, h)]
                    size = max(abs(end) for end in ends) / h
                    assert value(slope, here) == pytest.approx(
                        (ends[1] - ends[0]) / (2.0 * h), rel=1e-6, abs=1e-9 * size)


@pytest.mark.parametrize("middle", [False, True])
@pytest.mark.parametrize("step_s", [1e-7, 0.7e-6, 3e-6, 1e-3])
def test_the_grid_is_that_of_the_slow_way(
    step_s: float, middle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampled, "_walk", lambda: sampled.walk)
    the_same_grid(Waveform(t_s=[1e-6, 3e-6, 3e-6, 1e-5, 1e-5, 1.2e-5, 4e-5],
                           v_v=[0.0, 0.3, 0.1, 0.1, -0.2, 0.0, 0.0]), step_s, middle=middle)


def test_the_compiled_grid_is_that_of_the_slow_way_to_the_last_bit() -> None:
    pytest.importorskip("numba")
    drawn = np.random.default_rng(0)
    drive = Waveform(t_s=np.cumsum(drawn.uniform(1e-7, 1e-5, 30)), v_v=drawn.normal(size=30))
    for middle in (False, True):
        the_same_grid(drive, 1.7e-7, middle=middle)


def the_same_grid(drive: Waveform, step_s: float, *, middle: bool) -> None:
    model = models.create("yakopcic")
    block = lockstep.Block(Lanes(model, {}, 1), Load(), drives_of(drive, 1), np.array([0.3]))
    grid = sampled.grid_of(ramps_of(drive), step_s, middle=middle)
    t_s = lockstep.grid_of(block, step_s)
    u_v = lockstep.volts(block, lockstep.taken(t_s, middle=middle))
    assert grid.t_s.tolist() == t_s.tolist()
    assert grid.dt_s.tolist() == np.diff(t_s).tolist()
    assert grid.u_v.tolist() == u_v[:, 0].tolist()
    assert grid.change.tolist() == lockstep.changes(u_v).tolist()


def test_a_block_is_never_one_of_many() -> None:
    assert batch._ends(1) == [0, 1]
    assert batch._ends(batch.BLOCK + 1) == [0, batch.BLOCK + 1]
    assert batch._ends(2 * batch.BLOCK + 2) == [0, batch.BLOCK, 2 * batch.BLOCK,
                                                2 * batch.BLOCK + 2]


def test_long_drives_of_one_device_are_compiled_without_being_asked() -> None:
    """Numpy takes as long for a step of one device as for one of 1,000."""
    pytest.importorskip("numba")
    model = models.create("yakopcic")
    engines = [simulate_many(
        Devices.of(model, 1), Waveform(t_s=[0.0, duration_s], v_v=[0.1, 0.1]), wanted_s=[0.0],
        integrator="euler", step_s=1e-6, estimate=False).engine for duration_s in (1e-3, 0.021)]
    assert engines == ["numpy", "numba"]
