"""The runs of a store as a table: thousands of lines, of which only what is seen is drawn."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor

from memrig.gui import theme
from memrig.gui.plots.symbols import RUNS
from memrig.gui.sentences import translated
from memrig.hil.registry import entries, load
from memrig.hil.store import RunSummary
from memrig.hil.units import grouped

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()

MARKS = {"finished": "✓", "stopped": "■", "failed": "✕", "interrupted": "✕", "running": "…"}
TICK, STATUS, PROTOCOL, DEVICE, MERIT = range(5)
COLUMNS = 5
TICKS = (Qt.ItemDataRole.CheckStateRole, Qt.ItemDataRole.DecorationRole,
         Qt.ItemDataRole.AccessibleTextRole)
"""What the first column answers."""
TAG = "tag:"
"""In a filter: what follows is a tag, or its beginning."""
RUN_ID = Qt.ItemDataRole.UserRole


class RunsModel(QAbstractTableModel):
    """One line for each run, newest first; a tick in the first column."""

    ticks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: list[RunSummary] = []
        self._texts: dict[str, str] = {}
        self._ticked: set[str] = set()

    def take(self, runs: Sequence[RunSummary]) -> int:
        """Show these runs, in the order they began; returns how many are new at the top.

        Lines that stay keep their place, so that ticks, choice and scroll position do, too.
        """
        newest = list(runs)[::-1]
        added = len(newest) - len(self.runs)
        if [run.run_id for run in newest[max(added, 0):]] != [run.run_id for run in self.runs]:
            self._replace(newest)
            return 0
        if added:
            self.beginInsertRows(NOWHERE, 0, added - 1)
            self.runs[:0] = newest[:added]
            self.endInsertRows()
        for row, run in enumerate(newest):
            if run != self.runs[row]:
                self._change(row, run)
        return added

    def change(self, run: RunSummary) -> None:
        """Show what has become of one run, e.g. after it was tagged."""
        row = self.row_of(run.run_id)
        if row >= 0:
            self._change(row, run)

    def _change(self, row: int, run: RunSummary) -> None:
        self.runs[row] = run
        self._texts.pop(run.run_id, None)
        self.dataChanged.emit(self.index(row, 0), self.index(row, COLUMNS - 1))

    def _replace(self, newest: list[RunSummary]) -> None:
        self.beginResetModel()
        self.runs = newest
        self._texts.clear()
        self.endResetModel()

    def row_of(self, run_id: str) -> int:
        """The line of a run; -1 where there is none."""
        return next((row for row, run in enumerate(self.runs) if run.run_id == run_id), -1)

    # --- ticks

    @property
    def ticked(self) -> list[str]:
        """Runs that are to be drawn, newest first."""
        if not self._ticked:
            return []
        return [run.run_id for run in self.runs if run.run_id in self._ticked]

    def tick(self, run_ids: Collection[str]) -> None:
        """Tick these runs and no others."""
        self.mark(run_ids)
        self.ticks_changed.emit()

    def mark(self, run_ids: Collection[str]) -> None:
        """The same where they are drawn already: nobody is told."""
        self._ticked = set(run_ids)
        if self.runs:
            self.dataChanged.emit(self.index(0, TICK), self.index(len(self.runs) - 1, TICK))

    def toggle(self, run_id: str) -> None:
        """Tick a run, or take its tick away."""
        self.tick(self._ticked ^ {run_id})

    # --- what Qt asks

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  # Qt's name
        """How many runs there are."""
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  # Qt's name
        """Tick, status, protocol, device and nrmse."""
        return 0 if parent.isValid() else COLUMNS

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The first column can be ticked."""
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsUserCheckable if index.column() == TICK else found

    def headerData(  # noqa: N802  # Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Names of the columns."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return ("", self.tr("Status"), self.tr("Protocol"), self.tr("Device"),
                self.tr("nrmse"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What stands in a cell."""
        run, column = self.runs[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(run, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(run)
        if role in TICKS and column == TICK:
            return self._tick_of(run.run_id, role)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == MERIT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return run.run_id if role == RUN_ID else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802  # Qt's name
        """Tick, or take a tick away."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != TICK:
            return False
        run_id = self.runs[index.row()].run_id
        wanted = Qt.CheckState(value) is Qt.CheckState.Checked
        self.tick(self._ticked | {run_id} if wanted else self._ticked - {run_id})
        return True

    def _tick_of(self, run_id: str, role: int) -> Any:
        """The box, the colour in the figure, and what is read out."""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("draw run {0}").format(run_id)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._colour(run_id)
        return Qt.CheckState.Checked if run_id in self._ticked else Qt.CheckState.Unchecked

    def _colour(self, run_id: str) -> QColor | None:
        """The colour of one of several runs in the figure; None where one alone needs none."""
        drawn = self.ticked
        if len(drawn) < 2 or run_id not in self._ticked:
            return None
        place = drawn.index(run_id)
        return theme.token(RUNS[(place - 1) % len(RUNS)][0] if place else "measured")

    def _cell(self, run: RunSummary, column: int) -> str:
        if column == STATUS:
            return f"{MARKS.get(run.status, '')} {translated(run.status)}"
        if column == PROTOCOL:
            return run.protocol + (self.tr(" (sim)") if run.simulated else "")
        if column == DEVICE:
            return run.device
        return percent(run.nrmse) if column == MERIT else ""

    def _tip(self, run: RunSummary) -> str:
        tags = self.tr("tags: {0}").format(", ".join(run.tags)) if run.tags else ""
        where = self.tr("{0} · {1} · {2} points").format(
            run.started_at[:19].replace("T", " "), run.bench, grouped(run.points))
        head = f"{run.run_id} · {_title(run.protocol)}"
        return "\n".join(text for text in (head, where, run.note, *run.annotations, tags) if text)

    # --- finding

    def fits(self, row: int, words: Sequence[str]) -> bool:
        """Whether a run has every word in its id, protocol, bench, device, status, notes or date.

        ``tag:word`` is for tags only; other words find tags, too.
        """
        run = self.runs[row]
        text = self._texts.get(run.run_id)
        if text is None:
            text = self._texts[run.run_id] = _searched(run)
        return all(_has_tag(run, word) if word.startswith(TAG) else word in text for word in words)


class Found(QSortFilterProxyModel):
    """The runs that a filter leaves, in the order of the list."""

    def __init__(self, runs: RunsModel) -> None:
        super().__init__(runs)
        self.runs, self._words = runs, list[str]()
        self.setSourceModel(runs)

    def find(self, text: str) -> None:
        """Leave the runs that have every word of the text."""
        self._words = text.casefold().split()
        self.setFilterFixedString(text)  # asks for every line again, in every version of Qt

    def filterAcceptsRow(self, row: int, _parent: Index) -> bool:  # noqa: N802  # Qt's name
        """Whether a run is left."""
        return not self._words or self.runs.fits(row, self._words)

    def run_at(self, row: int) -> str:
        """The run of a line that is left."""
        return str(self.index(row, 0).data(RUN_ID) or "")

    def row_of(self, run_id: str) -> int:
        """The line of a run among those that are left; -1 where it is not."""
        return self.mapFromSource(self.runs.index(self.runs.row_of(run_id), 0)).row()


def _searched(run: RunSummary) -> str:
    simulated = "sim simulated" if run.simulated else "real"
    return "\n".join((
        run.run_id, run.protocol, _title(run.protocol), run.bench, run.device, run.status,
        translated(run.status), simulated, run.started_at.replace("T", " "), run.note,
        *run.annotations, *run.tags,
    )).casefold()


def _has_tag(run: RunSummary, word: str) -> bool:
    wanted = word.removeprefix(TAG)
    return any(tag.casefold().startswith(wanted) for tag in run.tags)


def percent(nrmse: float | None) -> str:
    """An nrmse for a list: two digits, and only that it is below 0.01 % or above 999 %."""
    if nrmse is None or not math.isfinite(nrmse):
        return ""
    if nrmse > 9.99:
        return "> 999 %"
    if nrmse >= 0.995:
        return f"{100 * nrmse:.0f} %"
    return "< 0.01 %" if nrmse < 1e-4 else f"{100 * nrmse:.2g} %"


def _title(protocol: str) -> str:
    """What a protocol is called; its name where it is not known here, as of an imported run."""
    known = protocol in entries("protocols")
    return translated(load("protocols", protocol).title) if known else protocol
