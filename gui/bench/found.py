"""The scan: asks who is there, and lists who answered, with the driver or why there is none."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.bench.roles import short
from memrig.gui.scanning import ScanEnded, ScanFound, Scanning
from memrig.gui.session import Session
from memrig.gui.widgets.card import Card
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.scanning import Found

ROWS_PX = 112


class FoundCard(Card):
    """Looks for instruments; nothing but ``*IDN?`` is sent."""

    changed = Signal(list)
    """Everything that was found so far, as ``Found``."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, "", parent)
        self.set_title(self.tr("Instruments"))
        self.session = session
        self.found: list[Found] = []
        self.scanning = Scanning(session.tell)
        self.addresses = QLineEdit()
        self.addresses.setObjectName("entry")
        self.addresses.setPlaceholderText(self.tr("addresses to ask; all that VISA lists if empty"))
        self.addresses.setAccessibleName(self.tr("Addresses to ask"))
        self.addresses.returnPressed.connect(self.scan)
        self.button = QPushButton(self.tr("Scan"))
        self.button.setToolTip(self.tr("asks each address for *IDN? and sends nothing else"))
        self.button.clicked.connect(self._pressed)
        self.bar = QProgressBar()
        self.bar.setObjectName("progress")
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.list = QTreeWidget()
        self.empty = WrappedLabel("muted")
        self._make_list()
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(self.addresses, 1)
        row.addWidget(self.button)
        self.body.addLayout(row)
        for part in (self.bar, self.list, self.empty):
            self.body.addWidget(part)
        session.told.connect(self._told)
        self.bar.hide()
        self._show(self.tr("Press Scan, or choose “simulate” for each instrument below."))

    def _make_list(self) -> None:
        self.list.setAccessibleName(self.tr("Found instruments"))
        self.list.setRootIsDecorated(False)
        self.list.setHeaderLabels([self.tr("instrument"), self.tr("driver"), self.tr("address")])
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.list.header().setStretchLastSection(False)
        self.list.setFixedHeight(ROWS_PX)

    def scan(self) -> None:
        """Ask the addresses that are typed, or all that VISA lists."""
        info = self.session.info
        held = {} if info is None else {
            resource: info.identities.get(role, "") for role, resource in info.resources.items()}
        self.found = []
        self.list.clear()
        self.changed.emit([])
        self.scanning.start(self.addresses.text().replace(",", " ").split(), held)
        self.set_state("muted", self.tr("asking …"))
        self.button.setText(self.tr("Cancel"))
        self.bar.show()
        self._show("")

    def close_scan(self) -> None:
        """End a scan and wait for it."""
        self.scanning.close()

    def _pressed(self) -> None:
        if self.busy:
            self.scanning.cancel()
        else:
            self.scan()

    @property
    def busy(self) -> bool:
        """Whether a scan has not ended yet."""
        return not self.bar.isHidden()

    def _told(self, word: object) -> None:
        if isinstance(word, ScanFound):
            self._add(word.found)
        elif isinstance(word, ScanEnded):
            self._ended(word.sentence)

    def _add(self, found: Found) -> None:
        self.found.append(found)
        row = QTreeWidgetItem([short(found.identity) or "–", found.driver or f"✕ {found.reason}",
                               found.resource])
        for column in range(3):
            row.setToolTip(column, f"{found.resource}\n{found.identity or found.reason}")
        self.list.addTopLevelItem(row)
        self.list.resizeColumnToContents(2)
        self.changed.emit(list(self.found))
        self._show("")

    def _ended(self, sentence: str) -> None:
        good = sum(bool(one.driver) for one in self.found)
        self.button.setText(self.tr("Scan"))
        self.bar.hide()
        if good:
            self.set_state("good", self.tr("{0} with a driver").format(good))
            self._show("")
            return
        self.set_state("muted", self.tr("none found"))
        self._show(sentence or self.tr("No instrument answers. Type an address above and scan "
                                       "again, or choose “simulate” below."))

    def _show(self, hint: str) -> None:
        """A hint in the place of an empty list, or beneath what did not answer."""
        self.empty.setText(hint)
        self.list.setVisible(bool(self.found))
