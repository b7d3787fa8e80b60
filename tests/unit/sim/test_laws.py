"""A law written for numbers gives the same for arrays, or says what it cannot."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest

from memrig.hil.errors import RequestError
from memrig.sim.models._law import for_arrays
from memrig.sim.plain import plain

HEIGHT = 3.0


def bent(z: float) -> float:
    if z > 1.0:
        return math.exp(-z)
    return z * z


def raised(z: float, offset: float = 0.5, to: float = 2.0) -> float:
    return math.pow(abs(z), to) + offset


class Model:
    gain = 2.0
    ends = (0.25, 4.0)
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

    def truth(self, v: float, x: float) -> float:
        return v or x

    def unknown(self, v: float, x: float) -> float:
        return v * charge  # type: ignore[name-defined]  # noqa: F821  # a mistake on purpose

    def open(self, v: float, x: float) -> float:  # type: ignore[return]  # a mistake on purpose
        if v > x:
            v = x

    def endless(self, v: float, x: float) -> float:
        return self.endless(v, x)

    def too_many(self, v: float, x: float) -> float:
        return self.lifted(v, x)  # type: ignore[call-arg]  # a mistake on purpose

    def unpacked(self, v: float, x: float) -> float:
        a, b = divmod(v, x)
        return a + b

    def packed(self, v: float, x: float) -> float:
        """Values of the model, of the module and of a call by name."""
        gain, low, high = self.gain, min(v, x, 0.1), self.ends[0]
        a: float = raised(v, to=3.0)
        low, high = high, low
        start, end = self.ends
        part = low * math.tau + (HEIGHT if v else high)
        return end * start * gain * a + part + math.log(3.0 + v, 2.0)


class Steeper(Model):
    gain = 3.0

    def branches(self, v: float, x: float) -> float:
        return 2.0 * super().branches(v, x)

    def lifted(self, v: float) -> float:
        return super().lifted(v) - x_of(v)


def x_of(v: float) -> float:
    return 0.1 * v


def test_a_law_may_call_that_of_the_class_above() -> None:
    v, x, model = np.linspace(-1.0, 1.0, 41), 0.3, Steeper()
    wanted = [model.branches(one, x) for one in v.tolist()]
    assert np.allclose(for_arrays(Steeper, "branches")(model, v, x), wanted, rtol=1e-14, atol=0.0)


@pytest.mark.parametrize("law", ["branches", "settled", "packed"])
def test_arrays_give_what_numbers_give(law: str) -> None:
    drawn = np.random.default_rng(0)
    v, x = drawn.uniform(-1, 1, 2000), drawn.choice([0.0, 0.2, 0.5, 0.95, 1.0], 2000)
    model = Model()
    wanted = [getattr(model, law)(a, b) for a, b in zip(v.tolist(), x.tolist(), strict=True)]
    assert np.allclose(for_arrays(Model, law)(model, v, x), wanted, rtol=1e-14, atol=0.0)


@pytest.mark.parametrize("law", ["branches", "settled", "packed"])
@pytest.mark.parametrize("model", [Model(), Steeper()], ids=["base", "heir"])
def test_plain_functions_give_what_the_law_gives(model: Model, law: str) -> None:
    written: Any = plain(cast("Any", model), law, "found")
    space: dict[str, Any] = {"math": math}
    exec("\n".join(written.functions), space)
    drawn = np.random.default_rng(0)
    v, x = drawn.uniform(-1, 1, 500), drawn.choice([0.0, 0.2, 0.5, 0.95, 1.0], 500)
    for a, b in zip(v.tolist(), x.tolist(), strict=True):
        assert space["found"](a, b, written.values) == getattr(model, law)(a, b)
    assert "self" not in "".join(written.functions)


def test_what_is_not_taken_does_not_warn_or_fail() -> None:
    found = for_arrays(Model, "branches")(Model(), np.array([-1.0, 0.9]), 0.1)
    assert np.isfinite(found).all()  # the root of -1 V in the branch that is not taken


def test_shapes_are_broadcast_even_if_the_law_ignores_an_argument() -> None:
    assert for_arrays(Model, "settled")(Model(), np.zeros((2, 1)), np.zeros(3)).shape == (2, 3)


ALLOWED = "; a law is made of assignments, if, return, math functions, and functions made of those"


@pytest.mark.parametrize(("law", "after", "sentence"), [
    ("loop", 1, "a law cannot hold this (for)" + ALLOWED),
    ("silent", 3, "a law cannot hold this (raise)" + ALLOWED),
    ("foreign", 1, "a law cannot hold this (call)" + ALLOWED),
    ("truth", 1, "a law cannot hold this (boolop)" + ALLOWED),
    ("unknown", 1, "a law cannot hold this (name)" + ALLOWED),
    ("endless", 1, "a law cannot call itself"),
    ("too_many", 1, "too many positional arguments"),
    ("unpacked", 1, "several values come from several expressions or from the model"),
    ("open", 2, "a law must end in a return on every way"),
])
def test_what_a_law_cannot_hold_is_named_with_its_line(
    law: str, after: int, sentence: str
) -> None:
    line = getattr(Model, law).__code__.co_firstlineno + after
    with pytest.raises(RequestError) as refused:
        for_arrays(Model, law)
    assert str(refused.value) == f"test_laws.py, line {line}, Model.{law}: {sentence}"
