"""The order on the way to safety, however a run ends: stopped, 0 V, off, and only then asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest

from memrig.drivers._bench import WardTask
from memrig.drivers.guardian_child import Ward
from memrig.hil.registry import entries, load
from memrig.hil.shapes import rectangle
from memrig.hil.stimulus import Role, Stimulus
from tests.contract.conftest import INSTRUMENTS, Opener, Station
from tests.contract.test_driver_contract import PREPARE, SHOT, STEPS, Link, linked

DRIVING = [name for name in entries("drivers") if load("drivers", name).role != "scope"]
STOPPED, ZERO, OFF, ASKED = "stopped", "0 V", "off", "asked"
STEPS_OF_THE_WAY = {
    STOPPED: re.compile(r":?ABOR( \(@1(,2)?\))?"), ZERO: re.compile(r":SOUR\d:VOLT 0"),
    OFF: re.compile(r":?OUTP\d 0"), ASKED: re.compile(r":?OUTP\d\?"),
}
ORDER = {"awg": [STOPPED, OFF, ASKED], "smu": [STOPPED, ZERO, OFF, ASKED]}
"""A generator's burst that is stopped is at 0 V: its first point."""
PULSE = Stimulus(role=Role.PROGRAM, top=rectangle(level_v=1.0, width_s=0.5))


def step_of(unit: str) -> str:
    """Which step of the way a part of a message is; nothing else may be sent on it."""
    return next(name for name, form in STEPS_OF_THE_WAY.items() if form.fullmatch(unit))


def started(link: Link) -> Any:
    """A driver whose output is at a level that lasts."""
    driver, role = link.driver, link.driver.role
    driver.connect()
    PREPARE[role](driver)
    driver.output_on()
    if role == "awg":
        long = [type(SHOT)(codes=SHOT.codes * 2000, key="LONG", rate_hz=1.0, delay_s=0.0,
                           smooth=False)] * len(driver.channels)
        driver.arm(long)
    else:
        driver.arm(type(STEPS)(levels_v={k: v * 0 + 0.5 for k, v in STEPS.levels_v.items()},
                               interval_s=2.0, aperture_s=STEPS.aperture_s, range_a=STEPS.range_a))
    driver.fire()
    link.twin.world.clock.sleep(1.5)
    return driver


@pytest.mark.parametrize("name", DRIVING)
def test_a_relay_opens_at_0_v(name: str) -> None:
    with linked(name) as link:
        driver, world = started(link), link.twin.world
        assert all(abs(world.level(source)) > 0.4 for source in world.relays)
        for unit in driver.off_messages()[0].split(";"):
            if step_of(unit) == OFF:
                assert world.outputs_on or unit != ":OUTP1 0"
                assert all(abs(world.level(source)) < 0.02 for source in world.relays), unit
            link.instrument.execute(unit.encode() + b"\n")
            world.clock.sleep(1e-3)
        assert not world.outputs_on


@pytest.mark.parametrize("name", DRIVING)
def test_the_first_message_does_it_all_and_so_do_the_others(name: str) -> None:
    with linked(name) as link:
        driver = started(link)
        first, *others = driver.off_messages()
        assert not [text for text in (first, *others) if "?" in text]
        for messages in ([first], others):
            driver.output_on()
            assert not driver.transport.answers(driver.off_answers())
            for text in messages:
                driver.transport.write(text)
            driver.transport.query("*OPC?")
            assert not link.twin.world.outputs_on
            assert driver.transport.answers(driver.off_answers())
        assert driver.transport.errors() == []


Act = Callable[[Station, threading.Event], object]


def guarded(station: Station, _: threading.Event) -> None:
    """What the guardian does of its own, while the run hangs."""
    for role, one in station.bench._instruments.items():  # type: ignore[attr-defined]
        if one.off_answers():
            ward = Ward(asdict(WardTask(
                role=role, resource=one.transport.resource, library="@py",
                off=one.off_messages(), answers=one.off_answers())))
            assert ward.look()
            ward.switch_off(insists=False)
            assert ward.confirmed
    raise RuntimeError("it was found dead")


def failed(*_: object) -> None:
    raise RuntimeError("a defect")


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


ENDS: dict[str, Act | None] = {
    "normal end": None, "stop": lambda _, stop: stop.set(), "error": failed,
    "Ctrl-C": interrupted, "another thread": lambda station, _: station.bench.make_safe(),
    "guardian": guarded,
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_everything_is_stopped_and_at_0_v_before_it_is_off(
    opened: Opener, kind: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(kind) as station:
        heard, stop, act = list[tuple[str, str]](), threading.Event(), ENDS[end]
        sleep, is_due = station.bench.clock.sleep, list[bool]()

        def hear(role: str, message: str) -> None:
            is_due[:] = is_due or [True] * ("*TRG" in message or ":INIT" in message)
            heard.extend((role, unit) for unit in message.split(";"))

        def sleeping(duration_s: float, stop: threading.Event | None = None) -> bool:
            if is_due and act is not None and not stopped.is_set():
                stopped.set()
                heard.clear()  # what comes now is the way out
                act(station, asked)
            return sleep(duration_s, stop)

        stopped, asked = threading.Event(), stop
        station.before = hear
        monkeypatch.setattr(station.bench.clock, "sleep", sleeping)
        monkeypatch.setattr("memrig.drivers.guardian_child.ROUNDS_S", (0.0,))
        with suppress(RuntimeError, KeyboardInterrupt), station.bench.energised():
            list(station.bench.apply(station.bench.prepare(PULSE), stop))
            if act is None:
                heard.clear()
        station.catch_up()
        assert stopped.is_set() == (act is not None)
        for role, order in ORDER.items():
            way = [unit for one, unit in heard if one == role]
            way = way[: 1 + next((k for k, u in enumerate(way) if u == "OUTP1?"), -1)]
            if role in station.transports:
                steps = [step_of(unit) for unit in way]
                assert list(dict.fromkeys(steps)) == order, way
