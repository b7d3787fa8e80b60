"""Device to device: every device's own parameters, and which ones are stuck.

The numbers of device 7 are those of device 7 in a batch of any size, wherever the batch begins.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import unknown
from memrig.sim.models._model import Model
from memrig.sim.nonidealities import NonIdealities
from memrig.sim.spread import Law, Spread
from memrig.sim.streams import Floats, normals, uniforms

Signs = npt.NDArray[np.int8]
TRIES = 50


def varied(
    model: Model, given: NonIdealities, count: int, *, seed: int, first: int = 0
) -> dict[str, Floats]:
    """The parameters that differ from device to device, each of shape (count,).

    A value that its parameter does not allow, or of the other sign, is drawn again.

    :param first: number of the first device.
    :raises RequestError: for a parameter that is no number, or a spread that allows no value.
    """
    found = {}
    for spread in spreads_of(model, given):
        found[spread.parameter] = _drawn(model, spread, count, seed, first)
    return found


def stuck(given: NonIdealities, count: int, *, seed: int, first: int = 0) -> Signs:
    """Which devices never switch, shape (count,): -1 at the lowest conductance, 1 at the highest,
    0 for those that do switch."""
    even = uniforms(seed, "stuck", count=count, first=first)
    off = even < given.stuck * given.stuck_off_share
    signs = np.where(off, -1, np.where(even < given.stuck, 1, 0))
    return np.asarray(signs, dtype=np.int8)


def one_of(model: Model, given: NonIdealities, *, seed: int, device: int = 0) -> Model:
    """The model of one device, by its number."""
    found = varied(model, given, 1, seed=seed, first=device)
    own: dict[str, Any] = {name: float(values[0]) for name, values in found.items()}
    return dataclasses.replace(model, **own) if own else model


@dataclass(frozen=True, slots=True)
class StuckDevice:
    """A device that passes the current of its model and never changes."""

    model: Model

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of its model."""
        return self.model.bounds

    def rate_at(self, v_v: float, x: float) -> float:
        """Nothing moves it."""
        return 0.0

    def current_at(self, v_v: float, x: float) -> float:
        """The current of its model, amperes."""
        return self.model.current_at(v_v, x)

    def slope_at(self, v_v: float, x: float) -> float:
        """di/dv of its model, siemens."""
        return self.model.slope_at(v_v, x)


def lasting_device(
    model: Model, given: NonIdealities, *, seed: int, device: int = 0, x0: float
) -> tuple[Model | StuckDevice, float]:
    """One device by its number as it is for its whole life, and the state that it begins in."""
    own = one_of(model, given, seed=seed, device=device)
    sign = int(stuck(given, 1, seed=seed, first=device)[0])
    if sign:
        return StuckDevice(own), stuck_state(own, sign)
    return own, x0 if own is model else own.bounded(x0)


def stuck_state(model: Model, sign: int) -> float:
    """The bound of the lowest (-1) or the highest (1) conductance."""
    low, high = model.bounds
    read_v = abs(model.profile().v_read_max_v)
    rises = model.current_at(read_v, high) > model.current_at(read_v, low)
    return high if rises == (sign > 0) else low


def spreads_of(model: Model, given: NonIdealities) -> Iterator[Spread]:
    """The spread of every parameter once; one that is named has its own.

    :raises RequestError: for a spread of what the model does not have.
    """
    named = {spread.parameter: spread for spread in given.spreads}
    groups: tuple[tuple[str, float, Law], ...] = (
        ("rates", given.rate_spread, "lognormal"),
        ("thresholds", given.threshold_spread, "lognormal"),
        ("conduction", given.conduction_spread, "normal"))
    for kind, sigma_rel, law in groups:
        group: tuple[str, ...] = getattr(model, kind)
        if sigma_rel and not group:
            message = (
                f"{model.name}: a spread of its {kind} was asked, and it names none; "
                "spread=NAME=5% varies a parameter by its name")
            raise RequestError(message)
        for name in group:
            spread = named.pop(name, Spread(name, sigma_rel))
            if spread.sigma_rel:
                yield dataclasses.replace(spread, law=spread.law or law)
    for spread in named.values():
        yield dataclasses.replace(spread, law=spread.law or "normal")


def check_number(model: Model, name: str) -> None:
    """Refuse a name that is no parameter of the model, or one that cannot vary.

    :raises UnknownNameError: with the nearest names there are.
    :raises RequestError: for a word, a switch or a whole number.
    """
    specs = model.specs()
    if name not in specs:
        raise UnknownNameError(unknown(f"parameter of {model.name}", name, specs))
    if model.kind(name) is not float:
        raise RequestError(f"{model.name}, {name}: it is no number that could vary")


def _drawn(model: Model, spread: Spread, count: int, seed: int, first: int) -> Floats:
    name = spread.parameter
    check_number(model, name)
    spec, nominal = model.specs()[name], getattr(model, name)
    values = np.full(count, np.nan)
    for again in range(TRIES):
        drawn = spread.factors(normals(seed, "spread", name, again, count=count, first=first))
        tried = nominal * drawn
        fits = np.isnan(values) & (drawn > 0.0) & (tried >= spec.low) & (tried <= spec.high)
        values[fits] = tried[fits]
        if not np.isnan(values).any():
            return values
    message = (
        f"{model.name}, {name}: a spread of {100 * spread.sigma_rel:g} % was asked; it leaves too "
        "little of what is allowed")
    raise RequestError(message)
