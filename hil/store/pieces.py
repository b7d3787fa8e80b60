"""The pieces of a record as a store holds them, read all at once or some at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memrig.hil.errors import StoreError
from memrig.hil.record import Chunk, Head
from memrig.hil.store.codec import unpack
from memrig.hil.store.schema import view

REPEATS_MAX, POINTS_MAX = 1 << 24, 1 << 28
"""Of one piece of a record: a store from elsewhere does not say how much memory is taken."""
ROWS, BYTES = 256, 4 << 20
"""What is read at a time: so many pieces, or fewer once their numbers take this much."""
RECORDS = 4
"""Of how many records what was read is remembered: a measured one and a model's are compared."""

Row = tuple[Any, ...]
_QUERY = ("SELECT id, repeat, block, t_s, points, coalesce(repeats, 1), coalesce(spacing_s, 0.0)"
          " FROM chunks LEFT JOIN trains ON trains.chunk = chunks.id WHERE step=? AND id>=?"
          " ORDER BY id")


def chunks_of(connection: sqlite3.Connection, step: int) -> Iterator[Chunk]:
    """All pieces of a record."""
    for row in connection.execute(_QUERY, (step, 0)).fetchall():
        yield _chunk(connection, row)


def _chunk(connection: sqlite3.Connection, row: Row) -> Chunk:
    chunk, repeat, block, t_s, points, count, spacing_s = row
    if not (0 < count <= REPEATS_MAX and 0 <= points <= POINTS_MAX):
        raise ValueError(f"{points} points of {count} repeats in one piece")
    channels = connection.execute(
        "SELECT json, data, t_s, status FROM channels JOIN signals ON signals.id = signal"
        " WHERE chunk=? ORDER BY position", (chunk,),
    )
    return Chunk(repeat=repeat, block=block, t_s=t_s, count=count, spacing_s=spacing_s,
                 channels=tuple(unpack(channel, count, points) for channel in channels))


class Fetched:
    """Pieces of a run's records that were fetched last, of a few records each some.

    Every fetch has a connection of its own, in whatever thread it is wanted.
    """

    def __init__(self, path: Path, run_id: str) -> None:
        self._path, self._run_id = path, run_id
        self._lock = threading.Lock()
        self._last: OrderedDict[int, tuple[int, list[Chunk]]] = OrderedDict()
        self._marks: dict[int, list[int]] = {}

    def chunk(self, step: int, number: int) -> Chunk:
        """See ``StoredChunks``."""
        with self._lock:
            first, found = self._last.get(step, (0, ()))
            if not 0 <= number - first < len(found):
                with self._reading() as connection:
                    first, found = number, self._from(connection, step, number)
                self._last[step] = first, found
            self._last.move_to_end(step)
            if len(self._last) > RECORDS:
                self._last.popitem(last=False)
            return found[number - first]

    def heads(self, step: int, count: int) -> list[Head]:
        """See ``StoredChunks``."""
        with self._lock, self._reading() as connection:
            rows = connection.execute(f"{_QUERY} LIMIT ?", (step, 0, count)).fetchall()
        if len(rows) < count:
            raise self._lost()
        return [Head(repeat=repeat, block=block, count=repeats, points=points)
                for _, repeat, block, _, points, repeats, _ in rows]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A view of the store, if the run is in it: another file may stand in its place."""
        with view(self._path) as connection:
            if not connection.execute("SELECT 1 FROM runs WHERE run_id=?",
                                      (self._run_id,)).fetchone():
                raise self._lost()
            yield connection

    def _from(self, connection: sqlite3.Connection, step: int, number: int) -> list[Chunk]:
        """Pieces of a record from one on, some of them."""
        mark, beyond = divmod(number, ROWS)
        rows = connection.execute(f"{_QUERY} LIMIT ? OFFSET ?", (
            step, self._mark(connection, step, mark), ROWS, beyond)).fetchall()
        found, size = list[Chunk](), 0
        for row in rows:
            found.append(_chunk(connection, row))
            size += sum(one.data.nbytes for one in found[-1].channels)
            if size > BYTES:
                break
        if not found:
            raise self._lost()
        return found

    def _mark(self, connection: sqlite3.Connection, step: int, mark: int) -> int:
        """The row of every so manieth piece, which is not its number: runs are written side by
        side."""
        marks = self._marks.setdefault(step, [0])
        while len(marks) <= mark:
            found = connection.execute(
                "SELECT id FROM chunks WHERE step=? AND id>=? ORDER BY id LIMIT 1 OFFSET ?",
                (step, marks[-1], ROWS)).fetchone()
            if found is None:
                raise self._lost()
            marks.append(int(found[0]))
        return marks[mark]

    def _lost(self) -> StoreError:
        return StoreError(
            f"the run store {self._path} does not have all of run {self._run_id} any more")


class StoredChunks:
    """The pieces of one step of a run that a writer has written, while it goes on."""

    def __init__(self, fetched: Fetched, step: int) -> None:
        self._fetched, self._step = fetched, step

    def __getitem__(self, number: int) -> Chunk:
        """One of them.

        :raises StoreError: when the store does not have it any more, or cannot be read.
        """
        return self._fetched.chunk(self._step, number)

    def heads(self, count: int) -> list[Head]:
        """Of the first ones, without their channels; raises likewise."""
        return self._fetched.heads(self._step, count)
