"""Correlated budgets against closed forms of JCGM 100:2008, section 5.2."""

import math

import numpy as np
import pytest

from memrig.hil.uncertainty import Component, covariance, reduced_chi2, standard


def test_independent_parts_add_in_squares() -> None:
    assert standard((Component(name="a", u=3.0), Component(name="b", u=-4.0))) == pytest.approx(5.0)


def test_parts_of_one_error_add_with_their_signs() -> None:
    budget = (Component(name="high", u=3.0, key="gain"), Component(name="base", u=-3.0, key="gain"))
    assert standard(budget) == pytest.approx(0.0, abs=1e-12)


def test_a_common_gain_cancels_in_a_difference() -> None:
    budgets = [
        (Component(name="gain", u=0.01 * g, key="gain"), Component(name="noise", u=0.001))
        for g in (1.0, 1.0)
    ]
    difference = np.array([-1.0, 1.0])
    variance = difference @ covariance(budgets) @ difference
    assert math.sqrt(variance) == pytest.approx(0.001 * math.sqrt(2))


def test_a_smooth_error_decorrelates_with_distance() -> None:
    def pair(distance: float) -> float:
        budgets = [
            (Component(name="inl", u=1.0, key="inl", coordinate=at),)
            for at in (0.0, distance)
        ]
        return float(covariance(budgets)[0, 1])

    assert pair(0.0) == pytest.approx(1.0)
    assert pair(1.0) == pytest.approx(math.exp(-0.5))
    assert pair(100.0) == pytest.approx(0.0, abs=1e-12)


def test_reduced_chi2_of_samples_from_the_declared_covariance_is_one() -> None:
    rng = np.random.Generator(np.random.Philox(7))
    cov = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.0], [0.0, 0.0, 4.0]]) * 1e-14
    samples = rng.multivariate_normal(np.zeros(3), cov, size=4000, tol=1e-20)
    values = [reduced_chi2(one, cov) for one in samples]
    assert np.mean(values) == pytest.approx(1.0, abs=0.03)


def test_a_direction_without_uncertainty_does_not_blow_up() -> None:
    # Two readings that share their only error: their difference has none.
    cov = np.ones((2, 2))
    assert reduced_chi2([1.0, 1.0], cov) == pytest.approx(0.5)
