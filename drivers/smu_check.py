"""``memrig bench check`` of a source/measure unit: a known resistor stands in the device's place.

What a resistor can tell: the ratio of current and voltage on every range, the difference of the
channels' zeros (amperes are small against volts there), one channel's levels against the other's.
What it cannot: the volt itself. Voltages are those of channel 1's voltmeter, whose data sheet is
the uncertainty that every level keeps (``u_scale_rel``); it cancels in conductances. With a series
resistor in the circuit the ratio gives that resistor instead, and the data sheet of the current
ranges holds. A resistor looks the same from both sides: which channel is at which electrode, it
cannot say.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from memrig.drivers.roles import SmuShot
from memrig.drivers.smu_bench import SOURCES, SmuBench
from memrig.hil.bench import Watch
from memrig.hil.calibration import Calibration, CheckReport, Correction
from memrig.hil.errors import StoppedError
from memrig.hil.record import Accuracy, Channel
from memrig.hil.status import Status
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Floats

MAINS_HZ = 50.0
INTERVAL_S, POINTS = 10e-3, 100
"""Of one level: a second, whole periods of the mains; the first points are for settling."""
QUICK_S, QUICK_POINTS = 200e-6, 12
"""The same where the wiring may be wrong: nothing stands long at its limit."""
SETTLING_POINTS = 2
FAST_S = 1e-3
FILL = 0.9
"""Part of a range that the largest level fills."""
ZEROS_V = 10e-3
"""Room for the zeros of both sources, on ranges that are small against them."""
LEVEL_MIN_V = 0.05
WIRING_V = 0.5
OPEN, SHORT = 0.05, 3.0
"""Currents, relative to the resistor's, that no contact and a short circuit give."""
TOLERANCE = 0.02
HEADROOM = 4.0
"""Limit of the current during the check of the wiring, relative to the resistor's current."""
LIMIT = math.sqrt(3.0)
"""From a rectangular uncertainty to the limit that the data sheet prints."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Mean of one probe at each level, shape (n,); ``u`` is its standard uncertainty."""

    means: Floats
    u: float
    accuracy: Accuracy
    range_name: str
    flagged: int


@dataclass(frozen=True, slots=True)
class Response:
    """How all probes followed the sources' levels on one current range.

    :param level_v: largest level of either source.
    :param seen: by probe.
    """

    range_a: float
    level_v: float
    seen: dict[str, Seen]

    def zero(self, probe: str) -> float:
        """Indication with all levels at 0 V."""
        return float(self.seen[probe].means[0])

    def slope(self, probe: str, source: int) -> float:
        """Indication per volt of a source's level (0: top, 1: bottom)."""
        up, down = self.seen[probe].means[1 + 2 * source : 3 + 2 * source]
        return float(up - down) / (2.0 * self.level_v)

    def u_slope(self, probe: str) -> float:
        """Standard uncertainty of a slope, by noise."""
        return self.seen[probe].u / (math.sqrt(2.0) * self.level_v)

    def any(self, status: Status) -> bool:
        """Whether a point of any probe is flagged so."""
        return any(one.flagged & int(status) for one in self.seen.values())


def check_smu(
    bench: SmuBench, *, resistor_ohm: float, u_rel: float, watch: Watch
) -> CheckReport:
    """Verify the wiring, then calibrate everything that a resistor can tell.

    :param watch: heard before every list, its stop while one is played.

    :raises BenchError: when an instrument fails; the outputs are off.
    """
    with bench.energised():
        watch.at(0.0)
        wired, sentences = _wiring(bench, resistor_ohm, watch)
        if not wired:
            return CheckReport(calibration=Calibration(), verdicts=tuple(sentences), passed=False)
        bench.limit(bench.i_max_a)
        responses = [r for r in _responses(bench, resistor_ohm, watch)
                     if not r.any(Status.OVERRANGE)]
        hum_v = _hum(bench, responses[0].range_a, watch) * resistor_ohm
    fit = _Fit(bench, resistor_ohm, u_rel, responses)
    calibration = Calibration(
        measured_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        reference=f"{format_quantity(resistor_ohm, 'ohm', 6)} ± {100.0 * LIMIT * u_rel:.2g} %",
        probes=fit.probes(), sources=fit.sources(), elements=fit.elements(), hum_v=hum_v,
    )
    found = list(fit.verdicts(calibration))
    hum = f"mains hum: {format_quantity(hum_v, 'V', 2)} across the resistor"
    return CheckReport(
        calibration=calibration, verdicts=(*sentences, *(text for _, text in found), hum),
        passed=all(good for good, _ in found),
    )


# --- measuring


