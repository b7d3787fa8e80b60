"""What every field of a form has: a text, a note in grey, a sentence when it is wrong."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.sentences import said
from memrig.gui.widgets.focus import WIDTH
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.errors import RequestError
from memrig.hil.parameters import Spec, coerce, parse_value

BELOW = ("muted", "caution", "bad")
"""Looks of what is said below a control, from top to bottom: note, advice, problem."""


class Entry(QWidget):
    """A field; ``control`` is what is clicked and typed into.

    The text is kept exactly as it was typed, right or wrong. What it would not be accepted for is
    said below it at once; ``set_problem`` adds what only others can know, e.g. a limit. That and
    the note stay while one types, so that nothing flickers: ``edited`` asks for new ones.

    :param kind: type of the value: float, int, str, bool, Level or a tuple of float or Level.
    """

    edited = Signal(str)
    """The text as typed, after every key."""

    def __init__(self, control: QWidget, spec: Spec, kind: Any, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.control, self.spec, self.kind = control, spec, kind
        self._told, self._noted, self._advised = "", "", ""
        self._locked = False
        self._below: dict[str, WrappedLabel] = {}
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(WIDTH, WIDTH, WIDTH, WIDTH)  # where the focus ring is drawn
        column.setSpacing(2)
        column.addWidget(control)
        self.setFocusPolicy(control.focusPolicy())  # else Qt refuses to order it by Tab
        self.setFocusProxy(control)

    def text(self) -> str:
        """The text as it was typed or set."""
        raise NotImplementedError

    def set_text(self, text: str) -> None:
        """Show another text, without ``edited``."""
        raise NotImplementedError

    def value(self) -> Any:
        """The value in SI units.

        :raises RequestError: with what was asked and what is allowed.
        """
        read = parse_value(self.text(), self.kind, self.spec, "")
        return coerce(read, self.kind, self.spec, "")

    def own_problem(self) -> str:
        """Why the text by itself is no value; empty when it is one."""
        try:
            self.value()
        except RequestError as error:
            return str(error).removeprefix(": ")
        return ""

    @property
    def problem(self) -> str:
        """The sentence below the field; empty when nothing is wrong."""
        return self.own_problem() or self._told

    def set_problem(self, sentence: str) -> None:
        """Frame the field in red and say why below it; empty: nothing is wrong."""
        if sentence != self._told:
            self._told = sentence
            self.refresh()

    def forget(self) -> None:
        """Drop what others said of the text that was here before."""
        self._told, self._noted, self._advised = "", "", ""

    @property
    def note(self) -> str:
        """What the instrument will really do, or what the text comes to."""
        return self._noted

    def set_note(self, text: str) -> None:
        """Say in grey what the instrument will really do."""
        if text != self._noted:
            self._noted = text
            self.refresh()

    @property
    def advice(self) -> str:
        """What is allowed here and yet cannot be meant; empty when nothing is to be said."""
        return self._advised

    def set_advice(self, sentences: str) -> None:
        """Warn of what is allowed and yet cannot be meant."""
        if sentences != self._advised:
            self._advised = sentences
            self.refresh()

    @property
    def locked(self) -> bool:
        """Whether the field only shows its text."""
        return self._locked

    def set_locked(self, locked: bool) -> None:  # noqa: FBT001  # like every setter of Qt
        """Make the field read-only, and as legible as before."""
        self._locked = locked
        self.refresh()

    def refresh(self) -> None:
        """Bring frame, note and sentence up to date."""
        problem = self.problem
        note = self.note
        self._say_below("muted", "" if self.note_fits_inside() else _unbroken(note))
        self._say_below("caution", self._advised and f"▲ {self._advised}")
        self._say_below("bad", f"✕ {said(problem)}" if problem else "")
        self.control.setAccessibleDescription(said(problem) or self._advised or note)
        self.show_state("Bad" if problem else "Locked" if self._locked else "")

    def _say_below(self, look: str, text: str) -> None:
        """Below the control; a label is made with its first text, for most never say anything."""
        if text and look not in self._below:
            label = self._below[look] = WrappedLabel(look)
            above = BELOW[:BELOW.index(look)]
            self._column.insertWidget(1 + sum(one in self._below for one in above), label)
        if look in self._below:
            self._below[look].setText(text)

    @property
    def note_is_below(self) -> bool:
        """Whether the note stands below the control now."""
        return "muted" in self._below and bool(self._below["muted"].text())

    def note_fits_inside(self) -> bool:
        """Whether the control itself has room for the note."""
        return False

    def show_state(self, state: str) -> None:
        """Look like ``""``, ``"Bad"`` or ``"Locked"``."""
        theme.restyle(self.control, f"entry{state}")


def _unbroken(text: str) -> str:
    """The same with spaces between numbers and units at which no line ends."""
    return re.sub(r"(?<=\d) (?=[^\W\d_]{1,4}\b)", "\N{NO-BREAK SPACE}", text)
