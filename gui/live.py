"""A run while it goes on: what the strip, the figure and the status line say of it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from memrig.gui.pace import Pace, limit_a_of
from memrig.gui.panels.daily import KEYS, sentence_of
from memrig.gui.planner import Planned
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.stimulus import StimulusView
from memrig.gui.running import Ended
from memrig.gui.sentences import percent, said, translated
from memrig.gui.session import BUSY, Session
from memrig.gui.strip import Strip
from memrig.hil.bench import BenchInfo, SafeState
from memrig.hil.clock import SystemClock
from memrig.hil.events import (
    ChunkArrived,
    GuardTripped,
    RecordFinished,
    RunFinished,
    RunStarted,
    StimulusStarted,
)
from memrig.hil.plan import Plan
from memrig.hil.registry import load

if TYPE_CHECKING:
    from memrig.hil.run import Run


class Live(QObject):
    """Shows the session's plan and runs on the parts of a window that it is given.

    A run with the form's plan is followed on the stimulus, too; one of the daily two is not, since
    what stands there is something else.
    """

    said = Signal(str)
    """A sentence for the status line."""
    drawn = Signal(list)
    """The stored runs that the figure shows now: none while it shows a plan or a run goes on."""
    measured = Signal(list)
    """The run that has just ended, which the figure shows."""

    def __init__(
        self, session: Session, strip: Strip, overlay: OverlayView, stimulus: StimulusView,
    ) -> None:
        super().__init__(strip)
        self.session, self.strip = session, strip
        self.overlay, self.stimulus = overlay, stimulus
        self._pace = Pace()
        self._info: BenchInfo | None = None
        self._limit_a = math.nan
        self._after_run = self._touching = self._held = False
        session.previewed.connect(self._planned)
        session.choices_changed.connect(self._let_go)
        session.run_began.connect(self._run_begins)
        session.batch.connect(self._batch)
        session.bench_opened.connect(self._bench_opened)
        session.state_changed.connect(self._state)
        session.run_ended.connect(self._ended)
        session.insisted.connect(self._outputs)
        session.touching.begins.connect(self._touch_begins)
        session.touching.asked.connect(self._touch_asked)
        session.touching.refused.connect(self._touch_refused)
        self._state(session.state)

    def _touch_begins(self, name: str, planned: Planned | None) -> None:
        """One of the daily two runs on the bench that is open; the form stays as it is."""
        self._touching = True
        if planned is not None:
            self.stimulus.set_plan(planned.rehearsal, planned.profile)
        self.overlay.set_prediction(load("protocols", name)(), (), self.session.model,
                                    simulated=self.session.simulated)
        self.drawn.emit([])

    def _touch_asked(self, planned: Planned | None) -> None:
        """What one of the daily two would do to a real device is drawn before it is confirmed."""
        shown = planned or self.session.plan
        if shown is not None and self.session.state == "idle":
            self.stimulus.set_plan(shown.rehearsal, shown.profile)

    def _touch_refused(self, sentence: str) -> None:
        self.said.emit(f"✕ {said(sentence)}")

    def hold(self, *_: object) -> None:
        """The figure stays, whatever is planned, until the next choice."""
        self._held = True

    def _let_go(self) -> None:
        self._held = False

    def _run_begins(self, planned: Planned) -> None:
        """What is sent is drawn with its limits before anything is energised."""
        self.stimulus.set_plan(planned.rehearsal, planned.profile)
        self._predict(planned)

    def _predict(self, planned: Planned) -> None:
        assert planned.protocol is not None
        self.overlay.set_prediction(
            planned.protocol, [step.record for step in planned.rehearsal.steps],
            planned.request.model.model.name, simulated=self.session.simulated,
            profile=planned.profile, dead_zone_v=planned.request.model.model.dead_zone_v)
        self.drawn.emit([])

    def _planned(self, planned: Planned) -> None:
        if self.session.state in BUSY and not self._touching:
            return  # the run keeps its own picture
        self.stimulus.set_plan(planned.rehearsal, planned.profile)
        if self.session.state == "idle" and planned.complete and planned.protocol:
            if planned.may_run and not self._after_run and not self._held:
                self._predict(planned)
            self._after_run = False

    def _bench_opened(self, _: object) -> None:
        if self.session.bench is None:
            self.strip.set_no_bench()
        else:
            self.strip.set_simulated(self.session.simulated)
        self.stimulus.set_simulated(self.session.simulated)
        self._state(self.session.state)

    def _state(self, state: str) -> None:
        words = {"opening": self.tr("connecting …"), "running": self.tr("running"),
                 "idle": "" if self.strip.state == self.tr("connecting …") else self.strip.state,
                 "stopping": self.tr("stopping … 0 V, outputs off")}
        self.strip.set_state(words[state])
        if state == "idle":
            self._touching = False

    def _batch(self, events: list[Any]) -> None:
        self.overlay.take(events)
        answered = False
        for event in events:
            if isinstance(event, RunStarted):
                self._began(event)
            elif isinstance(event, StimulusStarted):
                self._pace.start(event.plan)
                self._limit_a = self._limit_of(event.plan)
            elif isinstance(event, ChunkArrived):
                self._pace.arrive(event.chunk)
                answered = True
            elif isinstance(event, RecordFinished) and event.source == "bench":
                self._pace.finish()
                answered = True
            elif isinstance(event, GuardTripped):
                self.said.emit(f"▲ {said(str(event.alert))}")
            elif isinstance(event, RunFinished):
                self._off(confirmed=event.safe.verified)
                answered = False  # off is the last word
        if answered:
            self.strip.set_output(True, *self.overlay.scene.latest_answer, 0.0, self._limit_a)
        self._progress()

    def _limit_of(self, plan: Plan) -> float:
        bench = self.session.bench
        return math.nan if self._info is None else limit_a_of(
            plan, self._info, bench.capabilities if bench else None)

    def _began(self, event: RunStarted) -> None:
        bench = self.session.bench
        self._info = event.info
        self._pace = Pace(
            stimuli=event.stimuli, duration_s=event.duration_s, now_s=time.monotonic(),
            real_time=bench is not None and isinstance(bench.clock, SystemClock))
        self.strip.set_progress(0, 0, 0.0)
        self.strip.set_output(True, math.nan, math.nan, 0.0)
        self.said.emit(self.tr("writing run {0} to {1}").format(
            event.run, self.session.store.path))

    def _progress(self) -> None:
        if self.session.state not in BUSY or not self._pace.total:
            return
        pace = self._pace
        if not self._touching:  # what is planned is something else then
            self.stimulus.set_now(pace.elapsed_s)
        self.strip.set_progress(pace.done, pace.total, pace.left_s(time.monotonic()), pace.share)

    def _outputs(self, safe: SafeState) -> None:
        """What is known after an error, or after a STOP that the bench had not heard."""
        if safe.off:
            self._off(confirmed=safe.verified)
            return
        self.strip.set_output(None, math.nan, math.nan, 0.0)
        self.strip.set_state(self.tr("OUTPUTS MAY STILL BE ON: use the instruments' keys"))

    def _off(self, *, confirmed: bool) -> None:
        self.strip.set_output(False, math.nan, math.nan, 0.0)
        self.strip.set_state(self.tr("outputs off, confirmed at {0}").format(
            time.strftime("%H:%M:%S")) if confirmed else self.tr("outputs off"))

    def _ended(self, ended: Ended) -> None:
        self._after_run = ended.run is not None  # the figure stays until something is chosen
        self._pace = Pace()  # a check that follows is no part of it
        self.stimulus.set_now(None)
        self.strip.set_progress(0, 0, 0.0)
        if ended.run is None:
            if ended.safe is not None:  # else nothing was switched on
                self._outputs(ended.safe)
            self.said.emit(f"✕ {said(ended.sentence)}")
            return
        self.overlay.settle()
        self.drawn.emit([ended.run.id])
        self.measured.emit([ended.run.id])
        self._show_result(ended.run)

    def _show_result(self, run: Run) -> None:
        """The figure of merit of a run in the status line; its sentence where it was stopped."""
        parts = [self.tr("run {0} {1}").format(run.id, translated(run.status)), said(run.message)]
        if run.protocol.name in KEYS:
            parts.append(sentence_of(run))
        elif run.comparison is not None:
            parts.append(f"nrmse {percent(run.comparison.nrmse)}")
            if run.comparison.chi2_dg is not None:
                parts.append(f"χ² {run.comparison.chi2_dg:.3g}")
        self.said.emit(" · ".join(part for part in parts if part))
