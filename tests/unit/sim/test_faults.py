"""How a fault is said, and when it is there."""

from __future__ import annotations

import pytest

from memrig.hil.errors import RequestError
from memrig.sim.twin.faults import KINDS, Fault, When, parsed
from memrig.sim.twin.faulty import Occasions


@pytest.mark.parametrize(("text", "fault"), [
    ("awg:no-answer at 12", Fault(role="awg", kind="no-answer", when=When(at=12))),
    ("smu:late 2 s p=0.01 seed 3",
     Fault(role="smu", kind="late", value=2.0, when=When(probability=0.01, seed=3))),
    ("scope:clipped after 5 ms", Fault(role="scope", kind="clipped", when=When(after_s=5e-3))),
    ("any : error -222 from 3 on SOUR1:VOLT 2", Fault(
        role="any", kind="error", value=-222.0, when=When(since=3, on="SOUR1:VOLT 2"))),
    ("device:open", Fault(role="device", kind="open")),
    ("smu:garbage-identity", Fault(role="smu", kind="garbage-identity", when=When(on="*IDN?"))),
    ("awg:late p = 50%", Fault(role="awg", kind="late", value=2.0, when=When(probability=0.5))),
])
def test_a_fault_is_one_line(text: str, fault: Fault) -> None:
    assert Fault.from_text(text) == fault


@pytest.mark.parametrize(("text", "sentence"), [
    ("awg no-answer", "'awg no-answer' is not of the form ROLE:KIND [VALUE] [WHEN], e.g. "
     '"awg:no-answer at 12"'),
    ("agw:late", "there is no instrument called 'agw'; did you mean awg?"),
    ("awg:no-anser", "there is no fault called 'no-anser'; did you mean no-answer?"),
    ("awg:clipped", "fault clipped concerns scope, not awg"),
    ("any:open", "fault open concerns device, not any"),
    ("awg:stale 3", "fault stale takes no value, and '3' was given; conditions begin with at, "
     "from, after, on, p, seed"),
    ("awg:late 2 V", "'2 V' is not a quantity in s (try '100us' or '0.1ms')"),
    ("awg:late -1 s", "fault late of -1 s was asked; it cannot be negative"),
    ("awg:late at 0", "'awg:late at 0': a whole number from 1 stands behind 'at', not '0'"),
    ("awg:late at", "'awg:late at': nothing stands behind 'at'"),
    ("awg:late at 1 at 2", "'awg:late at 1 at 2' says 'at' twice"),
    ("awg:late p=2", "'awg:late p=2': a probability is above 0 and at most 1"),
    ("awg:late seed 2",
     "'awg:late seed 2': a seed belongs to a probability, e.g. 'p=0.01 seed 3'"),
    ("awg:late after -1 s",
     "'awg:late after -1 s': a time after the beginning cannot be negative"),
    ("awg:refused-link on X", "'awg:refused-link on X': fault refused-link takes no 'on'"),
])
def test_what_is_no_fault_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RequestError) as caught:
        Fault.from_text(text)
    assert str(caught.value) == sentence


def test_a_fault_of_an_instrument_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(RequestError) as caught:
        parsed(["any:late", "device:short", "awg:late"], ["smu"])
    assert str(caught.value) == "fault late: this bench has no awg (it has smu)"


def held(text: str, messages: list[tuple[str, float]]) -> list[int]:
    """The messages, from 1, at which a fault is there."""
    occasions = Occasions(Fault.from_text(text), start_s=10.0)
    return [k for k, one in enumerate(messages, 1) if occasions.holds(*one)]


def test_all_conditions_that_are_given_must_hold() -> None:
    messages = [("*IDN?", 10.0), ("OUTP1 1", 10.0), ("outp1?", 10.5), ("OUTP1 0", 11.0)]
    assert held("awg:late", messages) == [1, 2, 3, 4]
    assert held("awg:late at 2", messages) == [2]
    assert held("awg:late from 3", messages) == [3, 4]
    assert held("awg:late on OUTP1", messages) == [2, 3, 4]
    assert held("awg:late at 2 on OUTP1", messages) == [3]
    assert held("awg:late after 500 ms", messages) == [3, 4]
    assert held("awg:late after 0.5s on 0", messages) == [4]


def test_chance_is_seeded() -> None:
    messages = [("X", 10.0)] * 4000
    drawn = held("awg:late p=0.25 seed 3", messages)
    assert drawn == held("awg:late p=0.25 seed 3", messages)
    assert drawn != held("awg:late p=0.25 seed 4", messages)
    assert abs(len(drawn) / 4000 - 0.25) < 4 * (0.25 * 0.75 / 4000) ** 0.5


def test_every_kind_says_what_it_does_in_one_sentence() -> None:
    for name, kind in KINDS.items():
        assert Fault.from_text(f"{kind.concerns[0]}:{name}").value == kind.default
        assert 20 < len(kind.sentence) < 100
        assert not kind.sentence.endswith(".")
