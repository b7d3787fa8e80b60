"""The program's own warnings: into a file, and into the window from whatever thread they come."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TextIO

from memrig.hil.stopping import state_folder

NAME = "memrig"
"""The logger above all of ours."""
FILE_BYTES, FILES = 1_000_000, 3
CRASHES = "crash.log"


class LogLine(NamedTuple):
    """One line of the log.

    :param at_s: when, seconds since 1970.
    :param level: e.g. ``WARNING``.
    :param source: the module that says it.
    """

    at_s: float
    level: str
    source: str
    text: str

    def __str__(self) -> str:
        when = time.strftime("%H:%M:%S", time.localtime(self.at_s))
        return f"{when}  {self.level:<8} {self.source}: {self.text}"


class Listener(logging.Handler):
    """Hands every warning on as a ``LogLine``, in the thread that it comes from.

    :param tell: must be quick and may be called by any thread.
    """

    def __init__(self, tell: Callable[[object], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell
        self.setFormatter(logging.Formatter("%(message)s"))

    def attach(self) -> None:
        """Listen to everything of ours."""
        logging.getLogger(NAME).addHandler(self)

    def detach(self) -> None:
        """Listen no more."""
        logging.getLogger(NAME).removeHandler(self)
        self.close()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001  # a wrong format must not end what was logged about
            self.handleError(record)
            return
        self._tell(LogLine(at_s=record.created, level=record.levelname, source=record.name,
                           text=text))


def folder() -> Path:
    """Where the log files are."""
    return state_folder() / "log"


def path() -> Path:
    """The file that is being written."""
    return folder() / "memrig.log"


@contextmanager
def kept() -> Iterator[Path]:
    """Keep the log in files of ``folder()``, a few of limited size, as long as this lasts.

    What nobody has caught goes there, too, as well as to standard error; and where the process was
    when it is aborted, into a file beside them. A folder that cannot be written to costs the log,
    not the window.
    """
    with ExitStack() as stack:
        try:
            folder().mkdir(parents=True, exist_ok=True)
            crashes = stack.enter_context((folder() / CRASHES).open("a", encoding="utf-8"))
            handler = logging.handlers.RotatingFileHandler(
                path(), maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8")
        except OSError as error:
            logging.getLogger(__name__).warning("there is no log: %s", error)
        else:
            stack.enter_context(_written(handler, crashes))
        before, sys.excepthook = sys.excepthook, _log_failure
        try:
            yield folder()
        finally:
            sys.excepthook = before


@contextmanager
def _written(handler: logging.Handler, crashes: TextIO) -> Iterator[None]:
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    ours = logging.getLogger(NAME)
    level = ours.level
    ours.setLevel(logging.INFO)
    ours.addHandler(handler)
    watched = faulthandler.is_enabled()  # by whoever has started us
    if not watched:
        faulthandler.enable(crashes)
    try:
        yield
    finally:
        if not watched:
            faulthandler.disable()
        ours.removeHandler(handler)
        ours.setLevel(level)
        handler.close()


def _log_failure(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger(NAME).error("%s: %s", kind.__name__, error,
                                      exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
