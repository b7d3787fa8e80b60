"""The plot itself: what it shows, where its axes stand, what a click means."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QApplication

from memrig.gui import theme
from memrig.gui.plots._plot import Axis, Plot
from memrig.gui.plots.decimate import Curve
from memrig.gui.plots.marks import Band, Dots, Level, Line, View, Watermark

pytestmark = pytest.mark.usefixtures("qt")


@pytest.fixture
def dressed(qapp):
    theme.apply(qapp, "light")
    return qapp


@pytest.fixture
def plot(qtbot, dressed):
    made = Plot(Axis(label="voltage", unit="V"), Axis(label="current", unit="A"), "I-V")
    qtbot.addWidget(made)
    made.resize(640, 420)
    made.show()
    return made


def axis_words(plot):
    """The numbers at the left axis and the words along it, as they are painted."""
    axis = plot._pg.axis("left")
    (spacing, values), *_ = axis.tickValues(*plot.shows[1], 300.0)
    scale = axis.autoSIPrefixScale * axis.scale
    return axis.tickStrings(values, scale, spacing), axis.label.toPlainText().strip()


@pytest.mark.parametrize(("unit", "label", "scale"), [
    ("A", "residual (mA)", 1e3), ("%", "residual (%)", 1.0), ("1", "residual", 1.0)])
def test_the_numbers_of_an_axis_are_in_the_unit_that_it_names(qtbot, dressed, unit, label, scale):
    plot = Plot(Axis(label="t", unit="s"), Axis(label="residual", unit=unit), "left")
    qtbot.addWidget(plot)
    plot.show()
    plot.expect(y=(-0.4, 0.4), exact=True)
    plot.set_axes(y=Axis(label="residual ", unit=unit))  # as a view does that is used again
    plot.set_axes(y=Axis(label="residual", unit=unit))
    numbers, words = axis_words(plot)
    assert words == label
    shown_values = [float(one.replace("−", "-")) for one in numbers]
    assert max(shown_values) == pytest.approx(0.4 * scale, rel=0.3)


def test_the_words_of_a_low_axis_are_not_cut_at_the_top(qtbot, dressed):
    plot = Plot(Axis(label="voltage", unit="V"), Axis(label="residual", unit="A"), "left")
    qtbot.addWidget(plot)
    plot.resize(400, 92)
    plot.show()
    plot.expect(x=(-1.0, 1.0), y=(-3e-6, 3e-6))
    label = plot._pg.axis("left").label
    assert label.boundingRect().width() > plot._pg.axis("left").size().height(), "it is too long"
    assert label.mapRectToScene(label.boundingRect()).top() >= 0.0


def loop(points=400):
    t = np.linspace(0.0, 2.0 * np.pi, points)
    return np.sin(t), 1e-4 * np.sin(t) * (1.0 + 0.8 * np.cos(t))


def picture(plot):
    QApplication.processEvents()  # a legend that has got its first line takes its height now
    return plot.grab().toImage()


def near(picture, point, colour, reach=4):
    """Whether a colour is seen around a place of the plot's picture."""
    wanted = np.array(QColor(colour).getRgb()[:3])
    at = range(-reach, reach + 1)
    seen = (picture.pixelColor(int(point.x()) + a, int(point.y()) + b) for a in at for b in at)
    return any(np.abs(np.array(one.getRgb()[:3]) - wanted).max() < 30 for one in seen)


def place(plot, x, y):
    """A point of the data in the picture of the whole widget, legend included."""
    return plot.pixel(x, y) + QPointF(0.0, float(plot.legend.height()))


def test_dots_and_line_are_where_the_numbers_say(plot):
    v, i = loop()
    plot.put("measured", Dots(Curve.of(v, i), label="measured"))
    seen = picture(plot)
    for k in (20, 130, 300):
        assert near(seen, place(plot, v[k], i[k]), theme.token("measured"))
    assert not near(seen, place(plot, 0.0, 0.9e-4), theme.token("measured"))
    plot.put("model", Line(Curve.of(v, i), label="model"))
    assert near(picture(plot), place(plot, v[130], i[130]), theme.token("model"))


def test_both_branches_of_a_loop_survive_a_zoom(plot):
    # pyqtgraph's own clipping to the view drops one of them (it takes x for rising).
    v, i = loop(100_000)
    plot.put("model", Line(Curve.of(v, i), label="model"))
    plot.zoom((0.3, 0.6), (0.0, 1.2e-4))
    seen = picture(plot)
    rising, falling = np.argmin(np.abs(v[:20_000] - 0.45)), 30_000 + np.argmin(
        np.abs(v[30_000:45_000] - 0.45))
    assert i[rising] > 1.5 * i[falling]
    assert near(seen, place(plot, v[rising], i[rising]), theme.token("model"))
    assert near(seen, place(plot, v[falling], i[falling]), theme.token("model"))


