"""The tables of a run store, how they came to be, and how a connection to them is opened."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain
from pathlib import Path

from memrig.hil.errors import MemrigError, StoreError

APPLICATION_ID = 0x6D656D72
"""Marks an SQLite file as a run store ("memr"), for us and for the ``file`` command."""

BUSY_S = 5.0
"""How long a connection waits for another writer. A transaction of ours takes milliseconds."""

_FIRST = (
    # One row per run: every condition of it, as JSON (see header.py).
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, uid TEXT NOT NULL,
        protocol TEXT NOT NULL, bench TEXT NOT NULL, simulated INTEGER NOT NULL,
        started_at TEXT NOT NULL, note TEXT NOT NULL, header TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'running', message TEXT NOT NULL DEFAULT '',
        finished_at TEXT, passport_after TEXT, bench_after TEXT)""",
    "CREATE TABLE tags (run INTEGER NOT NULL REFERENCES runs, tag TEXT NOT NULL,"
    " PRIMARY KEY (run, tag)) WITHOUT ROWID",
    # What runs share is kept once, under the hash of its content.
    "CREATE TABLE stimuli (sha256 TEXT PRIMARY KEY, json TEXT NOT NULL)",
    """CREATE TABLE plans (content TEXT PRIMARY KEY, sha256 TEXT NOT NULL, json TEXT NOT NULL)""",
    "CREATE INDEX plans_by_hash ON plans (sha256)",
    "CREATE TABLE circuits (sha256 TEXT PRIMARY KEY, json TEXT NOT NULL)",
    """CREATE TABLE steps (
        id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs,
        source TEXT NOT NULL CHECK (source IN ('bench', 'overlay')), number INTEGER NOT NULL,
        stimulus TEXT NOT NULL REFERENCES stimuli, plan TEXT NOT NULL REFERENCES plans,
        circuit TEXT NOT NULL REFERENCES circuits, simulated INTEGER NOT NULL,
        complete INTEGER NOT NULL DEFAULT 0, cut_short INTEGER NOT NULL DEFAULT 1,
        t_s REAL NOT NULL DEFAULT 0, notes TEXT NOT NULL DEFAULT '[]',
        UNIQUE (run, source, number))""",
    """CREATE TABLE chunks (
        id INTEGER PRIMARY KEY, step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
        repeat INTEGER NOT NULL, block INTEGER NOT NULL, t_s REAL NOT NULL,
        points INTEGER NOT NULL)""",
    "CREATE INDEX chunks_by_step ON chunks (step, id, points)",
    # Probe, type, scale, offset, time base, range and accuracy: the same for thousands of chunks.
    "CREATE TABLE signals (id INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE)",
    """CREATE TABLE channels (
        chunk INTEGER NOT NULL REFERENCES chunks ON DELETE CASCADE, position INTEGER NOT NULL,
        signal INTEGER NOT NULL REFERENCES signals, data BLOB NOT NULL, t_s BLOB, status BLOB,
        PRIMARY KEY (chunk, position))""",
    """CREATE TABLE documents (
        run INTEGER NOT NULL REFERENCES runs, seq INTEGER NOT NULL, name TEXT NOT NULL,
        json TEXT NOT NULL, PRIMARY KEY (run, seq))""",
    """CREATE TABLE transcript (
        id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, t_s REAL NOT NULL,
        instrument TEXT NOT NULL, direction TEXT NOT NULL, text TEXT NOT NULL)""",
    "CREATE INDEX transcript_by_run ON transcript (run, id)",
    """CREATE TABLE results (
        run INTEGER NOT NULL REFERENCES runs, kind TEXT NOT NULL CHECK (kind IN
        ('result', 'overlay')), json TEXT NOT NULL, PRIMARY KEY (run, kind))""",
    "CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)",
)

_AFTERWARDS = (
    # What somebody wrote about a run after it: the note in its header stays what it was then.
    """CREATE TABLE annotations (
        id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, at TEXT NOT NULL,
        text TEXT NOT NULL)""",
    "CREATE INDEX annotations_by_run ON annotations (run, id)",
    # What the device got in a run, counted once at its end.
    "CREATE TABLE wear (run INTEGER PRIMARY KEY REFERENCES runs, json TEXT NOT NULL)",
)

_TRAINS = (
    # Chunks of several repeats of a block: their channels hold them row by row, or one row for all.
    """CREATE TABLE trains (
        chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, repeats INTEGER NOT NULL,
        spacing_s REAL NOT NULL)""",
)

_ENSEMBLES = (
    # What many simulated devices answered to the run's stimuli: arrays by name.
    "CREATE TABLE ensembles (run INTEGER PRIMARY KEY REFERENCES runs, json TEXT NOT NULL)",
    """CREATE TABLE ensemble_arrays (
        run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, dtype TEXT NOT NULL,
        shape TEXT NOT NULL, data BLOB NOT NULL, UNIQUE (run, name))""",
)

_GUARDS = (
    # What the guards of a run have seen, each its first place and how often.
    """CREATE TABLE alerts (
        run INTEGER NOT NULL REFERENCES runs, guard TEXT NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY (run, guard)) WITHOUT ROWID""",
    # Steps that a lost trigger or link has ended, as a status flag.
    "CREATE TABLE losses (step INTEGER PRIMARY KEY REFERENCES steps ON DELETE CASCADE,"
    " status INTEGER NOT NULL)",
)

MIGRATIONS: tuple[Sequence[str], ...] = (_FIRST, _AFTERWARDS, _TRAINS, _ENSEMBLES, _GUARDS)
"""Statements that lead from each version to the next; a store's version is how many it has seen."""

def _squeezed(text: str) -> str:
    return " ".join(text.split())


