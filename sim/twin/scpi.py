"""Speaks SCPI for a simulated instrument: its commands, error queue, status, message exchange.

The instrument itself declares its commands (see ``table``) and knows nothing of text. See
IEEE 488.2-1992 and SCPI-99.
"""

from __future__ import annotations

import itertools
import math
import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from memrig.sim.twin import scpi_text as text
from memrig.sim.twin.faulty import Trouble
from memrig.sim.twin.scpi_status import (
    ALL_BITS,
    EAV,
    ESB,
    MAV,
    MSS,
    OPC,
    OPER,
    PON,
    QUES,
    Register,
    class_bit,
)
from memrig.sim.twin.scpi_text import ScpiError, Unit
from memrig.sim.twin.table import (
    Channels,
    Command,
    Data,
    Flag,
    InstrumentError,
    Names,
    Number,
    Parameter,
    Word,
    short,
)

ERROR_QUEUE = 20


class Device(Protocol):
    """What an instrument brings.

    :ivar broken: names of the lasting faults that it has now.
    """

    broken: set[str]

    @property
    def commands(self) -> Sequence[Command]:
        """Its own commands; the common ones are added."""
        ...

    def reset(self) -> None:
        """``*RST``: outputs off, settings as after power-on."""
        ...

    def trigger(self) -> None:
        """``*TRG``."""
        ...

    def trip(self) -> None:
        """Switch the outputs off without being told."""
        ...


@dataclass(frozen=True, slots=True)
class Node:
    """One mnemonic of a header."""

    short: str
    long: str
    is_numbered: bool
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a header: which of its nodes are there."""

    command: Command
    nodes: tuple[Node, ...]


_PART = re.compile(r"(\[)?:?(\*?[A-Za-z]+)(#)?:?(\])?")


def nodes_of(pattern: str) -> tuple[Node, ...]:
    """The nodes of ``"[SOURce#:]VOLTage[:LEVel]"``."""
    return tuple(
        Node(short(name), name.upper(), bool(numbered), bool(opens))
        for opens, name, numbered, _ in _PART.findall(pattern)
    )


class Table:
    """All headers of an instrument."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self._forms: dict[tuple[str, ...], Form] = {}
        self._mnemonics: dict[str, set[str]] = {}
        for command in commands:
            self._add(command)

    def _add(self, command: Command) -> None:
        nodes = nodes_of(command.pattern)
        choices = [(True, False) if node.is_optional else (True,) for node in nodes]
        for here in itertools.product(*choices):
            kept = tuple(node for node, present in zip(nodes, here, strict=True) if present)
            for node in kept:
                for spelled in (node.short, node.long):
                    self._mnemonics.setdefault(spelled, set()).add(node.short)
            self._forms.setdefault(tuple(n.short for n in kept), Form(command, kept))

    def find(self, typed: tuple[str, ...]) -> tuple[Command, int]:
        """The command of a header and its channel number.

        :raises ScpiError: -113 where there is none, -114 for a number out of range.
        """
        heads, digits = zip(*(self._cut(node) for node in typed), strict=True)
        for key in itertools.product(*(sorted(self._mnemonics.get(h, ())) for h in heads)):
            form = self._forms.get(key)
            if form is not None:
                return form.command, _channel(form, digits)
        raise ScpiError(-113)

    def _cut(self, node: str) -> tuple[str, str]:
        if node in self._mnemonics:
            return node, ""
        head = node.rstrip("0123456789")
        return head, node[len(head) :]


def _channel(form: Form, digits: Sequence[str]) -> int:
    channel = 1
    for node, typed in zip(form.nodes, digits, strict=True):
        if typed and not node.is_numbered:
            raise ScpiError(-113)
        if node.is_numbered:
            channel = int(typed or 1)
    if not 1 <= channel <= form.command.suffixes:
        raise ScpiError(-114)
    return channel


