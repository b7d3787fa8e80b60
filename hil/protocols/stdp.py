"""Spike-timing-dependent plasticity: overlapping spikes at both electrodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.parameters import Level, parameter
from memrig.hil.profile import Profile
from memrig.hil.protocol import Preset, Protocol, Realised, Result, Setup, Steps
from memrig.hil.protocols._initialise import Approach
from memrig.hil.protocols._reads import read_stimulus
from memrig.hil.protocols._window import POINT, Point, found_points, window_values
from memrig.hil.record import Reading, Record
from memrig.hil.shapes import SPIKES, rest
from memrig.hil.stimulus import Label, Role, Stimulus
from memrig.hil.waveform import Waveform

CONTROLS = {
    "pair": Role.SPIKE_PAIR, "sham": Role.SHAM, "pre-only": Role.PRE_ONLY,
    "post-only": Role.POST_ONLY, "reversed": Role.REVERSED,
}
SPIKING = (Role.SPIKE_PAIR, Role.PRE_ONLY, Role.POST_ONLY)
TARGET_SHARE = 0.3
"""Where the default target lies between the smallest and the largest conductance."""


class Spike(NamedTuple):
    """One neuron's spike: magnitudes of its two peaks, and how long each part lasts."""

    shape: str
    positive_v: float
    negative_v: float
    positive_s: float
    negative_s: float

    def waveform(self) -> Waveform:
        """The spike around 0 s."""
        return SPIKES[self.shape](positive_v=self.positive_v, negative_v=self.negative_v,
                                  positive_s=self.positive_s, negative_s=self.negative_s)


def _magnitude(share: float, of: str, what: str) -> Any:
    return parameter(Level(share, of), unit="V", help=f"{what}, its magnitude")


