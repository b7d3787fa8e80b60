"""Closed forms against DOP853, on random devices around the published ones and random drives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from memrig.hil import Waveform
from memrig.hil.errors import RequestError
from memrig.sim import Devices, Overlaps, models, simulate, simulate_many
from memrig.sim.integrators import rk4, tabled
from memrig.sim.load import Load
from memrig.sim.models._separable import Table
from memrig.sim.ramps import Ramps, ramps_of

Floats = np.ndarray


@dataclass(frozen=True)
class Trial:
    """A device in a state under a drive."""

    model: models.Model
    x0: float
    drive: Waveform

    @property
    def span(self) -> float:
        low, high = self.model.bounds
        return high - low


@st.composite
def trials(draw: st.DrawFn, name: str) -> Trial:
    """A device around a published set, and levels, ramps and steps that move it by its range."""
    kind = type(models.create(name))
    published = draw(st.sampled_from(sorted(kind.sets)))
    model = models.create(name, set=published, **draw(_changes(name, published)))
    if "window" in kind.specs():
        model = models.create(name, **{
            **model.to_json(), "window": draw(st.sampled_from(kind.specs()["window"].choices))})
    low, high = model.bounds
    x0 = low + draw(st.floats(0.05, 0.95)) * (high - low)
    return Trial(model, x0, draw(_drives(model, x0)))


@st.composite
def _changes(draw: st.DrawFn, name: str, published: str) -> dict[str, float]:
    """Up to three parameters, up to 20 % off."""
    base = models.create(name, set=published).to_json()
    numbers = sorted(k for k, v in base.items() if isinstance(v, float) and v)
    chosen = draw(st.lists(st.sampled_from(numbers), max_size=3, unique=True))
    changed = {k: base[k] * draw(st.floats(0.8, 1.2)) for k in chosen}
    try:
        models.create(name, set=published, **changed)
    except RequestError:
        assume(False)
    return changed


@st.composite
def _drives(draw: st.DrawFn, model: models.Model, x0: float) -> Waveform:
    profile = model.profile()
    low, high = model.bounds
    states = [x0, *(low + share * (high - low) for share in (0.1, 0.3, 0.5, 0.7, 0.9))]
    speeds = {abs(model.rate_at(v, x)) for v in (profile.v_set_v, profile.v_reset_v)
              for x in states} - {0.0}
    assume(speeds)
    each_s = 0.3 * (high - low) / draw(st.sampled_from(sorted(speeds)))
    shares = draw(st.lists(st.floats(-1, 1), min_size=2, max_size=7))
    levels = [s * (profile.v_max_v if s > 0 else -profile.v_min_v) for s in shares]
    t_s, v_v = [0.0], [levels[0]]
    for level in levels[1:]:
        steps = draw(st.booleans())
        t_s += [t_s[-1] + each_s] + [t_s[-1] + each_s] * steps
        v_v += [v_v[-1], level] if steps else [level]
    return Waveform(t_s=t_s, v_v=v_v)


Volts = Callable[[float, float], float]


def exact(trial: Trial, volts: Volts | None = None) -> tuple[Floats, Floats]:
    """DOP853 at 1e-12, begun anew at knots, kinks and bounds: times of the knots and states.

    :param volts: the voltage at the device from that of the source and the state.
    """
    model = trial.model
    ramps = ramps_of(trial.drive)
    ramps = ramps.cut(ramps.crossings_s((*model.kinks, 0.0)))
    x, states = trial.x0, [trial.x0]
    for k in range(len(ramps)):
        x = _over(model, ramps, k, x, volts)
        states.append(x)
    times_s = np.concatenate([ramps.t0_s, ramps.t1_s[-1:]])
    knots = np.isin(times_s, trial.drive.vertices()[0])
    return times_s[knots], np.array(states)[knots]


def _over(
    model: models.Model, ramps: Ramps, k: int, x: float, volts: Volts | None
) -> float:
    # Time runs from 0 to 1: events are found to some 1e-16 of it, whatever a ramp takes.
    span_s = float(ramps.t1_s[k] - ramps.t0_s[k])
    u0, u1 = float(ramps.u0_v[k]), float(ramps.u1_v[k])
    u0, u1 = u0 + 1e-12 * (u1 - u0), u1 - 1e-12 * (u1 - u0)
    low, high = model.bounds
    tiny, hair = 1e-13 * (high - low), 1e-9

    def seen(t: float, y: Floats) -> float:
        u = u0 + (u1 - u0) * t
        return u if volts is None else volts(u, min(max(float(y[0]), low), high))

    def rate(t: float, y: Floats) -> list[float]:
        return [span_s * model.rate_at(seen(t, y), min(max(float(y[0]), low), high))]

    def state(_: float, y: Floats) -> float:
        return float(y[0])

    events = [_terminal(state, low, -1), _terminal(state, high, 1),
              *(_terminal(state, x, 0) for x in model.state_kinks),
              *(_terminal(seen, v, 0) for v in (model.kinks if volts else ()) if v)]
    t = 0.0
    for _ in range(20):
        ahead = rate(t + hair, np.array([x]))[0]
        if t >= 1.0 - hair or (x <= low and ahead <= 0.0) or (x >= high and ahead >= 0.0):
            return x
        if t > 0.0:  # away from the kink at which it stands
            t, x = t + hair, x + hair * ahead
        x = min(max(x, low + 0.1 * tiny), high - 0.1 * tiny)
        with np.errstate(invalid="ignore"):  # its error estimate is 0/0 where hardly anything moves
            done = solve_ivp(rate, (t, 1.0), [x], method="DOP853", rtol=1e-12,
                             atol=0.1 * tiny, events=events, max_step=1.0 / 40)
        t, x = float(done.t[-1]), float(done.y[0, -1])
        x = low if x < low + tiny else high if x > high - tiny else x
    return x


def _terminal(
    watched: Callable[[float, Floats], float], edge: float, direction: int
) -> Callable[[float, Floats], float]:
    def distance(t: float, y: Floats) -> float:
        return watched(t, y) - edge

    distance.terminal = True  # type: ignore[attr-defined]  # what scipy asks of an event
    distance.direction = direction  # type: ignore[attr-defined]  # likewise
    return distance


NAMES = [name for name in models.names() if models.create(name).closed_form]
"""Models that have a closed form: a new one is tested without a line."""
AGREED = 2e-10
"""Of flow and DOP853, of the range of the state: mostly they differ by less than 1e-12."""
FLOOR = 5e-9
"""What rk4 may miss beyond ten times the error that it states."""
STEPPED = 5e-8
"""Of rk4: its tolerance of 1e-10, times what the device makes of it. A drift model's speed changes
160 times with its resistance."""


def well_posed(trial: Trial, x: Floats) -> bool:
    """Whether stepping can follow: the state neither jumps within less than a part in a million of
    a ramp, nor is so far in a window that stops both ways that no number tells where."""
    low, high = trial.model.bounds
    t_s, v_v = trial.drive.vertices()
    fastest = max(abs(trial.model.rate_at(v, s)) for v in v_v.tolist()
                  for s in np.percentile(x, (0, 50, 100)).tolist())
    if fastest * float(np.diff(t_s).max()) > 1e5 * trial.span:
        return False
    near = float(np.minimum(x - low, high - x).min()) / trial.span
    sticky = getattr(trial.model, "window", "") in ("strukov", "joglekar", "prodromakis")
    return near > 1e-2 or not (sticky or getattr(trial.model, "window_p", 0.0))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(data=st.data())
def test_flow_agrees_with_dop853_and_with_rk4(name: str, data: st.DataObject) -> None:
    trial = data.draw(trials(name))
    flow = simulate(trial.model, trial.drive, x0=trial.x0, integrator="flow")
    assume(well_posed(trial, flow.x))
    times_s, x = exact(trial)
    missed = float(np.abs(np.interp(times_s, flow.t_s, flow.x) - x).max()) / trial.span
    assert missed <= AGREED
    stepped = simulate(trial.model, trial.drive, x0=trial.x0, integrator="rk4")
    missed = float(np.abs(np.interp(times_s, stepped.t_s, stepped.x) - x).max()) / trial.span
    assert missed <= STEPPED
    assert missed <= 10 * stepped.error * np.ptp(x) / trial.span + FLOOR


@pytest.mark.parametrize(("slope", "levels_v", "each_s", "x0"), [
    (9e3, (0.0, 1.1), 1e-2, 2e4),  # the boundary comes to a state that waits
    (9e3, (0.0, 1.1, 0.0), 5.0, 2e4),  # and forgets it, in hundreds of turns
    (-9e3, (0.1, 1.0), 1e-4, 1e4),  # the boundary falls, and is not met,
    (-9e3, (0.1, 1.0), 0.3, 1e4),  # is met,
    (-9e3, (0.1, 1.0), 1e3, 1e4),  # or at once
])
def test_a_square_pull_towards_a_boundary_that_moves(
    slope: float, levels_v: tuple[float, ...], each_s: float, x0: float
) -> None:
    for sign in (1, -1):
        model = models.create("messaris", set="tiox-2017", r_p1=slope, orientation=sign)
        drive = Waveform(t_s=[each_s * k for k in range(len(levels_v))],
                         v_v=[sign * v for v in levels_v])
        trial = Trial(model, x0, drive)
        flow = simulate(model, drive, x0=x0, integrator="flow")
        times_s, x = exact(trial)
        assert np.abs(np.interp(times_s, flow.t_s, flow.x) - x).max() <= AGREED * trial.span


@pytest.mark.parametrize("name", [n for n in models.names() if n != "pickett"])
@settings(max_examples=10)
@given(data=st.data())
def test_behind_a_resistance_flow_and_rk4_agree_with_dop853(
    name: str, data: st.DataObject
) -> None:
    """Levels by tables, ramps by rk4, thresholds of the device's voltage crossed on the way.

    The current of pickett is a search: DOP853 would take minutes.
    """
    trial = data.draw(trials(name))
    model, v_v = trial.model, trial.model.profile().v_set_v
    load = Load(ohm=data.draw(st.floats(0.05, 2.0)) * abs(v_v / model.current_at(v_v, trial.x0)))
    ramps = ramps_of(trial.drive)
    stepped = rk4(model, load, ramps, trial.x0)
    assume(well_posed(trial, stepped.x))
    times_s, x = exact(trial, lambda u, state: load.volts_at(model, u, state))
    jumped = tabled(model, load, ramps, trial.x0, np.empty(0))
    for path in (stepped, jumped):
        missed = float(np.abs(np.interp(times_s, path.t_s, path.x) - x).max()) / trial.span
        assert missed <= STEPPED
        assert missed <= 10 * path.error / trial.span + FLOOR


def test_rk4_keeps_its_order_where_the_motion_bends() -> None:
    """Yakopcic's growth slows down from x_p on: a step across it would be of second order."""
    model = models.create("yakopcic")
    drive = Waveform(t_s=[0.0, 4e-4], v_v=[0.3, 0.3])
    exact = simulate(model, drive, x0=0.2, integrator="flow").x[-1]
    assert exact > model.x_p > 0.2
    missed = [abs(simulate(model, drive, x0=0.2, integrator="rk4", step_s=4e-4 / n).x[-1] - exact)
              for n in (5, 10, 20)]
    assert missed[0] < 1e-6
    assert all(coarse / fine > 10.0 for coarse, fine in pairwise(missed))


