"""From waveforms to the lists of levels that a source/measure unit steps through.

All channels step together on one grid. A waveform of levels hits its edges exactly where the
memory allows; ramps become a staircase that is centred on them. Times are whole microseconds, the
resolution of the instrument's timer.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memrig.drivers.roles import SmuAbilities
from memrig.hil.errors import InfeasibleError
from memrig.hil.plan import Adjustment
from memrig.hil.stimulus import ReadWindow
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Floats, Waveform

TICK_S = 1e-6
EXACT = 1e-3
"""Edges that miss a tick by less than this part of it are on it."""
PULSE_POINTS = 5
"""Points of the shortest level of a program block, where timer and memory allow."""
BLOCK_POINTS = 400
"""Most points of a program block of levels that asks for no number of its own."""
RAMP_POINTS_MIN = 8
"""A ramp of fewer steps is none."""
KNOTS = (0.15, 0.3, 0.5, 0.7, 0.95, 1.2, 1.5, 1.8, 2.2, 2.6, 3.1, 3.6, 4.3, 5.0, 6.3, 8.0)
"""Times, in time constants, between which an output's approach is drawn straight."""
SMALL_V = 0.1
"""A smaller step is drawn as one straight line of two time constants: the same area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepList:
    """Levels that the channels step through at a constant interval; the last are 0 V.

    :param start_s: of the first step, in the block's time.
    :param levels_v: shape (channels, n).
    """

    start_s: float
    interval_s: float
    levels_v: Floats

    @property
    def stop_s(self) -> float:
        """End of the last step."""
        return self.start_s + self.interval_s * int(self.levels_v.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a block needs of its lists.

    :param waveforms: one per channel, from the block's start.
    :param windows: where it is read.
    :param points: steps that are wanted for the whole block; 0 leaves it to the grid.
    :param step_s: a step that must be kept exactly; 0 where there is none.
    :param may_pause: whether rests, or passages of a sweep through 0 V, may take longer.
    :param step_v: resolution of the levels.
    :param what: names the block in sentences.
    """

    waveforms: Sequence[Waveform]
    windows: Sequence[ReadWindow] = ()
    points: int = 0
    step_s: float = 0.0
    may_pause: bool = False
    step_v: float = 0.0
    what: str = "block"

    @property
    def duration_s(self) -> float:
        """Until the last waveform and the last window end."""
        ends: list[float] = [w.stop_s for w in self.waveforms]
        ends += [w.stop_s for w in self.windows]
        return max(ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Lists for a block, with its windows on their grid and what had to be rounded."""

    lists: tuple[StepList, ...]
    windows: tuple[ReadWindow, ...]
    adjustments: tuple[Adjustment, ...]


def listed(wish: Wish, abilities: SmuAbilities) -> Listed:
    """Lists of levels for a block.

    :raises InfeasibleError: when levels, ramps or points do not fit, with what would.
    """
    asked = wish
    _check_levels(wish, abilities)
    if wish.windows and _grid(wish, abilities) is None:
        wish = _stretched(wish, abilities)
    ticks = _grid(wish, abilities) or _rough_grid(wish, abilities)
    interval_s = ticks * TICK_S
    _check_ramps(wish, interval_s)
    levels = _levels(wish, interval_s)
    lists = tuple(_cut(levels, interval_s, abilities.points_max, wish))
    return Listed(lists=lists, windows=tuple(wish.windows),
                  adjustments=tuple(_adjustments(asked, wish, levels, interval_s)))


def _most(abilities: SmuAbilities) -> int:
    """Steps that a list holds beside the 0 V at its end."""
    return abilities.points_max - 1


def _ticks(t_s: float) -> int:
    return round(t_s / TICK_S)


def _shortest(abilities: SmuAbilities) -> int:
    return math.ceil(abilities.interval_min_s / TICK_S - EXACT)


def _edges(wish: Wish) -> Floats:
    """Times at which a level changes at once or a window begins or ends, shape (n,)."""
    found = [np.zeros(1)]
    for waveform in wish.waveforms:
        t_s, v_v = waveform.vertices()
        found.append(t_s[:-1][(np.diff(t_s) == 0) & (np.diff(v_v) != 0)])
        found.append(t_s[[0, -1]][v_v[[0, -1]] != 0])
    for w in wish.windows:
        found.append(np.array([w.start_s, w.stop_s]))
        if w.has_baseline:
            found.append(np.array([w.baseline_start_s, w.baseline_stop_s]))
    return np.unique(np.concatenate(found))


def _has_ramps(wish: Wish) -> bool:
    return any(
        bool(((np.diff(t) > 0) & (np.diff(v) != 0)).any())
        for t, v in (w.vertices() for w in wish.waveforms)
    )


def _grid(wish: Wish, abilities: SmuAbilities) -> int | None:
    """The interval, in ticks, whose grid all edges are on; None where there is none."""
    if wish.step_s:
        return _given_grid(wish, abilities)
    edges = _edges(wish) / TICK_S
    if np.any(np.abs(edges - np.rint(edges)) > EXACT):
        return None
    common = math.gcd(*np.rint(edges).astype(int).tolist())
    length, least = _ticks(wish.duration_s), _shortest(abilities)
    if common == 0:
        return None
    room = math.inf if wish.may_pause else _most(abilities)
    fitting = [d for d in _divisors(common) if d >= least and math.ceil(length / d) <= room]
    if not fitting:
        return None
    inside = [d for d in fitting if math.ceil(length / d) <= _most(abilities)]
    if not inside or wish.windows:
        return max(fitting)  # the fewest points: a long read is an average anyway
    wanted = _wanted(wish, abilities)
    return min((d for d in inside if d >= wanted), default=max(inside))


def _divisors(number: int) -> list[int]:
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)})


def _wanted(wish: Wish, abilities: SmuAbilities) -> int:
    """The interval that would be best if nothing had to be hit, ticks."""
    length = _ticks(wish.duration_s)
    least = max(_shortest(abilities), math.ceil(length / _most(abilities)))
    if wish.points:
        return max(_shortest(abilities), round(length / wish.points))
    if _has_ramps(wish):
        return least
    levels = np.diff(_edges(wish)) / TICK_S
    shortest = float(levels.min()) if levels.size else float(length)
    return max(least, math.floor(min(shortest / PULSE_POINTS, length / PULSE_POINTS)),
               math.ceil(length / BLOCK_POINTS))


def _given_grid(wish: Wish, abilities: SmuAbilities) -> int:
    steps = wish.step_s / TICK_S
    if steps < _shortest(abilities) * (1 - EXACT) or abs(steps - round(steps)) > EXACT:
        raise InfeasibleError(
            f"grid of a {wish.what}", asked=format_quantity(wish.step_s, "s"),
            allowed=f"whole microseconds from {format_quantity(abilities.interval_min_s, 's')}")
    return round(steps)


def _rough_grid(wish: Wish, abilities: SmuAbilities) -> int:
    """A grid that edges are rounded to; levels that would be lost are refused."""
    ticks = _wanted(wish, abilities)
    if math.ceil(_ticks(wish.duration_s) / ticks) > _most(abilities) and not wish.may_pause:
        ticks = math.ceil(_ticks(wish.duration_s) / _most(abilities))
    shortest_s = _shortest_level(wish)
    if shortest_s < ticks * TICK_S * (1 - EXACT):
        allowed = f"at least {format_quantity(ticks * TICK_S, 's')}"
        if ticks > _shortest(abilities):
            length = format_quantity(wish.duration_s, "s")
            allowed += f" in a block of {length} and {_most(abilities)} points"
        raise InfeasibleError(f"shortest level of a {wish.what}",
                              asked=format_quantity(shortest_s, "s"), allowed=allowed)
    return ticks


def _shortest_level(wish: Wish) -> float:
    """Of the spans of constant voltage between two edges; infinite where there are none."""
    found = [math.inf]
    for waveform in wish.waveforms:
        t_s, v_v = waveform.vertices()
        lasting = np.diff(t_s) > 0
        flat = lasting & (np.diff(v_v) == 0) & (v_v[:-1] != 0)
        found += np.diff(t_s)[flat].tolist()
    return min(found)


def _check_levels(wish: Wish, abilities: SmuAbilities) -> None:
    if not wish.step_s and _shortest_level(wish) < abilities.interval_min_s * (1 - EXACT):
        raise InfeasibleError(
            f"shortest level of a {wish.what}",
            asked=format_quantity(_shortest_level(wish), "s"),
            allowed=f"at least {format_quantity(abilities.interval_min_s, 's')}")


def _check_ramps(wish: Wish, interval_s: float) -> None:
    if wish.step_s:
        return
    runs = [run for waveform in wish.waveforms for run in _monotone_runs(waveform)]
    if runs and min(runs) < RAMP_POINTS_MIN * interval_s * (1 - EXACT):
        raise InfeasibleError(
            f"shortest ramp of a {wish.what}", asked=format_quantity(min(runs), "s"),
            allowed=f"at least {format_quantity(RAMP_POINTS_MIN * interval_s, 's')} "
                    f"({RAMP_POINTS_MIN} steps)")


def _monotone_runs(waveform: Waveform) -> Iterator[float]:
    """Durations of stretches that rise, or fall, without a level or a step in between."""
    t_s, v_v = waveform.vertices()
    lasting = np.diff(t_s)
    way = np.sign(np.diff(v_v)) * (lasting > 0)
    begin = 0
    for k in range(1, way.size + 1):
        if k == way.size or way[k] != way[begin]:
            if way[begin]:
                yield float(lasting[begin:k].sum())
            begin = k


def _stretched(wish: Wish, abilities: SmuAbilities) -> Wish:
    """A read whose spans last whole intervals: rests, levels and windows grow, none shrinks."""
    edges = _edges(wish)
    edges = np.unique(np.append(edges, wish.duration_s))
    spans = np.diff(edges)
    room = _most(abilities) - spans.size
    ticks = max(_shortest(abilities), math.ceil(_ticks(wish.duration_s) / room))
    # Whole periods of the mains stay whole.
    ticks = next((d for d in _divisors(20_000) if d >= ticks), 20_000 * math.ceil(ticks / 20_000))
    grown = np.ceil(spans / (ticks * TICK_S) - EXACT) * ticks * TICK_S
    new = np.concatenate([[0.0], np.cumsum(grown)])

    def moved(t_s: Floats) -> Floats:
        return np.asarray(np.interp(t_s, edges, new))

    waveforms = [Waveform(t_s=moved(t), v_v=v) for t, v in (w.vertices() for w in wish.waveforms)]
    windows = [
        ReadWindow(**dict(zip(
            ("start_s", "stop_s", "baseline_start_s", "baseline_stop_s"),
            moved(np.array([w.start_s, w.stop_s, w.baseline_start_s, w.baseline_stop_s])).tolist(),
            strict=True)))
        for w in wish.windows
    ]
    return dataclasses.replace(wish, waveforms=waveforms, windows=windows)


def _levels(wish: Wish, interval_s: float) -> Floats:
    """Level of every step: the waveform's at its middle, at the nearest that can be set."""
    count = math.ceil(wish.duration_s / interval_s - EXACT)
    middle_s = (np.arange(count) + 0.5) * interval_s
    levels = np.array([waveform.value(middle_s) for waveform in wish.waveforms])
    return np.asarray(np.rint(levels / wish.step_v) * wish.step_v if wish.step_v else levels)


def _cut(levels: Floats, interval_s: float, points_max: int, wish: Wish) -> Iterator[StepList]:
    """One list, or several that begin and end where all channels pass 0 V."""
    count = levels.shape[1]
    if count < points_max:
        yield _ending_at_rest(levels, 0, interval_s)
        return
    at_rest = np.asarray(np.abs(levels).sum(axis=0) == 0.0)
    passes = np.asarray((levels[:, 1:] * levels[:, :-1] <= 0).all(axis=0))
    cuts = np.flatnonzero(np.concatenate([[True], passes | at_rest[1:] | at_rest[:-1], [True]]))
    begin = 0
    while begin < count:
        while begin < count and at_rest[begin]:
            begin += 1
        if begin == count:
            return
        ends = cuts[(cuts > begin) & (cuts < begin + points_max)]
        if not ends.size or not wish.may_pause:
            _refuse_points(cuts, count, points_max, wish)
        yield _ending_at_rest(levels[:, begin : ends[-1]], begin, interval_s)
        begin = int(ends[-1])


def _refuse_points(cuts: npt.NDArray[np.intp], count: int, points_max: int, wish: Wish) -> None:
    longest = int(np.diff(cuts).max()) if wish.may_pause else count
    where = " between two passages through 0 V" if wish.may_pause else ""
    raise InfeasibleError(f"points of a {wish.what}{where}", asked=str(longest),
                          allowed=f"at most {points_max - 1} (the list's memory)")


def _ending_at_rest(levels: Floats, begin: int, interval_s: float) -> StepList:
    ended = levels if not levels[:, -1].any() else np.pad(levels, ((0, 0), (0, 1)))
    return StepList(start_s=begin * interval_s, interval_s=interval_s, levels_v=ended)


def _adjustments(
    asked: Wish, used: Wish, levels: Floats, interval_s: float
) -> Iterator[Adjustment]:
    """What became different enough to be said."""
    count = levels.shape[1]
    if asked.points and abs(count - asked.points) > 1:
        yield Adjustment(name=f"points of a {asked.what}", asked=asked.points, used=count, unit="1")
    for waveform, row, end in zip(asked.waveforms, levels, ("top", "bottom"), strict=False):
        before = max(waveform.extrema(), key=abs)
        after = float(row[np.abs(row).argmax()])
        if not math.isclose(before, after, rel_tol=1e-4, abs_tol=1e-12):
            yield Adjustment(name=f"largest level of a {asked.what}, {end}", asked=before,
                             used=after, unit="V")
    yield from _moved_edges(asked, used, interval_s)


def _moved_edges(asked: Wish, used: Wish, interval_s: float) -> Iterator[Adjustment]:
    before, after = _edges(asked), np.rint(_edges(used) / interval_s) * interval_s
    moved = np.abs(before - after)
    worst = int(moved.argmax())
    if moved[worst] > EXACT * TICK_S:
        yield Adjustment(name=f"edge of a {asked.what}", asked=float(before[worst]),
                         used=float(after[worst]), unit="s")


def played(lists: Sequence[StepList], channel: int, settle_s: float) -> Waveform:
    """What a channel's output does: it approaches every level with one time constant.

    :param settle_s: the time constant.
    """
    t_s, v_v = [0.0], [0.0]
    changes = list(_changes(lists, channel))
    ends_s = [*(at_s for at_s, _ in changes), math.inf][1:]
    for change, end_s in zip(changes, ends_s, strict=True):
        _approach(t_s, v_v, change, settle_s, end_s)
    t_s.append(max(lists[-1].stop_s, t_s[-1]))
    v_v.append(v_v[-1])
    return Waveform(t_s=t_s, v_v=v_v)


def _changes(lists: Sequence[StepList], channel: int) -> Iterator[tuple[float, float]]:
    """When a channel is told another level, and which."""
    for one in lists:
        row = one.levels_v[channel]
        for k in np.flatnonzero(np.diff(row, prepend=0.0)):
            yield one.start_s + float(k) * one.interval_s, float(row[k])


def _approach(
    t_s: list[float], v_v: list[float], change: tuple[float, float], settle_s: float, end_s: float
) -> None:
    """Append the way to a level; what is not reached by ``end_s`` is left to the next change."""
    (at_s, level_v), begin_v = change, v_v[-1]
    if at_s > t_s[-1]:
        t_s.append(at_s)
        v_v.append(begin_v)
    if abs(level_v - begin_v) <= SMALL_V:
        t_s.append(min(at_s + 2.0 * settle_s, end_s))
        v_v.append(level_v)
        return
    for u in KNOTS:
        if at_s + u * settle_s >= end_s:
            u = (end_s - at_s) / settle_s  # noqa: PLW2901  # the last piece is a shorter one
        left = 0.0 if u == KNOTS[-1] else math.exp(-u)
        t_s.append(at_s + u * settle_s)
        v_v.append(level_v + (begin_v - level_v) * left)
        if t_s[-1] >= end_s * (1 - 1e-12):
            return
