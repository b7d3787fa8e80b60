"""What came back: channels as the instruments gave them, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.hil.calibration import Calibration
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.status import Status
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.uncertainty import Budget, standard

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Standard uncertainties of a channel, from its data sheet, in the channel's unit.

    :param key: names the hidden errors, so that readings which share them are known to.
    :param gain_rel: of the gain, relative, common to every range; ``range_gain_rel`` comes on
        top and belongs to one range.
    :param offset: of a constant added to every point.
    :param noise: of one point, white.
    :param drift: of the difference of two means within one record (slow noise).
    :param linearity: of one level, smooth over levels ``linearity_length`` apart.
    """

    key: str = ""
    gain_rel: float = 0.0
    range_gain_rel: float = 0.0
    offset: float = 0.0
    noise: float = 0.0
    drift: float = 0.0
    linearity: float = 0.0
    linearity_length: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What one probe of the netlist gave for one block.

    Values are ``data * scale + offset``, at ``t0_s + dt_s * index`` or at ``t_s``, seconds from
    the block's start.

    :param data: codes (integers) or floats, shape (n,).
    :param status: bit field per point (``Status``), shape (n,); empty when all are good.
    :param range_name: the range it was taken on, e.g. ``"40 mV"``.
    """

    probe: str
    data: npt.NDArray[Any]
    scale: float = 1.0
    offset: float = 0.0
    t0_s: float = 0.0
    dt_s: float = 0.0
    t_s: Floats = field(default_factory=lambda: np.empty(0))
    status: Flags = field(default_factory=lambda: np.empty(0, dtype=np.uint16))
    range_name: str = ""
    accuracy: Accuracy = field(default_factory=Accuracy)

    @property
    def values(self) -> Floats:
        """The quantity in volts or amperes, shape (n,)."""
        return np.asarray(self.data * self.scale + self.offset, dtype=np.float64)

    @property
    def times_s(self) -> Floats:
        """Times of the points, seconds from the block's start, shape (n,)."""
        if self.t_s.size:
            return self.t_s
        return np.asarray(self.t0_s + self.dt_s * np.arange(self.data.size), dtype=np.float64)

    @property
    def flags(self) -> Flags:
        """Status of every point, shape (n,)."""
        return self.status if self.status.size else np.zeros(self.data.size, dtype=np.uint16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of a record as it arrives: the channels of one block of one repeat, or some points.

    :param t_s: when the block was fired, on the bench's clock.
    """

    repeat: int
    block: int
    t_s: float
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Voltage across and current through the device, shape (n,) each, from the block's start."""

    t_s: Floats
    v_dut_v: Floats
    i_a: Floats
    status: Flags

    @property
    def good(self) -> npt.NDArray[np.bool_]:
        """Where nothing is known against a point."""
        return np.asarray(self.status == int(Status.OK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One conductance with the conditions it was read under.

    :param v_dut_v: voltage measured at the device, mean of the window less baseline.
    :param budget: what its uncertainty is made of, in siemens.
    :param delay_s: from the end of the last program block to the start of the window.
    :param t_s: when it was taken, on the bench's clock.
    """

    conductance_siemens: float
    v_dut_v: float
    i_a: float
    budget: Budget
    repeat: int
    block: int
    window_s: tuple[float, float]
    samples: int
    range_name: str
    delay_s: float
    t_s: float
    status: Status = Status.OK

    @property
    def u_siemens(self) -> float:
        """Combined standard uncertainty of the conductance."""
        return standard(self.budget)

    @property
    def resistance_ohm(self) -> float:
        """1/G; infinite at zero conductance."""
        g = self.conductance_siemens
        return 1.0 / g if g else float("inf")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What came back for one stimulus."""

    stimulus: Stimulus
    plan: Plan
    netlist: Netlist
    calibration: Calibration
    chunks: tuple[Chunk, ...]
    t_s: float = 0.0
    cut_short: bool = False
    simulated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def role(self) -> Role:
        """What the stimulus was for."""
        return self.stimulus.role

    def blocks(self) -> Iterator[tuple[int, int]]:
        """(repeat, block) of everything recorded, in time order."""
        yield from self.parts

    @cached_property
    def parts(self) -> Mapping[tuple[int, int], tuple[Chunk, ...]]:
        """Chunks by (repeat, block), in order of arrival."""
        found: dict[tuple[int, int], list[Chunk]] = {}
        for chunk in self.chunks:
            found.setdefault((chunk.repeat, chunk.block), []).append(chunk)
        return {place: tuple(chunks) for place, chunks in found.items()}

    def trace(self, repeat: int, block: int) -> Trace:
        """v(t) and i(t) of one block, through the netlist and the calibration."""
        from memrig.hil.derive import trace_of  # noqa: PLC0415  # derive needs the classes above

        return trace_of(self, repeat, block)

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """One reading per read window and repeat, in time order."""
        from memrig.hil.derive import readings_of  # noqa: PLC0415  # derive needs the classes above

        return readings_of(self)

    def __bool__(self) -> bool:
        raise TypeError("a Record has no truth value; use record.cut_short or len(record.chunks)")


def main_of(records: Sequence[Record]) -> tuple[Record, ...]:
    """The records of the main phase (all, for records that no run has labelled)."""
    return tuple(r for r in records if r.stimulus.labels.get("phase", "main") == "main")
