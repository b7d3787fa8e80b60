"""The runs that wait, and why they do."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QToolButton,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.sentences import said
from memrig.gui.session import Session
from memrig.gui.waiting import Waiting
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.units import grouped, shown

ROW, MOST = 24, 6
"""Pixels of a line, and lines that are seen at once."""


class QueueCard(Card):
    """A list of what is run next; hidden while nothing waits.

    Keys in the list: Delete takes a run out, Alt+Up and Alt+Down move it, Enter goes on.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, "", parent)
        self.session, self.queue = session, session.queue
        self.set_title(self.tr("Queue"))
        self.list = _List()
        self.list.setAccessibleName(self.tr("Runs that wait"))
        self.list.setToolTip(self.tr("Delete: take out; Alt+Up, Alt+Down: move; Enter: go on"))
        self.list.removed.connect(self._remove)
        self.list.moved.connect(self._move)
        self.list.going.connect(self.queue.go)
        self.why = WrappedLabel("caution")
        self.body.addWidget(self.why)
        self.body.addWidget(self.list)
        self.body.addLayout(self._buttons())
        self.queue.changed.connect(self.refresh)
        session.state_changed.connect(self.refresh)
        self.refresh()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SMALL)
        self.go = QPushButton()
        self.go.setObjectName("touch")  # it energises the device
        self.go.clicked.connect(self.queue.go)
        row.addWidget(self.go, 1)
        self.up, self.down = QToolButton(), QToolButton()
        for button, arrow, name, act in (
            (self.up, Qt.ArrowType.UpArrow, self.tr("Earlier"), self._up),
            (self.down, Qt.ArrowType.DownArrow, self.tr("Later"), self._down),
        ):
            button.setArrowType(arrow)
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.clicked.connect(act)
            row.addWidget(button)
        self.take_out = QPushButton(self.tr("Take out"))
        self.take_out.clicked.connect(self._remove)
        row.addWidget(self.take_out)
        return row

    # --- what is done

    def _remove(self) -> None:
        self.queue.remove(self.list.currentRow())

    def _up(self) -> None:
        self._move(-1)

    def _down(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        self.list.setCurrentRow(self.queue.move(self.list.currentRow(), by))

    # --- what is shown

    def refresh(self, *_: object) -> None:
        """Show what waits, and whether it goes on by itself."""
        runs, halted = self.queue.runs, self.queue.halted
        self.setVisible(bool(runs))
        chosen = max(self.list.currentRow(), 0)
        self.list.clear()
        for number, one in enumerate(runs, 1):
            duration = shown(one.planned.rehearsal.duration_s, "s", 3)
            self.list.addItem(f"{number}  {one.title} · {duration}")
            item = self.list.item(number - 1)
            item.setToolTip(self._tip(one))
            item.setSizeHint(QSize(0, ROW))
        self.list.setCurrentRow(min(chosen, len(runs) - 1))
        self.list.setFixedHeight(ROW * min(max(len(runs), 1), MOST) + 2 * theme.SMALL)
        self.why.setText(self.tr("▲ queue halted: {0}").format(said(halted)) if halted else "")
        waiting = self.tr("1 waits") if len(runs) == 1 else self.tr("{0} wait").format(len(runs))
        self.set_state("caution" if halted else "muted", self.tr("halted") if halted else waiting)
        self.set_summary(waiting)
        self.go.setText(self.tr("Go on") if halted else self.tr("Start"))
        self.go.setEnabled(self.queue.may_go)

    def _tip(self, one: Waiting) -> str:
        order = one.order
        lines = [self.tr("{0} · device {1} · bench {2}").format(
            described(one), order.passport.device, one.bench), order.note, " ".join(order.tags)]
        return "\n".join(line for line in lines if line)


def described(one: Waiting) -> str:
    """Protocol, points and time of a run that waits."""
    duration = shown(one.planned.rehearsal.duration_s, "s")
    points = QCoreApplication.translate("QueueCard", "{0} points").format(
        grouped(one.planned.points))
    return f"{one.title} · {points} · {duration}"


class _List(QListWidget):
    """A list whose keys do what the buttons do."""

    removed = Signal()
    moved = Signal(int)
    going = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Delete, Alt+Up, Alt+Down and Enter."""
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if alt and steps:
            self.moved.emit(steps)
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.going.emit()
        else:
            super().keyPressEvent(event)
