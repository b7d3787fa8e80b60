"""Every action once: its menu entry, its shortcut and its line in the palette are the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.hil.errors import UnknownNameError
from memrig.hil.parameters import unknown

PALETTE = "commands.palette"
MENUS = ("run", "device", "bench", "go", "view", "help")
"""Menus of the bar by id, in their order."""
WIDTH, ROW, TOP = 480, 26, 56
"""Pixels of the palette: its width, a line of it, and its distance from the window's top."""
_ID = Qt.ItemDataRole.UserRole
_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}


class Command(NamedTuple):
    """Something that can be done.

    :param id: e.g. ``run.start``; stays the same in every language.
    :param text: what the menu says, translated.
    :param shortcut: e.g. ``Ctrl+R``; empty for none.
    :param anywhere: the shortcut works in every window of the program, not in the main one only.
    :param menu: the menu of the bar that it stands in, of ``MENUS``; empty for the palette only.
    :param group: commands of one number stand together in their menu; smaller ones first.
    """

    id: str
    text: str
    act: Callable[[], object]
    shortcut: str = ""
    enabled: bool = True
    anywhere: bool = False
    menu: str = ""
    group: int = 0


class Commands(QObject):
    """The registry of a window's commands."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._known: dict[str, Command] = {}
        self._keys: dict[str, str] = {}
        self._popup: Palette | None = None
        self.add(Command(id=PALETTE, text=self.tr("Commands …"), shortcut="Ctrl+K",
                         act=self.palette, menu="go", group=9))

    def add(self, command: Command) -> QAction:
        """Make a command known; its shortcut works from now on.

        :raises ValueError: when the id or the shortcut is taken.
        """
        keys = QKeySequence(command.shortcut)
        if command.id in self._actions:
            raise ValueError(f"there is a command {command.id!r} already")
        if not keys.isEmpty() and self._keys.setdefault(keys.toString(), command.id) != command.id:
            taken = self._keys[keys.toString()]
            raise ValueError(f"{command.shortcut} of {command.id!r} is the key of {taken!r}")
        action = QAction(command.text, self._window)
        action.setObjectName(command.id)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut if command.anywhere
                                  else Qt.ShortcutContext.WindowShortcut)
        self._actions[command.id], self._known[command.id] = action, command
        self.set_enabled(command.id, command.enabled)
        action.triggered.connect(self._triggered)
        self._window.addAction(action)
        return action

    def action(self, command: str) -> QAction:
        """The action of a command, e.g. for a button."""
        if command not in self._actions:
            raise UnknownNameError(unknown("command", command, self._actions))
        return self._actions[command]

    def set_enabled(self, command: str, enabled: bool, why: str = "") -> None:  # noqa: FBT001  # as Qt's
        """Let a command be run or not, and say why not."""
        action = self.action(command)
        action.setEnabled(enabled)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        text = action.text().replace("&", "")
        tip = f"{text} ({keys})" if keys else text
        action.setToolTip(tip if enabled or not why else f"{tip}\n{why}")
        action.setStatusTip("" if enabled else why)

    def run(self, command: str) -> bool:
        """Run a command as its key would; whether it was enabled."""
        action = self.action(command)
        if action.isEnabled():
            action.trigger()
            return True
        return False

    def menu(self, title: str, commands: Iterable[str]) -> QMenu:
        """A menu of some commands; an empty id is a line between them."""
        menu = QMenu(title, self._window)
        for command in commands:
            if command:
                menu.addAction(self.action(command))
            else:
                menu.addSeparator()
        return menu

    def fill(self, bar: QMenuBar) -> None:
        """Put a menu into the bar for every one of ``MENUS`` that has commands."""
        titles = {"run": self.tr("&Run"), "device": self.tr("&Device"), "bench": self.tr("&Bench"),
                  "go": self.tr("&Go to"), "view": self.tr("&View"), "help": self.tr("&Help")}
        for name in MENUS:
            if commands := list(self._grouped(name)):
                bar.addMenu(self.menu(titles[name], commands))

    def _grouped(self, menu: str) -> Iterator[str]:
        """Ids of a menu, group by group; an empty one between two groups."""
        own = sorted((one for one in self._known.values() if one.menu == menu),
                     key=lambda one: one.group)
        for place, one in enumerate(own):
            if place and own[place - 1].group != one.group:
                yield ""
            yield one.id

    def matching(self, typed: str) -> list[QAction]:
        """The commands that have all typed words in their text or id; those that can run first."""
        words = typed.casefold().split()
        found = [action for name, action in self._actions.items() if name != PALETTE
                 and all(word in f"{action.text()} {name}".casefold() for word in words)]
        return sorted(found, key=lambda action: not action.isEnabled())

    def palette(self) -> Palette:
        """Open the list of all commands, with the keyboard in it."""
        if self._popup is None:
            self._popup = Palette(self, self._window)
        self._popup.open()
        return self._popup

    def _triggered(self) -> None:
        sender = self.sender()
        if sender is not None:
            self._known[sender.objectName()].act()


class Palette(QFrame):
    """A filterable list of all commands over the window: type, Up, Down, Enter; Esc closes.

    It is no window of its own, so that every shortcut, STOP above all, works while it is open.
    """

    def __init__(self, commands: Commands, window: QWidget) -> None:
        super().__init__(window)
        self._commands, self._window = commands, window
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.field, self.list = QLineEdit(), QTreeWidget()
        self.field.setObjectName("entry")
        self.field.setPlaceholderText(self.tr("Type a command"))
        self.field.setAccessibleName(self.tr("Command"))
        self.field.setClearButtonEnabled(True)
        self._make_list()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        column.setSpacing(theme.SPACE)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.hide()

    def _make_list(self) -> None:
        self.list.setObjectName("commands")
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemClicked.connect(self._run)

    def open(self) -> None:
        """Show all commands, in the upper middle of the window."""
        if not self.isVisible():
            self._before = self._window.focusWidget()
        self.field.clear()
        self._filter("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_again(self) -> None:
        """Hide, and give the keyboard back to what had it."""
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """The field's keys move in the list; a click elsewhere closes."""
        if event.type() is QEvent.Type.FocusOut:
            self.hide()
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _key(self, key: Qt.Key) -> bool:
        if key in _MOVES:
            self._go(self.list.currentIndex().row() + _MOVES[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._run(self.list.currentItem())
        elif key is Qt.Key.Key_Escape:
            self.close_again()
        else:
            return False
        return True

    def _filter(self, typed: str) -> None:
        self.list.clear()
        for action in self._commands.matching(typed):
            self.list.addTopLevelItem(_item(action))
        self._go(0)
        wide = min(WIDTH, self._window.width() - 4 * theme.SPACE)
        rows = max(self.list.topLevelItemCount(), 1)
        edges = self.field.sizeHint().height() + 3 * theme.SPACE + theme.SMALL
        high = min(rows * ROW + edges, self._window.height() - 2 * TOP)
        self.setGeometry((self._window.width() - wide) // 2, TOP, wide, high)

    def _go(self, row: int) -> None:
        last = self.list.topLevelItemCount() - 1
        item = self.list.topLevelItem(max(min(row, last), 0))
        if item is not None:
            self.list.setCurrentItem(item)

    def _run(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.close_again()
            self._commands.run(str(item.data(0, _ID)))


def _item(action: QAction) -> QTreeWidgetItem:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    text = action.text().replace("&", "")
    why = action.statusTip()
    item = QTreeWidgetItem([f"{text}: {why}" if why else text, keys])
    item.setData(0, _ID, action.objectName())
    item.setSizeHint(0, QSize(0, ROW))
    item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if not action.isEnabled():
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
    return item
