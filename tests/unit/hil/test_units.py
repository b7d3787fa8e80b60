"""Numbers with units as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil.errors import RequestError
from memrig.hil.units import PREFIXES, format_quantity, parse_quantity


@pytest.mark.parametrize(("text", "unit", "value"), [
    ("1.2V", "V", 1.2), ("100 us", "s", 1e-4), ("5n", "s", 5e-9), ("1e-3", "s", 1e-3),
    ("-300mV", "V", -0.3), ("−1.2 V", "V", -1.2),
    ("+2", "V", 2.0), (".5kohm", "ohm", 500.0), ("1kΩ", "ohm", 1e3),
    ("2.2 MOhm", "ohm", 2.2e6), ("3µA", "A", 3e-6), ("3μA", "A", 3e-6), ("10Hz", "Hz", 10.0),
    ("1m", "s", 1e-3), ("50%", "1", 0.5), ("0.25", "1", 0.25), ("1kV/s", "V/s", 1e3),
    ("1.e2 V", "V", 100.0), ("7 ms ", "s", 7e-3), ("60uS", "S", 60e-6), ("2 m", "m", 2e-3),
])
def test_texts_are_read(text: str, unit: str, value: float) -> None:
    assert parse_quantity(text, unit) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(("text", "unit", "sentence"), [
    ("fast", "s", "'fast' is not a quantity in s (try '100us' or '0.1ms')"),
    ("1.2A", "V", "'1.2A' is not a quantity in V (try '1.2V' or '300mV')"),
    ("", "V", "'' is not a quantity in V (try '1.2V' or '300mV')"),
    ("1,2V", "V", "'1,2V' is not a quantity in V (try '1.2V' or '300mV')"),
    ("5k", "1", "'5k' is not a number (try '0.5' or '50%')"),
    ("1 2 V", "V", "'1 2 V' is not a quantity in V (try '1.2V' or '300mV')"),
    ("nan", "A", "'nan' is not a quantity in A (try '1.2A' or '300mA')"),
    ("1e999V", "V", "'1e999V' is not a finite quantity in V"),
    ("3 Km", "ohm", "'3 Km' is not a quantity in ohm (try '1.2ohm' or '300mohm')"),
])
def test_anything_else_is_refused_with_an_example(text: str, unit: str, sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        parse_quantity(text, unit)
    assert str(error.value) == sentence


@given(st.floats(1e-17, 1e14), st.sampled_from(["V", "A", "s", "ohm", "S", "Hz", "V/s"]),
       st.booleans())
def test_what_is_formatted_is_read_back(value: float, unit: str, negative: bool) -> None:
    value = -value if negative else value
    assert parse_quantity(format_quantity(value, unit, 15), unit) == pytest.approx(value, rel=1e-13)


@given(st.floats(-1e6, 1e6), st.sampled_from(sorted(PREFIXES)))
def test_a_prefix_is_a_factor(number: float, prefix: str) -> None:
    assert parse_quantity(f"{number!r} {prefix}V", "V") == pytest.approx(
        number * PREFIXES[prefix], rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(("value", "unit", "text"), [
    (1e-4, "s", "100 us"), (0.0, "V", "0 V"), (999.96, "ohm", "1 kohm"), (-0.3, "V", "-300 mV"),
    (5882.353, "ohm", "5.882 kohm"), (0.25, "1", "0.25"),
    (float("inf"), "ohm", "inf ohm"), (float("inf"), "1", "inf"),
    (1e-21, "A", "0.001 aA"), (1e18, "Hz", "1e+18 Hz"), (12.0, "%", "12 %"),
    (-1.7976e308, "V", "-1.7976e+308 V"),  # which rounds to what no number can be
])
def test_formatting(value: float, unit: str, text: str) -> None:
    assert format_quantity(value, unit) == text


def test_few_digits_need_no_exponent() -> None:
    assert [format_quantity(v, "ohm", 2) for v in (0.1909, 99.6, 1234.0)] == [
        "190 mohm", "100 ohm", "1.2 kohm"]


@pytest.mark.parametrize(("value", "unit", "text"), [
    (1.7e-12, "m2", "1.7e-12 m2"), (0.0, "m2", "0 m2"), (2.0, "m2", "2 m2"),
    (1.380649e-23, "J/K", "1.381e-23 J/K"), (1e-19, "C", "0.1 aC"), (8e22, "Hz", "8e+22 Hz"),
])
def test_powers_and_what_no_prefix_reaches_have_an_exponent(
    value: float, unit: str, text: str
) -> None:
    assert format_quantity(value, unit) == text
    assert parse_quantity(text, unit) == pytest.approx(value, rel=1e-3)


def test_a_square_picometre_is_not_1e_12_square_metres() -> None:
    with pytest.raises(RequestError, match=r"^'1\.7pm2' is not a quantity in m2 "
                       r"\(try '1\.2m2' or '1\.2e-9 m2'\)$"):
        parse_quantity("1.7pm2", "m2")