@cache
def _ours() -> Mapping[str, set[str]]:
    """What makes each of our tables, by its name: in every version since it came."""
    found: dict[str, set[str]] = {}
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in chain(*MIGRATIONS):
            connection.execute(statement)
            for name, text in connection.execute(
                    "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"):
                found.setdefault(name.casefold(), set()).add(_squeezed(text))
    return found


STAND_INS: dict[int, Sequence[str]] = {
    1: tuple(text.replace("CREATE TABLE", "CREATE TEMP TABLE") for text in _FIRST
             if text.startswith("CREATE TABLE")),
    2: ("CREATE TEMP TABLE annotations (id, run, at, text)", "CREATE TEMP TABLE wear (run, json)"),
    3: ("CREATE TEMP TABLE trains (chunk, repeats, spacing_s)",),
    4: ("CREATE TEMP TABLE ensembles (run, json)",
        "CREATE TEMP TABLE ensemble_arrays (run, name, dtype, shape, data)"),
    5: ("CREATE TEMP TABLE alerts (run, guard, json)", "CREATE TEMP TABLE losses (step, status)"),
}
"""What a reader sees in place of tables that came with a version which the file has not, be it an
older one or one that is just being made: a file is changed by who writes to it, never by who
looks."""


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn what SQLite says about ``path`` into a StoreError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"the run store {path} cannot be used: {error}") from None


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn what is made of a store that makes no sense into a StoreError. Errors of ours pass."""
    try:
        yield
    except MemrigError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError,
            MemoryError) as error:
        message = f"the run store {path} makes no sense: {type(error).__name__}: {error}"
        raise StoreError(message) from error


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open a store; with ``write`` it is made and brought to the newest version if need be.

    :raises StoreError: when it is missing (reading), newer than this memrig or no run store.
    """
    with sentences(path), understood(path):
        connection = sqlite3.connect(
            _uri(path, write=write), uri=True, isolation_level=None, timeout=BUSY_S
        )
        try:
            _prepare(connection, path, write=write)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def view(path: Path) -> Iterator[sqlite3.Connection]:
    """One view of a store: what a writer adds meanwhile is not seen."""
    with sentences(path), understood(path), closing(connect(path, write=False)) as connection:
        connection.execute("BEGIN")
        yield connection


def _uri(path: Path, *, write: bool) -> str:
    # A reader of a store in WAL mode needs the file's shared memory beside it; where it may not
    # write (a read-only medium), nobody else writes either.
    usable = os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
    mode = "rwc" if write else "rw"
    return f"{path.absolute().as_uri()}?{f'mode={mode}' if usable else 'mode=ro&immutable=1'}"


def _prepare(connection: sqlite3.Connection, path: Path, *, write: bool) -> None:
    connection.execute("PRAGMA trusted_schema=OFF")  # what a file defines calls nothing of ours
    connection.execute("PRAGMA cell_size_check=ON")
    check(connection, path)
    connection.execute("PRAGMA foreign_keys=ON")
    if write:
        connection.execute("PRAGMA journal_mode=WAL")
        migrate(connection)
        return
    for version in range(version_of(connection) + 1, len(MIGRATIONS) + 1):
        for statement in STAND_INS.get(version, ()):
            connection.execute(statement)


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what is not a store, and a store that a newer memrig has written."""
    version = version_of(connection)
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    parts = connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    if mark != APPLICATION_ID and parts:
        raise StoreError(f"{path} is an SQLite file but not a run store of memrig")
    if version > len(MIGRATIONS):
        message = (
            f"the run store {path} has schema version {version}; this memrig reads up to "
            f"version {len(MIGRATIONS)}: use the memrig that wrote it, or a newer one"
        )
        raise StoreError(message)
    _check_parts(parts, path)
    if any(name == "runs" for _, name, _ in parts):
        _check_names(connection, path)


def _check_parts(parts: Sequence[tuple[str, str, str | None]], path: Path) -> None:
    """Refuse tables that are not as we make them: a view in the place of one may run for ever, and
    a trigger does things when we write."""
    for kind, name, text in parts:
        ours = _ours().get(str(name).casefold())
        if kind == "trigger" or (ours and (kind != "table" or _squeezed(str(text)) not in ours)):
            message = (
                f"{path} is no run store of memrig: its {kind} {name!r} is not as memrig makes it"
            )
            raise StoreError(message)


def _check_names(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse runs whose names would lead elsewhere: files are named after them."""
    found = connection.execute(
        "SELECT run_id FROM runs WHERE typeof(run_id) <> 'text' OR length(run_id) > 64"
        " OR run_id = '' OR run_id GLOB '*[^0-9A-Za-z_-]*' LIMIT 1").fetchone()
    if found:
        message = (
            f"{path} is no run store of memrig: {str(found[0])[:64]!r} is no name of a run "
            "(letters, digits, '-' and '_')"
        )
        raise StoreError(message)


def version_of(connection: sqlite3.Connection) -> int:
    """How many of ``MIGRATIONS`` a store has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(
    connection: sqlite3.Connection, steps: Sequence[Sequence[str]] = MIGRATIONS
) -> None:
    """Bring a store to the newest version, in one transaction."""
    if version_of(connection) >= len(steps):
        return
    with transaction(connection):
        for number in range(version_of(connection), len(steps)):  # another process may have begun
            for statement in steps[number]:
                connection.execute(statement)
            connection.execute(
                "INSERT INTO schema_versions VALUES (?, datetime('now'))", (number + 1,)
            )
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={len(steps)}")


@contextmanager
def transaction(connection: sqlite3.Connection, *, durable: bool = False) -> Iterator[None]:
    """All or nothing, written at the end; ``durable`` survives a power cut, too."""
    connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
