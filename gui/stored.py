"""What is done with stored runs: laid over each other, restored, tagged, reported, exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from memrig.gui.errands import Errand, ErrandEnded
from memrig.gui.plots.figures import Scene, scene_of
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.tabs import Another
from memrig.gui.running import Word
from memrig.gui.sentences import said
from memrig.gui.session import BUSY, Session
from memrig.gui.widgets.quantity import exact_text
from memrig.hil.errors import MemrigError
from memrig.hil.export import SUFFIXES, Format, export
from memrig.hil.guards import Guards
from memrig.hil.opening import MODEL
from memrig.hil.parameters import Parameters
from memrig.hil.registry import entries, load
from memrig.hil.store import RunHeader, Store, StoredRun

if TYPE_CHECKING:
    from memrig.hil.fit_process import FitFound

PLACE = ("wafer", "die", "cell", "formed_at", "temperature_k")
"""What a passport says of where a device is and how it is kept."""
FILTERS = {"csv": "CSV (*)", "hdf5": "HDF5 (*.h5)", "netcdf": "NetCDF (*.nc)"}


class Restored(NamedTuple):
    """A set-up that was taken over.

    :param elsewhere: what its bench is opened as, where that is not the open one; empty where it
        is, or cannot be opened by name.
    :param sentence: where it was measured, if not on the open bench.
    """

    run_id: str
    seed: int | None
    elsewhere: str = ""
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class Files(Errand):
    """Runs that are written for others.

    :param paths: where to, by run.
    :param form: of an export; empty for reports.
    """

    paths: Mapping[str, Path]
    form: str = ""


class Stored(QObject):
    """Acts on the runs of the session's store."""

    said = Signal(str)
    """A sentence for the status line."""
    restored = Signal(object)
    """The session has another set-up (``Restored``); forms show it."""

    def __init__(self, session: Session, overlay: OverlayView) -> None:
        super().__init__(overlay)
        self.session, self.overlay = session, overlay
        self._awaited: list[Files] = []
        session.told.connect(self._take)

    def draw(self, run_ids: list[str]) -> None:
        """Lay runs over each other, the first with its model and residual."""
        known = entries("protocols")
        runs = [run for one in run_ids
                if (run := self.session.store.load(one)).header.protocol in known]
        name = str((runs[0].header.model or {}).get("name", "")) if runs else ""
        self.overlay.set_runs([Another(name=r.run_id, scene=_scene(r)) for r in runs], name)

    def draw_fit(self, found: FitFound) -> None:
        """A run with the model before and after a fit; not while another run is shown live."""
        if self.session.state in BUSY:
            return
        from memrig.hil.recompare import protocol_of  # noqa: PLC0415  # brings what compares runs

        run = self.session.store.load(found.task.run_id)
        protocol, simulated = protocol_of(run), run.header.simulated
        scene = scene_of(protocol, dict(run.numbered()), found.after, simulated=simulated)
        scene.earlier = scene_of(protocol, {}, found.before, simulated=simulated)
        self.overlay.set_runs([Another(name=run.run_id, scene=scene)], found.fit.model)

    # --- its set-up

    def restore(self, run_id: str) -> None:
        """Take over a run's whole set-up as it was then; the bench is named, never changed."""
        if self.session.locked:
            self.said.emit(self.tr("a run is in progress; prepare the next one first"))
            return
        header = self.session.store.load(run_id).header
        try:
            choices = set_up_of(header)
        except MemrigError as error:
            self.said.emit(self.tr("run {0} cannot be restored: {1}").format(run_id, error))
            return
        self.session.choose(**choices)
        found = self._found(run_id, header)
        self.restored.emit(found)
        done = self.tr("set-up of run {0} restored").format(run_id)
        from memrig.hil import script  # noqa: PLC0415  # the first picture needs none

        self.session.acted.emit(script.restored(run_id, done))
        self.said.emit(f"{done} · {found.sentence}" if found.sentence else done)

    def _found(self, run_id: str, header: RunHeader) -> Restored:
        spec = spec_of(header)
        if spec == self.session.spec:
            return Restored(run_id=run_id, seed=header.seed)
        return Restored(
            run_id=run_id, seed=header.seed, elsewhere=spec,
            sentence=self.tr("it was run on bench {0}; {1} is open").format(
                spec or header.bench.name, self.session.spec))

    # --- what is written about it

    def set_tags(self, run_id: str, tags: Sequence[str]) -> None:
        """Let a run be found by these words."""
        store = self.session.store
        try:
            before = store.load(run_id).tags
            store.untag(run_id, *[tag for tag in before if tag not in tags])
            store.tag(run_id, *[tag for tag in tags if tag not in before])
        except MemrigError as error:
            self.said.emit(said(str(error)))
            return
        self.session.reread(run_id)
        self.said.emit(self.tr("tags of run {0}: {1}").format(
            run_id, " ".join(tags) or self.tr("none")))

    def add_note(self, run_id: str, text: str) -> None:
        """Write something about a run, with the present time."""
        try:
            self.session.store.annotate(run_id, text)
        except MemrigError as error:
            self.said.emit(said(str(error)))
            return
        self.session.reread(run_id)
        self.said.emit(self.tr("note added to run {0}").format(run_id))

    # --- what others read

    def report_last(self) -> None:
        """Write the report of the newest run and open it."""
        runs = self.session.runs()
        if runs:
            self.report(runs[-1].run_id)

    def report(self, run_id: str) -> None:
        """Write the report of a run beside the store and open it."""
        self.report_all([run_id])

    def report_all(self, run_ids: list[str]) -> None:
        """Write the reports of runs beside the store; open it, or the folder of several."""
        if not run_ids:
            return
        paths = {one: self._folder / f"memrig-{one}.html" for one in run_ids}
        self._send(Files(act=partial(_write_reports, self.session.store, paths), paths=paths))

    def _send(self, files: Files) -> None:
        """Have files written, and say so at once."""
        self._awaited.append(files)
        first = next(iter(files.paths.values()))
        if files.form:
            sentence = self.tr("writing {0} …").format(first)
        elif len(files.paths) == 1:
            sentence = self.tr("writing report {0} …").format(first)
        else:
            sentence = self.tr("writing reports: {0} …").format(len(files.paths))
        self.said.emit(sentence)
        self.session.errands.add(files)

    def _take(self, word: Word) -> None:
        """Files are there, or they are not and somebody must know why."""
        if not isinstance(word, ErrandEnded) or not isinstance(word.errand, Files):
            return
        files = word.errand
        self._awaited.remove(files)
        if word.sentence:
            self.said.emit(self.tr("not written: {0}").format(said(word.sentence)))
        elif files.form:
            self._exported(files)
        else:
            self._reported(files)

    def _reported(self, files: Files) -> None:
        from memrig.hil import script  # noqa: PLC0415  # the first picture needs none

        for run_id, path in files.paths.items():
            self.session.acted.emit(script.reported(
                run_id, path, self.tr("report of run {0}").format(run_id)))
        opened = next(iter(files.paths.values()))
        if len(files.paths) == 1:
            self.said.emit(self.tr("report: {0}").format(opened))
        else:
            opened = opened.parent
            self.said.emit(self.tr("{0} reports: {1}").format(len(files.paths), opened))
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(opened)))

    def _exported(self, files: Files) -> None:
        from memrig.hil import script  # noqa: PLC0415  # the first picture needs none

        for run_id, path in files.paths.items():
            done = self.tr("exported: {0}").format(path)
            self.session.acted.emit(script.exported(run_id, path, files.form, done))
            self.said.emit(done)

    @property
    def _folder(self) -> Path:
        return Path(self.session.store.path).resolve().parent

    def export(self, run_id: str, kind: Format) -> None:
        """Write a run for other programs where somebody says; never over what is there."""
        run = self.session.store.load(run_id)
        proposed = self._folder / f"memrig-{run_id}-{run.header.protocol}{SUFFIXES[kind]}"
        chosen, _ = QFileDialog.getSaveFileName(
            self.overlay, self.tr("Export run {0}").format(run_id), str(proposed), FILTERS[kind],
            options=QFileDialog.Option.DontConfirmOverwrite)
        if not chosen:
            return
        path = Path(chosen)
        if path.exists() or any(path in one.paths.values() for one in self._awaited):
            self.said.emit(self.tr(
                "{0} exists; choose another name; nothing was written").format(path))
            return
        self._send(Files(act=partial(_export, self.session.store, run_id, path, kind),
                         paths={run_id: path}, form=kind))


