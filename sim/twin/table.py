"""How a simulated instrument declares its commands: header, parameters, what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from memrig.hil.errors import MemrigError


class InstrumentError(MemrigError, ValueError):
    """What the instrument puts into its error queue.

    :param code: SCPI error number.
    :param text: its words.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f'{code:+d},"{text}"')
        self.code, self.text = code, text


def out_of_range(detail: str = "") -> InstrumentError:
    """-222."""
    return InstrumentError(-222, "Data out of range" + (f"; {detail}" if detail else ""))


def conflict(detail: str) -> InstrumentError:
    """-221."""
    return InstrumentError(-221, f"Settings conflict; {detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A numeric parameter in SI units; MINimum, MAXimum and DEFault stand for its bounds."""

    low: float
    high: float
    unit: str = ""
    default: float = 0.0
    infinity: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """One of several words, given as ``SHORTlong``."""

    options: tuple[str, ...]

    @property
    def short(self) -> str:
        """The default's short form: the first option's."""
        return short(self.options[0])


@dataclass(frozen=True, slots=True)
class Flag:
    """ON, OFF or a number."""


@dataclass(frozen=True, slots=True)
class Text:
    """A name, with or without quotes; ``optional`` may be left out."""

    optional: bool = False


@dataclass(frozen=True, slots=True)
class Data:
    """A binary block (``bytes``) or a list of numbers (``list[float]``): the rest of the unit."""


@dataclass(frozen=True, slots=True)
class Names:
    """A list of words or quoted names: the rest of the unit; may be empty."""


@dataclass(frozen=True, slots=True)
class Channels:
    """A channel list such as ``(@1,2)``; the first channel where it is left out."""


Parameter = Number | Word | Flag | Text | Data | Names | Channels
Reply = str | bytes


@dataclass(frozen=True, slots=True)
class Command:
    """One header, both forms.

    :param pattern: ``[SOURce#:]VOLTage[:LEVel]``; capitals are the short form, brackets are
        optional, ``#`` is a channel number (1 when left out).
    :param write: ``(channel, *values)``; None where there is no command form.
    :param query: ``(channel, *values) -> reply``; None where there is no query form.
    :param query_parameters: of the query form, where it has its own.
    :param suffixes: largest channel number that ``#`` may be.
    """

    pattern: str
    parameters: tuple[Parameter, ...] = ()
    write: Callable[..., None] | None = None
    query: Callable[..., Reply] | None = None
    query_parameters: tuple[Parameter, ...] = ()
    suffixes: int = 1


def short(word: str) -> str:
    """The short form: capitals and digits."""
    return "".join(c for c in word if not c.islower())


def number(value: float) -> str:
    """A number as Keysight instruments print it."""
    return "+9.9E+37" if value == float("inf") else f"{value:+.15E}"


def nr1(value: float) -> str:
    """An integer reply."""
    return f"{round(value):d}"


class Settings:
    """Values by name and channel, each with its reset value, range and command.

    :param changed: called with name and channel after a change.
    """

    def __init__(self, channels: int, changed: Callable[[str, int], None]) -> None:
        self.channels, self._changed = channels, changed
        self.values: dict[tuple[str, int], Any] = {}
        self.commands: list[Command] = []
        self._defaults: dict[tuple[str, int], Any] = {}

    def add(
        self, name: str, pattern: str, parameter: Number | Word | Flag | Text, default: Any = None,
        *, check: Callable[[int, Any], None] | None = None,
        reply: Callable[[Any], str] | None = None,
    ) -> None:
        """Declare one setting: its name here, its header, parameter and reset value."""
        count = self.channels if "#" in pattern else 1
        default = _default(parameter) if default is None else default
        for channel in range(1, count + 1):
            self._defaults[name, channel] = default

        def write(channel: int, value: Any) -> None:
            if check is not None:
                check(channel, value)
            self.values[name, channel] = value
            self._changed(name, channel)

        show = reply or _reply(parameter)

        def query(channel: int, *_: Any) -> str:
            return show(self.values[name, channel])

        self.commands.append(
            Command(pattern, (parameter,), write, query, suffixes=max(count, 1))
        )

    def define(self, name: str, default: Any) -> None:
        """A value of every channel without a command of its own."""
        for channel in range(1, self.channels + 1):
            self._defaults[name, channel] = default

    def reset(self) -> None:
        """All values as after ``*RST``; nothing is called."""
        self.values = dict(self._defaults)

    def __call__(self, name: str, channel: int = 1) -> Any:
        """The present value."""
        return self.values[name, channel]


def _default(parameter: Parameter) -> Any:
    if isinstance(parameter, Number):
        return parameter.default
    if isinstance(parameter, Word):
        return parameter.short
    return False if isinstance(parameter, Flag) else ""


def _reply(parameter: Parameter) -> Callable[[Any], str]:
    if isinstance(parameter, Number):
        return number
    if isinstance(parameter, Flag):
        return nr1
    return str


def joined(values: Sequence[float]) -> str:
    """A comma-separated reply."""
    return ",".join(f"{value:+.6E}" for value in values)
