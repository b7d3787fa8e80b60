"""``memrig gui``: the program around the window."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import memrig.hil.protocols  # noqa: F401  # once PySide6 is there it reads every module's source
from memrig.hil.errors import RequestError
from memrig.hil.opening import MODEL
from memrig.hil.registry import entries
from memrig.hil.store import Store

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from memrig.gui.session import Session
    from memrig.gui.window import Window

LOSES_NONE = "6.12.0"
"""This PySide6 loses references to None on Python below 3.12 and aborts within a second."""


def check_versions(pyside: str, python: tuple[int, int]) -> None:
    """Refuse a pair that is known to end the process.

    :raises RequestError: with what to install instead.
    """
    if pyside == LOSES_NONE and python < (3, 12):
        message = (
            f"PySide6 {pyside} on Python {python[0]}.{python[1]} ends the process within a second; "
            "install another PySide6 (pip install 'PySide6-Essentials!=6.12.0') or Python 3.12"
        )
        raise RequestError(message)


def qt() -> QApplication:
    """The application, dressed for nothing yet.

    :raises RequestError: when Qt is not installed, cannot start here, or would end the process.
    """
    try:
        import PySide6  # noqa: PLC0415  # an optional extra
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # as above
    except ImportError as error:
        message = (
            "the window needs the extra 'gui' (pip install 'memrig[gui]') and Qt's system "
            f"libraries: {error}"
        )
        raise RequestError(message) from None
    check_versions(PySide6.__version__, sys.version_info[:2])
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setOrganizationName("memrig")
    application.setApplicationName("memrig")
    return application


@contextmanager
def opened(
    application: QApplication, spec: str = MODEL, store: str | Path = "memrig.sqlite",
    scheme: str = "", *, fresh: bool = False,
) -> Iterator[Window]:
    """The window as it is first seen; leaving closes it, what it holds and the store.

    :param fresh: begin as on the first day instead of where the last session ended.
    """
    from memrig.gui.collector import responsive  # noqa: PLC0415  # needs Qt

    with responsive(application) as collector, \
            _window(application, spec, store, scheme, fresh=fresh) as window:
        collector.settle()
        yield window


@contextmanager
def _window(
    application: QApplication, spec: str, store: str | Path, scheme: str, *, fresh: bool,
) -> Iterator[Window]:
    from memrig.gui import memory, theme  # noqa: PLC0415  # need Qt
    from memrig.gui.session import Session  # noqa: PLC0415  # as above
    from memrig.gui.widgets.focus import FocusRing  # noqa: PLC0415  # as above
    from memrig.gui.window import Window  # noqa: PLC0415  # as above

    kept = memory.settings()
    recalled = memory.Recalled() if fresh else memory.recall(kept)
    chosen = scheme or ("system" if fresh else str(kept.value("theme", "system")))
    if not application.findChild(FocusRing):
        FocusRing(application)  # which owns it
    with Store.open(store) as runs:
        session = Session(runs, spec, recalled.choices, waits=True)
        try:
            with theme.bare(application):
                theme.apply(application, chosen if chosen in {"light", "dark"} else "system")  # type: ignore[arg-type]  # checked here
                window = Window(session)
            window.memory = memory.Memory(window, kept, recalled)
            window.memory.place()
            window.completed.connect(partial(_begin, session))
            window.show()
            window.memory.fold()
            yield window
        finally:
            if sentence := session.close():
                print(f"memrig: {sentence}", file=sys.stderr)


def _begin(session: Session) -> None:
    """Open the bench; beside it an example, but never in the store of a laboratory's bench."""
    session.begin()
    if session.spec in {MODEL, *entries("twins")}:
        session.make_example()


def main(
    spec: str = MODEL, store: str | Path = "memrig.sqlite", scheme: str = "", *,
    fresh: bool = False, tongue: str = "",
) -> int:
    """Open the window and stay until it is closed; returns the exit code.

    :param spec: the bench: ``model``, a ready-made twin or a bench file.
    :param scheme: ``light``, ``dark`` or ``system``; the last one used when empty.
    :param fresh: begin as on the first day instead of where the last session ended.
    :param tongue: the language, ``en``, ``ru`` or ``system``; the last one used when empty.
    :raises RequestError: when the window cannot be opened on this machine.
    """
    application = qt()
    from PySide6.QtCore import QEvent  # noqa: PLC0415  # an optional extra

    from memrig.gui import language, log  # noqa: PLC0415  # need Qt, or nobody else needs it before

    language.speak(application, tongue or (language.SYSTEM if fresh else language.remembered()))
    with log.kept():
        again = True
        while again:
            with opened(application, spec, store, scheme, fresh=fresh) as window:
                code = _stay(application, window)
                again, spec, fresh = window.again, window.session.spec, False
            window.deleteLater()  # now: a style sheet that comes while it goes ends the process
            application.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
            if again:
                gc.collect()  # what is left of the window, before what there is is settled
                language.speak(application, language.remembered())
        return code


def tell_of_guardians(window: Window, *_: object) -> None:
    """Say, once, that outputs were switched off after a controller's end; the log keeps it."""
    from memrig.hil.guarding import untold  # noqa: PLC0415  # the first picture needs none

    for word in untold():
        logging.getLogger(__name__).warning("%s", word)
        window.statusBar().showMessage(str(word))


def _stay(application: QApplication, window: Window) -> int:
    """Until the window is closed, however that comes; returns the exit code."""
    from memrig.gui.ends import Ends  # noqa: PLC0415  # needs Qt

    ends = Ends(window, application)
    ends.failed.connect(window.failure.tell)
    window.session.bench_opened.connect(partial(tell_of_guardians, window))
    tell_of_guardians(window)
    with ends.watching():
        return application.exec() or ends.code
