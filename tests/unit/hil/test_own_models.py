"""Models in files: what is run, what is not, and what is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from memrig.hil import Waveform, own_models
from memrig.hil.cli.experiment import model_choice
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.registry import entries, load
from memrig.sim import models
from memrig.sim.batch import Devices, simulate_many
from memrig.sim.twin.twin import device_of

EXAMPLE = Path(__file__).resolve().parents[3] / "examples/my_model.py"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(path: Path, *changes: tuple[str, str]) -> str:
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path.name


def test_a_file_that_the_user_names_is_a_model_like_others(here: Path) -> None:
    name = changed(here / "mine.py")
    assert models.create(name, v_t_v=0.3).v_t_v == 0.3  # type: ignore[attr-defined]  # its own
    assert list(entries("models"))[-1] == "diffusive"
    assert models.create("diffusive").name == load("models", "diffusive").name
    assert model_choice(f"{name}:Diffusive", {}).name == "diffusive"
    assert device_of({"model": "diffusive"})[0].bounds == (0.0, 1.0)


def test_files_in_the_environment_are_known_by_their_names(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(here / "one.py")
    changed(here / "two.py", ('"diffusive"', '"other"'))
    monkeypatch.setenv(own_models.FILES, os.pathsep.join(("one.py", "two.py")))
    assert list(entries("models"))[-2:] == ["diffusive", "other"]
    assert models.create("other").closed_form is False


def test_processes_that_are_started_know_what_was_named(here: Path) -> None:
    own_models.admit(changed(here / "mine.py"))
    code = "from memrig.sim import models; print(models.create('diffusive').x0)"
    done = subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True,
                          check=True)
    assert done.stdout == "0.0\n"


RUN_ME = "from pathlib import Path\nPath('was-run').touch()\n"


def test_a_file_that_somebody_else_names_is_not_run(here: Path) -> None:
    (here / "theirs.py").write_text(RUN_ME, encoding="utf-8")
    (here / "theirs.toml").write_text('model = "theirs.py"\n', encoding="utf-8")
    sentence = (
        "theirs.py is a program, and was not named by you: it was not run. Look at it, then name "
        "it yourself, with --model theirs.py or MEMRIG_MODELS=theirs.py, and give its model by "
        "its name"
    )
    for attempt in (
        lambda: load("models", "theirs.py"), lambda: device_of({"model": "theirs.py"}),
        lambda: model_choice("theirs.toml", {}).bench(integrator="auto", step_s=None),
    ):
        with pytest.raises(RequestError, match=f"^{re.escape(sentence)}$"):
            attempt()
    assert not (here / "was-run").exists()


def test_an_unknown_name_may_be_one_of_a_file(here: Path) -> None:
    with pytest.raises(UnknownNameError, match="one of your own is known when you name its file, "
                       r"with --model FILE\.py or MEMRIG_MODELS=FILE\.py$"):
        load("models", "zzzzz")


@pytest.mark.parametrize(("text", "sentence"), [
    ("x = (1\n", "mine.py, line 1: '(' was never closed"),
    ("x = 1\ny = z\n", "mine.py, line 2: NameError: name 'z' is not defined"),
    ("x = 1\n", "mine.py holds no model: a model is a class of memrig.sim.models.Model, see "
                "docs/how-to/write-a-model.md"),
])
def test_a_file_that_is_none_is_said_to_be(here: Path, text: str, sentence: str) -> None:
    (here / "mine.py").write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=f"^{re.escape(sentence)}$"):
        own_models.admit("mine.py")


def test_a_file_that_is_not_there_is_said_to_be(here: Path) -> None:
    with pytest.raises(RequestError, match=r"^mine\.py cannot be read: there is no such file$"):
        models.create("mine.py")


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("@dataclass(frozen=True, kw_only=True)\n", "",
     "mine.py: Diffusive lacks @dataclass(frozen=True, kw_only=True) above it"),
    ("def native_current_at", "def current_as_published_at",
     "mine.py: Diffusive lacks native_current_at"),
    ('    source: ClassVar[str] = "practical', '    sauce: ClassVar[str] = "practical',
     'mine.py: Diffusive lacks source = "…"'),
    ('"diffusive"\n', '"hp"\n', "mine.py: Diffusive calls itself 'hp', which is the name of "
     "another model; give it a name of its own"),
])
def test_what_a_model_lacks_is_named(here: Path, old: str, new: str, sentence: str) -> None:
    name = changed(here / "mine.py", (old, new))
    with pytest.raises(RequestError, match=f"^{re.escape(sentence)}$"):
        models.create(name)


def test_one_of_several_models_is_named(here: Path) -> None:
    more = '\n\n@dataclass(frozen=True, kw_only=True)\nclass Slow(Diffusive):\n    name = "slow"\n'
    name = changed(here / "mine.py", ('\n\nif __name__ == "__main__":', more + '\n\nif 0:'))
    with pytest.raises(RequestError, match=r"^mine\.py holds 2 models; name one: "
                       r"mine\.py:Diffusive or mine\.py:Slow$"):
        own_models.admit(name)
    assert own_models.admit(f"{name}:Slow") == "slow"
    with pytest.raises(UnknownNameError, match=r"in mine\.py called 'Slov'; did you mean Slow"):
        own_models.admit(f"{name}:Slov")


def test_a_law_that_arrays_cannot_follow_is_named_with_its_line(here: Path) -> None:
    name = changed(here / "mine.py", (
        "        formed = self._formed_at(abs(v_v))\n",
        "        formed = sum([self._formed_at(abs(v_v))])\n"))
    line = 1 + EXAMPLE.read_text(encoding="utf-8").split("\n").index(
        "        formed = self._formed_at(abs(v_v))")
    found = {one.promise: one.problem for one in models.check(models.create(name))}
    assert found["rate, current and slope are finite"] == ""
    assert found["arrays give what numbers give"].startswith(
        f"mine.py, line {line}, Diffusive.native_rate_at: a law cannot hold this (call)")


def test_many_devices_of_it_are_compiled_like_others(here: Path) -> None:
    pytest.importorskip("numba", reason="the compiled engine is optional")
    model = models.create(changed(here / "mine.py"))
    devices = Devices.of(model, 3, v_t_v=[0.3, 0.4, 0.5])
    wave = Waveform(t_s=[0.0, 1e-4, 2e-4], v_v=[0.0, 0.8, 0.0])
    plain, compiled = (
        simulate_many(devices, wave, wanted_s=[1e-4, 2e-4], integrator="euler", step_s=1e-6,
                      engine=engine, estimate=False).x for engine in ("numpy", "numba"))
    assert np.ptp(plain[:, 0]) > 0.1
    assert np.allclose(plain, compiled, rtol=0.0, atol=1e-13)


def test_a_package_gives_its_models_through_an_entry_point(here: Path) -> None:
    changed(here / "lab_switch.py")
    (here / "lab_catalogue.py").write_text(
        'ENTRIES = {"diffusive": "lab_switch:Diffusive"}\n', encoding="utf-8")
    info = here / "lab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[memrig.models]\nlab = lab_catalogue\n")
    code = "from memrig.sim import models; print(models.create('diffusive').x0, models.names()[-1])"
    paths = os.pathsep.join((str(here), *filter(None, sys.path)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": paths})
    assert done.stdout == "0.0 diffusive\n"
