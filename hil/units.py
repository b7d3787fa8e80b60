"""Numbers with units, as people type and read them."""

from __future__ import annotations

import math
import re

from memrig.hil.errors import RequestError

POWERS = {
    "": 0, "a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3,
    "k": 3, "M": 6, "G": 9, "T": 12,
}
PREFIXES = {prefix: float(f"1e{power}") for prefix, power in POWERS.items()}
FEWEST, MOST = -7, 5
"""Thousands beyond the last prefix by more than one: an exponent says it better."""
SPELLINGS = {"ohm": ("ohm", "Ω", "Ω", "Ohm"), "%": ("%",)}
LONGEST = 100
"""Signs of a number with its unit."""
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+))?\s*(.*?)\s*")


def parse_quantity(text: str, unit: str) -> float:
    """Read ``"1.2V"``, ``"100 us"``, ``"5n"`` or ``"1e-3"`` as a number in ``unit``.

    :param unit: the SI unit of the result, e.g. ``"V"``, ``"s"``, ``"ohm"``; ``"1"`` for none.
    :raises RequestError: for anything else, with an example of what would do.
    """
    if len(text) > LONGEST:
        raise RequestError(f"{text[:LONGEST]!r}… is too long for a quantity in {unit}")
    match = _NUMBER.fullmatch(text.replace("−", "-"))  # the sign of print, too
    power = _power(match[3], unit) if match else None
    if match is None or power is None:
        kind = "number" if unit == "1" else f"quantity in {unit}"
        message = f"{text!r} is not a {kind} (try {example(unit)})"
        raise RequestError(message)
    # One conversion of the whole number, so that "100us" is 1e-4 to the last bit.
    value = float(f"{match[1]}e{int(match[2] or 0) + power}")
    if not math.isfinite(value):
        raise RequestError(f"{text!r} is not a finite quantity in {unit}")
    return value


def _power(suffix: str, unit: str) -> int | None:
    if unit == "1":
        return {"": 0, "%": -2}.get(suffix)
    if not _takes_prefixes(unit):
        return {"": 0, unit: 0}.get(suffix)
    if suffix in POWERS:
        return POWERS[suffix]
    for spelling in SPELLINGS.get(unit, (unit,)):
        if suffix.endswith(spelling) and (head := suffix.removesuffix(spelling)) in POWERS:
            return POWERS[head]
    return None


def _takes_prefixes(unit: str) -> bool:
    """A square picometre, pm2, is not 1e-12 m2: powers are written with exponents."""
    return not unit[-1:].isdigit()


def example(unit: str) -> str:
    """Two texts that ``parse_quantity`` reads for this unit."""
    if unit != "1" and not _takes_prefixes(unit):
        return f"'1.2{unit}' or '1.2e-9 {unit}'"
    known = {"s": "'100us' or '0.1ms'", "1": "'0.5' or '50%'", "V": "'1.2V' or '300mV'"}
    return known.get(unit, f"'1.2{unit}' or '300m{unit}'")


def format_quantity(value: float, unit: str, digits: int = 4) -> str:
    """A number with a prefix, e.g. ``format_quantity(1e-4, "s") == "100 us"``."""
    if not math.isfinite(value):
        return f"{value}" + ("" if unit == "1" else f" {unit}")
    if unit in {"1", "%"} or value == 0.0:
        return f"{value:.{digits}g}" + ("" if unit == "1" else f" {unit}")
    steps = {-6: "a", -5: "f", -4: "p", -3: "n", -2: "u", -1: "m", 0: "", 1: "k", 2: "M",
             3: "G", 4: "T"}
    rounded = float(f"{value:.{digits - 1}e}")
    if math.isinf(rounded):  # of the largest numbers there are, some have nothing above them
        return f"{value!r} {unit}"
    power = math.floor(math.log10(abs(rounded)) / 3)
    if not (_takes_prefixes(unit) and FEWEST <= power <= MOST):
        return f"{rounded:.{digits}g} {unit}"
    power = min(max(power, -6), 4)
    # Up to three digits stand before the point: "190 mohm", not "1.9e+02 mohm".
    return f"{rounded / 1000.0**power:.{max(digits, 3)}g} {steps[power]}{unit}"


def shown(value: float, unit: str, digits: int = 4) -> str:
    """A quantity as it stands in a figure or a window: minus, µ and Ω as they are written."""
    text = format_quantity(value, unit, digits).replace("ohm", "Ω").replace("-", "−", 1)
    return text.replace(" u", " µ") if unit != "1" else text


def bound(value: float, unit: str) -> str:
    """An end of what is allowed: ``bound(1e7, "1") == "10 000 000"``; empty where there is none."""
    if not math.isfinite(value):
        return ""
    whole = unit in {"", "1"} and float(value).is_integer() and abs(value) < 1e9
    return grouped(value) if whole else shown(value, unit or "1")


def grouped(count: float) -> str:
    """A count as it stands in a window: ``grouped(42640) == "42 640"``, with a space that stays."""
    return f"{count:,.0f}".replace(",", "\N{NO-BREAK SPACE}")
