"""Measured curves from tables of any instrument: read, checked, made into a stored run."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memrig.hil.bench import BenchInfo
from memrig.hil.calibration import Calibration
from memrig.hil.errors import RequestError
from memrig.hil.execution import versions
from memrig.hil.foreign import TABLE_MAX, content_of
from memrig.hil.netlist import ideal
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.profile import Passport
from memrig.hil.record import Channel, Chunk
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.store import RunHeader, Store
from memrig.hil.tables import Table, scale_of
from memrig.hil.tables import read_table as read_cells
from memrig.hil.units import parse_quantity
from memrig.hil.waveform import Waveform

Floats = npt.NDArray[np.float64]

PROTOCOL = "import"
"""The protocol's name of runs that were measured elsewhere."""

LARGEST = 1e30
"""Of any quantity, in SI units."""
UNITS = {"t": "s", "v": "V", "i": "A"}
EXAMPLE = "try 'v=1,i=2:uA' or 't=Time,v=Voltage,i=Current:mA'"


@dataclass(frozen=True, kw_only=True)
class MeasuredCurve:
    """Voltage across and current through a device, shape (n,) each, n >= 2, in time order.

    :param t_s: from the first point.
    :param rate_hz: points per second where times were not measured, else 0.
    :param sha256: of the file that it was read from.
    """

    t_s: Floats
    v_v: Floats
    i_a: Floats
    rate_hz: float = 0.0
    file: str = ""
    sha256: str = ""
    columns: str = ""


def read_table(path: str | Path, *, columns: str, rate_hz: float | None = None) -> MeasuredCurve:
    """Read a measured curve from a text table.

    Delimiter (comma, semicolon, tab, blanks), header lines, a row of units, comment lines,
    decimal commas, trailing delimiters, line ends and byte order marks are detected.

    :param columns: ``v``, ``i`` and, without a rate, ``t``; each a column's number (from 1) or
        name, with a unit where it is not SI and not in the header: ``"v=1,i=2:uA"``,
        ``"t=Time,v=Voltage,i=Current:mA"``. A difference of columns (``v=3-2``) and a column
        over a resistance (``i=2/1kohm``) will do as well.
    :param rate_hz: points per second of a table without times.
    :raises RequestError: with file, line and column of what cannot be read.
    """
    path, wanted = Path(path), _parsed(columns)
    _check_time(path.name, "t" in wanted, rate_hz)
    content = content_of(path, "the table", limit=TABLE_MAX)
    table = read_cells(path, content)
    with np.errstate(over="ignore", invalid="ignore"):
        found = {name: _values(table, name, *spec) for name, spec in wanted.items()}
    for name, values in found.items():
        _check_size(table, name, values)
    t_s = _times(table, found.get("t"), rate_hz)
    return MeasuredCurve(
        t_s=t_s - t_s[0], v_v=found["v"], i_a=found["i"], rate_hz=rate_hz or 0.0,
        file=path.name, sha256=hashlib.sha256(content).hexdigest(), columns=columns,
    )


def _parsed(columns: str) -> dict[str, tuple[str, str]]:
    """Column and unit by quantity."""
    found: dict[str, tuple[str, str]] = {}
    for part in columns.split(","):
        name, equals, text = (piece.strip() for piece in part.partition("="))
        if name not in UNITS or not equals or not text or name in found:
            message = f"{part.strip()!r} does not say where t, v or i is, once each ({EXAMPLE})"
            raise RequestError(message)
        column, _, unit = text.rpartition(":")
        found[name] = (column.strip(), unit.strip()) if column else (text, "")
    if missing := [name for name in ("v", "i") if name not in found]:
        raise RequestError(f"{columns!r} does not say where {' and '.join(missing)} is ({EXAMPLE})")
    return found


def _check_time(name: str, has_times: bool, rate_hz: float | None) -> None:  # noqa: FBT001  # one fact
    if has_times and rate_hz is not None:
        raise RequestError(f"{name}: both a column of times and a rate were given; one will do")
    if not has_times and rate_hz is None:
        message = (
            f"{name}: neither a column of times (t=1) nor a rate in Hz (--rate-hz 20000) was "
            "given; one is needed"
        )
        raise RequestError(message)
    if rate_hz is not None and not 0 < rate_hz < float("inf"):
        raise RequestError(f"{name}: a rate of {rate_hz:g} Hz was given; it must be above 0 Hz")


def _values(table: Table, name: str, text: str, unit: str) -> Floats:
    """A column, or else the difference of two, or one over a resistance."""
    at = table.find(text)
    if at is not None:
        return table.numbers(at) * _scale(table, at, name, unit)
    left, _, right = text.rpartition("-")
    if left and (one := table.find(left.strip())) is not None \
            and (two := table.find(right.strip())) is not None:
        return table.numbers(one) * _scale(table, one, name, unit) \
            - table.numbers(two) * _scale(table, two, name, unit)
    left, _, right = text.rpartition("/")
    if left and name == "i" and (one := table.find(left.strip())) is not None:
        return table.numbers(one) * _scale(table, one, "v", unit) / _ohm(table, right)
    raise RequestError(f"{table.name}: column {text!r} was asked for {name}; {table.columns()}")


