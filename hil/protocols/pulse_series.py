"""Potentiation and depression by equal pulses, each followed by a read that does not disturb."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from memrig.hil.errors import RequestError
from memrig.hil.parameters import Level, parameter
from memrig.hil.protocol import Preset, Protocol, Realised, Result, Setup, Steps
from memrig.hil.protocols._curve import curve_metrics
from memrig.hil.protocols._reads import program_and_read, read_stimulus
from memrig.hil.record import Reading, Record
from memrig.hil.shapes import rectangle
from memrig.hil.stimulus import Role, Stimulus

ORDERS = {
    "potentiation": (1,), "depression": (-1,),
    "potentiation-depression": (1, -1), "depression-potentiation": (-1, 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """One train of equal pulses.

    :param polarity: +1 potentiates, -1 depresses.
    """

    polarity: int
    amplitude_v: float
    width_s: float


@dataclass(frozen=True, kw_only=True)
class PulseSeries(Protocol):
    """Trains of equal program pulses with a read after each (the article's Fig. 3 and 4).

    A train is one stimulus: it is uploaded once and gives one reading per pulse. Lists of
    amplitudes and widths give one train for every combination.
    """

    name: ClassVar[str] = "pulse-series"
    title: ClassVar[str] = "Program/read pulse series"
    figure: ClassVar[str] = "series"
    presets: ClassVar[Mapping[str, Preset]] = {
        "article-fig3": Preset(
            help="the article's Fig. 3: potentiation, program pulse then read",
            parameters={"order": "potentiation", "count": "20"},
        ),
        "article-fig4": Preset(
            help="the article's Fig. 4: potentiation and depression at three amplitudes and two "
                 "widths, from the lowest conductance; every depression ends there again, so that "
                 "the trains can be laid over each other",
            parameters={"amplitude_set": "1 v_set, 0.95 v_set, 0.9 v_set",
                        "amplitude_reset": "1 v_reset, 0.95 v_reset, 0.9 v_reset",
                        "width": "100us, 50us"},
            model={"x0": 0.0},
        ),
    }

    realised: ClassVar[Mapping[str, Realised]] = {
        "amplitude_set": Realised("level", (Role.PROGRAM,)),
        "amplitude_reset": Realised("level", (Role.PROGRAM,)),
        "width": Realised("width", (Role.PROGRAM,)), "gap": Realised("gap", (Role.PROGRAM,)),
        "read_level": Realised("level", block="read"),
        "read_window": Realised("window", block="read"),
    }

    amplitude_set: tuple[Level, ...] = parameter(
        (Level(1.0, "v_set"),), unit="V", help="open-circuit voltage of potentiating pulses")
    amplitude_reset: tuple[Level, ...] = parameter(
        (Level(1.0, "v_reset"),), unit="V", help="open-circuit voltage of depressing pulses")
    width: tuple[float, ...] = parameter(
        (0.0,), unit="s", low=0.0, high=100.0, zero="automatic",
        help="of the pulses; 0: the profile's own")
    count: int = parameter(50, unit="1", low=1, high=10_000_000, help="pulses of a train")
    order: str = parameter("potentiation-depression", unit="", choices=tuple(ORDERS),
                           help="which trains, in which order")
    cycles: int = parameter(1, unit="1", low=1, high=100_000, help="how often all is repeated")
    gap: float = parameter(1e-3, unit="s", low=0.0, high=3600.0,
                           help="rest between a pulse and its read")
    pause: float = parameter(0.0, unit="s", low=0.0, high=3600.0,
                             help="rest between a read and the next pulse")
    read_level: Level = parameter(Level(0.8, "v_read_max"), unit="V", help="read voltage")
    read_window: float = parameter(0.0, unit="s", low=0.0, high=100.0,
                                   zero="automatic",
                                   help="averaging time; 0: whole mains periods, see read_periods")
    read_periods: int = parameter(1, unit="1", low=1, high=1000,
                                  help="mains periods of the window, where it is not given")

    def validate(self) -> None:
        """Lists of amplitudes pair up."""
        lengths = {len(self.amplitude_set), len(self.amplitude_reset)}
        if 0 in lengths or not self.width:
            raise RequestError("pulse-series: an empty list of amplitudes or widths was asked")
        if len(lengths) == 2 and 1 not in lengths:
            message = (
                f"pulse-series: {len(self.amplitude_set)} amplitudes of SET and "
                f"{len(self.amplitude_reset)} of RESET were asked; equally many are needed, or one"
            )
            raise RequestError(message)

    def run(self, setup: Setup) -> Steps:
        """A read, then a train, for every train."""
        level_v = setup.profile.volts(self.read_level)
        window_s = self.read_window or self.read_periods / setup.mains_hz
        for series, train in enumerate(self._trains(setup)):
            labels = {"series": series, "polarity": train.polarity,
                      "amplitude_v": train.amplitude_v, "width_s": train.width_s}
            yield read_stimulus(setup, level_v, window_s, labels, role=Role.INITIALISE)
            pulse = rectangle(level_v=train.amplitude_v, width_s=train.width_s)
            top, window = program_and_read(setup, pulse, self.gap, level_v, window_s)
            yield Stimulus(role=Role.PROGRAM, top=top, windows=(window,), labels=labels,
                           repeat=self.count, period_s=top.duration_s + self.pause)

    def _trains(self, setup: Setup) -> Iterator[Train]:
        amplitudes = max(len(self.amplitude_set), len(self.amplitude_reset))
        widths = [w or setup.profile.pulse_s for w in self.width]
        for _, width_s, k in itertools.product(range(self.cycles), widths, range(amplitudes)):
            for polarity in ORDERS[self.order]:
                levels = self.amplitude_set if polarity > 0 else self.amplitude_reset
                level = levels[min(k, len(levels) - 1)]
                yield Train(polarity=polarity, amplitude_v=setup.profile.volts(level),
                            width_s=width_s)

    def analyse(self, records: Sequence[Record]) -> Result:
        """Conductance after every pulse, and the metrics of the curves."""
        trains = [_columns(record) for record in records if record.role is Role.PROGRAM]
        values = {name: [one for train in trains for one in train[name]] for name in _COLUMNS}
        values["start_siemens"] = [
            float(r.readings.conductance_siemens[-1]) for r in records
            if r.role is Role.INITIALISE and r.readings
        ]
        return Result(protocol=self.name, values={**values, **curve_metrics(records)})

    def increments(self, records: Sequence[Record]) -> Sequence[tuple[Reading, Reading]]:
        """Neighbouring readings of every train, the one before it included."""
        pairs: list[tuple[Reading, Reading]] = []
        before: Reading | None = None
        for record in records:
            for reading in record.readings:
                if before is not None and record.role is Role.PROGRAM:
                    pairs.append((before, reading))
                before = reading
        return pairs


_COLUMNS = ("conductance_siemens", "u_siemens", "polarity", "series", "pulse", "amplitude_v",
            "width_s", "v_read_v")


def _columns(record: Record) -> dict[str, Sequence[Any]]:
    labels, readings = record.stimulus.labels, record.readings
    return {
        "conductance_siemens": readings.conductance_siemens.tolist(),
        "u_siemens": readings.u_siemens.tolist(), "pulse": range(1, len(readings) + 1),
        "v_read_v": readings.v_dut_v.tolist(),
        **{name: [labels[name]] * len(readings)
           for name in ("polarity", "series", "amplitude_v", "width_s")},
    }
