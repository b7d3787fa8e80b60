"""Runs a protocol on a bench: dry run, limits, application, overlay, store. Blocks; one thread."""

from __future__ import annotations

import dataclasses
import datetime
import platform
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from memrig.hil.bench import Bench, BenchInfo, Message, ModelBench, SafeState
from memrig.hil.compare import Comparison, compare
from memrig.hil.errors import (
    BenchError,
    MemrigError,
    ProfileError,
    StoppedError,
    StoreError,
)
from memrig.hil.events import (
    ChunkArrived,
    Event,
    GuardTripped,
    MessagesExchanged,
    Observer,
    PlanReady,
    RecordFinished,
    RunFinished,
    RunStarted,
    StimulusStarted,
)
from memrig.hil.guards import Alert, Ask, Guards
from memrig.hil.heeding import ON_REQUEST, Heeding, lost
from memrig.hil.insisting import Told, insisted
from memrig.hil.keeping import KEPT_BYTES, Keeping, KeptChunks, held_of
from memrig.hil.limits import Spent, WorstCase, check, held
from memrig.hil.overlay import Overlay, OverlayWorker
from memrig.hil.plan import Plan
from memrig.hil.profile import Passport, Profile
from memrig.hil.protocol import Protocol, Result
from memrig.hil.record import Chunk, Record, main_of
from memrig.hil.registry import entries, load
from memrig.hil.rehearsal import (
    Rehearsal,
    expected,
    following,
    never,
    phases,
    rehearse,
    setup_for,
    telling,
)
from memrig.hil.run import Run, Status, overlay_json
from memrig.hil.seeds import drawn_seed
from memrig.hil.watching import Watchman
from memrig.hil.wear import worn

if TYPE_CHECKING:
    from memrig.hil.store import RunHeader, RunWriter, Store

Gathered = KeptChunks | list[Chunk]
BENCH: Final = "bench"
OVERLAY: Final = "overlay"
MESSAGES_EVERY: Final = 256
"""Chunks after which what was exchanged is handed on within a stimulus: a long train is one."""


def execute(
    protocol: Protocol, bench: Bench, *, profile: Profile | None = None,
    overlay: Overlay | None = None, store: Store | None = None,
    observer: Observer | None = None, stop: threading.Event | None = None,
    seed: int | None = None, note: str = "", preset: str = "", passport: Passport | None = None,
    tags: Sequence[str] = (), earlier: Sequence[Message] = (), armed: bool = False,
    guards: Guards | None = None, ask: Ask | None = None, insisting: Told | None = None,
) -> Run:
    """Apply a protocol to a bench and return what came of it.

    Of a long run the latest chunks stay in memory, and its store gives back the others when a
    record is asked for them; without a store all of them stay.

    The whole protocol is rehearsed first (plans of this bench, answers of the model), so that
    what cannot or must not be done is refused before an output is on. Every plan is checked
    again just before it is applied. However it ends, the outputs are off before this returns.
    A bench that drives a real device must be armed: somebody has seen the plan, the limits and the
    worst-case current, and wants it.

    :param profile: what the device allows; only a simulated bench may go without and then gets
        the model's own.
    :param overlay: the model to draw over the measurement.
    :param store: where every step is written as soon as it is complete.
    :param observer: called with every ``Event``, in this thread.
    :param stop: set it from any thread to end the run; its data are kept.
    :param seed: of everything random; drawn and stored when not given.
    :param tags: words to find the run by.
    :param earlier: messages that were taken from the bench before and belong to the run, e.g.
        those of its opening.
    :param armed: whether a real device may be energised; ``PlanReady`` has told the observer how.
    :param guards: what happens when something is seen in what comes back; ``Guards()`` by default.
    :param ask: puts a question of a guard to somebody; without it such a guard stops the run.
    :param insisting: called in another thread with what is known of the outputs, when that has
        switched off after a stop which this one did not hear in time.
    :raises ProfileError: when a bench that is not simulated has no profile, or is not armed, or
        the profile forbids this; nothing was sent.
    :raises LimitError: when the device must not get what is asked; nothing was sent.
    :raises InfeasibleError: when the bench cannot do it; nothing was sent.
    :raises BenchError: when an instrument fails; the outputs are off, the data are kept.
    """
    seed = drawn_seed(seed)
    model = model_for(bench, overlay, profile)
    allowed = profile_for(bench, model, profile)
    pause = telling(observer, expected(protocol, bench, allowed, seed=seed)) if observer else never
    rehearsal = rehearse(protocol, bench, model, allowed, seed=seed, pause=pause,
                         most_bytes=KEPT_BYTES)
    info = bench.describe()
    if observer:
        observer(PlanReady(rehearsal=rehearsal, profile=allowed, info=info))
    if not armed and info.needs_arming and not hasattr(bench, "replayed"):  # which touches nothing
        raise _not_armed(info)
    session = _Session(
        protocol, bench, allowed, overlay, observer, stop or threading.Event(), seed, rehearsal,
        passport or Passport(), guards or Guards(), ask, insisting,
    )
    session.open_store(store, note=note, preset=preset, tags=tuple(tags), earlier=earlier)
    return session.run()


