"""A stored run as a bench: the same answers again, without instruments."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

from memrig.hil.bench import BenchInfo, Capabilities, SafeState, safe_exit
from memrig.hil.clock import Clock, VirtualClock
from memrig.hil.errors import BenchError
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import Chunk, Record
from memrig.hil.stimulus import Stimulus
from memrig.hil.store import StoredRun
from memrig.hil.store.codec import stimulus_sha256


class ReplayBench:
    """Serves the records of a stored run, in order, to who asks for the same stimuli.

    Each stimulus must be the stored one of its place (equal hash of its content); a protocol
    that asks for something else gets a sentence, never another record. Model time only.

    :param run: the run; ``source`` says whose records, ``bench`` or ``overlay``.
    :ivar replayed: the same run: nothing is energised, whatever it was measured on.
    :raises BenchError: when the run holds no complete record.
    """

    def __init__(self, run: StoredRun, source: str = "bench") -> None:
        self._records = [r for r in run.records(source) if not r.cut_short]
        if not self._records:
            raise BenchError(f"run {run.run_id} holds no complete record to replay")
        self.replayed = run
        self._run, self._clock, self._on = run, VirtualClock(self._records[0].t_s), False
        self._next = 0
        self._plans = {stimulus_sha256(r.stimulus): r.plan for r in self._records}

    @property
    def capabilities(self) -> Capabilities:
        """What the stored bench could do; for imports, no more than what was measured."""
        return self._run.header.capabilities or self._measured()

    def _measured(self) -> Capabilities:
        ends = [w for r in self._records for w in (r.stimulus.top, r.stimulus.bottom)]
        return Capabilities(
            v_max_v=max(abs(v) for waveform in ends for v in waveform.extrema()),
            pulse_min_s=0.0, step_min_s=0.0, compliance="none",
            points_max=max(waveform.vertex_count for waveform in ends),
            independent_bottom=any(not r.stimulus.bottom.is_zero for r in self._records),
        )

    @property
    def clock(self) -> Clock:
        """Model time; each record sets it to when it was taken."""
        return self._clock

    @property
    def transcript(self) -> list[tuple[float, str, str, str]]:
        """Nothing is exchanged with instruments."""
        return []

    def describe(self) -> BenchInfo:
        """The stored bench: its netlist, calibration and whether it was simulated."""
        return self._run.header.bench

    def prepare(self, stimulus: Stimulus) -> Plan:
        """The stored plan of this stimulus, or the stimulus as it stands.

        A protocol that decides as it goes asks for other stimuli in the dry run, where the model
        answers, than in the run; what is not stored is therefore refused by ``apply`` only.
        """
        return self._plans.get(stimulus_sha256(stimulus)) or _as_asked(stimulus, self._run)

    def energised(self) -> AbstractContextManager[None]:
        """From the first record; nothing is energised."""
        return safe_exit(self, self._rewind)

    def _rewind(self) -> None:
        self._next, self._on = 0, True

    def apply(self, plan: Plan, stop: threading.Event) -> Iterator[Chunk]:
        """The chunks of the next record, if it was taken with this plan's stimulus.

        :raises BenchError: when the run holds another stimulus here, or ended before.
        """
        record = self._expected(plan)
        self._next += 1
        for chunk in record.chunks:
            if stop.is_set():
                return
            self._advance(chunk.t_s)
            yield chunk
        if self._next < len(self._records):
            self._advance(self._records[self._next].t_s)

    def _expected(self, plan: Plan) -> Record:
        where = f"replay of run {self._run.run_id}, stimulus {self._next}"
        if not self._on:
            raise BenchError(f"{where}: asked before the bench was energised")
        if self._next >= len(self._records):
            raise BenchError(f"{where}: the run holds {len(self._records)} complete records only")
        record = self._records[self._next]
        asked, held = stimulus_sha256(plan.stimulus), stimulus_sha256(record.stimulus)
        if asked != held:
            message = (
                f"{where}: a {plan.stimulus.role} stimulus ({asked[:12]}) was asked, "
                f"the run holds a {record.role} stimulus ({held[:12]}) there"
            )
            raise BenchError(message)
        return record

    def _advance(self, t_s: float) -> None:
        if t_s > self._clock.now_s:
            self._clock.sleep(t_s - self._clock.now_s)

    def make_safe(self) -> SafeState:
        """Nothing was energised."""
        self._on = False
        return SafeState(off=True, verified=True, messages=("replay of a stored run",))

    def close(self) -> None:
        """Nothing is held."""
        self.make_safe()


def _as_asked(stimulus: Stimulus, run: StoredRun) -> Plan:
    blocks = tuple(
        PlannedBlock(kind=b.kind, start_s=b.start_s, top=b.top, bottom=b.bottom, windows=b.windows)
        for b in stimulus.blocks
    )
    return Plan(stimulus=stimulus, bench=run.header.bench.name, blocks=blocks,
                spacing_s=stimulus.spacing_s)
