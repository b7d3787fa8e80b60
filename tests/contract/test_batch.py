"""Whatever the model: many devices at once have the numbers that each has alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.sim import Devices, models, simulate_many
from memrig.sim.load import Load
from memrig.sim.models._model import Model
from memrig.sim.ramps import ramps_of
from memrig.sim.simulation import Method, solve

STEP_S = 2e-6
BRANCHING = [models.create("mss", set="gst"), models.create("yakopcic", set="nb-srtio3"),
             models.create("hp", set="biolek-listing"),
             models.create("chang", set="wox-short-term")]
"""Sets that ask for numbers which are 0 in others."""
ALL = pytest.mark.parametrize(
    "model", [*map(models.create, models.names()), *BRANCHING],
    ids=lambda m: f"{m.name}-{next(name for name, one in m.sets.items() if one is m._set)}")
DEVICES = 3


def drive(model: Model) -> Waveform:
    """Pulses and ramps to both levels of the profile, and a pause."""
    p = model.profile()
    set_v, reset_v = p.v_set_v, p.v_reset_v
    if model.name == "pickett":
        set_v = 0.5 * reset_v  # the other way it is too stiff
    volts = [0.0, 0.0, set_v, set_v, 0.0, 0.0, reset_v, 0.7 * set_v, 0.0, 0.0]
    times = [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.2, 5.0, 6.0, 7.0]
    return Waveform(t_s=5 * STEP_S * np.array(times), v_v=volts)


def devices(model: Model) -> Devices:
    """Every number of the model that is not 0 or at a bound differs by up to a percent."""
    specs, rng = type(model).specs(), np.random.default_rng(1)
    varied = {}
    for name, spec in specs.items():
        value = getattr(model, name)
        if type(model).kind(name) is float and value and spec.low < value < spec.high:
            varied[name] = value * (1.0 + 0.01 * rng.uniform(-1.0, 1.0, DEVICES))
    low, high = zip(*(one.bounds for one in (
        Devices(model, varied, np.zeros(DEVICES)).device(k) for k in range(DEVICES))), strict=True)
    share = np.linspace(0.1, 0.9, DEVICES)
    return Devices.of(model, DEVICES, np.array(low) + share * (np.array(high) - np.array(low)),
                      **varied)


def tolerance(model: Model) -> float:
    """Of numbers that two roots of the same equation have; Pickett's is found by halving."""
    return 1e-9 if model.name == "pickett" else 1e-12


@ALL
@pytest.mark.parametrize(("integrator", "step_s", "series_ohm"), [
    ("euler", STEP_S, 0.0), ("euler-mid", 1.7 * STEP_S, 0.0), ("rk4", 4 * STEP_S, 0.0),
    ("auto", None, 0.0), ("rk4", None, 0.0), ("euler", STEP_S, 0.1),
])
def test_many_are_as_each_alone(
    model: Model, integrator: str, step_s: float | None, series_ohm: float
) -> None:
    many, waveform = devices(model), drive(model)
    series_ohm *= model.profile().r_min_ohm
    wanted_s = np.linspace(-1e-5, waveform.stop_s + 1e-5, 23)
    done = simulate_many(many, waveform, wanted_s=wanted_s, integrator=integrator, step_s=step_s,
                         series_ohm=series_ohm)
    load = Load(ohm=series_ohm)
    for k in range(DEVICES):
        one = many.device(k)
        alone = solve(one, load, ramps_of(waveform), float(many.x0[k]),
                      Method(integrator, step_s), wanted_s)
        x = alone.path.at(wanted_s)
        low, high = one.bounds
        close = 1e-9 if step_s is None else tolerance(model)  # of steps that errors choose
        assert np.abs(done.x[k] - x).max() <= close * (high - low)
        v_v = load.volts(one, waveform.value(wanted_s, "right"), done.x[k])
        i_a = one.current(v_v, done.x[k])
        assert done.i_a[k] == pytest.approx(i_a, rel=1e-9, abs=1e-12 * np.abs(i_a).max())
    assert done.integrator == alone.method.name


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_kept_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing goes to the folder of who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMRIG_CACHE", str(tmp_path_factory.mktemp("kernels")))
        yield


def compiled_and_not(model: Model, series_ohm: float) -> float:
    """Largest difference of the states of both engines, relative to the range."""
    many, waveform = devices(model), drive(model)
    wanted_s = np.linspace(0.0, waveform.stop_s, 23)
    found = [simulate_many(many, waveform, wanted_s=wanted_s, integrator="euler", step_s=STEP_S,
                           series_ohm=series_ohm, estimate=False, engine=engine)
             for engine in ("numba", "numpy")]
    assert [one.engine for one in found] == ["numba", "numpy"]
    low, high = model.bounds
    return float(np.abs(found[0].x - found[1].x).max() / (high - low))


@pytest.mark.parametrize("name", [name for name in models.names() if name != "pickett"])
def test_compiled_euler_has_the_same_numbers(name: str) -> None:
    pytest.importorskip("numba")
    assert compiled_and_not(models.create(name), 0.0) <= 1e-12


@pytest.mark.parametrize("name", ["yakopcic", "vteam"])
def test_compiled_euler_behind_a_load_has_the_same_numbers(name: str) -> None:
    pytest.importorskip("numba")
    model = models.create(name)
    assert compiled_and_not(model, 0.1 * model.profile().r_min_ohm) <= 1e-12


def test_a_law_with_a_loop_is_integrated_device_by_device() -> None:
    pytest.importorskip("numba")
    model = models.create("pickett")
    many, waveform = devices(model), drive(model)
    done = simulate_many(many, waveform, wanted_s=[waveform.stop_s], integrator="euler",
                         step_s=4 * STEP_S, estimate=False, engine="numba")
    assert done.engine == "numpy"
    assert np.isfinite(done.x).all()
