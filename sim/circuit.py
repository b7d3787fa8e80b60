"""Transient of a bench's netlist with one nonlinear, dynamic device.

The linear part is solved exactly in its modes (``sim.modes``) for forces that change linearly
during a step; what is left is one equation for the device's voltage, solved by Newton's method,
and the state, integrated by Simpson's rule, implicit. The scheme is stable: long steps
over settled capacitors are as good as none. Steps end at every kink of the drives, and shrink
until straight lines between the steps are as exact as asked.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError
from memrig.hil.netlist import Netlist
from memrig.hil.waveform import Waveform
from memrig.sim.modes import Modes, SourceState, modes

Floats = npt.NDArray[np.float64]
FIRST_H_S, GROWTH = 1e-8, 2.0
SHRINK_END = 1e-6
"""Fraction of a segment below which a step is not cut again: rounding, not physics."""
UNEVEN = 0.1
"""Difference of trapezoidal and Simpson's rule in one step, relative to the state's movement."""
LEAST_MOVE = 3e-8
"""Movement, relative to the state's range, below which its shape does not matter."""
OVERLOAD_STEP_S = 2e-6
FADING = 0.7
"""What a kink leaves of the largest values so far, which tolerances refer to."""


class Dynamic(Protocol):
    """A device as the circuit needs it; every model of ``sim.models`` is one."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which values the state stays."""
        ...

    def rate_at(self, v_v: float, x: float) -> float:
        """dx/dt, per second."""
        ...

    def current_at(self, v_v: float, x: float) -> float:
        """Current from top to bottom, amperes."""
        ...

    def slope_at(self, v_v: float, x: float) -> float:
        """di/dv, siemens."""
        ...


@dataclass(frozen=True, slots=True)
class Resistor:
    """A device without memory."""

    ohm: float
    bounds: tuple[float, float] = (0.0, 1.0)

    def rate_at(self, v_v: float, x: float) -> float:  # same face as a model
        """A resistor does not change."""
        return 0.0

    def current_at(self, v_v: float, x: float) -> float:  # same face as a model
        """Ohm's law."""
        return v_v / self.ohm

    def slope_at(self, v_v: float, x: float) -> float:  # same face as a model
        """Conductance, siemens."""
        return 1.0 / self.ohm


SHORT, OPEN = Resistor(0.1), Resistor(1e15)


class Drive:
    """Source voltage against absolute time: straight lines, the last value held.

    :param t_s: times, seconds, not descending; equal times make a step (right-continuous).
    :param v_v: volts, same shape.
    """

    def __init__(self, t_s: npt.ArrayLike = (0.0,), v_v: npt.ArrayLike = (0.0,)) -> None:
        self.t_s: list[float] = np.asarray(t_s, dtype=float).tolist()
        self.v_v: list[float] = np.asarray(v_v, dtype=float).tolist()
        if len(self.t_s) != len(self.v_v) or not self.t_s:
            raise RequestError("a drive needs times and voltages of one shape (n,), n >= 1")

    def segment(self, t_s: float) -> tuple[float, float, float]:
        """Value now, slope, and time of the next vertex."""
        k = bisect_right(self.t_s, t_s) - 1
        if k < 0:
            return self.v_v[0], 0.0, self.t_s[0]
        if k >= len(self.t_s) - 1:
            return self.v_v[-1], 0.0, math.inf
        t0, t1, v0 = self.t_s[k], self.t_s[k + 1], self.v_v[k]
        slope = (self.v_v[k + 1] - v0) / (t1 - t0)
        return v0 + slope * (t_s - t0), slope, t1

    def replaced(self, now_s: float, at_s: float, t_s: npt.ArrayLike, v_v: npt.ArrayLike) -> Drive:
        """This drive until ``at_s``, then the given vertices (times from ``at_s``)."""
        t_new, v_new = np.asarray(t_s, dtype=float), np.asarray(v_v, dtype=float)
        t_old, v_old = self.span(now_s, at_s)
        return Drive(np.concatenate([t_old, at_s + t_new]), np.concatenate([v_old, v_new]))

    def span(self, start_s: float, stop_s: float) -> tuple[list[float], list[float]]:
        """Vertices that describe this drive between two times, both ends included."""
        t_s, v_v, at_s = [start_s], [self.segment(start_s)[0]], start_s
        while at_s < stop_s:
            value, slope, end_s = self.segment(at_s)
            end_s = min(end_s, stop_s)
            if value != v_v[-1]:
                t_s.append(at_s)
                v_v.append(value)
            t_s.append(end_s)
            v_v.append(value + slope * (end_s - at_s))
            at_s = end_s
        return t_s, v_v

    @classmethod
    def of(cls, waveform: Waveform, start_s: float = 0.0) -> Drive:
        """A waveform, starting (its own time 0) at ``start_s``; 0 V outside."""
        t, v = waveform.vertices()
        t = np.concatenate([[t[0]], t, [t[-1]]]) + start_s
        return cls(t, np.concatenate([[0.0], v, [0.0]]))


