"""The laws of many devices of one model side by side, each with its own parameters.

The array laws are those of one model (``models/_law.py``); in the model's place stand its values,
of which those that differ between devices are arrays.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from itertools import zip_longest
from types import FunctionType, MethodType
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.sim.kernels import Laws
from memrig.sim.models._law import ArrayLaw, Floats, for_arrays
from memrig.sim.models._model import Model
from memrig.sim.models._reading import Law, read
from memrig.sim.traced import Tracer


class Lanes:
    """A model's laws for n devices at once; the last axis of every array is the devices'.

    :param varied: the parameters that differ, shape (n,) each.
    """

    def __init__(self, model: Model, varied: Mapping[str, Floats], count: int) -> None:
        self.model, self.varied, self.count = model, varied, count
        self._values = Values(model, varied)
        self._laws: dict[str, ArrayLaw] = {}

    @cached_property
    def devices(self) -> list[Model]:
        """One model per device; what their parameters make alike is made once."""
        if not self.varied:
            return [self.model] * self.count
        made = copies(self.model, self.varied)
        for one in made:
            vars(one).update(self._alike)
        return made

    @cached_property
    def _alike(self) -> dict[str, Any]:
        """What a model keeps and no parameter that differs has a part in; not what is filled
        later."""
        cls = type(self.model)
        kept = (name for name in dir(cls) if isinstance(
            inspect.getattr_static(cls, name), cached_property))
        found = {name: getattr(self.model, name) for name in kept
                 if not asked_for(self.model, name) & self.varied.keys()}
        return {name: value for name, value in found.items()
                if not isinstance(value, dict | list | set)}

    def rate(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """dx/dt, per second."""
        return self._law("rate", self.model.orientation * np.asarray(v_v, dtype=float), x)

    def current(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Current, amperes."""
        turned = self.model.orientation
        return turned * self._law("current", turned * np.asarray(v_v, dtype=float), x)

    def slope(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """di/dv, siemens."""
        return self._law("slope", self.model.orientation * np.asarray(v_v, dtype=float), x)

    @property
    def side_by_side(self) -> bool:
        """Whether the state's laws are made from those for numbers, and so for all at once."""
        cls = type(self.model)
        return all(getattr(cls, name) is getattr(Model, name)
                   for name in ("native_rate", "native_current", "native_slope"))

    def _law(self, name: str, v_v: Floats, x: npt.ArrayLike) -> Floats:
        own: Callable[[npt.ArrayLike, npt.ArrayLike], Floats]
        if not self.varied:
            own = getattr(self.model, f"native_{name}")
            return own(v_v, x)
        if self.side_by_side:
            if name not in self._laws:
                self._laws[name] = self._made(f"native_{name}_at")
            return self._laws[name](self._values, v_v, x)
        v, s = np.broadcast_arrays(v_v, np.asarray(x, dtype=float))
        parts = [getattr(device, f"native_{name}")(v[..., k], s[..., k])
                 for k, device in enumerate(self.devices)]
        return np.stack(parts, axis=-1)

    def turned(self, u_v: Floats) -> Floats:
        """Voltages in the model's own direction."""
        return np.ascontiguousarray(u_v if self.model.orientation > 0 else -u_v)

    def laws(self) -> Laws:
        """The model's laws as they were read."""
        cls: Any = type(self.model)
        return Laws(*(read(cls, f"native_{name}_at") for name in ("rate", "current", "slope")))

    def tracer(self) -> Tracer:
        """Reads laws with the values of these devices."""
        laws = self.laws()
        return Tracer(self._values, self._differing(laws.rate, laws.current, laws.slope))

    def _differing(self, *laws: Law) -> frozenset[str]:
        """The values in laws that are not one for all devices."""
        names = set[str]().union(*map(values_of, laws))
        return frozenset(name for name in names
                         if asked_for(self.model, name) & self.varied.keys())

    def _made(self, name: str) -> ArrayLaw:
        """A law in which what differs between devices settles nothing."""
        cls: Any = type(self.model)
        return for_arrays(cls, name, self._differing(read(cls, name)))

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Smallest and largest states, shape (n,) each."""
        low, high = (np.full(self.count, one, dtype=float) for one in self._values.bounds)
        return low, high

    @cached_property
    def kinks(self) -> Floats:
        """Voltages at which a rate is not smooth, shape (kinks, n); NaN where one has fewer."""
        turned = self.model.orientation
        rows = [np.broadcast_to(turned * np.asarray(one, dtype=float), self.count)
                for one in self._values.native_kinks]
        return np.array(rows).reshape(len(rows), self.count)

    @property
    def closed_form(self) -> bool:
        """Whether all devices have one."""
        return bool(np.asarray(self._values.closed_form).all())


class Values:
    """What a law reads of its model: a number where it is the same for all devices, else an array.

    A value that is made of others is made for every device as the model makes it.
    """

    def __init__(self, model: Model, varied: Mapping[str, Floats]) -> None:
        self._model, self._varied = model, varied
        self.__dict__.update(varied)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self._model, name)
        if self._varied and asked_for(self._model, name) & self._varied.keys():
            found = _side_by_side([getattr(one, name) for one in self._copies])
        self.__dict__[name] = found  # asked for at every step
        return found

    @cached_property
    def _copies(self) -> list[Model]:
        return copies(self._model, self._varied)


def copies(model: Model, varied: Mapping[str, Floats]) -> list[Model]:
    """One model per device, whose values have been checked before."""
    cls = type(model)
    kept = {name: value for name, value in vars(model).items()
            if not isinstance(inspect.getattr_static(cls, name, None), cached_property)}
    rows = zip(*(values.tolist() for values in varied.values()), strict=True)
    found = []
    for row in rows:
        one = object.__new__(cls)
        one.__dict__.update(kept)
        one.__dict__.update(zip(varied, row, strict=True))
        found.append(one)
    return found


def _side_by_side(values: Sequence[Any]) -> Any:
    """Numbers as an array; tuples of numbers as a tuple of arrays, filled up with NaN."""
    if not isinstance(values[0], tuple):
        return np.array(values)
    return tuple(np.array(column) for column in zip_longest(*values, fillvalue=np.nan))


@cache
def values_of(law: Law) -> frozenset[str]:
    """The values of its model that a law reads."""
    own = frozenset(node.attr for line in law.body for node in ast.walk(line)
                    if isinstance(node, ast.Attribute))
    return own.union(*map(values_of, law.calls.values()))


def asked_for(model: Model, name: str) -> set[str]:
    """The parameters on which a value of a model depends.

    As long as none of those that are read differs, the same way is taken, and no other is read.
    """
    watched = _Watched(model)
    try:
        getattr(watched, name)
    except (AttributeError, TypeError):  # super(), for one, wants the model itself
        return set(type(model).specs())
    return watched.seen


class _Watched:
    """A model that takes down which of its parameters are read."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.seen: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        found = inspect.getattr_static(type(self._model), name, None)
        if isinstance(found, property) and found.fget is not None:
            return found.fget(self)
        if isinstance(found, cached_property):
            return found.func(self)
        if isinstance(found, FunctionType):
            return MethodType(found, self)
        self.seen.add(name)
        return getattr(self._model, name)
