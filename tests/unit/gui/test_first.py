"""What waits for the first picture."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtWidgets import QWidget

from memrig.gui.first import FirstPaint


def test_it_waits_for_the_first_picture_and_comes_once(qtbot: Any) -> None:
    window, called = QWidget(), list[int]()
    qtbot.addWidget(window)
    FirstPaint(window, lambda: called.append(1))
    qtbot.wait(50)
    assert called == []
    window.show()
    qtbot.waitUntil(lambda: bool(called))
    window.repaint()
    qtbot.wait(50)
    assert called == [1]


FIRST_PICTURE = """
import sys
from memrig.gui.app import opened, qt
with opened(qt(), store=sys.argv[1], fresh=True) as window:
    window.grab()
    print(*sys.modules)
"""
LATER = {"matplotlib", "scipy", "jinja2", "pyvisa", "numba", "memrig.hil.advice",
         "memrig.hil.compare", "memrig.hil.execution", "memrig.hil.fitting",
         "memrig.hil.importing", "memrig.hil.overlay", "memrig.sim.bench"}


def test_nothing_is_loaded_that_the_first_picture_does_not_show(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", FIRST_PICTURE, str(tmp_path / "runs.sqlite")],
        capture_output=True, text=True, check=True, timeout=120)
    loaded = set(found.stdout.split())
    assert "memrig.gui.window" in loaded
    assert not LATER & loaded
