"""What happens when a guard of a run sees something."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from memrig.gui.sentences import translated
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.form import ParameterForm, label_of
from memrig.hil.guards import ASK, STOP, Guards


class GuardsCard(Card):
    """A policy for every guard; folded, it says which of them do not just go on."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, "", parent)
        self.session = session
        self.form: ParameterForm | None = None
        self.set_title(self.tr("Guards"))
        self.setToolTip(self.tr(
            "what a run is watched for; a lost trigger and a lost link always end it"))
        self.folded_changed.connect(self._folded)
        session.choices_changed.connect(self.refresh)
        session.state_changed.connect(self._lock)
        self.set_folded(True)
        self.refresh()

    def _folded(self, folded: bool) -> None:  # noqa: FBT001  # a slot
        """The form is made when somebody looks: a start has no time for it."""
        if folded or self.form is not None:
            return
        self.form = ParameterForm(Guards)
        self.form.set_texts(self.session.guards)
        self.form.edited.connect(self._edited)
        self.body.addWidget(self.form)
        self._lock()

    def _edited(self) -> None:
        if self.form is not None:
            self.session.name(guards=self.form.texts())

    def _lock(self, *_: object) -> None:
        if self.form is not None:
            self.form.set_locked(self.session.locked)

    def refresh(self) -> None:
        """Show what the session has."""
        if self.form is not None and self.form.texts() != self.session.guards:
            self.form.set_texts(self.session.guards)
        said = self._summary_of(Guards.from_text(self.session.guards))
        self.set_summary(said)
        self.set_state("muted", said)

    def _summary_of(self, guards: Guards) -> str:
        """Which guards stop the run, and which ask."""
        named = {policy: ", ".join(translated(label_of(name)).lower() for name in Guards.specs()
                                   if guards.policy(name) == policy) for policy in (STOP, ASK)}
        parts = [self.tr("stop: {0}").format(named[STOP]) if named[STOP] else "",
                 self.tr("ask: {0}").format(named[ASK]) if named[ASK] else ""]
        return " · ".join(part for part in parts if part) or self.tr("go on, whatever is seen")
