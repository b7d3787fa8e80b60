"""The tree under a waveform: vertices, repetition, concatenation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError

Floats = npt.NDArray[np.float64]
Vertices = tuple[Floats, Floats]
Side = Literal["left", "right"]


class Node(Protocol):
    """A part of a waveform in its own time."""

    @property
    def start_s(self) -> float: ...
    @property
    def stop_s(self) -> float: ...
    @property
    def count(self) -> int: ...

    def extrema(self) -> tuple[float, float]: ...
    def max_slew(self) -> float: ...
    def value(self, t_s: Floats, side: Side) -> Floats: ...
    def around(self, t_s: Floats) -> tuple[Floats, Floats]: ...
    def vertices(self) -> Vertices: ...
    def pieces(self) -> Iterator[Vertices]: ...
    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, eq=False)
class Leaf:
    """Vertices with straight lines between them."""

    t_s: Floats
    v_v: Floats

    @classmethod
    def checked(cls, t_s: npt.ArrayLike, v_v: npt.ArrayLike) -> Leaf:
        """A leaf from anything array-like; raises RequestError for nonsense."""
        t, v = np.array(t_s, dtype=float), np.array(v_v, dtype=float)
        if t.ndim != 1 or t.shape != v.shape or t.size < 2:
            message = (
                f"a waveform needs times and voltages of one shape (n,), n >= 2; "
                f"shapes {t.shape} and {v.shape} were given"
            )
            raise RequestError(message)
        if not (np.isfinite(t).all() and np.isfinite(v).all()):
            raise RequestError("a waveform needs finite times (s) and voltages (V)")
        if (np.diff(t) < 0).any():
            at = int(np.argmax(np.diff(t) < 0))
            message = f"times must not go back: vertex {at + 1} at {t[at + 1]} s follows {t[at]} s"
            raise RequestError(message)
        t.flags.writeable = v.flags.writeable = False
        return cls(t, v)

    @property
    def start_s(self) -> float:
        return float(self.t_s[0])

    @property
    def stop_s(self) -> float:
        return float(self.t_s[-1])

    @property
    def count(self) -> int:
        return self.t_s.size

    def extrema(self) -> tuple[float, float]:
        return float(self.v_v.min()), float(self.v_v.max())

    def max_slew(self) -> float:
        dt, dv = np.diff(self.t_s), np.abs(np.diff(self.v_v))
        if (dv[dt == 0] > 0).any():
            return float("inf")
        return float((dv[dt > 0] / dt[dt > 0]).max(initial=0.0))

    def value(self, t_s: Floats, side: Side) -> Floats:
        return self._after(np.searchsorted(self.t_s, t_s, side=side) - 1, t_s)

    def around(self, t_s: Floats) -> tuple[Floats, Floats]:
        k = np.concatenate([np.searchsorted(self.t_s, t_s, side="left"),
                            np.searchsorted(self.t_s, t_s, side="right")]) - 1
        both = self._after(k, np.concatenate([t_s, t_s]))
        return both[:t_s.size], both[t_s.size:]

    def _after(self, k: Any, t_s: Floats) -> Floats:
        """On the line that begins at vertex ``k``; 0 V where there is none."""
        inside = (k >= 0) & (k < self.count - 1)
        k = np.where(inside, k, 0)
        t0, t1 = self.t_s[k], self.t_s[k + 1]
        rises = t1 > t0
        part = np.where(rises, (t_s - t0) / np.where(rises, t1 - t0, 1.0), 1.0)
        v = self.v_v[k] + part * (self.v_v[k + 1] - self.v_v[k])
        return np.asarray(np.where(inside, v, 0.0))

    def vertices(self) -> Vertices:
        return self.t_s, self.v_v

    def pieces(self) -> Iterator[Vertices]:
        yield self.t_s, self.v_v

    def to_json(self) -> dict[str, Any]:
        return {"t_s": self.t_s.tolist(), "v_v": self.v_v.tolist()}


@dataclass(frozen=True, eq=False)
class Repeat:
    """One child again and again; between two copies the voltage is 0 V."""

    child: Node
    count_: int
    period_s: float

    @property
    def start_s(self) -> float:
        return self.child.start_s

    @property
    def stop_s(self) -> float:
        return self.child.start_s + self.count_ * self.period_s

    @property
    def count(self) -> int:
        return self.count_ * (self.child.count + 2)

    def extrema(self) -> tuple[float, float]:
        low, high = self.child.extrema()
        return (min(low, 0.0), max(high, 0.0)) if self._has_gap else (low, high)

    @property
    def _has_gap(self) -> bool:
        return self.period_s > (self.child.stop_s - self.child.start_s) * (1 + 1e-12)

    def max_slew(self) -> float:
        t, v = self.child.vertices() if self.child.count < 10_000 else (None, None)
        inner = self.child.max_slew()
        if v is None or t is None:
            return inner
        last, first = (0.0, 0.0) if self._has_gap else (v[-1], v[0])
        return inner if last == v[-1] and first == v[0] and last == first else float("inf")

    def value(self, t_s: Floats, side: Side) -> Floats:
        turns = (t_s - self.start_s) / self.period_s
        # A time that is a whole number of periods belongs to the later copy on the right
        # and to the earlier one on the left, in spite of the rounding of the division.
        slack = 1e-12 * np.maximum(1.0, np.abs(turns))
        k = np.floor(turns + slack) if side == "right" else np.ceil(turns - slack) - 1
        inside = (k >= 0) & (k < self.count_)
        local = t_s - k * self.period_s
        local = np.maximum(local, self.start_s) if side == "right" else local
        return np.asarray(np.where(inside, self.child.value(local, side), 0.0))

    def around(self, t_s: Floats) -> tuple[Floats, Floats]:
        return self.value(t_s, "left"), self.value(t_s, "right")

    def vertices(self) -> Vertices:
        one_t, one_v = self._one_period()
        shifts = np.repeat(np.arange(self.count_) * self.period_s, one_t.size)
        return np.tile(one_t, self.count_) + shifts, np.tile(one_v, self.count_)

    def _one_period(self) -> Vertices:
        t, v = self.child.vertices()
        if not self._has_gap:
            return t, v
        end = self.child.start_s + self.period_s
        return np.append(t, [t[-1], end]), np.append(v, [0.0, 0.0])

    def pieces(self) -> Iterator[Vertices]:
        period = [(t.copy(), v) for t, v in self.child.pieces()]
        end = self.child.start_s + self.period_s
        if self._has_gap:
            period.append((np.array([self.child.stop_s, end]), np.zeros(2)))
        for k in range(self.count_):
            for t, v in period:
                yield t + k * self.period_s, v

    def to_json(self) -> dict[str, Any]:
        return {"repeat": self.child.to_json(), "count": self.count_, "period_s": self.period_s}


@dataclass(frozen=True, eq=False)
class Concat:
    """Children behind each other: (shift in seconds, gain, child) each."""

    parts: tuple[tuple[float, float, Node], ...]

    @classmethod
    def of(cls, parts: list[tuple[float, float, Node]]) -> Node:
        """Leaves are melted into one; anything else is kept as it is."""
        if all(isinstance(node, Leaf) for _, _, node in parts):
            leaves = [(node.vertices(), by, gain) for by, gain, node in parts]
            t = np.concatenate([t + by for (t, _), by, _ in leaves])
            v = np.concatenate([v * gain for (_, v), _, gain in leaves])
            # Sums of durations may go back by a rounding error at a seam.
            return Leaf.checked(np.maximum.accumulate(t), v)
        return cls(tuple(parts))

    @property
    def start_s(self) -> float:
        by, _, node = self.parts[0]
        return node.start_s + by

    @property
    def stop_s(self) -> float:
        by, _, node = self.parts[-1]
        return node.stop_s + by

    @property
    def count(self) -> int:
        return sum(node.count for _, _, node in self.parts)

    def extrema(self) -> tuple[float, float]:
        all_ = [gain * v for _, gain, node in self.parts for v in node.extrema()]
        return min(all_), max(all_)

    def max_slew(self) -> float:
        inner = max(abs(gain) * node.max_slew() for _, gain, node in self.parts)
        return float("inf") if self._has_seam_step() else inner

    def _has_seam_step(self) -> bool:
        return any(
            float(self.value(np.array(at), "left")) != float(self.value(np.array(at), "right"))
            for at in self._starts[1:]
        )

    @cached_property
    def _starts(self) -> Floats:
        return np.array([node.start_s + by for by, _, node in self.parts])

    def value(self, t_s: Floats, side: Side) -> Floats:
        k = np.maximum(np.searchsorted(self._starts, t_s, side=side) - 1, 0)
        out = np.zeros(np.shape(t_s))
        for at, (by, gain, node) in enumerate(self.parts):
            mine = k == at
            if mine.any():
                out[mine] = gain * node.value(t_s[mine] - by, side)
        return out

    def around(self, t_s: Floats) -> tuple[Floats, Floats]:
        return self.value(t_s, "left"), self.value(t_s, "right")

    def vertices(self) -> Vertices:
        pairs = [(*node.vertices(), by, gain) for by, gain, node in self.parts]
        t = np.concatenate([t + by for t, _, by, _ in pairs])
        v = np.concatenate([v * gain for _, v, _, gain in pairs])
        return np.maximum.accumulate(t), v

    def pieces(self) -> Iterator[Vertices]:
        for by, gain, node in self.parts:
            for t, v in node.pieces():
                yield t + by, v * gain

    def to_json(self) -> dict[str, Any]:
        return {"concat": [[by, gain, node.to_json()] for by, gain, node in self.parts]}


def node_from_json(data: Mapping[str, Any]) -> Node:
    """Read what ``to_json`` of a node wrote."""
    if "repeat" in data:
        return Repeat(node_from_json(data["repeat"]), data["count"], data["period_s"])
    if "concat" in data:
        return Concat(tuple((by, gain, node_from_json(n)) for by, gain, n in data["concat"]))
    return Leaf.checked(data["t_s"], data["v_v"])


def sum_leaves(one: Vertices, two: Vertices) -> Vertices:
    """Vertices of the sum, steps kept, 0 V outside each."""
    times = np.union1d(one[0], two[0])
    left, right = (a + b for a, b in zip(Leaf(*one).around(times), Leaf(*two).around(times),
                                         strict=True))
    return stepped(times, left, right)


def stepped(times: Floats, left: Floats, right: Floats) -> Vertices:
    """Vertices of what has these limits at ascending times; steps are kept, but none at the ends.

    All are of shape (n,).
    """
    left[0], right[-1] = right[0], left[-1]
    step = left != right
    t = np.concatenate([times, times[step]])
    v = np.concatenate([left, right[step]])
    order = np.argsort(t, kind="stable")
    return t[order], v[order]
