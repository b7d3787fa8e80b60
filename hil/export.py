"""A stored run for other programs: CSV, HDF5, NetCDF. Simulated data say so wherever they go."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError, StoreError
from memrig.hil.guards import alerts_json
from memrig.hil.record import Reading, Record
from memrig.hil.store import StoredRun
from memrig.hil.store.codec import dumps, finite
from memrig.hil.store.points import points_of
from memrig.hil.store.schema import understood

if TYPE_CHECKING:
    from memrig.hil.ensemble import Ensemble

Format = Literal["csv", "hdf5", "netcdf"]
Array = npt.NDArray[Any]

SUFFIXES: dict[Format, str] = {"csv": "", "hdf5": ".h5", "netcdf": ".nc"}
"""How a written run's name ends; CSV is a folder."""
NEEDED: dict[Format, tuple[str, ...]] = {"csv": (), "hdf5": ("h5py",),
                                         "netcdf": ("xarray", "h5netcdf")}
"""Packages that a format is written with."""
WORDS: dict[Format, str] = {"csv": "CSV", "hdf5": "HDF5", "netcdf": "NetCDF"}
ENSEMBLE = "ensemble"
"""The source of what many simulated devices answered."""
PREFIX = {"bench": "", "overlay": "model_"}
"""Of the names of a source's variables where both stand side by side."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One column: values of shape (n,), their unit ("1" for none) and what they are."""

    values: Array
    unit: str
    meaning: str


Columns = Mapping[str, Variable]

_POINTS = {
    "stimulus": ("1", "number of the stimulus in the run"),
    "repeat": ("1", "repeat of the stimulus, from 0"),
    "block": ("1", "block of the repeat, from 0"),
    "fired_s": ("s", "when the block was fired, on the bench's clock"),
    "t_s": ("s", "time from the stimulus' start, as planned"),
    "v_dut_v": ("V", "voltage across the device, top against bottom"),
    "i_a": ("A", "current through the device, from top to bottom"),
    "status": ("1", "bit field: 1 compliance, 2 clipped, 4 overrange, 8 hole, 16 invalid, "
                    "32 out of band, 64 trigger lost, 128 link lost"),
}
_READINGS = {
    "stimulus": ("1", "number of the stimulus in the run"),
    "repeat": ("1", "repeat of the stimulus, from 0"),
    "block": ("1", "block of the repeat, from 0"),
    "t_s": ("s", "when it was taken, on the bench's clock"),
    "conductance_siemens": ("S", "conductance: mean current over mean voltage in the window, "
                                 "baseline subtracted"),
    "u_siemens": ("S", "combined standard uncertainty of the conductance"),
    "v_dut_v": ("V", "voltage across the device in the window"),
    "i_a": ("A", "current through the device in the window"),
    "window_start_s": ("s", "start of the window, from its block's start"),
    "window_stop_s": ("s", "end of the window, from its block's start"),
    "samples": ("1", "samples in the window"),
    "delay_s": ("s", "from the end of the last program block to the window"),
    "status": _POINTS["status"],
}

_CONDITIONS = "everything that is known about the run, as JSON"


def missing(format: Format) -> str:  # noqa: A002  # as below
    """Why a format cannot be written here, with what to install; empty where it can."""
    lacking = [name for name in NEEDED[format] if find_spec(name) is None]
    return _lacks(lacking[0], WORDS[format]) if lacking else ""


def export(run: StoredRun, path: str | Path, format: Format = "csv") -> Path:  # noqa: A002  # the word of the command line
    """Write a run for other programs; returns what was written.

    :param path: of the file; for ``csv`` of a folder, which gets ``points.csv``,
        ``readings.csv`` and ``conditions.json``; of many devices also ``devices.csv``,
        ``device_readings.csv`` and ``bands.csv``.
    :param format: ``csv``, ``hdf5`` (needs h5py) or ``netcdf`` (needs xarray and h5netcdf).
    :raises RequestError: for an unknown format or a package that is not installed.
    :raises StoreError: when it cannot be written.
    """
    writers = {"csv": _write_csv, "hdf5": _write_hdf5, "netcdf": _write_netcdf}
    if format not in writers:
        known = ", ".join(get_args(Format))
        raise RequestError(f"format {format!r} was asked; a run is exported as one of {known}")
    path = Path(path)
    try:
        with understood(run.path):
            writers[format](run, path)
    except OSError as error:
        raise StoreError(f"run {run.run_id} cannot be exported to {path}: {error}") from None
    return path


# -- what is exported ---------------------------------------------------------------------


def points_table(records: list[tuple[int, Record]]) -> Columns:
    """All points of numbered records, in time order."""
    found = [(number, points_of(record)) for number, record in records]
    columns: dict[str, Array] = {
        "stimulus": _joined([np.full(p.t_s.size, n) for n, p in found], int)
    }
    for name in list(_POINTS)[1:]:
        columns[name] = _joined([getattr(p, name) for _, p in found], _kind(name))
    return {name: Variable(columns[name], *_POINTS[name]) for name in _POINTS}


