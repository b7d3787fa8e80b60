"""Builds the sdist, the wheel FROM the sdist, installs that away from the sources and tries it.

What only this finds: files that the sdist or the wheel lack, dependencies that are not declared,
and tests that pass because the checkout happens to be on the path.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import setup

TOP = {"memrig", "pyvisa_memrig"}
FOLDERS = {"memrig/hil", "memrig/drivers", "memrig/sim", "memrig/gui"}
PART = (
    "tests/contract", "tests/unit/test_house_rules.py", "tests/unit/hil/test_waveform.py",
    "tests/unit/hil/test_store.py", "tests/unit/hil/test_export.py",
    "tests/unit/sim/test_models.py", "tests/system/test_pyvisa_backend.py",
    "tests/system/test_socket_server.py",
)
"""The tests that are run against the wheel: some of every layer, without the optional extras."""

ORIGIN = """
import importlib, pathlib, sys
for name in ("memrig.hil", "memrig.sim", "memrig.drivers", "memrig.gui", "pyvisa_memrig"):
    place = pathlib.Path(importlib.import_module(name).__file__).resolve()
    assert pathlib.Path(sys.prefix).resolve() in place.parents, f"{name} comes from {place}"
assert "drivers" not in sys.modules
"""


def main() -> int:
    """Run every check; the first that fails ends it with its output and exit code 1."""
    with tempfile.TemporaryDirectory(prefix="memrig-wheel-") as name:
        folder = Path(name)
        try:
            sdist, wheel = build(folder / "dist")
            check_contents(wheel)
            try_out(folder, sdist, wheel)
        except subprocess.CalledProcessError as error:
            print(f"wheel: {' '.join(map(str, error.cmd))} failed", file=sys.stderr)
            return 1
        except (AssertionError, setup.SetupError) as error:
            print(f"wheel: {error}", file=sys.stderr)
            return 1
    print("wheel: built from the sdist, installed, tried: in order")
    return 0


def build(folder: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it."""
    _call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, setup.ROOT)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def check_contents(wheel: Path) -> None:
    """Nothing foreign at the top, all four folders, the marker of types in each."""
    _call(setup.program("check-wheel-contents"), "--config", setup.ROOT / "pyproject.toml", wheel)
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == TOP, f"the wheel has {sorted(top)} at its top, not {sorted(TOP)}"
    missing = {f"{one}/py.typed" for one in FOLDERS} - set(names)
    missing |= {f"memrig/gui/translations/memrig_{one}.qm" for one in ("en", "ru")} - set(names)
    assert not missing, f"the wheel lacks {sorted(missing)}"


def try_out(folder: Path, sdist: Path, wheel: Path) -> None:
    """Install the wheel into a fresh environment and use it where no sources are."""
    venv, away = folder / "venv", folder / "away"
    setup.create(venv, [sys.executable])
    python = setup.python_of(venv)
    setup.pip_install(python, str(wheel))
    away.mkdir()
    memrig = python.with_name(f"memrig{python.suffix}")
    for words in (["--help"], ["models"], ["runs", "list"], ["run", "iv-sweep"]):
        _call(memrig, *words, cwd=away)
    _call(python, "-c", ORIGIN, cwd=away)
    _run_tests(python, away, sdist, wheel)


def _run_tests(python: Path, away: Path, sdist: Path, wheel: Path) -> None:
    """A part of the suite as the sdist ships it, against the wheel."""
    setup.pip_install(python, f"{wheel}[test]")
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):  # Pythons before 3.11.4 have none and need none
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(away, members=[  # noqa: S202  # built here a moment ago
            one for one in archive.getmembers()
            if one.name.split("/")[1] in {"tests", "pyproject.toml"}])
    (root,) = away.glob("memrig-*")
    _call(python, "-m", "pytest", "-q", "-n", "logical", "--maxprocesses", "8", *PART, cwd=root)


def _call(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a command quietly; what it printed is shown when it fails.

    :raises subprocess.CalledProcessError: when it does.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=setup.clean_environment(), text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    done.check_returncode()


if __name__ == "__main__":
    os.chdir(setup.ROOT)
    sys.exit(main())
