"""Fields for what is not a number: one of several words, yes or no."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.sentences import translated
from memrig.gui.widgets.entry import Entry
from memrig.hil.errors import RequestError
from memrig.hil.parameters import Spec

_KEPT_OUT = frozenset({
    QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick,
    QEvent.Type.Wheel,
})
_MOVES = frozenset({Qt.Key.Key_Tab, Qt.Key.Key_Backtab})


class Combo(QComboBox):
    """A combo box that neither a wheel passing over it nor a long item changes.

    Locked, it is drawn as the text that it is: legible, and nothing to click.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.locked = False
        self.bad = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  # Qt's name
        """Turn only what has the keyboard."""
        if self.hasFocus() and not self.locked:
            super().wheelEvent(event)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Keep everything that would change it out while it is locked."""
        return True if self.locked and _changes(event) else super().event(event)

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:  # noqa: N802  # Qt's name
        """A word that is longer than its place ends with an ellipsis."""
        super().initStyleOption(option)
        place = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self)
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, place.width() - theme.SMALL)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw as ever; as a text when locked; with a red frame when the word is wrong."""
        if not self.locked:
            super().paintEvent(event)
        painter = QPainter(self)
        if self.locked:
            text = self.fontMetrics().elidedText(
                self.currentText(), Qt.TextElideMode.ElideRight, self.width() - 2 * theme.SPACE)
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.setPen(theme.token("text"))
            painter.drawText(self.rect().adjusted(theme.SPACE, 0, -theme.SPACE, 0), left, text)
        if self.locked or self.bad:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            name, wide = ("danger", 2) if self.bad else ("line", 1)
            painter.setPen(QPen(theme.token(name), wide))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4.0, 4.0)


class Tick(QCheckBox):
    """A check box that can be locked and stays legible."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.locked = False

    def event(self, event: QEvent) -> bool:
        """Keep everything that would change it out while it is locked."""
        return True if self.locked and _changes(event) else super().event(event)

    def hitButton(self, where: object) -> bool:  # noqa: N802  # Qt's name
        """The whole row can be clicked, not the box alone."""
        return True


def _changes(event: QEvent) -> bool:
    """Whether an event of the user would change a control; Tab only moves on."""
    if event.type() in {QEvent.Type.KeyPress, QEvent.Type.KeyRelease}:
        return event.key() not in _MOVES  # type: ignore[attr-defined]  # a QKeyEvent, by its type
    return isinstance(event, QMouseEvent | QWheelEvent) and event.type() in _KEPT_OUT


class ChoiceEdit(Entry):
    """One of several words; a word that is none of them stays and is explained."""

    def __init__(self, spec: Spec, parent: QWidget | None = None) -> None:
        self.combo = Combo()
        super().__init__(self.combo, spec, str, parent)
        for word in spec.choices:
            self.combo.addItem(translated(word), word)
        self.combo.activated.connect(self._chosen)

    def text(self) -> str:
        """The word, as files and the command line have it."""
        return str(self.combo.currentData() or "")

    def set_text(self, text: str) -> None:
        """Choose a word."""
        if text != self.text():
            self.forget()
        while self.combo.count() > len(self.spec.choices):
            self.combo.removeItem(self.combo.count() - 1)
        if text not in self.spec.choices:
            self.combo.addItem(text, text)
        self.combo.setCurrentIndex(self.combo.findData(text))
        self.refresh()

    def show_state(self, state: str) -> None:
        """Frame, or draw as a text."""
        self.combo.bad, self.combo.locked = state == "Bad", self.locked
        self.combo.update()

    def _chosen(self, _index: int) -> None:
        self.refresh()
        self.edited.emit(self.text())


class SwitchEdit(Entry):
    """Yes or no."""

    def __init__(self, spec: Spec, parent: QWidget | None = None) -> None:
        self.tick = Tick()
        super().__init__(self.tick, spec, bool, parent)
        self._text = "no"
        self.tick.setText(self.tr("no"))
        self.tick.toggled.connect(self._say)
        self.tick.clicked.connect(self._clicked)

    def text(self) -> str:
        """``yes`` or ``no``, or whatever was set."""
        return self._text

    def set_text(self, text: str) -> None:
        """Switch; what is neither yes nor no stays and is explained."""
        if text != self._text:
            self.forget()
        self._text = text
        try:
            self.tick.setChecked(bool(self.value()))
        except RequestError:
            self.tick.setChecked(False)
        self.refresh()

    def show_state(self, state: str) -> None:
        """Lock; the sentence below says what is wrong."""
        self.tick.locked = self.locked

    def _say(self, on: bool) -> None:  # noqa: FBT001  # a slot
        self.tick.setText(self.tr("yes") if on else self.tr("no"))

    def _clicked(self, on: bool) -> None:  # noqa: FBT001  # a slot
        self._text = "yes" if on else "no"
        self.refresh()
        self.edited.emit(self._text)
