"""Keysight InfiniiVision 2000/3000/4000 X-Series oscilloscopes, triggered by the generator.

Ref: InfiniiVision 3000 X-Series Programmer's Guide (registers p. 192, 207); data sheet 5992-0140EN.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np

from memrig.drivers.roles import Capture
from memrig.drivers.transport import Transport
from memrig.hil.clock import Clock
from memrig.hil.errors import BenchError, StoppedError, TriggerError
from memrig.hil.record import Accuracy, Channel, Flags
from memrig.hil.status import Status

RECTANGULAR = math.sqrt(3.0)
RUNNING, WAITING, ARM_S, DONE_S = 8, 32, 5.0, 5.0
POLL_S = 1e-3
READ_BACK_REL = 0.01
"""A scale or a time range that reads back closer than this is the one that was set."""
EARLY = ("triggered before the generator was told to play; look at the generator's trigger, its "
         "cable and the level at EXT TRIG IN")
PREAMBLE = 10
"""Numbers of a waveform preamble."""
LSB_DIV = 8.0 / 256.0
"""One step of the 8-bit converter, divisions."""


class KeysightInfiniiVision:
    """Four channels, single acquisitions on the generator's trigger output at EXT TRIG IN."""

    role: ClassVar[str] = "scope"
    identity: ClassVar[str] = r",\s*[DM]SO-?X "
    models: ClassVar[tuple[str, ...]] = ("DSO-X 2000A", "DSO-X/MSO-X 3000A/T",
                                         "DSO-X/MSO-X 4000A")
    source: ClassVar[str] = "InfiniiVision 3000 X-Series Programmer's Guide; 5992-0140EN"
    divisions = 8
    scales_v: Sequence[float] = tuple(
        m * 10.0**e for e in range(-3, 1) for m in (1.0, 2.0, 5.0)
    )

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self.transport, self.clock = transport, clock
        self._set: Capture | None = None
        self._waits = False
        self._accepted: set[tuple[object, ...]] = set()
        self._unverified: dict[str, float] = {}
        self._preambles: dict[tuple[object, ...], tuple[float, ...]] = {}

    def connect(self) -> str:
        """Reset and stop; returns the identity."""
        identity = self.transport.identify("Keysight InfiniiVision", self.identity)
        self.transport.write("*CLS;*RST")
        self.transport.done()
        self.transport.write(":STOP")
        return identity

    def prepare(self, channels: Sequence[int]) -> None:
        """Channels on, DC, 1 megohm; external trigger, rising; words of 16 bits."""
        self._set, self._waits = None, False
        self._accepted.clear()
        self._preambles.clear()
        self.transport.numbers(":AER?")  # what an earlier run has left is no sign of readiness
        for k in range(1, 5):
            self.transport.write(f":CHAN{k}:DISP {int(k in channels)}")
        for k in channels:
            self.transport.write(f":CHAN{k}:PROB 1;COUP DC;IMP ONEM;BWL 1;OFFS 0")
        self.transport.write(
            ":TRIG:MODE EDGE;:TRIG:EDGE:SOUR EXT;:TRIG:EDGE:SLOP POS;:TRIG:EDGE:LEV 1.0;"
            ":TRIG:SWE NORM;:TIM:REF LEFT;:WAV:FORM WORD;:WAV:BYT LSBF;:WAV:UNS 1"
        )
        self.transport.check("the settings of a run")

    def arm(self, capture: Capture) -> None:
        """Set what has changed and start a single acquisition, for ``ready`` to wait for."""
        parts = self._changes(capture)
        if parts:
            self._unverified = _asked(capture)
        self._set = capture
        if _key(capture) not in self._accepted:
            self.transport.write(";".join(parts))
            self.transport.check("the settings of a record")
            self._accepted.add(_key(capture))
            parts = []
        if self._waits:  # a run was stopped before the trigger; that it was armed is read away
            self.transport.numbers(":STOP;:AER?")
        self._waits = True
        self.transport.write(";".join([*parts, ":SING"]))

    def ready(self, stop: threading.Event | None = None) -> None:
        """Wait until it is armed; it must not have been triggered already."""
        before_s = self._capture.before_s

        def is_armed() -> bool:
            asked = self._unverified
            *found, armed, condition = self.transport.numbers(
                ";".join([*asked, ":AER?", ":OPER:COND?"]), len(asked) + 2, stop=stop)
            self._unverified = {}
            self._verify(asked, found)
            if armed and not int(condition) & WAITING:
                raise BenchError(f"{self.transport.name}: {EARLY}")
            return armed == 1.0

        self._until(is_armed, max(ARM_S, 2 * before_s), "arming", stop)

    def _verify(self, asked: Mapping[str, float], answers: Sequence[float]) -> None:
        """Read back what decides what a code means and whether the record is long enough."""
        for (leaf, value), answer in zip(asked.items(), answers, strict=True):
            if not math.isclose(answer, value, rel_tol=READ_BACK_REL):
                message = (
                    f"{self.transport.name}: {leaf} reads back {answer:g} instead of "
                    f"{value:g}; nothing was fired"
                )
                raise BenchError(message)

    def _changes(self, capture: Capture) -> list[str]:
        old = self._set
        found = []
        for k, scale in capture.scales_v.items():
            if old is None or old.scales_v.get(k) != scale:
                found.append(f":CHAN{k}:SCAL {scale:.6E}")
        if old is None or (old.range_s, old.before_s) != (capture.range_s, capture.before_s):
            # The reference stands one division from the left.
            position_s = 0.1 * capture.range_s - capture.before_s
            found.append(f":TIM:RANG {capture.range_s:.9E};:TIM:POS {position_s:.9E}")
        if old is None or old.averaging != capture.averaging:
            found.append(f":ACQ:TYPE {'HRES' if capture.averaging else 'NORM'}")
        if old is None or old.points != capture.points:
            found.append(f":WAV:POIN {capture.points}")
        return found

    def fetch(
        self, probes: Mapping[int, str], lead_s: float, stop: threading.Event | None = None
    ) -> tuple[Channel, ...]:
        """Wait until the acquisition is complete, then read every channel."""
        def is_done() -> bool:
            (condition,) = self.transport.numbers(":OPER:COND?", stop=stop)
            return not int(condition) & RUNNING

        self._until(is_done, DONE_S, "recording", stop)
        self._waits = False
        return tuple(self._channel(k, probe, lead_s) for k, probe in probes.items())

    def _until(
        self, done: Callable[[], bool], limit_s: float, what: str, stop: threading.Event | None
    ) -> None:
        """Ask until it is so; the clock's time limits the patience."""
        start_s = self.clock.now_s
        while not done():
            if self.clock.now_s - start_s > limit_s:
                message = (
                    f"{self.transport.name}: still {what} after {limit_s:g} s; check that the "
                    "generator's trigger output is wired to EXT TRIG IN"
                )
                raise TriggerError(message)
            if self.clock.sleep(POLL_S, stop):
                raise StoppedError(f"{self.transport.name}: stopped while {what}")

    def _channel(self, k: int, probe: str, lead_s: float) -> Channel:
        points, step_s, start_s, unit, middle_v, middle = self._preamble(k)
        # The channel is answered with the data: those of another one would be read with its scale.
        codes = self.transport.query_block(f":WAV:SOUR CHAN{k};:WAV:SOUR?;:WAV:DATA?", "<u2",
                                           first=f"CHAN{k}")
        if codes.size != points:
            raise BenchError(f"{self.transport.name}: {codes.size} points of channel {k} came "
                             f"instead of {points:g}")
        scale = self._capture.scales_v[k]
        return Channel(
            probe=probe, data=codes, scale=unit, offset=middle_v - middle * unit,
            t0_s=start_s - lead_s, dt_s=step_s, status=_status(codes),
            range_name=f"{scale:g} V/div", accuracy=self._accuracy(k, scale),
        )

    @property
    def _capture(self) -> Capture:
        if self._set is None:
            raise BenchError(f"{self.transport.name}: nothing was recorded yet")
        return self._set

    def _preamble(self, k: int) -> tuple[float, ...]:
        """Points, x increment, x origin, y increment, y origin, y reference; read once per
        setting."""
        capture = self._capture
        key = (k, *_key(capture))
        if key not in self._preambles:
            asked = f":WAV:SOUR CHAN{k};:WAV:SOUR?;:WAV:PRE?"
            parts = self.transport.numbers(asked, PREAMBLE, first=f"CHAN{k}")
            if not (parts[2] > 0.0 and parts[4] > 0.0 and parts[7] > 0.0):
                message = (
                    f"{self.transport.name}: {asked} gives {parts[2]:g} points, steps of "
                    f"{parts[4]:g} s and {parts[7]:g} V; a record with these cannot be read"
                )
                raise BenchError(message)
            self._preambles[key] = (parts[2], parts[4], parts[5], parts[7], parts[8], parts[9])
        return self._preambles[key]

    def noise_v(self, points: int) -> float:
        """Standard uncertainty of the difference of two means of so many points, smallest scale."""
        known = self._accuracy(1, min(self.scales_v))
        return math.hypot(known.noise * math.sqrt(2.0 / points), known.drift)

    def _accuracy(self, k: int, scale_v: float) -> Accuracy:
        """2 % of the gain, 0.1 division and 2 mV of zero (5992-0140EN), rectangular; noise,
        linearity and drift of an unscreened bench: 20 uV of 1/f noise leave 0.44 times as much in
        the difference of two means of one record."""
        lsb_v = LSB_DIV * scale_v
        return Accuracy(
            key=f"scope{k}", gain_rel=0.02 / RECTANGULAR, range_gain_rel=2e-3 / RECTANGULAR,
            offset=math.hypot(0.1 * scale_v, 2e-3) / RECTANGULAR,
            noise=math.hypot(6e-5, 0.35 * lsb_v), drift=8.8e-6,
            linearity=0.2 * lsb_v, linearity_length=40.0 * lsb_v,
        )

    def off_messages(self) -> Sequence[str]:
        """An oscilloscope drives nothing."""
        return [":STOP"]

    def off_answers(self) -> Mapping[str, str]:
        """An oscilloscope drives nothing."""
        return {}


def _asked(capture: Capture) -> dict[str, float]:
    """Questions after a capture's settings, and their answers."""
    return {**{f":CHAN{k}:SCAL?": scale for k, scale in capture.scales_v.items()},
            ":TIM:RANG?": capture.range_s}


def _key(capture: Capture) -> tuple[object, ...]:
    """Names a capture: equal ones have equal keys."""
    return (*capture.scales_v.items(), capture.range_s, capture.before_s, capture.points,
            capture.averaging)


def _status(codes: np.ndarray) -> Flags:
    """Code 0 is a hole; the last codes of the converter are clipped."""
    status = np.where(codes == 0, int(Status.HOLE), 0)
    status |= np.where((codes > 0) & ((codes <= 256) | (codes >= 65536 - 256)),
                       int(Status.CLIPPED), 0)
    return np.asarray(status if status.any() else np.empty(0), dtype=np.uint16)
