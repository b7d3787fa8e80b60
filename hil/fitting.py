"""A model fitted to a run: free parameters by least squares, each with its uncertainty."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.hil.derive import current_at
from memrig.hil.errors import MemrigError, RequestError, UnknownNameError
from memrig.hil.estimates import (
    APART,
    DEGENERATE,
    NO_INFLUENCE,
    TELLING,
    Judged,
    independent,
    judge,
)
from memrig.hil.overlay import Drive, Overlay, Variation, on_circuit_of, predictions, starts
from memrig.hil.parameter_sets import STATE
from memrig.hil.parameters import Parameters, Spec, unknown
from memrig.hil.recompare import first_point, modelled, started
from memrig.hil.record import Reading, Record
from memrig.hil.registry import load
from memrig.hil.residual import comparable
from memrig.hil.thinning import thinned
from memrig.hil.units import format_quantity

Floats = npt.NDArray[np.float64]

EVALUATIONS = 200
"""Trials after which a fit gives up."""
STEP = 1e-4
"""Step of the derivatives: above what an integrator's own steps bring, below any curvature."""
WIDE = 100.0
"""A parameter whose upper bound is so many times its value is fitted in its logarithm."""
START_REL = 1e-3
"""Step of the derivative by the reading that the state starts from."""
AT_BOUND = 1e-5
"""Distance from a bound, in the fit's own coordinate, that counts as being there."""
WRITTEN = 8
"""Digits of a fitted value."""
INSIDE = 1e-2
"""Distance from a bound at which a fit begins at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a fit stands after some steps."""

    steps: int
    nrmse: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One parameter after a fit.

    :param before: the value that the fit began with, in ``unit`` as ``value``.
    :param u: standard uncertainty; None where it was fixed, or where the data do not give one.
    :param note: why there is none: a bound that was hit, or what the data do not determine.
    """

    name: str
    unit: str
    value: float
    before: float
    free: bool
    u: float | None = None
    note: str = ""

    def words(self) -> tuple[str, str, str]:
        """Value, standard uncertainty and value before, to the digits that mean something."""
        digits = 4
        if self.u and self.value:
            digits = min(max(math.ceil(math.log10(abs(self.value) / self.u)) + 2, 3), 8)
        return (_quantity(self.value, self.unit, digits),
                "-" if self.u is None else _quantity(self.u, self.unit, 2),
                _quantity(self.before, self.unit, 4))


def _quantity(value: float, unit: str, digits: int) -> str:
    if unit in {"m2", "J/K"}:  # the prefix of a square would be squared, too
        return f"{value:.{digits}g} {unit}"
    return format_quantity(value, unit or "1", digits)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What a fit has found.

    :param estimates: of every parameter that is a number, in the order of their declaration.
    :param points: unflagged points that were compared.
    :param why: the reason for its end, in words.
    """

    model: str
    drive: Drive
    estimates: tuple[Estimate, ...]
    nrmse_before: float
    nrmse: float
    points: int
    steps: int
    converged: bool
    why: str

    @property
    def values(self) -> dict[str, float]:
        """All values, the initial state among them where it was given or free."""
        return {one.name: one.value for one in self.estimates}

    @property
    def sentence(self) -> str:
        """How it ended: ``converged, 12 steps``."""
        count = f"{self.steps} step{'' if self.steps == 1 else 's'}"
        return f"converged, {count}" if self.converged else f"not converged, {count}: {self.why}"

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {**plain, "estimates": [dataclasses.asdict(one) for one in self.estimates]}