def _write_reports(store: Store, paths: Mapping[str, Path]) -> None:
    from memrig.hil.report import write  # noqa: PLC0415  # the drawing library takes a second

    for run_id, path in paths.items():
        write(store.load(run_id), path)


def _export(store: Store, run_id: str, path: Path, kind: Format) -> None:
    export(store.load(run_id), path, kind)


def set_up_of(header: RunHeader) -> dict[str, Any]:
    """A run's set-up as ``Session.choose`` takes it, the bench left out; every text is exact.

    :raises UnknownNameError: when its protocol, or a parameter of it, does not exist here.
    :raises RequestError: when a value is not allowed any more.
    """
    cls: type[Parameters] = load("protocols", header.protocol)
    texts = texts_of(cls, header.parameters)
    cls.from_text(texts)
    chosen: dict[str, Any] = {
        "protocol": header.protocol, "texts": texts, "preset": header.preset,
        "note": header.note, "tags": header.tags, "seed": header.seed,
        "guards": Guards.from_text(header.guards).changed,
        "device": header.passport.device, "chosen_profile": header.profile,
        "place": {name: value for name in PLACE
                  if (value := getattr(header.passport, name)) not in {"", None}},
    }
    return {**chosen, **_model_of(header)}


def _model_of(header: RunHeader) -> dict[str, Any]:
    """The model with all its parameters, and the state it began with where that is not its own."""
    if header.model is None:
        return {}
    cls: type[Parameters] = load("models", header.model["name"])
    texts = texts_of(cls, header.model["parameters"])
    model: Any = cls.from_text(texts)
    x0 = header.model.get("settings", {}).get("x0")
    first = {} if x0 is None or x0 == model.x0 else {"x0": repr(x0)}
    own = {"chosen_profile": None} if header.profile == model.profile() else {}
    return {"model": header.model["name"], "model_texts": {**texts, **first}, **own}


