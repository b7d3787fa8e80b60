"""Measures the plots of the window: ``python benchmarks/plots.py``. Printed, not asserted.

Every figure is a median over whole frames, from new data (or another window) to the last pixel, on
software rendering without a screen, in time of this thread's processor: what else the machine does
is not counted.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from memrig.gui import theme
from memrig.gui.plots._plot import Axis, Plot
from memrig.gui.plots.decimate import Curve, m4
from memrig.gui.plots.marks import Dots, Line

FRAMES = 31
WIDTH, HEIGHT = 1200, 700
GOALS_S = {1_000_000: 0.025, 10_000_000: 0.040}
"""What a frame may take, by its points."""


def median_ms(work: Callable[[int], object]) -> float:
    """Median duration, after a round that is not counted."""
    taken = []
    for number in range(FRAMES + 1):
        begin = time.thread_time()
        work(number)
        taken.append(time.thread_time() - begin)
    return 1e3 * statistics.median(taken[1:])


def loop(points: int, noise: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """A noisy hysteresis of 20 periods."""
    t = np.linspace(0.0, 40.0 * np.pi, points)
    v = np.sin(t)
    return v, 1e-4 * v * (1.0 + 0.8 * np.cos(t)) * (
        1.0 + noise * np.random.default_rng(0).normal(size=points))


def shown(application: QApplication, curve: Curve, *, timed: bool) -> Plot:
    """A plot of measured points with a model over it."""
    plot = Plot(Axis(label="x", unit="s" if timed else "V"), Axis(label="current", unit="A"), "")
    plot.resize(WIDTH, HEIGHT)
    plot.put("measured", Dots(curve, label="measured", timed=timed))
    smooth = loop(curve.size, noise=0.0)[1]
    kept = m4(curve.x, smooth, 4000)
    plot.put("model", Line(Curve.of(curve.x[kept], smooth[kept]), label="model", timed=timed))
    plot.show()
    application.processEvents()
    return plot


def compared(application: QApplication, points: int) -> tuple[float, float]:
    """Seconds for a frame of a time series in another window: ours, and pyqtgraph's own curve."""
    import pyqtgraph  # noqa: PLC0415  # only to compare with

    y, x = loop(points)[1], np.linspace(0.0, 1.0, points)
    ours = shown(application, Curve.of(x, y), timed=True)
    theirs = pyqtgraph.PlotWidget()
    theirs.resize(WIDTH, HEIGHT)
    item = theirs.plot(x, y, skipFiniteCheck=True)
    item.setDownsampling(auto=True, method="peak")
    item.setClipToView(True)
    theirs.show()
    application.processEvents()
    low, high = ours.shows[1]

    def move_ours(number: int) -> None:
        ours.zoom((0.0, 1.0 - 1e-3 * number), (low, high))
        application.processEvents()

    def move_theirs(number: int) -> None:
        theirs.setRange(xRange=(0.0, 1.0 - 1e-3 * number), yRange=(low, high), padding=0)
        application.processEvents()

    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(FRAMES + 1):
        for work, times in zip((move_ours, move_theirs), taken, strict=True):
            begin = time.thread_time()
            work(number)
            times.append(time.thread_time() - begin)
    ours.close()
    theirs.close()
    return statistics.median(taken[0][1:]), statistics.median(taken[1][1:])


def drawing() -> Iterator[tuple[int, float, float]]:
    """Points, our seconds for a frame, pyqtgraph's; with an application of its own."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.apply(application, "light")
    for points in GOALS_S:
        yield points, *compared(application, points)


def redraw(application: QApplication, points: int, goal: str, *, timed: bool) -> None:
    """A frame after another window was chosen, and one after more points came."""
    v, i = loop(points)
    curve = Curve.of(np.linspace(0.0, 1.0, points) if timed else v, i)
    plot = shown(application, curve, timed=timed)
    x, y = plot.shows
    kind = "time series" if timed else "loop"

    def move(number: int) -> None:
        part = 1.0 - 1e-3 * number
        plot.zoom((x[0] * part, x[1] * part), (y[0] * part, y[1] * part))
        application.processEvents()

    def arrive(_: int) -> None:
        curve.append(curve.x[-333:], curve.y[:333])
        plot.grow()
        application.processEvents()

    def closer(number: int) -> None:
        left = 0.3 + 0.01 * number
        plot.zoom((left, left + 0.01), y)
        application.processEvents()

    moved, live, close = (median_ms(work) for work in (move, arrive, closer))
    print(f"{points:.0e} points, {kind}: moved {moved:.1f} ms, live {live:.1f} ms, "
          f"zoomed to 1 % {close:.1f} ms (goal {goal})", flush=True)
    plot.close()


def thinning(points: int) -> None:
    """A loop's points for the screen, from nothing."""
    v, i = loop(points)
    print(f"{points:.0e} points thinned to 4000: {median_ms(lambda _: m4(v, i, 4000)):.1f} ms")


def main() -> None:
    """Everything, line by line."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.apply(application, "light")
    for points, goal_s in {2_000: 0.016, **GOALS_S}.items():
        for timed in (False, True):
            redraw(application, points, f"{1e3 * goal_s:.0f} ms", timed=timed)
    for points in GOALS_S:
        thinning(points)


if __name__ == "__main__":
    main()
