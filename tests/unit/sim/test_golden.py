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
from memrig.sim import Devices, models, simulate, simulate_many

# Cases whose parameters stand with another case.
SAME = {"chang_wox_stm_1kHz": "chang_wox_stm_pulses", "messaris_dut1_1kHz": "messaris_dut1_pulses"}
FINER = {"hp_joglekar_p10_1kHz": 40_000, "hp_joglekar_p10_1Hz": 40_000, "pershin_1kHz": 20_000,
         "pershin_50MHz": 20_000, "stanford_pku_1kHz": 20_000}
"""Points per period where the chords of the sine are seen in 1e-6."""
# Euler's error at 1e-5, 1e-6 and 1e-7 s, dx relative to the excursion, from the table there.
EULER = {
    "guseinov_zro2_1kHz": {1e-5: 1.4e-2, 1e-6: 1.4e-3, 1e-7: 1.4e-4},
    "yakopcic_boise_1kHz": {1e-5: 1.7e-2, 1e-6: 1.7e-3, 1e-7: 1.7e-4},
}
COARSE_EULER = {
    "hp_none_1kHz": 1.6e-2, "hp_joglekar_p1_1kHz": 1.6e-2, "hp_biolek_p2_1kHz": 5.8e-3,
    "hp_prodromakis_p2_1kHz": 6.3e-3, "hp_zha_p2_1kHz": 2.0e-3, "vteam_tio2dut1_1kHz": 1.4e-3,
    "vteam_rect_1kHz": 5.7e-2, "chang_wox_1kHz": 4.0e-3, "pershin_1kHz": 5.9e-3,
    "mss_knowm_1kHz": 3.6e-3, "stanford_pku_1kHz": 1.3e-1,
}
"""The same at 1e-6 s alone."""
CASES = (
    "hp_none_1Hz", "hp_joglekar_p1_1Hz", "hp_joglekar_p10_1Hz", "yakopcic_boise_100Hz",
    "vteam_default_50MHz", "pershin_50MHz", "mss_knowm_100Hz", "hp_none_1kHz",
    "hp_joglekar_p1_1kHz", "hp_joglekar_p10_1kHz", "hp_biolek_p2_1kHz", "hp_prodromakis_p2_1kHz",
    "hp_zha_p2_1kHz", "yakopcic_boise_1kHz", "vteam_tio2dut1_1kHz", "vteam_rect_1kHz",
    "chang_wox_1kHz", "guseinov_zro2_1kHz", "stanford_pku_1kHz", "pershin_1kHz",
    "mss_knowm_1kHz", "hp_none_pulses", "hp_joglekar_p1_pulses", "vteam_rect_pulses",
    "chang_wox_pulses", "chang_wox_stm_pulses", "guseinov_zro2_pulses", "pershin_pulses",
    "messaris_dut1_pulses",
)
STATELESS = ("vteam_rect_pulses", "chang_wox_pulses", "guseinov_zro2_pulses")
PER_PERIOD = 10_000


