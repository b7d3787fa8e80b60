"""No number without its conditions: everything that is known about a run, as tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memrig.hil.cli.text import number
from memrig.hil.netlist import Element, Netlist
from memrig.hil.realised import notes_of_run
from memrig.hil.report.bands import spread_rows
from memrig.hil.report.seen import Seen
from memrig.hil.units import shown

Rows = list[tuple[str, str]]
_VALUE_UNIT = {"source": "ohm", "resistor": "ohm", "capacitor": "F"}
LONG = 400
"""Characters of one entry; beyond it the store has the rest."""


@dataclass(frozen=True, slots=True)
class Table:
    """Names and values under one heading."""

    title: str
    rows: Rows


def tables(seen: Seen) -> list[Table]:
    """All conditions of a run; empty tables are left out."""
    header = seen.header
    found = [
        Table("Run", _run(seen)),
        Table("Over the devices: median (95 % of them), mean, standard deviation", _spread(seen)),
        Table("Bench and instruments", _bench(seen)),
        Table("Circuit (netlist), with values", _netlist(header.bench.netlist)),
        Table("Guards: what happens when one sees something", _rows(header.guards)),
        Table("Calibration", _calibration(seen)),
        Table("Protocol parameters", _rows(header.parameters)),
        Table("What the bench made of them", _realised(seen)),
        Table("Device profile and limits", _profile(seen)),
        Table("Device passport", _passport(seen)),
        Table("Overlay", _overlay(seen)),
        Table("Software", _rows(header.versions)),
    ]
    return [table for table in found if table.rows]


def _run(seen: Seen) -> Rows:
    run, header = seen.run, seen.header
    hidden = {"run": run.run_id, "status": f"{run.status} {run.message}".strip(),
              "protocol": header.protocol, "preset": header.preset,
              "started": header.started_at, "ended": run.finished_at,
              "simulated": "SIMULATED" if header.simulated else "no",
              "seed": "none" if header.seed is None else str(header.seed),
              "plan sha256": run.plan_sha256, "stimuli": str(len(seen.measured)),
              "points": str(_points(seen)), "temperature": _kelvin(header.temperature_k),
              "operator's note": header.note, "tags": ", ".join(run.tags),
              **{f"note of {at[:16].replace('T', ' ')}": text for at, text in run.annotations},
              **{f"origin, {k}": str(v) for k, v in header.origin.items()}}
    notes = [(f"stimulus {n}", note) for n, r in seen.measured.items() for note in r.notes]
    seen_by = [(f"guard {one.guard}", f"{one.seen} ({one.where}); {one.points} points flagged")
               for one in run.alerts]
    return [(name, text) for name, text in hidden.items() if text] + seen_by + notes[:20]


def _spread(seen: Seen) -> Rows:
    ensemble = seen.run.ensemble
    if ensemble is None:
        return []
    settings = {k: v for k, v in ensemble.settings.items() if v not in (None, "", [])}
    return spread_rows(ensemble) + _rows(settings)


def _points(seen: Seen) -> int:
    return sum(record.points for record in seen.measured.values())


def _kelvin(temperature_k: float | None) -> str:
    return "not known" if temperature_k is None else shown(temperature_k, "K")


def _bench(seen: Seen) -> Rows:
    info = seen.header.bench
    rows = [("bench", info.name + (" (SIMULATED)" if info.simulated else ""))]
    rows += [(f"identity of {name}", text) for name, text in info.identities.items()]
    rows += _integration(info.settings)
    hidden = {"integrator", "step_s", "error_rel", "model", "advice", "opened"}
    rows += _rows({k: v for k, v in info.settings.items() if k not in hidden})
    for name, drive in info.drives.items():
        rows.append((f"level of {name}, standard uncertainty",
                     f"{100 * drive.gain_rel:.3g} % and {shown(drive.offset_v, 'V')}"))
    return rows


def _integration(settings: Mapping[str, Any]) -> Rows:
    """How a simulated device was integrated, and how wrong that is by its own estimate."""
    if "integrator" not in settings:
        return []
    step_s, error = settings.get("step_s"), settings.get("error_rel")
    rows = [
        ("integrator", str(settings["integrator"])),
        ("step", shown(step_s, "s") if step_s else "chosen by its error"),
        ("estimated integration error",
         "not recorded" if error is None else f"{error:.2g} of the state's excursion"),
    ]
    if settings.get("advice"):
        rows.append(("advice", str(settings["advice"])))
    return rows + [(f"model {k}", number(k, v)) for k, v in settings.get("model", {}).items()]


def _netlist(netlist: Netlist) -> Rows:
    rows = [("netlist", netlist.name)]
    rows += [(f"{e.kind} {e.name}", _element(e)) for e in netlist.elements]
    return rows + [(f"probe {p.name}", f"{p.kind} at {p.at}") for p in netlist.probes]


def _element(element: Element) -> str:
    ends = f"{element.plus} – {'ground' if element.minus == '0' else element.minus}"
    unit = _VALUE_UNIT.get(element.kind)
    value = f", {shown(element.value, unit)}" if unit else ""
    return f"{ends}{value}" + (f" ± {100 * element.u_rel:.2g} %" if element.u_rel else "")


def _calibration(seen: Seen) -> Rows:
    found = seen.calibration
    rows = [("state", seen.calibration_sentence())]
    for kind in ("probes", "sources"):
        for name, one in getattr(found, kind).items():
            rows.append((f"{kind[:-1]} {name}", (
                f"gain {one.gain:.6g} ± {one.u_gain_rel:.2g}, offset {shown(one.offset, 'V')} ± "
                f"{shown(one.u_offset, 'V')}")))
    rows += [(f"element {name}", f"{shown(value, 'ohm', 7)} ± {shown(u, 'ohm', 2)}")
             for name, (value, u) in found.elements.items()]
    if found.is_measured:
        rows += [("skew", shown(found.skew_s, "s")), ("hum", shown(found.hum_v, "V"))]
    return rows


def _realised(seen: Seen) -> Rows:
    """What was really done with the parameters, where that is not what they say."""
    profile = seen.header.profile
    if profile is None or seen.imported:
        return []
    found = notes_of_run(seen.protocol, seen.measured.values(), profile,
                         seen.header.bench.netlist)
    return [(name, ", ".join(map(str, said))) for name, said in found.items()]


def _profile(seen: Seen) -> Rows:
    profile = seen.header.profile
    if profile is None:
        return [("profile", "none: measured elsewhere")] if seen.imported else []
    return _rows(profile.to_json())


def _passport(seen: Seen) -> Rows:
    """What the device has been through, before and after the run."""
    before, after = seen.header.passport.to_json(), seen.run.passport.to_json()
    return [(name, number(name, before[name]) if before[name] == value else
             f"{number(name, before[name])} before, {number(name, value)} after")
            for name, value in after.items() if value not in {None, ""}]


def _overlay(seen: Seen) -> Rows:
    found = seen.overlay
    if not found:
        return [("model", "none")]
    if found.get("error") and "model" not in found:
        return [("no overlay", str(found["error"]))]
    settings = found.get("settings", {})
    rows = [("model", str(found.get("model", "-"))),
            ("drive", f"{found.get('drive', '-')} voltage")]
    if settings.get("start"):
        rows.append(("initial state", str(settings["start"])))
    rows += _integration(settings)
    rows += [(name, number(name, found[name])) for name in (
        "points", "rmse_a", "nrmse", "max_abs_a", "chi2_dg") if name in found]
    return [*rows, *_worst(found.get("worst")),
            ("uncertainty of the drive from", ", ".join(found.get("variations", [])) or "nothing")]


def _worst(worst: Mapping[str, Any] | None) -> Rows:
    if not worst:
        return []
    return [("worst point", (
        f"stimulus {worst['stimulus']}, repeat {worst['repeat']}, block {worst['block']}, "
        f"t = {shown(worst['t_s'], 's')}, {shown(worst['v_v'], 'V')}: measured "
        f"{shown(worst['measured_a'], 'A')}, model {shown(worst['model_a'], 'A')}"))]


def _rows(values: Mapping[str, Any]) -> Rows:
    return [(name, _short(_text(name, value))) for name, value in values.items()]


def _text(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_text(k, v)}" for k, v in value.items()) or "-"
    if dataclasses.is_dataclass(value):
        return str(value)
    return number(name, value) or "-"


def _short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]} … (the store has all)"

