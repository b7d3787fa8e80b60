"""What would be sent, found beside the window: one thread, the latest request wins."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from memrig.hil.bench import Bench, ModelBench
from memrig.hil.errors import MemrigError
from memrig.hil.placing import placed
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol
from memrig.hil.registry import load
from memrig.hil.rehearsal import Pause, Rehearsal, Step, rehearsing, sketching

if TYPE_CHECKING:  # the planner's thread says them
    from memrig.hil.advice import Advice
    from memrig.hil.realised import Notes

SKETCH_S = 0.012
"""How long is prepared for the first picture; what takes longer follows."""
PAINT_S = 0.04
"""Left to the window to draw the first picture, before the model is asked."""
PART_S = 0.3
"""Between two pictures of a rehearsal that takes long."""
STARVED_S = 0.05
"""Without a finished rehearsal for so long, one that is under way is not dropped for a newer
model."""
LONGEST_S = 1.0
"""A rehearsal that takes longer is dropped in any case."""

Clock = Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything that a plan is made from.

    :param texts: parameters of the protocol as typed, only those that differ from the default.
    :param number: higher than that of every earlier request.
    :param present_ohm: resistance of the device now; None leaves it to the model.
    """

    protocol: str
    texts: Mapping[str, str]
    profile: Profile
    bench: Bench
    model: ModelBench
    seed: int = 0
    number: int = 0
    present_ohm: float | None = None

    def same_stimulus(self, other: Request | None) -> bool:
        """Whether the other asks for the same plans, perhaps answered by another model."""
        return other is not None and other.bench is self.bench and (
            (self.protocol, dict(self.texts), self.profile, self.seed)
            == (other.protocol, dict(other.texts), other.profile, other.seed))


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What would be sent, or why nothing may be.

    :param problems: sentence by parameter; ``""`` for what concerns the whole.
    :param complete: whether there is nothing to come.
    :param answered: whether the model has answered; a sketch has plans only.
    :param refused: what the device must not get or the bench cannot do; None if there is none.
    :param notes: what the bench will really do, by parameter.
    :param advice: what is allowed and yet cannot be meant.
    """

    request: Request
    protocol: Protocol | None = None
    rehearsal: Rehearsal = field(default_factory=lambda: Rehearsal(steps=()))
    problems: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False
    answered: bool = True
    refused: MemrigError | None = None
    notes: Notes = field(default_factory=dict)
    advice: tuple[Advice, ...] = ()

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
        return sum(step.record.points for step in self.rehearsal.steps)


class Mailbox:
    """Holds the latest request; an older one that nobody has taken is gone."""

    def __init__(self) -> None:
        self._latest: Request | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, request: Request) -> None:
        """Leave a request in place of the one before."""
        with self._changed:
            self._latest = request
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing will come any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing will come any more."""
        return self._closed

    @property
    def newer(self) -> Request | None:
        """The request that waits, if any; it stays."""
        return self._latest

    def wait(self, timeout_s: float) -> None:
        """Wait until a request is there, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._latest is not None, timeout_s)

    def take(self) -> Request | None:
        """Wait for a request and take it; None when nothing will come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._latest is not None)
            found, self._latest = self._latest, None
            return None if self._closed else found


class Pace:
    """Whether a rehearsal goes on when there is a newer request.

    It is dropped at once, but for one case: while requests come faster than rehearsals end, as
    when a model's parameter is dragged, every ``STARVED_S`` one is let to its end and shown.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._finished_s, self._begun_s = -math.inf, 0.0

    def begun(self) -> None:
        """A rehearsal begins."""
        self._begun_s = self._clock()

    def finished(self) -> None:
        """A rehearsal has been shown to its end."""
        self._finished_s = self._clock()

    def goes_on(self, running: Request, newer: Request | None) -> bool:
        """Whether what runs is not dropped now."""
        if newer is None:
            return True
        now_s = self._clock()
        return (running.same_stimulus(newer) and now_s - self._finished_s >= STARVED_S
                and now_s - self._begun_s < LONGEST_S)


class Planner:
    """Plans in a thread of its own.

    :param deliver: called in that thread with every ``Planned``; must be quick.
    """

    def __init__(self, deliver: Callable[[Planned], None]) -> None:
        self._deliver = deliver
        self._mail = Mailbox()
        self._pace = Pace()
        self._sketched: Request | None = None
        self._thread = threading.Thread(target=self._work, name="memrig-planner", daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Plan this next; what is under way is dropped (see ``Pace``)."""
        self._mail.put(request)

    def close(self) -> None:
        """End the thread and wait for it."""
        self._mail.close()
        self._thread.join()

    def _work(self) -> None:
        while (request := self._mail.take()) is not None:
            sketch = not request.same_stimulus(self._sketched)
            for planned in plans(request, lambda: self._mail.newer, pace=self._pace,
                                 closed=lambda: self._mail.closed, sketch=sketch):
                self._sketched = None if planned.problems else request
                self._deliver(planned)
                if not planned.answered and not planned.complete:
                    self._mail.wait(PAINT_S)