def test_flagged_dots_are_hollow(plot):
    plot.expect((0.0, 1.0), (0.0, 1.0))
    plot.put("good", Dots(Curve.of([0.25], [0.5]), size=9.0))
    plot.put("bad", Dots(Curve.of([0.75], [0.5], [True]), size=9.0))
    seen = picture(plot)
    assert near(seen, place(plot, 0.25, 0.5), theme.token("measured"), reach=1)
    assert near(seen, place(plot, 0.75, 0.5), theme.token("surface"), reach=1)


def test_the_axes_hold_the_prediction_and_grow_in_steps(plot):
    plot.expect((-1.0, 1.0), (-1e-4, 1e-4))
    before = plot.shows
    mark = plot.put("measured", Dots(Curve.of([0.0, 0.5], [0.0, 5e-5])))
    assert plot.shows == before
    mark.curve.append([1.3], [2e-5])
    plot.grow()
    (low, high), y = plot.shows
    assert (low, y) == (before[0][0], before[1])
    assert high - before[0][1] == pytest.approx((before[0][1] - before[0][0]) / 4)


def test_a_zoom_is_never_overridden_and_home_returns(plot, qtbot):
    mark = plot.put("measured", Dots(Curve.of([0.0, 1.0], [0.0, 1.0])))
    plot.zoom((0.2, 0.4), (0.2, 0.4))
    mark.curve.append([9.0], [9.0])
    plot.grow()
    assert plot.zoomed
    assert plot.shows[0] == pytest.approx((0.2, 0.4))
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert not plot.zoomed
    assert plot.shows[0][1] >= 9.0


def test_bars_lie_within_the_axes(plot):
    mark = Dots(Curve.of([1.0, 2.0], [10.0, 11.0]))
    mark.reach = np.array([5.0, 30.0])
    plot.put("readings", mark)
    assert plot.shows[1][0] < -19.0
    assert plot.shows[1][1] > 41.0


def test_a_click_tells_series_index_and_values(plot):
    v, i = loop()
    plot.put("measured", Dots(Curve.of(v, i)))
    picture(plot)
    found = plot.nearest(plot.pixel(v[37], i[37]) + QPointF(1.0, 1.0))
    assert (found.series, found.index) == ("measured", 37)
    assert (found.x, found.y) == (v[37], i[37])
    assert plot.nearest(plot.pixel(0.0, 0.9e-4)) is None


def test_linked_plots_share_the_x_axis_and_the_pointer(plot, qtbot):
    below = Plot(Axis(unit="V"), Axis(unit="A"), "residual")
    qtbot.addWidget(below)
    below.follow(plot)
    plot.expect((-2.0, 3.0))
    assert below.shows[0] == pytest.approx(plot.shows[0])
    below.pointed.emit(0.5)
    assert plot.mark("pointer").x == [0.5]
    plot.pointed.emit(None)
    assert below.mark("pointer") is None


def test_another_theme_repaints_everything(plot, dressed):
    plot.put("measured", Dots(Curve.of([0.0, 1.0], [0.0, 1.0])))
    plot.put("band", Band(0.4, 0.6, "danger_band"))
    light = picture(plot)
    theme.apply(dressed, "dark")
    dark = picture(plot)
    corner = place(plot, 0.5, 0.9)
    assert near(light, corner, "#FFFFFF")
    assert near(dark, corner, theme.token("surface"), reach=1)
    assert near(dark, place(plot, 0.5, 0.5), theme.token("danger_band"))
    assert near(dark, place(plot, 0.0, 0.0), theme.token("measured"))


def test_a_limit_says_what_it_is_and_a_simulation_that_it_is_one(plot):
    plot.expect((0.0, 1.0), (-3.0, 3.0))
    empty = picture(plot)
    plot.put("limit", Level(2.0, "danger", "device limit 2 V"))
    assert near(picture(plot), place(plot, 0.3, 2.0), theme.token("danger"), reach=8)
    plot.remove("limit")
    assert picture(plot) == empty
    plot.put("watermark", Watermark("SIMULATED"))
    assert picture(plot) != empty


def test_a_limit_in_a_narrow_plot_says_its_value_only(qapp):
    metrics = QFontMetrics(qapp.font())
    limit = Level(0.3, "danger", "largest read 300 mV", short="300 mV")
    wide = metrics.horizontalAdvance("largest read 300 mV")
    assert limit.fitting(metrics, wide) == "largest read 300 mV"
    assert limit.fitting(metrics, wide - 1) == "300 mV"
    assert Level(0.3, "danger", "noise").fitting(metrics, 1) == "noise"  # nothing shorter is known


