"""What a device allows and needs, and what it has been through."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from memrig.hil.errors import MemrigError, ProfileError
from memrig.hil.foreign import toml_of
from memrig.hil.parameters import Declared, Level, parameter, parse_number, unknown
from memrig.hil.toml_text import toml, write_whole
from memrig.hil.units import format_quantity

State = Literal["virgin", "formed", "unknown"]
SINH_MOST = 200.0
"""Larger arguments are held there: the current is beyond every limit long before."""
CAUTIOUS_READ_V = 0.05
"""Devices whose state is unknown or virgin get reads of at most this, volts (DESIGN section 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Declared):
    """Limits and levels of one kind of device; voltages are top against bottom, at the device."""

    name: str = parameter(unit="", help="how refusals and reports call it")
    v_set_v: float = parameter(
        unit="V", help="potentiates with pulses of pulse_s; its sign is the set polarity")
    v_reset_v: float = parameter(unit="V", help="depresses; its sign is the opposite one")
    v_read_max_v: float = parameter(
        unit="V", help="largest magnitude that does not disturb the state")
    v_max_v: float = parameter(unit="V", help="highest voltage the device may see")
    v_min_v: float = parameter(unit="V", help="lowest voltage the device may see")
    i_max_a: float = parameter(
        unit="A", help="largest magnitude of the current, in both directions")
    r_min_ohm: float = parameter(
        unit="ohm", help="smallest resistance the device is known to take")
    r_max_ohm: float = parameter(
        unit="ohm", help="largest resistance the device is known to take")
    sinh_v: float = parameter(
        0.0, unit="V",
        help="the current at r_min_ohm grows as sinh(v/sinh_v); 0 V where it is a resistor")
    pulse_s: float = parameter(1e-4, unit="s", help="width of a normal pulse")
    energy_max_j: float = parameter(1e-3, unit="J", help="largest energy of one stimulus")
    charge_max_c: float = parameter(
        1.0, unit="C", help="largest charge of one stimulus, both directions added")
    i_min_a: float = parameter(
        0.0, unit="A", zero="automatic",
        help="lowest current, below zero; 0 A for the same magnitude as i_max_a")
    slew_max_v_per_s: float = parameter(
        0.0, unit="V/s", zero="any", help="steepest change of a source; 0 V/s for any")
    energy_run_max_j: float = parameter(
        0.0, unit="J", zero="any", help="largest energy of one run, worst case; 0 J for any")
    pulses_max: int = parameter(1_000_000, unit="1", help="most pulses in one run")
    state: State = parameter(
        "unknown", unit="", choices=get_args(State),
        help="only a formed device gets more than reads of 50 mV")
    protocols: tuple[str, ...] = parameter(
        (), unit="", help="names of the protocols that are allowed; empty means all")
    source: str = parameter("", unit="", help="where the numbers come from")

    def __post_init__(self) -> None:
        if not self.v_set_v * self.v_reset_v < 0:  # true for NaN, too
            self._refuse("v_set_v and v_reset_v need opposite signs", "v_set_v", "v_reset_v")
        if not self.v_min_v < 0 < self.v_max_v:
            self._refuse("v_min_v must lie below 0 V and v_max_v above", "v_min_v", "v_max_v")
        if not 0 < self.v_read_max_v <= min(self.v_max_v, -self.v_min_v):
            self._refuse("v_read_max_v must be above 0 V and within the limits", "v_read_max_v")
        self._check_limits()
        if self.state not in get_args(State):
            allowed = ", ".join(get_args(State))
            raise ProfileError(f"profile {self.name}: state {self.state!r}; allowed: {allowed}")

    def _check_limits(self) -> None:
        for name in ("v_set_v", "v_reset_v"):
            if not self.v_min_v <= getattr(self, name) <= self.v_max_v:
                self._refuse(f"{name} must lie within v_min_v and v_max_v",
                             name, "v_min_v", "v_max_v")
        for name in ("i_max_a", "pulse_s", "energy_max_j", "charge_max_c", "pulses_max"):
            if not getattr(self, name) > 0:
                self._refuse(f"{name} must be above 0", name)
        if not 0 < self.r_min_ohm < self.r_max_ohm:
            self._refuse("r_min_ohm must lie between 0 and r_max_ohm", "r_min_ohm", "r_max_ohm")
        if not (self.i_min_a <= 0 and self.slew_max_v_per_s >= 0 and self.energy_run_max_j >= 0
                and self.sinh_v >= 0):
            message = ("i_min_a must be at most 0 A, slew_max_v_per_s at least 0 V/s, "
                       "energy_run_max_j at least 0 J, sinh_v at least 0 V")
            raise ProfileError(f"profile {self.name}: {message}")

    def _refuse(self, rule: str, *names: str) -> None:
        """Say what holds, and what was given instead."""
        units = {name: spec.unit for name, spec in type(self).specs().items()}
        given = [format_quantity(getattr(self, name), units[name]) for name in names]
        *most, last = given
        listed = f"{', '.join(most)} and {last}" if most else last
        raise ProfileError(f"profile {self.name}: {rule}; {listed} given")

    @property
    def set_polarity(self) -> int:
        """+1 where a positive voltage potentiates, -1 where a negative one does."""
        return 1 if self.v_set_v > 0 else -1

    @property
    def i_lowest_a(self) -> float:
        """Lowest current, amperes, below zero: ``i_min_a`` where it is given."""
        return self.i_min_a or -self.i_max_a

    @property
    def read_limit_v(self) -> float:
        """Largest magnitude of a read, volts: ``v_read_max_v``, less before forming."""
        if self.state == "formed":
            return self.v_read_max_v
        return min(self.v_read_max_v, CAUTIOUS_READ_V)

    def least_ohm(self, v_v: float) -> float:
        """Smallest resistance of the device at a voltage, and at all smaller ones, ohm: what is
        known from reads, less where the current grows faster than the voltage."""
        turns = abs(v_v) / self.sinh_v if self.sinh_v else 0.0
        turns = min(turns, SINH_MOST)
        return self.r_min_ohm * (turns / math.sinh(turns) if turns else 1.0)

    def volts(self, level: Level) -> float:
        """The voltage of an absolute or profile-relative level."""
        if not level.of:
            return level.value
        if level.of == "v_read_max":
            return level.value * self.read_limit_v
        return level.value * float(getattr(self, f"{level.of}_v"))

    def to_json(self) -> dict[str, Any]:
        """All fields in a form that JSON can hold."""
        return dataclasses.asdict(self)

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any], where: str = "profile") -> Profile:
        """Make a profile from names and values; texts may carry units (``"1.5 V"``).

        :raises ProfileError: for names that are unknown or missing, with what there is.
        """
        fields = {f.name: f for f in dataclasses.fields(cls)}
        for name in data:
            if name not in fields:
                raise ProfileError(f"{where}: {unknown('profile entry', name, fields)}")
        required = [n for n, f in fields.items() if f.default is dataclasses.MISSING]
        if missing := [name for name in required if name not in data]:
            raise ProfileError(f"{where}: {', '.join(missing)} must be given")
        return cls(**{name: _read_entry(name, value, where) for name, value in data.items()})

    @classmethod
    def from_file(cls, path: str | Path) -> Profile:
        """Read a profile from a TOML file."""
        data = toml_of(Path(path), "the profile", error=ProfileError)
        found = data.get("profile", data)
        if not isinstance(found, Mapping):
            raise ProfileError(f"profile {path}: [profile] must be a table of names and values")
        return cls.from_mapping(found, f"profile {path}")

    def save(self, path: Path) -> None:
        """Write a TOML file that ``from_file`` reads back equal.

        :raises ProfileError: when it cannot be written.
        """
        try:
            write_whole(path, toml({"profile": self.to_json()}))
        except OSError as error:
            raise ProfileError(f"the profile {path} cannot be written: {error.strerror}") from None


