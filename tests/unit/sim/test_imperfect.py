"""One device with its non-idealities: what pulses do, what stays, and that no step matters.

Bounds are five standard errors: a false alarm is rarer than one in a million.
"""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.errors import RequestError
from memrig.hil.registry import entries
from memrig.sim import NonIdealities, models, simulate
from memrig.sim.aging import drift_exponent, pcm_noise_rel, programming_error_siemens
from memrig.sim.imperfect import ImperfectDevice
from memrig.sim.load import Load
from memrig.sim.pulses import Cycle, Stretch, stretches, weibull_shape
from memrig.sim.ramps import Ramps, ramps_of
from memrig.sim.simulation import Method

SIGMAS = 5.0
GUSEINOV, YAKOPCIC = models.create("guseinov"), models.create("yakopcic")
READ_V = 0.3
SET_V, RESET_V, WIDTH_S = -1.2, 1.0, 1e-6
FLOW, NONE = Method("flow"), np.empty(0)
EVERYTHING = {
    "rate_spread": 0.2, "threshold_spread": 0.1, "conduction_spread": 0.05,
    "spread": ("c1=1%",), "pulse_noise": 0.01, "step_noise": 0.3, "threshold_cycle": 0.05,
    "diffusion": 0.5, "wander": "r_set", "switching_tau0_s": 1e-3, "programming": "rram-milo",
    "drift": "power", "drift_t0_s": 1e-4, "retention_tau_s": 0.1, "read_noise": 0.01,
    "flicker": 1e-6, "telegraph": 0.1,
}


def level(volts: float, width_s: float = WIDTH_S) -> Ramps:
    return Ramps(*(np.array([one]) for one in (0.0, width_s, volts, volts)))


def train(*levels: float) -> Waveform:
    """Pulses of 100 us with rests of 100 us around them."""
    t_s, v_v = [0.0], [0.0]
    for k, volts in enumerate(levels):
        start = (2 * k + 1) * 1e-4
        t_s += [start, start, start + 1e-4, start + 1e-4]
        v_v += [0.0, volts, volts, 0.0]
    return Waveform(t_s=[*t_s, t_s[-1] + 1e-4], v_v=[*v_v, 0.0])


def device(x0: float = 0.5, seed: int = 1, number: int = 0, model=GUSEINOV, **options):
    return ImperfectDevice(model, NonIdealities(**options), seed=seed, device=number, x0=x0)


def pulses(one: ImperfectDevice, count: int, volts: float = SET_V) -> np.ndarray:
    """The state after each of many equal pulses, shape (count + 1,)."""
    found = [one.x]
    for k in range(count):
        one.advance(Load(), level(volts), FLOW, NONE, at_s=1e-3 * k)
        found.append(one.x)
    return np.array(found)


def siemens(x: float | np.ndarray, model=GUSEINOV) -> np.ndarray:
    return model.conductance(READ_V, x)


RANGE_SIEMENS = float(siemens(1.0) - siemens(0.0))
MOVE = GUSEINOV.rate_at(SET_V, 0.5) * WIDTH_S


# --- off, and again


@pytest.mark.parametrize("integrator", ["auto", "euler", "rk4"])
def test_nothing_asked_changes_no_bit(integrator):
    drive = train(-1.5, 1.2)
    plain = simulate(GUSEINOV, drive, x0=0.4, integrator=integrator)
    same = simulate(GUSEINOV, drive, x0=0.4, integrator=integrator,
                    nonidealities=NonIdealities(), seed=7)
    for field in dataclasses.fields(plain):
        np.testing.assert_array_equal(getattr(plain, field.name), getattr(same, field.name))


def run(seed: int = 1, number: int = 0, integrator: str = "auto", step_s=None, **options):
    return simulate(GUSEINOV, train(-1.7, -1.7, 1.4, -1.7), x0=0.4, integrator=integrator,
                    step_s=step_s, nonidealities=NonIdealities(**options), seed=seed,
                    device=number)


