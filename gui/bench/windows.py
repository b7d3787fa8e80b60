"""Opens the windows of bench and device, and follows a check on the strip."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from memrig.gui.commands import Command, Commands
from memrig.gui.running import CheckAdvanced, Checked
from memrig.gui.session import Session
from memrig.gui.strip import Strip

if TYPE_CHECKING:
    from memrig.gui.bench.check import CheckWindow
    from memrig.gui.bench.editor import BenchEditor
    from memrig.gui.bench.profile import ProfileEditor
    from memrig.gui.panels.passport import PassportPanel


class BenchWindows(QObject):
    """None of them is made before it is asked for; all of them close with the main window."""

    def __init__(self, session: Session, strip: Strip, window: QWidget) -> None:
        super().__init__(window)
        self.session, self.strip, self._window = session, strip, window
        self.editor: BenchEditor | None = None
        self.checking: CheckWindow | None = None
        self.profile: ProfileEditor | None = None
        self.passport: PassportPanel | None = None
        self._commands: Commands | None = None
        session.told.connect(self._told)
        session.state_changed.connect(self._explain)
        session.bench_opened.connect(self._explain)

    def add_commands(self, commands: Commands) -> None:
        """Make them known to menu, keys and palette."""
        self._commands, tr = commands, self.tr
        commands.add(Command(id="bench.edit", text=tr("Edit the bench …"), menu="bench",
                             shortcut="Ctrl+Shift+B", act=self.edit_bench))
        commands.add(Command(id="bench.check", text=tr("Check with a known resistor …"),
                             menu="bench", act=self.check_bench))
        commands.add(Command(id="bench.again", text=tr("Connect again"), menu="bench", group=1,
                             shortcut="Ctrl+Shift+C", act=self.session.reopen))
        commands.add(Command(id="bench.simulate", text=tr("Simulate the bench instead"),
                             menu="bench", group=1, act=self.session.simulate_instead))
        commands.add(Command(id="device.profile", text=tr("Edit the profile …"), menu="device",
                             shortcut="Ctrl+Shift+P", act=self.edit_profile))
        title = QCoreApplication.translate("PassportPanel", "What the device has been through")
        commands.add(Command(id="device.passport", text=title, menu="device", shortcut="Ctrl+D",
                             act=self.show_passport))
        self._explain()

    def _explain(self, *_: object) -> None:
        """Why something cannot be done now, on its command."""
        if self._commands is None:
            return
        idle = self.session.state == "idle"
        self._commands.set_enabled("bench.again", idle, self.tr("not now"))
        self._commands.set_enabled(
            "bench.simulate", idle and self.session.may_simulate,
            self.tr("only for a bench file, and not while something runs"))

    def edit_bench(self) -> None:
        """Open the bench editor."""
        from memrig.gui.bench.editor import BenchEditor  # noqa: PLC0415  # the first picture does not need it

        if self.editor is None:
            self.editor = BenchEditor(self.session, self.check_bench, self._window)
            self.editor.connect_asked.connect(self._connect)
        elif not self.editor.isVisible():
            self.editor.follow()
        _raise(self.editor)

    def check_bench(self) -> None:
        """Open the check of the bench that is connected."""
        from memrig.gui.bench.check import CheckWindow  # noqa: PLC0415  # as above

        if self.checking is None:
            self.checking = CheckWindow(self.session, self._window)
        _raise(self.checking)

    def edit_profile(self) -> None:
        """Open the form of the device's profile."""
        from memrig.gui.bench.profile import ProfileEditor  # noqa: PLC0415  # as above

        if self.session.problem:
            return
        if self.profile is None:
            self.profile = ProfileEditor(self.session, self._window)
        _raise(self.profile)

    def show_passport(self) -> None:
        """Open what the device has been through, with the keyboard in it."""
        from memrig.gui.panels.passport import PassportPanel  # noqa: PLC0415  # as above

        if self.passport is None:
            self.passport = PassportPanel(self.session, self._window)
        self.passport.open()

    def close_all(self) -> None:
        """Close them, and end a scan that goes on."""
        for one in (self.editor, self.checking, self.profile, self.passport):
            if one is not None:
                one.close()

    def _connect(self, spec: str) -> None:
        if spec == self.session.spec:
            self.session.reopen()  # the file may say something else now
        else:
            self.session.choose(spec=spec)

    def _told(self, word: object) -> None:
        if isinstance(word, CheckAdvanced):
            self.strip.set_output(True, math.nan, math.nan, 0.0)
        elif isinstance(word, Checked):
            self.strip.set_output(False if word.off else None, math.nan, math.nan, 0.0)
            self.strip.set_state(word.sentence or self.tr("bench checked; outputs off"))


def _raise(window: QWidget) -> None:
    window.show()
    window.raise_()
    window.activateWindow()
