"""Who plays a role on a bench: a found instrument, an address, or a simulated one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.sentences import said
from memrig.gui.widgets.choice import Combo
from memrig.gui.widgets.focus import WIDTH
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.bench_draft import Seat, drivers_of
from memrig.hil.claims import plain_name
from memrig.hil.scanning import Found

NOBODY, TYPED, SIMULATED = "\0nobody", "\0typed", "\0simulated"
"""Choices beside the addresses of found instruments, which have no such character."""
NAME_WIDTH = 132


class RoleRow(QWidget):
    """One role: choice, address, driver, and beneath them what is missing."""

    changed = Signal()

    def __init__(self, role: str, *, needed: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.role, self.needed = role, needed
        self._found: dict[str, Found] = {}
        self.choice, self.driver = Combo(), Combo()
        self.address = QLineEdit()
        self._library = ""
        self._problem = WrappedLabel("bad")
        self._name_parts()
        self._lay_out()
        self.driver.addItems(drivers_of(role))
        self.set_found(())
        self.choice.activated.connect(self._chosen)
        self.driver.activated.connect(self._chosen)
        self.address.textEdited.connect(self._typed)

    def _name_parts(self) -> None:
        titles = {"awg": self.tr("Generator"), "scope": self.tr("Oscilloscope"),
                  "smu": self.tr("Source/measure unit") if self.needed else self.tr("Voltmeter")}
        self.title = titles.get(self.role, self.role)
        self.choice.setAccessibleName(self.title)
        self.address.setObjectName("entry")
        self.address.setPlaceholderText("TCPIP0::192.168.1.11::5025::SOCKET")
        self.address.setAccessibleName(self.tr("Address of the {0}").format(self.title))
        self.driver.setAccessibleName(self.tr("Driver of the {0}").format(self.title))

    def _lay_out(self) -> None:
        label = QLabel(self.title)
        label.setBuddy(self.choice)
        label.setFixedWidth(NAME_WIDTH)
        label.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(label)
        row.addWidget(self.choice, 3)
        row.addWidget(self.driver, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDTH, WIDTH, WIDTH, WIDTH)
        column.setSpacing(theme.SMALL)
        column.addLayout(row)
        column.addWidget(self.address)
        column.addWidget(self._problem)

    # --- what can be chosen

    def set_found(self, found: Sequence[Found]) -> None:
        """Offer these instruments; what is chosen stays chosen."""
        seat = self.seat()
        self._found = {one.resource: one for one in found if one.role == self.role}
        self.choice.clear()
        self.choice.addItem(self.tr("choose …") if self.needed else self.tr("none"), NOBODY)
        for resource, one in self._found.items():
            self.choice.addItem(f"{short(one.identity)} · {resource}", resource)
        self.choice.addItem(self.tr("address …"), TYPED)
        self.choice.addItem(self.tr("simulate"), SIMULATED)
        self.set_seat(seat)

    def seat(self) -> Seat | None:
        """Who plays the role; None for nobody."""
        chosen = str(self.choice.currentData() or NOBODY)
        if chosen == NOBODY:
            return None
        if chosen in self._found:
            return Seat(driver=self._found[chosen].driver, resource=chosen, library=self._library)
        return Seat(driver=self.driver.currentText(), resource=self.address.text().strip(),
                    simulate=chosen == SIMULATED, library=self._library)

    def set_seat(self, seat: Seat | None) -> None:
        """Show who plays the role."""
        self._library = seat.library if seat else ""
        chosen = NOBODY
        if seat is not None:
            chosen = SIMULATED if seat.simulate else self._known(seat.resource)
            self.driver.setCurrentIndex(max(self.driver.findText(seat.driver), 0))
            self.address.setText(seat.resource)
        self.choice.setCurrentIndex(self.choice.findData(chosen))
        self._show_parts()

    def _known(self, resource: str) -> str:
        """The found instrument at an address, however it is spelt; else it is a typed one."""
        same = (one for one in self._found if plain_name(one) == plain_name(resource))
        return next(same, TYPED)

    def set_problem(self, sentence: str) -> None:
        """Say what is missing; empty: nothing."""
        sentence = said(sentence)
        self._problem.setText(f"✕ {sentence}" if sentence else "")
        self.choice.bad = bool(sentence)
        self.choice.setAccessibleDescription(sentence)
        self.choice.update()

    @property
    def problem(self) -> str:
        """What is missing."""
        return self._problem.text().removeprefix("✕ ")

    def _chosen(self, _index: int) -> None:
        self._show_parts()
        if self.choice.currentData() == TYPED and self.sender() is self.choice:
            self.address.setFocus()
        self.changed.emit()

    def _typed(self, _text: str) -> None:
        self.changed.emit()

    def _show_parts(self) -> None:
        chosen = self.choice.currentData()
        self.address.setVisible(chosen == TYPED)
        self.driver.setVisible(chosen in {TYPED, SIMULATED})


def short(identity: str) -> str:
    """Model and serial number of an identity."""
    parts = [part.strip() for part in identity.split(",")]
    return " · ".join(parts[1:3]) if len(parts) >= 3 else identity
