"""A stored run against a model, whenever and as often as wanted; also a run measured elsewhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from memrig.hil.compare import Comparison, compare
from memrig.hil.errors import RequestError
from memrig.hil.overlay import Overlay, on_circuit_of, predict, starts
from memrig.hil.protocol import Protocol, Result, Setup, Steps
from memrig.hil.protocols.iv_sweep import loop_area
from memrig.hil.record import Record, main_of
from memrig.hil.registry import entries, load
from memrig.hil.run import overlay_json
from memrig.hil.store import Store, StoredRun
from memrig.hil.units import format_quantity

TELLING = 0.2
"""A point says what state a curve begins in where its voltage has this part of the largest."""


@dataclass(frozen=True, kw_only=True)
class Foreign(Protocol):
    """Stands in for the protocol of a run that was measured elsewhere, or by a protocol that is
    not installed: its records are one curve of current against voltage."""

    name: ClassVar[str] = "import"
    title: ClassVar[str] = "Measured elsewhere"
    figure: ClassVar[str] = "loop"
    reads_around: ClassVar[bool] = False

    def run(self, setup: Setup) -> Steps:
        """Nothing is known of how it was applied.

        :raises RequestError: always.
        """
        yield from ()
        raise RequestError("a run that was measured elsewhere cannot be applied; nothing was sent")

    def analyse(self, records: Sequence[Record]) -> Result:
        """Area of every loop."""
        areas = [loop_area(record.trace(*place)) for record in records
                 for place in record.blocks()]
        values: dict[str, Any] = {"loop_area_w": areas[0] if len(areas) == 1 else areas}
        return Result(protocol=self.name, values=values if areas else {})


def protocol_of(run: StoredRun) -> Protocol:
    """The protocol of a stored run with its parameters; ``Foreign`` where there is none.

    Parameters that this memrig does not know (an older or newer one has written the run) are left
    at their defaults: an analysis goes by what the records say of themselves.
    """
    if run.header.protocol not in entries("protocols"):
        return Foreign()
    kind = load("protocols", run.header.protocol)
    made: Protocol
    try:
        made = kind.from_text(run.header.parameters)
    except RequestError:
        made = kind()
    return made


def recompare(
    store: Store, run: StoredRun, overlay: Overlay, *, keep_state: bool = False
) -> Comparison:
    """Run a model over the records of a stored run, compare, and keep the result with the run.

    An earlier overlay of the run is replaced. The model's state follows the measurement wherever
    the run holds a reading for that. A curve without one (an imported loop) gives the state
    itself, unless ``keep_state`` is set: at its first good point with at least a fifth of the
    largest voltage the model must pass the measured current. An earlier point would be mostly
    noise, a later one would have moved the state already.

    :param keep_state: start from the state that ``overlay.bench`` has.
    :raises RequestError: for a run that is still being written, or holds no complete record.
    """
    measured = complete(run)
    records = list(measured.values())
    begun, how = started(overlay, records, keep_state=keep_state)
    found_records, settings = modelled(begun, records)
    protocol = protocol_of(run)
    found = compare(protocol, records, found_records, begun, run.header.bench.drives)
    found = dataclasses.replace(found, settings={**settings, "start": how})
    store.set_overlay(
        run.run_id, dict(zip(measured, found_records, strict=True)),
        overlay_json(found, "", protocol.analyse(main_of(found_records))) or {},
    )
    return found


def complete(run: StoredRun) -> dict[int, Record]:
    """The complete records of a run that has ended, by the number of their stimulus.

    :raises RequestError: for a run that is still being written, or holds no complete record.
    """
    if run.status == "running":
        raise RequestError(f"run {run.run_id} is still being written; compare it when it has ended")
    measured = {number: one for number, one in run.numbered() if not one.cut_short}
    if not measured:
        raise RequestError(f"run {run.run_id} holds no complete record; nothing can be compared")
    return measured


def started(
    overlay: Overlay, records: Sequence[Record], *, keep_state: bool
) -> tuple[Overlay, str]:
    """The overlay with the state it begins with, in a bench of its own, and how it came to it."""
    bench = on_circuit_of(overlay.bench, records[0])
    own = dataclasses.replace(overlay, bench=bench)
    if starts(records[0]) is not None:
        return own, "from the readings of the run"
    point = None if keep_state else first_point(records[0])
    if point is None:
        return own, "as given" if keep_state else "the model's own: no point to start from"
    bench.set_state(*point, records[0].stimulus.device)
    v, i = format_quantity(point[0], "V"), format_quantity(point[1], "A")
    return own, f"so that the model passes the first telling point, {i} at {v}"


def first_point(record: Record) -> tuple[float, float] | None:
    """Voltage and current that a curve's first state is taken from; None where all is 0 V."""
    if record.readings:
        return record.readings[0].v_dut_v, record.readings[0].i_a
    for place in record.blocks():
        trace = record.trace(*place)
        v, i = trace.v_dut_v[trace.good], trace.i_a[trace.good]
        if v.any():
            k = int((np.abs(v) >= TELLING * np.abs(v).max()).argmax())
            return float(v[k]), float(i[k])
    return None


def modelled(
    overlay: Overlay, records: Sequence[Record]
) -> tuple[list[Record], Mapping[str, Any]]:
    """What the model gives for every record, and the settings with its estimated error."""
    bench = overlay.bench.replica()
    found = [predict(bench, record, overlay.drive) for record in records]
    return found, dict(bench.describe().settings)
