"""What programming leaves behind: its error, and how the conductance goes from there.

Conductances of the published fits are in microsiemens; outside of the range in which they were
measured, the value at its end holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from memrig.sim.nonidealities import OFF, NonIdealities
from memrig.sim.streams import Floats

MICRO = 1e-6
READ_S = 250e-9
"""Duration of the reads that the noise of phase-change memory was measured with."""
_RANGES = {"rram-milo": (50.0, 225.0), "rram-wan": (0.0, 39.26), "pcm-joshi": (0.0, 25.0)}


def _milo(g: float) -> float:
    return max(-0.009107 * g + 4.782321, 0.0)


def _wan(g: float) -> float:
    return ((1.536e-4 * g - 1.167e-2) * g + 0.2374) * g + 1.053


def _joshi(g: float) -> float:
    return (-0.00178767 * g + 0.07585724) * g + 0.28638599


_LAWS: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {"rram-milo": _milo, "rram-wan": _wan, "pcm-joshi": _joshi})


def programming_error_siemens(law: str, g_siemens: float) -> float:
    """Standard deviation of a conductance that was programmed.

    :param law: ``rram-milo``, ``rram-wan``, ``pcm-joshi`` or ``off``.
    """
    if law == OFF:
        return 0.0
    low, high = _RANGES[law]
    return MICRO * _LAWS[law](min(max(g_siemens / MICRO, low), high))


def drift_exponent(given: NonIdealities, share_rel: float) -> tuple[float, float]:
    """Mean and standard deviation of the exponent of drift.

    :param share_rel: the conductance, relative to the largest.
    """
    if given.drift != "pcm":
        return given.drift_nu, given.drift_nu_spread
    depth = math.log(max(share_rel, 1e-12))
    mean = min(max(-0.0155 * depth + 0.0244, 0.049), 0.1)
    return mean, min(max(-0.0125 * depth - 0.0059, 0.008), 0.045)


def pcm_noise_rel(share_rel: float, age_s: float) -> float:
    """Standard deviation of a read of phase-change memory, relative to its conductance.

    :param share_rel: the conductance, relative to the largest.
    :param age_s: time since programming.
    """
    strength = min(0.0088 * math.pow(max(share_rel, 1e-12), -0.65), 0.2)
    return strength * math.sqrt(math.log1p(max(age_s - READ_S, 0.0) / (2.0 * READ_S)))


@dataclass(frozen=True, slots=True)
class Aging:
    """How a conductance goes after a pulse that ended at ``since_s``.

    :param exponent_rel: of its drift, as drawn.
    """

    given: NonIdealities
    since_s: float
    exponent_rel: float = 0.0

    def factors(self, t_s: Floats) -> Floats:
        """Conductance relative to that after the pulse, shape (n,)."""
        age_s = np.maximum(t_s - self.since_s, 0.0)
        total = np.ones(age_s.size)
        if self.given.drift != OFF:
            late = np.maximum(age_s / self.given.drift_t0_s, 1.0)
            total *= late**-self.exponent_rel
        if self.given.retention_tau_s:
            share = (age_s / self.given.retention_tau_s) ** self.given.retention_exponent
            total *= np.exp(-share)
        return total
