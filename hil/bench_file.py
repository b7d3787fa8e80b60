"""Bench files (TOML): what they may say, a template to fill in, and how one is written."""

from __future__ import annotations

import inspect
import math
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.netlist import BUILDERS
from memrig.hil.parameters import unknown
from memrig.hil.registry import entries, load
from memrig.hil.toml_text import toml, write_whole

Description = Mapping[str, Any]

SECTIONS = ("bench", "instruments", "twin")
INSTRUMENT = ("driver", "resource", "library", "simulate")
TWIN = ("seed", "device", "clock", "faults")
BENCH = ("kind", "name", "netlist", "tolerance_rel")
OWN = {"awg-scope-two": ("full_scale_v", "r_min_ohm"),
       "awg-scope-single": ("full_scale_v", "r_min_ohm"),
       "smu-one": ("v_max_v", "i_max_a", "r_min_ohm"),
       "smu-two": ("v_max_v", "i_max_a", "r_min_ohm")}
"""What ``[bench]`` may say of one kind only."""
ROLES = {"awg-scope-two": ("awg", "scope"), "awg-scope-single": ("awg", "scope"),
         "smu-one": ("smu",), "smu-two": ("smu",)}
"""Instruments that each kind needs. A voltmeter (``smu``) beside a generator serves its check."""


def read(path: Path) -> dict[str, Any]:
    """The description that a bench file holds.

    :raises RequestError: with what is wrong and what there is instead.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError(f"the bench file {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise RequestError(f"the bench file {path} cannot be read: {error}") from None
    try:
        check(found)
    except RequestError as error:
        raise type(error)(f"the bench file {path}: {error}") from None
    return found


def check(found: Description) -> None:
    """Refuse what no bench would understand.

    Kinds of benches that come from elsewhere say themselves what they need.
    """
    _known("section", found, SECTIONS)
    bench = _table(found, "bench")
    kinds = list(entries("benches"))
    if "kind" not in bench:
        raise RequestError(f"it needs [bench] with kind = one of {', '.join(kinds)}")
    if bench["kind"] not in kinds:
        raise UnknownNameError(unknown("kind of bench", str(bench["kind"]), kinds))
    for role in _table(found, "instruments"):
        _check_instrument(role, _table(found, "instruments", role))
    _known("entry of [twin]", _table(found, "twin"), TWIN)
    _check_faults(_table(found, "twin").get("faults", []))
    if bench["kind"] in BUILDERS:
        _check_built_in(str(bench["kind"]), found)


def _check_faults(faults: Any) -> None:
    if not (isinstance(faults, list) and all(isinstance(one, str) for one in faults)):
        message = (
            "[twin] faults must be a list of texts, e.g. [\"awg:no-answer at 12\"] (see 'memrig "
            "twin faults')"
        )
        raise RequestError(message)
    for text in faults:
        load("simulators", "fault").from_text(text)


def _check_built_in(kind: str, found: Description) -> None:
    bench, instruments = _table(found, "bench"), _table(found, "instruments")
    _known("entry of [bench]", bench, (*BENCH, *OWN.get(kind, ())))
    _check_values(kind, _table(found, "bench", "netlist"))
    parts = [e.name for e in BUILDERS[kind](**bench.get("netlist", {})).elements if e.value]
    _known("part in [bench.tolerance_rel]", _table(found, "bench", "tolerance_rel"), parts)
    _known(f"instrument of kind {kind}", instruments, dict.fromkeys((*ROLES[kind], "smu")))
    if missing := [role for role in ROLES[kind] if role not in instruments]:
        raise RequestError(f"kind {kind} needs [instruments.{missing[0]}], which is not there")


def _check_values(kind: str, netlist: Description) -> None:
    defaults = netlist_defaults(kind)
    _known("entry of [bench.netlist]", netlist, defaults)
    for name, value in netlist.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and 0 <= value < math.inf) or (
                value == 0 and name.endswith("_ohm") and defaults[name] > 0):
            message = (
                f"[bench.netlist] {name} = {value!r} was given; it must be a number "
                f"{'above' if name.endswith('_ohm') and defaults[name] > 0 else 'from'} 0"
            )
            raise RequestError(message)


def _check_instrument(role: str, one: Description) -> None:
    _known(f"entry of [instruments.{role}]", one, INSTRUMENT)
    known = list(entries("drivers"))
    if "driver" not in one:
        message = f"[instruments.{role}] needs driver = one of {', '.join(known)}"
        raise RequestError(message)
    if one["driver"] not in known:
        raise UnknownNameError(unknown("driver", str(one["driver"]), known))
    if one.get("simulate", False) not in {True, False}:
        given = f"simulate = {one['simulate']!r} was given"
        raise RequestError(f"[instruments.{role}] {given}; it must be true or false")
    plays = getattr(load("drivers", one["driver"]), "role", role)
    if plays != role:
        what = f"driver {one['driver']} drives an instrument of role {plays}"
        raise RequestError(f"[instruments.{role}]: {what}")


def _known(what: str, given: Iterable[str], allowed: Iterable[str]) -> None:
    for name in given:
        if name not in allowed:
            raise UnknownNameError(unknown(what, name, allowed))


def _table(found: Description, *path: str) -> Description:
    """A table inside the description; empty where there is none."""
    here: Any = found
    for name in path:
        here = here.get(name, {})
    if not isinstance(here, Mapping):
        raise RequestError(f"[{'.'.join(path)}] must be a table of names and values")
    return here


def netlist_defaults(kind: str) -> dict[str, float]:
    """What ``[bench.netlist]`` of a kind may say, with defaults."""
    signature = inspect.signature(BUILDERS[kind])
    return {name: p.default for name, p in signature.parameters.items() if name != "channels"}


def write(description: Description, path: Path) -> None:
    """Write a bench file; readers see all of it or nothing.

    :raises RequestError: when it cannot be written.
    """
    try:
        write_whole(path, toml(description))
    except OSError as error:
        raise RequestError(f"the bench file {path} cannot be written: {error.strerror}") from None


def template(kind: str) -> str:
    """A bench file of one kind with comments, to fill in.

    :raises UnknownNameError: for a kind that does not exist, with the nearest ones.
    """
    if kind not in BUILDERS:
        raise UnknownNameError(unknown("kind of bench", kind, list(BUILDERS)))
    parts = [_head(kind), _netlist(kind), *map(_instrument, ROLES[kind]), _TWIN]
    if netlist_defaults(kind)["series_ohm"]:
        parts.insert(2, _TOLERANCES)
    if "awg" in ROLES[kind]:
        parts.insert(-1, _voltmeter())
    return "\n".join(parts)


def _head(kind: str) -> str:
    circuit = inspect.getdoc(getattr(BUILDERS[kind], "func", BUILDERS[kind])) or ""
    rows = [_row(f'kind = "{kind}"', "see 'memrig bench template --help'"),
            _row(f'name = "{kind}"', "how results call this bench")]
    shown = {"full_scale_v": "full_scale_v = 5.0", "v_max_v": "v_max_v = 3.2",
             "i_max_a": "i_max_a = 0.01", "r_min_ohm": "# r_min_ohm = 5e3"}
    rows += [_row(shown[name], MEANING[name]) for name in OWN.get(kind, ())]
    return _HEAD.format(circuit=circuit.splitlines()[0].replace("``", "")) + "".join(rows)


def _netlist(kind: str) -> str:
    rows = [_row(f"{name} = {_short(value)}", MEANING[name])
            for name, value in netlist_defaults(kind).items()]
    return "".join(["[bench.netlist]\n", *rows])


def _row(text: str, meaning: str) -> str:
    return f"{text}".ljust(26) + f"# {meaning}\n"


def _short(value: float) -> str:
    return f"{value:g}".replace("e+0", "e").replace("e-0", "e-")


def _instrument(role: str) -> str:
    drivers = [name for name in entries("drivers")
               if getattr(load("drivers", name), "role", "") == role]
    instruments = ", ".join(load("drivers", drivers[0]).models)
    return _INSTRUMENT.format(role=role, driver=drivers[0], models=instruments,
                              address=_ADDRESSES[role])


def _voltmeter() -> str:
    lines = _instrument("smu").splitlines()
    note = "A source/measure unit as a voltmeter beside the generator makes a better check:"
    return "".join(f"# {line.removeprefix('# ')}\n" for line in (note, *lines))


_HEAD = """\
# Bench file of memrig. SI units; a name ends with its unit.
#
#   {circuit}
#
# Calibrate and verify the wiring with a known resistor in the device's place:
#   memrig bench check THIS_FILE --resistor 10kohm --tolerance 0.01% --arm