class Cycles(Drive):
    """A drive that plays one cycle again and again, then holds its last value.

    :param before: what was driven until ``start_s``.
    :param t_s: vertices of the cycle from 0 to ``period_s``, volts ``v_v``.
    :param count: cycles; infinite for a free-running source.
    """

    def __init__(
        self, before: Drive, start_s: float, t_s: npt.ArrayLike, v_v: npt.ArrayLike, *,
        period_s: float, count: float,
    ) -> None:
        super().__init__(t_s, v_v)
        self.before, self.start_s, self.period_s, self.count = before, start_s, period_s, count

    @property
    def stop_s(self) -> float:
        """When the last cycle ends."""
        return self.start_s + self.count * self.period_s

    def segment(self, t_s: float) -> tuple[float, float, float]:
        """Value now, slope, and time of the next vertex."""
        if t_s < self.start_s:
            value, slope, end_s = self.before.segment(t_s)
            return value, slope, min(end_s, self.start_s)
        cycle = math.floor((t_s - self.start_s) / self.period_s)
        if self.start_s + (cycle + 1) * self.period_s <= t_s:
            cycle += 1  # the division rounded down
        if cycle >= self.count:
            return self.v_v[-1], 0.0, math.inf
        base_s = self.start_s + cycle * self.period_s
        k = min(max(bisect_right(self.t_s, t_s - base_s) - 1, 0), len(self.t_s) - 2)
        while k < len(self.t_s) - 2 and base_s + self.t_s[k + 1] <= t_s:
            k += 1
        return self._line(k, base_s, t_s, self.start_s + (cycle + 1) * self.period_s)

    def _line(
        self, k: int, base_s: float, t_s: float, cycle_end_s: float
    ) -> tuple[float, float, float]:
        t0, t1, v0, v1 = self.t_s[k], self.t_s[k + 1], self.v_v[k], self.v_v[k + 1]
        slope = (v1 - v0) / (t1 - t0) if t1 > t0 else 0.0
        end_s = base_s + t1
        if end_s <= t_s:
            return v1, 0.0, cycle_end_s
        return v0 + slope * max(t_s - base_s - t0, 0.0), slope, min(end_s, cycle_end_s)


@dataclass
class Trace:
    """What the solver passed through: straight lines between the rows."""

    t_s: list[float] = field(default_factory=list)
    node_v: list[list[float]] = field(default_factory=list)
    source_a: list[list[float]] = field(default_factory=list)
    v_dut_v: list[float] = field(default_factory=list)
    i_dut_a: list[float] = field(default_factory=list)
    x: list[float] = field(default_factory=list)

    def forget(self, before_s: float) -> None:
        """Drop what lies before a time, but for the row that leads into it."""
        keep = max(bisect_right(self.t_s, before_s) - 2, 0)
        for column in (self.t_s, self.node_v, self.source_a, self.v_dut_v, self.i_dut_a, self.x):
            del column[:keep]


