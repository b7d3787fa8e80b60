"""The window on a real (virtual) screen: started by its command, driven by keys, seen as pixels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtGui import QImage

from memrig.hil.store import Store

WAIT_S, LOOK_S = 90.0, 0.2
SIZE = (1600, 1000)
PICTURE = """
import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
application.primaryScreen().grabWindow(0).save(sys.argv[1])
"""
MISSING = [name for name in ("Xvfb", "xdotool") if not shutil.which(name)]

pytestmark = [pytest.mark.usefixtures("qt"), pytest.mark.skipif(
    bool(MISSING), reason=f"{' and '.join(MISSING)} not installed")]


class Screen:
    """A screen of our own, with a keyboard."""

    def __init__(self, number: str, folder: Path) -> None:
        self.folder = folder
        self.env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}

    def problem(self) -> str:
        """Why Qt cannot show a window here; empty when it can."""
        done = subprocess.run([sys.executable, "-c", PICTURE, str(self.folder / "empty.png")],
                              env=self.env, capture_output=True, text=True, check=False,
                              timeout=WAIT_S)
        return done.stderr.strip().partition("\n")[0] if done.returncode else ""

    def xdotool(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], env=self.env, capture_output=True, text=True,
                              check=False, timeout=WAIT_S)
        return done.stdout.strip()

    def window(self, title: str) -> str:
        """The X window with a title, as soon as it is there, with the keyboard."""
        found = until(lambda: self.xdotool("search", "--onlyvisible", "--name", title))
        number = found.splitlines()[-1]
        self.xdotool("windowfocus", "--sync", number)  # nobody manages windows here
        return number

    def keys(self, *keys: str) -> None:
        self.xdotool("key", "--clearmodifiers", *keys)

    def picture(self, name: str) -> QImage:
        """What is on the screen."""
        path = self.folder / name
        subprocess.run([sys.executable, "-c", PICTURE, str(path)], env=self.env, check=True,
                       timeout=WAIT_S)
        return QImage(str(path))


def until(look: Callable[[], Any]) -> Any:
    """What a look finds, as soon as it finds something."""
    end_s = time.monotonic() + WAIT_S
    while not (found := look()):
        assert time.monotonic() < end_s, "nothing came in time"
        time.sleep(LOOK_S)
    return found


@pytest.fixture
def screen(folder: Path, tmp_path: Path) -> Iterator[Screen]:
    """An X server with a number that is free."""
    words = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten",
             "tcp"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as server:
        assert server.stdout is not None
        found = Screen(server.stdout.readline().strip(), tmp_path)
        if problem := found.problem():
            server.terminate()
            pytest.skip(f"Qt cannot start on an X server here: {problem}")
        yield found
        server.terminate()


@pytest.fixture
def started(screen: Screen, process: Callable[..., Any]) -> subprocess.Popen[str]:
    """The command on that screen."""
    child: subprocess.Popen[str] = process("gui", "--fresh", "--theme", "light", env=screen.env)
    return child


def finished(folder: Path) -> list[str]:
    if not (folder / "memrig.sqlite").exists():
        return []
    with Store.open(folder / "memrig.sqlite") as store:
        return [run.protocol for run in store.runs() if run.status == "finished"]


def colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(0, image.width(), 3)
                for y in range(0, image.height(), 3)})


def test_the_window_is_seen_with_an_example_and_runs_by_keys(
    screen: Screen, started: subprocess.Popen[str], folder: Path
) -> None:
    screen.window("dut – model .simulated. – memrig")
    until(lambda: finished(folder) == ["iv-sweep"])  # the example, without a key
    seen = screen.picture("example.png")
    assert (seen.width(), seen.height()) == SIZE
    assert colours(seen) > 100  # text is drawn in many shades
    until(lambda: screen.keys("ctrl+r") or len(finished(folder)) >= 2)
    until(lambda: screen.keys("F5") or finished(folder)[-1] == "read")
    assert screen.picture("read.png") != seen
    screen.keys("ctrl+q")
    out, said = started.communicate(timeout=WAIT_S)
    assert (started.returncode, out, said) == (0, "", "")
