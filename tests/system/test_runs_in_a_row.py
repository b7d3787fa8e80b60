"""A bench that stays open: what happens between two runs does nothing to the device."""

from __future__ import annotations

import pytest

from memrig.hil import execute, open_bench
from memrig.hil.registry import entries, load
from memrig.hil.run import Run


def read(run: Run) -> tuple[float, float]:
    return run.result.values["g_siemens"], run.result.values["u_siemens"]


@pytest.mark.parametrize("name", sorted(entries("twins")))
def test_the_second_run_begins_where_the_first_ended(name: str) -> None:
    with open_bench(name, seed=5) as bench:
        (first, u), (second, _), (third, _) = (
            read(execute(load("protocols", "read")(), bench, seed=1)) for _ in range(3))
    assert first == pytest.approx(second, abs=4.0 * u)
    assert first == pytest.approx(third, abs=4.0 * u)
