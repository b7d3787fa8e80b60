"""One experiment on many devices: every device's answer is that of a bench of its own."""

import threading

import numpy as np
import pytest

from memrig.hil.errors import LimitError, RequestError
from memrig.hil.execution import execute
from memrig.hil.protocols.iv_sweep import IvSweep
from memrig.hil.protocols.pulse_series import PulseSeries
from memrig.hil.protocols.read import Read
from memrig.sim import models
from memrig.sim.bench import open_model
from memrig.sim.nonidealities import NonIdealities
from memrig.sim.sweep import BLOCK, Sweep

SERIES = PulseSeries(count=3)
MODEL = models.create("yakopcic")


def test_a_device_of_a_sweep_answers_like_a_bench_of_its_own():
    found = Sweep.of(SERIES, MODEL, vary=["a_p_hz=2kHz,6kHz", "x0=0.2,0.4"]).ask()
    assert found.finished.all()
    for number, (speed, x0) in enumerate([(2e3, 0.2), (2e3, 0.4), (6e3, 0.2), (6e3, 0.4)]):
        model = models.create("yakopcic", a_p_hz=speed)
        alone = execute(SERIES, open_model(model, x0=x0, integrator="auto"),
                        profile=MODEL.profile(), seed=0)
        readings = [r.conductance_siemens for record in alone.main for r in record.readings]
        np.testing.assert_array_equal(found.conductance_siemens[number], readings)
        assert found.values["dynamic_range"][number] == alone.result.values["dynamic_range"]
        np.testing.assert_array_equal(found.series["conductance_siemens"][number],
                                      alone.result.values["conductance_siemens"])


def test_spreads_are_drawn_by_the_number_of_the_device():
    few, many = (Sweep.of(Read(), MODEL, vary=["a1=10%"], each=n, seed=3).ask() for n in (3, 20))
    np.testing.assert_array_equal(few.varied["a1"], many.varied["a1"][:3])
    np.testing.assert_array_equal(few.conductance_siemens, many.conductance_siemens[:3])
    assert np.unique(many.varied["a1"]).size == 20
    assert few.units == {"a1": "A"}


def test_a_device_keeps_its_noise_whatever_is_beside_it():
    noisy = NonIdealities(read_noise=0.05)
    few, many = (Sweep.of(Read(), MODEL, each=n, beyond=noisy, seed=3).ask() for n in (2, 5))
    np.testing.assert_array_equal(few.conductance_siemens, many.conductance_siemens[:2])
    assert np.unique(many.conductance_siemens[:, 0]).size == 5


def test_traces_become_bands_where_all_devices_got_the_same():
    found = Sweep.of(IvSweep(), models.create("guseinov"), vary=["a0=10%"], each=9, seed=1).ask()
    (band,) = found.bands
    low, lower, median, higher, high = band.i_a
    assert (low <= lower).all()
    assert (lower <= median).all()
    assert (median <= higher).all()
    assert (higher <= high).all()
    assert np.ptp(band.v_v) > 2.0
    assert band.t_s.shape == band.v_v.shape == median.shape


def test_progress_grows_to_one_and_a_stop_leaves_whole_blocks():
    told, stop = [], threading.Event()

    def heard(share):
        told.append(share)
        stop.set()

    found = Sweep.of(Read(), MODEL, each=3 * BLOCK).ask(progress=heard, stop=stop)
    assert told == [pytest.approx(1 / 3)]
    assert found.finished.sum() == BLOCK
    assert np.isnan(found.conductance_siemens[BLOCK:]).all()
    assert [one.devices for one in found.spreads() if one.name == "g_siemens"] == [BLOCK]


def test_a_combination_that_no_device_can_have_is_found_before_the_work():
    with pytest.raises(RequestError, match="x_p"):
        Sweep.of(Read(), MODEL, vary=["x_p=0.2,1.5"])
    with pytest.raises(RequestError, match="initial state"):
        Sweep.of(Read(), MODEL, vary=["x0=0.2,1.5"])


def test_limits_hold_for_every_device():
    with pytest.raises(LimitError, match="nothing was sent"):
        Sweep.of(PulseSeries.from_text({"amplitude_set": "30 V"}), MODEL).ask()
