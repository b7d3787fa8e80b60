"""Declared parameters: one declaration becomes validation, form, command line, file and manual."""

from __future__ import annotations

import dataclasses
import math
import numbers
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.units import format_quantity, parse_quantity

_KEY = "memrig"
Zero = Literal["", "automatic", "any"]
ZERO_WORDS: dict[Zero, tuple[str, ...]] = {
    "": (), "automatic": ("auto", "automatic"), "any": ("any",)}
"""What a text may say instead of 0, where that is no value of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What is declared about one parameter.

    :param unit: SI unit, ``"1"`` for a pure number, ``""`` for a word or a switch.
    :param low: smallest allowed value, in ``unit``.
    :param high: largest allowed value, in ``unit``.
    :param choices: the allowed words, if only some are.
    :param advanced: shown on demand only.
    :param zero: what 0 means where it is no value of its own: ``automatic`` leaves the value to the
        profile, the bench or another parameter, ``any`` sets no limit; text may say so.
    """

    unit: str
    help: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    advanced: bool = False
    zero: Zero = ""


@dataclass(frozen=True, slots=True)
class Level:
    """A voltage, absolute or relative to a value of the device's profile.

    ``Level(1.1, "v_set")`` is 1.1 times the profile's set voltage, sign included.
    """

    value: float
    of: str = ""

    NAMES: ClassVar[tuple[str, ...]] = ("v_set", "v_reset", "v_read_max")

    @classmethod
    def parse(cls, text: str | float | Level) -> Level:
        """Read ``"1.2V"``, ``"1.1 v_set"`` or a number of volts."""
        if isinstance(text, Level):
            return text
        if not isinstance(text, str):
            return cls(float(_number(text, float)))
        head, _, name = text.strip().rpartition(" ")
        if name in cls.NAMES:
            return cls(parse_quantity(head or "1", "1"), name)
        if text.strip() in cls.NAMES:
            return cls(1.0, text.strip())
        try:
            return cls(parse_quantity(text, "V"))
        except RequestError:
            message = f"{text!r} is not a level (try '1.2V', '300mV' or '1.1 v_set')"
            raise RequestError(message) from None

    @property
    def exact(self) -> str:
        """A text that ``parse`` reads back to the last bit; the short one where that does."""
        short = str(self)
        return short if Level.parse(short) == self else f"{self.value!r} {self.of or 'V'}"

    def __str__(self) -> str:
        return f"{self.value:g} {self.of}" if self.of else format_quantity(self.value, "V", 12)


def parameter(
    default: Any = dataclasses.MISSING, *, unit: str, help: str,  # noqa: A002  # the field's word
    low: float = -math.inf, high: float = math.inf, choices: Sequence[str] = (),
    advanced: bool = False, zero: Zero = "",
) -> Any:
    """Declare one field of a ``Declared`` class; see ``Spec`` for the arguments.

    :param default: what holds where nothing is said; without one, something must be said.
    """
    spec = Spec(
        unit=unit, help=help, low=low, high=high, choices=tuple(choices), advanced=advanced,
        zero=zero,
    )
    return dataclasses.field(default=default, metadata={_KEY: spec})


