"""Keysight 33500 and 33600A waveform generators, two channels, bursts on the bus trigger.

Ref: Agilent 33500 Series User's Guide, 33520-90001, 3rd edition (2010); data sheet 5991-0692EN.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from memrig.drivers.roles import AwgAbilities, Codes, Shot
from memrig.drivers.transport import OFF_BY_ITSELF, Transport
from memrig.hil.bench import DriveAccuracy

RECTANGULAR = math.sqrt(3.0)
REST_POINTS = 8
INFINITE_OHM = 9.9e37
"""How an infinite load reads back."""
REST_RATE_HZ = 1e6
CLEARING = "clearing the waveform memory"


class Keysight33500B:
    """33500A/B and 33600A series: arbitrary waveforms of both channels on one trigger.

    The display is set to open-circuit volts (LOAD INF) and one symmetric full scale holds while
    energised, so that 0 V is the middle code, attenuators stay put and equal waveforms are equal
    codes.

    :param full_scale_v: largest open-circuit level, volts.
    """

    role: ClassVar[str] = "awg"
    identity: ClassVar[str] = r",33[56]\d\d[AB],"
    models: ClassVar[tuple[str, ...]] = ("33521A/B", "33522A/B", "33611A", "33612A", "33621A",
                                         "33622A")
    source: ClassVar[str] = "33520-90001 (2010); data sheet 5991-0692EN"
    abilities = AwgAbilities(
        channels=2, points_min=8, points_max=1_000_000, rate_max_hz=62.5e6, delay_max_s=1000.0,
        v_max_v=10.0, code_max=32767, edge_s=8.4e-9, source_ohm=50.0,
    )

    def __init__(self, transport: Transport, *, full_scale_v: float = 5.0,
                 channels: Sequence[int] = (1, 2)) -> None:
        self.transport, self.full_scale_v, self.channels = transport, full_scale_v, channels
        self._loaded: dict[int, dict[str, int]] = {k: {} for k in channels}
        self._playing: dict[int, Shot] = {}
        self._rest_codes: dict[int, int] = {}

    def connect(self) -> str:
        """Reset with the outputs off; returns the identity."""
        identity = self.transport.identify("Keysight 33500B", self.identity)
        for message in self.off_messages():
            self.transport.write(message)
        self.transport.write("*CLS;*RST")
        self.transport.done()
        return identity

    def prepare(self, rest_codes: Sequence[int]) -> None:
        """Full scale, burst of one cycle, bus trigger; every channel at its rest code."""
        self.transport.write("FORM:BORD SWAP;:OUTP:SYNC 0;:OUTP:TRIG:SLOP POS;:OUTP:TRIG 1")
        for k, code in zip(self.channels, rest_codes, strict=True):
            self._prepare(k, code)
        self.transport.check("the settings of a run")
        for k in self.channels:
            self._verify(k)

    def _prepare(self, k: int, rest_code: int) -> None:
        source = f":SOUR{k}"
        self._rest_codes[k] = rest_code
        self._loaded[k].clear()
        self.transport.write(f"{source}:DATA:VOL:CLE")  # a name that exists is refused
        rest = self._upload_rest(k)
        self.transport.write(
            f":OUTP{k}:LOAD INF;{source}:VOLT:RANG:AUTO 0;{source}:FUNC:ARB {rest};"
            f"{source}:FUNC:ARB:FILT STEP;{source}:FUNC:ARB:SRAT {REST_RATE_HZ:.9E};"
            f"{source}:FUNC ARB;{source}:VOLT:OFFS 0;{source}:VOLT {2 * self.full_scale_v:.9E};"
            f"{source}:BURS:MODE TRIG;{source}:BURS:NCYC 1;{source}:BURS:STAT 1;"
            f":TRIG{k}:SOUR BUS;:TRIG{k}:DEL 0"
        )
        self._playing[k] = Shot(codes=np.empty(0, dtype=np.int16), key=rest,
                                rate_hz=REST_RATE_HZ, delay_s=0.0, smooth=True)

    def _rest_key(self, k: int) -> str:
        """The name of a channel's rest: with its code, as every name here says what it holds. An
        older waveform that the instrument has kept is never taken for a new one."""
        return f"REST{self._rest_codes[k] & 0xFFFF:04X}"

    def _upload_rest(self, k: int) -> str:
        key = self._rest_key(k)
        self._upload(k, key, np.full(REST_POINTS, self._rest_codes[k], dtype=np.int16))
        return key

    def _verify(self, k: int) -> None:
        """Read back what decides how much voltage reaches the device: bytes in another order are
        other levels, another load doubles them."""
        self.transport.read_back({
            "FORM:BORD?": "SWAP", f"OUTP{k}:LOAD?": INFINITE_OHM, f"SOUR{k}:FUNC?": "ARB",
            f"SOUR{k}:VOLT?": 2 * self.full_scale_v, f"SOUR{k}:VOLT:OFFS?": 0.0,
            f"SOUR{k}:BURS:MODE?": "TRIG", f"SOUR{k}:BURS:NCYC?": 1.0,
            f"SOUR{k}:BURS:STAT?": 1.0, f"TRIG{k}:SOUR?": "BUS",
            f"SOUR{k}:FUNC:ARB?": self._rest_key(k),
            f"SOUR{k}:DATA:ATTR:POIN? {self._rest_key(k)}": float(REST_POINTS),
        }, "the outputs stay off")

    def output_on(self) -> None:
        """Connect all outputs, at rest."""
        self.transport.write(";".join(f":OUTP{k} 1" for k in self.channels))
        self.transport.check("switching the outputs on")
        self.check_on()

    def check_on(self) -> None:
        """See that all outputs are on: one may not have obeyed, or have tripped."""
        self.transport.read_back({f"OUTP{k}:STAT?": 1.0 for k in self.channels}, OFF_BY_ITSELF)

    def arm(self, shots: Sequence[Shot]) -> None:
        """Load what the next trigger plays; what is there already is not sent again.

        Whatever changes is read back in the same message, before it can be fired: a waveform that
        was not taken would leave the one before it, which may be a pulse in a read's place.
        """
        changes, expected, is_new = list[str](), dict[str, float | str](), False
        for k, shot in zip(self.channels, shots, strict=True):
            wanted = shot if shot.codes.size else self._at_rest(k)
            if wanted.key not in self._loaded[k]:
                self._upload(k, wanted.key, wanted.codes)
                expected[f"SOUR{k}:DATA:ATTR:POIN? {wanted.key}"] = float(wanted.codes.size)
                is_new = True
            for leaf, argument, value in self._changes(k, self._playing[k], wanted):
                changes.append(f"{leaf} {argument}")
                expected[f"{leaf.removeprefix(':')}?"] = value
            self._playing[k] = wanted
        if expected:
            self.transport.read_back(expected, "nothing was fired", setting=changes,
                                     after="a waveform", are_small=True)
        if is_new:
            self.transport.check("a waveform")

    def _at_rest(self, k: int) -> Shot:
        return Shot(codes=np.empty(0, dtype=np.int16), key=self._rest_key(k), rate_hz=REST_RATE_HZ,
                    delay_s=self._playing[k].delay_s, smooth=True)

    def _changes(
        self, k: int, before: Shot, wanted: Shot
    ) -> Iterator[tuple[str, str, float | str]]:
        """Commands whose setting changes, with its text, and the value that is read back."""
        if wanted.key != before.key:
            yield f":SOUR{k}:FUNC:ARB", wanted.key, wanted.key
        if wanted.rate_hz != before.rate_hz:
            yield f":SOUR{k}:FUNC:ARB:SRAT", f"{wanted.rate_hz:.9E}", wanted.rate_hz
        if wanted.smooth != before.smooth:
            word = "STEP" if wanted.smooth else "OFF"
            yield f":SOUR{k}:FUNC:ARB:FILT", word, word
        if wanted.delay_s != before.delay_s:
            yield f":TRIG{k}:DEL", f"{wanted.delay_s:.9E}", wanted.delay_s

    def _upload(self, k: int, key: str, codes: Codes) -> None:
        if sum(self._loaded[k].values()) + codes.size > self.abilities.points_max:
            self._make_room(k)
        self.transport.write_block(f"SOUR{k}:DATA:ARB:DAC {key},", codes.astype("<i2").tobytes())
        self._loaded[k][key] = codes.size

    def _make_room(self, k: int) -> None:
        """Drop all waveforms of a channel. Clearing selects the built-in waveform, which rests at
        full scale; so the channel drives 0 V as DC meanwhile."""
        self.transport.write(f"SOUR{k}:FUNC DC;:SOUR{k}:DATA:VOL:CLE")
        self._loaded[k].clear()
        rest = self._upload_rest(k)
        self.transport.read_back(
            {f"SOUR{k}:FUNC:ARB?": rest, f"SOUR{k}:FUNC?": "ARB",
             f"SOUR{k}:DATA:ATTR:POIN? {rest}": float(REST_POINTS)}, "nothing was fired",
            setting=[f"SOUR{k}:FUNC:ARB {rest}", f":SOUR{k}:FUNC ARB"], after=CLEARING)
        self.transport.check(CLEARING)
        self._playing[k] = replace(self._playing[k], key=rest)

    def fire(self) -> None:
        """Trigger both channels at once; returns when the instrument has taken the trigger, so
        that no time passes while the message is still on the wire.

        :raises BenchError: when an output is off, as the same message asks.
        """
        self.transport.read_back({f"OUTP{k}:STAT?": 1.0 for k in self.channels}, OFF_BY_ITSELF,
                                 setting=["*TRG"], after="a trigger")

    def off_messages(self) -> Sequence[str]:
        """Stop what is played, outputs off; all in one message, so that none of it waits for
        another one. Then every output by itself: a message ends at what is refused.

        Stopping is 0 V here: a burst that is stopped rests at its first point, which is the rest
        code in every waveform that is loaded. No level is sent: with another function, or without
        its burst, the generator would play on freely for as long as it takes to change.
        """
        off = ";".join(f":OUTP{k} 0" for k in self.channels)
        return [f"ABOR;{off}", *(f"OUTP{k} 0" for k in self.channels)]

    def off_answers(self) -> Mapping[str, str]:
        """Every output says 0."""
        return {f"OUTP{k}?": "0" for k in self.channels}

    def drive_accuracy(self) -> DriveAccuracy:
        """1 % of the level ± 2 mV, rectangular."""
        return DriveAccuracy(gain_rel=0.01 / RECTANGULAR, offset_v=2e-3 / RECTANGULAR)
