"""The runs of the store: filter, overlay, restore, report."""

from __future__ import annotations

import math
from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from memrig.gui.sentences import translated
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.hil.registry import entries, load
from memrig.hil.store import RunSummary
from memrig.hil.units import grouped

MARKS = {"finished": "✓", "stopped": "■", "failed": "✕", "interrupted": "✕", "running": "…"}
COLUMNS = 4
ROW = 26
"""Pixels of a row."""
SHORT = 6
"""Characters of a run's id in the list; the tool tip has all."""
_ID = Qt.ItemDataRole.UserRole


class RunsPanel(Card):
    """All runs, newest first. A tick draws a run in the figure; a double click restores it."""

    overlay_changed = Signal(list)
    restore_asked = Signal(str)
    report_asked = Signal(str)
    chosen_changed = Signal()
    """``chosen`` is another run, or none."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, "", parent)
        self.session = session
        self.set_title(self.tr("Runs"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("filter: protocol, bench, note, status"))
        self.filter.setAccessibleName(self.tr("Filter of runs"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self.table = self._made_table()
        self.body.addWidget(self.filter)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(self._buttons())
        session.runs_changed.connect(self.reload)
        self.reload()

    def _made_table(self) -> QTableWidget:
        table = QTableWidget(0, COLUMNS)
        table.setAccessibleName(self.tr("Runs"))
        table.setHorizontalHeaderLabels([
            self.tr("Run"), self.tr("Protocol"), self.tr("nrmse"), self.tr("Status")])
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.setWordWrap(False)
        table.verticalHeader().setDefaultSectionSize(ROW)
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)  # else Tab never leaves it
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.itemChanged.connect(self._ticked)
        table.itemDoubleClicked.connect(self._restore)
        table.itemSelectionChanged.connect(self._refresh_buttons)
        table.itemSelectionChanged.connect(self.chosen_changed)
        return table

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.restore = QPushButton(self.tr("Restore set-up"))
        self.restore.clicked.connect(self._restore)
        self.report = QPushButton(self.tr("Report …"))
        self.report.clicked.connect(self._report)
        for button in (self.restore, self.report):
            row.addWidget(button)
        self._refresh_buttons()
        return row

    def reload(self) -> None:
        """Read the list of runs from the store; ticks and the choice stay."""
        ticked, chosen = set(self.ticked), self.chosen
        runs = self.session.store.runs()[::-1]
        self.table.blockSignals(True)  # Qt's way
        self.table.setRowCount(len(runs))
        for row, run in enumerate(runs):
            self._show(row, run, ticked=run.run_id in ticked)
            if run.run_id == chosen:
                self.table.selectRow(row)
        self.table.blockSignals(False)  # Qt's way
        self.set_state("muted", self.tr("1 run") if len(runs) == 1 else (
            self.tr("{0} runs").format(len(runs))))
        self._filter(self.filter.text())
        self._refresh_buttons()

    def _show(self, row: int, run: RunSummary, *, ticked: bool) -> None:
        first = QTableWidgetItem(run.run_id[:SHORT])
        first.setFlags(first.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        first.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        first.setData(_ID, run.run_id)
        simulated = self.tr(" (sim)") if run.simulated else ""
        merit = QTableWidgetItem(_percent(run.nrmse))
        merit.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        status = QTableWidgetItem(f"{MARKS.get(run.status, '')} {translated(run.status)}")
        cells = (first, QTableWidgetItem(run.protocol + simulated), merit, status)
        tip = "\n".join(part for part in (
            f"{run.run_id} · {_title(run.protocol)}", run.note,
            f"{run.started_at[:19].replace('T', ' ')} · {run.bench} · "
            + self.tr("{0} points").format(grouped(run.points)),
        ) if part)
        for column, cell in enumerate(cells):
            cell.setToolTip(tip)
            self.table.setItem(row, column, cell)

    @property
    def ticked(self) -> list[str]:
        """Runs that are to be drawn, newest first."""
        items = (self.table.item(row, 0) for row in range(self.table.rowCount()))
        return [str(i.data(_ID)) for i in items if i and i.checkState() is Qt.CheckState.Checked]

    def tick(self, run_ids: Collection[str]) -> None:
        """Draw these runs, and no others; those that are not there do not matter."""
        if not run_ids and not self.ticked:
            return  # the figure stays
        self.table.blockSignals(True)  # Qt's way
        for row in range(self.table.rowCount()):
            item = self.table.item(row, 0)
            if item is not None:
                wanted = item.data(_ID) in run_ids
                item.setCheckState(Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
        self.table.blockSignals(False)  # Qt's way
        self.overlay_changed.emit(self.ticked)

    @property
    def chosen(self) -> str:
        """The run whose row is chosen; empty for none."""
        row = self.table.currentRow()
        item = self.table.item(row, 0) if row >= 0 else None
        return str(item.data(_ID)) if item else ""

    def _ticked(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            self.overlay_changed.emit(self.ticked)

    def _restore(self, *_: object) -> None:
        if self.chosen:
            self.restore_asked.emit(self.chosen)

    def _report(self) -> None:
        if self.chosen:
            self.report_asked.emit(self.chosen)

    def _refresh_buttons(self) -> None:
        for button in (self.restore, self.report):
            button.setEnabled(bool(self.chosen))

    def _filter(self, text: str) -> None:
        """Rows that have every word of the text somewhere."""
        words = text.lower().split()
        for row in range(self.table.rowCount()):
            cells = (self.table.item(row, column) for column in range(COLUMNS))
            line = " ".join(f"{c.text()} {c.toolTip()}" for c in cells if c).lower()
            self.table.setRowHidden(row, not all(word in line for word in words))


def _percent(nrmse: float | None) -> str:
    """An nrmse for a list: two digits, and below a hundredth of a percent only that it is."""
    if nrmse is None or not math.isfinite(nrmse):
        return ""
    return "< 0.01 %" if nrmse < 1e-4 else f"{100 * nrmse:.2g} %"


def _title(protocol: str) -> str:
    """What a protocol is called; its name where it is not known here, as of an imported run."""
    known = protocol in entries("protocols")
    return translated(load("protocols", protocol).title) if known else protocol
