"""Runs that wait for their turn: each is a frozen copy of a set-up with the plan drawn for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memrig.gui.planner import Planned
from memrig.gui.running import Ended, Order
from memrig.gui.sentences import translated

if TYPE_CHECKING:
    from memrig.gui.session import Session


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One run that waits.

    :param order: what will be asked for; the passport is taken when it starts.
    :param planned: the plan that was drawn; what is sent must be the same.
    :param bench: the bench that it was queued for, as ``Session.bench_name`` called it.
    """

    order: Order
    planned: Planned
    bench: str

    @property
    def title(self) -> str:
        """The protocol, as people call it."""
        return translated(self.order.protocol.title)


class RunQueue(QObject):
    """What is run next, in its order; each starts when the one before it has finished.

    Whatever does not finish halts it: a stopped or failed run, a plan that is refused, STOP.

    :ivar halted: why it does not go on by itself; empty when it would.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.runs: list[Waiting] = []
        self.halted = ""
        self._running: Waiting | None = None
        session.rested.connect(self._ended)
        session.stop_asked.connect(self._stopped)

    # --- what waits

    def add(self) -> None:
        """Queue the present set-up; nothing happens where it may not be run."""
        waiting = self.session.frozen()
        if waiting is not None:
            self.runs.append(waiting)
            self.changed.emit()

    def remove(self, place: int) -> None:
        """Drop a run that waits."""
        if 0 <= place < len(self.runs):
            del self.runs[place]
            self._tidy()
            self.changed.emit()

    def move(self, place: int, by: int) -> int:
        """Let a run wait longer or shorter; returns its new place."""
        to = min(max(place + by, 0), len(self.runs) - 1)
        if 0 <= place < len(self.runs) and to != place:
            self.runs.insert(to, self.runs.pop(place))
            self.changed.emit()
            return to
        return place

    # --- how it goes on

    @property
    def may_go(self) -> bool:
        """Whether the first would be started by ``go``."""
        return bool(self.runs) and self.session.state == "idle"

    def go(self) -> None:
        """Start the first, and go on by itself from then on."""
        if self.may_go:
            self.halted = ""
            self._start()

    def _start(self) -> None:
        first = self.runs.pop(0)
        refusal = self.session.start_waiting(first)
        if refusal:
            self._halt(refusal, first)
            return
        self._running = first
        self.changed.emit()

    def _ended(self, ended: Ended) -> None:
        """A run is over; the next one's turn has come, or the queue halts."""
        mine, self._running = self._running, None
        if ended.run is None:
            self._halt(ended.sentence, mine)
        elif ended.run.status != "finished":
            self._halt(self.tr("run {0} was stopped").format(ended.run.id))
        elif self.runs and not self.halted and not self.session.touched:
            self._start()

    def _stopped(self) -> None:
        self._halt(self.tr("STOP"))

    def _halt(self, why: str, again: Waiting | None = None) -> None:
        """Go on only when somebody says so; what could not be run is first again."""
        if again is not None:
            self.runs.insert(0, again)
        if self.runs:
            self.halted = self.halted or why
            self.changed.emit()

    def _tidy(self) -> None:
        if not self.runs:
            self.halted = ""


def with_passport(waiting: Waiting, session: Session) -> Order:
    """The order with what the device has been through by now."""
    own = waiting.order.passport
    known = session.passports.of(own.device)
    return waiting.order._replace(passport=replace(
        known, wafer=own.wafer, die=own.die, cell=own.cell, formed_at=own.formed_at,
        temperature_k=own.temperature_k))
