"""The set-up script, with made-up interpreters: what it chooses, tries and says."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "tools" / "setup.py"


@pytest.fixture
def script(tmp_path: Path) -> ModuleType:
    """The script as a module whose checkout is an empty folder with the files it reads."""
    spec = importlib.util.spec_from_file_location("memrig_setup", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    for name in module.INPUTS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return module


@pytest.fixture
def pythons(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, int]]:
    """Interpreters by name; the test says which there are."""
    found: dict[str, tuple[int, int]] = {}
    monkeypatch.setattr(script, "version_of", lambda name: found.get(name, ()))
    return found


def test_the_newest_tested_python_is_chosen(script, pythons):
    pythons.update({"python3": (3, 11), "python3.12": (3, 12), "python3.14": (3, 14)})
    assert script.suitable(["python3", "python3.14", "python3.12"]) == [
        "python3.12", "python3", "python3.14"
    ]


def test_a_python_that_is_newer_than_the_tested_ones_is_better_than_none(script, pythons):
    pythons.update({"python3": (3, 15), "python3.14": (3, 14), "python": (3, 9)})
    assert script.suitable(["python3", "python3.14", "python"]) == ["python3.14", "python3"]


def test_too_old_a_python_is_named_in_the_sentence(script, pythons):
    pythons["python3"] = (3, 9)
    expected = r"memrig needs Python 3\.11 or newer \(python3 is 3\.9\); .* make PYTHON="
    with pytest.raises(script.SetupError, match=expected):
        script.suitable(["python3", "python3.13"])


def test_no_python_at_all_is_said(script, pythons):
    with pytest.raises(script.SetupError, match="none was found"):
        script.suitable(["python3"])


def test_a_command_that_is_no_python_has_no_version(script, tmp_path):
    assert script.version_of(str(tmp_path / "absent")) == ()
    assert script.version_of(sys.executable) == sys.version_info[:2]


@pytest.fixture
def commands(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were tried; those with a word of ``script.broken`` fail."""
    tried: list[list[str]] = []
    script.broken = []

    def quietly(*words: str, **_: str) -> None:
        tried.append(list(words))
        for broken in script.broken:
            if words[1:len(broken) + 1] == tuple(broken):
                raise subprocess.CalledProcessError(1, words, stderr=f"no {broken[-1]}\n")

    monkeypatch.setattr(script, "_quietly", quietly)
    return tried


def test_an_ordinary_python_makes_its_environment_alone(script, commands, tmp_path):
    script.create(tmp_path / "v", ["python3"])
    assert commands == [["python3", "-m", "venv", str(tmp_path / "v")]]


def test_without_ensurepip_the_outer_pip_puts_pip_in(script, commands, tmp_path):
    venv = tmp_path / "v"
    script.broken.append(["-m", "venv", str(venv)])
    script.create(venv, ["python3"])
    inside = str(script.python_of(venv))
    assert commands[1:] == [["python3", "-m", "venv", "--without-pip", str(venv)],
                            ["python3", "-m", "pip", "--python", inside, "install", "pip"]]


def test_without_venv_the_package_virtualenv_does_it(script, commands, tmp_path):
    script.broken.append(["-m", "venv"])
    script.create(tmp_path / "v", ["python3"])
    assert commands[-1] == ["python3", "-m", "virtualenv", str(tmp_path / "v")]


def test_a_newer_python_without_pip_gives_way_to_an_older_one(script, commands, tmp_path):
    quietly = script._quietly

    def only_old(python: str, *words: str, **kept: str) -> None:
        quietly(python, *words, **kept)
        if python == "new":
            raise subprocess.CalledProcessError(1, python, stderr="No module named pip")

    script._quietly = only_old
    script.create(tmp_path / "v", ["new", "old"])
    assert [words[0] for words in commands] == ["new", "new", "new", "old"]


def test_a_machine_without_pip_is_told_what_to_install(script, commands, tmp_path):
    script.broken += [["-m", "venv"], ["-m", "pip"]]
    expected = r"apt-get install python3-pip\)\n  python3: no venv"
    with pytest.raises(script.SetupError, match=expected):
        script.create(tmp_path / "v", ["python3"])


def test_what_a_failed_way_left_is_removed(script, commands, tmp_path):
    venv = tmp_path / "v"
    venv.mkdir()
    (venv / "half").write_text("made")
    script.create(venv, ["python3"])
    assert not (venv / "half").exists()


