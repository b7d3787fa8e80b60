"""A stored run as its figures need it: records of both sides, their curves, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from memrig.hil.calibration import Calibration
from memrig.hil.compare import current_at
from memrig.hil.derive import effective_netlist
from memrig.hil.importing import PROTOCOL as IMPORTED
from memrig.hil.protocol import Protocol
from memrig.hil.recompare import protocol_of
from memrig.hil.record import Flags, Floats, Reading, Record, main_of
from memrig.hil.report.canvas import Marks, joined
from memrig.hil.status import Status
from memrig.hil.stimulus import Role
from memrig.hil.store import StoredRun
from memrig.hil.store.points import planned_start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Measurement and model of one shot, or of several behind each other, shape (n,) each.

    :param model_t_s: with the two that follow, the model's own points, shape (m,); empty where
        there is no model.
    :param residual_a: measured less model current at the measured times; empty without a model.
    """

    t_s: Floats
    v_v: Floats
    i_a: Floats
    status: Flags
    model_t_s: Floats
    model_v: Floats
    model_a: Floats
    residual_a: Floats

    @property
    def good(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Where nothing is known against a point."""
        return np.asarray(self.status == int(Status.OK))


def curve_of(record: Record, model: Record | None, place: tuple[int, int]) -> Curve:
    """One shot; times from its start."""
    seen = record.trace(*place)
    none = np.empty(0)
    if model is None or place not in model.parts:
        return Curve(t_s=seen.t_s, v_v=seen.v_dut_v, i_a=seen.i_a, status=seen.status,
                     model_t_s=none, model_v=none, model_a=none, residual_a=none)
    said = model.trace(*place)
    return Curve(
        t_s=seen.t_s, v_v=seen.v_dut_v, i_a=seen.i_a, status=seen.status, model_t_s=said.t_s,
        model_v=said.v_dut_v, model_a=said.i_a,
        residual_a=seen.i_a - current_at(said, seen.t_s),
    )


def _behind(parts: Sequence[tuple[float, Curve]]) -> Curve:
    """Curves behind each other, at the times where they began."""
    def of(name: str) -> Floats:
        late = name in {"t_s", "model_t_s"}
        return joined([getattr(c, name) + (at if late else 0.0) for at, c in parts])

    status = [c.status for _, c in parts]
    names = (f for f in Curve.__dataclass_fields__ if f != "status")
    return Curve(**{name: of(name) for name in names},
                 status=np.concatenate(status) if status else np.empty(0, np.uint16))


class Seen:
    """A stored run, read once, with what its figures have in common."""

    def __init__(self, run: StoredRun) -> None:
        self.run, self.header = run, run.header
        self.measured = dict(run.numbered())
        self.modelled = dict(run.numbered("overlay"))
        self.overlay: Mapping[str, Any] = run.overlay or {}

    @cached_property
    def protocol(self) -> Protocol:
        """The protocol with its parameters."""
        return protocol_of(self.run)

    @property
    def imported(self) -> bool:
        """Whether it was measured elsewhere."""
        return self.header.protocol == IMPORTED

    @property
    def calibration(self) -> Calibration:
        """Of the bench."""
        return self.header.bench.calibration

    def calibration_sentence(self) -> str:
        """What every result says about its bench, with the calibration's age at the run."""
        if self.imported:
            return "UNCALIBRATED: nothing is known of the bench that this was measured on"
        return self.header.bench.calibration_sentence(self.header.started_at)

    @cached_property
    def marks(self) -> Marks:
        """What every figure says about itself."""
        bench = "measured elsewhere" if self.imported else f"bench {self.header.bench.name}"
        parts = [f"run {self.run.run_id}", f"{self.header.protocol}, {bench}",
                 self.header.started_at[:16].replace("T", " ")]
        if self.header.simulated:
            parts.append("SIMULATED")
        if not self.header.bench.is_model:
            parts.append(f"calibrated {self.calibration.measured_at[:10]}"
                         if self.calibration.is_measured else "UNCALIBRATED")
        return Marks(simulated=self.header.simulated, foot=" · ".join(parts),
                     salt=f"r{self.run.run_id}")

    @cached_property
    def main(self) -> list[tuple[int, Record]]:
        """The protocol's own records with their numbers."""
        kept = {id(r) for r in main_of(list(self.measured.values()))}
        return [(n, r) for n, r in self.measured.items() if id(r) in kept]

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """What the run found; of a run that did not end, what its complete records tell."""
        if self.run.result is not None:
            found: Mapping[str, Any] = self.run.result["values"]
            return found
        return self.protocol.analyse([r for _, r in self.main if not r.cut_short]).values

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences that belong beside every figure."""
        found: Sequence[str] = (self.run.result or {}).get("warnings", [])
        return found

    @cached_property
    def model_values(self) -> Mapping[str, Any]:
        """What the model would have found; empty where there is no model."""
        if not self.modelled:
            return {}
        if "result" in self.overlay:
            found: Mapping[str, Any] = self.overlay["result"]
            return found
        return self.protocol.analyse(main_of(list(self.modelled.values()))).values

    @property
    def model_name(self) -> str:
        """The model's name as it stands in legends."""
        return str(self.overlay.get("model") or (self.header.model or {}).get("name", "model"))

    @property
    def dots(self) -> str:
        """What the dots are, as it stands in legends."""
        return "measured (SIMULATED)" if self.header.simulated else "measured"

    def started(self) -> str:
        """How the model came to its first state, as the end of a sentence; empty if not noted."""
        how = self.overlay.get("settings", {}).get("start", "")
        return f", its first state {how.replace(' u', ' µ')}" if how else ""

    @property
    def has_model(self) -> bool:
        """Whether there is something to draw over the measurement."""
        return bool(self.modelled)

    @cached_property
    def sweep(self) -> Curve:
        """All sweeps behind each other; times from the first."""
        found = [(n, r) for n, r in self.main if r.role is Role.SWEEP]
        start_s = found[0][1].t_s if found else 0.0
        return _behind([
            (r.t_s - start_s + planned_start_s(r, *place),
             curve_of(r, self.modelled.get(n), place))
            for n, r in found for place in r.blocks()
        ])

    def readings(self) -> Iterator[tuple[Reading, Reading | None]]:
        """Readings of the main records, each with the model's."""
        for number, record in self.main:
            model = self.modelled.get(number)
            said = model.readings if model is not None else ()
            for k, reading in enumerate(record.readings):
                yield reading, said[k] if k < len(said) else None


def noise_a(records: Sequence[Record]) -> float:
    """Noise of one point's current, amperes: from the channels' data sheets through the circuit.

    0 where they say nothing.
    """
    return max((_declared_noise_a(record) for record in records), default=0.0)


def _declared_noise_a(record: Record) -> float:
    channels = {c.probe: c for chunk in record.chunks[:1] for c in chunk.channels}
    if not channels:
        return 0.0
    netlist = effective_netlist(record.netlist, record.calibration)
    weights = netlist.observation(tuple(channels))[1]
    noises = [channel.accuracy.noise for channel in channels.values()]
    return float(np.sqrt(np.sum((weights * np.array(noises)) ** 2)))


def scatter_a(i_a: Floats) -> float:
    """Noise of a smooth curve, amperes: from the smaller nine tenths of its fourth differences.

    The largest tenth is where the device switches. White noise of 1 makes differences of
    sqrt(70), and their smaller nine tenths have 0.79 of its rms.
    """
    if i_a.size < 20:
        return 0.0
    steps = np.sort(np.abs(np.diff(i_a, 4)))[: int(0.9 * (i_a.size - 4))]
    return float(np.sqrt(np.mean(steps**2)) / (0.79 * np.sqrt(70.0)))
