"""The fit of the chosen model to a run: what is free, how well it is known, and keeping it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.sentences import percent, said, typeset
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.form import label_of, translated
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil import script
from memrig.hil.errors import MemrigError
from memrig.hil.fit_process import FitFailed, FitFound, FitStep, FitTask, FitWord, LayTask
from memrig.hil.parameter_sets import STATE, keep, kept
from memrig.hil.registry import load
from memrig.hil.units import parse_quantity

if TYPE_CHECKING:
    from memrig.hil.fitting import Estimate, Fit
    from memrig.hil.store import RunSummary

ROW, ROWS = 24, 5
"""Pixels of a row, and how many of them are seen at least, the head among them."""
SHORT = 6
"""Characters of a run's id."""
_NAME = Qt.ItemDataRole.UserRole


class FitCard(Card):
    """Fits the session's model to one run: the first that was drawn last, else the newest.

    While no tick is set, the run itself says which parameters are free. Folded at first; what
    unfolds it is the first run of an empty store, or a fit.
    """

    found = Signal(object)
    """A ``FitFound``, to be drawn."""
    kept = Signal(object)
    """The ``KeptSet`` that was written and is chosen now."""
    report_asked = Signal(str)
    said = Signal(str)
    """A sentence for the status line."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, "", parent)
        self.session = session
        self.run_id, self._is_curve = "", False
        self.result: FitFound | None = None
        self._ticked: list[str] = []
        self._next = ""
        self._model: tuple[str, dict[str, str]] = ("", {})
        self.set_title(self.tr("Fit"))
        self.which, self.merit = ElidedLabel(), ElidedLabel()
        self.which.setObjectName("muted")
        self.notes = WrappedLabel("caution")
        self.table = self._made_table()
        self.fit, self.stop, self.keep, self.report = (QPushButton() for _ in range(4))
        for part in (self.which, self.table, self.notes, self.merit):
            self.body.addWidget(part, int(part is self.table))
        self.body.addLayout(self._buttons())
        self.table.itemChanged.connect(self._say_free)
        session.choices_changed.connect(self._chosen)
        session.runs_changed.connect(self._find_run)
        session.state_changed.connect(self._refresh)
        session.fit_said.connect(self._take)
        self._find_run()
        self._chosen()
        self.set_folded(True)

    def _made_table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setAccessibleName(self.tr("Parameters of the fit; a tick makes one free"))
        table.setHorizontalHeaderLabels([self.tr("✓ free"), self.tr("Value"), self.tr("± 1 σ")])
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.verticalHeader().setDefaultSectionSize(ROW)
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)  # Tab leaves the table
        table.setMinimumHeight(ROWS * ROW)
        return table

    def _buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(theme.SMALL)
        self.stop.setText(self.tr("Stop fit"))
        self.report.setText(self.tr("Report …"))
        acts = ((self.fit, self.start), (self.stop, self.end), (self.keep, self.keep_it),
                (self.report, self._report))
        for place, (button, act) in enumerate(acts):
            button.clicked.connect(act)
            grid.addWidget(button, place // 2, place % 2)
        return grid

    # --- which run, which model

    def set_ticked(self, run_ids: list[str]) -> None:
        """The runs that are drawn; the first of them is fitted."""
        self._ticked = list(run_ids)
        self._find_run()

    def _find_run(self) -> None:
        runs = self.session.store.runs()
        newest = next((one for one in reversed(runs) if one.status != "running"), None)
        known = {one.run_id: one for one in runs}
        run = next((known[one] for one in self._ticked if one in known), newest)
        self._is_curve = run is not None and _is_imported(run)
        run_id = run.run_id if run else ""
        if bool(run_id) != bool(self.run_id):
            self.set_folded(not run_id)
        if run_id != self.run_id:
            self.run_id = run_id
            self._forget()
        self.which.setText(self.tr("run {0} · {1}").format(run_id[:SHORT], run.protocol)
                           if run else self.tr("there is no run yet"))
        self._refresh()

    def _chosen(self) -> None:
        """Another model, or other parameters of it: what was found belongs to those before."""
        model = self.session.model, dict(self.session.model_texts)
        if model == self._model:
            return
        same = model[0] == self._model[0]
        if self.result is None and same:
            self._model = model
            self._show_rows(self.free)  # often, while a parameter is dragged
            return
        self._model = model
        kept_now = self.result is not None and self.result.kept.texts().items() <= model[1].items()
        if not kept_now:
            self._forget(keep_ticks=same)
        self._refresh()

    def _forget(self, *, keep_ticks: bool = False) -> None:
        self.result = None
        self._count()
        self._show_rows(self.free if keep_ticks else ())
        self._say_free()
        self.notes.setText("")
        self.set_problem("")

    # --- the table

    @property
    def free(self) -> tuple[str, ...]:
        """The parameters that are ticked."""
        items = [self.table.item(row, 0) for row in range(self.table.rowCount())]
        return tuple(str(i.data(_NAME)) for i in items
                     if i and i.checkState() is Qt.CheckState.Checked)

    def set_free(self, names: tuple[str, ...]) -> None:
        """Tick these parameters and no others."""
        for row in range(self.table.rowCount()):
            if item := self.table.item(row, 0):
                item.setCheckState(Qt.CheckState.Checked if item.data(_NAME) in names
                                   else Qt.CheckState.Unchecked)

    def _say_free(self, *_: object) -> None:
        """What a fit would find, as long as none has found anything."""
        if self.result is None:
            self.merit.setText(self.tr("the ticked ones are fitted, all others stay") if self.free
                               else self.tr("none ticked: all that the run determines"))

    def _show_rows(self, ticked: tuple[str, ...]) -> None:
        """The numbers among the model's parameters, with the values that a fit starts from; none
        as long as there is nothing to fit."""
        if not self.run_id:
            return
        from memrig.hil.fitting import Estimate  # noqa: PLC0415  # a fit is all that needs it

        try:
            values = self._values()
        except MemrigError:
            return  # the device's card says why
        specs = load("models", self.session.model).specs()
        rows = [Estimate(name=name, unit=specs[name].unit, value=value, before=value,
                         free=name in ticked) for name, value in values.items()]
        if self._is_curve:
            x0 = self._first_state
            rows.append(Estimate(name=STATE, unit="1", value=x0, before=x0, free=STATE in ticked))
        self._fill(rows)

    @property
    def _first_state(self) -> float:
        """The state that a curve begins with, where one is given; else its first point says."""
        given = self.session.model_texts.get(STATE, "")
        return parse_quantity(given, "1") if given else math.nan

    def _values(self) -> Mapping[str, float]:
        cls = load("models", self.session.model)
        texts = {k: v for k, v in self.session.model_texts.items() if k != STATE}
        model = cls.from_text(texts)
        return {name: getattr(model, name) for name, spec in cls.specs().items()
                if cls.kind(name) is float and not spec.advanced}

    def _fill(self, rows: list[Estimate]) -> None:
        self.table.blockSignals(True)  # one word on all rows is enough
        self.table.setRowCount(len(rows))
        for row, one in enumerate(rows):
            value, u, _ = one.words()
            first = QTableWidgetItem(translated(label_of(one.name, one.unit)))
            first.setFlags(first.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            first.setCheckState(Qt.CheckState.Checked if one.free else Qt.CheckState.Unchecked)
            first.setData(_NAME, one.name)
            cells = (first, QTableWidgetItem(
                typeset(value) if math.isfinite(one.value) else self.tr("of the first point")),
                     QTableWidgetItem(self._sigma(one, u)))
            for column, cell in enumerate(cells):
                cell.setToolTip(f"{one.name}: {said(one.note)}" if one.note else one.name)
                self.table.setItem(row, column, cell)
        self.table.blockSignals(False)
        self._say_free()

    def _sigma(self, one: Estimate, u: str) -> str:
        if self.result is None:
            return ""
        if not one.free:
            return self.tr("fixed")
        return typeset(u) if one.u is not None else self.tr("–")

    # --- fitting

    @property
    def may_fit(self) -> bool:
        """Whether there is something to fit, and nothing is being fitted."""
        return bool(self.run_id) and not self.session.problem and not self.session.fits.busy

    def start(self) -> None:
        """Fit the run, or go on from what was found."""
        if not self.may_fit:
            return
        self.set_folded(False)
        self.set_problem("")
        texts = self.result.kept.texts() if self.result else dict(self.session.model_texts)
        self.session.fits.start(FitTask(
            store=self.session.store.path.resolve(), run_id=self.run_id, model=self.session.model,
            texts=texts, free=self.free))
        self.session.acted.emit(script.fitted(
            self.run_id, self._began(texts), self.free, "plan",
            self.tr("fit to run {0}").format(self.run_id)))
        self.set_state("muted", self.tr("starting …"))
        self._refresh()

    def _began(self, texts: Mapping[str, str]) -> script.Simulation:
        """Where a fit starts, for its line of Python."""
        x0 = texts.get("x0", "")
        own = {name: text for name, text in texts.items() if name != "x0"}
        return script.Simulation(name=self.session.model, parameters=own,
                                 x0=parse_quantity(x0, "1") if x0 else None)

    def end(self) -> None:
        """End the fit, if there is one; nothing is changed by it."""
        if not self.session.fits.busy:
            return
        self.session.fits.stop()
        self.set_state("muted", self.tr("stopped"))
        self._refresh()

    def _take(self, word: FitWord) -> None:
        if isinstance(word.task, LayTask):
            self._laid(word.task, word)
        elif isinstance(word, FitStep):
            self.set_state("muted", self.tr("step {0} · nrmse {1}").format(
                word.progress.steps, percent(word.progress.nrmse)))
        elif isinstance(word, FitFound) and word.task.run_id == self.run_id:
            self._show(word)
        elif isinstance(word, FitFailed):
            self.set_state("bad", self.tr("no fit"))
            self.set_problem(word.sentence)
        self._refresh()

    def _laid(self, task: LayTask, word: FitWord) -> None:
        """The set that was kept lies over its run now, and is stored with it."""
        own = task.kept
        if isinstance(word, FitFailed):
            self.set_problem(word.sentence)
        else:
            began = replace(self._began(own.texts()), name=own.model, integrator="auto")
            self.session.acted.emit(script.compared(
                task.run_id, began, "plan" if own.drive == "plan" else "measured",
                self.tr("parameters {0} laid over run {1}").format(own.name, task.run_id),
                keep_state=began.x0 is not None))
        self.session.runs_changed.emit()

    def _show(self, word: FitFound) -> None:
        self.result = word
        self._count()
        fit = word.fit
        rows = [one for one in fit.estimates if one.free or not self._is_advanced(one.name)]
        self._fill(sorted(rows, key=lambda one: not one.free))
        self.merit.setText(self.tr("nrmse {0} → {1}").format(
            percent(fit.nrmse_before), percent(fit.nrmse)))
        self.notes.setText("\n".join(f"{translated(label_of(one.name, one.unit))}: {said(one.note)}"
                                     for one in fit.estimates if one.note))
        self.set_state("good" if fit.converged else "caution", self._end_of(fit))
        self.set_summary(self.merit.text())
        self.found.emit(word)

    def _is_advanced(self, name: str) -> bool:
        spec = load("models", self.session.model).specs().get(name)
        return spec is not None and spec.advanced

    def _end_of(self, fit: Fit) -> str:
        if not fit.converged:
            return self.tr("not converged, %n step(s)", "", fit.steps)
        return self.tr("converged, %n step(s)", "", fit.steps)

    # --- keeping

    def keep_it(self) -> None:
        """Write what was found as the next version of this device, and choose it."""
        if self.result is None:
            return
        try:
            made, path = keep(self.session.store.path, self.result.kept)
        except MemrigError as error:
            self.set_problem(str(error))
            return
        self.session.fits.start(LayTask(store=self.session.store.path.resolve(),
                                        run_id=made.run, kept=made))
        self.session.choose(model_texts=made.texts())
        self.said.emit(self.tr("parameters {0} kept in {1}").format(made.name, path))
        self.session.acted.emit(script.kept(self.tr("parameters {0} kept").format(made.name)))
        self._count()
        self.kept.emit(made)
        self._refresh()

    def _count(self) -> None:
        """What the next version will be called; files are looked at, so not all the time."""
        device = self.result.kept.device if self.result else self.session.device
        known = kept(self.session.store.path, self.session.model, device)
        self._next = f"v{1 + max((one.number for one, _ in known), default=0)}"

    def _report(self) -> None:
        if self.run_id:
            self.report_asked.emit(self.run_id)

    def _refresh(self, *_: object) -> None:
        busy = self.session.fits.busy
        self.fit.setText(self.tr("Fit again") if self.result else self.tr("Fit"))
        self.fit.setEnabled(self.may_fit)
        self.stop.setEnabled(busy)
        self.keep.setText(self.tr("Keep as {0}").format(self._next))
        self.keep.setEnabled(self.result is not None and not busy)
        self.report.setEnabled(bool(self.run_id))
        if not self.run_id:
            self.set_state("muted", self.tr("nothing to fit yet"))
        elif self.result is None and not busy and not self.problem:
            self.set_state("muted", self.tr("not fitted"))


def _is_imported(run: RunSummary) -> bool:
    from memrig.hil.importing import PROTOCOL  # noqa: PLC0415  # brings what reads tables

    return run.protocol == PROTOCOL
