"""Step 1: which bench, who answers there, and how well it is known."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.running import Opened, OpenFailed
from memrig.gui.sentences import said, translated
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.choice import Combo
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.calibration import Calibration
from memrig.hil.opening import MODEL, SIMULATED
from memrig.hil.registry import entries, load

FILE = "\0file"
"""Stands for "a bench file": no path has this character."""


class BenchCard(Card):
    """Chooses a bench and says what answered."""

    edit_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(1, "", parent)
        self.session = session
        self.set_title(self.tr("Bench"))
        self.choice = Combo()
        self.choice.setAccessibleName(self.tr("Bench"))
        self._fill()
        self.choice.activated.connect(self._chosen)
        self.answers = WrappedLabel("muted")
        self.calibration = ElidedLabel()
        self.calibration.setObjectName("muted")
        self.edit = QPushButton(self.tr("Edit …"))
        self.again = QPushButton(self.tr("Connect again"))
        self.instead = QPushButton(self.tr("Simulate instead"))
        self._make_buttons()
        for part in (self.choice, self.answers, self.calibration):
            self.body.addWidget(part)
        self.body.addLayout(self._buttons())
        session.bench_opened.connect(self._opened)
        session.state_changed.connect(self._on_state)
        self._on_state(session.state)

    def _make_buttons(self) -> None:
        self.edit.setToolTip(self.tr("find instruments, write a bench file (Ctrl+Shift+B)"))
        self.edit.setAccessibleName(self.tr("Edit the bench"))
        self.edit.clicked.connect(self.edit_asked)
        self.again.setToolTip(self.tr("ask the instruments again (Ctrl+Shift+C)"))
        self.again.clicked.connect(self.session.reopen)
        self.instead.setToolTip(self.tr("the same bench with simulated instruments; every result "
                                        "says so"))
        self.instead.clicked.connect(self.session.simulate_instead)

    def _buttons(self) -> QVBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SMALL)
        row.addWidget(self.edit)
        row.addWidget(self.again)
        rows = QVBoxLayout()
        rows.setSpacing(theme.SMALL)
        rows.addLayout(row)
        rows.addWidget(self.instead)
        return rows

    def _fill(self) -> None:
        self.choice.addItem(self.tr("Model alone"), MODEL)
        for name in entries("twins"):
            self.choice.addItem(f"{name}: {_first_sentence(load('twins', name))}", name)
        if self.session.spec not in {MODEL, *entries("twins")}:
            self._add_file(self.session.spec)
        self.choice.addItem(self.tr("Bench file …"), FILE)
        self.choice.setCurrentIndex(max(self.choice.findData(self.session.spec), 0))

    def _add_file(self, path: str) -> None:
        if self.choice.findData(path) < 0:
            name = Path(path.removeprefix(SIMULATED)).name
            if path.startswith(SIMULATED):
                name = self.tr("{0}, simulated").format(name)
            at = self.choice.findData(FILE)
            self.choice.insertItem(at if at >= 0 else self.choice.count(), name, path)

    def choose(self, spec: str) -> None:
        """Open another bench."""
        self._add_file(spec)
        self.choice.setCurrentIndex(self.choice.findData(spec))
        self.session.choose(spec=spec)

    def _chosen(self, _index: int) -> None:
        spec = str(self.choice.currentData())
        if spec == FILE:
            spec = self._asked_file() or self.session.spec
            self._add_file(spec)
        self.choice.setCurrentIndex(self.choice.findData(spec))
        if spec != self.session.spec:
            self.session.choose(spec=spec)

    def _asked_file(self) -> str:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Bench file"), "", "TOML (*.toml)")
        return path

    def _on_state(self, state: str) -> None:
        self.choice.locked = state not in {"idle", "opening"}
        self.choice.update()
        lost = state == "idle" and self.session.bench is None
        self.again.setVisible(lost)
        self.instead.setVisible(lost and self.session.may_simulate)
        self.edit.setEnabled(state in {"idle", "opening"})
        if self.session.spec != self.choice.currentData():  # chosen elsewhere, e.g. in the editor
            self._add_file(self.session.spec)
            self.choice.setCurrentIndex(self.choice.findData(self.session.spec))
        if state == "opening":
            self.set_state("muted", self.tr("connecting …"))
            self.answers.setText(self.tr("connecting …"))
            self.calibration.hide()
            self.set_problem("")

    def _opened(self, found: Opened | OpenFailed) -> None:
        if isinstance(found, OpenFailed):
            self.set_state("bad", self.tr("not connected"))
            self.set_problem(found.sentence)
            self.answers.setText(self.tr("Mend it and connect again, choose another bench, or edit "
                                         "this one."))
            self._on_state(self.session.state)
            self.set_folded(False)  # what can be done about it is in the card
            return
        identities = found.info.identities
        self.set_problem("")
        self.set_state("good", self.tr("{0} of {0} answer").format(len(identities)))
        self.set_summary(found.info.name)
        mixed = found.info.simulated and found.info.real
        self.answers.setText("\n".join(
            f"{role}: {_short(text)}"
            + (self.tr(" (simulated)") if mixed and role not in found.info.real else "")
            for role, text in identities.items()))
        self.calibration.setText("" if found.spec == MODEL else _calibrated(found.info.calibration))
        self.calibration.setToolTip(said(found.info.calibration.sentence()))
        self.calibration.setVisible(found.spec != MODEL)
        self.again.hide()
        self.instead.hide()


def _first_sentence(thing: object) -> str:
    return translated((thing.__doc__ or "").strip().split(".")[0])


def _calibrated(calibration: Calibration) -> str:
    """When a bench was calibrated, to the minute, or that it is not."""
    if not calibration.is_measured:
        return said(calibration.sentence())
    days = calibration.age_days()
    age = QCoreApplication.translate("BenchCard", "today") if days < 1.0 else (
        QCoreApplication.translate("BenchCard", "{0} days ago").format(f"{days:.0f}"))
    return QCoreApplication.translate("BenchCard", "calibrated {0}, {1}").format(
        calibration.measured_at[:16].replace("T", " "), age)


def _short(identity: str) -> str:
    """Model and serial number of an identity, without maker and firmware."""
    parts = identity.split(",")
    return " · ".join(parts[1:3]) if len(parts) >= 3 else identity