def _check_size(table: Table, name: str, values: Floats) -> None:
    """Refuse what nobody measures, and nobody can square."""
    beyond = np.flatnonzero(~(np.abs(values) <= LARGEST))
    if beyond.size:
        message = (
            f"{table.name}, line {table.rows[int(beyond[0])].line}: {name} is beyond "
            f"{LARGEST:g} {UNITS[name]}; is it the right column?"
        )
        raise RequestError(message)


def _ohm(table: Table, text: str) -> float:
    ohm = parse_quantity(text, "ohm")
    if not ohm > 0:
        message = f"{table.name}: a resistance of {ohm:g} ohm was given; it must be above 0 ohm"
        raise RequestError(message)
    return ohm


def _scale(table: Table, column: int, name: str, given: str) -> float:
    """Factor to SI: from the unit that was given, else from the header where it has one."""
    base = UNITS[name]
    scale = scale_of(given or table.unit(column), base)
    if given and scale is None:
        message = f"{given!r} is not a unit of {name} (try '{base}', 'm{base}' or 'u{base}')"
        raise RequestError(message)
    if scale is None and _other_unit(table.unit(column)):
        message = (
            f"{table.name}: column {column + 1} was asked for {name}, but its unit is "
            f"{table.unit(column)!r}; if that is meant, give a unit ('{name}={column + 1}:{base}')"
        )
        raise RequestError(message)
    return 1.0 if scale is None else scale


def _other_unit(unit: str) -> bool:
    return any(scale_of(unit, base) is not None for base in ("s", "V", "A", "ohm"))


def _times(table: Table, t_s: Floats | None, rate_hz: float | None) -> Floats:
    n = len(table.rows)
    if n < 2:
        raise RequestError(f"{table.name}: a curve needs at least 2 points; {n} found")
    if t_s is None:
        return np.arange(n) / (rate_hz or 1.0)
    back = np.flatnonzero(np.diff(t_s) < 0)
    if back.size:
        k = int(back[0])
        message = (
            f"{table.name}, line {table.rows[k + 1].line}: the time goes back from {t_s[k]:g} s "
            f"to {t_s[k + 1]:g} s; is t the right column?"
        )
        raise RequestError(message)
    if t_s[-1] == t_s[0]:
        raise RequestError(f"{table.name}: all times are {t_s[0]:g} s; is t the right column?")
    return t_s


def import_run(
    store: Store, curve: MeasuredCurve, *, note: str = "", device: str = "dut",
    tags: Sequence[str] = (), started_at: str = "",
) -> str:
    """Make a stored run from a measured curve: protocol ``import``, one sweep, not simulated.

    The sweep's waveform is the measured voltage; its circuit is an ideal source, since the
    voltage is the one across the device.

    :param started_at: when it was measured, in ISO form; the present when it is not known.
    :returns: the run's id.
    """
    stimulus = Stimulus(
        role=Role.SWEEP, top=Waveform(t_s=curve.t_s, v_v=curve.v_v), device=device,
        labels={"file": curve.file}, points=curve.t_s.size,
    )
    writer = store.begin(_header(curve, note, device, tags, started_at))
    writer.stimulus(0, stimulus, _plan(stimulus))
    writer.chunk(0, Chunk(repeat=0, block=0, t_s=0.0, channels=_channels(curve)))
    writer.complete(0, cut_short=False, t_s=0.0)
    writer.finish("finished", result={"values": _values_of(curve), "warnings": []})
    return writer.run_id


def _plan(stimulus: Stimulus) -> Plan:
    block = PlannedBlock(
        kind="program", start_s=0.0, top=stimulus.top,
        bottom=Waveform.zero(stimulus.top.duration_s),
    )
    return Plan(stimulus=stimulus, bench=PROTOCOL, blocks=(block,), spacing_s=stimulus.spacing_s)


def _channels(curve: MeasuredCurve) -> tuple[Channel, ...]:
    times = {"dt_s": 1.0 / curve.rate_hz} if curve.rate_hz else {"t_s": curve.t_s}
    return (
        Channel(probe="v_top", data=curve.v_v, **times),
        Channel(probe="i_top", data=curve.i_a, **times),
    )


def _header(
    curve: MeasuredCurve, note: str, device: str, tags: Sequence[str], started_at: str
) -> RunHeader:
    info = BenchInfo(
        name=PROTOCOL, simulated=False, identities={"file": curve.file}, netlist=ideal(),
        calibration=Calibration(),
    )
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return RunHeader(
        protocol=PROTOCOL, bench=info, simulated=False, started_at=started_at or now, note=note,
        parameters={"columns": curve.columns, "rate_hz": curve.rate_hz}, tags=tuple(tags),
        passport=Passport(device=device), versions=versions(),
        origin={"file": curve.file, "sha256": curve.sha256, "imported_at": now},
    )


def _values_of(curve: MeasuredCurve) -> dict[str, float]:
    return {
        "points": int(curve.t_s.size), "duration_s": float(curve.t_s[-1]),
        "v_min_v": float(curve.v_v.min()), "v_max_v": float(curve.v_v.max()),
        "i_min_a": float(curve.i_a.min()), "i_max_a": float(curve.i_a.max()),
    }
