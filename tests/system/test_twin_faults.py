"""Every fault of the simulated instruments, as a VISA program meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvisa
from pyvisa.constants import StatusCode

from memrig.drivers.transport import Transport
from memrig.hil.clock import VirtualClock
from memrig.hil.errors import LinkError
from memrig.sim.twin import catalogue
from memrig.sim.twin.backend import registered
from memrig.sim.twin.faults import KINDS
from memrig.sim.twin.host import served
from memrig.sim.twin.twin import Twin, open_twin

READY = ("FUNC DC;:OUTP1:LOAD INF;:VOLT:OFFS 1;:OUTP1 1",)
Visa = Callable[..., AbstractContextManager[tuple[Twin, Any]]]


def faulty(kind: str, faults: Sequence[str]) -> Twin:
    """Simulated instruments with faults, in model time."""
    asked = {"seed": 1, "device": {"kind": "resistor", "ohm": 1e4}, "faults": list(faults)}
    return open_twin({**getattr(catalogue, kind)(), "twin": asked}, clock=VirtualClock())


@pytest.fixture
def visa() -> Visa:
    """The instruments in process with faults: ``with visa("awg:late") as (twin, open_one)``."""

    @contextmanager
    def opened(*faults: str, kind: str = "two_channel") -> Iterator[tuple[Twin, Any]]:
        twin = faulty(kind, faults)
        with registered("faulty", twin) as library, ExitStack() as stack:
            manager = pyvisa.ResourceManager(library)
            stack.callback(manager.close)

            def open_one(role: str) -> Any:
                return manager.open_resource(
                    f"TCPIP0::memrig::{role}::INSTR", read_termination="\n",
                    write_termination="\n", timeout=500)

            yield twin, open_one

    return opened


def status_of(ask: Callable[[], object]) -> StatusCode:
    with pytest.raises(pyvisa.errors.VisaIOError) as caught:
        ask()
    return StatusCode(caught.value.error_code)


def test_an_answer_that_is_lost_or_late_is_a_time_out(visa: Visa) -> None:
    with visa("awg:no-answer at 2", "awg:late 1.2 s at 4") as (twin, open_one):
        awg = open_one("awg")
        assert "33522B" in awg.query("*IDN?")
        assert status_of(lambda: awg.query("VOLT 2;VOLT?")) == StatusCode.error_timeout
        assert float(awg.query("VOLT?")) == 2.0  # it had done what it was told
        assert status_of(lambda: awg.query("*IDN?")) == StatusCode.error_timeout
        assert status_of(awg.read) == StatusCode.error_timeout
        before_s = twin.world.clock.now_s
        assert "33522B" in awg.read()
        assert twin.world.clock.now_s - before_s == pytest.approx(0.2)


def test_an_instrument_that_hangs_answers_in_the_end(visa: Visa) -> None:
    with visa("scope:time-out 5 s at 1") as (twin, open_one):
        scope = open_one("scope")
        scope.timeout = 6000
        assert "3024T" in scope.query("*IDN?")
        assert twin.world.clock.now_s == pytest.approx(5.0)


def test_a_link_that_is_cut_stays_dead_and_the_next_one_may_be_refused(visa: Visa) -> None:
    with visa("awg:lost-link at 2", "awg:refused-link at 2") as (_, open_one):
        awg = open_one("awg")
        awg.write("VOLT 2")
        assert status_of(lambda: awg.write("VOLT 3")) == StatusCode.error_connection_lost
        assert status_of(awg.read) == StatusCode.error_connection_lost
        assert status_of(lambda: open_one("awg")) == StatusCode.error_resource_not_found
        assert float(open_one("awg").query("VOLT?")) == 2.0


def test_after_a_reboot_nothing_is_set_and_nobody_is_let_in_for_a_while(visa: Visa) -> None:
    with visa("awg:reboot 3 s at 2") as (twin, open_one):
        awg = open_one("awg")
        awg.write(*READY)
        assert twin.world.outputs_on
        assert status_of(lambda: awg.query("VOLT:OFFS?")) == StatusCode.error_connection_lost
        assert not twin.world.outputs_on
        assert status_of(lambda: open_one("awg")) == StatusCode.error_resource_not_found
        twin.world.clock.sleep(3.0)
        awg = open_one("awg")
        assert float(awg.query("VOLT:OFFS?")) == 0.0
        assert int(awg.query("*ESR?")) == 128  # power on


def test_answers_that_are_wrong(visa: Visa) -> None:
    with visa("awg:stale at 2", "awg:garbage seed 5 at 3", "smu:garbage-identity",
              "awg:truncated at 4", "awg:error -222 at 5") as (_, open_one):
        awg, smu = open_one("awg"), open_one("smu")
        assert "33522B" in awg.query("*IDN?")
        assert "33522B" in awg.query("VOLT?")
        awg.write("VOLT?")
        nonsense = awg.read_raw()
        assert nonsense[-1:] == b"\n"
        assert b"E-0" not in nonsense
        awg.write("*IDN?")
        assert awg.read_raw() == b"Agilent Technologies,33522B,TW"
        assert awg.query("SYST:ERR?").startswith("+0")
        assert awg.query("SYST:ERR?") == '-222,"Data out of range"'
        smu.write("*IDN?")
        assert b"B2902B" not in smu.read_raw()
        smu.write("*OPT?")
        assert smu.read_raw() == b"0\n"


def test_a_block_whose_length_is_wrong_is_out_of_step() -> None:
    """Also where it says fewer bytes than it has, which no time-out would tell."""
    for more in (-2, 2):
        twin = faulty("smu", [f"smu:wrong-length {more} on DATA"])
        with registered("faulty", twin) as library:
            link = Transport("TCPIP0::memrig::smu::INSTR", name="smu", library=library,
                             clock=twin.world.clock)
            link.write("FORM REAL,64;:INIT")
            with pytest.raises(LinkError, match=r"out of step|did not answer within 10 s"):
                link.query_block(":SENS1:DATA? 0", "<f8")
            link.close()


def test_what_is_ignored_is_not_set_and_no_error_says_so(visa: Visa) -> None:
    with visa("awg:ignored on volt") as (_, open_one):
        awg = open_one("awg")
        awg.write("VOLT 2;:FREQ 5")
        assert float(awg.query("VOLT?")) == 0.1
        assert float(awg.query("FREQ 7;FREQ?")) == 7.0
        assert awg.query("SYST:ERR?").startswith("+0")


def test_an_output_that_stays_on_says_so_and_one_that_trips_is_off(visa: Visa) -> None:
    for fault, on in (("stays-on from 2", True), ("tripped after 5 ms", False)):
        with visa(f"awg:{fault}") as (twin, open_one):
            awg = open_one("awg")
            awg.write(*READY)
            assert twin.world.outputs_on
            twin.world.clock.sleep(6e-3)
            awg.write("*RST" if on else "FREQ 5")
            awg.write("OUTP1 0" if on else "FREQ 6")
            assert awg.query("OUTP1?") == str(int(on))
            assert twin.world.outputs_on == on
            assert awg.query("OUTP2?") == "0"


def test_triggers_that_are_missed_or_stuck(visa: Visa) -> None:
    ready = ("FUNC SQU;:BURS:STAT 1;:TRIG1:SOUR BUS;:OUTP:TRIG 1;:OUTP1 1",)
    for fault, pulses in (("awg:missed-trigger", 0), ("awg:stuck-trigger from 3", 2)):
        with visa(fault) as (twin, open_one):
            awg = open_one("awg")
            awg.write(*ready)
            awg.write("*TRG" if pulses == 0 else "*CLS")
            for _ in range(2):
                twin.world.clock.sleep(1.0)
                assert awg.query("SYST:ERR?").startswith("+0")
            assert twin.world.pulses == pulses
    for fault, recorded in (("scope:missed-trigger", False), ("scope:stuck-trigger", True)):
        with visa(fault) as (twin, open_one):
            awg, scope = open_one("awg"), open_one("scope")
            awg.write(*ready)
            scope.write("TRIG:SOUR EXT;:TRIG:SWE NORM;:TRIG:LEV 1;:SING")
            twin.world.clock.sleep(0.1)
            if not recorded:
                awg.write("*TRG")
                twin.world.clock.sleep(0.1)
            assert (int(scope.query("OPER:COND?")) & 8 == 0) == recorded


def test_an_input_beyond_its_range_says_so(visa: Visa) -> None:
    with visa("scope:clipped", "smu:overload") as (twin, open_one):
        scope, smu = open_one("scope"), open_one("smu")
        scope.write("*RST;:TRIG:SWE AUTO;:WAV:FORM BYTE;:WAV:UNS 1;:SING")
        twin.world.clock.sleep(0.2)
        codes = scope.query_binary_values("WAV:DATA?", datatype="B")
        assert np.min(codes) == 255
        assert float(smu.query("MEAS? (@1)").split(",")[0]) == 9.9e37


def test_another_device_is_in_place_from_its_moment_on(visa: Visa) -> None:
    """To the moment, whoever looks later."""
    for fault, i_a in (("open", 0.0), ("short", 1 / 1.05e3)):
        with visa(f"device:{fault} after 5 ms", kind="single_channel") as (twin, open_one):
            twin.world.hold(visa, 0.0)
            open_one("awg").write(*READY)
            twin.world.clock.sleep(10e-3)
            seen = twin.world.truth()
            before, after = seen.t_s < 4.99e-3, seen.t_s > 5.01e-3
            assert seen.i_dut_a[before][-1] == pytest.approx(1 / 11.05e3, rel=0.02)
            assert seen.i_dut_a[after][-1] == pytest.approx(i_a, rel=0.02, abs=1e-7)
        with visa(f"device:{fault} at 2") as (twin, open_one):
            awg = open_one("awg")
            awg.write("*CLS")
            device = twin.world.device
            awg.write("*CLS")
            assert twin.world.device is not device


@contextmanager
def link_to(*faults: str) -> Iterator[Callable[[], Transport]]:
    """Makes links to a generator on a socket."""
    twin = faulty("two_channel", faults)
    with ExitStack() as stack:
        servers = stack.enter_context(served(twin, twin.instruments))

        def opened() -> Transport:
            link = Transport(servers["awg"].resource, name="awg", clock=twin.world.clock)
            stack.callback(link.close)
            return link

        yield opened


def test_on_sockets_it_is_the_same_in_real_time() -> None:
    with link_to("awg:late 0.7 s at 1", "awg:lost-link at 3", "awg:refused-link at 2") as opened:
        link = opened()
        assert "33522B" in link.query("*IDN?")  # though a time-out has passed
        assert float(link.query("VOLT?")) == 0.1
        with pytest.raises(LinkError, match="the peer closed the connection"):
            link.query("VOLT?")
        with pytest.raises(LinkError):
            opened().query("VOLT?")
        assert float(opened().query("VOLT?")) == 0.1


def test_who_waits_for_a_hanging_instrument_is_let_go_at_the_end() -> None:
    with link_to("awg:time-out 1000 s") as opened:
        link = opened()
        with pytest.raises(LinkError, match=r"did not answer within 0\.5 s"):
            link.query("*IDN?", deadline_s=0.5)


def test_every_kind_is_met_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in KINDS if name not in text] == []
