"""Change of a conductance between two readings, with the correlation of their errors."""

from __future__ import annotations

import math
from typing import Any, Literal

from memrig.hil.record import Reading
from memrig.hil.uncertainty import covariance

Weight = Literal["R", "G"]
COVERAGE = 1.96
"""Standard uncertainties on both sides of a 95 % interval."""


def dw_article_percent(g0_siemens: float, g_siemens: float, weight: Weight = "R") -> float:
    """The article's (W0-W)/W0 in percent, exactly as printed.

    Potentiation gives a positive value, as in the article's figure, only with W = R.
    """
    w0, w = g0_siemens, g_siemens
    if weight == "R":
        w0, w = 1.0 / w0, 1.0 / w
    return 100.0 * (w0 - w) / w0


def change_of(before: Reading, after: Reading) -> dict[str, Any]:
    """Conductances, their difference and both relative measures, each with its uncertainty.

    ``dg_rel`` is (G-G0)/G0; ``dw_article_percent`` is the article's (W0-W)/W0 with W = R, which
    equals 1 - G0/G.
    """
    g0, g1 = before.conductance_siemens, after.conductance_siemens
    cov = covariance([before.budget, after.budget])

    def u(d0: float, d1: float) -> float:
        variance = d0 * d0 * cov[0, 0] + d1 * d1 * cov[1, 1] + 2 * d0 * d1 * cov[0, 1]
        return math.sqrt(max(float(variance), 0.0))

    if not (g0 and g1):
        return {"g0_siemens": g0, "g_siemens": g1, "dg_siemens": g1 - g0,
                "u_dg_siemens": u(-1.0, 1.0)}
    return {
        "g0_siemens": g0, "g_siemens": g1, "dg_siemens": g1 - g0, "u_dg_siemens": u(-1.0, 1.0),
        "dg_rel": g1 / g0 - 1.0, "u_dg_rel": u(-g1 / g0**2, 1.0 / g0),
        "dw_article_percent": dw_article_percent(g0, g1),
        "u_dw_article_percent": 100.0 * u(-1.0 / g1, g0 / g1**2),
    }
