"""The source/measure unit's messages, in pairs of what is sent and what comes back.

Forms: B2900 Series SCPI Command Reference, B2910-90030.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from memrig.drivers.keysight_b2900 import KeysightB2900
from memrig.drivers.roles import SmuShot
from memrig.hil.errors import BenchError
from memrig.hil.status import Status
from tests.unit.drivers.conftest import NO_ERROR, Pair, Scripted, expected, wire

TIMING = (":TRIG1:ACQ:DEL 0;:SENS1:CURR:APER 8.000000E-06;:TRIG1:TIM 1.000000000E-03;"
          ":SENS1:CURR:APER 9.000000000E-04;:TRIG1:ACQ:DEL 1.000000000E-04;:SENS1:CURR:RANG 0.001")


TIMED = ("TRIG1:TRAN:TIM?;:TRIG1:ACQ:TIM?;:TRIG1:ACQ:DEL?;:SENS1:CURR:APER?;:SENS1:CURR:RANG?",
         "+1.0E-03;+1.0E-03;+1.0E-04;+9.0E-04;+1.0E-03")


def stretch(first: int, count: int) -> Pair:
    """Which part of the list is played, and that it is."""
    return (f":SOUR1:LIST:VOLT:STAR {first};:TRIG1:COUN {count};:SOUR1:LIST:VOLT:STAR?;"
            ":TRIG1:TRAN:COUN?;:TRIG1:ACQ:COUN?", f"{first};{count};{count}")


def listed(*levels_v: float) -> str:
    return ",".join(f"{v:.6E}" for v in levels_v)


def shot(*levels_v: float, **other: float) -> SmuShot:
    given: dict[str, Any] = {"interval_s": 1e-3, "aperture_s": 9e-4, "range_a": 1e-3, **other}
    return SmuShot(levels_v={1: np.array(levels_v)}, **given)


def points(count: int) -> Pair:
    """How many levels stand in the list."""
    return ("SOUR1:LIST:VOLT:POIN?", str(count))


FIRST = (
    (f":SOUR1:LIST:VOLT {listed(1.0, 0.0)}", None), NO_ERROR, points(2),
    (":SOUR1:LIST:VOLT?", listed(1.0, 0.0)),
    (f":SOUR1:LIST:VOLT:STAR 1;:TRIG1:COUN 2;{TIMING};:SOUR1:LIST:VOLT:STAR?;:TRIG1:TRAN:COUN?;"
     f":TRIG1:ACQ:COUN?;:{TIMED[0]}", f"1;2;2;{TIMED[1]}"),
)


@pytest.fixture
def line() -> Iterator[Scripted]:
    with wire("smu") as found:
        yield found


@pytest.fixture
def smu(line: Scripted) -> KeysightB2900:
    """One channel, one list loaded."""
    found = KeysightB2900(line, (1,))
    with expected(line, *FIRST):
        found.arm(shot(1.0, 0.0))
    return found


OFF = [":ABOR (@1,2);:SOUR1:VOLT 0;:SOUR2:VOLT 0;:OUTP1 0;:OUTP2 0", "OUTP1 0", "OUTP2 0"]


def test_it_is_switched_off_before_it_is_reset(line: Scripted) -> None:
    identity = "Keysight Technologies,B2902B,MY61390123,5.2.2138.6730"
    with expected(line, ("*IDN?", identity), *((one, None) for one in OFF),
                  ("*CLS;*RST", None), ("*OPC?", "1")):
        assert KeysightB2900(line).connect() == identity


def test_a_limit_is_read_back(line: Scripted) -> None:
    smu = KeysightB2900(line)
    with expected(line, (":SENS1:CURR:PROT 1.000000E-03", None), (":SENS1:CURR:PROT?", "+1.0E-03"),
                  (":SENS2:CURR:PROT 2.000000E-03", None), (":SENS2:CURR:PROT?", "+1.0E-01")), \
            pytest.raises(BenchError) as caught:
        smu.limit({1: 1e-3, 2: 2e-3})
    assert str(caught.value) == (
        "smu: the current limit of channel 2 reads back 0.1 A instead of 0.002 A")


def test_the_limit_is_set_before_an_output_can_be_switched_on(line: Scripted) -> None:
    smu = KeysightB2900(line, (1,))
    line.left.extend([
        ("FORM REAL,64;:FORM:BORD SWAP;:FORM:ELEM:SENS VOLT,CURR,TIME,STAT", None),
        (":SOUR1:FUNC:MODE VOLT;:SOUR1:FUNC:TRIG:CONT 0;:SOUR1:VOLT:RANG:AUTO 0;"
         ":SOUR1:VOLT:RANG 2;:SOUR1:VOLT 1.000000E-04;:SOUR1:VOLT:MODE LIST;:SOUR1:WAIT 0;"
         ":SENS1:WAIT 0;:OUTP1:PROT 0;:OUTP1:ON:AUTO 0;:OUTP1:OFF:AUTO 0;:OUTP1:OFF:MODE NORM;"
         ":SENS1:FUNC \"VOLT\",\"CURR\";:SENS1:VOLT:RANG:AUTO 0;:SENS1:VOLT:RANG 2;"
         ":SENS1:CURR:RANG:AUTO 0;:TRIG1:SOUR TIM", None),
        (":SENS1:CURR:PROT 1.000000E-03", None), (":SENS1:CURR:PROT?", "+1.0E-03"), NO_ERROR,
        ("SOUR1:FUNC:MODE?;:SOUR1:VOLT:MODE?;:SOUR1:VOLT:RANG?;:SOUR1:VOLT?;:OUTP1:OFF:MODE?",
         "VOLT;LIST;+2.0E+00;+1.000000E-04;NORM"),
        (":OUTP1 1", None), NO_ERROR, ("OUTP1:STAT?", "1"),
    ])
    smu.prepare({1: 1e-4}, {1: 1e-3}, 2.0)
    smu.output_on()


def test_what_is_loaded_is_not_sent_again(smu: KeysightB2900, line: Scripted) -> None:
    with expected(line):
        smu.arm(shot(1.0, 0.0))


def test_a_second_list_stands_beside_the_first(smu: KeysightB2900, line: Scripted) -> None:
    with expected(line, (f":SOUR1:LIST:VOLT:APP {listed(-1.0, -0.5, 0.0)}", None), NO_ERROR,
                  points(5), stretch(3, 3)):
        smu.arm(shot(-1.0, -0.5, 0.0))
    with expected(line, stretch(1, 2)):
        smu.arm(shot(1.0, 0.0))


def test_lists_that_do_not_fit_beside_each_other_start_anew(
    smu: KeysightB2900, line: Scripted
) -> None:
    smu.abilities = dataclasses.replace(smu.abilities, points_max=4)  # type: ignore[misc]
    with expected(line, (f":SOUR1:LIST:VOLT {listed(-1.0, -0.5, 0.0)}", None), NO_ERROR, points(3),
                  (":SOUR1:LIST:VOLT?", listed(-1.0, -0.5, 0.0)), stretch(1, 3)):
        smu.arm(shot(-1.0, -0.5, 0.0))
    with expected(line, (f":SOUR1:LIST:VOLT {listed(1.0, 0.0)}", None), NO_ERROR, points(2),
                  (":SOUR1:LIST:VOLT?", listed(1.0, 0.0)), stretch(1, 2)):
        smu.arm(shot(1.0, 0.0))


def test_an_interval_that_reads_back_differently_is_an_error(
    smu: KeysightB2900, line: Scripted
) -> None:
    timing = TIMING.replace("TIM 1.000000000E-03", "TIM 2.000000000E-03").replace(
        "DEL 1.000000000E-04", "DEL 1.100000000E-03")
    with expected(line, (f"{timing};:{TIMED[0]}", TIMED[1]), NO_ERROR), \
            pytest.raises(BenchError) as caught:
        smu.arm(shot(1.0, 0.0, interval_s=2e-3))
    assert str(caught.value) == (
        "smu: TRIG1:TRAN:TIM? reads back 0.001 instead of 0.002; nothing was fired")


def test_a_read_on_the_range_before_it_is_an_error(smu: KeysightB2900, line: Scripted) -> None:
    timing = TIMING.replace("RANG 0.001", "RANG 1e-07")
    with expected(line, (f"{timing};:{TIMED[0]}", TIMED[1].replace("E-04;+1.0E-03", "E-04;1E-06")),
                  NO_ERROR), pytest.raises(BenchError) as caught:
        smu.arm(shot(1.0, 0.0, range_a=1e-7))
    assert str(caught.value) == (
        "smu: SENS1:CURR:RANG? reads back 1e-06 instead of 1e-07; nothing was fired")


@pytest.mark.parametrize(("answer", "sentence"), [
    ("1;3;3", "smu: SOUR1:LIST:VOLT:STAR? reads back 1 instead of 3; nothing was fired"),
    ("3;2;3", "smu: TRIG1:TRAN:COUN? reads back 2 instead of 3; nothing was fired")])
def test_an_older_list_is_never_played_in_a_new_ones_place(
    smu: KeysightB2900, line: Scripted, answer: str, sentence: str
) -> None:
    with expected(line, (f":SOUR1:LIST:VOLT:APP {listed(-1.0, -0.5, 0.0)}", None), NO_ERROR,
                  points(5), (stretch(3, 3)[0], answer), NO_ERROR), \
            pytest.raises(BenchError) as caught:
        smu.arm(shot(-1.0, -0.5, 0.0))
    assert str(caught.value) == sentence


def test_a_list_of_the_run_before_with_as_many_points_is_noticed(line: Scripted) -> None:
    smu = KeysightB2900(line, (1,))
    with expected(line, *FIRST[:3], (":SOUR1:LIST:VOLT?", listed(2.0, 0.0))), \
            pytest.raises(BenchError) as caught:
        smu.arm(shot(1.0, 0.0))
    assert str(caught.value) == (
        "smu: the levels of channel 1 read back as others than were sent; nothing was fired")


def test_a_list_that_is_refused_is_an_error_before_it_is_fired(
    smu: KeysightB2900, line: Scripted
) -> None:
    with expected(line, (f":SOUR1:LIST:VOLT:APP {listed(99.0, 0.0)}", None),
                  ("SYST:ERR?", '-222,"Data out of range"'), NO_ERROR), \
            pytest.raises(BenchError, match="refused a list of levels: -222 Data out of range"):
        smu.arm(shot(99.0, 0.0))


def test_a_list_that_was_not_taken_is_an_error_before_it_is_fired(
    smu: KeysightB2900, line: Scripted
) -> None:
    with expected(line, (f":SOUR1:LIST:VOLT:APP {listed(0.5, 0.0)}", None), NO_ERROR,
                  points(2)), pytest.raises(BenchError) as caught:
        smu.arm(shot(0.5, 0.0))
    assert str(caught.value) == (
        "smu: SOUR1:LIST:VOLT:POIN? reads back 2 instead of 4; nothing was fired")


def test_points_come_with_times_and_flags(smu: KeysightB2900, line: Scripted) -> None:
    points = [
        [0.9999, 1e-4, 0.0, 0.0],
        [0.5, 1e-3, 1e-3, 2.0],  # bit 1: compliance
        [-0.3, 9.91e37, 2e-3, 8192.0],  # bit 13: overflow; "not a number"
        [0.2, 9.9e37, 3e-3, 0.0],  # infinity
    ]
    with expected(line, (":OUTP1:STAT?;:SENS1:DATA? 3", np.ravel(points))):
        volts, amperes = smu.fetch({1: ("v_top", "i_top")}, 3)
    assert (volts.probe, amperes.probe) == ("v_top", "i_top")
    assert volts.values.tolist() == [0.9999, 0.5, -0.3, 0.2]
    # What has no value is held at the end of its range, with the voltage's sign.
    assert amperes.values == pytest.approx([1e-4, 1e-3, -1.05e-3, 1.05e-3])
    held, over = int(Status.COMPLIANCE), int(Status.OVERRANGE)
    assert amperes.flags.tolist() == volts.flags.tolist() == [0, held, over, over]
    # The aperture of 0.9 ms stands at the end of every step of 1 ms.
    assert volts.times_s == pytest.approx(np.array([3.55, 4.55, 5.55, 6.55]) * 1e-3)
    assert amperes.range_name == "0.001 A"


def test_channels_are_cut_to_what_all_of_them_have(line: Scripted) -> None:
    smu = KeysightB2900(line)
    smu._shot = shot(1.0, 0.0)
    row = [0.1, 1e-6, 0.0, 0.0]
    with expected(line, (":OUTP1:STAT?;:SENS1:DATA? 0", row * 3),
                  (":OUTP2:STAT?;:SENS2:DATA? 0", row * 2)):
        found = smu.fetch({1: ("v_top", "i_top"), 2: ("v_far", "i_far")}, 0)
    assert [channel.data.size for channel in found] == [2, 2, 2, 2]


def test_no_new_points_are_none(smu: KeysightB2900, line: Scripted) -> None:
    with expected(line, (":OUTP1:STAT?;:SENS1:DATA? 2", [9.91e37])):
        assert smu.fetch({1: ("v_top", "i_top")}, 2) == ()


def test_fire_abort_off(line: Scripted) -> None:
    smu = KeysightB2900(line)
    with expected(line, (":INIT (@1,2);:STAT:OPER:COND?", "0"), (":ABOR (@1,2)", None)):
        smu.fire()
        smu.abort()
    assert list(smu.off_messages()) == OFF
    with expected(line, ("OUTP1?", "0"), ("OUTP2?", "1")):
        assert not line.answers(smu.off_answers())
