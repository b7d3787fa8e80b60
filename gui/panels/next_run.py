"""What the next run will be found by, and what a restored one still asks for."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QPushButton, QWidget

from memrig.gui.commands import Command
from memrig.gui.session import BUSY, Session
from memrig.gui.stored import Restored
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.tags import TagsEdit
from memrig.gui.widgets.wrapped import WrappedLabel

LINES = 3
"""Lines of the note that are seen at once."""


class NextRunCard(Card):
    """Note and tags of the next run; a restored run's seed, and its bench if another is open."""

    bench_asked = Signal(str)
    """A bench that the user wants opened, as the session takes it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, "", parent)
        self.session = session
        self._restored: Restored | None = None
        self.set_title(self.tr("Next run"))
        self.note, self.tags = QPlainTextEdit(), TagsEdit()
        self.note.setPlaceholderText(self.tr("note, saved in the run"))
        self.note.setAccessibleName(self.tr("Note of the next run"))
        self.note.setTabChangesFocus(True)
        height = self.note.fontMetrics().lineSpacing() * LINES
        self.note.setFixedHeight(height + 2 * round(self.note.document().documentMargin()) + 4)
        self.tags.setPlaceholderText(self.tr("tags, e.g. forming W07"))
        self.tags.setAccessibleName(self.tr("Tags of the next run"))
        self.elsewhere = WrappedLabel("caution")
        self.open = QPushButton()
        self.same_seed = QCheckBox()
        for part in (self.note, self.tags, self.same_seed, self.elsewhere, self.open):
            self.body.addWidget(part)
        self.note.textChanged.connect(self._noted)
        self.tags.textEdited.connect(self._tagged)
        self.tags.textChanged.connect(self._tagged)  # a completed word is not an edited one
        self.same_seed.clicked.connect(self._seeded)
        self.open.clicked.connect(self._open)
        session.choices_changed.connect(self.refresh)
        session.bench_opened.connect(self.refresh)
        session.state_changed.connect(self.refresh)
        session.runs_changed.connect(self._offer)
        self._offer()
        self.refresh()
        self.set_folded(True)

    def commands(self) -> list[Command]:
        """Ways here."""
        return [Command(id="go.note", text=self.tr("Note and tags of the next run"),
                        shortcut="Ctrl+N", act=self.enter, menu="go")]

    def enter(self) -> None:
        """Unfold, with the keyboard in the note."""
        self.set_folded(False)
        self.note.setFocus()

    def show_restored(self, restored: Restored) -> None:
        """Offer what a restored run brings beside its set-up."""
        self._restored = restored
        if restored.sentence:
            self.set_folded(False)
        self.refresh()

    # --- what is typed

    def _noted(self) -> None:
        if self.note.toPlainText() != self.session.note:
            self.session.name(note=self.note.toPlainText())

    def _tagged(self, _text: str) -> None:
        if self.tags.tags != self.session.tags:
            self.session.name(tags=self.tags.tags)

    def _seeded(self, same: bool) -> None:  # noqa: FBT001  # a slot
        if self._restored is not None:
            self.session.choose(seed=self._restored.seed if same else None)

    def _open(self) -> None:
        if self._restored is not None:
            self.bench_asked.emit(self._restored.elsewhere)

    # --- what is shown

    def _offer(self) -> None:
        self.tags.offer(self.session.store.tags())

    def refresh(self, *_: object) -> None:
        """Show what the session has."""
        session = self.session
        if session.note != self.note.toPlainText():
            self.note.setPlainText(session.note)
        self.tags.set_tags(session.tags)
        self._show_seed()
        self._show_bench()
        parts = [self.tr("note") if session.note else "", " ".join(session.tags)]
        said = " · ".join(part for part in parts if part) or self.tr("no note, no tags")
        self.set_summary(said)
        self.set_state("caution" if self.elsewhere.text() else "muted", said)

    def _show_seed(self) -> None:
        seed = self._restored.seed if self._restored else None
        self.same_seed.setVisible(seed is not None)
        if seed is not None and self._restored is not None:
            self.same_seed.setText(self.tr("same seed as run {0}: {1}").format(
                self._restored.run_id, seed))
            self.same_seed.setChecked(self.session.seed == seed)

    def _show_bench(self) -> None:
        """The bench of the restored run, for as long as another is open."""
        restored = self._restored
        other = restored is not None and bool(restored.sentence) and (
            restored.elsewhere != self.session.spec)
        self.elsewhere.setText(f"▲ {restored.sentence}" if other and restored else "")
        openable = other and restored is not None and bool(restored.elsewhere)
        self.open.setVisible(openable)
        self.open.setEnabled(self.session.state not in BUSY)
        if openable and restored is not None:
            self.open.setText(self.tr("Open bench {0}").format(_short(restored.elsewhere)))
            self.open.setToolTip(restored.elsewhere)


def _short(spec: str) -> str:
    """A bench file without its folders."""
    return spec.replace("\\", "/").rpartition("/")[2]
