"""Every model keeps its promises; one that does not is found out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import pytest

from memrig.sim import models
from memrig.sim.models._flows import Flow
from memrig.sim.models._law import Floats
from memrig.sim.models.pershin import Pershin

SETS = [(name, one) for name in models.names() for one in type(models.create(name)).sets]
KNOWN = {
    ("mss", "pd-wo3-w"): {"no current at 0 V"},  # as published
    ("hp", "biolek-5c"): {"the closed form is what rk4 finds"},  # its window lets rk4 stick
    ("pickett", "tio2"): {"the slope is the current's"},  # held where Simmons' form ends
}


@pytest.mark.parametrize(("name", "chosen"), SETS)
def test_every_published_set_keeps_what_is_promised(name: str, chosen: str) -> None:
    found = models.check(models.create(name, set=chosen))
    assert {one.promise for one in found if not one.kept} == KNOWN.get((name, chosen), set())


@dataclass(frozen=True, kw_only=True)
class Wrong(Pershin):
    """All that can be wrong with a model, by a word each."""

    name: ClassVar[str] = "wrong"
    fault: ClassVar[str] = ""

    def native_rate_at(self, v_v: float, x: float) -> float:
        if self.fault == "overflow":
            return math.exp(1e3 * abs(v_v))
        if self.fault == "direction":
            return -super().native_rate_at(v_v, x)
        return self.beta * v_v

    def native_current_at(self, v_v: float, x: float) -> float:
        if self.fault == "open":
            return v_v / x + 1e-6
        return (-v_v if self.fault == "sign" else v_v) / x

    def native_slope_at(self, v_v: float, x: float) -> float:
        return (3.0 if self.fault == "slope" else 1.0) / x

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        return super().native_flow(v0_v, v1_v, 2.0 * dt_s)

    @property
    def closed_form(self) -> bool:
        return self.fault == "flow"

    @property
    def x0(self) -> float:
        return 1e6 if self.fault == "start" else 5e3


@pytest.mark.parametrize(("fault", "promise", "problem"), [
    ("overflow", "rate, current and slope are finite",
     "rate_at at -7.5 V and state 1000: math range error"),
    ("open", "no current at 0 V", "1e-06 A flow at 0 V and state 1000"),
    ("sign", "the current has the voltage's sign", "at -7.5 V and state 1000"),
    ("slope", "the slope is the current's", "at -7.5 V and state 1000"),
    ("direction", "SET raises the conductance, RESET does not",
     "v_set -5 V of its profile does not raise the conductance"),
    ("start", "the state stays within its bounds",
     "x0 1e+06 lies outside of its bounds, 1000 to 10000"),
    ("flow", "the closed form is what rk4 finds", "they differ by "),
])
def test_a_broken_promise_is_found(
    fault: str, promise: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wrong, "fault", fault)
    found = {one.promise: one.problem for one in models.check(Wrong())}
    assert found[promise].startswith(problem)
