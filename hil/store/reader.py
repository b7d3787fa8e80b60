"""Reads runs back, also while they are being written."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memrig.hil.bench import BenchInfo
from memrig.hil.calibration import Calibration
from memrig.hil.errors import StoreError
from memrig.hil.guards import Alert
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan, combined_sha256
from memrig.hil.profile import Passport
from memrig.hil.record import Record
from memrig.hil.status import Status
from memrig.hil.stimulus import Stimulus
from memrig.hil.store import ensembles
from memrig.hil.store.documents import STREAMS, Document, add_array_keys, fill
from memrig.hil.store.header import RunHeader, bench_from_json
from memrig.hil.store.liveness import is_alive
from memrig.hil.store.pieces import chunks_of
from memrig.hil.store.schema import understood, view

if TYPE_CHECKING:
    from memrig.hil.ensemble import Ensemble

_DEVICE = re.compile(r'"passport":\{"device":("(?:[^"\\]|\\.)*")')
"""As ``dumps`` writes it; a quote inside another text has a backslash before it."""
_NRMSE = re.compile(r'"nrmse":([^,}]+)')
INTERRUPTED = "the record is not complete: the run was interrupted, or is still being written"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of a listing.

    :param status: running, finished, stopped, failed or interrupted (its process died).
    :param points: measured so far, all channels of a block counted once.
    :param nrmse: of the overlay; None where there is none.
    :param annotations: what was written about it later, in order.
    """

    run_id: str
    started_at: str
    protocol: str
    bench: str
    simulated: bool
    status: str
    points: int
    note: str
    nrmse: float | None = None
    device: str = ""
    tags: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One view of the store: what a writer adds meanwhile is not seen."""
    with view(path) as connection:
        connection.create_function("device_of", 1, device_of, deterministic=True)
        yield connection


def device_of(header: str) -> str:
    """The device that a stored header names; a hundredth of the time of reading all of it.

    Not by SQLite, which does not read the infinite numbers that a header may hold.
    """
    found = _DEVICE.search(header)
    return str(json.loads(found[1])) if found else ""


def summaries(path: Path, known: Mapping[str, RunSummary] | None = None) -> list[RunSummary]:
    """All runs of a store, in the order they began; none where there is no store.

    :param known: lines of an earlier listing by run id; those of runs that were over are taken
        as they are, so that a long list is read once.
    """
    if not path.exists():
        return []
    over = {run_id: one for run_id, one in (known or {}).items() if one.status != "running"}
    with reading(path) as connection:
        listed = connection.execute("SELECT id, run_id FROM runs ORDER BY id").fetchall()
        first = next((row for row, run_id in listed if run_id not in over), None)
        read = {} if first is None else {
            one.run_id: one for one in _read_from(path, connection, first)}
    return [read.get(run_id) or over[run_id] for _, run_id in listed]


def _read_from(path: Path, connection: sqlite3.Connection, first: int) -> Iterator[RunSummary]:
    """Runs from a row on."""
    rows = connection.execute(
        "SELECT id, run_id, started_at, protocol, bench, simulated, status, note,"
        " (SELECT coalesce(sum(points), 0) FROM steps JOIN chunks ON chunks.step = steps.id"
        "  WHERE steps.run = runs.id AND source = 'bench'),"
        " (SELECT json FROM results WHERE results.run = runs.id AND kind = 'overlay'),"
        " device_of(header) FROM runs WHERE id >= ? ORDER BY id", (first,),
    ).fetchall()
    tags = _by_run(connection.execute(
        "SELECT run, tag FROM tags WHERE run >= ? ORDER BY run, tag", (first,)))
    texts = _by_run(connection.execute(
        "SELECT run, text FROM annotations WHERE run >= ? ORDER BY run, id", (first,)))
    for (row, run_id, started, protocol, bench, simulated, status, note, points, overlay,
         device) in rows:
        _check_texts(started, protocol, bench, status, note, *tags.get(row, ()),
                     *texts.get(row, ()))
        yield RunSummary(
            run_id=run_id, started_at=started, protocol=protocol, bench=bench,
            simulated=bool(simulated), status=status_of(path, run_id, status), points=points,
            note=note, nrmse=_nrmse_of(overlay), device=device, tags=tags.get(row, ()),
            annotations=texts.get(row, ()))


def _check_texts(*found: object) -> None:
    """SQLite keeps bytes in a column of texts, too."""
    for one in found:
        if not isinstance(one, str):
            raise TypeError(f"a text is needed, not {one!r:.40}")


def _nrmse_of(overlay: str | None) -> float | None:
    """The first nrmse of a stored comparison, without reading all its conductances."""
    found = _NRMSE.search(overlay or "")
    return float(found[1]) if found and found[1] != "null" else None


def _by_run(rows: Iterable[tuple[int, str]]) -> dict[int, tuple[str, ...]]:
    """Texts by the row of their run, in their order."""
    found: dict[int, list[str]] = {}
    for run, text in rows:
        found.setdefault(run, []).append(text)
    return {run: tuple(texts) for run, texts in found.items()}


def all_tags(path: Path) -> list[str]:
    """Every tag of a store, once, in order; none where there is no store."""
    if not path.exists():
        return []
    with reading(path) as connection:
        return [tag for (tag,) in connection.execute("SELECT DISTINCT tag FROM tags ORDER BY tag")]


def status_of(path: Path, run_id: str, status: str) -> str:
    """The stored status, but ``interrupted`` for a run whose process is gone."""
    return "interrupted" if status == "running" and not is_alive(path, run_id) else status


def find(path: Path, wanted: str) -> str:
    """The run id that ``"last"``, an id or the beginning of one stands for.

    :raises StoreError: when there is none, or more than one.
    """
    known = [one.run_id for one in summaries(path)]
    if wanted == "last" and known:
        return known[-1]
    found = [wanted] if wanted in known else [k for k in known if wanted and k.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not known:
        raise StoreError(f"run {wanted!r} was asked; the run store {path} holds no runs")
    if not found:
        some = ", ".join(known[:-6:-1])
        raise StoreError(f"run {wanted!r} was asked; {path} has none of that name (latest: {some})")
    message = f"run {wanted!r} was asked; {', '.join(found)} begin so: give more of the name"
    raise StoreError(message)


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """A run as the store holds it. Records, messages and documents are read when asked for.

    :param result: ``{"values": ..., "warnings": ...}`` of the analysis; None while it runs.
    :param overlay: the comparison with the model; None when there is none.
    :param passport: of the device, after the run.
    :param bench_before: the bench as it described itself before the run.
    :param annotations: what was written about it later: (date and time in ISO form, text).
    """

    path: Path
    run_id: str
    header: RunHeader
    status: str
    message: str
    finished_at: str
    tags: tuple[str, ...]
    result: dict[str, Any] | None
    overlay: dict[str, Any] | None
    passport: Passport
    bench_before: BenchInfo
    annotations: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, path: Path, run_id: str) -> StoredRun:
        """Read a run by its full id."""
        with reading(path) as connection:
            row = connection.execute(
                "SELECT id, header, status, message, finished_at, passport_after, bench_after"
                " FROM runs WHERE run_id=?", (run_id,),
            ).fetchone()
            results = dict(connection.execute(
                "SELECT kind, json FROM results WHERE run=?", row[:1]).fetchall())
            tags = connection.execute("SELECT tag FROM tags WHERE run=? ORDER BY tag", row[:1])
            names = tuple(tag for (tag,) in tags)
            later = tuple(connection.execute(
                "SELECT at, text FROM annotations WHERE run=? ORDER BY id", row[:1]).fetchall())
        with understood(path):
            _check_texts(row[2], row[3], row[4] or "", *names, *chain(*later))
            header = _header(row[1], row[6])
            return cls(
                path=path, run_id=run_id, header=header, status=status_of(path, run_id, row[2]),
                message=row[3], finished_at=row[4] or "", tags=names,
                result=_parsed(results.get("result")), overlay=_parsed(results.get("overlay")),
                passport=Passport(**json.loads(row[5])) if row[5] else header.passport,
                bench_before=_header(row[1], None).bench,
                annotations=later,
            )

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What the run's guards have seen, one of each."""
        with reading(self.path) as connection:
            rows = connection.execute(
                "SELECT json FROM alerts WHERE run = (SELECT id FROM runs WHERE run_id=?)"
                " ORDER BY guard", (self.run_id,))
            return tuple(Alert.from_json(json.loads(text)) for (text,) in rows)

    def records(self, source: str = "bench") -> list[Record]:
        """Records in the order of application; ``source`` is ``bench`` or ``overlay``.

        One that is not complete holds the chunks that were written, and is cut short.
        """
        return [record for _, record in self.numbered(source)]

    def numbered(self, source: str = "bench") -> list[tuple[int, Record]]:
        """Records with the number of their stimulus: an overlay need not have them all."""
        with reading(self.path) as connection:
            found = [(row[0], _record(connection, row)) for row in self._steps(connection, source)]
        return [(n, record) for n, (complete, record) in found if complete or record.chunks]

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Plans that were sent, in order, those of incomplete records included."""
        with reading(self.path) as connection:
            return tuple(_plan(row) for row in self._steps(connection, "bench"))

    @cached_property
    def ensemble(self) -> Ensemble | None:
        """What many devices answered to the same; None where it is the run of one device."""
        with reading(self.path) as connection:
            return ensembles.read(connection, self.run_id)

    @property
    def plan_sha256(self) -> str:
        """One hash over all plans that were sent."""
        with understood(self.path):
            return combined_sha256(self.plans)

    @property
    def transcript(self) -> list[tuple[float, str, str, str]]:
        """Messages with every instrument: (clock time, instrument, direction, text)."""
        with reading(self.path) as connection:
            return connection.execute(
                "SELECT t_s, instrument, direction, text FROM transcript"
                " WHERE run = (SELECT id FROM runs WHERE run_id=?) ORDER BY id", (self.run_id,),
            ).fetchall()

    @property
    def documents(self) -> list[tuple[str, Document]]:
        """The run as event-model documents: (name, document), as they were emitted."""
        with reading(self.path) as connection:
            rows = connection.execute(
                "SELECT name, json FROM documents"
                " WHERE run = (SELECT id FROM runs WHERE run_id=?) ORDER BY seq", (self.run_id,),
            ).fetchall()
            return [(name, json.loads(text)) for name, text in rows]

    def filled_documents(self) -> Iterator[tuple[str, Document]]:
        """The documents with the traces of every stimulus in its event.

        Adds ``t_s`` (from the stimulus' start), ``v_dut_v``, ``i_a`` and ``status`` as arrays.
        """
        records = {(STREAMS[source], number): record
                   for source in STREAMS for number, record in self.numbered(source)}
        streams: dict[str, str] = {}
        for name, document in self.documents:
            with understood(self.path):
                if name == "descriptor":
                    streams[document["uid"]] = document["name"]
                    add_array_keys(document)
                elif name == "event":
                    place = streams[document["descriptor"]], document["data"]["step"]
                    fill(document, records[place])
            yield name, document

    def _steps(self, connection: sqlite3.Connection, source: str) -> list[tuple[Any, ...]]:
        return connection.execute(
            "SELECT number, steps.id, stimuli.json, plans.json, circuits.json, simulated,"
            " complete, cut_short, t_s, notes, coalesce(status, 0) FROM steps"
            " JOIN stimuli ON stimuli.sha256 = stimulus JOIN plans ON plans.content = plan"
            " JOIN circuits ON circuits.sha256 = circuit"
            " LEFT JOIN losses ON losses.step = steps.id"
            " WHERE run = (SELECT id FROM runs WHERE run_id=?) AND source=? ORDER BY number",
            (self.run_id, source),
        ).fetchall()


def _header(text: str, bench_after: str | None) -> RunHeader:
    data = json.loads(text)
    header = RunHeader.from_json(data)
    if bench_after is None:
        return header
    return replace(header, bench=bench_from_json(json.loads(bench_after)))


def _parsed(text: str | None) -> dict[str, Any] | None:
    found = None if text is None else json.loads(text)
    if not (found is None or isinstance(found, dict)):
        raise TypeError("a result is a table of names and values")
    return found


def _plan(row: tuple[Any, ...]) -> Plan:
    return Plan.from_json(json.loads(row[3]), Stimulus.from_json(json.loads(row[2])))


def _record(connection: sqlite3.Connection, row: tuple[Any, ...]) -> tuple[bool, Record]:
    plan, circuit = _plan(row), json.loads(row[4])
    simulated, complete, cut_short, t_s, notes, lost = row[5:]
    chunks = tuple(chunks_of(connection, row[1]))
    for chunk in chunks:
        if not (0 <= chunk.block < len(plan.blocks)
                and 0 <= chunk.repeat <= chunk.repeat + chunk.count - 1 < plan.repeat):
            raise ValueError(f"block {chunk.block} of repeat {chunk.repeat} is not in the plan")
    record = Record(
        stimulus=plan.stimulus, plan=plan, netlist=Netlist.from_json(circuit["netlist"]),
        calibration=Calibration.from_json(circuit["calibration"]),
        chunks=chunks, t_s=float(t_s), cut_short=bool(cut_short),
        simulated=bool(simulated),
        notes=(*json.loads(notes), *(() if complete else (INTERRUPTED,))),
        lost=Status(lost),
    )
    return bool(complete), record