def texts_of(cls: type[Parameters], values: Any) -> dict[str, str]:
    """Stored values as texts that are read back to the last bit."""
    units = {name: spec.unit for name, spec in cls.specs().items()}
    return {name: exact_text(value, units.get(name, "")) for name, value in values.items()}


def spec_of(header: RunHeader) -> str:
    """What a run's bench is opened as; empty where nothing is known that opens it."""
    opened = header.bench.settings.get("opened") or {}
    if spec := str(opened.get("spec", "")):
        return spec
    known = {MODEL, *entries("twins")}
    return header.bench.name if header.bench.name in known else ""


def _scene(run: StoredRun) -> Scene:
    """A stored run as its figures need it."""
    cls = load("protocols", run.header.protocol)
    protocol = cls.from_text(texts_of(cls, run.header.parameters))
    return scene_of(protocol, dict(run.numbered()), dict(run.numbered("overlay")),
                    simulated=run.header.simulated, profile=run.header.profile,
                    dead_zone_v=_dead_zone_v(run.header))


def _dead_zone_v(header: RunHeader) -> tuple[float, float] | None:
    """Of the model that was laid over a run; None where that is not known here any more."""
    known = header.model or {}
    if known.get("name") not in entries("models"):
        return None
    cls = load("models", known["name"])
    try:
        model = cls.from_text(texts_of(cls, known["parameters"]))
    except MemrigError:
        return None
    zone: tuple[float, float] | None = model.dead_zone_v
    return zone
