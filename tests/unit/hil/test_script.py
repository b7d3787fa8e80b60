"""Python text that repeats things: what is written, and what cannot be."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil import Store, execute
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.importing import import_run, read_table
from memrig.hil.netlist import ideal
from memrig.hil.parameters import Level
from memrig.hil.protocols import Read
from memrig.hil.script import (
    WIDTH,
    Action,
    Opening,
    Recipe,
    Simulation,
    call,
    literal,
    plain,
    run_script,
    session_script,
)
from memrig.hil.store import StoredRun
from memrig.sim import SimulatedBench, models

PLAIN = st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.text())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "runs.sqlite")


def test_the_text_of_a_run_is_short_and_says_only_what_is_not_the_default() -> None:
    recipe = Recipe(
        protocol=Read(), opening=Opening(spec="twin"), simulated=True, seed=1,
        overlay=Simulation(name="guseinov", integrator="auto"),
        profile=models.create("guseinov").profile(),
    )
    assert run_script(recipe, "runs.sqlite", "Repeats run 1.") == '''\
"""Repeats run 1."""

from memrig.hil import Overlay, Store, execute, open_bench
from memrig.hil.protocols import Read
from memrig.sim import SimulatedBench, models

protocol = Read()
model = SimulatedBench(models.create("guseinov"), integrator="auto")
with Store.open("runs.sqlite") as store, open_bench("twin") as bench:
    run = execute(protocol, bench, overlay=Overlay(bench=model), store=store, seed=1)
print(run.id, run.status, run.plan_sha256)
'''


def test_what_a_device_does_beyond_its_model_is_written_with_its_seed() -> None:
    device = Simulation(name="guseinov", integrator="auto", noise_seed=7,
                        nonidealities={"read_noise": 0.01, "spread": ["a0=5%"]})
    recipe = Recipe(protocol=Read(), opening=Opening(spec="model", device=device), simulated=True,
                    profile=models.create("guseinov").profile())
    text = run_script(recipe, "runs.sqlite", "Runs.")
    assert "from memrig.sim import NonIdealities, SimulatedBench, models\n" in text
    assert """bench = SimulatedBench(
    models.create("guseinov"), integrator="auto",
    nonidealities=NonIdealities(read_noise=0.01, spread=("a0=5%",)), seed=7,
)
""" in text


def test_a_real_device_always_gets_its_profile_and_a_warning() -> None:
    recipe = Recipe(
        protocol=Read(), opening=Opening(spec="/b.toml"), simulated=False,
        overlay=Simulation(name="guseinov"), profile=models.create("guseinov").profile(),
    )
    text = run_script(recipe, "runs.sqlite", "Runs.")
    assert "profile=Profile(" in text
    assert "It energises a real device when it is started with --arm." in text
    assert "from sys import argv" in text
    assert 'armed="--arm" in argv' in text


@given(PLAIN)
def test_a_value_is_the_same_when_it_is_read_back(value: Any) -> None:
    found = eval(literal(value))  # written by us a line above
    assert found == value or math.isnan(value)
    assert type(found) is type(value)
    assert not set(literal(value)) & set("\r\n")


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", *Level.NAMES]))
def test_a_level_is_the_same_when_it_is_read_back(value: float, of: str) -> None:
    level = Level(value, of)
    assert Level.parse(eval(literal(level))) == level
    assert eval(literal((level,))) == (level.exact,)


@given(st.text(), st.text())
def test_no_title_breaks_a_script(title: str, note: str) -> None:
    assert "\n" not in plain(title)
    recipe = Recipe(protocol=Read(), opening=Opening(spec=title), simulated=True, note=note)
    for text in (run_script(recipe, title, title),
                 session_script([recipe.action, Action(title=title, lines=())], note)):
        ast.parse(text)


def test_calls_stay_within_the_page() -> None:
    texts = [f"name_{number}={number * math.pi!r}" for number in range(12)]
    text = call("run = execute", texts)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert len(ast.parse(text).body) == 1
    assert call("f", texts[:2]) == f"f({texts[0]}, {texts[1]})"


def refusal(run: StoredRun) -> str:
    with pytest.raises(RequestError) as refused:
        Recipe.of_run(run)
    return str(refused.value)


def test_what_was_measured_elsewhere_cannot_be_repeated(store: Store, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("v,i\n0,0\n0.1,1e-6\n0.2,3e-6\n", encoding="utf-8")
    curve = read_table(tmp_path / "old.csv", columns="v=1,i=2", rate_hz=10.0)
    run = store.load(import_run(store, curve))
    assert refusal(run) == (f"run {run.run_id} was measured elsewhere (old.csv); nothing of it can "
                            "be applied again")


def test_a_circuit_of_its_own_is_not_written(store: Store) -> None:
    bench = SimulatedBench(netlist=ideal(series_ohm=1e3))
    run = store.load(execute(Read(), bench, store=store).id)
    assert refusal(run) == (f"run {run.run_id} was made on a model with a circuit of its own "
                            "(ideal), which is not written as Python")


def test_names_that_are_not_known_here_are_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.load(execute(Read(), SimulatedBench(), store=store).id)
    object.__setattr__(run.header, "parameters", {"lenght": "1 s"})
    with pytest.raises(UnknownNameError, match="there is no parameter of read called 'lenght'"):
        Recipe.of_run(run)
    object.__setattr__(run.header, "protocol", "of-somebody-else")
    with pytest.raises(UnknownNameError, match="no protocol called 'of-somebody-else'"):
        Recipe.of_run(run)


def test_a_bench_that_nobody_can_open_again_is_said(store: Store) -> None:
    run = store.load(execute(Read(), SimulatedBench(), store=store).id)
    object.__setattr__(run.bench_before, "name", "smu-one")
    object.__setattr__(run.bench_before, "settings", {})
    assert refusal(run) == (f"run {run.run_id} was made on bench smu-one, and how that was opened "
                            "is not stored; repeat it with 'memrig run --bench FILE'")