def test_the_same_seed_gives_the_same_bytes():
    one, two = run(**EVERYTHING), run(**EVERYTHING)
    assert one.i_a.tobytes() == two.i_a.tobytes()
    assert one.x.tobytes() == two.x.tobytes()
    assert run(seed=2, **EVERYTHING).x[-1] != one.x[-1]
    assert run(number=1, **EVERYTHING).x[-1] != one.x[-1]


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name not in {
    "drift_t0_s", "read_noise", "flicker", "telegraph"}])
def test_every_effect_changes_what_the_state_does(name):
    needed = {k: v for k, v in EVERYTHING.items() if NonIdealities.needs.get(k) == name}
    triangle = Waveform(t_s=[0.0, 1e-3, 3e-3, 4e-3], v_v=[0.0, -1.2, 1.2, 0.0])
    changed, plain = (
        simulate(GUSEINOV, triangle, x0=0.4, integrator="auto", seed=1,
                 nonidealities=NonIdealities(**options))
        for options in ({name: EVERYTHING[name], **needed}, {}))
    ends = [(one.x[-1], np.interp(1.5e-3, one.t_s, one.i_a)) for one in (changed, plain)]
    assert ends[0] != ends[1]


def test_what_is_read_changes_no_state():
    noisy, plain = run(read_noise=0.01, flicker=1e-5, telegraph=0.2, pulse_noise=0.01), run(
        pulse_noise=0.01)
    np.testing.assert_array_equal(noisy.x, plain.x)
    assert not np.array_equal(noisy.i_a, plain.i_a)


def test_an_effect_more_leaves_the_numbers_of_the_others():
    """Increments by pulse noise alone, and beside everything else that acts per pulse."""
    alone = np.diff(pulses(device(pulse_noise=1e-3), 20)) - MOVE
    beside = device(pulse_noise=1e-3, threshold_cycle=0.05, read_noise=0.1, drift="power")
    np.testing.assert_allclose(np.diff(pulses(beside, 20)) - MOVE, alone, atol=1e-9)
    stepped = np.diff(pulses(device(pulse_noise=1e-3, step_noise=0.5), 20)) - MOVE
    only = np.diff(pulses(device(step_noise=0.5), 20)) - MOVE
    np.testing.assert_allclose(stepped, alone + only, atol=1e-12)


@pytest.mark.parametrize(("integrator", "step_s", "error"), [
    ("rk4", None, 1e-9), ("euler", 1e-6, 1e-9), ("euler", 1e-7, 1e-9), ("euler-mid", 1e-6, 1e-9),
])
def test_no_integrator_and_no_step_changes_what_is_random(integrator, step_s, error):
    reference = run(**EVERYTHING)
    found = run(integrator=integrator, step_s=step_s, **EVERYTHING)
    asked_s = np.linspace(0.0, 9e-4, 91)[1:-1] + 3e-6
    np.testing.assert_allclose(np.interp(asked_s, found.t_s, found.x),
                               np.interp(asked_s, reference.t_s, reference.x), atol=error)


def test_a_rate_that_depends_on_the_state_differs_by_the_integrator_alone():
    """Strong convergence: ten times finer steps come ten times nearer on the same noise."""
    given = NonIdealities(diffusion=2.0, pulse_noise=0.02)
    drive = Waveform(t_s=[0, 0, 1e-3, 1e-3], v_v=[0, 0.2, 0.2, 0])

    def end(integrator, step_s=None):
        return simulate(YAKOPCIC, drive, x0=0.2, integrator=integrator, step_s=step_s,
                        nonidealities=given, seed=4).x[-1]

    exact = end("rk4")
    coarse, fine = (abs(end("euler", h) - exact) for h in (1e-5, 1e-6))
    assert coarse < 2e-2
    assert coarse / fine == pytest.approx(10.0, rel=0.3)


# --- pulse to pulse


def test_pulse_noise_adds_up_as_the_root_of_the_pulses():
    sigma, count = 5e-4, 1024
    states = pulses(device(pulse_noise=sigma), count)
    off = (siemens(states) - siemens(0.5 + MOVE * np.arange(count + 1))) / RANGE_SIEMENS
    for n in (1, 4, 16):
        sums = np.diff(off[::n])
        error = SIGMAS / math.sqrt(2.0 * sums.size)
        assert sums.std() == pytest.approx(sigma * math.sqrt(n), rel=error)
        assert sums.mean() == pytest.approx(
            0.0, abs=SIGMAS * sigma * math.sqrt(n / sums.size))


