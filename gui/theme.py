"""Colours, spacing and type of every window, light and dark, and how they are switched.

Nothing is painted with a literal colour anywhere else: ``token("measured")`` gives the one of the
theme in use. Red means energised, limit or stop and nothing else; there is one accent; measured
and model differ in every kind of colour vision, and in form as well (dots, line).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from memrig.hil.errors import UnknownNameError
from memrig.hil.parameters import unknown

Scheme = Literal["light", "dark", "system"]

SPACE, SMALL, CARD = 8, 4, 12
"""Distances in pixels: between things, inside a thing, from a card's edge to what is in it."""

TOKENS: dict[str, tuple[str, str]] = {
    # name: (light, dark)
    "window": ("#F1F3F6", "#12151A"),         # behind everything
    "surface": ("#FFFFFF", "#1B2027"),        # cards, strip, plots
    "field": ("#FFFFFF", "#14181E"),          # what can be typed into
    "button": ("#EEF1F5", "#2A313C"),
    "line": ("#D5DAE1", "#343C48"),           # around cards; parts nothing from nothing
    "border": ("#6E798A", "#7C879A"),         # around controls: what can be clicked
    "grid": ("#E9ECF0", "#272E38"),           # in plots
    "text": ("#1A1F27", "#E7EAF0"),
    "muted": ("#586173", "#A0A9B8"),          # units, notes, axes
    "accent": ("#1F5FBF", "#78AEFF"),         # focus, chosen, the cursor
    "on_accent": ("#FFFFFF", "#0E1420"),
    "selection": ("#D6E4FA", "#263E63"),
    "danger": ("#B3231B", "#FF7A70"),         # energised, limit, stop
    "on_danger": ("#FFFFFF", "#1B0D0C"),
    "danger_band": ("#FBE9E8", "#3A2326"),    # beyond a limit
    "simulated": ("#6D2DA8", "#C9A1FF"),
    "on_simulated": ("#FFFFFF", "#180C26"),
    "good": ("#17703A", "#63C98A"),
    "caution": ("#805500", "#E5B84B"),        # touches the device, or needs a second look
    "on_caution": ("#FFFFFF", "#1C1503"),
    "measured": ("#0072B2", "#56B4E9"),       # Okabe and Ito's blues
    "model": ("#C24E00", "#F5A623"),
    "stimulus": ("#3D4658", "#C5CBD6"),
}

OUTLINED = {"QComboBox": "field", **dict.fromkeys(
    ("QCheckBox", "QRadioButton", "QPushButton", "QLineEdit", "QPlainTextEdit", "QTextEdit",
     "QAbstractSpinBox", "QAbstractItemView"), "button")}
"""Controls whose outline is made from their palette's window colour, and what they are filled with;
a combo box is a field like the lines beside it."""

STYLE = """
QToolTip { color: @text; background: @surface; border: 1px solid @border; padding: 4px; }
#card { background: @surface; border: 1px solid @line; border-radius: 6px; }
#ground { background: @surface; border: none; }
#strip { background: @surface; border: none; border-bottom: 1px solid @line; }
#title { color: @text; font-weight: 600; }
#number { color: @on_accent; background: @accent; border-radius: 9px; font-weight: 600; }
#muted { color: @muted; }
#good { color: @good; }
#bad { color: @danger; }
#caution { color: @caution; }
#entry { color: @text; background: @field; border: 1px solid @border; border-radius: 4px;
         padding: 3px 7px; selection-color: @text; selection-background-color: @selection; }
#entryBad { color: @text; background: @field; border: 2px solid @danger; border-radius: 4px;
            padding: 2px 6px; selection-color: @text; selection-background-color: @selection; }
#entry:focus { border-color: @accent; }
#entryLocked { color: @text; background: @surface; border: 1px solid @line; border-radius: 4px;
               padding: 3px 7px; selection-color: @text; selection-background-color: @selection; }
#fold { color: @muted; background: @surface; border: none; padding: 2px; text-align: left; }
#fold:hover { color: @accent; background: @surface; }
#simulated { color: @on_simulated; background: @simulated; border-radius: 4px; padding: 3px 8px;
             font-weight: 600; }
#noBench { color: @muted; background: @surface; border: 1px solid @border; border-radius: 4px;
           padding: 2px 7px; font-weight: 600; }
#outputOff { color: @muted; background: @surface; border: 1px solid @line; border-radius: 4px; }
#outputOn { color: @danger; background: @danger_band; border: 2px solid @danger;
            border-radius: 4px; }
#outputUnknown { color: @caution; background: @surface; border: 2px solid @caution;
                 border-radius: 4px; }
#live { color: @danger; font-weight: 600; }
#old { color: @caution; font-weight: 600; }
#progress { background: @line; border: none; border-radius: 3px; }
#progress::chunk { background: @accent; border-radius: 3px; }
#stop { color: @on_danger; background: @danger; border: 2px solid @danger; border-radius: 4px;
        font-weight: 600; }
#stop:pressed { color: @danger; background: @danger_band; }
#run { color: @on_accent; background: @accent; border: 1px solid @accent; border-radius: 4px;
       padding: 6px 10px; font-weight: 600; }
#run:disabled { color: @muted; background: @button; border: 1px solid @line; }
#touch { color: @caution; background: @surface; border: 1px solid @caution; border-radius: 4px;
         padding: 4px 10px; }
#touch:pressed { color: @on_caution; background: @caution; }
#touch:disabled { color: @muted; background: @surface; border: 1px solid @line; }
#palette { background: @surface; border: 1px solid @border; border-radius: 6px; }
#commands { background: @surface; border: none; }
"""
"""For our own object names only: Qt's controls lose arrow and tick by a partial style sheet."""


