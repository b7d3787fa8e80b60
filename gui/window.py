"""The window: strip above, what will happen at the left, what happens in the middle, runs right."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QMainWindow,
    QMessageBox,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import language, theme
from memrig.gui.article import Article
from memrig.gui.asking import QuestionLine
from memrig.gui.bench.windows import BenchWindows
from memrig.gui.commands import Command, Commands
from memrig.gui.console.panel import HEIGHT as CONSOLE_HEIGHT
from memrig.gui.console.panel import Console
from memrig.gui.figure import Figure
from memrig.gui.first import FirstPaint
from memrig.gui.help.commands import Help
from memrig.gui.live import Live
from memrig.gui.memory import Memory, settings
from memrig.gui.panels.bench import BenchCard
from memrig.gui.panels.cards import Cards
from memrig.gui.panels.daily import KEYS, DailyButtons
from memrig.gui.panels.device import DeviceCard
from memrig.gui.panels.guards import GuardsCard
from memrig.gui.panels.limits import LimitsCard
from memrig.gui.panels.next_run import NextRunCard
from memrig.gui.panels.protocol import ProtocolCard
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.stimulus import StimulusView
from memrig.gui.session import BUSY, Session
from memrig.gui.stored import Stored
from memrig.gui.strip import EscapeTwice, Strip
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.failure import FailureLine
from memrig.gui.widgets.status import StatusBar

if TYPE_CHECKING:
    from memrig.gui.panels.fit import FitCard
    from memrig.gui.panels.queue import QueueCard
    from memrig.gui.panels.runs import RunsPanel

LEFT, RIGHT = 320, 412
FOLDED_BELOW = {"bench": 960, "device": 880, "limits": 780}
"""Heights of the window at which a card is folded to one line, in pixels."""
TABS_BELOW = 800
"""Height at which fit and runs have no room above each other."""
SMALLEST = (1130, 560)
FIRST_SIZE = (1440, 900)


class Window(QMainWindow):
    """Everything on the screen; what it does is in its session.

    :ivar console_placed: whether the console has a height already, chosen or remembered.
    :ivar again: whether it has closed only to be opened anew, e.g. in another language.
    """

    completed = Signal()
    """Everything is there: also what the first picture does not show."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session, self.again = session, False
        self.strip = Strip()
        self.bench, self.device = BenchCard(session), DeviceCard(session)
        self.protocol, self.limits = ProtocolCard(session), LimitsCard(session)
        self.overlay, self.stimulus = OverlayView(), StimulusView()
        self.guards, self.next = GuardsCard(session), NextRunCard(session)
        self.cards, self.question = Cards(session), QuestionLine(session)
        self.live = Live(session, self.strip, self.overlay, self.stimulus)
        self.stored = Stored(session, self.overlay)
        self.article = Article(session, self.overlay)
        self.daily = DailyButtons(session, session.touching.touch)
        self.benches = BenchWindows(session, self.strip, self)
        self.memory: Memory | None = None
        self.console, self.console_placed = Console(session), False
        self.failure = FailureLine()
        self._leaving = False
        self._low: dict[str, bool] = {}
        self.commands = Commands(self)
        self.help = Help(self, session, self.commands, self._parts)
        self._lay_out()
        self.figure = Figure(self.overlay, self._plots, Path(session.store.path).resolve().parent)
        self._add_commands()
        self._wire()
        self.setMinimumSize(*SMALLEST)
        self.resize(*FIRST_SIZE)
        self._title()
        self.protocol.choice.setFocus()  # else STOP had the first focus
        FirstPaint(self, self.stimulus.complete, self.cards.complete, self.completed.emit)

    # --- what is made when the window has been seen, or when somebody asks for it before

    @property
    def fit(self) -> FitCard:
        """The fit of the model to a run."""
        return self.cards.fit

    @property
    def queue(self) -> QueueCard:
        """The runs that wait."""
        return self.cards.queue

    @property
    def runs(self) -> RunsPanel:
        """The runs of the store."""
        return self.cards.runs

    def _parts(self) -> dict[str, list[QWidget]]:
        """Widgets by the name of their page of the help."""
        return {
            "stop": [self.strip], "bench": [self.bench], "device": [self.device],
            "protocol": [self.protocol], "run": [self.limits.run, self.daily],
            "limits": [self.limits], "guards": [self.guards, self.question],
            "figure": [self.overlay], "stimulus": [self.stimulus], "runs": [self.runs],
            "fit": [self.fit], "queue": [self.queue], "console": [self.console],
        }

    # --- layout

    def _lay_out(self) -> None:
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.setObjectName("columns")  # by which it is remembered
        columns.setChildrenCollapsible(False)
        for part in (self._left(), self._centre(), self._right()):
            columns.addWidget(part)
        columns.setSizes([LEFT, FIRST_SIZE[0] - LEFT - RIGHT, RIGHT])
        columns.setStretchFactor(1, 1)
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.strip)
        rows.addWidget(self.question)
        rows.addWidget(columns, 1)
        self.setCentralWidget(whole)
        self.setStatusBar(StatusBar())
        self._refusal = ElidedLabel()
        self._refusal.setObjectName("bad")
        self.statusBar().addWidget(self._refusal, 1)
        self._refusal.hide()
        self.statusBar().addPermanentWidget(self.failure, 1)  # no message hides it
        self.failure.told.connect(self.statusBar().clearMessage)
        self.statusBar().messageChanged.connect(self._keep_whole)
        self.statusBar().addPermanentWidget(QLabel(self.tr("Ctrl+K  commands    F1  help")))

    def _left(self) -> QWidget:
        """Cards that scroll, and limits and Run beneath them, which do not."""
        cards = QWidget()
        column = QVBoxLayout(cards)
        column.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        column.setSpacing(theme.SPACE)
        for card in (self.bench, self.device, self.protocol, self.guards, self.next):
            column.addWidget(card)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields scroll it
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(cards)
        left = QWidget()
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, theme.SPACE)
        rows.addWidget(scroll, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.SPACE, 0, theme.SPACE, 0)
        foot.setSpacing(theme.SPACE)
        for part in (self.limits, self.daily, self.limits.run):
            foot.addWidget(part)
        rows.addLayout(foot)
        left.setMinimumWidth(LEFT - 20)
        return left

    def _centre(self) -> QWidget:
        self._plots = plots = QSplitter(Qt.Orientation.Vertical)
        plots.setObjectName("plots")
        plots.setChildrenCollapsible(False)
        plots.addWidget(self.overlay)
        plots.addWidget(self.stimulus)
        plots.addWidget(self.console)
        plots.setSizes([560, 250, CONSOLE_HEIGHT])
        self.console.hide()
        plots.setStretchFactor(0, 2)
        plots.setStretchFactor(1, 1)
        return plots

    def _right(self) -> QWidget:
        self.right = self.cards.column
        self.right.setMinimumWidth(280)
        return self.right

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  # Qt's name
        """Hear keys from now on; a filter that hears all events would cost the start its time."""
        super().showEvent(event)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            self._escape.watch(application)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Fold cards to one line where the window is too low for them, once at each change."""
        super().resizeEvent(event)
        self.right.set_tabbed(self.height() < TABS_BELOW)
        for name, height in FOLDED_BELOW.items():
            low = self.height() < height
            if self._low.get(name, False) != low:
                self._low[name] = low
                getattr(self, name).set_folded(low)

    # --- commands

    def _add_commands(self) -> None:
        add, tr = self.commands.add, self.tr
        add(Command(id="run.start", text=tr("Run"), shortcut="Ctrl+R", act=self.limits.press,
                    menu="run"))
        add(self.strip.stop_command())
        add(Command(id="run.read", text=tr("Read the device"), shortcut=KEYS["read"],
                    act=self._read_now, menu="run", group=1))
        add(Command(id="run.pulse", text=tr("One pulse"), shortcut=KEYS["pulse"],
                    act=self._pulse_now, menu="run", group=1))
        add(Command(id="run.report", text=tr("Report of the last run"), shortcut="Ctrl+E",
                    act=self.stored.report_last, menu="run", group=2))
        add(Command(id="window.close", text=tr("Quit"), shortcut="Ctrl+Q", act=self.close,
                    menu="run", group=9))
        add(Command(id="go.bench", text=tr("Choose the bench"), shortcut="Ctrl+B",
                    act=self._go_to_bench, menu="go"))
        add(Command(id="go.protocol", text=tr("Choose the protocol"), shortcut="Ctrl+P",
                    act=self._go_to_protocol, menu="go"))
        add(Command(id="go.filter", text=tr("Find a run"), shortcut="Ctrl+L",
                    act=self._go_to_runs, menu="go"))
        add(Command(id="view.home", text=tr("Whole figure"), shortcut="Ctrl+0",
                    act=self.overlay.home, menu="view"))
        self.help.add_commands()
        add(Command(id="view.console", text=tr("Console"), shortcut="F12",
                    act=self._toggle_console, menu="view", group=1))
        add(Command(id="python.setup", text=tr("Copy as Python"), shortcut="Ctrl+Shift+Y",
                    act=self.console.copy_setup, menu="run", group=3))
        add(Command(id="python.run", text=tr("Copy run as Python"), act=self._copy_run,
                    menu="run", group=3))
        add(Command(id="view.light", text=tr("Light theme"), act=self._light, menu="view",
                    group=8))
        add(Command(id="view.dark", text=tr("Dark theme"), act=self._dark, menu="view", group=8))
        self.article.add_to(self.commands)
        self.figure.add_to(self.commands)
        self.benches.add_commands(self.commands)
        self._add_languages()
        for part in (self.cards, self.next, self.question):
            for command in part.commands():
                add(command)
        for command in self.failure.commands():
            add(command)
        self.commands.fill(self.menuBar())

    def _add_languages(self) -> None:
        """Each language under its own name, so that everybody finds his."""
        names = {code: self.tr("Language: {0}").format(name)
                 for code, name in language.LANGUAGES.items()}
        for code, text in {**names, language.SYSTEM: self.tr("Language: as the system")}.items():
            self.commands.add(Command(id=f"view.language.{code}", text=text, menu="view", group=9,
                                      act=partial(self._speak, code)))

    def _read_now(self) -> None:
        self.session.touching.touch("read")

    def _pulse_now(self) -> None:
        self.session.touching.touch("pulse")

    def _go_to_bench(self) -> None:
        self.bench.set_folded(False)  # what is folded away takes no keyboard
        self.bench.choice.setFocus()

    def _go_to_protocol(self) -> None:
        self.protocol.set_folded(False)
        self.protocol.choice.setFocus()

    def _toggle_console(self) -> None:
        shown, (figure, stimulus, _) = self.console.isHidden(), self._plots.sizes()
        self.console.setVisible(shown)  # the splitter keeps its height
        if shown and self.height() < TABS_BELOW and not self.console_placed:
            # The plots need what there is, until somebody gives the console more.
            least = self.console.minimumHeight()
            part = 1.0 - least / max(figure + stimulus, 1)
            self._plots.setSizes([round(part * figure), round(part * stimulus), least])
        self.console_placed |= shown

    def _copy_run(self) -> None:
        self.console.copy_run(self.runs.chosen)

    def _choose_run(self) -> None:
        self.console.choose_run(self.runs.chosen)

    def _go_to_runs(self) -> None:
        self.right.show_part(self.runs)
        self.runs.filter.setFocus()

    def _light(self) -> None:
        _dress("light")

    def _dark(self) -> None:
        _dress("dark")

    def _speak(self, code: str) -> None:
        """Open the window anew in another language; in mid-run, with the next start."""
        language.remember(code)
        if self.session.state in BUSY:
            self.statusBar().showMessage(self.tr("the language changes with the next start"))
            return
        self.again = True  # before: whoever opens it anew is told when it has closed
        self.again = self.close()
        if not self.again:
            self.statusBar().showMessage(self.tr("the language changes with the next start"))

    # --- wires

    def _wire(self) -> None:
        session = self.session
        session.bench_opened.connect(self._title)
        session.choices_changed.connect(self._title)
        session.state_changed.connect(self._explain)
        session.bench_opened.connect(self._explain)
        self.strip.stop_asked.connect(session.stop)
        session.choices_changed.connect(self._steady)
        self.stored.restored.connect(self.next.show_restored)
        self.next.bench_asked.connect(self.bench.choose)
        self.device.passport_asked.connect(self.benches.show_passport)
        session.queue.changed.connect(self._explain)
        self.protocol.article.asked.connect(self.article.show)
        for changed in (self.stored.restored, self.article.chosen):
            changed.connect(self.protocol.show_choice)
            changed.connect(self.device.show_choice)
        for speaker in (self.live, self.stored, self.article, self.console, self.help):
            speaker.said.connect(self.statusBar().showMessage)
        self.figure.said.connect(self.statusBar().showMessage)
        self.overlay.time_pointed.connect(self.stimulus.point_at_time)
        self.stimulus.time_pointed.connect(self.overlay.point_at_time)
        self.bench.edit_asked.connect(self.benches.edit_bench)
        self.device.profile_asked.connect(self.benches.edit_profile)
        self._escape = EscapeTwice(self)
        self._escape.asked.connect(session.stop)
        self.limits.why_changed.connect(self._explain)
        self.question.changed.connect(self._explain)
        session.example_made.connect(self._show_example)
        self.cards.made.connect(self._wire_cards)
        self._explain()

    def _wire_cards(self) -> None:
        fit, runs = self.fit, self.runs
        runs.overlay_changed.connect(self.stored.draw)
        runs.overlay_changed.connect(fit.set_ticked)
        self.live.drawn.connect(runs.mark)
        self.live.measured.connect(fit.set_ticked)
        runs.restore_asked.connect(self.stored.restore)
        runs.report_asked.connect(self.stored.report_all)
        runs.export_asked.connect(self.stored.export)
        runs.tags_edited.connect(self.stored.set_tags)
        runs.note_written.connect(self.stored.add_note)
        runs.chosen_changed.connect(self._choose_run)
        fit.report_asked.connect(self.stored.report)
        fit.found.connect(self.stored.draw_fit)
        fit.kept.connect(self.device.show_kept)
        fit.kept.connect(self.live.hold)
        fit.said.connect(self.statusBar().showMessage)

    def _steady(self) -> None:
        """While a parameter is dragged, the figure does not jump: its axes only grow."""
        self.overlay.steady = self.device.dragging

    def _show_example(self, run_id: str) -> None:
        if self.session.state == "idle" and not self.runs.ticked:
            self.runs.tick([run_id])

    def _title(self, *_: object) -> None:
        known = self.session.bench is not None
        what = "" if not self.session.simulated else (
            self.tr(" (simulated)") if known else self.tr(" (not connected)"))
        self.setWindowTitle(f"{self.session.device} – {self.session.spec}{what} – memrig")
        self.strip.set_device(self.session.device, self.session.model)

    def _explain(self, *_: object) -> None:
        """Why something cannot be run, on its command; of Run in the status line, too."""
        for command in ("run.read", "run.pulse"):
            self.commands.set_enabled(command, self.session.may_touch, self.tr("not now"))
        for command in ("run.go_on", "run.answer_stop"):
            self.commands.set_enabled(command, self.question.question is not None,
                                      self.tr("not now"))
        why = self.limits.why
        self.commands.set_enabled("run.start", not why, why)
        obstacle, waiting = self.limits.obstacle, self.session.queue
        self.commands.set_enabled("queue.add", not obstacle, obstacle)
        self.commands.set_enabled("queue.prepare", self.session.locked, self.tr("nothing runs"))
        self.commands.set_enabled("queue.go", waiting.may_go, self.tr("not now"))
        plan = self.session.plan
        refused = self.session.problem or (plan is not None and plan.problems)
        self._refusal.setText(f"✕ {why}" if refused and why else "")
        self._refusal.setVisible(bool(self._refusal.text()))
        if self._refusal.text():
            self.statusBar().clearMessage()  # which would hide it

    def _keep_whole(self, said: str) -> None:
        """Beside a failure there is no room for anything else."""
        if said and self.failure.isVisible():
            self.statusBar().clearMessage()

    # --- the end

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  # Qt's name
        """Ask first where a run would be stopped or runs that wait would be dropped; then stop,
        switch off and release everything."""
        loses = self.session.state in BUSY or self.session.queue.runs
        if loses and not self._leaving and not self._may_end():
            event.ignore()
            return
        if self.memory is not None:
            self.memory.write()
        self.figure.attach()
        self.benches.close_all()
        self.session.close()
        super().closeEvent(event)

    def leave(self) -> None:
        """Close without asking: there is nobody to ask."""
        self._leaving = True
        self.close()
        QApplication.quit()

    def _may_end(self) -> bool:
        waits = self.tr("%n run(s) of the queue would be dropped.", "",
                        len(self.session.queue.runs)) if self.session.queue.runs else ""
        if self.session.state in BUSY:
            title, keeps = self.tr("A run is in progress"), self.tr("Keep running")
            question = self.tr("Stop the run, switch the outputs off and quit?")
            ends = self.tr("Stop and quit")
        else:
            title, keeps = self.tr("Runs wait in the queue"), self.tr("Keep the queue")
            question, ends = self.tr("Close the window?"), self.tr("Drop them and close")
        box = QMessageBox(QMessageBox.Icon.Question, title, f"{waits} {question}".strip(),
                          parent=self)
        keep = box.addButton(keeps, QMessageBox.ButtonRole.RejectRole)
        box.addButton(ends, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(keep)
        box.exec()
        return box.clickedButton() is not keep


def _dress(scheme: theme.Scheme) -> None:
    application = QApplication.instance()
    if isinstance(application, QApplication):
        theme.apply(application, scheme)
        settings().setValue("theme", scheme)

