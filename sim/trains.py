"""Trains of equal repeats: the drive is worked out once, the state goes over many at once.

What a stimulus repeats is cut into steps (ramps of the closed form, or Euler's own) once. They
are laid behind each other for some repeats, and their states are found in one go; points of a
block are then rows of an array, one per repeat.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memrig.sim.grid import moves_at
from memrig.sim.integrators import ROUNDED as SLIP
from memrig.sim.integrators import Path
from memrig.sim.load import Load
from memrig.sim.models._flows import Flow, added
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.ramps import Ramps
from memrig.sim.simulation import (
    ERROR_GOAL,
    EulerSteps,
    Method,
    Solved,
    are_idle,
    euler_parts,
    euler_steps,
)

Indices = npt.NDArray[np.intp]
Drive = tuple[Ramps, Floats]
"""Ramps of a block, and the times of its points, shape (n,)."""

TOGETHER = 1 << 17
"""Points, or steps of the state, of the repeats that are worked out together, about."""
RESTING = 1e-9
"""Errors that nobody asks about, and excursions that are none, of the state's range."""
WASTED = 0.05
"""Part of the error that is allowed below which Euler's steps are chosen anew."""
FINER_MAX, STEPS = 6, 100_000
"""How often Euler's steps are made finer, and how many of a repeat are too many for that, before
their error is taken as it is."""


@dataclass(frozen=True, slots=True)
class Block:
    """Where the points of a block lie among the steps of a repeat.

    :param first: its first step; ``last`` the one behind it.
    :param step: the step that each point lies in, and ``share`` of it that has passed, (n,) each.
    """

    first: int
    last: int
    step: Indices
    share: Floats

    def states(self, starts: Floats, ends: Floats) -> Floats:
        """The state at its points, shape (m, n), or (m, 1) where it rests.

        :param starts: states before every step, ``ends`` behind it, shape (m, steps) each.
        """
        if np.array_equal(starts[:, self.first], ends[:, self.last - 1]):
            return starts[:, self.first: self.first + 1]
        before, behind = starts[:, self.step], ends[:, self.step]
        return np.asarray(before + self.share * (behind - before))


