"""What went wrong and nobody foresaw, in the status line; its details can be copied."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget

from memrig.gui import theme
from memrig.gui.commands import Command
from memrig.gui.widgets.elided import ElidedLabel


class FailureLine(QWidget):
    """One line that appears with the first failure and stays until it is dismissed."""

    told = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.details = ""
        self._sentence = ElidedLabel()
        self._sentence.setObjectName("bad")
        self.copy = QPushButton(self.tr("Copy details"))
        self.copy.clicked.connect(self.copy_details)
        self.dismiss = QPushButton(self.tr("Dismiss"))
        self.dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.copy)
        row.addWidget(self.dismiss)
        self.hide()

    @property
    def sentence(self) -> str:
        """What it says."""
        return self._sentence.text()

    def tell(self, sentence: str, details: str) -> None:
        """Show a failure in place of the last one."""
        self.details = details
        self._sentence.setText(self.tr(
            "✕ {0} · nobody foresaw this; whatever ran is stopped"
        ).format(sentence))
        self.show()
        self.told.emit()

    def copy_details(self) -> None:
        """Put the details on the clipboard, as a report of the fault needs them."""
        if self.details:
            QApplication.clipboard().setText(self.details)

    def commands(self) -> Iterator[Command]:
        """What can be done about failures."""
        yield Command(id="help.details", text=self.tr("Copy the details of the last error"),
                      act=self.copy_details, menu="help", group=8)
