"""Scripts that memrig writes: run as they stand, they send what the run before them has sent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memrig.hil import Overlay, Passport, Profile, Store, bench_file, execute, open_bench, script
from memrig.hil.cli import main
from memrig.hil.opening import description_of
from memrig.hil.protocols import IvSweep, PulseSeries, Read, Stdp
from memrig.hil.script import Opening, Recipe, Simulation, run_script, session_script, title_of
from memrig.sim import NonIdealities, SimulatedBench, models

ODD = "W07 (3,4) \"cell\" 'ü' \\ µ"
NOTE = "two lines\nand \"quotes\" '''three''' \"\"\"more\"\"\" – Δt ± 1 µs \\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "it's a store.sqlite")


def started(text: str, tmp_path: Path) -> str:
    """What a script prints when it is run in a process of its own."""
    path = tmp_path / "written.py"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", str(path)], capture_output=True,
                          text=True, timeout=120, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def repeated(store: Store, run_id: str, tmp_path: Path) -> Any:
    """The newest run of a store, after the script of another run was started."""
    run = store.load(run_id)
    said = started(run_script(Recipe.of_run(run), store.path, title_of(run)), tmp_path)
    again = store.load("last")
    assert again.run_id != run_id
    assert f"{again.run_id} finished {run.plan_sha256}" in said
    return again


def test_a_run_on_the_model_is_repeated_to_the_last_bit(store: Store, tmp_path: Path) -> None:
    model = models.create("guseinov", area_m2=2.0000000000000004e-14)
    bench = SimulatedBench(model, integrator="euler", step_s=1e-6, x0=0.1 + 0.2)
    before = execute(
        IvSweep(points=64, amplitude_set=f"{1 / 3!r} v_set", period=0.1 + 0.2), bench,
        overlay=Overlay(bench=SimulatedBench(model, integrator="auto"), drive="measured"),
        store=store, note=NOTE, seed=11, passport=Passport(device=ODD, cell="12", pulses=3),
    )
    store.tag(before.id, "Δ'tag'", "two")
    first = store.load(before.id)
    again = repeated(store, before.id, tmp_path)
    assert again.header.parameters == first.header.parameters
    assert (again.header.note, again.header.seed, again.tags) == (NOTE, 11, first.tags)
    assert again.header.passport == first.header.passport
    assert again.header.profile == first.header.profile
    assert again.header.model == first.header.model
    assert again.result == first.result  # the simulated device began in the same state
    assert again.overlay == first.overlay


def test_a_run_on_the_twin_is_repeated_with_its_hidden_errors(
    store: Store, tmp_path: Path
) -> None:
    own = models.create("guseinov").profile().to_json()
    profile = Profile(**{**own, "name": ODD, "v_max_v": 1.9000000000000001,
                         "protocols": ("pulse-series", "read")})
    with open_bench("twin", seed=3) as bench:
        before = execute(PulseSeries(count=4), bench, profile=profile, store=store, seed=5)
    first = store.load(before.id)
    again = repeated(store, before.id, tmp_path)
    assert again.header.profile == profile
    found, wanted = (one.result["values"]["conductance_siemens"] for one in (again, first))
    assert found == pytest.approx(wanted, rel=1e-9)  # the last bit is the processor's


def test_a_protocol_that_decides_by_what_it_reads_is_repeated(
    store: Store, tmp_path: Path
) -> None:
    model = SimulatedBench(models.create("guseinov"), integrator="auto")
    before = execute(Stdp(points=2, repeats=1), model, store=store, seed=8)
    assert repeated(store, before.id, tmp_path).plan_sha256 == before.plan_sha256


def test_a_bench_file_is_opened_again_from_anywhere(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench_file.write(description_of("twin-single"), tmp_path / "my bench.toml")
    monkeypatch.chdir(tmp_path)
    with open_bench("my bench.toml") as bench:
        before = execute(Read(), bench, profile=models.create("guseinov").profile(),
                         store=store, seed=1)
    monkeypatch.chdir("/")
    again = repeated(store, before.id, tmp_path)
    assert again.header.bench.settings["opened"]["spec"] == str(tmp_path / "my bench.toml")


def test_the_command_line_prints_it(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = execute(Read(), SimulatedBench(), store=store, seed=1)
    assert main(["runs", "script", before.id[:6], "--store", str(store.path)]) == 0
    text = capsys.readouterr().out
    assert before.plan_sha256 in started(text, tmp_path)
    assert text.count("\n") < 15  # short enough to be read


def test_a_run_beyond_the_model_is_repeated_bit_by_bit(store: Store, tmp_path: Path) -> None:
    beyond = NonIdealities(pulse_noise=0.02, rate_spread=0.2, read_noise=0.01, flicker=1e-6,
                           telegraph=0.05, drift="power", drift_t0_s=1e-4)
    bench = SimulatedBench(integrator="auto", nonidealities=beyond, seed=6)
    before = execute(PulseSeries(count=2), bench, store=store, seed=1)
    again = repeated(store, before.id, tmp_path)
    assert again.result["values"] == store.load(before.id).result["values"]
    assert len(set(before.result.values["conductance_siemens"])) == 4


def test_a_session_is_one_script(store: Store, tmp_path: Path) -> None:
    measured = execute(IvSweep(points=64), SimulatedBench(), store=store, seed=1).id
    overlay = Simulation(name="guseinov", integrator="auto")
    report, table = tmp_path / "it's.html", tmp_path / "out \"1\""
    read = Recipe(protocol=Read(), opening=Opening(spec="twin-single"), simulated=True,
                  overlay=overlay, note=NOTE, seed=2)
    actions = [
        script.opened(Opening(spec="model", device=overlay), "opened\nthe model"), read.action,
        script.opened(Opening(spec="twin-single"), "opened the twin"), read.action,
        script.stopped("STOP"), script.restored(measured, "restored"),
        script.compared(measured, overlay, "measured", "compared"),
        script.compared(measured, overlay, "plan", "from its state", keep_state=True),
        script.fitted(measured, overlay, ("r_set",), "plan", "fitted"), script.kept("kept"),
        script.reported(measured, report, "report"),
        script.exported(measured, table, "csv", "exported"),
    ]
    started(session_script(actions, store.path), tmp_path)
    assert [(one.protocol, one.bench) for one in store.runs()[1:]] == [
        ("read", "model"), ("read", "awg-scope-single")]
    assert measured in report.read_text(encoding="utf-8")
    assert table.exists()
    assert store.load(measured).overlay["model"] == "guseinov"  # type: ignore[index]  # it has one
    started(session_script([], store.path), tmp_path)
