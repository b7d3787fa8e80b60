"""The commands of the menu Help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QApplication, QWidget

from memrig.gui import log
from memrig.gui.commands import Command, Commands
from memrig.gui.session import Session

if TYPE_CHECKING:
    from memrig.gui.help.window import HelpWindow


class Help(QObject):
    """Opens the help at what has the keyboard, and says what whoever helps needs to know.

    :param parts: gives widgets of the window by the name of their page.
    """

    said = Signal(str)
    """A sentence for the status line."""

    def __init__(
        self, window: QWidget, session: Session, commands: Commands,
        parts: Callable[[], Mapping[str, Iterable[QWidget]]],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._commands = window, session, commands
        self._parts = parts
        self._shown: HelpWindow | None = None

    @property
    def shown(self) -> HelpWindow:
        """The window of the help; made when it is first wanted."""
        if self._shown is None:
            from memrig.gui.help import about  # noqa: PLC0415  # the first picture does not need it
            from memrig.gui.help.window import HelpWindow  # noqa: PLC0415  # as above

            self._shown = HelpWindow(self._window, self._actions, about.versions)
        return self._shown

    def add_commands(self) -> None:
        """Make the commands of the menu Help known."""
        add, tr = self._commands.add, self.tr
        add(Command(id="help.here", text=tr("Help on this"), shortcut="F1", act=self.open_here,
                    menu="help", anywhere=True))
        add(Command(id="help.keys", text=tr("Keys"), act=self._open_keys, menu="help"))
        add(Command(id="help.log", text=tr("Open the log folder"), act=self.open_log,
                    menu="help", group=1))
        add(Command(id="help.diagnostics", text=tr("Copy diagnostic information"),
                    act=self.copy_diagnostics, menu="help", group=1))
        add(Command(id="help.about", text=tr("About memrig"), act=self._open_about, menu="help",
                    group=2))

    def open_here(self) -> None:
        """Open the help at the field or part that has the keyboard."""
        from memrig.gui.help.window import topic_of  # noqa: PLC0415  # only for who needs help

        self.shown.open(topic_of(QApplication.focusWidget(), self._parts()))

    def open_log(self) -> None:
        """Open the folder of the log files."""
        folder = log.folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.said.emit(self.tr("{0} cannot be made: {1}").format(folder, error.strerror))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
        self.said.emit(self.tr("log files: {0}").format(folder))

    def copy_diagnostics(self) -> None:
        """Copy versions, bench and state, for a message to whoever helps."""
        from memrig.gui.help import about  # noqa: PLC0415  # only for who needs help

        QApplication.clipboard().setText(about.diagnostics(self._session))
        self.said.emit(self.tr("diagnostic information copied"))

    def _open_keys(self) -> None:
        self.shown.open("keys")

    def _open_about(self) -> None:
        self.shown.open("about")

    def _actions(self) -> Iterable[QAction]:
        return self._commands.matching("")
