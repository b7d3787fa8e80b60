"""Every way to a real device: without being armed for it, none of them switches anything on."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memrig.gui.panels.limits import uses
from memrig.hil import bench_file, open_bench
from memrig.hil.clock import SystemClock
from memrig.hil.errors import ProfileError, RequestError
from memrig.hil.events import Event, PlanReady
from memrig.hil.execution import execute
from memrig.hil.opening import checked_twin
from memrig.hil.profile import Profile
from memrig.hil.protocols.read import Read
from memrig.hil.registry import entries, load
from memrig.hil.script import Opening, Recipe, run_script
from memrig.hil.units import shown
from memrig.sim.models.guseinov import Guseinov
from tests.system.conftest import Start

REFUSED, NONSENSE = 3, 2
PROFILE = Guseinov.profiles()["zro2-y"]
REFUSAL = ("bench smu-two drives a real device; look at its plan, its limits and the worst-case "
           "current ('memrig preview'), then repeat this with --arm (in Python: armed=True); "
           "nothing was sent")


@pytest.fixture
def profile(folder: Path) -> Path:
    path = folder / "device.toml"
    given = {k: v for k, v in PROFILE.to_json().items() if k not in {"protocols", "source"}}
    path.write_text("".join(f"{k} = {v!r}\n" if not isinstance(v, str) else f'{k} = "{v}"\n'
                            for k, v in given.items()), encoding="utf-8")
    return path


def assert_dark(lab: Any) -> None:
    """No relay was ever closed, no trigger given."""
    assert lab.closed == []
    assert lab.fired == 0
    assert not lab.world.outputs_on


def recipe_of(path: Path) -> Recipe:
    return Recipe(protocol=Read(), opening=Opening(spec=str(path)), simulated=False,
                  profile=PROFILE)


@pytest.mark.parametrize("words", [
    *(["run", name] for name in entries("protocols")), ["read"], ["pulse"],
    ["read", "--json"], ["run", "read", "--overlay", "guseinov"]], ids=" ".join)
def test_a_command_shows_plan_limits_and_current_and_refuses(
    memrig: Any, lab: Any, profile: Path, words: list[str]
) -> None:
    bench = lab("twin-smu", real=True)
    slow = ["-p", "rate=1V/s", "-p", "amplitude_set=0.3 v_set", "-p", "amplitude_reset=0.3 v_reset",
            "-p", "read_level=0.1V"] if "iv-sweep" in words else []
    done = memrig(*words, *slow, "--bench", bench.file, "--profile", profile)
    assert done.out == ""
    if "stdp" in words:  # which a source/measure unit cannot do, armed or not
        assert done.code == REFUSED
    else:
        *shown, last = done.err.splitlines()
        assert last == f"memrig: {REFUSAL}"
        assert "worst cases at the device; nothing was sent" in shown[0]
        assert shown[1].startswith("limits of profile zro2-y: -2 V to 2 V, ")
        assert any(line.startswith("steady: at most ") for line in shown)
        assert done.code == REFUSED
    assert_dark(bench)


def test_armed_it_shows_the_same_before_it_begins(memrig: Any, lab: Any, profile: Path) -> None:
    bench = lab("twin-smu", real=True, clock=SystemClock())
    shown: list[str] = []
    bench.when(lambda one: bool(one.closed), lambda: shown.append("energised"))
    done = memrig("read", "-p", "window=1ms", "--bench", bench.file, "--profile", profile, "--arm",
                  "--json")
    assert done.code == 0
    assert done.json["simulated"] is False
    assert "steady: at most " in done.err
    assert shown == ["energised"]
    assert not bench.world.outputs_on


def test_a_check_is_refused_too(memrig: Any, lab: Any) -> None:
    bench = lab("twin-smu", real=True)
    done = memrig("bench", "check", bench.file, "--resistor", "10kohm")
    assert done.code == REFUSED
    assert done.sentence == (
        "bench smu-two drives real instruments; the check switches levels of at most 2.1 V on, "
        "210 uA through the resistor; put it in the device's place and repeat this with --arm; "
        "nothing was sent")
    done = memrig("bench", "check", bench.file, "--resistor", "0 ohm", "--arm")
    assert done.sentence == "a resistor of 0 ohm was given; it must be above 0; nothing was sent"
    assert_dark(bench)


def test_the_library_shows_and_refuses(lab: Any, folder: Path) -> None:
    laboratory, seen = lab("twin-smu", real=True), list[Event]()
    with open_bench(str(laboratory.file)) as bench, pytest.raises(ProfileError) as caught:
        execute(Read(), bench, profile=PROFILE, observer=seen.append)
    assert str(caught.value) == REFUSAL
    (ready,) = (event for event in seen if isinstance(event, PlanReady))
    assert ready.profile == PROFILE
    assert ready.rehearsal.steps[0].worst.i_a > 0.0
    assert_dark(laboratory)


@pytest.mark.parametrize("armed", [[], ["--arm"]], ids=["not armed", "armed"])
def test_a_script_of_a_run_needs_the_word_again(
    program: Start, lab: Any, folder: Path, armed: list[str]
) -> None:
    bench = lab("twin-smu", real=True, clock=SystemClock())
    script = folder / "again.py"
    script.write_text(run_script(recipe_of(bench.file), folder / "runs.sqlite", "Again."),
                      encoding="utf-8")
    _, said = (child := program(sys.executable, script, *armed)).communicate(timeout=60)
    if armed:
        assert child.returncode == 0, said
        assert bench.closed
    else:
        assert said.rstrip().endswith(f"ProfileError: {REFUSAL}")
        assert_dark(bench)
    assert not bench.world.outputs_on


@pytest.mark.parametrize(("place", "name"), [
    ((), "arm"), (("bench",), "armed"), (("bench",), "arm"), (("instruments", "smu"), "arm")])
def test_no_bench_file_can_arm(lab: Any, place: tuple[str, ...], name: str) -> None:
    found = tomllib.loads(lab("twin-smu", real=True).file.read_text(encoding="utf-8"))
    here = found
    for one in place:
        here = here[one]
    here[name] = True
    with pytest.raises(RequestError) as caught:
        bench_file.check(found)
    assert f"called {name!r}" in str(caught.value)


def test_a_ready_made_twin_that_names_real_instruments_is_not_checked(lab: Any) -> None:
    # A laboratory's own package may have entered it.
    bench = lab("twin-smu", real=True)
    with pytest.raises(RequestError) as caught:
        checked_twin(tomllib.loads(bench.file.read_text(encoding="utf-8")))
    assert str(caught.value) == (
        "bench smu-two is opened as a simulated one, but drives real instruments; open it by its "
        "bench file; nothing was switched on")
    assert_dark(bench)


def test_a_run_that_was_queued_for_another_device_waits(
    opened: Callable[..., Any], lab: Any
) -> None:
    bench = lab("twin-smu", real=True)
    desk = opened(bench.file)
    session = desk.session
    session.choose(protocol="read", device="W01")
    desk.settled()
    session.queue.add()
    assert session.queue.runs == []  # nobody has confirmed the limits
    desk.click(desk.window.limits.confirm)
    session.queue.add()
    session.choose(device="W02")
    desk.settled()
    session.queue.go()
    assert session.queue.halted == (
        "Read was queued for device W01, and W02 is named now; nothing was sent")
    assert session.state == "idle"
    assert_dark(bench)


def test_limits_are_confirmed_for_one_bench(opened: Callable[..., Any], lab: Any) -> None:
    first, other = lab("twin-smu", real=True), lab("twin-single", real=True)
    desk = opened(first.file)
    desk.click(desk.window.limits.confirm)
    assert not desk.session.must_confirm
    desk.session.choose(spec=str(other.file))
    desk.settled()
    assert desk.session.must_confirm
    desk.session.start()
    desk.session.touching.touch("pulse")
    assert desk.session.state == "idle"
    assert_dark(other)


@pytest.mark.parametrize("name", ["read", "pulse"])
def test_the_daily_two_show_their_own_plan_and_wait_for_a_confirmation(
    opened: Callable[..., Any], lab: Any, name: str
) -> None:
    bench = lab("twin-smu", real=True, clock=SystemClock())
    desk = opened(bench.file)
    window, session = desk.window, desk.session
    session.choose(device="W01", protocol="iv-sweep")
    desk.settled()
    desk.click(window.limits.confirm)
    desk.click(window.daily.buttons[name])
    pending = session.touching.pending
    assert pending is not None
    assert pending.protocol == load("protocols", name)()
    assert session.state == "idle"
    assert_dark(bench)
    worst = [step.worst for step in pending.rehearsal.steps]
    lowest, highest = min(w.v_low_v for w in worst), max(w.v_high_v for w in worst)
    assert window.limits.ask.text() == (
        f"▲ {load('protocols', name).title} on W01: {shown(lowest, 'V')} to {shown(highest, 'V')} "
        f"at the device and {shown(max(w.i_a for w in worst), 'A')} at most, with 5 kΩ or more; "
        "the profile zro2-y allows −2 V to 2 V and 2 mA. Its plan is drawn below. Go on?")
    assert [value.text() for _, value, _ in window.limits.labels] == list(
        map(str, uses(pending.rehearsal, pending.profile)))
    assert window.stimulus._shown.steps is pending.rehearsal.steps
    session.choose(note="another choice")
    desk.settled()
    assert session.touching.pending is None  # whoever does something else has not confirmed it
    assert window.stimulus._shown.steps is session.plan.rehearsal.steps
    desk.click(window.daily.buttons[name])
    desk.click(window.limits.confirm)
    sent = [record.plan.sha256 for record in desk.run_to_the_end().records]
    assert sent == [step.plan.sha256 for step in pending.rehearsal.steps]
    desk.click(window.daily.buttons[name])
    assert session.state == "running"  # the same plan on the same device with the same limits
    desk.run_to_the_end()


def test_an_order_that_nobody_armed_is_refused_by_the_run_itself(
    opened: Callable[..., Any], lab: Any
) -> None:
    bench = lab("twin-smu", real=True)
    desk = opened(bench.file)
    ends: list[Any] = []
    desk.session.run_ended.connect(ends.append)
    desk.session._begin(desk.session.ordered(Read(), None, ""), None)  # what no button can
    desk.until(lambda: bool(ends))
    assert ends[0].sentence == REFUSAL
    assert_dark(bench)


def test_a_profile_that_changes_is_confirmed_anew(opened: Callable[..., Any], lab: Any) -> None:
    desk = opened(lab("twin-smu", real=True).file)
    desk.click(desk.window.limits.confirm)
    wider = Profile.from_mapping({**PROFILE.to_json(), "i_max_a": 5e-3})
    desk.session.choose(chosen_profile=wider)
    desk.settled()
    assert desk.session.must_confirm
