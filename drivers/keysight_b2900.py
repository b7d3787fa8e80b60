"""Keysight B2900 source/measure units as voltage sources that step through lists.

Ref: Agilent B2900 Series SCPI Command Reference, B2910-90030, edition 2; data sheet 5990-7009EN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from memrig.drivers.roles import SmuAbilities, SmuShot
from memrig.drivers.transport import OFF_BY_ITSELF, Transport
from memrig.hil.bench import DriveAccuracy
from memrig.hil.errors import BenchError
from memrig.hil.record import Accuracy, Channel
from memrig.hil.status import Status

RECTANGULAR = math.sqrt(3.0)
LINE_HZ = 50.0
NAN, OVERFLOW = 9.91e37, 9.9e37
COMPLIANCE_BIT, OVERFLOW_BIT = 2, 8192
COLUMNS = 4
"""Voltage, current, time, status of every point."""
VOLTS: Mapping[float, tuple[float, float]] = {
    0.2: (1.5e-4, 2.25e-4), 2.0: (2e-4, 3.5e-4), 20.0: (1.5e-4, 5e-3), 200.0: (1.5e-4, 5e-2),
}
AMPERES: Mapping[float, tuple[float, float]] = {
    1e-7: (6e-4, 1e-10), 1e-6: (2.5e-4, 5e-10), 1e-5: (2.5e-4, 1.5e-9), 1e-4: (2e-4, 2.5e-8),
    1e-3: (2e-4, 2e-7), 1e-2: (2e-4, 2.5e-6), 0.1: (2e-4, 2e-5), 1.0: (3e-4, 1.5e-3),
    1.5: (5e-4, 3.5e-3), 3.0: (4e-3, 7e-3),
}
"""Full scale to limits of gain (relative) and offset, 5990-7009EN."""
NOISE_REL, DRIFT_REL = 3e-6, 1e-6
OVER_RANGE = 1.05
"""What a range holds, relative to its full scale."""


class KeysightB2900:
    """B2901 to B2912: list sweeps on the timer, voltage and current of every point."""

    role: ClassVar[str] = "smu"
    identity: ClassVar[str] = r",B29[016][0-9][A-C]"
    models: ClassVar[tuple[str, ...]] = ("B2901A/B/BL", "B2902A/B", "B2911A/B", "B2912A/B")
    source: ClassVar[str] = "B2910-90030; data sheet 5990-7009EN"
    abilities = SmuAbilities(
        channels=2, interval_min_s=20e-6, aperture_min_s=8e-6, points_max=2500, v_max_v=210.0,
        i_max_a=3.03, ranges_a=tuple(AMPERES), ranges_v=tuple(VOLTS), settle_s=5e-6,
        # Overshoot: User's Guide B2910-90010, edition 2, page 2-20. A step of 20 us holds an
        # aperture of 8 us; 5.5 digits on the source's side.
        dead_s=12e-6, aperture_max_s=2.0, over_range=OVER_RANGE, overshoot_v=10e-3,
        overshoot_rel=1e-3, step_rel=5e-6,
    )

    def __init__(self, transport: Transport, channels: Sequence[int] = (1, 2)) -> None:
        self.transport = transport
        self._there = self._channels = tuple(channels)
        self._shot: SmuShot | None = None
        self._stretch = (0, 0)
        self._places: dict[bytes, int] = {}
        self._used = 0
        self._range_v = 2.0

    def connect(self) -> str:
        """Outputs off, reset; returns the identity."""
        identity = self.transport.identify("Keysight B2900", self.identity)
        for message in self.off_messages():
            self.transport.write(message)
        self.transport.write("*CLS;*RST")
        self.transport.done()
        return identity

    def prepare(
        self, rest_v: Mapping[int, float], limits_a: Mapping[int, float], range_v: float
    ) -> None:
        """Voltage sources on a fixed range; lists on the timer; words of 64 bits.

        After a list the level is that between lists again (``TRIG:CONT`` off). An output that is
        switched off goes to 0 V before its relay opens (``NORM``); high impedance would open it at
        whatever level it is, and leave the device with that on its cables.
        """
        self._channels, self._shot, self._range_v = tuple(rest_v), None, range_v
        self._stretch, self._used = (0, 0), 0
        self._places.clear()
        self.transport.write("FORM REAL,64;:FORM:BORD SWAP;:FORM:ELEM:SENS VOLT,CURR,TIME,STAT")
        for k, level_v in rest_v.items():
            self.transport.write(
                f":SOUR{k}:FUNC:MODE VOLT;:SOUR{k}:FUNC:TRIG:CONT 0;:SOUR{k}:VOLT:RANG:AUTO 0;"
                f":SOUR{k}:VOLT:RANG {range_v:g};:SOUR{k}:VOLT {level_v:.6E};"
                f":SOUR{k}:VOLT:MODE LIST;:SOUR{k}:WAIT 0;:SENS{k}:WAIT 0;:OUTP{k}:PROT 0;"
                f":OUTP{k}:ON:AUTO 0;:OUTP{k}:OFF:AUTO 0;:OUTP{k}:OFF:MODE NORM;"
                f":SENS{k}:FUNC \"VOLT\",\"CURR\";:SENS{k}:VOLT:RANG:AUTO 0;"
                f":SENS{k}:VOLT:RANG {range_v:g};:SENS{k}:CURR:RANG:AUTO 0;"
                f":TRIG{k}:SOUR TIM"
            )
        self.limit(limits_a)
        self.transport.check("the settings of a run")
        for k, level_v in rest_v.items():
            self.transport.read_back({
                f"SOUR{k}:FUNC:MODE?": "VOLT", f"SOUR{k}:VOLT:MODE?": "LIST",
                f"SOUR{k}:VOLT:RANG?": range_v, f"SOUR{k}:VOLT?": level_v,
                f"OUTP{k}:OFF:MODE?": "NORM",
            }, "the outputs stay off")

    def limit(self, limits_a: Mapping[int, float]) -> None:
        """Set the current limit of every channel; what is read back must be it."""
        for k, limit_a in limits_a.items():
            self.transport.write(f":SENS{k}:CURR:PROT {limit_a:.6E}")
            (found_a,) = self.transport.numbers(f":SENS{k}:CURR:PROT?")
            if not math.isclose(found_a, limit_a, rel_tol=1e-4):
                message = (
                    f"{self.transport.name}: the current limit of channel {k} reads back "
                    f"{found_a:g} A instead of {limit_a:g} A"
                )
                raise BenchError(message)

    def output_on(self) -> None:
        """Connect the outputs, at 0 V."""
        self.transport.write(";".join(f":OUTP{k} 1" for k in self._channels))
        self.transport.check("switching the outputs on")
        self.check_on()

    def check_on(self) -> None:
        """See that all outputs are on: one may not have obeyed, or have tripped."""
        self.transport.read_back({f"OUTP{k}:STAT?": 1.0 for k in self._channels}, OFF_BY_ITSELF)

    def arm(self, shot: SmuShot) -> None:
        """Load levels and timing; what is there already is not sent again."""
        first, old = self._place(shot.levels_v), self._shot
        points = next(iter(shot.levels_v.values())).size
        settings, expected = list[str](), dict[str, float | str]()
        if self._stretch != (first, points):
            for k in shot.levels_v:
                settings.append(f":SOUR{k}:LIST:VOLT:STAR {first};:TRIG{k}:COUN {points}")
                expected |= {f"SOUR{k}:LIST:VOLT:STAR?": first, f"TRIG{k}:TRAN:COUN?": points,
                             f"TRIG{k}:ACQ:COUN?": points}
        if old is None or (old.interval_s, old.aperture_s, old.range_a) != (
                shot.interval_s, shot.aperture_s, shot.range_a):
            for k in shot.levels_v:
                settings.append(self._timing(k, shot))
                expected |= self._timed(k, shot)
        self._shot, self._stretch = shot, (first, points)
        if settings:
            self.transport.read_back(expected, "nothing was fired", setting=settings,
                                     after="a list of levels", are_small=True)

    def _place(self, levels_v: Mapping[int, npt.NDArray[np.float64]]) -> int:
        """Where in the list memory these levels stand, from 1; sent if they are not there.

        Lists that fit beside each other all stay, so that a train of pulses and reads is sent
        once.
        """
        key = b"".join(levels.tobytes() for levels in levels_v.values())
        size = next(iter(levels_v.values())).size
        if key not in self._places:
            if self._used + size > self.abilities.points_max:
                self._places.clear()
                self._used = 0
            verb = ":APP" if self._used else ""
            for k, levels in levels_v.items():
                text = ",".join(f"{v:.6E}" for v in levels)
                self.transport.write(f":SOUR{k}:LIST:VOLT{verb} {text}")
            self.transport.check("a list of levels")
            self.transport.read_back({f"SOUR{k}:LIST:VOLT:POIN?": float(self._used + size)
                                      for k in levels_v}, "nothing was fired")
            if not self._used:  # in place of a list that may have had as many points
                self._check_levels(levels_v)
            self._places[key] = self._used + 1
            self._used += size
        return self._places[key]

    def _timing(self, k: int, shot: SmuShot) -> str:
        # A shorter interval than the old aperture, or the reverse, is refused on the way.
        return (
            f":TRIG{k}:ACQ:DEL 0;:SENS{k}:CURR:APER {self.abilities.aperture_min_s:.6E};"
            f":TRIG{k}:TIM {shot.interval_s:.9E};:SENS{k}:CURR:APER {shot.aperture_s:.9E};"
            f":TRIG{k}:ACQ:DEL {shot.interval_s - shot.aperture_s:.9E};"
            f":SENS{k}:CURR:RANG {shot.range_a:g}"
        )

    def _timed(self, k: int, shot: SmuShot) -> dict[str, float | str]:
        """What the timing reads back as."""
        return {f"TRIG{k}:TRAN:TIM?": shot.interval_s, f"TRIG{k}:ACQ:TIM?": shot.interval_s,
                f"TRIG{k}:ACQ:DEL?": shot.interval_s - shot.aperture_s,
                f"SENS{k}:CURR:APER?": shot.aperture_s, f"SENS{k}:CURR:RANG?": shot.range_a}

    def _check_levels(self, levels_v: Mapping[int, npt.NDArray[np.float64]]) -> None:
        for k, levels in levels_v.items():
            found = self.transport.numbers(f":SOUR{k}:LIST:VOLT?", levels.size)
            if not np.allclose(found, levels, rtol=1e-6, atol=1e-6):
                raise BenchError(f"{self.transport.name}: the levels of channel {k} read back as "
                                 "others than were sent; nothing was fired")

    @property
    def _listed(self) -> str:
        return ",".join(map(str, self._channels))

    def fire(self) -> None:
        """Start all channels at once; returns when the instrument has taken the trigger."""
        self.transport.numbers(f":INIT (@{self._listed});:STAT:OPER:COND?")

    def abort(self) -> None:
        """Stop stepping."""
        self.transport.write(f":ABOR (@{self._listed})")

    def fetch(self, probes: Mapping[int, Any], start: int) -> tuple[Channel, ...]:
        """Voltage and current of every channel from point ``start`` on, as far as all have them.

        :param probes: (voltage probe, current probe) by channel number.
        """
        rows = {k: self._rows(k, start) for k in probes}
        shortest = min(one.shape[0] for one in rows.values())
        found: list[Channel] = []
        for k, (v_probe, i_probe) in probes.items():
            found += self._channels_of(k, v_probe, i_probe, rows[k][:shortest], start)
        return tuple(found)

    def _rows(self, k: int, start: int) -> npt.NDArray[np.float64]:
        """Points of a channel, shape (n, columns); a single "not a number" stands for none.

        The same message asks for its output: what is measured behind an output that has tripped
        is nothing of the device.
        """
        is_on = f"OUTP{k}:STAT?"
        block = self.transport.query_block(
            f":{is_on};:SENS{k}:DATA? {start}", "<f8", first="1",
            meaning={"0": f"{is_on} reads back 0 instead of 1; {OFF_BY_ITSELF}"})
        return block.reshape(-1, COLUMNS) if block.size % COLUMNS == 0 else np.empty((0, COLUMNS))

    def _channels_of(
        self, k: int, v_probe: str, i_probe: str, rows: npt.NDArray[np.float64], start: int
    ) -> list[Channel]:
        shot = self._shot
        if shot is None or not rows.size:
            return []
        middle_s = shot.interval_s - 0.5 * shot.aperture_s
        t_s = np.asarray((np.arange(rows.shape[0]) + start) * shot.interval_s + middle_s,
                         dtype=np.float64)
        status = _status(rows)
        amperes = self.current_accuracy(k, shot.range_a, shot.aperture_s)
        volts = self._accuracy(VOLTS, self._range_v, shot.aperture_s, f"smu{k}v")
        return [
            Channel(probe=v_probe, data=_held(rows, 0, self._range_v), t_s=t_s, status=status,
                    accuracy=volts, range_name=f"{self._range_v:g} V"),
            Channel(probe=i_probe, data=_held(rows, 1, shot.range_a), t_s=t_s, status=status,
                    accuracy=amperes, range_name=f"{shot.range_a:g} A"),
        ]

    def _accuracy(
        self, ranges: Mapping[float, tuple[float, float]], full: float, aperture_s: float, key: str
    ) -> Accuracy:
        gain, offset = ranges[full]
        return Accuracy(
            key=key, range_gain_rel=gain / RECTANGULAR, offset=offset / RECTANGULAR,
            noise=NOISE_REL * full / math.sqrt(aperture_s * LINE_HZ), drift=DRIFT_REL * full,
        )

    def look(self, channels: Sequence[int], range_v: float) -> None:
        """Turn channels into voltmeters: 0 A sources on a fixed voltage range, connected."""
        self.transport.write("FORM REAL,64;:FORM:BORD SWAP;:FORM:ELEM:SENS VOLT,CURR,TIME,STAT")
        for k in channels:
            self.transport.write(
                f":SOUR{k}:FUNC:MODE CURR;:SOUR{k}:CURR 0;:SENS{k}:FUNC \"VOLT\";"
                f":SENS{k}:VOLT:PROT {OVER_RANGE * range_v:g};"
                f":SENS{k}:VOLT:RANG:AUTO 0;:SENS{k}:VOLT:RANG {range_v:g};:OUTP{k} 1"
            )
        self.transport.check("a voltmeter's settings")
        self._range_v = range_v

    def seen_volts(self, channels: Sequence[int], aperture_s: float) -> list[float]:
        """Voltages at channels that look, averaged over one aperture, all at the same time."""
        listed = ",".join(map(str, channels))
        for k in channels:
            self.transport.write(f":SENS{k}:VOLT:APER {aperture_s:.6E}")
        block = self.transport.query_block(f":MEAS? (@{listed})", "<f8")
        if block.size != len(channels) * COLUMNS or not np.isfinite(block).all():
            raise self.transport.out_of_step(f":MEAS? (@{listed})", block.tobytes())
        return [float(v) for v in block.reshape(-1, COLUMNS)[:, 0]]

    def volts_accuracy(self, channel: int, aperture_s: float) -> Accuracy:
        """Of a voltage on the present range."""
        return self._accuracy(VOLTS, self._range_v, aperture_s, f"smu{channel}v")

    def current_accuracy(self, channel: int, range_a: float, aperture_s: float) -> Accuracy:
        """Of a current on a range."""
        return self._accuracy(AMPERES, range_a, aperture_s, f"smu{channel}i")

    def off_messages(self) -> Sequence[str]:
        """Stop stepping, 0 V, outputs off; all in one message, so that none of it waits for
        another one. Then every output by itself: a message ends at what is refused.

        Stopping comes first: a list that goes on would take the output away from its 0 V again,
        and the relay would open at whatever level it has come to. ``VOLT`` acts at once in any
        state; in a voltmeter's channel, which sources 0 A, it changes nothing.
        """
        listed = ",".join(map(str, self._there))
        zero = ";".join(f":SOUR{k}:VOLT 0" for k in self._there)
        off = ";".join(f":OUTP{k} 0" for k in self._there)
        return [f":ABOR (@{listed});{zero};{off}", *(f"OUTP{k} 0" for k in self._there)]

    def off_answers(self) -> Mapping[str, str]:
        """Every output says 0."""
        return {f"OUTP{k}?": "0" for k in self._there}

    def drive_accuracy(self, range_v: float) -> DriveAccuracy:
        """Of a level on a range, rectangular."""
        gain, offset = VOLTS[range_v]
        return DriveAccuracy(gain_rel=gain / RECTANGULAR, offset_v=offset / RECTANGULAR)


def _held(rows: npt.NDArray[np.float64], column: int, full: float) -> npt.NDArray[np.float64]:
    """One column; a point beyond its range, which has no value, is held at the range's end with
    the sign of the other quantity (its status says so)."""
    values, other = rows[:, column], rows[:, 1 - column]
    return np.asarray(np.where(_is_beyond(values),
                               np.copysign(OVER_RANGE * full, other), values))


def _is_beyond(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Where there is no value: overflow, or not a number, in this family's way or in IEEE's."""
    return ~(np.abs(values) < OVERFLOW)


def _status(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.uint16]:
    """Flags of points (n, columns): compliance, overflow, not a number."""
    # What is no bit field is read as one with everything set against the point.
    known = (rows[:, 3] >= 0.0) & (rows[:, 3] < 2**31)
    bits = np.where(known, rows[:, 3], COMPLIANCE_BIT | OVERFLOW_BIT).astype(np.int64)
    found = np.where(bits & COMPLIANCE_BIT, int(Status.COMPLIANCE), 0)
    found |= np.where((bits & OVERFLOW_BIT) | _is_beyond(rows[:, :2]).any(axis=1),
                      int(Status.OVERRANGE), 0)
    return np.asarray(found if found.any() else np.empty(0), dtype=np.uint16)