def readings_table(records: list[tuple[int, Record]]) -> Columns:
    """All readings of numbered records, in time order."""
    rows = [_reading(n, one) for n, record in records for one in record.readings]
    return {
        name: Variable(np.array([row[name] for row in rows], dtype=_kind(name)), *described)
        for name, described in _READINGS.items()
    }


def devices_table(ensemble: Ensemble) -> Columns:
    """A row per device: what varies, its start, its figures of merit."""
    number = np.arange(len(ensemble))
    varied = {name: Variable(values, ensemble.units[name] or "1", f"parameter {name}")
              for name, values in ensemble.varied.items()}
    return {
        "device": Variable(number, "1", "number of the device, from 0"),
        "finished": Variable(ensemble.finished.astype(np.uint16), "1", "whether it was simulated"),
        **varied, "x0": Variable(ensemble.x0, "1", "state it began with, in the model's unit"),
        **{name: Variable(values, "1", "figure of merit; its unit is the end of its name")
           for name, values in ensemble.values.items()},
    }


def device_readings_table(ensemble: Ensemble) -> Columns:
    """A row per reading of every device."""
    n, r = ensemble.conductance_siemens.shape
    return {
        "device": Variable(np.repeat(np.arange(n), r), "1", "number of the device, from 0"),
        "reading": Variable(np.tile(np.arange(r), n), "1", "reading of the main phase, from 0"),
        "conductance_siemens": Variable(ensemble.conductance_siemens.ravel(),
                                        *_READINGS["conductance_siemens"]),
    }


def bands_table(ensemble: Ensemble) -> Columns:
    """A row per point of every band; currents by quantile over the devices."""
    from memrig.hil.ensemble import QUANTILES  # noqa: PLC0415  # most runs have none

    bands = ensemble.bands
    columns = {
        "stimulus": Variable(_joined([np.full(b.t_s.size, b.stimulus) for b in bands], int),
                             *_POINTS["stimulus"]),
        "t_s": Variable(_joined([b.t_s for b in bands], float), *_POINTS["t_s"]),
        "v_dut_v": Variable(_joined([b.v_v for b in bands], float), "V",
                            "median voltage across the devices"),
    }
    for k, share in enumerate(QUANTILES):
        columns[f"i_{1000 * share:03.0f}_a"] = Variable(
            _joined([b.i_a[k] for b in bands], float), "A",
            f"current that {100 * share:g} % of the devices do not exceed")
    return columns


def _of_devices(run: StoredRun) -> Iterator[tuple[str, Columns]]:
    """The tables of the run's ensemble, by name; none where it is the run of one device."""
    if (ensemble := run.ensemble) is not None:
        yield "devices", devices_table(ensemble)
        yield "device_readings", device_readings_table(ensemble)
        yield "bands", bands_table(ensemble)


def _reading(number: int, reading: Reading) -> dict[str, Any]:
    start_s, stop_s = reading.window_s
    own = {"stimulus": number, "window_start_s": start_s, "window_stop_s": stop_s}
    return {name: own[name] if name in own else getattr(reading, name) for name in _READINGS}


def _kind(name: str) -> type:
    whole = {"stimulus", "repeat", "block", "samples"}
    return np.uint16 if name == "status" else int if name in whole else float


def _joined(parts: list[Array], kind: type) -> Array:
    return np.concatenate([np.empty(0, kind), *parts]).astype(kind)


def conditions(run: StoredRun) -> dict[str, Any]:
    """Everything that is known about a run, for people and programs."""
    return {
        "run": run.run_id, "status": run.status, "message": run.message,
        **run.header.to_json(), "finished_at": run.finished_at, "tags": list(run.tags),
        "annotations": [{"at": at, "text": text} for at, text in run.annotations],
        "calibration": run.header.bench.calibration_sentence(run.header.started_at),
        "plan_sha256": run.plan_sha256, "alerts": alerts_json(run.alerts, run.header.guards),
        "result": run.result, "overlay": run.overlay, "passport_after": run.passport.to_json(),
        "stimuli": [
            {"stimulus": number, "role": str(record.role), "labels": dict(record.stimulus.labels),
             "cut_short": record.cut_short, "lost": int(record.lost),
             "notes": list(record.notes), "plan_sha256": record.plan.sha256}
            for number, record in run.numbered()
        ],
    }


def _conditions_text(run: StoredRun) -> str:
    return dumps(finite(conditions(run)))


def sentence(run: StoredRun, source: str = "bench") -> str:
    """Whose data these are, loud where they are simulated."""
    if source == ENSEMBLE:
        return "SIMULATED devices of one model: no device was measured"
    if source == "overlay":
        model = (run.overlay or {}).get("model") or (run.header.model or {}).get("name", "a model")
        return f"SIMULATED by {model}: no device was measured"
    if run.header.simulated:
        return f"SIMULATED on bench {run.header.bench.name}: no real device was measured"
    file = run.header.origin.get("file")
    return f"imported from {file}" if file else f"measured on bench {run.header.bench.name}"


def _sources(run: StoredRun) -> Iterator[tuple[str, Columns, Columns]]:
    for source in PREFIX:
        if records := run.numbered(source):
            yield source, points_table(records), readings_table(records)