@dataclass(frozen=True, kw_only=True)
class Stdp(Protocol):
    """Change of conductance against the delay between a pre- and a postsynaptic spike (Fig. 5).

    dt = t_post - t_pre. The presynaptic spike enters at one electrode, the postsynaptic one at
    the other, so that the device sees their difference; by default they are wired so that dt > 0
    potentiates. Before every point the device is brought to the same conductance. Controls (no
    spikes, one spike, both reversed) are interleaved at random and give the detection limit.
    """

    name: ClassVar[str] = "stdp"
    title: ClassVar[str] = "Spike-timing-dependent plasticity"
    figure: ClassVar[str] = "stdp"
    presets: ClassVar[Mapping[str, Preset]] = {
        "article-fig5": Preset(help="the article's Fig. 5: bipolar triangular spikes",
                               parameters={"points": "8", "repeats": "2"}),
        "yakopcic": Preset(
            help="spikes below both thresholds of the Yakopcic device, so that only pairs act; for "
                 "series resistances well below the device's own",
            parameters=dict.fromkeys(
                ("pre_positive", "pre_negative", "post_positive", "post_negative"), "0.14V"),
        ),
    }

    realised: ClassVar[Mapping[str, Realised]] = {
        **dict.fromkeys(("pre_positive", "pre_negative", "post_positive", "post_negative"),
                        Realised("level", SPIKING)),
        **dict.fromkeys(("pre_t_positive", "pre_t_negative", "post_t_positive", "post_t_negative"),
                        Realised("grid", SPIKING)),
        **dict.fromkeys(("dt", "dt_min", "dt_max"), Realised("delay", SPIKING)),
        "target": Realised("target", SPIKING),
        "read_level": Realised("level", block="read"),
        "read_window": Realised("window", block="read"),
    }

    shape: str = parameter("saw", unit="", choices=tuple(SPIKES), help="of both spikes")
    pre_positive: Level = _magnitude(0.75 / 1.4, "v_reset", "positive peak of the pre spike")
    pre_negative: Level = _magnitude(0.60 / 1.7, "v_set", "negative peak of the pre spike")
    post_positive: Level = _magnitude(1.10 / 1.7, "v_set", "positive peak of the post spike")
    post_negative: Level = _magnitude(0.45 / 1.4, "v_reset", "negative peak of the post spike")
    pre_t_positive: float = parameter(1e-3, unit="s", low=1e-9, high=10.0,
                                      help="duration of the pre spike's positive part")
    pre_t_negative: float = parameter(10e-3, unit="s", low=1e-9, high=10.0,
                                      help="duration of the pre spike's negative part")
    post_t_positive: float = parameter(1e-3, unit="s", low=1e-9, high=10.0,
                                       help="duration of the post spike's positive part")
    post_t_negative: float = parameter(10e-3, unit="s", low=1e-9, high=10.0,
                                       help="duration of the post spike's negative part")
    wiring: str = parameter("auto", unit="", choices=("auto", "top-pre", "top-post"),
                            help="which spike enters at the top; auto: dt > 0 potentiates")
    dt: tuple[float, ...] = parameter((), unit="s", low=-100.0, high=100.0,
                                      help="delays; made from the following when empty")
    dt_min: float = parameter(1e-3, unit="s", low=0.0, high=100.0, help="smallest delay")
    dt_max: float = parameter(8e-3, unit="s", low=0.0, high=100.0, help="largest delay")
    points: int = parameter(5, unit="1", low=1, high=100_000, help="delays on each side of 0")
    spacing: str = parameter("linear", unit="", choices=("linear", "log"), help="of the delays")
    dt_zero: bool = parameter(True, unit="", help="whether dt = 0 is among them")
    repeats: int = parameter(1, unit="1", low=1, high=100_000, help="how often every delay")
    order: str = parameter("random", unit="", choices=("random", "ascending"),
                           help="of points and controls")
    pairs: int = parameter(1, unit="1", low=1, high=1_000_000, help="spike pairs per point")
    pair_rate: float = parameter(10.0, unit="Hz", low=1e-6, high=1e6, help="pairs per second")
    target: tuple[float, ...] = parameter(
        (0.0,), unit="S", low=0.0, high=100.0,
        zero="automatic", help="conductances to start from; 0: 30 % of the profile's range")
    tolerance: float = parameter(0.02, unit="1", low=1e-4, high=1.0,
                                 help="of the starting conductance, relative; twice that "
                                      "after the relaxation")
    tries: int = parameter(60, unit="1", low=1, high=100_000, help="pulses to reach the target")
    approach: str = parameter("from-below", unit="", choices=("from-below", "either-side"),
                              help="from-below: the last pulse before a point potentiates")
    relaxation: float = parameter(0.1, unit="s", low=0.0, high=1e5,
                                  help="wait between the approach and the point")
    on_failure: str = parameter("accept", unit="", choices=("accept", "skip", "stop"),
                                help="where the target is not reached")
    sham: int = parameter(4, unit="1", low=0, high=100_000, help="controls without spikes")
    pre_only: int = parameter(1, unit="1", low=0, high=100_000, help="controls without post")
    post_only: int = parameter(1, unit="1", low=0, high=100_000, help="controls without pre")
    reversed_pairs: int = parameter(1, unit="1", low=0, high=100_000,
                                    help="controls with both spikes of opposite sign")
    read_delay: tuple[float, ...] = parameter(
        (10e-3,), unit="s", low=0.0, high=1e5, help="rests between the last spike and the reads")
    read_level: Level = parameter(Level(0.8, "v_read_max"), unit="V", help="read voltage")
    read_window: float = parameter(0.0, unit="s", low=0.0, high=100.0,
                                   zero="automatic", help="averaging time; 0: one mains period")

    def validate(self) -> None:
        """Delays, targets and rates must fit together."""
        if not self.dt and self.dt_min >= self.dt_max and self.points > 1:
            message = (
                f"stdp: delays from {self.dt_min:g} s to {self.dt_max:g} s were asked; dt_min "
                "must be below dt_max"
            )
            raise RequestError(message)
        if not self.dt and self.spacing == "log" and self.dt_min == 0.0:
            raise RequestError("stdp: logarithmic delays from 0 s were asked; dt_min above 0 s")
        if not self.target or not self.read_delay:
            raise RequestError("stdp: an empty list of targets or read delays was asked")
        if list(self.read_delay) != sorted(self.read_delay):
            raise RequestError("stdp: read delays must ascend")
        if self.pairs > 1:
            self._check_rate()

    def _check_rate(self) -> None:
        pre, post = self._neurons(lambda _: 0.1)
        duration_s = max(_framed(pre, post, dt)[0].duration_s
                         for dt in (self.delays_s[0], self.delays_s[-1]))
        if 1.0 / self.pair_rate < duration_s:
            message = (
                f"stdp: {self.pair_rate:g} pairs per second were asked; a pair lasts "
                f"{duration_s:g} s, so at most {1.0 / duration_s:g} Hz"
            )
            raise RequestError(message)

    @property
    def delays_s(self) -> list[float]:
        """All delays, ascending."""
        if self.dt:
            return sorted(set(self.dt))
        make = np.geomspace if self.spacing == "log" else np.linspace
        side = make(self.dt_min, self.dt_max, self.points) if self.points > 1 else [self.dt_max]
        zero = [0.0] if self.dt_zero else []
        return sorted({*(-float(d) for d in side), *zero, *(float(d) for d in side)})

    def run(self, setup: Setup) -> Steps:
        """Initialise, apply, read: for every point and control."""
        approach = Approach(
            setup=setup, tolerance=self.tolerance, tries=self.tries,
            from_below=self.approach == "from-below", level_v=setup.profile.volts(self.read_level),
            window_s=self.read_window, relaxation_s=self.relaxation,
        )
        for number, point in enumerate(self._schedule(setup)):
            labels = _labels(number, point)
            reached = yield from approach.reach(point.target_siemens, labels)
            if not reached and self.on_failure == "stop":
                return
            if reached or self.on_failure == "accept":
                yield from self._measured(setup, point, {**labels, "reached": reached})

    def sketch(self, setup: Setup) -> Iterator[Stimulus]:
        """All points and controls; what brings the device to its target is found on the way."""
        for number, point in enumerate(self._schedule(setup)):
            yield from self._measured(setup, point, _labels(number, point))

    def _schedule(self, setup: Setup) -> list[Point]:
        counts = {"sham": self.sham, "pre-only": self.pre_only, "post-only": self.post_only,
                  "reversed": self.reversed_pairs}
        points = []
        for target in self.target:
            g = target or default_target(setup.profile)
            points += [Point("pair", dt, k, g) for k in range(self.repeats) for dt in self.delays_s]
            points += [Point(control, self._control_delay(control), k, g)
                       for control, count in counts.items() for k in range(count)]
        if self.order == "random":
            np.random.Generator(np.random.Philox(key=[setup.seed, 0x73746470])).shuffle(points)
        return points

    def _control_delay(self, control: str) -> float:
        """A reversed pair acts most at the shortest positive delay; the others have none."""
        positive = [d for d in self.delays_s if d > 0]
        return positive[0] if control == "reversed" and positive else 0.0

    def _measured(self, setup: Setup, point: Point, labels: Mapping[str, Any]) -> Steps:
        top, bottom = self.spikes(setup.profile, point.dt_s, point.control)
        period_s = 1.0 / self.pair_rate if self.pairs > 1 else 0.0
        waited_s = 0.0
        if point.control == "sham":
            waited_s = -(max(top.stop_s, bottom.stop_s) + period_s * (self.pairs - 1))
        else:
            yield Stimulus(role=CONTROLS[point.control], top=top, bottom=bottom, labels=labels,
                           repeat=self.pairs, period_s=period_s)
        for delay_s in self.read_delay:
            yield read_stimulus(
                setup, setup.profile.volts(self.read_level), self.read_window,
                {**labels, "delay_s": delay_s}, rest_before_s=delay_s - waited_s,
            )
            waited_s = delay_s

    def spikes(
        self, profile: Profile, dt_s: float, control: str = "pair"
    ) -> tuple[Waveform, Waveform]:
        """Waveforms of both electrodes for one delay, both as long as the pair, from 0 s."""
        pre, post = _applied(*self._neurons(profile.volts), dt_s, control)
        at_top = self.wiring == "top-pre" or (self.wiring == "auto" and profile.set_polarity < 0)
        return (pre, post) if at_top else (post, pre)

    def _neurons(self, volts: Callable[[Level], float]) -> tuple[Spike, Spike]:
        def spike(positive: Level, negative: Level, positive_s: float, negative_s: float) -> Spike:
            return Spike(self.shape, abs(volts(positive)), abs(volts(negative)), positive_s,
                         negative_s)

        return (spike(self.pre_positive, self.pre_negative,
                      self.pre_t_positive, self.pre_t_negative),
                spike(self.post_positive, self.post_negative,
                      self.post_t_positive, self.post_t_negative))

    def analyse(self, records: Sequence[Record]) -> Result:
        """The window with confidence intervals, controls and detection limit."""
        values, warnings = window_values(records)
        return Result(protocol=self.name, values=values, warnings=tuple(warnings))

    def increments(self, records: Sequence[Record]) -> Sequence[tuple[Reading, Reading]]:
        """Conductance before and after every point and control."""
        return [(point.before, point.after) for point in found_points(records)]


