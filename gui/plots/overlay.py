"""The main picture: what was measured over what the model says, in the views of a protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from memrig.gui.plots._plot import Picked, Plot
from memrig.gui.plots.figures import Scene
from memrig.gui.plots.spots import Spot
from memrig.gui.plots.tabs import Another, LogTab, LoopTab, ShotTab, Tab, TimeTab
from memrig.gui.plots.words import words_of
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.focus import keep_order
from memrig.hil.calibration import Calibration
from memrig.hil.events import (
    ChunkArrived,
    Event,
    RecordFinished,
    RunStarted,
    StimulusStarted,
)
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol
from memrig.hil.record import Chunk, Record


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of one record that have arrived behind each other."""

    index: int
    chunks: tuple[Chunk, ...]


OWN = (RunStarted, StimulusStarted, Parts, RecordFinished)
"""Events that change the figure."""


def _gathered(events: Iterable[Event]) -> Iterator[Event | Parts]:
    """Events in order; parts of one record that come together as one."""
    for index, found in groupby(events, _part_of):
        if index is None:
            yield from found
        else:
            yield Parts(index, tuple(e.chunk for e in found if isinstance(e, ChunkArrived)))


def _part_of(event: Event) -> int | None:
    return event.index if isinstance(event, ChunkArrived) else None


HINT_ABOVE = 440
"""Height of the figure, in pixels, above which it says that points can be clicked."""