class _DroppedError(Exception):
    """A rehearsal that nobody waits for any more."""


def plans(
    request: Request, newer: Callable[[], Request | None] = lambda: None, *,
    pace: Pace | None = None, closed: Callable[[], bool] = lambda: False, sketch: bool = True,
    clock: Clock = time.monotonic,
) -> Iterator[Planned]:
    """What is found for a request: the plans alone, then with the model's answers, or the reason
    against it. Ends early when it is not to go on.

    :param newer: the request that waits, if any; asked between any two blocks.
    :param pace: says whether a rehearsal goes on nevertheless.
    :param sketch: whether the plans alone are wanted first.
    """
    try:
        protocol: Protocol = load("protocols", request.protocol).from_text(request.texts)
    except MemrigError as error:
        problems = placed(request.protocol, request.texts, error, bench=request.bench,
                          profile=request.profile, seed=request.seed)
        yield Planned(request=request, problems=problems, complete=True)
        return
    pace = pace or Pace(clock)

    def pause(_done: float) -> None:
        if closed() or not pace.goes_on(request, newer()):
            raise _DroppedError

    found = _Found(Planned(request=request, protocol=protocol), clock, pause)
    pace.begun()
    try:
        if sketch:
            yield from found.sketch()
        if not found.complete:
            yield from found.rehearsal()
            pace.finished()
    except _DroppedError:
        return


class _Found:
    """What is found for one request, picture by picture; none shows less than the one before.

    :ivar complete: whether there is nothing to come.
    """

    def __init__(self, planned: Planned, clock: Clock, pause: Pause) -> None:
        self._planned, self._clock, self._pause = planned, clock, pause
        self._shown_s = 0.0
        self.complete = False

    def sketch(self) -> Iterator[Planned]:
        """The first picture after ``SKETCH_S``, whatever waits; then all plans."""
        request, steps, drawn = self._planned.request, list[Step](), 0
        due_s = self._clock() + SKETCH_S
        try:
            for step in sketching(self._protocol, request.bench, request.profile,
                                  seed=request.seed):
                steps.append(step)
                if drawn:
                    self._pause(0.0)
                elif self._clock() >= due_s:
                    drawn = len(steps)
                    yield self._picture(steps, answered=False)
        except MemrigError as error:
            yield self._refused(steps, error, answered=False)
            return
        if len(steps) > drawn:
            yield self._picture(steps, answered=False)

    def rehearsal(self) -> Iterator[Planned]:
        """Everything with the model's answers; a part of it where that takes long."""
        request, steps = self._planned.request, list[Step]()
        due_s = self._clock() + PART_S
        try:
            for step in rehearsing(self._protocol, request.bench, request.model, request.profile,
                                   seed=request.seed, pause=self._pause):
                steps.append(step)
                if self._clock() >= due_s:
                    due_s = self._clock() + PART_S
                    yield from self._part(steps)
        except MemrigError as error:
            yield self._refused(steps, error, answered=True)
            return
        self.complete = True
        yield self._picture(steps, answered=True, complete=True)

    @property
    def _protocol(self) -> Protocol:
        assert self._planned.protocol is not None
        return self._planned.protocol

    def _part(self, steps: list[Step]) -> Iterator[Planned]:
        part = self._picture(steps, answered=True)
        if part.rehearsal.duration_s >= self._shown_s:
            yield part

    def _picture(
        self, steps: list[Step], *, answered: bool, complete: bool = False
    ) -> Planned:
        from memrig.hil.advice import advice  # noqa: PLC0415  # the first picture needs none
        from memrig.hil.realised import notes  # noqa: PLC0415  # as above

        found = Rehearsal(steps=tuple(steps))
        self._shown_s = max(self._shown_s, found.duration_s)
        request = self._planned.request
        return replace(
            self._planned, rehearsal=found, answered=answered, complete=complete,
            notes=notes(self._protocol, found, request.profile, request.bench,
                        request.present_ohm),
            advice=advice(self._protocol, found, request.profile, request.bench) if complete
            else ())

    def _refused(self, steps: list[Step], error: MemrigError, *, answered: bool) -> Planned:
        self.complete = True
        request = self._planned.request
        problems = placed(request.protocol, request.texts, error, bench=request.bench,
                          profile=request.profile, steps=len(steps), seed=request.seed)
        return replace(self._picture(steps, answered=answered), complete=True, refused=error,
                       problems=problems)
