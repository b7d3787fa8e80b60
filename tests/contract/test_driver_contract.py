"""What every driver promises. A new driver is covered by being registered beside a twin."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from memrig.drivers.roles import Awg, Capture, Oscilloscope, Shot, Smu, SmuShot
from memrig.drivers.transport import Transport
from memrig.hil.clock import VirtualClock
from memrig.hil.errors import BenchError, WrongInstrumentError
from memrig.hil.registry import entries, load
from memrig.sim.twin.scpi import Scpi
from memrig.sim.twin.server import serve
from memrig.sim.twin.twin import Twin, open_twin
from tests.contract.conftest import INSTRUMENTS, Meddled, description_of

DRIVERS = tuple(entries("drivers"))
ROLES: dict[str, type] = {"awg": Awg, "scope": Oscilloscope, "smu": Smu}
PREPARE: dict[str, Callable[[Any], None]] = {
    "awg": lambda one: one.prepare([0] * len(one.channels)),
    "scope": lambda one: one.prepare([1, 2]),
    "smu": lambda one: one.prepare({1: 0.0, 2: 0.0}, {1: 1e-3, 2: 1e-3}, 2.0),
}
CAPTURE = Capture(scales_v={1: 0.5, 2: 0.02}, before_s=0.0, range_s=1e-3, points=1000,
                  averaging=True)
SHOT = Shot(codes=np.array([0, 9, 9, 9, 9, 9, 9, 0], dtype=np.int16), key="K", rate_hz=1e6,
            delay_s=0.0, smooth=False)
STEPS = SmuShot(levels_v={k: np.array([0.1, 0.0]) for k in (1, 2)}, interval_s=1e-3,
                aperture_s=5e-4, range_a=1e-3)
ARM: dict[str, Callable[[Any], None]] = {
    "awg": lambda one: one.arm([SHOT] * len(one.channels)),
    "scope": lambda one: (one.arm(CAPTURE), one.ready()),
    "smu": lambda one: one.arm(STEPS),
}


def verbs(role: str) -> dict[str, Any]:
    """Members of a role and of what every instrument has."""
    found: dict[str, Any] = {}
    for cls in reversed(ROLES[role].__mro__):
        if cls.__module__ == Awg.__module__:
            found |= {k: v for k, v in vars(cls).items() if not k.startswith("_")}
            found |= dict.fromkeys(vars(cls).get("__annotations__", {}))
    return found


@dataclass
class Link:
    """A driver and the simulated instrument at the other end of its wire."""

    driver: Any
    instrument: Meddled
    twin: Twin


@contextmanager
def linked(name: str, identity: str = "") -> Iterator[Link]:
    """A driver by name over a loopback socket; not connected yet.

    :param identity: what answers ``*IDN?`` instead of the right instrument.
    """
    ready = sorted(map(description_of, INSTRUMENTS), key=lambda one: len(one["instruments"]))
    asked, role = next(
        (one, role) for one in ready for role, given in one["instruments"].items()
        if given["driver"] == name
    )
    clock, cls = VirtualClock(), load("drivers", name)
    twin = open_twin({**asked, "twin": {"device": {"kind": "resistor"}}}, clock=clock)
    found = twin.instruments[role]
    if identity:
        found = Scpi(twin.models[role], identity, lock=twin.world.lock)
    meddled = Meddled(role, found)
    with serve({role: meddled}) as servers:
        wire = Transport(servers[role].resource, name=role, clock=clock)
        takes_clock = "clock" in inspect.signature(cls).parameters
        try:
            yield Link(cls(wire, clock) if takes_clock else cls(wire), meddled, twin)
        finally:
            wire.close()


class Meddler:
    """Stands between a driver and its instrument; ``answers`` are given in its place."""

    def __init__(self, link: Link, answers: dict[str, str] | None = None) -> None:
        self.heard: list[str] = []
        self._answers = answers or {}
        link.instrument.station = self  # type: ignore[assignment]  # only asked for ``before``

    def before(self, _: str, text: str) -> bytes | None:
        self.heard.append(text)
        answers = [answer for part, answer in self._answers.items() if part in text]
        return answers[0].encode() + b"\n" if answers else None


@pytest.mark.parametrize("name", DRIVERS)
def test_it_has_the_verbs_of_its_role(name: str) -> None:
    cls = load("drivers", name)
    for verb, asked in verbs(cls.role).items():
        if verb == "transport":
            continue
        given = getattr(cls, verb, None)
        assert given is not None, f"{name} has no {verb}"
        if inspect.isfunction(asked):
            names = list(inspect.signature(asked).parameters)
            assert list(inspect.signature(given).parameters)[: len(names)] == names, verb


@pytest.mark.parametrize("name", DRIVERS)
def test_it_says_which_instruments_it_knows_and_from_where(name: str) -> None:
    cls = load("drivers", name)
    assert cls.models
    assert cls.source
    document = sys.modules[cls.__module__].__doc__ or ""
    assert "\n\nRef: " in document
    assert load("drivers", name).__doc__


@pytest.mark.parametrize("name", DRIVERS)
def test_another_instrument_is_not_touched(name: str) -> None:
    with linked(name, identity="Maker,Toaster 3000,1,1.0") as link:
        meddler = Meddler(link)
        with pytest.raises(WrongInstrumentError) as caught:
            link.driver.connect()
        assert meddler.heard == ["*IDN?"]
        assert not link.twin.world.outputs_on
    sentence = str(caught.value)
    assert " was expected at TCPIP0::127.0.0.1::" in sentence
    assert sentence.endswith("but 'Maker,Toaster 3000,1,1.0' answers; nothing was switched on")


@pytest.mark.parametrize("name", DRIVERS)
def test_connecting_switches_off_what_was_on(name: str) -> None:
    with linked(name) as link:
        for source in link.twin.world.relays:
            link.twin.world.connect(source, True)
        assert link.driver.connect()
        if link.driver.role != "scope":  # which drives nothing
            assert not link.twin.world.outputs_on
        assert link.driver.transport.answers(link.driver.off_answers())


@pytest.mark.parametrize("stage", ["prepare", "arm"])
@pytest.mark.parametrize("name", DRIVERS)
def test_what_the_instrument_refuses_is_an_error_with_its_words(name: str, stage: str) -> None:
    with linked(name) as link:
        driver = link.driver
        driver.connect()
        if stage == "arm":
            PREPARE[driver.role](driver)
        link.instrument.instrument.execute(b"VOLTS:TOO:MANY 99\n")
        with pytest.raises(BenchError) as caught:
            (PREPARE if stage == "prepare" else ARM)[driver.role](driver)
        assert not link.twin.world.outputs_on
    sentence = str(caught.value)
    assert sentence.startswith(f"{driver.transport.name} (TCPIP0::127.0.0.1::")
    assert " refused " in sentence
    assert sentence.endswith(": -113 Undefined header")


DEAF: dict[str, tuple[str, str, str]] = {
    "awg": ("VOLT?", 'SWAP;+9.9E+37;ARB;1.0;0;TRIG;1;1;BUS;"REST0000";8',
            "awg: SOUR1:VOLT? reads back 1 instead of 10; the outputs stay off"),
    "scope": (":CHAN1:SCAL?", "5.0;0.02;1e-3;1;40",
              "scope: :CHAN1:SCAL? reads back 5 instead of 0.5; nothing was fired"),
    "smu": (":SENS1:CURR:PROT?", "0.1",
            "smu: the current limit of channel 1 reads back 0.1 A instead of 0.001 A"),
}
"""By role: the question that shows a setting which was ignored, its answer, the sentence."""


@pytest.mark.parametrize("name", DRIVERS)
def test_a_setting_that_reads_back_differently_ends_the_run(name: str) -> None:
    with linked(name) as link:
        driver = link.driver
        driver.connect()
        question, answer, sentence = DEAF[driver.role]
        Meddler(link, {question: answer})
        with pytest.raises(BenchError) as caught:
            ready(driver)
        assert not link.twin.world.outputs_on
    assert str(caught.value) == sentence


def ready(driver: Any) -> None:
    PREPARE[driver.role](driver)
    ARM[driver.role](driver)


def ranges(driver: Any) -> dict[str, list[float]]:
    """Ranges that a driver declares, by the header that sets them."""
    if driver.role == "scope":
        return {":CHAN1:SCAL": list(driver.scales_v)}
    if driver.role == "smu":
        able = driver.abilities
        return {":SENS1:VOLT:RANG": list(able.ranges_v), ":SENS1:CURR:RANG": list(able.ranges_a)}
    able = driver.abilities
    return {":OUTP1:LOAD INF;:SOUR1:VOLT": [2.0 * able.v_max_v, 0.01],
            ":SOUR1:FUNC:ARB:FILT OFF;:SOUR1:FUNC:ARB:SRAT": [able.rate_max_hz, 1e3],
            ":TRIG1:DEL": [able.delay_max_s, 1e-3]}


@pytest.mark.parametrize("name", DRIVERS)
def test_every_range_that_it_declares_is_one_of_the_instrument(name: str) -> None:
    with linked(name) as link:
        link.driver.connect()
        wire = link.driver.transport
        for header, values in ranges(link.driver).items():
            for value in values:
                wire.write(f"{header} {value:.9E}")
                found = float(wire.query(f":{header.rpartition(':')[0].split(';:')[-1].lstrip(':')}"
                                         f":{header.rpartition(':')[2]}?"))
                assert found == pytest.approx(value, rel=1e-6), header
        wire.check("the declared ranges")
