"""The daily two touch the device: on a real one, what they do is shown and confirmed."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memrig.gui.planner import Planned, plans
from memrig.hil.plan import combined_sha256
from memrig.hil.registry import load

if TYPE_CHECKING:
    from memrig.gui.session import Session


class Touching(QObject):
    """Runs a protocol as it is by default, whatever the form holds.

    On a real device its plan is made and shown first, with its worst cases, and somebody confirms
    it; the same plan on the same device, with the same limits, is not asked for again.

    :ivar pending: the plan that waits for that.
    """

    asked = Signal(object)
    """A ``Planned`` that is to be confirmed; None when nobody is asked any more."""
    begins = Signal(str, object)
    """The protocol that is run now, and its plan; None for the latter where nothing is real."""
    refused = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.pending: Planned | None = None
        self._confirmed: set[Hashable] = set()
        session.choices_changed.connect(self.drop)
        session.state_changed.connect(self.drop)
        session.bench_opened.connect(self.drop)

    def touch(self, name: str) -> None:
        """Run this protocol, or ask whether it may; nothing happens while nothing may be run."""
        if not self.session.may_touch:
            return
        if not self.session.is_real:
            self.begins.emit(name, None)
            self.session.run_beside(self.session.ordered(load("protocols", name)(), None, ""))
            return
        *_, planned = plans(self.session.request(name, {}), sketch=False)
        if not planned.may_run:
            self.refused.emit(next(iter(planned.problems.values()), ""))
        elif self._key(planned) in self._confirmed:
            self._run(planned)
        else:
            self.pending = planned
            self.asked.emit(planned)

    def confirm(self) -> None:
        """What is shown may be put on the device that is named: run it."""
        planned, session = self.pending, self.session
        if planned is not None and session.may_touch:
            self._confirmed.add(self._key(planned))
            self.drop()
            self._run(planned)

    def drop(self, *_: object) -> None:
        """Something else was chosen, or runs."""
        if self.pending is not None:
            self.pending = None
            self.asked.emit(None)

    def _key(self, planned: Planned) -> Hashable:
        """What is confirmed: this device with these limits gets these plans."""
        return self.session.limits, combined_sha256(s.plan for s in planned.rehearsal.steps)

    def _run(self, planned: Planned) -> None:
        """What is sent must be what was shown: the bench's thread plans it once more."""
        assert planned.protocol is not None
        order = self.session.ordered(planned.protocol, planned.request.seed, "")
        self.begins.emit(planned.request.protocol, planned)
        self.session.run_beside(order._replace(
            expected=tuple(step.plan for step in planned.rehearsal.steps)))