@dataclass(frozen=True, kw_only=True)
class Declared:
    """Base of everything whose fields are declared with ``parameter``: a form can be made of it."""

    __slots__ = ()

    @classmethod
    def specs(cls) -> dict[str, Spec]:
        """The declaration of every parameter, in order."""
        return {
            f.name: f.metadata[_KEY] for f in dataclasses.fields(cls) if _KEY in f.metadata
        }

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The default value of every parameter."""
        return {f.name: f.default for f in dataclasses.fields(cls) if _KEY in f.metadata}

    @classmethod
    def kind(cls, name: str) -> Any:
        """The declared type of a parameter."""
        known: Any = cls
        return _kinds(known)[name]


@dataclass(frozen=True, kw_only=True)
class Parameters(Declared):
    """Base of everything that is set by declared parameters: protocols and models.

    Subclasses are frozen, keyword-only dataclasses whose fields are made with ``parameter``.
    Field types: float, int, bool, str, Level, and tuples of float or Level.

    :raises RequestError: when a value is out of bounds or of the wrong kind.
    """

    def __post_init__(self) -> None:
        for name, spec in self.specs().items():
            value = coerce(getattr(self, name), self.kind(name), spec, f"{self._what()}, {name}")
            object.__setattr__(self, name, value)
        self.validate()

    def validate(self) -> None:
        """Check what concerns several parameters at once; raise RequestError."""

    @classmethod
    def _what(cls) -> str:
        return str(getattr(cls, "name", cls.__name__))

    @classmethod
    def from_text(cls, values: Mapping[str, Any]) -> typing.Self:
        """Make one from texts with units, as the command line and files give them.

        :raises UnknownNameError: for a name that is not declared, with the nearest ones.
        :raises RequestError: for a text that cannot be read, or a value out of bounds.
        """
        specs = cls.specs()
        for name in values:
            if name not in specs:
                raise UnknownNameError(unknown(f"parameter of {cls._what()}", name, specs))
        read = {
            name: parse_value(value, cls.kind(name), specs[name], f"{cls._what()}, {name}")
            for name, value in values.items()
        }
        return cls(**read)

    def to_json(self) -> dict[str, Any]:
        """All values in a form that JSON can hold and ``from_text`` reads back exactly."""
        return {name: _plain(getattr(self, name)) for name in self.specs()}

    @property
    def changed(self) -> dict[str, Any]:
        """Parameters whose value is not the default."""
        usual = self.defaults()
        return {name: value for name in self.specs()
                if (value := getattr(self, name)) != usual[name]}


@cache
def _kinds(cls: type[Parameters]) -> dict[str, Any]:
    """The declared types, which take a millisecond to evaluate."""
    return typing.get_type_hints(cls)


NEAR = 0.65
"""Names less like what was asked than this part of the nearest one are not suggested."""


LONGEST = 80
"""Signs of a name that does not exist which are worth repeating."""


def unknown(what: str, name: str, known: typing.Iterable[str]) -> str:
    """The sentence for a name that does not exist, with the nearest that do."""
    import difflib  # noqa: PLC0415  # only needed to explain a mistake

    names = list(known)
    name = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    likeness = [difflib.SequenceMatcher(None, one, name).ratio() for one in near]
    near = [one for one, much in zip(near, likeness, strict=True) if much > NEAR * likeness[0]]
    hint = f"did you mean {', '.join(near)}?" if near else f"there are: {', '.join(names)}"
    return f"there is no {what} called {name!r}; {hint}"


def parse_value(value: Any, kind: Any, spec: Spec, where: str) -> Any:
    """Read one parameter from text (or pass a value through)."""
    if not isinstance(value, str):
        return value
    if typing.get_origin(kind) is tuple:
        (item, *_) = typing.get_args(kind)
        parts = [part for part in value.replace(";", ",").split(",") if part.strip()]
        return tuple(parse_value(part.strip(), item, spec, where) for part in parts)
    try:
        return _parse_scalar(value, kind, spec)
    except RequestError as error:
        raise RequestError(f"{where}: {error}") from None


def _parse_scalar(text: str, kind: Any, spec: Spec) -> Any:
    if kind is Level:
        return Level.parse(text)
    if kind is bool:
        return _parse_switch(text)
    if kind is int:
        number = parse_quantity(text, spec.unit or "1")
        if number != int(number):
            raise RequestError(f"{text!r} is not a whole number")
        return int(number)
    if kind is float:
        return parse_number(text, spec)
    return text


def parse_number(text: str, spec: Spec) -> float:
    """A quantity, or 0 for the word that stands for it.

    :raises RequestError: when it is neither.
    """
    is_zero = text.strip().lower() in ZERO_WORDS[spec.zero]
    return 0.0 if is_zero else parse_quantity(text, spec.unit or "1")


def _parse_switch(text: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True,
             "false": False, "no": False, "off": False, "0": False}
    if text.lower() not in words:
        raise RequestError(f"{text!r} is not a switch (try 'yes' or 'no')")
    return words[text.lower()]


def coerce(value: Any, kind: Any, spec: Spec, where: str) -> Any:
    """Bring a value to its declared type and check it against its declaration."""
    if typing.get_origin(kind) is tuple:
        (item, *_) = typing.get_args(kind)
        values = value if isinstance(value, list | tuple) else (value,)
        return tuple(coerce(one, item, spec, where) for one in values)
    if kind is Level:
        return _level(value, spec, where)
    if kind is str:
        return _check_choice(value, spec, where)
    if kind is bool:
        return _check_switch(value, where)
    try:
        number = _number(value, kind)
    except RequestError as error:
        raise RequestError(f"{where}: {error}") from None
    _check_bounds(number, spec, where)
    return number


def _number(value: Any, kind: Any) -> Any:
    """A float or int that is one already; neither text nor a switch, nothing is rounded."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise RequestError(f"{value!r} was asked; a number is needed")
    if kind is int and not (isinstance(value, int) or float(value).is_integer()):
        raise RequestError(f"{value!r} was asked; a whole number is needed")
    try:
        return kind(value)
    except OverflowError:
        raise RequestError(f"a whole number of {len(str(value))} digits was asked") from None


def _check_switch(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise RequestError(f"{where}: {value!r} was asked; true or false is needed")
    return value


def _level(value: Any, spec: Spec, where: str) -> Level:
    try:
        level = Level.parse(value)
    except RequestError as error:
        raise RequestError(f"{where}: {error}") from None
    if not math.isfinite(level.value):
        raise RequestError(f"{where}: a level of {level.value} was asked; it must be finite")
    _check_bounds(level.value, spec, where)
    return level


def _check_choice(value: Any, spec: Spec, where: str) -> str:
    if not isinstance(value, str) or (spec.choices and value not in spec.choices):
        allowed = ", ".join(spec.choices) or "a word"
        raise RequestError(f"{where}: {value!r} was asked; allowed: {allowed}")
    return value


def _check_bounds(number: float, spec: Spec, where: str) -> None:
    if not spec.low <= number <= spec.high:  # false for NaN, too
        asked = format_quantity(number, spec.unit or "1")
        low, high = (format_quantity(v, spec.unit or "1") for v in (spec.low, spec.high))
        raise RequestError(f"{where}: {asked} was asked; allowed: {low} to {high}")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.exact if isinstance(value, Level) else value