class Train(ABC):
    """Some drives behind each other, as often as asked.

    :param together: how many repeats are worked out together.
    """

    method: Method
    step_s: float

    def __init__(
        self, model: Model, steps: Sequence[tuple[Floats, Floats]], points: Sequence[Floats]
    ) -> None:
        self.model = model
        self.blocks = _blocks(steps, points)
        size = max(sum(one.size for one in points), self.blocks[-1].last)
        self.together = max(TOGETHER // size, 1)

    @abstractmethod
    def walk(self, x0: float, count: int) -> tuple[Floats, float]:
        """The state behind every step of some repeats, shape (steps + 1,), and its error."""

    def go(self, x0: float, count: int) -> tuple[Solved, list[Floats]]:
        """The state after some repeats with its error; and at the points of every block."""
        x, error = self.walk(x0, count)
        starts, ends = (part.reshape(count, -1) for part in (x[:-1], x[1:]))
        low, high = self.model.bounds
        excursion = float(np.ptp(x))
        relative = error / excursion if excursion > RESTING * (high - low) else 0.0
        shown = x[:1] if self.method.name == "flow" else x
        solved = Solved(Path(np.zeros(1), x[-1:]), self.method, relative, self.step_s,
                        self.model.stuck(shown))
        return solved, [block.states(starts, ends) for block in self.blocks]


def train_of(
    model: Model, load: Load, method: Method, drives: Sequence[Drive], x0: float, repeats: int
) -> Train | None:
    """The train of some blocks; None where every repeat has to be integrated by itself.

    :param x0: the state that it begins with.
    """
    if not (load.is_ideal and model.closed_form) or not all(len(ramps) for ramps, _ in drives):
        return None
    if method.name in {"flow", "auto"}:
        return ClosedTrain(model, drives)
    once_s = sum(float(ramps.t1_s[-1] - ramps.t0_s[0]) for ramps, _ in drives)
    if method.step_s is not None and once_s > STEPS * method.step_s:
        return None
    if method.name.startswith("euler"):
        return EulerTrain(model, method, drives, x0, repeats)
    return None


class ClosedTrain(Train):
    """By the closed form, whose steps end at the points."""

    method = Method("flow")

    def __init__(self, model: Model, drives: Sequence[Drive]) -> None:
        idle = are_idle(model, [ramps for ramps, _ in drives])
        self._pieces = Tiled(model, [
            _all_of(ramps) if still
            else ramps.cut(np.concatenate([ramps.crossings_s(model.kinks), times_s]))
            for still, (ramps, times_s) in zip(idle, drives, strict=True)])
        super().__init__(model, self._pieces.spans, [times_s for _, times_s in drives])
        self.step_s = self._pieces.longest_s

    def walk(self, x0: float, count: int) -> tuple[Floats, float]:
        """See ``Train``."""
        path = self._pieces.path(x0, count)
        return path.x, path.error


def _all_of(ramps: Ramps) -> Ramps:
    """A rest of the same duration."""
    return Ramps(ramps.t0_s[:1], ramps.t1_s[-1:], np.zeros(1), np.zeros(1))


class Tiled:
    """Ramps of some blocks behind each other, and the closed form over so many of them."""

    def __init__(self, model: Model, parts: Sequence[Ramps]) -> None:
        self._model, self.spans = model, [(one.t0_s, one.t1_s) for one in parts]
        self._ramps = [np.concatenate(columns) for columns in zip(
            *((one.u0_v, one.u1_v, one.dt_s) for one in parts), strict=True)]
        self._flows: dict[int, Flow] = {1: model.flow(*self._ramps)}
        self.size = self._ramps[0].size
        self.longest_s = float(self._ramps[2].max())

    def path(self, x0: float, count: int) -> Path:
        """States from ``x0`` on behind every ramp of some repeats."""
        if count not in self._flows:
            again = self._flows[1].again
            self._flows[count] = again(count) if again else (
                self._model.flow(*(np.tile(one, count) for one in self._ramps)))
        flow, (low, high) = self._flows[count], self._model.bounds
        x = np.clip(flow.path(x0), low, high)
        return Path(np.zeros(1), x, error=flow.error + SLIP * x.size * (high - low))


class EulerTrain(Train):
    """By Euler's steps, chosen by the first repeats; others where their error asks for it."""

    def __init__(
        self, model: Model, method: Method, drives: Sequence[Drive], x0: float, repeats: int
    ) -> None:
        self.method, self.model, self._drives = method, model, drives
        self._scale, self._wasteful = 1.0, False
        self._parts = [euler_parts(model, ramps, method) for ramps, _ in drives]
        self._exact = Tiled(model, self._parts)
        self._least = RESTING * (model.bounds[1] - model.bounds[0])
        size = max(self._exact.size, sum(times_s.size for _, times_s in drives))
        self._plan(self._exact_of(x0, max(min(repeats, TOGETHER // size), 1)))

    def _exact_of(self, x0: float, count: int) -> Floats:
        """Exact states at the ends of all parts, each repeat's beginning first."""
        x = self._exact.path(x0, count).x
        return np.column_stack([x[:-1:self._exact.size], x[1:].reshape(count, -1)])

    def _plan(self, exact: Floats) -> None:
        """Choose the steps so that they do for the first, a middle and the last repeat."""
        rows = sorted({0, len(exact) // 2, len(exact) - 1})
        found, parts = list[EulerSteps](), np.cumsum([0, *map(len, self._parts)]).tolist()
        for k, ((ramps, _), part) in enumerate(zip(self._drives, self._parts, strict=True)):
            paths = [exact[row, parts[k]: parts[k + 1] + 1] for row in rows]
            found.append(euler_steps(self.model, ramps, part, self.method, paths, self._scale,
                                     self._least))
        super().__init__(self.model, [(one.t_s[:-1], one.t_s[1:]) for one in found],
                         [times_s for _, times_s in self._drives])
        self._u_v = np.concatenate([one.u_v for one in found])
        self._h_s = np.concatenate([np.diff(one.t_s) for one in found])
        self._marks = np.concatenate([
            one.marks + before for one, before in zip(found, parts, strict=False)])
        self._steps = np.concatenate([
            one.steps + block.first for one, block in zip(found, self.blocks, strict=True)])
        self.step_s = self.method.step_s or float(self._h_s.max())

    def walk(self, x0: float, count: int) -> tuple[Floats, float]:
        """See ``Train``."""
        exact = self._exact_of(x0, count)
        allowed = max(ERROR_GOAL * float(np.ptp(exact)), self._least)
        if self._wasteful:
            self._scale = 1.0
            self._plan(exact)
        for tried in range(FINER_MAX):
            x = self._stateless(x0, count) if self.model.rate_is_stateless else self._stepped(
                x0, count)
            gone = x[1:].reshape(count, -1)[:, self._steps - 1] - exact[:, self._marks + 1]
            error = float(np.abs(gone).max())
            if self.method.step_s is not None or error <= allowed or self._u_v.size > STEPS:
                break
            # The steps were chosen for other states: for these first, more of them only then.
            self._scale = self._scale * max(1.5, 1.2 * error / allowed) if tried else 1.0
            self._plan(exact)
        self._wasteful = self.method.step_s is None and error < WASTED * allowed
        return x, error

    def _stateless(self, x0: float, count: int) -> Floats:
        moves = self.model.rate(self._u_v, x0) * self._h_s
        return added(np.tile(moves, count), self.model.bounds).path(x0)

    def _stepped(self, x0: float, count: int) -> Floats:
        """Steps that move nothing are passed over."""
        low, high = self.model.bounds
        moving = np.flatnonzero(moves_at(self.model, self._u_v))
        rate = self.model.rate_at
        steps = list(zip(self._u_v[moving].tolist(), self._h_s[moving].tolist(), strict=True))
        states, x = [x0], x0
        for _ in range(count):
            for u_v, h_s in steps:
                x += h_s * rate(u_v, x)
                x = low if x < low else high if x > high else x
                states.append(x)
        place = np.searchsorted(moving, np.arange(self._u_v.size), side="right")
        behind = np.arange(count)[:, None] * moving.size + place
        return np.concatenate([[x0], np.array(states)[behind.ravel()]])


def _blocks(
    steps: Sequence[tuple[Floats, Floats]], points: Sequence[Floats]
) -> list[Block]:
    """Blocks behind each other, by the beginnings and ends of their steps."""
    found, first = [], 0
    for (t0_s, t1_s), times_s in zip(steps, points, strict=True):
        step = np.clip(np.searchsorted(t0_s, times_s, side="right") - 1, 0, t0_s.size - 1)
        share = np.clip((times_s - t0_s[step]) / (t1_s - t0_s)[step], 0.0, 1.0)
        found.append(Block(first, first + t0_s.size, step + first, share))
        first += t0_s.size
    return found
