"""The signs of measured points: painted once, then stamped."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from memrig.gui.plots.decimate import Floats

RUNS = (("good", "s"), ("simulated", "^"), ("caution", "D"), ("stimulus", "v"))
"""Colour and symbol of further runs that are laid over the first; more of them begin again."""
ROWS = 1 << 24
"""More rows of pixels than any place lies beyond."""


def stamp(
    painter: QPainter, x: Floats, y: Floats, symbol: str, colour: QColor, size_px: float,
    *, hollow: bool = False,
) -> None:
    """One symbol at every finite position, pixels, shape (n,) each."""
    good = np.isfinite(x + y)
    if not good.any():
        return
    ratio = painter.device().devicePixelRatioF()
    picture = _symbol(symbol, colour.rgba(), size_px, ratio, hollow=hollow)
    half = picture.deviceIndependentSize().width() / 2.0
    # On whole device pixels, so that every dot looks alike, and each place is painted once.
    at = np.round((np.stack([x[good], y[good]]) - half) * ratio).astype(np.int64)
    places = np.sort(at[0] * ROWS + at[1] + ROWS // 2)
    places = places[np.diff(places, prepend=-ROWS * ROWS) > 0]
    left, top = np.divmod(places, ROWS)
    draw = painter.drawPixmap
    for a, b in zip((left / ratio).tolist(), ((top - ROWS // 2) / ratio).tolist(), strict=True):
        draw(QPointF(a, b), picture)


_symbols: dict[tuple[str, int, float, float, bool], QPixmap] = {}


def _symbol(symbol: str, rgba: int, size: float, ratio: float, *, hollow: bool) -> QPixmap:
    key = (symbol, rgba, size, ratio, hollow)
    if key not in _symbols:
        _symbols[key] = _drawn(symbol, QColor.fromRgba(rgba), size, ratio, hollow=hollow)
    return _symbols[key]


def _drawn(symbol: str, colour: QColor, size: float, ratio: float, *, hollow: bool) -> QPixmap:
    side = int(np.ceil((size + 3.0) * ratio))
    picture = QPixmap(side, side)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.3) if hollow else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else colour)
    painter.translate(side / ratio / 2.0, side / ratio / 2.0)
    painter.drawPath(_shape(symbol, size / 2.0))
    painter.end()
    return picture


def _shape(symbol: str, r: float) -> QPainterPath:
    path = QPainterPath()
    corners = {
        "^": [(0.0, -1.25), (1.2, 1.0), (-1.2, 1.0)], "v": [(0.0, 1.25), (1.2, -1.0), (-1.2, -1.0)],
        "s": [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)],
        "D": [(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    }
    if symbol in corners:
        path.addPolygon(QPolygonF([QPointF(r * a, r * b) for a, b in corners[symbol]]))
        path.closeSubpath()
    else:
        path.addEllipse(QPointF(0.0, 0.0), r, r)
    return path
