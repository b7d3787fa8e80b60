"""What the fuzzer hands bytes to: whatever they are, only errors of ours may come, and no hang.

A target is a function of bytes; ``seeds`` are bytes to begin with: those that make sense, and a few
that have reached much (``corpus/TARGET.txt``). What was wrong once lies in ``found/TARGET/`` and is
tried by ``tests/system/test_found_by_fuzzing.py``.
"""

from __future__ import annotations

import base64
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from memrig.hil.errors import BenchError, MemrigError, RequestError
from memrig.hil.importing import read_table
from memrig.hil.opening import description_of
from memrig.hil.recompare import protocol_of
from memrig.hil.script import Recipe, run_script
from memrig.hil.store import StoredRun
from memrig.hil.store.schema import connect
from tests.contract.test_driver_contract import DRIVERS, linked
from tests.contract.test_hostile_answers import NUMBERS, Liar, block, doubles, everything
from tests.unit.hil.conftest import MadeUp
from tests.unit.hil.test_foreign_files import CURVE, FILES, opened_without_a_link
from tests.unit.hil.test_foreign_stores import COLUMNS, JSONS, look_through

HERE = Path(__file__).resolve().parent
FOUND, CORPUS = HERE / "found", HERE / "corpus"
COLUMNS_OF_TABLES = ("t=1,v=2,i=3", "t=t,v=v,i=i", "t=1,v=3-2,i=2/1k", "v=1,i=2")
PLACES = (*JSONS, *COLUMNS)
WHOLE_FILE = 255
"""Of a store: what follows is put over its bytes, and not into a column of a table."""

Target = Callable[[bytes], None]
LOOKS: tuple[Callable[[StoredRun], object], ...] = (
    lambda run: run.records(), lambda run: run.records("overlay"),
    lambda run: list(run.filled_documents()), lambda run: run.transcript,
    lambda run: run.ensemble, lambda run: run.plan_sha256, protocol_of,
    lambda run: compile(run_script(Recipe.of_run(run), run.path, ""), "script", "exec"))
"""What is done with a run, short of writing files, which takes the most time."""


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of this process, two levels deep: nothing may be written beside the inner one."""
    with tempfile.TemporaryDirectory(prefix="memrig-fuzz-") as outer:
        inner = Path(outer) / "inner"
        inner.mkdir()
        yield inner


@dataclass
class Targets:
    """The four of them, with a folder for the files that they make."""

    place: Path

    def __post_init__(self) -> None:
        self.good = self.place / "good.sqlite"
        MadeUp().write(self.good)
        with closing(sqlite3.connect(self.good)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")

    @property
    def all(self) -> Mapping[str, Target]:
        """By name."""
        return {"benches": self.benches, "tables": self.tables, "answers": self.answers,
                "stores": self.stores}

    def benches(self, content: bytes) -> None:
        """A bench file, read and opened without a link."""
        path = self.place / "file"
        path.write_bytes(content)
        with suppress(MemrigError):
            opened_without_a_link(description_of(str(path)))

    def tables(self, content: bytes) -> None:
        """A table of measured points, its columns named in the first byte."""
        path = self.place / "file"
        path.write_bytes(content[1:])
        which = content[0] if content else 0
        columns = COLUMNS_OF_TABLES[which % len(COLUMNS_OF_TABLES)]
        with suppress(RequestError):
            read_table(path, columns=columns, rate_hz=1.0 if columns.startswith("v") else None)

    def answers(self, content: bytes) -> None:
        """An instrument that tells the truth for a while: driver and how often in two bytes."""
        name = DRIVERS[content[0] % len(DRIVERS)] if content else DRIVERS[0]
        truths, always = (content[1] % 32, content[1] >= 128) if len(content) > 1 else (0, True)
        with linked(name) as link:
            Liar(link, truths, content[2:], always=always)
            with suppress(BenchError):
                everything(link.driver)
            link.instrument.station = None
            with suppress(BenchError):  # a link that is lost is the guardian's affair
                for text in link.driver.off_messages():
                    link.driver.transport.write_anyway(text)
                assert link.driver.transport.answers(link.driver.off_answers())
            assert not link.twin.world.outputs_on

    def stores(self, content: bytes) -> None:
        """A store with something else in one of its columns, or over some of its bytes."""
        for one in self.place.glob("copy.sqlite*"):
            one.unlink()
        path = self.place / "copy.sqlite"
        which, rest = (content[0], content[1:]) if content else (0, b"")
        if which == WHOLE_FILE:
            path.write_bytes(_patched(self.good.read_bytes(), rest))
        else:
            shutil.copyfile(self.good, path)
            _put(path, *PLACES[which % len(PLACES)], rest)
        look_through(path, LOOKS)
        with suppress(MemrigError):  # and whoever writes to it
            connect(path, write=True).close()

    def seeds(self, name: str) -> Iterator[bytes]:
        """What a target begins with."""
        kept = CORPUS / f"{name}.txt"
        yield from map(base64.b64decode, kept.read_text(encoding="ascii").split())
        match name:
            case "benches":
                yield from (one.encode() for one in FILES)
            case "tables":
                for which in range(len(COLUMNS_OF_TABLES)):
                    yield from (bytes([which]) + one for one in (
                        CURVE, b"0,1,2\n1,2,3\n2,3,4\n", "t\tv\ti\n0\t1\t2\n".encode("utf-16")))
            case "answers":
                yield from self._answers()
            case _:
                yield from self._columns()

    def _answers(self) -> Iterator[bytes]:
        lies = [*(text.encode("latin-1", "replace") for text in NUMBERS), block(b"12345678"),
                doubles([0.1, 1e-4, 0.0, 0.0]), b"2,1,1000,1,1e-6,0,0,1e-3,0,128"]
        for k, lie in enumerate(lies):
            for driver in range(len(DRIVERS)):
                yield bytes([driver, (3 * k) % 16 + 128 * (k % 2)]) + lie

    def _columns(self) -> Iterator[bytes]:
        with closing(sqlite3.connect(self.good)) as connection:
            for which, (table, column) in enumerate(PLACES):
                row = connection.execute(f"SELECT {column} FROM {table}").fetchone()
                if row:
                    yield bytes([which]) + (row[0] if isinstance(row[0], bytes)
                                            else str(row[0]).encode())
        yield bytes([WHOLE_FILE, 0, 0, 18, 1])


def _patched(content: bytes, rest: bytes) -> bytes:
    """Three bytes say where, the fourth what; a patch that is not whole cuts the file there."""
    found = bytearray(content)
    for start in range(0, len(rest), 4):
        patch = rest[start:start + 4]
        where = int.from_bytes(patch[:3], "big") % max(len(found), 1)
        if len(patch) < 4:
            return bytes(found[:where])
        found[where] = patch[3]
    return bytes(found)


def _put(path: Path, table: str, column: str, rest: bytes) -> None:
    value: str | bytes = rest
    with suppress(UnicodeDecodeError):
        value = rest.decode()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection, \
            suppress(sqlite3.Error):
        connection.execute(f"UPDATE OR IGNORE {table} SET {column}=?", (value,))
