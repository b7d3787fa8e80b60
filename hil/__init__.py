"""The controller: waveforms, protocols, limits, runs, comparison, command line."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memrig.hil.execution import execute
    from memrig.hil.guards import Guards
    from memrig.hil.opening import open_bench
    from memrig.hil.overlay import Overlay
    from memrig.hil.profile import Passport, Profile
    from memrig.hil.run import Run
    from memrig.hil.stimulus import ReadWindow, Role, Stimulus
    from memrig.hil.store import Store
    from memrig.hil.waveform import Waveform

__all__ = [
    "Guards", "Overlay", "Passport", "Profile", "ReadWindow", "Role", "Run", "Stimulus", "Store",
    "Waveform", "execute", "open_bench",
]

_HOME = {
    "Guards": "guards", "Overlay": "overlay", "Passport": "profile", "Profile": "profile",
    "ReadWindow": "stimulus", "Role": "stimulus", "Run": "run", "Stimulus": "stimulus",
    "Store": "store", "Waveform": "waveform", "execute": "execution", "open_bench": "opening",
}


def __getattr__(name: str) -> Any:
    # Imported at first use: the command line's help must not wait for numpy.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
