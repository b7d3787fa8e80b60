"""The article's figures, one click each: protocol, preset, its model and the view that shows it."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from memrig.gui import theme
from memrig.gui.commands import Command, Commands
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.session import Session
from memrig.gui.widgets.quantity import exact_text
from memrig.hil.profile import Profile
from memrig.hil.protocol import Preset, Protocol
from memrig.hil.registry import load


class Figure(NamedTuple):
    """A published figure: which preset gives it, and in which view it is seen."""

    protocol: str
    preset: str
    view: str


FIGURES = {
    "fig2": Figure(protocol="iv-sweep", preset="article-fig2", view="iv"),
    "fig3": Figure(protocol="pulse-series", preset="article-fig3", view="series"),
    "fig4": Figure(protocol="pulse-series", preset="article-fig4", view="series"),
    "fig5": Figure(protocol="stdp", preset="article-fig5", view="window"),
    "fig5-overlap": Figure(protocol="stdp", preset="article-fig5", view="overlap"),
}
BUTTONS = ("fig2", "fig3", "fig4", "fig5")


def _words() -> dict[str, tuple[str, str]]:
    """What stands on a button, and what the command is called."""
    translate = QCoreApplication.translate
    return {
        "fig2": (translate("article", "Fig. 2"), translate("article", "Article, Fig. 2: I-V")),
        "fig3": (translate("article", "Fig. 3"),
                 translate("article", "Article, Fig. 3: program and read")),
        "fig4": (translate("article", "Fig. 4"),
                 translate("article", "Article, Fig. 4: potentiation and depression")),
        "fig5": (translate("article", "Fig. 5"),
                 translate("article", "Article, Fig. 5: STDP window")),
        "fig5-overlap": ("", translate("article", "Article, Fig. 5: overlap of the spikes")),
    }


class Article(QObject):
    """Sets everything that a figure of the article needs."""

    chosen = Signal()
    """The session has another set-up; forms show it."""
    said = Signal(str)
    """A sentence for the status line."""

    def __init__(self, session: Session, overlay: OverlayView) -> None:
        super().__init__(overlay)
        self.session, self.overlay = session, overlay

    def show(self, name: str) -> None:
        """Choose a figure; nothing happens while something runs.

        The device of a real bench keeps its own profile: limits are never made wider by a preset.
        """
        if self.session.state not in {"idle", "opening"}:
            return
        figure = FIGURES[name]
        cls: type[Protocol] = load("protocols", figure.protocol)
        preset = cls.preset(figure.preset)
        self.overlay.turn_to(figure.view)
        what = {"chosen_profile": _profile(figure, preset)} if self.session.simulated else {}
        self.session.choose(
            protocol=figure.protocol, preset=figure.preset, texts=texts_of(cls, preset),
            model=MODEL, model_texts={key: str(value) for key, value in preset.model.items()},
            **what)
        self.chosen.emit()
        if not self.session.simulated and preset.profile:
            self.said.emit(self.tr("the device's own profile and its limits stay in force"))

    def add_to(self, commands: Commands) -> None:
        """One command for every figure."""
        for name, (_, title) in _words().items():
            commands.add(Command(id=f"article.{name}", text=title, act=partial(self.show, name),
                                 menu="go", group=5))


MODEL = "guseinov"
"""The article's device."""


def texts_of(cls: type[Protocol], preset: Preset) -> dict[str, str]:
    """A preset's parameters as the form writes them."""
    return {key: exact_text(value, cls.specs()[key].unit)
            for key, value in preset.parameters.items()}


def _profile(figure: Figure, preset: Preset) -> Profile | None:
    """A preset's own profile; None for the model's."""
    if not preset.profile:
        return None
    return Profile.from_mapping(preset.profile, f"preset {figure.preset}")


class ArticleRow(QWidget):
    """A row of buttons, one for each figure."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SMALL)
        label = QLabel(self.tr("Article"))
        label.setObjectName("muted")
        row.addWidget(label)
        self.buttons: dict[str, QPushButton] = {}
        for name in BUTTONS:
            text, title = _words()[name]
            button = QPushButton(text)
            button.setAccessibleName(title)
            button.setToolTip(title)
            # Four of them share the column's width, whatever each would like to have.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self.asked.emit, name))
            row.addWidget(button, 1)
            self.buttons[name] = button
