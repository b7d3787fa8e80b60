"""Least squares adjustment: values of everything that a check touched, with their covariance.

What is known beforehand (a data sheet, a tolerance) is an observation like any other; the method is
weighted least squares (JCGM 102:2011, section 6.2, for the covariance).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A quantity to be determined, with what is known of it beforehand."""

    name: str
    value: float
    u: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """What an adjustment found.

    :param values: by name; ``covariance`` has the same order, shape (n, n).
    :param weights: what an error of each observation does to each value, shape (n, m).
    :param chi2: reduced chi-squared of the observations; about 1 when they agree.
    """

    values: dict[str, float]
    covariance: Floats
    weights: Floats
    chi2: float

    def u(self, name: str) -> float:
        """Standard uncertainty of one value."""
        k = list(self.values).index(name)
        return float(np.sqrt(self.covariance[k, k]))

    def weights_of(self, name: str) -> Floats:
        """What an error of each observation does to one value, shape (m,)."""
        return np.asarray(self.weights[list(self.values).index(name)])


Predict = Callable[[dict[str, float]], Floats]


def adjust(
    unknowns: Sequence[Unknown], predict: Predict, observed: npt.ArrayLike, covariance: Floats
) -> Adjusted:
    """Adjust unknowns to observations.

    :param predict: the observations that values of the unknowns would give, shape (m,).
    :param observed: shape (m,), with their covariance, shape (m, m).
    """
    from scipy.optimize import least_squares  # noqa: PLC0415  # scipy is imported where it is used

    seen, whiten = np.asarray(observed, dtype=float), _whitening(covariance)
    names = [one.name for one in unknowns]
    start, scale = (np.array([getattr(one, part) for one in unknowns]) for part in ("value", "u"))

    def residual(steps: Floats) -> Floats:
        values = dict(zip(names, (start + scale * steps).tolist(), strict=True))
        return np.concatenate([whiten @ (predict(values) - seen), steps])

    found = least_squares(residual, np.zeros(start.size), method="lm", x_scale=1.0)
    inverse = np.linalg.inv(found.jac.T @ found.jac)
    values = dict(zip(names, (start + scale * found.x).tolist(), strict=True))
    return Adjusted(
        values=values, covariance=inverse * np.outer(scale, scale),
        weights=scale[:, None] * (inverse @ found.jac[: seen.size].T @ whiten),
        chi2=float(2.0 * found.cost / max(seen.size, 1)),
    )


def _whitening(covariance: Floats) -> Floats:
    """The matrix that makes errors of this covariance independent, each of variance 1."""
    scale = np.sqrt(np.diag(covariance))
    # Scaled to unit diagonal first: volts of very different ranges stand in one matrix.
    factor = np.linalg.cholesky(covariance / np.outer(scale, scale))
    return np.asarray(np.linalg.solve(factor, np.diag(1.0 / scale)))
