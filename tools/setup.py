"""Sets up a checkout and runs one task in it: ``python tools/setup.py TASK`` (``make TASK`` does).

Needs the standard library alone, and of the machine a Python with pip. Every task installs what it
lacks into .venv first; that is repeated only when pyproject.toml or constraints.txt have changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "constraints.txt"
INPUTS = ("pyproject.toml", "constraints.txt", "hatch_build.py", "tools/setup.py")
"""What an installation depends on; when one changes it is made anew."""

OLDEST, NEWEST = (3, 11), (3, 13)
"""The Pythons that constraints.txt is tested with."""
NAMES = ("python3", "python3.13", "python3.12", "python3.11", "python")

QT_LIBRARIES = ("libegl1", "libgl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1",
                "libglib2.0-0")
"""Debian packages with the system libraries that Qt loads without a screen."""

SCREEN_LIBRARIES = (
    "xvfb", "xdotool", "fonts-dejavu-core", "libx11-xcb1", "libxkbcommon-x11-0", "libxcb-cursor0",
    "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0", "libxcb-render-util0",
    "libxcb-shape0", "libxcb-shm0", "libxcb-sync1", "libxcb-xfixes0", "libxcb-xkb1")
"""Debian packages for a window on a virtual screen, driven by keys; one test is skipped without."""
SIMULATOR = "ngspice"
"""Debian package of the circuit simulator that every model is compared with; tests are skipped
without."""

Version = tuple[int, ...]  # this file runs on old Pythons too, to say that they are too old


class SetupError(Exception):
    """The set-up cannot go on; the text says what to do."""


# --- finding a Python ---------------------------------------------------------------------------


def version_of(python: str) -> Version:
    """Version of an interpreter, e.g. ``(3, 11)``; empty when it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()  # a name that is not there, or a version manager's empty shim
    return tuple(map(int, done.stdout.split()))


def suitable(names: Iterable[str]) -> list[str]:
    """The interpreters to use, best first: the newest tested ones, then newer ones.

    :raises SetupError: when none is new enough.
    """
    found = {name: version_of(name) for name in names}
    tested = [name for name, v in found.items() if OLDEST <= v <= NEWEST]
    newer = [name for name, v in found.items() if v > NEWEST]
    chosen = sorted(tested, key=found.__getitem__, reverse=True)
    chosen += sorted(newer, key=found.__getitem__)
    if not chosen:
        old = ", ".join(f"{n} is {'.'.join(map(str, v))}" for n, v in found.items() if v)
        raise SetupError(f"memrig needs Python 3.11 or newer ({old or 'none was found'}); install "
                         "it, or name it: make PYTHON=/path/to/python3.12, or --python")
    return chosen


# --- the virtual environment --------------------------------------------------------------------


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def program(name: str) -> str:
    """A command that a package installed into the virtual environment."""
    return str(python_of(VENV).with_name(f"{name}.exe" if os.name == "nt" else name))


def create(venv: Path, pythons: Sequence[str]) -> None:
    """Make a virtual environment with pip, by the first way that works here.

    Debian's Python comes without ensurepip, and a small one without venv.

    :raises SetupError: when no way works.
    """
    said = []
    for python in pythons:
        for way in (_by_venv, _by_venv_and_pip, _by_virtualenv):
            shutil.rmtree(venv, ignore_errors=True)
            try:
                way(python, venv)
            except (OSError, subprocess.CalledProcessError) as error:
                said.append(f"{python}: {_last_line(error)}")
            else:
                return
    raise SetupError("no virtual environment can be made; install pip for your Python (Debian: "
                     "apt-get install python3-pip)\n  " + "\n  ".join(said))


def _by_venv(python: str, venv: Path) -> None:
    _quietly(python, "-m", "venv", str(venv))


def _by_venv_and_pip(python: str, venv: Path) -> None:
    """The environment without ensurepip; pip is put in by the pip that is outside.

    Inside an environment Debian's rule against pip (PEP 668) does not apply.
    """
    _quietly(python, "-m", "venv", "--without-pip", str(venv))
    _quietly(python, "-m", "pip", "--python", str(python_of(venv)), "install", "pip")


