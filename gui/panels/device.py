"""Step 2: which device, and the model that is laid over it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from memrig.gui import theme
from memrig.gui.panels.sets import ParameterChoice
from memrig.gui.sentences import translated
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.choice import Combo
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.focus import keep_order
from memrig.gui.widgets.form import ParameterForm, take_out
from memrig.hil.parameters import Parameters
from memrig.hil.registry import entries, load
from memrig.hil.units import grouped, shown


class DeviceCard(Card):
    """Names the device, chooses the model and its parameters."""

    passport_asked = Signal()
    profile_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(2, "", parent)
        self.session = session
        self.set_title(self.tr("Device and model"))
        self.device = QLineEdit(session.device)
        self.device.setAccessibleName(self.tr("Device"))
        self.device.setPlaceholderText(self.tr("device, e.g. W07 (3,4) cell 12"))
        self.device.textEdited.connect(self._named)
        self.model = Combo()
        self.model.setAccessibleName(self.tr("Model"))
        for name in entries("models"):
            self.model.addItem(name, name)
        self.model.activated.connect(self._chosen)
        self.limits, self.passport = ElidedLabel(), ElidedLabel()
        for label in (self.limits, self.passport):
            label.setObjectName("muted")
        self.passport.hide()
        self.more = QToolButton()
        self.more.setObjectName("fold")
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setCheckable(True)
        self.more.toggled.connect(self._unfold)
        self.sets = ParameterChoice(session)
        self.history = QPushButton(self.tr("Passport …"))
        self.history.setToolTip(self.tr("what the device has been through, and where it is"))
        self.history.clicked.connect(self.passport_asked)
        self.edit = QPushButton(self.tr("Edit the profile …"))
        self.edit.setToolTip(self.tr("limits and levels of the device (Ctrl+Shift+P)"))
        self.edit.clicked.connect(self.profile_asked)
        for part in (self.device, self.model, self.sets, self.limits, self.passport):
            self.body.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(theme.SMALL)
        for button in (self.history, self.edit):
            row.addWidget(button)
        self.body.addLayout(row)
        self.body.addWidget(self.more)
        self.form: ParameterForm | None = None
        self.dragging = False
        self.show_choice()
        self.sets.chosen.connect(self.show_choice)
        session.choices_changed.connect(self._refresh)
        session.state_changed.connect(self._lock)
        session.bench_opened.connect(self._show_passport)
        session.run_ended.connect(self._show_passport)

    def _named(self, text: str) -> None:
        self.session.choose(device=text.strip() or "dut")

    def _chosen(self, _index: int) -> None:
        self.session.choose(model=str(self.model.currentData()), model_texts={},
                            chosen_profile=None)
        self.show_choice()

    def show_choice(self) -> None:
        """Show the session's device, and its model with the form of its parameters."""
        if self.device.text().strip() != self.session.device:
            self.device.setText(self.session.device)
        take_out(self.form, self.body)
        self.form = None
        self.model.setCurrentIndex(max(self.model.findData(self.session.model), 0))
        self._unfold(self.more.isChecked())
        self._refresh()

    def _unfold(self, shown: bool) -> None:  # noqa: FBT001  # a slot
        """Show the model's parameters, or only how many there are."""
        cls = load("models", self.session.model)
        if shown and self.form is None:
            self._make_form(cls)
        if self.form is not None:
            self.form.setVisible(shown)
        self.more.setText(self.tr("Model parameters ({0})").format(len(cls.specs())))
        arrow = Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow
        self.more.setArrowType(arrow)

    def _make_form(self, cls: type[Parameters]) -> None:
        """Not before somebody looks: it is a third of what the window's start would take."""
        self.form = ParameterForm(cls, draggable=True)
        self.form.drag_began.connect(self._drag)
        self.form.drag_ended.connect(self._drop)
        self.form.set_texts({k: v for k, v in self.session.model_texts.items() if k != "x0"})
        self.form.edited.connect(self._edited)
        self.body.addWidget(self.form)
        keep_order(self.more, self.form)
        self._lock(self.session.state)

    def show_kept(self, _: object) -> None:
        """A set was kept and chosen."""
        self.sets.reload()
        self.show_choice()

    def _drag(self) -> None:
        self.dragging = True

    def _drop(self) -> None:
        self.dragging = False
        self.session.settle()

    def _edited(self) -> None:
        if self.form is not None and not self.form.problems():
            kept = {k: v for k, v in self.session.model_texts.items() if k == "x0"}
            change = self.session.move if self.dragging else self.session.choose
            change(model_texts={**self.form.texts(), **kept})

    def _refresh(self) -> None:
        problem = self.session.problem
        self.set_problem(problem)
        if problem:
            self.set_state("bad", self.tr("model not valid"))
            return
        profile = self.session.profile
        low, high = (shown(v, "V") for v in (profile.v_min_v, profile.v_max_v))
        self.limits.setText(self.tr("profile {0}: {1} to {2}, {3}").format(
            profile.name, low, high, shown(profile.i_max_a, "A")))
        self.set_state("good", translated(profile.state))
        self.set_summary(f"{self.session.device} · {self.session.model}")
        self._show_passport()

    def _show_passport(self, *_: object) -> None:
        """The last conductance, and how many program pulses the device has had."""
        seen = self.session.passport
        last = seen.last_g_siemens
        if last is not None:
            count = self.tr("1 program pulse") if seen.pulses == 1 else (
                self.tr("{0} program pulses").format(grouped(seen.pulses)))
            self.passport.setText(self.tr("last G {0} · {1}").format(shown(last, "S"), count))
        self.passport.setVisible(last is not None)

    def _lock(self, *_: object) -> None:
        free = not self.session.locked
        self.device.setReadOnly(not free)
        for choice in (self.model, self.sets.choice):
            choice.locked = not free
            choice.update()
        if self.form is not None:
            self.form.set_locked(not free)
