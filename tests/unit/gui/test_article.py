"""The article's figures: one click sets everything that each of them needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from memrig.gui.article import BUTTONS, FIGURES, Article, ArticleRow
from memrig.gui.commands import Commands
from memrig.gui.live import Live
from memrig.gui.panels.protocol import ProtocolCard
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.stimulus import StimulusView
from memrig.gui.session import Session
from memrig.gui.strip import Strip
from memrig.hil.protocols import PulseSeries
from memrig.hil.stimulus import Role
from memrig.hil.store import Store

WAIT_MS = 60_000


class Desk:
    """A session with the parts that a figure of the article needs."""

    def __init__(self, session: Session, qtbot: Any) -> None:
        self.session, self.qtbot = session, qtbot
        self.overlay, self.stimulus, self.strip = OverlayView(), StimulusView(), Strip()
        self.live = Live(session, self.strip, self.overlay, self.stimulus)
        self.article = Article(session, self.overlay)
        self.card = ProtocolCard(session)
        self.card.article.asked.connect(self.article.show)
        self.article.chosen.connect(self.card.show_choice)
        for part in (self.overlay, self.stimulus, self.strip, self.card):
            qtbot.addWidget(part)

    def settled(self) -> Any:
        self.qtbot.waitUntil(lambda: self.session.state == "idle"
                             and self.session.plan is not None and self.session.plan.complete,
                             timeout=WAIT_MS)
        plan = self.session.plan
        assert plan is not None
        return plan

    def click(self, name: str) -> Any:
        self.qtbot.mouseClick(self.card.article.buttons[name], Qt.MouseButton.LeftButton)
        return self.settled()


@pytest.fixture
def desk(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    with Store.open(tmp_path / "runs.sqlite") as store:
        session = Session(store)
        made = Desk(session, qtbot)
        made.settled()
        yield made
        session.close()


@pytest.mark.parametrize("name", BUTTONS)
def test_one_click_gives_the_figure_with_its_prediction(desk: Desk, name: str) -> None:
    figure = FIGURES[name]
    plan = desk.click(name)
    assert plan.problems == {}
    assert (plan.protocol.name, desk.session.preset) == (figure.protocol, figure.preset)
    assert desk.card.form is not None
    assert desk.card.form.preset == figure.preset
    assert desk.overlay.view == figure.view
    assert desk.overlay.scene.prediction
    said = [mark for key, mark in desk.overlay.tab.plots[0].named() if key.startswith("model")]
    assert any(mark.curve.size for mark in said)  # type: ignore[attr-defined]  # lines, all of them


def test_the_second_figure_is_that_of_the_article(desk: Desk) -> None:
    plan = desk.click("fig2")
    assert plan.profile.v_max_v == 3.2
    sweep = next(s for s in plan.rehearsal.steps if s.stimulus.role is Role.SWEEP)
    trace = sweep.record.trace(0, 0)
    assert trace.v_dut_v.max() == pytest.approx(3.0)
    assert trace.i_a[1] / trace.v_dut_v[1] == pytest.approx(1.7e-4, rel=0.05)  # from low resistance
    assert desk.session.model_bench().describe().settings["integrator"] == "euler"
    assert desk.session.model_bench().describe().settings["step_s"] == 1e-5


def test_the_fourth_figure_has_several_amplitudes_and_widths(desk: Desk) -> None:
    plan = desk.click("fig4")
    trains = [s.stimulus.labels for s in plan.rehearsal.steps if s.stimulus.role is Role.PROGRAM]
    for polarity in (1, -1):
        own = [one for one in trains if one["polarity"] == polarity]
        assert len({one["amplitude_v"] for one in own}) == 3
        assert len({one["width_s"] for one in own}) == 2
    starts = [s.record.readings[-1].conductance_siemens for s in plan.rehearsal.steps
              if s.stimulus.role is Role.INITIALISE and s.stimulus.labels["polarity"] == 1]
    assert max(starts) == pytest.approx(min(starts), rel=1e-3)  # comparable: all from one state


def test_every_figure_is_a_command(desk: Desk, qtbot: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    commands = Commands(window)
    desk.article.add_to(commands)
    assert commands.run("article.fig5")
    assert desk.settled().protocol.name == "stdp"
    assert {f"article.{name}" for name in FIGURES} <= {
        action.objectName() for action in commands.matching("article")}


def test_what_a_preset_is_stands_beneath_its_name(desk: Desk) -> None:
    desk.click("fig3")
    form = desk.card.form
    assert form is not None
    assert form.about == PulseSeries.presets["article-fig3"].help
    form.choose_preset("")
    assert form.about == ""


def test_the_device_of_a_real_bench_keeps_its_profile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = desk.session.profile
    desk.session.choose(chosen_profile=own)
    monkeypatch.setattr(Session, "simulated", property(lambda _: False))
    said: list[str] = []
    desk.article.said.connect(said.append)
    desk.article.show("fig2")
    assert desk.session.profile == own
    assert said == ["the device's own profile and its limits stay in force"]
    plan = desk.settled()
    assert not plan.may_run
    assert any("the profile allows at most" in one for one in plan.problems.values())


def test_the_buttons_are_named(qtbot: Any) -> None:
    row = ArticleRow()
    qtbot.addWidget(row)
    assert row.buttons["fig2"].accessibleName() == "Article, Fig. 2: I-V"
    assert row.minimumSizeHint().width() < 100  # it never widens its column


def test_nothing_is_chosen_while_something_runs(desk: Desk) -> None:
    desk.session.state = "running"
    desk.article.show("fig5")
    assert desk.session.protocol == "iv-sweep"
    desk.session.state = "idle"
