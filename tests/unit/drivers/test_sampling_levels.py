"""Levels that a generator does not have are refused, whatever 16 bits would make of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.drivers.sampling import Scale
from memrig.hil.calibration import Correction
from memrig.hil.errors import InfeasibleError
from memrig.hil.waveform import Waveform


@given(level_v=st.floats(-1e3, 1e3), full_scale_v=st.floats(0.1, 10.0),
       gain=st.floats(0.9, 1.1), offset=st.floats(-0.05, 0.05))
def test_a_level_is_played_within_half_a_step_or_refused(level_v, full_scale_v, gain, offset):
    scale = Scale(full_scale_v=full_scale_v, code_max=32767,
                  correction=Correction(gain=gain, offset=offset))
    asked = Waveform(t_s=[0, 0, 1e-5, 1e-5], v_v=[0, level_v, level_v, 0])
    try:
        played = scale.quantised(asked, "pulse")
    except InfeasibleError:
        assert abs(level_v) > 0.9 * (full_scale_v * gain - abs(offset))
    else:
        half_v = 0.5 * scale.step_v * gain * (1 + 1e-6)
        np.testing.assert_allclose(played.value(5e-6), level_v, rtol=0, atol=half_v)


@pytest.mark.parametrize("level_v", [5.1, -5.1, 8.0, 15.0, -15.0, 1e6])
def test_the_refusal_says_what_was_asked_and_what_there_is(level_v):
    scale = Scale(full_scale_v=5.0, code_max=32767, correction=Correction())
    asked = Waveform(t_s=[0, 0, 1e-5, 1e-5], v_v=[0, level_v, level_v, 0])
    with pytest.raises(InfeasibleError, match=r"level of the pulse: .* asked, at most 5 V \(open"):
        scale.quantised(asked, "pulse")
    with pytest.raises(InfeasibleError, match="nothing was sent"):
        scale.codes(np.array([level_v]))
