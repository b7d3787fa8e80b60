"""The one thread that speaks to a bench: opens it, runs on it, closes it. No Qt here.

A bench that does not answer is switched off from another thread; nothing waits for it for ever.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from memrig.hil.bench import Bench, BenchInfo, Message, SafeState, Watch
from memrig.hil.calibration import CheckReport
from memrig.hil.errors import BenchError, MemrigError, RequestError, sentence_of
from memrig.hil.events import Event, MessagesExchanged, PlanReady, Rehearsed, RunStarted
from memrig.hil.guards import Guards, Question
from memrig.hil.insisting import made_safe
from memrig.hil.keeping import KEPT_BYTES
from memrig.hil.opening import MODEL, check_with_resistor, open_bench
from memrig.hil.plan import Plan, combined_sha256
from memrig.hil.profile import Passport, Profile
from memrig.hil.protocol import Protocol
from memrig.hil.stopping import stoppable
from memrig.hil.store import Store

if TYPE_CHECKING:  # a window that is seen first runs nothing
    from memrig.hil.fit_process import FitWord
    from memrig.hil.overlay import Overlay
    from memrig.hil.run import Run

Sink = Callable[[object], None]
UNANSWERED_S = 1.5
"""How long the thread of the bench may take to end before another one switches off."""
CLOSING_S = 30.0
"""How long a run may take to keep its data at the end, the outputs being off."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Word:
    """What a thread says that concerns neither plan nor run; the session passes it on."""


class CheckOrder(NamedTuple):
    """A check with a known resistor that was asked for.

    :param u_rel: standard uncertainty of the resistor, relative.
    :param armed: whether real instruments may be energised.
    """

    spec: str
    resistor_ohm: float
    u_rel: float
    armed: bool


@dataclass(frozen=True, kw_only=True)
class CheckAdvanced(Word):
    """How much of a check is done, 0 to 1; levels are on."""

    fraction: float


@dataclass(frozen=True, kw_only=True)
class Checked(Word):
    """The end of a check, however it came; the bench is closed.

    :param report: what was found; None where the check did not come to its end.
    :param off: whether the outputs are known to be off.
    """

    spec: str
    report: CheckReport | None = None
    sentence: str = ""
    off: bool = True


class Opened(NamedTuple):
    """A bench that is ready; its outputs are off."""

    spec: str
    bench: Bench
    info: BenchInfo


class OpenFailed(NamedTuple):
    """A bench that could not be opened, with the sentence that says why."""

    spec: str
    sentence: str


class Ended(NamedTuple):
    """The end of a run, however it came: the outputs are off, or the sentence says otherwise.

    :param lost: whether an instrument failed, so that the bench must be connected again.
    :param safe: what is known of the outputs where an error has ended it; None where they were
        never switched on.
    """

    run: Run | None = None
    sentence: str = ""
    lost: bool = False
    safe: SafeState | None = None


@dataclass(frozen=True, kw_only=True)
class Insisted(Word):
    """The outputs after a STOP that the bench's own thread had not heard in time."""

    safe: SafeState


@dataclass(frozen=True, kw_only=True)
class ExampleMade(Word):
    """A run that shows what one looks like is in the store."""

    run_id: str


@dataclass(frozen=True, kw_only=True)
class Asked(Word):
    """A guard of the run that goes on asks whether it shall."""

    question: Question


class FitSaid(Word):
    """A word of what fits."""

    def __init__(self, word: FitWord) -> None:
        self.word = word


class Order(NamedTuple):
    """One run that was asked for.

    :param expected: plans that were drawn when it was asked for; where the bench would be sent
        others by now, it is refused. Empty: whatever the bench plans.
    :param armed: whether a real device may be energised: its limits have been confirmed.
    """

    protocol: Protocol
    profile: Profile
    overlay: Overlay | None
    store: Store
    passport: Passport = Passport()
    preset: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    seed: int | None = None
    guards: Guards = Guards()
    armed: bool = False
    expected: tuple[Plan, ...] = ()