def _read_entry(name: str, value: Any, where: str) -> Any:
    spec = Profile.specs()[name]
    unit = spec.unit
    if name == "protocols":
        return _names(value, where)
    if not unit:
        if isinstance(value, str) and value.isprintable():
            return value
        raise ProfileError(f"{where}: {name} must be a text in one line")
    try:
        number = parse_number(value, spec) if isinstance(value, str) else float(value)
        if isinstance(value, bool) or not math.isfinite(number):
            raise ProfileError(f"{where}: {name}: {value!r} was given; a finite number is needed")
        return int(number) if unit == "1" else number
    except MemrigError as error:
        raise error if isinstance(error, ProfileError) else ProfileError(
            f"{where}: {name}: {error}") from None
    except (TypeError, ValueError, OverflowError) as error:
        raise ProfileError(f"{where}: {name}: {error}") from None


def _names(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise ProfileError(f"{where}: protocols must be a list of names, {value!r} given")
    return tuple(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """Where a device is and what it has been through."""

    device: str = "dut"
    wafer: str = ""
    die: str = ""
    cell: str = ""
    formed_at: str = ""
    pulses: int = 0
    charge_c: float = 0.0
    energy_j: float = 0.0
    last_g_siemens: float | None = None
    temperature_k: float | None = None

    def after(self, *, pulses: int, charge_c: float, energy_j: float,
              last_g_siemens: float | None) -> Passport:
        """The passport after a run: sums grow, the last conductance is replaced if known."""
        last = self.last_g_siemens if last_g_siemens is None else last_g_siemens
        return dataclasses.replace(
            self, pulses=self.pulses + pulses, charge_c=self.charge_c + charge_c,
            energy_j=self.energy_j + energy_j, last_g_siemens=last,
        )

    def to_json(self) -> dict[str, Any]:
        """All fields in a form that JSON can hold."""
        return dataclasses.asdict(self)