class Circuit:
    """One netlist, one device, its state; advanced through time by :meth:`advance`.

    :param device: anything with ``rate_at, current_at, slope_at, bounds``.
    :param x0: initial state.
    :param tolerance: error of straight lines between the steps, relative to the drive.
    """

    def __init__(
        self, netlist: Netlist, device: Dynamic, *, x0: float = 0.5, tolerance: float = 1e-4,
        start_s: float = 0.0,
    ) -> None:
        self.netlist, self.tolerance = netlist, tolerance
        self.nodes = netlist.nodes
        self.sources = tuple(source.name for source in netlist.of_kind("source"))
        self.drives = {name: Drive() for name in self.sources}
        self.states: dict[str, SourceState] = dict.fromkeys(self.sources, "on")
        self.limits_a = dict.fromkeys(self.sources, math.inf)
        self.response_s = 50e-6
        self.trace = Trace()
        self.steps = 0
        self._known: dict[tuple[SourceState, ...], Modes] = {}
        self._over_s = dict.fromkeys(self.sources, 0.0)
        self._held_a = dict.fromkeys(self.sources, 0.0)
        self.t_s, self.h_s = start_s, FIRST_H_S
        self._place(device, x0)
        self._slope_u = [0.0] * len(self.sources)
        self._slope_v = [0.0] * len(self.nodes)
        self._slope_i = self._peak_a = self._peak_v = 0.0
        self._u = [0.0] * len(self.sources)
        self._settle([0.0] * len(self.nodes))

    def switch(self, source: str, state: SourceState) -> None:
        """Connect or disconnect a source now."""
        if self.states[source] != state:
            self.states[source] = state
            self._over_s[source] = 0.0
            self._settle(self.node_v)

    def set_device(self, device: Dynamic, x: float) -> None:
        """Put another device in place now."""
        self._place(device, x)
        self._settle(self.node_v)

    def _place(self, device: Dynamic, x: float) -> None:
        self.device, self.x = device, x
        self._low, self._high = device.bounds
        span = self._high - self._low
        self._span = span if math.isfinite(span) else None

    def advance(self, until_s: float) -> None:
        """Integrate up to a time; the trace grows by every step."""
        while self.t_s < until_s:
            u, slope, end_s = self._segments()
            end_s = min(end_s, until_s)
            if u != self._u:
                self._u = u
                self._jump()
            self._restart(slope, end_s)
            self._segment(slope, end_s)

    def _segments(self) -> tuple[list[float], list[float], float]:
        u, slope, end_s = [], [], math.inf
        for name in self.sources:
            if self.states[name] == "limited":
                u.append(self._held_a[name])
                slope.append(0.0)
                end_s = min(end_s, self.drives[name].segment(self.t_s)[2])
                continue
            value, rise, end = self.drives[name].segment(self.t_s)
            u.append(value)
            slope.append(rise)
            end_s = min(end_s, end)
        return u, slope, end_s

    def _settle(self, node_v: list[float]) -> None:
        """Take over the node voltages after the network has changed."""
        key = tuple(self.states[name] for name in self.sources)
        if key not in self._known:
            self._known[key] = modes(self.netlist, self.states)
        self._modes = self._known[key]
        self._w = self._modes.mode_amplitudes(node_v)
        self._u = self._segments()[0]
        self._v = _dot(self._modes.across, self._w)
        self._jump()

    def _jump(self) -> None:
        """Make what has no memory follow the sources at once; capacitors keep their charge."""
        m = self._modes
        force = self._force = m.forces(self._u)
        free = [tau == 0.0 for tau in m.tau_s]
        open_v = sum(
            a * (f if algebraic else w)
            for a, f, w, algebraic in zip(m.across, force, self._w, free, strict=True)
        )
        ohm = sum(a * a for a, algebraic in zip(m.across, free, strict=True) if algebraic)
        self._v, self._i = self._solve(open_v, ohm, self.x, self._v)
        self._w = [
            f - a * self._i if algebraic else w
            for a, f, w, algebraic in zip(m.across, force, self._w, free, strict=True)
        ]
        self._rate = self._rate_at(self._v, self.x)
        self.node_v = m.node_voltages(self._w)
        self._log()

    def _solve(self, open_v: float, ohm: float, x: float, guess_v: float) -> tuple[float, float]:
        """Device voltage and current: v + ohm i(v, x) = open_v (the device is passive)."""
        low, high = (0.0, open_v) if open_v > 0 else (open_v, 0.0)
        v = guess_v if low <= guess_v <= high else open_v
        current, slope = self.device.current_at, self.device.slope_at
        for _ in range(80):
            i = current(v, x)
            error = v + ohm * i - open_v
            step = error / (1.0 + ohm * slope(v, x))
            if abs(step) <= 1e-10 * abs(open_v) + 1e-15:
                return v - step, current(v - step, x)
            if error > 0:
                high = v
            else:
                low = v
            v = v - step if low < v - step < high else 0.5 * (low + high)
        return v, current(v, x)

    def _rate_at(self, v_v: float, x: float) -> float:
        rate = self.device.rate_at(v_v, x)
        if (x >= self._high and rate > 0) or (x <= self._low and rate < 0):
            return 0.0
        return rate

    def _restart(self, slope: list[float], end_s: float) -> None:
        """Choose the first step after a kink from the bend it makes."""
        bend = [abs(new - old) for new, old in zip(slope, self._slope_u, strict=True)]
        h_s, scale = max(self.h_s, FIRST_H_S), self.tolerance * self._scale_v()
        smooth = True
        for tau, row in zip(self._modes.tau_s, self._modes.drive, strict=True):
            change = sum(abs(b) * d for b, d in zip(row, bend, strict=True)) * self._to_volts
            if change * tau > scale:
                smooth = False
                h_s = min(h_s, math.sqrt(8.0 * scale * tau / change))
        self._slope_u = slope
        self._fresh = not smooth or any(bend)
        if self._fresh:
            self._peak_a *= FADING
            self._peak_v = max(FADING * self._peak_v, *map(abs, self._u))
        self.h_s = min(h_s, (end_s - self.t_s) / 16.0) if self._fresh else h_s
        if self._rate:
            self.h_s = min(self.h_s, 0.02 * self._scale_x() / abs(self._rate))

    @property
    def _to_volts(self) -> float:
        return max(abs(p) for row in self._modes.node for p in row)

    def _scale_v(self) -> float:
        u, v = self._u, self.node_v
        return max(*u, *v, -min(u), -min(v), 0.01 * self._peak_v, 1e-3)

    def _scale_x(self) -> float:
        return max(abs(self.x), 1.0) if self._span is None else self._span

    def _segment(self, slope: list[float], end_s: float) -> None:
        states = dict(self.states)
        while self.t_s < end_s:
            left = end_s - self.t_s
            h_s = self.h_s if self.h_s < 0.6 * left else left if self.h_s >= left else 0.5 * left
            if any(self._over_s.values()) or "limited" in self.states.values():
                h_s = min(h_s, max(OVERLOAD_STEP_S, SHRINK_END * left))
            if h_s < 4.0 * math.ulp(self.t_s):
                self.t_s = end_s
                return
            self._step(h_s, slope, end_s if h_s == left else self.t_s + h_s)
            if self.states != states:
                return

    def _step(self, h_s: float, slope: list[float], t1_s: float) -> None:
        m, i0 = self._modes, self._i
        u1 = [u + s * h_s for u, s in zip(self._u, slope, strict=True)]
        force = m.forces(u1)
        base, open_v, ohm = [], 0.0, 0.0
        weights = m.weights(h_s)
        for (decay, now, then), w, f0, f1, a in zip(
            weights, self._w, self._force, force, m.across, strict=True
        ):
            one = decay * w + now * (f0 - a * i0) + then * f1
            base.append(one)
            open_v += a * one
            ohm += a * a * then
        v, i, x, miss = self._corrected(h_s, open_v, ohm)
        w1 = [
            one - a * then * i for one, a, (_, _, then) in zip(base, m.across, weights, strict=True)
        ]
        node_v = m.node_voltages(w1)
        error = max(self._bend_error(h_s, node_v, i), miss)
        if error > 1.0 and h_s > 1e-12 and not (self._fresh and miss <= 1.0):
            self.h_s = h_s * max(0.2, 0.9 / math.sqrt(error))
            return
        self._force = force
        self._accept(h_s, t1_s, u1, w1, node_v, v, i, x)
        self.h_s = h_s * min(GROWTH, 0.9 / math.sqrt(max(error, 1e-6)))

    def _corrected(
        self, h_s: float, open_v: float, ohm: float
    ) -> tuple[float, float, float, float]:
        """Voltage, current and state at the end of a step, and its error against tolerance."""
        low, high = self._low, self._high
        begin, rate_at = self._rate, self.device.rate_at
        first = x = min(max(self.x + h_s * begin, low), high)
        v, i = self._solve(open_v, ohm, x, self._v)
        bend = 0.0
        for _ in range(12):
            end = rate_at(v, x)
            if begin == 0.0 == end:
                return v, i, x, 0.0
            middle = rate_at(0.5 * (self._v + v), 0.5 * (self.x + x))
            new = min(max(self.x + h_s * (begin + 4.0 * middle + end) / 6.0, low), high)
            bend = abs(h_s * (begin - 2.0 * middle + end) / 3.0)
            change, x = abs(new - x), new
            if change == 0.0:
                break
            v, i = self._solve(open_v, ohm, x, v)
            if change < 1e-9 * self._scale_x():
                break
        else:
            return v, i, x, 100.0
        return v, i, x, self._state_error(x, first, bend)

    def _state_error(self, x: float, first: float, bend: float) -> float:
        """Error of a step in the state: against the whole range, and against what it moved.

        A pulse that moves the state by a ten-thousandth must be as exact, relative to that, as one
        that moves it through. The rate may change e-fold in a step; Simpson's rule then errs by
        3e-4 of the movement.
        """
        scale, moved = self._scale_x(), abs(x - self.x)
        whole = 0.5 * abs(x - first) / (self.tolerance * scale)
        own = bend / (UNEVEN * moved) if moved > LEAST_MOVE * scale else 0.0
        return max(whole, own)

    def _bend_error(self, h_s: float, node_v: list[float], i: float) -> float:
        """Deviation of straight lines from the bend at the beginning of the step."""
        if self._fresh:
            return 0.25
        volts = max([
            abs((new - old) - h_s * slope)
            for new, old, slope in zip(node_v, self.node_v, self._slope_v, strict=True)
        ]) / self._scale_v()
        self._peak_a = max(self._peak_a, abs(self._i))
        peak = max(abs(i), abs(self._i), 0.02 * self._peak_a, 1e-12)
        amperes = abs((i - self._i) - h_s * self._slope_i) / peak
        return 0.125 * max(volts, amperes) / self.tolerance

    def _accept(
        self, h_s: float, t1_s: float, u: list[float], w: list[float], node_v: list[float],
        v: float, i: float, x: float,
    ) -> None:
        self._slope_v = [(new - old) / h_s for new, old in zip(node_v, self.node_v, strict=True)]
        self._slope_i = (i - self._i) / h_s
        self.t_s, self._u, self._w, self.node_v = t1_s, u, w, node_v
        self._v, self._i, self.x = v, i, x
        self._rate = self._rate_at(v, x)
        self._fresh = False
        self.steps += 1
        self._log()
        self._watch(h_s)

    def _log(self) -> None:
        trace = self.trace
        trace.t_s.append(self.t_s)
        trace.node_v.append(self.node_v)
        trace.source_a.append(self._modes.source_currents(self._u, self.node_v))
        trace.v_dut_v.append(self._v)
        trace.i_dut_a.append(self._i)
        trace.x.append(self.x)

    def _watch(self, h_s: float) -> None:
        """Current limits of the sources: they act late, and let go by themselves."""
        changed = False
        for k, name in enumerate(self.sources):
            if self.limits_a[name] == math.inf:
                continue
            if self.states[name] == "limited":
                changed |= self._released(name)
            else:
                changed |= self._limited(name, self.trace.source_a[-1][k], h_s)
        if changed:
            self._settle(self.node_v)
            self.h_s = FIRST_H_S

    def _limited(self, name: str, current_a: float, h_s: float) -> bool:
        if abs(current_a) <= self.limits_a[name] * (1.0 + 1e-9):
            self._over_s[name] = 0.0
            return False
        self._over_s[name] += h_s
        if self._over_s[name] < self.response_s or self.states[name] == "off":
            return False
        self.states[name] = "limited"
        self._held_a[name] = math.copysign(self.limits_a[name], current_a)
        self._over_s[name] = 0.0
        return True

    def _released(self, name: str) -> bool:
        held, asked_v = self._held_a[name], self.drives[name].segment(self.t_s)[0]
        element = self.netlist.element(name)
        at_v = self._node(element.plus) - self._node(element.minus)
        if (asked_v - at_v) * held > 0:
            return False
        self.states[name] = "on"
        return True

    def _node(self, name: str) -> float:
        return self.node_v[self.nodes.index(name)] if name in self.nodes else 0.0


