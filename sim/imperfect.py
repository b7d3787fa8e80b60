"""One device with its non-idealities, taken through a drive.

The drive is cut where it crosses the largest read voltage, into pulses and rests. Pulses and rests
are integrated by the ordinary integrators with the device's own parameters; what is random acts
once per pulse, or on parts of a pulse of its own, so that it hangs on the drive and never on the
integrator or its step. Everything acts on the state: currents, loads and limits follow by
themselves.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from memrig.sim.aging import Aging, drift_exponent, pcm_noise_rel, programming_error_siemens
from memrig.sim.integrators import Path
from memrig.sim.load import Load
from memrig.sim.models._model import Model
from memrig.sim.noise import ReadNoise
from memrig.sim.nonidealities import OFF, NonIdealities
from memrig.sim.pulses import Cycle, Stretch, stretches
from memrig.sim.ramps import Ramps
from memrig.sim.simulation import Method, Solved, solve
from memrig.sim.streams import Floats, stream
from memrig.sim.variation import one_of, stuck, stuck_state

WALK = 16
"""Parts of a pulse among which a random walk is spread."""
WANDERINGS = 4
"""Parts of one correlation time for which a wandering parameter is held at its mean."""
PARTS_MAX = 64


@dataclass(frozen=True, slots=True)
class _Piece:
    """The state over a stretch, shape (n,) each, its error and the largest step; ``stuck`` as in
    ``Solved``."""

    t_s: Floats
    x: Floats
    error: float
    step_s: float
    method: Method
    stuck: str = ""


class ImperfectDevice:
    """One device by its number; its state goes on from drive to drive.

    :param model: what the device would be without.
    :param x0: its state at the beginning.
    """

    def __init__(
        self, model: Model, given: NonIdealities, *, seed: int, device: int = 0, x0: float
    ) -> None:
        self._given, self._seed, self._device = given, seed, device
        self.model = one_of(model, given, seed=seed, device=device)
        self._read_v = abs(model.profile().v_read_max_v)
        self._held = int(stuck(given, 1, seed=seed, first=device)[0])
        self._x = stuck_state(self.model, self._held) if self._held else self.model.bounded(x0)
        self._offset_siemens = 0.0
        self._aging = Aging(given, 0.0)
        self._is_young = True
        self._now_s = 0.0
        self._cycle = Cycle(self.model, given, seed, device)
        self._noise = ReadNoise(given, seed, device)
        self._random: dict[str, np.random.Generator] = {}
        low, high = (self._conductance(x) for x in self.model.bounds)
        self._range_siemens, self._most_siemens = abs(high - low), max(low, high)

    @property
    def x(self) -> float:
        """The state at the end of the last drive."""
        return self.aged(self._now_s)

    def aged(self, t_s: float) -> float:
        """The state at a later time, nothing driving the device until then."""
        return float(self._seen(np.array([t_s]), np.array([self._x]))[0])

    def set_state(self, x: float) -> None:
        """Put the device in a state, as if it had just been programmed to it."""
        if not self._held:
            self._x, self._offset_siemens = self.model.bounded(x), 0.0
            self._aging = dataclasses.replace(self._aging, since_s=self._now_s)

    def noise(self, t_s: Floats) -> Floats:
        """What the current is off by at ascending times, relative, shape (n,)."""
        off = self._noise.at(t_s)
        if self._given.pcm_noise and t_s.size:
            age_s = max(float(t_s[0]) - self._aging.since_s, 0.0)
            share = self._conductance(self._x) / self._most_siemens
            off = off + pcm_noise_rel(share, age_s) * self._normal("pcm noise")
        return off

    def advance(
        self, load: Load, ramps: Ramps, method: Method, wanted_s: Floats, *, at_s: float = 0.0
    ) -> Solved:
        """The state along a drive, at least at ``wanted_s``; like ``simulation.solve``.

        :param at_s: when the drive's time 0 is, on the clock of the device.
        """
        if self._is_young:
            self._age_from(at_s)
        if self._held or not len(ramps):
            piece = self._still(np.concatenate([wanted_s, ramps.t0_s, ramps.t1_s, np.zeros(1)]),
                                method, at_s)
            self._now_s = float(piece.t_s[-1]) + at_s
            return _joined([piece])
        return _joined(list(self._pieces(load, ramps, method, wanted_s, at_s)))

    def _normal(self, effect: str) -> float:
        """The next normal number of an effect."""
        if effect not in self._random:
            self._random[effect] = stream(self._seed, self._device, effect)
        return float(self._random[effect].normal())

    def _age_from(self, at_s: float) -> None:
        self._is_young, self._now_s = False, at_s
        self._aging = self._new_aging(at_s)

    def _pieces(
        self, load: Load, ramps: Ramps, method: Method, wanted_s: Floats, at_s: float
    ) -> Iterator[_Piece]:
        for stretch in stretches(ramps, self.model, self._read_v):
            inside = wanted_s[(wanted_s >= stretch.start_s) & (wanted_s <= stretch.stop_s)]
            passes = self._pulse if self._moves(load, stretch) else self._rest
            yield passes(load, stretch, method, inside, at_s)
            self._now_s = stretch.stop_s + at_s

    def _moves(self, load: Load, stretch: Stretch) -> bool:
        """Whether a stretch is a pulse that moves the device; a new cycle begins before it."""
        if not stretch.sign:
            return False
        self._cycle.enter(stretch.sign)
        middle_v = 0.5 * (stretch.ramps.u0_v + stretch.ramps.u1_v)
        v_v = load.volts(self._cycle.model, middle_v, np.full(middle_v.size, self._x))
        return bool(np.any(self._cycle.model.rate(v_v, self._x)))

    # --- between pulses

    def _still(self, t_s: Floats, method: Method, at_s: float) -> _Piece:
        """Nothing drives the device; it may age."""
        times_s = np.unique(t_s)
        x = self._seen(times_s + at_s, np.full(times_s.size, self._x))
        return _Piece(times_s, x, 0.0, 0.0, method)

    def _rest(
        self, load: Load, stretch: Stretch, method: Method, wanted_s: Floats, at_s: float
    ) -> _Piece:
        found = self._solved(self._cycle.model, load, stretch.ramps, method, wanted_s)
        self._x = self.model.bounded(float(found.x[-1]))
        return dataclasses.replace(found, x=self._seen(found.t_s + at_s, found.x))

    def _solved(
        self, model: Model, load: Load, ramps: Ramps, method: Method, wanted_s: Floats
    ) -> _Piece:
        solved = solve(model, load, ramps, self._x, method, wanted_s)
        t_s = np.unique(np.concatenate([solved.path.t_s, wanted_s]))
        x = solved.path.at(t_s)
        return _Piece(t_s, x, solved.error * float(np.ptp(solved.path.x)), solved.step_s,
                      solved.method, solved.stuck)

    def _seen(self, t_s: Floats, x: Floats) -> Floats:
        """States as they are after error and age, of states as they were meant, shape (n,)."""
        if self._held or not (self._offset_siemens or self._ages):
            return x
        factors = self._aging.factors(t_s)
        if not self._offset_siemens and (factors == 1.0).all():
            return x
        meant = self.model.conductance(self._read_v, x) + self._offset_siemens
        currents_a = self._read_v * meant * factors
        return np.array([self.model.state_from_current(self._read_v, i) for i in currents_a])

    @property
    def _ages(self) -> bool:
        return self._given.drift != OFF or self._given.retention_tau_s > 0.0

    def _conductance(self, x: float) -> float:
        return self.model.current_at(self._read_v, x) / self._read_v

    # --- pulses

    def _pulse(
        self, load: Load, stretch: Stretch, method: Method, wanted_s: Floats, at_s: float
    ) -> _Piece:
        wait_s = self._cycle.wait_s(load, stretch, self._x)
        if wait_s >= stretch.stop_s:
            ends_s = [stretch.start_s, stretch.stop_s]
            return self._still(np.append(wanted_s, ends_s), method, at_s)
        self._settle(stretch.start_s + at_s)
        waited = _Piece(np.array([stretch.start_s]), np.array([self._x]), 0.0, 0.0, method)
        parts = self._parts(load, stretch.after(wait_s), method, wanted_s, at_s)
        found = _together([waited, *parts])
        x = self._kicked(found.t_s, found.x, stretch.stop_s - stretch.start_s)
        self._x = float(x[-1])
        seen = self._seen(np.full(x.size, stretch.start_s + at_s), x)
        self._leave(stretch.stop_s + at_s)
        return dataclasses.replace(found, x=seen)

    def _settle(self, t_s: float) -> None:
        """Begin anew from the state that the device has aged into."""
        if self._ages:
            factor = float(self._aging.factors(np.array([t_s]))[0])
            aged_a = self._read_v * self._conductance(self._x) * factor
            self._x = self.model.state_from_current(self._read_v, aged_a)
            self._offset_siemens *= factor
            self._aging = dataclasses.replace(self._aging, since_s=t_s)

    def _parts(
        self, load: Load, stretch: Stretch, method: Method, wanted_s: Floats, at_s: float
    ) -> Iterator[_Piece]:
        """A pulse in the parts among which the random walk and the wandering act."""
        for part in stretch.parts(self._count(stretch)):
            model = self._cycle.wandering(part.start_s + at_s, part.stop_s + at_s)
            inside = wanted_s[(wanted_s >= part.start_s) & (wanted_s <= part.stop_s)]
            found = self._solved(model, load, part.ramps, method, inside)
            if self._given.diffusion:
                found = self._walked(found, part.stop_s - part.start_s)
            self._x = self.model.bounded(float(found.x[-1]))
            yield found

    def _count(self, stretch: Stretch) -> int:
        count = WALK if self._given.diffusion else 1
        if self._given.wander != OFF:
            share = (stretch.stop_s - stretch.start_s) / self._given.wander_tau_s
            count = max(count, math.ceil(min(WANDERINGS * share, PARTS_MAX)))
        return count

    def _walked(self, found: _Piece, duration_s: float) -> _Piece:
        low, high = self.model.bounds
        sigma = self._given.diffusion * (high - low) * math.sqrt(duration_s)
        step = sigma * self._normal("diffusion")
        return dataclasses.replace(found, x=self._bounded(found.x + step * _share(found.t_s)))

    def _kicked(self, t_s: Floats, x: Floats, duration_s: float) -> Floats:
        """The states of a pulse with what varies from pulse to pulse, spread over the pulse."""
        if self._given.step_noise:
            factor = 1.0 + self._given.step_noise * self._normal("step noise")
            x = self._bounded(x[0] + factor * (x - x[0]))
        if self._given.pulse_noise:
            sigma = self._given.pulse_noise * self._range_siemens
            kick = sigma * self._normal("pulse noise")
            aim_a = self._read_v * (self._conductance(float(x[-1])) + kick)
            moved = self.model.state_from_current(self._read_v, aim_a) - x[-1]
            x = self._bounded(x + moved * _share(t_s))
        return x

    def _bounded(self, x: Floats) -> Floats:
        return np.clip(x, *self.model.bounds)

    def _leave(self, t_s: float) -> None:
        """What a pulse leaves behind: an error of the conductance, and a new age."""
        g_siemens = self._conductance(self._x)
        if self._given.programming != OFF:
            sigma = programming_error_siemens(self._given.programming, g_siemens)
            self._offset_siemens = sigma * self._normal("programming")
        self._aging = self._new_aging(t_s)

    def _new_aging(self, t_s: float) -> Aging:
        mean, spread = drift_exponent(self._given, self._conductance(self._x) / self._most_siemens)
        off = spread * self._normal("drift") if self._given.drift != OFF else 0.0
        return Aging(self._given, t_s, mean + off)


def _share(t_s: Floats) -> Floats:
    """How much of a stretch is over, 0 to 1."""
    return np.asarray((t_s - t_s[0]) / (t_s[-1] - t_s[0]))


def _together(pieces: list[_Piece]) -> _Piece:
    """Consecutive pieces in one."""
    return _Piece(np.concatenate([p.t_s for p in pieces]), np.concatenate([p.x for p in pieces]),
                  sum(p.error for p in pieces), max(p.step_s for p in pieces), pieces[-1].method,
                  next((p.stuck for p in pieces if p.stuck), ""))


def _joined(pieces: list[_Piece]) -> Solved:
    whole = _together(pieces)
    new = np.append((np.diff(whole.t_s) > 0.0) | (np.diff(whole.x) != 0.0), True)
    excursion = float(np.ptp(whole.x))
    return Solved(Path(whole.t_s[new], whole.x[new]), whole.method,
                  whole.error / excursion if excursion else 0.0, whole.step_s, whole.stuck)
