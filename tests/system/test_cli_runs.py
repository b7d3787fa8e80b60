"""``memrig run`` and ``memrig runs``: what is printed, stored, listed, exported and imported."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from memrig.hil.registry import entries
from memrig.hil.store import Store

ALWAYS = {"run", "protocol", "bench", "simulated", "integrator", "plan_sha256", "duration_s",
          "points", "result", "overlay"}
FIG2 = ["run", "iv-sweep", "--preset", "article-fig2", "--json"]


# -- the article's Fig. 2 -----------------------------------------------------------------


def swept(folder):
    """Voltage and current of the latest run's sweep."""
    with Store.open(folder / "memrig.sqlite") as store:
        (record,) = (r for r in store.load("last").records() if r.role == "sweep")
    trace = record.trace(0, 0)
    return trace.v_dut_v, trace.i_a


def test_the_article_s_fig2(memrig, folder):
    # A 3 V sine of 100 samples of 1e-5 s, explicit Euler, guseinov from w = 1, noise off; currents
    # are taken before the step (the article; a public picture of the model has 0.26 mA near 1.6 V).
    done = memrig(*FIG2)
    assert (done.code, done.err) == (0, "")
    result = done.json["result"]
    assert result["reset_peak_a"] == pytest.approx(0.287e-3, abs=0.5e-6)
    assert result["reset_peak_v"] == pytest.approx(1.763, abs=0.5e-3)
    assert -2.4 < result["v_set_v"] < -1.9
    assert result["r_lrs_ohm"] == pytest.approx(5882.0, abs=0.5)
    assert result["r_hrs_ohm"] > 10 * result["r_lrs_ohm"]
    v_v, i_a = swept(folder)
    assert v_v.size in (100, 101)
    at = int(v_v.argmin())
    assert (v_v[at], i_a[at]) == (pytest.approx(-3.0), pytest.approx(-0.510e-3, abs=0.5e-6))


def test_fig2_says_how_wrong_its_step_is_and_what_a_finer_one_gives(memrig):
    rough, finer = memrig(*FIG2).json["settings"], memrig(*FIG2, "--step", "1us").json["settings"]
    assert (rough["integrator"], rough["step_s"], finer["step_s"]) == ("euler", 1e-5, 1e-6)
    assert rough["error_rel"] > 0.1
    said = re.fullmatch(r"a step of 10 us is too coarse for this drive: estimated error (\S+) of "
                        r"the excursion; a step of 1 ns gives about (\S+)", rough["advice"])
    assert float(said[1]) == pytest.approx(rough["error_rel"], rel=0.05)
    # Explicit Euler is of first order, so a thousandth of 1 us has a thousandth of its error.
    assert float(said[2]) == pytest.approx(finer["error_rel"] / 1000, rel=0.5)
    printed = memrig(*FIG2[:-1]).out
    assert "integrator euler, step 10 us, estimated error 0.42 of the excursion" in printed
    assert rough["advice"] in printed


# -- what --json holds --------------------------------------------------------------------


@pytest.mark.parametrize(("words", "keys"), [
    (["iv-sweep", "--preset", "article-fig2"], {"loop_area_w", "r_lrs_ohm", "r_hrs_ohm", "read_v"}),
    (["pulse-series", "-p", "count=3"], {"conductance_siemens", "u_siemens", "polarity"}),
    (["stdp", "-p", "points=2", "-p", "repeats=1"],
     {"dt_s", "dg_siemens", "dg_rel", "dw_article_percent", "sham_sigma_rel"}),
])
def test_json_holds_what_was_promised(memrig, words, keys):
    done = memrig("run", *words, "--seed", "1", "--json")
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert found.keys() >= ALWAYS
    assert (found["protocol"], found["bench"], found["simulated"]) == (words[0], "model", True)
    assert (found["integrator"], found["overlay"]) == ("euler", None)
    assert re.fullmatch("[0-9a-f]{64}", found["plan_sha256"])
    assert found["result"].keys() >= keys
    lists = {len(v) for k, v in found["result"].items() if k in keys and isinstance(v, list)}
    assert len(lists) <= 1
    assert memrig("runs", "show", "--json").json["result"]["values"] == found["result"]


