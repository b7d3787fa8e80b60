"""A line of words to find runs by, completed from those that are in use."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget


class TagsEdit(QLineEdit):
    """Words separated by spaces or commas; the last one is completed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known = QStringListModel(self)
        self._words = _LastWord(self)
        self._words.setModel(self._known)
        self.setCompleter(self._words)
        self.setObjectName("entry")

    @property
    def tags(self) -> tuple[str, ...]:
        """The words, each once, in the order they were typed."""
        return tuple(dict.fromkeys(self.text().replace(",", " ").split()))

    def set_tags(self, tags: Sequence[str]) -> None:
        """Show these words."""
        if tuple(tags) != self.tags:
            self.setText(" ".join(tags))

    def offer(self, known: Sequence[str]) -> None:
        """Complete from these."""
        self._known.setStringList(list(known))


class _LastWord(QCompleter):
    """Completes the word at the end of a line."""

    def __init__(self, line: QLineEdit) -> None:
        super().__init__(line)
        self._line = line
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def splitPath(self, path: str) -> list[str]:  # noqa: N802  # Qt's name
        """What is completed: the last word; nothing right after a space."""
        return [path.rpartition(" ")[2] or "\0"]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:  # noqa: N802  # Qt's name
        """The whole line with the word in its place."""
        before, space, _ = self._line.text().rpartition(" ")
        return f"{before}{space}{index.data()}"
