"""Many devices at once: what is checked, what is seen of the work, how it is stopped."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.sim import Devices, batch, compiled, elementary, models, simulate, simulate_many

GUSEINOV, YAKOPCIC = models.create("guseinov"), models.create("yakopcic")
PULSE = Waveform(t_s=[0, 0, 1e-4, 1e-4], v_v=[0, -1.7, -1.7, 0])
WANTED = [0.0, 5e-5, 1e-4]


def spread(count: int) -> Devices:
    """Devices whose thresholds differ."""
    return Devices.of(GUSEINOV, count, 0.5, v_set_v=np.linspace(-1.9, -1.5, count))


def test_a_device_is_a_model_of_its_own():
    many = spread(5)
    assert len(many) == 5
    assert many.device(4).v_set_v == -1.5
    assert many.part(2, 4).device(1).v_set_v == many.device(3).v_set_v
    assert many.part(2, 4).x0.tolist() == [0.5, 0.5]


def test_one_number_is_for_all():
    many = Devices.of(YAKOPCIC, 3, v_p_v=0.2)
    assert many.varied["v_p_v"].tolist() == [0.2, 0.2, 0.2]
    assert many.x0.tolist() == [YAKOPCIC.x0] * 3


@pytest.mark.parametrize(("values", "sentence"), [
    ({"v_sett_v": 1.0},
     "there is no parameter of guseinov called 'v_sett_v'; did you mean v_set_v"),
    ({"temperature_k": [300.0, 500.0]},
     "guseinov, temperature_k, device 1: 500 K was asked; allowed: 250 K to 400 K"),
    ({"temperature_k": [300.0, float("nan")]}, "guseinov, temperature_k, device 1: nan K was"),
    ({"temperature_k": [300.0, 310.0, 320.0]},
     r"guseinov, temperature_k: values of shape \(3,\) were asked; needed: \(2,\) or one number"),
    ({"temperature_k": "hot"},
     r"guseinov, temperature_k: values of shape \(\) were asked; needed: \(2,\) or one number"),
    ({"orientation": [1, -1]},
     "guseinov, orientation: it cannot differ between devices; only numbers can"),
    ({"x0": [0.5, 1.5]}, "device 1: guseinov: x0 = 1.5 was asked; allowed: 0 to 1"),
])
def test_nonsense_about_devices_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises((RequestError, UnknownNameError), match=sentence):
        Devices.of(GUSEINOV, 2, **values)


def test_what_concerns_two_parameters_is_checked_for_each_device():
    sentence = "device 1: hp: r_on_ohm 20000 ohm and r_off_ohm 16000 ohm were asked; r_on_ohm must"
    with pytest.raises(RequestError, match=sentence):
        Devices.of(models.create("hp"), 2, r_on_ohm=[100.0, 2e4])


def test_no_devices_are_refused():
    with pytest.raises(RequestError, match="0 devices were asked; at least 1 is needed"):
        Devices.of(GUSEINOV, 0)


@pytest.mark.parametrize(("given", "sentence"), [
    ({"integrator": "eulr"}, "there is no integrator called 'eulr'; did you mean euler"),
    ({"step_s": -1.0}, "a step of -1.0 s was asked; it must be above 0 s"),
    ({"series_ohm": -1.0}, "a series resistance of -1 ohm was asked; allowed: 0 ohm and more"),
    ({"wanted_s": [1.0, 0.5]}, "the wanted times must be finite and must not decrease"),
    ({"wanted_s": [float("nan")]}, "the wanted times must be finite and must not decrease"),
    ({"engine": "jax"}, "engine 'jax' was asked; allowed: auto, numba, numpy"),
    ({"waveform": [PULSE] * 3}, "3 waveforms were asked for 2 devices; needed: 1 or 2"),
])
def test_nonsense_about_the_work_is_refused(given: dict[str, Any], sentence: str) -> None:
    asked = {"waveform": PULSE, "wanted_s": WANTED, **given}
    with pytest.raises((RequestError, UnknownNameError), match=sentence):
        simulate_many(spread(2), asked.pop("waveform"), **asked)


def test_flow_is_refused_where_there_is_none():
    many = Devices.of(models.create("stanford-pku"), 2)
    with pytest.raises(RequestError, match="model stanford-pku has no closed form"):
        simulate_many(many, PULSE, wanted_s=WANTED, integrator="flow")
    short = Waveform(t_s=[0, 1e-6], v_v=[0, 0.1])
    assert simulate_many(many, short, wanted_s=[1e-6]).integrator == "rk4"


def test_a_voltage_that_all_share_stands_once():
    assert simulate_many(spread(3), PULSE, wanted_s=WANTED).v_v.tolist() == [-1.7, -1.7, 0.0]
    assert simulate_many(spread(3), PULSE, wanted_s=WANTED, series_ohm=10.0).v_v.shape == (3, 3)


@pytest.mark.parametrize("integrator", ["euler", "rk4", "flow"])
def test_each_device_may_have_its_own_waveform(integrator: str) -> None:
    waveforms = [PULSE, PULSE.shift(2e-5), 0.9 * PULSE, Waveform.zero()]
    many, wanted_s = spread(4), np.array([-1e-5, 0.0, 3e-5, 1.1e-4, 1.3e-4])
    step_s = None if integrator == "flow" else 1e-6
    done = simulate_many(many, waveforms, wanted_s=wanted_s, integrator=integrator, step_s=step_s)
    for k, waveform in enumerate(waveforms):
        assert done.v_v[k].tolist() == waveform.value(wanted_s).tolist()
        if waveform.duration_s:
            alone = simulate(many.device(k), waveform, x0=0.5, integrator=integrator, step_s=step_s)
            assert done.x[k] == pytest.approx(np.interp(wanted_s, alone.t_s, alone.x), abs=1e-9)
    assert done.x[3].tolist() == [0.5] * 5


@pytest.mark.parametrize("varied", [{"v_p_v": [0.1, 0.2]}, {"x_p": [0.2, 0.6], "a_n_hz": 5e3}])
def test_closed_forms_share_only_what_is_alike(varied: dict[str, Any]) -> None:
    many = Devices.of(YAKOPCIC, 2, [0.15, 0.25], **varied)
    ramp = Waveform(t_s=[0, 1e-3, 2e-3], v_v=[0, 0.4, -0.3])
    done = simulate_many(many, ramp, wanted_s=[1e-3, 2e-3], integrator="flow")
    for k in range(2):
        alone = simulate(many.device(k), ramp, x0=float(many.x0[k]), integrator="flow")
        assert done.x[k] == pytest.approx(np.interp([1e-3, 2e-3], alone.t_s, alone.x), rel=1e-12)


def test_an_empty_drive_leaves_every_state():
    done = simulate_many(spread(2), Waveform.zero(), wanted_s=[0.0, 1.0])
    assert done.x.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert done.error.tolist() == [0.0, 0.0]


def test_the_error_of_a_step_is_that_of_one_device():
    many = Devices.of(YAKOPCIC, 2, 0.2, v_p_v=[0.1, 0.2])
    ramp = Waveform(t_s=[0, 1e-3, 2e-3], v_v=[0, 0.4, 0])
    done = simulate_many(many, ramp, wanted_s=np.linspace(0, 2e-3, 201), integrator="euler",
                         step_s=1e-5)
    for k in range(2):
        alone = simulate(many.device(k), ramp, x0=0.2, integrator="euler", step_s=1e-5)
        assert done.error[k] == pytest.approx(alone.error, rel=1e-6)
    bare = simulate_many(many, ramp, wanted_s=WANTED, integrator="euler", step_s=1e-5,
                         estimate=False)
    assert np.isnan(bare.error).all()


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_grows_to_one(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    monkeypatch.setattr(batch, "BLOCK", 4)
    told: list[float] = []
    threads = set()

    def progress(share: float) -> None:
        told.append(share)
        threads.add(threading.get_ident())

    simulate_many(spread(20), PULSE, wanted_s=WANTED, integrator="rk4", progress=progress,
                  workers=workers)
    assert told == sorted(set(told))
    assert told[-1] == 1.0
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_leaves_what_is_finished(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    monkeypatch.setattr(batch, "BLOCK", 2)
    stop, told = threading.Event(), []

    def progress(share: float) -> None:
        told.append(share)
        if share > 0.3:
            stop.set()

    done = simulate_many(spread(400), PULSE, wanted_s=WANTED, progress=progress, stop=stop,
                         integrator="rk4", workers=workers)
    whole = simulate_many(spread(400), PULSE, wanted_s=WANTED, integrator="rk4")
    assert 0 < done.finished.sum() < 400
    assert max(told) < 1.0
    assert done.x[done.finished].tolist() == whole.x[done.finished].tolist()
    left = ~done.finished
    assert np.isnan(done.i_a[left]).all()
    assert np.isnan(done.error[left]).all()


def test_a_stop_before_the_start_leaves_nothing():
    stop = threading.Event()
    stop.set()
    done = simulate_many(spread(3), PULSE, wanted_s=WANTED, stop=stop)
    assert not done.finished.any()


def test_an_error_in_who_hears_the_progress_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BLOCK", 2)

    def progress(share: float) -> None:
        raise KeyError(share)

    with pytest.raises(KeyError):
        simulate_many(spread(40), PULSE, wanted_s=WANTED, progress=progress, workers=2)


def test_the_number_of_workers_changes_no_bit():
    many = Devices.of(models.create("mss"), 50, np.linspace(0.1, 0.9, 50),
                      v_on_v=np.linspace(0.2, 0.3, 50))
    ramp = Waveform(t_s=[0, 1e-4, 2e-4], v_v=[0, 0.4, -0.4])
    found = [simulate_many(many, ramp, wanted_s=[1e-4, 2e-4], integrator=name, step_s=step_s,
                           workers=workers, series_ohm=series_ohm).x.tolist()
             for name, step_s, series_ohm in (("rk4", None, 0.0), ("euler", 1e-6, 50.0))
             for workers in (1, 2, 3)]
    assert found[0] == found[1] == found[2]
    assert found[3] == found[4] == found[5]


STEPS = {"wanted_s": WANTED, "integrator": "euler", "step_s": 1e-6, "estimate": False}


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what is compiled."""
    monkeypatch.setenv("MEMRIG_CACHE", str(tmp_path / "kernels"))
    compiled.module.cache_clear()
    return tmp_path / "kernels"


