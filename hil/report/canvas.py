"""The paper that figures are drawn on: colours, sizes, marks, and SVG that is always the same.

matplotlib is used without pyplot, so that no global list of figures exists; what is global in it,
its settings, is changed under a lock and put back.
"""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import matplotlib.style
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from memrig.hil.units import shown

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

# Okabe and Ito's palette, which people with every kind of colour vision can tell apart. Nothing
# is told by colour alone: measurements are dots, models lines, limits dashed.
MEASURED: Final = "#222222"
MODEL: Final = "#0072B2"
LIMIT: Final = "#D55E00"
READ: Final = "#CC79A7"
TOP: Final = "#0072B2"
BOTTOM: Final = "#E69F00"
GOOD: Final = "#009E73"
QUIET: Final = "#6b7280"
BAND: Final = "#d5d9e0"

WIDTH: Final = 8.6
"""Inches; the page scales every figure to its own width."""
POINTS: Final = 1200
"""Points that a curve is drawn with at most. More could not be told apart, and would make
large files: a point takes about 70 bytes."""
FLAGGED: Final = 240
"""Crosses on flagged points at most; they are larger."""

_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "none", "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"], "font.size": 9.0, "axes.titlesize": 9.0,
    "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.labelsize": 9.0,
    "axes.edgecolor": "#9aa1ac", "axes.labelcolor": "#222222", "axes.linewidth": 0.8,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "axes.axisbelow": True, "grid.color": "#e6e8ec", "grid.linewidth": 0.7,
    "xtick.color": "#4b5563", "ytick.color": "#4b5563", "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0, "legend.fontsize": 8.0, "legend.frameon": False,
    "lines.linewidth": 1.4, "figure.facecolor": "#ffffff", "axes.unicode_minus": True,
    "text.parse_math": False,  # a $ in somebody's name is a $
}
_LOCK = threading.RLock()
_PREFIXES = {-6: "a", -5: "f", -4: "p", -3: "n", -2: "µ", -1: "m", 0: "", 1: "k", 2: "M",
             3: "G", 4: "T"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What every figure of a run says about itself.

    :param simulated: whether the data are simulated.
    :param foot: where the data come from, one line.
    """

    simulated: bool
    foot: str
    salt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure: its name (an HTML id), what it shows, and the picture."""

    name: str
    title: str
    caption: str
    svg: str


@contextmanager
def drawing() -> Iterator[None]:
    """Settings of this module in matplotlib, whatever the user's are; one thread at a time."""
    with _LOCK, matplotlib.style.context(["default", _STYLE]):
        yield


def sheet(height: float) -> Figure:
    """An empty figure with room for the marks above and the foot below."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0.005, 0.24 / height, 0.99, 1.0 - 0.80 / height), h_pad=0.04, w_pad=0.06)
    return figure


def finished(figure: Figure, name: str, marks: Marks, title: str, caption: str) -> Drawn:
    """The figure with its marks, as SVG."""
    height = figure.get_size_inches()[1]
    head = figure.text(0.012, 1.0 - 0.16 / height, title, weight="bold", size=10.5, va="center",
                       color=MEASURED)
    head.set_gid("title")
    if marks.simulated:
        badge = figure.text(
            0.988, 1.0 - 0.16 / height, "SIMULATED", weight="bold", size=9.5, va="center",
            ha="right", color="#ffffff", bbox={"boxstyle": "round,pad=0.3", "facecolor": LIMIT,
                                               "edgecolor": "none"})
        badge.set_gid("simulated")
    _legend(figure)
    foot = "".join(sign for sign in marks.foot if sign.isprintable())  # as XML wants it
    figure.text(0.012, 0.11 / height, foot, size=7.0, va="center",
                color=QUIET).set_gid("foot")
    return Drawn(name=name, title=title, caption=caption, svg=_svg(figure, name, marks, title))


def _legend(figure: Figure) -> None:
    """One legend for all axes, below the title; dots first, then models, then the rest."""
    found = [axes.get_legend_handles_labels() for axes in figure.axes]
    entries = {label: handle for handles, labels in found
               for handle, label in zip(handles, labels, strict=True)}
    order = sorted(entries, key=lambda label: 1 if label.startswith("model") else
                   0 if label.startswith(("measured", "after")) else 2)
    height = figure.get_size_inches()[1]
    # A letter of this size is 0.065 in wide, a handle with its gaps 0.45 in; there are two rows.
    long = sum(0.45 + 0.065 * len(label) for label in order) > WIDTH
    columns = -(-len(order) // 2) if long else len(order)
    made = figure.legend(
        [entries[label] for label in order], order, loc="upper left", ncols=max(1, columns),
        bbox_to_anchor=(0.006, 1.0 - 0.27 / height), borderaxespad=0.0, borderpad=0.2,
        handlelength=1.6, handletextpad=0.5, columnspacing=1.2)
    made.set_in_layout(False)


def _svg(figure: Figure, name: str, marks: Marks, title: str) -> str:
    salt = f"{marks.salt}-{name}"
    _settle(figure)
    buffer = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Title": title}
    with matplotlib.rc_context({"svg.hashsalt": salt}):
        figure.savefig(buffer, format="svg", metadata=metadata)
    text = buffer.getvalue()
    return _own_ids(text[text.index("<svg"):], salt)


def _settle(figure: Figure) -> None:
    """Lay out once and for all, on a grid: the solver's last bits differ from time to time."""
    engine: Any = figure.get_layout_engine()
    engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(x, 6) for x in axes.get_position().bounds)
        axes.set_position((left, bottom, width, height))