def test_an_overlay_names_its_model_drive_and_integrator(memrig):
    for drive in ("plan", "measured"):
        found = memrig("run", "pulse-series", "-p", "count=3", "--overlay", "guseinov", "--drive",
                       drive, "-m", "x0=0.5", "--integrator", "rk4", "--json").json["overlay"]
        assert found.keys() >= {"model", "drive", "rmse_a", "nrmse", "max_abs_a", "chi2_dg"}
        assert (found["model"], found["drive"], found["error"]) == ("guseinov", drive, "")
        assert found["settings"]["integrator"] == "rk4"
        assert found["nrmse"] < 1e-3


def test_a_bench_of_instruments_has_no_integrator_of_its_own(memrig, lab):
    bench = lab()
    found = memrig("read", "--bench", bench.file, "--overlay", "guseinov", "--json").json
    assert found["integrator"] is None
    assert found["overlay"]["settings"]["integrator"] == "auto"


def test_the_same_seed_sends_the_same_plans(memrig):
    words = ["preview", "stdp", "-p", "points=2", "-p", "repeats=1", "--json", "--seed"]
    one, same, other = (memrig(*words, seed).json["steps"] for seed in (1, 1, 2))
    assert one == same
    assert [step["labels"] for step in one] != [step["labels"] for step in other]


# -- parameters, models, profiles ---------------------------------------------------------


def test_levels_take_units_and_profile_units(memrig):
    level = memrig("preview", "pulse", "-p", "amplitude=1.1 v_set", "--json").json
    volts = memrig("preview", "pulse", "-p", "amplitude=-1870mV", "--json").json
    assert level["profile"]["v_set_v"] == pytest.approx(-1.7)
    assert [s["plan_sha256"] for s in level["steps"]] == [s["plan_sha256"] for s in volts["steps"]]
    program = next(s for s in level["steps"] if s["role"] == "program")
    assert program["v_low_v"] == pytest.approx(-1.87)


def test_a_model_s_parameters_and_state_reach_it(memrig):
    low, high = (memrig("read", "-m", f"x0={x0}", "--json").json["result"]["g_siemens"]
                 for x0 in (0.1, 0.9))
    assert high > 5 * low
    twice = memrig("read", "-m", "x0=0.9", "-m", "area_m2=3.4e-12", "--json").json
    assert twice["result"]["g_siemens"] == pytest.approx(2 * high)
    assert twice["settings"]["model"]["area_m2"] == 3.4e-12


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_a_model_comes_from_a_file(memrig, folder, suffix):
    path = folder / f"device.{suffix}"
    parameters = {"a1": 0.3, "x0": 0.5}
    if suffix == "json":
        path.write_text(json.dumps({"model": "yakopcic", "parameters": parameters}))
    else:
        path.write_text('model = "yakopcic"\n[parameters]\na1 = 0.3\nx0 = 0.5\n')
    by_file = memrig("read", "--model", path, "--json").json
    by_name = memrig("read", "--model", "yakopcic", "-m", "a1=0.3", "-m", "x0=0.5", "--json").json
    assert by_file["result"] == by_name["result"]
    assert by_file["settings"]["model"]["a1"] == 0.3
    overlay = memrig("read", "--overlay", path, "--model", path, "--json").json["overlay"]
    assert overlay["model"] == "yakopcic"


def test_a_profile_comes_from_a_model_or_a_file(memrig, folder):
    named = memrig("preview", "read", "--profile", "guseinov:zro2-y", "--json").json["profile"]
    text = "\n".join(f"{k} = {json.dumps(v)}" for k, v in named.items())
    (folder / "mine.toml").write_text(text.replace('"zro2-y"', '"mine"').replace(
        '"formed"', '"unknown"'))
    found = memrig("preview", "read", "--profile", "mine.toml", "--json").json
    assert found["profile"] == {**named, "name": "mine", "state": "unknown"}
    assert max(step["v_high_v"] for step in found["steps"]) <= 0.05 * (1 + 1e-9)
    done = memrig("pulse", "--profile", "mine.toml")
    assert done.code == 3
    assert "the device's state is 'unknown': only reads of at most 50 mV" in done.sentence


# -- what there is ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["protocols", "models", "drivers"])
def test_catalogues_in_text_and_in_json(memrig, kind):
    every, table = memrig(kind, "--json").json, memrig(kind).out
    assert list(every) == list(entries(kind))
    for name, data in every.items():
        one = memrig(kind, name).out
        assert data["title"] in table
        assert " ".join(one.split()).startswith(f"{name}: {data['title']} ")
        assert [line for line in one.splitlines() if len(line) > 80] == []
        assert memrig(kind, name, "--json").json == data
        for parameter, spec in data.get("parameters", {}).items():
            assert spec["help"]
            assert parameter in one


