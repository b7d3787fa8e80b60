"""The store as its users see it."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from memrig.hil.errors import RequestError, StoreError
from memrig.hil.record import Record
from memrig.hil.store import ensembles
from memrig.hil.store.codec import clean
from memrig.hil.store.header import RunHeader
from memrig.hil.store.history import Past, history
from memrig.hil.store.reader import RunSummary, StoredRun, all_tags, find, summaries
from memrig.hil.store.rows import Rows
from memrig.hil.store.schema import connect, sentences, transaction
from memrig.hil.store.writer import RunWriter

if TYPE_CHECKING:
    from memrig.hil.ensemble import Ensemble


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
        self._writers = [*(one for one in self._writers if not one.finished), writer]
        return writer

    def runs(self, known: Mapping[str, RunSummary] | None = None) -> list[RunSummary]:
        """All runs in the order they began; none when the file does not exist yet.

        :param known: lines of an earlier listing, by run id; see ``summaries``.
        """
        return summaries(self.path, known)

    def load(self, run: str = "last") -> StoredRun:
        """A run by its id, the beginning of it, or ``"last"``.

        :raises StoreError: when there is none, or the beginning fits more than one.
        """
        return StoredRun.read(self.path, find(self.path, run))

    def tag(self, run: str, *tags: str) -> None:
        """Add words that the run is found by.

        :raises RequestError: for a word that is empty or has a space in it; none is added.
        """
        words = [tag_of(tag) for tag in tags]
        with self._changing(run) as (connection, row):
            connection.executemany(
                "INSERT OR IGNORE INTO tags VALUES (?,?)", [(row, word) for word in words]
            )

    def untag(self, run: str, *tags: str) -> None:
        """Take words away again; one that the run does not have is no error."""
        with self._changing(run) as (connection, row):
            connection.executemany(
                "DELETE FROM tags WHERE run=? AND tag=?", [(row, clean(tag)) for tag in tags]
            )

    def annotate(self, run: str, text: str) -> None:
        """Write something about a run that is over, with the time: its own note stays as it was.

        :raises RequestError: when there is nothing in the text.
        """
        if not text.strip():
            raise RequestError("an empty note was asked; a note needs a text")
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with self._changing(run) as (connection, row):
            connection.execute("INSERT INTO annotations (run, at, text) VALUES (?,?,?)",
                               (row, at, clean(text.strip())))

    def tags(self) -> list[str]:
        """Every word that some run is found by, in order."""
        return all_tags(self.path)

    def history(self, device: str) -> list[Past]:
        """What a device has been through, in the order it happened."""
        return history(self.path, device)

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

    def set_ensemble(self, run: str, ensemble: Ensemble) -> None:
        """Put what many devices answered beside a run, in place of what stands there."""
        with self._changing(run) as (connection, row):
            ensembles.write(connection, row, ensemble)

    @contextmanager
    def _changing(self, run: str) -> Iterator[tuple[sqlite3.Connection, int]]:
        run_id = find(self.path, run)
        with sentences(self.path), closing(connect(self.path, write=True)) as connection, \
                transaction(connection, durable=True):
            found = connection.execute("SELECT id FROM runs WHERE run_id=?", (run_id,)).fetchone()
            yield connection, found[0]


def tag_of(text: str) -> str:
    """A word to find a run by.

    :raises RequestError: when it is empty or has a space in it.
    """
    word = clean(text.strip())
    if len(word.split()) != 1:
        raise RequestError(f"{text!r} is not a tag (try one word, e.g. 'forming' or 'W07')")
    return word
