"""The figure as a thing of its own: in a second window, as a picture, as a table."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from memrig.gui.commands import Command, Commands
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.table import write_table

SIZE = (1100, 760)
"""Pixels of the second window at first."""


class Figure(QObject):
    """Detaches the figure from its place in a splitter, and writes it to files.

    :param folder: where pictures and tables are written.
    """

    said = Signal(str)
    """A sentence for the status line."""

    def __init__(self, overlay: OverlayView, place: QSplitter, folder: Path) -> None:
        super().__init__(place)
        self.overlay, self.folder = overlay, folder
        self._place = place
        self._instead = self._made_instead()
        self.window: SecondWindow | None = None

    def _made_instead(self) -> QWidget:
        """What stands where the figure was."""
        whole = QWidget(self._place.window())
        whole.hide()
        column = QVBoxLayout(whole)
        words = QLabel(self.tr("The figure is in a window of its own."))
        words.setObjectName("muted")
        back = QPushButton(self.tr("Bring it back"))
        back.clicked.connect(self.attach)
        column.addStretch(1)
        for part in (words, back):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return whole

    def add_to(self, commands: Commands) -> None:
        """The commands of the figure."""
        commands.add(Command(id="view.detach", text=self.tr("Detach the figure, or bring it back"),
                             shortcut="Ctrl+Shift+D", act=self.turn, menu="view", group=1))
        commands.add(Command(id="view.picture", text=self.tr("Save the figure as a picture"),
                             shortcut="Ctrl+Shift+E", act=self.save_picture, menu="view", group=2))
        commands.add(Command(id="view.table", text=self.tr("Save the figure's data as CSV"),
                             act=self.save_table, menu="view", group=2))

    # -- the second window --------------------------------------------------------------

    @property
    def detached(self) -> bool:
        """Whether the figure is in a window of its own."""
        return self.window is not None

    def turn(self) -> None:
        """Out into a window of its own, or back."""
        if self.detached:
            self.attach()
        else:
            self.detach()

    def detach(self) -> None:
        """Move the figure into a window of its own; it goes on following the run."""
        if self.detached:
            return
        sizes = self._place.sizes()
        self._place.replaceWidget(self._place.indexOf(self.overlay), self._instead)
        self._instead.show()
        self._place.setSizes(sizes)
        main = self._place.window()
        self.window = SecondWindow(self.overlay, main)
        self.window.setWindowTitle(self.tr("Figure – {0}").format(main.windowTitle()))
        self.window.closed.connect(self.attach)
        self.window.show()

    def attach(self) -> None:
        """Put the figure back where it was."""
        if self.window is None:
            return
        window, self.window = self.window, None
        sizes = self._place.sizes()
        self._place.replaceWidget(self._place.indexOf(self._instead), self.overlay)
        self._instead.hide()
        self.overlay.show()
        self._place.setSizes(sizes)
        window.hide()
        window.deleteLater()

    # -- files --------------------------------------------------------------------------

    def save_picture(self) -> None:
        """Write what is seen as a PNG."""
        path = self._path("png")
        if self.overlay.tab.grab().save(str(path), "PNG"):
            self.said.emit(self.tr("picture: {0}").format(path))
        else:
            self.said.emit(self.tr("the picture cannot be written to {0}").format(path))

    def save_table(self) -> None:
        """Write the numbers behind what is seen as CSV."""
        path, scene = self._path("csv"), self.overlay.scene
        try:
            with self.overlay.in_full():
                write_table(path, self.overlay.tab.every_plot, run=scene.run,
                            simulated=scene.simulated)
        except OSError as error:
            self.said.emit(self.tr("the data cannot be written to {0}: {1}").format(
                path, error.strerror or ""))
            return
        self.said.emit(self.tr("data: {0}").format(path))

    def _path(self, ending: str) -> Path:
        """A name that nothing has yet."""
        run = self.overlay.scene.run or "prediction"
        stem = f"memrig-{run}-{self.overlay.view}-{time.strftime('%H%M%S')}"
        names = (f"{stem}{f'-{k}' if k else ''}.{ending}" for k in range(1000))
        return next(path for name in names if not (path := self.folder / name).exists())


class SecondWindow(QWidget):
    """A window with one thing in it, which it gives back when it is closed."""

    closed = Signal()

    def __init__(self, content: QWidget, main: QWidget) -> None:
        super().__init__(main, Qt.WindowType.Window)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(content)
        content.show()
        self.resize(*SIZE)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  # Qt's name
        """Give back what is in it first."""
        self.closed.emit()
        super().closeEvent(event)
