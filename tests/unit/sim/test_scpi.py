"""The SCPI engine against IEEE 488.2 and SCPI-99, on a small instrument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.sim.twin.scpi import Scpi
from memrig.sim.twin.scpi_exchange import Framer, Port
from memrig.sim.twin.table import Channels, Command, Data, Flag, Number, Word, number


class Source:
    """Two channels with a frequency, an output and a waveform."""

    def __init__(self) -> None:
        self.hertz, self.on = {1: 1e3, 2: 1e3}, {1: False, 2: False}
        self.shape, self.data = "SIN", b""
        self.listed: list[int] = []
        self.commands = [
            Command("[SOURce#:]FREQuency[:CW]", (Number(low=1e-6, high=3e7, unit="HZ"),),
                    self.hertz.__setitem__, lambda k: number(self.hertz[k]), suffixes=2),
            Command("OUTPut#[:STATe]", (Flag(),), self.on.__setitem__,
                    lambda k: str(int(self.on[k])), suffixes=2),
            Command("[SOURce#:]FUNCtion[:SHAPe]", (Word(("SINusoid", "SQUare")),),
                    lambda _, v: setattr(self, "shape", v), lambda _: self.shape, suffixes=2),
            Command("DATA", (Data(),), lambda _, v: setattr(self, "data", v),
                    lambda _: self.data),
            Command("ROUTe", (Channels(),), lambda _, v: setattr(self, "listed", v)),
        ]

    def reset(self) -> None:
        self.on = {1: False, 2: False}

    def trigger(self) -> None:
        raise AssertionError("nothing here triggers")


@pytest.fixture
def source() -> Scpi:
    made = Scpi(Source(), "Maker,Model,Serial,1.0")
    made.execute(b"*CLS")
    return made


@pytest.mark.parametrize(("message", "reply"), [
    (b"*IDN?", b"Maker,Model,Serial,1.0\n"),
    (b"FREQ 1500;FREQ?", b"+1.500000000000000E+03\n"),
    (b":SOUR2:FREQ 2 KHZ;FREQ?", b"+2.000000000000000E+03\n"),
    (b"sour1:frequency 0.0015MHZ;:SOURCE:FREQ?", b"+1.500000000000000E+03\n"),
    (b"FREQ? MAX", b"+3.000000000000000E+07\n"),
    (b"OUTP1 ON;:OUTP1?;OUTP2?", b"1;0\n"),
    (b"FUNC SQUARE;:FUNC?", b"SQU\n"),
    (b"*OPC?;*OPC?", b"1;1\n"),
    (b"SYST:ERR?;ERR?", b'+0,"No error";+0,"No error"\n'),
    (b"DATA #14a\n;b;:DATA?", b"#14a\n;b\n"),
    (b"*ESE #H3C;*ESE?", b"60\n"),
    (b"DATA #0a;\n\n", b""),
    (b"SYST:VERS?", b"1999.0\n"),
    (b"STAT:OPER:PTR 5;PTR?;NTR?;:STAT:PRES;:STAT:OPER:PTR?", b"5;0;32767\n"),
])
def test_replies(source: Scpi, message: bytes, reply: bytes) -> None:
    assert source.execute(message) == reply
    assert not source.errors


@pytest.mark.parametrize(("message", "code", "bit"), [
    (b"BOGUS", -113, 32), (b"FREQU 1", -113, 32), (b"SOUR3:FREQ 1", -114, 32),
    (b"FREQ", -109, 32), (b"FREQ 1,2", -108, 32), (b"FREQ 1e15", -222, 16),
    (b"FREQ 1 A", -131, 32), (b"*ESE 3 V", -138, 32), (b'FREQ "1"', -158, 32),
    (b"FREQ #13abc", -168, 32), (b"FREQ abc", -148, 32), (b"*RST?", -113, 32),
    (b"FUNC SINU", -224, 16), (b"FUNC 1", -128, 32), (b"OUTP1 MAYBE", -224, 16),
    (b"DATA #19abc", -161, 32), (b'DATA "abc', -158, 32), (b"FREQ? 1,2", -108, 32),
    (b"SOUR1:FREQ 5;SOUR1:FREQ?", -113, 32), (b"::FREQ 1", -102, 32),
    (b"ROUT (@1,,2)", -224, 16), (b"ROUT (@)", -224, 16), (b"ROUT 1", -224, 16),
    (b"FREQ 1e999", -222, 16), (b"*ESE 256", -222, 16), (b"*ESE #HZZ", -121, 32),
])
def test_mistakes(source: Scpi, message: bytes, code: int, bit: int) -> None:
    source.execute(message)
    assert [c for c, _ in source.errors] == [code]
    assert source.esr == bit


def test_channel_lists(source: Scpi) -> None:
    source.execute(b"ROUT (@1,3:5)")
    assert source.device.listed == [1, 3, 4, 5]  # type: ignore[attr-defined]  # our own device


def test_the_queue_overflows_by_its_last_entry(source: Scpi) -> None:
    for _ in range(25):
        source.execute(b"BOGUS")
    codes = [code for code, _ in source.errors]
    assert len(codes) == 20
    assert codes[-1] == -350


def test_status_byte(source: Scpi) -> None:
    source.execute(b"*ESE 32;*SRE 32")
    source.execute(b"BOGUS")
    assert source.execute(b"*STB?") == b"100\n"
    assert source.execute(b"*ESR?") == b"32\n"
    assert source.execute(b"*STB?") == b"4\n"


def test_a_new_message_interrupts_an_unread_response(source: Scpi) -> None:
    port = Port(source)
    port.write(b"*IDN?\n")
    port.read(3)
    port.write(b"*OPC?\n")
    assert port.read(100) == (b"1\n", True)
    assert source.errors[0][0] == -410


def test_a_read_without_a_query_is_unterminated(source: Scpi) -> None:
    assert Port(source).read(10) == (b"", False)
    assert source.errors[0][0] == -420


def test_serial_poll_clears_the_request(source: Scpi) -> None:
    port = Port(source)
    port.write(b"*SRE 16")
    port.write(b"*IDN?")
    assert port.poll() == 80
    assert port.poll() == 16


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_stream_is_cut_at_newlines_outside_blocks(size: int) -> None:
    stream = b"*CLS\nDATA #15\n;\n;\n;*OPC?\r\nFREQ 1\n"
    framer = Framer()
    found = [m for k in range(0, len(stream), size) for m in framer.feed(stream[k : k + size])]
    assert found == [b"*CLS", b"DATA #15\n;\n;\n;*OPC?\r", b"FREQ 1"]


def test_an_indefinite_block_ends_with_the_message(source: Scpi) -> None:
    port = Port(source)
    port.write(b"DATA #0a\n;b\n\n")
    assert source.device.data == b"a\n;b\n"  # type: ignore[attr-defined]  # our own device
    assert not source.errors


def test_a_port_takes_several_messages_at_once(source: Scpi) -> None:
    port = Port(source)
    port.write(b"FREQ 2e3\n*CLS\nFREQ?\n")
    assert port.read(100) == (b"+2.000000000000000E+03\n", True)


def test_transitions_choose_what_is_latched(source: Scpi) -> None:
    source.execute(b"STAT:OPER:PTR 0;NTR 4;ENAB 4")
    source.operation.set(4, on=True)
    assert source.execute(b"STAT:OPER:COND?;EVEN?") == b"4;0\n"
    source.operation.set(4, on=False)
    assert source.execute(b"*STB?") == b"128\n"
    assert source.execute(b"STAT:OPER?;:STAT:OPER?") == b"4;0\n"


@pytest.mark.parametrize("text", [b"DATA #1\n", b"DATA #9ab\n", b"DATA #", b"#\n", b"FREQ #H\n"])
def test_a_broken_block_head_does_not_swallow_the_stream(text: bytes) -> None:
    framer = Framer()
    found = [m for part in (text, b"\n*OPC?\n") for m in framer.feed(part)]
    assert found[-1] == b"*OPC?"


ALPHABET = [b"*IDN?", b"FREQ", b"SOUR", b"DATA", b"ROUT", b"OUTP", b"FUNC", b"*ESE", b"STAT:OPER",
            b":", b";", b",", b"#", b"#1", b"#0", b"#H", b"(@", b")", b"'", b'"', b"?", b" ", b"\t",
            b"1", b"E", b"-", b".", b"V", b"\n", b"\xff", b"\x00", b"MAX", b"99999999999", b"ON"]


@given(st.lists(st.sampled_from(ALPHABET), max_size=30).map(b"".join))
def test_no_message_breaks_the_instrument(message: bytes) -> None:
    source = Scpi(Source(), "Maker,Model,Serial,1.0")
    source.execute(message)
    for _ in Framer().feed(message):
        pass
    assert source.execute(b"*CLS;*OPC?") == b"1\n"


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_block_comes_back_through_the_stream(data: bytes, size: int) -> None:
    source = Scpi(Source(), "Maker,Model,Serial,1.0")
    sent = b"DATA #3%03d%b\nDATA?\n" % (len(data), data)
    framer = Framer()
    found = [source.execute(message) for at in range(0, len(sent), size)
             for message in framer.feed(sent[at : at + size])]
    digits = b"%d" % len(data)
    assert found == [b"", b"#%d%b%b\n" % (len(digits), digits, data)]
    assert not source.errors
