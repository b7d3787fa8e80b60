"""The only way to enter a number: as people write it, with prefix and unit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, get_args, get_origin

from PySide6.QtCore import QCoreApplication, QRect, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from memrig.gui import theme
from memrig.gui.widgets.entry import Entry
from memrig.hil.errors import RequestError
from memrig.hil.parameters import Level, Spec, Zero, parse_value
from memrig.hil.units import format_quantity, shown

DIGITS = 12
"""Digits that are shown at most; a number that needs more is shown as it was typed."""
PADDING = 8
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_NOTCH = 120
"""One notch of a wheel, in Qt's eighths of a degree."""


class QuantityEdit(Entry):
    """A field for a number, a level, or several of them separated by commas.

    Takes ``250u``, ``0.25 mA``, ``2.5e-4`` and ``1.1 v_set``. While it is not edited it shows
    prefix and unit; with the keyboard in it, the text as it was typed. Up, Down and, only then,
    the wheel step the last digit.
    """

    def __init__(self, spec: Spec, kind: Any = float, parent: QWidget | None = None) -> None:
        self.line = _Line(self)
        super().__init__(self.line, spec, kind, parent)
        self._text = ""
        words = kind is str
        side = Qt.AlignmentFlag.AlignLeft if words else Qt.AlignmentFlag.AlignRight
        self.line.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.line.textEdited.connect(self._typed)
        self.set_text("")

    def text(self) -> str:
        """The text exactly as it was typed or set."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text, without ``edited``; what was said belonged to the one before."""
        if text != self._text:
            self.forget()
        self._text = text
        self.show_text()
        self.refresh()

    def set_locked(self, locked: bool) -> None:  # noqa: FBT001  # as in Entry
        """Make the field read-only; its text can still be selected and copied."""
        self.line.setReadOnly(locked)
        super().set_locked(locked)

    def step(self, steps: int) -> None:
        """Move the last digit of the number at the cursor."""
        new, cursor = stepped(self._text, steps, self.line.cursorPosition())
        if new != self._text and not self.locked:
            self.line.setText(new)
            self.line.setCursorPosition(cursor)
            self._typed(new)

    def show_text(self) -> None:
        """The text as typed while the keyboard is in it, else with prefix and unit."""
        shown = self._text if self.line.hasFocus() else shown_text(self._text, self.kind, self.spec)
        if self.line.text() != shown:
            self.line.setText(shown)
        if not self.line.hasFocus():
            self.line.setCursorPosition(0)  # of a long list its beginning is seen

    def note_fits_inside(self) -> bool:
        """Whether the note and the text stand side by side in the line.

        A note that stands below stays there while one types, so that no key moves the form.
        """
        if self.line.hasFocus() and self.note_is_below:
            return False
        metrics = self.line.fontMetrics()
        wide = sum(metrics.horizontalAdvance(text) for text in (self.note, self.line.text()))
        return wide + 4 * PADDING <= self.line.width()

    def _typed(self, text: str) -> None:
        self._text = text
        self.refresh()
        self.edited.emit(text)


class _Line(QLineEdit):
    """The line of a ``QuantityEdit``, with the note in grey at its left."""

    def __init__(self, entry: QuantityEdit) -> None:
        super().__init__()
        self._entry = entry
        self.setMinimumWidth(80)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        """Show the text as typed, all of it selected when one comes by Tab."""
        super().focusInEvent(event)
        self._entry.show_text()
        if event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}:
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        """Show prefix and unit again."""
        super().focusOutEvent(event)
        self._entry.show_text()
        self._entry.refresh()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  # Qt's name
        """Step only what has the keyboard; a page that is scrolled past changes nothing."""
        notches = event.angleDelta().y() // _NOTCH
        if self.hasFocus() and notches and not self.isReadOnly():
            self._entry.step(notches)
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Up and Down step the last digit."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if steps:
            self._entry.step(steps)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Find the note its place again."""
        super().resizeEvent(event)
        self._entry.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw the note where the text leaves room."""
        super().paintEvent(event)
        if self._entry.note and self._entry.note_fits_inside():
            painter = QPainter(self)
            painter.setPen(theme.token("muted"))
            where = QRect(self.rect()).adjusted(PADDING, 0, -PADDING, 0)
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(where, left, self._entry.note)


def stepped(text: str, steps: int, cursor: int = 0) -> tuple[str, int]:
    """The text with the last digit of one number moved, and where the cursor stands then.

    In a list it is the number that the cursor is in: ``("1.20V, 2V", 1, 3)`` gives ``1.21V, 2V``.
    """
    start = text.rfind(",", 0, cursor) + 1
    found = _NUMBER.search(text, start)
    if found is None:
        return text, cursor
    number = Decimal(found[0])
    new = f"{number + steps * Decimal(1).scaleb(number.as_tuple().exponent):f}"  # type: ignore[arg-type]  # finite by the pattern
    return text[:found.start()] + new + text[found.end():], found.start() + len(new)


def exact_text(value: Any, unit: str) -> str:
    """A text that is read back as this value to the last bit; the short one where that does."""
    if isinstance(value, tuple | list):
        return ", ".join(exact_text(one, unit) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, Level):
        return value.exact
    short = format_quantity(value, unit or "1", DIGITS)
    if parse_value(short, float, Spec(unit=unit, help=""), "") == value:
        return short
    return f"{value!r} {unit}" if unit not in {"", "1"} else repr(value)


def shown_text(text: str, kind: Any, spec: Spec) -> str:
    """What is shown of a text that nobody edits: prefix and unit, or the text if it is no value."""
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        parts = text.replace(";", ",").split(",")
        return ", ".join(shown_text(part.strip(), item, spec) for part in parts)
    try:
        value = parse_value(text, kind, spec, "")
    except RequestError:
        return text
    if isinstance(value, Level) and value.of:
        return _relative(value)
    if isinstance(value, str):
        return value
    number = value.value if isinstance(value, Level) else value
    if spec.zero and number == 0:
        return _zero_word(spec.zero)
    short = shown(number, spec.unit or "1", DIGITS)
    return short if parse_value(short, float, spec, "") == number else text


def _zero_word(zero: Zero) -> str:
    """What is shown instead of 0 where that is no value of its own."""
    if zero == "any":
        return QCoreApplication.translate("QuantityEdit", "any")
    return QCoreApplication.translate("QuantityEdit", "automatic")


def _relative(level: Level) -> str:
    """A level in units of the profile, with … where digits are left out."""
    whole = f"{level.value:g}"
    number = whole if float(whole) == level.value else f"{level.value:.3g}…"
    return f"{number} {level.of}".replace("-", "−", 1)
