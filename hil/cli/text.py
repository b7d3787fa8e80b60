"""Plain text for people: tables, numbers with units, progress with the time left."""

from __future__ import annotations

import json
import math
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

from memrig.hil.events import Event, GuardTripped, RecordFinished, Rehearsed, RunStarted
from memrig.hil.guards import CONTINUE
from memrig.hil.units import format_quantity

_UNITS = {"v": "V", "a": "A", "s": "s", "hz": "Hz", "ohm": "ohm", "siemens": "S", "j": "J",
          "w": "W", "c": "C"}


WIDTH = 80
"""Columns that a page of text takes."""


def wrapped(text: str, indent: str = "", rest: str | None = None) -> str:
    """Text in lines of ``WIDTH``; ``rest`` is before every line but the first."""
    return textwrap.fill(
        " ".join(text.split()), WIDTH, initial_indent=indent, break_long_words=False,
        subsequent_indent=indent if rest is None else rest, break_on_hyphens=False)


def table(
    rows: Sequence[Sequence[str]], head: Sequence[str], width: int | None = None
) -> str:
    """Columns of equal width, a line below the head.

    :param width: the last column is wrapped so that lines are no longer than this.
    """
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    if width is not None:
        room = max(width - sum(widths[:-1]) - 2 * (len(widths) - 1), LEAST)
        rows = [line for row in rows for line in _broken(row, room)]
        widths[-1] = min(widths[-1], room)
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
             for row in (head, ["-" * w for w in widths], *rows)]
    return "\n".join(lines)


LEAST = 20
"""Columns that are left to what is wrapped, whatever stands before it."""


def _broken(row: Sequence[str], room: int) -> Iterator[list[str]]:
    """A row as lines, the last cell wrapped."""
    *cells, last = row
    for place, part in enumerate(textwrap.wrap(last, room, break_long_words=False) or [""]):
        yield [*(cells if place == 0 else [""] * len(cells)), part]


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{count} {one if count == 1 else many}"


def number(name: str, value: Any) -> str:
    """A value in words; its unit is the end of its name."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, int | float):
        return _quantity(name, value)
    if isinstance(value, list | tuple):
        return _series(name, value)
    return str(value)


def _quantity(name: str, value: float) -> str:
    unit = _UNITS.get(name.rpartition("_")[2])
    if not math.isfinite(value):
        return str(value)
    if unit is None:
        return f"{value:.5g}" if isinstance(value, float) else str(value)
    return format_quantity(value, unit)


SHOWN = 6
"""How many values of a list are worth printing; the report has them all."""


def _series(name: str, values: Sequence[Any]) -> str:
    if not values:
        return "-"
    shown = ", ".join(f"[{number(name, v)}]" if isinstance(v, list | tuple) else number(name, v)
                      for v in values[:SHOWN])
    return shown if len(values) <= SHOWN else f"{shown}, … ({len(values)} values)"


def listing(values: Mapping[str, Any]) -> str:
    """Names and values, one a line; mappings and tables inside are left to ``--json``."""
    plain = {k: v for k, v in values.items() if not (isinstance(v, Mapping) or _is_table(v))}
    width = max(map(len, plain), default=0)
    return "\n".join(f"  {name.ljust(width)}  {number(name, v)}" for name, v in plain.items())


def _is_table(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(row, Mapping) for row in value)


def print_json(value: Any) -> None:
    """One JSON object; what JSON cannot say (infinity, not a number) becomes null."""
    print(json.dumps(_finite(value), indent=1, ensure_ascii=False))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Countdown:
    """One line on a terminal: how much is done, and how long the rest will take.

    :param what: there is to do, in the plural; ``total`` of it.
    :param quiet_s: nothing is said for so long, nor of what is done by then.
    """

    def __init__(
        self, what: str, total: int = 0, quiet_s: float = 0.0,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self._what, self._quiet_s, self._monotonic_s = what, quiet_s, monotonic_s
        self._start_s = monotonic_s()
        self._is_terminal, self._open, self._line = sys.stderr.isatty(), False, ""

    def show(self, done: float) -> None:
        """So much is done; a part of one counts for the time that is left."""
        spent_s = self._monotonic_s() - self._start_s
        if not (self._is_terminal and done) or spent_s < self._quiet_s:
            return
        left_s = spent_s / done * max(self.total - done, 0)
        line = f"\r{math.floor(done)}/{self.total} {self._what}, {left_s:.0f} s left "
        if line == self._line:
            return
        self._line, self._open = line, done < self.total
        print(line, file=sys.stderr, end="" if self._open else "\n", flush=True)

    def end(self) -> None:
        """What is said next has a line of its own."""
        if self._open:
            print(file=sys.stderr)
            self._open = False


QUIET_S = 1.0
"""A dry run that is done by then is not worth a word."""


class Progress:
    """How far a run and its dry run are, and how long they will still take, as events come.

    Leaving it ends the line.
    """

    def __init__(self) -> None:
        self._done = 0
        self._rehearsed = Countdown("stimuli of the dry run", quiet_s=QUIET_S)
        self._line = Countdown("stimuli")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._rehearsed.end()
        self._line.end()

    def rehearsed(self) -> None:
        """The dry run is over; its line ends."""
        self._rehearsed.end()

    def __call__(self, event: Event) -> None:
        """Take note of an event of the run."""
        if isinstance(event, Rehearsed):
            self._rehearsed.total = event.stimuli
            self._rehearsed.show(event.done)
        if isinstance(event, RunStarted):
            self.rehearsed()
            self._line = Countdown("stimuli", event.stimuli)
        if isinstance(event, GuardTripped) and event.policy == CONTINUE:
            self._line.end()
            print(f"memrig: {event.alert}", file=sys.stderr)
        if isinstance(event, RecordFinished) and event.source == "bench":
            self._done += 1
            self._line.show(self._done)