[bench]
"""

_TOLERANCES = """\
# Standard uncertainty of parts, relative, until they are measured (a 1 % part: 0.003 to 0.006).
[bench.tolerance_rel]
r_series = 0.003
"""

_INSTRUMENT = """\
# {models}
[instruments.{role}]
driver = "{driver}"
resource = "{address}"
# library = "@py"         # VISA library; "" for the vendor's
# simulate = true         # a simulated one in its place, whatever the resource
"""

_TWIN = """\
# What 'memrig twin serve --bench THIS_FILE' puts in the device's place (not used on real
# instruments): a model with its parameters, or kind = "resistor", "rc", "open", "short".
# [twin]
# seed = 1
# faults = ["awg:no-answer at 12"]    # see 'memrig twin faults'
# [twin.device]
# model = "guseinov"
"""

MEANING = {
    "full_scale_v": "largest open-circuit level; a smaller one resolves finer",
    "v_max_v": "largest level; up to 2.1 the 2 V range, ten times as exact",
    "i_max_a": "largest limit of the current, and the limit where none is asked",
    "r_min_ohm": "smallest resistance of the device: finer ranges",
    "series_ohm": "series resistor at the bottom electrode",
    "source_ohm": "output resistance of a source",
    "probe_ohm": "input resistance of an oscilloscope channel",
    "top_farad": "cable and input capacitance at the top electrode",
    "bottom_farad": "cable and input capacitance at the bottom electrode",
    "far_farad": "cable and input capacitance at the second source",
    "device_farad": "capacitance across the device",
}

_ADDRESSES = {
    "awg": "TCPIP0::192.168.1.11::5025::SOCKET", "scope": "TCPIP0::192.168.1.12::5025::SOCKET",
    "smu": "TCPIP0::192.168.1.13::5025::SOCKET",
}
"""Placeholders: instruments at a laboratory's private network."""
