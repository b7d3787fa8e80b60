"""Two spikes with a delay for each device: what it sees, and that its numbers are those of the
waveform that it sees."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.errors import RequestError
from memrig.sim import Devices, Overlaps, batch, models, simulate, simulate_many

YAKOPCIC = models.create("yakopcic")
PRE = Waveform(t_s=[0, 0, 2e-3, 2e-3, 14e-3], v_v=[0, 0.15, 0, -0.07, 0])
POST = Waveform(t_s=[1e-3, 2e-3, 4e-3, 12e-3], v_v=[0, 0.14, -0.08, 0])
DELAYS_S = np.array([-30e-3, -6e-3, -2e-3, -1e-3, 0.0, 1e-3, 2e-3, 3.3e-3, 13e-3, 30e-3])
WANTED_S = np.array([-1.0, -29e-3, 0.0, 1e-3, 2.5e-3, 2.5e-3, 4e-3, 20e-3, 42e-3, 1.0])


def overlaps() -> Overlaps:
    return Overlaps(top=PRE, bottom=POST, delays_s=DELAYS_S)


def test_a_device_sees_the_top_less_the_later_bottom() -> None:
    both = overlaps()
    assert len(both) == DELAYS_S.size
    assert both.span_s == pytest.approx((-29e-3, 42e-3))
    for number, delay_s in enumerate(DELAYS_S.tolist()):
        one = both.waveform(number)
        assert (one.start_s, one.stop_s) == pytest.approx(both.span_s)
        t_s = np.linspace(-31e-3, 43e-3, 1000)
        seen_v = PRE.value(t_s) - POST.value(t_s - delay_s)
        assert one.value(t_s) == pytest.approx(seen_v, abs=1e-15)
        assert both.value(t_s)[:, number] == pytest.approx(one.value(t_s), abs=1e-15)


def test_it_may_be_seen_for_longer() -> None:
    both = Overlaps(top=PRE, bottom=POST, delays_s=[0.0], span_s=(-1.0, 5e-3))
    assert both.span_s == (-1.0, 14e-3)


@pytest.mark.parametrize("delays_s", [[], [[0.0]], 0.0, [0.0, np.nan], [np.inf]])
def test_delays_that_are_none_are_refused(delays_s: Any) -> None:
    with pytest.raises(RequestError, match=r"delays must be finite numbers, at least one, shape"):
        Overlaps(top=PRE, bottom=POST, delays_s=delays_s)


def test_there_is_a_delay_for_each_device() -> None:
    with pytest.raises(RequestError, match="10 waveforms were asked for 9 devices; needed: 1 or 9"):
        simulate_many(Devices.of(YAKOPCIC, 9), overlaps(), wanted_s=[0.0])


ENGINES = pytest.mark.parametrize(("integrator", "step_s", "engine", "close"), [
    ("flow", None, "numba", 1e-12), ("flow", None, "numpy", 1e-12), ("rk4", 1e-4, "numpy", 1e-9),
    ("euler", 2e-5, "numpy", 1e-9)])


@ENGINES
def test_the_numbers_are_those_of_each_waveform(
    integrator: str, step_s: float | None, engine: str, close: float
) -> None:
    if engine == "numba":
        pytest.importorskip("numba")
    both = overlaps()
    many = Devices.of(YAKOPCIC, len(both), 0.4)
    done = simulate_many(many, both, wanted_s=WANTED_S, integrator=integrator, step_s=step_s,
                         engine=engine)
    assert done.engine == engine
    waveforms = [both.waveform(number) for number in range(len(both))]
    each = simulate_many(many, waveforms, wanted_s=WANTED_S, integrator=integrator, step_s=step_s,
                         engine="numpy")
    for name, near in (("x", close), ("v_v", 1e-15), ("i_a", close), ("error", 1e-9)):
        assert getattr(done, name) == pytest.approx(getattr(each, name), rel=close, abs=near)
    assert np.ptp(done.x[:, -1]) > 0.05


def test_others_do_it_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BLOCK", 3)

    def submit(function: Callable[[Any], Any], part: Any) -> Future[Any]:
        promise: Future[Any] = Future()
        promise.set_result(pickle.loads(pickle.dumps(function(pickle.loads(pickle.dumps(part))))))
        return promise

    many, both = Devices.of(YAKOPCIC, DELAYS_S.size, 0.4), overlaps()
    here = simulate_many(many, both, wanted_s=WANTED_S)
    there = simulate_many(many, both, wanted_s=WANTED_S, submit=submit)
    for name in ("x", "v_v", "i_a", "error"):
        assert getattr(there, name).tolist() == getattr(here, name).tolist()


def test_one_pair_may_be_for_all() -> None:
    pair = Overlaps(top=PRE, bottom=POST, delays_s=[1e-3])
    done = simulate_many(Devices.of(YAKOPCIC, 2, [0.3, 0.5]), pair, wanted_s=[0.1])
    assert done.v_v.tolist() == [0.0]
    for number, x0 in enumerate((0.3, 0.5)):
        alone = simulate(YAKOPCIC, pair.waveform(0), x0=x0, integrator="flow")
        assert done.x[number, 0] == pytest.approx(alone.x[-1], abs=1e-12)
