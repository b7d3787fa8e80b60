"""Writes one run while it goes on; what is complete survives the end of the process."""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from memrig.hil.bench import BenchInfo, Message
from memrig.hil.calibration import Calibration
from memrig.hil.errors import StoreError
from memrig.hil.guards import Alert
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.profile import Passport
from memrig.hil.record import Chunk, Record
from memrig.hil.status import Status
from memrig.hil.stimulus import Stimulus
from memrig.hil.store import documents
from memrig.hil.store.codec import clean, dumps
from memrig.hil.store.header import RunHeader, bench_json
from memrig.hil.store.liveness import Alive, forget, is_alive
from memrig.hil.store.pieces import Fetched, StoredChunks
from memrig.hil.store.rows import Packed, Rows, circuit_json, packed
from memrig.hil.store.schema import connect, sentences, transaction

if TYPE_CHECKING:
    from memrig.hil.wear import Wear

Source = Literal["bench", "overlay"]
Ended = Literal["finished", "stopped", "failed"]

STEP_S = 0.05
"""Chunks are written at least this often while they arrive (DESIGN section 3)."""
STEP_BYTES = 8_000_000
"""... and before more than this has gathered."""


@dataclass(slots=True)
class _Step:
    """A stimulus on its way."""

    row: int
    plan: Plan
    points: int = 0