@pytest.fixture
def installs(script: ModuleType, pythons: dict[str, tuple[int, int]],
             monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was installed, into environments that are made by saying so."""
    done: list[tuple[str, ...]] = []

    def create(venv: Path, names: list[str]) -> None:
        done.append(("create", names[0]))
        (venv / "memrig-setup.json").unlink(missing_ok=True)
        venv.mkdir(exist_ok=True)
        pythons[str(script.python_of(venv))] = pythons[names[0]]

    monkeypatch.setattr(script, "create", create)
    monkeypatch.setattr(script, "_install", lambda _, extras: done.append(("install", *extras)))
    pythons[sys.executable] = (3, 11)
    return done


def test_set_up_happens_once(script, installs):
    script.set_up(["test"])
    script.set_up(["test"])
    script.set_up([])
    assert installs == [("create", sys.executable), ("install", "test")]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_set_up_is_repeated_when_its_inputs_change(script, installs, tmp_path, name):
    script.set_up(["test"])
    (tmp_path / name).write_text("changed")
    script.set_up(["test"])
    assert installs[2:] == [("install", "test")]


def test_more_extras_are_added_to_those_there(script, installs):
    script.set_up(["test"])
    script.set_up(["dev"])
    assert installs[2:] == [("install", "dev", "test")]


def test_a_moved_checkout_gets_a_new_environment(script, installs):
    script.set_up([])
    stamp = script.VENV / "memrig-setup.json"
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "root": "/elsewhere"}))
    script.set_up([])
    assert installs[2:] == [("create", sys.executable), ("install",)]


def test_another_python_that_is_asked_for_is_used(script, installs, pythons):
    script.set_up([])
    pythons["python3.12"] = (3, 12)
    script.set_up([], "python3.12")
    assert installs[2:] == [("create", "python3.12"), ("install",)]


def test_missing_libraries_of_qt_take_one_sentence_and_the_rest_goes_on(
    script, monkeypatch, capsys
):
    monkeypatch.setattr(script.sys, "platform", "linux")
    monkeypatch.setattr(script, "qt_problem", lambda: "libEGL.so.1: cannot open shared object file")
    monkeypatch.setattr(script, "apt_command", list)
    script.set_up_qt()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "libEGL.so.1" in said
    assert "apt-get install libegl1 libgl1" in said


def test_libraries_of_qt_are_installed_where_that_is_allowed(script, monkeypatch, capsys):
    monkeypatch.setattr(script.sys, "platform", "linux")
    problems = ["libEGL.so.1 is missing", ""]
    monkeypatch.setattr(script, "qt_problem", lambda: problems.pop(0))
    monkeypatch.setattr(script, "apt_command", lambda: ["sudo", "-n", "apt-get"])
    done = []
    monkeypatch.setattr(script.subprocess, "run", lambda words, **_: done.append(words))
    script.set_up_qt()
    assert [words[3] for words in done] == ["update", "install"]
    assert set(script.QT_LIBRARIES) <= set(done[1])
    assert "skipped" not in capsys.readouterr().out


@pytest.mark.parametrize(("allowed", "here", "installed"), [
    (["apt-get"], {"xvfb"}, True), (["apt-get"], None, False), ([], set(), False),
])
def test_programs_for_tests_are_optional(script, monkeypatch, allowed, here, installed):
    monkeypatch.setattr(script, "apt_command", lambda: allowed)
    monkeypatch.setattr(script, "has_package", lambda name: here is None or name in here)
    done = []
    monkeypatch.setattr(script.subprocess, "run", lambda words, **_: done.append(words))
    script.set_up_programs([*script.SCREEN_LIBRARIES, script.SIMULATOR])
    assert bool(done) == installed
    if installed:
        assert {"xdotool", "ngspice"} <= set(done[1])
        assert "xvfb" not in done[1]


def test_an_unknown_task_is_refused(script, capsys):
    with pytest.raises(SystemExit):
        script.main(["fly"])
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_a_set_up_that_fails_is_one_sentence_and_exit_code_1(script, pythons, capsys):
    assert script.main(["--python", "absent", "demo"]) == 1
    assert capsys.readouterr().err.startswith("set-up: memrig needs Python 3.11")


def test_the_makefile_offers_every_task(script):
    line = next(line for line in (ROOT / "Makefile").read_text().splitlines()
                if line.startswith("TARGETS"))
    assert line.split()[2:] == list(script.TASKS)