@pytest.mark.parametrize("step_s", [None, 1e-3])
def test_a_threshold_that_the_device_crosses_behind_a_load_ends_its_motion_there(
    step_s: float | None
) -> None:
    """A growing conductance takes its own voltage away until SET is reached."""
    model, load = models.create("guseinov", r_set=0.1), Load(ohm=2e4)
    ramps = ramps_of(Waveform(t_s=[0.0, 1.0], v_v=[-1.0, -1.0]))
    stop = model.state_from_current(-0.4, (-1.0 + 0.4) / load.ohm)
    assert 0.05 < stop < 0.95
    for path in (rk4(model, load, ramps, 0.05, step_s),
                 tabled(model, load, ramps, 0.05, np.empty(0))):
        assert path.x[-1] == pytest.approx(stop, abs=1e-11)
        assert load.volts_at(model, -1.0, float(path.x[-1])) == pytest.approx(-0.4, abs=1e-10)


def test_auto_tabulates_levels_that_come_back() -> None:
    model, width_s = models.create("yakopcic"), 1e-5
    starts = 5e-5 * np.arange(120)
    t_s = np.ravel(starts[:, None] + np.array([0.0, 0.0, width_s, width_s]))
    train = Waveform(t_s=t_s, v_v=np.tile([0.0, 0.25, 0.25, 0.0], 120))
    done = {name: simulate(model, train, x0=0.11, integrator=name, series_ohm=100.0)
            for name in ("auto", "rk4", "flow")}
    assert done["auto"].integrator == "flow"
    assert done["auto"].x[-1] == done["flow"].x[-1]
    assert done["auto"].x[-1] == pytest.approx(done["rk4"].x[-1], abs=1e-9)
    once = Waveform(t_s=[0.0, width_s], v_v=[0.25, 0.25])
    assert simulate(model, once, x0=0.11, integrator="auto", series_ohm=100.0).integrator == "rk4"


