"""Simulated instruments that have the faults they were told to have."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

import numpy as np

from memrig.hil.errors import MemrigError
from memrig.sim.circuit import OPEN, SHORT
from memrig.sim.streams import stream
from memrig.sim.twin.faults import ANY, DEVICE, Fault
from memrig.sim.twin.scpi_text import TEXTS, block_length
from memrig.sim.twin.table import InstrumentError
from memrig.sim.twin.world import World

LASTING = ("missed-trigger", "stuck-trigger", "overload", "clipped", "stays-on")
"""What an instrument itself looks at, as long as it holds."""
GARBAGE_BYTES = 24


class LinkLostError(MemrigError, ConnectionError):
    """The connection to the simulated instrument is cut."""


class Breakable(Protocol):
    """An instrument that can have lasting faults."""

    broken: set[str]

    def trip(self) -> None:
        """Switch the outputs off without being told."""
        ...

    def trigger(self) -> None:
        """``*TRG``."""
        ...


class Speaker(Protocol):
    """What carries messages out for an instrument."""

    @property
    def device(self) -> Breakable:
        """The instrument."""
        ...

    def carry_out(self, message: bytes, *, deaf: bool = False) -> bytes:
        """Carry out one message; ``deaf`` to everything but questions."""
        ...

    def report(self, error: InstrumentError) -> None:
        """Queue an error."""
        ...

    def restart(self) -> None:
        """As after power-on."""
        ...


class Occasions:
    """Counts what a fault waits for, through all instruments that can have it."""

    def __init__(self, fault: Fault, start_s: float) -> None:
        self.fault = fault
        self._due_s = start_s + fault.when.after_s
        self._draws = stream(fault.when.seed, fault.kind, "when")
        self._seen = 0
        self._lock = threading.Lock()

    def holds(self, message: str, now_s: float) -> bool:
        """Whether the fault is there at this message; every question is counted."""
        when = self.fault.when
        if when.on.casefold() not in message.casefold():
            return False
        with self._lock:
            self._seen += 1
            if now_s < self._due_s or self._seen < when.since or when.at not in {0, self._seen}:
                return False
            return when.probability >= 1.0 or self._draws.random() < when.probability


class Trouble:
    """The faults of one instrument.

    :ivar wait: lets time pass before the instrument goes on: real time where it is served on
        sockets, for that is how long its client has patience.
    :ivar ready_s: the bench's time when the next answer comes, where nobody can be kept waiting.
    """

    def __init__(self, role: str, occasions: Sequence[Occasions], world: World) -> None:
        mine = [one for one in occasions if one.fault.concerns(role)]
        self._links = [one for one in mine if one.fault.kind == "refused-link"]
        self._messages = [one for one in mine if one.fault.kind != "refused-link"]
        self._devices = [one for one in occasions if one.fault.role == DEVICE]
        self._world = world
        self._last = b"\n"
        self._away_s = self.ready_s = world.clock.now_s
        self.wait: Callable[[float], object] = self._answer_later

    def admits(self) -> bool:
        """Whether a new connection is taken."""
        now_s = self._world.clock.now_s
        refused = [one.holds("", now_s) for one in self._links]
        return now_s >= self._away_s and not any(refused)

    @property
    def late_s(self) -> float:
        """How long its answer still takes, seconds of the bench's time."""
        return max(self.ready_s - self._world.clock.now_s, 0.0)

    def passed(self, speaker: Speaker, message: bytes) -> bytes:
        """Carry out one message, or not; the answer, or what comes instead.

        :raises LinkLostError: where the connection is cut instead.
        """
        acting = self._acting(message.decode("latin-1"))
        device = speaker.device
        device.broken = {name for name in LASTING if name in acting}
        if "tripped" in acting:
            device.trip()
        if "reboot" in acting:
            self._away_s = self._world.clock.now_s + acting["reboot"].value
            speaker.restart()
        if "reboot" in acting or "lost-link" in acting:
            raise LinkLostError("cut on request")
        if "time-out" in acting:
            self.wait(acting["time-out"].value)
        answer = speaker.carry_out(message, deaf="ignored" in acting)
        if "stuck-trigger" in acting:
            with suppress(InstrumentError):  # it waits for none
                device.trigger()
        if "error" in acting:
            code = round(acting["error"].value)
            speaker.report(InstrumentError(code, TEXTS.get(code, "Device-dependent error")))
        if not answer:
            return answer
        shown, self._last = self._shaped(answer, acting), answer
        if "late" in acting:
            self.wait(acting["late"].value)
        return shown

    def _acting(self, message: str) -> dict[str, Fault]:
        now_s = self._world.clock.now_s
        for one in self._devices:
            if not one.fault.when.is_moment and one.holds(message, now_s):
                put_in_place(one.fault, self._world)
        return {one.fault.kind: one.fault for one in self._messages if one.holds(message, now_s)}

    def _shaped(self, answer: bytes, acting: Mapping[str, Fault]) -> bytes:
        """What comes instead of an answer."""
        if "no-answer" in acting:
            return b""
        if "stale" in acting:
            return self._last
        for name in ("garbage", "garbage-identity"):
            if name in acting:
                return garbage(acting[name].when.seed)
        if "wrong-length" in acting:
            answer = misstated(answer, round(acting["wrong-length"].value))
        return answer[: (len(answer) + 1) // 2] if "truncated" in acting else answer

    def _answer_later(self, duration_s: float) -> None:
        self.ready_s = self._world.clock.now_s + duration_s


def garbage(seed: int) -> bytes:
    """A line of bytes that mean nothing."""
    drawn = stream(seed, "garbage", "bytes").integers(1, 256, GARBAGE_BYTES, dtype=np.uint8)
    return drawn.tobytes().replace(b"\n", b"~") + b"\n"


def misstated(answer: bytes, more: int) -> bytes:
    """A block whose head says ``more`` bytes than there are; other answers as they are."""
    span = block_length(answer, 0)
    if span is None:
        return answer
    start, stop = span
    length = str(max(stop - start + more, 0)).encode()
    return b"#" + str(len(length)).encode() + length + answer[start:]


def put_in_place(fault: Fault, world: World) -> None:
    """Put a short circuit, or nothing, in the device's place."""
    world.replace_device(SHORT if fault.kind == "short" else OPEN, 0.0)


def troubles(
    faults: Sequence[Fault], models: Mapping[str, Breakable], world: World
) -> dict[str, Trouble]:
    """The faults of every instrument by role; what happens at a moment is put down in the world."""
    occasions = [Occasions(fault, world.clock.now_s) for fault in faults]
    for fault in faults:
        if fault.when.is_moment:
            for act in _happenings(fault, models, world):
                world.later(world.clock.now_s + fault.when.after_s, act)
    return {role: Trouble(role, occasions, world) for role in models}


def _happenings(
    fault: Fault, models: Mapping[str, Breakable], world: World
) -> Iterator[Callable[[], None]]:
    """What happens in the world at a fault's moment, also while no message comes."""
    if fault.role == DEVICE:
        yield lambda: put_in_place(fault, world)
    if fault.kind == "tripped":
        yield from (one.trip for role, one in models.items() if fault.role in {role, ANY})


@contextmanager
def in_real_time(found: Mapping[str, Trouble]) -> Iterator[None]:
    """Let instruments hang and dawdle in real time, as long as they are served on sockets; who
    waits then goes on at once when they are not any more."""
    left = threading.Event()
    for one in found.values():
        one.wait = left.wait
    try:
        yield
    finally:
        left.set()
