"""The oscilloscope's messages, in pairs of what is sent and what comes back.

Forms: InfiniiVision 3000 X-Series Programmer's Guide; preamble: 2000 X-Series guide, p. 644.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from memrig.drivers.keysight_infiniivision import EARLY, KeysightInfiniiVision
from memrig.drivers.roles import Capture
from memrig.hil.errors import BenchError, StoppedError
from memrig.hil.status import Status
from tests.unit.drivers.conftest import NO_ERROR, Pair, Scripted, expected, wire

CAPTURE = Capture(scales_v={1: 0.5, 2: 0.02}, before_s=0.0, range_s=1e-3, points=1000,
                  averaging=True)
SET = (":CHAN1:SCAL 5.000000E-01;:CHAN2:SCAL 2.000000E-02;:TIM:RANG 1.000000000E-03;"
       ":TIM:POS 1.000000000E-04;:ACQ:TYPE HRES;:WAV:POIN 1000")
SINGLE: Pair = (":SING", None)
READY: Pair = (":AER?;:OPER:COND?", "+1;+40")
SCALES = ":CHAN1:SCAL?;:CHAN2:SCAL?;:TIM:RANG?;"
READ_BACK: Pair = (SCALES + READY[0], "+5.00000E-01;+2.00000E-02;+1.00000E-03;+1;+40")
DONE: Pair = (":OPER:COND?", "+0")
PREAMBLE: Pair = (
    ":WAV:SOUR CHAN1;:WAV:SOUR?;:WAV:PRE?",
    "CHAN1;+1,+3,+8,+1,+1.00000000E-06,-2.00000000E-06,+0,+6.10351563E-05,+5.00000000E-01,+32768")
DATA = ":WAV:SOUR CHAN1;:WAV:SOUR?;:WAV:DATA?"
CODES = [0, 1, 256, 257, 32768, 65279, 65280, 65535]


@pytest.fixture
def line() -> Iterator[Scripted]:
    with wire("scope") as found:
        yield found


@pytest.fixture
def scope(line: Scripted) -> KeysightInfiniiVision:
    """Armed once."""
    found = KeysightInfiniiVision(line, line.clock)
    with expected(line, (SET, None), NO_ERROR, SINGLE, READ_BACK):
        found.arm(CAPTURE)
        found.ready()
    return found


def test_a_capture_is_set_and_read_back_once(
    scope: KeysightInfiniiVision, line: Scripted
) -> None:
    with expected(line, DONE):
        scope.fetch({}, 0.0)
    with expected(line, SINGLE, READY):
        scope.arm(CAPTURE)
        scope.ready()


def test_what_differs_from_the_capture_before_is_set_with_the_arming(
    scope: KeysightInfiniiVision, line: Scripted
) -> None:
    other = Capture(scales_v={1: 0.5, 2: 0.1}, before_s=0.0, range_s=1e-3, points=1000,
                    averaging=True)
    with expected(line, DONE):
        scope.fetch({}, 0.0)
    with expected(line, (":CHAN2:SCAL 1.000000E-01", None), NO_ERROR, SINGLE,
                  (READ_BACK[0], "+5.00000E-01;+1.00000E-01;+1.00000E-03;1;40"), DONE,
                  (":CHAN2:SCAL 2.000000E-02;:SING", None), READ_BACK):
        scope.arm(other)
        scope.ready()
        scope.fetch({}, 0.0)
        scope.arm(CAPTURE)
        scope.ready()


def test_a_scale_that_reads_back_differently_is_an_error(line: Scripted) -> None:
    scope = KeysightInfiniiVision(line, line.clock)
    with expected(line, (SET, None), NO_ERROR, SINGLE,
                  (READ_BACK[0], "+5.00000E-01;+5.00000E-02;+1.00000E-03;1;40")):
        scope.arm(CAPTURE)
        with pytest.raises(BenchError) as caught:
            scope.ready()
    assert str(caught.value) == (
        "scope: :CHAN2:SCAL? reads back 0.05 instead of 0.02; nothing was fired")


def test_it_waits_until_it_is_armed(scope: KeysightInfiniiVision, line: Scripted) -> None:
    with expected(line, DONE, SINGLE, (READY[0], "0;+8"), (READY[0], "0;+8"), READY):
        scope.fetch({}, 0.0)
        scope.arm(CAPTURE)
        scope.ready()


def test_a_trigger_that_comes_before_it_is_told_to_is_an_error(
    scope: KeysightInfiniiVision, line: Scripted
) -> None:
    with expected(line, DONE, SINGLE, (READY[0], "+1;+8")):
        scope.fetch({}, 0.0)
        scope.arm(CAPTURE)
        with pytest.raises(BenchError) as caught:
            scope.ready()
    assert str(caught.value) == f"scope: {EARLY}"


def test_a_record_has_volts_times_holes_and_clipped_points(
    scope: KeysightInfiniiVision, line: Scripted
) -> None:
    with expected(line, (":OPER:COND?", "+8"), DONE, PREAMBLE,
                  (DATA, CODES)):
        (channel,) = scope.fetch({1: "v_top"}, lead_s=5e-6)
    assert channel.probe == "v_top"
    assert channel.range_name == "0.5 V/div"
    # volts = (code - y reference) * y increment + y origin; seconds from the trigger
    assert channel.values == pytest.approx((np.array(CODES) - 32768) * 6.10351563e-5 + 0.5)
    assert channel.times_s == pytest.approx(np.arange(8) * 1e-6 - 2e-6 - 5e-6)
    hole, clipped = int(Status.HOLE), int(Status.CLIPPED)
    assert channel.flags.tolist() == [hole, clipped, clipped, 0, 0, 0, clipped, clipped]


def test_the_preamble_is_read_once_per_capture(
    scope: KeysightInfiniiVision, line: Scripted
) -> None:
    data = (DATA, CODES)
    with expected(line, DONE, PREAMBLE, data, SINGLE, DONE, data):
        scope.fetch({1: "v_top"}, 0.0)
        scope.arm(CAPTURE)
        (channel,) = scope.fetch({1: "v_top"}, 0.0)
    assert channel.flags[3:6].tolist() == [0, 0, 0]


def test_a_record_that_is_shorter_than_it_says_is_an_error(
    scope: KeysightInfiniiVision, line: Scripted
) -> None:
    with expected(line, DONE, PREAMBLE,
                  (DATA, CODES[:7])), \
            pytest.raises(BenchError, match="scope: 7 points of channel 1 came instead of 8"):
        scope.fetch({1: "v_top"}, 0.0)


def test_a_trigger_that_never_comes_ends_in_a_sentence(
    scope: KeysightInfiniiVision, line: Scripted
) -> None:
    line.left.extend([(":OPER:COND?", "+40")] * 10_000)
    with pytest.raises(BenchError) as caught:
        scope.fetch({1: "v_top"}, 0.0)
    line.left.clear()
    assert str(caught.value) == (
        "scope: still recording after 5 s; check that the generator's trigger output is wired to "
        "EXT TRIG IN")
    assert line.clock.now_s == pytest.approx(5.0, abs=0.01)


def test_a_stop_ends_the_wait_and_the_next_run_begins_anew(
    scope: KeysightInfiniiVision, line: Scripted
) -> None:
    stop = threading.Event()
    stop.set()
    with expected(line, (":OPER:COND?", "+40")), \
            pytest.raises(StoppedError, match="scope: stopped while recording"):
        scope.fetch({1: "v_top"}, 0.0, stop)
    with expected(line, (":STOP;:AER?", "1"), SINGLE):  # else it refuses: it waits already
        scope.arm(CAPTURE)


def test_nothing_recorded_is_said(line: Scripted) -> None:
    with expected(line, DONE), pytest.raises(BenchError, match="scope: nothing was recorded yet"):
        KeysightInfiniiVision(line, line.clock).fetch({1: "v_top"}, 0.0)
