"""Uncertainty budgets whose parts know what they share with other readings.

A gain error is the same in every reading of a channel; a linearity error is nearly the same where
the levels are nearly the same; noise is new every time. Differences and chi-squares are only right
when that is kept (JCGM 100:2008, section 5.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One signed contribution to a value: its sensitivity times a standard uncertainty.

    :param name: what it comes from, for people.
    :param u: contribution, in the unit of the value; the sign is that of the sensitivity.
    :param key: contributions with the same key come from the same error; empty means independent.
    :param coordinate: where on the error's axis (for example the level on the converter's scale).
        Errors at places 1 apart have half faded from each other (exp(-1/2) is their correlation).
    """

    name: str
    u: float
    key: str = ""
    coordinate: float = 0.0


Budget = tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """The same contribution to some values, shape (n,) each; see ``Component``."""

    name: str
    u: Floats
    key: str = ""
    coordinate: Floats | None = None

    def at(self, row: int) -> Component:
        """The contribution to one of the values."""
        place = 0.0 if self.coordinate is None else float(self.coordinate[row])
        return Component(name=self.name, u=float(self.u[row]), key=self.key, coordinate=place)


def joined(parts: Sequence[Components]) -> Components:
    """The same contribution to some values and then to others."""
    places = [one.coordinate for one in parts if one.coordinate is not None]
    return replace(parts[0], u=np.concatenate([one.u for one in parts]),
                   coordinate=np.concatenate(places) if places else None)


def standards(components: Sequence[Components], size: int) -> Floats:
    """Combined standard uncertainty of each of some values by itself, shape (size,)."""
    total, felt = np.zeros(size), [one for one in components if one.u.any()]
    for k, one in enumerate(felt):
        total += one.u**2
        for other in felt[:k] if one.key else ():
            if other.key == one.key:
                total += 2.0 * one.u * other.u * _kernel(one.coordinate, other.coordinate)
    return np.sqrt(np.maximum(total, 0.0))


def _kernel(one: Floats | None, other: Floats | None) -> Floats | float:
    """Correlation of errors at two places of their axis."""
    if one is None and other is None:
        return 1.0
    first, second = (0.0 if at is None else at for at in (one, other))
    return np.exp(-0.5 * (first - second) ** 2)


def covariance(budgets: Sequence[Budget]) -> Floats:
    """Covariance matrix of values with these budgets, shape (n, n)."""
    rows = [(k, c) for k, budget in enumerate(budgets) for c in budget]
    total = np.zeros((len(budgets), len(budgets)))
    for key in {c.key for _, c in rows if c.key}:
        total += _shared([(k, c) for k, c in rows if c.key == key], len(budgets))
    alone = np.zeros(len(budgets))
    for k, c in rows:
        alone[k] += 0.0 if c.key else c.u**2
    return total + np.diag(alone)


def _shared(rows: Sequence[tuple[int, Component]], size: int) -> Floats:
    index = np.array([k for k, _ in rows])
    u = np.array([c.u for _, c in rows])
    at = np.array([c.coordinate for _, c in rows])
    kernel = np.exp(-0.5 * (at[:, None] - at[None, :]) ** 2)
    spread = np.zeros((size, len(rows)))
    spread[index, np.arange(len(rows))] = u
    return np.asarray(spread @ kernel @ spread.T)


def standard(budget: Budget) -> float:
    """Combined standard uncertainty of one value."""
    return float(np.sqrt(max(covariance([budget])[0, 0], 0.0)))


def reduced_chi2(residual: npt.ArrayLike, cov: Floats) -> float:
    """Chi-square of residuals (n,) against their covariance (n, n), divided by n."""
    r = np.asarray(residual, dtype=float)
    scale = np.sqrt(np.diag(cov))
    # Scaled to unit diagonal first: conductances are tiny, and the solver's pivots are not.
    correlation = cov / np.outer(scale, scale)
    z = r / scale
    return float(z @ np.linalg.lstsq(correlation, z, rcond=1e-12)[0]) / r.size
