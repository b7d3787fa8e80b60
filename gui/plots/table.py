"""The numbers behind a figure, as a table for other programs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from memrig.gui.plots._plot import Axis, Plot
from memrig.gui.plots.decimate import Curve, Floats
from memrig.gui.plots.marks import Thinned

HEAD = ("plot", "series", "x_quantity", "x", "x_unit", "y_quantity", "y", "y_unit", "flagged")


def write_table(path: Path, plots: Iterable[Plot], *, run: str, simulated: bool) -> None:
    """Write every curve of some plots, all its points and not only those on the screen.

    Values are in SI base units; where the axis is logarithmic, the quantity itself is written.

    :raises OSError: when it cannot be written.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        if simulated:
            file.write("# SIMULATED: nothing here was measured on a real device\n")
        file.write(f"# run: {run or 'none, a prediction'}\n")
        table = csv.writer(file)
        table.writerow(HEAD)
        for plot in plots:
            for name, curve in _curves(plot):
                table.writerows(_rows(plot, name, curve))


def _curves(plot: Plot) -> Iterator[tuple[str, Curve]]:
    for name, mark in plot.named():
        if isinstance(mark, Thinned) and mark.curve.size:
            yield mark.label or name, mark.curve


def _rows(plot: Plot, name: str, curve: Curve) -> Iterator[tuple[object, ...]]:
    x, y = _values(plot.x_axis, curve.x), _values(plot.y_axis, curve.y)
    units = [axis.unit or "1" for axis in (plot.x_axis, plot.y_axis)]
    for a, b, bad in zip(x.tolist(), y.tolist(), curve.flagged.tolist(), strict=True):
        yield (plot.accessibleName(), name, plot.x_axis.label, repr(a), units[0],
               plot.y_axis.label, repr(b), units[1], int(bad))


def _values(axis: Axis, values: Floats) -> Floats:
    return np.asarray(10.0**values if axis.decades else values)