# -- the store ----------------------------------------------------------------------------


def test_a_store_that_does_not_exist_lists_as_empty_and_is_not_made(memrig, folder):
    assert memrig("runs", "list").out == "memrig.sqlite holds no runs\n"
    assert memrig("runs", "list", "--json").json == []
    memrig("preview", "read")
    assert list(folder.iterdir()) == []


def test_runs_are_listed_shown_and_found_by_the_beginning_of_their_name(memrig, folder):
    first = memrig("read", "--note", "a first look", "--seed", "7", "--json").json
    second = memrig("pulse", "--json").json
    before = sorted(folder.iterdir())
    listed = memrig("runs", "list", "--json").json
    assert [(r["run_id"], r["protocol"], r["status"], r["simulated"]) for r in listed] == [
        (first["run"], "read", "finished", True), (second["run"], "pulse", "finished", True)]
    assert (listed[0]["note"], listed[0]["points"]) == ("a first look", first["points"])
    text = memrig("runs", "list").out
    assert text.count("model SIMULATED") == 2
    shown = memrig("runs", "show", first["run"][:6], "--json").json
    assert (shown["run"], shown["seed"], shown["note"]) == (first["run"], 7, "a first look")
    assert f"run {second['run']}: pulse on bench model SIMULATED, finished" in memrig(
        "runs", "show").out
    assert sorted(folder.iterdir()) == before


def test_a_run_is_tagged_and_annotated_later(memrig, folder):
    tags = ("--tag", "W07", "--tag", "forming")
    run = memrig("read", "--note", "first", *tags, "--json").json["run"]
    assert memrig("runs", "tag", run[:6], "nice").out == f"run: {run}, tags: W07 forming nice\n"
    assert memrig("runs", "tag", "last", "forming", "nice", "--remove", "--json").json == {
        "run": run, "tags": ["W07"]}
    assert memrig("runs", "note", "last", "probe slipped").out == f"run: {run}, notes: 1\n"
    (listed,) = memrig("runs", "list", "--json").json
    assert (listed["note"], listed["tags"], listed["annotations"], listed["device"]) == (
        "first", ["W07"], ["probe slipped"], "dut")
    assert "first · probe slipped" in memrig("runs", "list").out
    shown = memrig("runs", "show", "--json").json
    assert shown["note"] == "first"
    assert shown["annotations"][0].endswith(": probe slipped")
    assert memrig("runs", "tag", run, "two words").sentence == (
        "'two words' is not a tag (try one word, e.g. 'forming' or 'W07')")
    assert memrig("runs", "note", run, "").sentence == (
        "an empty note was asked; a note needs a text")
    memrig("runs", "report", "--out", "r.html")
    assert "probe slipped" in (folder / "r.html").read_text(encoding="utf-8")


def test_another_store_is_another_file(memrig, folder):
    memrig("read", "--store", "other.sqlite")
    assert [p.name for p in folder.iterdir() if p.suffix == ".sqlite"] == ["other.sqlite"]
    assert len(memrig("runs", "list", "--store", "other.sqlite", "--json").json) == 1


def test_a_run_is_exported(memrig, folder):
    run = memrig("pulse", "--json").json["run"]
    assert memrig("runs", "export", "--json").json == {"export": f"memrig-{run}"}
    assert "SIMULATED" in "".join(p.read_text() for p in (folder / f"memrig-{run}").iterdir())
    pytest.importorskip("h5py")
    assert memrig("runs", "export", "--format", "hdf5").out == f"export: memrig-{run}.h5\n"
    pytest.importorskip("h5netcdf")
    assert memrig("runs", "export", "--format", "netcdf", "--out", "x.nc").out == "export: x.nc\n"
    assert (folder / f"memrig-{run}.h5").stat().st_size > 0
    assert (folder / "x.nc").stat().st_size > 0


# -- measured data ------------------------------------------------------------------------

