"""The declaration of what a device does beyond its model."""

from __future__ import annotations

import pytest

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.sim import NonIdealities


def test_everything_is_off_by_default():
    assert NonIdealities().is_ideal
    assert NonIdealities().changed == {}
    assert NonIdealities(read_noise=0.01).changed == {"read_noise": 0.01}


def test_texts_and_json_give_the_same_back():
    texts = {"read_noise": "1%", "telegraph": "20%", "telegraph_low_s": "2ms", "drift": "power",
             "spread": "r_set=30% lognormal, a0=5%"}
    given = NonIdealities.from_text(texts)
    assert given.telegraph_low_s == 2e-3
    assert given.spread == ("r_set=30% lognormal", "a0=5%")
    assert NonIdealities.from_text(given.to_json()) == given
    assert NonIdealities.from_text(given.changed) == given


@pytest.mark.parametrize(("texts", "sentence"), [
    ({"read_noise": "-1%"}, "non-idealities, read_noise: -0.01 was asked; allowed: 0 to 1"),
    ({"read_noise": "1V"}, "non-idealities, read_noise: '1V' is not a number (try '0.5' or '50%')"),
    ({"programming": "milo"}, "non-idealities, programming: 'milo' was asked; allowed: off, "
     "rram-milo, rram-wan, pcm-joshi"),
    ({"drift_nu": "0.2"}, "non-idealities: drift_nu was asked without drift; it would change "
     "nothing"),
    ({"telegraph_low_s": "2ms"}, "non-idealities: telegraph_low_s was asked without telegraph; it "
     "would change nothing"),
    ({"flicker": "1e-6", "flicker_low_hz": "1MHz", "flicker_high_hz": "1kHz"},
     "non-idealities: flicker_low_hz 1 MHz and flicker_high_hz 1 kHz were asked; flicker_low_hz "
     "must be the smaller"),
])
def test_nonsense_is_refused_with_a_sentence(texts, sentence):
    with pytest.raises(RequestError) as caught:
        NonIdealities.from_text(texts)
    assert str(caught.value) == sentence


def test_an_unknown_name_comes_with_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        NonIdealities.from_text({"readnoise": "1%"})
    assert str(caught.value) == (
        "there is no parameter of non-idealities called 'readnoise'; did you mean read_noise, "
        "step_noise?")


def test_what_needs_another_is_declared():
    assert set(NonIdealities.needs) | set(NonIdealities.needs.values()) <= set(
        NonIdealities.specs())