class RunWriter:
    """One run that is being written; belongs to the thread that began it.

    A transaction is never held open between two calls, so that a run that waits keeps nobody
    else from the store. Every method raises StoreError when the store cannot be written.
    """

    def __init__(
        self, path: Path, header: RunHeader, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.uid = str(uuid.uuid4())
        self.run_id = self.uid.replace("-", "")[:10]
        self.path, self._header, self._monotonic_s = path, header, monotonic_s
        self._connection = connect(path, write=True)
        self._rows = Rows(self._connection)
        self._alive = Alive(path, self.run_id)
        self._steps: dict[tuple[str, int], _Step] = {}
        self._waiting: list[Packed] = []
        self._waiting_bytes = 0
        self._written_s = monotonic_s()
        self._epoch_s = time.time() - self._written_s
        self._fetched = Fetched(path, self.run_id)
        self._circuits: dict[Source, str] = {}
        self._descriptors: dict[str, str] = {}
        self._events: dict[str, int] = {}
        self.finished = False
        self._bury_the_dead()
        with self._writing(durable=True):
            self._run = self._rows.run(self.run_id, self.uid, header)
            begun = documents.start(header, self.uid, self._now_s)
            self._rows.document(self._run, "start", begun)

    # -- what a run calls -------------------------------------------------------------

    def stimulus(
        self, index: int, stimulus: Stimulus, plan: Plan, source: Source = "bench", *,
        netlist: Netlist | None = None, calibration: Calibration | None = None,
        simulated: bool | None = None,
    ) -> None:
        """Write what is about to be applied, before it is.

        :param index: the stimulus' number in the run.
        :param netlist: of its record; by default the bench's, for an overlay the same with the
            values that the calibration measured.
        :param calibration: of its record; by default the bench's, for an overlay none.
        """
        own = source == "bench"
        circuit = self._circuit(source) if netlist is None and calibration is None else (
            circuit_json(netlist or self._netlist(own=own),
                         calibration or self._calibration(own=own)))
        known = simulated if simulated is not None else (self._header.bench.simulated or not own)
        with self._writing():
            row = self._rows.step(self._run, source, index, stimulus, plan, circuit=circuit,
                                  simulated=known)
            self._describe(source)
        self._steps[source, index] = _Step(row, plan)

    def chunk(self, index: int, chunk: Chunk, source: Source = "bench") -> None:
        """Take a part of a record; it is written within 50 ms of chunks."""
        step = self._step(index, source)
        rows = packed(chunk)
        self._waiting.append((step.row, chunk, rows))
        self._waiting_bytes += sum(len(row[1]) for row in rows)
        step.points += chunk.points
        late = self._monotonic_s() - self._written_s >= STEP_S
        if late or self._waiting_bytes > STEP_BYTES:
            self.flush()

    @property
    def waiting(self) -> int:
        """How many of the latest chunks are not written yet."""
        return len(self._waiting)

    def written(self, index: int, source: Source = "bench") -> StoredChunks:
        """The chunks of a stimulus that is not complete yet, to be read back, also later."""
        return StoredChunks(self._fetched, self._step(index, source).row)

    def complete(
        self, index: int, *, cut_short: bool, t_s: float, source: Source = "bench",
        notes: Sequence[str] = (), lost: Status = Status.OK,
    ) -> None:
        """Mark a record complete (or cut short). When this returns, it survives anything.

        An overlay's records, which can be computed again, survive the end of the process only.
        """
        step = self._step(index, source)
        with self._writing(durable=source == "bench"):
            self._rows.chunks(self._waiting)
            self._rows.complete(step.row, cut_short=cut_short, t_s=t_s, notes=notes,
                                lost=int(lost))
            self._event(index, source, step, cut_short=cut_short, t_s=t_s)
        self._all_written()
        del self._steps[source, index]

    def record(self, index: int, record: Record, source: Source = "bench") -> StoredChunks:
        """Write a whole record at once, with the circuit it was taken on.

        Returns its chunks, to be read back.
        """
        self.stimulus(
            index, record.stimulus, record.plan, source, netlist=record.netlist,
            calibration=record.calibration, simulated=record.simulated,
        )
        for chunk in record.chunks:
            self.chunk(index, chunk, source)
        written = self.written(index, source)
        self.complete(index, cut_short=record.cut_short, t_s=record.t_s, source=source,
                      notes=record.notes, lost=record.lost)
        return written

    def alerts(self, alerts: Iterable[Alert]) -> None:
        """Write what guards have seen so far."""
        found = list(alerts)
        if found:
            with self._writing():
                self._rows.alerts(self._run, found)

    def transcript(self, rows: Iterable[Message]) -> None:
        """Write messages exchanged with instruments."""
        found = [(self._run, t_s, *map(clean, texts)) for t_s, *texts in rows]
        if found:
            with self._writing():
                self._connection.executemany(
                    "INSERT INTO transcript (run, t_s, instrument, direction, text)"
                    " VALUES (?,?,?,?,?)", found,
                )

    def flush(self) -> None:
        """Write the chunks that have gathered."""
        if self._waiting:
            with self._writing():
                self._rows.chunks(self._waiting)
            self._all_written()

    def finish(
        self, status: Ended, *, result: Mapping[str, Any] | None = None,
        overlay: Mapping[str, Any] | None = None, passport: Passport | None = None,
        message: str = "", bench: BenchInfo | None = None,
        wear: Wear | None = None,
    ) -> None:
        """Write how the run ended and let go of the store.

        :param overlay: the comparison with the model, if there was one.
        :param passport: of the device, after the run.
        :param bench: its description after the run, with the settings read back, if it changed.
        :param wear: what the device got in it, see ``memrig.hil.wear.Wear``.
        """
        self.flush()
        with self._writing(durable=True):
            self._connection.execute(
                "UPDATE runs SET status=?, message=?, finished_at=?, passport_after=?,"
                " bench_after=? WHERE id=?",
                (status, clean(message), self._now, dumps(passport.to_json()) if passport else None,
                 dumps(bench_json(bench)) if bench else None, self._run),
            )
            self._rows.result(self._run, "result", result)
            self._rows.result(self._run, "overlay", overlay)
            self._rows.wear(self._run, wear.to_json() if wear else None)
            ended = documents.stop(self.uid, status, message, self._events, self._now_s)
            self._rows.document(self._run, "stop", ended)
        self.finished = True
        self.close()

    def close(self) -> None:
        """Let go of the store; a run that is not finished is then an interrupted one."""
        with sentences(self.path):
            if not self.finished:
                with suppress(StoreError):
                    self.flush()
            self._connection.close()
            self._alive.close()

    def _bury_the_dead(self) -> None:
        """Write down which runs ended with their process."""
        with sentences(self.path):
            rows = self._connection.execute("SELECT run_id FROM runs WHERE status='running'")
            dead = [run_id for (run_id,) in rows if not is_alive(self.path, run_id)]
            self._connection.executemany(
                "UPDATE runs SET status='interrupted' WHERE run_id=?", [(one,) for one in dead]
            )
            for run_id in dead:
                forget(self.path, run_id)

    @contextmanager
    def _writing(self, *, durable: bool = False) -> Iterator[None]:
        try:
            with sentences(self.path), transaction(self._connection, durable=durable):
                yield
        except BaseException:
            self._rows.forget()
            raise

    def _circuit(self, source: Source) -> str:
        """What a stimulus is measured on, or modelled with, unless somebody says otherwise."""
        if source not in self._circuits:
            own = source == "bench"
            self._circuits[source] = circuit_json(self._netlist(own=own),
                                                  self._calibration(own=own))
        return self._circuits[source]

    def _calibration(self, *, own: bool) -> Calibration:
        return self._header.bench.calibration if own else Calibration()

    def _netlist(self, *, own: bool) -> Netlist:
        from memrig.hil.derive import effective_netlist  # noqa: PLC0415  # as a run begins

        bench = self._header.bench
        return bench.netlist if own else effective_netlist(bench.netlist, bench.calibration)

    def _step(self, index: int, source: Source) -> _Step:
        step = self._steps.get((source, index))
        if step is None:
            what = f"run {self.run_id}: stimulus {index} ({source})"
            raise StoreError(f"{what} was not begun, or is complete")
        return step

    def _all_written(self) -> None:
        self._waiting, self._waiting_bytes = [], 0
        self._written_s = self._monotonic_s()

    def _describe(self, source: str) -> None:
        if source not in self._descriptors:
            made = documents.descriptor(self._header, source, self.uid, self._now_s)
            self._rows.document(self._run, "descriptor", made)
            self._descriptors[source] = made["uid"]

    def _event(
        self, index: int, source: str, step: _Step, *, cut_short: bool, t_s: float
    ) -> None:
        stream = documents.STREAMS[source]
        self._events[stream] = self._events.get(stream, 0) + 1
        self._rows.document(self._run, "event", documents.event(
            self._descriptors[source], self._events[stream], step.plan, step=index,
            points=step.points, t_s=t_s, cut_short=cut_short, time_s=self._now_s,
        ))

    @property
    def _now_s(self) -> float:
        """Seconds since 1970 by the clock as it was when the run began: when somebody sets it, what
        happens in the run stays in order and takes as long as it took."""
        return self._epoch_s + self._monotonic_s()

    @property
    def _now(self) -> str:
        now = datetime.datetime.fromtimestamp(self._now_s, datetime.UTC)
        return now.isoformat(timespec="milliseconds")
