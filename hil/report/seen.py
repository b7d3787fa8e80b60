"""A stored run as its figures need it: records of both sides, their curves, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from memrig.hil.calibration import Calibration
from memrig.hil.importing import PROTOCOL as IMPORTED
from memrig.hil.protocol import Protocol
from memrig.hil.recompare import protocol_of
from memrig.hil.record import Reading, Record, main_of
from memrig.hil.report.canvas import Marks
from memrig.hil.report.curves import Curve, behind, curve_of
from memrig.hil.stimulus import Role
from memrig.hil.store import StoredRun
from memrig.hil.store.points import planned_start_s


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
        return behind([
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
