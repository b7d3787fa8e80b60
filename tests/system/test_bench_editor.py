"""The windows of the bench over instruments on loopback: editor, check, profile, reconnection."""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QProgressBar

from memrig.gui.bench.roles import SIMULATED, TYPED
from memrig.hil import bench_file
from memrig.hil.calibration import Calibration
from memrig.hil.clock import SystemClock
from memrig.hil.opening import calibration_path
from memrig.hil.profile import Profile
from tests.system.hands import CTRL, CTRL_SHIFT, Hand

pytestmark = pytest.mark.usefixtures("qt")


class Desk(Hand):
    """A window and the hands at it."""

    def key(self, key: Qt.Key, modifier: Any, where: Any = None) -> None:
        self.qtbot.keyClick(where or QApplication.focusWidget() or self.window, key, modifier)

    def write(self, line: Any, text: str) -> None:
        line.setFocus()
        self.key(Qt.Key.Key_A, CTRL, line)
        self.qtbot.keyClicks(line, text)

    def choose(self, combo: Any, data: str) -> None:
        """Go down a list by the keyboard."""
        combo.setFocus()
        self.key(Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, combo)
        for _ in range(combo.findData(data)):
            self.key(Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, combo)
        assert combo.currentData() == data

    @property
    def editor(self) -> Any:
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)
        self.key(Qt.Key.Key_B, CTRL_SHIFT, self.window)
        editor = self.window.benches.editor
        assert editor is not None
        assert editor.isVisible()
        return editor

    @property
    def checking(self) -> Any:
        self.window.commands.run("bench.check")
        assert self.window.benches.checking is not None
        return self.window.benches.checking


@pytest.fixture
def opened(handed: Any) -> Any:
    """Open the window on a bench."""
    return partial(handed, Desk)


