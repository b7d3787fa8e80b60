"""Parameter sets that fits have found: files beside the run store, in versions, never overwritten.

A set is a TOML file that stands wherever a model's name may stand (``--overlay FILE``).
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memrig.hil.errors import MemrigError, RequestError
from memrig.hil.foreign import toml_of
from memrig.hil.parameters import Parameters, Spec
from memrig.hil.record import Record
from memrig.hil.registry import load
from memrig.hil.store import StoredRun
from memrig.hil.toml_text import toml
from memrig.hil.units import parse_quantity

if TYPE_CHECKING:  # who only reads a set needs no fit
    from memrig.hil.fitting import Fit

STATE = "x0"
"""The name under which the initial state is a parameter."""
SUFFIX = ".parameters"
"""What the folder beside a store is called, behind the store's name."""


@dataclass(frozen=True, kw_only=True)
class KeptSet:
    """Parameters of one device's model, and where they come from.

    :param values: of all parameters, SI units; the initial state ``x0`` where it belongs to them.
    :param u: standard uncertainties of those that the fit determined.
    :param free: what was fitted; everything else was fixed.
    :param notes: in words, by parameter: a bound that was hit, or what was not determined.
    :param data_sha256: of the measured data that were fitted.
    :param number: the version, from 1 on; 0 for a file outside the folder.
    """

    model: str
    device: str
    values: Mapping[str, Any]
    u: Mapping[str, float] = field(default_factory=dict)
    free: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    data_sha256: str = ""
    drive: str = ""
    nrmse: float
    nrmse_before: float
    points: int = 0
    sentence: str = ""
    created_at: str = ""
    memrig: str = ""
    number: int = 0

    @property
    def name(self) -> str:
        """What it is called among the sets of its device: ``v3``."""
        return f"v{self.number}"

    def texts(self) -> dict[str, str]:
        """All values with their units, as ``Parameters.from_text`` reads them back exactly."""
        specs = _specs(self.model)
        return {name: _text(value, specs[name]) for name, value in self.values.items()}

    def to_mapping(self) -> dict[str, Any]:
        """What the file holds."""
        specs = _specs(self.model)
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)
                 if f.name not in {"values", "u", "notes", "free", "number"}}
        notes = {"notes": dict(self.notes)} if self.notes else {}
        return {
            **plain, "version": self.number, "free": list(self.free),
            "fixed": [name for name in self.values if name not in self.free],
            "parameters": self.texts(),
            "uncertainty": {name: _text(u, specs[name]) for name, u in self.u.items()},
            **notes,
        }


def kept_of(fit: Fit, model: Parameters, run: StoredRun, records: Sequence[Record]) -> KeptSet:
    """The set that a fit has found.

    :param model: what the fit began with.
    :param records: what was fitted.
    """
    return KeptSet(
        model=fit.model, device=run.header.passport.device,
        values={**model.to_json(), **fit.values},
        u={one.name: one.u for one in fit.estimates if one.u is not None},
        free=tuple(one.name for one in fit.estimates if one.free),
        notes={one.name: one.note for one in fit.estimates if one.note},
        run=run.run_id, data_sha256=data_sha256(records), drive=fit.drive, nrmse=fit.nrmse,
        nrmse_before=fit.nrmse_before, points=fit.points, sentence=fit.sentence,
        created_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        memrig=version("memrig"),
    )


def data_sha256(records: Sequence[Record]) -> str:
    """A hash over everything that was measured: every channel's values, times and flags."""
    found = hashlib.sha256()
    for channel in (c for r in records for chunk in r.chunks for c in chunk.channels):
        found.update(channel.probe.encode())
        for array in (channel.values, channel.times_s, channel.flags):
            found.update(array.tobytes())
    return found.hexdigest()


def folder_of(store: Path) -> Path:
    """Where the sets of a store's devices are kept."""
    return store.with_name(store.stem + SUFFIX)


def keep(store: Path, found: KeptSet) -> tuple[KeptSet, Path]:
    """Write a set as the next version of its device and model.

    :raises RequestError: when the folder cannot be written.
    """
    folder = folder_of(store)
    number = 1 + max((one.number for one, _ in kept(store, found.model, found.device)), default=0)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise RequestError(f"the folder {folder} cannot be made: {error.strerror}") from None
    while True:
        numbered = dataclasses.replace(found, number=number)
        path = folder / f"{_slug(found.device)}-{found.model}-{numbered.name}.toml"
        if not path.exists():
            try:
                write(numbered, path)
            except FileExistsError:  # another process was quicker
                number += 1
                continue
            return numbered, path
        number += 1  # of another device whose name is written alike


def write(found: KeptSet, path: Path) -> None:
    """Write a set to a file that does not exist yet.

    :raises FileExistsError: when it does.
    :raises RequestError: when it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(toml(found.to_mapping()))
    except FileExistsError:
        raise
    except OSError as error:
        message = f"the parameter file {path} cannot be written: {error.strerror}"
        raise RequestError(message) from None


def read(path: Path) -> KeptSet:
    """Read a set.

    :raises RequestError: when it cannot be read, or is no set of a known model.
    """
    data = toml_of(path, "the parameter file")
    try:
        return _set_of(data)
    except MemrigError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        message = (f"{path} is no parameter set of a fit; it needs model, device, nrmse and "
                   "[parameters]")
        raise RequestError(message) from None


def _set_of(data: Mapping[str, Any]) -> KeptSet:
    specs = _specs(data["model"])
    known = {f.name for f in dataclasses.fields(KeptSet)} - {"values", "u", "notes", "free"}
    model = load("models", data["model"])
    own = {k: v for k, v in data["parameters"].items() if k != STATE}
    values = {**model.from_text(own).to_json()}
    if STATE in data["parameters"]:
        values[STATE] = parse_quantity(data["parameters"][STATE], "1")
    return KeptSet(
        **{name: data[name] for name in known & set(data)}, values=values,
        u={k: parse_quantity(v, specs[k].unit or "1")
           for k, v in data.get("uncertainty", {}).items()},
        free=tuple(data.get("free", ())), notes=dict(data.get("notes", {})),
        number=int(data.get("version", 0)),
    )


def kept(store: Path, model: str = "", device: str = "") -> list[tuple[KeptSet, Path]]:
    """Sets beside a store with their files, oldest version first.

    A file that cannot be read any more, e.g. of a model that is not installed, is left out.

    :param model: of this one only; ``device`` likewise.
    """
    found = [one for one in _all(folder_of(store))
             if one[0].model == (model or one[0].model)
             and one[0].device == (device or one[0].device)]
    return sorted(found, key=lambda one: (one[0].device, one[0].model, one[0].number))


def _all(folder: Path) -> Iterator[tuple[KeptSet, Path]]:
    for path in folder.glob("*.toml"):
        try:
            yield read(path), path
        except MemrigError:
            continue


def _specs(model: str) -> dict[str, Spec]:
    state = Spec(unit="1", help="initial state")
    return {**load("models", model).specs(), STATE: state}


def _text(value: Any, spec: Spec) -> str:
    return repr(value) if spec.unit in {"", "1"} else f"{value!r} {spec.unit}"


def _slug(device: str) -> str:
    """A device's name as a part of a file's: what no file system minds."""
    return re.sub(r"[^\w]+", "-", device, flags=re.ASCII).strip("-") or "device"