def sine(amplitude_v: float, periods: int, per_period: int = 8000) -> Waveform:
    phase = 2 * np.pi * np.arange(per_period * periods + 1) / per_period
    return Waveform(t_s=phase / (2 * np.pi), v_v=amplitude_v * np.sin(phase))


def trap(shared_dir: Path) -> tuple[models.Model, float, Floats]:
    """Biolek 2009, Fig. 5c: device, first state, and the exact rows (t, v, i, x, logit x)."""
    folder = shared_dir / "models/golden"
    case = json.loads((folder / "golden.json").read_text())["trap_joglekar_p10_hard_double"]
    text = (folder / "trap_joglekar_p10_hard_exact.csv").read_text()
    rows = [[float(n) for n in re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?(?=[,)\n]|$)", line)]
            for line in text.splitlines()[1:]]
    return models.from_golden(case["model"], case["params"]), case["x0"], np.array(rows)


def test_a_state_that_no_double_holds_is_followed_and_comes_back(shared_dir: Path) -> None:
    """1 - x goes down to exp(-2508) and x returns after every period."""
    model, x0, rows = trap(shared_dir)
    assert rows.shape == (1201, 5)
    assert rows[:, 4].max() == pytest.approx(2508.0, abs=0.5)
    done = simulate(model, sine(2.0, 3), x0=x0, integrator="flow")
    x = np.interp(rows[:, 0], done.t_s, done.x)
    assert np.abs(x - rows[:, 3]).max() <= 1e-7  # of the chords of the sine
    assert np.abs(model.current(rows[:, 1], x) - rows[:, 2]).max() <= 1e-7 * rows[:, 2].max()
    assert done.x[-1] == pytest.approx(x0, abs=1e-12)
    assert done.advice == ""


