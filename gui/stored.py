"""What is done with stored runs: laid over each other, restored, reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from memrig.gui.plots.figures import Scene, scene_of
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.tabs import Another
from memrig.gui.session import Session
from memrig.hil import script
from memrig.hil.fit_process import FitFound
from memrig.hil.recompare import protocol_of
from memrig.hil.registry import entries, load
from memrig.hil.store import StoredRun


class Stored(QObject):
    """Acts on the runs of the session's store."""

    said = Signal(str)
    """A sentence for the status line."""
    restored = Signal()
    """The session has another set-up; forms show it."""

    def __init__(self, session: Session, overlay: OverlayView) -> None:
        super().__init__(overlay)
        self.session, self.overlay = session, overlay

    def draw(self, run_ids: list[str]) -> None:
        """Lay runs over each other, the first with its model and residual."""
        known = entries("protocols")
        runs = [run for one in run_ids
                if (run := self.session.store.load(one)).header.protocol in known]
        name = str((runs[0].header.model or {}).get("name", "")) if runs else ""
        self.overlay.set_runs([Another(name=r.run_id, scene=_scene(r)) for r in runs], name)

    def draw_fit(self, found: FitFound) -> None:
        """A run with the model before and after a fit; not while another run is shown live."""
        if self.session.state in {"running", "stopping"}:
            return
        run = self.session.store.load(found.task.run_id)
        protocol, simulated = protocol_of(run), run.header.simulated
        scene = scene_of(protocol, dict(run.numbered()), found.after, simulated=simulated)
        scene.earlier = scene_of(protocol, {}, found.before, simulated=simulated)
        self.overlay.set_runs([Another(name=run.run_id, scene=scene)], found.fit.model)

    def restore(self, run_id: str) -> None:
        """Take over a run's whole set-up: protocol, parameters, profile, model."""
        header = self.session.store.load(run_id).header
        model = header.model or {}
        texts = {name: _text(value) for name, value in header.parameters.items()}
        self.session.choose(
            protocol=header.protocol, texts=texts, preset=header.preset, note=header.note,
            chosen_profile=header.profile, device=header.passport.device,
            model=model.get("name", self.session.model),
            model_texts={k: _text(v) for k, v in model.get("parameters", {}).items()},
        )
        self.restored.emit()
        self.session.acted.emit(script.restored(
            run_id, self.tr("set-up of run {0} restored").format(run_id)))
        self.said.emit(self.tr("set-up of run {0} restored").format(run_id))

    def report_last(self) -> None:
        """Write the report of the newest run and open it."""
        runs = self.session.store.runs()
        if runs:
            self.report(runs[-1].run_id)

    def report(self, run_id: str) -> None:
        """Write the report of a run beside the store and open it."""
        run: StoredRun = self.session.store.load(run_id)
        path = Path(self.session.store.path).resolve().parent / f"memrig-{run_id}.html"
        from memrig.hil.report import write  # noqa: PLC0415  # the drawing library takes a second

        write(run, path)
        self.said.emit(self.tr("report: {0}").format(path))
        self.session.acted.emit(script.reported(
            run_id, path, self.tr("report of run {0}").format(run_id)))
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _scene(run: StoredRun) -> Scene:
    """A stored run as its figures need it."""
    texts = {name: _text(value) for name, value in run.header.parameters.items()}
    protocol = load("protocols", run.header.protocol).from_text(texts)
    return scene_of(protocol, dict(run.numbered()), dict(run.numbered("overlay")),
                    simulated=run.header.simulated)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
