"""What is said to the instruments and by them: a table of the latest messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.widgets.choice import Combo
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.focus import WIDTH
from memrig.hil.bench import Message
from memrig.hil.units import grouped

KEPT = 20_000
"""Messages that are kept; the oldest go first."""
ARROWS = {">": "→", "<": "←"}
ROW = 20
"""Pixels of a row."""
_Index = QModelIndex | QPersistentModelIndex


def line_of(message: Message) -> tuple[str, str, str, str]:
    """A message as it is shown: time, instrument, arrow, text."""
    t_s, instrument, direction, text = message
    return f"{t_s:.6f}", instrument, ARROWS.get(direction, direction), text


class TrafficModel(QAbstractTableModel):
    """The latest messages that have every word of a filter.

    :param kept: how many are kept at most.
    """

    def __init__(self, kept: int = KEPT) -> None:
        super().__init__()
        self.kept = kept
        self._all: deque[Message] = deque(maxlen=kept)
        self._shown: list[Message] = []
        self._words: list[str] = []
        self._paused = False

    # --- what is in it

    @property
    def messages(self) -> list[Message]:
        """The messages that are shown."""
        return list(self._shown)

    @property
    def count(self) -> int:
        """How many messages there are, shown or not."""
        return len(self._all)

    def take(self, rows: Iterable[Message]) -> None:
        """Add messages at the end; while it is paused they are kept, but not shown."""
        rows = list(rows)
        self._all.extend(rows)
        new = [row for row in rows if self._fits(row)][-self.kept:]
        if self._paused or not new:
            return
        self._make_room(len(new))
        first = len(self._shown)
        self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
        self._shown += new
        self.endInsertRows()

    def set_messages(self, rows: Iterable[Message]) -> None:
        """Show other messages in place of all."""
        self._all = deque(rows, maxlen=self.kept)
        self._show_again()

    def set_filter(self, text: str) -> None:
        """Show only what has every word of the text in its instrument or message."""
        self._words = text.casefold().split()
        self._show_again()

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    def set_paused(self, paused: bool) -> None:  # noqa: FBT001  # like every setter of Qt
        """Let it stand still; what comes meanwhile is shown afterwards."""
        self._paused = paused
        if not paused:
            self._show_again()

    def _fits(self, message: Message) -> bool:
        if not self._words:
            return True
        line = f"{message[1]} {message[3]}".casefold()
        return all(word in line for word in self._words)

    def _show_again(self) -> None:
        self.beginResetModel()
        self._shown = [row for row in self._all if self._fits(row)]
        self.endResetModel()

    def _make_room(self, count: int) -> None:
        """Drop the oldest, a tenth of all at once: the view does not like to lose its first row
        thirty times a second."""
        over = len(self._shown) + count - self.kept
        if over <= 0:
            return
        drop = min(max(over, self.kept // 10), len(self._shown))
        self.beginRemoveRows(QModelIndex(), 0, drop - 1)
        del self._shown[:drop]
        self.endRemoveRows()

    # --- what Qt asks

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008  # Qt's name and default
        """How many messages are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008  # as above
        """Time, instrument, direction, text."""
        return 0 if parent.isValid() else 4

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell; the whole message as its tool tip."""
        if role == Qt.ItemDataRole.DisplayRole:
            return line_of(self._shown[index.row()])[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 3:
            return self._shown[index.row()][3]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 0:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and index.column() < 3:
            return theme.token("muted")
        return None

    def headerData(  # noqa: N802  # Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The columns' names."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return (self.tr("Time / s"), self.tr("Instrument"), "", self.tr("Message"))[section]
        return None


class Traffic(QWidget):
    """Live messages, or those of a stored run, with filter, pause, copy and save."""

    said = Signal(str)
    """A sentence for the status line."""
    stored_wanted = Signal()
    """The messages of the chosen run are to be shown: ``show_stored`` brings them."""

    def __init__(self) -> None:
        super().__init__()
        self.live, self.stored = TrafficModel(), TrafficModel()
        self._run = ""
        self.source = Combo()
        self.source.setAccessibleName(self.tr("Which messages"))
        self.source.addItem(self.tr("Live"))
        self.source.addItem(self.tr("Of the chosen run"))
        self.source.currentIndexChanged.connect(self._source_changed)
        self.filter = QLineEdit()
        self.filter.setObjectName("entry")
        self.filter.setPlaceholderText(self.tr("filter: instrument, message"))
        self.filter.setAccessibleName(self.tr("Filter of messages"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self.count = ElidedLabel()
        self.count.setObjectName("muted")
        self.pause, self.copy = QPushButton(self.tr("Pause")), QPushButton(self.tr("Copy"))
        self.save = QPushButton(self.tr("Save …"))
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._pause)
        self.copy.clicked.connect(self.copy_selection)
        self.copy.setToolTip(self.tr("the chosen lines, or all that are shown"))
        self.save.clicked.connect(self._ask_and_save)
        self.table = _Table(self.live)
        self.table.copied.connect(self.copy_selection)
        self._lay_out()
        self._refresh()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(WIDTH, WIDTH, WIDTH, WIDTH)  # where the focus ring is drawn
        row.setSpacing(theme.SPACE)
        row.addWidget(self.source)
        row.addWidget(self.filter, 2)
        row.addWidget(self.count, 1)
        for button in (self.pause, self.copy, self.save):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SMALL, theme.SMALL, theme.SMALL, theme.SMALL)
        column.setSpacing(theme.SMALL)
        column.addLayout(row)
        column.addWidget(self.table, 1)

    @property
    def model(self) -> TrafficModel:
        """What the table shows."""
        return self.stored if self.shows_stored else self.live

    @property
    def shows_stored(self) -> bool:
        """Whether the messages of a stored run are shown."""
        return self.source.currentIndex() == 1

    def take(self, rows: Iterable[Message]) -> None:
        """Add messages that have just been exchanged."""
        bar = self.table.verticalScrollBar()
        follows = bar.value() >= bar.maximum()
        self.live.take(rows)
        if follows and not self.shows_stored and not self.live.paused:
            self.table.scrollToBottom()
        self._refresh()

    def show_stored(self, run: str, rows: Iterable[Message]) -> None:
        """The messages of a stored run; an empty id for none."""
        self._run = run
        self.stored.set_messages(rows)
        self._refresh()

    def text(self) -> str:
        """The chosen lines, or all that are shown where none is chosen, parted by tabs."""
        chosen = sorted({index.row() for index in self.table.selectionModel().selectedIndexes()})
        messages = self.model.messages
        rows = [messages[row] for row in chosen] if chosen else messages
        return "".join("\t".join(line_of(row)) + "\n" for row in rows)

    def copy_selection(self) -> None:
        """Copy ``text()``."""
        text = self.text()
        QApplication.clipboard().setText(text)
        self.said.emit(self.tr("{0} lines copied").format(grouped(text.count("\n"))))

    def save_as(self, path: str) -> None:
        """Write ``text()`` to a file."""
        try:
            Path(path).write_text(self.text(), encoding="utf-8")
        except OSError as error:
            self.said.emit(self.tr("{0} cannot be written: {1}").format(path, error.strerror))
            return
        self.said.emit(self.tr("messages saved: {0}").format(path))

    def _ask_and_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save messages"), "traffic.txt",
                                              self.tr("Text (*.txt)"))
        if path:
            self.save_as(path)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  # Qt's name
        """Begin at the newest message."""
        super().showEvent(event)
        self.table.scrollToBottom()

    def _filter(self, text: str) -> None:
        for model in (self.live, self.stored):
            model.set_filter(text)
        self._refresh()

    def _pause(self, paused: bool) -> None:  # noqa: FBT001  # a slot
        self.live.set_paused(paused)
        if not paused:
            self.table.scrollToBottom()
        self._refresh()

    def _source_changed(self, _index: int) -> None:
        self.table.setModel(self.model)
        self.pause.setEnabled(not self.shows_stored)
        if self.shows_stored:
            self.stored_wanted.emit()
        self._refresh()

    def _refresh(self) -> None:
        model = self.model
        shown, total = grouped(model.rowCount()), grouped(model.count)
        if self.shows_stored:
            text = (self.tr("traffic of run {0}: {1} of {2}").format(self._run, shown, total)
                    if self._run else self.tr("no run is chosen"))
        elif model.paused:
            text = self.tr("paused at {0}, {1} in all").format(shown, total)
        else:
            text = self.tr("{0} of {1}").format(shown, total)
        self.count.setText(text)


class _Table(QTableView):
    """Rows of one height, nothing to edit, Ctrl+C."""

    copied = Signal()

    def __init__(self, model: TrafficModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(self.tr("Messages"))
        self.setFont(theme.fixed(self.font()))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        head, side = self.horizontalHeader(), self.verticalHeader()
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setDefaultSectionSize(ROW)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        for column, width in enumerate((110, 100, 28)):
            head.resizeSection(column, width)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Copy rows, not only the present cell."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        else:
            super().keyPressEvent(event)
