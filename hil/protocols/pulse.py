"""One pulse, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from memrig.hil.parameters import Level, parameter
from memrig.hil.protocol import Protocol, Realised, Result, Setup, Steps
from memrig.hil.protocols._change import change_of
from memrig.hil.protocols._reads import program_and_read, read_stimulus
from memrig.hil.record import Reading, Record
from memrig.hil.shapes import rectangle
from memrig.hil.stimulus import Role, Stimulus


@dataclass(frozen=True, kw_only=True)
class Pulse(Protocol):
    """One rectangular pulse between two reads of the same level, window and range."""

    name: ClassVar[str] = "pulse"
    title: ClassVar[str] = "One pulse"
    figure: ClassVar[str] = "reads"

    realised: ClassVar[Mapping[str, Realised]] = {
        "amplitude": Realised("level", (Role.PROGRAM,)),
        "width": Realised("width", (Role.PROGRAM,)), "gap": Realised("gap", (Role.PROGRAM,)),
        "read_level": Realised("level", block="read"),
        "read_window": Realised("window", block="read"),
    }

    amplitude: Level = parameter(Level(1.0, "v_set"), unit="V",
                                 help="open-circuit voltage of the pulse")
    width: float = parameter(0.0, unit="s", low=0.0, high=100.0,
                             zero="automatic", help="of the pulse; 0: the profile's own")
    gap: float = parameter(1e-3, unit="s", low=0.0, high=3600.0,
                           help="rest between the pulse and the read")
    read_level: Level = parameter(Level(0.8, "v_read_max"), unit="V", help="read voltage")
    read_window: float = parameter(0.0, unit="s", low=0.0, high=100.0,
                                   zero="automatic", help="averaging time; 0: one mains period")

    def run(self, setup: Setup) -> Steps:
        """A read, then the pulse with its read."""
        level_v = setup.profile.volts(self.read_level)
        yield read_stimulus(setup, level_v, self.read_window, {}, role=Role.INITIALISE)
        amplitude_v = setup.profile.volts(self.amplitude)
        width_s = self.width or setup.profile.pulse_s
        top, window = program_and_read(
            setup, rectangle(level_v=amplitude_v, width_s=width_s), self.gap, level_v,
            self.read_window,
        )
        yield Stimulus(role=Role.PROGRAM, top=top, windows=(window,),
                       labels={"amplitude_v": amplitude_v, "width_s": width_s})

    def analyse(self, records: Sequence[Record]) -> Result:
        """Conductance before and after, and the change with its uncertainty."""
        pairs = self.increments(records)
        return Result(protocol=self.name, values=change_of(*pairs[0]) if pairs else {})

    def increments(self, records: Sequence[Record]) -> Sequence[tuple[Reading, Reading]]:
        """The readings before and after the pulse."""
        readings = [record.readings[-1] for record in records if record.readings]
        return [(readings[0], readings[1])] if len(readings) == 2 else []
