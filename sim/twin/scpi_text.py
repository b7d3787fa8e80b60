"""The text of SCPI: program messages cut into units, headers and parameters (IEEE 488.2 ch. 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memrig.sim.twin.table import InstrumentError, short

BLANK = b" \t\r\n\x00\x0b\x0c"
TEXTS = {
    0: "No error", -101: "Invalid character", -102: "Syntax error", -104: "Data type error",
    -108: "Parameter not allowed", -109: "Missing parameter", -113: "Undefined header",
    -114: "Header suffix out of range", -121: "Invalid character in number",
    -128: "Numeric data not allowed", -131: "Invalid suffix", -138: "Suffix not allowed",
    -141: "Invalid character data", -148: "Character data not allowed",
    -151: "Invalid string data", -158: "String data not allowed", -160: "Block data error",
    -161: "Invalid block data", -168: "Block data not allowed", -211: "Trigger ignored",
    -213: "Init ignored", -220: "Parameter error", -221: "Settings conflict",
    -222: "Data out of range", -223: "Too much data", -224: "Illegal parameter value",
    -230: "Data corrupt or stale", -256: "File name not found", -310: "System error",
    -350: "Queue overflow", -410: "Query INTERRUPTED", -420: "Query UNTERMINATED",
    -440: "Query UNTERMINATED after indefinite response",
}


class ScpiError(InstrumentError):
    """A mistake that the standard names.

    :param code: its number.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code, TEXTS[code])


@dataclass(frozen=True, slots=True)
class Unit:
    """One program message unit: ``:SOUR1:VOLT? MAX`` as absolute, nodes, query, parameters."""

    nodes: tuple[str, ...]
    is_query: bool
    is_absolute: bool
    parameters: tuple[bytes, ...]

    @property
    def is_common(self) -> bool:
        """Whether it is a common command (``*IDN?``)."""
        return self.nodes[0].startswith("*")


def block_length(data: bytes, at: int) -> tuple[int, int] | None:
    """(start, stop) of a definite block's bytes if ``data[at:]`` begins one and its head is here.

    The stop may lie beyond the data.
    """
    if data[at : at + 1] != b"#" or not data[at + 1 : at + 2].isdigit():
        return None
    digits = data[at + 1] - ord("0")
    head = data[at + 2 : at + 2 + digits]
    if digits == 0 or len(head) < digits or not head.isdigit():
        return None
    start = at + 2 + digits
    return start, start + int(head)


def split(data: bytes, separator: bytes) -> list[bytes]:
    """Cut at a separator that stands outside strings, channel lists and blocks."""
    parts, begin, at = [], 0, 0
    marks = re.compile(rb"[\"'(#" + separator + rb"]")
    while match := marks.search(data, at):
        at = match.end()
        if match[0] == separator:
            parts.append(data[begin : at - 1])
            begin = at
        elif match[0] == b"#":
            span = _block_at(data, at - 1)
            at = at if span is None else span[1]
        else:
            end = data.find(b")" if match[0] == b"(" else match[0], at)
            at = len(data) if end < 0 else end + 1
    return [*parts, data[begin:]]


def _block_at(data: bytes, at: int) -> tuple[int, int] | None:
    if data[at : at + 2] == b"#0":
        return at, len(data)  # an indefinite block lasts to the end of the message
    return block_length(data, at)


def _trimmed(parameter: bytes) -> bytes:
    """A parameter without white space around it; the bytes of a block are not white space."""
    parameter = parameter.lstrip(BLANK)
    if parameter[:2] == b"#0":
        return parameter.removesuffix(b"\n")  # of the message; every other byte is data
    span = block_length(parameter, 0)
    if span is None:
        return parameter.rstrip(BLANK)
    return parameter[: span[1]] + parameter[span[1] :].rstrip(BLANK)


_HEADER = re.compile(rb"(:?)\s*(\*?[A-Za-z][A-Za-z0-9_]*(?::[A-Za-z][A-Za-z0-9_]*)*)(\?)?")


def unit(text: bytes) -> Unit | None:
    """One unit of a program message; None for an empty one.

    :raises ScpiError: -101, -102 for text that is no header.
    """
    text = text.lstrip(BLANK)
    if not text:
        return None
    match = _HEADER.match(text)
    if match is None or (rest := text[match.end() :])[:1] not in {b"", b" ", b"\t", b"\n", b"\r"}:
        raise ScpiError(-102 if text[:1] in b":*" or match else -101)
    parameters = tuple(_trimmed(p) for p in split(rest, b",")) if rest.strip(BLANK) else ()
    return Unit(tuple(match[2].decode().upper().split(":")), bool(match[3]), bool(match[1]),
                parameters)


