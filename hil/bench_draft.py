"""A bench file while it is being written: which kind, which values, who plays which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from memrig.hil import bench_file
from memrig.hil.bench_fields import PARTS, UNCERTAINTY, fields_of, netlist_of
from memrig.hil.errors import RequestError
from memrig.hil.netlist import Netlist
from memrig.hil.registry import entries, load

TWIN = {"seed": 1, "device": {"model": "guseinov"}}
"""What is in the device's place of simulated instruments where the file does not say."""
VOLTMETER = "smu"
"""The role that is never needed beside a generator, but makes its check a better one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who plays a role.

    :param resource: VISA address; kept, but not used, while it is simulated.
    :param library: VISA library; empty for what the drivers take by default.
    """

    driver: str
    resource: str = ""
    simulate: bool = False
    library: str = ""

    def entry(self) -> dict[str, Any]:
        """What the bench file says of it."""
        said: dict[str, Any] = {"driver": self.driver}
        said |= {"resource": self.resource} if self.resource else {}
        said |= {"library": self.library} if self.library else {}
        return said | ({"simulate": True} if self.simulate else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a bench file would say.

    :param values: values of ``fields_of(kind)``; defaults where nothing is said.
    :param seats: instruments by role; a role may still be empty.
    :param kept: what the file says beside that, e.g. its ``[twin]``.
    """

    kind: str = "awg-scope-two"
    values: Mapping[str, Any] = field(default_factory=dict)
    seats: Mapping[str, Seat] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles that this kind can have; the last one beside a generator is optional."""
        needed = bench_file.ROLES[self.kind]
        return needed if VOLTMETER in needed else (*needed, VOLTMETER)

    def is_needed(self, role: str) -> bool:
        """Whether the bench does not work without this role."""
        return role in bench_file.ROLES[self.kind]

    def as_kind(self, kind: str) -> Draft:
        """The same for another kind of bench, as far as it has the same values and roles."""
        names = fields_of(kind).specs()
        own = {"name", "source_resistance_ohm"}  # which an SMU's and a generator's are not
        values = {k: v for k, v in self.values.items() if k in names and k not in own}
        draft = replace(self, kind=kind, values=values)
        return replace(draft, seats={r: s for r, s in self.seats.items() if r in draft.roles})

    @property
    def netlist(self) -> Netlist:
        """The circuit that it writes down.

        :raises RequestError: when a value is none.
        """
        return netlist_of(self.kind, self._all())

    def problems(self) -> dict[str, str]:
        """What is missing, by role; empty when the bench can be connected."""
        found = {}
        for role in self.roles:
            seat = self.seats.get(role)
            if seat is None:
                if self.is_needed(role):
                    found[role] = "choose an instrument, type its address, or simulate it"
            elif not (seat.resource or seat.simulate):
                found[role] = "the address is missing, e.g. TCPIP0::192.168.1.11::5025::SOCKET"
        return found

    def description(self) -> dict[str, Any]:
        """What the bench file says; ``bench_file`` accepts it and reads it back equal.

        :raises RequestError: when something is missing or makes no sense.
        """
        if missing := self.problems():
            role, sentence = next(iter(missing.items()))
            raise RequestError(f"{role}: {sentence}")
        found: dict[str, Any] = {"bench": self._bench()}
        found["instruments"] = {r: self.seats[r].entry() for r in self.roles if r in self.seats}
        if any(seat.simulate for seat in self.seats.values()) or "twin" in self.kept:
            found["twin"] = dict(self.kept.get("twin", TWIN))
        bench_file.check(found)
        return found

    def _all(self) -> dict[str, Any]:
        """Every value, defaults included, checked."""
        form = fields_of(self.kind)(**self.values)
        return {name: getattr(form, name) for name in form.specs()}

    def _bench(self) -> dict[str, Any]:
        values = self._all()
        own = {name: values[name] for name in bench_file.OWN[self.kind]}
        if not own["r_min_ohm"]:
            own.pop("r_min_ohm")  # nothing is known of the device
        netlist = {name: values[shown] for name, shown in PARTS.items() if shown in values}
        tolerances = dict(self.kept.get("tolerance_rel", {}))
        if netlist["series_ohm"]:
            tolerances["r_series"] = values[UNCERTAINTY]
        else:
            tolerances.pop("r_series", None)
        found = {"kind": self.kind, "name": values["name"], **own, "netlist": netlist}
        return found | ({"tolerance_rel": tolerances} if tolerances else {})

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Draft:
        """Take a bench file for further writing.

        :raises RequestError: for a kind of bench that no form is made for.
        """
        bench = description["bench"]
        if bench["kind"] not in bench_file.ROLES:
            raise RequestError(f"there is no form for a bench of kind {bench['kind']}")
        values = {name: bench[name] for name in ("name", *bench_file.OWN[bench["kind"]])
                  if name in bench}
        values |= {PARTS[name]: value for name, value in bench.get("netlist", {}).items()}
        kept = {"tolerance_rel": dict(bench.get("tolerance_rel", {}))}
        if "r_series" in kept["tolerance_rel"]:
            values[UNCERTAINTY] = kept["tolerance_rel"]["r_series"]
        kept |= {"twin": dict(description["twin"])} if "twin" in description else {}
        instruments = description.get("instruments", {})
        simulated = "twin" in description and not any("resource" in one
                                                      for one in instruments.values())
        seats = {role: Seat(driver=one["driver"], resource=one.get("resource", ""),
                            library=one.get("library", ""),
                            simulate=one.get("simulate", simulated))
                 for role, one in instruments.items()}
        return cls(kind=bench["kind"], values=values, seats=seats, kept=kept)


def drivers_of(role: str) -> list[str]:
    """Names of the drivers whose instruments can play a role."""
    return [name for name in entries("drivers") if load("drivers", name).role == role]
