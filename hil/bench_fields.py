"""What a bench file says in numbers, declared: names, units, bounds, help, per kind of bench."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from memrig.hil.bench_file import MEANING, OWN, netlist_defaults
from memrig.hil.netlist import BUILDERS, Netlist
from memrig.hil.parameters import Parameters, parameter

PARTS = {
    "series_ohm": "series_resistor_ohm", "source_ohm": "source_resistance_ohm",
    "probe_ohm": "input_resistance_ohm", "top_farad": "capacitance_at_top_farad",
    "bottom_farad": "capacitance_at_bottom_farad", "far_farad": "capacitance_at_far_farad",
    "device_farad": "capacitance_of_device_farad",
}
"""Entries of ``[bench.netlist]``, and what they are called in a form."""
UNITS = {"ohm": "ohm", "farad": "F", "v": "V", "a": "A"}
HIGHEST = {"ohm": 1e12, "F": 1e-3, "V": 200.0, "A": 10.0}
"""Far beyond what any bench has: a slip of the prefix is seen."""
DEFAULTS = {"full_scale_v": 5.0, "v_max_v": 3.2, "i_max_a": 0.01, "r_min_ohm": 0.0}
UNCERTAINTY = "series_uncertainty"
PART_U_REL = 0.003


@cache
def fields_of(kind: str) -> type[Parameters]:
    """The declaration of everything with a number, and of the name, for one kind of bench."""
    made: type[Parameters] = dataclasses.make_dataclass(
        "BenchFields", list(_declared(kind)), bases=(Parameters,), frozen=True, kw_only=True)
    return made


def _declared(kind: str) -> Iterator[tuple[str, type, Any]]:
    yield "name", str, parameter(kind, unit="", help="how results call this bench")
    for name, default in netlist_defaults(kind).items():
        plain = name in {"series_ohm", "top_farad", "probe_ohm"}
        yield PARTS[name], float, _quantity(name, default, advanced=not plain)
        if name == "series_ohm":
            yield UNCERTAINTY, float, parameter(
                PART_U_REL, unit="1", low=0.0, high=1.0, advanced=True,
                help="standard uncertainty of the series resistor, relative (a 1 % part: 0.003 to "
                     "0.006), until a check measures it")
    for name in OWN[kind]:
        yield name, float, _quantity(name, DEFAULTS[name], advanced=False)


def _quantity(name: str, default: float, *, advanced: bool) -> Any:
    unit = UNITS[name.rpartition("_")[2]]
    return parameter(default, unit=unit, low=0.0, high=HIGHEST[unit], help=MEANING[name],
                     advanced=advanced)


def netlist_of(kind: str, values: Mapping[str, float]) -> Netlist:
    """The circuit that values of the form stand for."""
    return BUILDERS[kind](**{name: values[shown] for name, shown in PARTS.items()
                             if shown in values})
