"""The profile of a device as a form: every field, its sentence, and the levels on one axis."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.bench.levels import LevelsView
from memrig.gui.sentences import said
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.form import ParameterForm, label_of
from memrig.gui.widgets.quantity import exact_text
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.errors import MemrigError, ProfileError
from memrig.hil.profile import Profile

SIZE = (560, 800)


class ProfileEditor(QWidget):
    """A window of its own; what is valid holds at once, and the plan is made again."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.session = session
        self.levels, self.card, self._picture = LevelsView(), Card(0, ""), Card(0, "")
        self.card.set_title(self.tr("Profile"))
        self._picture.set_title(self.tr("Levels"))
        self.said = WrappedLabel("muted")
        self.buttons = {name: QPushButton() for name in ("load", "save", "own")}
        self.form = ParameterForm(Profile, defaults=session.profile.to_json())
        self._shown = session.profile
        self._last = ""
        self._lay_out()
        self._wire()
        self.resize(*SIZE)
        self.show_profile()
        self.form.field("v_set_v").control.setFocus()

    def _lay_out(self) -> None:
        texts = {"load": self.tr("Load …"), "save": self.tr("Save as …"),
                 "own": self.tr("As the model's own")}
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        for name, button in self.buttons.items():
            button.setText(texts[name])
            row.addWidget(button)
        self._picture.body.addWidget(self.levels)
        self.card.body.addWidget(self.form)
        whole = QWidget()
        inside = QVBoxLayout(whole)
        inside.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        inside.setSpacing(theme.SPACE)
        for part in (self._picture, self.card):
            inside.addWidget(part)
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(whole)
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.CARD, 0, theme.CARD, 0)
        foot.addWidget(self.said)
        foot.addLayout(row)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, theme.SPACE)
        rows.addWidget(scroll, 1)
        rows.addLayout(foot)

    def _wire(self) -> None:
        for field in self.form.fields.values():
            field.edited.connect(self._typed)  # before the form's own, which judges
        self.form.edited.connect(self._edited)
        self.buttons["load"].clicked.connect(self.load)
        self.buttons["save"].clicked.connect(self.save)
        self.buttons["own"].clicked.connect(self.take_model)
        self.session.choices_changed.connect(self._follow)
        self.session.state_changed.connect(self._lock)
        self._lock(self.session.state)

    # --- what is shown

    def show_profile(self) -> None:
        """Fill the form with the profile that holds."""
        self._shown = profile = self.session.profile
        specs = Profile.specs()
        self.form.set_texts({name: exact_text(value, specs[name].unit)
                             for name, value in profile.to_json().items()})
        self.form.set_problems({})
        self._judge()

    def _follow(self) -> None:
        """Something else was chosen in the main window, e.g. another model."""
        try:
            changed = self.session.profile != self._shown
        except MemrigError:
            return  # the model has no profile while its parameters are not valid
        if changed:
            self.show_profile()

    def _lock(self, state: str) -> None:
        free = state in {"idle", "opening"}
        self.form.set_locked(not free)
        for name in ("load", "own"):
            self.buttons[name].setEnabled(free)

    def _typed(self, _text: str) -> None:
        field = self.sender()
        self._last = field.objectName() if field is not None else ""

    def _edited(self) -> None:
        profile = self._judge()
        if profile is not None and profile != self._shown:
            self._shown = profile
            self.session.choose(chosen_profile=profile)

    def _judge(self) -> Profile | None:
        """The profile that the form says; without one the sentence stands beneath its field."""
        self.form.set_problems({})
        values = {name: field.value() for name, field in self.form.fields.items()
                  if not field.own_problem()}
        self.levels.set_values(values)
        profile, problems = None, {}
        if len(values) == len(self.form.fields):
            try:
                profile = Profile.from_mapping(values)
            except ProfileError as error:
                problems = placed(str(error), self.form.fields, self._last)
        self.form.set_problems(problems)
        wrong = len(self.form.problems())
        self.card.set_state("bad" if wrong else "good",
                            self.tr("{0} to mend").format(wrong) if wrong else self.tr("valid"))
        self.buttons["save"].setEnabled(profile is not None)
        self.said.setText(self.tr("not valid: the profile before the change holds until this is "
                                  "mended") if wrong else "")
        self.setWindowTitle(self.tr("Profile – {0}").format(self._shown.name))
        return profile

    # --- files

    def take_model(self) -> None:
        """Drop the profile for the model's own."""
        self.session.choose(chosen_profile=None)
        self.show_profile()

    def load(self) -> None:
        """Read a profile as ``--profile FILE`` does."""
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Device profile"), "", "TOML (*.toml)")
        if not name:
            return
        try:
            profile = Profile.from_file(name)
        except ProfileError as error:
            self.said.setText(f"✕ {said(str(error))}")
            return
        self.session.choose(chosen_profile=profile)
        self.show_profile()

    def save(self) -> None:
        """Write what is shown; the dialog asks before it replaces another file."""
        profile = self._judge()
        if profile is None:
            return
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save the profile"), "profile.toml",
                                              "TOML (*.toml)")
        if not name:
            return
        try:
            profile.save(Path(name))
        except ProfileError as error:
            self.said.setText(f"✕ {said(str(error))}")
            return
        self.said.setText(self.tr("saved as {0}").format(Path(name).name))


def placed(sentence: str, fields: Mapping[str, Any], last: str = "") -> dict[str, str]:
    """A profile's sentence, beneath the first field that it names; else beneath the whole.

    :param last: the field that was edited last, where the sentence stands if it names it.
    """
    bare = sentence.partition(": ")[2] or sentence
    named = [name for name in fields if name != "name" and re.search(rf"\b{name}\b", sentence)]
    first = last if last in named else min(named, key=sentence.index, default="")
    for name in named:
        bare = re.sub(rf"\b{name}\b", label_of(name, Profile.specs()[name].unit), bare)
    return {first: bare}
