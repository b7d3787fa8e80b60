"""The store as its users see it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from memrig.hil.errors import StoreError
from memrig.hil.record import Record
from memrig.hil.store.codec import clean
from memrig.hil.store.header import RunHeader
from memrig.hil.store.reader import RunSummary, StoredRun, find, summaries
from memrig.hil.store.rows import Rows
from memrig.hil.store.schema import connect, sentences, transaction
from memrig.hil.store.writer import RunWriter


def default_path() -> Path:
    """Where runs are stored unless somebody says otherwise: ``memrig.sqlite``, working folder."""
    return Path("memrig.sqlite")


class Store:
    """One file of runs. The file is made when the first run begins.

    Holds no connection: every reader and every writer has its own, in its own thread, so that
    runs are listed, read and exported while others are being written.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        self._create = create
        self._writers: list[RunWriter] = []

    @classmethod
    def open(cls, path: str | Path | None = None, *, create: bool = True) -> Self:
        """The store in a file, by default ``default_path()``.

        :param create: whether ``begin`` may make the file.
        :raises StoreError: when the file is no run store, or a newer memrig has written it.
        """
        store = cls(Path(path) if path is not None else default_path(), create=create)
        if store.path.exists():
            with sentences(store.path):
                connect(store.path, write=False).close()
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of runs that were begun here and not finished; they are then interrupted."""
        for writer in self._writers:
            if not writer.finished:
                writer.close()
        self._writers.clear()

    def begin(self, header: RunHeader) -> RunWriter:
        """Begin a run: its conditions are written before anything happens."""
        if not (self._create or self.path.exists()):
            raise StoreError(f"the run store {self.path} does not exist")
        if not self.path.absolute().parent.is_dir():
            raise StoreError(f"the run store {self.path} cannot be made: its folder does not exist")
        writer = RunWriter(self.path, header)
        self._writers.append(writer)
        return writer

    def runs(self) -> list[RunSummary]:
        """All runs in the order they began; none when the file does not exist yet."""
        return summaries(self.path)

    def load(self, run: str = "last") -> StoredRun:
        """A run by its id, the beginning of it, or ``"last"``.

        :raises StoreError: when there is none, or the beginning fits more than one.
        """
        return StoredRun.read(self.path, find(self.path, run))

    def tag(self, run: str, *tags: str) -> None:
        """Add words that the run is found by."""
        with self._changing(run) as (connection, row):
            connection.executemany(
                "INSERT OR IGNORE INTO tags VALUES (?,?)", [(row, clean(tag)) for tag in tags]
            )

    def set_overlay(
        self, run: str, records: Mapping[int, Record], overlay: Mapping[str, Any]
    ) -> None:
        """Put a model's records and their comparison in place of those that a run has.

        :param records: by the number of the stimulus in the run.
        """
        with self._changing(run) as (connection, row):
            connection.execute("DELETE FROM steps WHERE run=? AND source='overlay'", (row,))
            rows = Rows(connection)
            for index, record in records.items():
                rows.record(row, "overlay", index, record)
            rows.result(row, "overlay", overlay)

    @contextmanager
    def _changing(self, run: str) -> Iterator[tuple[sqlite3.Connection, int]]:
        run_id = find(self.path, run)
        with sentences(self.path), closing(connect(self.path, write=True)) as connection, \
                transaction(connection, durable=True):
            found = connection.execute("SELECT id FROM runs WHERE run_id=?", (run_id,)).fetchone()
            yield connection, found[0]