def _responses(bench: SmuBench, resistor_ohm: float, watch: Watch) -> Iterator[Response]:
    """Every range that the resistor reaches, the smallest first."""
    ohm = resistor_ohm + bench.series_ohm
    ranges_a = bench.read_ranges
    for done, range_a in enumerate(ranges_a, 1):
        watch.at(done / (len(ranges_a) + 1))
        level_v = min(bench.v_max_v - ZEROS_V, FILL * range_a * ohm - ZEROS_V,
                      bench.i_max_a * ohm * FILL)
        yield _response(bench, watch, range_a, max(level_v, 0.0))
        if range_a >= bench.range_for(bench.i_max_a):
            return


def _response(
    bench: SmuBench, watch: Watch, range_a: float, level_v: float,
    interval_s: float = INTERVAL_S, points: int = POINTS,
) -> Response:
    """All levels at 0 V, then each source up and down while the others rest."""
    n = len(bench.sources)
    true_v = np.zeros((n, 1 + 2 * n))
    for k in range(n):
        true_v[k, 1 + 2 * k : 3 + 2 * k] = level_v, -level_v
    rows = np.pad(np.repeat(true_v, points, axis=1), ((0, 0), (0, 1)))
    shot = SmuShot(
        levels_v={SOURCES[s]: row for s, row in zip(bench.sources, rows, strict=True)},
        interval_s=interval_s, aperture_s=interval_s - bench.smu.abilities.dead_s, range_a=range_a,
    )
    stepped = _stepped(bench, shot, watch)
    seen = {probe: _means(parts, 1 + 2 * n, points) for probe, parts in stepped.items()}
    return Response(range_a, level_v, seen)


def _stepped(bench: SmuBench, shot: SmuShot, watch: Watch) -> dict[str, list[Channel]]:
    """Step through a list; its channels by probe."""
    found: dict[str, list[Channel]] = {}
    for channels in bench.stepped(shot, watch.stop, poll_s=math.inf):
        for channel in channels:
            found.setdefault(channel.probe, []).append(channel)
    if not found or watch.stop.is_set():
        raise StoppedError("the check was stopped; the outputs are off")
    return found


def _means(parts: Sequence[Channel], levels: int, points: int) -> Seen:
    """Mean of every level without its first points."""
    values = np.concatenate([part.values for part in parts])[: levels * points]
    flags = np.concatenate([part.flags for part in parts])
    settled = values.reshape(levels, points)[:, SETTLING_POINTS:]
    accuracy = parts[0].accuracy
    return Seen(
        means=settled.mean(axis=1), u=accuracy.noise / math.sqrt(settled.shape[1]),
        accuracy=accuracy, range_name=parts[0].range_name,
        flagged=int(np.bitwise_or.reduce(flags)),
    )


def _hum(bench: SmuBench, range_a: float, watch: Watch) -> float:
    """Amplitude of the mains' frequency in the current at 0 V, amperes."""
    rows = np.zeros(POINTS)
    shot = SmuShot(levels_v={SOURCES[s]: rows for s in bench.sources}, interval_s=FAST_S,
                   aperture_s=FAST_S - bench.smu.abilities.dead_s, range_a=range_a)
    parts = _stepped(bench, shot, watch)["i_top"]
    t_s, i_a = (np.concatenate([getattr(p, n) for p in parts]) for n in ("times_s", "values"))
    turns = np.exp(-2j * math.pi * MAINS_HZ * t_s)
    return float(2.0 * abs(np.mean((i_a - i_a.mean()) * turns)))


# --- wiring


def _wiring(
    bench: SmuBench, resistor_ohm: float, watch: Watch
) -> tuple[bool, list[str]]:
    """Whether every channel sees what the netlist says, at a low level and a low limit."""
    ohm = resistor_ohm + bench.series_ohm
    level_v = min(WIRING_V, 0.5 * bench.v_max_v)
    limit_a = min(bench.i_max_a, HEADROOM * (level_v + ZEROS_V) / ohm)
    bench.limit(limit_a)
    response = _response(bench, watch, bench.range_for(limit_a), level_v, QUICK_S,
                         QUICK_POINTS)
    wrong = list(_faults(bench, response, ohm))
    if wrong:
        return False, [f"WRONG WIRING: {sentence}" for sentence in wrong]
    right = "wiring: every channel holds its level, and the resistor's current flows"
    if len(bench.sources) == 2:
        right += " from one into the other; which is at which electrode, a resistor cannot tell"
    return True, [right]