LAYOUTS = {
    "comma.csv": ("1,2\n2,4\n1,2\n", "v=1,i=2:uA", True),
    "semicolon.csv": ("U;I\n1,0;2,0\n2,0;4,0\n1,0;2,0\n", "v=U,i=I:uA", True),
    "tab.txt": ("Time\tVoltage (V)\tCurrent (uA)\n0\t1\t2\n0.1\t2\t4\n0.2\t1\t2\n",
                "t=Time,v=Voltage,i=Current", False),
    "blank.dat": ("# t v i\n0 1000 2e-6\n0.1 2000 4e-6\n0.2 1000 2e-6\n", "t=t,v=v:mV,i=i", False),
    "millis.csv": ("t (ms),v,i\n0,1,2e-6\n100,2,4e-6\n200,1,2e-6\n", "t=1,v=2,i=3", False),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_measured_data_become_a_run(memrig, folder, name):
    content, columns, needs_rate = LAYOUTS[name]
    (folder / name).write_text(content)
    rate = ["--rate-hz", "10"] if needs_rate else []
    done = memrig("runs", "import", name, "--columns", columns, *rate, "--note", "theirs", "--json")
    assert (done.code, done.json["points"]) == (0, 3)
    (listed,) = memrig("runs", "list", "--json").json
    assert (listed["run_id"], listed["protocol"], listed["note"], listed["simulated"]) == (
        done.json["run"], "import", "theirs", False)
    with Store.open("memrig.sqlite") as store:
        (record,) = store.load("last").records()
    trace = record.trace(0, 0)
    np.testing.assert_allclose(trace.t_s, [0, 0.1, 0.2], atol=1e-12)
    np.testing.assert_allclose(trace.v_dut_v, [1, 2, 1])
    np.testing.assert_allclose(trace.i_a, [2e-6, 4e-6, 2e-6])


@pytest.mark.parametrize(("words", "said"), [
    (["none.csv", "--columns", "t=1,v=1,i=2"], "the table none.csv cannot be read: No such file"),
    (["c.csv", "--columns", "v=1,i=2"], "neither a column of times (t=1) nor a rate in Hz"),
    (["c.csv", "--columns", "v=1,i=2", "--rate-hz", "-5"], "a rate of -5 Hz was given"),
    (["c.csv", "--columns", "v=1,i=2", "--rate-hz", "0"], "a rate of 0 Hz was given"),
    (["c.csv", "--columns", "v=1,i=3", "--rate-hz", "10"], "column 3 was asked; there are columns"),
    (["c.csv", "--columns", "v=1,i=amps", "--rate-hz", "10"], "column 'amps' was asked for i"),
    (["c.csv", "--columns", "v=1,i=2:uV", "--rate-hz", "10"], "'uV' is not a unit of i"),
    (["c.csv", "--columns", "v=1", "--rate-hz", "10"], "does not say where i is"),
    (["c.csv", "--columns", "t=1,v=1,i=2", "--rate-hz", "10"], "one will do"),
])
def test_an_import_that_cannot_be_is_explained_and_leaves_no_store(memrig, folder, words, said):
    (folder / "c.csv").write_text("volts,current\n1,2\n2,4\n")
    done = memrig("runs", "import", *words)
    assert done.code == 2
    assert said in done.sentence
    assert [path.name for path in folder.iterdir()] == ["c.csv"]


def test_a_measured_loop_of_a_real_device_is_imported_by_one_command(memrig, shared_dir):
    # README: one period of a sine of 100 Hz in 200 rows at 20 kS/s, behind 5 kilohm.
    (file,) = (shared_dir / "data/a1_knowm_sdc_iv").glob("5k*/*_.8V_100Hz_M1/Memristor.csv")
    done = memrig("runs", "import", file, "--columns", "v=1,i=2:uA", "--rate-hz", "20000", "--json")
    assert (done.code, done.json["points"]) == (0, 200)
    values = memrig("runs", "show", "--json").json["result"]["values"]
    assert values["duration_s"] == pytest.approx(0.01, rel=0.01)
    assert values["i_max_a"] > 10e-6


def test_a_preview_says_what_is_really_done_and_warns(memrig):
    words = ["preview", "pulse", "--bench", "twin-smu", "-p", "width=20us"]
    text = memrig(*words).out
    assert "read_window  20 ms, 200 samples" in text
    assert "warning: width: a pulse of" in text
    found = memrig(*words, "--json").json
    assert found["realised"]["read_window"] == ["20 ms, 200 samples"]
    assert {one["parameter"] for one in found["warnings"]} == {"width"}
