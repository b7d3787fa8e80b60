"""What a model promises, tried out: for a model of one's own, before it is used."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import MemrigError
from memrig.hil.waveform import Waveform
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model

LEVELS, STATES = 41, 11
"""Points of the plane of voltage and state."""
NUMBERS_REL = 1e-12
SLOPE_REL = 1e-4
FLOW_REL = 1e-5
"""A step of rk4 that crosses a kink of the state errs by less."""
STEP_V = 1e-4
FINE = 1000
"""Steps of a pulse that the closed form is held against."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise, and where it is broken; kept where ``problem`` is empty."""

    promise: str
    problem: str

    @property
    def kept(self) -> bool:
        """Whether nothing was found."""
        return not self.problem


def check(model: Model) -> list[Finding]:
    """Try out what everything that uses a model relies on.

    Voltages are those that the model's profile allows, states all between its bounds.
    """
    v_v, x = _plane(model)
    return [Finding(promise, _tried(test, model, v_v, x)) for promise, test in _PROMISES.items()]


Test = Callable[[Model, Floats, Floats], str]


def _tried(test: Test, model: Model, v_v: Floats, x: Floats) -> str:
    try:
        return test(model, v_v, x)
    except (MemrigError, ArithmeticError, ValueError) as error:
        return str(error) or type(error).__name__


def _plane(model: Model) -> tuple[Floats, Floats]:
    """Voltages and states, shape (n,) each, without 0 V."""
    profile, (low, high) = model.profile(), model.bounds
    levels = np.linspace(profile.v_min_v, profile.v_max_v, LEVELS)
    levels = levels[levels != 0.0]
    pairs = np.array(list(itertools.product(levels, np.linspace(low, high, STATES))))
    return pairs[:, 0], pairs[:, 1]


def _worst(wrong: npt.NDArray[np.bool_], v_v: Floats, x: Floats) -> str:
    """The first point where something is wrong."""
    where = np.flatnonzero(wrong)
    return f"at {v_v[where[0]]:g} V and state {x[where[0]]:g}" if where.size else ""


def _points(v_v: Floats, x: Floats) -> Iterator[tuple[float, float]]:
    return zip(v_v.tolist(), x.tolist(), strict=True)


def _are_finite(model: Model, v_v: Floats, x: Floats) -> str:
    for law in (model.rate_at, model.current_at, model.slope_at):
        for v, s in _points(v_v, x):
            try:
                found = law(v, s)
            except (ArithmeticError, ValueError) as error:
                return f"{law.__name__} at {v:g} V and state {s:g}: {error}"
            if not np.isfinite(found):
                return f"{law.__name__} at {v:g} V and state {s:g} is {found:g}"
    return ""


def _are_alike(model: Model, v_v: Floats, x: Floats) -> str:
    for number, array in ((model.rate_at, model.rate), (model.current_at, model.current),
                          (model.slope_at, model.slope)):
        one_by_one = np.array([number(v, s) for v, s in _points(v_v, x)])
        far = np.abs(array(v_v, x) - one_by_one) > NUMBERS_REL * np.abs(one_by_one).max()
        if where := _worst(far, v_v, x):
            return f"{array.__name__} {where}"
    return ""


def _is_pinched(model: Model, v_v: Floats, x: Floats) -> str:
    del v_v
    for state in x.tolist():
        if current := model.current_at(0.0, state):
            return f"{current:g} A flow at 0 V and state {state:g}"
    return ""


def _has_sign(model: Model, v_v: Floats, x: Floats) -> str:
    return _worst(model.current(v_v, x) * v_v < 0.0, v_v, x)


def _is_slope(model: Model, v_v: Floats, x: Floats) -> str:
    step = STEP_V * np.maximum(np.abs(v_v), STEP_V)
    found = (model.current(v_v + step, x) - model.current(v_v - step, x)) / (2.0 * step)
    slope = model.slope(v_v, x)
    return _worst(np.abs(found - slope) > SLOPE_REL * np.abs(slope).max(), v_v, x)


