"""Declared parameters: from texts to checked values and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import Level, Parameters, parameter


@dataclass(frozen=True, kw_only=True)
class Example(Parameters):
    """One of each kind."""

    name: ClassVar[str] = "example"
    width: float = parameter(1e-4, unit="s", low=1e-9, high=1.0, help="of the pulse")
    count: int = parameter(3, unit="1", low=1, high=10, help="of pulses")
    level: Level = parameter(Level(1.1, "v_set"), unit="V", low=-5, high=5, help="of the pulse")
    levels: tuple[Level, ...] = parameter((), unit="V", help="of the pulses")
    delays: tuple[float, ...] = parameter((1e-3, 2e-3), unit="s", low=-1, high=1, help="of reads")
    shape: str = parameter("saw", unit="", choices=("saw", "iso"), help="of the spike")
    zero: bool = parameter(True, unit="", help="whether 0 is among them")


def test_texts_with_units_are_read() -> None:
    made = Example.from_text({
        "width": "20 us", "count": "5", "level": "0.9 v_reset", "levels": "1V; 300mV, v_set",
        "delays": "1ms,-2ms", "shape": "iso", "zero": "no",
    })
    assert made == Example(
        width=20e-6, count=5, level=Level(0.9, "v_reset"),
        levels=(Level(1.0), Level(0.3), Level(1.0, "v_set")), delays=(1e-3, -2e-3), shape="iso",
        zero=False,
    )


@given(
    st.floats(1e-9, 1.0), st.integers(1, 10), st.floats(-5, 5),
    st.sampled_from(["", "v_set", "v_reset", "v_read_max"]),
    st.lists(st.floats(-1, 1), max_size=4), st.booleans(),
)
def test_json_and_back(width: float, count: int, level: float, of: str, delays: list[float],
                       zero: bool) -> None:
    made = Example(width=width, count=count, level=Level(level, of), delays=tuple(delays),
                   zero=zero)
    assert Example.from_text(json.loads(json.dumps(made.to_json()))) == made


@pytest.mark.parametrize(("values", "sentence"), [
    ({"width": "2s"}, "example, width: 2 s was asked; allowed: 1 ns to 1 s"),
    ({"width": "fast"},
     "example, width: 'fast' is not a quantity in s (try '100us' or '0.1ms')"),
    ({"width": "nan"}, "example, width: 'nan' is not a quantity in s (try '100us' or '0.1ms')"),
    ({"count": "2.5"}, "example, count: '2.5' is not a whole number"),
    ({"count": "11"}, "example, count: 11 was asked; allowed: 1 to 10"),
    ({"shape": "sew"}, "example, shape: 'sew' was asked; allowed: saw, iso"),
    ({"zero": "maybe"}, "example, zero: 'maybe' is not a switch (try 'yes' or 'no')"),
    ({"level": "1.1 v_sett"},
     "example, level: '1.1 v_sett' is not a level (try '1.2V', '300mV' or '1.1 v_set')"),
    ({"level": "6V"}, "example, level: 6 V was asked; allowed: -5 V to 5 V"),
    ({"delays": "1ms, 3s"}, "example, delays: 3 s was asked; allowed: -1 s to 1 s"),
])
def test_bad_texts_are_refused_with_a_sentence(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        Example.from_text(values)
    assert str(error.value) == sentence


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as error:
        Example.from_text({"widht": "1us"})
    assert str(error.value) == (
        "there is no parameter of example called 'widht'; did you mean width?")


@pytest.mark.parametrize("values", [
    {"width": float("nan")}, {"width": float("inf")}, {"count": 2.5}, {"count": float("nan")},
    {"level": Level(float("nan"))}, {"delays": (float("inf"),)}, {"width": "1us "},
    {"width": None}, {"zero": "no"}, {"count": True},
])
def test_values_of_the_wrong_kind_are_refused_not_guessed(values: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        Example(**values)


def test_a_number_is_a_level_in_volts_and_one_value_is_a_list_of_one() -> None:
    made = Example(level=0.5, delays=2e-3)  # type: ignore[arg-type]  # what scripts do
    assert made.level == Level(0.5)
    assert made.delays == (2e-3,)


def test_a_level_is_read_and_written() -> None:
    assert Level.parse("v_set") == Level(1.0, "v_set")
    assert Level.parse("-50% v_read_max") == Level(-0.5, "v_read_max")
    assert Level.parse(1) == Level(1.0)
    assert (str(Level(1.1, "v_set")), str(Level(0.3))) == ("1.1 v_set", "300 mV")
