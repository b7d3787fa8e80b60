"""The check of a bench with a known resistor: what to connect, progress, what was found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.running import CheckAdvanced, Checked
from memrig.gui.sentences import said, typeset
from memrig.gui.session import BUSY, Session
from memrig.gui.strip import STOP_SIZE
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.choice import Tick
from memrig.gui.widgets.form import ParameterForm
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.errors import RequestError
from memrig.hil.opening import MODEL, calibration_path, is_ready_made
from memrig.hil.parameters import Parameters, parameter

SIZE = (620, 640)
STEPS = 1000


@dataclass(frozen=True, kw_only=True)
class KnownResistor(Parameters):
    """What is put in the device's place."""

    resistor_ohm: float = parameter(
        10e3, unit="ohm", low=1.0, high=1e9, help="value of the known resistor")
    tolerance: float = parameter(
        1e-4, unit="1", low=1e-7, high=0.1, help="its tolerance, e.g. 0.01 %")


class CheckWindow(QWidget):
    """A window of its own; the check runs in the bench's thread and STOP ends it."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.session = session
        self.last: Checked | None = None
        self._end = ""
        self.setWindowTitle(self.tr("Check with a known resistor"))
        self.form = ParameterForm(KnownResistor)
        self.hint, self.verdicts = WrappedLabel("text"), WrappedLabel("text")
        self.placed = Tick()
        self.placed.setText(self.tr("The resistor is in place; the outputs may be switched on"))
        self.start, self.stop = QPushButton(self.tr("Check")), QPushButton()
        self.stop.setText(self.tr("STOP   Ctrl+."))
        self.bar, self.state = QProgressBar(), WrappedLabel("muted")
        self.table, self.save = QTreeWidget(), QPushButton(self.tr("Save the calibration"))
        self._before, self._after = Card(0, ""), Card(0, "")
        self._make_parts()
        self._lay_out()
        self._wire()
        self.resize(*SIZE)
        self.refresh()
        self.form.field("resistor_ohm").control.setFocus()

    def _make_parts(self) -> None:
        self._before.set_title(self.tr("Resistor"))
        self._after.set_title(self.tr("Report"))
        self.start.setObjectName("touch")
        self.stop.setObjectName("stop")
        self.stop.setFixedSize(STOP_SIZE)
        self.bar.setObjectName("progress")
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName(self.tr("Progress of the check"))
        self.table.setAccessibleName(self.tr("Calibration"))
        self.table.setRootIsDecorated(False)
        self.table.setHeaderLabels([self.tr("what"), self.tr("gain or value"),
                                    self.tr("offset")])
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(self.start, 1)
        row.addWidget(self.stop)
        above: tuple[QWidget, ...] = (self.hint, self.form, self.placed)
        below: tuple[QWidget, ...] = (self.bar, self.state)
        report: tuple[QWidget, ...] = (self.verdicts, self.table, self.save)
        for part in above:
            self._before.body.addWidget(part)
        self._before.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._before.body.addLayout(row)
        for part in below:
            self._before.body.addWidget(part)
        for part in report:
            self._after.body.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        column.setSpacing(theme.SPACE)
        column.addWidget(self._before)
        column.addWidget(self._after, 1)

    def _wire(self) -> None:
        self.start.clicked.connect(self.begin)
        self.stop.clicked.connect(self.session.stop)
        self.save.clicked.connect(self.keep)
        self.form.edited.connect(self.refresh)
        self.placed.toggled.connect(self.refresh)
        self.session.told.connect(self._told)
        self.session.state_changed.connect(self.refresh)
        self.session.bench_opened.connect(self._opened)

    # --- what may be done

    @property
    def why(self) -> str:
        """Why the check cannot begin; empty when it can."""
        session = self.session
        if session.spec == MODEL:
            return self.tr("the model has no instruments; choose a bench first")
        states = {"running": self.tr("a run is in progress"),
                  "stopping": self.tr("a run is in progress"),
                  "opening": self.tr("the bench is being connected")}
        if session.state in states or session.bench is None:
            return states.get(session.state, self.tr("no bench is connected"))
        if self.form.problems():
            return self.tr("the value of the resistor is not valid")
        if self._needs_arming and not self.placed.isChecked():
            return self.tr("confirm that the resistor is in place")
        return ""

    @property
    def _needs_arming(self) -> bool:
        info = self.session.info
        return info is not None and info.needs_arming

    def refresh(self, *_: object) -> None:
        """Say what to connect, and whether the check may begin."""
        self.hint.setText(self._what_to_connect())
        self.placed.setVisible(self._needs_arming)
        why = self.why
        self.start.setEnabled(not why)
        self.start.setToolTip(why)
        self.start.setAccessibleDescription(why)
        busy = self.session.state in BUSY
        self.form.set_locked(busy)
        self.placed.locked = busy
        if not busy:
            self.state.setText(why or self._end)
        self.save.setEnabled(self._may_save)
        self.save.setToolTip(self.tr("simulated instruments are checked whenever they are opened")
                             if is_ready_made(self.session.spec) else
                             self.tr("beside the bench file; it is applied whenever that is "
                                     "opened"))

    def _what_to_connect(self) -> str:
        if self._needs_arming or self.session.info is None:
            return self.tr("Take the device off and put the resistor in its place, between top and "
                           "bottom. The outputs will be switched on: up to 1.9 V by a generator, "
                           "up to the largest level of the bench by a source/measure unit.")
        if is_ready_made(self.session.spec):
            return self.tr("The instruments are simulated: the resistor is put in the device's "
                           "place by itself.")
        return self.tr("The instruments are simulated. Where they are served by another process, "
                       "serve them with the resistor (memrig twin serve --device 10kohm).")

    def _opened(self, _found: object) -> None:
        self.placed.setChecked(False)  # another bench, another resistor
        self.refresh()

    # --- doing it

    def begin(self) -> None:
        """Check the bench that is connected."""
        if self.why:
            return
        values = {name: field.value() for name, field in self.form.fields.items()}
        self.last, self._end = None, ""
        self.bar.setValue(0)
        self.verdicts.setText("")
        self.table.clear()
        self._after.set_state("muted", "")
        self.state.setText(self.tr("checking …"))
        self.session.check(resistor_ohm=values["resistor_ohm"],
                           u_rel=values["tolerance"] / math.sqrt(3.0),
                           armed=self.placed.isChecked())

    def _told(self, word: object) -> None:
        if isinstance(word, CheckAdvanced):
            self.bar.setValue(round(STEPS * word.fraction))
        elif isinstance(word, Checked):
            self._show(word)

    def _show(self, word: Checked) -> None:
        self.last = word
        self.placed.setChecked(False)
        report = word.report
        if report is None:
            self._after.set_state("bad", self.tr("not finished"))
            self.verdicts.setText(f"✕ {said(word.sentence)}")
            self._say(said(word.sentence))
            return
        self.bar.setValue(STEPS)
        self._after.set_state("good" if report.passed else "bad",
                              self.tr("passed") if report.passed else self.tr("not passed"))
        bad = ("WRONG", "NOT ")
        self.verdicts.setText("\n".join(f"{'✕' if any(b in one for b in bad) else '✓'} {said(one)}"
                                        for one in report.verdicts))
        for row in report.calibration.rows() if report.calibration.is_measured else ():
            self.table.addTopLevelItem(QTreeWidgetItem([typeset(cell) for cell in row]))
        self._say(self.tr("done; the outputs are off"))
        self.refresh()

    def _say(self, sentence: str) -> None:
        """How it ended; said again whenever nothing else is to be said, e.g. after connecting."""
        self._end = sentence
        self.state.setText(sentence)

    @property
    def _may_save(self) -> bool:
        word = self.last
        return (word is not None and word.report is not None and word.report.passed
                and word.spec == self.session.spec and not is_ready_made(word.spec)
                and self.session.state == "idle")

    def keep(self) -> None:
        """Write the calibration beside the bench file and open the bench with it."""
        if not self._may_save or self.last is None or self.last.report is None:
            return
        path = calibration_path(Path(self.last.spec))
        try:
            self.last.report.calibration.save(path)
        except (OSError, RequestError) as error:
            self._say(self.tr("{0} cannot be written: {1}").format(path, said(str(error))))
            return
        self.last = None
        self._say(self.tr("saved as {0}").format(path.name))
        self.session.reopen()
