"""A device that is small enough to know by heart, and a bench for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from memrig.hil.calibration import Calibration
from memrig.hil.netlist import ideal
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol, Setup
from memrig.hil.record import Accuracy, Channel, Chunk, Record
from memrig.hil.stimulus import Block, Stimulus


def profile_of(polarity: int, **changes: object) -> Profile:
    values: dict[str, object] = {
        "name": "small", "v_set_v": 1.0 * polarity, "v_reset_v": -1.0 * polarity,
        "v_read_max_v": 0.2, "v_max_v": 2.0, "v_min_v": -2.0, "i_max_a": 1e-2, "r_min_ohm": 1e3,
        "r_max_ohm": 1e5, "pulse_s": 1e-4, "energy_max_j": 1.0, "state": "formed",
    }
    return Profile(**{**values, **changes})  # type: ignore[arg-type]  # values by name


@dataclass
class Small:
    """An ohmic device whose conductance moves by ``rate`` siemens per volt and second above a
    threshold, towards more where the voltage has its polarity.

    :param offset_a: added to every current that is measured.
    """

    g_siemens: float = 2e-4
    polarity: int = -1
    rate: float = 0.3
    threshold_v: float = 0.3
    low_siemens: float = 1e-5
    high_siemens: float = 1e-3
    offset_a: float = 0.0
    accuracy: Accuracy = field(default_factory=Accuracy)
    seen: list[Stimulus] = field(default_factory=list)

    @property
    def setup(self) -> Setup:
        return Setup(profile=profile_of(self.polarity), settle_s=1e-5, seed=3)

    def apply(self, stimulus: Stimulus) -> Record:
        self.seen.append(stimulus)
        blocks = tuple(
            PlannedBlock(kind=b.kind, start_s=b.start_s, top=b.top, bottom=b.bottom,
                         windows=b.windows) for b in stimulus.blocks
        )
        plan = Plan(stimulus=stimulus, bench="small", blocks=blocks,
                    spacing_s=stimulus.spacing_s)
        chunks = tuple(self._chunk(block, repeat, index) for repeat in range(stimulus.repeat)
                       for index, block in enumerate(stimulus.blocks))
        return Record(stimulus=stimulus, plan=plan, netlist=ideal(), calibration=Calibration(),
                      chunks=chunks, simulated=True)

    def _chunk(self, block: Block, repeat: int, index: int) -> Chunk:
        t_s, v_v = _drawn(block)
        i_a = self._currents(t_s, v_v) + self.offset_a
        channels = [Channel(probe=name, data=data, t_s=t_s, accuracy=self.accuracy)
                    for name, data in (("v_top", v_v), ("i_top", i_a))]
        return Chunk(repeat=repeat, block=index, t_s=0.0, channels=tuple(channels))

    def _currents(self, t_s: np.ndarray, v_v: np.ndarray) -> np.ndarray:
        middle = 0.5 * (v_v[1:] + v_v[:-1])
        over = np.sign(middle) * np.maximum(np.abs(middle) - self.threshold_v, 0.0)
        g = [self.g_siemens]
        for change in self.polarity * self.rate * over * np.diff(t_s):
            g.append(float(np.clip(g[-1] + change, self.low_siemens, self.high_siemens)))
        self.g_siemens = g[-1]
        return v_v * np.array(g)


def _drawn(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Times and voltages of a block, both sides of every step."""
    wave = block.top - block.bottom
    inner = np.linspace(0.0, block.duration_s, 401)[1:-1]
    inner = np.setdiff1d(inner, wave.vertices()[0])
    t_s = np.concatenate([wave.vertices()[0], inner])
    v_v = np.concatenate([wave.vertices()[1], wave.value(inner)])
    order = np.argsort(t_s, kind="stable")
    return t_s[order], v_v[order]


def drive(protocol: Protocol, device: Small, setup: Setup | None = None) -> list[Record]:
    """Everything a protocol does to the device."""
    steps, records = protocol.run(setup or device.setup), []
    try:
        stimulus = next(steps)
        while True:
            records.append(device.apply(stimulus))
            stimulus = steps.send(records[-1])
    except StopIteration:
        return records


@dataclass(frozen=True)
class Kit:
    """What the tests of protocols share."""

    device: type[Small] = Small
    drive: Callable[..., list[Record]] = drive
    profile: Callable[..., Profile] = profile_of


@pytest.fixture
def kit() -> Kit:
    """The small device, its bench and its profile."""
    return Kit()
