"""The bench editor: who is there, who plays which role, which circuit; writes a bench file."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.bench.found import FoundCard
from memrig.gui.bench.roles import NAME_WIDTH, RoleRow
from memrig.gui.bench.sketch import WiringSketch
from memrig.gui.sentences import said
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.choice import Combo
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.focus import WIDTH
from memrig.gui.widgets.form import ParameterForm
from memrig.gui.widgets.quantity import exact_text
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil import bench_file
from memrig.hil.bench_draft import Draft
from memrig.hil.bench_fields import fields_of
from memrig.hil.errors import MemrigError, RequestError
from memrig.hil.opening import MODEL, description_of, is_ready_made

SIZE = (1080, 800)


class BenchEditor(QWidget):
    """A window of its own beside the main one.

    :param check: opens the check of the bench that is connected.
    """

    connect_asked = Signal(str)
    """A bench file that is to be opened."""

    def __init__(self, session: Session, check: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.session = session
        self.path: Path | None = None
        self._kept: dict[str, Any] = {}
        self._written: dict[str, Any] | None = None
        self._clean = Draft()
        self.kind, self.sketch = Combo(), WiringSketch()
        self.found = FoundCard(session)
        self.roles: dict[str, RoleRow] = {}
        self.form: ParameterForm | None = None
        self._roles, self._values = Card(0, ""), Card(0, "")
        self._roles.set_title(self.tr("Roles"))
        self._values.set_title(self.tr("Circuit and ranges"))
        self._circuit = Card(0, "")
        self._circuit.set_title(self.tr("Wiring"))
        self._said, self._file = WrappedLabel("bad"), ElidedLabel()
        self.buttons = {name: QPushButton() for name in ("open", "save", "check", "connect")}
        self._check = check
        self._name_parts()
        self._lay_out()
        self._wire()
        self.resize(*SIZE)
        self.set_draft(self._first_draft())
        self.found.addresses.setFocus()

    # --- layout

    def _name_parts(self) -> None:
        texts = {"open": self.tr("Open …"), "save": self.tr("Save as …"),
                 "check": self.tr("Check with a resistor …"), "connect": self.tr("Connect")}
        for name, text in texts.items():
            self.buttons[name].setText(text)
        self.buttons["connect"].setObjectName("run")
        self._file.setObjectName("muted")
        self.kind.setAccessibleName(self.tr("Kind of bench"))
        titles = {"awg-scope-two": self.tr("Generator, two channels, and oscilloscope"),
                  "awg-scope-single": self.tr("Generator, one channel, and oscilloscope"),
                  "smu-one": self.tr("Source/measure unit, one channel"),
                  "smu-two": self.tr("Source/measure unit, two channels")}
        for kind in bench_file.ROLES:
            self.kind.addItem(titles.get(kind, kind), kind)

    def _lay_out(self) -> None:
        self._circuit.body.addWidget(self.sketch)
        kind = QLabel(self.tr("Kind"))
        kind.setBuddy(self.kind)
        kind.setFixedWidth(NAME_WIDTH)
        row = QHBoxLayout()
        row.setContentsMargins(WIDTH, WIDTH, WIDTH, WIDTH)
        row.setSpacing(theme.SPACE)
        row.addWidget(kind)
        row.addWidget(self.kind, 1)
        self._roles.body.addLayout(row)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, cards in ((left, (self.found, self._roles)), (right, (self._values,))):
            column.setSpacing(theme.SPACE)
            for card in cards:
                column.addWidget(card)
            column.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(theme.SPACE)
        columns.addLayout(left, 3)
        columns.addLayout(right, 2)
        whole = QWidget()
        inside = QVBoxLayout(whole)
        inside.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        inside.setSpacing(theme.SPACE)
        inside.addWidget(self._circuit)
        inside.addLayout(columns, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(whole)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, theme.SPACE)
        rows.setSpacing(theme.SPACE)
        rows.addWidget(scroll, 1)
        rows.addLayout(self._foot())

    def _foot(self) -> QVBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(self._file, 1)
        for button in self.buttons.values():
            row.addWidget(button)
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.CARD, 0, theme.CARD, 0)
        foot.setSpacing(theme.SMALL)
        foot.addWidget(self._said)
        foot.addLayout(row)
        return foot

    def _wire(self) -> None:
        self.kind.activated.connect(self._kind_chosen)
        self.found.changed.connect(self._offer)
        self.buttons["open"].clicked.connect(self.open_file)
        self.buttons["save"].clicked.connect(self.save_as)
        self.buttons["connect"].clicked.connect(self.connect_bench)
        self.buttons["check"].clicked.connect(self.check_bench)
        self.session.state_changed.connect(self.refresh)
        self.session.bench_opened.connect(self.refresh)

    def _first_draft(self) -> Draft:
        """The bench that is chosen in the main window, or one of the first kind."""
        spec = self.session.spec
        if spec == MODEL:
            return Draft()
        try:
            draft = Draft.from_description(description_of(spec))
        except MemrigError:
            return Draft()
        if not is_ready_made(spec):  # which a file whose instruments are simulated instead is, too
            self.path = Path(spec)
        return draft

    # --- what is in it

    def set_draft(self, draft: Draft) -> None:
        """Show a bench for further writing; it is what the file holds, if there is one."""
        self._kept = dict(draft.kept)
        self.kind.setCurrentIndex(self.kind.findData(draft.kind))
        self._make_roles(draft)
        self._make_form(draft)
        self._written = self._description() if self.path else None
        self._clean = self.draft()
        self._order()
        self.refresh()

    def _order(self) -> None:
        """Tab goes down the left column, then down the right one, then to the foot; parts that were
        made later would come last."""
        assert self.form is not None
        rows = [part for row in self.roles.values()
                for part in (row.choice, row.driver, row.address)]
        for before, after in pairwise([self.kind, *rows]):
            self.setTabOrder(before, after)
        advanced = self.form.findChild(QToolButton)
        feet: list[QWidget] = [*([advanced] if advanced else []), *self.buttons.values()]
        for above, below in pairwise(feet):
            self.setTabOrder(above, below)

    def follow(self) -> None:
        """Show the bench of the main window, unless something here was changed and not saved."""
        if self.draft() == self._clean:
            self.path = None
            self.set_draft(self._first_draft())

    def draft(self) -> Draft:
        """What is in the fields; values that are none are left out, as in ``problems``."""
        assert self.form is not None
        values = {name: field.value() for name, field in self.form.fields.items()
                  if not field.own_problem()}
        seats = {role: seat for role, row in self.roles.items() if (seat := row.seat())}
        return Draft(kind=str(self.kind.currentData()), values=values, seats=seats,
                     kept=self._kept)

    @property
    def problem(self) -> str:
        """The sentence at the foot: why it cannot be saved; empty when it can."""
        return self._said.text().removeprefix("✕ ")

    def _make_roles(self, draft: Draft) -> None:
        for row in self.roles.values():
            self._roles.body.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.roles = {role: RoleRow(role, needed=draft.is_needed(role)) for role in draft.roles}
        for role, row in self.roles.items():
            self._roles.body.addWidget(row)
            row.set_found(self.found.found)
            row.set_seat(draft.seats.get(role))
            row.changed.connect(self.refresh)

    def _make_form(self, draft: Draft) -> None:
        if self.form is not None:
            self._values.body.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
        cls = fields_of(draft.kind)
        self.form = ParameterForm(cls)
        self.form.set_texts({name: exact_text(value, cls.specs()[name].unit)
                             for name, value in draft.values.items()})
        self.form.edited.connect(self.refresh)
        self._values.body.addWidget(self.form)

    def _kind_chosen(self, _index: int) -> None:
        draft = self.draft()
        self.set_draft(Draft(kind=self._kind_before, values=draft.values, seats=draft.seats,
                             kept=draft.kept).as_kind(draft.kind))

    @property
    def _kind_before(self) -> str:
        assert self.form is not None
        return next(kind for kind in bench_file.ROLES if fields_of(kind) is self.form.cls)

    def _offer(self, found: list[Any]) -> None:
        for row in self.roles.values():
            row.set_found(found)
        self.refresh()

    def _description(self) -> dict[str, Any] | None:
        """What would be written; None while something is wrong."""
        assert self.form is not None
        if self.form.problems():
            return None
        try:
            return self.draft().description()
        except RequestError:
            return None

    @property
    def is_saved(self) -> bool:
        """Whether the file holds what is in the fields."""
        return self.path is not None and self._description() == self._written

    def refresh(self, *_: object) -> None:
        """Bring sketch, sentences and buttons up to date."""
        assert self.form is not None
        draft, wrong = self.draft(), self.form.problems()
        if not wrong:
            self.sketch.set_netlist(draft.netlist)
        missing = draft.problems()
        for role, row in self.roles.items():
            row.set_problem(missing.get(role, ""))
        self._mark(self._roles, len(missing), self.tr("all taken"))
        self._mark(self._values, len(wrong), self.tr("valid"))
        self._said.setText(self._why(draft, has_wrong_values=bool(wrong)))
        free = not self._said.text() and self.session.state in {"idle", "opening"}
        for name in ("save", "check", "connect"):
            self.buttons[name].setEnabled(free)
        self._name_file()

    def _mark(self, card: Card, wrong: int, good: str) -> None:
        card.set_state("bad" if wrong else "good",
                       self.tr("{0} to mend").format(wrong) if wrong else good)

    def _why(self, draft: Draft, *, has_wrong_values: bool) -> str:
        """What stands at the foot: the first thing that keeps it from being saved."""
        if has_wrong_values:
            return self.tr("✕ a value is not valid; the sentence beneath its field says why")
        try:
            draft.description()
        except RequestError as error:
            return f"✕ {said(str(error))}"
        return ""

    def _name_file(self) -> None:
        name = str(self.path) if self.path else self.tr("no file yet")
        changed = "" if self.is_saved or self.path is None else self.tr(" (changed)")
        self._file.setText(f"{name}{changed}")
        self.setWindowTitle(self.tr("Bench editor – {0}{1}").format(
            self.path.name if self.path else self.tr("new bench"), changed))

    # --- files

    def open_file(self) -> None:
        """Take a bench file for further writing."""
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Bench file"), "", "TOML (*.toml)")
        if not name:
            return
        try:
            draft = Draft.from_description(bench_file.read(Path(name)))
        except RequestError as error:
            self._said.setText(f"✕ {said(str(error))}")
            return
        self.path = Path(name)
        self.set_draft(draft)

    def save_as(self) -> bool:
        """Write a bench file where the user says; the dialog asks before it replaces another."""
        found = self._description()
        first = str(self.path or f"{fields_name(self.draft())}.toml")
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save the bench file"), first,
                                              "TOML (*.toml)")
        if not name or found is None:
            return False
        try:
            bench_file.write(found, Path(name))
        except RequestError as error:
            self._said.setText(f"✕ {said(str(error))}")
            return False
        self.path, self._written, self._clean = Path(name), found, self.draft()
        self.refresh()
        return True

    def connect_bench(self) -> bool:
        """Open it in the main window; what is not in a file yet is saved first."""
        if not (self.is_saved or self.save_as()):
            return False
        self.connect_asked.emit(str(self.path))
        return True

    def check_bench(self) -> None:
        """Connect it and open the check with a known resistor."""
        if self.connect_bench():
            self._check()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  # Qt's name
        """A scan ends with its window; what is in the fields stays for the next time."""
        self.found.close_scan()
        super().closeEvent(event)


def fields_name(draft: Draft) -> str:
    """What the bench is called, fit for the name of a file."""
    name = str(draft.values.get("name", draft.kind))
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name) or "bench"
