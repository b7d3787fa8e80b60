"""The window of the help: contents with a search, the page, back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QKeySequence, QShortcut, QTextDocument
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.help.pages import START, Pages, Topic, address_of
from memrig.gui.widgets.focus import WIDTH
from memrig.gui.widgets.form import ParameterForm

SCHEME = "help"
SIZE, LIST_WIDTH = (900, 640), 260
_ADDRESS = Qt.ItemDataRole.UserRole
_ANY = QTextDocument.ResourceType.UnknownResource


class HelpWindow(QWidget):
    """Shows the pages of a window in a window of its own.

    :param actions: gives the main window's commands.
    :param about: gives what is said of the program.
    """

    def __init__(
        self, parent: QWidget, actions: Callable[[], Iterable[QAction]],
        about: Callable[[], str],
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(self.tr("memrig – help"))
        self.pages = Pages(actions, about)
        self.browser = _Browser(self.pages)
        self.browser.setAccessibleName(self.tr("Page"))
        self.search, self.list = QLineEdit(), QListWidget()
        self.search.setObjectName("entry")
        self.search.setPlaceholderText(self.tr("search the help"))
        self.search.setAccessibleName(self.tr("Search the help"))
        self.search.setClearButtonEnabled(True)
        self.list.setAccessibleName(self.tr("Contents"))
        self.list.setSpacing(1)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.back = QPushButton(self.tr("Back"))
        self.start = QPushButton(self.tr("Start"))
        self._topics: list[Topic] = []
        self._lay_out()
        self._wire()
        self.resize(*SIZE)

    def _lay_out(self) -> None:
        left, right = QWidget(), QWidget()
        contents = QVBoxLayout(left)
        contents.addWidget(self.search)
        contents.addWidget(self.list, 1)
        page, buttons = QVBoxLayout(right), QHBoxLayout()
        for button in (self.back, self.start):
            buttons.addWidget(button)
        buttons.addStretch(1)
        page.addLayout(buttons)
        page.addWidget(self.browser, 1)
        for button in (self.back, self.start):
            button.setFixedHeight(self.search.sizeHint().height())  # both columns begin alike
        for column in (contents, page):
            column.setContentsMargins(WIDTH, WIDTH, WIDTH, WIDTH)  # where the focus ring is drawn
            column.setSpacing(theme.SPACE)
        parts = QSplitter()
        parts.setChildrenCollapsible(False)
        parts.addWidget(left)
        parts.addWidget(right)
        parts.setSizes([LIST_WIDTH, SIZE[0] - LIST_WIDTH])
        parts.setStretchFactor(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        whole.addWidget(parts)

    def _wire(self) -> None:
        self.search.textChanged.connect(self._fill)
        self.list.itemActivated.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self.back.clicked.connect(self.browser.backward)
        self.start.clicked.connect(self._go_to_start)
        self.browser.backwardAvailable.connect(self.back.setEnabled)
        self.back.setEnabled(False)
        theme.notifier().changed.connect(self.browser.reload)
        close = QShortcut(QKeySequence.StandardKey.Close, self)
        close.activated.connect(self.close)

    # --- what is shown

    @property
    def address(self) -> str:
        """What is shown: a page, perhaps with ``#`` and a field."""
        return self.browser.source().toString().removeprefix(f"{SCHEME}:")

    def open(self, address: str = START) -> None:
        """Show a page, perhaps at one of its fields, in front of everything."""
        if not self._topics:
            self._topics = list(self.pages.topics())
            self._fill(self.search.text())
        self.show()
        self.raise_()
        self.activateWindow()
        self.browser.setSource(QUrl(f"{SCHEME}:{address}"))
        self.browser.setFocus()

    def _fill(self, typed: str) -> None:
        """All pages; with words typed, the pages and fields that have them."""
        words, group = typed.casefold().split(), ""
        self.list.clear()
        for topic in self._topics:
            if not topic.matches(words) or (not words and "#" in topic.address):
                continue
            if topic.group != group:
                group = topic.group
                self._add_heading(group)
            item = QListWidgetItem(topic.title)
            item.setData(_ADDRESS, topic.address)
            item.setToolTip(topic.title)
            self.list.addItem(item)

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        self.list.addItem(item)

    def _go(self, item: QListWidgetItem) -> None:
        if address := item.data(_ADDRESS):
            self.browser.setSource(QUrl(f"{SCHEME}:{address}"))

    def _go_to_start(self) -> None:
        self.browser.setSource(QUrl(f"{SCHEME}:{START}"))


class _Browser(QTextBrowser):
    """Shows our own pages; nothing is fetched from anywhere."""

    def __init__(self, pages: Pages) -> None:
        super().__init__()
        self._pages = pages
        self.document().setDocumentMargin(theme.CARD)
        self.setOpenExternalLinks(False)

    def doSetSource(  # noqa: N802  # Qt's name
        self, name: QUrl | str, type: QTextDocument.ResourceType = _ANY,  # noqa: A002  # as above
    ) -> None:
        """Go to a page, and to its field once all of it is laid out, which Qt does in parts."""
        super().doSetSource(name, type)
        self.document().size()
        if fragment := QUrl(name).fragment():
            self.scrollToAnchor(fragment)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: N802  # Qt's name
        """A page by its address."""
        url = QUrl(name)
        return self._pages.html(url.path()) if url.scheme() == SCHEME else None


def topic_of(focus: QWidget | None, parts: Mapping[str, Iterable[QWidget]]) -> str:
    """The address of what has the keyboard: its field, the part that it is in, or the start.

    :param parts: widgets of the main window by the name of their page.
    """
    if focus is None:
        return START
    for form in focus.window().findChildren(ParameterForm):
        for name, field in form.fields.items():
            if (field is focus or field.isAncestorOf(focus)) and address_of(form.cls):
                return address_of(form.cls, name)
    for part, widgets in parts.items():
        if any(widget is focus or widget.isAncestorOf(focus) for widget in widgets):
            return f"part/{part}"
    return START
