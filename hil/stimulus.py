"""What is applied once, and how it falls into shots."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.waveform import Floats, Waveform

Label = float | int | str | bool
KNOWN = 256
"""Vertices of a stimulus up to which its blocks are remembered."""


class Role(StrEnum):
    """What a stimulus is for."""

    INITIALISE = "initialise"
    PROGRAM = "program"
    READ = "read"
    SWEEP = "sweep"
    SPIKE_PAIR = "spike-pair"
    SHAM = "sham"
    PRE_ONLY = "pre-only"
    POST_ONLY = "post-only"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWindow:
    """Where a conductance is read, in seconds from the start of one repeat.

    The mean of the window minus the mean of the baseline gives one reading. Without a
    baseline (both times equal) nothing is subtracted.
    """

    start_s: float
    stop_s: float
    baseline_start_s: float = 0.0
    baseline_stop_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.start_s < self.stop_s or self.baseline_stop_s < self.baseline_start_s:
            message = (
                f"a read window from {self.start_s} s to {self.stop_s} s with a baseline from "
                f"{self.baseline_start_s} s to {self.baseline_stop_s} s was asked; "
                "each must end after it starts"
            )
            raise RequestError(message)

    @property
    def has_baseline(self) -> bool:
        """Whether a baseline is subtracted."""
        return self.baseline_stop_s > self.baseline_start_s

    @property
    def begin_s(self) -> float:
        """Where the window or its baseline begins, whichever is first."""
        return min(self.start_s, self.baseline_start_s) if self.has_baseline else self.start_s

    def shift(self, by_s: float) -> ReadWindow:
        """The same window ``by_s`` seconds later."""
        return ReadWindow(
            start_s=self.start_s + by_s, stop_s=self.stop_s + by_s,
            baseline_start_s=self.baseline_start_s + by_s,
            baseline_stop_s=self.baseline_stop_s + by_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of one repeat that is fired at once, between two moments of rest.

    Its waveforms and windows are in time from the block's own start; ``start_s`` says where it
    stands in the repeat. A ``read`` block holds read windows only and gets its own range.
    """

    kind: Literal["program", "read"]
    start_s: float
    top: Waveform
    bottom: Waveform
    windows: tuple[ReadWindow, ...] = ()

    @property
    def duration_s(self) -> float:
        """Until the later of both waveforms ends."""
        return max(self.top.stop_s, self.bottom.stop_s)


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """One application of voltages to one device.

    :param top: open-circuit voltage of the source at the top electrode.
    :param bottom: the same at the bottom electrode; the amplitude is their difference.
    :param repeat: how often the waveforms are applied, one reading per window each time.
    :param period_s: from one repeat to the next; 0 means back to back. Benches that fire
        block by block may take longer, never shorter.
    :param windows: where conductance is read, in every repeat.
    :param rest_before_s: 0 V for this long before the stimulus (relaxation).
    :param compliance_a: magnitude at which the bench must limit the current; 0 means the profile's.
    :param points: points of the measured curve that are wanted; 0 leaves it to the bench.
    :param step_s: the grid on which the curve is to be applied and measured; 0 leaves it to the
        bench.
    """

    role: Role
    top: Waveform
    bottom: Waveform = field(default_factory=Waveform.zero)
    device: str = "dut"
    repeat: int = 1
    period_s: float = 0.0
    windows: tuple[ReadWindow, ...] = ()
    labels: Mapping[str, Label] = field(default_factory=dict)
    rest_before_s: float = 0.0
    compliance_a: float = 0.0
    points: int = 0
    step_s: float = 0.0

    def __post_init__(self) -> None:
        first = min(w.start_s for w in (self.top, self.bottom) if w.duration_s > 0 or w is self.top)
        if first:
            for name in ("top", "bottom"):
                object.__setattr__(self, name, getattr(self, name).shift(-first))
            object.__setattr__(self, "windows", tuple(w.shift(-first) for w in self.windows))
        else:
            object.__setattr__(self, "windows", tuple(self.windows))
        if self.repeat < 1 or not math.isfinite(self.rest_before_s + self.compliance_a):
            raise RequestError(f"a stimulus repeated {self.repeat} times was asked; at least 1")
        if self.period_s and self.period_s < self.once_s * (1 - 1e-12):
            message = (
                f"a period of {self.period_s} s was asked; the stimulus itself lasts "
                f"{self.once_s} s"
            )
            raise RequestError(message)

    @property
    def once_s(self) -> float:
        """Duration of the waveforms of one repeat."""
        ends = [self.top.stop_s, self.bottom.stop_s, *(w.stop_s for w in self.windows)]
        return max(ends)

    @property
    def spacing_s(self) -> float:
        """From the start of one repeat to the start of the next."""
        return self.period_s or self.once_s

    @property
    def duration_s(self) -> float:
        """All repeats and the rest before them."""
        return self.rest_before_s + self.spacing_s * (self.repeat - 1) + self.once_s

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """One repeat cut at moments of rest, so that every read stands alone where it can."""
        few = self.top.vertex_count + self.bottom.vertex_count <= KNOWN
        return _known_cut(_Shape(self)) if few else tuple(_cut(self))

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        return {
            "role": str(self.role), "top": self.top.to_json(), "bottom": self.bottom.to_json(),
            "device": self.device, "repeat": self.repeat, "period_s": self.period_s,
            "windows": [[w.start_s, w.stop_s, w.baseline_start_s, w.baseline_stop_s]
                        for w in self.windows],
            "labels": dict(self.labels), "rest_before_s": self.rest_before_s,
            "compliance_a": self.compliance_a, "points": self.points, "step_s": self.step_s,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Stimulus:
        """Read what ``to_json`` wrote."""
        names = ("start_s", "stop_s", "baseline_start_s", "baseline_stop_s")
        windows = [
            ReadWindow(**dict(zip(names, row, strict=True))) for row in data["windows"]
        ]
        return cls(**{
            **data, "role": Role(data["role"]), "windows": tuple(windows),
            "top": Waveform.from_json(data["top"]),
            "bottom": Waveform.from_json(data["bottom"]),
        })


def rests(top: Waveform, bottom: Waveform) -> list[tuple[float, float]]:
    """Where both waveforms are at 0 V for a while: (from, to) in seconds, in time order."""
    times = np.unique(np.concatenate([top.vertices()[0], bottom.vertices()[0]]))
    flat = np.ones(times.size - 1, dtype=bool)
    for one in (w for w in (top, bottom) if not w.is_zero):
        left, right = one.around(times)
        flat &= (right[:-1] == 0) & (left[1:] == 0)
    return _merged(times, flat)


def _merged(times: Floats, flat: np.ndarray[Any, np.dtype[np.bool_]]) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(float(times[a]), float(times[b])) for a, b in pairs]


