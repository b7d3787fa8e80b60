"""Device to device: means, deviations, stuck devices; bounds are five standard errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.registry import entries, load
from memrig.sim import NonIdealities, models, simulate
from memrig.sim.batch import Devices, simulate_many
from memrig.sim.spread import Spread
from memrig.sim.variation import one_of, stuck, varied

SIGMAS, COUNT = 5.0, 10_000
GUSEINOV = models.create("guseinov")


def mean_and_deviation(values: np.ndarray, nominal: float) -> tuple[float, float]:
    return float(values.mean() / nominal), float(values.std() / abs(nominal))


@pytest.mark.parametrize(("name", "option", "sigma"), [
    ("r_set", "rate_spread", 0.3), ("v_set_v", "threshold_spread", 0.1),
    ("a0", "conduction_spread", 0.032),
])
def test_ten_thousand_devices_have_the_mean_and_deviation(name, option, sigma):
    found = varied(GUSEINOV, NonIdealities(**{option: sigma}), COUNT, seed=1)[name]
    mean, deviation = mean_and_deviation(found, getattr(GUSEINOV, name))
    heavy = 1.0 + 4.0 * sigma**2 if option != "conduction_spread" else 1.0  # lognormal tails
    assert mean == pytest.approx(1.0, abs=SIGMAS * sigma / math.sqrt(COUNT))
    assert deviation == pytest.approx(sigma, rel=SIGMAS * heavy / math.sqrt(2 * COUNT))


def test_rates_and_thresholds_are_lognormal_and_bounds_normal():
    given = NonIdealities(rate_spread=0.5, conduction_spread=0.2)
    found = varied(GUSEINOV, given, COUNT, seed=2)

    def skewness(values):
        return np.mean(((values - values.mean()) / values.std()) ** 3)

    error = SIGMAS * math.sqrt(6.0 / COUNT)
    assert skewness(np.log(found["r_set"])) == pytest.approx(0.0, abs=error)
    assert skewness(found["a0"]) == pytest.approx(0.0, abs=error)
    assert found["r_set"].min() > 0.0


def test_parameters_are_varied_by_name():
    given = NonIdealities(spread=("c1=5%", "r_set=10% normal"), rate_spread=0.3)
    found = varied(GUSEINOV, given, COUNT, seed=3)
    assert set(found) == {"c1", "r_set", "r_reset"}
    assert mean_and_deviation(found["c1"], 0.2)[1] == pytest.approx(
        0.05, rel=SIGMAS / math.sqrt(2 * COUNT))
    assert mean_and_deviation(found["r_set"], GUSEINOV.r_set)[1] == pytest.approx(
        0.1, rel=SIGMAS / math.sqrt(2 * COUNT))


def test_parameters_vary_independently():
    found = varied(GUSEINOV, NonIdealities(rate_spread=0.3), COUNT, seed=4)
    shared = np.corrcoef(np.log(found["r_set"]), np.log(found["r_reset"]))[0, 1]
    assert abs(shared) < SIGMAS / math.sqrt(COUNT)


def test_a_device_is_the_same_in_every_batch():
    given = NonIdealities(rate_spread=0.3, conduction_spread=0.4, stuck=0.1)
    whole = varied(GUSEINOV, given, 1000, seed=5)
    part = varied(GUSEINOV, given, 10, seed=5, first=700)
    for name, values in part.items():
        np.testing.assert_array_equal(values, whole[name][700:710])
    one = one_of(GUSEINOV, given, seed=5, device=703)
    assert one.a0 == whole["a0"][703]
    np.testing.assert_array_equal(stuck(given, 1000, seed=5)[700:710],
                                  stuck(given, 10, seed=5, first=700))


def test_a_value_that_is_not_allowed_is_drawn_again():
    found = varied(GUSEINOV, NonIdealities(spread=("temperature_k=10% normal",)), COUNT, seed=6)
    assert found["temperature_k"].min() >= 250.0
    assert found["temperature_k"].max() <= 400.0


def test_every_model_says_what_varies_in_it():
    for name in entries("models"):
        cls = load("models", name)
        given = NonIdealities(rate_spread=0.1, conduction_spread=0.1,
                              threshold_spread=0.1 if cls.thresholds else 0.0)
        found = varied(cls(), given, 3, seed=7)
        assert set(found) == {*cls.rates, *cls.thresholds, *cls.conduction}
        assert cls.rates
        assert one_of(cls(), given, seed=7, device=2) != cls()


@pytest.mark.parametrize("rate", [0.05, 0.135])
def test_devices_are_stuck_at_their_rate_nine_to_one(rate):
    found = stuck(NonIdealities(stuck=rate), COUNT, seed=8)
    for sign, share in ((-1, 0.9 * rate), (1, 0.1 * rate)):
        error = SIGMAS * math.sqrt(share * (1.0 - share) / COUNT)
        assert np.mean(found == sign) == pytest.approx(share, abs=error)


@pytest.mark.parametrize("text", ["r_set=30% lognormal", "a0=0.05 normal", "b=5%", " b = 5% "])
def test_a_spread_is_read_as_it_is_printed(text):
    spread = Spread.parse(text)
    assert Spread.parse(str(spread)) == spread


@pytest.mark.parametrize("text", ["r_set", "=5%", "r_set=", "r_set=-5%", "r_set=5% even"])
def test_what_is_no_spread_is_refused(text):
    with pytest.raises(RequestError) as caught:
        NonIdealities(spread=(text,))
    assert str(caught.value) == (
        f"{text!r} is not a spread (try 'r_set=30% lognormal' or 'a0=5% normal')")


@pytest.mark.parametrize(("model", "spread", "sentence"), [
    ("guseinov", "rset=5%", "there is no parameter of guseinov called 'rset'; did you mean r_set, "
     "r_reset, v_reset_v?"),
    ("guseinov", "orientation=5%", "guseinov, orientation: it is no number that could vary"),
    ("hp", "window=5%", "hp, window: it is no number that could vary"),
])
def test_what_cannot_vary_is_refused(model, spread, sentence):
    given = NonIdealities(spread=(spread,))
    with pytest.raises((RequestError, UnknownNameError)) as caught:
        varied(models.create(model), given, 1, seed=1)
    assert str(caught.value) == sentence


def test_a_spread_of_what_a_model_does_not_have_is_refused():
    with pytest.raises(RequestError) as caught:
        varied(models.create("hp"), NonIdealities(threshold_spread=0.1), 1, seed=1)
    assert str(caught.value) == (
        "hp: a spread of its thresholds was asked, and it names none; spread=NAME=5% varies a "
        "parameter by its name")


def test_a_spread_that_leaves_nothing_is_refused():
    given = NonIdealities(spread=("temperature_k=100000% normal",))
    with pytest.raises(RequestError) as caught:
        varied(GUSEINOV, given, COUNT, seed=1)
    assert str(caught.value) == (
        "guseinov, temperature_k: a spread of 100000 % was asked; it leaves too little of what is "
        "allowed")


def test_a_batch_has_the_same_devices_as_one_by_one():
    given = NonIdealities(rate_spread=0.3, conduction_spread=0.1)
    pulse = Waveform(t_s=[0, 0, 1e-4, 1e-4], v_v=[0, -1.7, -1.7, 0])
    devices = Devices.of(GUSEINOV, 50, x0=0.2, **varied(GUSEINOV, given, 50, seed=9))
    many = simulate_many(devices, pulse, wanted_s=[0.5e-4, 1e-4])
    for number in (0, 7, 49):
        alone = simulate(GUSEINOV, pulse, x0=0.2, integrator="auto", nonidealities=given, seed=9,
                         device=number)
        assert many.x[number, -1] == pytest.approx(alone.x[-1], rel=1e-9)
        assert many.i_a[number, 0] == pytest.approx(
            np.interp(0.5e-4, alone.t_s, alone.i_a), rel=1e-9)