def _is_simulated(run: StoredRun, source: str) -> bool:
    return source != "bench" or run.header.simulated


def _attributes(run: StoredRun) -> dict[str, Any]:
    header = run.header
    return {
        "title": f"memrig run {run.run_id}: {header.protocol}", "run": run.run_id,
        "protocol": header.protocol, "bench": header.bench.name, "status": run.status,
        "simulated": int(header.simulated), "origin": sentence(run), "note": header.note,
        "started_at": header.started_at,
    }


def _described(run: StoredRun, source: str, variable: Variable) -> dict[str, Any]:
    return {"units": variable.unit, "long_name": variable.meaning,
            "simulated": int(_is_simulated(run, source)), "origin": sentence(run, source)}


# -- formats ------------------------------------------------------------------------------


def _write_csv(run: StoredRun, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(json.loads(_conditions_text(run)), indent=1, ensure_ascii=False)
    (folder / "conditions.json").write_text(text + "\n", encoding="utf-8")
    tables = list(_sources(run))
    _write_table(run, folder / "points.csv", _POINTS, [(s, points) for s, points, _ in tables])
    _write_table(run, folder / "readings.csv", _READINGS, [(s, read) for s, _, read in tables])
    for name, columns in _of_devices(run):
        _write_table(run, folder / f"{name}.csv", columns, [(ENSEMBLE, columns)])


def _write_table(
    run: StoredRun, path: Path, names: Mapping[str, Any], tables: list[tuple[str, Columns]]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {line}\n" for line in _comments(run, [s for s, _ in tables]))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["source", "simulated", *names])
        for source, columns in tables:
            simulated = int(_is_simulated(run, source))
            values = zip(*(columns[name].values.tolist() for name in names), strict=True)
            writer.writerows((source, simulated, *row) for row in values)


def _comments(run: StoredRun, sources: list[str]) -> Iterator[str]:
    header = run.header
    yield f"memrig run {run.run_id}: {header.protocol}, {run.status}, begun {header.started_at}"
    for source in sources or ["bench"]:
        yield f"source {source}: {sentence(run, source)}"
    yield header.bench.calibration_sentence(header.started_at)
    yield f"parameters {dumps(header.parameters)}, seed {header.seed}"
    yield from (f"{alert}; {alert.points} points flagged" for alert in run.alerts)
    if header.note:
        yield f"note: {' '.join(header.note.split())}"
    yield "SI units, named at the end of each column's name; everything else: conditions.json"


def _write_hdf5(run: StoredRun, path: Path) -> None:
    h5py = _package("h5py", WORDS["hdf5"])
    # libver earliest: older programs read it, and it opens after a crash of its writer.
    with h5py.File(path, "w", libver="earliest") as file:
        file.attrs.update(_attributes(run))
        # Not an attribute: those end at 64 kB.
        file["conditions"] = _conditions_text(run)
        file["conditions"].attrs.update(long_name=_CONDITIONS, simulated=int(run.header.simulated))
        for source, points, readings in _sources(run):
            for name, columns in (("points", points), ("readings", readings)):
                _write_group(run, file.create_group(f"{source}/{name}"), source, columns)
        for name, columns in _of_devices(run):
            _write_group(run, file.create_group(f"ensemble/{name}"), ENSEMBLE, columns)


def _write_group(run: StoredRun, group: Any, source: str, columns: Columns) -> None:
    group.attrs.update(simulated=int(_is_simulated(run, source)), origin=sentence(run, source))
    for column, variable in columns.items():
        data = group.create_dataset(column, data=variable.values)
        data.attrs.update(_described(run, source, variable))


def _write_netcdf(run: StoredRun, path: Path) -> None:
    xarray = _package("xarray", WORDS["netcdf"])
    _package("h5netcdf", WORDS["netcdf"])
    dataset(run, xarray).to_netcdf(path, engine="h5netcdf")


def dataset(run: StoredRun, xarray: Any) -> Any:
    """The run as an ``xarray.Dataset`` (``xarray`` is the module): points and readings are its
    dimensions, those of the overlay are called ``model_...``."""
    variables: dict[str, Any] = {
        f"{PREFIX[source]}{kind}_{name}": (
            f"{PREFIX[source]}{kind}", variable.values, _described(run, source, variable)
        )
        for source, points, readings in _sources(run)
        for kind, columns in (("point", points), ("reading", readings))
        for name, variable in columns.items()
    }
    for name, columns in _of_devices(run):
        variables |= {
            f"{name}_{column}": (name, variable.values, _described(run, ENSEMBLE, variable))
            for column, variable in columns.items()}
    variables["conditions"] = ((), _conditions_text(run), {
        "long_name": _CONDITIONS, "simulated": int(run.header.simulated),
    })
    return xarray.Dataset(variables, attrs=_attributes(run))


def _package(name: str, what: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise RequestError(_lacks(name, what)) from None


def _lacks(name: str, what: str) -> str:
    return (f"to write {what}, the package {name} is needed: "
            "install it with pip install 'memrig[export]'")
