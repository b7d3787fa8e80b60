"""Check points of the publications, and traps that other codes fell into."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.sim import models

GUSEINOV, YAKOPCIC = models.create("guseinov"), models.create("yakopcic")
BOTH = [GUSEINOV, YAKOPCIC]


@pytest.mark.parametrize(("v_v", "rate_hz"), [
    (1.4, -658.70689), (-1.7, 266.27920), (0.4, -0.28961873), (-0.4, 0.0), (0.399, 0.0),
])
def test_guseinov_rates(v_v: float, rate_hz: float) -> None:
    assert GUSEINOV.rate_at(v_v, 0.5) == pytest.approx(rate_hz, rel=1e-7)


def test_guseinov_resistances() -> None:
    assert 1 / float(GUSEINOV.conductance(0.1, 1.0)) == pytest.approx(5882.353, rel=1e-6)
    for v_v, kilohm in ((0.1, 291.8), (0.3, 213.3), (1.0, 115.7)):
        assert 1e-3 / float(GUSEINOV.conductance(v_v, 0.0)) == pytest.approx(kilohm, rel=1e-3)


def test_reset_is_faster_than_set_by_417_mv() -> None:
    ratio = GUSEINOV.rate_at(1.0, 0.5) / GUSEINOV.rate_at(-1.417, 0.5)
    assert ratio == pytest.approx(-1.0, abs=0.01)


def test_yakopcic_check_points() -> None:
    assert YAKOPCIC.rate_at(0.45, 0.2) == pytest.approx(1579.2052580, rel=1e-9)
    assert YAKOPCIC.rate_at(-0.45, 0.6) == pytest.approx(-1625.9117710, rel=1e-9)
    assert YAKOPCIC.rate_at(0.5, 0.6) / YAKOPCIC.rate_at(0.5, 0.2) == pytest.approx(0.4233246975)
    assert YAKOPCIC.rate_at(-0.5, 0.3) / YAKOPCIC.rate_at(-0.5, 0.6) == pytest.approx(0.2207276647)
    assert YAKOPCIC.current_at(0.45, 1.0) == pytest.approx(3.8253227e-3, rel=1e-7)


@pytest.mark.parametrize("model", BOTH, ids=lambda m: m.name)
def test_zero_volts_have_a_conductance(model: models.Model) -> None:
    assert float(model.conductance(0.0, 0.5)) == pytest.approx(
        float(model.conductance(1e-9, 0.5)), rel=1e-2)


@pytest.mark.parametrize("model", BOTH, ids=lambda m: m.name)
@given(v_v=st.floats(-2, 2), x=st.floats(1e-4, 1))
def test_scalars_and_arrays_agree(model: models.Model, v_v: float, x: float) -> None:
    for one, many in ((model.rate_at, model.rate), (model.current_at, model.current),
                      (model.slope_at, model.slope)):
        assert one(v_v, x) == pytest.approx(float(many(v_v, x)), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("model", BOTH, ids=lambda m: m.name)
@given(v_v=st.floats(0.05, 1), x=st.floats(1e-3, 1))
def test_slope_is_the_derivative_of_the_current(
    model: models.Model, v_v: float, x: float
) -> None:
    h = 1e-6
    numeric = (model.current_at(v_v + h, x) - model.current_at(v_v - h, x)) / (2 * h)
    assert model.slope_at(v_v, x) == pytest.approx(numeric, rel=1e-5)


@pytest.mark.parametrize("model", BOTH, ids=lambda m: m.name)
@given(v_v=st.sampled_from([-0.3, -0.1, 0.1, 0.3]), x=st.floats(1e-3, 1))
def test_the_state_follows_from_a_current(model: models.Model, v_v: float, x: float) -> None:
    found = model.state_from_current(v_v, model.current_at(v_v, x))
    assert found == pytest.approx(x, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("model", BOTH, ids=lambda m: m.name)
def test_a_current_out_of_reach_gives_the_nearest_bound(model: models.Model) -> None:
    low, high = model.bounds
    assert model.state_from_current(0.1, 10.0) == high
    assert model.state_from_current(0.1, -10.0) == low


@pytest.mark.parametrize("name", ["guseinov", "yakopcic"])
def test_the_other_way_round_is_the_mirror_image(name: str) -> None:
    here, there = models.create(name), models.create(name, orientation=-1)
    v = np.linspace(-1, 1, 41)
    assert np.allclose(there.current(v, 0.3), -here.current(-v, 0.3), rtol=1e-14)
    assert np.allclose(there.rate(v, 0.3), here.rate(-v, 0.3), rtol=1e-14)
    assert there.polarity == -here.polarity
    assert there.profile().set_polarity == there.polarity
    assert here.profile().set_polarity == here.polarity


@pytest.mark.parametrize("name", ["guseinov", "yakopcic"])
def test_every_published_set_has_a_profile_that_fits(name: str) -> None:
    for published in type(models.create(name)).sets:
        model = models.create(name, set=published)
        profile = model.profile()
        assert profile.set_polarity == model.polarity
        assert model.rate_at(profile.v_set_v, 0.5) > 0 > model.rate_at(profile.v_reset_v, 0.5)
        assert model.rate_at(profile.v_read_max_v, 0.5) == 0
        assert model.rate_at(-profile.v_read_max_v, 0.5) == 0


def test_unknown_names_suggest_the_nearest() -> None:
    expected = "no model called 'gusseinov'; did you mean guseinov"
    with pytest.raises(UnknownNameError, match=expected):
        models.create("gusseinov")
    with pytest.raises(UnknownNameError, match="no parameter of guseinov called 'phi_io'"):
        models.create("guseinov", phi_io=0.8)
    with pytest.raises(UnknownNameError, match="no parameter set of yakopcic called 'boisse'"):
        models.create("yakopcic", set="boisse")


def test_thresholds_of_one_sign_are_refused() -> None:
    with pytest.raises(RequestError, match="v_set_v: 100 mV was asked; allowed: -inf V to 0 V"):
        models.create("guseinov", v_set_v=0.1)
