"""Ready-made simulated benches by name; each function gives what a bench file would say."""

from __future__ import annotations

from typing import Any

ENTRIES = {
    "twin": "memrig.sim.twin.catalogue:two_channel",
    "twin-single": "memrig.sim.twin.catalogue:single_channel",
    "twin-smu": "memrig.sim.twin.catalogue:smu",
}

Description = dict[str, Any]


def _generator_and_scope(kind: str) -> Description:
    return {
        "bench": {"kind": kind, "netlist": {"series_ohm": 1e3}, "r_min_ohm": 5e3},
        "instruments": {
            "awg": {"driver": "keysight-33500b"},
            "scope": {"driver": "keysight-infiniivision"},
            "smu": {"driver": "keysight-b2900"},
        },
        "twin": {"seed": 1, "device": {"model": "guseinov"}},
    }


def two_channel() -> Description:
    """Generator with two channels and an oscilloscope around a series resistor of 1 kilohm."""
    return _generator_and_scope("awg-scope-two")


def single_channel() -> Description:
    """Generator with one channel and an oscilloscope, series resistor of 1 kilohm to ground."""
    return _generator_and_scope("awg-scope-single")


def smu() -> Description:
    """Source/measure unit with both channels, no series resistor, on its 2 V range."""
    return {
        "bench": {"kind": "smu-two", "netlist": {}, "v_max_v": 2.1, "r_min_ohm": 5e3},
        "instruments": {"smu": {"driver": "keysight-b2900"}},
        "twin": {"seed": 1, "device": {"model": "guseinov"}},
    }
