"""What a run is watched for, and what is to happen when it is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from memrig.hil.clock import Clock
from memrig.hil.parameters import Parameters, parameter
from memrig.hil.sentence import Sentence

CONTINUE: Final = "continue"
STOP: Final = "stop"
ASK: Final = "ask"
POLICIES = (CONTINUE, STOP, ASK)
ANSWER_S = 120.0
"""How long a run waits for an answer, with 0 V at the device."""
WAIT_S = 0.1
"""How often it is looked meanwhile whether somebody has stopped the run."""


def _guard(policy: str, text: str) -> Any:
    return parameter(policy, unit="", choices=POLICIES, help=text)


@dataclass(frozen=True, kw_only=True)
class Guards(Parameters):
    """What happens when a guard sees something: the run goes on, with the points flagged; it is
    stopped at once; or somebody is asked when the stimulus has ended.

    A lost trigger and a lost link are no matter of choice: they end the run.
    """

    name: ClassVar[str] = "guards"

    compliance: str = _guard(CONTINUE, "the current limit of the hardware was reached")
    clipped: str = _guard(CONTINUE, "an oscilloscope's input was beyond its range")
    overrange: str = _guard(CONTINUE, "a current or a voltage was beyond its measuring range")
    limit: str = _guard(STOP, "voltage at the device beyond what the plan can put there, or "
                        "current beyond the profile's limit")
    conductance: str = _guard(STOP, "conductance outside the profile's range of resistance: the "
                              "contact is open, the device shorted, or it is another one")
    drift: str = _guard(CONTINUE, "readings that no program block lies between have changed")

    def policy(self, guard: str) -> str:
        """What is to happen when this guard sees something."""
        return str(getattr(self, guard))


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What a guard saw in a run, where it saw it first, and how often.

    :param seen: what was seen and what is allowed.
    :param index: number of the stimulus, ``repeat`` and ``block`` in it.
    :param t_s: from the block's start.
    :param points: how many were flagged for it so far.
    :param answer: of who was asked; empty where nobody was.
    """

    guard: str
    seen: Sentence
    index: int
    repeat: int
    block: int
    t_s: float
    points: int
    answer: str = ""

    @property
    def where(self) -> Sentence:
        """The first place."""
        return Sentence(WHERE, ((self.index, "1"), (self.repeat, "1"), (self.t_s, "s")))

    def __str__(self) -> str:
        return f"guard {self.guard}: {self.seen} ({self.where})"

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        return {"guard": self.guard, "seen": self.seen.template,
                "values": [list(one) for one in self.seen.values], "index": self.index,
                "repeat": self.repeat, "block": self.block, "t_s": self.t_s,
                "points": self.points, "answer": self.answer}

    @classmethod
    def from_json(cls, data: Any) -> Alert:
        """Read what ``to_json`` wrote."""
        values = tuple((float(number), str(unit)) for number, unit in data["values"])
        numbers = {name: int(data[name]) for name in ("index", "repeat", "block", "points")}
        return cls(guard=str(data["guard"]), seen=Sentence(str(data["seen"]), values),
                   t_s=float(data["t_s"]), answer=str(data["answer"]), **numbers)


def alerts_json(
    alerts: Sequence[Alert], policies: Mapping[str, str]
) -> list[dict[str, Any]]:
    """What the guards have seen, with what was to happen then."""
    return [{"guard": one.guard, "policy": policies.get(one.guard, ""), "text": str(one),
             "stimulus": one.index, "repeat": one.repeat, "block": one.block, "t_s": one.t_s,
             "points": one.points, "answer": one.answer} for one in alerts]


WHERE = "stimulus {0}, repeat {1}, {2} after its start"
COMPLIANCE = "the current limit was reached, with {0} and {1} at the device"
CLIPPED = "an input was beyond its range, with {0} and {1} read for the device"
OVERRANGE = "a measurement was beyond its range, with {0} and {1} read for the device"
VOLTAGE_HIGH = "{0} at the device; the plan can put {1} there at most"
VOLTAGE_LOW = "{0} at the device; the plan can put {1} there at least"
CURRENT_HIGH = "{0} through the device; the profile allows {1} at most"
CURRENT_LOW = "{0} through the device; the profile allows {1} at least"
CONDUCTANCE = "a conductance of {0} at {1}; the profile has {2} to {3}"
READ = "a conductance of {0} ± {1} was read at {2}; the profile has {3} to {4}"
DRIFT = "a conductance of {0} ± {1} was read, {2} ± {3} before, with no program in between"
TEMPLATES = (WHERE, COMPLIANCE, CLIPPED, OVERRANGE, VOLTAGE_HIGH, VOLTAGE_LOW, CURRENT_HIGH,
             CURRENT_LOW, CONDUCTANCE, READ, DRIFT)
"""Everything that alerts say."""


class Question:
    """Whether a run shall go on after an alert.

    Whoever is asked gives an answer, from any thread, or none: then the run is stopped when the
    time is over.

    :param is_stopped: whether somebody has stopped the run.
    :param lives: called while it waits, for whoever watches over the run.
    :param clock: of the time that people have.
    """

    def __init__(
        self, alert: Alert, is_stopped: Callable[[], bool], lives: Callable[[], object],
        clock: Clock,
    ) -> None:
        self.alert = alert
        self._is_stopped, self._lives, self._clock = is_stopped, lives, clock
        self._answered, self._may_go_on = threading.Event(), False
        self._until_s = clock.now_s + ANSWER_S

    def answer(self, *, go_on: bool) -> None:
        """Let the run go on, or stop it; only the first answer counts."""
        if not self._answered.is_set():
            self._may_go_on = go_on
            self._answered.set()

    def waits(self) -> bool:
        """Wait a little, in the run's thread; whether an answer is still wanted."""
        self._lives()
        return not (self._clock.sleep(WAIT_S, self._answered) or self._is_stopped()
                    or self._clock.now_s >= self._until_s)

    @property
    def is_answered(self) -> bool:
        """Whether somebody has given an answer."""
        return self._answered.is_set()

    @property
    def may_go_on(self) -> bool:
        """Whether somebody has said so."""
        return self._may_go_on


Ask = Callable[[Question], object]
"""Puts a question to somebody; called in the run's thread, which then waits for the answer."""
