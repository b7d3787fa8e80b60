"""The language of the window: Qt's translators, and which one is remembered."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QLibraryInfo,
    QLocale,
    QObject,
    QTranslator,
)

from memrig.gui.memory import settings
from memrig.hil.errors import UnknownNameError
from memrig.hil.parameters import unknown

LANGUAGES = {"en": "English", "ru": "Русский"}
"""Every language by its code, called what its speakers call it."""
SYSTEM = "system"
FOLDER = Path(__file__).resolve().parent / "translations"
_OURS = "memrigTranslator"


def remembered() -> str:
    """The choice that was made last: a code or ``system``, which it is at first."""
    found = str(settings().value("language", SYSTEM))
    return found if found in LANGUAGES else SYSTEM


def remember(language: str) -> None:
    """Keep a choice for the next start."""
    settings().setValue("language", language)


def resolved(language: str) -> str:
    """The code of a language that there is; ``system`` is the first that the system asks for.

    :raises UnknownNameError: for a language that there is not.
    """
    if language == SYSTEM:
        asked = [one.split("-")[0] for one in QLocale.system().uiLanguages()]
        return next((one for one in asked if one in LANGUAGES), "en")
    if language not in LANGUAGES:
        raise UnknownNameError(unknown("language", language, (*LANGUAGES, SYSTEM)))
    return language


def speak(application: QCoreApplication, language: str) -> str:
    """Let everything that is made from now on speak a language; returns its code.

    English has a translator, too: it knows the plurals.
    """
    code = resolved(language)
    for old in application.findChildren(QTranslator, _OURS):
        application.removeTranslator(old)
        old.deleteLater()
    theirs = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    for path in (theirs / f"qtbase_{code}.qm", FOLDER / f"memrig_{code}.qm"):
        translator = loaded(path, application)
        if translator is not None:
            application.installTranslator(translator)
    return code


def loaded(path: Path, parent: QObject | None = None) -> QTranslator | None:
    """The translator of a file; None where Qt was installed without it."""
    translator = QTranslator(parent)
    translator.setObjectName(_OURS)
    if translator.load(str(path)):
        return translator
    translator.deleteLater()
    return None
