"""Exports: numbers come back, units are there, simulated data say so everywhere."""

import csv
import dataclasses
import json
import re
import sys

import numpy as np
import pytest

from memrig.hil import export as exporting
from memrig.hil.errors import RequestError, StoreError
from memrig.hil.export import export
from memrig.hil.store import Store


@pytest.fixture
def run(tmp_path, made_up):
    return Store.open(tmp_path / "runs.sqlite").load(made_up.write(tmp_path / "runs.sqlite"))


def expected_points(records):
    """Points straight from the records: (t_s, v_dut_v, i_a, status)."""
    parts = []
    for record in records:
        for repeat, block in record.blocks():
            trace, plan = record.trace(repeat, block), record.plan
            start_s = 0.01 + repeat * plan.spacing_s + plan.blocks[block].start_s
            parts.append(np.array([trace.t_s + start_s, trace.v_dut_v, trace.i_a, trace.status]))
    return np.concatenate(parts, axis=1)


def rows_of(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    return comments, list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_csv_holds_every_point_and_reading_exactly(run, made_up, tmp_path):
    folder = export(run, tmp_path / "out", "csv")
    _, rows = rows_of(folder / "points.csv")
    own = [row for row in rows if row["source"] == "bench"]
    found = np.array([[float(r[k]) for k in ("t_s", "v_dut_v", "i_a", "status")] for r in own]).T
    np.testing.assert_array_equal(found, expected_points(made_up.records))
    _, rows = rows_of(folder / "readings.csv")
    readings = [reading for record in made_up.records for reading in record.readings]
    own = [row for row in rows if row["source"] == "bench"]
    assert [float(row["conductance_siemens"]) for row in own] == [
        r.conductance_siemens for r in readings
    ]
    assert [float(row["u_siemens"]) for row in own] == [r.u_siemens for r in readings]


def test_csv_says_simulated_loudly_and_in_every_row(run, tmp_path):
    folder = export(run, tmp_path / "out", "csv")
    for name in ("points.csv", "readings.csv"):
        comments, rows = rows_of(folder / name)
        assert "# source bench: SIMULATED on bench made-up: no real device was measured" in comments
        assert "# source overlay: SIMULATED by guseinov: no device was measured" in comments
        assert {row["simulated"] for row in rows} == {"1"}
    known = json.loads((folder / "conditions.json").read_text(encoding="utf-8"))
    assert known["simulated"] is True
    assert (known["seed"], known["temperature_k"], known["note"]) == (42, 293.15, "für Δt")
    assert known["bench"]["identities"] == {"awg": "ACME,1,2,3"}
    assert len(known["stimuli"]) == 3


def test_measured_data_are_not_called_simulated_but_their_overlay_is(made_up, tmp_path):
    info = dataclasses.replace(made_up.header.bench, simulated=False)
    made_up.header = dataclasses.replace(made_up.header, bench=info, simulated=False)
    path = tmp_path / "runs.sqlite"
    run = Store.open(path).load(made_up.write(path))
    comments, rows = rows_of(export(run, tmp_path / "out", "csv") / "points.csv")
    assert "# source bench: measured on bench made-up" in comments
    assert {(r["source"], r["simulated"]) for r in rows} == {("bench", "0"), ("overlay", "1")}


def test_hdf5_round_trip_with_units_and_simulated_on_everything(run, made_up, tmp_path):
    h5py = pytest.importorskip("h5py")
    path = export(run, tmp_path / "run.h5", "hdf5")
    with h5py.File(path) as file:
        assert (file.attrs["simulated"], file.attrs["run"]) == (1, run.run_id)
        assert json.loads(file["conditions"][()])["seed"] == 42
        points = file["bench/points"]
        found = np.array([points[k][:] for k in ("t_s", "v_dut_v", "i_a", "status")])
        np.testing.assert_array_equal(found, expected_points(made_up.records))
        assert points["v_dut_v"].attrs["units"] == "V"
        assert file["overlay/readings/conductance_siemens"].attrs["units"] == "S"
        bare = []
        file.visititems(lambda name, one: bare.append(name) if isinstance(one, h5py.Dataset)
                        and name != "conditions"
                        and (one.attrs["simulated"] != 1 or not one.attrs["units"]) else None)
        assert bare == []


def test_netcdf_round_trip_with_units_and_simulated_on_everything(run, made_up, tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    path = export(run, tmp_path / "run.nc", "netcdf")
    with xarray.open_dataset(path, engine="h5netcdf", decode_times=False) as data:
        found = np.array([data[f"point_{k}"] for k in ("t_s", "v_dut_v", "i_a", "status")])
        np.testing.assert_array_equal(found, expected_points(made_up.records))
        assert data["reading_conductance_siemens"].attrs["units"] == "S"
        assert data.sizes["model_point"] == 3 * 4 * 20
        assert data.attrs["origin"].startswith("SIMULATED")
        assert all(variable.attrs["simulated"] == 1 for variable in data.variables.values())
        assert json.loads(str(data["conditions"].values))["protocol"] == "pulse-series"


def test_a_run_with_very_many_stimuli_fits_into_every_format(made_up, tmp_path):
    # HDF5 attributes end at 64 kB; the conditions of 500 stimuli are longer.
    for package in ("h5py", "xarray", "h5netcdf"):
        pytest.importorskip(package)
    made_up.records = [made_up.record(k, repeat=1) for k in range(500)]
    path = tmp_path / "runs.sqlite"
    run = Store.open(path).load(made_up.write(path, overlay=False))
    assert export(run, tmp_path / "run.h5", "hdf5").stat().st_size > 64_000
    assert export(run, tmp_path / "run.nc", "netcdf").stat().st_size > 64_000


def test_a_run_without_records_is_exported_all_the_same(made_up, tmp_path):
    with Store.open(tmp_path / "runs.sqlite") as store:
        store.begin(made_up.header).finish("failed")
        run = store.load()
    comments, rows = rows_of(export(run, tmp_path / "out", "csv") / "points.csv")
    assert rows == []
    assert any("SIMULATED" in line for line in comments)


@pytest.mark.parametrize(("format_", "package", "what"), [
    ("hdf5", "h5py", "HDF5"), ("netcdf", "xarray", "NetCDF"), ("netcdf", "h5netcdf", "NetCDF"),
])
def test_a_missing_package_is_named(run, tmp_path, monkeypatch, format_, package, what):
    if package == "h5netcdf":
        pytest.importorskip("xarray")  # which is asked for first
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(RequestError) as caught:
        export(run, tmp_path / "run.x", format_)
    assert str(caught.value) == (
        f"to write {what}, the package {package} is needed: "
        "install it with pip install 'memrig[export]'"
    )


def test_an_unknown_format_is_refused(run, tmp_path):
    with pytest.raises(RequestError) as caught:
        export(run, tmp_path / "x", "xlsx")
    assert str(caught.value) == (
        "format 'xlsx' was asked; a run is exported as one of csv, hdf5, netcdf"
    )


def test_a_place_that_cannot_be_written_is_named(run, tmp_path):
    place = tmp_path / "file"
    place.write_text("")
    said = re.escape(f"run {run.run_id} cannot be exported to {place}: ")
    with pytest.raises(StoreError, match=said):
        export(run, place, "csv")


def test_exporting_imports_nothing_optional_by_itself():
    assert not {"h5py", "xarray", "h5netcdf"} & set(vars(exporting))
