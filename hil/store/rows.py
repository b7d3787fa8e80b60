"""The rows that runs are written as; the caller holds the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from memrig.hil.calibration import Calibration
from memrig.hil.errors import StoreError
from memrig.hil.guards import Alert
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.record import Chunk, Record
from memrig.hil.stimulus import Stimulus
from memrig.hil.store.codec import ChannelRow, clean, dumps, dumps_columns, pack, sha256
from memrig.hil.store.header import RunHeader

Packed = tuple[int, Chunk, list[ChannelRow]]
"""The row of a chunk's step, the chunk, and its channels."""


class Rows:
    """Inserts into one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._put = connection.execute
        self._put_many = connection.executemany
        self._signals: dict[str, int] = {}

    def forget(self) -> None:
        """Forget which rows there are, after a transaction was rolled back."""
        self._signals.clear()

    def run(self, run_id: str, uid: str, header: RunHeader) -> int:
        """A run with its conditions; returns its row."""
        row = _row(self._put(
            "INSERT INTO runs (run_id, uid, protocol, bench, simulated, started_at, note, header)"
            " VALUES (?,?,?,?,?,?,?,?)",
            (run_id, uid, header.protocol, header.bench.name, header.simulated,
             header.started_at, clean(header.note), clean(dumps(header.to_json()))),
        ))
        self._put_many("INSERT OR IGNORE INTO tags VALUES (?,?)",
                       [(row, clean(tag)) for tag in header.tags])
        return row

    def step(self, run: int, source: str, index: int, stimulus: Stimulus, plan: Plan, *,
             circuit: str, simulated: bool) -> int:
        """A stimulus with its plan and circuit, shared with others that are equal."""
        texts = [dumps(stimulus.to_json()), dumps(plan.to_json()), circuit]
        hashes = [sha256(text) for text in texts]
        self._put("INSERT OR IGNORE INTO stimuli VALUES (?,?)", (hashes[0], texts[0]))
        self._put("INSERT OR IGNORE INTO plans VALUES (?,?,?)", (hashes[1], plan.sha256, texts[1]))
        self._put("INSERT OR IGNORE INTO circuits VALUES (?,?)", (hashes[2], texts[2]))
        return _row(self._put(
            "INSERT INTO steps (run, source, number, stimulus, plan, circuit, simulated)"
            " VALUES (?,?,?,?,?,?,?)", (run, source, index, *hashes, simulated),
        ))

    def chunks(self, waiting: Iterable[Packed]) -> None:
        """Chunks with their channels."""
        for step, chunk, rows in waiting:
            row = _row(self._put(
                "INSERT INTO chunks (step, repeat, block, t_s, points) VALUES (?,?,?,?,?)",
                (step, chunk.repeat, chunk.block, chunk.t_s, chunk.points),
            ))
            if chunk.count > 1:
                self._put("INSERT INTO trains VALUES (?,?,?)", (row, chunk.count, chunk.spacing_s))
            self._put_many(
                "INSERT INTO channels VALUES (?,?,?,?,?,?)",
                [(row, position, self._signal(signal), *blobs)
                 for position, (signal, *blobs) in enumerate(rows)],
            )

    def _signal(self, text: str) -> int:
        if text not in self._signals:
            self._put("INSERT OR IGNORE INTO signals (json) VALUES (?)", (text,))
            found = self._put("SELECT id FROM signals WHERE json=?", (text,)).fetchone()
            self._signals[text] = int(found[0])
        return self._signals[text]

    def complete(
        self, step: int, *, cut_short: bool, t_s: float, notes: Sequence[str], lost: int = 0
    ) -> None:
        """A step that came to its end, be it by a loss."""
        self._put("UPDATE steps SET complete=1, cut_short=?, t_s=?, notes=? WHERE id=?",
                  (cut_short, t_s, clean(dumps(list(notes))), step))
        if lost:
            self._put("INSERT INTO losses VALUES (?,?)", (step, lost))

    def alerts(self, run: int, alerts: Iterable[Alert]) -> None:
        """What guards have seen, in place of what is written of them."""
        self._put_many("INSERT OR REPLACE INTO alerts VALUES (?,?,?)",
                       [(run, one.guard, dumps(one.to_json())) for one in alerts])

    def record(self, run: int, source: str, index: int, record: Record) -> None:
        """A whole record."""
        circuit = circuit_json(record.netlist, record.calibration)
        step = self.step(run, source, index, record.stimulus, record.plan, circuit=circuit,
                         simulated=record.simulated)
        self.chunks((step, chunk, packed(chunk)) for chunk in record.chunks)
        self.complete(step, cut_short=record.cut_short, t_s=record.t_s, notes=record.notes,
                      lost=int(record.lost))

    def result(self, run: int, kind: str, found: Mapping[str, Any] | None) -> None:
        """A result or an overlay's comparison in place of what was there; None keeps that."""
        if found is not None:
            self._put("INSERT OR REPLACE INTO results VALUES (?,?,?)",
                      (run, kind, clean(dumps_columns(found))))

    def wear(self, run: int, found: Mapping[str, Any] | None) -> None:
        """What the device got in a run; None leaves it to whoever wants to know."""
        if found is not None:
            self._put("INSERT OR REPLACE INTO wear VALUES (?,?)", (run, dumps(found)))

    def document(self, run: int, name: str, document: Mapping[str, Any]) -> None:
        """One document, behind those there are."""
        self._put(
            "INSERT INTO documents SELECT ?, coalesce(max(seq), 0) + 1, ?, ? FROM documents"
            " WHERE run=?", (run, name, clean(dumps(document)), run),
        )


def circuit_json(netlist: Netlist, calibration: Calibration) -> str:
    """What turns a record's channels into the device's voltage and current."""
    return dumps({"netlist": netlist.to_json(), "calibration": calibration.to_json()})


def packed(chunk: Chunk) -> list[ChannelRow]:
    """A chunk's channels as rows."""
    return [pack(channel) for channel in chunk.channels]


def _row(cursor: sqlite3.Cursor) -> int:
    if cursor.lastrowid is None:
        raise StoreError("the run store did not say where it put a row")
    return cursor.lastrowid
