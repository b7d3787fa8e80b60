"""Step 3: which experiment, with which parameters."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from memrig.gui.article import ArticleRow
from memrig.gui.planner import Planned
from memrig.gui.sentences import translated
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.choice import Combo
from memrig.gui.widgets.focus import keep_order
from memrig.gui.widgets.form import ParameterForm, take_out
from memrig.hil.profile import Profile
from memrig.hil.protocol import Preset, Protocol
from memrig.hil.registry import entries, load
from memrig.hil.units import shown


class ProtocolCard(Card):
    """The form of a protocol, made from its declaration."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(3, "", parent)
        self.session = session
        self.set_title(self.tr("Protocol"))
        self.article = ArticleRow()
        self.body.addWidget(self.article)
        self.choice = Combo()
        self.choice.setAccessibleName(self.tr("Protocol"))
        for name in entries("protocols"):
            self.choice.addItem(translated(load("protocols", name).title), name)
        self.choice.activated.connect(self._chosen)
        self.body.addWidget(self.choice)
        self.form: ParameterForm | None = None
        self.show_choice()
        session.planned.connect(self._planned)
        session.state_changed.connect(self._lock)

    def _chosen(self, _index: int) -> None:
        self.session.choose(protocol=str(self.choice.currentData()))
        self.show_choice()

    def show_choice(self) -> None:
        """Show the form of the session's protocol with the session's texts."""
        take_out(self.form, self.body)
        self.choice.setCurrentIndex(max(self.choice.findData(self.session.protocol), 0))
        self.form = ParameterForm(load("protocols", self.session.protocol))
        self.form.set_texts(self.session.texts)
        self.form.set_preset(self.session.preset)
        self.form.edited.connect(self._edited)
        self.form.preset_chosen.connect(self._preset)
        self.body.addWidget(self.form)
        keep_order(self.choice, self.form)
        self.set_state("muted", self.tr("planning …"))

    def _edited(self) -> None:
        assert self.form is not None
        self.set_state("muted", self.tr("planning …"))
        self.session.choose(texts=self.form.texts())

    def _preset(self, name: str) -> None:
        """A preset may bring a profile and a model's parameters, without which it means nothing."""
        cls: type[Protocol] = load("protocols", self.session.protocol)
        preset = cls.presets[name] if name else Preset(help="")
        profile = Profile.from_mapping(preset.profile, f"preset {name}") if preset.profile else None
        texts = {key: str(value) for key, value in preset.model.items()}
        self.session.choose(preset=name, chosen_profile=profile, model_texts=texts)

    def _planned(self, planned: Planned) -> None:
        if self.form is None or planned.request.protocol != self.session.protocol:
            return
        self.form.set_problems(planned.problems)
        self.form.set_notes(_notes(planned))
        if planned.complete:
            self.form.set_advice(_advice(planned))
        if planned.problems:
            count = len(planned.problems)
            self.set_state("bad", self.tr("%n not valid", "", count))
        elif planned.advice:
            self.set_state("caution", self.tr("%n warning(s)", "", len(planned.advice)))
        elif planned.complete:
            self.set_state("good", self.tr("valid"))
        self.set_summary(self.choice.currentText())

    def _lock(self, *_: object) -> None:
        free = not self.session.locked
        self.article.setEnabled(free)
        self.choice.locked = not free  # legible, and it keeps the keyboard
        self.choice.update()
        if self.form is not None:
            self.form.set_locked(not free)


def _notes(planned: Planned) -> dict[str, str]:
    """What the bench will really do, by parameter, in words."""
    return {name: "; ".join(one.text(shown, translated) for one in said)
            for name, said in planned.notes.items()}


def _advice(planned: Planned) -> dict[str, str]:
    """What is warned of, by parameter, in words."""
    found: dict[str, str] = {}
    for one in planned.advice:
        said = one.sentence.text(shown, translated)
        found[one.parameter] = f"{found[one.parameter]}; {said}" if one.parameter in found else said
    return found