def _not_armed(info: BenchInfo) -> ProfileError:
    return ProfileError(
        f"bench {info.name} drives a real device; look at its plan, its limits and the worst-case "
        "current ('memrig preview'), then repeat this with --arm (in Python: armed=True); nothing "
        "was sent")


def model_for(bench: Bench, overlay: Overlay | None, profile: Profile | None) -> ModelBench:
    """What a dry run asks for answers: the overlay's model, the bench itself if it is one, or
    the first model whose polarity is the device's."""
    if overlay is not None:
        return overlay.bench
    if hasattr(bench, "replica"):
        return bench  # type: ignore[return-value]  # only model benches can be replicated
    opener: Any = load("simulators", "model")
    wanted = profile.set_polarity if profile else None
    made = [load("models", name)() for name in entries("models")]
    fitting = [model for model in made if wanted is None or model.polarity == wanted]
    found: ModelBench = opener((fitting or made)[0], integrator="auto")
    return found


def profile_for(bench: Bench, model: ModelBench, profile: Profile | None) -> Profile:
    """The profile that holds: the given one, or on a simulated bench the model's own.

    :raises ProfileError: when a bench that is not simulated has none.
    """
    if profile is not None:
        return profile
    info = bench.describe()
    if info.needs_arming:
        message = (
            f"bench {info.name} drives a real device, and no device profile was given; a profile "
            "with its limits is needed (--profile FILE); nothing was sent"
        )
        raise ProfileError(message)
    return model.model.profile()


def _own_profile(bench: Bench) -> Profile | None:
    """That of the model that a bench is."""
    return bench.model.profile() if hasattr(bench, "model") else None


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    return {"memrig": _version("memrig"), "python": platform.python_version(),
            "numpy": _version("numpy"), "platform": platform.platform()}


_version = cache(version)  # which reads the package's files every time


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    """What the records of a run say.

    :param ending: of that, what is stored.
    """

    result: Result
    comparison: Comparison | None
    error: str
    ending: Mapping[str, Any]


