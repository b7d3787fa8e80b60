"""Least squares adjustment against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from memrig.hil.adjustment import Unknown, adjust

X = np.array([0.0, 1.0, 2.0, 3.0, 4.0])


def line(values: dict[str, float]) -> np.ndarray:
    return values["offset"] + values["slope"] * X


def unknowns(u: float) -> list[Unknown]:
    return [Unknown(name="offset", value=0.0, u=u), Unknown(name="slope", value=0.0, u=u)]


def test_a_line_without_knowledge_beforehand_is_the_textbook_regression() -> None:
    observed = np.array([1.1, 2.9, 5.2, 7.1, 8.8])
    found = adjust(unknowns(1e6), line, observed, 0.04 * np.eye(5))
    slope, offset = np.polyfit(X, observed, 1)
    assert found.values["slope"] == pytest.approx(slope, rel=1e-6)
    assert found.values["offset"] == pytest.approx(offset, rel=1e-6)
    spread = ((X - X.mean()) ** 2).sum()
    assert found.u("slope") == pytest.approx(0.2 / np.sqrt(spread), rel=1e-6)
    assert found.u("offset") == pytest.approx(0.2 * np.sqrt(0.2 + X.mean() ** 2 / spread),
                                              rel=1e-6)


def test_one_observation_and_one_tolerance_are_weighted_by_their_variances() -> None:
    known = [Unknown(name="x", value=10.0, u=3.0)]
    found = adjust(known, lambda v: np.array([v["x"]]), [14.0], np.array([[16.0]]))
    assert found.values["x"] == pytest.approx((10.0 / 9 + 14.0 / 16) / (1 / 9 + 1 / 16))
    assert found.u("x") == pytest.approx((1 / 9 + 1 / 16) ** -0.5)


def test_a_common_error_does_not_average_out() -> None:
    """Four observations that share an error of 1: their mean is as wrong as each of them."""
    known = [Unknown(name="x", value=0.0, u=1e6)]
    cov = np.ones((4, 4)) + 0.01 * np.eye(4)
    found = adjust(known, lambda v: np.full(4, v["x"]), [5.0, 5.1, 4.9, 5.0], cov)
    assert found.u("x") == pytest.approx(np.sqrt(1.0 + 0.01 / 4), rel=1e-6)


def test_observations_that_contradict_each_other_raise_chi_squared() -> None:
    known = [Unknown(name="x", value=0.0, u=1e3)]
    agreeing = adjust(known, lambda v: np.full(2, v["x"]), [1.0, 1.1], 0.01 * np.eye(2))
    contrary = adjust(known, lambda v: np.full(2, v["x"]), [1.0, 3.0], 0.01 * np.eye(2))
    assert agreeing.chi2 < 1.0 < 50.0 < contrary.chi2


def test_estimates_scatter_as_their_covariance_says() -> None:
    rng = np.random.Generator(np.random.Philox(11))
    pulls = []
    for _ in range(300):
        true = {"offset": rng.normal(0.0, 0.5), "slope": rng.normal(0.0, 0.5)}
        observed = line(true) + 0.3 * rng.normal(size=5)
        found = adjust(unknowns(0.5), line, observed, 0.09 * np.eye(5))
        pulls.append((found.values["slope"] - true["slope"]) / found.u("slope"))
    assert np.mean(pulls) == pytest.approx(0.0, abs=0.2)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.12)
