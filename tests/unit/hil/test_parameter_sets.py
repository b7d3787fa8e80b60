"""Parameter sets: written once, in versions, read back exactly, found by device and model."""

import dataclasses
import tomllib

import pytest

from memrig.hil.errors import RequestError
from memrig.hil.execution import execute
from memrig.hil.fitting import fit
from memrig.hil.parameter_sets import data_sha256, folder_of, keep, kept, kept_of, read, write
from memrig.hil.protocols import PulseSeries
from memrig.hil.store import Store
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

MODEL = models.create("guseinov", r_set=2e-3)


@pytest.fixture
def stored(tmp_path):
    with Store.open(tmp_path / "runs.sqlite") as store:
        execute(PulseSeries(count=1), SimulatedBench(integrator="auto", noise_a=1e-8), store=store,
                seed=1)
        yield store.load()


@pytest.fixture
def found(stored):
    """What a fit of the stored run has found."""
    records = stored.records()
    fitted = fit(records, MODEL, free=["r_set", "nu_hz", "r_reset"], drive="plan")
    return kept_of(fitted, MODEL, stored, records)


def test_a_set_is_read_back_exactly(tmp_path, stored, found):
    numbered, path = keep(stored.path, found)
    assert path == folder_of(stored.path) / "dut-guseinov-v1.toml"
    assert read(path) == numbered
    assert numbered.values["orientation"] == 1
    assert numbered.free == ("nu_hz", "r_reset", "r_set")
    assert models.create("guseinov", **numbered.values).r_set == numbered.values["r_set"]


def test_the_file_says_where_it_comes_from(stored, found):
    _, path = keep(stored.path, found)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assert (data["model"], data["device"], data["version"]) == ("guseinov", "dut", 1)
    assert data["run"] == stored.run_id
    assert data["data_sha256"] == data_sha256(stored.records())
    assert data["parameters"]["v_set_v"] == "-0.4 V"
    assert data["memrig"]
    assert data["created_at"].startswith("20")
    assert set(data["free"]) | set(data["fixed"]) == set(data["parameters"])
    assert data["notes"]["nu_hz"] == "not determined: only together with r_set, r_reset"
    assert "nu_hz" not in data["uncertainty"]


def test_versions_count_up_by_device_and_model_and_nothing_is_overwritten(stored, found):
    other = dataclasses.replace(found, device="W07 (3,4) cell 12")
    alike = dataclasses.replace(found, device="W07_(3,4)-cell/12")
    made = [keep(stored.path, one) for one in (found, found, other, alike, found)]
    assert [one.number for one, _ in made] == [1, 2, 1, 1, 3]
    assert len({path for _, path in made}) == 5
    assert made[2][1].name == "W07-3-4-cell-12-guseinov-v1.toml"
    assert [one.number for one, _ in kept(stored.path, "guseinov", "dut")] == [1, 2, 3]
    assert [one.device for one, _ in kept(stored.path, device=other.device)] == [other.device]
    assert kept(stored.path, model="yakopcic") == []
    with pytest.raises(FileExistsError):
        write(found, made[0][1])


def test_names_that_are_written_alike_do_not_meet(stored, found):
    one, two = (dataclasses.replace(found, device=name) for name in ("a b", "a-b"))
    first, second = keep(stored.path, one), keep(stored.path, two)
    assert first[1] != second[1]
    assert [one.device for one, _ in kept(stored.path)] == ["a b", "a-b"]


def test_the_hash_is_of_the_data(stored):
    records = stored.records()
    assert data_sha256(records) == data_sha256(stored.records())
    assert data_sha256(records[:-1]) != data_sha256(records)


def test_a_broken_file_is_left_out_and_explained(tmp_path, stored, found):
    _, path = keep(stored.path, found)
    (path.parent / "mine.toml").write_text('model = "guseinov"\n')
    (path.parent / "worse.toml").write_text("model =")
    assert [one for _, one in kept(stored.path)] == [path]
    with pytest.raises(RequestError, match=r"mine.toml is no parameter set of a fit; it needs "
                                           r"model, device, nrmse and \[parameters\]"):
        read(path.parent / "mine.toml")
    with pytest.raises(RequestError, match=r"worse.toml cannot be read: "):
        read(path.parent / "worse.toml")
    with pytest.raises(RequestError, match=r"missing.toml cannot be read: No such file"):
        read(tmp_path / "missing.toml")


def test_a_folder_that_cannot_be_made_is_explained(tmp_path, found):
    (tmp_path / "other.parameters").write_text("")
    with pytest.raises(RequestError, match=r"other.parameters cannot be made: File exists"):
        keep(tmp_path / "other.sqlite", found)
    with pytest.raises(RequestError, match=r"the parameter file .* cannot be written: No such"):
        write(found, tmp_path / "nowhere" / "x.toml")
    assert kept(tmp_path / "nothing.sqlite") == []
