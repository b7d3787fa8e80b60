"""The strip that is always there: device, output as the instrument answers it, progress, STOP."""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.commands import Command
from memrig.gui.widgets.elided import ElidedLabel
from memrig.hil.units import shown

HEIGHT = 52
STOP_SIZE = QSize(136, 36)
OLD_S = 2.0
"""An answer older than this is no longer news, and the strip says so."""
LOOK_MS = 250
TWICE_S = 0.8
"""Two presses of Esc within this time are one wish."""
FINISH_S = 60.0
"""Above this time left, the time of day of the end is said, too."""


class Strip(QFrame):
    """Shows what the instruments have answered, never what was asked of them.

    :param clock: seconds that only rise; ages are measured by it.
    """

    stop_asked = Signal()

    def __init__(
        self, parent: QWidget | None = None, *, clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._on: bool | None = False
        self._answered_s = clock()
        self._done, self._total, self._share = 0, 0, 0.0
        self.setObjectName("strip")
        self.setFixedHeight(HEIGHT)
        self._device, self._detail = ElidedLabel(), ElidedLabel()
        self._chip, self._output, self._aside = QLabel(), QLabel(), ElidedLabel()
        self._volts, self._amperes, self._limit = QLabel(), QLabel(), ""
        self._state, self._count, self._left = ElidedLabel(), QLabel(), QLabel()
        self._bar, self._stop = QProgressBar(), QPushButton()
        self._name_parts()
        self._lay_out()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self.refresh)
        self.set_simulated(False)
        self.set_output(False, math.nan, math.nan, 0.0)
        self.set_progress(0, 0, 0.0)

    # --- what it is told

    def set_device(self, name: str, detail: str = "") -> None:
        """The device that is meant, and what it is made of."""
        self._device.setText(name)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))

    def set_simulated(self, simulated: bool, what: str = "") -> None:  # noqa: FBT001  # like every setter of Qt
        """Whether anything on the bench is simulated; ``what`` is the tool tip."""
        self._chip.setText(self.tr("SIMULATED"))
        theme.restyle(self._chip, "simulated")
        self._chip.setVisible(simulated)
        self._chip.setToolTip(what)

    def set_no_bench(self) -> None:
        """There is nothing that could be simulated, or real."""
        self._chip.setText(self.tr("NO BENCH"))
        theme.restyle(self._chip, "noBench")
        self._chip.show()
        self._chip.setToolTip(self.tr("no bench is connected"))

    @property
    def chip(self) -> str:
        """What stands beside the output: that it is simulated, or that there is no bench."""
        return self._chip.text() if not self._chip.isHidden() else ""

    def set_output(
        self, on: bool | None, v_v: float, i_a: float, age_s: float, limit_a: float = math.nan,  # noqa: FBT001  # like every setter of Qt
    ) -> None:
        """What the instrument answered last, and how long ago; None: it does not answer.

        :param v_v: measured voltage; NaN where there is none, as for the current.
        :param limit_a: the limit of the current that is in force; NaN for none.
        """
        self._on, self._answered_s = on, self._clock() - age_s
        self._volts.setText(_signed(v_v, "V") if on else "")
        self._amperes.setText(_signed(i_a, "A") if on else "")
        for part in (self._volts, self._amperes):
            part.setVisible(bool(part.text()))
        known = on and math.isfinite(limit_a)
        self._limit = self.tr("limit {}").format(shown(limit_a, "A", 3)) if known else ""
        if on is False:
            self._look.stop()
        else:
            self._look.start()
        self.refresh()

    def set_progress(
        self, done: int, total: int, left_s: float, done_rel: float = math.nan
    ) -> None:
        """``done`` of ``total`` stimuli; a total of 0 is no run. It never goes back in a run.

        :param left_s: expected time left; NaN where nobody knows.
        :param done_rel: part of everything that is done, also within one long stimulus; NaN to
            count stimuli.
        """
        if total <= 0:
            self._done, self._total, self._share = 0, 0, 0.0
        else:
            self._done, self._total = max(self._done, done), max(total, done, self._done)
            counted = self._done / self._total
            self._share = max(self._share, done_rel if math.isfinite(done_rel) else counted)
        running = self._total > 0
        for part in (self._count, self._bar, self._left):
            part.setVisible(running)
        self._count.setText(f"{self._done} / {self._total}")
        self._bar.setValue(math.floor(self._share * self._bar.maximum()))
        self._left.setText(self._time_left(left_s))

    def set_state(self, text: str) -> None:
        """One line about what happens, e.g. when the instrument has confirmed that it is off."""
        self._state.setText(text)

    # --- what it says

    @property
    def output(self) -> str:
        """The output's state as it can be read."""
        parts = (self._output, self._volts, self._amperes, self._aside)
        return " ".join(part.text() for part in parts if part.text())

    @property
    def progress(self) -> float:
        """Share of the run that is done, as the bar shows it."""
        return self._bar.value() / self._bar.maximum()

    @property
    def state(self) -> str:
        """The line about what happens."""
        return self._state.text()

    @property
    def stop_button(self) -> QPushButton:
        """STOP: always the same place, size and meaning."""
        return self._stop

    def stop_command(self) -> Command:
        """STOP for menus, the palette and Ctrl+. in every window of the program."""
        return Command(id="run.stop", text=self.tr("Stop"), shortcut="Ctrl+.", act=self.ask_stop,
                       anywhere=True, menu="run")

    def ask_stop(self) -> None:
        """Ask for the stop, and acknowledge it in the same moment."""
        if self._total or self._on is not False:
            self.set_state(self.tr("Stopping …"))
            self._state.repaint()
        self.stop_asked.emit()

    def refresh(self) -> None:
        """Bring the output's state and the age of its answer up to date."""
        age_s = self._clock() - self._answered_s
        old = self._on is not False and age_s > OLD_S
        word = {True: self.tr("● OUTPUT ON"), False: self.tr("○ OUTPUT OFF"),
                None: self.tr("▲ OUTPUT UNKNOWN")}[self._on]
        look = {True: "outputOn", False: "outputOff", None: "outputUnknown"}[self._on]
        self._output.setText(word)
        self._aside.setText(
            self.tr("▲ {:.0f} s ago").format(age_s) if old else self._limit)
        theme.restyle(self._box, look)
        theme.restyle(self._output, {True: "live", False: "muted", None: "old"}[self._on])
        theme.restyle(self._aside, "old" if old else "bad")
        self._box.setAccessibleName(self.output)

    # --- how it is made

    def _name_parts(self) -> None:
        for part, name in (
            (self._device, "title"), (self._detail, "muted"), (self._chip, "simulated"),
            (self._state, "muted"), (self._count, "count"), (self._left, "muted"),
            (self._volts, "live"), (self._amperes, "live"), (self._bar, "progress"),
            (self._stop, "stop"),
        ):
            part.setObjectName(name)
        kept = self._chip.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._chip.setSizePolicy(kept)
        self._device.setAccessibleName(self.tr("Device"))
        self._bar.setAccessibleName(self.tr("Progress of the run"))
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._stop.setText(self.tr("STOP   Ctrl+."))
        self._stop.setAccessibleName(self.tr("STOP"))
        self._stop.setToolTip(self.tr("0 V, outputs off, whatever happens (Ctrl+. or Esc twice)"))
        self._stop.setFixedSize(STOP_SIZE)
        self._stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._stop.clicked.connect(self.ask_stop)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.CARD, 0, theme.SPACE, 0)
        row.setSpacing(theme.CARD)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addStretch()
        names.addWidget(self._device)
        names.addWidget(self._detail)
        names.addStretch()
        row.addLayout(names, 1)
        row.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._make_box())
        row.addWidget(self._progress_block())
        row.addWidget(self._stop)

    def _make_box(self) -> QFrame:
        """The output's box, wide enough for every answer: nothing beside it ever moves."""
        self._box = QFrame()
        inside = QHBoxLayout(self._box)
        inside.setContentsMargins(theme.CARD, 0, theme.CARD, 0)
        inside.setSpacing(theme.SPACE)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for part in (self._volts, self._amperes):
            part.setAlignment(right)
            part.setMinimumWidth(part.fontMetrics().horizontalAdvance("−88.88 mV"))
        self._aside.setAlignment(right)
        inside.addWidget(self._output)
        inside.addWidget(self._volts)
        inside.addWidget(self._amperes)
        inside.addWidget(self._aside, 1)
        self._box.setFixedSize(QSize(410, 36))
        return self._box

    def _progress_block(self) -> QWidget:
        whole = QWidget()
        whole.setFixedWidth(320)  # the output's box beside it stands still
        block = QGridLayout(whole)
        block.setContentsMargins(0, theme.SMALL, 0, theme.SMALL)
        block.setHorizontalSpacing(theme.SPACE)
        block.setVerticalSpacing(0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._state.setAlignment(right)
        block.addWidget(self._state, 0, 0, 1, 3)
        block.addWidget(self._count, 1, 0)
        block.addWidget(self._bar, 1, 1, Qt.AlignmentFlag.AlignVCenter)
        block.addWidget(self._left, 1, 2)
        block.setColumnStretch(1, 1)
        return whole

    def _time_left(self, left_s: float) -> str:
        if not math.isfinite(left_s):
            return ""
        seconds = math.ceil(max(left_s, 0.0))
        if seconds <= FINISH_S:
            return self.tr("{} s left").format(seconds)
        end = datetime.datetime.now().astimezone() + datetime.timedelta(seconds=seconds)
        return self.tr("{} min left · {:%H:%M}").format(math.ceil(seconds / 60), end)


class EscapeTwice(QObject):
    """Hears Esc twice in quick succession, in every window, menu and list of the program.

    A shortcut ``Esc, Esc`` would swallow the first one, which closes menus and lists; so the keys
    are only watched on their way, and both still do what they do.
    """

    asked = Signal()

    def __init__(
        self, parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._down_s, self._first_s = -math.inf, -math.inf

    def watch(self, application: QApplication) -> None:
        """Hear the keys of an application from now on."""
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """Watch Esc go by; nothing is kept back.

        One press passes by several widgets, so it counts once until the key is let go.
        """
        kind = event.type()
        if kind in {QEvent.Type.KeyPress, QEvent.Type.KeyRelease} and _is_escape(event):
            self._key(pressed=kind is QEvent.Type.KeyPress)
        return False

    def _key(self, *, pressed: bool) -> None:
        now_s = self._clock()
        held = now_s - self._down_s <= TWICE_S  # a release may get lost to another program
        self._down_s = now_s if pressed else -math.inf
        if not pressed or held:
            return
        twice = now_s - self._first_s <= TWICE_S
        self._first_s = -math.inf if twice else now_s
        if twice:
            self.asked.emit()


def _is_escape(event: QEvent) -> bool:
    """Whether the key is Esc, pressed by hand and not repeated by being held."""
    return (isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
            and not event.isAutoRepeat())


def _signed(value: float, unit: str) -> str:
    """A live value with its sign, so that digits stand still; empty for NaN."""
    if not math.isfinite(value):
        return ""
    return ("" if value < 0 else "+") + shown(value, unit, 3)