@pytest.fixture
def save_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the file dialogs say that a file is to be saved."""
    path = tmp_path / "written.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    return path


def test_from_a_scan_to_a_connected_bench(opened: Any, lab: Any, save_to: Path) -> None:
    instruments = lab("twin")
    desk = opened()
    editor = desk.editor
    assert "choose an instrument" in editor.roles["awg"].problem
    assert not editor.buttons["connect"].isEnabled()
    addresses = {role: server.resource for role, server in instruments.servers.items()
                 if role != "clock"}
    desk.write(editor.found.addresses, " ".join(addresses.values()))
    desk.key(Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, editor.found.addresses)
    desk.until(lambda: not editor.found.busy)
    assert "3 with a driver" in editor.found.head
    for role in ("awg", "scope"):
        desk.choose(editor.roles[role].choice, addresses[role])
    desk.write(editor.form.field("series_resistor_ohm").control, "2.2k")
    assert "R_s 2.2 kΩ" in editor.sketch.accessibleDescription()
    assert editor.problem == ""
    desk.click(editor.buttons["connect"])
    desk.until(lambda: desk.session.spec == str(save_to) and desk.session.bench is not None)
    desk.settled()
    written = bench_file.read(save_to)
    assert written == editor.draft().description()
    assert written["instruments"] == {
        "awg": {"driver": "keysight-33500b", "resource": addresses["awg"]},
        "scope": {"driver": "keysight-infiniivision", "resource": addresses["scope"]}}
    desk.window.bench.set_folded(False)
    assert "2 of 2 answer" in desk.window.bench.head
    assert desk.session.info.netlist.element("r_series").value == 2200.0


def test_a_value_that_is_none_is_explained_and_the_sketch_stays(opened: Any) -> None:
    desk = opened()
    editor = desk.editor
    before = editor.sketch.accessibleDescription()
    desk.write(editor.form.field("series_resistor_ohm").control, "-1")
    sentence = "-1 ohm was asked; allowed: 0 ohm to 1 Tohm"
    assert editor.form.field("series_resistor_ohm").problem == sentence
    assert editor.problem == "a value is not valid; the sentence beneath its field says why"
    assert editor.sketch.accessibleDescription() == before
    assert not editor.buttons["save"].isEnabled()


def test_when_nobody_answers_the_next_step_is_said(opened: Any) -> None:
    desk = opened()
    editor = desk.editor
    desk.write(editor.found.addresses, "TCPIP0::127.0.0.1::1::SOCKET")
    desk.click(editor.found.button)
    desk.until(lambda: not editor.found.busy)
    assert editor.found.empty.text() == ("No instrument answers. Type an address above and scan "
                                         "again, or choose “simulate” below.")
    assert editor.found.found[0].reason.startswith("nothing answers there")


def test_a_typed_address_beside_a_simulated_instrument_shows_the_chip(
    opened: Any, lab: Any, save_to: Path
) -> None:
    instruments = lab("twin", real=True)
    desk = opened()
    editor = desk.editor
    desk.choose(editor.roles["awg"].choice, TYPED)
    assert "the address is missing" in editor.roles["awg"].problem
    desk.write(editor.roles["awg"].address, instruments.servers["awg"].resource)
    desk.choose(editor.roles["scope"].choice, SIMULATED)
    desk.click(editor.buttons["connect"])
    desk.until(lambda: desk.session.bench is not None and desk.session.spec == str(save_to))
    desk.settled()
    assert desk.session.simulated
    assert not desk.window.strip._chip.isHidden()
    assert "(simulated)" in desk.window.bench.answers.text()
    assert desk.session.must_confirm  # the generator is real
    assert not desk.window.limits.run.isEnabled()


def test_a_check_finds_a_calibration_that_is_kept_beside_the_file(opened: Any, lab: Any) -> None:
    bench = lab("twin-smu", change={"twin": {"seed": 4, "device": {"kind": "resistor",
                                                                   "ohm": 10e3}}})
    desk = opened(bench.file)
    assert "UNCALIBRATED" in desk.window.bench.calibration.text()
    ended: list[Any] = []
    desk.session.run_ended.connect(ended.append)
    desk.session.touching.touch("read")
    desk.until(lambda: bool(ended) and desk.session.state == "idle")
    checking = desk.checking
    steps: list[int] = []
    checking.bar.valueChanged.connect(steps.append)
    desk.click(checking.start)
    assert desk.session.state == "running"
    desk.until(lambda: checking.last is not None and desk.session.state == "idle")
    assert checking.last.report.passed, checking.verdicts.text()
    desk.settled()
    assert checking.state.text() == "done; the outputs are off"  # also after connecting anew
    assert desk.window.strip.findChild(QProgressBar).isHidden(), "the run before is over"
    assert steps == sorted(steps)
    assert len(steps) > 3
    assert not bench.world.outputs_on
    assert checking.table.topLevelItemCount() > 3
    path = calibration_path(bench.file)
    assert not path.exists()
    desk.click(checking.save)
    desk.settled()
    assert Calibration.load(path).is_measured
    assert desk.window.bench.calibration.text().endswith(", today")


def test_stop_ends_a_check_with_the_outputs_off(opened: Any, lab: Any) -> None:
    bench = lab("twin-smu", change={"twin": {"seed": 4, "device": {"kind": "resistor",
                                                                   "ohm": 10e3}}})
    desk = opened(bench.file)
    checking = desk.checking
    bench.when(lambda one: bool(one.world.outputs_on), desk.session._thread.stop)
    desk.click(checking.start)
    desk.until(lambda: checking.last is not None and desk.session.state == "idle")
    assert checking.last.report is None
    assert checking.last.sentence == "the check was stopped; the outputs are off"
    assert bench.closed
    assert not bench.world.outputs_on
    assert "not finished" in checking.verdicts.parentWidget().parentWidget().head


def test_a_check_of_real_instruments_waits_for_a_confirmation(opened: Any, lab: Any) -> None:
    bench = lab("twin-smu", real=True, clock=SystemClock(),
                change={"twin": {"device": {"kind": "open"}}})
    desk = opened(bench.file)
    checking = desk.checking
    assert checking.why == "confirm that the resistor is in place"
    assert not checking.start.isEnabled()
    checking.begin()
    assert desk.session.state == "idle"
    desk.click(checking.placed)
    assert checking.start.isEnabled()
    desk.click(checking.start)
    desk.until(lambda: checking.last is not None and desk.session.state == "idle")
    assert not checking.last.report.passed
    assert not checking.save.isEnabled()
    assert not checking.placed.isChecked()  # for the next check it must be said again
    assert not bench.world.outputs_on


def test_the_model_has_nothing_to_check(opened: Any) -> None:
    checking = opened().checking
    assert checking.why == "the model has no instruments; choose a bench first"
    assert not checking.start.isEnabled()


def test_limits_of_a_real_device_are_confirmed_once(opened: Any, lab: Any) -> None:
    desk = opened(lab("twin-smu", real=True).file)
    limits, session = desk.window.limits, desk.session
    assert not limits.run.isEnabled()
    assert limits.why == "confirm in the limits' card that they are those of dut"
    assert not session.may_touch
    session.start()
    session.touching.touch("read")
    assert session.state == "idle"
    desk.click(limits.confirm)
    assert limits.run.isEnabled()
    session.choose(device="W07 (3,4)")
    desk.settled()
    assert session.must_confirm
    assert "W07 (3,4) is a real device. Are these its limits: −2 V to 2 V, 2 mA" in (
        limits.ask.text())
    session.choose(device="dut")
    desk.settled()
    assert limits.run.isEnabled()  # it was said of this one


def test_limits_of_a_simulated_device_are_never_asked_for(opened: Any) -> None:
    desk = opened("twin-smu")
    desk.session.choose(device="another")
    desk.settled()
    assert not desk.session.must_confirm
    assert desk.window.limits.confirm.isHidden()


def test_an_edited_profile_holds_at_once(opened: Any, save_to: Path) -> None:
    desk = opened()
    desk.key(Qt.Key.Key_P, CTRL_SHIFT, desk.window)
    editor = desk.window.benches.profile
    own = desk.session.profile
    desk.write(editor.form.field("v_max_v").control, "1.2 V")
    assert editor.form.field("v_max_v").problem == (
        "V reset must lie within V min and V max; 1.4 V, -2 V and 1.2 V given")
    assert desk.session.profile == own
    desk.write(editor.form.field("v_max_v").control, "2 V")
    desk.write(editor.form.field("energy_max_j").control, "1 nJ")
    desk.settled()
    assert desk.session.profile.energy_max_j == 1e-9
    assert "the profile allows at most 1 nJ" in desk.window.limits.why
    desk.write(editor.form.field("v_reset_v").control, "-1 V")
    assert editor.form.field("v_reset_v").problem == (
        "V set and V reset need opposite signs; -1.7 V and -1 V given")
    assert "v_reset −1 V" in editor.levels.accessibleDescription()
    assert desk.session.profile.v_reset_v == own.v_reset_v
    assert not editor.buttons["save"].isEnabled()
    desk.write(editor.form.field("v_reset_v").control, "1.1 V")
    desk.click(editor.buttons["save"])
    assert Profile.from_file(save_to) == desk.session.profile
    desk.click(editor.buttons["own"])
    assert desk.session.profile == own
    assert editor.form.texts() == {}


def hang_up(bench: Any) -> None:
    """Cut every connection to the source/measure unit, which goes on listening."""
    for peer in list(bench.servers["smu"]._peers):
        with suppress(OSError):
            peer.shutdown(socket.SHUT_RDWR)


def test_a_lost_instrument_is_said_on_the_card_and_one_key_connects_again(
    opened: Any, lab: Any
) -> None:
    bench = lab("twin-smu")
    desk = opened(bench.file)
    bench.when(lambda one: bool(one.world.outputs_on), lambda: hang_up(bench))
    desk.session.choose(protocol="read")
    desk.settled()
    desk.key(Qt.Key.Key_R, CTRL)
    desk.until(lambda: desk.session.state == "idle" and desk.session.bench is None)
    card = desk.window.bench
    assert "not connected" in card.head
    assert "smu" in card.problem
    assert card.again.isVisible()
    assert card.instead.isVisible()
    desk.key(Qt.Key.Key_C, CTRL_SHIFT, desk.window)
    desk.until(lambda: desk.session.bench is not None)
    assert card.problem == ""


def test_simulated_instruments_are_offered_not_taken(opened: Any, tmp_path: Path) -> None:
    gone = tmp_path / "gone.toml"
    bench_file.write({"bench": {"kind": "smu-two"}, "instruments": {
        "smu": {"driver": "keysight-b2900", "resource": "TCPIP0::127.0.0.1::1::SOCKET"}}}, gone)
    desk = opened(gone)
    assert desk.session.bench is None
    assert "nothing answers at" in desk.window.bench.problem
    desk.click(desk.window.bench.instead)
    desk.until(lambda: desk.session.bench is not None)
    assert desk.session.simulated
    assert desk.window.bench.choice.currentText() == "gone.toml, simulated"


def test_the_editor_follows_the_main_window_unless_it_was_changed(opened: Any) -> None:
    desk = opened("twin-smu")
    editor = desk.editor
    assert editor.draft().kind == "smu-two"
    editor.close()
    desk.session.choose(spec="twin-single")
    desk.settled()
    assert desk.editor.draft().kind == "awg-scope-single"
    desk.write(editor.form.field("series_resistor_ohm").control, "470")
    editor.close()
    desk.session.choose(spec="twin-smu")
    desk.settled()
    assert desk.editor.form.field("series_resistor_ohm").value() == 470.0


def test_commands_say_when_they_cannot_be_run(opened: Any) -> None:
    commands = opened().window.commands
    assert commands.action("bench.again").isEnabled()
    simulate = commands.action("bench.simulate")
    assert not simulate.isEnabled()
    assert simulate.statusTip() == "only for a bench file, and not while something runs"


def test_a_file_that_is_simulated_instead_is_not_taken_for_the_file(
    opened: Any, lab: Any
) -> None:
    """Else Connect would open the real instruments where every role says "simulate"."""
    desk = opened(f"simulated:{lab('twin-smu').file}")
    editor = desk.editor
    assert editor.roles["smu"].seat().simulate
    assert editor.path is None
    assert not editor.is_saved


def test_tab_goes_down_the_left_column_then_down_the_right_one(opened: Any) -> None:
    desk = opened()
    editor = desk.editor
    editor.activateWindow()
    desk.until(editor.isActiveWindow)
    wanted = [editor.found.addresses, editor.found.button, editor.kind,
              *(row.choice for row in editor.roles.values()),
              editor.form.field("name").control, editor.form.field("r_min_ohm").control,
              editor.buttons["open"]]
    reached: list[Any] = []
    for _ in range(40):
        focus = QApplication.focusWidget()
        if focus in wanted and focus not in reached:
            reached.append(focus)
        desk.key(Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
    assert reached == wanted
