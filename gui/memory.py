"""What the window remembers from one start to the next; never an output, never a bench.

One text under one name holds all of it, so that it is old or new and never half of each.
"""

from __future__ import annotations

import json
import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QObject, QSettings, QTimer
from PySide6.QtWidgets import QSplitter, QWidget

from memrig.gui.widgets.card import Card
from memrig.hil.errors import MemrigError
from memrig.hil.guards import Guards
from memrig.hil.profile import Profile
from memrig.hil.registry import load

if TYPE_CHECKING:
    from memrig.gui.session import Session
    from memrig.gui.window import Window

KEY, VERSION = "session", 1
SETTLED_MS = 500
"""Changes that follow each other faster are written once."""
_MOVES = {QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.WindowStateChange}

_log = logging.getLogger(__name__)


def settings() -> QSettings:
    """The user's settings of memrig, or the file that MEMRIG_SETTINGS names."""
    if chosen := os.environ.get("MEMRIG_SETTINGS"):
        return QSettings(chosen, QSettings.Format.IniFormat)
    return QSettings("memrig", "memrig")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What was remembered and still makes sense.

    :param choices: of ``Session.choose``, without the bench.
    :param geometry: of the window; ``splitters`` by object name, in Qt's own form.
    :param folded: cards by class name.
    :param ticked: runs that were drawn.
    :param view: kind of figure, and the number of the view that was seen of it.
    """

    choices: Mapping[str, Any] = field(default_factory=dict)
    geometry: bytes = b""
    splitters: Mapping[str, bytes] = field(default_factory=dict)
    folded: Mapping[str, bool] = field(default_factory=dict)
    filter: str = ""
    ticked: tuple[str, ...] = ()
    view: tuple[str, int] = ("", 0)


def recall(kept: QSettings) -> Recalled:
    """Read what was remembered; what is corrupt, older or unknown here is left out and logged."""
    text = kept.value(KEY, "")
    if not text:
        return Recalled()
    try:
        data = json.loads(str(text))
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        _log.warning("the remembered session is left out: %s: %s", type(error).__name__, error)
        return Recalled()
    parts = {name: _part(name, data.get(name), read) for name, read in _READ.items()}
    return Recalled(**{name: value for name, value in parts.items() if value is not None})


def _part(name: str, data: Any, read: Callable[[Any], Any]) -> Any:
    """One part, or None where it cannot be read."""
    if data is None:
        return None
    try:
        return read(data)
    except (MemrigError, ValueError, TypeError, KeyError, AttributeError) as error:
        _log.warning("the remembered %s is left out: %s", name, error)
        return None


def _choices(data: Mapping[str, Any]) -> dict[str, Any]:
    """Choices that this memrig knows: a name that is gone takes what belongs to it along."""
    found: dict[str, Any] = {"device": str(data["device"])}
    for name, kind in (("model", "models"), ("protocol", "protocols")):
        texts = "model_texts" if name == "model" else "texts"
        given = _part(f"{name} {data[name]}", data, _named(name, kind, texts))
        found |= given or {}
    presets = getattr(load("protocols", found["protocol"]), "presets", {}) if (
        "protocol" in found) else {}
    if data["preset"] in presets:
        found["preset"] = data["preset"]
    given = _part("guards", data.get("guards"), _guards)
    found |= {"guards": given} if given else {}
    if data["profile"]:
        profile = _part("profile", data["profile"], _profile)
        found |= {"chosen_profile": profile} if profile else {}
    return found


def _named(name: str, kind: Any, texts: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def read(data: Mapping[str, Any]) -> dict[str, Any]:
        cls = load(kind, data[name])
        given = {str(key): str(text) for key, text in data[texts].items()}
        own = {key: text for key, text in given.items() if kind != "models" or key != "x0"}
        if missing := set(own) - set(cls.specs()):
            raise ValueError(f"no parameter called {', '.join(sorted(missing))}")
        if kind == "models":
            cls.from_text(own)  # a protocol's form explains what it does not like; here none does
        return {name: data[name], texts: given}

    return read


def _guards(data: Mapping[str, Any]) -> dict[str, str]:
    texts = {str(name): str(text) for name, text in data.items()}
    Guards.from_text(texts)
    return texts


def _profile(data: Mapping[str, Any]) -> Profile:
    return Profile.from_mapping(data, "remembered profile")


def _bytes(data: str) -> bytes:
    return b64decode(data, validate=True)


_READ: dict[str, Callable[[Any], Any]] = {
    "choices": _choices,
    "geometry": _bytes,
    "splitters": lambda data: {str(name): _bytes(one) for name, one in data.items()},
    "folded": lambda data: {str(name): bool(one) for name, one in data.items()},
    "filter": str,
    "ticked": lambda data: tuple(map(str, data)),
    "view": lambda data: (str(data[0]), int(data[1])),
}


class Memory(QObject):
    """Keeps a window's set-up: soon after every change, and at the end.

    :param recalled: what the window begins with.
    """

    def __init__(self, window: Window, kept: QSettings, recalled: Recalled) -> None:
        super().__init__(window)
        self.window, self._kept, self._recalled = window, kept, recalled
        self._written = ""
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self.write)
        self._pending = True
        self._watch()

    def _watch(self) -> None:
        window, session = self.window, self.window.session
        for signal in (session.choices_changed, window.overlay.tabs.currentChanged,
                       *(part.splitterMoved for part in self._splitters().values())):
            signal.connect(self._changed)
        self._watch_cards(window)
        session.previewed.connect(self._first_plan)
        window.installEventFilter(self)
        if window.cards.is_made:
            self._take_runs()
        else:
            window.cards.made.connect(self._take_cards)

    def _watch_cards(self, part: QWidget) -> None:
        for card in _cards(part).values():
            card.folded_changed.connect(self._changed)

    def _take_cards(self) -> None:
        """The cards of the right column have been made."""
        self._watch_cards(self.window.cards.column)
        self._fold_cards(self.window.cards.column)
        self._take_runs()

    def _take_runs(self) -> None:
        runs = self.window.runs
        runs.filter.setText(self._recalled.filter)
        runs.filter.textChanged.connect(self._changed)
        runs.overlay_changed.connect(self._changed)

    def _splitters(self) -> dict[str, QSplitter]:
        found = self.window.findChildren(QSplitter)
        return {one.objectName(): one for one in found if one.objectName()}

    # --- back into the window

    def place(self) -> None:
        """Give the window its size, place and columns; before it is shown."""
        if self._recalled.geometry:
            self.window.restoreGeometry(QByteArray(self._recalled.geometry))
        for name, part in self._splitters().items():
            if name in self._recalled.splitters:
                part.restoreState(QByteArray(self._recalled.splitters[name]))
        self.window.console_placed = "plots" in self._recalled.splitters

    def fold(self) -> None:
        """Fold the cards; when the window is shown, since its height folds some, too."""
        self._fold_cards(self.window)

    def _fold_cards(self, part: QWidget) -> None:
        for name, card in _cards(part).items():
            if name in self._recalled.folded:
                card.set_folded(self._recalled.folded[name])

    def _first_plan(self, planned: Any) -> None:
        """The figure has its views with the first whole plan; drawn runs come in its place."""
        if not (self._pending and planned.complete):
            return
        self._pending = False
        self.window.runs.tick(self._recalled.ticked)
        figure, number = self._recalled.view
        tabs = self.window.overlay.tabs
        if figure == self.window.overlay.scene.figure and 0 <= number < tabs.count():
            tabs.setCurrentIndex(number)

    # --- out of it

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """Watch the window being moved; nothing is kept back."""
        if event.type() in _MOVES:
            self._changed()
        return False

    def _changed(self, *_: object) -> None:
        self._settled.start()

    def write(self) -> None:
        """Keep everything now, if anything is another."""
        self._settled.stop()
        text = json.dumps({"version": VERSION, "choices": _kept_choices(self.window.session),
                           **self._looks()})
        if text != self._written:
            self._written = text
            self._kept.setValue(KEY, text)
            self._kept.sync()

    def _looks(self) -> dict[str, Any]:
        window, recalled = self.window, self._recalled
        runs = window.runs
        drawn = list(recalled.ticked) if self._pending else runs.ticked
        view = recalled.view if self._pending else (
            window.overlay.scene.figure, window.overlay.tabs.currentIndex())
        return {
            "geometry": _base64(window.saveGeometry()),
            "splitters": {name: _base64(one.saveState())
                          for name, one in self._splitters().items()},
            "folded": {name: card.folded for name, card in _cards(window).items()},
            "filter": runs.filter.text(), "ticked": drawn, "view": list(view),
        }


def _cards(part: QWidget) -> dict[str, Card]:
    """The cards in a part of the window, by class name."""
    return {type(card).__name__: card for card in part.findChildren(Card)}


def _kept_choices(session: Session) -> dict[str, Any]:
    profile = session.chosen_profile
    return {
        "protocol": session.protocol, "texts": session.texts, "preset": session.preset,
        "model": session.model, "model_texts": session.model_texts, "device": session.device,
        "profile": profile.to_json() if profile else None, "guards": session.guards,
    }


def _base64(data: QByteArray) -> str:
    return b64encode(data.data()).decode("ascii")
