"""Fitting in the window: by its key, live, kept, chosen; a dragged parameter moves the figure."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QPoint, Qt

from memrig.gui.widgets.drag import DragLabel
from memrig.hil.fit_process import FitStep
from memrig.hil.parameter_sets import kept
from tests.system.hands import CTRL, Bench, Open

pytestmark = pytest.mark.usefixtures("qt")


def swept(bench: Bench) -> Any:
    bench.session.choose(texts={"points": "60"})
    bench.settled()
    bench.key(Qt.Key.Key_R, CTRL)
    return bench.run_to_the_end()


def test_a_run_is_fitted_by_its_key_and_the_set_is_chosen(opened: Open) -> None:
    bench = opened()
    card, session = bench.window.fit, bench.session
    assert card.folded
    run = swept(bench)
    assert not card.folded
    session.choose(model_texts={"r_set": "2.4e-3", "area_m2": "1.4e-12"})
    bench.settled()
    card.set_free(("r_set", "area_m2"))
    steps: list[Any] = []
    session.fit_said.connect(lambda word: steps.append(word) if isinstance(word, FitStep) else None)
    bench.key(Qt.Key.Key_F, CTRL)
    bench.until(lambda: card.result)
    assert [one.progress.steps for one in steps] == list(range(len(steps)))
    assert card.head.startswith("✓ converged")
    assert card.result is not None
    assert card.result.kept.values["r_set"] == pytest.approx(1.4e-3, rel=1e-3)
    scene, plot = bench.window.overlay.scene, bench.window.overlay.plots[0]
    assert scene.earlier is not None
    assert all(plot.mark(name) is not None for name in ("measured", "model", "before"))
    bench.click(card.keep)
    bench.until(lambda: not session.fits.busy)
    bench.settled()
    ((made, _),) = kept(session.store.path)
    assert (made.number, made.run) == (1, run.id)
    assert bench.window.device.sets.choice.currentText().startswith("v1 · nrmse ")
    assert bench.window.overlay.scene is scene  # before and after stay until something is chosen
    assert session.store.load(run.id).overlay["nrmse"] == pytest.approx(made.nrmse, rel=1e-4)
    assert bench.window.commands.action("go.filter").shortcut().toString() == "Ctrl+L"


def test_closing_in_mid_fit_leaves_nothing(opened: Open) -> None:
    bench = opened()
    swept(bench)
    told: list[Any] = []
    bench.session.fit_said.connect(told.append)
    bench.key(Qt.Key.Key_F, CTRL)
    bench.until(lambda: told)
    assert bench.session.fits.busy
    bench.window.close()
    assert not bench.session.fits.busy


def test_the_figure_follows_a_drag_and_its_axes_only_grow(opened: Open) -> None:
    bench = opened()
    window = bench.window
    window.device.more.click()
    form = window.device.form
    assert form is not None
    label = next(one for one in form.findChildren(DragLabel)
                 if one.buddy() is form.field("area_m2").control)
    plot = window.overlay.plots[0]
    before, scene = plot.shows, window.overlay.scene
    bench.qtbot.mousePress(label, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    for px in (-20, -60):
        bench.qtbot.mouseMove(label, QPoint(5 + px, 5))
        bench.settled()
        assert not bench.session.may_start  # the simulated device is not yet the one that is seen
    assert window.overlay.scene is not scene
    assert form.field("area_m2").value() < 1e-12
    assert "area_m2" in bench.session.model_texts
    assert plot.shows == before  # smaller currents, the same axes
    bench.qtbot.mouseMove(label, QPoint(65, 5))
    bench.settled()
    assert plot.shows[1][0] < before[1][0]
    bench.qtbot.mouseRelease(label, Qt.MouseButton.LeftButton, pos=QPoint(65, 5))
    bench.settled()
    assert bench.session.may_start
    bench.session.choose(model_texts={})
    bench.settled()
    assert plot.shows == before
