"""Simulates one device under a waveform: ``simulate(model, waveform, x0=0.2)``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError
from memrig.hil.parameters import unknown
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Waveform
from memrig.sim.grid import STEPS_MAX, check_count, moves_at, nodes_s, step_count
from memrig.sim.integrators import (
    Path,
    check_closed_form,
    euler,
    flow,
    rk4,
    tabled,
    tables_pay,
)
from memrig.sim.load import Load
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.nonidealities import NonIdealities
from memrig.sim.ramps import Ramps, ramps_of

Counts = npt.NDArray[np.int64]
Integrator = Literal["euler", "euler-mid", "rk4", "flow", "auto"]
INTEGRATORS: tuple[str, ...] = get_args(Integrator)

ERROR_GOAL = 1e-4
"""Largest error of adaptive Euler, relative to the excursion of the state."""
ERROR_WARNING = 1e-2
"""Error above which a fixed step comes with advice."""
PARTS = 2_000
"""Parts of a drive among which adaptive Euler chooses its steps, at least; 16 to a ramp at most."""
SHOWN_PER_RAMP = 32
SHOWN_RAMPS = 2_000


@dataclass(frozen=True, slots=True)
class Method:
    """An integrator by name and its fixed step, seconds (None: chosen by the error)."""

    name: str = "euler"
    step_s: float | None = None

    def __post_init__(self) -> None:
        if self.name not in INTEGRATORS:
            raise RequestError(unknown("integrator", self.name, INTEGRATORS))
        if self.step_s is not None and not (math.isfinite(self.step_s) and self.step_s > 0):
            raise RequestError(f"a step of {self.step_s} s was asked; it must be above 0 s")


@dataclass(frozen=True, slots=True)
class Solved:
    """The state along a drive, with what is known about its error.

    :param error: estimated largest error of the state, relative to its excursion.
    :param step_s: the (largest) step that was used; 0 where there is none.
    :param stuck: why the state means nothing from somewhere on.
    """

    path: Path
    method: Method
    error: float
    step_s: float
    stuck: str = ""

    @property
    def advice(self) -> str:
        """What a finer step would give, where the step is too coarse; whether the state has stuck;
        empty where all is well."""
        return "; ".join(part for part in (self._finer, self.stuck) if part)

    @property
    def _finer(self) -> str:
        if self.method.step_s is None or self.error <= ERROR_WARNING:
            return ""
        finer_s = 10 ** math.floor(math.log10(self.step_s * ERROR_GOAL / self.error))
        return (
            f"a step of {format_quantity(self.step_s, 's')} is too coarse for this drive: "
            f"estimated error {self.error:.2g} of the excursion; a step of "
            f"{format_quantity(finer_s, 's')} gives about {self.error * finer_s / self.step_s:.1g}"
        )


@dataclass(frozen=True, slots=True)
class Simulation:
    """What ``simulate`` returns; arrays of shape (n,).

    :param v_v: voltage across the device, right-continuous.
    :param i_a: current, with the state before the step where Euler took it.
    :param error: estimated largest error of the state, relative to its excursion.
    :param step_s: the (largest) step that was used; 0 where there is none.
    :param advice: what a finer step would give, where the step is too coarse; where the state
        has stuck at a bound.
    """

    t_s: Floats
    v_v: Floats
    i_a: Floats
    x: Floats
    error: float
    integrator: str
    step_s: float
    advice: str = ""


def simulate(
    model: Model, waveform: Waveform, *, x0: float, integrator: str = "euler",
    step_s: float | None = None, series_ohm: float = 0.0, compliance_a: float = math.inf,
    nonidealities: NonIdealities | None = None, seed: int = 0, device: int = 0,
) -> Simulation:
    """Integrate a device from state ``x0`` under an open-circuit voltage.

    :param integrator: ``euler`` (the article's), ``euler-mid``, ``rk4``, ``flow`` (closed form;
        behind a resistance a table per level) or ``auto`` (``flow`` where it pays, else ``rk4``).
    :param step_s: fixed step; by default chosen so that the error stays below 1e-4.
    :param series_ohm: resistance between the voltage and the device.
    :param nonidealities: what the device does beyond its model; everything random comes from
        ``seed``.
    :param device: number of the device, of all that differ by their variation.
    :raises RequestError: for an unknown integrator, a bad step or a state out of bounds.
    """
    low, high = model.bounds
    if not low <= x0 <= high:
        raise RequestError(f"{model.name}: x0 = {x0:g} was asked; allowed: {low:g} to {high:g}")
    load = Load(ohm=series_ohm, compliance_a=compliance_a)
    ramps, method = ramps_of(waveform), Method(integrator, step_s)
    if nonidealities is None or nonidealities.is_ideal:
        solved, found, noise = solve(model, load, ramps, x0, method, _shown(ramps)), model, None
    else:
        from memrig.sim.imperfect import ImperfectDevice  # noqa: PLC0415  # it integrates by solve

        one = ImperfectDevice(model, nonidealities, seed=seed, device=device, x0=x0)
        solved, found = one.advance(load, ramps, method, _shown(ramps)), one.model
        noise = one.noise(solved.path.t_s)
    t_s, x = solved.path.t_s, solved.path.x
    v_v = load.volts(found, waveform.value(t_s, "right"), x)
    i_a = found.current(v_v, x)
    if noise is not None:
        off_a = load.noise_a(found, v_v, x, noise)
        v_v, i_a = v_v - load.ohm * off_a, i_a + off_a
    return Simulation(t_s=t_s, v_v=v_v, i_a=i_a, x=x, error=solved.error,
                      integrator=solved.method.name, step_s=solved.step_s, advice=solved.advice)


def _shown(ramps: Ramps) -> Floats:
    if len(ramps) > SHOWN_RAMPS:
        return np.empty(0)
    share = np.arange(1, SHOWN_PER_RAMP) / SHOWN_PER_RAMP
    return np.ravel(ramps.t0_s[:, None] + ramps.dt_s[:, None] * share)


def solve(
    model: Model, load: Load, ramps: Ramps, x0: float, method: Method, wanted_s: Floats,
    *, estimate: bool = True,
) -> Solved:
    """The state along a drive, at least at ``wanted_s``; see ``simulate``.

    :param estimate: whether a fixed Euler step is compared with the exact integration.
    """
    solved = _solved(model, load, ramps, x0, method, wanted_s, estimate=estimate)
    x = solved.path.x
    if solved.method.name == "flow" and _has_closed_form(model, load):
        x = x[:1]  # the others are kept where no number is rounded to a bound
    return replace(solved, stuck=model.stuck(x))


def _solved(
    model: Model, load: Load, ramps: Ramps, x0: float, method: Method, wanted_s: Floats,
    *, estimate: bool,
) -> Solved:
    if not len(ramps):
        return Solved(Path(np.zeros(1), np.array([model.bounded(x0)])), method, 0.0, 0.0)
    name = method.name
    if name == "auto":
        name = _chosen(model, load, ramps)
    if name == "flow":
        if method.name == name:
            check_closed_form(model, load)
        return _exact(_flowing(model, load, ramps, x0, wanted_s), Method(name))
    if name == "rk4" and method.step_s is None:
        return _exact(rk4(model, load, ramps, x0), Method(name))
    if name == "rk4":
        check_count(step_count(float(ramps.t1_s[-1] - ramps.t0_s[0]), method.step_s or 0.0),
                    method.step_s or 0.0)
        path = rk4(model, load, ramps, x0, method.step_s)
        error = _error(model, load, ramps, x0, path) if estimate else 0.0
        return Solved(path, Method(name, method.step_s), error, method.step_s or 0.0)
    if method.step_s is None:
        return _adaptive_euler(model, load, ramps, x0, name)
    return _fixed_euler(model, load, ramps, x0, method, estimate=estimate)


def are_idle(model: Model, drives: Sequence[Ramps]) -> list[bool]:
    """Which of some drives move nothing: no rate at the ends of their ramps, nowhere in between.

    A device behind a load sees no more than the drive, and of its sign.
    """
    ends = [np.concatenate([ramps.u0_v, ramps.u1_v]) for ramps in drives]
    moving = np.split(moves_at(model, np.concatenate(ends)),
                      np.cumsum([part.size for part in ends])[:-1])
    kinks = model.kinks
    return [not (moves.any() or ramps.crossings_s(kinks).size)
            for ramps, moves in zip(drives, moving, strict=True)]


def resting(ramps: Ramps, x0: float, method: Method) -> Solved:
    """The state along a drive that moves nothing."""
    t_s = np.array([ramps.t0_s[0], ramps.t1_s[-1]])
    return Solved(Path(t_s, np.full(2, x0)), method, 0.0, method.step_s or 0.0)


def _chosen(model: Model, load: Load, ramps: Ramps) -> str:
    """What ``auto`` takes: closed forms, or tables of levels that come back; else steps."""
    if _has_closed_form(model, load):
        return "flow"
    return "flow" if math.isinf(load.compliance_a) and tables_pay(ramps) else "rk4"


def _has_closed_form(model: Model, load: Load) -> bool:
    return load.is_ideal and model.closed_form


def _flowing(model: Model, load: Load, ramps: Ramps, x0: float, wanted_s: Floats) -> Path:
    if _has_closed_form(model, load):
        return flow(model, ramps, x0, wanted_s)
    return tabled(model, load, ramps, x0, wanted_s)


def _exact(path: Path, method: Method) -> Solved:
    excursion = float(np.ptp(path.x))
    return Solved(path, method, path.error / excursion if excursion else 0.0,
                  float(np.diff(path.t_s).max()))


def _reference(model: Model, load: Load, ramps: Ramps, x0: float, wanted_s: Floats) -> Path:
    if _chosen(model, load, ramps) == "flow":
        return _flowing(model, load, ramps, x0, wanted_s)
    return rk4(model, load, ramps, x0)


def _fixed_euler(
    model: Model, load: Load, ramps: Ramps, x0: float, method: Method, *, estimate: bool
) -> Solved:
    t_s, u_v = _even_steps(model, load, ramps, method)
    path = euler(model, load, t_s, u_v, x0)
    error = _error(model, load, ramps, x0, path) if estimate else 0.0
    return Solved(path, method, error, method.step_s or 0.0)


def _even_steps(
    model: Model, load: Load, ramps: Ramps, method: Method
) -> tuple[Floats, Floats]:
    """Nodes of equal steps, shape (n + 1,), and the voltage that each step uses."""
    t_s = nodes_s(model, load, ramps, method.step_s or 0.0)
    taken_s = t_s[:-1] + 0.5 * np.diff(t_s) if method.name == "euler-mid" else t_s[:-1]
    return t_s, ramps.at(taken_s)


@dataclass(frozen=True, slots=True)
class EulerSteps:
    """Euler's steps over a drive.

    :param t_s: nodes, shape (n + 1,); ``u_v`` the voltage that each step uses, shape (n,).
    :param steps: how many steps there are until the parts of ``marks`` end; ascending both.
    """

    t_s: Floats
    u_v: Floats
    steps: Counts
    marks: Counts


def euler_parts(model: Model, ramps: Ramps, method: Method) -> Ramps:
    """The parts of a drive at whose ends Euler's states can be compared with the exact ones."""
    if method.step_s is None:
        return _parts(model, ramps)
    t_s, _ = _even_steps(model, Load(), ramps, method)
    return ramps.cut(np.concatenate([t_s, ramps.crossings_s(model.kinks)]))


