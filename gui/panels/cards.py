"""The cards of the right column, which the first picture shows as frames only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from memrig.gui.commands import Command
from memrig.gui.panels.right import RightColumn
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.hil.export import WORDS, Format, missing

if TYPE_CHECKING:
    from memrig.gui.panels.fit import FitCard
    from memrig.gui.panels.queue import QueueCard
    from memrig.gui.panels.runs import RunsPanel


class _Made(NamedTuple):
    fit: FitCard
    queue: QueueCard
    runs: RunsPanel


class Cards(QObject):
    """Fit, queue and runs: made when the window has been seen, or by whoever asks for one before.

    :ivar column: where they stand; until then frames with their titles do.
    """

    made = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._made: _Made | None = None
        titles = (QCoreApplication.translate("FitCard", "Fit"),
                  QCoreApplication.translate("RunsPanel", "Runs"))
        fit, runs = self._frames = [Card(0, title) for title in titles]
        fit.set_folded(True)
        waiting = QWidget()
        self.column = RightColumn(fit, waiting, runs, titles)
        waiting.hide()  # as the queue, while nothing waits

    @property
    def fit(self) -> FitCard:
        """The fit of the model to a run."""
        return self._all.fit

    @property
    def queue(self) -> QueueCard:
        """The runs that wait."""
        return self._all.queue

    @property
    def runs(self) -> RunsPanel:
        """The runs of the store."""
        return self._all.runs

    @property
    def is_made(self) -> bool:
        """Whether the frames have gone."""
        return self._made is not None

    def complete(self) -> None:
        """Make them, if nobody has asked for one yet."""
        _ = self._all

    @property
    def _all(self) -> _Made:
        if self._made is None:
            from memrig.gui.panels.fit import FitCard  # noqa: PLC0415  # not for the first picture
            from memrig.gui.panels.queue import QueueCard  # noqa: PLC0415  # as above
            from memrig.gui.panels.runs import RunsPanel  # noqa: PLC0415  # as above

            session, column = self._session, self.column  # a queue without parent were a window
            made = _Made(FitCard(session, column), QueueCard(session, column),
                         RunsPanel(session, column))
            self._made = made
            for card, frame in zip((made.fit, made.runs), self._frames, strict=True):
                card.set_folded(frame.folded)
            self.column.exchange(made.fit, made.queue, made.runs)
            self.made.emit()
        return self._made

    # --- what can be done with them from everywhere

    def commands(self) -> list[Command]:
        """They are known from the beginning; the first that is used makes the cards."""
        return [*self._fit_commands(), *self._queue_commands(), *self._run_commands()]

    def _fit_commands(self) -> list[Command]:
        tr = QCoreApplication.translate
        return [
            Command(id="fit.start", text=tr("Window", "Fit the model to the run"),
                    shortcut="Ctrl+F", act=self._fit_now, menu="run", group=2),
            Command(id="fit.stop", text=tr("Window", "Stop the fit"), act=self._stop_fit,
                    menu="run", group=2),
            Command(id="fit.keep", text=tr("Window", "Keep the fitted parameters"),
                    act=self._keep_fit, menu="run", group=2),
        ]

    def _queue_commands(self) -> list[Command]:
        tr, session = QCoreApplication.translate, self._session
        return [
            Command(id="queue.add", text=tr("QueueCard", "Add to the queue"),
                    shortcut="Ctrl+Shift+R", act=session.queue.add, menu="run", group=3),
            Command(id="queue.prepare", text=tr("QueueCard", "Prepare the next run"),
                    shortcut="Ctrl+Shift+N", act=session.prepare, menu="run", group=3),
            Command(id="queue.go", text=tr("QueueCard", "Start the queue, or let it go on"),
                    shortcut="Ctrl+Shift+G", act=session.queue.go, menu="run", group=3),
        ]

    def _run_commands(self) -> list[Command]:
        tr = QCoreApplication.translate
        text = tr("RunsPanel", "Export the chosen run: {0}")
        exports = [Command(id=f"runs.export.{kind}", text=text.format(word), menu="run", group=4,
                           act=partial(self._export, kind))
                   for kind, word in WORDS.items() if not missing(kind)]
        return [
            Command(id="runs.restore", text=tr("RunsPanel", "Restore the chosen run's set-up"),
                    act=self._restore, menu="run", group=4),
            Command(id="runs.report", text=tr("RunsPanel", "Report of the ticked runs"),
                    act=self._report, menu="run", group=4),
            Command(id="runs.tags", text=tr("RunsPanel", "Tags of the chosen run"),
                    act=self._edit_tags, menu="go"),
            Command(id="runs.note", text=tr("RunsPanel", "Note on the chosen run"),
                    act=self._write_note, menu="go"),
            *exports,
        ]

    def _fit_now(self) -> None:
        self.column.show_part(self.fit)
        self.fit.start()

    def _stop_fit(self) -> None:
        self.fit.end()

    def _keep_fit(self) -> None:
        self.fit.keep_it()

    def _restore(self) -> None:
        self.runs.ask_to_restore()

    def _report(self) -> None:
        self.runs.ask_to_report()

    def _export(self, kind: Format) -> None:
        self.runs.export_as(kind)

    def _edit_tags(self) -> None:
        self.runs.details.tags.setFocus()

    def _write_note(self) -> None:
        self.runs.details.note.setFocus()