def _dot(a: list[float], b: list[float]) -> float:
    total = 0.0
    for x, y in zip(a, b):  # noqa: B905  # innermost loop; equal lengths by construction
        total += x * y
    return total


@dataclass(frozen=True, slots=True)
class Transient:
    """A solved circuit: straight lines between the rows, all arrays of shape (n,)."""

    t_s: Floats
    node_v: Mapping[str, Floats]
    source_a: Mapping[str, Floats]
    v_dut_v: Floats
    i_dut_a: Floats
    x: Floats

    def at(self, t_s: npt.ArrayLike, values: Floats) -> Floats:
        """One of the columns at given times."""
        return np.asarray(np.interp(np.asarray(t_s, dtype=float), self.t_s, values))


def transient_of(circuit: Circuit) -> Transient:
    """The trace of a circuit as arrays."""
    trace = circuit.trace
    node_v, source_a = np.array(trace.node_v), np.array(trace.source_a)
    return Transient(
        np.array(trace.t_s), dict(zip(circuit.nodes, node_v.T, strict=True)),
        dict(zip(circuit.sources, source_a.T, strict=True)),
        np.array(trace.v_dut_v), np.array(trace.i_dut_a), np.array(trace.x),
    )


def transient(
    netlist: Netlist, device: Dynamic, drives: Mapping[str, Waveform], *, x0: float,
    stop_s: float, tolerance: float = 1e-4, limits_a: Mapping[str, float] | None = None,
    watch: Callable[[Circuit], None] | None = None,
) -> Transient:
    """Solve a netlist from rest at 0 s to ``stop_s``.

    :param drives: waveform of every source that plays one, by its name; the others rest at 0 V.
    :param limits_a: current limits of sources, amperes.
    :raises RequestError: for a source that the netlist does not have.
    """
    circuit = Circuit(netlist, device, x0=x0, tolerance=tolerance)
    for name, waveform in drives.items():
        if name not in circuit.drives:
            raise RequestError(f"netlist {netlist.name} has no source {name!r}")
        circuit.drives[name] = Drive.of(waveform)
    circuit.limits_a.update(limits_a or {})
    circuit.advance(stop_s)
    if watch is not None:
        watch(circuit)
    return transient_of(circuit)
