"""What would be sent, found beside the window: one thread, the latest request wins."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from memrig.hil.bench import Bench, ModelBench
from memrig.hil.errors import MemrigError
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol
from memrig.hil.registry import load
from memrig.hil.rehearsal import Rehearsal, Step, rehearsing

FIRST_S = 0.03
"""When what has been found so far is shown; the rest follows."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything that a plan is made from.

    :param texts: parameters of the protocol as typed, only those that differ from the default.
    """

    protocol: str
    texts: Mapping[str, str]
    profile: Profile
    bench: Bench
    model: ModelBench
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What would be sent, or why nothing may be.

    :param problems: sentence by parameter; ``""`` for what concerns the whole.
    :param complete: whether the rehearsal has all its steps.
    """

    request: Request
    protocol: Protocol | None = None
    rehearsal: Rehearsal = field(default_factory=lambda: Rehearsal(steps=()))
    problems: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False

    @property
    def profile(self) -> Profile:
        """What the device allows."""
        return self.request.profile

    @property
    def may_run(self) -> bool:
        """Whether everything is known and nothing stands against it."""
        return self.complete and not self.problems

    @property
    def points(self) -> int:
        """How many points the model gave; a bench gives about as many."""
        return sum(max(c.data.size for c in chunk.channels)
                   for step in self.rehearsal.steps for chunk in step.record.chunks)


class Planner:
    """Plans in a thread of its own.

    :param deliver: called in that thread with every ``Planned``; must be quick.
    """

    def __init__(self, deliver: Callable[[Planned], None]) -> None:
        self._deliver = deliver
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="memrig-planner", daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Plan this next; whatever is under way is dropped."""
        self._requests.put(request)

    def close(self) -> None:
        """End the thread and wait for it."""
        self._requests.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (request := self._latest()) is not None:
            for planned in plans(request):
                if not self._requests.empty():
                    break
                self._deliver(planned)

    def _latest(self) -> Request | None:
        request = self._requests.get()
        while request is not None and not self._requests.empty():
            request = self._requests.get()
        return request


def plans(request: Request) -> Iterator[Planned]:
    """What is found for a request: perhaps a beginning, then everything or the reason against it.

    Yields None-like beginnings often enough that a newer request is heard between two steps.
    """
    planned = Planned(request=request)
    try:
        protocol: Protocol = load("protocols", request.protocol).from_text(request.texts)
    except MemrigError as error:
        yield replace(planned, problems=_placed(request, error), complete=True)
        return
    planned = replace(planned, protocol=protocol)
    steps: list[Step] = []
    shown_s = time.monotonic() + FIRST_S
    try:
        for step in rehearsing(protocol, request.bench, request.model, request.profile,
                               seed=request.seed):
            steps.append(step)
            if time.monotonic() >= shown_s:
                shown_s = time.monotonic() + 10.0 * FIRST_S
                yield replace(planned, rehearsal=Rehearsal(steps=tuple(steps)))
    except MemrigError as error:
        yield replace(planned, rehearsal=Rehearsal(steps=tuple(steps)),
                      problems={"": str(error)}, complete=True)
        return
    yield replace(planned, rehearsal=Rehearsal(steps=tuple(steps)), complete=True)


def _placed(request: Request, error: MemrigError) -> dict[str, str]:
    """The sentence beneath the field that it names, else beneath the whole form."""
    cls: Any = load("protocols", request.protocol)
    found: dict[str, str] = {}
    for name, text in request.texts.items():
        try:
            cls.from_text({name: text})
        except MemrigError as own:
            found[name] = str(own).removeprefix(f"{request.protocol}, {name}: ")
    return found or {"": str(error)}
