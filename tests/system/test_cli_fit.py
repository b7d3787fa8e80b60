"""``memrig fit``: what it prints, writes and refuses, and that its file is taken as a model."""

from __future__ import annotations

import re
import tomllib

import pytest

TRUTH = ["-m", "r_set=2.1e-3", "-m", "area_m2=1.5e-12"]
SWEEP = ["run", "iv-sweep", "-p", "points=100", *TRUTH, "--seed", "1"]
FIT = ["fit", "last", "--model", "guseinov"]


def test_a_fit_finds_the_truth_and_its_file_is_a_model(memrig, folder):
    memrig(*SWEEP)
    done = memrig(*FIT, "--free", "r_set, area_m2")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^r_set +0\.00(210|2099)\d* +\S+ +0\.0014 *$", done.out, re.MULTILINE)
    assert re.search(r"^nrmse 0\.1\d+ before, \S+ after, \d+ points$", done.out, re.MULTILINE)
    assert "fixed: phi_ion_ev, c1, v_reset_v" in done.out
    file = folder / "memrig.parameters" / "dut-guseinov-v1.toml"
    assert done.out.endswith("parameters: memrig.parameters/dut-guseinov-v1.toml\n")
    assert tomllib.loads(file.read_text())["free"] == ["area_m2", "r_set"]
    again = memrig(*SWEEP, "--overlay", file, "--json").json
    assert again["overlay"]["settings"]["model"]["r_set"] == pytest.approx(2.1e-3, rel=1e-3)


def test_the_fitted_model_is_laid_over_the_run(memrig):
    memrig(*SWEEP)
    found = memrig(*FIT, "--free", "r_set,area_m2", "--json").json
    shown = memrig("runs", "show", "--json").json["overlay"]
    assert shown["nrmse"] == pytest.approx(found["nrmse"], rel=1e-6)
    assert found["nrmse"] < 1e-3 < found["nrmse_before"]
    assert found["converged"] is True
    assert {one["name"] for one in found["estimates"] if one["free"]} == {"r_set", "area_m2"}


def test_versions_count_up_and_a_file_of_ones_own_is_never_overwritten(memrig, folder):
    memrig(*SWEEP)
    words = [*FIT, "--free", "area_m2", "-m", "r_set=2.1e-3"]
    assert [memrig(*words, "--json").json["version"] for _ in range(2)] == [1, 2]
    assert memrig(*words, "--output", "own.toml").code == 0
    before = (folder / "own.toml").read_text()
    refused = memrig(*words, "--output", "own.toml")
    assert (refused.code, refused.sentence) == (
        2, "own.toml exists already; a parameter file is never overwritten")
    assert (folder / "own.toml").read_text() == before


def test_a_fit_goes_on_from_a_file(memrig):
    memrig(*SWEEP)
    memrig(*FIT, "--free", "r_set", "--output", "first.toml")
    found = memrig("fit", "last", "--model", "first.toml", "--free", "area_m2,r_set", "--json").json
    assert found["nrmse"] < found["nrmse_before"] < 0.13


@pytest.mark.parametrize(("words", "sentence"), [
    (["--free", "aria"], "there is no number to fit among the parameters of guseinov called "
     "'aria'; did you mean area_m2?"),
    (["--free", "a0", "--fix", "a0"],
     "every parameter that was asked to be free (a0) is fixed, too"),
    (["--free", "x0"], "x0 was asked to be free or fixed, but the state follows the readings of "
     "this run; x0 belongs to curves without readings"),
    (["-m", "area_m2=x"], "guseinov, area_m2: 'x' is not a quantity in m2 (try '1.2m2' or "
     "'1.2e-9 m2')"),
])
def test_what_makes_no_sense_is_explained(memrig, folder, words, sentence):
    memrig(*SWEEP)
    done = memrig(*FIT, *words)
    assert (done.code, done.sentence) == (2, sentence)
    assert not (folder / "memrig.parameters").exists()


def test_there_must_be_a_run(memrig):
    done = memrig(*FIT)
    assert done.code == 1
    assert done.sentence == ("run 'last' was asked; the run store memrig.sqlite holds no runs")
