"""What a device has been through, and where it is: its passport."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.sentences import said, translated
from memrig.gui.session import Session
from memrig.gui.widgets.quantity import exact_text
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.errors import RequestError
from memrig.hil.profile import Passport
from memrig.hil.store import Past, total
from memrig.hil.units import grouped, parse_quantity, shown
from memrig.hil.wear import Wear

SIZE = (900, 560)
TEXTS, TEMPERATURE = ("wafer", "die", "cell", "formed_at"), "temperature_k"
IN_A_ROW, ROW, PROTOCOL = 3, 26, 2
"""Fields beside each other, pixels of a line, the column that has what room is left."""
NUMBERS = range(4, 10)
"""Columns of quantities, which stand at the right."""
LARGE = 1_000_000
"""Numbers from here on have the plural of their last two digits."""


class PassportPanel(QWidget):
    """A window of its own beside the main one; Esc closes it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.session = session
        self.setObjectName("passport")
        self.head = QLabel()
        self.head.setObjectName("title")
        self.fields = {name: QLineEdit() for name in (*TEXTS, TEMPERATURE)}
        self.problem = WrappedLabel("bad")
        self.table = self._made_table()
        self.sums = WrappedLabel("muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.CARD, theme.CARD, theme.CARD, theme.CARD)
        column.setSpacing(theme.SPACE)
        column.addWidget(self.head)
        column.addLayout(self._form())
        column.addWidget(self.problem)
        column.addWidget(self.table, 1)
        column.addWidget(self.sums)
        self.resize(*SIZE)
        session.choices_changed.connect(self._refresh)
        session.runs_changed.connect(self._refresh)
        session.bench_opened.connect(self._refresh)

    def _form(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE)
        grid.setVerticalSpacing(theme.SMALL)
        names = {"wafer": self.tr("Wafer"), "die": self.tr("Die"), "cell": self.tr("Cell"),
                 "formed_at": self.tr("Formed at"), TEMPERATURE: self.tr("Temperature")}
        for place, (name, field) in enumerate(self.fields.items()):
            label = QLabel(names[name])
            label.setBuddy(field)
            field.setAccessibleName(names[name])
            field.setObjectName(name)
            field.editingFinished.connect(self._edited)
            row, column = divmod(place, IN_A_ROW)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(field, row, 2 * column + 1)
        self.fields["formed_at"].setPlaceholderText(self.tr("date, e.g. 2026-11-26"))
        self.fields[TEMPERATURE].setPlaceholderText(self.tr("not known"))
        return grid

    def _made_table(self) -> QTableWidget:
        names = (self.tr("Date"), self.tr("Run"), self.tr("Protocol"), self.tr("Status"),
                 self.tr("Pulses"), self.tr("Charge"), self.tr("Energy"), self.tr("G before"),
                 self.tr("G after"), self.tr("Highest |V|"), self.tr("Origin"))
        table = QTableWidget(0, len(names))
        table.setAccessibleName(self.tr("Runs of the device"))
        table.setHorizontalHeaderLabels(list(names))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(PROTOCOL, QHeaderView.ResizeMode.Stretch)
        for column in NUMBERS:
            title = table.horizontalHeaderItem(column)
            assert title is not None
            title.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        table.verticalHeader().setDefaultSectionSize(ROW)
        return table

    # --- opened and closed

    def open(self) -> None:
        """Show it, with the keyboard in it."""
        self.show()
        self.raise_()
        self.activateWindow()
        self._refresh()
        self.fields["wafer"].setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  # Qt's name
        """What was typed is kept when another window is looked at."""
        if event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._edited()
        super().changeEvent(event)

    # --- where it is

    def _edited(self, *_: object) -> None:
        """Take what was typed for the next run."""
        known = self._known
        place: dict[str, Any] = {name: text for name in TEXTS if (
            text := self.fields[name].text().strip()) != getattr(known, name)}
        try:
            temperature_k = kelvin(self.fields[TEMPERATURE].text())
        except RequestError as error:
            self.problem.setText(f"✕ {said(str(error))}")
            return
        self.problem.setText("")
        if temperature_k != known.temperature_k:
            place[TEMPERATURE] = temperature_k
        if place != self.session.place:
            self.session.name(place=place)

    @property
    def _known(self) -> Passport:
        return self.session.passports.of(self.session.device)

    # --- what it has been through

    def _refresh(self, *_: object) -> None:
        """Show the device that is chosen; nothing is read while nobody looks."""
        if not self.isVisible():
            return
        passport = self.session.passport
        self.setWindowTitle(self.tr("Passport of {0}").format(passport.device))
        self.head.setText(self.tr("Device {0}").format(passport.device))
        for name, field in self.fields.items():
            if not field.hasFocus():
                field.setText(_text(getattr(passport, name)))
        past = self.session.store.history(passport.device)
        self._fill(past)
        self.sums.setText("\n".join(sums(past)) or self.tr(
            "no run of this device is in the store; the first one begins its history"))

    def _fill(self, past: Sequence[Past]) -> None:
        self.table.setRowCount(len(past))
        for row, one in enumerate(reversed(past)):
            for column, text in enumerate(_cells(one)):
                item = QTableWidgetItem(text)
                if column in NUMBERS:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight
                                          | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)


