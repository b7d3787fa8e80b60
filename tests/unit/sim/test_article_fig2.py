"""The article's Fig. 2: a 3 V sine of 100 samples of 1e-5 s, explicit Euler, noise off."""

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.sim import models, simulate


def test_currents_of_the_loop() -> None:
    t_s = np.arange(101) * 1e-5
    sine = Waveform(t_s=t_s, v_v=3 * np.sin(2 * np.pi * np.arange(101) / 100))
    done = simulate(models.create("guseinov"), sine, x0=1.0, integrator="euler", step_s=1e-5)
    peak = done.i_a.argmax()
    assert done.i_a[peak] == pytest.approx(0.287e-3, abs=0.0005e-3)
    assert done.v_v[peak] == pytest.approx(1.763, abs=0.0005)
    assert done.i_a.min() == pytest.approx(-0.510e-3, abs=0.0005e-3)
    setting = slice(51, 75)
    g = done.i_a[setting] / done.v_v[setting]
    halfway = np.sqrt(g[0] * g[-1])  # geometric mean of high- and low-resistance state
    assert -2.4 < np.interp(halfway, g, done.v_v[setting]) < -1.9
    assert 1 / float(models.create("guseinov").conductance(0.1, 1.0)) == pytest.approx(5882, abs=1)