def fit(
    records: Sequence[Record], model: Parameters, *, free: Sequence[str] = (),
    fixed: Sequence[str] = (), x0: float | None = None, drive: Drive = "measured",
    observer: Callable[[Progress], None] | None = None,
) -> Fit:
    """Change free parameters of a model until its currents are nearest to the measured ones.

    What is made small is the sum of the squares of (measured - model) over all unflagged points.
    The model's state starts as it does for an overlay: from the readings of the run, else so that
    the curve's first telling point is met, else at ``x0``.

    :param records: complete records of a run, in order.
    :param model: where the fit starts; what is not free stays as it is here.
    :param free: names of parameters, ``x0`` (of curves) among them; none: all that these records
        determine, each by itself.
    :param fixed: names that shall not be chosen where ``free`` names none.
    :param observer: called after every step; what it raises ends the fit.
    :raises UnknownNameError: for a parameter that the model does not have.
    :raises RequestError: where there is nothing to fit, or the model cannot start.
    """
    problem = _Problem(records, model, x0, drive, observer)
    problem.check_names([*free, *fixed])
    chosen = [name for name in free or problem.determined(fixed) if name not in fixed]
    if not chosen:
        raise RequestError(_nothing(problem, free, fixed))
    return problem.solve(chosen)


def _nothing(problem: _Problem, free: Sequence[str], fixed: Sequence[str]) -> str:
    if free:
        return f"every parameter that was asked to be free ({', '.join(free)}) is fixed, too"
    apart = f" besides the fixed ones ({', '.join(fixed)})" if fixed else ""
    return (f"the run determines no parameter of {problem.name}{apart}; name some with free, or "
            "fit another run")


@dataclass(frozen=True, slots=True)
class _Axis:
    """A parameter in the coordinate of the fit: its logarithm, or in units of its own size."""

    name: str
    spec: Spec
    start: float

    @property
    def logarithmic(self) -> bool:
        return self.start > 0 and self.spec.low >= 0 and self.spec.high >= WIDE * self.start

    @property
    def scale(self) -> float:
        width = self.spec.high - self.spec.low
        return abs(self.start) or (width if math.isfinite(width) else 1.0)

    def to(self, value: float) -> float:
        if not self.logarithmic:
            return value / self.scale
        return math.log(value / self.start) if value > 0 else -math.inf

    def back(self, at: float) -> float:
        value = self.start * math.exp(at) if self.logarithmic else at * self.scale
        return min(max(value, self.spec.low), self.spec.high)  # a rounding beyond a bound

    @property
    def bounds(self) -> tuple[float, float]:
        return self.to(self.spec.low), self.to(self.spec.high)

    def spread(self, value: float, u: float) -> float:
        """A standard uncertainty of the coordinate as one of the value."""
        return u * (value if self.logarithmic else self.scale)

    def bound_hit(self, value: float) -> str:
        """Which bound a value lies at, in words; empty for none."""
        at, (low, high) = self.to(value), self.bounds
        for where, bound, side in ((low, self.spec.low, "lower"), (high, self.spec.high, "upper")):
            if abs(at - where) <= AT_BOUND:
                return f"at its {side} bound, {format_quantity(bound, self.spec.unit or '1')}"
        return ""


