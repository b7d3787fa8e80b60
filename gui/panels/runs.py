"""The runs of the store: filter, overlay, restore, tags and notes, report, export."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.panels.runs_model import DEVICE, MERIT, PROTOCOL, STATUS, TICK, Found, RunsModel
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.tags import TagsEdit
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.export import WORDS, Format, missing
from memrig.hil.store import StoredRun

ROW = 26
"""Pixels of a row."""
WIDTHS = {TICK: 36, STATUS: 84, PROTOCOL: 116, MERIT: 62}
"""Pixels of columns; the device has the rest."""
LATEST = 3
"""Notes that are shown below the list; the tool tip of the line has all."""


class RunsPanel(Card):
    """All runs, newest first. A tick draws a run in the figure; a double click restores it."""

    overlay_changed = Signal(list)
    restore_asked = Signal(str)
    report_asked = Signal(list)
    chosen_changed = Signal()
    """``chosen`` is another run, or none."""
    export_asked = Signal(str, str)
    tags_edited = Signal(str, list)
    note_written = Signal(str, str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, "", parent)
        self.session = session
        self.set_title(self.tr("Runs"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("filter: protocol, device, status, tag:word, date"))
        self.filter.setToolTip(self.tr(
            "words that a run must have in its id, protocol, bench, device, status, tags, notes or "
            "date; tag:word finds tags only"))
        self.filter.setAccessibleName(self.tr("Filter of runs"))
        self.filter.setClearButtonEnabled(True)
        self._kept, self._finding = "", False
        self.model = RunsModel(self)
        self.found = Found(self.model)
        self.filter.textChanged.connect(self._find)
        self.filter.returnPressed.connect(self._to_the_list)
        self.table = self._made_table()
        self.details = RunDetails()
        for part in (self.filter, self.table, self.details):
            self.body.addWidget(part, 1 if part is self.table else 0)
        self.body.addLayout(self._buttons())
        self._wire()
        self.reload()

    def _made_table(self) -> Table:
        table = Table()
        table.setAccessibleName(self.tr("Runs"))
        table.setModel(self.found)
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(24)
        for column, wide in WIDTHS.items():
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(column, wide)  # never by content: that reads every line
        head.setSectionResizeMode(DEVICE, QHeaderView.ResizeMode.Stretch)
        return table

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SMALL)
        self.restore = QPushButton(self.tr("Restore set-up"))
        self.restore.clicked.connect(self.ask_to_restore)
        self.report = QPushButton(self.tr("Report …"))
        self.report.setToolTip(self.tr("of the ticked runs, or of the chosen one"))
        self.report.clicked.connect(self.ask_to_report)
        self.export = QPushButton(self.tr("Export"))
        self.export.setMenu(self._export_menu())
        for button in (self.restore, self.report, self.export):
            row.addWidget(button)
        return row

    def _export_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for kind, word in WORDS.items():
            action = menu.addAction(word)
            action.setObjectName(kind)
            why = missing(kind)
            action.setEnabled(not why)
            action.setToolTip(why)
        menu.triggered.connect(self._export)
        return menu

    def _wire(self) -> None:
        self.model.ticks_changed.connect(self._ticked)
        self.table.ticked.connect(self._tick)
        self.table.restored.connect(self.ask_to_restore)
        self.table.doubleClicked.connect(self.ask_to_restore)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.details.tags.editingFinished.connect(self._tags)
        self.details.note.returnPressed.connect(self._note)
        self.session.runs_changed.connect(self.reload)

    # --- what is in it

    def reload(self) -> None:
        """Take notice of new runs, tags and notes; ticks, choice and scroll position stay."""
        above, bar = self.found.rowCount(), self.table.verticalScrollBar()
        place = bar.value()
        self.model.take(self.session.runs())
        if place:
            bar.setValue(place + self.found.rowCount() - above)
        count = self.model.rowCount()
        self.set_state("muted", self.tr("1 run") if count == 1 else (
            self.tr("{0} runs").format(count)))
        self._show_chosen()

    @property
    def ticked(self) -> list[str]:
        """Runs that are to be drawn, newest first."""
        return self.model.ticked

    def tick(self, run_ids: Collection[str]) -> None:
        """Draw these runs, and no others; those that are not there do not matter."""
        if run_ids or self.ticked:  # else the figure stays
            self.model.tick(run_ids)

    def mark(self, run_ids: Collection[str]) -> None:
        """Tick what the figure shows by itself, e.g. the run that has just ended."""
        self.model.mark(run_ids)

    @property
    def chosen(self) -> str:
        """The run whose row is chosen; empty for none."""
        row = self.table.currentIndex().row()
        return self.found.run_at(row) if row >= 0 else ""

    def choose(self, run_id: str) -> None:
        """Choose the row of a run, if the filter leaves it."""
        row = self.found.row_of(run_id)
        if row >= 0:
            self.table.selectRow(row)

    # --- what is done

    def _find(self, text: str) -> None:
        """Leave what fits; a choice that is hidden meanwhile comes back with its run."""
        self.table.empty = self.tr("No run has all these words.") if text else ""
        self._finding = True
        self.found.find(text)
        self.table.setCurrentIndex(self.found.index(self.found.row_of(self._kept), 0))
        self._finding = False
        self._show_chosen()
        self.chosen_changed.emit()

    def _to_the_list(self) -> None:
        """From the filter to the first run that is left."""
        self.table.setFocus()
        if self.found.rowCount() and not self.chosen:
            self.table.selectRow(0)

    def _tick(self) -> None:
        if self.chosen:
            self.model.toggle(self.chosen)

    def _ticked(self) -> None:
        self.overlay_changed.emit(self.ticked)

    def ask_to_restore(self, *_: object) -> None:
        """Ask for the chosen run's set-up."""
        if self.chosen:
            self.restore_asked.emit(self.chosen)

    def ask_to_report(self) -> None:
        """Ask for a report of the ticked runs, or of the chosen one."""
        runs = self.ticked or [self.chosen]
        if runs != [""]:
            self.report_asked.emit(runs)

    def _export(self, action: object) -> None:
        self.export_as(action.objectName())  # type: ignore[attr-defined]  # a QAction

    def export_as(self, kind: Format) -> None:
        """Ask for the chosen run in a format."""
        if self.chosen:
            self.export_asked.emit(self.chosen, kind)

    def _tags(self) -> None:
        tags = self.details.tags.tags
        if self.chosen and set(tags) != set(self.details.known_tags):
            self.tags_edited.emit(self.chosen, list(tags))

    def _note(self) -> None:
        text = self.details.note.text()
        if self.chosen and text.strip():
            self.details.note.clear()
            self.note_written.emit(self.chosen, text)

    def _choose(self, _now: QModelIndex, _before: QModelIndex) -> None:
        if self._finding:
            return
        self._kept = self.chosen
        self._show_chosen()
        self.chosen_changed.emit()

    def _show_chosen(self) -> None:
        chosen = self.chosen
        for button in (self.restore, self.report, self.export):
            button.setEnabled(bool(chosen))
        self.report.setEnabled(bool(chosen or self.ticked))
        self.details.setVisible(bool(chosen))
        if chosen:
            self.details.show_run(self.session.store.load(chosen), self.session.store.tags())


