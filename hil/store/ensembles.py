"""Ensembles as rows: what describes them as JSON, their arrays as blobs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from memrig.hil.store.codec import array_of, dumps

if TYPE_CHECKING:
    from memrig.hil.ensemble import Ensemble

Array = npt.NDArray[Any]


def write(connection: sqlite3.Connection, run: int, ensemble: Ensemble) -> None:
    """Put an ensemble beside a run, in place of one that it has; the caller holds the
    transaction."""
    connection.execute("DELETE FROM ensemble_arrays WHERE run=?", (run,))
    about = {"units": dict(ensemble.units), "settings": dict(ensemble.settings),
             "bands": [band.stimulus for band in ensemble.bands]}
    connection.execute("INSERT OR REPLACE INTO ensembles VALUES (?,?)", (run, dumps(about)))
    connection.executemany(
        "INSERT INTO ensemble_arrays VALUES (?,?,?,?,?)",
        [(run, name, array.dtype.str, dumps(array.shape), np.ascontiguousarray(array).tobytes())
         for name, array in _arrays(ensemble)])


def _arrays(ensemble: Ensemble) -> Iterator[tuple[str, Array]]:
    yield "x0", ensemble.x0.astype("<f8")
    yield "finished", ensemble.finished.astype("|u1")
    yield "conductance_siemens", ensemble.conductance_siemens.astype("<f8")
    for name, column in ensemble.varied.items():
        yield f"varied/{name}", column.astype("<f8")
    for name, column in ensemble.values.items():
        yield f"values/{name}", column.astype("<f8")
    for name, rows in ensemble.series.items():
        yield f"series/{name}", rows.astype("<f8")
    for number, band in enumerate(ensemble.bands):
        for name in ("t_s", "v_v", "i_a"):
            yield f"bands/{number}/{name}", getattr(band, name).astype("<f8")


def read(connection: sqlite3.Connection, run_id: str) -> Ensemble | None:
    """The ensemble of a run; None where it has none."""
    row = connection.execute(
        "SELECT run, json FROM ensembles WHERE run = (SELECT id FROM runs WHERE run_id=?)",
        (run_id,)).fetchone()
    if row is None:
        return None
    from memrig.hil.ensemble import Band, Ensemble  # noqa: PLC0415  # most runs have none

    about = json.loads(row[1])
    arrays = {name: array_of(data, dtype).reshape(json.loads(shape))
              for name, dtype, shape, data in connection.execute(
                  "SELECT name, dtype, shape, data FROM ensemble_arrays WHERE run=?"
                  " ORDER BY rowid", row[:1])}
    return Ensemble(
        varied=_under(arrays, "varied/"), units=about["units"], x0=arrays["x0"],
        finished=arrays["finished"].astype(bool), settings=about["settings"],
        conductance_siemens=arrays["conductance_siemens"], values=_under(arrays, "values/"),
        series=_under(arrays, "series/"),
        bands=tuple(Band(stimulus=stimulus, **_under(arrays, f"bands/{number}/"))
                    for number, stimulus in enumerate(about["bands"])))


def _under(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in arrays.items()
            if name.startswith(prefix)}
