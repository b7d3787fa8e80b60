"""The window: strip above, what will happen at the left, what happens in the middle, runs right."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QResizeEvent
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

from memrig.gui import theme
from memrig.gui.commands import Command, Commands
from memrig.gui.panels.bench import BenchCard
from memrig.gui.panels.daily import KEYS, DailyButtons, sentence_of
from memrig.gui.panels.device import DeviceCard
from memrig.gui.panels.limits import LimitsCard
from memrig.gui.panels.protocol import ProtocolCard
from memrig.gui.panels.runs import RunsPanel
from memrig.gui.planner import Planned
from memrig.gui.plots.figures import Scene, scene_of
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.stimulus import StimulusView
from memrig.gui.plots.tabs import Another
from memrig.gui.running import Ended
from memrig.gui.session import Session
from memrig.gui.strip import EscapeTwice, Strip
from memrig.gui.widgets.elided import ElidedLabel
from memrig.hil.events import RecordFinished, RunFinished, RunStarted, StimulusStarted
from memrig.hil.record import Record
from memrig.hil.registry import entries, load
from memrig.hil.run import Run
from memrig.hil.store import StoredRun

LEFT, RIGHT = 320, 330
FOLDED_BELOW = {"bench": 960, "device": 880, "limits": 780}
"""Heights of the window at which a card is folded to one line, in pixels."""
SMALLEST = (1130, 560)
FIRST_SIZE = (1440, 900)


class Window(QMainWindow):
    """Everything on the screen; what it does is in its session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.strip = Strip()
        self.bench, self.device = BenchCard(session), DeviceCard(session)
        self.protocol, self.limits = ProtocolCard(session), LimitsCard(session)
        self.overlay, self.stimulus = OverlayView(), StimulusView()
        self.runs = RunsPanel(session)
        self.daily = DailyButtons(session, self.touch)
        self._low: dict[str, bool] = {}
        self.commands = Commands(self)
        self._run_began_s = self._now_s = self._next_s = 0.0
        self._done = self._total = 0
        self._after_run = self._touching = False
        self._lay_out()
        self._add_commands()
        self._wire()
        self.setMinimumSize(*SMALLEST)
        self.resize(*FIRST_SIZE)
        self._title()
        self.protocol.choice.setFocus()  # else STOP had the first focus

    # --- layout

    def _lay_out(self) -> None:
        columns = QSplitter(Qt.Orientation.Horizontal)
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
        rows.addWidget(columns, 1)
        self.setCentralWidget(whole)
        self.statusBar().setSizeGripEnabled(False)
        self._refusal = ElidedLabel()
        self._refusal.setObjectName("bad")
        self.statusBar().addWidget(self._refusal, 1)
        self._refusal.hide()
        self.statusBar().setContentsMargins(theme.SPACE, 0, theme.SPACE, 0)
        self.statusBar().addPermanentWidget(QLabel(self.tr("Ctrl+K  commands")))

    def _left(self) -> QWidget:
        """Cards that scroll, and limits and Run beneath them, which do not."""
        cards = QWidget()
        column = QVBoxLayout(cards)
        column.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        column.setSpacing(theme.SPACE)
        for card in (self.bench, self.device, self.protocol):
            column.addWidget(card)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
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
        plots = QSplitter(Qt.Orientation.Vertical)
        plots.setChildrenCollapsible(False)
        plots.addWidget(self.overlay)
        plots.addWidget(self.stimulus)
        plots.setSizes([560, 250])
        plots.setStretchFactor(0, 2)
        plots.setStretchFactor(1, 1)
        return plots

    def _right(self) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        column.addWidget(self.runs)
        right.setMinimumWidth(RIGHT - 50)
        return right

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Fold cards to one line where the window is too low for them, once at each change."""
        super().resizeEvent(event)
        for name, height in FOLDED_BELOW.items():
            low = self.height() < height
            if self._low.get(name, False) != low:
                self._low[name] = low
                getattr(self, name).set_folded(low)

    # --- commands

    def _add_commands(self) -> None:
        add, tr = self.commands.add, self.tr
        add(Command(id="run.start", text=tr("Run"), shortcut="Ctrl+R", act=self.session.start))
        add(self.strip.stop_command())
        add(Command(id="run.read", text=tr("Read the device"), shortcut=KEYS["read"],
                    act=self._read_now))
        add(Command(id="run.pulse", text=tr("One pulse"), shortcut=KEYS["pulse"],
                    act=self._pulse_now))
        add(Command(id="run.report", text=tr("Report of the last run"), shortcut="Ctrl+E",
                    act=self._report_last))
        add(Command(id="go.bench", text=tr("Choose the bench"), shortcut="Ctrl+B",
                    act=self._go_to_bench))
        add(Command(id="go.protocol", text=tr("Choose the protocol"), shortcut="Ctrl+P",
                    act=self._go_to_protocol))
        add(Command(id="go.filter", text=tr("Find a run"), shortcut="Ctrl+F",
                    act=self.runs.filter.setFocus))
        add(Command(id="view.light", text=tr("Light theme"), act=self._light))
        add(Command(id="view.dark", text=tr("Dark theme"), act=self._dark))
        add(Command(id="view.home", text=tr("Whole figure"), shortcut="Ctrl+0",
                    act=self.overlay.home))
        add(Command(id="window.close", text=tr("Quit"), shortcut="Ctrl+Q", act=self.close))
        menu = self.menuBar().addMenu
        menu(self.commands.menu(tr("&Run"), ("run.start", "run.stop", "", "run.read",
                                             "run.pulse", "", "run.report", "window.close")))
        menu(self.commands.menu(tr("&Go to"), ("go.bench", "go.protocol", "go.filter",
                                               "commands.palette")))
        menu(self.commands.menu(tr("&View"), ("view.home", "view.light", "view.dark")))

    def _go_to_bench(self) -> None:
        self.bench.set_folded(False)  # what is folded away takes no keyboard
        self.bench.choice.setFocus()

    def _go_to_protocol(self) -> None:
        self.protocol.set_folded(False)
        self.protocol.choice.setFocus()

    def _read_now(self) -> None:
        self.touch("read")

    def _pulse_now(self) -> None:
        self.touch("pulse")

    def touch(self, name: str) -> None:
        """Run one of the daily two on the bench that is open; the form stays as it is."""
        if not self.session.may_touch:
            return
        self._touching = True
        self.overlay.set_prediction(load("protocols", name)(), (), self.session.model,
                                    simulated=self.session.simulated)
        self.session.touch(name)

    def _light(self) -> None:
        _dress("light")

    def _dark(self) -> None:
        _dress("dark")

    # --- wires

    def _wire(self) -> None:
        session = self.session
        session.planned.connect(self._planned)
        session.batch.connect(self._batch)
        session.bench_opened.connect(self._bench_opened)
        session.choices_changed.connect(self._title)
        session.state_changed.connect(self._state)
        session.run_ended.connect(self._ended)
        self.strip.stop_asked.connect(self._stop)
        self.runs.overlay_changed.connect(self._draw_runs)
        self.runs.restore_asked.connect(self.restore)
        self.runs.report_asked.connect(self._report)
        self._escape = EscapeTwice(self)
        self._escape.asked.connect(self._stop)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            self._escape.watch(application)
        self.limits.why_changed.connect(self._explain)
        self._state(session.state)

    def _title(self) -> None:
        simulated = self.tr(" (simulated)") if self.session.simulated else ""
        self.setWindowTitle(f"{self.session.device} – {self.session.spec}{simulated} – memrig")
        self.strip.set_device(self.session.device, self.session.model)

    def _planned(self, planned: Planned) -> None:
        self.stimulus.set_plan(planned.rehearsal, planned.profile)
        if self.session.state == "idle" and planned.complete and planned.protocol:
            if not planned.problems and not self._after_run:
                self.overlay.set_prediction(
                    planned.protocol, [step.record for step in planned.rehearsal.steps],
                    self.session.model, simulated=self.session.simulated)
            self._after_run = False

    def _bench_opened(self, _: object) -> None:
        self.strip.set_simulated(self.session.simulated)
        self._title()
        self._state(self.session.state)

    def _state(self, state: str) -> None:
        words = {"opening": self.tr("connecting …"), "running": self.tr("running"),
                 "idle": "" if self.strip.state == self.tr("connecting …") else self.strip.state,
                 "stopping": self.tr("stopping … 0 V, outputs off")}
        self.strip.set_state(words[state])
        if state == "idle":
            self._touching = False
        for command in ("run.read", "run.pulse"):
            self.commands.set_enabled(command, self.session.may_touch, self.tr("not now"))
        self._explain()

    def _explain(self, *_: object) -> None:
        """Why Run is disabled, on its command and in the status line."""
        why = self.limits.why
        self.commands.set_enabled("run.start", not why, why)
        plan = self.session.plan
        refused = self.session.problem or (plan is not None and plan.problems)
        self._refusal.setText(f"✕ {why}" if refused and why else "")
        self._refusal.setVisible(bool(self._refusal.text()))
        if self._refusal.text():
            self.statusBar().clearMessage()  # which would hide it

    # --- a run

    def _batch(self, events: list[Any]) -> None:
        self.overlay.take(events)
        for event in events:
            if isinstance(event, RunStarted):
                self._began(event)
            elif isinstance(event, StimulusStarted):
                self._now_s += self._next_s
                self._next_s = event.plan.duration_s
                if not self._touching:  # what is planned is something else then
                    self.stimulus.set_now(self._now_s)
            elif isinstance(event, RecordFinished) and event.source == "bench":
                self._done += 1
                self.strip.set_output(True, *_last_answer(event.record), 0.0)
            elif isinstance(event, RunFinished):
                self._off(confirmed=event.safe.verified)
        self._progress()

    def _began(self, event: RunStarted) -> None:
        self._run_began_s = time.monotonic()
        self._now_s = self._next_s = 0.0
        self._done, self._total = 0, event.stimuli
        self.strip.set_progress(0, 0, 0.0)
        self.strip.set_output(True, math.nan, math.nan, 0.0)
        self.statusBar().showMessage(self.tr("writing run {0} to {1}").format(
            event.run, self.session.store.path))

    def _progress(self) -> None:
        if self.session.state not in {"running", "stopping"} or not self._total:
            return
        spent_s = time.monotonic() - self._run_began_s
        left_s = spent_s / self._done * (self._total - self._done) if self._done else math.nan
        self.strip.set_progress(self._done, self._total, max(left_s, 0.0))

    def _off(self, *, confirmed: bool) -> None:
        self.strip.set_output(False, math.nan, math.nan, 0.0)
        self.strip.set_state(self.tr("outputs off, confirmed at {0}").format(
            time.strftime("%H:%M:%S")) if confirmed else self.tr("outputs off"))

    def _ended(self, ended: Ended) -> None:
        self._after_run = ended.run is not None  # the figure stays until something is chosen
        self.stimulus.set_now(None)
        self.strip.set_progress(0, 0, 0.0)
        if ended.run is None:
            self.strip.set_output(None, math.nan, math.nan, 0.0)
            self.strip.set_state(ended.sentence)
            self.statusBar().showMessage(ended.sentence)
            return
        self._show_result(ended.run)

    def _show_result(self, run: Run) -> None:
        """The figure of merit of a run in the status line; its sentence where it was stopped."""
        parts = [self.tr("run {0} {1}").format(run.id, run.status), run.message]
        if run.protocol.name in KEYS:
            parts.append(sentence_of(run))
        elif run.comparison is not None:
            parts.append(f"nrmse {run.comparison.nrmse:.3g}")
            if run.comparison.chi2_dg is not None:
                parts.append(f"χ² {run.comparison.chi2_dg:.3g}")
        self.statusBar().showMessage(" · ".join(part for part in parts if part))

    def _stop(self) -> None:
        self.session.stop()

    # --- stored runs

    def _draw_runs(self, run_ids: list[str]) -> None:
        known = entries("protocols")
        runs = [run for one in run_ids
                if (run := self.session.store.load(one)).header.protocol in known]
        name = str((runs[0].header.model or {}).get("name", "")) if runs else ""
        self.overlay.set_runs([Another(name=r.run_id, scene=_scene(r)) for r in runs], name)

    def restore(self, run_id: str) -> None:
        """Take over a run's whole set-up: protocol, parameters, profile, model."""
        header = self.session.store.load(run_id).header
        model = header.model or {}
        texts = {name: _text(value) for name, value in header.parameters.items()}
        self.session.choose(
            protocol=header.protocol, texts=texts, preset=header.preset, note=header.note,
            chosen_profile=header.profile, device=header.passport.device,
            model=model.get("name", self.session.model),
            model_texts={k: _text(v) for k, v in model.get("parameters", {}).items()},
        )
        self.protocol.show_choice()
        self.device.show_choice()
        self.statusBar().showMessage(self.tr("set-up of run {0} restored").format(run_id))

    def _report_last(self) -> None:
        runs = self.session.store.runs()
        if runs:
            self._report(runs[-1].run_id)

    def _report(self, run_id: str) -> None:
        run: StoredRun = self.session.store.load(run_id)
        path = Path(self.session.store.path).resolve().parent / f"memrig-{run_id}.html"
        from memrig.hil.report import write  # noqa: PLC0415  # the drawing library takes a second

        write(run, path)
        self.statusBar().showMessage(self.tr("report: {0}").format(path))
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    # --- the end

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  # Qt's name
        """A window that runs asks first; then it stops, switches off and releases everything."""
        if self.session.state in {"running", "stopping"} and not self._may_end():
            event.ignore()
            return
        QSettings().setValue("geometry", self.saveGeometry())
        self.session.close()
        super().closeEvent(event)

    def _may_end(self) -> bool:
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("A run is in progress"),
                          self.tr("Stop the run, switch the outputs off and quit?"), parent=self)
        keep = box.addButton(self.tr("Keep running"), QMessageBox.ButtonRole.RejectRole)
        box.addButton(self.tr("Stop and quit"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(keep)
        box.exec()
        return box.clickedButton() is not keep


def _dress(scheme: theme.Scheme) -> None:
    application = QApplication.instance()
    if isinstance(application, QApplication):
        theme.apply(application, scheme)
        QSettings().setValue("theme", scheme)


def _scene(run: StoredRun) -> Scene:
    """A stored run as its figures need it."""
    texts = {name: _text(value) for name, value in run.header.parameters.items()}
    protocol = load("protocols", run.header.protocol).from_text(texts)
    return scene_of(protocol, dict(run.numbered()), dict(run.numbered("overlay")),
                    simulated=run.header.simulated)


def _last_answer(record: Record) -> tuple[float, float]:
    """Voltage and current of a record's last reading, or of its last point."""
    if record.readings:
        last = record.readings[-1]
        return last.v_dut_v, last.i_a
    places = list(record.blocks())
    if not places:
        return math.nan, math.nan
    trace = record.trace(*places[-1])
    return float(trace.v_dut_v[-1]), float(trace.i_a[-1])


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
