"""Bench files (TOML): what they may say, a template to fill in, and how one is written."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.foreign import toml_of
from memrig.hil.netlist import BUILDERS
from memrig.hil.parameters import unknown
from memrig.hil.registry import entries, load
from memrig.hil.toml_text import toml, write_whole

Description = Mapping[str, Any]

SHOWN, SEED_MAX, NUMBER_MAX, NUMBER_MIN = 60, 2**63 - 1, 1e30, 1e-30
"""Signs of a wrong value that are repeated; what a seed and any other number may be at most, and
what a number is at least that is not 0: beyond, its inverse is none."""
_LIBRARY = re.compile(r"(@py|@ivi|[^@\n]*@memrig)?")
"""Loading a library runs it; a bench file that came from elsewhere must not choose which."""
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
    found = toml_of(path, "the bench file")
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
    _check_twin(_table(found, "twin"))
    if bench["kind"] in BUILDERS:
        _check_built_in(str(bench["kind"]), found)


def _check_twin(twin: Description) -> None:
    _known("entry of [twin]", twin, TWIN)
    seed = twin.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= SEED_MAX:
        message = f"[twin] seed = {_short_of(seed)} was given; it must be a whole number from 0"
        raise RequestError(message)
    if not isinstance(twin.get("device", {}), Mapping):
        raise RequestError("[twin.device] must be a table of names and values")
    _check_text("[twin] clock", twin.get("clock", ""))
    _check_faults(twin.get("faults", []))


def _check_text(what: str, value: Any) -> None:
    if not isinstance(value, str) or not value.isprintable():
        raise RequestError(f"{what} = {_short_of(value)} was given; it must be a text in one line")


def _check_number(what: str, value: Any, rule: str, *, least: float, above: bool = False) -> None:
    """Refuse what is no number from ``least`` on, or not above it."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0.0 < value < NUMBER_MIN:
        rule += f", from {NUMBER_MIN:g} on where it is not 0"
        least = NUMBER_MIN
    if not (is_number and least <= value <= NUMBER_MAX) or (above and value == least):
        raise RequestError(f"{what} = {_short_of(value)} was given; it must be {rule}")


def _short_of(value: Any) -> str:
    if isinstance(value, int) and abs(value) >= 10**SHOWN:
        return "a huge number"  # which Python writes out up to 4300 digits only
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


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
    _check_text("[bench] name", bench.get("name", kind))
    for name in OWN[kind]:
        may_be_0 = name == "r_min_ohm"  # nothing is known of the device
        _check_number(f"[bench] {name}", bench.get(name, 1.0),
                      f"a number {'from' if may_be_0 else 'above'} 0", least=0.0,
                      above=not may_be_0)
    _check_values(kind, _table(found, "bench", "netlist"))
    parts = [e.name for e in BUILDERS[kind](**bench.get("netlist", {})).elements if e.value]
    tolerances = _table(found, "bench", "tolerance_rel")
    _known("part in [bench.tolerance_rel]", tolerances, parts)
    for name, value in tolerances.items():
        _check_number(f"[bench.tolerance_rel] {name}", value, "a number from 0", least=0.0)
    _known(f"instrument of kind {kind}", instruments, dict.fromkeys((*ROLES[kind], "smu")))
    if missing := [role for role in ROLES[kind] if role not in instruments]:
        raise RequestError(f"kind {kind} needs [instruments.{missing[0]}], which is not there")


def _check_values(kind: str, netlist: Description) -> None:
    defaults = netlist_defaults(kind)
    _known("entry of [bench.netlist]", netlist, defaults)
    for name, value in netlist.items():
        above = name.endswith("_ohm") and defaults[name] > 0
        _check_number(f"[bench.netlist] {name}", value,
                      f"a number {'above' if above else 'from'} 0", least=0.0, above=above)


def _check_instrument(role: str, one: Description) -> None:
    _known(f"entry of [instruments.{role}]", one, INSTRUMENT)
    known = list(entries("drivers"))
    if "driver" not in one:
        message = f"[instruments.{role}] needs driver = one of {', '.join(known)}"
        raise RequestError(message)
    if one["driver"] not in known:
        raise UnknownNameError(unknown("driver", str(one["driver"]), known))
    _check_text(f"[instruments.{role}] resource", one.get("resource", ""))
    if not _LIBRARY.fullmatch(str(one.get("library", "@py"))):
        message = (
            f"[instruments.{role}] library = {_short_of(one['library'])} was given; a bench file "
            "may say \"@py\", \"@ivi\" or \"@memrig\", or \"\" for your own one: another library "
            "is a program, which you name yourself, with PYVISA_LIBRARY"
        )
        raise RequestError(message)
    if not isinstance(one.get("simulate", False), bool):
        given = f"simulate = {_short_of(one['simulate'])} was given"
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
