"""Noise against time: spectra, means, and that no statistics hang on the spacing of samples.

Bounds are five standard errors: a false alarm is rarer than one in a million.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from memrig.sim.noise import ReadNoise, Relaxing, Telegraph, Wander, flicker, white
from memrig.sim.nonidealities import NonIdealities
from memrig.sim.streams import normals, stream, uniforms

SIGMAS = 5.0


def spectrum(values: np.ndarray, step_s: float, length: int) -> tuple[np.ndarray, np.ndarray, int]:
    """One-sided power density of stretches with a Hann window, and how many there were."""
    stretches = values[:values.size // length * length].reshape(-1, length)
    window = np.hanning(length + 1)[:-1]
    found = np.abs(np.fft.rfft((stretches - values.mean()) * window, axis=1)) ** 2
    density = 2.0 * step_s * found.mean(axis=0) / np.sum(window**2)
    return np.fft.rfftfreq(length, step_s)[2:-1], density[2:-1], len(stretches)


@pytest.mark.parametrize(("low_s", "high_s"), [(1e-3, 1e-3), (3e-3, 5e-4)])
def test_telegraph_noise_has_the_mean_and_the_spectrum_of_two_states(low_s, high_s):
    step_s, count = 2e-4, 400_000
    states = Telegraph(stream(1, low_s), low_s, high_s).at(step_s * np.arange(count))
    share, speed_hz = high_s / (low_s + high_s), 1.0 / low_s + 1.0 / high_s
    independent = count * step_s * speed_hz / 2.0
    assert states.mean() == pytest.approx(
        share, abs=SIGMAS * math.sqrt(share * (1.0 - share) / independent))
    f_hz, density, stretches = spectrum(states, step_s, 2000)
    said = 4.0 / ((low_s + high_s) * (speed_hz**2 + (2.0 * math.pi * f_hz) ** 2))
    slow = f_hz < 250.0  # of 5 kHz: what is folded back from above is below 1 % there
    pooled = 20  # neighbours that share a window count as half
    groups = slow.sum() // pooled
    ratio = (density[slow] / said[slow])[:groups * pooled].reshape(groups, pooled).mean(axis=1)
    assert np.abs(ratio - 1.0).max() < SIGMAS * math.sqrt(2.0 / (stretches * pooled)) + 0.01


def test_a_trap_stays_for_exponential_times():
    """P(still there after h) = exp(-h/tau): of all samples in a state at the finest spacing."""
    low_s, high_s = 2e-3, 1e-3
    states = Telegraph(stream(2), low_s, high_s).at(1e-5 * np.arange(1_000_000))
    edges = np.flatnonzero(np.diff(states)) + 1
    stays_s = 1e-5 * np.diff(edges)
    for state, tau_s in ((0.0, low_s), (1.0, high_s)):
        found = stays_s[states[edges[:-1]] == state]
        error = SIGMAS * tau_s / math.sqrt(found.size)
        assert found.mean() == pytest.approx(tau_s, abs=error + 2e-5)
        median_error = SIGMAS * tau_s / math.sqrt(found.size)
        assert np.median(found) == pytest.approx(tau_s * math.log(2.0), abs=median_error + 2e-5)


def test_telegraph_noise_changes_as_often_at_any_spacing():
    """The chance to be in the other state after 2 ms, asked every 2 ms and every 0.2 ms."""
    chances = []
    for step_s, every in ((2e-3, 1), (2e-4, 10)):
        states = Telegraph(stream(3, every), 1e-3, 2e-3).at(step_s * np.arange(60_000 * every))
        chances.append(np.mean(np.diff(states[::every]) != 0.0))
    exact = 2.0 * (2.0 / 3.0) * (1.0 / 3.0) * -math.expm1(-2e-3 * 1.5e3)
    error = SIGMAS * math.sqrt(exact * (1.0 - exact) / 60_000) * 1.5  # neighbours share a sample
    assert chances == pytest.approx([exact, exact], abs=error)


@pytest.mark.parametrize("exponent", [0.8, 1.0, 1.3])
def test_flicker_noise_falls_by_its_exponent(exponent):
    given = NonIdealities(flicker=1e-6, flicker_exponent=exponent, flicker_low_hz=1e-3,
                          flicker_high_hz=2e3)
    step_s, count = 1e-4, 400_000
    noise = flicker(stream(4, exponent), given).at(step_s * np.arange(count))
    f_hz, density, stretches = spectrum(noise, step_s, 4000)
    inside = (f_hz > 10.0) & (f_hz < 200.0)  # far from the corners and from what is folded back
    edges = np.geomspace(10.0, 200.0, 7)
    bands = [(f_hz > a) & (f_hz < b) for a, b in itertools.pairwise(edges)]
    level = np.array([np.mean(density[b] * f_hz[b]**exponent) for b in bands])
    weight = np.array([b.sum() for b in bands])
    middle = np.array([np.log(f_hz[b]).mean() for b in bands])
    slope = np.polyfit(middle, np.log(level), 1, w=np.sqrt(weight))[0] - exponent
    per_bin = math.sqrt(1.5 / stretches)  # neighbours share a Hann window
    error = per_bin / math.sqrt(inside.sum()) / np.std(np.log(f_hz[inside]))
    assert slope == pytest.approx(-exponent, abs=SIGMAS * error + 0.02)
    assert level == pytest.approx(
        np.full(level.size, 1e-6), rel=SIGMAS * per_bin / math.sqrt(weight.min()) + 0.1)


def test_the_sum_of_few_processes_is_a_power_law():
    """Without any sampling: the density of the parts at frequencies between their corners."""
    given = NonIdealities(flicker=1e-6, flicker_exponent=1.2, flicker_low_hz=1e-3,
                          flicker_high_hz=1e7)
    parts = flicker(stream(5), given)
    f_hz = np.geomspace(1.0, 1e3, 200)[:, None]
    x = 2.0 * math.pi * f_hz * parts._tau_s
    density = np.sum(4.0 * parts._sigma**2 * parts._tau_s / (1.0 + x**2), axis=1)
    assert density * f_hz[:, 0]**1.2 == pytest.approx(np.full(200, 1e-6), rel=0.01)


def test_white_noise_has_its_deviation_and_bandwidth():
    given = NonIdealities(read_noise=0.02, read_bandwidth_hz=1e3)
    slow = white(stream(6), given).at(1e-2 * np.arange(20_000))
    assert slow.std() == pytest.approx(0.02, rel=SIGMAS / math.sqrt(2.0 * slow.size))
    tau_s = 0.5 / (math.pi * 1e3)
    fast = white(stream(6), given).at(0.25 * tau_s * np.arange(100_000))
    independent = fast.size * 0.25 / 2.0
    shared = np.mean(fast[1:] * fast[:-1]) / 0.02**2
    assert shared == pytest.approx(math.exp(-0.25), abs=SIGMAS * math.sqrt(2.0 / independent))


@pytest.mark.parametrize("h", [0.01, 0.1, 1.0, 10.0])
def test_what_relaxes_is_exact_at_any_spacing(h):
    """Deviation and memory over one correlation time or one step, whichever is longer."""
    every = max(1, round(1.0 / h))
    count = 20_000 * every if every < 50 else 400_000
    values = Relaxing(stream(7, h), np.ones(1), np.ones(1)).at(h * np.arange(count))
    independent = count * min(h, 2.0) / 2.0
    error = SIGMAS * math.sqrt(2.0 / independent)
    assert values.std() ** 2 == pytest.approx(1.0, abs=error)
    shared = np.mean(values[every:] * values[:-every])
    assert shared == pytest.approx(math.exp(-every * h), abs=error)


def test_equal_times_have_equal_noise_and_parts_go_on():
    given = NonIdealities(read_noise=0.1, flicker=1e-5, telegraph=0.2)
    noise = ReadNoise(given, 1).at(np.array([0.0, 1e-6, 1e-6, 1e-6, 2e-6]))
    assert noise[1] == noise[2] == noise[3] != noise[4]
    slow = Relaxing(stream(8), np.array([1.0]), np.ones(1))
    first, second = slow.at(np.array([0.0, 1e-9])), slow.at(np.array([2e-9, 3e-9]))
    assert abs(second[0] - first[1]) < 1e-3
    assert slow.at(np.empty(0)).size == 0


def test_effects_do_not_change_one_another():
    t_s = np.linspace(0.0, 1e-2, 200)
    alone = [ReadNoise(NonIdealities(**{name: 0.01}), 1).at(t_s)
             for name in ("read_noise", "flicker", "telegraph")]
    together = ReadNoise(NonIdealities(read_noise=0.01, flicker=0.01, telegraph=0.01), 1).at(t_s)
    np.testing.assert_array_equal(together, alone[0] + alone[1] + alone[2])


@pytest.mark.parametrize("z", [1e-4, 0.1, 1.0, 10.0])
def test_means_of_what_wanders_have_their_deviation(z):
    """Variance of the mean over z correlation times: 2 (z - 1 + e^-z)/z^2, closed form."""
    count = 3_000
    apart = 8.0 + z
    wander = Wander(stream(9, z), 1.0)
    means = np.array([wander.mean(k * apart, k * apart + z) for k in range(count)])
    exact = 1.0 - z / 3.0 if z < 1e-3 else 2.0 * (z - 1.0 + math.exp(-z)) / z**2
    assert means.var() == pytest.approx(exact, rel=SIGMAS * math.sqrt(2.0 / count))
    assert means.mean() == pytest.approx(0.0, abs=SIGMAS * math.sqrt(exact / count))


def test_wandering_in_ten_steps_is_that_in_one():
    count = 3_000
    whole, parts = Wander(stream(10), 1.0), Wander(stream(11), 1.0)
    one = [whole.mean(10.0 * k, 10.0 * k + 1.0) for k in range(count)]
    ten = [np.mean([parts.mean(10.0 * k + 0.1 * j, 10.0 * k + 0.1 * (j + 1)) for j in range(10)])
           for k in range(count)]
    exact = 2.0 * math.exp(-1.0)
    assert [np.var(one), np.var(ten)] == pytest.approx(
        [exact, exact], rel=SIGMAS * math.sqrt(2.0 / count))


def test_numbers_of_a_device_are_its_own():
    whole = normals(1, "a", count=1000)
    np.testing.assert_array_equal(normals(1, "a", count=10, first=500), whole[500:510])
    np.testing.assert_array_equal(uniforms(1, "a", count=1, first=999),
                                  uniforms(1, "a", count=1000)[999:])
    assert not np.isin(normals(1, "b", count=1000), whole).any()
    assert not np.isin(normals(2, "a", count=1000), whole).any()


def test_normal_numbers_are_normal():
    found, count = normals(3, "shape", count=40_000), 40_000
    assert found.mean() == pytest.approx(0.0, abs=SIGMAS / math.sqrt(count))
    assert found.std() == pytest.approx(1.0, abs=SIGMAS / math.sqrt(2 * count))
    for edge in (-2.0, -0.5, 0.5, 2.0):
        share = 0.5 * math.erfc(-edge / math.sqrt(2.0))
        error = SIGMAS * math.sqrt(share * (1.0 - share) / count)
        assert np.mean(found < edge) == pytest.approx(share, abs=error)