class BenchThread:
    """Owns a bench from its opening to its closing.

    :param tell: receives ``Opened``, ``OpenFailed``, ``Ended`` and ``ExampleMade`` in this thread,
        ``Insisted`` in another.
    :param observe: receives every event of a run, in this thread; must be quick.
    :param unanswered_s: how long it may take to end before the bench is switched off otherwise.
    """

    def __init__(
        self, tell: Sink, observe: Callable[[Event], None], *, unanswered_s: float = UNANSWERED_S,
    ) -> None:
        self._tell, self._observe, self._unanswered_s = tell, observe, unanswered_s
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._stack = ExitStack()
        self._bench: Bench | None = None
        self._earlier: list[Message] = []
        self._stop = threading.Event()
        self._energised = False
        self._left: str | None = None
        self._thread = threading.Thread(target=self._work, name="memrig-bench", daemon=True)
        self._thread.start()

    def open(self, spec: str, make: Callable[[], Any] | None = None) -> None:
        """Open a bench in place of the present one.

        :param make: makes it, where ``spec`` is the model.
        """
        self._orders.put(lambda: self._open(spec, make))

    def run(self, order: Order) -> None:
        """Run on the bench that is open."""
        self._stop.clear()
        self._orders.put(lambda: self._run(order))

    def check(self, order: CheckOrder) -> None:
        """Close the bench and check it with a known resistor; it stays closed."""
        self._stop.clear()
        self._orders.put(lambda: self._check(order))

    def example(self, make: Callable[[], str]) -> None:
        """Make an example run beside the bench, which is not touched.

        :param make: runs it and gives its id; empty where none is wanted.
        """
        self._orders.put(lambda: self._example(make))

    def _example(self, make: Callable[[], str]) -> None:
        try:
            run_id = make()
        except Exception:  # noqa: BLE001  # it is only an example
            _log.exception("no example run could be made")
            return
        if run_id:
            self._tell(ExampleMade(run_id=run_id))

    def stop(self) -> None:
        """Stop what runs, or is about to, at once; any thread. Where the bench's own does not hear
        it, the run has another one that switches off."""
        self._stop.set()

    def _insisted(self, safe: SafeState) -> None:
        _log.warning("STOP went unheard; switched off otherwise: %s", safe)
        self._tell(Insisted(safe=safe))

    def close(self, within_s: float = CLOSING_S) -> str:
        """Stop, make the bench safe, release it, end the thread.

        :param within_s: how long the thread may take to keep its data, the outputs being off.
        :return: what is wrong where the thread has not done all that; else empty.
        """
        if self._left is None:
            self._stop.set()
            self._orders.put(None)
            self._thread.join(self._unanswered_s)
            self._left = self._leave(within_s) if self._thread.is_alive() else ""
        return self._left

    def _leave(self, within_s: float) -> str:
        """Switch off from another thread; then wait for this one, but not for ever."""
        answers: list[SafeState] = []
        if (bench := self._bench) is not None:
            last = threading.Thread(target=lambda: answers.append(made_safe(bench)), daemon=True,
                                    name="memrig-last")
            last.start()
            last.join(within_s)
        self._thread.join(within_s)
        if not self._thread.is_alive():
            return ""
        off = self._bench is None or (answers and answers[0].off)
        outputs = "its outputs are off" if off else "OUTPUTS MAY STILL BE ON"
        sentence = f"the bench did not answer within {within_s:g} s and is left behind; {outputs}"
        _log.error("%s", sentence)
        return sentence

    def _work(self) -> None:
        try:
            while (order := self._orders.get()) is not None:
                order()
        finally:
            self._release()

    def _release(self) -> None:
        """Let go of the bench, and hand over what that has exchanged."""
        bench, self._bench, self._earlier = self._bench, None, []
        self._stack.close()
        if bench is not None:
            self._tell_messages(bench.transcript)

    def _tell_messages(self, rows: list[Message]) -> None:
        if rows:
            self._observe(MessagesExchanged(rows=tuple(rows)))

    def _open(self, spec: str, make: Callable[[], Any] | None) -> None:
        self._release()
        try:
            bench = make() if spec == MODEL and make else self._stack.enter_context(
                open_bench(spec))
        except Exception as error:  # noqa: BLE001  # else the thread ends, and the window waits
            self._tell_messages(list(getattr(error, "exchanged", ())))
            self._tell(OpenFailed(spec=spec, sentence=sentence_of(error)))
            return
        self._bench, self._earlier = bench, bench.transcript
        self._tell_messages(self._earlier)
        self._tell(Opened(spec=spec, bench=bench, info=bench.describe()))

    def _check(self, order: CheckOrder) -> None:
        self._release()
        try:
            report = check_with_resistor(
                order.spec, resistor_ohm=order.resistor_ohm, u_rel=order.u_rel, armed=order.armed,
                watch=Watch(stop=self._stop, advanced=self._advanced))
        except (MemrigError, OSError) as error:
            off = "STILL BE ON" not in str(error)
            self._tell(Checked(spec=order.spec, sentence=str(error), off=off))
            return
        self._tell(Checked(spec=order.spec, report=report))

    def _advanced(self, fraction: float) -> None:
        self._tell(CheckAdvanced(fraction=fraction))

    def _run(self, order: Order) -> None:
        self._energised = False
        self._tell(self._ended(order))

    def _ended(self, order: Order) -> Ended:
        from memrig.hil.execution import execute  # noqa: PLC0415  # the first picture needs none

        if self._bench is None:
            return Ended(sentence="no bench is open; nothing was sent")
        try:
            check_expected(order, self._bench)
            info = self._bench.describe()
            with stoppable(self._stop, info.name):
                run = execute(
                    order.protocol, self._bench, profile=order.profile, overlay=order.overlay,
                    store=order.store, observer=self._watch, stop=self._stop, seed=order.seed,
                    note=order.note, preset=order.preset, passport=order.passport,
                    earlier=self._earlier, tags=order.tags, guards=order.guards,
                    ask=self._ask, armed=order.armed, insisting=self._insisted,
                )
        except Exception as error:  # noqa: BLE001  # else the thread ends, and the window waits
            # What was refused has switched nothing on; else the instruments are asked once more.
            safe = made_safe(self._bench) if self._energised else None
            return Ended(sentence=sentence_of(error), safe=safe, lost=isinstance(error, BenchError))
        return Ended(run=run, sentence=run.message)

    def _ask(self, question: Question) -> None:
        self._tell(Asked(question=question))

    def _watch(self, event: Event) -> None:
        """Pass an event on. Once a run has begun, it has the messages of the bench's opening."""
        if isinstance(event, Rehearsed | PlanReady):
            return  # the plan in the window has been rehearsed already
        if isinstance(event, RunStarted):
            self._earlier, self._energised = [], True
        self._observe(event)


def check_expected(order: Order, bench: Bench) -> None:
    """Refuse an order whose plan is not the one that was drawn for it; touches no instrument.

    :raises RequestError: when the plan is another; errors of ``rehearse`` when there is none.
    """
    if not order.expected or order.overlay is None:
        return
    from memrig.hil.rehearsal import rehearse  # noqa: PLC0415  # the first picture needs none

    found = rehearse(order.protocol, bench, order.overlay.bench, order.profile,
                     seed=order.seed or 0, most_bytes=KEPT_BYTES)
    if combined_sha256(step.plan for step in found.steps) != combined_sha256(order.expected):
        message = (
            f"{order.protocol.name}: the bench would now be sent another plan than the one that "
            "was drawn when it was queued; queue it again; nothing was sent"
        )
        raise RequestError(message)
