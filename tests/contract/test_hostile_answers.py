"""Whatever an instrument answers, a driver raises our errors, ends, and can still switch off."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil.errors import BenchError
from tests.contract.conftest import Opener, answered, series
from tests.contract.test_driver_contract import DRIVERS, Link, Meddler, linked, ready
from tests.search import few

PROBES: dict[str, dict[int, Any]] = {
    "scope": {1: "v_top", 2: "v_bottom"}, "smu": {1: ("v_top", "i_top"), 2: ("v_far", "i_far")}}
READ: dict[str, Callable[[Any], object]] = {
    "awg": lambda one: one.fire(),
    "scope": lambda one: one.fetch(PROBES["scope"], 0.0),
    "smu": lambda one: (one.fire(), one.fetch(PROBES["smu"], 0), one.seen_volts((1, 2), 1e-3)),
}
NUMBERS = ("9.9E37", "9.91E37", "-9.9E37", "NaN", "inf", "-Infinity", "1e999", "0", "-1", "1" * 400,
           "1,2,3", "1;2", "1;2;3;4", "0x10", "1_0", "+1", "1.0e", '+0,"No error"', '-1,"', "٣")


def block(data: bytes, more: int = 0) -> bytes:
    length = str(max(len(data) + more, 0)).encode()
    return b"#" + str(len(length)).encode() + length + data


def doubles(values: list[float]) -> bytes:
    return block(struct.pack(f"<{len(values)}d", *values))


ANSWERS = st.one_of(
    st.sampled_from(NUMBERS).map(lambda text: text.encode("latin-1", "replace")),
    st.binary(max_size=60),
    st.lists(st.sampled_from((b"#", b"#0", b"#A", b"#9", b"#9999999999", b"#200", b"#11", b"0")),
             min_size=1, max_size=3).map(b"".join),
    st.lists(st.floats(), max_size=12).map(doubles),
    st.builds(block, st.binary(max_size=40), st.integers(-3, 0)),
)
"""Lines without their ends. None is waited for: a block never says that it is longer than it is,
which costs the whole patience of a link and has its own tests."""


class Liar(Meddler):
    """Answers the truth to so many questions, then one wrong thing, to all questions or to one."""

    def __init__(self, link: Link, truths: int, lie: bytes, *, always: bool) -> None:
        super().__init__(link)
        self._truths, self._lie, self._always = truths, lie, always
        self.told = 0

    def before(self, role: str, text: str) -> bytes | None:
        super().before(role, text)
        if "?" not in text:
            return None
        self._truths -= 1
        if self._truths == -1 or (self._always and self._truths < 0):
            self.told += 1
            return self._lie + b"\n"
        return None


class Echo(Liar):
    """Gives the same answer to every question."""

    def __init__(self, link: Link, answer: bytes) -> None:
        super().__init__(link, 0, answer, always=True)


def everything(driver: Any) -> None:
    driver.connect()
    ready(driver)
    READ[driver.role](driver)


@pytest.mark.parametrize("name", DRIVERS)
@few(16)
@given(truths=st.integers(0, 14), lie=ANSWERS, always=st.booleans())
def test_a_wrong_answer_anywhere_gives_our_error_or_is_taken(
    name: str, truths: int, lie: bytes, always: bool
) -> None:
    with linked(name) as link:
        Liar(link, truths, lie, always=always)
        try:
            everything(link.driver)
        except BenchError as error:
            assert str(error)  # noqa: PT017  # any of ours will do, but none without words
        link.instrument.station = None
        for text in link.driver.off_messages():
            link.driver.transport.write_anyway(text)
        assert link.driver.transport.answers(link.driver.off_answers())
        assert not link.twin.world.outputs_on


@pytest.mark.parametrize("lie", [
    b"NaN", b"inf", b"1;2;3;4;5", b"one", b"", b"1" * 400, b"\xb2", b'-0,"x',
    b"1" * 5000 + b',"x"'])
@pytest.mark.parametrize("name", DRIVERS)
def test_what_is_no_number_ends_the_run_with_our_error(name: str, lie: bytes) -> None:
    with linked(name) as link:
        link.driver.connect()
        Liar(link, 0, lie, always=True)
        with pytest.raises(BenchError):
            ready(link.driver)
        assert not link.twin.world.outputs_on


def test_a_record_without_a_time_step_is_refused_in_words() -> None:
    with linked("keysight-infiniivision") as link:
        link.driver.connect()
        ready(link.driver)
        Meddler(link, {":OPER:COND?": "0", ":WAV:PRE?": "CHAN1;1,2,3,4,0,0,0,1e-3,0,128"})
        with pytest.raises(BenchError) as caught:
            link.driver.fetch(PROBES["scope"], 0.0)
    assert str(caught.value) == ("scope: :WAV:SOUR CHAN1;:WAV:SOUR?;:WAV:PRE? gives 3 points, "
                                 "steps of 0 s and 0.001 V; a record with these cannot be read")


def test_a_point_that_is_no_number_is_flagged_and_held_at_the_end_of_its_range() -> None:
    with linked("keysight-b2900") as link:
        link.driver.connect()
        ready(link.driver)
        rows = [0.1, float("nan"), 0.0, 0.0, float("-inf"), 1e-4, 0.0, float("nan")]
        Echo(link, b"1;" + doubles(rows))
        v_top, i_top, *_ = link.driver.fetch(PROBES["smu"], 0)
    assert (abs(v_top.values) < 3.0).all()
    assert (abs(i_top.values) < 2e-3).all()
    assert (v_top.flags != 0).all()


def test_more_points_than_the_list_has_end_the_run(opened: Opener) -> None:
    too_many = b"1;" + doubles([0.1, 1e-4, 0.0, 0.0] * 2000) + b"\n"
    with opened("smu-one") as station:
        station.before = lambda _, text: too_many if ":DATA?" in text else None
        with pytest.raises(BenchError) as caught, station.bench.energised():
            answered(station.bench, series())
    assert re.fullmatch(r"smu: 2000 points came of a list of \d+; the run cannot go on",
                        str(caught.value))
