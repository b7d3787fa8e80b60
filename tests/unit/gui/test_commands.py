"""One registry behind menus, shortcuts and the palette."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from memrig.gui.commands import Command, Commands
from memrig.hil.errors import UnknownNameError


@pytest.fixture
def window(qtbot):
    one = QWidget()
    qtbot.addWidget(one)
    field = QLineEdit()
    QVBoxLayout(one).addWidget(field)
    one.resize(600, 400)
    with qtbot.waitActive(one):
        one.show()
    field.setFocus()
    return one


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def commands(window, done: list[str]) -> Commands:
    made = Commands(window)
    for id_, text, keys in (("run.start", "&Run", "Ctrl+R"), ("run.stop", "Stop", "Ctrl+."),
                            ("report.make", "Make report …", "Ctrl+E")):
        made.add(Command(id=id_, text=text, shortcut=keys, act=lambda i=id_: done.append(i)))
    return made


def palette_of(commands: Commands, qtbot):
    window = commands.parent()
    qtbot.keyClick(window.findChild(QLineEdit), Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    return next(child for child in window.children() if child.objectName() == "palette")


def lines(palette) -> list[str]:
    items = [palette.list.topLevelItem(k) for k in range(palette.list.topLevelItemCount())]
    return [" | ".join(part for part in (item.text(0), item.text(1)) if part) for item in items]


def test_menu_and_shortcut_run_the_same_command(commands, window, done, qtbot) -> None:
    menu = commands.menu("&Run", ["run.start", "", "run.stop"])
    assert [action.text() for action in menu.actions()] == ["&Run", "", "Stop"]
    menu.actions()[0].trigger()
    qtbot.keyClick(window.findChild(QLineEdit), Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert commands.run("run.start")
    assert done == ["run.start"] * 3
    assert menu.actions()[0] is commands.action("run.start")


def test_a_disabled_command_does_nothing_and_says_why(commands, window, done, qtbot) -> None:
    commands.set_enabled("run.start", False, "1 limit is exceeded")
    qtbot.keyClick(window.findChild(QLineEdit), Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert not commands.run("run.start")
    assert done == []
    assert commands.action("run.start").toolTip() == "Run (Ctrl+R)\n1 limit is exceeded"
    assert commands.action("run.start").statusTip() == "1 limit is exceeded"
    commands.set_enabled("run.start", True)
    assert commands.action("run.start").toolTip() == "Run (Ctrl+R)"
    assert commands.run("run.start")


def test_the_palette_runs_a_command_by_keyboard_alone(commands, window, done, qtbot) -> None:
    palette = palette_of(commands, qtbot)
    assert palette.field.hasFocus()
    assert lines(palette) == ["Run | Ctrl+R", "Stop | Ctrl+.", "Make report … | Ctrl+E"]
    qtbot.keyClicks(palette.field, "RUN st")
    assert lines(palette) == ["Run | Ctrl+R", "Stop | Ctrl+."]
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == ["run.stop"]
    assert not palette.isVisible()
    assert window.findChild(QLineEdit, options=Qt.FindChildOption.FindDirectChildrenOnly).hasFocus()


def test_what_cannot_run_stands_last_with_its_reason_and_is_not_run(commands, done, qtbot) -> None:
    commands.set_enabled("run.start", False, "1 limit is exceeded")
    palette = palette_of(commands, qtbot)
    assert lines(palette)[-1] == "Run: 1 limit is exceeded | Ctrl+R"
    qtbot.keyClicks(palette.field, "run.start")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == []
    assert palette.isVisible()


def test_esc_and_a_click_elsewhere_close_the_palette(commands, window, done, qtbot) -> None:
    palette = palette_of(commands, qtbot)
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    palette_of(commands, qtbot)
    window.findChild(QLineEdit, options=Qt.FindChildOption.FindDirectChildrenOnly).setFocus()
    assert not palette.isVisible()
    assert done == []


def test_shortcuts_work_while_the_palette_is_open(commands, done, qtbot) -> None:
    palette = palette_of(commands, qtbot)
    qtbot.keyClick(palette.field, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert done == ["run.stop"]


def test_nothing_matches_nothing_runs(commands, done, qtbot) -> None:
    palette = palette_of(commands, qtbot)
    qtbot.keyClicks(palette.field, "xyz")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert (lines(palette), done) == ([], [])


def test_an_id_and_a_key_belong_to_one_command(commands) -> None:
    with pytest.raises(ValueError, match=r"there is a command 'run\.stop' already"):
        commands.add(Command(id="run.stop", text="x", act=print))
    with pytest.raises(ValueError, match=r"Ctrl\+R of 'runs\.reload' is the key of 'run\.start'"):
        commands.add(Command(id="runs.reload", text="x", act=print, shortcut="Ctrl+R"))
    with pytest.raises(UnknownNameError, match=r"no command called 'run\.begin'"):
        commands.action("run.begin")
