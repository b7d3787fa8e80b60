"""The daily two: a read and a pulse without a form, orange because they touch the device."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from memrig.gui import theme
from memrig.gui.sentences import translated
from memrig.gui.session import Session
from memrig.hil.units import shown

if TYPE_CHECKING:
    from memrig.hil.run import Run

DAILY = ("read", "pulse")
KEYS = {"read": "F5", "pulse": "F6"}


class DailyButtons(QWidget):
    """One button for each; they run with the profile's own levels and touch no form."""

    def __init__(self, session: Session, touch: Callable[[str], None]) -> None:
        super().__init__()
        self.session, self._touch = session, touch
        self.buttons = {name: QPushButton() for name in DAILY}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE)
        texts = {"read": self.tr("Read"), "pulse": self.tr("Pulse")}
        tips = {"read": self.tr("contact and conductance, at the profile's read voltage"),
                "pulse": self.tr("one pulse of the profile's set voltage between two reads")}
        for name, button in self.buttons.items():
            button.setObjectName("touch")
            button.setText(f"{texts[name]}   {KEYS[name]}")
            button.setAccessibleName(texts[name])
            button.setToolTip(tips[name])
            button.clicked.connect(self._clicked)
            row.addWidget(button)
        session.state_changed.connect(self.refresh)
        session.bench_opened.connect(self.refresh)
        session.choices_changed.connect(self.refresh)
        self.refresh()

    def _clicked(self) -> None:
        pressed = self.sender()
        for name, button in self.buttons.items():
            if button is pressed:
                self._touch(name)

    def refresh(self, *_: object) -> None:
        """They can be pressed whenever a bench is open and nothing runs."""
        for button in self.buttons.values():
            button.setEnabled(self.session.may_touch)


def sentence_of(run: Run) -> str:
    """What a read or a pulse has found: ``contact ok · G 37.1 µS ± 0.2 µS``."""
    values, tr = run.result.values, QCoreApplication.translate
    said = [tr("daily", "contact {0}").format(
        translated(values["verdict"]))] if "verdict" in values else []
    if "g_siemens" in values:
        said.append(f"G {_quantity(values['g_siemens'], values.get('u_siemens'))}")
    if "dg_siemens" in values:
        said.append(f"ΔG {_quantity(values['dg_siemens'], values.get('u_dg_siemens'))}")
    return " · ".join(said)


def _quantity(value: float, u: float | None) -> str:
    """A conductance with its standard uncertainty, if there is one."""
    said = shown(value, "S")
    return f"{said} ± {shown(u, 'S', 2)}" if u and math.isfinite(u) else said
