"""Which parameters the model has: as published, as fits of this device found them, or own."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from memrig.gui import theme
from memrig.gui.sentences import percent
from memrig.gui.session import Session
from memrig.gui.widgets.choice import Combo
from memrig.gui.widgets.quantity import exact_text
from memrig.hil.errors import MemrigError
from memrig.hil.parameter_sets import kept
from memrig.hil.registry import load

OWN = "\0own"
"""Stands for values that are in no set."""


class ParameterChoice(QWidget):
    """Published sets of the model, then the kept ones of this device, then what is typed."""

    chosen = Signal()
    """The session has other parameters of the model."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.choice = Combo()
        self.choice.setAccessibleName(self.tr("Parameters"))
        self.choice.setToolTip(self.tr("published and fitted parameters of this model"))
        label = QLabel(self.tr("Parameters"))
        label.setBuddy(self.choice)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE)
        row.addWidget(label)
        row.addWidget(self.choice, 1)
        self._texts: dict[str, dict[str, str]] = {}
        self._of = ("", "")
        self.choice.activated.connect(self._choose)
        session.choices_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the set that the session's parameters are."""
        if self._of != (self.session.model, self.session.device):
            self.reload()
            return
        self.choice.setCurrentIndex(self.choice.findData(self._present()))

    def reload(self) -> None:
        """Look for sets again."""
        self._of = (self.session.model, self.session.device)
        cls = load("models", self.session.model)
        specs = cls.specs()
        self.choice.clear()
        self._texts = {}
        for name, one in getattr(cls, "sets", {}).items():
            self._add(name, name, str(one.source), {
                k: exact_text(v, specs[k].unit) for k, v in one.values.items()})
        for one, path in kept(self.session.store.path, *self._of):
            words = self.tr("{0} · nrmse {1}").format(one.name, percent(one.nrmse))
            tip = self.tr("fitted to run {0}, {1}").format(one.run, one.created_at[:10])
            self._add(str(path), words, tip, one.texts())
        self.choice.addItem(self.tr("own values"), OWN)
        self.refresh()

    def _add(self, key: str, words: str, tip: str, texts: dict[str, str]) -> None:
        self._texts[key] = texts
        self.choice.addItem(words, key)
        self.choice.setItemData(self.choice.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def _present(self) -> str:
        """The key of the set with the session's values."""
        try:
            now = self._values(self.session.model_texts)
        except MemrigError:
            return OWN
        return next((key for key, texts in reversed(self._texts.items())
                     if self._values(texts) == now), OWN)

    def _values(self, texts: dict[str, str]) -> tuple[object, str]:
        """Model and initial state; without texts they are the published ones."""
        own = {k: v for k, v in texts.items() if k != "x0"}
        return load("models", self.session.model).from_text(own), str(texts.get("x0", ""))

    def _choose(self, _index: int) -> None:
        key = str(self.choice.currentData())
        if key in self._texts:
            self.session.choose(model_texts=dict(self._texts[key]))
            self.chosen.emit()
        else:
            self.refresh()
