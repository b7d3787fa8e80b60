"""Integration: closed forms, bounds, loads, limits, advice."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil import Waveform
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.sim import models, simulate

GUSEINOV, YAKOPCIC = models.create("guseinov"), models.create("yakopcic")


def pulse(volts: float, width_s: float) -> Waveform:
    return Waveform(t_s=[0, 0, width_s, width_s], v_v=[0, volts, volts, 0])


@pytest.mark.parametrize("integrator", ["euler", "euler-mid", "rk4", "flow", "auto"])
@pytest.mark.parametrize(("volts", "moved"), [
    (1.4, -0.0658707), (-1.7, 0.0266279), (-1.5, 0.0056750), (-1.3, 0.0012095),
])
def test_pulses_of_100_us(integrator: str, volts: float, moved: float) -> None:
    done = simulate(GUSEINOV, pulse(volts, 1e-4), x0=0.5, integrator=integrator)
    assert done.x[-1] - 0.5 == pytest.approx(moved, rel=1e-4)


def test_full_reset_takes_the_published_time_and_stays_at_the_bound() -> None:
    done = simulate(GUSEINOV, pulse(1.4, 2e-3), x0=1.0, integrator="flow")
    reached = done.t_s[np.argmax(done.x == 0.0)]
    assert reached == pytest.approx(1.518126e-3, abs=2e-3 / 30)
    assert done.x[-1] == 0.0


drives = st.lists(st.tuples(st.floats(1e-6, 1e-3), st.floats(-1.0, 1.0)), min_size=1, max_size=6)


@given(points=drives, x0=st.floats(0.05, 0.95))
@pytest.mark.parametrize("model", [GUSEINOV, YAKOPCIC], ids=lambda m: m.name)
def test_flow_agrees_with_rk4_on_any_drive(
    model: models.Model, points: list[tuple[float, float]], x0: float
) -> None:
    t_s = np.cumsum([0.0, *(dt for dt, _ in points)])
    waveform = Waveform(t_s=t_s, v_v=[0.0, *(v for _, v in points)])
    exact = simulate(model, waveform, x0=x0, integrator="flow")
    other = simulate(model, waveform, x0=x0, integrator="rk4")
    assert other.x[-1] == pytest.approx(exact.x[-1], abs=1e-8)


def test_series_resistance_divides_the_voltage() -> None:
    done = simulate(GUSEINOV, pulse(0.3, 1e-3), x0=1.0, series_ohm=5882.353, integrator="rk4")
    assert done.v_v[1] == pytest.approx(0.15, rel=1e-6)
    assert done.i_a[1] == pytest.approx(0.15 / 5882.353, rel=1e-6)


@pytest.mark.parametrize("integrator", ["euler", "euler-mid"])
def test_euler_behind_a_load_keeps_its_word(integrator: str) -> None:
    ramp = Waveform(t_s=[0, 2e-3, 4e-3], v_v=[0, -1.8, 0])
    exact = simulate(GUSEINOV, ramp, x0=0.1, series_ohm=1e3, integrator="rk4")
    done = simulate(GUSEINOV, ramp, x0=0.1, series_ohm=1e3, integrator=integrator)
    excursion = np.ptp(exact.x)
    assert done.error <= 1e-4
    assert abs(done.x[-1] - exact.x[-1]) <= 1.5e-4 * excursion


def test_compliance_holds_the_current() -> None:
    done = simulate(GUSEINOV, pulse(-1.7, 1e-2), x0=0.1, compliance_a=5e-5, integrator="rk4")
    assert np.abs(done.i_a).max() == pytest.approx(5e-5, rel=1e-6)
    assert done.x[-1] < simulate(GUSEINOV, pulse(-1.7, 1e-2), x0=0.1, integrator="rk4").x[-1]


def test_flow_with_a_current_limit_is_refused() -> None:
    sentence = (r"integrator flow was asked with a compliance of 1e-05 A; it holds without a "
                r"current limit only; use auto or rk4")
    with pytest.raises(RequestError, match=sentence):
        simulate(GUSEINOV, pulse(1.0, 1e-4), x0=0.5, compliance_a=1e-5, integrator="flow")


def test_a_coarse_step_comes_with_advice() -> None:
    phase = np.linspace(0, 2 * math.pi, 101)
    sine = Waveform(t_s=np.linspace(0, 1e-3, 101), v_v=3 * np.sin(phase))
    done = simulate(GUSEINOV, sine, x0=1.0, integrator="euler", step_s=1e-5)
    assert done.error > 1e-2
    assert done.advice.startswith("a step of 10 us is too coarse for this drive")
    assert simulate(GUSEINOV, sine, x0=1.0, integrator="euler").advice == ""


def spikes(f_hz: float, count: int, volts: float) -> Waveform:
    """Isosceles spikes without a pause, as pixels are coded."""
    t_s = np.arange(2 * count + 1) / (2 * f_hz)
    return Waveform(t_s=t_s, v_v=np.where(np.arange(t_s.size) % 2, volts, 0.0))


@pytest.mark.parametrize("f_hz", [100e3, 50e3, 10e3])
def test_the_articles_step_does_not_go_with_its_pixels_and_the_one_that_does_is_named(
    f_hz: float
) -> None:
    """100 kHz at 1e-5 s: every sample falls on 0 V, and Euler sees nothing."""
    drive = spikes(f_hz, 3, -1.5)
    done = simulate(GUSEINOV, drive, x0=0.2, step_s=1e-5)
    assert (done.x == 0.2).all() == (f_hz == 100e3)
    assert done.error >= 0.3
    sentence = (r"a step of 10 us is too coarse for this drive: estimated error [0-9.]+ of the "
                r"excursion; a step of (\d+) (ps|ns) gives about ([0-9.e-]+)$")
    named = re.match(sentence, done.advice)
    assert named
    step_s = float(named[1]) * {"ns": 1e-9, "ps": 1e-12}[named[2]]
    again = simulate(GUSEINOV, drive, x0=0.2, step_s=step_s)
    assert again.error <= 2.5 * float(named[3]) <= 2.5e-4
    assert again.advice == ""


def test_a_tiny_step_is_no_work_where_nothing_moves() -> None:
    """A read of 20 ms at 1 ns is 2e7 steps in none of which anything moves."""
    read = Waveform(t_s=[0, 0, 1e-6, 1e-6, 1e-3, 1e-3, 21e-3, 21e-3],
                    v_v=[0, -1.7, -1.7, 0, 0, 0.1, 0.1, 0])
    for model in (GUSEINOV, YAKOPCIC, models.create("vteam", window="biolek", v_off_v=0.35)):
        low, high = model.bounds
        x0 = low + 0.5 * (high - low)
        done = simulate(model, read, x0=x0, step_s=1e-9)
        assert done.t_s.size < 200_000
        exact = simulate(model, read, x0=x0, integrator="flow")
        assert done.x[-1] == pytest.approx(exact.x[-1], abs=2e-3 * np.ptp(exact.x))


def test_more_steps_than_anybody_waits_for_are_refused() -> None:
    sentence = (r"a step of 1 ns was asked: this drive takes 2e\+07 such steps in which the device "
                r"may move, and at most 5e\+06 are taken; use a step of 10 ns, or none: it is then "
                r"chosen by its error")
    for integrator in ("euler", "euler-mid", "rk4"):
        with pytest.raises(RequestError, match=sentence):
            simulate(YAKOPCIC, pulse(0.3, 20e-3), x0=0.5, step_s=1e-9, integrator=integrator)
    done = simulate(GUSEINOV, pulse(0.5, 20e-3), x0=0.5, step_s=1e-9)  # one level, one rate
    assert done.x[-1] == pytest.approx(0.5 + 20e-3 * GUSEINOV.rate_at(0.5, 0.5), rel=1e-9)


@pytest.mark.parametrize(("kwargs", "sentence"), [
    ({"integrator": "eulr"}, "there is no integrator called 'eulr'; did you mean euler"),
    ({"step_s": 0.0}, "a step of 0.0 s was asked; it must be above 0 s"),
    ({"x0": 1.5}, "guseinov: x0 = 1.5 was asked; allowed: 0 to 1"),
])
def test_nonsense_is_refused(kwargs: dict[str, object], sentence: str) -> None:
    with pytest.raises((RequestError, UnknownNameError), match=sentence):
        simulate(GUSEINOV, pulse(1.0, 1e-4), **{"x0": 0.5, **kwargs})  # type: ignore[arg-type]  # nonsense on purpose
