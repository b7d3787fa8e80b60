"""Simulates many devices at once: ``simulate_many(Devices.of(model, 1000, v_set_v=…), waveform)``.

Monte Carlo, maps of parameters, windows of many delays: every device has its own parameters, its
own start and, where that is wanted, its own waveform. Each gets the numbers that ``simulate`` gives
for it alone, whatever is beside it and on however many cores.
"""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import unknown
from memrig.hil.sharing import Submit, cores, shared
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Waveform
from memrig.sim import _flowing, compiled, lockstep, sampled
from memrig.sim.blocks import Block as Part
from memrig.sim.blocks import Watch, done_in_blocks
from memrig.sim.drives import Drives, drives_of
from memrig.sim.integrators import check_closed_form
from memrig.sim.lanes import Lanes, copies
from memrig.sim.load import Load
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.simulation import Method, solve

Bools = npt.NDArray[np.bool_]
Progress = Callable[[float], None]

BLOCK = 2048
"""Devices that go through a drive together."""
COMPILED_FROM = 20_000_000
"""Steps of devices from which on numba's start, a second, is worth while."""
WIDE = 1000
"""Devices whose step takes numpy as long as that of one."""

FLOWING_FROM = 2000
"""Devices of equal parameters from which on their closed forms are compiled."""


@dataclass(frozen=True, eq=False)
class Devices:
    """Devices of one model, each with its own parameters and its own start.

    :param model: the parameters that do not differ.
    :param varied: those that do, by name, shape (n,) each.
    :param x0: states to start from, shape (n,).
    """

    model: Model
    varied: Mapping[str, Floats]
    x0: Floats

    @classmethod
    def of(
        cls, model: Model, count: int, x0: npt.ArrayLike | None = None,
        **varied: npt.ArrayLike,
    ) -> Self:
        """Devices whose parameters are checked like those of one.

        :param x0: one state for all or one for each; by default that of the model.
        :param varied: values by parameter, shape (count,) or one number for all.
        :raises RequestError: for a value out of bounds, with the device's number.
        """
        if count < 1:
            raise RequestError(f"{count} devices were asked; at least 1 is needed")
        columns = {name: _column(model, name, values, count) for name, values in varied.items()}
        made = cls(model, columns, _values(
            f"{model.name}, x0", model.x0 if x0 is None else x0, count))
        made._check()
        return made

    def _check(self) -> None:
        for number, one in enumerate(copies(self.model, self.varied) if self.varied else ()):
            try:
                one.validate()
            except RequestError as error:
                raise RequestError(f"device {number}: {error}") from None
        low, high = self.lanes().bounds
        inside = (low <= self.x0) & (self.x0 <= high)
        if not inside.all():
            k = int(inside.argmin())
            message = (f"device {k}: {self.model.name}: x0 = {self.x0[k]:g} was asked; allowed: "
                       f"{low[k]:g} to {high[k]:g}")
            raise RequestError(message)

    def __len__(self) -> int:
        return int(self.x0.size)

    def device(self, number: int) -> Model:
        """One of them as a model of its own."""
        values: Any = {name: float(column[number]) for name, column in self.varied.items()}
        return dataclasses.replace(self.model, **values)

    def part(self, start: int, stop: int) -> Devices:
        """Those from ``start`` up to and without ``stop``."""
        varied = {name: column[start:stop] for name, column in self.varied.items()}
        return Devices(self.model, varied, self.x0[start:stop])

    def lanes(self) -> Lanes:
        """Their laws side by side."""
        return Lanes(self.model, self.varied, len(self))


def _values(where: str, values: npt.ArrayLike, count: int) -> Floats:
    try:
        column = np.full(count, values, dtype=float)
    except (TypeError, ValueError):
        found = getattr(values, "shape", None) or np.shape(np.asarray(values, dtype=object))
        message = f"{where}: values of shape {found} were asked; needed: ({count},) or one number"
        raise RequestError(message) from None
    column.flags.writeable = False
    return column


def _column(model: Model, name: str, values: npt.ArrayLike, count: int) -> Floats:
    """A parameter's values, within its declared bounds."""
    specs = type(model).specs()
    if name not in specs:
        raise UnknownNameError(unknown(f"parameter of {model.name}", name, specs))
    where, spec = f"{model.name}, {name}", specs[name]
    if type(model).kind(name) is not float:
        raise RequestError(f"{where}: it cannot differ between devices; only numbers can")
    column = _values(where, values, count)
    out = np.flatnonzero(~((spec.low <= column) & (column <= spec.high)))
    if out.size:
        unit = spec.unit or "1"
        asked = format_quantity(float(column[out[0]]), unit)
        low, high = (format_quantity(v, unit) for v in (spec.low, spec.high))
        message = f"{where}, device {out[0]}: {asked} was asked; allowed: {low} to {high}"
        raise RequestError(message)
    return column


