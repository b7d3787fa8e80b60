"""The bench behind the simulated instruments: one circuit, one device, one time line."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from memrig.hil.clock import Clock
from memrig.hil.errors import RequestError
from memrig.hil.netlist import Netlist
from memrig.sim.circuit import Circuit, Cycles, Drive, Dynamic, Transient, transient_of
from memrig.sim.twin.errors import PART_SIGMA_REL, Hidden

Floats = npt.NDArray[np.float64]
HISTORY_S = 1e-3
"""What is kept when nobody waits for a record."""
PURE = ("r_series", "top_drive", "bottom_drive")
"""Parts whose true value differs from the one written down."""


@dataclass(frozen=True, slots=True)
class SyncPulse:
    """One pulse of a source's trigger output; the first has number 1."""

    number: int
    source: str
    start_s: float
    stop_s: float


class World:
    """Everything that the instruments share.

    :param netlist: the bench as written down; the true values of its resistances are drawn from
        their tolerance and hidden.
    :param device: what is in the device's place.
    :param clock: its time is the bench's time.
    :param x0: initial state of the device.
    """

    def __init__(
        self, netlist: Netlist, device: Dynamic, clock: Clock, seed: int = 0, *, x0: float = 0.5,
        tolerance: float = 5e-4,
    ) -> None:
        self.netlist, self.clock, self.seed = netlist, clock, seed
        self.true_netlist = _deviated(netlist, Hidden(seed, "bench"))
        self.lock = threading.RLock()
        self.circuit = Circuit(
            self.true_netlist, device, x0=x0, tolerance=tolerance, start_s=clock.now_s
        )
        self.relays = dict.fromkeys(self.circuit.sources, False)
        self.sync: list[SyncPulse] = []
        self.announced = 0
        self._holds: dict[object, float] = {}
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._moment_s: float | None = None
        self.pulses = 0
        for source in self.circuit.sources:
            self.circuit.switch(source, "off")

    @property
    def device(self) -> Dynamic:
        """Ground truth: the device."""
        return self.circuit.device

    @property
    def state(self) -> float:
        """Ground truth: the device's state now."""
        self.touch()
        return self.circuit.x

    @property
    def outputs_on(self) -> bool:
        """Ground truth: whether any output is connected."""
        return any(self.relays.values())

    def truth(self, start_s: float = -np.inf, stop_s: float = np.inf) -> Transient:
        """Ground truth: the transient between two times, as far as it is remembered.

        Call :meth:`hold` before to have it remembered.
        """
        self.touch()
        with self.lock:
            return _window(transient_of(self.circuit), start_s, stop_s)

    def replace_device(self, device: Dynamic, x0: float = 0.5) -> None:
        """Put another device in place."""
        self.touch()
        with self.lock:
            self.circuit.set_device(device, x0)

    def touch(self) -> float:
        """Bring the circuit up to the present; returns it, seconds."""
        with self.lock:
            present_s = self.clock.now_s if self._moment_s is None else self._moment_s
            now_s = max(present_s, self.circuit.t_s)
            while self._due and self._due[0][0] <= now_s:
                self._happen(*self._due.pop(0))
            self.circuit.advance(now_s)
            self._forget(now_s)
            return now_s

    def later(self, at_s: float, act: Callable[[], None]) -> None:
        """Let something happen at a time to come, whoever looks after it."""
        with self.lock:
            self._due.append((at_s, act))
            self._due.sort(key=itemgetter(0))

    def _happen(self, at_s: float, act: Callable[[], None]) -> None:
        """What happens sees its own moment as the present."""
        self._moment_s = max(at_s, self.circuit.t_s)
        try:
            act()
        finally:
            self._moment_s = None

    def hold(self, who: object, since_s: float) -> None:
        """Remember everything since a time, until :meth:`release`."""
        with self.lock:
            self._holds[who] = since_s

    def release(self, who: object) -> None:
        """The end of :meth:`hold`."""
        with self.lock:
            self._holds.pop(who, None)

    def connect(
        self, source: str, on: bool, *, shorted: bool = False  # noqa: FBT001  # of a relay
    ) -> None:
        """Close or open an output relay; an output that is off may stay ``shorted`` to 0 V."""
        self.touch()
        with self.lock:
            self._check(source)
            self.relays[source] = on
            self.circuit.switch(source, "on" if on or shorted else "off")

    def is_wired(self, source: str) -> bool:
        """Whether a source drives the circuit, at 0 V or more."""
        return self.circuit.states[source] != "off"

    def limit(self, source: str, current_a: float, response_s: float) -> None:
        """Set a source's current limit, amperes, and how late it acts."""
        self.touch()
        with self.lock:
            self._check(source)
            self.circuit.limits_a[source] = current_a
            self.circuit.response_s = response_s

    def is_limited(self, source: str) -> bool:
        """Whether a source is held by its current limit now."""
        self.touch()
        return self.circuit.states[source] == "limited"

    def drive(self, source: str, at_s: float, t_s: npt.ArrayLike, v_v: npt.ArrayLike) -> None:
        """Let a source follow straight lines from ``at_s`` (times relative to it), then hold."""
        now_s = self.touch()
        with self.lock:
            self._check(source)
            at_s = max(at_s, now_s)
            self.circuit.drives[source] = self.circuit.drives[source].replaced(
                now_s, at_s, t_s, v_v
            )

    def cycle(
        self, source: str, at_s: float, t_s: Floats, v_v: Floats, *, period_s: float, count: float,
    ) -> None:
        """Let a source play one cycle ``count`` times from ``at_s``, then hold its last value."""
        now_s = self.touch()
        with self.lock:
            self._check(source)
            before = Drive(*self.circuit.drives[source].span(now_s, max(at_s, now_s)))
            self.circuit.drives[source] = Cycles(
                before, max(at_s, now_s), t_s, v_v, period_s=period_s, count=count
            )
            self.pulses += 1

    def level(self, source: str) -> float:
        """What a source is told to drive now, volts."""
        return self.circuit.drives[source].segment(self.touch())[0]

    def rests_at(self, source: str, level_v: float) -> bool:
        """Whether a source drives this level now, and is on its way to no other."""
        value, _, end_s = self.circuit.drives[source].segment(self.touch())
        return value == level_v and math.isinf(end_s)

    def announce(self, source: str, start_s: float, stop_s: float) -> None:
        """A source's trigger output goes high and low again."""
        with self.lock:
            self.announced += 1
            self.sync.append(SyncPulse(self.announced, source, start_s, stop_s))
            del self.sync[:-64]

    def observe(self, start_s: float, stop_s: float) -> Transient:
        """The transient between two times (they must lie in the past and be held)."""
        return self.truth(start_s, stop_s)

    def _forget(self, now_s: float) -> None:
        since_s = min([now_s - HISTORY_S, *self._holds.values()])
        trace = self.circuit.trace
        if len(trace.t_s) > 2_000:
            trace.forget(since_s)

    def _check(self, source: str) -> None:
        if source not in self.relays:
            known = ", ".join(self.relays)
            raise RequestError(f"the bench has no source {source!r} (it has {known})")


def _deviated(netlist: Netlist, hidden: Hidden) -> Netlist:
    for name in PURE:
        if any(element.name == name for element in netlist.elements):
            value = netlist.element(name).value
            part = 1.0 + hidden.normal(name, PART_SIGMA_REL)
            netlist = netlist.with_value(name, value * part)
    return netlist


def _window(solved: Transient, start_s: float, stop_s: float) -> Transient:
    first = max(int(np.searchsorted(solved.t_s, start_s, side="left")) - 1, 0)
    last = int(np.searchsorted(solved.t_s, stop_s, side="right")) + 1

    def cut(values: Floats) -> Floats:
        return values[first:last]

    return Transient(
        cut(solved.t_s), {k: cut(v) for k, v in solved.node_v.items()},
        {k: cut(v) for k, v in solved.source_a.items()},
        cut(solved.v_dut_v), cut(solved.i_dut_a), cut(solved.x),
    )


