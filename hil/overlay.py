"""The same run on the model: its state follows the measurement where the protocol initialises."""

from __future__ import annotations

import dataclasses
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from memrig.hil.bench import ModelBench
from memrig.hil.calibration import Calibration, Correction
from memrig.hil.derive import effective_netlist
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import Chunk, Reading, Record
from memrig.hil.stimulus import Role
from memrig.hil.waveform import Waveform

Drive = Literal["plan", "measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What is drawn over a measurement.

    :param bench: the model; it is replicated on the measuring bench's circuit.
    :param drive: ``plan`` plays the plan through that circuit, ``measured`` applies the
        voltage that was measured across the device.
    """

    bench: ModelBench
    drive: Drive = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """A departure from the nominal drive, for sensitivities and for "what if".

    :param gain: factors of the sources' voltages, by source; ``offset_v`` is added.
    :param element: factors of resistances, by netlist element.
    :param probe: shifts of what the probes indicate (measured drive only).
    :param start_rel: relative change of the conductance from which the model starts.
    :param straight: whether samples are joined by straight lines where the plan steps (measured
        drive only): how much depends on what nobody saw between them.
    """

    name: str = "nominal"
    gain: Mapping[str, float] = field(default_factory=dict)
    offset_v: Mapping[str, float] = field(default_factory=dict)
    element: Mapping[str, float] = field(default_factory=dict)
    probe: Mapping[str, Correction] = field(default_factory=dict)
    start_rel: float = 0.0
    straight: bool = False


NOMINAL = Variation()


def starts(record: Record) -> Reading | None:
    """The reading that the model's state is set from, if this record is for that."""
    phase = record.stimulus.labels.get("phase")
    is_start = record.role is Role.INITIALISE or phase == "before" or _is_alone(record)
    return record.readings[-1] if is_start and record.readings else None


def _is_alone(record: Record) -> bool:
    """Whether this is a read for its own sake, neither before nor after another protocol."""
    labels = record.stimulus.labels
    return record.role is Role.READ and "level_v" in labels and labels.get("phase") == "main"


def predict(
    bench: ModelBench, record: Record, drive: Drive = "plan", variation: Variation = NOMINAL
) -> Record:
    """What the model gives for a record's plan; its state goes on from record to record.

    At the start of a stretch the state is set so that the model's conductance is the measured
    one, and only the last read is applied: what led there happened to the device alone. Of a read
    for its own sake all is applied, to be compared with at every level.
    """
    plan = _varied(record.plan, variation)
    reading = starts(record)
    if reading is not None:
        i_a = reading.i_a * (1.0 + variation.start_rel)
        bench.set_state(reading.v_dut_v, i_a, record.stimulus.device)
        if not _is_alone(record):
            chunks = _last_block(bench, plan, reading.block)
            return _said(bench, record, chunks)
    if drive == "measured":
        chunks = list(bench.follow(plan, _shifted(record, variation)))
    else:
        chunks = list(bench.apply(plan, threading.Event()))
    return _said(bench, record, chunks)


def _said(bench: ModelBench, record: Record, chunks: Sequence[Chunk]) -> Record:
    """The model's record beside a measured one."""
    return Record(
        stimulus=record.stimulus, plan=record.plan, netlist=bench.describe().netlist,
        calibration=Calibration(), chunks=tuple(chunks), t_s=record.t_s, simulated=True,
    )


def predictions(
    overlay: Overlay, records: Sequence[Record], variation: Variation = NOMINAL
) -> list[Record]:
    """The model's record for every record of a run, in order."""
    if not records:
        return []
    bench = on_circuit_of(overlay.bench, records[0], variation)
    return [predict(bench, record, overlay.drive, variation) for record in records]


def on_circuit_of(
    bench: ModelBench, record: Record, variation: Variation = NOMINAL
) -> ModelBench:
    """The model on the circuit of a record's bench, with the values its calibration measured."""
    netlist = effective_netlist(record.netlist, record.calibration)
    return bench.replica(_scaled(netlist, variation.element))


def _scaled(netlist: Netlist, factors: Mapping[str, float]) -> Netlist:
    for name, factor in factors.items():
        netlist = netlist.with_value(name, netlist.element(name).value * factor)
    return netlist


def _last_block(bench: ModelBench, plan: Plan, block: int) -> list[Chunk]:
    stimulus = dataclasses.replace(plan.stimulus, repeat=1, period_s=0.0, rest_before_s=0.0)
    alone = dataclasses.replace(plan, stimulus=stimulus, blocks=(plan.blocks[block],))
    last = plan.repeat - 1
    return [
        dataclasses.replace(chunk, repeat=last, block=block)
        for chunk in bench.apply(alone, threading.Event())
    ]


def _varied(plan: Plan, variation: Variation) -> Plan:
    if variation.straight:
        return dataclasses.replace(plan, blocks=tuple(map(_without_steps, plan.blocks)))
    if not (variation.gain or variation.offset_v):
        return plan
    blocks = tuple(_varied_block(block, variation) for block in plan.blocks)
    return dataclasses.replace(plan, blocks=blocks)


def _without_steps(block: PlannedBlock) -> PlannedBlock:
    rest = Waveform.zero(block.duration_s)
    return dataclasses.replace(block, top=rest, bottom=rest)


def _varied_block(block: PlannedBlock, variation: Variation) -> PlannedBlock:
    changed = {}
    for end in ("top", "bottom"):
        source = f"{end}_drive"
        waveform = getattr(block, end) * variation.gain.get(source, 1.0)
        offset_v = variation.offset_v.get(source, 0.0)
        level = Waveform(t_s=[0.0, block.duration_s], v_v=[offset_v, offset_v])
        changed[end] = waveform + level if offset_v else waveform
    return dataclasses.replace(block, **changed)


def _shifted(record: Record, variation: Variation) -> Record:
    if not variation.probe:
        return record
    probes = {**record.calibration.probes, **variation.probe}
    calibration = dataclasses.replace(record.calibration, probes=probes)
    return dataclasses.replace(record, calibration=calibration)


class OverlayWorker:
    """Computes the model's records beside a run, in one thread, without delaying or failing it."""

    def __init__(self, overlay: Overlay) -> None:
        self.error = ""
        self.settings: Mapping[str, Any] = {}
        """Integrator, step and estimated error of what was computed."""
        self._overlay = overlay
        self._waiting: queue.Queue[tuple[int, Record] | None] = queue.Queue()
        self._done: queue.Queue[tuple[int, Record]] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="memrig-overlay", daemon=True)
        self._thread.start()

    def submit(self, index: int, record: Record) -> None:
        """Queue a measured record; returns at once."""
        self._waiting.put((index, record))

    def finished(self) -> Iterator[tuple[int, Record]]:
        """What was computed since last asked, as (index, record)."""
        while True:
            try:
                yield self._done.get_nowait()
            except queue.Empty:
                return

    def close(self) -> None:
        """Wait until everything submitted is computed."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        bench: ModelBench | None = None
        while (item := self._waiting.get()) is not None:
            if self.error:
                continue
            index, record = item
            try:
                bench = bench or on_circuit_of(self._overlay.bench, record)
                self._done.put((index, predict(bench, record, self._overlay.drive)))
                self.settings = dict(bench.describe().settings)
            except Exception as error:  # noqa: BLE001  # the overlay must never fail the run
                self.error = f"{type(error).__name__}: {error}"
