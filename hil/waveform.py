"""Piecewise-linear voltage against time, kept as vertices and repetitions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from memrig.hil._wavenodes import (
    Concat,
    Leaf,
    Node,
    Repeat,
    node_from_json,
    stepped,
    sum_leaves,
)
from memrig.hil.errors import RequestError

Floats = npt.NDArray[np.float64]

MAX_EXPANDED = 4_000_000
"""Vertices that an expansion may make; beyond it an operation is refused (64 MB of floats)."""
REMEMBERED = 2_000
"""Vertices of two waveforms up to which their difference is remembered."""


@dataclass(frozen=True, eq=False, repr=False)
class Waveform:
    """A voltage against time: vertices, straight lines between them, 0 V outside.

    Equal times make a step; the value at a step is the one to its right. A waveform is
    immutable; shifting, scaling and repeating cost no copy, so that a million pulses take
    the memory of one.

    :param t_s: times of the vertices, shape (n,), seconds, not decreasing, n >= 2.
    :param v_v: voltages at the vertices, shape (n,), volts.
    :raises RequestError: for other shapes, values that are not finite, times that go back.
    """

    t_s: npt.ArrayLike
    v_v: npt.ArrayLike
    _node: Node = field(init=False)
    _shift_s: float = field(init=False, default=0.0)
    _gain: float = field(init=False, default=1.0)

    def __post_init__(self) -> None:
        leaf = Leaf.checked(self.t_s, self.v_v)
        object.__setattr__(self, "_node", leaf)
        object.__setattr__(self, "t_s", leaf.t_s)
        object.__setattr__(self, "v_v", leaf.v_v)

    @classmethod
    def _make(cls, node: Node, shift_s: float = 0.0, gain: float = 1.0) -> Waveform:
        made = object.__new__(cls)
        for name, value in (("_node", node), ("_shift_s", shift_s), ("_gain", gain)):
            object.__setattr__(made, name, value)
        return made

    def __getattr__(self, name: str) -> Floats:
        # Only reached for waveforms that were derived from others: their vertices are made
        # when somebody asks for them.
        if name not in {"t_s", "v_v"}:
            raise AttributeError(name)
        t_s, v_v = self.vertices()
        object.__setattr__(self, "t_s", t_s)
        object.__setattr__(self, "v_v", v_v)
        return t_s if name == "t_s" else v_v

    @classmethod
    def zero(cls, duration_s: float = 0.0) -> Waveform:
        """0 V for ``duration_s`` seconds."""
        return _zero(duration_s)

    # -- extent ---------------------------------------------------------------------

    @property
    def start_s(self) -> float:
        """Time of the first vertex."""
        return self._node.start_s + self._shift_s

    @property
    def stop_s(self) -> float:
        """Time of the last vertex."""
        return self._node.stop_s + self._shift_s

    @property
    def duration_s(self) -> float:
        """Time from the first vertex to the last."""
        return self._node.stop_s - self._node.start_s

    @property
    def vertex_count(self) -> int:
        """Number of vertices when everything is expanded."""
        return self._node.count

    @property
    def is_zero(self) -> bool:
        """Whether the voltage is 0 V throughout."""
        return self._extrema == (0.0, 0.0)

    def extrema(self) -> tuple[float, float]:
        """Lowest and highest voltage, volts."""
        return self._extrema

    @cached_property
    def _extrema(self) -> tuple[float, float]:
        low, high = (self._gain * v for v in self._node.extrema())
        return (low + 0.0, high + 0.0) if low <= high else (high + 0.0, low + 0.0)

    @cached_property
    def square_v2s(self) -> float:
        """Integral of the voltage's square over time."""
        t_s, v_v = self.vertices()
        a, b = v_v[:-1], v_v[1:]
        return float((np.diff(t_s) * (a * a + a * b + b * b)).sum() / 3.0)

    @cached_property
    def magnitude_vs(self) -> float:
        """Integral of |v| over time; a ramp that passes 0 V has two triangles."""
        t_s, v_v = self.vertices()
        a, b = v_v[:-1], v_v[1:]
        both, passes = np.abs(a) + np.abs(b), a * b < 0
        mean_v = np.where(passes, (a * a + b * b) / np.where(passes, both, 1.0), both) / 2.0
        return float(np.diff(t_s) @ mean_v)

    @cached_property
    def travel_v(self) -> float:
        """Sum of all changes' magnitudes, with those from and to the 0 V before and after."""
        return float(np.abs(np.diff(self.vertices()[1], prepend=0.0, append=0.0)).sum())

    def steepest_v_per_s(self, edge_s: float) -> float:
        """Steepest change, with those from and to the 0 V before and after.

        :param edge_s: how long a step lasts at least; 0 gives infinity where there is one.
        """
        t_s, v_v = self.vertices()
        change_v = np.abs(np.diff(v_v, prepend=0.0, append=0.0))
        lasts_s = np.concatenate([[0.0], np.diff(t_s), [0.0]])
        moves = change_v > 0
        with np.errstate(divide="ignore"):
            slopes = change_v[moves] / np.maximum(lasts_s[moves], edge_s)
        return float(slopes.max(initial=0.0))

    def max_slew_v_per_s(self) -> float:
        """Steepest ramp; infinite where there is a step."""
        return abs(self._gain) * self._node.max_slew()

    # -- values ---------------------------------------------------------------------

    def value(
        self, t_s: npt.ArrayLike, side: Literal["left", "right"] = "right"
    ) -> Floats:
        """Voltage at the times ``t_s`` (any shape); at a step the limit from ``side``."""
        local = np.asarray(t_s, dtype=float) - self._shift_s
        return self._gain * self._node.value(local, side)

    def around(self, t_s: Floats) -> tuple[Floats, Floats]:
        """The voltage's limits from the left and from the right; all are of shape (n,)."""
        left, right = self._node.around(t_s - self._shift_s)
        return self._gain * left, self._gain * right

    def vertices(self) -> tuple[Floats, Floats]:
        """All vertices, expanded: times in seconds and volts, shape (n,) each.

        :raises RequestError: beyond ``MAX_EXPANDED`` vertices.
        """
        self._check_expansion(self.vertex_count)
        t_s, v_v = self._node.vertices()
        return t_s + self._shift_s, v_v * self._gain

    def pieces(self) -> Iterator[tuple[Floats, Floats]]:
        """Vertices piece by piece, in time order, without expanding repetitions."""
        for t_s, v_v in self._node.pieces():
            yield t_s + self._shift_s, v_v * self._gain

    def sample(
        self, dt_s: float, *, start_s: float | None = None, count: int | None = None,
        centred: bool = True,
    ) -> Floats:
        """Voltages on a regular grid of steps of ``dt_s``, shape (count,).

        :param start_s: where the first step begins; the waveform's start by default.
        :param count: number of steps; by default as many as cover the waveform.
        :param centred: take each step's value at its middle, so that a staircase made
            from a ramp is centred on it; otherwise at its beginning.
        """
        if not dt_s > 0.0:
            raise RequestError(f"a sampling step of {dt_s} s was asked; it must be above 0 s")
        begin = self.start_s if start_s is None else start_s
        n = round_up((self.stop_s - begin) / dt_s) if count is None else count
        self._check_expansion(n)
        return self.value(begin + (np.arange(n) + (0.5 if centred else 0.0)) * dt_s)

    # -- operations -----------------------------------------------------------------

    def shift(self, by_s: float) -> Waveform:
        """The same voltages ``by_s`` seconds later."""
        return self._make(self._node, self._shift_s + by_s, self._gain)

    def part(self, start_s: float, stop_s: float) -> Waveform:
        """What lies between two times, starting at 0 s."""
        t_s, _ = self.vertices()
        inner = t_s[(t_s > start_s) & (t_s < stop_s)]
        if self.is_zero and not inner.size:
            return Waveform.zero(stop_s - start_s)
        times = np.unique(np.concatenate([[start_s], inner, [stop_s]]))
        t, v = stepped(times, *self.around(times))
        return Waveform(t_s=t - start_s, v_v=v)

    def normalised(self) -> Waveform:
        """The same waveform starting at 0 s."""
        return self.shift(-self.start_s)

    def repeat(self, count: int, period_s: float | None = None) -> Waveform:
        """``count`` copies, one every ``period_s`` (by default back to back).

        :raises RequestError: when the count is below 1 or the period shorter than one copy.
        """
        period = self.duration_s if period_s is None else period_s
        if count < 1 or period < self.duration_s * (1 - 1e-12):
            message = (
                f"{count} repetitions every {period} s of a waveform of {self.duration_s} s "
                "were asked; at least 1 is needed, and a period that holds the waveform"
            )
            raise RequestError(message)
        if count == 1:
            return self
        return self._make(Repeat(self._node, count, period), self._shift_s, self._gain)

    def then(self, *others: Waveform) -> Waveform:
        """This waveform and the others behind each other, each from the end of the last."""
        parts, at = [], self.start_s
        for one in (self, *others):
            node = one._node  # noqa: SLF001  # our own class
            parts.append((at - node.start_s, one._gain, node))  # noqa: SLF001  # as above
            at += one.duration_s
        return self._make(Concat.of(parts))

    def __add__(self, other: Waveform) -> Waveform:
        """The sum of both voltages at every time."""
        if not isinstance(other, Waveform):
            return NotImplemented
        together = self._sum_of_repeats(other)
        return self._sum_expanded(other) if together is None else together

    def __sub__(self, other: Waveform) -> Waveform:
        """The difference of both voltages at every time."""
        return self + -1.0 * other

    def __mul__(self, gain: float) -> Waveform:
        """The voltages times ``gain``."""
        if not np.isfinite(gain):
            raise RequestError(f"a gain of {gain} was asked; it must be finite")
        return self._make(self._node, self._shift_s, self._gain * float(gain))

    __rmul__ = __mul__

    def __neg__(self) -> Waveform:
        """The voltages with the opposite sign."""
        return self * -1.0

    def _sum_of_repeats(self, other: Waveform) -> Waveform | None:
        mine, its = self._node, other._node
        if not (isinstance(mine, Repeat) and isinstance(its, Repeat)):
            return None
        if (mine.count_, mine.period_s) != (its.count_, its.period_s):
            return None
        one = self._make(mine.child, self._shift_s, self._gain)
        two = self._make(its.child, other._shift_s, other._gain)
        total = one + two
        if total.duration_s > mine.period_s * (1 + 1e-12):
            return None
        return total.repeat(mine.count_, mine.period_s)

    def _sum_expanded(self, other: Waveform) -> Waveform:
        self._check_expansion(self.vertex_count + other.vertex_count)
        t_s, v_v = sum_leaves(self.vertices(), other.vertices())
        return Waveform(t_s=t_s, v_v=v_v)

    @staticmethod
    def _check_expansion(count: int) -> None:
        if count > MAX_EXPANDED:
            message = (
                f"{count} vertices would be needed to write this waveform out; "
                f"at most {MAX_EXPANDED} are allowed: add or sample one period instead"
            )
            raise RequestError(message)

    # -- identity -------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold and ``from_json`` reads back exactly."""
        return {"shift_s": self._shift_s, "gain": self._gain, "node": self._node.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Waveform:
        """Read what ``to_json`` wrote."""
        return cls._make(node_from_json(data["node"]), data["shift_s"], data["gain"])

    @cached_property
    def sha256(self) -> str:
        """Hash of the tree of vertices, as hexadecimal text."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Whether both are built of the same vertices and repetitions."""
        return other is self or (
            isinstance(other, Waveform) and self.to_json() == other.to_json())

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __bool__(self) -> bool:
        raise TypeError("a Waveform has no truth value; use waveform.is_zero")

    def __repr__(self) -> str:
        low, high = self.extrema()
        return (
            f"<Waveform {self.start_s:.6g} .. {self.stop_s:.6g} s, {low:.6g} .. {high:.6g} V, "
            f"{self.vertex_count} vertices>"
        )


def round_up(x: float) -> int:
    """The next integer, forgiving the rounding of a division."""
    return int(np.ceil(x * (1 - 1e-12) - 1e-9))


def join(waveforms: Sequence[Waveform]) -> Waveform:
    """All waveforms behind each other."""
    if not waveforms:
        raise RequestError("nothing to join: at least one waveform is needed")
    return waveforms[0].then(*waveforms[1:])


def between(top: Waveform, bottom: Waveform) -> Waveform:
    """What a device between two electrodes gets at every time."""
    if bottom.is_zero:
        return top
    if top.vertex_count + bottom.vertex_count > REMEMBERED:
        return top - bottom
    return _difference(top, bottom)


@lru_cache(maxsize=256)  # a run repeats its dry run, and a preview mostly the one before
def _difference(top: Waveform, bottom: Waveform) -> Waveform:
    return top - bottom


@lru_cache(maxsize=64)  # most waveforms have the same rests in them
def _zero(duration_s: float) -> Waveform:
    return Waveform(t_s=[0.0, duration_s], v_v=[0.0, 0.0])
