"""Measures how soon a key is seen in the stimulus: ``python benchmarks/preview.py [BENCH]``.

From the press of a key in a field of the form to the last pixel of the stimulus, for the defaults
and every preset of every protocol, offscreen; the model is not waited for. Given are the time of a
clock and the processor's for both threads: on a machine that is busy with other things the latter
is what the window needs.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsView, QLineEdit

from memrig.gui import theme
from memrig.gui.session import Session
from memrig.gui.window import Window
from memrig.hil.registry import entries, load
from memrig.hil.store import Store

KEYS = 5
FIELDS = ("read_level", "level")
"""A field that every protocol has, under one name or the other; its level is made smaller."""
WAIT_S = 60.0
AT_ONCE_S = 0.05


class Painted(QObject):
    """Whether a widget has been painted."""

    def __init__(self, widget: QObject) -> None:
        super().__init__(widget)
        self.seen = False
        widget.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """See every painting."""
        self.seen = self.seen or event.type() == QEvent.Type.Paint
        return False


class Typist:
    """A window and a hand on its keyboard."""

    def __init__(self, application: QApplication, window: Window) -> None:
        self._application, self._window, self._session = application, window, window.session
        self._waker = QTimer()  # so that a wait ends also where nothing happens
        self._waker.start(200)
        self._news = False
        self._session.previewed.connect(self._told)
        graphics = window.stimulus.strip.findChild(QGraphicsView)
        assert graphics is not None
        self._painted = Painted(graphics.viewport())

    def _told(self, planned: object) -> None:
        if not self._news:
            self._news = self._session.plan is planned
            self._painted.seen = False  # of the picture that comes now, and not of later ones

    def _work(self) -> None:
        self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def settle(self) -> None:
        """Wait until everything is planned and painted."""
        end_s = time.monotonic() + WAIT_S
        while self._session.plan is None or not self._session.plan.complete:
            self._work()
            if time.monotonic() > end_s:
                raise TimeoutError("the plan does not come to its end")
        self._application.processEvents()

    def choose(self, protocol: str, preset: str) -> None:
        """Fill the form, as by the lists."""
        self._session.choose(protocol=protocol)
        self._window.protocol.show_choice()
        assert self._window.protocol.form is not None
        if preset:
            self._window.protocol.form.choose_preset(preset)
        self.settle()

    def key_s(self, number: int) -> tuple[float, float]:
        """Press one key; seconds until its stimulus is on the screen, by clock and processor."""
        form = self._window.protocol.form
        assert form is not None
        field = next(form.fields[name] for name in FIELDS if name in form.fields)
        line = field.control
        assert isinstance(line, QLineEdit)  # a level is one
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, "0.7 v_read_max")
        line.setCursorPosition(3)
        self.settle()
        self._news = self._painted.seen = False
        begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
        QTest.keyClick(line, Qt.Key(Qt.Key.Key_1 + number % 9))
        while not (self._news and self._painted.seen):
            self._work()
        took_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
        self.settle()
        return took_s


def medians(spec: str = "model") -> Iterator[tuple[str, float, float]]:
    """Name and median seconds from key to picture, by clock and processor, of every protocol's
    defaults and presets."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.apply(application, "light")
    with tempfile.TemporaryDirectory() as folder, \
            Store.open(Path(folder) / "runs.sqlite") as store:
        window = Window(Session(store, spec))
        window.show()
        typist = Typist(application, window)
        typist.settle()
        for name in entries("protocols"):
            for preset in ("", *load("protocols", name).presets):
                typist.choose(name, preset)
                taken = [typist.key_s(k) for k in range(KEYS + 1)][1:]
                clock_s, cpu_s = map(statistics.median, zip(*taken, strict=True))
                yield f"{name} {preset}".strip(), clock_s, cpu_s
        window.close()


def main() -> None:
    """Line by line."""
    for name, clock_s, cpu_s in medians(*sys.argv[1:2]):
        print(f"{name:28} {1e3 * clock_s:6.1f} ms, of the processor {1e3 * cpu_s:6.1f} ms "
              f"(goal {1e3 * AT_ONCE_S:g} ms)", flush=True)


if __name__ == "__main__":
    main()