def halves(block: Block) -> tuple[Block, Block] | None:
    """A program block in two, cut in the rest that is nearest to its middle; None without one."""
    inner = [(a, b) for a, b in rests(block.top, block.bottom)
             if a > 0.0 and b < block.duration_s]
    if not inner or block.windows:
        return None
    middle_s = 0.5 * block.duration_s
    first_s, second_s = min(inner, key=lambda rest: abs(0.5 * sum(rest) - middle_s))
    return (_part(block, 0.0, first_s), _part(block, second_s, block.duration_s))


def _part(block: Block, start_s: float, stop_s: float) -> Block:
    top, bottom = (w.part(start_s, stop_s) for w in (block.top, block.bottom))
    return Block(kind=block.kind, start_s=block.start_s + start_s, top=top, bottom=bottom)


class _Shape:
    """A stimulus by what its blocks depend on, to the last bit."""

    def __init__(self, stimulus: Stimulus) -> None:
        self.stimulus = stimulus
        sides = (*stimulus.top.vertices(), *stimulus.bottom.vertices())
        self._key = (*(side.tobytes() for side in sides), stimulus.windows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shape) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=64)  # a run repeats its dry run, and its reads are mostly the same
def _known_cut(shape: _Shape) -> tuple[Block, ...]:
    return tuple(_cut(shape.stimulus))


def _cut(stimulus: Stimulus) -> list[Block]:
    regions = _read_regions(stimulus)
    blocks, at = [], 0.0
    for start, stop, windows in regions:
        blocks += _block(stimulus, "program", at, start, ())
        blocks += _block(stimulus, "read", start, stop, windows)
        at = stop
    return blocks + _block(stimulus, "program", at, stimulus.once_s, ())


def _read_regions(stimulus: Stimulus) -> list[tuple[float, float, tuple[ReadWindow, ...]]]:
    """Spans that hold windows and nothing else; a window that no rest isolates joins its
    neighbourhood as one region that begins and ends at rest."""
    quiet = [(-np.inf, 0.0), *rests(stimulus.top, stimulus.bottom), (stimulus.once_s, np.inf)]
    regions: list[tuple[float, float, tuple[ReadWindow, ...]]] = []
    for window in sorted(stimulus.windows, key=lambda w: w.start_s):
        start = max((min(b, window.begin_s) for a, b in quiet if a <= window.begin_s),
                    default=0.0)
        stop = min((max(a, window.stop_s) for a, b in quiet if b >= window.stop_s),
                   default=stimulus.once_s)
        start, stop = max(start, 0.0), min(stop, stimulus.once_s)
        if regions and start < regions[-1][1]:
            last_start, last_stop, last = regions.pop()
            regions.append((last_start, max(stop, last_stop), (*last, window)))
        else:
            regions.append((start, stop, (window,)))
    return regions


def _block(
    stimulus: Stimulus, kind: Literal["program", "read"], start_s: float, stop_s: float,
    windows: tuple[ReadWindow, ...],
) -> list[Block]:
    if stop_s - start_s <= 1e-12 * max(stimulus.once_s, 1e-9):
        return []
    top, bottom = (w.part(start_s, stop_s) for w in (stimulus.top, stimulus.bottom))
    if kind == "program":
        return _trimmed(start_s, top, bottom)
    shifted = tuple(w.shift(-start_s) for w in windows)
    return [Block(kind=kind, start_s=start_s, top=top, bottom=bottom, windows=shifted)]


def _trimmed(start_s: float, top: Waveform, bottom: Waveform) -> list[Block]:
    if top.is_zero and bottom.is_zero:
        return []
    quiet = rests(top, bottom)
    lead = quiet[0][1] if quiet and quiet[0][0] <= 0.0 else 0.0
    end = quiet[-1][0] if quiet and quiet[-1][1] >= top.stop_s else top.stop_s
    parts = (w.part(lead, end) for w in (top, bottom))
    return [Block(kind="program", start_s=start_s + lead, top=next(parts), bottom=next(parts))]