def _by_virtualenv(python: str, venv: Path) -> None:
    """Without venv: the package virtualenv, in a folder of the checkout."""
    folder = ROOT / "build" / "virtualenv"
    _quietly(python, "-m", "pip", "install", "--target", str(folder), "--upgrade", "virtualenv")
    _quietly(python, "-m", "virtualenv", str(venv), PYTHONPATH=str(folder))


def _quietly(*command: str, **environment: str) -> None:
    subprocess.run(command, capture_output=True, text=True, check=True,
                   env={**clean_environment(), **environment})


def _last_line(error: Exception) -> str:
    text = (getattr(error, "stderr", "") or getattr(error, "stdout", "") or str(error)).strip()
    return str(text.splitlines()[-1])


def clean_environment() -> dict[str, str]:
    """The environment of every process that is started: this checkout's packages and no others."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME"}}
    return {**kept, "PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


# --- installing -----------------------------------------------------------------------------------


def fingerprint(python: Path) -> str:
    """Hash of everything that an installation depends on."""
    found = hashlib.sha256(str(version_of(str(python))).encode())
    for name in INPUTS:
        found.update((ROOT / name).read_bytes())
    return found.hexdigest()


def set_up(extras: Sequence[str], python: str = "") -> None:
    """Bring .venv up to date with memrig (editable) and its extras.

    :param extras: names of [project.optional-dependencies].
    :param python: the interpreter to use; the newest suitable one when empty.
    """
    inside, stamp = python_of(VENV), VENV / "memrig-setup.json"
    if not _usable(_read_stamp(stamp), version_of(str(inside)), python):
        print(f"making {VENV} (once)", flush=True)
        create(VENV, suitable([python] if python else [sys.executable, *NAMES]))
    done, key = _read_stamp(stamp), fingerprint(inside)
    known = set(done["extras"]) if done["key"] == key else set()
    if done["key"] == key and known >= set(extras):
        return
    wanted = sorted(known | set(extras))
    print(f"installing memrig[{','.join(wanted)}] (a minute or two, once)", flush=True)
    _install(inside, wanted)
    made = {"root": str(ROOT), "key": key, "extras": wanted}
    stamp.write_text(json.dumps(made), encoding="utf-8")


def _usable(stamp: dict[str, Any], here: Version, python: str) -> bool:
    """Whether .venv runs, has not been moved (its commands know their place), and is of the Python
    that was asked for."""
    return (here >= OLDEST and stamp["root"] == str(ROOT)
            and (not python or version_of(python) == here))


def _read_stamp(stamp: Path) -> dict[str, Any]:
    """What the last set-up noted; an environment without a note was made by hand, here."""
    try:
        found: dict[str, Any] = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"root": str(ROOT), "key": "", "extras": []}
    return found


def _install(python: Path, extras: Sequence[str]) -> None:
    # The build backend first: inside an isolated build the constraints would not hold.
    what = f".[{','.join(extras)}]" if extras else "."
    for arguments in (["hatchling"], ["--no-build-isolation", "--editable", what]):
        pip_install(python, *arguments)


def pip_install(python: Path, *arguments: str) -> None:
    """Install under the constraints.

    :raises SetupError: when pip does not succeed; it has said why.
    """
    command = [str(python), "-m", "pip", "install", "--quiet", "-c", str(CONSTRAINTS), *arguments]
    if subprocess.run(command, cwd=ROOT, env=clean_environment(), check=False).returncode:
        raise SetupError("pip could not install (see above); with the network back, repeat this")


# --- system libraries of Qt -----------------------------------------------------------------------


def set_up_qt() -> None:
    """Install Qt's system libraries where that is allowed, else say in a sentence what is missing.

    The rest goes on either way: without them the tests of the windows are skipped.
    """
    if not qt_problem() or not sys.platform.startswith("linux"):
        return
    apt = apt_command()
    if apt:
        print("installing Qt's system libraries:", *QT_LIBRARIES, flush=True)
        apt_install(apt, QT_LIBRARIES)
    problem = qt_problem()
    if problem:
        print(f"Qt cannot start here ({problem}): its tests are skipped. Install its libraries: "
              f"apt-get install {' '.join(QT_LIBRARIES)}", flush=True)


def set_up_programs(packages: Sequence[str]) -> None:
    """Install what else is tried out, where that is allowed; never fails."""
    apt = apt_command()
    missing = [name for name in packages if not has_package(name)] if apt else []
    if missing:
        print("installing for tests and pictures:", *missing, flush=True)
        apt_install(apt, missing)


def apt_install(apt: Sequence[str], packages: Sequence[str]) -> None:
    """Install packages of the system; what does not succeed is found out by its user."""
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        subprocess.run([*apt, *words], stdout=subprocess.DEVNULL, check=False)


def has_package(name: str) -> bool:
    """Whether a Debian package is installed."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", name], capture_output=True,
                          text=True, check=False)
    return done.stdout.endswith(" installed")


