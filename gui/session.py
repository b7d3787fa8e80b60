"""What is chosen, what would be sent, what runs; knows no widget."""

from __future__ import annotations

import hashlib
import json
import queue
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from memrig.gui.errands import Errands
from memrig.gui.example import example
from memrig.gui.log import Listener
from memrig.gui.passports import Passports
from memrig.gui.planner import Planned, Planner, Request
from memrig.gui.poller import Poller
from memrig.gui.running import (
    BenchThread,
    Checked,
    CheckOrder,
    Ended,
    ExampleMade,
    FitSaid,
    Insisted,
    Opened,
    OpenFailed,
    Order,
    Word,
)
from memrig.gui.touching import Touching
from memrig.gui.waiting import RunQueue, Waiting, with_passport
from memrig.hil.bench import Bench, BenchInfo, ModelBench
from memrig.hil.errors import MemrigError
from memrig.hil.guards import Guards
from memrig.hil.opening import MODEL, SIMULATED, is_ready_made
from memrig.hil.profile import Passport, Profile
from memrig.hil.protocol import Protocol
from memrig.hil.registry import load
from memrig.hil.seeds import drawn_seed
from memrig.hil.store import RunSummary, Store
from memrig.hil.units import parse_quantity

if TYPE_CHECKING:
    from memrig.hil.fit_process import FitProcess, FitWord

State = Literal["opening", "idle", "running", "stopping"]
BUSY = frozenset({"running", "stopping"})