def _moves(model: Model, v_v: Floats, x: Floats) -> str:
    """SET must raise the conductance, RESET not; a volatile state does the latter by itself."""
    del v_v
    profile, middle = model.profile(), float(np.median(x))
    low, high = model.bounds
    read_v = profile.v_read_max_v
    grows = 1.0 if model.conductance(read_v, high) >= model.conductance(read_v, low) else -1.0
    up, down = (grows * model.rate_at(v, middle) for v in (profile.v_set_v, profile.v_reset_v))
    if up <= 0.0:
        return f"v_set {profile.v_set_v:g} V of its profile does not raise the conductance"
    if down > 0.0:
        return f"v_reset {profile.v_reset_v:g} V of its profile raises the conductance"
    if profile.set_polarity != model.polarity:
        return f"its polarity is {model.polarity:+d}, that of its profile {profile.set_polarity:+d}"
    return ""


def _stays(model: Model, v_v: Floats, x: Floats) -> str:
    del v_v, x
    from memrig.sim.simulation import simulate  # noqa: PLC0415  # knows the models itself

    low, high = model.bounds
    if not low <= model.x0 <= high:
        return f"x0 {model.x0:g} lies outside of its bounds, {low:g} to {high:g}"
    found = simulate(model, _pulses(model), x0=model.x0, integrator="rk4").x
    room = 1e-9 * (high - low)
    outside = found[(found < low - room) | (found > high + room) | ~np.isfinite(found)]
    return f"it comes to {outside[0]:g}" if outside.size else ""


def _is_exact(model: Model, v_v: Floats, x: Floats) -> str:
    del v_v, x
    from memrig.sim.simulation import simulate  # noqa: PLC0415  # knows the models itself

    if not model.closed_form:
        return ""
    wave = _pulses(model)
    exact, steps = (
        simulate(model, wave, x0=model.x0, integrator=name, step_s=step_s)
        for name, step_s in (("flow", None), ("rk4", model.profile().pulse_s / FINE)))
    corners = wave.vertices()[0]
    ends = (np.interp(corners, one.t_s, one.x) for one in (exact, steps))
    far = float(np.abs(np.subtract(*ends)).max()) / max(float(np.ptp(steps.x)), 1e-300)
    return f"they differ by {far:.1e} of the excursion" if far > FLOW_REL else ""


def _pulses(model: Model) -> Waveform:
    """Triangles and rectangles of both polarities, as long as the profile's pulse."""
    profile = model.profile()
    t_s: list[float] = [0.0]
    v_v: list[float] = [0.0]
    for level in (profile.v_set_v, profile.v_reset_v):
        t_s += [t_s[-1] + part * profile.pulse_s for part in (0.5, 1.0, 1.0, 2.0, 2.0, 2.5)]
        v_v += [level, 0.0, level, level, 0.0, 0.0]
    return Waveform(t_s=t_s, v_v=v_v)


def _has_deck(model: Model, v_v: Floats, x: Floats) -> str:
    del v_v, x
    from memrig.hil.netlist import ideal  # noqa: PLC0415  # only for this
    from memrig.sim.spice import deck  # noqa: PLC0415  # knows the models itself

    deck(model, ideal(), {}, x0=model.x0, stop_s=1.0, step_s=0.1, out="table")
    return ""


_PROMISES: dict[str, Test] = {
    "rate, current and slope are finite": _are_finite,
    "arrays give what numbers give": _are_alike,
    "no current at 0 V": _is_pinched,
    "the current has the voltage's sign": _has_sign,
    "the slope is the current's": _is_slope,
    "SET raises the conductance, RESET does not": _moves,
    "the state stays within its bounds": _stays,
    "the closed form is what rk4 finds": _is_exact,
    "ngspice can be given its law": _has_deck,
}
