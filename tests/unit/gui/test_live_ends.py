"""What the strip says of the outputs when a run ends by an error, or by a STOP nobody heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.live import Live
from memrig.gui.plots.overlay import OverlayView
from memrig.gui.plots.stimulus import StimulusView
from memrig.gui.running import Ended
from memrig.gui.session import Session
from memrig.gui.strip import Strip
from memrig.hil.bench import SafeState
from memrig.hil.store import Store

CONFIRMED, OFF, UNKNOWN = (SafeState(off=True, verified=True), SafeState(off=True, verified=False),
                           SafeState(off=False, verified=False, messages=("no answer",)))


@pytest.fixture
def live(qtbot: Any, tmp_path: Path) -> Iterator[Live]:
    parts = Strip(), OverlayView(), StimulusView()
    for part in parts:
        qtbot.addWidget(part)
    with Store.open(tmp_path / "runs.sqlite") as store:
        session = Session(store, waits=True)
        yield Live(session, *parts)
        session.close()


def test_what_was_refused_leaves_the_output_off(qtbot: Any, live: Live) -> None:
    said: list[str] = []
    live.said.connect(said.append)
    live.session.run_ended.emit(Ended(sentence="5 V was asked; nothing was sent"))
    assert live.strip.output == "○ OUTPUT OFF"
    assert said == ["✕ 5 V was asked; nothing was sent"]


@pytest.mark.parametrize(("safe", "output", "state"), [
    (CONFIRMED, "○ OUTPUT OFF", "outputs off, confirmed at "),
    (OFF, "○ OUTPUT OFF", "outputs off"),
    (UNKNOWN, "▲ OUTPUT UNKNOWN", "OUTPUTS MAY STILL BE ON: use the instruments' keys"),
])
def test_after_an_error_the_strip_says_what_is_known(
    live: Live, safe: SafeState, output: str, state: str
) -> None:
    live.strip.set_output(True, 0.5, 1e-6, 0.0)
    live.session.run_ended.emit(Ended(sentence="the link is down", safe=safe))
    assert live.strip.output == output
    assert live.strip.state.startswith(state)


def test_an_unheard_stop_shows_what_the_second_path_has_found(live: Live) -> None:
    live.strip.set_output(True, 0.5, 1e-6, 0.0)
    live.session.insisted.emit(CONFIRMED)
    assert live.strip.output == "○ OUTPUT OFF"