@pytest.mark.parametrize(("worst_v", "limit_v", "short"), [
    (1.0, 2.0, False), (1.9, 2.0, True), (2.4, 2.0, True), (-1.9, -2.0, True), (3.0, 1.5, False)])
def test_words_of_two_levels_that_lie_close_take_half_of_the_width_each(worst_v, limit_v, short):
    """On a plot of 200 pixels for 6 V: either has room, unless the other stands beside it."""
    view = View(x=(0.0, 1.0), y=(-3.0, 3.0), rect=QRectF(0.0, 0.0, 200.0, 200.0))
    worst = Level(worst_v, "caution", "worst", at_left=True, other=limit_v)
    limit = Level(limit_v, "danger", "limit", other=worst_v)
    assert [worst.share(view), limit.share(view)] == [0.5 if short else 1.0] * 2
    assert Level(limit_v, "danger", "limit").share(view) == 1.0


def test_an_axis_without_numbers_names_no_unit(qtbot, dressed):
    plot = Plot(Axis(label="t", unit="s"), Axis(label="residual", unit="A"), "left")
    qtbot.addWidget(plot)
    plot.show()
    plot.home()
    label = plot._pg.axis("left").label
    assert label.toPlainText().strip() == "residual"
    plot.expect(y=(-4e-6, 4e-6))
    assert label.toPlainText().strip() == "residual (µA)"


def test_the_legend_names_dots_then_models_then_the_rest(plot):
    plot.put("band", Band(0.0, 1.0, "grid", "sham band"))
    plot.put("model", Line(Curve.of([0.0, 1.0], [0.0, 1.0]), label="model guseinov"))
    plot.put("measured", Dots(Curve.of([0.0], [0.0]), label="measured"))
    assert plot.legend.entries == ["measured", "model guseinov", "sham band"]


def test_places_are_told_in_quantities(plot):
    assert plot.words(0.5, -6.13e-5) == "500 mV, −61.3 µA"
    plot.set_axes(y=Axis(label="|current|", unit="A", decades=True))
    assert plot.words(-0.5, -6.0) == "−500 mV, 1 µA"


def test_the_picture_can_be_kept(plot, tmp_path):
    plot.put("measured", Dots(Curve.of([0.0, 1.0], [0.0, 1.0])))
    assert plot.export_png(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_an_empty_plot_has_no_numbers_until_something_is_there(plot):
    def numbers():
        return picture(plot).copy(24, 40, 40, 340)  # between the label and the axis

    empty = numbers()
    assert plot.shows[1] == pytest.approx((-1.0, 1.0))
    plot.put("measured", Dots(Curve.of([0.0, 1.0], [2e-6, 3e-6])))
    assert plot.shows[1][1] < 1e-5
    assert numbers() != empty
    plot.clear()
    assert numbers() == empty


def test_a_wide_line_is_as_wide_in_every_direction(plot):
    plot.expect((0.0, 1.0), (0.0, 1.0), exact=True)
    for end in ((1.0, 0.5), (0.5, 1.0)):
        plot.put("model", Line(Curve.of([0.5, end[0]], [0.5, end[1]])))
        seen = picture(plot)
        middle = place(plot, (0.5 + end[0]) / 2, (0.5 + end[1]) / 2).toPoint()
        across = [seen.pixelColor(middle.x() + k * (end[0] == 0.5),
                                  middle.y() + k * (end[1] == 0.5)) for k in range(-5, 6)]
        ink = sum(255 - colour.blue() for colour in across) / 255.0
        assert ink == pytest.approx(2.0, abs=0.6)


def test_what_is_set_together_is_shown_at_once_and_as_if_one_by_one(plot):
    before = plot.shows
    with plot.together():
        plot.clear()
        plot.expect((0.0, 3.0), (-2.0, 2.0), exact=True)
        plot.put("model", Line(Curve.of([0.0, 3.0], [0.0, 1.0]), label="model"))
        assert plot.shows == before
        assert plot.legend.entries == []
    assert plot.shows == ((0.0, 3.0), (-2.0, 2.0))
    assert plot.legend.entries == ["model"]
    with pytest.raises(ZeroDivisionError), plot.together():
        plot.clear(steady=bool(1 // 0))
    plot.expect((0.0, 1.0), (0.0, 1.0), exact=True)
    assert plot.shows == ((0.0, 1.0), (0.0, 1.0))