class Scpi:
    """Carries out program messages for one device.

    :param identity: answer to ``*IDN?``.
    :param continues: whether a message goes on after a command error (models differ).
    :param trouble: the faults that it has.
    """

    def __init__(
        self, device: Device, identity: str, *, lock: threading.RLock | None = None,
        error_queue: int = ERROR_QUEUE, continues: bool = False, trouble: Trouble | None = None,
    ) -> None:
        self.device, self.identity, self.trouble = device, identity, trouble
        self.lock = threading.RLock() if lock is None else lock
        self.errors: deque[tuple[int, str]] = deque()
        self.esr, self.ese, self.sre = PON, 0, 0
        self.operation, self.questionable = Register(), Register()
        self._error_queue, self._continues = error_queue, continues
        self._table = Table([*device.commands, *self._common(), *self._status()])

    def admits(self) -> bool:
        """Whether a new connection is taken."""
        return self.trouble is None or self.trouble.admits()

    @property
    def late_s(self) -> float:
        """How long its answer still takes, where nobody can be kept waiting for it."""
        return 0.0 if self.trouble is None else self.trouble.late_s

    def execute(self, message: bytes) -> bytes:
        """Take one program message; its response with a newline, or nothing.

        :raises LinkLostError: where a fault cuts the connection instead.
        """
        if self.trouble is None:
            return self.carry_out(message)
        return self.trouble.passed(self, message)

    def carry_out(self, message: bytes, *, deaf: bool = False) -> bytes:
        """Carry out one program message; ``deaf`` to everything but questions."""
        with self.lock:
            replies: list[bytes] = []
            path: tuple[str, ...] = ()
            for part in text.split(message, b";"):
                try:
                    unit = text.unit(part)
                    if unit is not None:
                        path = self._run(unit, path, replies, deaf=deaf)
                except InstrumentError as error:
                    self.report(error)
                    if -200 < error.code <= -100 and not self._continues:
                        break
            return b";".join(replies) + b"\n" if replies else b""

    def restart(self) -> None:
        """As after power-on."""
        with self.lock:
            self.device.reset()
            self._clear_status()
            self._preset()
            self.esr, self.ese, self.sre = PON, 0, 0

    def _run(
        self, unit: Unit, path: tuple[str, ...], replies: list[bytes], *, deaf: bool
    ) -> tuple[str, ...]:
        typed = unit.nodes if unit.is_absolute or unit.is_common else path + unit.nodes
        command, channel = self._table.find(typed)
        if unit.is_query:
            replies.append(_answer(command, channel, unit.parameters))
        elif command.write is None:
            raise ScpiError(-113)
        elif not deaf:
            command.write(channel, *_values(command.parameters, unit.parameters))
        return path if unit.is_common else typed[:-1]

    def report(self, error: InstrumentError) -> None:
        """Queue an error and set its event bit."""
        self.esr |= class_bit(error.code)
        if len(self.errors) < self._error_queue:
            self.errors.append((error.code, error.text))
        else:
            self.errors[-1] = (-350, text.TEXTS[-350])

    def status_byte(self, *, message_available: bool = False) -> int:
        """The status byte with MSS in bit 6."""
        byte = (
            EAV * bool(self.errors) | QUES * self.questionable.summary
            | MAV * message_available | ESB * bool(self.esr & self.ese)
            | OPER * self.operation.summary
        )
        return byte | (MSS if byte & self.sre else 0)

    def _common(self) -> list[Command]:
        mask = (Number(low=0, high=255),)
        return [
            Command("*IDN", query=lambda _: self.identity),
            Command("*CLS", write=lambda _: self._clear_status()),
            Command("*RST", write=lambda _: self.device.reset()),
            Command("*TST", query=lambda _: "0"),
            Command("*OPT", query=lambda _: "0"),
            Command("*OPC", write=lambda _: self._set("esr", self.esr | OPC), query=lambda _: "1"),
            Command("*WAI", write=lambda _: None),
            Command("*TRG", write=lambda _: self.device.trigger()),
            Command("*ESR", query=lambda _: self._taken(self, "esr")),
            Command("*ESE", mask, lambda _, v: self._set("ese", round(v)),
                    lambda _: str(self.ese)),
            Command("*SRE", mask, lambda _, v: self._set("sre", round(v) & ~MSS),
                    lambda _: str(self.sre)),
            Command("*STB", query=lambda _: str(self.status_byte())),
        ]

    def _status(self) -> list[Command]:
        found = [
            Command("SYSTem:ERRor[:NEXT]", query=lambda _: self._next_error()),
            Command("SYSTem:ERRor:COUNt", query=lambda _: str(len(self.errors))),
            Command("SYSTem:VERSion", query=lambda _: "1999.0"),
            Command("STATus:PRESet", write=lambda _: self._preset()),
        ]
        for name, register in (("OPERation", self.operation), ("QUEStionable", self.questionable)):
            found += self._register(f"STATus:{name}", register)
        return found

    def _register(self, head: str, register: Register) -> list[Command]:
        def mask(node: str, name: str) -> Command:
            return Command(
                f"{head}:{node}", (Number(low=0, high=65535),),
                lambda _, value: setattr(register, name, round(value) & ALL_BITS),
                lambda _: str(getattr(register, name)),
            )

        return [
            Command(f"{head}:CONDition", query=lambda _: str(register.condition)),
            Command(f"{head}[:EVENt]", query=lambda _: self._taken(register, "event")),
            mask("ENABle", "enable"), mask("PTRansition", "positive"),
            mask("NTRansition", "negative"),
        ]

    def _set(self, name: str, value: int) -> None:
        setattr(self, name, value)

    @staticmethod
    def _taken(owner: object, name: str) -> str:
        value = getattr(owner, name)
        setattr(owner, name, 0)
        return str(value)

    def _clear_status(self) -> None:
        self.errors.clear()
        self.esr = self.operation.event = self.questionable.event = 0

    def _preset(self) -> None:
        self.operation.preset()
        self.questionable.preset()

    def _next_error(self) -> str:
        code, message = self.errors.popleft() if self.errors else (0, text.TEXTS[0])
        return f'{code:+d},"{message}"'


