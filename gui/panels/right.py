"""The right column: fit above runs, or one at a time where the window is low."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.widgets.card import Card


class RightColumn(QWidget):
    """Two parts above each other; as tabs when there is no height for both.

    :param above: keeps its own height; ``below`` takes the rest, and is the first tab to be seen.
    :param between: always seen: between them, or above the tabs.
    """

    def __init__(
        self, above: QWidget, between: QWidget, below: QWidget, titles: tuple[str, str]
    ) -> None:
        super().__init__()
        self._parts, self._between = (above, below), between
        self._titles, self._front = titles, below
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.currentChanged.connect(self._unfold)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        self._column.setSpacing(theme.SPACE)
        self._column.addWidget(self.tabs, 1)
        self.tabbed = True
        self.set_tabbed(False)

    def set_tabbed(self, tabbed: bool) -> None:  # noqa: FBT001  # like every setter of Qt
        """One of them at a time, or both."""
        if tabbed == self.tabbed:
            return
        self.tabbed = tabbed
        self._column.removeWidget(self._between)
        if tabbed:
            self._column.insertWidget(0, self._between)
            self.tabs.blockSignals(True)  # the first part that is added is not the one in front
            for part, title in zip(self._parts, self._titles, strict=True):
                self._column.removeWidget(part)
                self.tabs.addTab(part, title)
            self.tabs.setCurrentWidget(self._front)
            self.tabs.blockSignals(False)
            self._unfold(self.tabs.currentIndex())
        else:
            self._front = self.tabs.currentWidget() or self._front
            self.tabs.clear()
            for stretch, part in enumerate(self._parts):
                self._column.addWidget(part, stretch)
                part.show()
            self._column.insertWidget(self._column.count() - 1, self._between)
        self.tabs.setVisible(tabbed)

    def exchange(self, above: QWidget, between: QWidget, below: QWidget) -> None:
        """Other parts in the places of those that are there, which go."""
        tabbed, old = self.tabbed, (*self._parts, self._between)
        self.set_tabbed(False)
        for gone, new in zip(old, (above, below, between), strict=True):
            self._column.replaceWidget(gone, new)
            gone.setParent(None)
            gone.deleteLater()
        self._parts, self._between = (above, below), between
        self._front = below if self._front is old[1] else above
        self.set_tabbed(tabbed)

    def _unfold(self, number: int) -> None:
        """A tab has the whole height for its part: nothing is won by folding it."""
        part = self.tabs.widget(number)
        if isinstance(part, Card):
            part.set_folded(False)

    def show_part(self, part: QWidget) -> None:
        """Bring one to the front."""
        if self.tabbed:
            self.tabs.setCurrentWidget(part)