@pytest.mark.parametrize("sigma", [0.3, 3.75])
def test_step_noise_leaves_the_mean_step(sigma):
    count = 1000
    steps = np.diff(pulses(device(step_noise=sigma), count)) / MOVE
    assert steps.mean() == pytest.approx(1.0, abs=SIGMAS * sigma / math.sqrt(count))
    assert steps.std() == pytest.approx(sigma, rel=SIGMAS / math.sqrt(2 * count))


def test_a_drive_below_the_thresholds_is_no_pulse():
    one = device(pulse_noise=0.1, diffusion=1.0, programming="rram-milo")
    assert set(pulses(one, 20, volts=-0.35)) == {0.5}
    assert set(pulses(one, 20, volts=0.1)) == {0.5}


def test_the_random_walk_has_its_variance_at_any_step():
    """Variance at a fixed time, with h and h/10: sigma^2 t, to sampling error."""
    sigma, count, width_s = 0.5, 150, 1e-5
    found = []
    for step_s in (1e-6, 1e-7):
        one, ends = device(diffusion=sigma, seed=12), []
        for k in range(count):
            one.set_state(0.5)
            one.advance(Load(), level(-0.8, width_s), Method("euler", step_s), NONE, at_s=1e-3 * k)
            ends.append(one.x)
        found.append(np.array(ends))
    exact = sigma**2 * width_s
    for ends in found:
        assert ends.var() == pytest.approx(exact, rel=SIGMAS * math.sqrt(2.0 / count))
    np.testing.assert_allclose(found[0], found[1], atol=1e-9)


def test_the_random_walk_grows_within_a_pulse():
    count, sigma = 120, 0.5
    middle = np.array([0.4e-5])
    states = []
    for number in range(count):
        one = device(diffusion=sigma, number=number)
        states.append(one.advance(Load(), level(-0.8, 1e-5), FLOW, middle).path.at(middle)[0])
    exact = sigma**2 * 0.4e-5
    assert np.var(states) == pytest.approx(exact, rel=SIGMAS * math.sqrt(2.0 / count) + 0.05)


def test_states_stay_within_their_bounds():
    one = device(x0=0.99, pulse_noise=0.5, step_noise=5.0, diffusion=100.0)
    states = pulses(one, 50)
    assert states.min() >= 0.0
    assert states.max() <= 1.0


# --- cycle to cycle


def cycles(count: int, **options) -> np.ndarray:
    cycle, found = Cycle(GUSEINOV, NonIdealities(**options), 1, 0), []
    for _ in range(count):
        cycle.enter(-1)
        found.append(cycle.model.v_set_v / GUSEINOV.v_set_v)
        cycle.enter(1)
    return np.array(found)


@pytest.mark.parametrize("law", ["normal", "weibull"])
@pytest.mark.parametrize("sigma", [0.05, 0.15])
def test_thresholds_spread_from_cycle_to_cycle(law, sigma):
    count = 2000
    options = {} if law == "normal" else {"threshold_cycle_law": law}
    found = cycles(count, threshold_cycle=sigma, **options)
    assert found.mean() == pytest.approx(1.0, abs=SIGMAS * sigma / math.sqrt(count))
    heavy = 1.0 if law == "normal" else 1.4  # the tail of a Weibull distribution, kurtosis 5
    assert found.std() == pytest.approx(sigma, rel=SIGMAS * heavy / math.sqrt(2 * count))
    skewness = np.mean(((found - 1.0) / sigma) ** 3)
    assert bool(skewness < -0.4) is (law == "weibull")


def test_a_threshold_is_held_through_a_cycle():
    cycle = Cycle(GUSEINOV, NonIdealities(threshold_cycle=0.1), 1, 0)
    cycle.enter(-1)
    first = cycle.model.v_set_v
    cycle.enter(-1)
    assert cycle.model.v_set_v == first
    cycle.enter(1)
    cycle.enter(-1)
    assert cycle.model.v_set_v != first