@lru_cache(maxsize=256)  # a run repeats its dry run, and a preview mostly the one before
def _applied(pre: Spike, post: Spike, dt_s: float, control: str) -> tuple[Waveform, Waveform]:
    """What both neurons apply at a point or control, both as long as the pair, from 0 s."""
    one, two = _framed(pre, post, dt_s)
    return (one * {"post-only": 0.0, "sham": 0.0, "reversed": -1.0}.get(control, 1.0),
            two * {"pre-only": 0.0, "sham": 0.0, "reversed": -1.0}.get(control, 1.0))


def _framed(pre: Spike, post: Spike, dt_s: float) -> tuple[Waveform, Waveform]:
    one, two = pre.waveform(), post.waveform().shift(dt_s)
    start_s, stop_s = min(one.start_s, two.start_s), max(one.stop_s, two.stop_s)
    frame = rest(stop_s - start_s)
    return frame + one.shift(-start_s), frame + two.shift(-start_s)


def _labels(number: int, point: Point) -> dict[str, Label]:
    return {POINT: number, "control": point.control, "dt_s": point.dt_s, "repeat": point.repeat,
            "target_siemens": point.target_siemens}


def default_target(profile: Profile) -> float:
    """The conductance that points start from when none is given, siemens."""
    low, high = 1.0 / profile.r_max_ohm, 1.0 / profile.r_min_ohm
    return low + TARGET_SHARE * (high - low)


