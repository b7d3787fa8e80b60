"""What no bench ever sends, and that no output opens before it is told off, in every protocol.

A self-test, an autoscale or a calibration switches relays or drives levels of its own choice; high
impedance in mid-pulse leaves the device floating with what is on its cables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from memrig.hil import execute
from memrig.hil.registry import entries, load
from tests.contract.conftest import INSTRUMENTS, OHM, Station, instruments

NEVER = re.compile(r"""
    \*TST | \*CAL | \*SAV | \*RCL | \*TRG\s+\d   # self-test, calibration, somebody's settings
    | \bCAL(IBRATION)?[:\s?] | \bTEST[:\s?] | SYST\w*:(PRES|INIT|SEC)
    | \bAUT(OSCALE)?(\s|;|$) | \bDIG(ITIZE)?\b  # chooses ranges and levels; or blocks the parser
    | OFF:MODE\s+(HIZ|GUAR|ZERO) | RANG\w*:AUTO\s+(1|ON|ONCE)
    """, re.IGNORECASE | re.VERBOSE)
OPENING = re.compile(r"OUTP\w*\d*(:STAT\w*)?\s+(0|OFF)|\*RST|SYST\w*:PRES", re.IGNORECASE)
PROTOCOLS: Mapping[str, Mapping[str, str]] = {
    "read": {}, "pulse": {}, "iv-sweep": {"points": "40", "period": "20ms"},
    "pulse-series": {"count": "3", "read_window": "200us"},
    "stdp": {"points": "1", "tries": "2", "sham": "1", "pre_only": "0", "post_only": "0",
             "read_window": "200us"},
}


class Listener:
    """Hears everything that a station's instruments are sent.

    :ivar sent: (role, message, whether any output was on before).
    :ivar opened: message at which each relay that was closed has opened.
    """

    def __init__(self, station: Station) -> None:
        assert station.twin is not None
        self.sent: list[tuple[str, str, bool]] = []
        self.opened: list[str] = []
        self._station, self._connect = station, station.twin.world.connect
        station.before = self._told
        station.twin.world.connect = self._connected  # type: ignore[method-assign]

    def _told(self, role: str, text: str) -> None:
        self.sent.append((role, text, self._station.outputs_on))

    def _connected(self, source: str, on: bool, **how: bool) -> None:
        assert self._station.twin is not None
        was_on = self._station.twin.world.relays[source]
        self._connect(source, on, **how)
        if was_on and not on:
            self.opened.append(self.sent[-1][1])


def check(heard: Listener, station: Station) -> None:
    """What must hold of a conversation."""
    off = {text for one in station.bench._instruments.values()  # type: ignore[attr-defined]
           for text in one.off_messages()}
    assert not [text for _, text, _ in heard.sent if NEVER.search(text)]
    assert any(was_on for _, _, was_on in heard.sent)
    first = next(k for k, (_, _, was_on) in enumerate(heard.sent) if was_on)
    last = max(k for k, (_, _, was_on) in enumerate(heard.sent) if was_on)
    opening = [text for _, text, _ in heard.sent[first : last + 1] if OPENING.search(text)]
    assert opening
    assert set(opening) <= off  # the order to switch off, and nothing else
    assert heard.opened
    assert set(heard.opened) <= off


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_a_run_sends_nothing_that_could_hurt_a_device(kind: str, protocol: str) -> None:
    with instruments(kind) as station:
        heard = Listener(station)
        run = execute(load("protocols", protocol).from_text(PROTOCOLS[protocol]), station.bench,
                      seed=1)
        assert run.status == "finished"
        check(heard, station)


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_neither_does_a_check_with_a_resistor(kind: str) -> None:
    with instruments(kind) as station:
        heard = Listener(station)
        station.bench.check(resistor_ohm=OHM, u_rel=1e-3)  # type: ignore[attr-defined]
        station.bench.make_safe()
        check(heard, station)


def test_every_protocol_is_heard_here() -> None:
    assert set(PROTOCOLS) == set(entries("protocols"))


@pytest.mark.parametrize("text", [
    "*TST?", "*CAL?", ":CAL:ALL?", ":AUToscale", ":AUT", "OUTP1:OFF:MODE HIZ", "SYST:PRES",
    ":SENS1:CURR:RANG:AUTO ON", ":DIG CHAN1"])
def test_what_is_never_sent_would_be_seen(text: str) -> None:
    assert NEVER.search(f":CHAN1:SCAL 1;{text}")