class _Problem:
    """Records, a model, and what is left between them."""

    def __init__(
        self, records: Sequence[Record], model: Parameters, x0: float | None, drive: Drive,
        observer: Callable[[Progress], None] | None,
    ) -> None:
        if not records:
            raise RequestError("there is no complete record; nothing can be fitted")
        self.model, self.drive, self.x0 = model, drive, x0
        self.name = str(getattr(model, "name", type(model).__name__))
        self._observer = observer
        self._all, self._records = list(records), [thinned(record) for record in records]
        self._fitted, self._whole = _Measured(self._records), _Measured(self._all)
        if not self._whole.i_a.any():
            raise RequestError("no unflagged point has a current; nothing can be fitted")
        self.is_curve = starts(records[0]) is None
        self.axes: list[_Axis] = []
        self._known: dict[bytes, Floats] = {}
        self._steps = 0

    # --- names

    def numbers(self) -> dict[str, Spec]:
        """Every parameter that is a number, and the initial state of a curve."""
        found = {name: spec for name, spec in self.model.specs().items()
                 if type(self.model).kind(name) is float}
        if self.is_curve:
            low, high = getattr(self.model, "bounds", (-math.inf, math.inf))
            found[STATE] = Spec(unit="1", help="initial state", low=low, high=high)
        return found

    def check_names(self, names: Sequence[str]) -> None:
        known = self.numbers()
        for name in names:
            if name == STATE and not self.is_curve:
                message = ("x0 was asked to be free or fixed, but the state follows the readings "
                           "of this run; x0 belongs to curves without readings")
                raise RequestError(message)
            if name not in known:
                what = f"number to fit among the parameters of {self.name}"
                raise UnknownNameError(unknown(what, name, known))

    def start_of(self, name: str) -> float:
        if name != STATE:
            return float(getattr(self.model, name))
        bench = started(self._overlay({}), self._records, keep_state=self.x0 is not None)[0].bench
        return float(bench.state[self._records[0].stimulus.device])

    def determined(self, fixed: Sequence[str]) -> list[str]:
        """What the records determine from where the model starts, each by itself: temperatures
        are measured and never chosen, nor are parameters for the few, nor a state that is given.
        """
        apart = {*fixed, *([] if self.x0 is None else [STATE])}
        names = [name for name, spec in self.numbers().items()
                 if name not in apart and not spec.advanced and spec.unit != "K"]
        self._set_axes(names)
        self._check_start()
        slopes = self.jacobian(self._begin())
        return [names[k] for k in independent(slopes, TELLING, APART)]

    # --- residuals

    def _set_axes(self, names: Sequence[str]) -> None:
        specs = self.numbers()
        self.axes = [_Axis(name, specs[name], self.start_of(name)) for name in names]
        self._known.clear()

    def _begin(self) -> Floats:
        return np.array([axis.to(axis.start) for axis in self.axes])

    def _overlay(self, values: Mapping[str, float]) -> Overlay:
        own = {name: value for name, value in values.items() if name != STATE}
        bench = load("simulators", "model")(
            dataclasses.replace(self.model, **own), integrator="auto",
            x0=values.get(STATE, self.x0))
        return Overlay(bench=bench, drive=self.drive)

    def _left(self, values: Mapping[str, float], measured: _Measured) -> Floats:
        """Measured less model, so scaled that its length is the nrmse; shape (points,)."""
        keep = self.x0 is not None or STATE in values
        with np.errstate(all="ignore"):  # a trial far off may overflow; it is then refused
            overlay, _ = started(self._overlay(values), measured.records, keep_state=keep)
            return measured.less(modelled(overlay, measured.records)[0])

    def values(self, at: Floats) -> dict[str, float]:
        return {axis.name: axis.back(float(u)) for axis, u in zip(self.axes, at, strict=True)}

    def residual(self, at: Floats) -> Floats:
        """Not a number where the model cannot be run: the fit then takes a smaller step."""
        key = at.tobytes()
        if key not in self._known:
            try:
                found = self._left(self.values(at), self._fitted)
            except (MemrigError, ArithmeticError):
                found = np.full(self._fitted.i_a.size, np.nan)
            self._known = {key: found}  # the next question is about the same place
        return self._known[key]

    def jacobian(self, at: Floats, *, central: bool = False) -> Floats:
        """Derivatives of the residual, shape (points, free).

        :param central: from both sides, where both can be had; what is degenerate looks
            otherwise from one.
        """
        here = self.residual(at)
        found = [self._slope(at, k, here, central=central) for k in range(at.size)]
        self._known = {at.tobytes(): here}
        return np.stack(found, axis=1) if found else np.zeros((here.size, 0))

    def _slope(self, at: Floats, k: int, here: Floats, *, central: bool) -> Floats:
        sides = [(here, 0.0)]
        low, high = self.axes[k].bounds
        for step in (STEP, -STEP):
            moved = at.copy()
            moved[k] += step
            there = self.residual(moved) if low <= moved[k] <= high else np.array([np.nan])
            if np.isfinite(there).all():
                sides.append((there, step))
            if len(sides) > 1 and not central:
                break
        if len(sides) == 1:
            return np.zeros_like(here)
        (one, a), (other, b) = sides[-1], sides[-2]
        return np.asarray((one - other) / (a - b))

    # --- the fit

    def _check_start(self) -> None:
        try:
            found = self._left({}, self._fitted)
        except (MemrigError, ArithmeticError) as error:
            raise RequestError(f"the model cannot be run where the fit starts: {error}") from None
        if not np.isfinite(found).all():
            raise RequestError("the model gives no finite current where the fit starts")

    def _told_jacobian(self, at: Floats) -> Floats:
        if self._observer is not None:
            self._observer(Progress(steps=self._steps, nrmse=_length(self.residual(at))))
        self._steps += 1
        return self.jacobian(at)

    def solve(self, free: Sequence[str]) -> Fit:
        self._check_start()
        self._set_axes(free)
        begin = self._begin()
        # What others can make up for stays where it is: it would else run away with them.
        moving = independent(self.jacobian(begin, central=True), NO_INFLUENCE, DEGENERATE)
        at, status = self._least(begin, moving)
        nrmse = _length(self._left(self._written(at), self._whole))
        return Fit(
            model=self.name, drive=self.drive, estimates=self._estimates(at),
            nrmse_before=_length(self._left({}, self._whole)), nrmse=nrmse,
            points=self._whole.i_a.size, steps=max(self._steps - 1, 0), converged=status > 0,
            why=_why(status))

    def _least(self, begin: Floats, moving: Sequence[int]) -> tuple[Floats, int]:
        """Where the residual is least, and scipy's word for the end."""
        from scipy.optimize import least_squares  # noqa: PLC0415  # slow to import

        if not moving:
            return begin, 1
        axes, self.axes = self.axes, [self.axes[k] for k in moving]
        self._known.clear()
        lows, highs = zip(*(axis.bounds for axis in self.axes), strict=True)
        self._steps = 0
        inside = _off_bounds(begin[moving], np.array(lows), np.array(highs))
        found = least_squares(
            self.residual, inside, jac=self._told_jacobian, bounds=(lows, highs),
            x_scale="jac", ftol=1e-7, xtol=1e-8, gtol=1e-12, max_nfev=EVALUATIONS)
        self.axes = axes
        self._known.clear()
        at = begin.copy()
        at[moving] = found.x
        return at, int(found.status)

    def _written(self, at: Floats) -> dict[str, float]:
        """The values, to the digits that they are written with; what did not move stays exact."""
        return {axis.name: axis.start if at[k] == axis.to(axis.start)
                else float(f"{axis.back(float(at[k])):.{WRITTEN}g}")
                for k, axis in enumerate(self.axes)}

    def _estimates(self, at: Floats) -> tuple[Estimate, ...]:
        after = self._written(at)
        hit = {axis.name: axis.bound_hit(after[axis.name]) for axis in self.axes}
        judged = self._judged(at, [axis for axis in self.axes if not hit[axis.name]])
        found = []
        for name, spec in self.numbers().items():
            axis = next((one for one in self.axes if one.name == name), None)
            if name == STATE and axis is None and self.x0 is None:
                continue  # it follows the first point
            before = axis.start if axis else self.start_of(name)
            one = judged.get(name)
            value = after.get(name, before)
            found.append(Estimate(
                name=name, unit=spec.unit, value=value, before=before, free=axis is not None,
                u=axis.spread(value, one.u) if axis and one and one.u is not None else None,
                note=hit.get(name) or (one.note if one else "")))
        return tuple(found)

    def _judged(self, at: Floats, inside: Sequence[_Axis]) -> dict[str, Judged]:
        """Of the parameters at no bound: one that is held there has nothing to vary."""
        own = [k for k, axis in enumerate(self.axes) if axis in inside]
        names = [self.axes[k].name for k in own]
        left, slopes = self.residual(at), self.jacobian(at, central=True)[:, own]
        return judge(names, slopes, left, self._shifts(self.values(at), left))

    def _shifts(self, values: Mapping[str, float], left: Floats) -> Floats:
        """What the residual changes by when a start is off by its standard uncertainty, shape
        (starts, points)."""
        if not self.is_curve:
            return self._reading_shifts(values, left)
        if self.x0 is not None or STATE in values:
            return np.zeros((0, left.size))
        return self._point_shift(values, left)[None]

    def _reading_shifts(self, values: Mapping[str, float], left: Floats) -> Floats:
        """Of every reading that sets the state, on what follows until the next. To the side that
        changes more: on the other, the state may stand at its bound already."""
        slopes = [self._nudged(values, left, side * START_REL) for side in (1.0, -1.0)]
        anchors = {k: one for k, r in enumerate(self._records) if (one := starts(r)) is not None}
        ends = [*list(anchors)[1:], len(self._records)]
        found = []
        for (begin, reading), end in zip(anchors.items(), ends, strict=True):
            own = (self._fitted.owner >= begin) & (self._fitted.owner < end)
            sides = [np.where(own, slope * _rel(reading), 0.0) for slope in slopes]
            found.append(max(sides, key=_length))
        return np.stack(found)

    def _nudged(self, values: Mapping[str, float], left: Floats, start_rel: float) -> Floats:
        nudge = Variation(name="start", start_rel=start_rel)
        there = self._fitted.less(predictions(self._overlay(values), self._records, nudge))
        return np.asarray((there - left) / start_rel)

    def _point_shift(self, values: Mapping[str, float], left: Floats) -> Floats:
        """Of the first telling point, which is as uncertain as every other one."""
        point = first_point(self._records[0])
        if point is None:
            return np.zeros_like(left)
        bench = on_circuit_of(self._overlay(values).bench, self._records[0])
        u_a = _length(left) / math.sqrt(left.size) * self._fitted.length
        device = self._records[0].stimulus.device
        bench.set_state(point[0], point[1] + u_a, device)
        there = self._left({**values, STATE: bench.state[device]}, self._fitted)
        return there - left