def test_without_numba_the_numbers_are_the_same(
    kernels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(batch, "COMPILED_FROM", 1)
    there = simulate_many(spread(3), PULSE, **STEPS)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec",
                        lambda name, *rest: None if name == "numba" else find(name, *rest))
    missing = simulate_many(spread(3), PULSE, **STEPS)
    assert (there.engine, missing.engine) == ("numba", "numpy")
    assert there.x == pytest.approx(missing.x, rel=1e-12)
    assert there.i_a == pytest.approx(missing.i_a, rel=1e-12)
    with pytest.raises(RequestError, match=r"not installed: pip install 'memrig\[fast\]'"):
        simulate_many(spread(3), PULSE, engine="numba", **STEPS)


def test_numba_is_not_loaded_for_little_work():
    code = ("import sys; from memrig.hil import Waveform; from memrig.sim import *; "
            "simulate_many(Devices.of(models.create('guseinov'), 9), Waveform.zero(1e-4), "
            "wanted_s=[1e-4], integrator='euler', step_s=1e-6); print('numba' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_kernel_is_compiled_once_for_all_processes(kernels: Path) -> None:
    pytest.importorskip("numba")
    first = simulate_many(spread(3), PULSE, engine="numba", **STEPS)
    (source,) = (path for path in kernels.glob("*.py") if "def kernel" in path.read_text("utf-8"))
    before = {path.name: path.stat().st_mtime_ns for path in kernels.rglob("*.nb*")}
    assert before
    compiled.module.cache_clear()  # as in another process
    del sys.modules[source.stem]
    again = simulate_many(spread(3), PULSE, engine="numba", **STEPS)
    assert {path.name: path.stat().st_mtime_ns for path in kernels.rglob("*.nb*")} == before
    assert again.x.tolist() == first.x.tolist()


def test_compiled_parts_are_as_the_whole(kernels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(compiled, "PORTION", 1000)  # a stop is heard after every portion
    monkeypatch.setattr(batch, "BLOCK", 70)
    told: list[float] = []
    wanted = {**STEPS, "wanted_s": np.linspace(-1e-5, 1.1e-4, 31), "engine": "numba"}
    whole = simulate_many(spread(200), PULSE, progress=told.append, workers=1, **wanted)
    assert len(told) > 3
    assert told == sorted(told)
    part = simulate_many(spread(200).part(130, 200), PULSE, workers=2, **wanted)
    assert part.x.tolist() == whole.x[130:].tolist()
    plain = simulate_many(spread(200), PULSE, **{**wanted, "engine": "numpy"})
    assert whole.x == pytest.approx(plain.x, rel=1e-12)
    stop = threading.Event()
    stop.set()
    assert not simulate_many(spread(200), PULSE, stop=stop, **wanted).finished.any()


def off(own: Callable[[float], float], right: Callable[[float], float], x: np.ndarray) -> float:
    """Largest difference from ``math`` in units of the last place."""
    wanted = np.array([right(one) for one in x.tolist()])
    found = np.array([own(one) for one in x.tolist()])
    return float((np.abs(found - wanted) / np.spacing(np.abs(wanted))).max())


def test_the_exponentials_are_those_of_math():
    wide = np.linspace(-700.0, 700.0, 20_001)
    near = np.concatenate([np.linspace(-2.0, 2.0, 5_001), np.logspace(-300, 0, 301)])
    assert off(elementary.exp_, math.exp, wide) <= 2.0
    assert off(elementary.exp_, math.exp, near) <= 2.0
    for name in ("expm1", "sinh", "cosh", "tanh"):
        own, right = getattr(elementary, f"{name}_"), getattr(math, name)
        assert off(own, right, near) <= 5.0
        assert off(own, right, -near) <= 5.0
        assert off(own, right, 0.02 * wide) <= 5.0


def test_the_exponential_is_held_far_outside():
    assert elementary.exp_(math.inf) == elementary.exp_(708.0) > 1e307
    assert elementary.exp_(-math.inf) == elementary.exp_(-708.0) < 1e-307
    assert math.isfinite(elementary.exp_(math.nan))
    assert math.isfinite(elementary.sinh_(-1e9))
    assert elementary.tanh_(1e9) == 1.0


@pytest.mark.parametrize("model", [YAKOPCIC, models.create("vteam", set="tiox-dut1"),
                                   models.create("hp", window="biolek")], ids=lambda m: m.name)
def test_compiled_closed_forms_have_the_same_numbers(kernels: Path, model: models.Model) -> None:
    pytest.importorskip("numba")
    profile, (low, high) = model.profile(), model.bounds
    up = Waveform(t_s=[0, 1e-5, 2e-5, 2e-5, 5e-5],
                  v_v=[0, profile.v_set_v, 0, profile.v_reset_v, 0])
    drives = [up, up.shift(7e-6) * 0.9, -up, Waveform.zero()]
    many = Devices.of(model, 4, low + (high - low) * np.array([0.1, 0.3, 0.6, 0.9]))
    for drive, wanted_s in ((drives, [-1.0, 0.0, 1.7e-5, 4e-5, 1.0]), (up, [1.5e-5, 5e-5])):
        found = [simulate_many(many, drive, wanted_s=wanted_s, integrator="flow", engine=engine)
                 for engine in ("numba", "numpy")]
        assert [one.engine for one in found] == ["numba", "numpy"]
        assert np.abs(found[0].x - found[1].x).max() <= 1e-12 * (high - low)
        assert np.abs(found[0].error - found[1].error).max() <= 1e-12
        assert (np.ptp(found[0].x, axis=1)[:3] > 0.0).all()