def _own_ids(text: str, salt: str) -> str:
    """The SVG with ids that no other figure of the page has."""
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", salt)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', text)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)


# -- numbers ------------------------------------------------------------------------------


def prefixed(axis: Any, label: str, unit: str) -> None:
    """Label a linear axis with its unit and the prefix that suits its range."""
    low, high = sorted(axis.get_view_interval())
    largest = max(abs(low), abs(high))
    bare = unit in {"1", "%"} or largest == 0.0
    power = 0 if bare else min(max(math.floor(math.log10(largest) / 3 + 1e-9), -6), 4)
    scale, prefix = 1000.0**power, _PREFIXES[power]
    axis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
    axis.set_major_formatter(FuncFormatter(lambda x, _: _plain(x / scale, largest / scale)))
    axis.set_label_text(label if unit == "1" else f"{label} ({prefix}{unit})")


def residual(axis: Any, unit: str, label: str = "residual") -> None:
    """Label the axis of residuals; where all are exactly 0, that is all it says."""
    low, high = axis.get_data_interval()
    prefixed(axis, label, unit)
    if low == high == 0.0:
        axis.set_ticks([0.0], ["0"])
        axis.set_label_text(label if unit == "1" else f"{label} ({unit})")


def _plain(x: float, largest: float) -> str:
    return f"{0.0 if abs(x) < 1e-9 * largest else x:.6g}".replace("-", "−")


def decades(axis: Any, label: str, unit: str) -> None:
    """Label a logarithmic axis; every tick carries its own prefix."""
    axis.set_major_locator(LogLocator(numticks=9))
    axis.set_major_formatter(FuncFormatter(lambda x, _: shown(x, unit)))
    axis.set_minor_formatter(NullFormatter())
    axis.set_label_text(label)


# -- fewer points -------------------------------------------------------------------------


def thinned(*quantities: Floats, points: int = POINTS) -> Integers:
    """Indices, ascending, of at most ``points`` points that keep every extreme.

    The curve is cut into stretches of equally many points; of each, those are kept where a
    quantity is smallest and largest. So a time series keeps its envelope and a loop its corners.
    """
    n = quantities[0].size
    if n <= points:
        return np.arange(n)
    stretches = max(1, (points - 2) // (2 * len(quantities)))
    edges = np.linspace(0, n, stretches + 1).astype(int)
    kept = [0, n - 1]
    for a, b in pairwise(edges.tolist()):
        for one in quantities:
            kept += [a + int(one[a:b].argmin()), a + int(one[a:b].argmax())]
    return np.unique(np.array(kept, dtype=np.intp))


def dots(axes: Axes, x: Floats, y: Floats, gid: str, label: str, **style: Any) -> None:
    """Points that were measured."""
    line = axes.plot(x, y, **{"linestyle": "none", "marker": "o", "markersize": 3.0,
                              "color": MEASURED, "markeredgewidth": 0, "label": label, **style})
    line[0].set_gid(gid)


def crosses(axes: Axes, x: Floats, y: Floats) -> None:
    """Points that something is known against."""
    if x.size:
        kept = thinned(x, y, points=FLAGGED)
        dots(axes, x[kept], y[kept], "flagged", "flagged", marker="x", markersize=5,
             markeredgewidth=1.2, color=LIMIT, zorder=4)


def trace(axes: Axes, x: Floats, y: Floats, gid: str, label: str, **style: Any) -> None:
    """A line."""
    axes.plot(x, y, **{"color": MODEL, "label": label, "zorder": 3, **style})[0].set_gid(gid)


def level(axes: Axes, value: float, gid: str, label: str, **style: Any) -> None:
    """A horizontal dashed line."""
    line = axes.axhline(value, **{"color": LIMIT, "linestyle": "--", "linewidth": 1.1,
                                  "label": label, "zorder": 2, **style})
    line.set_gid(gid)


def zero(axes: Axes) -> None:
    """The line that residuals are seen against."""
    axes.axhline(0.0, color=QUIET, linewidth=0.8, zorder=1)