class _Session:
    """One run from its rehearsal to its end."""

    def __init__(
        self, protocol: Protocol, bench: Bench, profile: Profile, overlay: Overlay | None,
        observer: Observer | None, stop: threading.Event, seed: int, rehearsal: Rehearsal,
        passport: Passport, guards: Guards, ask: Ask | None, insisting: Told | None,
    ) -> None:
        self.protocol, self.bench, self.profile, self.overlay = protocol, bench, profile, overlay
        self.observer, self.stop, self.seed = observer, stop, seed
        self.rehearsal, self.passport, self.insisting = rehearsal, passport, insisting
        self.heeding = Heeding(guards, ask, bench, stop)
        self.info = bench.describe()
        self.watchman = Watchman(
            profile, self.info.netlist, self.info.calibration, bench.capabilities,
            knows_device=not (self.info.is_model and profile == _own_profile(bench)))
        self.records: list[Record] = []
        self.keeping = Keeping()
        self.unwritten: list[Message] = []
        self._arrived = 0
        self.model_records: dict[int, Record] = {}
        self.gathered: dict[int, Record] = {}
        self.spent = Spent()
        self.worker = OverlayWorker(overlay) if overlay else None
        self.writer: RunWriter | None = None
        self.header: RunHeader
        self.id = ""
        self.started_s = bench.clock.now_s
        self.started_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")

    def open_store(
        self, store: Store | None, *, note: str, preset: str, tags: tuple[str, ...],
        earlier: Sequence[Message],
    ) -> None:
        """Write the run's header, before anything happens."""
        if store is None:
            return
        from memrig.hil.store import RunHeader  # noqa: PLC0415  # runs without a store need no SQLite

        self.header = RunHeader(
            protocol=self.protocol.name, parameters=self.protocol.to_json(), preset=preset,
            bench=self.info, profile=self.profile, passport=self.passport,
            model=model_json(self.overlay), limits=self.profile.to_json(),
            temperature_k=self.passport.temperature_k, versions=versions(), seed=self.seed,
            note=note, simulated=self.info.simulated, capabilities=self.bench.capabilities,
            started_at=self.started_at, tags=tags, guards=self.heeding.guards.to_json(),
        )
        self.writer = store.begin(self.header)
        self.id = self.writer.run_id
        self.writer.transcript(earlier)

    def run(self) -> Run:
        """Apply everything; the outputs are off and the data kept however it ends."""
        self._tell(RunStarted(
            run=self.id, protocol=self.protocol.name, info=self.info,
            stimuli=len(self.rehearsal.steps), duration_s=self.rehearsal.duration_s,
        ))
        try:
            if self.stop.is_set():
                raise StoppedError("stopped before anything was energised")
            with (insisted(self.bench, self.stop, self.insisting) as leaving,
                  self.bench.energised()):
                try:
                    self._apply_all()
                finally:
                    leaving.set()
        except (StoppedError, KeyboardInterrupt) as error:
            guard = error.guard if isinstance(error, StoppedError) else ""
            return self._finished("stopped", str(error) or "interrupted from the keyboard", guard)
        except BaseException as error:
            # Leaving energised() has switched off; this asks whether it has worked.
            safe = self.bench.make_safe()
            if not safe.off:
                raise self._still_on(safe, f"{error}; ") from error
            if where := self._failed(error):
                raise StoreError(f"{error}{where}") from error
            if not isinstance(error, MemrigError):
                error.add_note("memrig: the outputs are off, the data are kept")
            raise
        return self._finished("finished", "")

    def _apply_all(self) -> None:
        asked = phases(self.protocol, setup_for(self.bench, self.profile, self.seed))
        stimulus = next(asked, None)
        while stimulus is not None:
            plan = held(self.bench.prepare(stimulus), self.profile)
            worst = check(plan, self.profile, self.info.netlist, self.bench.capabilities,
                          protocol=self.protocol.name)
            self.spent = self.spent.after(plan, worst, self.profile)
            record = self._apply(len(self.records), plan, worst)
            stimulus = following(asked, record)
            if stimulus is not None:
                for guard, answer in self.heeding.decide():
                    self.watchman.answered(guard, answer)

    def _apply(self, index: int, plan: Plan, worst: WorstCase) -> Record:
        self._tell(StimulusStarted(index=index, plan=plan))
        if self.writer:
            self.writer.stimulus(index, plan.stimulus, plan, source=BENCH)
        self.watchman.begin(index, plan, worst)
        started_s = self.bench.clock.now_s
        chunks = KeptChunks(self.writer.written(index)) if self.writer else list[Chunk]()
        try:
            for chunk in self.bench.apply(plan, self.stop):
                seen, alerts = self.watchman.see(chunk)
                self._keep_chunk(index, seen, chunks)
                self._heed(alerts, plan)
        except BaseException as error:
            guarded = isinstance(error, StoppedError) and bool(error.guard)
            whole = guarded and self.watchman.is_last(chunks[-1])
            self._keep(index, plan, chunks, started_s, cut_short=not whole, error=error)
            if isinstance(error, StoppedError) and self.stop.is_set() and not guarded:
                raise StoppedError(ON_REQUEST) from error
            raise
        record = self._keep(index, plan, chunks, started_s, cut_short=self.stop.is_set())
        if record.cut_short:
            raise StoppedError(ON_REQUEST)
        if self.worker:
            self.worker.submit(index, record)
            self._take_model_records()
        return record

    def _keep_chunk(self, index: int, chunk: Chunk, chunks: Gathered) -> None:
        self.keeping.take(chunks, chunk)  # before anything can fail
        self._arrived += 1
        if self._arrived % MESSAGES_EVERY == 0:
            self._take_messages()
        if self.writer:
            self.writer.chunk(index, chunk, source=BENCH)
            self.keeping.settle(self.writer.waiting)
        self._tell(ChunkArrived(index=index, chunk=chunk))

    def _heed(self, alerts: Sequence[Alert], plan: Plan) -> None:
        for alert in alerts:
            if self.writer:
                self.writer.alerts([alert])
            policy = self.heeding.guards.policy(alert.guard)
            self._tell(GuardTripped(alert=alert, policy=policy))
        self.heeding.heed(alerts, plan)

    def _keep(
        self, index: int, plan: Plan, chunks: Gathered, t_s: float, *, cut_short: bool,
        error: BaseException | None = None,
    ) -> Record:
        loss = lost(error)
        record = Record(
            stimulus=plan.stimulus, plan=plan, netlist=self.info.netlist,
            calibration=self.info.calibration, t_s=t_s,
            chunks=tuple(chunks) if isinstance(chunks, list) else chunks,
            cut_short=cut_short, simulated=self.info.simulated, lost=loss,
            notes=(str(error),) if loss else (),
        )
        if (readings := self.watchman.readings) is not None:
            record.have(readings)
        self.records.append(record)
        if self.writer:
            self.writer.complete(index, cut_short=cut_short, t_s=t_s, source=BENCH,
                                 notes=record.notes, lost=loss)
        self._take_messages()
        self._tell(RecordFinished(index=index, record=record))
        return record

    def _take_messages(self) -> None:
        """Hand on what was exchanged with the instruments, if anybody wants it."""
        if not (self.writer or self.observer):
            return
        rows = self.bench.transcript
        if rows:
            self._tell(MessagesExchanged(rows=tuple(rows)))
        self.unwritten += rows
        if self.writer:
            self.writer.transcript(self.unwritten)
        self.unwritten.clear()

    def _take_model_records(self) -> None:
        self._gather()
        self._store_gathered()

    def _gather(self) -> None:
        """What the overlay has answered since."""
        found = dict(self.worker.finished() if self.worker else ())
        self.model_records |= found
        self.gathered |= found

    def _store_gathered(self) -> None:
        while self.gathered:
            index, record = next(iter(self.gathered.items()))
            if self.writer:
                stored = self.writer.record(index, record, OVERLAY)
                record = self.model_records[index] = self.keeping.kept(record, stored)
            del self.gathered[index]
            self._tell(RecordFinished(index=index, record=record, source=OVERLAY))

    def _finished(self, status: Status, message: str, guard: str = "") -> Run:
        safe = self._confirmed_safe()
        if self.worker:
            self.worker.close()
            self._gather()
        try:
            found = self._found()
        except StoreError as error:  # it should have given back what came first
            said = "; ".join(filter(None, (message, str(error))))
            where = self._end_stored(status, message=said) or "; it has all that was written to it"
            said = f"the run was {status}, the outputs are off; {error}{where}"
            raise StoreError(said) from error
        where = self._end_stored(status, message=message, bench=self.bench.describe(),
                                 **found.ending)
        if where:
            raise StoreError(f"the run was {status}, the outputs are off{where}")
        self._tell(RunFinished(run=self.id, status=status, safe=safe))
        return Run(
            id=self.id, protocol=self.protocol, status=status, info=self.bench.describe(),
            profile=self.profile, passport=self.passport, rehearsal=self.rehearsal,
            records=tuple(self.records), result=found.result, safe=safe, seed=self.seed,
            duration_s=self.bench.clock.now_s - self.started_s, started_at=self.started_at,
            model_records=tuple(self.model_records[k] for k in sorted(self.model_records)),
            comparison=found.comparison, overlay_error=found.error, message=message,
            guards=self.heeding.guards, alerts=tuple(self.watchman.alerts.values()),
            stopped_by=guard,
        )

    def _found(self) -> _Found:
        """What the records say; raises StoreError when some of them cannot be read back."""
        main = self._main()
        result = self.protocol.analyse(main)
        comparison, error = self._compared(main)
        model_result = self.protocol.analyse(self._model_main()) if comparison else None
        had = self.watchman.wear.total(self.records)
        self.passport = worn(self.passport, had)
        return _Found(result, comparison, error, {
            "result": result_json(result), "passport": self.passport, "wear": had,
            "overlay": overlay_json(comparison, error, model_result)})

    def _main(self) -> tuple[Record, ...]:
        return tuple(r for r in main_of(self.records) if not r.cut_short)

    def _model_main(self) -> tuple[Record, ...]:
        return main_of([self.model_records[k] for k in sorted(self.model_records)])

    def _compared(self, main: Sequence[Record]) -> tuple[Comparison | None, str]:
        if self.overlay is None or self.worker is None:
            return None, ""
        if self.worker.error or not main:
            return None, self.worker.error or "nothing was measured"
        try:
            found = compare(self.protocol, self._all_good(), self._all_modelled(), self.overlay,
                            self.info.drives)
        except (MemrigError, ArithmeticError, MemoryError) as error:
            return None, f"{type(error).__name__}: {error}"
        settings = {**found.settings, **self.worker.settings}
        return dataclasses.replace(found, settings=settings), ""

    def _all_good(self) -> list[Record]:
        return [r for k, r in enumerate(self.records) if k in self.model_records]

    def _all_modelled(self) -> list[Record]:
        return [self.model_records[k] for k in sorted(self.model_records)]

    def _confirmed_safe(self) -> SafeState:
        safe = self.bench.make_safe()
        if not safe.off:
            raise self._still_on(safe)
        return safe

    def _still_on(self, safe: SafeState, before: str = "") -> BenchError:
        """What is shouted when outputs are not surely off, and stored."""
        said = f"{before}OUTPUTS MAY STILL BE ON: {'; '.join(safe.messages)}"
        return BenchError(said + self._failed(BenchError(said)))

    def _failed(self, error: BaseException) -> str:
        """Keep the data of a run that an error ended; nothing here may hide that error.

        Returns words on where they are, where its store does not have them.
        """
        if self.worker:
            self.worker.close()
        ending: dict[str, Any] = {}
        with suppress(MemrigError):
            had = self.watchman.wear.total(self.records)
            ending = {"passport": worn(self.passport, had), "wear": had,
                      "result": result_json(self.protocol.analyse(self._main()))}
        with suppress(MemrigError):
            return self._end_stored("failed", message=f"{type(error).__name__}: {error}", **ending)
        return ""

    def _end_stored(self, status: Status, **ending: Any) -> str:
        """Write how the run ended, into a store of its own where the run's does not take it.

        Returns words on where that is; none where all is well.
        """
        try:
            self._store_gathered()
            self._take_messages()
            if self.writer:
                self.writer.alerts(self.watchman.alerts.values())
                self.writer.finish(status, **ending)
        except StoreError as error:
            return self._rescued(error, status, ending)
        return ""

    def _rescued(self, error: StoreError, status: Status, ending: Mapping[str, Any]) -> str:
        from memrig.hil.store import rescued  # noqa: PLC0415  # as above

        def write(writer: RunWriter, *, latest: bool = False) -> None:
            writer.transcript(self.unwritten)
            for index, record in enumerate(self.records):
                writer.record(index, held_of(record, store) if latest else record, BENCH)
            for index, record in self.model_records.items():
                writer.record(index, held_of(record, store) if latest else record, OVERLAY)
            writer.alerts(self.watchman.alerts.values())
            writer.finish(status, **{**ending, "message": f"{ending['message']}; {error}"})

        store = f"the run store {self.writer.path}" if self.writer else ""
        try:
            path = rescued(self.id, self.header, write)
        except StoreError as lost:
            if not self.keeping.gone:
                return f"; {lost}"
        else:
            return f"; its store failed ({error}), all data are in {path}"
        earlier = f"the {self.keeping.gone} pieces that came first are in {store} alone"
        try:
            path = rescued(self.id, self.header, partial(write, latest=True))
        except StoreError as lost:
            return f"; {lost}; {earlier}"
        return f"; its store failed ({error}), what came last is in {path}, {earlier}"

    def _tell(self, event: Event) -> None:
        if self.observer:
            self.observer(event)


def model_json(overlay: Overlay | None) -> dict[str, Any] | None:
    """Name, parameters, integrator, step and first state of an overlay's model, what drives it."""
    if overlay is None:
        return None
    bench = overlay.bench
    return {"name": bench.model.name, "drive": overlay.drive, "parameters": bench.model.to_json(),
            "settings": dict(bench.describe().settings)}


def result_json(result: Result) -> dict[str, Any]:
    """A result as it is stored."""
    return {"values": dict(result.values), "warnings": list(result.warnings)}