@dataclass(frozen=True, eq=False)
class Many:
    """What ``simulate_many`` returns, for n devices at m times.

    A device that was not finished when the work was stopped has NaN for its states, currents,
    voltages (where each device has its own) and error.

    :param t_s: the wanted times, shape (m,).
    :param x: states, shape (n, m).
    :param error: estimated largest error of the state at the wanted times and at the ends of
        ramps, relative to its excursion, shape (n,); NaN where it was not estimated.
    :param step_s: the (largest) step that was used; 0 where it was chosen by the error.
    :param engine: what computed it, ``numba`` or ``numpy``.
    """

    devices: Devices
    drives: Drives
    load: Load
    t_s: Floats
    x: Floats
    error: Floats
    integrator: str
    step_s: float
    engine: str

    @property
    def finished(self) -> Bools:
        """Which devices went through the whole drive, shape (n,)."""
        return np.asarray(~np.isnan(self.x).any(axis=1))

    @property
    def v_v(self) -> Floats:
        """Voltage across the devices, shape (m,) where it is one for all, else (n, m)."""
        if self.load.is_ideal and len(self.drives) == 1:
            return self.drives.value(self.t_s)[:, 0]
        return self._electrical[0]

    @property
    def i_a(self) -> Floats:
        """Currents, shape (n, m); worked out, as the voltages are, when they are asked for."""
        return self._electrical[1]

    @cached_property
    def _electrical(self) -> tuple[Floats, Floats]:
        """Voltages and currents, shape (n, m) each."""
        found = np.full((2, *self.x.shape), np.nan)

        def one(first: int, _: Watch) -> None:
            here = slice(first, first + BLOCK)
            lanes, x = self.devices.part(first, first + BLOCK).lanes(), self.x[here].T
            u_v = self.drives.part(first, first + BLOCK).value(self.t_s)
            v_v = self.load.divided(lanes, u_v, x)
            found[0, here], found[1, here] = np.broadcast_to(v_v, x.shape).T, (
                lanes.current(v_v, x).T)

        blocks = [partial(one, first) for first in range(0, len(self.devices), BLOCK)]
        done_in_blocks(blocks, Watch(0.0, None, None), cores())
        found[:, ~self.finished] = np.nan
        return found[0], found[1]


def simulate_many(
    devices: Devices, waveform: Waveform | Sequence[Waveform] | Drives, *,
    wanted_s: npt.ArrayLike, integrator: str = "auto", step_s: float | None = None,
    series_ohm: float = 0.0, progress: Progress | None = None,
    stop: threading.Event | None = None, workers: int | None = None, estimate: bool = True,
    engine: str = "auto", submit: Submit | None = None,
) -> Many:
    """Integrate many devices under one open-circuit voltage, or each under its own.

    Waveforms of different lengths are seen over one span: outside its own a device has 0 V.

    :param waveform: one for all, one for each device, or two spikes with a delay for each device
        (``Overlaps``: an STDP window).
    :param wanted_s: times at which states are wanted, not decreasing, shape (m,).
    :param integrator: as of ``simulate``; ``auto`` takes ``flow`` where all devices have it.
    :param step_s: fixed step of Euler or ``rk4``; without one Euler goes device by device.
    :param progress: told the share that is done, in the calling thread; 1 at the end alone.
    :param stop: ends the work within a few milliseconds; see ``Many``.
    :param workers: threads; by default one per core.
    :param estimate: whether a fixed step is compared with the exact integration.
    :param engine: ``numpy``, ``numba``, or ``auto``: numba for much work that it can do, where it
        is installed. Both give the same numbers but for rounding.
    :param submit: who does it in blocks of devices, e.g. a cluster (see ``hil.sharing``); the
        numbers are the same to the last bit.
    :raises RequestError: for an unknown integrator, a bad step, times or load.
    """
    if not (math.isfinite(series_ohm) and series_ohm >= 0.0):
        message = f"a series resistance of {series_ohm:g} ohm was asked; allowed: 0 ohm and more"
        raise RequestError(message)
    compiled.check(engine)
    task = _Task(devices, drives_of(waveform, len(devices)), Load(ohm=series_ohm),
                 Method(integrator, step_s), _times(wanted_s), estimate=estimate)
    if submit is not None:
        return task.elsewhere(engine, submit, progress, stop)
    task.prepare(engine)
    watch, threads = Watch(task.work, progress, stop), workers or cores()
    finished = done_in_blocks(task.parts(threads), watch, threads)
    if all(finished):
        watch.tell(1.0)
    return task.result()