class RunDetails(QWidget):
    """What is written about one run: its note, later ones, its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.run_id, self.known_tags = "", tuple[str, ...]()
        self.head, self.notes = ElidedLabel(), WrappedLabel("muted")
        self.head.setObjectName("muted")
        self.tags, self.note = TagsEdit(), QLineEdit()
        self.tags.setPlaceholderText(self.tr("tags, e.g. forming W07"))
        self.tags.setAccessibleName(self.tr("Tags of the chosen run"))
        self.note.setPlaceholderText(self.tr("add a note, then Enter"))
        self.note.setAccessibleName(self.tr("Note on the chosen run"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        for part in (self.head, self.notes, self.tags, self.note):
            column.addWidget(part)

    def show_run(self, run: StoredRun, known: list[str]) -> None:
        """Show what is written about a run.

        :param known: tags to complete from.
        """
        header = run.header
        self.head.setText(" · ".join((
            run.run_id, header.started_at[:16].replace("T", " "), header.bench.name)))
        later = [f"{at[:16].replace('T', ' ')}: {text}" for at, text in run.annotations[-LATEST:]]
        self.notes.setText("\n".join(text for text in (header.note, *later) if text))
        typing = self.tags.hasFocus() and run.run_id == self.run_id
        if not typing or set(self.tags.tags) == set(self.known_tags):
            self.tags.set_tags(run.tags)
        self.run_id, self.known_tags = run.run_id, run.tags
        self.tags.offer(known)


class Table(QTableView):
    """The list: Space ticks the chosen run, Enter restores it."""

    ticked = Signal()
    restored = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.empty = ""
        """What is said in place of lines that are not there."""
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab goes on to the next control
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().hide()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """The lines, or why there is none."""
        super().paintEvent(event)
        if self.empty and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(theme.token("muted"))
            painter.drawText(self.viewport().rect().adjusted(0, ROW // 2, 0, 0),
                             Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.empty)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Space and Enter."""
        if event.key() == Qt.Key.Key_Space:
            self.ticked.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.restored.emit()
        else:
            super().keyPressEvent(event)