@pytest.mark.parametrize("integrator", ["euler", "euler-mid", "rk4"])
def test_the_other_integrators_say_that_it_is_stuck(shared_dir: Path, integrator: str) -> None:
    model, x0, _ = trap(shared_dir)
    done = simulate(model, sine(2.0, 1, 500), x0=x0, integrator=integrator, step_s=1e-3)
    assert "the state has come so near to a bound" in done.advice


def test_flow_says_so_of_a_state_that_begins_at_such_a_bound() -> None:
    model = models.create("hp", set="biolek-5c")
    done = simulate(model, sine(2.0, 1, 100), x0=1.0, integrator="flow")
    assert (done.x == 1.0).all()
    assert "window joglekar lets nothing leave a bound" in done.advice


# --- tables


@pytest.mark.parametrize(("density", "integral"), [
    (lambda y: 1.0 / (1.0 + y * y), np.arctan),
    (lambda y: np.exp(3.0 * y), lambda y: np.exp(3.0 * y) / 3.0),
    (lambda y: np.where(y < 0.3, 1.0, 5.0), lambda y: np.where(y < 0.3, y, 5.0 * y - 1.2)),
])
def test_a_table_is_an_integral_and_its_inverse(
    density: Callable[[Floats], Floats], integral: Callable[[Floats], Floats]
) -> None:
    table = Table.of(density, -2.0, 7.0, kinks=[0.3])
    y = np.linspace(-2.0, 7.0, 1001)
    wanted = integral(y) - integral(np.array([-2.0]))
    found = table.value(y) - table.value(np.array([-2.0]))
    assert np.allclose(found, wanted, rtol=1e-12, atol=1e-13 * wanted[-1])
    assert np.allclose(table.inverse(table.value(y)), y, rtol=0.0, atol=1e-11)


