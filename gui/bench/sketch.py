"""The wiring of a bench, drawn from the circuit that simulation and limits read."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from memrig.gui import theme
from memrig.gui.bench.ladder import Ladder, channels, ladder, load_text, source_name, value_of
from memrig.hil.netlist import GROUND, Element, Netlist

HEIGHT = 208
LINE, RAIL = 64, 168
"""Heights of the signal's line and of ground, in pixels."""
RADIUS, BOX = 17, QSize(92, 30)
LOAD = QSize(118, 24)
PROBE = QSize(44, 18)
CENTRE = Qt.AlignmentFlag.AlignCenter


class WiringSketch(QWidget):
    """Sources, device, series resistor, channels and ground; another circuit is drawn at once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.netlist: Netlist | None = None
        self.setMinimumSize(560, HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Wiring"))
        theme.notifier().changed.connect(self.update)

    def set_netlist(self, netlist: Netlist) -> None:
        """Draw another circuit."""
        self.netlist = netlist
        self.setAccessibleDescription(in_words(netlist))
        self.setToolTip(in_words(netlist))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Draw it as wide as there is room."""
        if self.netlist is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _Drawing(painter, self.netlist, self.width()).draw()


class _Drawing:
    """One picture of one circuit."""

    def __init__(self, painter: QPainter, netlist: Netlist, width: int) -> None:
        self.painter, self.netlist = painter, netlist
        self.ladder: Ladder = ladder(netlist)
        self.names = channels(netlist)
        places = len(self.ladder.nodes) + 1  # a source stands before the first node
        step = (width - 2 * theme.CARD - 2 * RADIUS) / places
        self.left = theme.CARD + RADIUS
        self.right = width - theme.CARD - RADIUS
        last = self.left + places * step
        self.x = [self.left + (k + 1) * step - step / 4 for k in range(places - 1)]
        if self.ladder.nodes[-1] == GROUND:
            self.x[-1] = last - step / 4

    def draw(self) -> None:
        """Everything, lines first."""
        self._pen("text")
        nodes = self.ladder.nodes
        self._line(self.left, LINE, self.x[-1], LINE)
        self._line(self.left, RAIL, self.right, RAIL)
        self._ground((self.left + self.x[0]) / 2)
        for node, x in zip(nodes, self.x, strict=True):
            if node == GROUND:
                self._line(x, LINE, x, RAIL)
            else:
                self._node(node, x)
        for part, a, b in zip(self.ladder.between, self.x, self.x[1:], strict=False):
            self._part(part, (a + b) / 2)
        self._source(self.ladder.first, self.left)
        if self.ladder.last is not None:
            self._pen("text")
            self._line(self.x[-1], LINE, self.right, LINE)
            self._source(self.ladder.last, self.right)

    def _node(self, node: str, x: float) -> None:
        painter = self.painter
        self._pen("text")
        painter.setBrush(theme.token("text"))
        painter.drawEllipse(QPointF(x, LINE), 3.0, 3.0)
        self._text(QRectF(x + 5, LINE + 3, 70, 18), node, "muted", left=True)
        if load := load_text(self.ladder.shunts.get(node, ())):
            self._line(x, LINE, x, RAIL)
            self._box(x, (LINE + RAIL) / 2 + 10, LOAD, load, "muted")
        for k, probe in enumerate(self.ladder.probes.get(node, ())):
            self._pen("measured")
            self._line(x, LINE, x, LINE - 22)
            self._box(x + k * PROBE.width(), LINE - 31, PROBE, self.names[probe], "measured")

    def _part(self, part: Element, x: float) -> None:
        if part.kind == "device":
            self._box(x, LINE, BOX, _translated("device"), "accent", bold=True)
            text = " ∥ ".join(value_of(one) for one in self.ladder.across)
        else:
            self._box(x, LINE, BOX, "R_s", "text")
            text = value_of(part)
        self._text(QRectF(x - 60, LINE - 38, 120, 20), text, "text")

    def _source(self, source: Element, x: float) -> None:
        y = (LINE + RAIL) / 2 + 10
        self._pen("stimulus")
        self._line(x, LINE, x, RAIL)
        self.painter.setBrush(theme.token("surface"))
        self._pen("stimulus", 2.0)
        self.painter.drawEllipse(QPointF(x, y), RADIUS, RADIUS)
        self._text(QRectF(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS), "~", "stimulus")
        at_left = x == self.left
        where = QRectF(x - RADIUS if at_left else x - 100 + RADIUS, LINE - 44, 100, 18)
        name = source_name(self.netlist, source.name)
        seen = [self.names[p] for p in self.ladder.probes.get(source.name, ())]
        self._text(where, " · ".join([name, *seen]), "stimulus", left=at_left, right=not at_left,
                   bold=True)
        self._text(where.translated(0, 17), value_of(source), "muted", left=at_left,
                   right=not at_left)

    def _ground(self, x: float) -> None:
        for k, half in enumerate((12, 8, 4)):
            self._line(x - half, RAIL + 6 + 5 * k, x + half, RAIL + 6 + 5 * k)
        self._line(x, RAIL, x, RAIL + 6)
        self._text(QRectF(x + 16, RAIL + 2, 90, 18), _translated("ground"), "muted", left=True)

    # --- strokes

    def _pen(self, name: str, wide: float = 1.5) -> None:
        self.painter.setPen(QPen(theme.token(name), wide))

    def _line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        self.painter.drawLine(QPointF(x, y), QPointF(to_x, to_y))

    def _box(
        self, x: float, y: float, size: QSize, text: str, name: str, *, bold: bool = False
    ) -> None:
        where = QRectF(x - size.width() / 2, y - size.height() / 2, size.width(), size.height())
        self.painter.setBrush(theme.token("surface"))
        self._pen(name)
        self.painter.drawRoundedRect(where, 3.0, 3.0)
        self._text(where, text, name if name != "accent" else "text", bold=bold)
        self._pen("text")

    def _text(
        self, where: QRectF, text: str, name: str, *, left: bool = False, right: bool = False,
        bold: bool = False,
    ) -> None:
        font = self.painter.font()
        font.setBold(bold)
        self.painter.setFont(font)
        self.painter.setPen(theme.token(name))
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
        flags = side | Qt.AlignmentFlag.AlignVCenter if left or right else CENTRE
        self.painter.drawText(where, int(flags), text)


def _translated(word: str) -> str:
    words = {"device": QCoreApplication.translate("WiringSketch", "device"),
             "ground": QCoreApplication.translate("WiringSketch", "ground")}
    return words[word]


def in_words(netlist: Netlist) -> str:
    """The chain from source to source for those who hear it: ``AWG 1 – top – device – …``."""
    found = ladder(netlist)
    chain = [source_name(netlist, found.first.name), found.nodes[0]]
    for part, node in zip(found.between, found.nodes[1:], strict=True):
        name = _translated("device") if part.kind == "device" else f"R_s {value_of(part)}"
        chain += [name, _translated("ground") if node == GROUND else node]
    if found.last is not None:
        chain.append(source_name(netlist, found.last.name))
    return " – ".join(chain)
