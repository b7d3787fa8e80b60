"""Step 4: what the device may get, how much of it is used, and the button that runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from memrig.gui import theme
from memrig.gui.planner import Planned
from memrig.gui.sentences import said, translated
from memrig.gui.session import BUSY, Session
from memrig.gui.widgets.bar import Bar
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.limits import read_reach_v
from memrig.hil.profile import Profile
from memrig.hil.rehearsal import Rehearsal
from memrig.hil.units import grouped, shown

CLOSE = 1e-3
"""What is rounded up by less than this is not exceeded; what refuses is ``memrig.hil.limits``."""


class Use(NamedTuple):
    """How much of one limit a plan uses."""

    name: str
    used: float
    allowed: float
    unit: str

    @property
    def exceeded(self) -> bool:
        """Whether it is too much."""
        return abs(self.used) > abs(self.allowed) * (1 + CLOSE)

    @property
    def fraction(self) -> float:
        """Part of what is allowed."""
        return abs(self.used / self.allowed)

    def __str__(self) -> str:
        used, allowed = (shown(v, self.unit) if self.unit else grouped(v)
                         for v in (self.used, self.allowed))
        words = QCoreApplication.translate("limits", "{0} of {1}").format(used, allowed)
        return f"{'✕' if self.exceeded else '✓'} {words}"


def uses(rehearsal: Rehearsal, profile: Profile) -> Iterator[Use]:
    """Every limit with the most that a plan asks of it, worst cases."""
    worst, tr = [step.worst for step in rehearsal.steps], QCoreApplication.translate
    plans = [step.plan for step in rehearsal.steps]
    yield Use(tr("limits", "highest voltage"), max((w.v_high_v for w in worst), default=0.0),
              profile.v_max_v, "V")
    yield Use(tr("limits", "lowest voltage"), min((w.v_low_v for w in worst), default=0.0),
              profile.v_min_v, "V")
    yield Use(tr("limits", "current"), max((w.i_high_a if profile.i_min_a else w.i_a
                                            for w in worst), default=0.0), profile.i_max_a, "A")
    if profile.i_min_a:
        yield Use(tr("limits", "lowest current"), min((w.i_low_a for w in worst), default=0.0),
                  profile.i_min_a, "A")
    yield Use(tr("limits", "read voltage"), max(map(read_reach_v, plans), default=0.0),
              profile.read_limit_v, "V")
    yield Use(tr("limits", "energy"), max((w.total_j for w in worst), default=0.0),
              profile.energy_max_j, "J")
    yield Use(tr("limits", "charge"), max((w.total_c for w in worst), default=0.0),
              profile.charge_max_c, "C")
    if profile.slew_max_v_per_s:
        yield Use(tr("limits", "slew"), max((w.slew_v_per_s for w in worst), default=0.0),
                  profile.slew_max_v_per_s, "V/s")
    if profile.energy_run_max_j:
        yield Use(tr("limits", "energy of the run"), rehearsal.energy_j, profile.energy_run_max_j,
                  "J")
    yield Use(tr("limits", "program pulses"), rehearsal.pulses, profile.pulses_max, "")


class LimitsCard(Card):
    """The limits, and Run.

    :ivar why: the sentence why Run is disabled; empty when it is not.
    :ivar obstacle: the same, whether something runs or not: why the set-up cannot be queued.
    """

    why_changed = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(4, "", parent)
        self.session, self.why, self.obstacle = session, "", ""
        self.set_title(self.tr("Limits"))
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(theme.SPACE)
        self._rows.setVerticalSpacing(2)
        self.body.addLayout(self._rows)
        self.ask, self.confirm = WrappedLabel("caution"), QPushButton()
        self.confirm.setObjectName("touch")
        self.confirm.setText(self.tr("These limits hold"))
        self.confirm.clicked.connect(self._confirmed)
        for part in (self.ask, self.confirm):
            self.body.addWidget(part)
        self.run = QPushButton()
        self.run.setObjectName("run")
        self.run.setAccessibleName(self.tr("Run"))
        self.run.clicked.connect(self.press)
        self.labels: list[tuple[ElidedLabel, QLabel, Bar]] = []
        session.planned.connect(self._planned)
        session.touching.asked.connect(self._touch_asked)
        session.choices_changed.connect(self.refresh)
        session.state_changed.connect(self.refresh)
        session.queue.changed.connect(self.refresh)
        session.bench_opened.connect(self.refresh)
        self.refresh()

    def press(self) -> None:
        """Run, or queue what was prepared while a run goes on."""
        if self.session.state in BUSY:
            self.session.queue.add()
        else:
            self.session.start()

    def _running(self) -> str:
        """What the button says while a run goes on: what comes after it."""
        waiting = self.session.queue
        if not waiting.runs:
            return self.tr("Running …")
        if waiting.halted:
            return self.tr("Running … · queue halted")
        return self.tr("Running … · next: {0}").format(waiting.runs[0].order.protocol.name)

    def _confirmed(self) -> None:
        if self.session.touching.pending is not None:
            self.session.touching.confirm()
        else:
            self.session.confirm_limits()

    def _touch_asked(self, planned: Planned | None) -> None:
        """What a read or a pulse takes of the limits, until it runs or something else is done."""
        shown = planned or self.session.plan
        if shown is not None:
            self._planned(shown)
        else:
            self.refresh()
        if planned is not None:
            self.confirm.setFocus()

    def _planned(self, planned: Planned) -> None:
        found = list(uses(planned.rehearsal, planned.profile))
        for row, use in enumerate(found):
            name, value, bar = self._row(row)
            if name.text() != use.name:  # cutting it anew takes time
                name.setText(use.name)
            # Of a plan that is refused only the beginning is known.
            known = use.exceeded or not planned.problems
            value.setText(str(use) if known else "–")
            bar.show_use(use.fraction if known else 0.0, exceeded=use.exceeded)
            theme.restyle(value, "bad" if use.exceeded else "muted")
        over = sum(use.exceeded for use in found)
        if over:
            self.set_state("bad", self.tr("%n exceeded", "", over))
        elif planned.problems:
            self.set_state("bad", self.tr("refused"))
        else:
            self.set_state("good", self.tr("within all"))
        self.set_summary(str(found[0])[2:])  # the card has a mark of its own
        self.refresh()

    def _row(self, row: int) -> tuple[ElidedLabel, QLabel, Bar]:
        while len(self.labels) <= row:
            parts = ElidedLabel(), QLabel(), Bar()
            for column, part in enumerate(parts):
                self._rows.addWidget(part, len(self.labels), column)
            self._rows.setColumnStretch(0, 1)
            self.labels.append(parts)
        return self.labels[row]

    def refresh(self, *_: object) -> None:
        """Say on the button what would be run or queued, or why nothing would."""
        self._ask_for_confirmation()
        before = self.why, self.obstacle
        self.obstacle, text = self._obstacle()
        session, why = self.session, self.obstacle
        if session.locked:
            text, why = self._running(), self.tr("a run is in progress")
        elif not why and session.plan is not None:
            plan = session.plan
            points, duration = grouped(plan.points), shown(plan.rehearsal.duration_s, "s")
            text = (self.tr("Queue · {0} points · {1}") if session.state in BUSY else
                    self.tr("Run · {0} points · {1}")).format(points, duration)
        self.run.setEnabled(not why)
        self.run.setText(text)
        self.run.setToolTip(why)
        self.run.setAccessibleDescription(why)
        self.why = why
        if (why, self.obstacle) != before:
            self.why_changed.emit(why)

    def _obstacle(self) -> tuple[str, str]:
        """Why the set-up could not be run even if nothing else did, and the button's text then."""
        plan, session = self.session.plan, self.session
        refused = session.problem or (next(iter(plan.problems.values()), "") if plan else "")
        if session.state == "opening":
            return self.tr("the bench is being connected"), self.tr("Run")
        if refused:
            return said(refused), self.tr("Run · refused")
        if session.bench is None:
            return self.tr("no bench is connected"), self.tr("Run")
        if session.must_confirm:
            return (self.tr("confirm in the limits' card that they are those of {0}").format(
                session.device), self.tr("Run · limits not confirmed"))
        if plan is None or not plan.complete:
            return self.tr("the plan is being made"), self.tr("Run")
        return "", self.tr("Run")

    def _ask_for_confirmation(self) -> None:
        """A real device or limits that are new here: one click says that they belong together."""
        pending = self.session.touching.pending
        asked = self.session.must_confirm and not self.session.locked
        if pending is not None:
            self.ask.setText(self._question(pending))
            self.confirm.setText(self.tr("{0} now").format(_title(pending)))
        elif asked:
            profile = self.session.profile
            self.ask.setText(self.tr("▲ {0} is a real device. Are these its limits: {1} to {2}, "
                                     "{3}, with {4} or more (profile {5})?").format(
                self.session.device, shown(profile.v_min_v, "V"), shown(profile.v_max_v, "V"),
                shown(profile.i_max_a, "A"), shown(profile.r_min_ohm, "ohm"), profile.name))
            self.confirm.setText(self.tr("These limits hold"))
        else:
            self.ask.setText("")
        self.set_asks(asked or pending is not None)
        self.confirm.setVisible(asked or pending is not None)

    def _question(self, planned: Planned) -> str:
        """What one of the daily two does to a real device, in its worst case, and what may be."""
        worst, profile = [step.worst for step in planned.rehearsal.steps], planned.profile
        return self.tr("▲ {0} on {1}: {2} to {3} at the device and {4} at most, with {5} or "
                       "more; the profile {6} allows {7} to {8} and {9}. Its plan is drawn below. "
                       "Go on?").format(
            _title(planned), self.session.device,
            shown(min(one.v_low_v for one in worst), "V"),
            shown(max(one.v_high_v for one in worst), "V"),
            shown(max(one.i_a for one in worst), "A"), shown(profile.r_min_ohm, "ohm"),
            profile.name,
            shown(profile.v_min_v, "V"), shown(profile.v_max_v, "V"), shown(profile.i_max_a, "A"))


def _title(planned: Planned) -> str:
    assert planned.protocol is not None
    return translated(planned.protocol.title)