_NUMBER = re.compile(rb"([+-]?(?:\d+\.?\d*|\.\d+)(?:\s*[eE]\s*[+-]?\d+)?)\s*([A-Za-z/%]\w*)?")
_BASES = {b"H": 16, b"Q": 8, b"B": 2}
_MULTIPLIERS = {"EX": 1e18, "PE": 1e15, "T": 1e12, "G": 1e9, "MA": 1e6, "K": 1e3, "M": 1e-3,
                "U": 1e-6, "N": 1e-9, "P": 1e-12, "F": 1e-15, "A": 1e-18}
INFINITY = 9.9e37
_SPECIAL = {b"INF": INFINITY, b"INFINITY": INFINITY, b"NINF": -INFINITY, b"NAN": 9.91e37}


def number(text: bytes, unit_: str = "") -> float:
    """A decimal or non-decimal number with an optional suffix.

    :param unit_: the unit whose suffixes are allowed, e.g. ``"V"``; none when empty.
    :raises ScpiError: with the code that the standard gives to each mistake.
    """
    upper = text.upper()
    if upper in _SPECIAL:
        return _SPECIAL[upper]
    if upper[:1] == b"#" and upper[1:2] in _BASES:
        return _based(upper)
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ScpiError(_wrong_kind(text))
    value = float(b"".join(match[1].split()))
    return value * _scale(match[2].decode().upper(), unit_) if match[2] else value


def _based(upper: bytes) -> float:
    try:
        return float(int(upper[2:], _BASES[upper[1:2]]))
    except ValueError:
        raise ScpiError(-121) from None


def _wrong_kind(text: bytes) -> int:
    first = text[:1]
    if first in {b'"', b"'"}:
        return -158
    if first == b"#":
        return -168
    return -148 if first.isalpha() else -121


def _scale(suffix: str, unit_: str) -> float:
    if not unit_:
        raise ScpiError(-138)
    if suffix == unit_:
        return 1.0
    head = suffix.removesuffix(unit_)
    if head == suffix:
        raise ScpiError(-131)
    if head == "M" and unit_ in {"HZ", "OHM"}:
        return 1e6
    if head not in _MULTIPLIERS:
        raise ScpiError(-131)
    return _MULTIPLIERS[head]


def string(text: bytes) -> str:
    """A quoted string.

    :raises ScpiError: -151 when it is not closed, -104 when it is none.
    """
    quote = text[:1]
    if quote not in {b'"', b"'"}:
        raise ScpiError(-104)
    if len(text) < 2 or text[-1:] != quote:
        raise ScpiError(-151)
    return text[1:-1].replace(quote * 2, quote).decode("latin-1")


def block(text: bytes) -> bytes:
    """The bytes of a definite or indefinite block.

    :raises ScpiError: -161 when the length is wrong, -104 when it is no block.
    """
    if text[:2] == b"#0":
        return text[2:]
    span = block_length(text, 0)
    if text[:1] != b"#":
        raise ScpiError(-104)
    if span is None or span[1] != len(text):
        raise ScpiError(-161)
    return text[span[0] :]


def word(text: bytes, choices: tuple[str, ...]) -> str:
    """The short form of the choice that ``text`` is the short or long form of.

    :param choices: as in manuals: ``"SINusoid"`` is ``SIN`` or ``SINUSOID``.
    :raises ScpiError: -224 for another word, -128 for a number, -158 for a string.
    """
    upper = text.decode("latin-1").upper()
    for choice in choices:
        if upper in {short(choice), choice.upper()}:
            return short(choice)
    if text[:1] in {b'"', b"'"}:
        raise ScpiError(-158)
    raise ScpiError(-224 if text[:1].isalpha() else -128)


def switch(text: bytes) -> bool:
    """ON, OFF or a number that is rounded; anything but 0 is on."""
    upper = text.upper()
    if upper in {b"ON", b"OFF"}:
        return upper == b"ON"
    if upper[:1].isalpha():
        raise ScpiError(-224)
    value = number(text)
    return int(value + (0.5 if value >= 0 else -0.5)) != 0
