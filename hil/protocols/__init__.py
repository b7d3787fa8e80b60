"""Experiments: ``Read``, ``Pulse``, ``IvSweep``, ``PulseSeries``, ``Stdp``."""

from memrig.hil.protocols.iv_sweep import IvSweep
from memrig.hil.protocols.pulse import Pulse
from memrig.hil.protocols.pulse_series import PulseSeries
from memrig.hil.protocols.read import Read
from memrig.hil.protocols.stdp import Stdp

__all__ = ["IvSweep", "Pulse", "PulseSeries", "Read", "Stdp"]