def test_the_shape_of_weibull_has_its_deviation():
    assert weibull_shape(1.0) == pytest.approx(1.0)  # the exponential distribution
    assert weibull_shape(math.sqrt(4.0 / math.pi - 1.0)) == pytest.approx(2.0)  # Rayleigh's


def waits(tau0_s: float, v0_v: float, ramps: Ramps, count: int) -> np.ndarray:
    given = NonIdealities(switching_tau0_s=tau0_s, switching_v0_v=v0_v)
    cycle, found = Cycle(GUSEINOV, given, 1, 0), []
    for k in range(count):
        sign = 1 if k % 2 else -1
        cycle.enter(sign)
        found.append(cycle.wait_s(Load(), Stretch(sign, ramps), 0.5))
    return np.array(found)


@pytest.mark.parametrize(("volts", "tau_s"), [(2.6, 16.4e-3), (3.2, 0.351e-3)])
def test_switching_waits_for_a_poisson_time(volts, tau_s):
    """Ag/a-Si: half have switched after tau ln 2, the mean wait is tau."""
    count = 4000
    found = waits(2.85e5, 0.156, level(volts, 50.0 * tau_s), count)
    assert np.median(found) == pytest.approx(
        tau_s * math.log(2.0), abs=SIGMAS * tau_s / math.sqrt(count) + 0.01 * tau_s)
    assert found.mean() == pytest.approx(tau_s, rel=SIGMAS / math.sqrt(count) + 0.01)


def test_the_wait_on_a_ramp_follows_its_hazard():
    """Of a rising voltage: share that has switched until t is 1 - exp(-integral of 1/tau)."""
    count, slope = 4000, 1e3
    ramp = Ramps(*(np.array([one]) for one in (0.0, 4e-3, 0.0, 4.0)))
    found = waits(1.0, 0.25, ramp, count)
    for t_s in (1e-3, 1.5e-3, 2e-3):
        hazard = 0.25 / slope * math.expm1(slope * t_s / 0.25)
        share = -math.expm1(-hazard)
        error = SIGMAS * math.sqrt(share * (1.0 - share) / count)
        assert np.mean(found < t_s) == pytest.approx(share, abs=error)


def test_a_device_waits_over_several_pulses_and_then_moves_in_each():
    one = device(switching_tau0_s=4e-4, switching_v0_v=1.0)  # 0.12 ms at -1.2 V
    steps = np.diff(pulses(one, 600))
    moved = np.flatnonzero(steps)
    assert moved.size
    assert moved[0] > 0
    assert np.diff(moved).max(initial=1) == 1
    np.testing.assert_allclose(steps[moved[1:]], MOVE, rtol=1e-6)


# --- what programming leaves


@pytest.mark.parametrize(("law", "micro", "sigma"), [
    ("rram-milo", 100.0, 3.871621), ("rram-milo", 300.0, 2.733246), ("rram-milo", 0.0, 4.326971),
    ("rram-wan", 10.0, 2.4136), ("pcm-joshi", 10.0, 0.86619139), ("off", 10.0, 0.0),
])
def test_programming_errors_are_those_published(law, micro, sigma):
    assert programming_error_siemens(law, micro * 1e-6) == pytest.approx(sigma * 1e-6)


def test_the_programming_error_is_drawn_anew_and_does_not_add_up():
    count = 800
    states = pulses(device(programming="rram-milo"), count)[1:]
    meant = siemens(0.5 + MOVE * np.arange(1, count + 1))
    off = (siemens(states) - meant) / (1e-6 * (4.782321 - 0.009107e6 * meant))
    assert off.std() == pytest.approx(1.0, rel=SIGMAS / math.sqrt(2 * count))
    assert off.mean() == pytest.approx(0.0, abs=SIGMAS / math.sqrt(count))
    assert off[-100:].std() == pytest.approx(1.0, rel=SIGMAS / math.sqrt(200))
    assert np.corrcoef(off[1:], off[:-1])[0, 1] == pytest.approx(0.0, abs=SIGMAS / count**0.5)