def _answer(command: Command, channel: int, given: tuple[bytes, ...]) -> bytes:
    if command.query is None:
        raise ScpiError(-113)
    if given and not command.query_parameters and len(command.parameters) == 1:
        bound = _bound(command.parameters[0], given)
        if bound is not None:
            return f"{bound:+.15E}".encode()
    return _encoded(command.query(channel, *_values(command.query_parameters, given)))


def _bound(parameter: Parameter, given: tuple[bytes, ...]) -> float | None:
    """The bound that a query such as ``FREQ? MAX`` asks for; None for a parameter without."""
    if not isinstance(parameter, Number):
        return None
    if len(given) > 1:
        raise ScpiError(-108)
    value = _named(parameter, given[0])
    if value is None:
        raise ScpiError(-224)
    return value


def _values(declared: tuple[Parameter, ...], given: tuple[bytes, ...]) -> list[Any]:
    """What the parameters of a unit stand for."""
    found: list[Any] = []
    for place, parameter in enumerate(declared):
        if isinstance(parameter, Data | Names):
            return [*found, _rest(parameter, given[place:])]
        if place < len(given):
            found.append(_value(parameter, given[place]))
        elif isinstance(parameter, Channels):
            found.append([1])
        elif not getattr(parameter, "optional", False):
            raise ScpiError(-109)
    if len(given) > len(declared):
        raise ScpiError(-108)
    return found


def _rest(parameter: Data | Names, given: tuple[bytes, ...]) -> Any:
    if isinstance(parameter, Names):
        return [_name(one) for one in given]
    if not given:
        raise ScpiError(-109)
    if given[0][:1] == b"#" and given[0][1:2].isdigit():
        if len(given) > 1:
            raise ScpiError(-108)
        return text.block(given[0])
    return [text.number(one) for one in given]


def _value(parameter: Parameter, raw: bytes) -> Any:
    if isinstance(parameter, Number):
        return _numeric(parameter, raw)
    if isinstance(parameter, Word):
        return text.word(raw, parameter.options)
    if isinstance(parameter, Flag):
        return text.switch(raw)
    if isinstance(parameter, Channels):
        return _channel_list(raw)
    return _name(raw)


def _numeric(parameter: Number, raw: bytes) -> float:
    named = _named(parameter, raw)
    value = text.number(raw, parameter.unit) if named is None else named
    if parameter.infinity and value >= text.INFINITY:
        return math.inf
    if not parameter.low <= value <= parameter.high:
        raise ScpiError(-222)
    return value


def _named(parameter: Number, raw: bytes) -> float | None:
    words = {b"MIN": parameter.low, b"MINIMUM": parameter.low, b"MAX": parameter.high,
             b"MAXIMUM": parameter.high, b"DEF": parameter.default, b"DEFAULT": parameter.default}
    return words.get(raw.upper())


def _name(raw: bytes) -> str:
    if raw[:1] in {b'"', b"'"}:
        return text.string(raw)
    return raw.decode("latin-1")


_CHANNEL = rb"\s*\d{1,4}(?:\s*:\s*\d{1,4})?\s*"
_CHANNEL_LIST = re.compile(rb"\(@(%b(?:,%b)*)\)" % (_CHANNEL, _CHANNEL))


def _channel_list(raw: bytes) -> list[int]:
    match = _CHANNEL_LIST.fullmatch(raw)
    if match is None:
        raise ScpiError(-224)
    found: list[int] = []
    for part in match[1].split(b","):
        first, _, last = part.partition(b":")
        found += range(int(first), int(last or first) + 1)
    return found


def _encoded(answer: str | bytes) -> bytes:
    """Text as it is; bytes as a definite block."""
    if isinstance(answer, str):
        return answer.encode("latin-1")
    head = str(len(answer)).encode()
    return b"#" + str(len(head)).encode() + head + answer
