"""Measures of a change of conductance, and the pairs of spikes that made one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.hil.record import Floats

CONTROLS = ("sham", "pre-only", "post-only", "reversed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure of the change of conductance.

    :param of_rel: from dG/G0 to this measure, at a given G0 in siemens.
    """

    key: str
    figure: str
    title: str
    label: str
    unit: str
    meaning: str
    of_rel: Callable[[Floats, float], Floats]


ARTICLE = Measure(
    key="dw_article_percent", figure="overlay", title="STDP window: ΔW by the article's formula",
    label="ΔW = (W0 − W)/W0, W = R", unit="%",
    meaning="weight change by the article's formula, ΔW = (W0 − W)/W0 in percent with W = R, which "
            "is 1 − G0/G: positive is potentiation",
    of_rel=lambda rel, _: 100.0 * rel / (1.0 + rel),
)
RELATIVE = Measure(
    key="dg_rel", figure="stdp-relative", title="STDP window: dG/G0", label="dG/G0 = (G − G0)/G0",
    unit="1", meaning="relative change of the conductance, (G − G0)/G0, without a unit: positive "
                      "is potentiation; this is not the article's ΔW",
    of_rel=lambda rel, _: rel,
)
ABSOLUTE = Measure(
    key="dg_siemens", figure="stdp-absolute", title="STDP window: ΔG", label="ΔG = G − G0",
    unit="S", meaning="change of the conductance, G − G0, in siemens: positive is potentiation",
    of_rel=lambda rel, g0: rel * g0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs that start from one conductance and are read after one delay, shape (n,) each."""

    target_siemens: float
    delay_s: float
    dt_s: Floats
    change: Floats
    u: Floats

    def mean_by_delay(self) -> tuple[Floats, Floats]:
        """Every delay once, ascending, with the mean change."""
        dt, back = np.unique(self.dt_s, return_inverse=True)
        return dt, np.asarray(np.bincount(back, self.change) / np.bincount(back))


def pairs_of(values: Mapping[str, Any], measure: Measure) -> list[Pairs]:
    """Pairs that have a change, by target and read delay, in the order of application."""
    names = ("target_siemens", "delay_s", "dt_s", measure.key, f"u_{measure.key}")
    columns = [values.get(name) or [] for name in names]
    groups: dict[tuple[float, float], list[tuple[float, float, float]]] = {}
    for target, delay, *row in zip(*columns, strict=False):
        if row[1] is not None:
            groups.setdefault((target or 0.0, delay or 0.0), []).append((row[0], row[1], row[2]))
    return [Pairs(target_siemens=key[0], delay_s=key[1], **dict(zip(
        ("dt_s", "change", "u"), np.array(rows, dtype=float).T, strict=True)))
        for key, rows in groups.items()]


def band_of(values: Mapping[str, Any], measure: Measure) -> tuple[float, float] | None:
    """Within which a change cannot be told from none; None where there were no shams."""
    limit = values.get("detection_limit_rel")
    if limit is None:
        return None
    g0 = [g for g in values.get("g0_siemens", []) if g is not None]
    low, high = measure.of_rel(np.array([-limit, limit]), float(np.mean(g0)) if g0 else 0.0)
    return float(low), float(high)
