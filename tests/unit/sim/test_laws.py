"""A law written for numbers gives the same for arrays, or says what it cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest

from memrig.hil.errors import RequestError
from memrig.sim.models._law import for_arrays


def bent(z: float) -> float:
    if z > 1.0:
        return math.exp(-z)
    return z * z


class Model:
    gain = 2.0
    kind = "steep"

    def lifted(self, v: float) -> float:
        return abs(v) + self.gain

    def branches(self, v: float, x: float) -> float:
        """Every form that a law may have."""
        a, b = 1.0, 2.0
        if v > 0.5 and x < 0.3:
            a = 3.0
            return a * math.pow(v, 0.5)
        if -0.2 <= v <= 0.2 or x == 0.5:
            b += 1.0
        if not x > 0.9:
            return b * self.lifted(v) + (1.0 if v > 0 else 2.0) + bent(x * 3.0)
        return min(a, x) * max(v, -0.5)

    def settled(self, v: float, x: float) -> float:
        if self.kind == "steep":
            return math.sinh(v) * x
        return math.sqrt(-1.0)  # would fail if it were taken

    def loop(self, v: float, x: float) -> float:
        for _ in range(3):
            v = v * x
        return v

    def silent(self, v: float, x: float) -> float:
        if v > x:
            return v
        raise ValueError(v)

    def foreign(self, v: float, x: float) -> float:
        return sum([v, x])


@pytest.mark.parametrize("law", ["branches", "settled"])
def test_arrays_give_what_numbers_give(law: str) -> None:
    drawn = np.random.default_rng(0)
    v, x = drawn.uniform(-1, 1, 2000), drawn.choice([0.0, 0.2, 0.5, 0.95, 1.0], 2000)
    model = Model()
    wanted = [getattr(model, law)(a, b) for a, b in zip(v.tolist(), x.tolist(), strict=True)]
    assert np.allclose(for_arrays(Model, law)(model, v, x), wanted, rtol=1e-14, atol=0.0)


def test_what_is_not_taken_does_not_warn_or_fail() -> None:
    found = for_arrays(Model, "branches")(Model(), np.array([-1.0, 0.9]), 0.1)
    assert np.isfinite(found).all()  # the root of -1 V in the branch that is not taken


def test_shapes_are_broadcast_even_if_the_law_ignores_an_argument() -> None:
    assert for_arrays(Model, "settled")(Model(), np.zeros((2, 1)), np.zeros(3)).shape == (2, 3)


@pytest.mark.parametrize(("law", "sentence"), [
    ("loop", r"Model\.loop, line 2 of it: arrays cannot follow this \(for\)"),
    ("silent", r"Model\.silent, line 4 of it: arrays cannot follow this \(raise\)"),
    ("foreign", r"Model\.foreign, line 2 of it: arrays cannot follow this \(call\)"),
])
def test_what_arrays_cannot_follow_is_named(law: str, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        for_arrays(Model, law)
