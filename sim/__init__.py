"""The simulated device: models, integrators, the simulated bench, simulated instruments."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memrig.sim import models
    from memrig.sim.batch import Devices, simulate_many
    from memrig.sim.bench import SimulatedBench
    from memrig.sim.drives import Overlaps
    from memrig.sim.nonidealities import NonIdealities
    from memrig.sim.simulation import simulate

__all__ = ["Devices", "NonIdealities", "Overlaps", "SimulatedBench", "models", "simulate",
           "simulate_many"]

_HOME = {"Devices": "batch", "NonIdealities": "nonidealities", "Overlaps": "drives",
         "SimulatedBench": "bench", "simulate": "simulation", "simulate_many": "batch"}


def __getattr__(name: str) -> Any:
    # Imported at first use: a command that needs no simulation must not wait for it.
    if name == "models":
        return import_module(f"{__name__}.models")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
