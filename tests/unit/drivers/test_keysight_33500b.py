"""The generator's messages, in pairs of what is sent and what comes back.

Forms: 33500 Series User's Guide, 33520-90001.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from memrig.drivers.keysight_33500b import Keysight33500B
from memrig.drivers.roles import Shot
from memrig.hil.errors import BenchError
from tests.unit.drivers.conftest import NO_ERROR, Pair, Scripted, expected, wire

REST = [3] * 8
CODES = [3, 100, 200, 200, 200, 200, 100, 3]
UPLOAD = (("SOUR1:DATA:ARB:DAC M1,", CODES), None)
READ_BACK = (
    "FORM:BORD?;:OUTP1:LOAD?;:SOUR1:FUNC?;:SOUR1:VOLT?;:SOUR1:VOLT:OFFS?;:SOUR1:BURS:MODE?;"
    ":SOUR1:BURS:NCYC?;:SOUR1:BURS:STAT?;:TRIG1:SOUR?;:SOUR1:FUNC:ARB?;"
    ":SOUR1:DATA:ATTR:POIN? REST0003",
    "SWAP;+9.9E+37;ARB;+1.000000000000000E+01;+0.000000000000000E+00;TRIG;"
    "+1.000000000000000E+00;1;BUS;\"REST0003\";+8",
)
SETTINGS = (
    ("FORM:BORD SWAP;:OUTP:SYNC 0;:OUTP:TRIG:SLOP POS;:OUTP:TRIG 1", None),
    (":SOUR1:DATA:VOL:CLE", None),
    (("SOUR1:DATA:ARB:DAC REST0003,", REST), None),
    (":OUTP1:LOAD INF;:SOUR1:VOLT:RANG:AUTO 0;:SOUR1:FUNC:ARB REST0003;:SOUR1:FUNC:ARB:FILT STEP;"
     ":SOUR1:FUNC:ARB:SRAT 1.000000000E+06;:SOUR1:FUNC ARB;:SOUR1:VOLT:OFFS 0;"
     ":SOUR1:VOLT 1.000000000E+01;:SOUR1:BURS:MODE TRIG;:SOUR1:BURS:NCYC 1;:SOUR1:BURS:STAT 1;"
     ":TRIG1:SOUR BUS;:TRIG1:DEL 0", None),
    NO_ERROR,
    READ_BACK,
)


def selected(key: str, *, new: bool = False) -> Pair:
    """A waveform is chosen, and it is the one that is played; it has its points if it is new."""
    asked, size = (f";:SOUR1:DATA:ATTR:POIN? {key}", "+8;") if new else ("", "")
    return (f":SOUR1:FUNC:ARB {key}{asked};:SOUR1:FUNC:ARB?", f'{size}"{key}"')


def shot(key: str = "M1", codes: list[int] = CODES, **other: object) -> Shot:
    given = {"rate_hz": 1e6, "delay_s": 0.0, "smooth": True, **other}
    return Shot(key=key, codes=np.array(codes, dtype=np.int16), **given)  # type: ignore[arg-type]


@pytest.fixture
def line() -> Iterator[Scripted]:
    with wire("awg") as found:
        yield found


@pytest.fixture
def awg(line: Scripted) -> Keysight33500B:
    """Prepared, with one channel."""
    found = Keysight33500B(line, full_scale_v=5.0, channels=(1,))
    with expected(line, *SETTINGS):
        found.prepare([3])
    return found


def test_it_is_switched_off_before_it_is_reset(line: Scripted) -> None:
    identity = "Agilent Technologies,33522B,MY57200123,2.09-1.19-2.00-52-00"
    with expected(line, ("*IDN?", identity), ("ABOR;:OUTP1 0;:OUTP2 0", None),
                  ("OUTP1 0", None), ("OUTP2 0", None), ("*CLS;*RST", None), ("*OPC?", "1")):
        assert Keysight33500B(line).connect() == identity


@pytest.mark.parametrize(("place", "answer", "sentence"), [
    (0, "NORM", "awg: FORM:BORD? reads back NORM instead of SWAP; the outputs stay off"),
    (1, "50", "awg: OUTP1:LOAD? reads back 50 instead of 9.9e+37; the outputs stay off"),
    (3, "5.0", "awg: SOUR1:VOLT? reads back 5 instead of 10; the outputs stay off"),
    (4, "0.5", "awg: SOUR1:VOLT:OFFS? reads back 0.5 instead of 0; the outputs stay off"),
    (7, "x", "awg: SOUR1:BURS:STAT? reads back x instead of 1; the outputs stay off"),
])
def test_a_level_that_reads_back_differently_is_an_error(
    line: Scripted, place: int, answer: str, sentence: str
) -> None:
    answers = READ_BACK[1].split(";")
    answers[place] = answer
    pairs = (*SETTINGS[:-1], (READ_BACK[0], ";".join(answers)))
    with expected(line, *pairs), pytest.raises(BenchError) as caught:
        Keysight33500B(line, full_scale_v=5.0, channels=(1,)).prepare([3])
    assert str(caught.value) == sentence


def test_equal_codes_are_uploaded_once(awg: Keysight33500B, line: Scripted) -> None:
    with expected(line, UPLOAD, selected("M1", new=True), NO_ERROR):
        awg.arm([shot()])
    with expected(line):
        awg.arm([shot()])
    with expected(line, selected("REST0003")):
        awg.arm([shot("REST", [])])
    with expected(line, selected("M1")):
        awg.arm([shot()])


def test_only_what_has_changed_is_sent_and_new_settings_are_checked(
    awg: Keysight33500B, line: Scripted
) -> None:
    with expected(line, UPLOAD, selected("M1", new=True), NO_ERROR):
        awg.arm([shot()])
    with expected(line, (":SOUR1:FUNC:ARB:SRAT 2.000000000E+06;:TRIG1:DEL 1.500000000E-03;"
                         ":SOUR1:FUNC:ARB:SRAT?;:TRIG1:DEL?", "+2.0E+06;+1.5E-03")):
        awg.arm([shot(rate_hz=2e6, delay_s=1.5e-3)])
    with expected(line, (":SOUR1:FUNC:ARB:FILT OFF;:SOUR1:FUNC:ARB:FILT?", "OFF")):
        awg.arm([shot(rate_hz=2e6, delay_s=1.5e-3, smooth=False)])


def test_a_setting_that_is_refused_is_known_before_it_is_fired(
    awg: Keysight33500B, line: Scripted
) -> None:
    with expected(line, UPLOAD, (
            ":SOUR1:FUNC:ARB M1;:SOUR1:FUNC:ARB:SRAT 9.000000000E+09;:SOUR1:DATA:ATTR:POIN? M1;"
            ":SOUR1:FUNC:ARB?;:SOUR1:FUNC:ARB:SRAT?", '+8;"M1";+1.0E+06'),
            ("SYST:ERR?", '-222,"Data out of range"'), NO_ERROR), \
            pytest.raises(BenchError, match="refused a waveform: -222 Data out of range"):
        awg.arm([shot(rate_hz=9e9)])


@pytest.mark.parametrize(("answer", "sentence"), [
    ('+8;"REST0003"',
     "awg: SOUR1:FUNC:ARB? reads back \"REST0003\" instead of M1; nothing was fired"),
    ('+7;"M1"', "awg: SOUR1:DATA:ATTR:POIN? M1 reads back 7 instead of 8; nothing was fired")])
def test_an_older_waveform_is_never_played_in_a_new_ones_place(
    awg: Keysight33500B, line: Scripted, answer: str, sentence: str
) -> None:
    with expected(line, UPLOAD, (selected("M1", new=True)[0], answer), NO_ERROR), \
            pytest.raises(BenchError) as caught:
        awg.arm([shot()])
    assert str(caught.value) == sentence


def test_room_is_made_at_0_v(awg: Keysight33500B, line: Scripted) -> None:
    """Clearing selects a built-in waveform that rests at full scale: DC 0 V stands in for it."""
    awg.abilities = dataclasses.replace(awg.abilities, points_max=20)  # type: ignore[misc]
    with expected(line, UPLOAD, selected("M1", new=True), NO_ERROR):
        awg.arm([shot()])
    with expected(
        line, ("SOUR1:FUNC DC;:SOUR1:DATA:VOL:CLE", None),
        (("SOUR1:DATA:ARB:DAC REST0003,", REST), None),
        ("SOUR1:FUNC:ARB REST0003;:SOUR1:FUNC ARB;:SOUR1:FUNC:ARB?;:SOUR1:FUNC?;"
         ":SOUR1:DATA:ATTR:POIN? REST0003", '"REST0003";ARB;+8'), NO_ERROR,
        (("SOUR1:DATA:ARB:DAC M2,", CODES[::-1]), None), selected("M2", new=True), NO_ERROR,
    ):
        awg.arm([shot("M2", CODES[::-1])])


def test_a_second_run_uploads_again_what_the_first_cleared(
    awg: Keysight33500B, line: Scripted
) -> None:
    for _ in range(2):
        with expected(line, UPLOAD, selected("M1", new=True), NO_ERROR):
            awg.arm([shot()])
        with expected(line, *SETTINGS):
            awg.prepare([3])


def test_fire_on_off(awg: Keysight33500B, line: Scripted) -> None:
    with expected(line, (":OUTP1 1", None), NO_ERROR, ("OUTP1:STAT?", "1")):
        awg.output_on()
    with expected(line, ("OUTP1:STAT?", "0")), pytest.raises(BenchError) as caught:
        awg.check_on()
    assert str(caught.value) == (
        "awg: OUTP1:STAT? reads back 0 instead of 1; an output is off that nobody has switched "
        "off")
    with expected(line, ("*TRG;:OUTP1:STAT?", "1")):
        awg.fire()
    assert list(awg.off_messages()) == ["ABOR;:OUTP1 0", "OUTP1 0"]
    with expected(line, ("OUTP1?", "1")):
        assert not line.answers(awg.off_answers())
    with expected(line, ("OUTP1?", "0")):
        assert line.answers(awg.off_answers())