def _off_bounds(at: Floats, lows: Floats, highs: Floats) -> Floats:
    """A start that stands at a bound is moved a little inside: from there it never leaves."""
    room = highs - lows > 2 * INSIDE
    at = np.where(room & (at < lows + INSIDE), lows + INSIDE, at)
    return np.where(room & (at > highs - INSIDE), highs - INSIDE, at)


def _rel(reading: Reading) -> float:
    """Standard uncertainty of a reading, relative."""
    g = reading.conductance_siemens
    return abs(reading.u_siemens / g) if g else 0.0


class _Measured:
    """The unflagged points of records; what a model is compared with again and again.

    ``owner`` is the index of each point's record, shape (points,); ``length`` the root of the sum
    of the squares of the currents.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self._places: list[tuple[int, tuple[int, int], Floats, npt.NDArray[np.bool_]]] = []
        parts, owners = [np.zeros(0)], [np.zeros(0, dtype=int)]
        for index, record in enumerate(records):
            for place in _compared(record):
                trace = record.trace(*place)
                good = comparable(record, place[1], trace)
                self._places.append((index, place, trace.t_s, good))
                parts.append(trace.i_a[good])
                owners.append(np.full(parts[-1].size, index))
        self.i_a, self.owner = np.concatenate(parts), np.concatenate(owners)
        self.length = float(np.sqrt(np.sum(self.i_a**2)))

    def less(self, modelled_records: Sequence[Record]) -> Floats:
        """Measured less model in units of ``length``, shape (points,)."""
        found = [current_at(modelled_records[index].trace(*place), t_s)[good]
                 for index, place, t_s, good in self._places]
        return np.asarray((self.i_a - np.concatenate(found)) / self.length)


def _compared(record: Record) -> Iterable[tuple[int, int]]:
    """The parts that a model answers: of what sets its state, the last read alone."""
    reading = starts(record)
    return record.blocks() if reading is None else [(record.plan.repeat - 1, reading.block)]


def _length(left: Floats) -> float:
    return float(np.sqrt(np.sum(left**2)))


def _why(status: int) -> str:
    words = {0: f"it has not come to rest after {EVALUATIONS} trials; fit again to go on",
             1: "no direction leads down", 2: "the nrmse does not change any more",
             3: "the parameters do not change any more",
             4: "neither the nrmse nor the parameters change any more"}
    return words[status]