def kelvin(text: str) -> float | None:
    """A temperature in kelvin; None for nothing.

    :raises RequestError: when it is no temperature, or none above absolute zero.
    """
    if not text.strip():
        return None
    found = parse_quantity(text, "K")
    if not 0.0 < found < math.inf:
        raise RequestError(f"a temperature of {text.strip()} was asked; it must be above 0 K")
    return found


def _text(value: Any) -> str:
    if isinstance(value, float):
        return exact_text(value, "K")
    return "" if value is None else str(value)


def _cells(one: Past) -> tuple[str, ...]:
    wear = one.wear
    simulated = QCoreApplication.translate("PassportPanel", "SIMULATED")
    return (
        one.started_at[:16].replace("T", " "), one.run_id, one.protocol, translated(one.status),
        *_quantities(wear), simulated if one.simulated else _real(),
    )


def _real() -> str:
    return QCoreApplication.translate("PassportPanel", "real device")


def _quantities(wear: Wear) -> tuple[str, ...]:
    before, after = ("–" if g is None else shown(g, "S")
                     for g in (wear.g_first_siemens, wear.g_last_siemens))
    return (grouped(wear.pulses), shown(wear.charge_c, "C"), shown(wear.energy_j, "J"), before,
            after, shown(wear.v_max_v, "V"))


def sums(past: Sequence[Past]) -> list[str]:
    """A sentence for the real runs and one for the simulated ones; never one for both."""
    return [_sum(kind) for simulated in (False, True)
            if (kind := [one for one in past if one.simulated is simulated])]


def _sum(past: Sequence[Past]) -> str:
    wear, tr = total(past), QCoreApplication.translate
    _, charge, energy, before, after, highest = _quantities(wear)
    runs = tr("PassportPanel", "{0} run(s)", "", _few(len(past))).format(grouped(len(past)))
    pulses = tr("PassportPanel", "{0} pulse(s)", "", _few(wear.pulses)).format(
        grouped(wear.pulses))
    text = (tr("PassportPanel", "SIMULATED, no real device: {0}, {1}, {2}, {3}, G {4} → {5}, "
               "highest |V| {6}") if past[0].simulated else
            tr("PassportPanel", "real device: {0}, {1}, {2}, {3}, G {4} → {5}, highest |V| {6}"))
    return text.format(runs, pulses, charge, energy, before, after, highest)


def _few(count: int) -> int:
    """A number with the same plural in every language, that Qt can take."""
    return count if count < LARGE else LARGE + count % 100