class Session(QObject):
    """The choices of one window and everything that follows from them.

    :param store: where runs are kept.
    :param spec: the bench that is opened first.
    :param choices: of ``choose``, to begin with.
    :param waits: the bench is opened by ``begin``, when the window has been seen.
    """

    choices_changed = Signal()
    planned = Signal(object)
    """What is found for the present choices."""
    previewed = Signal(object)
    """The same, and what was still found for choices that are not the latest any more."""
    batch = Signal(list)
    state_changed = Signal(str)
    bench_opened = Signal(object)
    run_began = Signal(object)
    """What was planned of a run that begins now; not for the daily two."""
    run_ended = Signal(object)
    rested = Signal(object)
    """The end of a run, after everybody has taken notice of it."""
    stop_asked = Signal()
    runs_changed = Signal()
    told = Signal(object)
    """A ``Word`` of a thread, e.g. of a scan or of a check."""
    acted = Signal(object)
    """Something was done: a ``hil.script.Action``."""
    fit_said = Signal(object)
    """A ``FitWord`` of what ``fits`` does."""
    insisted = Signal(object)
    """What is known of the outputs after a STOP that the bench had not heard."""
    example_made = Signal(str)

    def __init__(
        self, store: Store, spec: str = MODEL, choices: Mapping[str, Any] | None = None,
        *, waits: bool = False,
    ) -> None:
        super().__init__()
        self.store, self.spec, self.state = store, spec, "idle"
        self.model, self.model_texts = "guseinov", dict[str, str]()
        self.protocol, self.texts, self.preset = "iv-sweep", dict[str, str](), ""
        self.device, self.note, self.tags = "dut", "", tuple[str, ...]()
        self.place: dict[str, Any] = {}
        self.guards = dict[str, str]()
        self.seed: int | None = None
        self.chosen_profile: Profile | None = None
        self.plan: Planned | None = None
        self.bench: Bench | None = None
        self.running: Protocol | None = None
        self.problem = ""
        self.preparing = self.touched = False
        self._drawn = drawn_seed()
        self._due = False
        self._listed: dict[str, RunSummary] = {}
        for name, value in (choices or {}).items():
            setattr(self, name, value)
        self.passports = Passports(self)
        self._confirmed: set[tuple[str, str, Profile]] = set()
        self._asked: Request | None = None
        self._unsettled = False
        self._shown, self._example, self._untouched = 0, "", True
        self._events: deque[object] = deque()
        self._words: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._planner = Planner(self._words.put)
        self._thread = BenchThread(self._words.put, self._events.append)
        self._fits: FitProcess | None = None
        self.errands = Errands(self._words.put)
        self._poller = Poller(self._events, self._words)
        self._poller.batch.connect(self._take)
        self._log = Listener(self.tell)
        self._log.attach()
        self.queue, self.touching = RunQueue(self), Touching(self)
        self.state = "opening"
        if not waits:
            self.begin()

    @property
    def fits(self) -> FitProcess:
        """What fits beside the window; made when somebody wants to know of it."""
        if self._fits is None:
            from memrig.hil.fit_process import FitProcess  # noqa: PLC0415  # not for the first picture

            self._fits = FitProcess(self._tell_fit)
        return self._fits

    def _tell_fit(self, word: FitWord) -> None:
        self._words.put(FitSaid(word))

    def begin(self) -> None:
        """Open the bench that was chosen first."""
        self._open()

    def make_example(self) -> None:
        """Make a run on the model, in an empty store only; no bench is touched."""
        if not self.store.runs():
            note = self.tr("example: a run on the model, made when the store was empty")
            self._thread.example(partial(example, self.store, self._model(), note))

    def tell(self, item: object) -> None:
        """Hand something to the window's thread, with its next batch; from any thread."""
        self._events.append(item)

    # --- choices

    def choose(self, **what: Any) -> None:
        """Change any of ``spec, model, model_texts, protocol, texts, preset, chosen_profile,
        device, place, note, tags, seed``; the plan follows by itself.

        ``place`` is what the passport shall say of the device: wafer, die, cell, formed_at,
        temperature_k; another device has another. A ``seed`` of None is drawn anew for each run.
        """
        self._change(what)
        self.settle()
        self._plan()
        self.choices_changed.emit()

    def move(self, **what: Any) -> None:
        """Like ``choose`` while a hand drags: more of the same follows at once. A simulated device
        is made anew at ``settle`` only, and nothing runs until then."""
        self._change(what)
        self._plan()
        self.choices_changed.emit()

    def _change(self, what: Mapping[str, Any]) -> None:
        self._untouched = False
        before = (self.spec, self.model, dict(self.model_texts), self._method)
        for name, value in what.items():
            setattr(self, name, value)
        if "protocol" in what and "texts" not in what:
            self.texts, self.preset = {}, ""
        if "device" in what and "place" not in what:
            self.place = {}
        model_changed = (self.model, dict(self.model_texts), self._method) != before[1:]
        self._unsettled |= self.spec != before[0] or (model_changed and self.spec == MODEL)

    def settle(self) -> None:
        """The hand has let go: the bench is what was chosen."""
        if self._unsettled:
            self._unsettled = False
            self._open_when_idle()

    def name(self, **what: Any) -> None:
        """Change ``note``, ``tags``, ``guards`` or ``place`` of the next run, on which no plan
        depends."""
        for name, value in what.items():
            setattr(self, name, value)
        self.choices_changed.emit()

    def _open_when_idle(self) -> None:
        self._due = self.state in BUSY  # a bench that runs is not taken away
        if not self._due:
            self._open()

    @property
    def profile(self) -> Profile:
        """What the device allows: the chosen profile, or the model's own."""
        found: Profile = self.chosen_profile or self._model().profile()
        return found

    @property
    def info(self) -> BenchInfo | None:
        """What the open bench says of itself."""
        return self.bench.describe() if self.bench else None

    @property
    def simulated(self) -> bool:
        """Whether nothing real can be touched; true as long as no bench says otherwise."""
        info = self.info
        return info is None or info.simulated

    def _model(self) -> Any:
        own = {k: v for k, v in self.model_texts.items() if k != "x0"}
        return load("models", self.model).from_text(own)

    @property
    def _method(self) -> tuple[str, float | None]:
        """Integrator and step: a preset's own, as of a published figure, else the best there is."""
        preset = load("protocols", self.protocol).presets.get(self.preset)
        if preset is None or not preset.integrator:
            return "auto", None
        return preset.integrator, preset.step_s or None

    def model_bench(self) -> ModelBench:
        """The simulated device with the chosen model, in the state that was asked for."""
        integrator, step_s = self._method
        bench: ModelBench = load("simulators", "model")(
            self._model(), integrator=integrator, step_s=step_s, x0=self._x0())
        return bench

    def _x0(self) -> float | None:
        """The state that a simulated device begins with; None for the model's own."""
        text = str(self.model_texts.get("x0", ""))
        return parse_quantity(text, "1") if text else None

    def reopen(self) -> None:
        """Connect to the chosen bench again."""
        if self.state == "idle":
            self._open()

    @property
    def may_simulate(self) -> bool:
        """Whether the bench is one of a file, whose instruments can be simulated instead."""
        return self.spec != MODEL and not is_ready_made(self.spec)

    def simulate_instead(self) -> None:
        """Open the same bench with simulated instruments in the place of all others."""
        if self.state == "idle" and self.may_simulate:
            self.choose(spec=f"{SIMULATED}{self.spec}")

    def _open(self) -> None:
        self.bench, self._unsettled = None, False
        self.passports.forget()
        self._set_state("opening")
        self._thread.open(self.spec, self.model_bench)

    def _plan(self) -> None:
        if self._due:
            self.plan, self._asked = None, None
            self.problem = self.tr("another bench is opened when the run is over")
            return
        try:
            request = self.request(self.protocol, self.texts)
        except MemrigError as error:
            self.problem = str(error)
            return
        self.problem, self.plan, self._asked = "", None, request
        self._planner.ask(request)
        self._poller.hurry(True)

    def request(self, protocol: str, texts: Mapping[str, str]) -> Request:
        """What a plan is made from with everything that is chosen now.

        :raises MemrigError: when the model's parameters are not valid.
        """
        model = self.model_bench()
        return Request(
            protocol=protocol, texts=dict(texts), bench=self.bench or model, model=model,
            profile=self.chosen_profile or model.model.profile(),
            number=self._asked.number + 1 if self._asked else 1, present_ohm=self._present_ohm(),
            seed=self._drawn if self.seed is None else self.seed)

    def _present_ohm(self) -> float | None:
        """Resistance of a real device after its last run, as far as that is known."""
        known = None if self.simulated else self.passport.last_g_siemens
        return 1.0 / known if known else None

    # --- runs

    @property
    def may_start(self) -> bool:
        """Whether a run would begin now."""
        return (self.state == "idle" and self.bench is not None and not self._unsettled
                and self.plan is not None and self.plan.may_run and not self.must_confirm)

    def start(self) -> None:
        """Run what is planned; nothing happens where ``may_start`` is false."""
        if self.may_start and self.plan is not None and self.plan.protocol is not None:
            self.preparing = False
            self._begin(self._order(self.plan), self.plan)

    @property
    def locked(self) -> bool:
        """Whether the set-up that is shown is that of a run, and only read."""
        return self.state in BUSY and not self.preparing

    def prepare(self) -> None:
        """Let the next run be set up while one goes on, which keeps its own set-up."""
        if self.locked:
            self.preparing = True
            self.state_changed.emit(self.state)

    # --- the queue

    def frozen(self) -> Waiting | None:
        """The present set-up with its plan, which nothing changes any more; None where it may not
        be run."""
        plan = self.plan
        if self.bench is None or plan is None or not plan.may_run or self.must_confirm:
            return None
        plans = tuple(step.plan for step in plan.rehearsal.steps)
        order = self._order(plan)._replace(expected=plans)
        if self.seed is None:
            self._drawn = drawn_seed()  # the next one has another
            self._plan()
        return Waiting(order=order, planned=plan, bench=self.bench_name)

    def start_waiting(self, waiting: Waiting) -> str:
        """Run what has waited; returns why not, or nothing when it begins."""
        if self.state != "idle" or self.bench is None:
            return self.tr("no bench is connected; nothing was sent")
        if waiting.bench != self.bench_name:
            said = self.tr("{0} was queued for bench {1}, and {2} is open; nothing was sent")
            return said.format(waiting.title, waiting.bench, self.bench_name)
        if self.is_real and waiting.order.passport.device != self.device:
            said = self.tr("{0} was queued for device {1}, and {2} is named now; nothing was sent")
            return said.format(waiting.title, waiting.order.passport.device, self.device)
        self._begin(with_passport(waiting, self), waiting.planned)
        return ""

    @property
    def bench_name(self) -> str:
        """The open bench, so exactly that another one has another name."""
        info = self.info
        if info is None:
            return ""
        who = ", ".join(info.identities.values())
        known = [dict(info.identities), info.settings.get("model"), self._method, self._x0()]
        short = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:6]
        return f"{self.spec} ({who}, {short})" if self.spec == MODEL else f"{self.spec} ({who})"

    @property
    def may_touch(self) -> bool:
        """Whether a run with the profile's own levels would begin now."""
        return (self.state == "idle" and self.bench is not None and not self._unsettled
                and not self.problem and not self.must_confirm)

    @property
    def must_confirm(self) -> bool:
        """Whether somebody must say first that these limits are those of this device: a real one
        that has not been measured with them in this window."""
        return self.is_real and not self.problem and self.limits not in self._confirmed

    @property
    def limits(self) -> tuple[str, str, Profile]:
        """What is confirmed: that the device on this bench is this one, and has these limits."""
        return self.bench_name, self.device, self.profile

    @property
    def is_real(self) -> bool:
        """Whether a run can energise something real."""
        info = self.info
        return info is not None and info.needs_arming

    def confirm_limits(self) -> None:
        """The limits that are shown are those of the device that is named."""
        self._confirmed.add(self.limits)
        self.choices_changed.emit()

    def check(self, *, resistor_ohm: float, u_rel: float, armed: bool) -> None:
        """Check the bench with a known resistor; it is opened again afterwards.

        :param u_rel: standard uncertainty of the resistor, relative.
        """
        if self.state != "idle" or self.spec == MODEL:
            return
        self.bench = None
        self._set_state("running")
        self._thread.check(CheckOrder(spec=self.spec, resistor_ohm=resistor_ohm, u_rel=u_rel,
                                      armed=armed))

    def run_beside(self, order: Order) -> None:
        """Run what is not in the form; ``touching`` asks for it."""
        self._begin(order, None)

    def _order(self, plan: Planned) -> Order:
        assert plan.protocol is not None
        return self.ordered(plan.protocol, plan.request.seed, self.preset)

    def ordered(self, protocol: Protocol, seed: int | None, preset: str) -> Order:
        """A run of a protocol with everything that is chosen now.

        :raises MemrigError: when the model's parameters are not valid.
        """
        from memrig.hil.overlay import Overlay  # noqa: PLC0415  # the first picture needs none

        return Order(
            protocol=protocol, profile=self.profile, store=self.store,
            overlay=Overlay(bench=self.model_bench()), preset=preset, note=self.note,
            tags=self.tags, seed=seed, passport=self.passport,
            armed=self.limits in self._confirmed, guards=Guards.from_text(self.guards),
        )

    def _begin(self, order: Order, planned: Planned | None) -> None:
        self.running, self.touched = order.protocol, planned is None
        from memrig.gui.recipes import recipe_of  # noqa: PLC0415  # the first picture needs none

        done = recipe_of(self, order).action
        self.acted.emit(replace(done, title=self.tr("run {0}").format(order.protocol.name)))
        self._set_state("running")
        if planned is not None:
            self.run_began.emit(planned)
        self._thread.run(order)

    @property
    def passport(self) -> Passport:
        """What the device has been through, as far as this window and its store know, and where
        it is."""
        return replace(self.passports.of(self.device), **self.place)

    def halt(self) -> None:
        """Stop whatever runs; any thread, at any time."""
        self._thread.stop()

    def stop(self) -> None:
        """Stop whatever runs, and say that it is being stopped."""
        self.halt()
        self.stop_asked.emit()
        if self.state == "running":
            self._set_state("stopping")
            from memrig.hil import script  # noqa: PLC0415  # the first picture needs none

            self.acted.emit(script.stopped(self.tr("STOP")))

    # --- what was run

    def runs(self) -> list[RunSummary]:
        """All runs of the store, in the order they began; what was read once is not read again."""
        found = self.store.runs(self._listed)
        self._listed = {one.run_id: one for one in found}
        return found

    def reread(self, run_id: str) -> None:
        """Take notice of tags and notes that were added to a run that is over."""
        run = self.store.load(run_id)
        texts = tuple(text for _, text in run.annotations)
        self._listed[run_id] = replace(self._listed[run_id], tags=run.tags, annotations=texts)
        self.runs_changed.emit()

    def close(self) -> str:
        """Stop, switch off, release everything; files that are being written come last.

        :return: what is wrong where the bench has not answered to that; else empty.
        """
        self._poller.stop()
        self._planner.close()
        if self._fits is not None:
            self._fits.close()
        sentence = self._thread.close()
        self.errands.close()
        self._log.detach()
        return sentence

    # --- what the threads say

    def _take(self, items: list[object]) -> None:
        """Hand on what the threads said, in its order."""
        events: list[object] = []
        for item in items:
            if isinstance(item, Planned | Opened | OpenFailed | Ended | Word):
                self._hand_on(events)
                self._take_word(item)
            else:
                events.append(item)
        self._hand_on(events)

    def _hand_on(self, events: list[object]) -> None:
        if events:
            self.batch.emit(list(events))
            events.clear()

    def _take_word(self, word: Planned | Opened | OpenFailed | Ended | Word) -> None:
        if isinstance(word, Planned):
            self._take_plan(word)
        elif isinstance(word, FitSaid):
            self.fit_said.emit(word.word)
        elif isinstance(word, Ended):
            self._take_end(word)
        elif isinstance(word, Insisted):
            self.insisted.emit(word.safe)
        elif isinstance(word, ExampleMade):
            self._example = word.run_id
            self.runs_changed.emit()
            self._tell_example()
        elif isinstance(word, Word):
            self.told.emit(word)
            if isinstance(word, Checked):
                self._open()
        else:
            self._take_bench(word)

    def _take_plan(self, planned: Planned) -> None:
        if planned.request is self._asked:
            self.plan = planned
            self._poller.hurry(False)
            self.planned.emit(planned)
        if planned.request.number >= self._shown and planned.request.protocol == self.protocol:
            self._shown = planned.request.number  # nothing older is shown after it
            self.previewed.emit(planned)
        self._tell_example()

    def _tell_example(self) -> None:
        """Not before the first plan, whose prediction would be drawn in its place."""
        if self._example and self.plan is not None and self.plan.complete:
            run_id, self._example = self._example, ""
            if self._untouched:  # else something else is to be seen
                self.example_made.emit(run_id)

    def _take_bench(self, found: Opened | OpenFailed) -> None:
        if found.spec != self.spec:
            return  # another was chosen meanwhile
        self.bench = found.bench if isinstance(found, Opened) else None
        if self.bench is not None:
            from memrig.gui.recipes import opened  # noqa: PLC0415  # the first picture needs none

            self.acted.emit(opened(self, self.tr("bench {0}").format(found.spec)))
        self._set_state("idle")
        self.bench_opened.emit(found)
        self._plan()

    def _take_end(self, ended: Ended) -> None:
        if ended.run is not None:
            self.passports.keep(ended.run.passport)
        if self.seed is None:
            self._drawn = drawn_seed()
        if ended.lost:
            self.bench = None
        self._set_state("idle")
        self.run_ended.emit(ended)
        self.runs_changed.emit()
        if ended.lost:
            self.bench_opened.emit(OpenFailed(spec=self.spec, sentence=ended.sentence))
        if self._due:
            self._due = False
            self._open()
        self._plan()
        self.rested.emit(ended)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