def test_a_slow_end_of_a_table_does_not_take_the_digits_of_the_rest() -> None:
    """A threshold whose rate rises with the cube: 1e15 s at one end, milliseconds at the other."""
    table = Table.of(lambda y: np.exp(-2.0 * y) + 1e-3, -20.0, 20.0)
    y = np.linspace(10.0, 20.0, 11)
    wanted = 1e-3 * (y - 10.0) + 0.5 * (np.exp(-20.0) - np.exp(-2.0 * y))
    found = table.value(y) - table.value(np.array([10.0]))
    assert np.allclose(found, wanted, rtol=1e-10, atol=1e-14)
    assert np.allclose(table.inverse(table.value(y)), y, rtol=1e-10)


def test_a_table_goes_on_straight_beyond_its_ends() -> None:
    table = Table.of(lambda y: 2.0 + np.tanh(y), -40.0, 40.0)
    y = np.array([-2508.0, -41.0, 41.0, 1e6])
    assert np.allclose(np.diff(table.value(y)), [2467.0, 164.0, 3.0 * (1e6 - 41.0)], rtol=1e-12)
    assert np.allclose(table.inverse(table.value(y)), y, rtol=1e-12)


def test_a_table_of_noise_ends_and_says_how_bad_it_is() -> None:
    drawn = np.random.default_rng(0)
    table = Table.of(lambda y: 1.0 + 1e-6 * drawn.random(y.shape), 0.0, 1.0)
    assert 1e-8 < table.error < 1e-5
    assert len(table.parts) < 5000


def test_many_values_of_a_table_are_those_of_each() -> None:
    """They are looked up in parts that the processor's cache holds."""
    table = Table.of(lambda y: 1.0 + y * y, 0.0, 3.0)
    y = np.linspace(-0.5, 3.5, 20_001)
    np.testing.assert_allclose(table.inverse(table.value(y)), y, rtol=1e-12, atol=1e-12)
    assert table.inverse(np.empty(0)).size == 0


@pytest.mark.parametrize(("name", "window"), [
    ("yakopcic", {}), ("guseinov", {}), ("guseinov", {"window_p": 2}), ("pershin", {}),
])
def test_a_row_of_ramps_again_and_again_is_one_long_row(name: str, window: dict[str, int]) -> None:
    model = models.create(name, **window)
    volts = np.array([0.0, 0.9, 0.3, -0.4, -1.1, 0.0]) * model.profile().v_set_v
    once = ramps_of(Waveform(t_s=1e-6 * np.arange(volts.size), v_v=volts))
    ramps = once.cut(once.crossings_s(model.kinks))
    row = (ramps.u0_v, ramps.u1_v, ramps.dt_s)
    flow, long = model.flow(*row), model.flow(*(np.tile(one, 7) for one in row))
    assert flow.again is not None
    x0 = sum(model.bounds) / 2
    np.testing.assert_array_equal(flow.again(7).path(x0), long.path(x0))


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_a_window_of_delays_agrees_with_dop853(engine: str) -> None:
    """What two spikes do to a device, for delays at which they overlap and at which they touch."""
    if engine == "numba":
        pytest.importorskip("numba")
    model = models.create("yakopcic")
    spike = Waveform(t_s=[0, 0, 2e-3, 2e-3, 14e-3], v_v=[0, 0.15, 0, -0.07, 0])
    delays_s = np.array([-0.014, -5e-3, -2e-3, -1e-4, 0.0, 1e-3, 2e-3, 6e-3, 0.014])
    pairs = Overlaps(top=spike, bottom=1.05 * spike, delays_s=delays_s)
    done = simulate_many(Devices.of(model, delays_s.size, 0.45), pairs, wanted_s=[1.0],
                         integrator="flow", engine=engine)
    assert done.engine == engine
    right = [exact(Trial(model, 0.45, pairs.waveform(k)))[1][-1] for k in range(delays_s.size)]
    assert np.abs(done.x[:, 0] - right).max() <= 1e-9
    assert np.ptp(right) > 0.1
