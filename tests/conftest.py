"""Fixtures and guards that every test shares."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples

from memrig.hil import own_models

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # no test opens a window on somebody's screen
# Threads for small matrices wait for each other on a busy processor: twice the time of a check.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    from PySide6 import QtTest, QtWidgets  # noqa: F401  # what pytest-qt will ask for
except ImportError as error:
    QT_PROBLEM = str(error)
else:
    QT_PROBLEM = ""
    # Loaded here and not by itself: without Qt's libraries it would end every test run.
    pytest_plugins = ["pytestqt.plugin"]

# How long an example takes says how busy the machine is; no test is made of that. Examples are the
# same each time: what fails, fails for everybody. --hypothesis-profile=search looks for others.
examples.register_profile("memrig", deadline=None, derandomize=True, database=None,
                          suppress_health_check=[HealthCheck.too_slow])
examples.register_profile("search", examples.get_profile("memrig"), derandomize=False)
examples.load_profile("memrig")

UNIT = Path(__file__).resolve().parent / "unit"
END_S = 5.0
"""How long a thread that has been told to end may take."""


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with reference data beside the checkout; its tests are skipped without it."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("reference data (../shared) are not here")
    return folder


@pytest.fixture(scope="session")
def qt() -> None:
    """Qt, which can start here; its tests are skipped where system libraries are missing."""
    if QT_PROBLEM:
        pytest.skip(f"Qt cannot start here: {QT_PROBLEM}")


@pytest.fixture(scope="module", autouse=True)
def _what_is_there_is_no_garbage() -> None:
    """The collector need not look at thousands of tests after each of them (0.2 s)."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _leaves_nothing_behind() -> Iterator[None]:
    with watched():
        yield


@pytest.fixture(autouse=True)
def _garbage_goes_in_this_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Windows are taken away in their own thread, as by the program's collector: a bench's thread
    that happened to collect them would wait for Qt, and Qt for Python."""
    if not {"qt", "qtbot", "qapp"} & set(request.fixturenames):
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        _windows_are_gone()
        gc.collect()
        gc.enable()


def _windows_are_gone() -> None:
    """Take away what is about to go, and the ring around what had the keyboard: the next style
    sheet is worked out for every widget that is still there."""
    from PySide6.QtCore import QCoreApplication, QEvent  # noqa: PLC0415  # may be missing

    application = QCoreApplication.instance()
    if application is None:
        return
    for child in application.children():
        if type(child).__name__ == "FocusRing":
            child.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(autouse=True)
def _settings_are_nobodys(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a window remembers goes to a file of the test."""
    if {"qt", "qtbot", "qapp", "folder"} & set(request.fixturenames):
        folder: Path = request.getfixturevalue("tmp_path")
        monkeypatch.setenv("MEMRIG_SETTINGS", str(folder / "settings.ini"))


@pytest.fixture(autouse=True)
def _models_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of models that a test names is known to this test alone."""
    monkeypatch.setenv(own_models.FILES, "")
    monkeypatch.setattr(own_models, "_found", {})


@pytest.fixture(name="watched")
def _watched() -> Callable[[], AbstractContextManager[None]]:
    """The guard itself, for its own test."""
    return watched


@contextmanager
def watched() -> Iterator[None]:
    """Fail when what is done inside leaves a thread, process, socket or VISA session."""
    running, before = set(threading.enumerate()), held()
    yield
    for thread in set(threading.enumerate()) - running:
        if _counts(thread):
            thread.join(END_S)
    left = held() - before
    assert not left, f"left behind: {', '.join(sorted(left))}"


def held() -> set[str]:
    """What this process holds now that a test must give back."""
    me = psutil.Process()
    return {
        *(f"thread {t.name} ({t.ident})" for t in threading.enumerate() if _counts(t)),
        *(f"process {pid}" for pid in _children(me)),
        *(f"socket {c.laddr} to {c.raddr or 'nobody'} ({c.fd})" for c in me.net_connections()),
        *(f"VISA session {name}" for name in _visa_sessions()),
    }


def _children(me: psutil.Process) -> set[str]:
    """Processes that this one has started and not yet waited for."""
    try:
        return {pid for task in Path("/proc/self/task").iterdir()
                for pid in (task / "children").read_text().split()}
    except OSError:  # not Linux, or a thread has just ended: by a look at every process there is
        return {str(child.pid) for child in me.children()}


def _counts(thread: threading.Thread) -> bool:
    """Threads that keep the process alive, and ours."""
    return not thread.daemon or thread.name.startswith("memrig")


def _visa_sessions() -> Iterator[str]:
    if "pyvisa" not in sys.modules:
        return
    for library in list(sys.modules["pyvisa"].highlevel.VisaLibraryBase._registry.values()):
        manager = library.resource_manager
        for resource in list(manager._created_resources if manager else ()):
            if resource._session is not None:
                yield f"{resource.resource_name} ({resource._session})"


@pytest.fixture(autouse=True)
def _time_does_not_pass(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a unit test nothing sleeps: time is passed in."""
    if UNIT in request.path.parents:
        monkeypatch.setattr(time, "sleep", _refuse_to_sleep)


def _refuse_to_sleep(seconds: float, _sleep: Callable[[float], None] = time.sleep) -> None:
    if sys._getframe(1).f_globals["__name__"] == "subprocess":
        _sleep(seconds)  # how it waits for a process to end, with a time-out
    else:
        pytest.fail(f"a unit test slept for {seconds} s; pass it a clock (memrig.hil.clock)")
