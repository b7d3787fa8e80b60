"""Keysight InfiniiVision 2000/3000/4000 X-Series oscilloscopes, triggered by the generator.

Ref: InfiniiVision 3000 X-Series Programmer's Guide (registers p. 192, 207); data sheet 5992-0140EN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np

from memrig.drivers.roles import Capture
from memrig.drivers.transport import Transport
from memrig.hil.clock import Clock
from memrig.hil.errors import BenchError
from memrig.hil.record import Accuracy, Channel, Flags
from memrig.hil.status import Status

RECTANGULAR = math.sqrt(3.0)
RUNNING, ARM_S, DONE_S = 8, 5.0, 5.0
POLL_S = 1e-3
LSB_DIV = 8.0 / 256.0
"""One step of the 8-bit converter, divisions."""


class KeysightInfiniiVision:
    """Four channels, single acquisitions on the generator's trigger output at EXT TRIG IN."""

    role: ClassVar[str] = "scope"
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
        self._preambles: dict[tuple[object, ...], tuple[float, ...]] = {}

    def connect(self) -> str:
        """Reset and stop; returns the identity."""
        identity = self.transport.identify("Keysight InfiniiVision", r",\s*[DM]SO-?X ")
        self.transport.write("*CLS;*RST")
        self.transport.query("*OPC?")
        self.transport.write(":STOP")
        return identity

    def prepare(self, channels: Sequence[int]) -> None:
        """Channels on, DC, 1 megohm; external trigger, rising; words of 16 bits."""
        self._set = None
        self._preambles.clear()
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
        """Set what has changed, start a single acquisition, wait until it is armed."""
        if parts := self._changes(capture):
            self.transport.write(";".join(parts))
        self._set = capture
        self.transport.write(":SING")
        self._until(lambda: self.transport.query(":AER?").strip().lstrip("+") == "1",
                    max(ARM_S, 2 * capture.before_s), "arming")

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

    def fetch(self, probes: Mapping[int, str], lead_s: float) -> tuple[Channel, ...]:
        """Wait until the acquisition is complete, then read every channel."""
        self._until(self._is_done, DONE_S, "recording")
        return tuple(self._channel(k, probe, lead_s) for k, probe in probes.items())

    def _is_done(self) -> bool:
        return not int(float(self.transport.query(":OPER:COND?"))) & RUNNING

    def _until(self, done: Callable[[], bool], limit_s: float, what: str) -> None:
        """Ask until it is so; the clock's time and a number of questions limit the patience."""
        start_s = self.clock.now_s
        while not done():
            if self.clock.now_s - start_s > limit_s:
                message = (
                    f"{self.transport.name}: still {what} after {limit_s:g} s; check that the "
                    "generator's trigger output is wired to EXT TRIG IN"
                )
                raise BenchError(message)
            self.clock.sleep(POLL_S)

    def _channel(self, k: int, probe: str, lead_s: float) -> Channel:
        self.transport.write(f":WAV:SOUR CHAN{k}")
        step_s, start_s, unit, middle_v, middle = self._preamble(k)
        codes = self.transport.query_block(":WAV:DATA?", "<u2")
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
        """X increment, x origin, y increment, y origin, y reference; read once per setting."""
        capture = self._capture
        key = (k, capture.scales_v[k], capture.range_s, capture.before_s, capture.points,
               capture.averaging)
        if key not in self._preambles:
            parts = [float(p) for p in self.transport.query(":WAV:PRE?").split(",")]
            self._preambles[key] = (parts[4], parts[5], parts[7], parts[8], parts[9])
        return self._preambles[key]

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

    def are_off(self) -> bool:
        """An oscilloscope drives nothing."""
        return True


def _status(codes: np.ndarray) -> Flags:
    """Code 0 is a hole; the last codes of the converter are clipped."""
    status = np.where(codes == 0, int(Status.HOLE), 0)
    status |= np.where((codes > 0) & ((codes <= 256) | (codes >= 65536 - 256)),
                       int(Status.CLIPPED), 0)
    return np.asarray(status if status.any() else np.empty(0), dtype=np.uint16)