class Notifier(QObject):
    """Tells whoever paints for himself that the colours are others now."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.dark = self.waits = False
        self.sheet = ""
        self.scheme: Scheme = "system"

    def follow_system(self) -> None:
        """Take the system's light or dark, if that is what was asked for."""
        application = QApplication.instance()
        if self.scheme == "system" and isinstance(application, QApplication):
            _dress(application)


@cache
def notifier() -> Notifier:
    """The one that tells; its ``changed`` comes after ``token`` gives the new colours."""
    return Notifier()


def token(name: str) -> QColor:
    """A colour of the theme in use, e.g. ``token("measured")``."""
    if name not in TOKENS:
        raise UnknownNameError(unknown("colour", name, TOKENS))
    return QColor(TOKENS[name][notifier().dark])


def is_dark() -> bool:
    """Whether the dark theme is in use."""
    return notifier().dark


def apply(application: QApplication, scheme: Scheme) -> None:
    """Dress all windows of the application; may be called again at any time."""
    told, hints = notifier(), application.styleHints()
    if not application.property("memrigTheme"):
        application.setProperty("memrigTheme", "yes")
        application.setStyle("Fusion")
        application.setFont(tabular(application.font()))
        hints.colorSchemeChanged.connect(told.follow_system)
    told.scheme = scheme
    hints.setColorScheme({"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark,
                          "system": Qt.ColorScheme.Unknown}[scheme])
    _dress(application)


def _dress(application: QApplication) -> None:
    told = notifier()
    system_dark = application.styleHints().colorScheme() is Qt.ColorScheme.Dark
    told.dark = system_dark if told.scheme == "system" else told.scheme == "dark"
    sheet = style_sheet()
    if told.sheet != sheet:  # all of this costs every widget time
        told.sheet = sheet
        application.setPalette(_palette())
        for control, surface in OUTLINED.items():
            application.setPalette(_control_palette(surface), control)  # type: ignore[arg-type]  # PySide takes str only
    if not told.waits and application.styleSheet() != sheet:
        application.setStyleSheet(sheet)
    told.changed.emit()


@contextmanager
def bare(application: QApplication) -> Iterator[None]:
    """Build the first window in here: the style sheet comes when it is there, else every layout
    works it out.

    A style sheet that there is stays: Qt does not survive every widget's losing it.
    """
    told = notifier()
    told.waits = not application.styleSheet()
    try:
        yield
    finally:
        if told.waits:
            told.waits = False
            application.setStyleSheet(told.sheet)


def style_sheet() -> str:
    """The style sheet in the colours of the theme in use."""
    return re.sub(r"@(\w+)", lambda found: token(found[1]).name(), STYLE)


def _palette() -> QPalette:
    role, palette = QPalette.ColorRole, QPalette()
    for where, name in (
        (role.Window, "window"), (role.WindowText, "text"), (role.Base, "field"),
        (role.AlternateBase, "window"), (role.Text, "text"), (role.Button, "button"),
        (role.ButtonText, "text"), (role.Highlight, "selection"), (role.HighlightedText, "text"),
        (role.PlaceholderText, "muted"), (role.ToolTipBase, "surface"), (role.ToolTipText, "text"),
        (role.Link, "accent"), (role.LinkVisited, "accent"), (role.Accent, "accent"),
        (role.Mid, "line"), (role.Midlight, "line"), (role.Light, "button"), (role.Dark, "border"),
        (role.BrightText, "danger"),
    ):
        palette.setColor(where, token(name))
    for where in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, token("muted"))
    return palette


def _control_palette(surface: str) -> QPalette:
    """The palette with window colours from which Fusion makes outlines that can be seen.

    Fusion outlines a control in ``window.darker(140)``, which disappears on a dark window.
    """
    palette = _palette()
    palette.setColor(QPalette.ColorRole.Window, token("border").lighter(140))
    palette.setColor(QPalette.ColorRole.Button, token(surface))
    return palette


def restyle(widget: QWidget, name: str) -> None:
    """Let a widget look like another object name of the style sheet, e.g. ``bad``."""
    if widget.objectName() != name:
        widget.setObjectName(name)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def tabular(font: QFont) -> QFont:
    """The same font with digits of equal width, so that live values stand still."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def fixed(font: QFont) -> QFont:
    """The system's font with characters of equal width, of the same size."""
    found = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    found.setPointSizeF(font.pointSizeF())
    return tabular(found)


def luminance(color: QColor) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2): text needs 4.5, a control's border 3."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
