"""The conditions of a run, written before anything happens."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from memrig.hil.bench import BenchInfo, Capabilities, DriveAccuracy
from memrig.hil.calibration import Calibration
from memrig.hil.netlist import Netlist
from memrig.hil.profile import Passport, Profile


@dataclass(frozen=True, kw_only=True)
class RunHeader:
    """Everything that is needed to repeat a run.

    :param parameters: of the protocol, all of them, as its ``to_json`` gives them.
    :param profile: of the device; None for measurements that were imported.
    :param passport: of the device, before the run.
    :param model: name, parameters, integrator and step of the overlay's model.
    :param limits: what held for the device in this run.
    :param capabilities: of the bench; protocols ask it how long reads settle.
    :param versions: of memrig and of what its results depend on, by name.
    :param started_at: date and time in ISO form, UTC.
    :param tags: words to find it by.
    :param guards: what was to happen when a guard saw something, by guard.
    :param origin: where imported data come from: file name and its sha256.
    """

    protocol: str
    bench: BenchInfo
    simulated: bool
    started_at: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""
    profile: Profile | None = None
    passport: Passport = field(default_factory=Passport)
    model: Mapping[str, Any] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    temperature_k: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    capabilities: Capabilities | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        return dict(self._plain)

    @cached_property
    def _plain(self) -> dict[str, Any]:
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            **plain, "bench": bench_json(self.bench), "passport": self.passport.to_json(),
            "profile": self.profile.to_json() if self.profile else None,
            "tags": list(self.tags),
            "capabilities": dataclasses.asdict(self.capabilities) if self.capabilities else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunHeader:
        """Read what ``to_json`` wrote."""
        profile, abilities = data["profile"], data["capabilities"]
        _check_kinds(data)
        return cls(**{
            **data, "bench": bench_from_json(data["bench"]),
            "passport": Passport(**data["passport"]), "tags": tuple(data["tags"]),
            "profile": profile_from_json(profile) if profile else None,
            "capabilities": Capabilities(**abilities) if abilities else None,
        })


def _check_kinds(data: Mapping[str, Any]) -> None:
    """Refuse a header whose texts are none; everybody who reads it relies on them."""
    texts = ["protocol", "started_at", "preset", "note"]
    tables = ["parameters", "limits", "versions", "origin", "bench", "passport"]
    tables += ["guards"] if "guards" in data else []  # stores of version 4 have none
    for kind, names in ((str, texts), (Mapping, tables)):
        for name in names:
            if not isinstance(data[name], kind):
                raise TypeError(f"{name} of the header is {data[name]!r:.40}")
    said = [*data["tags"], data["bench"]["name"], data["passport"]["device"],
            *data["bench"]["identities"].values()]
    if not all(isinstance(one, str) for one in said):
        raise TypeError("a name in the header is no text")


def profile_from_json(data: Mapping[str, Any]) -> Profile:
    """Read what ``Profile.to_json`` wrote."""
    return Profile(**{**data, "protocols": tuple(data["protocols"])})


def bench_json(info: BenchInfo) -> dict[str, Any]:
    """A bench's description in a form that JSON can hold."""
    return {
        "name": info.name, "simulated": info.simulated, "identities": dict(info.identities),
        "settings": dict(info.settings), "netlist": info.netlist.to_json(),
        "calibration": info.calibration.to_json(),
        "drives": {name: dataclasses.asdict(drive) for name, drive in info.drives.items()},
    }


def bench_from_json(data: Mapping[str, Any]) -> BenchInfo:
    """Read what ``bench_json`` wrote."""
    return BenchInfo(
        name=data["name"], simulated=data["simulated"], identities=data["identities"],
        settings=data["settings"], netlist=Netlist.from_json(data["netlist"]),
        calibration=Calibration.from_json(data["calibration"]),
        drives={name: DriveAccuracy(**drive) for name, drive in data["drives"].items()},
    )
