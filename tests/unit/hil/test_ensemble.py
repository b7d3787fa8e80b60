"""Ensembles: quantiles, the store, exports."""

import csv
import json

import numpy as np
import pytest

from memrig.hil.ensemble import Band, Ensemble, quantiles
from memrig.hil.export import export
from memrig.hil.report import write
from memrig.hil.store import Store

RNG = np.random.default_rng(5)


@pytest.fixture
def ensemble():
    """Twelve devices, the last of which was not finished."""
    g = RNG.normal(1e-3, 1e-4, (12, 3))
    g[11] = np.nan
    return Ensemble(
        varied={"a0": RNG.normal(1e8, 1e6, 12)}, units={"a0": "1"}, x0=np.full(12, 0.2),
        finished=np.arange(12) < 11, conductance_siemens=g,
        values={"r_lrs_ohm": np.append(np.arange(11.0), np.nan)}, series={"dg_rel": g},
        bands=(Band(stimulus=1, t_s=np.arange(4.0), v_v=np.arange(4.0), i_a=np.ones((5, 4))),),
        settings={"seed": 5, "nonidealities": {}})


@pytest.fixture
def run(tmp_path, made_up, ensemble):
    store = Store.open(tmp_path / "runs.sqlite")
    run_id = made_up.write(store.path)
    store.set_ensemble(run_id, ensemble)
    return store.load(run_id)


def test_quantiles_are_those_of_the_devices_that_have_a_number():
    rows = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    found = quantiles(rows)
    assert found[2, 0] == 2.0
    assert found[0, 0] == pytest.approx(1.05)  # 2.5 % of the way through two gaps
    assert np.isnan(found[:, 1]).all()


def test_what_a_figure_of_merit_spreads_over(ensemble):
    (spread,) = ensemble.spreads()
    assert (spread.devices, spread.mean, spread.median) == (11, 5.0, 5.0)
    assert spread.deviation == pytest.approx(np.sqrt(11.0))


def test_the_store_gives_it_back_and_has_one_at_most(run, ensemble):
    again = run.ensemble
    for name in ("x0", "finished", "conductance_siemens"):
        np.testing.assert_array_equal(getattr(again, name), getattr(ensemble, name))
    for name in ("varied", "values", "series"):
        ours, theirs = getattr(again, name), getattr(ensemble, name)
        assert ours.keys() == theirs.keys()
        for key, array in theirs.items():
            np.testing.assert_array_equal(ours[key], array)
    np.testing.assert_array_equal(again.bands[0].i_a, ensemble.bands[0].i_a)
    assert (again.units, again.settings) == (ensemble.units, ensemble.settings)
    store = Store.open(run.path)
    store.set_ensemble(run.run_id, ensemble)
    assert len(store.load(run.run_id).ensemble) == 12


def test_a_run_of_one_device_has_none(tmp_path, made_up):
    path = tmp_path / "runs.sqlite"
    assert Store.open(path).load(made_up.write(path)).ensemble is None


def test_csv_has_a_row_per_device_that_says_simulated(run, ensemble, tmp_path):
    folder = export(run, tmp_path / "out", "csv")
    lines = (folder / "devices.csv").read_text(encoding="utf-8").splitlines()
    assert "# source ensemble: SIMULATED devices of one model: no device was measured" in lines
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [float(row["a0"]) for row in rows] == ensemble.varied["a0"].tolist()
    assert [row["finished"] for row in rows] == ["1"] * 11 + ["0"]
    assert {row["simulated"] for row in rows} == {"1"}
    readings = (folder / "device_readings.csv").read_text(encoding="utf-8").splitlines()
    bands = (folder / "bands.csv").read_text(encoding="utf-8").splitlines()
    assert len([line for line in readings if line.startswith("ensemble,")]) == 36
    assert len([line for line in bands if line.startswith("ensemble,")]) == 4


def test_hdf5_and_netcdf_have_it_too(run, ensemble, tmp_path):
    h5py, xarray = pytest.importorskip("h5py"), pytest.importorskip("xarray")
    with h5py.File(export(run, tmp_path / "run.h5", "hdf5")) as file:
        np.testing.assert_array_equal(file["ensemble/devices/a0"][:], ensemble.varied["a0"])
        assert file["ensemble/bands"].attrs["simulated"] == 1
    with xarray.open_dataset(export(run, tmp_path / "run.nc", "netcdf"), engine="h5netcdf") as data:
        np.testing.assert_array_equal(data["devices_a0"], ensemble.varied["a0"])
        assert data["bands_i_500_a"].attrs["units"] == "A"
        json.loads(str(data["conditions"].values))


def test_the_report_shows_the_spread(run, tmp_path):
    page = write(run, tmp_path / "run.html").read_text(encoding="utf-8")
    assert "11 of 12" in page
    assert "11 simulated devices" in page
    assert "r_lrs_ohm" in page
