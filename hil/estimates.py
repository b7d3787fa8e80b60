"""What the Jacobian of a fit says of its parameters: how well each is known, and which are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NO_INFLUENCE = 1e-6
"""Change of the nrmse, per e-fold or per own size of a parameter, below which it has none."""
DEGENERATE = 1e-5
"""Singular values below this part of the largest belong to directions that change nothing."""
TAKES_PART = 0.05
"""Share of a parameter in such a direction from which on it is concerned."""
UNKNOWN = 1.0
"""A coordinate's uncertainty (an e-fold, or the value itself) that is no knowledge any more."""
TELLING, APART = 1e-3, 0.1
"""Influence, and sine of the angle to all others, from which on a parameter is chosen."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A parameter's standard uncertainty in the fit's coordinate, or in words why there is none."""

    u: float | None
    note: str = ""


def independent(slopes: Floats, influence_rel: float, apart_rel: float) -> list[int]:
    """Columns with an influence that those before them do not have, in their order.

    :param slopes: derivatives of the residual, shape (points, parameters).
    :param influence_rel: least length of a column; ``apart_rel`` the sine of its angle to those
        before it.
    """
    chosen: list[int] = []
    basis: list[Floats] = []
    for k, column in enumerate(slopes.T):
        rest, whole = column.copy(), float(np.linalg.norm(column))
        for direction in basis:
            rest -= direction * (direction @ rest)
        if whole >= influence_rel and np.linalg.norm(rest) >= apart_rel * whole:
            chosen.append(k)
            basis.append(rest / np.linalg.norm(rest))
    return chosen


def judge(
    names: Sequence[str], slopes: Floats, left: Floats, shifts: Floats
) -> dict[str, Judged]:
    """Standard uncertainties from the Jacobian and the reduced chi-squared of what is left.

    :param slopes: shape (points, parameters); ``left``: residual, shape (points,).
    :param shifts: of the residual, by every start that is off by its own standard uncertainty,
        shape (starts, points).
    """
    size = np.linalg.norm(slopes, axis=0)
    telling = [k for k in range(len(names)) if size[k] > NO_INFLUENCE]
    found = {names[k]: Judged(None, "not determined: it has no influence on this run")
             for k in range(len(names)) if k not in telling}
    if telling:
        own = [names[k] for k in telling]
        found |= _judged(own, slopes[:, telling] / size[telling], size[telling], left, shifts)
    return found


def _judged(
    names: Sequence[str], unit: Floats, size: Floats, left: Floats, shifts: Floats
) -> dict[str, Judged]:
    columns, s, rows = np.linalg.svd(unit, full_matrices=False)
    held = s > DEGENERATE * s[0]
    chi2 = float(left @ left) / max(left.size - int(held.sum()), 1)
    solver = (rows[held].T / s[held]) @ columns[:, held].T
    moved = solver @ shifts.T
    cov = (chi2 * solver @ solver.T + moved @ moved.T) / np.outer(size, size)
    together = _together(rows[~held])
    return {name: _one(names, k, cov, together) for k, name in enumerate(names)}


def _together(null: Floats) -> dict[int, set[int]]:
    """By parameter, those that can make up for it in a direction that changes nothing."""
    found: dict[int, set[int]] = {}
    for row in null:
        concerned = set(np.flatnonzero(np.abs(row) > TAKES_PART).tolist())
        for k in concerned:
            found[k] = found.get(k, set()) | concerned - {k}
    return found


def _one(names: Sequence[str], k: int, cov: Floats, together: dict[int, set[int]]) -> Judged:
    if k in together:
        others = ", ".join(names[j] for j in sorted(together[k]))
        return Judged(None, f"not determined: only together with {others}")
    u = float(np.sqrt(cov[k, k]))
    if u <= UNKNOWN:
        return Judged(u)
    others = ", ".join(names[j] for j in _tied(cov, k))
    return Judged(None, f"not determined: only together with {others}" if others
                  else "not determined: too little influence on this run")


def _tied(cov: Floats, k: int) -> Iterator[int]:
    """Parameters whose error goes with that of ``k``."""
    for j in range(cov.shape[0]):
        if j != k and abs(cov[k, j]) > 0.95 * np.sqrt(cov[k, k] * cov[j, j]):
            yield j
