"""Reference trajectories made by DOP853 at 1e-12, and points of the right-hand sides."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.errors import RequestError
from memrig.sim import models, simulate

SINES = ("guseinov_zro2_1kHz", "yakopcic_boise_1kHz", "yakopcic_boise_100Hz")
PULSES = "guseinov_zro2_pulses"
OURS = {"Guseinov", "Yakopcic"}
# Euler's error at 1e-5, 1e-6 and 1e-7 s, dx relative to the excursion, from the table there.
EULER = {
    "guseinov_zro2_1kHz": {1e-5: 1.4e-2, 1e-6: 1.4e-3, 1e-7: 1.4e-4},
    "yakopcic_boise_1kHz": {1e-5: 1.7e-2, 1e-6: 1.7e-3, 1e-7: 1.7e-4},
}
PER_PERIOD = 10_000


@pytest.fixture(scope="module")
def golden(shared_dir: Path) -> dict[str, Any]:
    text = (shared_dir / "models/golden/golden.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def reference(shared_dir: Path, case: dict[str, Any]) -> np.ndarray:
    return np.loadtxt(shared_dir / "models/golden" / case["file"], delimiter=",", skiprows=1)


def drive(case: dict[str, Any]) -> Waveform:
    d = case["drive"]
    if d["kind"] == "sine":
        n = PER_PERIOD * d["periods"]
        phase = 2 * math.pi * np.arange(n + 1) / PER_PERIOD
        t_s = np.linspace(0.0, d["periods"] / d["frequency_Hz"], n + 1)
        return Waveform(t_s=t_s, v_v=d["amplitude_V"] * np.sin(phase))
    write = np.where(np.arange(d["n_periods"]) < d["n_periods"] / 2,
                     d["first_half_write_V"], d["second_half_write_V"])
    zero = np.zeros_like(write)
    levels = np.stack([write, zero, zero + d["read_V"], zero, zero], axis=1).ravel()
    edges = d["slot_s"] * np.arange(levels.size + 1)
    return Waveform(t_s=np.ravel(np.stack([edges[:-1], edges[1:]], axis=1)),
                    v_v=np.repeat(levels, 2))


def error(shared_dir: Path, case: dict[str, Any], integrator: str,
          step_s: float | None = None) -> tuple[float, float]:
    """Largest deviation (state by its excursion, current by its maximum)."""
    model = models.from_golden(case["model"], case["params"])
    done = simulate(model, drive(case), x0=case["x0"], integrator=integrator, step_s=step_s)
    ref = reference(shared_dir, case)
    x = np.interp(ref[:, 0], done.t_s, done.x)
    i_a = model.current(ref[:, 1], x)
    return (float(np.abs(x - ref[:, 3]).max() / (case["x_max"] - case["x_min"])),
            float(np.abs(i_a - ref[:, 2]).max() / np.abs(ref[:, 2]).max()))


@pytest.mark.parametrize("name", SINES)
@pytest.mark.parametrize("integrator", ["flow", "rk4", "auto"])
def test_exact_integrators_reproduce_the_sines(
    shared_dir: Path, golden: dict[str, Any], name: str, integrator: str
) -> None:
    dx, di = error(shared_dir, golden[name], integrator)
    assert dx <= 1e-6
    assert di <= 1e-6


@pytest.mark.parametrize("name", sorted(EULER))
def test_fixed_euler_is_first_order(
    shared_dir: Path, golden: dict[str, Any], name: str
) -> None:
    found = {h: error(shared_dir, golden[name], "euler", h)[0] for h in EULER[name]}
    assert all(found[h] <= 1.2 * EULER[name][h] for h in found)
    assert found[1e-6] / found[1e-7] == pytest.approx(10.0, abs=1.5)
    assert found[1e-5] / found[1e-6] == pytest.approx(10.0, abs=1.5)


@pytest.mark.parametrize("name", [*SINES, PULSES])
def test_adaptive_euler_keeps_its_word(
    shared_dir: Path, golden: dict[str, Any], name: str
) -> None:
    dx, _ = error(shared_dir, golden[name], "euler")
    assert dx <= 1e-4


@pytest.mark.parametrize(("integrator", "step_s"), [
    ("flow", None), ("rk4", None), ("euler", None), ("euler", 1e-5), ("euler", 1e-6),
    ("euler", 1e-7), ("euler-mid", 1e-6),
])
def test_pulses_are_exact_for_a_rate_that_ignores_the_state(
    shared_dir: Path, golden: dict[str, Any], integrator: str, step_s: float | None
) -> None:
    dx, di = error(shared_dir, golden[PULSES], integrator, step_s)
    assert dx <= 1e-11
    assert di <= 1e-11


def test_static_points(shared_dir: Path, golden: dict[str, Any]) -> None:
    with (shared_dir / "models/golden/static_points.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] in OURS]
    assert len(rows) >= 50
    for row in rows:
        model = models.from_golden(row["model"], golden[row["case"]]["params"])
        v, x = float(row["v_V"]), float(row["x"])
        for got, wanted in (
            (model.rate_at(v, x), row["dxdt"]), (float(model.rate(v, x)), row["dxdt"]),
            (model.current_at(v, x), row["i_A"]), (float(model.current(v, x)), row["i_A"]),
        ):
            assert got == pytest.approx(float(wanted), rel=1e-12, abs=0.0)


def test_unknown_reference_parameters_are_refused() -> None:
    with pytest.raises(RequestError, match="no reference parameter of yakopcic called 'alfap'"):
        models.from_golden("Yakopcic", {"alfap": 1.0})
