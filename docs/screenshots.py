"""Takes pictures of the window, offscreen: ``make screenshots``, or ``python docs/screenshots.py``.

Both themes at three sizes, on the model and on simulated instruments, before and after a run go to
build/screenshots; the two that the documentation shows go to docs/images.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SIZES = {"1280x720": (1280, 720, 1), "1440x900": (1440, 900, 1), "200-percent": (1440, 900, 2)}
"""Width and height in logical pixels, and how many real ones each of them has."""
SHOWN = "1440x900"
BENCHES = ("model", "twin")
SCHEMES = ("light", "dark")
WAIT_S = 120.0


def main() -> int:
    """Take all pictures; a process each for a size, since Qt scales once and for all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    options.add_argument("--size", choices=SIZES, help="only this one, in this process")
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.size:
        take(chosen.out, chosen.size)
        return 0
    IMAGES.mkdir(exist_ok=True)
    for size, (_, _, scale) in SIZES.items():
        subprocess.run([sys.executable, __file__, "--out", str(chosen.out), "--size", size],  # noqa: S603  # this file
                       check=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen",
                                        "QT_SCALE_FACTOR": str(scale)})
    for scheme in SCHEMES:
        shutil.copy(chosen.out / f"window-twin-{SHOWN}-{scheme}-run.png",
                    IMAGES / f"window-{scheme}.png")
    print(f"{len(list(chosen.out.glob('window-*.png')))} pictures in {chosen.out}")
    return 0


def take(folder: Path, size: str) -> None:
    """All pictures of one size: two benches, both themes, before and after a run."""
    import shiboken6  # noqa: PLC0415  # after Qt's platform is chosen
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # as above

    from memrig.gui.collector import Collector  # noqa: PLC0415  # as above
    from memrig.gui.session import Session  # noqa: PLC0415  # as above
    from memrig.gui.window import Window  # noqa: PLC0415  # as above
    from memrig.hil.store import Store  # noqa: PLC0415  # as above

    keep = QApplication([])  # as long as its windows
    Collector(keep).start()
    for bench in BENCHES:
        with tempfile.TemporaryDirectory() as here, Store.open(Path(here) / "memrig.sqlite") as st:
            window = Window(Session(st, bench))
            window.resize(*SIZES[size][:2])
            window.show()
            name = f"window-{bench}-{size}"
            wait(lambda w=window: w.session.plan is not None and w.session.plan.complete)  # type: ignore[misc]  # bound here
            _both(window, folder, name, "idle")
            ended: list[object] = []
            window.session.run_ended.connect(ended.append)
            window.session.start()
            wait(lambda e=ended: bool(e))  # type: ignore[misc]  # bound here
            _both(window, folder, name, "run")
            window.close()
            shiboken6.delete(window)  # now, and not whenever Python collects what is left
    del keep


def _both(window: object, folder: Path, name: str, moment: str) -> None:
    """The window as it is now, in both themes."""
    from PySide6.QtTest import QTest  # noqa: PLC0415  # as above
    from PySide6.QtWidgets import QApplication, QWidget  # noqa: PLC0415  # as above

    from memrig.gui import theme  # noqa: PLC0415  # as above

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    assert isinstance(window, QWidget)
    for scheme in SCHEMES:
        theme.apply(application, scheme)  # type: ignore[arg-type]  # two of its words
        QTest.qWait(300)  # until everything has been drawn
        window.grab().save(str(folder / f"{name}-{scheme}-{moment}.png"), None, 80)


def wait(condition: Callable[[], bool]) -> None:
    """Let the window work until something holds.

    :raises TimeoutError: when it never does.
    """
    from PySide6.QtTest import QTest  # noqa: PLC0415  # as above

    end_s = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"the window was not ready within {WAIT_S:g} s")
        QTest.qWait(20)


if __name__ == "__main__":
    sys.exit(main())