def aged(times_s: np.ndarray, x0: float = 1.0, **options) -> np.ndarray:
    """Conductance at times after the device was put in a state, relative to that then."""
    one, found = device(x0=x0, **options), []
    one.advance(Load(), level(0.0, 1e-9), FLOW, NONE)
    for t_s in times_s:
        one.advance(Load(), level(0.0, 1e-9), FLOW, NONE, at_s=float(t_s))
        found.append(siemens(one.x) / siemens(x0))
    return np.array(found)


def test_drift_is_a_straight_line_of_logarithms():
    times_s = np.geomspace(1.0, 1e8, 17)
    found = aged(times_s, drift="power", drift_t0_s=1.0)
    slopes = np.diff(np.log(found)) / np.diff(np.log(times_s))
    np.testing.assert_allclose(slopes, -0.1, rtol=1e-6)
    assert aged(np.array([0.5]), drift="power", drift_t0_s=1.0)[0] == pytest.approx(1.0)


def test_drift_exponents_spread():
    count = 250
    late = np.array([aged(np.array([math.e]), drift="power", drift_t0_s=1.0, drift_nu_spread=0.03,
                          seed=k)[0] for k in range(count)])
    found = -np.log(late[late < 1.0])
    assert found.size == count
    assert found.mean() == pytest.approx(0.1, abs=SIGMAS * 0.03 / math.sqrt(count))
    assert found.std() == pytest.approx(0.03, rel=SIGMAS / math.sqrt(2 * count))


@pytest.mark.parametrize(("share", "mean", "spread"), [
    (1.0, 0.049, 0.008), (0.1, 0.0600901, 0.0228823), (1e-3, 0.1, 0.045),
])
def test_phase_change_drift_follows_the_conductance(share, mean, spread):
    found = drift_exponent(NonIdealities(drift="pcm"), share)
    assert found == pytest.approx((mean, spread), rel=1e-5)


def test_retention_is_a_stretched_exponential():
    times_s = np.array([1.0, 20.0, 80.0, 160.0])
    found = aged(times_s, retention_tau_s=80.0)
    np.testing.assert_allclose(found, np.exp(-(times_s / 80.0) ** 1.07), rtol=1e-7)


def test_a_pulse_begins_where_the_device_has_drifted_to_and_renews_its_age():
    one = device(x0=1.0, retention_tau_s=1.0)
    one.advance(Load(), level(0.0, 1e-9), FLOW, NONE)
    one.advance(Load(), level(SET_V), FLOW, NONE, at_s=1.0)
    after = one.x
    assert siemens(after - MOVE) == pytest.approx(siemens(1.0) * math.exp(-1.0), rel=1e-5)
    one.advance(Load(), level(0.0, 1e-9), FLOW, NONE, at_s=1.0 + 1e-3)
    assert siemens(one.x) == pytest.approx(siemens(after), rel=1e-3)


@pytest.mark.parametrize("volts", [SET_V, RESET_V])
def test_a_stuck_device_never_moves(volts):
    found = {pulses(device(number=k, stuck=1.0, pulse_noise=0.1), 3, volts)[-1] for k in range(40)}
    assert found == {0.0, 1.0}
    one = device(stuck=1.0)
    one.set_state(0.5)
    assert one.x in found


# --- reading


def test_the_noise_of_a_current_is_shared_with_its_load():
    """The device's own noise drives both: the current moves less, the voltage against it."""
    drive = Waveform(t_s=[0.0, 1e-2], v_v=[0.2, 0.2])
    options = {"x0": 0.5, "integrator": "rk4", "series_ohm": 1e4, "seed": 3}
    plain = simulate(GUSEINOV, drive, **options)
    noisy = simulate(GUSEINOV, drive, nonidealities=NonIdealities(telegraph=0.01), **options)
    on = noisy.i_a > plain.i_a[0] * (1.0 + 1e-9)
    assert on.any()
    assert not on.all()
    divided = 1.0 + 1e4 * GUSEINOV.slope_at(plain.v_v[0], 0.5)
    assert noisy.i_a[on] == pytest.approx(plain.i_a[0] * (1.0 + 0.01 / divided), rel=1e-9)
    np.testing.assert_allclose((noisy.v_v + 1e4 * noisy.i_a)[:-1], 0.2, rtol=1e-9)


