"""Garbage is collected in the window's thread, and by nobody else."""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import suppress
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QObject

from memrig.gui.collector import Collector, responsive


class Cycle:
    """Garbage that only the collector finds; notes the thread that did."""

    def __init__(self, ended_in: list[threading.Thread]) -> None:
        self.itself, self.ended_in = self, ended_in

    def __del__(self) -> None:
        self.ended_in.append(threading.current_thread())


def test_a_busy_thread_leaves_garbage_to_the_window(qtbot: Any) -> None:
    owner, ended_in = QObject(), list[threading.Thread]()
    collector = Collector(owner)
    collector.start()
    try:
        Cycle(ended_in)
        busy = threading.Thread(target=lambda: [[] for _ in range(100_000)])
        busy.start()
        busy.join()
        assert ended_in == []
        collector.collect()
        assert ended_in == [threading.main_thread()]
    finally:
        collector.stop()
    assert gc.isenabled()


def test_python_is_as_it_was_when_the_window_is_gone(qtbot: Any) -> None:
    before_s = sys.getswitchinterval()
    with suppress(ZeroDivisionError), responsive(QObject()):
        assert sys.getswitchinterval() < before_s
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert sys.getswitchinterval() == before_s
    assert gc.isenabled()