@pytest.fixture(scope="module")
def golden(shared_dir: Path) -> dict[str, Any]:
    text = (shared_dir / "models/golden/golden.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def reference(shared_dir: Path, case: dict[str, Any]) -> np.ndarray:
    return np.loadtxt(shared_dir / "models/golden" / case["file"], delimiter=",", skiprows=1)


def drive(case: dict[str, Any], per_period: int = PER_PERIOD) -> Waveform:
    d = case["drive"]
    if d["kind"] == "sine":
        n = per_period * d["periods"]
        phase = 2 * math.pi * np.arange(n + 1) / per_period
        t_s = np.linspace(0.0, d["periods"] / d["frequency_Hz"], n + 1)
        return Waveform(t_s=t_s, v_v=d["amplitude_V"] * np.sin(phase))
    write = np.where(np.arange(d["n_periods"]) < d["n_periods"] / 2,
                     d["first_half_write_V"], d["second_half_write_V"])
    zero = np.zeros_like(write)
    levels = np.stack([write, zero, zero + d["read_V"], zero, zero], axis=1).ravel()
    edges = d["slot_s"] * np.arange(levels.size + 1)
    centres = 0.5 * (edges[:-1] + edges[1:])  # where the reference has its rows
    return Waveform(t_s=np.ravel(np.stack([edges[:-1], centres, edges[1:]], axis=1)),
                    v_v=np.repeat(levels, 3))


def error(shared_dir: Path, case: dict[str, Any], integrator: str, step_s: float | None = None,
          per_period: int = PER_PERIOD) -> tuple[float, float]:
    """Largest deviation (state by its excursion, current by its maximum)."""
    model = models.from_golden(case["model"], case["params"])
    done = simulate(model, drive(case, per_period), x0=case["x0"], integrator=integrator,
                    step_s=step_s)
    ref = reference(shared_dir, case)
    x = np.interp(ref[:, 0], done.t_s, done.x)
    i_a = model.current(ref[:, 1], x)
    return (float(np.abs(x - ref[:, 3]).max() / (case["x_max"] - case["x_min"])),
            float(np.abs(i_a - ref[:, 2]).max() / np.abs(ref[:, 2]).max()))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("integrator", ["flow", "rk4"])
def test_exact_integrators_reproduce_the_trajectories(
    shared_dir: Path, golden: dict[str, Any], name: str, integrator: str
) -> None:
    case = golden[name]
    model = models.from_golden(case["model"], case["params"])
    if integrator == "flow" and not model.closed_form:
        with pytest.raises(RequestError, match=f"model {model.name} has no closed form"):
            simulate(model, drive(case), x0=case["x0"], integrator="flow")
        return
    dx, di = error(shared_dir, case, integrator, per_period=FINER.get(name, PER_PERIOD))
    assert dx <= 1e-6
    assert di <= 1e-6


def test_every_reference_trajectory_is_run(golden: dict[str, Any]) -> None:
    assert {name for name in golden if not name.startswith("trap")} <= {*CASES}


@pytest.mark.parametrize("name", sorted(COARSE_EULER))
def test_euler_at_a_microsecond_errs_as_the_table_says(
    shared_dir: Path, golden: dict[str, Any], name: str
) -> None:
    dx, _ = error(shared_dir, golden[name], "euler", 1e-6)
    assert COARSE_EULER[name] / 3 <= dx <= 1.2 * COARSE_EULER[name]


@pytest.mark.parametrize("name", sorted(EULER))
def test_fixed_euler_is_first_order(
    shared_dir: Path, golden: dict[str, Any], name: str
) -> None:
    found = {h: error(shared_dir, golden[name], "euler", h)[0] for h in EULER[name]}
    assert all(found[h] <= 1.2 * EULER[name][h] for h in found)
    assert found[1e-6] / found[1e-7] == pytest.approx(10.0, abs=1.5)
    assert found[1e-5] / found[1e-6] == pytest.approx(10.0, abs=1.5)


@pytest.mark.parametrize("name", [
    "guseinov_zro2_1kHz", "yakopcic_boise_1kHz", "vteam_tio2dut1_1kHz", "mss_knowm_1kHz",
    "chang_wox_stm_pulses", "messaris_dut1_pulses",
])
def test_adaptive_euler_keeps_its_word(
    shared_dir: Path, golden: dict[str, Any], name: str
) -> None:
    dx, _ = error(shared_dir, golden[name], "euler")
    assert dx <= 1e-4


@pytest.mark.parametrize("name", STATELESS)
@pytest.mark.parametrize(("integrator", "step_s"), [
    ("flow", None), ("rk4", None), ("euler", None), ("euler", 1e-5), ("euler", 1e-6),
    ("euler-mid", 1e-6),
])
def test_pulses_are_exact_for_a_rate_that_ignores_the_state(
    shared_dir: Path, golden: dict[str, Any], name: str, integrator: str, step_s: float | None
) -> None:
    dx, di = error(shared_dir, golden[name], integrator, step_s)
    assert dx <= 1e-11
    assert di <= 1e-11


@pytest.mark.parametrize("integrator", ["euler", "auto"])
@pytest.mark.parametrize("name", ["yakopcic_boise_1kHz", "guseinov_zro2_pulses"])
def test_a_batch_reproduces_the_trajectories(
    shared_dir: Path, golden: dict[str, Any], name: str, integrator: str
) -> None:
    case, ref = golden[name], reference(shared_dir, golden[name])
    many = Devices.of(models.from_golden(case["model"], case["params"]), 2, case["x0"])
    step_s = 1e-6 if integrator == "euler" else None
    done = simulate_many(many, drive(case), wanted_s=ref[:, 0], integrator=integrator,
                         step_s=step_s, estimate=False)
    dx = np.abs(done.x - ref[:, 3]).max() / (case["x_max"] - case["x_min"])
    assert dx <= (1.2 * EULER.get(name, {}).get(1e-6, 1e-11) if step_s else 1e-6)
    assert (done.x[0] == done.x[1]).all()


def test_static_points(shared_dir: Path, golden: dict[str, Any]) -> None:
    with (shared_dir / "models/golden/static_points.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 719
    for row in rows:
        model, tolerance = _model_of(row, golden)
        v, x = float(row["v_V"]), float(row["x"])
        for got, wanted in (
            (model.rate_at(v, x), row["dxdt"]), (float(model.rate(v, x)), row["dxdt"]),
            (model.current_at(v, x), row["i_A"]), (float(model.current(v, x)), row["i_A"]),
        ):
            # The reference itself is 0 but for rounding where two terms cancel.
            assert got == pytest.approx(float(wanted), rel=tolerance, abs=1e-12 * abs(v) + 1e-12
                                        if row["model"] == "MSS" else 0.0), row


def _model_of(row: dict[str, str], golden: dict[str, Any]) -> tuple[models.Model, float]:
    if row["model"] == "Pickett":
        return models.create("pickett"), 1e-9  # of the bisection inside
    case = golden[SAME.get(row["case"], row["case"])]
    return models.from_golden(row["model"], case["params"]), 1e-12


def test_unknown_reference_parameters_are_refused() -> None:
    with pytest.raises(RequestError, match="no reference parameter of yakopcic called 'alfap'"):
        models.from_golden("Yakopcic", {"alfap": 1.0})


@pytest.mark.parametrize("name", [
    "hp_none_1kHz", "hp_joglekar_p1_1kHz", "hp_biolek_p2_1kHz", "yakopcic_boise_100Hz",
    "pershin_50MHz", "mss_knowm_100Hz"])
def test_the_lobes_of_a_loop(name: str, shared_dir: Path, golden: dict[str, Any]) -> None:
    """Areas in the last period; equal for a symmetric window, and the loop is pinched."""
    case = golden[name]
    lobes = json.loads((shared_dir / "models/golden/analytic_checks.json").read_text("utf-8"))[
        "lobes_last_period"][name]
    model = models.from_golden(case["model"], case["params"])
    done = simulate(model, drive(case), x0=case["x0"], integrator="auto")
    last = done.t_s >= done.t_s[-1] * (1.0 - 1.0 / case["drive"]["periods"]) * (1.0 - 1e-12)
    v_v, i_a = done.v_v[last], done.i_a[last]
    for sign, key in ((1.0, "pos_lobe_VA"), (-1.0, "neg_lobe_VA")):
        one = sign * v_v > 0.0
        v, i = np.append(v_v[one], 0.0), np.append(i_a[one], 0.0)
        area = 0.5 * float(((i + np.roll(i, 1)) * (v - np.roll(v, 1))).sum())
        assert area == pytest.approx(lobes[key], rel=2e-5)
    assert model.current_at(0.0, case["x0"]) == 0.0