def qt_problem() -> str:
    """Why Qt cannot start without a screen; empty when it can."""
    code = "from PySide6 import QtTest, QtWidgets; QtWidgets.QApplication([])"
    done = subprocess.run([str(python_of(VENV)), "-c", code], text=True, capture_output=True,
                          env={**clean_environment(), "QT_QPA_PLATFORM": "offscreen"}, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip() or "it aborts").splitlines()[-1]


def apt_command() -> list[str]:
    """How packages of the system may be installed here without asking; empty when they may not."""
    if not shutil.which("apt-get"):
        return []
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() == 0:
        return apt
    allowed = shutil.which("sudo") and subprocess.run(
        ["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ["sudo", "-n", *apt] if allowed else []


# --- tasks ----------------------------------------------------------------------------------------


def run(*command: str) -> int:
    """Run one command in the checkout; its exit code."""
    print("$", *(Path(command[0]).name, *command[1:]), flush=True)
    environment = {**clean_environment(), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def run_python(*words: str) -> int:
    """Run the environment's Python in the checkout; its exit code."""
    return run(str(python_of(VENV)), *words)


def demo(rest: Sequence[str]) -> int:
    """Run three protocols without hardware; ends with the report's path."""
    return run(program("memrig"), "demo", "--out", "memrig-demo", *rest)


def test(rest: Sequence[str]) -> int:
    """Run the whole suite, in parallel."""
    set_up_qt()
    set_up_programs([*SCREEN_LIBRARIES, SIMULATOR])
    # A file at a time, so that what it prepares for all its tests is made once; in the order of the
    # folders, the long ones first.
    return run_python("-m", "pytest", "-n", "logical", "--maxprocesses", "8", "--dist", "loadfile",
                      "--no-loadscope-reorder", *rest)


def coverage(rest: Sequence[str]) -> int:
    """Run the suite likewise and say which lines it reaches (takes twice as long)."""
    return test(["--cov", "--cov-report", "term:skip-covered", *rest])


def matrix(rest: Sequence[str]) -> int:
    """Let a run fail in every way at each of its messages (an hour or two)."""
    os.environ["MEMRIG_MATRIX"] = "1"
    return run_python("-m", "pytest", "-n", "logical", "--maxprocesses", "8", "-s",
                      *(f"tests/system/test_failing_{name}.py"
                        for name in ("runs", "cleanup", "processes")), *rest)


def search(rest: Sequence[str]) -> int:
    """Look for files and answers of instruments that memrig does not refuse in words (an hour)."""
    return run_python("-m", "pytest", "-n", "logical", "--maxprocesses", "8",
                      "--hypothesis-profile=search", "--hypothesis-show-statistics",
                      "--timeout", "7200",  # for a property with thousands of examples
                      "tests/contract/test_hostile_answers.py",
                      "tests/unit/hil/test_foreign_files.py",
                      "tests/unit/hil/test_foreign_stores.py", *rest)


def fuzz(rest: Sequence[str]) -> int:
    """Search likewise, guided by coverage (eight minutes; ARGS='--minutes 10 stores'; Linux)."""
    return run_python("-m", "tests.fuzz", *rest)


def soak(rest: Sequence[str]) -> int:
    """Let runs of 100,000 pulses, and 100 in a row, show that nothing piles up (some hours)."""
    os.environ.setdefault("MEMRIG_SOAK", "100000")
    return run_python("-m", "pytest", "-s", "tests/system/test_soak.py", *rest)


def check(_: Sequence[str]) -> int:
    """Run the static checks, compare the reference with the code, test the wheel."""
    failed = [name for name, code in (
        ("ruff", run(program("ruff"), "check", ".")),
        ("mypy", run_python("-m", "mypy")),
        ("mypy of the tools", run_python("-m", "mypy", "tools", "benchmarks", "docs/generate.py",
                                            "docs/screenshots.py", "hatch_build.py")),
        ("import-linter", run(program("lint-imports"))),
        ("docs", run_python("docs/generate.py", "--check")),
        ("wheel", run_python("tools/check_wheel.py")),
    ) if code]
    print(f"check: {', '.join(failed)} failed" if failed else "check: everything passed")
    return 1 if failed else 0


def bench(rest: Sequence[str]) -> int:
    """Measure, print a table (ARGS=--write: into docs/reference/benchmarks.md)."""
    return run_python("benchmarks", *rest)


def docs(_: Sequence[str]) -> int:
    """Write docs/reference/ from the declarations."""
    return run_python("docs/generate.py")


def pictures(_: Sequence[str]) -> int:
    """Make the README's picture anew from the demo."""
    code = demo([])
    if code == 0:
        shutil.copy(ROOT / "memrig-demo" / "overlay.svg", ROOT / "docs" / "images" / "overlay.svg")
    return code


def screenshots(rest: Sequence[str]) -> int:
    """Take pictures of every view, both themes, three sizes; ARGS=--screen: on a virtual screen."""
    set_up_qt()
    set_up_programs(SCREEN_LIBRARIES)
    return run_python("docs/screenshots.py", *rest)


def translations(rest: Sequence[str]) -> int:
    """Find the window's texts, say what Russian lacks, make the .qm files."""
    set_up_qt()
    return run_python("tools/translations.py", *rest)


def clean(_: Sequence[str]) -> int:
    """Remove everything that tasks have made, .venv included."""
    made = ["build", "dist", "memrig-demo", ".venv", ".coverage", ".hypothesis"]
    caches = [*ROOT.glob(".*_cache"), *ROOT.glob("[!.]*/**/__pycache__")]
    for path in [*(ROOT / name for name in made), *caches]:
        if path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)
    return 0


class Task(NamedTuple):
    """What a task runs, and the extras it needs (None: no environment at all)."""

    run: Callable[[Sequence[str]], int]
    extras: Sequence[str] | None


TESTING = ("cluster", "export", "fast", "gui", "test")
TASKS = {
    "demo": Task(demo, ()),
    "test": Task(test, TESTING),
    "coverage": Task(coverage, TESTING),
    "matrix": Task(matrix, ("test",)),
    "search": Task(search, ("test",)),
    "fuzz": Task(fuzz, ("fuzz", "test")),
    "soak": Task(soak, ("test",)),
    "check": Task(check, (*TESTING, "dev")),
    "bench": Task(bench, ("fast", "gui")),
    "docs": Task(docs, ()),
    "pictures": Task(pictures, ()),
    "screenshots": Task(screenshots, ("gui",)),
    "translations": Task(translations, ("gui",)),
    "clean": Task(clean, None),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Set up what the task needs, then run it; returns its exit code."""
    arguments = _parser().parse_args(argv)
    task = TASKS[arguments.task]
    try:
        if task.extras is not None:
            set_up(task.extras, arguments.python)
        return task.run(arguments.rest)
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    about = "\n".join(f"  {name:13}{task.run.__doc__}" for name, task in TASKS.items())
    parser = argparse.ArgumentParser(
        usage="make TASK [PYTHON=P] [ARGS=...], or python tools/setup.py [--python P] TASK [...]",
        description=f"tasks (each installs what it needs first):\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="", help="the Python to use (3.11 or newer)")
    parser.add_argument("task", choices=TASKS, metavar="TASK")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="handed to the task's command")
    return parser


if __name__ == "__main__":
    sys.exit(main())