def euler_steps(
    model: Model, ramps: Ramps, parts: Ramps, method: Method, paths: Sequence[Floats],
    scale: float, error: float,
) -> EulerSteps:
    """The steps that Euler takes over a drive without a load.

    :param parts: of the drive, by ``euler_parts``.
    :param paths: exact states at the ends of the parts, from some state each; the steps do for
        all of them.
    :param scale: makes more of those that are chosen by their error.
    :param error: one that nobody asks about, in the state's unit.
    """
    if method.step_s is not None:
        t_s, u_v = _even_steps(model, Load(), ramps, method)
        return EulerSteps(t_s, u_v, np.arange(1, t_s.size),
                          np.searchsorted(parts.t1_s, t_s[1:]))
    counts = np.maximum.reduce([
        _counts(_step_shares(model, Load(), parts, Path(_ends(parts), x)),
                0.5 * max(ERROR_GOAL * float(np.ptp(x)), error), scale) for x in paths])
    ends, t_s, u_v = _steps_of(parts, counts, method.name)
    return EulerSteps(t_s, u_v, ends[1:], np.arange(len(parts)))


def _parts(model: Model, ramps: Ramps) -> Ramps:
    """A drive in the parts for which steps are chosen."""
    count = min(max(PARTS // len(ramps), 1), 16)
    return ramps.cut(np.concatenate([ramps.parts_s(count), ramps.crossings_s(model.kinks)]))


def _error(model: Model, load: Load, ramps: Ramps, x0: float, path: Path) -> float:
    """Largest difference from the exact integration, relative to the excursion."""
    exact = _reference(model, load, ramps, x0, path.t_s)
    excursion = float(np.ptp(exact.x)) or float(np.ptp(path.x))
    if not excursion:
        return 0.0
    return float(np.abs(path.x - exact.at(path.t_s)).max()) / excursion


def _adaptive_euler(
    model: Model, load: Load, ramps: Ramps, x0: float, name: str
) -> Solved:
    """Euler with the fewest steps per part of a ramp that keep the error below the goal."""
    parts = _parts(model, ramps)
    exact = _reference(model, load, ramps, x0, _ends(parts))
    excursion = float(np.ptp(exact.x))
    shares = _step_shares(model, load, parts, exact)
    scale = 1.0
    while True:
        counts = _counts(shares, 0.5 * ERROR_GOAL * excursion, scale)
        grid, path = _euler_on(model, load, parts, counts, x0, name)
        gone = np.abs(path.x[grid] - exact.at(_ends(parts))).max()
        error = float(gone / excursion) if excursion else 0.0
        if error <= ERROR_GOAL or counts.sum() >= STEPS_MAX:
            return Solved(path, Method(name), error, float(np.diff(path.t_s).max()))
        scale *= max(1.5, 1.2 * error / ERROR_GOAL)


def _ends(parts: Ramps) -> Floats:
    return np.concatenate([parts.t0_s, parts.t1_s[-1:]])


def _step_shares(model: Model, load: Load, parts: Ramps, exact: Path) -> Floats:
    """Error of one Euler step over each part: half its duration times the change of the rate."""
    x = exact.at(_ends(parts))
    before = model.rate(load.volts(model, parts.u0_v, x[:-1]), x[:-1])
    after = model.rate(load.volts(model, parts.u1_v, x[1:]), x[1:])
    return np.asarray(0.5 * parts.dt_s * np.abs(after - before))


def _counts(shares: Floats, goal: float, scale: float) -> Counts:
    """Steps per part: the fewest in all whose errors add up to the goal."""
    roots = np.sqrt(shares)
    if goal <= 0.0 or not roots.any():
        return np.ones(shares.size, dtype=int)
    counts = np.ceil(scale * roots * roots.sum() / goal)
    total = counts.sum()
    limited = counts * min(1.0, STEPS_MAX / total)
    return np.asarray(np.maximum(limited, 1.0).astype(int))


def _euler_on(
    model: Model, load: Load, parts: Ramps, counts: Counts, x0: float, name: str
) -> tuple[Counts, Path]:
    """Euler with ``counts`` equal steps per part; also where the parts end among the nodes."""
    ends, t_s, u_v = _steps_of(parts, counts, name)
    return ends, euler(model, load, t_s, u_v, x0)


def _steps_of(parts: Ramps, counts: Counts, name: str) -> tuple[Counts, Floats, Floats]:
    """Where the parts end among the nodes, the nodes, and the voltage that each step uses."""
    part = np.repeat(np.arange(len(parts)), counts)
    ends = np.concatenate([[0], np.cumsum(counts)])
    inner = np.arange(part.size) - ends[part]
    h = parts.dt_s[part] / counts[part]
    t_s = np.append(parts.t0_s[part] + h * inner, parts.t1_s[-1])
    offset = 0.5 if name == "euler-mid" else 0.0
    rise = (parts.u1_v - parts.u0_v)[part] / counts[part]
    return ends, t_s, parts.u0_v[part] + rise * (inner + offset)
