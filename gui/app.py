"""``memrig gui``: the program around the window."""

from __future__ import annotations

import sys
from pathlib import Path

from memrig.hil.errors import RequestError

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


def main(spec: str = "model", store: str | Path = "memrig.sqlite", scheme: str = "") -> int:
    """Open the window and stay until it is closed; returns the exit code.

    :param spec: the bench: ``model``, a ready-made twin or a bench file.
    :param scheme: ``light``, ``dark`` or ``system``; the last one used when empty.
    :raises RequestError: when the window cannot be opened on this machine.
    """
    try:
        import PySide6  # noqa: PLC0415  # an optional extra
        from PySide6.QtCore import QSettings  # noqa: PLC0415  # as above
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # as above
    except ImportError as error:
        message = (
            "the window needs the extra 'gui' (pip install 'memrig[gui]') and Qt's system "
            f"libraries: {error}"
        )
        raise RequestError(message) from None
    check_versions(PySide6.__version__, sys.version_info[:2])
    from memrig.gui import theme  # noqa: PLC0415  # needs Qt
    from memrig.gui.collector import Collector  # noqa: PLC0415  # needs Qt
    from memrig.gui.session import Session  # noqa: PLC0415  # needs Qt
    from memrig.gui.widgets.focus import FocusRing  # noqa: PLC0415  # needs Qt
    from memrig.gui.window import Window  # noqa: PLC0415  # needs Qt
    from memrig.hil.store import Store  # noqa: PLC0415  # not before the window is sure

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setOrganizationName("memrig")
    application.setApplicationName("memrig")
    chosen = scheme or str(QSettings().value("theme", "system"))
    theme.apply(application, chosen if chosen in {"light", "dark"} else "system")  # type: ignore[arg-type]  # checked here
    FocusRing(application)  # which owns it
    with Store.open(store) as runs:
        window = Window(Session(runs, spec))
        geometry = QSettings().value("geometry")
        if geometry is not None:
            window.restoreGeometry(geometry)
        window.show()
        collector = Collector(application)
        collector.start()
        try:
            return application.exec()
        finally:
            collector.stop()
