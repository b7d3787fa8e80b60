"""Ends that nobody planned: signals, the end of the desktop's session, errors in the window.

All lead to the same: the run stops, the outputs go off, the data are kept, and a sentence says so.
"""

from __future__ import annotations

import logging
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from memrig.gui.session import BUSY
from memrig.hil.insisting import made_safe

if TYPE_CHECKING:
    from memrig.gui.window import Window

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
                if hasattr(signal, name))
STOPPED = 130
"""Exit code of an end by a signal, as of every command."""
FATAL_S = 3.0
"""How long the outputs may take to go off while Qt ends the process."""
LOOK_MS = 200
_LEVELS = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO,
           QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR,
           QtMsgType.QtFatalMsg: logging.CRITICAL}

_log = logging.getLogger(__name__)
_qt = logging.getLogger("memrig.qt")


class Ends(QObject):
    """Watches for the ends of a window from ``watching`` on.

    :ivar code: the exit code that the program should have.
    """

    failed = Signal(str, str)
    """Something went wrong that nobody foresaw: its sentence, and the details to copy."""

    def __init__(self, window: Window, application: QApplication) -> None:
        super().__init__(window)
        self.window, self.application, self.code = window, application, 0
        self._errors: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
        self._look = QTimer(self)  # Python hears signals between two lines of its own only
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self.tell)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Hear of every end in here; leaving gives back what was heard by others."""
        handlers = {one: signal.signal(one, self._signalled) for one in SIGNALS}
        hooks = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self._raised, self._raised_in_thread
        before = qInstallMessageHandler(self.qt_said)
        self.application.commitDataRequest.connect(self._session_ends)
        self._look.start()
        try:
            yield
        finally:
            self._look.stop()
            self.tell()  # what came last is logged, too
            self.application.commitDataRequest.disconnect(self._session_ends)
            qInstallMessageHandler(before)
            sys.excepthook, threading.excepthook = hooks
            for one, handler in handlers.items():
                signal.signal(one, handler)

    # --- ends from outside

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        # At once, but from elsewhere: what was interrupted here may hold the lock of the event.
        threading.Thread(target=self.window.session.halt, name="memrig-signal").start()
        self.code = STOPPED
        QTimer.singleShot(0, self, self._leave)
        _log.info("ended by %s", signal.Signals(number).name)

    def _session_ends(self, *_: object) -> None:
        """The desktop's session ends: there is nobody who could be asked."""
        _log.info("ended with the desktop's session")
        self._leave()

    def _leave(self) -> None:
        running = self.window.session.state in BUSY
        self.window.leave()
        if running:
            with suppress(OSError):  # nobody may be left to read it
                print("memrig: stopped; the data are kept", file=sys.stderr)

    # --- errors

    def _raised(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._signalled(signal.SIGINT, None)
            return
        self.window.session.halt()
        self._errors.put(error.with_traceback(trace))

    def _raised_in_thread(self, args: Any) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            self._raised(args.exc_type, args.exc_value, args.exc_traceback)

    def tell(self) -> None:
        """Say what has gone wrong since the last look; in the window's thread."""
        while not self._errors.empty():
            error = self._errors.get()
            self.window.session.stop()
            details = "".join(traceback.format_exception(error))
            _log.error("not foreseen\n%s", details)
            self.failed.emit(f"{type(error).__name__}: {error}", details)

    def qt_said(self, kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
        """Log what Qt says; if it is going to end the process, switch off first."""
        _qt.log(_LEVELS[kind], "%s", text)
        if kind is QtMsgType.QtFatalMsg:
            session = self.window.session
            session.halt()
            if session.bench is not None:
                last = threading.Thread(target=made_safe, args=(session.bench,), daemon=True,
                                        name="memrig-last")
                last.start()
                last.join(FATAL_S)