class OverlayView(QWidget):
    """Views of one run, live or stored; further runs are laid over it.

    ``set_prediction`` first (it sets the axes), then ``take`` for every batch of events of a run,
    or ``set_runs`` for stored ones.
    """

    picked = Signal(object)
    time_pointed = Signal(object)
    """The planned time of what the pointer is at, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self._over = False
        """Whether nothing more will come of what is shown."""
        self.steady = False
        """Whether what is shown next keeps the axes, which then only grow."""
        self._others: list[Another] = []
        self._model_name = ""
        self._figure: str | None = None
        self._wanted = ""
        self._pages: dict[str, list[_Page]] = {}
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Views of the run"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)
        self.about = ElidedLabel()
        self.about.setObjectName("muted")
        self.about.setContentsMargins(8, 2, 8, 2)
        self.about.setText(self.tr("Click on a point to see what is known of it."))
        layout.addWidget(self.about)
        self._explained = False
        self.home_action = QAction(self.tr("Show the whole picture"), self)
        self.home_action.setShortcut(QKeySequence(Qt.Key.Key_Home))
        self.home_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.home_action.triggered.connect(self.home)
        self.addAction(self.home_action)
        self._show(Scene(), (), "")
        self.tabs.currentChanged.connect(self._turned)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """A low figure has no room for a line that only says what could be done."""
        super().resizeEvent(event)
        self.about.setVisible(self._explained or self.height() > HINT_ABOVE)

    # -- what is shown ------------------------------------------------------------------

    def clear(self, protocol: Protocol | None = None) -> None:
        """Forget everything; the views become those of ``protocol``."""
        self._show(Scene(protocol), (), "")

    def set_prediction(
        self, protocol: Protocol, records: Sequence[Record], model_name: str,
        *, simulated: bool = False, profile: Profile | None = None,
        dead_zone_v: tuple[float, float] | None = None,
    ) -> None:
        """Show what a dry run predicts; a run that follows is drawn over it.

        :param records: of all steps of the rehearsal, in order.
        :param simulated: whether the bench that would measure is a simulation.
        :param profile: what the device allows and needs, where its levels are to be drawn.
        :param dead_zone_v: the model's thresholds, where it states any.
        """
        scene = Scene(protocol)
        scene.simulated, scene.profile, scene.dead_zone_v = simulated, profile, dead_zone_v
        scene.predict(records)
        self._show(scene, (), model_name)

    def set_model(self, records: Mapping[int, Record]) -> None:
        """Take the overlay's records, by number of their stimulus."""
        self.scene.add_overlays(records)
        self._advance()

    def set_runs(self, runs: Sequence[Another], model_name: str) -> None:
        """Show stored runs: the first with its model and residual, the others over it."""
        if not runs:
            self.clear()
            return
        for run in runs:
            run.scene.run = run.name
        self._show(runs[0].scene, runs[1:], model_name)

    def begin(self, netlist: Netlist, calibration: Calibration, *, simulated: bool) -> None:
        """A run begins: measured points of earlier ones go, the prediction stays."""
        fresh = Scene(self.scene.protocol, live=True)
        fresh.begin(netlist, calibration, simulated=simulated)
        fresh.profile, fresh.dead_zone_v = self.scene.profile, self.scene.dead_zone_v
        fresh.predict(list(self.scene.prediction.values()))
        self._show(fresh, (), self._model_name)

    def settle(self) -> None:
        """The run is over: residuals get axes for what there is, in the other views when seen."""
        self._over = True
        for page in self._pages[self.scene.figure]:
            page.stale = page is not self._page()
        self.tab.settle()

    def take(self, events: Iterable[Event]) -> None:
        """Draw what has come since the last tick; everything else is none of its business."""
        changed = False
        overlays: dict[int, Record] = {}
        for event in _gathered(events):
            changed = changed or isinstance(event, OWN)
            match event:
                case RunStarted():
                    self.begin(event.info.netlist, event.info.calibration,
                               simulated=event.info.simulated)
                    self.scene.run = event.run
                case StimulusStarted():
                    self.scene.start(event.index, event.plan)
                case Parts():
                    self.scene.arrive(event.index, *event.chunks)
                case RecordFinished(source="overlay"):
                    overlays[event.index] = event.record
                case RecordFinished():
                    self.scene.finish(event.index, event.record)
        if overlays:
            self.scene.add_overlays(overlays)
        if changed:
            self._advance()

    def add_measured(self, number: int, plan: Plan, part: Chunk | Record) -> None:
        """Take a chunk or a whole record of one stimulus."""
        if number not in self.scene.plans:
            self.scene.start(number, plan)
        if isinstance(part, Chunk):
            self.scene.arrive(number, part)
        else:
            self.scene.finish(number, part)
        self._advance()

    @contextmanager
    def in_full(self) -> Iterator[None]:
        """Every measured point in the curves meanwhile, also while a run goes on."""
        scene, steady = self.scene, self.steady
        if not scene.thinned:
            yield
            return
        self.steady = True
        try:
            self._show(scene.whole(), self._others, self._model_name)
            yield
        finally:
            self._show(scene, self._others, self._model_name)
            self.steady = steady

    # -- views --------------------------------------------------------------------------

    @property
    def view(self) -> str:
        """Name of the view that is seen."""
        return self._page().name

    @property
    def tab(self) -> Tab:
        """The view that is seen."""
        found = self._page().tab
        assert found is not None
        return found

    @property
    def plots(self) -> list[Plot]:
        """The plots that are seen, the main one first."""
        return self.tab.plots

    def turn_to(self, view: str) -> None:
        """Show a view by its name, now or as soon as a run is shown that has it."""
        self._wanted = view
        self._turn_where_wanted()

    def _turn_where_wanted(self) -> None:
        for k, page in enumerate(self._pages[self._figure or ""]):
            if page.name == self._wanted:
                self._wanted = ""
                self.tabs.setCurrentIndex(k)

    def point_at_time(self, t_s: float | None) -> None:
        """Mark what belongs to a planned time in the view that is seen, or nothing."""
        self.tab.point_at_time(t_s)

    def _say(self, picked: Picked) -> None:
        """What is known of a point; it stays until the next."""
        found = self.tab.spot_of(picked)
        if isinstance(found, Spot):
            found = words_of(found, self.tab.scene_with(picked.series).run)
        if found:
            self._explained = True
            self.about.setText(found)
            self.about.show()

    def home(self) -> None:
        """The whole picture in every plot that is seen."""
        self.tab.home()

    def _page(self) -> _Page:
        found = self.tabs.currentWidget()
        assert isinstance(found, _Page)
        return found

    def _show(self, scene: Scene, others: Sequence[Another], model_name: str) -> None:
        self._over &= scene is self.scene
        self.scene, self._others, self._model_name = scene, list(others), model_name
        if scene.figure != self._figure:
            self._turn_to(scene.figure)
        for page in self._pages[scene.figure]:
            page.stale = True
        self._turn_where_wanted()
        self._turned()

    def _turn_to(self, figure: str) -> None:
        """The views of a kind of figure, in the order of the report."""
        self._figure = figure
        if figure not in self._pages:
            self._pages[figure] = [_Page(*view) for view in self._views(figure)]
        self.tabs.blockSignals(True)
        self.tabs.clear()
        for page in self._pages[figure]:
            self.tabs.addTab(page, page.title)
        self.tabs.blockSignals(False)

    def _turned(self) -> None:
        """Draw a view when it comes to be seen."""
        page = self._page()
        if page.tab is None:
            tab = page.fill()
            tab.picked.connect(self.picked)
            tab.picked.connect(self._say)
            tab.time_pointed.connect(self.time_pointed)
        if page.stale:
            page.stale = False
            self.tab.show_scene(self.scene, self._others, self._model_name, steady=self.steady)
            if self._over:
                self.tab.settle()
        keep_order(self.tabs.tabBar(), page)

    def _advance(self) -> None:
        for page in self._pages[self.scene.figure]:
            page.stale = page is not self._page()
        self.tab.advance()

    def _views(self, figure: str) -> list[tuple[str, str, Callable[[], Tab]]]:
        """Name, title and maker of every view."""
        time = ("time", self.tr("V(t), I(t)"), TimeTab)
        shot = ("shot", self.tr("Captured pulse"), ShotTab)
        if figure == "stdp":
            return [*self._window_views(), time, shot]
        if figure in {"series", "reads"}:
            from memrig.gui.plots.series_tab import SeriesTab  # noqa: PLC0415  # not seen first

            if figure == "series":
                return [("series", self.tr("G - pulse"), SeriesTab), time, shot]
            return [("reads", self.tr("Readings"), partial(SeriesTab, reads=True)), time, shot]
        return [("iv", self.tr("I-V"), LoopTab), ("log", self.tr("log |I|"), LogTab), time]

    def _window_views(self) -> list[tuple[str, str, Callable[[], Tab]]]:
        from memrig.gui.plots.overlap_tab import OverlapTab  # noqa: PLC0415  # not seen first
        from memrig.gui.plots.window_tab import WindowTab  # noqa: PLC0415  # as above
        from memrig.hil.report.measures import ABSOLUTE, ARTICLE, RELATIVE  # noqa: PLC0415  # as above

        return [("window", self.tr("STDP ΔW"), partial(WindowTab, ARTICLE)),
                ("relative", self.tr("STDP dG/G0"), partial(WindowTab, RELATIVE)),
                ("absolute", self.tr("STDP ΔG"), partial(WindowTab, ABSOLUTE)),
                ("overlap", self.tr("Overlap"), OverlapTab)]


class _Page(QWidget):
    """A view that is made when somebody looks."""

    def __init__(self, name: str, title: str, make: Callable[[], Tab]) -> None:
        super().__init__()
        self.name, self.title, self._make = name, title, make
        self.tab: Tab | None = None
        self.stale = True
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)

    def fill(self) -> Tab:
        """Make it."""
        self.tab = self._make()
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.tab)
        return self.tab
