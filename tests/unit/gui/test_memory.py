"""What a window remembers: everything that was set up, nothing that could energise a device."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QSplitter

from memrig.gui.app import opened
from memrig.gui.memory import KEY, VERSION, recall, settings
from memrig.gui.window import Window
from memrig.hil.profile import Profile
from memrig.hil.registry import load

WAIT_MS = 60_000
Open = Callable[..., Window]


@pytest.fixture
def start(
    qtbot: Any, qapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Start the program once more on the same store and settings; the last window is closed."""
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    with ExitStack() as stack:

        def again(**how: Any) -> Window:
            stack.close()
            window = stack.enter_context(opened(qapp, store=tmp_path / "runs.sqlite", **how))
            stack.callback(gone, window)  # before the next one comes, and its style sheet
            settle(qtbot, window)
            return window

        yield again


def gone(window: Window) -> None:
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)


def settle(qtbot: Any, window: Window) -> None:
    session = window.session
    qtbot.waitUntil(lambda: session.state == "idle" and session.plan is not None
                    and session.plan.complete, timeout=WAIT_MS)


def finished_run(qtbot: Any, window: Window) -> str:
    with qtbot.waitSignal(window.session.run_ended, timeout=WAIT_MS) as ended:
        window.session.start()
    settle(qtbot, window)
    return str(ended.args[0].run.id)


def keep(**parts: Any) -> QSettings:
    kept = settings()
    kept.setValue(KEY, json.dumps({"version": VERSION, **parts}))
    return kept


CHOICES = {"protocol": "pulse-series", "texts": {"count": "7"}, "preset": "", "model": "yakopcic",
           "model_texts": {}, "device": "W07", "profile": None}


def test_the_set_up_returns_after_a_restart(qtbot: Any, start: Open) -> None:
    window = start()
    limits = load("models", "guseinov")().profile().to_json() | {"name": "mine", "v_max_v": 1.75}
    window.session.choose(
        protocol="pulse-series", texts={"count": "7"}, device="W07 (3,4)",
        model_texts={"area_m2": "2e-14"}, chosen_profile=Profile.from_mapping(limits))
    settle(qtbot, window)
    run = finished_run(qtbot, window)
    window.runs.filter.setText("pulse")
    window.runs.tick([run])
    window.overlay.tabs.setCurrentIndex(1)
    window.close()
    window = start()
    session = window.session
    assert (session.protocol, session.texts) == ("pulse-series", {"count": "7"})
    assert window.protocol.form.field("count").text() == "7"  # type: ignore[union-attr]
    assert session.device == window.device.device.text() == "W07 (3,4)"
    assert session.model_texts == {"area_m2": "2e-14"}
    assert session.profile.v_max_v == 1.75
    assert window.runs.filter.text() == "pulse"
    assert window.runs.ticked == [run]
    assert len(window.overlay.scene.records) > 0  # and drawn
    assert window.overlay.tabs.currentIndex() == 1


def test_size_columns_and_folded_cards_return(qtbot: Any, start: Open) -> None:
    window = start()
    window.resize(window.minimumWidth(), 650)  # offscreen, the screen is 800 pixels high
    columns = window.findChild(QSplitter, "columns")
    columns.setSizes([400, 410, 320])
    window.bench.set_folded(False)  # which its height had folded
    window.protocol.set_folded(True)
    sizes = columns.sizes()
    window.close()
    window = start()
    assert window.height() == 650
    assert window.findChild(QSplitter, "columns").sizes() == sizes
    assert not window.bench.folded
    assert window.protocol.folded


def test_the_height_of_the_console_returns_though_it_was_hidden(
    qtbot: Any, start: Open
) -> None:
    def shown() -> int:
        """Its height, when everything has its place."""
        window.commands.run("view.console")
        plots = window.findChild(QSplitter, "plots")
        qtbot.waitUntil(lambda: plots.height() == sum(plots.sizes()) + 2 * plots.handleWidth(),
                        timeout=WAIT_MS)
        return window.console.height()

    window = start()
    window.resize(window.minimumWidth(), 780)  # offscreen, the screen is 800 pixels high
    first = shown()
    # More than the plots need at least, which grows when their legends come.
    window.findChild(QSplitter, "plots").setSizes([300, 140, 240])
    height = window.console.height()
    assert height > first
    window.commands.run("view.console")
    window.close()
    window = start()
    assert window.console.isHidden()
    assert shown() == pytest.approx(height, abs=30)  # scaled with the window



def test_no_output_and_no_bench_returns(qtbot: Any, start: Open) -> None:
    window = start(spec="twin-single")
    finished_run(qtbot, window)
    window.close()
    window = start()
    assert window.session.spec == "model"
    assert "OUTPUT OFF" in window.strip.output


def test_it_is_written_while_the_window_is_open(qtbot: Any, start: Open) -> None:
    window = start()
    window.session.choose(device="written at once")
    qtbot.waitUntil(lambda: "written at once" in str(settings().value(KEY)), timeout=WAIT_MS)


def test_fresh_begins_as_on_the_first_day(start: Open) -> None:
    keep(choices=CHOICES)
    assert start().session.protocol == "pulse-series"
    assert start(fresh=True).session.protocol == "iv-sweep"


@pytest.mark.parametrize("text", ["nonsense", "[1, 2]", '{"version": 0}', "{}"])
def test_what_is_corrupt_or_older_is_left_out_with_a_line_in_the_log(
    qt: None, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    kept = settings()
    kept.setValue(KEY, text)
    with caplog.at_level(logging.WARNING):
        assert recall(kept).choices == {}
    assert "the remembered session is left out: " in caplog.text


@pytest.mark.parametrize(("parts", "sentence"), [
    ({"choices": {**CHOICES, "protocol": "gone"}}, "the remembered protocol gone is left out: "
     "there is no protocol called 'gone'"),
    ({"choices": {**CHOICES, "texts": {"gone": "1"}}}, "the remembered protocol pulse-series is "
     "left out: no parameter called gone"),
    ({"choices": {**CHOICES, "model_texts": {"alpha": "x"}}}, "the remembered model yakopcic is "
     "left out: "),
    ({"choices": {**CHOICES, "profile": {"name": "half"}}}, "the remembered profile is left out: "
     "remembered profile: v_set_v, "),
    ({"geometry": "?"}, "the remembered geometry is left out: "),
    ({"view": 3}, "the remembered view is left out: "),
])
def test_a_part_that_makes_no_sense_here_is_left_out_and_the_rest_is_not(
    qt: None, caplog: pytest.LogCaptureFixture, parts: dict[str, Any], sentence: str
) -> None:
    with caplog.at_level(logging.WARNING):
        recalled = recall(keep(filter="kept", **parts))
    assert sentence in caplog.text
    assert recalled.filter == "kept"
    assert recalled.choices.get("device", "W07") == "W07"


def test_nothing_is_remembered_on_the_first_day(
    qt: None, caplog: pytest.LogCaptureFixture
) -> None:
    assert recall(settings()).choices == {}
    assert not caplog.records
