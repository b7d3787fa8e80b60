"""What a device has been through: its runs, with what each of them did to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from memrig.hil.store.reader import StoredRun, reading, status_of
from memrig.hil.store.schema import understood
from memrig.hil.wear import Wear, wear_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One run of a device."""

    run_id: str
    started_at: str
    protocol: str
    simulated: bool
    status: str
    wear: Wear


def history(path: Path, device: str) -> list[Past]:
    """All runs of a device, in the order they began; none where there is no store.

    Runs that were interrupted, or were stored before this was counted at their end, are counted
    from their records.
    """
    if not path.exists():
        return []
    with reading(path) as connection:
        rows = _rows(connection, device)
    with understood(path):
        return _pasts(path, rows)


def _pasts(path: Path, rows: list[tuple[str, str, str, int, str, str]]) -> list[Past]:
    return [
        Past(run_id=run_id, started_at=started, protocol=protocol, simulated=bool(simulated),
             status=status_of(path, run_id, status),
             wear=Wear(**json.loads(text)) if text else _counted(path, run_id))
        for run_id, started, protocol, simulated, status, text in rows
    ]


def _rows(connection: sqlite3.Connection, device: str) -> list[tuple[str, str, str, int, str, str]]:
    return connection.execute(
        "SELECT run_id, started_at, protocol, simulated, status, wear.json FROM runs"
        " LEFT JOIN wear ON wear.run = runs.id"
        " WHERE device_of(header) = ? ORDER BY runs.id", (device,),
    ).fetchall()


def _counted(path: Path, run_id: str) -> Wear:
    return wear_of(StoredRun.read(path, run_id).records())


def total(runs: Iterable[Past]) -> Wear:
    """Sums over runs of one device, which are all simulated or all real.

    :raises ValueError: for simulated and real runs together: no device has had their sum.
    """
    found = list(runs)
    if len({one.simulated for one in found}) > 1:
        raise ValueError("simulated and real runs have no sum; one kind at a time")
    wears = [one.wear for one in found]
    read = [one.g_first_siemens for one in wears if one.g_first_siemens is not None]
    last = [one.g_last_siemens for one in wears if one.g_last_siemens is not None]
    return Wear(
        pulses=sum(one.pulses for one in wears), charge_c=sum(one.charge_c for one in wears),
        energy_j=sum(one.energy_j for one in wears),
        v_max_v=max((one.v_max_v for one in wears), default=0.0),
        g_first_siemens=read[0] if read else None, g_last_siemens=last[-1] if last else None,
    )
