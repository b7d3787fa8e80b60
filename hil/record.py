"""What came back: channels as the instruments gave them, and what follows from them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from typing import Any, overload
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from memrig.hil.calibration import Calibration
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.status import Status
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.uncertainty import Budget, Components, joined, standard, standards

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
    """What one probe of the netlist gave for one block, or for the same block of some repeats.

    Values are ``data * scale + offset``, at ``t0_s + dt_s * index`` or at ``t_s``, seconds from
    the block's start.

    :param data: codes (integers) or floats, shape (n,); of m repeats, shape (m, n).
    :param t_s: shape (n,), the same in every repeat.
    :param status: bit field per point (``Status``), shaped like ``data``; empty when all are good.
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
        """The quantity in volts or amperes, shaped like ``data``; not to be written to."""
        if self.scale == 1.0 and self.offset == 0.0 and self.data.dtype == np.float64:
            return self.data  # floats as they are, of a long train not copied
        return np.asarray(self.data * self.scale + self.offset, dtype=np.float64)

    @property
    def times_s(self) -> Floats:
        """Times of the points, seconds from the block's start, shape (n,)."""
        if self.t_s.size:
            return self.t_s
        return np.asarray(self.t0_s + self.dt_s * np.arange(self.data.shape[-1]), dtype=np.float64)

    @property
    def flags(self) -> Flags:
        """Status of every point, shaped like ``data``."""
        return self.status if self.status.size else np.zeros(self.data.shape, dtype=np.uint16)

    def of(self, row: int) -> Channel:
        """What it gave in one of some repeats."""
        status = self.status[row] if self.status.size else self.status
        return replace(self, data=self.data[row], status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of a record as it arrives: the channels of one block, or some of their points.

    Of a train a bench may give several repeats of a block at once; then it gives the same repeats
    of all its blocks one after another.

    :param repeat: the (first) repeat.
    :param t_s: when the block was (first) fired, on the bench's clock.
    :param count: of repeats; the channels' data have shape (count, n) where it is above 1.
    :param spacing_s: from one repeat to the next.
    """

    repeat: int
    block: int
    t_s: float
    channels: tuple[Channel, ...]
    count: int = 1
    spacing_s: float = 0.0

    @property
    def repeats(self) -> range:
        """All repeats that this is of."""
        return range(self.repeat, self.repeat + self.count)

    @property
    def fired_s(self) -> Floats:
        """When the block was fired in each repeat, shape (count,)."""
        return np.asarray(self.t_s + self.spacing_s * np.arange(self.count), dtype=np.float64)

    @property
    def points(self) -> int:
        """Points of all repeats, all channels counted once."""
        return max((channel.data.size for channel in self.channels), default=0)

    def of(self, repeat: int) -> Chunk:
        """The part of one repeat."""
        if self.count == 1:
            return self
        row = repeat - self.repeat
        return Chunk(repeat=repeat, block=self.block, t_s=float(self.fired_s[row]),
                     channels=tuple(channel.of(row) for channel in self.channels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is known of a chunk without its channels; see ``Chunk``."""

    repeat: int
    block: int
    count: int
    points: int

    @property
    def repeats(self) -> range:
        """All repeats that this is of."""
        return range(self.repeat, self.repeat + self.count)


class Elsewhere(Sequence[Chunk]):
    """Chunks of a record that are not all in memory, each fetched when it is asked for."""

    @abstractmethod
    def heads(self) -> Iterable[Head | Chunk]:
        """Of every chunk, in order, without fetching channels."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process gets them all."""
        return tuple, (tuple(self),)


def heads_of(chunks: Sequence[Chunk]) -> Iterable[Head | Chunk]:
    """What is known of every chunk without its channels."""
    return chunks.heads() if isinstance(chunks, Elsewhere) else chunks


Place = tuple[int, int]
"""(repeat, block)"""


class Parts(Mapping[Place, tuple[Chunk, ...]]):
    """Chunks by (repeat, block), each of one repeat, in order of arrival; places in time order."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = chunks
        found: dict[Place, list[int]] = {}
        trains = False
        for number, head in enumerate(heads_of(chunks)):
            trains |= head.count > 1
            for repeat in head.repeats:
                found.setdefault((repeat, head.block), []).append(number)
        self._found = dict(sorted(found.items(), key=itemgetter(0))) if trains else found

    def __getitem__(self, place: Place) -> tuple[Chunk, ...]:
        return tuple(chunk.of(place[0]) for chunk in self.whole(place))

    def __contains__(self, place: object) -> bool:
        return place in self._found

    def __iter__(self) -> Iterator[Place]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def whole(self, place: Place) -> Sequence[Chunk]:
        """What came of a place, with the other repeats that came with it."""
        return [self._chunks[number] for number in self._found[place]]


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


@dataclass(frozen=True, slots=True)
class Traces:
    """v(t) and i(t) of one block in some repeats, shape (m, n) each; times have shape (n,)."""

    repeats: range
    block: int
    fired_s: Floats
    t_s: Floats
    v_dut_v: Floats
    i_a: Floats
    status: Flags

    def of(self, repeat: int) -> Trace:
        """One repeat."""
        row = repeat - self.repeats[0]
        return Trace(self.t_s, self.v_dut_v[row], self.i_a[row], self.status[row])


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOut:
    """What one window of a block gave in some repeats, shape (m,) each; see ``Reading``.

    :param components: what the uncertainties are made of.
    :param window: number of the window in its block.
    """

    conductance_siemens: Floats
    v_dut_v: Floats
    i_a: Floats
    components: tuple[Components, ...]
    repeats: range
    block: int
    window: int
    window_s: tuple[float, float]
    samples: int
    range_name: str
    delay_s: float
    t_s: Floats
    status: Flags

    @property
    def u_siemens(self) -> Floats:
        """Combined standard uncertainties of the conductances."""
        return standards(self.components, len(self.repeats))

    def at(self, row: int) -> Reading:
        """One of the readings."""
        return Reading(
            conductance_siemens=float(self.conductance_siemens[row]),
            v_dut_v=float(self.v_dut_v[row]), i_a=float(self.i_a[row]),
            budget=tuple(one.at(row) for one in self.components), repeat=self.repeats[row],
            block=self.block, window_s=self.window_s, samples=self.samples,
            range_name=self.range_name, delay_s=self.delay_s, t_s=float(self.t_s[row]),
            status=Status(int(self.status[row])),
        )


class ReadOuts:
    """What windows gave one after the other: a thing of one repeat takes kilobytes, a hundred
    bytes of them are numbers. Repeats that differ in numbers only are put together.
    """

    def __init__(self) -> None:
        self._whole: list[ReadOut] = []
        self._last: dict[tuple[int, int], list[ReadOut]] = {}
        self._kinds: dict[tuple[int, int], Any] = {}

    def add(self, found: ReadOut) -> None:
        """The next one of its window."""
        window, kind = (found.block, found.window), _kind(found)
        last = self._last.setdefault(window, [])
        if last and (len(last) == TOGETHER or kind != self._kinds[window]
                     or last[-1].repeats.stop != found.repeats.start):
            self._whole.append(_together(last))
            last.clear()
        self._kinds[window] = kind
        last.append(found)

    @property
    def found(self) -> list[ReadOut]:
        """All of them, in no special order."""
        return [*self._whole, *(_together(last) for last in self._last.values())]


TOGETHER = 256
"""Read-outs that are put together at a time."""


def _kind(one: ReadOut) -> Any:
    """What read-outs must have in common to be one."""
    return (one.window_s, one.samples, one.range_name, one.delay_s, [
        (part.name, part.key, part.coordinate is None) for part in one.components])


def _together(found: Sequence[ReadOut]) -> ReadOut:
    first = found[0]
    if len(found) == 1:
        return first
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(one, name) for one in found])
        for name in ("conductance_siemens", "v_dut_v", "i_a", "t_s", "status")}
    return replace(
        first, **columns, repeats=range(first.repeats.start, found[-1].repeats.stop),
        components=tuple(map(joined, zip(*(one.components for one in found), strict=True))))


class Readings(Sequence[Reading]):
    """Readings in time order: each with its conditions when asked for, or one thing of them all.

    One with its conditions takes kilobytes: it is kept as long as somebody holds it.
    """

    def __init__(self, found: Sequence[ReadOut]) -> None:
        self._found = found
        self._starts = np.cumsum([0, *(len(one.repeats) for one in found)])
        columns = [np.concatenate([np.empty(0, dtype=int), *parts]) for parts in zip(*(
            (one.repeats, np.full(len(one.repeats), one.block),
             np.full(len(one.repeats), one.window)) for one in found), strict=True)]
        self._order = np.lexsort(columns[::-1]) if columns else np.empty(0, dtype=int)
        self._made: WeakValueDictionary[int, Reading] = WeakValueDictionary()

    def __reduce__(self) -> tuple[Any, ...]:
        return Readings, (self._found,)

    @overload
    def __getitem__(self, key: int) -> Reading: ...
    @overload
    def __getitem__(self, key: slice) -> list[Reading]: ...
    def __getitem__(self, key: int | slice) -> Reading | list[Reading]:
        if isinstance(key, slice):
            return [self[k] for k in range(*key.indices(len(self)))]
        place = range(len(self))[key]
        made = self._made.get(place)
        if made is None:
            row = int(self._order[place])
            number = int(self._starts.searchsorted(row, side="right")) - 1
            made = self._made[place] = self._found[number].at(row - int(self._starts[number]))
        return made

    def __len__(self) -> int:
        return int(self._order.size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Readings) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    @property
    def conductance_siemens(self) -> Floats:
        """Of every reading, shape (n,)."""
        return self._all([one.conductance_siemens for one in self._found])

    @property
    def u_siemens(self) -> Floats:
        """Standard uncertainty of every conductance, shape (n,)."""
        return self._all([one.u_siemens for one in self._found])

    @property
    def v_dut_v(self) -> Floats:
        """Voltage that every reading was taken at, shape (n,)."""
        return self._all([one.v_dut_v for one in self._found])

    def _all(self, parts: Sequence[Floats]) -> Floats:
        return np.asarray(np.concatenate([np.empty(0), *parts])[self._order])


@dataclass(frozen=True, kw_only=True)
class Record:
    """What came back for one stimulus.

    :param lost: what ended it too early, a trigger or the link; stands at its last point, too.
    """

    stimulus: Stimulus
    plan: Plan
    netlist: Netlist
    calibration: Calibration
    chunks: Sequence[Chunk]
    t_s: float = 0.0
    cut_short: bool = False
    simulated: bool = False
    notes: tuple[str, ...] = ()
    lost: Status = Status.OK

    @property
    def role(self) -> Role:
        """What the stimulus was for."""
        return self.stimulus.role

    def blocks(self) -> Iterator[Place]:
        """(repeat, block) of everything recorded, in time order."""
        yield from self.parts

    @cached_property
    def parts(self) -> Parts:
        """Chunks by (repeat, block), in order of arrival."""
        return Parts(self.chunks)

    @property
    def points(self) -> int:
        """Points recorded, all channels of a block counted once."""
        return sum(head.points for head in heads_of(self.chunks))

    def trace(self, repeat: int, block: int) -> Trace:
        """v(t) and i(t) of one block, through the netlist and the calibration."""
        from memrig.hil.derive import trace_of  # noqa: PLC0415  # derive needs the classes above

        return trace_of(self, repeat, block)

    @cached_property
    def kept_traces(self) -> dict[int, Traces]:
        """The traces by block that were asked for last of a train."""
        return {}

    def fired_s(self, repeat: int, block: int) -> float:
        """When a block of a repeat was fired, on the bench's clock."""
        chunk = self.parts.whole((repeat, block))[0]
        return chunk.t_s + (repeat - chunk.repeat) * chunk.spacing_s

    @cached_property
    def readings(self) -> Readings:
        """One reading per read window and repeat, in time order."""
        from memrig.hil.derive import readings_of  # noqa: PLC0415  # derive needs the classes above

        return readings_of(self)

    def have(self, readings: Readings) -> None:
        """Its readings were found while it came; they are not looked for again."""
        self.__dict__["readings"] = readings

    def __bool__(self) -> bool:
        raise TypeError("a Record has no truth value; use record.cut_short or len(record.chunks)")


def main_of(records: Sequence[Record]) -> tuple[Record, ...]:
    """The records of the main phase (all, for records that no run has labelled)."""
    return tuple(r for r in records if r.stimulus.labels.get("phase", "main") == "main")