def test_reads_of_phase_change_memory_scatter_more_with_their_age():
    """sigma/G = Q sqrt(ln[(t + t_r)/(2 t_r)]), Q = 0.0088 (G/Gmax)^-0.65; one number for a read."""
    count, t_s = 1000, np.array([1.0, 1.1])
    one = device(x0=0.5, pcm_noise=True)
    one.advance(Load(), level(0.0, 1e-9), FLOW, NONE)
    reads = np.array([one.noise(t_s) for _ in range(count)])
    np.testing.assert_array_equal(reads[:, 0], reads[:, 1])
    share = float(siemens(0.5) / siemens(1.0))
    exact = 0.0088 * share**-0.65 * math.sqrt(math.log((1.0 + 250e-9) / 500e-9))
    assert reads[:, 0].std() == pytest.approx(exact, rel=SIGMAS / math.sqrt(2 * count))
    assert pcm_noise_rel(1e-3, 1.0) == pytest.approx(0.2 * exact / 0.0088 * share**0.65)
    assert pcm_noise_rel(1.0, 250e-9) == 0.0


def test_a_current_that_is_held_has_no_noise():
    drive = Waveform(t_s=[0.0, 1e-2], v_v=[0.2, 0.2])
    held = simulate(GUSEINOV, drive, x0=0.5, integrator="rk4", compliance_a=1e-6,
                    nonidealities=NonIdealities(read_noise=0.1), seed=3)
    np.testing.assert_allclose(held.i_a[:-1], 1e-6, rtol=1e-9)


# --- what cannot be


def test_thresholds_of_a_model_without_them_are_refused():
    with pytest.raises(RequestError) as caught:
        device(model=models.create("hp"), threshold_cycle=0.1)
    assert str(caught.value) == "hp: it has no thresholds that could vary by cycle"


def test_only_rates_and_thresholds_wander():
    with pytest.raises(RequestError) as caught:
        device(wander="a0")
    assert str(caught.value) == (
        "guseinov, a0: only rates and thresholds may wander; this model has: r_set, r_reset, "
        "v_set_v, v_reset_v")


def test_pulses_are_cut_where_the_drive_leaves_the_read_voltage():
    triangle = ramps_of(Waveform(t_s=[0.0, 1.0, 3.0, 4.0], v_v=[0.0, 1.0, -1.0, 0.0]))
    found = [(s.sign, s.start_s, s.stop_s) for s in stretches(triangle, GUSEINOV, READ_V)]
    assert [sign for sign, _, _ in found] == [0, 1, 0, -1, 0]
    np.testing.assert_allclose([stop for _, _, stop in found], [0.3, 1.7, 2.3, 3.7, 4.0])
    assert all(a[2] == b[1] for a, b in itertools.pairwise(found))


@pytest.mark.parametrize("name", [name for name in entries("models") if name != "pickett"])
def test_every_model_bears_everything_whatever_integrates_it(name):
    """All but Pickett's, whose rates are too stiff for a test: bounds hold, integrators agree."""
    model = models.create(name)
    options = {**EVERYTHING, "spread": (), "wander": model.rates[0], "pcm_noise": True}
    if not model.thresholds:
        del options["threshold_cycle"], options["threshold_spread"]
    profile = model.profile()
    drive = train(profile.v_set_v, profile.v_set_v, profile.v_reset_v)
    low, high = model.bounds
    ends = []
    for integrator in ("auto", "rk4"):
        found = simulate(model, drive, x0=model.x0, integrator=integrator, seed=3,
                         nonidealities=NonIdealities(**options))
        assert np.isfinite(found.i_a).all()
        assert low <= found.x.min() <= found.x.max() <= high
        nodes_s = [1.75e-4, 3.75e-4, 5.75e-4]  # three quarters of each pulse, as all have them
        ends.append(np.interp(nodes_s, found.t_s, found.x))
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-6 * (high - low))
