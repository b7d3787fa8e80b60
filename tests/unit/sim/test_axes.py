"""What differs between the devices of a sweep, as it is written."""

import numpy as np
import pytest

from memrig.hil.errors import MemrigError
from memrig.sim import models
from memrig.sim.axes import grid

MODEL = models.create("yakopcic")


def test_every_value_of_one_axis_is_combined_with_every_value_of_the_others():
    found = grid(MODEL, ["a_p_hz=2kHz,4kHz", "x0=0.1:0.3:3"], each=2)
    assert found.count == 12
    pairs = list(zip(found.columns["a_p_hz"], found.columns["x0"], strict=True))
    wanted = [(a, x) for a in (2000.0, 4000.0) for x in (0.1, 0.2, 0.3) for _ in range(2)]
    np.testing.assert_allclose(pairs, wanted, rtol=1e-15)


def test_a_spread_is_no_axis_and_nothing_need_differ():
    found = grid(MODEL, ["a1=5% normal"], each=7)
    assert (found.count, dict(found.columns), found.spreads) == (7, {}, ("a1=5% normal",))
    assert grid(MODEL, [], each=1).count == 1


@pytest.mark.parametrize(("text", "sentence"), [
    ("a1", "'a1' does not say what differs (try PARAM=1,2,5 or PARAM=LOW:HIGH:COUNT for an axis, "
           "PARAM=5% for a spread)"),
    ("a1=1:2", "'a1=1:2' does not say what differs (try PARAM=1,2,5 or PARAM=LOW:HIGH:COUNT for "
               "an axis, PARAM=5% for a spread)"),
    ("a1=1:2:0", "'a1=1:2:0' does not say what differs (try PARAM=1,2,5 or PARAM=LOW:HIGH:COUNT "
                 "for an axis, PARAM=5% for a spread)"),
    ("a_p=1", "there is no parameter of yakopcic called 'a_p'; did you mean x_p, a_p_hz, "
              "alpha_p?"),
    ("a1=x", "'x' is not a quantity in A (try '1.2A' or '300mA')"),
    ("a_p_hz=1s", "'1s' is not a quantity in Hz (try '1.2Hz' or '300mHz')"),
    ("a1=0:1:2000000", "2000000 devices were asked; allowed: 1 to 1000000"),
])
def test_what_cannot_be_read_is_said(text, sentence):
    with pytest.raises(MemrigError) as caught:
        grid(MODEL, [text], each=1)
    assert str(caught.value) == sentence


def test_a_word_cannot_differ():
    with pytest.raises(MemrigError) as caught:
        grid(models.create("hp"), ["window=biolek,zha"], each=1)
    assert str(caught.value) == (
        "hp, window: it cannot differ between devices; only numbers can")
