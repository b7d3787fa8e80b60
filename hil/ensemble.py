"""What many simulated devices answered to one experiment: numbers per device, bands over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
"""Of a band: what 95 % and 68 % of the devices lie within, and the median."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Band:
    """The traces of all devices under one stimulus.

    :param stimulus: its number in the run.
    :param t_s: seconds from its start as planned, shape (m,).
    :param v_v: median voltage across the devices, shape (m,).
    :param i_a: currents by ``QUANTILES``, shape (5, m).
    """

    stimulus: int
    t_s: Floats
    v_v: Floats
    i_a: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Ensemble:
    """Answers of n devices; those that were not asked before a stop are not ``finished``.

    :param varied: parameters that differ between the devices, by name, shape (n,) each.
    :param units: of the parameters, by name.
    :param x0: states that they began with, shape (n,).
    :param finished: shape (n,).
    :param conductance_siemens: readings of the main phase in their order, shape (n, r); NaN where
        a device has fewer.
    :param values: figures of merit by name, shape (n,) each; NaN where a device has none.
    :param series: what was found as a list by every device, by name, shape (n, k) each.
    :param bands: traces, where all devices got the same stimuli.
    :param settings: how it was computed: integrator, step, error, seed, what was asked.
    """

    varied: Mapping[str, Floats]
    units: Mapping[str, str]
    x0: Floats
    finished: Bools
    conductance_siemens: Floats
    values: Mapping[str, Floats]
    series: Mapping[str, Floats] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.x0.size)

    def band(self, rows: Floats) -> Floats:
        """What the finished devices have, by ``QUANTILES``: of shape (n, k) it becomes (5, k)."""
        return quantiles(rows[self.finished])

    def spreads(self) -> Iterator[Spread]:
        """What every figure of merit is over the devices that have it."""
        for name, values in self.values.items():
            own = values[np.isfinite(values)]
            if own.size:
                low, _, median, _, high = np.quantile(own, QUANTILES).tolist()
                yield Spread(name=name, devices=own.size, mean=float(own.mean()),
                             deviation=float(own.std(ddof=1)) if own.size > 1 else 0.0,
                             median=median, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure of merit over devices: 95 % of them lie from ``low`` to ``high``.

    :param devices: how many have it.
    :param deviation: standard deviation of the sample.
    """

    name: str
    devices: int
    mean: float
    deviation: float
    median: float
    low: float
    high: float


def quantiles(rows: Floats) -> Floats:
    """``QUANTILES`` of each column over those that have a number, shape (5, m)."""
    found = np.full((len(QUANTILES), rows.shape[1]), np.nan)
    whole = np.isfinite(rows).any(axis=0)
    if whole.any():
        found[:, whole] = np.nanquantile(rows[:, whole], QUANTILES, axis=0)
    return found
