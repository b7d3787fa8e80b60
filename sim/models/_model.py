"""What every memristor model is: declared parameters, a rate and a current."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import Parameters, parameter, unknown
from memrig.hil.profile import Profile
from memrig.sim.models._flows import Flow
from memrig.sim.models._law import Floats, for_arrays
from memrig.sim.models._roots import false_position
from memrig.sim.models._separable import OneWay

ROUNDING = 1e-9
"""What the arithmetic leaves of a rate that is none, relative to one that is."""
SLOPE_V = 1e-6
Value = float | str
"""Of a parameter: a number, or a word where there is a choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSet:
    """Parameters as somebody published them.

    :param grade: ``T`` read in the paper, ``S`` in source code, ``D`` derived from one of these,
        ``R`` recalled only.
    :param profile: a device profile that suits them.
    """

    values: Mapping[str, Value]
    x0: float
    source: str
    grade: str
    profile: Profile

    def __str__(self) -> str:
        return f"{self.source} (grade {self.grade})"


@dataclass(frozen=True, kw_only=True)
class Model(Parameters):
    """Base of all models: ``dx/dt = rate(v, x)``, ``i = current(v, x)``.

    Voltages are top against bottom, volts; currents amperes; the state is in the model's unit
    and stays within ``bounds``, where it is held while the rate points outwards.
    """

    name: ClassVar[str]
    native_polarity: ClassVar[int]
    """+1 where a positive voltage raises the conductance as published, -1 where it lowers it."""
    equations: ClassVar[str]
    source: ClassVar[str]
    sets: ClassVar[Mapping[str, ParameterSet]]
    golden: ClassVar[Mapping[str, str]] = {}
    """Names of the parameters in the reference trajectories, by our own."""
    behind: ClassVar[tuple[str, str]] = ("", "")
    """Of a model whose current is found by a loop: the name of its resistance in series, and of
    the law of the current behind it, from which a circuit simulator finds the same."""
    thresholds: ClassVar[tuple[str, ...]] = ()
    """Parameters that say where switching begins; their spread is lognormal."""
    rates: ClassVar[tuple[str, ...]] = ()
    """Parameters that the rate is proportional to, or their inverse; their spread is lognormal."""
    conduction: ClassVar[tuple[str, ...]] = ()
    """Parameters that the bounds of the conductance follow; their spread is normal."""
    orientation: int = parameter(1, unit="1", low=-1, high=1, advanced=True,
                                 help="-1 connects the device the other way round")

    def __getstate__(self) -> dict[str, Any]:
        """The parameters; what was made of them is made again where the model comes to."""
        return {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}

    @abstractmethod
    def native_rate_at(self, v_v: float, x: float) -> float:
        """dx/dt at one point as published."""

    @abstractmethod
    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point as published."""

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point as published; by default the current's difference over 2 uV, which
        needs a law of the current that is smooth there."""
        rise = self.native_current_at(v_v + SLOPE_V, x) - self.native_current_at(v_v - SLOPE_V, x)
        return rise / (2.0 * SLOPE_V)

    def native_rate(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """dx/dt of broadcast arrays as published; by default made from ``native_rate_at``."""
        return self._for_arrays("native_rate_at", v_v, x)

    def native_current(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Current of broadcast arrays as published; by default made from its law."""
        return self._for_arrays("native_current_at", v_v, x)

    def native_slope(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """di/dv of broadcast arrays as published; by default made from its law."""
        return self._for_arrays("native_slope_at", v_v, x)

    def _for_arrays(self, law: str, *given: npt.ArrayLike) -> Floats:
        cls: Any = type(self)
        return for_arrays(cls, law)(self, *given)

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest state, in its unit."""
        return 0.0, 1.0

    @property
    def closed_form(self) -> bool:
        """Whether there is a ``native_flow``."""
        return False

    @property
    def rate_is_stateless(self) -> bool:
        """Whether the rate depends on the voltage alone."""
        return False

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """Voltages at which the rate is not smooth, ascending, as published; by default none."""
        return ()

    @property
    def state_kinks(self) -> tuple[float, ...]:
        """States between the bounds at which the rate is not smooth, ascending."""
        return ()

    @property
    def native_ways(self) -> OneWay | None:
        """How a state moves that each ramp moves by its action, by ``native_action_at``."""
        return None

    def native_action_at(self, v0_v: float, v1_v: float, dt_s: float) -> float:
        """What moves a state along its ways over one ramp that crosses no kink: a law."""
        raise RequestError(f"model {self.name} has no closed form; use integrator rk4")

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """How the state goes over linear ramps that cross no kink, shape (n,) each; by default
        along its ways."""
        ways = self.native_ways
        if ways is None:
            raise RequestError(f"model {self.name} has no closed form; use integrator rk4")
        return ways.flow(self._for_arrays("native_action_at", v0_v, v1_v, dt_s))

    def rate_at(self, v_v: float, x: float) -> float:
        """dx/dt at one point, per second, without regard to the bounds."""
        return self.native_rate_at(self.orientation * v_v, x)

    def current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        return self.orientation * self.native_current_at(self.orientation * v_v, x)

    def slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens."""
        return self.native_slope_at(self.orientation * v_v, x)

    def rate(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """dx/dt, per second, of broadcast arrays."""
        return self.native_rate(self.orientation * np.asarray(v_v, dtype=float), x)

    def current(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Current, amperes, of broadcast arrays."""
        v = self.orientation * np.asarray(v_v, dtype=float)
        return np.asarray(self.orientation * self.native_current(v, x))

    def slope(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """di/dv, siemens, of broadcast arrays."""
        return self.native_slope(self.orientation * np.asarray(v_v, dtype=float), x)

    @property
    def kinks(self) -> tuple[float, ...]:
        """Voltages at which the rate is not smooth, ascending."""
        return tuple(sorted(self.orientation * v for v in self.native_kinks))

    @property
    def dead_zone_v(self) -> tuple[float, float] | None:
        """Thresholds between which no state moves, volts, ascending; None where there are none."""
        ends = (max((v for v in self.kinks if v < 0.0), default=0.0),
                min((v for v in self.kinks if v > 0.0), default=0.0))
        if 0.0 in ends:
            return None
        states = np.linspace(*self.bounds, 5)
        within, beyond = (np.abs(self.rate(k * np.array(ends)[:, None], states)).max()
                          for k in (0.5, 2.0))
        return ends if within <= ROUNDING * beyond else None

    @property
    def polarity(self) -> int:
        """+1 where a positive voltage raises the conductance, -1 where it lowers it."""
        return self.native_polarity * self.orientation

    def flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """How the state goes over linear ramps that cross no kink, shape (n,) each.

        :raises RequestError: for a model without a closed form.
        """
        return self.native_flow(self.orientation * v0_v, self.orientation * v1_v, dt_s)

    def validate(self) -> None:
        """An orientation is one of two."""
        if self.orientation == 0:
            raise RequestError(f"{self.name}: orientation 0 was asked; allowed: 1 or -1")

    def ascending(self, low: str, high: str) -> None:
        """Refuse two parameters of one unit, by name, unless the first is the smaller."""
        unit = self.specs()[low].unit.removeprefix("1")
        first, second = (f"{name} {getattr(self, name):g} {unit}".rstrip() for name in (low, high))
        if not getattr(self, low) < getattr(self, high):
            message = f"{self.name}: {first} and {second} were asked; {low} must be the smaller"
            raise RequestError(message)

    def conductance(self, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """i/v, siemens; at 0 V its limit, the slope."""
        v = np.asarray(v_v, dtype=float)
        safe = np.where(v == 0.0, 1.0, v)
        ratio = self.current(v, x) / safe
        return np.where(v == 0.0, self.slope(0.0, x), ratio)

    def bounded(self, x: float) -> float:
        """The nearest state within the bounds."""
        low, high = self.bounds
        return min(max(x, low), high)

    def state_from_current(self, v_v: float, i_a: float) -> float:
        """The state that passes ``i_a`` at ``v_v``; the nearest bound where none does.

        The current changes in one direction with the state.
        """
        low, high = self.bounds
        miss_low, miss_high = (self.current_at(v_v, x) - i_a for x in (low, high))
        if miss_low == miss_high:
            return self.x0
        if miss_low * miss_high >= 0.0:
            return low if abs(miss_low) < abs(miss_high) else high

        def missed(x: float) -> tuple[float, float]:
            return self.current_at(v_v, x) - i_a, abs(i_a)

        return false_position(missed, (low, miss_low), (high, miss_high), tolerance=1e-14,
                              tries=200)

    def stuck(self, x: Floats) -> str:
        """Why the states of a path mean nothing from somewhere on; empty where they do."""
        return ""

    @classmethod
    def golden_values(cls, params: Mapping[str, Any]) -> dict[str, Any]:
        """Our parameters from those of the reference trajectories.

        :raises UnknownNameError: for a name that is not known.
        """
        known = {theirs: ours for ours, theirs in cls.golden.items()}
        for name in params:
            if name not in known:
                raise UnknownNameError(unknown(f"reference parameter of {cls.name}", name, known))
        return {known[name]: value for name, value in params.items()}

    @classmethod
    def profiles(cls) -> dict[str, Profile]:
        """A device profile for every published set, by the set's name."""
        return {name: one.profile for name, one in cls.sets.items()}

    @property
    def _set(self) -> ParameterSet:
        """The published set that these parameters are nearest to."""
        defaults = {k: v for k, v in self.defaults().items() if k != "orientation"}

        def differing(one: ParameterSet) -> int:
            wanted = {**defaults, **one.values}
            return sum(getattr(self, name) != value for name, value in wanted.items())

        return min(self.sets.values(), key=differing)

    @property
    def x0(self) -> float:
        """The state to start from when none is given."""
        return self._set.x0

    def profile(self) -> Profile:
        """A device profile that suits these parameters, seen from the top electrode."""
        own = self._set.profile
        return own if self.orientation > 0 else _reversed(own)

    @classmethod
    def from_set(cls, name: str) -> Self:
        """The model with a published set of parameters.

        :raises UnknownNameError: with the nearest names there are.
        """
        if name not in cls.sets:
            raise UnknownNameError(unknown(f"parameter set of {cls.name}", name, cls.sets))
        return cls.from_text(cls.sets[name].values)


def _reversed(profile: Profile) -> Profile:
    return dataclasses.replace(
        profile, v_set_v=-profile.v_set_v, v_reset_v=-profile.v_reset_v,
        v_max_v=-profile.v_min_v, v_min_v=-profile.v_max_v,
    )
