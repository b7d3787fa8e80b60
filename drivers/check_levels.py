"""Steady levels for a bench check: set, settled, seen by the oscilloscope and by a voltmeter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from memrig.drivers.awg_scope import AwgScopeBench
from memrig.drivers.roles import Capture, Shot, Smu
from memrig.hil.derive import steady_budget
from memrig.hil.record import Accuracy, Channel
from memrig.hil.status import Status
from memrig.hil.uncertainty import Budget

MAINS_S = 0.02
HOLD_S = 0.1
"""How long a level is held; the first period of the mains is for settling."""
RATE_HZ = 1e4
POINTS = 2000
LOOKS_AT: Mapping[int, str] = {1: "v_top", 2: "v_bottom"}
"""Which node each channel of the voltmeter is connected to, named as the oscilloscope's probe."""
SMU_RANGES_V = (0.2, 2.0, 20.0)
FULL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One mean of one instrument's channel at one set of levels.

    :param name: what is read, ``"v_bottom@0.05 V/div"`` or ``"smu2@2 V"``.
    :param probe: the node's probe in the netlist.
    :param budget: its uncertainty apart from gain and offset, volts.
    :param clipped: whether it is worthless because the range was exceeded.
    """

    name: str
    probe: str
    value_v: float
    budget: Budget
    accuracy: Accuracy
    clipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Levels to set, and the largest voltage each probe will see.

    :param set_v: open-circuit volts by source.
    :param reach_v: by probe.
    :param scale_v: volts per division of all channels; 0 chooses by reach.
    """

    set_v: Mapping[str, float]
    reach_v: Mapping[str, float]
    scale_v: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What was set and everything that was seen."""

    levels: Levels
    seen: tuple[Seen, ...] = field(default_factory=tuple)


class LevelStation:
    """Sets levels on a bench of generator and oscilloscope and reads everything that looks.

    :param before: called before every level; what it raises ends the check.
    """

    def __init__(self, bench: AwgScopeBench, before: Callable[[], object]) -> None:
        self._bench, self._before = bench, before
        self._range_v = 0.0

    def take(self, wanted: Sequence[Levels]) -> list[Point]:
        """Set one after the other; the outputs must be on."""
        return [self._take(one) for one in wanted]

    def _take(self, levels: Levels) -> Point:
        bench = self._bench
        self._before()
        bench.scope.arm(self._capture(levels))
        bench.awg.arm([self._shot(k, levels.set_v[s]) for k, s in enumerate(bench.sources)])
        bench.scope.ready()
        volts = self._ready_voltmeter(levels)
        bench.awg.fire()
        bench.clock.sleep(MAINS_S)
        looked = tuple(self._looked(volts)) if volts else ()
        bench.clock.sleep(HOLD_S)
        channels = bench.scope.fetch(bench.probes, 0.0)
        return Point(levels=levels, seen=looked + tuple(map(_mean, channels)))

    def _shot(self, index: int, level_v: float) -> Shot:
        """A level that is held for ``HOLD_S``, with rest around it."""
        scale = self._bench.scales[index]
        level = int(scale.codes(np.array([level_v]))[0])
        codes = np.full(round(HOLD_S * RATE_HZ) + 2, level, dtype=np.int16)
        codes[0] = codes[-1] = scale.rest_code
        return Shot(codes=codes, key=f"LEVEL{level}".replace("-", "N"), rate_hz=RATE_HZ,
                    delay_s=0.0, smooth=False)

    def _capture(self, levels: Levels) -> Capture:
        scope = self._bench.scope
        scales = {
            number: levels.scale_v or _scale_for(levels.reach_v[probe], scope.scales_v)
            for number, probe in self._bench.probes.items()
        }
        return Capture(scales_v=scales, before_s=0.0, range_s=HOLD_S, points=POINTS,
                       averaging=True)

    def _ready_voltmeter(self, levels: Levels) -> Smu | None:
        smu = self._bench.smu
        if smu is None:
            return None
        reach_v = max(levels.reach_v[probe] for probe in LOOKS_AT.values())
        range_v = next((r for r in SMU_RANGES_V if reach_v <= FULL * r), SMU_RANGES_V[-1])
        if range_v != self._range_v:
            smu.look(list(LOOKS_AT), range_v)
            self._range_v = range_v
        return smu

    def _looked(self, smu: Smu) -> Iterator[Seen]:
        volts = smu.seen_volts(list(LOOKS_AT), MAINS_S)
        for (channel, probe), value_v in zip(LOOKS_AT.items(), volts, strict=True):
            accuracy = smu.volts_accuracy(channel, MAINS_S)
            yield Seen(name=f"smu{channel}@{self._range_v:g} V", probe=probe, value_v=value_v,
                       budget=steady_budget(accuracy, value_v, 1), accuracy=accuracy)


def _scale_for(reach_v: float, scales_v: Sequence[float]) -> float:
    """The smallest scale that shows a voltage within three divisions, zero errors apart."""
    return next((s for s in scales_v if 3.0 * s >= reach_v), scales_v[-1])


def _mean(channel: Channel) -> Seen:
    """Mean of the settled whole periods of the mains; clipped points make it worthless."""
    t_s, accuracy = channel.times_s, channel.accuracy
    inside = (t_s >= MAINS_S) & (t_s < HOLD_S - 1e-9)
    flagged = (channel.flags[inside] & int(Status.CLIPPED | Status.OVERRANGE)).any()
    value_v = float(channel.values[inside].mean())
    return Seen(
        name=f"{channel.probe}@{channel.range_name}", probe=channel.probe, value_v=value_v,
        budget=steady_budget(accuracy, value_v, int(inside.sum())), accuracy=accuracy,
        clipped=bool(flagged),
    )
