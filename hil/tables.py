"""Text tables as instruments and programs write them: delimiter, header and units are found out."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError
from memrig.hil.units import PREFIXES

Floats = npt.NDArray[np.float64]

COMMENTS = ("#", "%", "//", "!")
CELL_MAX, LINE_MAX = 100, 100_000
"""Signs of a number or a unit's name, and of a line: longer ones are not what they seem."""
SEARCHED = 200
"""Lines in which the first row of numbers is looked for."""

_WORDS = {
    "s": "s", "sec": "s", "second": "s", "seconds": "s", "v": "V", "volt": "V", "volts": "V",
    "a": "A", "amp": "A", "amps": "A", "ampere": "A", "amperes": "A",
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_IN_NAME = re.compile(r"^(?P<name>.*?)\s*(?:\(\s*(?P<a>[^()]*?)\s*\)|\[\s*(?P<b>[^\[\]]*?)\s*\]"
                      r"|/\s*(?P<c>\S+?))\s*$")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of numbers."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells with what the lines before them say.

    :param header: names of the columns; empty where there are none.
    :param units: a row of units under the header; empty where there is none.
    """

    name: str
    header: Sequence[str]
    units: Sequence[str]
    rows: Sequence[Row]
    decimal_comma: bool = False

    @property
    def width(self) -> int:
        """Columns of the first row."""
        return len(self.rows[0].cells)

    def find(self, wanted: str) -> int | None:
        """Index of a column by number (from 1) or name; None when no column is called so."""
        if wanted.isdecimal():
            if not 1 <= int(wanted) <= self.width:
                raise RequestError(f"{self.name}: column {wanted} was asked; {self.columns()}")
            return int(wanted) - 1
        small = wanted.casefold()
        for name_of, asked in ((str, wanted), (str.casefold, small), (_bare, small)):
            found = [k for k, name in enumerate(self.header) if name_of(name) == asked]
            if len(found) == 1:
                return found[0]
        return None

    def columns(self) -> str:
        """What columns there are, for a message."""
        if not self.header:
            return f"there are columns 1 to {self.width}, without names"
        names = ", ".join(f"{k + 1} {name!r}" for k, name in enumerate(self.header))
        return f"there are columns {names}"

    def unit(self, column: int) -> str:
        """The unit that the header gives for a column, as it is written; empty if none."""
        if self.units:
            return self.units[column]
        match = _named(self.header[column]) if self.header else None
        return (match["a"] or match["b"] or match["c"] or "") if match else ""

    def numbers(self, column: int) -> Floats:
        """All values of a column, shape (rows,).

        :raises RequestError: with the line of the first cell that is no finite number.
        """
        try:
            values = np.array([float(row.cells[column]) for row in self.rows])
        except (ValueError, IndexError):
            values = np.array([np.nan])
        if np.isfinite(values).all():
            return values
        return np.array([self._number(row, column) for row in self.rows])

    def _number(self, row: Row, column: int) -> float:
        text = row.cells[column].strip() if column < len(row.cells) else ""
        value = number(text, decimal_comma=self.decimal_comma)
        if value is None or not np.isfinite(value):
            what = f"{text!r} is not a finite number" if text else "there is nothing"
            raise RequestError(f"{self.name}, line {row.line}, column {column + 1}: {what}")
        return value


def _named(name: str) -> re.Match[str] | None:
    """A name with its unit; a long one has none."""
    return _IN_NAME.match(name) if len(name) <= CELL_MAX else None


def _bare(name: str) -> str:
    match = _named(name)
    return (match["name"] if match else name).strip().casefold()


def number(text: str, *, decimal_comma: bool = False) -> float | None:
    """A decimal number, also with a Fortran exponent; None for anything else."""
    text = text.strip().strip('"')
    if len(text) > CELL_MAX:
        return None
    if decimal_comma:
        text = text.replace(",", ".")
    return float(text.replace("D", "e").replace("d", "e")) if _NUMBER.fullmatch(text) else None


def scale_of(unit: str, base: str) -> float | None:
    """What a unit (``mV``, ``uA``, ``Volt``) is in ``base``; None when it is none of it."""
    unit = unit.strip()
    if _WORDS.get(unit.casefold()) == base:
        return 1.0
    head = unit.removesuffix(base)
    return PREFIXES.get(head) if head != unit else None


def decoded(content: bytes) -> str:
    """Text of a file: byte order marks are heeded, what is not UTF-8 is taken as Latin-1."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def read_table(path: Path, content: bytes) -> Table:
    """Find rows, header and units in a file.

    :raises RequestError: when no line of numbers is found.
    """
    content_lines = decoded(content).splitlines()
    for k, text in enumerate(content_lines, 1):
        if len(text) > LINE_MAX:
            raise RequestError(f"{path.name}, line {k}: it has {len(text)} signs; at most "
                               f"{LINE_MAX} are read")
    lines = [(k, text) for k, text in enumerate(content_lines, 1) if text.strip()]
    texts = [(k, text) for k, text in lines if not text.lstrip().startswith(COMMENTS)]
    delimiter, first = _layout(texts[:SEARCHED], path.name)
    cut = [Row(k, _cells(text, delimiter)) for k, text in texts[first:]]
    comma = delimiter != "," and any(
        _DECIMAL_COMMA.fullmatch(cell.strip()) for row in cut for cell in row.cells if "," in cell
    )
    width = _used(cut)
    rows = [Row(row.line, row.cells[:width]) for row in cut]
    above = [text for k, text in lines if k < cut[0].line]
    header, units = _header(above, delimiter, width)
    return Table(name=path.name, header=header, units=units, rows=rows, decimal_comma=comma)


def _cells(text: str, delimiter: str) -> list[str]:
    return text.split() if delimiter == " " else text.split(delimiter)


def _layout(lines: Sequence[tuple[int, str]], name: str) -> tuple[str, int]:
    """Delimiter and index of the first row: the first of two lines that hold nothing but
    numbers, or failing that, of two lines with two."""
    for enough in (_all_numbers, _two_numbers):
        for at in range(len(lines)):
            for delimiter in ("\t", ";", ",", " "):
                pair = [_cells(text, delimiter) for _, text in lines[at : at + 2]]
                if all(enough(cells, decimal_comma=delimiter != ",") for cells in pair):
                    return delimiter, at
    message = (
        f"{name}: no line with two numbers was found; a table of numbers in columns is needed, "
        "separated by commas, semicolons, tabs or blanks"
    )
    raise RequestError(message)


def _all_numbers(cells: Iterable[str], *, decimal_comma: bool) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 1 and all(_is_number(c, decimal_comma=decimal_comma) for c in filled)


def _two_numbers(cells: Iterable[str], *, decimal_comma: bool) -> bool:
    return sum(_is_number(cell, decimal_comma=decimal_comma) for cell in cells) > 1


def _is_number(cell: str, *, decimal_comma: bool) -> bool:
    return number(cell, decimal_comma=decimal_comma) is not None


def _used(rows: Sequence[Row]) -> int:
    """Columns that hold something in any row: trailing delimiters make empty ones."""
    return max(_filled(row.cells) for row in rows)


def _filled(cells: Sequence[str]) -> int:
    """Cells up to the last one that holds something."""
    return next((k for k in range(len(cells), 0, -1) if cells[k - 1].strip()), 0)


def _header(
    above: Sequence[str], delimiter: str, width: int
) -> tuple[Sequence[str], Sequence[str]]:
    """Names and units: the nearest lines above the numbers that have as many cells."""
    rows = [cells for text in above if (cells := _names(text, delimiter, width))]
    if not rows:
        return (), ()
    if _are_units(rows[-1]):
        return (rows[-2] if len(rows) > 1 else ()), rows[-1]
    return rows[-1], ()


def _names(text: str, delimiter: str, width: int) -> list[str]:
    text = text.lstrip().lstrip("#%!/").strip()
    for cells in (_cells(text, delimiter), text.split()):
        names = [cell.strip().strip('"').strip() for cell in cells]
        while len(names) > width and not names[-1]:
            names.pop()
        if len(names) == width:
            return names
    return []


def _are_units(cells: Sequence[str]) -> bool:
    return any(cells) and all(
        not cell or any(scale_of(cell.strip("()[]"), base) for base in ("s", "V", "A", "ohm"))
        for cell in cells
    )