def _times(wanted_s: npt.ArrayLike) -> Floats:
    times_s = np.array(wanted_s, dtype=float, ndmin=1)
    if times_s.ndim != 1 or not np.isfinite(times_s).all() or (times_s[1:] < times_s[:-1]).any():
        raise RequestError("the wanted times must be finite and must not decrease, shape (m,)")
    return times_s


class _Task:
    """What is to be done, and what is done of it."""

    def __init__(
        self, devices: Devices, drives: Drives, load: Load, method: Method, wanted_s: Floats, *,
        estimate: bool,
    ) -> None:
        self._devices, self._drives, self._load = devices, drives, load
        self._wanted_s, lanes = wanted_s, devices.lanes()
        self._closed = lanes.closed_form and load.is_ideal
        self._method = method
        if method.name == "auto":
            self._method = Method("flow" if self._closed else "rk4", method.step_s)
        if self._method.name == "flow" and not self._closed:
            check_closed_form(next((one for one in lanes.devices if not one.closed_form),
                                   devices.model), load)
        self._compares = estimate and self._method.step_s is not None and (
            self._method.name != "flow")
        self._duration_s = drives.span_s[1] - drives.span_s[0]
        self._x = np.full((len(devices), wanted_s.size), np.nan)
        self._error = np.full(len(devices), np.nan)
        self._step_s = self._method.step_s or 0.0
        self._kernel: compiled.Kernel | None = None
        self._flows = self._flowed = False

    def prepare(self, engine: str) -> None:
        """Compile what numba can do, where that is worth while or wanted."""
        self._flows = self._may_flow(engine)
        step_s = self._method.step_s
        if step_s is not None and self._may_step(engine):
            grid = sampled.grid_of(self._drives.ramps[0], step_s, middle=self._is_mid)
            self._kernel = compiled.Kernel(self._devices.lanes(), grid, self._load.ohm)

    def _may_flow(self, engine: str) -> bool:
        """Whether numba is to take the closed form."""
        many = len(self._devices) >= FLOWING_FROM and compiled.is_there()
        return (self._method.name == "flow" and not self._devices.varied
                and engine != "numpy" and (engine == "numba" or many))

    def _may_step(self, engine: str) -> bool:
        """Whether numba is to take Euler's steps."""
        step_s = self._method.step_s
        if (engine == "numpy" or step_s is None or not self._method.name.startswith("euler")
                or len(self._drives) != 1 or not self._duration_s
                or not self._devices.lanes().side_by_side):
            return False
        steps = max(len(self._devices), WIDE) * self._duration_s / step_s
        return engine == "numba" or (steps >= COMPILED_FROM and compiled.is_there())

    def elsewhere(
        self, engine: str, submit: Submit, progress: Progress | None,
        stop: threading.Event | None,
    ) -> Many:
        """The same by others, block by block; what is decided for all holds for each block."""
        compiles = self._may_flow(engine) or self._may_step(engine)
        asked = {"wanted_s": self._wanted_s, "integrator": self._method.name,
                 "step_s": self._method.step_s, "series_ohm": self._load.ohm, "workers": 1,
                 "estimate": self._compares, "engine": "numba" if compiles else "numpy"}
        ends = _ends(len(self._devices))
        blocks = [(self._devices.part(first, last), self._drives.part(first, last), asked)
                  for first, last in pairwise(ends)]
        for (first, last), found in zip(pairwise(ends), shared(
                _of_block, blocks, submit=submit, stop=stop, progress=progress), strict=False):
            here = slice(first, last)
            self._x[here], self._error[here], step_s, engine = found
            self._step_s, self._flowed = max(self._step_s, step_s), engine == "numba"
        return self.result()

    @property
    def _is_mid(self) -> bool:
        return self._method.name == "euler-mid"

    @property
    def work(self) -> float:
        """Seconds of drive times devices, twice where they are compared."""
        twice = self._compares and self._devices.lanes().side_by_side
        return (2.0 if twice else 1.0) * len(self._devices) * self._duration_s

    def parts(self, workers: int) -> list[Part]:
        """The devices in blocks, at least one for each worker."""
        count = len(self._devices)
        size = min(BLOCK, -(-count // workers))
        return [partial(self._done, first, min(first + size, count))
                for first in range(0, count, size)]

    def _done(self, first: int, last: int, watch: Watch) -> None:
        """Integrate the devices from ``first`` up to and without ``last``."""
        block = self._block(first, last)

        def told(seconds: float) -> None:
            watch.add(seconds * (last - first))

        x, error = self._states(block, first, told)
        self._x[first:last], self._error[first:last] = x.T, error

    def _block(self, first: int, last: int) -> lockstep.Block:
        part = self._devices.part(first, last)
        return lockstep.Block(part.lanes(), self._load, self._drives.part(first, last), part.x0)

    def _states(
        self, block: lockstep.Block, first: int, told: lockstep.Told
    ) -> tuple[Floats, Floats]:
        """The states at the wanted times, shape (m, n), and their errors."""
        if not self._duration_s:
            return np.tile(block.x0, (self._wanted_s.size, 1)), np.zeros(block.x0.size)
        if self._flows:
            found = _flowing.states(block, self._wanted_s)
            if found is not None:
                self._flowed = True
                told(self._duration_s)
                return found
        adapts = self._method.name.startswith("euler") and self._method.step_s is None
        if self._method.name == "flow" or adapts or not block.lanes.side_by_side:
            return self._one_by_one(block, told)
        if self._method.step_s is None:
            return lockstep.rk4(block, self._wanted_s, None, told)
        if not self._compares:
            return self._stepped(block, first, self._wanted_s, told), np.full(block.x0.size, np.nan)
        times_s = self._wanted_s
        if block.is_shared:
            times_s = np.unique(np.concatenate([times_s, block.drives.ramps[0].t1_s]))
        x = self._stepped(block, first, times_s, told)
        exact = self._exact(block, times_s, told)
        excursion = np.ptp(exact, axis=0)
        error = np.abs(x - exact).max(axis=0) / np.where(excursion == 0.0, 1.0, excursion)
        return x[np.searchsorted(times_s, self._wanted_s)], error

    def _stepped(
        self, block: lockstep.Block, first: int, times_s: Floats, told: lockstep.Told
    ) -> Floats:
        step_s = self._method.step_s
        assert step_s is not None
        if self._method.name == "rk4":
            return lockstep.rk4(block, times_s, step_s, told)[0]
        if self._kernel is not None:
            return self._kernel.euler(first, block.x0, times_s, told)
        return lockstep.euler(block, lockstep.grid_of(block, step_s), times_s,
                              middle=self._is_mid, told=told)

    def _exact(self, block: lockstep.Block, times_s: Floats, told: lockstep.Told) -> Floats:
        if not self._closed:
            return lockstep.rk4(block, times_s, None, told)[0]
        return self._alone(block, times_s, Method("flow"), told)[0]

    def _one_by_one(
        self, block: lockstep.Block, told: lockstep.Told
    ) -> tuple[Floats, Floats]:
        x, error, step_s = self._alone(block, self._wanted_s, self._method, told)
        if self._method.step_s is None:
            self._step_s = max(self._step_s, step_s)
        return x, error if self._compares or self._method.step_s is None else error * np.nan

    def _alone(
        self, block: lockstep.Block, times_s: Floats, method: Method, told: lockstep.Told
    ) -> tuple[Floats, Floats, float]:
        """Each device by itself: states, errors and the largest step."""
        count = block.x0.size
        x, error, step_s = np.empty((times_s.size, count)), np.empty(count), 0.0
        for k, (device, x0) in enumerate(zip(block.lanes.devices, block.x0.tolist(), strict=True)):
            ramps = block.drives.ramps[0 if block.is_shared else k]
            solved = solve(device, block.load, ramps, x0, method, times_s,
                           estimate=self._compares)
            x[:, k], error[k] = solved.path.at(times_s), solved.error
            step_s = max(step_s, solved.step_s)
            told(float(ramps.dt_s.sum()) / count)
        return x, error, 0.0 if method.name == "flow" else step_s

    def result(self) -> Many:
        """What there is."""
        return Many(devices=self._devices, drives=self._drives, load=self._load,
                    t_s=self._wanted_s, x=self._x, error=self._error,
                    integrator=self._method.name, step_s=self._step_s,
                    engine="numba" if self._kernel or self._flowed else "numpy")


def _ends(count: int) -> list[int]:
    """Where blocks of devices begin and end. None is of one of many: that is computed otherwise,
    with other digits in the last place."""
    firsts = list(range(0, count, BLOCK))
    if count > 1 and count - firsts[-1] == 1:
        firsts.pop()
    return [*firsts, count]


def _of_block(
    block: tuple[Devices, Drives, dict[str, Any]]
) -> tuple[Floats, Floats, float, str]:
    """States and errors, with the step and the engine."""
    devices, drives, asked = block
    found = simulate_many(devices, drives, **asked)
    return found.x, found.error, found.step_s, found.engine