def _faults(bench: SmuBench, response: Response, ohm: float) -> Iterator[str]:
    share = response.slope("i_top", 0) * ohm
    if response.any(Status.COMPLIANCE) or share > SHORT:
        yield ("the electrodes are shorted, or the resistor is far smaller than "
               f"{format_quantity(ohm, 'ohm')}: the limit of the current was reached")
        return
    for k, source in enumerate(bench.sources):
        volts, _ = bench.probes[SOURCES[source]]
        if abs(response.slope(volts, k) - 1.0) > TOLERANCE:
            yield (f"channel {SOURCES[source]} sees {response.slope(volts, k):.3f} V per volt of "
                   "its own level: its sense lead is open, or something else drives its node")
    if abs(share) < OPEN:
        yield ("no current flows: nothing connects the electrodes (no contact, a broken lead, or "
               "a channel that is not connected)")
    elif abs(share - 1.0) > TOLERANCE:
        yield (f"the resistance is {format_quantity(ohm / share, 'ohm')} instead of "
               f"{format_quantity(ohm, 'ohm')}: another resistor, or a bad contact")
    if len(bench.sources) == 2 and abs(share) >= OPEN:
        yield from _faults_between(response)


def _faults_between(response: Response) -> Iterator[str]:
    """What only the second channel shows."""
    there, back = response.slope("i_top", 0), response.slope("i_far", 0)
    if back / there > OPEN:
        yield "the current of channel 2 has the sign of channel 1's: one of them is inverted"
    elif abs(back / there + 1.0) > TOLERANCE:
        yield (f"{-100.0 * back / there:.0f} % of channel 1's current arrive at channel 2: there "
               "is a leak to ground, or the electrodes are not both connected")


# --- calibrating


