"""One execution of a protocol on a bench, with everything that came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from memrig.hil.bench import BenchInfo, SafeState
from memrig.hil.compare import Comparison
from memrig.hil.guards import Alert, Guards, alerts_json
from memrig.hil.plan import combined_sha256
from memrig.hil.profile import Passport, Profile
from memrig.hil.protocol import Protocol, Result
from memrig.hil.record import Record, main_of
from memrig.hil.rehearsal import Rehearsal

Status = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What ``execute`` returns; records are in the order of application.

    :param model_records: the overlay's record for each of ``records``; fewer if it failed.
    :param overlay_error: why there is no overlay, if one was wanted.
    :param duration_s: on the bench's clock.
    :param started_at: date and time in ISO form, UTC.
    :param alerts: what the guards have seen, one of each.
    :param stopped_by: the guard that has ended it.
    """

    id: str
    protocol: Protocol
    status: Status
    info: BenchInfo
    profile: Profile
    passport: Passport
    rehearsal: Rehearsal
    records: tuple[Record, ...]
    result: Result
    safe: SafeState
    seed: int
    duration_s: float
    started_at: str
    model_records: tuple[Record, ...] = ()
    comparison: Comparison | None = None
    overlay_error: str = ""
    message: str = ""
    guards: Guards = field(default_factory=Guards)
    alerts: tuple[Alert, ...] = ()
    stopped_by: str = ""

    @property
    def main(self) -> tuple[Record, ...]:
        """The protocol's own records, without the reads before and after."""
        return main_of(self.records)

    @property
    def points(self) -> int:
        """Points recorded, all channels of a block counted once."""
        return sum(record.points for record in self.records)

    @property
    def plan_sha256(self) -> str:
        """One hash over all plans that were sent."""
        return combined_sha256(record.plan for record in self.records)

    def to_json(self) -> dict[str, Any]:
        """The summary that ``memrig run --json`` prints."""
        return {
            "run": self.id, "protocol": self.protocol.name, "bench": self.info.name,
            "status": self.status, "simulated": self.info.simulated,
            "calibration": self.info.calibration_sentence(self.started_at),
            "integrator": self.info.settings.get("integrator"),
            "settings": dict(self.info.settings), "seed": self.seed,
            "plan_sha256": self.plan_sha256, "duration_s": self.duration_s,
            "points": self.points, "result": dict(self.result.values),
            "warnings": list(self.result.warnings), "message": self.message,
            "overlay": overlay_json(self.comparison, self.overlay_error),
            "alerts": alerts_json(self.alerts, self.guards.to_json()),
            "stopped_by": self.stopped_by,
        }


def overlay_json(
    comparison: Comparison | None, error: str = "", result: Result | None = None
) -> dict[str, Any] | None:
    """What is stored and printed about an overlay; None when there was none."""
    if comparison is None:
        return {"error": error} if error else None
    found = {**comparison.to_json(), "error": error}
    return found if result is None else {**found, "result": dict(result.values)}
