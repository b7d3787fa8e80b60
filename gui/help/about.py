"""What is told of the program and this machine: versions, bench, where things are."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from memrig.gui import theme
from memrig.gui.session import Session

PACKAGES = ("memrig", "numpy", "scipy", "pyvisa", "pyvisa-py", "pyqtgraph", "matplotlib")


def versions() -> str:
    """Versions of memrig and of what it stands on, one a line."""
    return "\n".join(_versions())


def diagnostics(session: Session) -> str:
    """What whoever helps needs to know; of paths only the run store's.

    A bench file is named without its folder, identities as the instruments gave them.
    """
    return "\n".join([*_versions(), *_screen(), *_session(session)])


def _versions() -> Iterator[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} is not installed"
    yield f"PySide6 {pyside_version}, Qt {qVersion()}"
    yield f"Python {platform.python_version()}, {platform.platform()}"


def _screen() -> Iterator[str]:
    screen = QGuiApplication.primaryScreen()
    size = screen.size()
    yield (f"window system {QGuiApplication.platformName()}, screen {size.width()} x "
           f"{size.height()} at {100 * screen.devicePixelRatio():.0f} %, "
           f"{'dark' if theme.is_dark() else 'light'} theme")


def _session(session: Session) -> Iterator[str]:
    yield f"run store {session.store.path.resolve()}"
    yield f"bench {Path(session.spec).name}, {session.state}"
    if session.info is not None:
        simulated = "SIMULATED" if session.info.simulated else "real"
        yield f"{session.info.name} ({simulated}), {session.info.calibration.sentence()}"
        for role, text in session.info.identities.items():
            yield f"{role}: {text}"
    yield f"protocol {session.protocol}, model {session.model}"
    if session.problem:
        yield f"problem: {session.problem}"