@dataclass(frozen=True, slots=True)
class _Fit:
    """From the responses to corrections; formulas of the module's first page."""

    bench: SmuBench
    resistor_ohm: float
    u_rel: float
    responses: Sequence[Response]

    @property
    def best(self) -> Response:
        """The response with the largest level; of equal ones, that on the smallest range."""
        return max(self.responses, key=lambda r: r.level_v)

    @property
    def scale_rel(self) -> float:
        """What is not known of the volt: the data sheet of channel 1's voltmeter."""
        return self.best.seen["v_top"].accuracy.range_gain_rel

    @property
    def difference_v(self) -> tuple[float, float]:
        """The sources' difference with all levels at 0 V, from the current on the smallest range,
        and its standard uncertainty."""
        ohm = self.resistor_ohm + self.bench.series_ohm
        response = self.responses[0]
        signs = {"i_top": 1.0} | ({"i_far": -1.0} if "i_far" in response.seen else {})
        i_a = np.mean([sign * response.zero(probe) for probe, sign in signs.items()])
        variance = sum(
            one.u**2 + one.accuracy.offset**2 + one.accuracy.drift**2
            for one in (response.seen[probe] for probe in signs)
        )
        return float(i_a) * ohm, ohm * math.sqrt(variance) / len(signs)

    def sources(self) -> dict[str, Correction]:
        """Levels in the unit of channel 1's voltmeter. Only the difference of the zeros acts on
        the device: the top's correction holds all of it, the bottom's is the reference."""
        best, (zero_v, u_zero_v) = self.best, self.difference_v
        found = {}
        for k, source in enumerate(self.bench.sources):
            volts = best.slope("v_top", 0) * (1.0 if k == 0 else self._ratio(best))
            volts += self.bench.source_ohm(source) * best.slope("v_top", 0) / self._between_ohm
            u_rel = math.hypot(self.scale_rel, best.u_slope("v_top"))
            found[source] = Correction(
                gain=volts, offset=0.0 if k else zero_v, u_gain_rel=u_rel,
                u_offset=0.0 if k else u_zero_v)
        return found

    @property
    def _between_ohm(self) -> float:
        return self.resistor_ohm + self.bench.series_ohm

    @staticmethod
    def _ratio(response: Response) -> float:
        """Level of the bottom source against that of the top source, by the same ammeter."""
        return -response.slope("i_top", 1) / response.slope("i_top", 0)

    def probes(self) -> dict[str, Correction]:
        """Corrections of every range that was reached."""
        found = dict(self._voltages())
        for response in self.responses:
            for probe, sign in (("i_top", 1.0), ("i_far", -1.0)):
                if probe in response.seen:
                    one = self._current(response, probe, sign)
                    found[f"{probe}@{response.seen[probe].range_name}"] = one
        return found

    def _voltages(self) -> Iterator[tuple[str, Correction]]:
        best, (zero_v, u_zero_v) = self.best, self.difference_v
        for k, source in enumerate(self.bench.sources):
            probe, _ = self.bench.probes[SOURCES[source]]
            seen = best.seen[probe]
            gain = 1.0
            if k:
                gain = best.slope("v_top", 0) * self._ratio(best) / best.slope(probe, 1)
            true_v = 0.0 if k else zero_v
            yield f"{probe}@{seen.range_name}", Correction(
                gain=gain, offset=true_v - gain * best.zero(probe), u_scale_rel=self.scale_rel,
                u_gain_rel=math.hypot(best.u_slope(probe), best.u_slope("v_top")) if k else 0.0,
                u_offset=math.hypot(0.0 if k else u_zero_v, seen.u, seen.accuracy.drift))

    def _current(self, response: Response, probe: str, sign: float) -> Correction:
        """Gain and zero of one current range."""
        seen, (zero_v, u_zero_v) = response.seen[probe], self.difference_v
        sheet = math.hypot(seen.accuracy.gain_rel, seen.accuracy.range_gain_rel)
        gain, u_gain_rel = self._current_gain(response, probe, sign)
        if u_gain_rel >= sheet:
            gain, u_gain_rel = 1.0, sheet
        true_a = sign * zero_v / self._between_ohm
        return Correction(
            gain=gain, offset=true_a - gain * response.zero(probe), u_gain_rel=u_gain_rel,
            u_scale_rel=self.scale_rel,
            u_offset=math.hypot(u_zero_v / self._between_ohm, seen.u, seen.accuracy.drift))

    def _current_gain(self, response: Response, probe: str, sign: float) -> tuple[float, float]:
        """From the resistor, where nothing unknown is in series with it."""
        if self.bench.series_ohm or response.level_v < LEVEL_MIN_V:
            return 1.0, math.inf
        volts, amperes = response.slope("v_top", 0), sign * response.slope(probe, 0)
        u_rel = math.hypot(self.u_rel, response.u_slope("v_top") / volts,
                           response.u_slope(probe) / amperes)
        return volts / self.resistor_ohm / amperes, u_rel

    def elements(self) -> dict[str, tuple[float, float]]:
        """The series resistor, from what is more than the reference."""
        if not self.bench.has_series_resistor:
            return {}
        best = self.best
        probes = {"i_top": 1.0} | ({"i_far": -1.0} if "i_far" in best.seen else {})
        amperes = float(np.mean([s * best.slope(p, 0) for p, s in probes.items()]))
        whole = best.slope("v_top", 0) / amperes
        sheet = best.seen["i_top"].accuracy.range_gain_rel / math.sqrt(len(probes))
        u_ohm = math.hypot(whole * math.hypot(sheet, self.scale_rel),
                           self.resistor_ohm * self.u_rel)
        return {"r_series": (whole - self.resistor_ohm, u_ohm)}

    def verdicts(self, calibration: Calibration) -> Iterator[tuple[bool, str]]:
        """(good, sentence) for what has a data sheet."""
        within = f"{100.0 * LIMIT * self.scale_rel:.2g} %"
        yield True, (f"volts are those of channel 1's voltmeter, within {within} (its data sheet); "
                     "the resistor ties amperes to them")
        drive = self.bench.smu.drive_accuracy(self.bench.range_v)
        for source, one in calibration.sources.items():
            allowed = LIMIT * (drive.gain_rel + self.scale_rel)
            yield _judged(f"{source}: gain", one.gain - 1.0, allowed, "1")
        zeros_v = LIMIT * drive.offset_v * len(calibration.sources)
        yield _judged("difference of the zeros", self.difference_v[0], zeros_v, "V")
        for name, one in calibration.probes.items():
            if name.startswith("i_") and one.gain != 1.0:
                probe, _, range_name = name.partition("@")
                sheet = next(r.seen[probe].accuracy.range_gain_rel for r in self.responses
                             if r.seen[probe].range_name == range_name)
                allowed = LIMIT * (sheet + self.scale_rel + self.u_rel) + 3.0 * one.u_gain_rel
                yield _judged(f"{probe} on {range_name}: gain", one.gain - 1.0, allowed, "1")
        for name, (ohm, u_ohm) in calibration.elements.items():
            yield True, (f"{name}: {format_quantity(ohm, 'ohm', 6)} ± "
                         f"{format_quantity(u_ohm, 'ohm', 2)}")


def _judged(what: str, value: float, allowed: float, unit: str) -> tuple[bool, str]:
    good = abs(value) <= allowed
    found, limit = (format_quantity(v, unit, 2) for v in (value, allowed))
    word = "within" if good else "NOT GOOD, outside"
    return good, f"{what} is off by {found}, {word} the data sheet ({limit})"
