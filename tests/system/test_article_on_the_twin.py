"""The article's figures through real drivers, and three benches that say the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from memrig.hil import Overlay, Run, execute
from memrig.hil.calibration import Calibration
from memrig.hil.opening import checked_twin, open_description
from memrig.hil.registry import load
from memrig.sim import SimulatedBench, models

TOTAL_OHM = 1100.0
"""Series resistance that every bench has: the sources' 50 ohm included."""
BENCHES: dict[str, dict[str, Any]] = {
    "twin": {"series_ohm": TOTAL_OHM - 100.0}, "twin-single": {"series_ohm": TOTAL_OHM - 50.0},
    "twin-smu": {"series_ohm": TOTAL_OHM},
}
WINDOW = {"dt": "-1ms, 1ms", "order": "ascending", "tolerance": "1", "sham": "0", "pre_only": "0",
          "post_only": "0", "reversed_pairs": "0"}


def test_the_window_on_the_twin_is_the_articles(memrig: Callable[..., Any]) -> None:
    """Post after pre potentiates (first quadrant with W = R), pre after post depresses."""
    found = memrig("run", "stdp", "--bench", "twin", "--overlay", "guseinov", "--seed", "5",
                   "-p", "points=2", "-p", "dt_max=4ms", "--json").json
    result = found["result"]
    by_delay = dict(zip(result["dt_s"], result["dw_article_percent"], strict=True))
    limit = 100.0 * result["detection_limit_rel"]
    assert all(dw > limit for dt, dw in by_delay.items() if dt > 0)
    assert all(dw < -limit for dt, dw in by_delay.items() if dt < 0)
    assert abs(by_delay[0.0]) < abs(by_delay[1e-3])
    assert found["simulated"]
    assert found["overlay"]["model"] == "guseinov"
    assert found["overlay"]["drive"] == "plan"


@cache
def window(name: str) -> Run:
    """One spike pair of either order from the same state on one calibrated bench."""
    ready = load("twins", name)()
    bench = {**ready["bench"], "netlist": BENCHES[name]}
    description = {**ready, "bench": bench}
    calibration: Calibration = checked_twin(description, seed=4)
    overlay = Overlay(bench=SimulatedBench(models.create("guseinov"), integrator="auto"))
    with open_description(description, calibration, 4) as opened:
        return execute(load("protocols", "stdp").from_text(WINDOW), opened, overlay=overlay,
                       seed=4)


@pytest.mark.parametrize("name", BENCHES)
def test_no_guard_takes_a_spike_pair_on_a_healthy_device_for_a_fault(name: str) -> None:
    run = window(name)
    assert (run.status, run.alerts) == ("finished", ())


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(BENCHES, 2)))
def test_benches_of_equal_series_resistance_agree(one: str, other: str) -> None:
    first, second = (window(name).comparison for name in (one, other))
    assert first is not None
    assert second is not None
    a, b = first.increments, second.increments
    assert a is not None
    assert b is not None
    apart = a.measured_siemens - b.measured_siemens
    u_siemens = np.hypot(a.u_siemens, b.u_siemens)
    assert a.measured_siemens.size == 2
    assert (np.abs(apart) < 3.0 * u_siemens).all()
    assert (u_siemens < 0.25 * np.abs(a.measured_siemens)).all()
