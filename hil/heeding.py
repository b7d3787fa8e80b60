"""What a run does about what its guards have seen: go on, stop at once, or ask somebody."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Final

from memrig.hil.bench import Bench
from memrig.hil.clock import SystemClock
from memrig.hil.errors import LinkError, StoppedError, TriggerError
from memrig.hil.guards import ANSWER_S, ASK, STOP, Alert, Ask, Guards, Question
from memrig.hil.plan import Plan
from memrig.hil.status import Status

ON_REQUEST: Final = "stopped on request; the outputs are off, the data are kept"
GO_ON: Final = "go on"
WAITING = frozenset({"limit", "conductance"})
"""Guards that let a stimulus end which only reads: it does no harm, and says what is in place."""


class Heeding:
    """Carries out the policies of one run.

    :param ask: puts a question to somebody; None where nobody is there.
    :param stop: set by whoever stops the run.
    """

    def __init__(
        self, guards: Guards, ask: Ask | None, bench: Bench, stop: threading.Event
    ) -> None:
        self.guards, self._ask, self._bench, self._stop = guards, ask, bench, stop
        self._pending: list[Alert] = []

    def heed(self, alerts: Sequence[Alert], plan: Plan) -> None:
        """Act on what was seen for the first time, or keep it until the stimulus has ended.

        :raises StoppedError: when a guard stops the run at once.
        """
        only_reads = all(block.kind == "read" for block in plan.blocks)
        for alert in alerts:
            policy = self.guards.policy(alert.guard)
            if policy == STOP and not (only_reads and alert.guard in WAITING):
                raise _by_guard(alert)
            self._pending += [alert] if policy in {ASK, STOP} else []

    def decide(self) -> Iterable[tuple[str, str]]:
        """Between two stimuli, with 0 V at the device: guards that somebody was asked about, and
        the answers.

        :raises StoppedError: when the run shall not go on, or nobody says that it shall.
        """
        while self._pending:
            alert = self._pending.pop(0)
            if self.guards.policy(alert.guard) == STOP:
                raise _by_guard(alert)
            answer = self._answer(alert)
            yield alert.guard, answer
            if answer != GO_ON:
                raise _by_guard(alert, answer)

    def _answer(self, alert: Alert) -> str:
        if self._ask is None:
            return "nobody was there to be asked"
        # People's time passes, whatever the bench's clock does.
        lives = getattr(self._bench, "progressed", _nobody_watches)
        question = Question(alert, self._stop.is_set, lives, SystemClock())
        self._ask(question)
        while question.waits():
            pass
        if self._stop.is_set():
            raise StoppedError(ON_REQUEST)
        if question.may_go_on:
            return GO_ON
        said = f"nobody answered within {ANSWER_S:g} s"
        return "the answer was to stop" if question.is_answered else said


def _by_guard(alert: Alert, answer: str = "") -> StoppedError:
    """What ends a run.

    :param answer: of who was asked, or why there is none.
    """
    said = f", {answer}" if answer else ""
    return StoppedError(f"{alert}{said}; the outputs are off, the data are kept", alert.guard)


def lost(error: BaseException | None) -> Status:
    """What an error means for the record that it ends."""
    if isinstance(error, TriggerError):
        return Status.TRIGGER_LOST
    return Status.LINK_LOST if isinstance(error, LinkError) else Status.OK


def _nobody_watches() -> None:
    """A bench that nobody watches over may wait as long as it likes."""
