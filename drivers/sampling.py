"""From a waveform to the samples of a generator."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from memrig.drivers.roles import AwgAbilities, Codes
from memrig.hil.calibration import Correction
from memrig.hil.errors import InfeasibleError
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Floats, Waveform

RAMP_POINTS = 2000
"""Samples of the shortest ramp of a waveform, where the memory allows."""
RAMP_POINTS_MIN = 20
POINTS_WANTED = 100_000
"""Samples of one waveform that are spent on resolution; more only where edges need them."""
EXACT = 1e-6
"""Edges that miss the grid by less than this part of a step are on it."""
PULSE_POINTS = 8
"""Samples of the shortest level: the rest at either end lasts an eighth of it. Pulses that differ
in width only are the same codes at another rate, and are uploaded once."""
HELD_POINTS = 4000
"""Most samples that a waveform of levels is given to hit its edges exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Volts to codes: fixed full scale, and the calibration's correction.

    :param correction: true open-circuit level = gain * set level + offset.
    """

    full_scale_v: float
    code_max: int
    correction: Correction

    @property
    def step_v(self) -> float:
        """One step of the converter."""
        return self.full_scale_v / self.code_max

    def codes(self, v_v: Floats) -> Codes:
        """Nearest codes of true levels, shape (n,).

        :raises InfeasibleError: when a level has no code; as a 16 bit number it would be another.
        """
        set_v = (v_v - self.correction.offset) / self.correction.gain
        codes = np.rint(set_v / self.step_v)
        if not np.all(np.abs(codes) <= self.code_max):  # true for NaN, too
            raise self.refusal("level of a waveform", float(np.abs(v_v).max()))
        return np.asarray(codes, dtype=np.int16)

    def refusal(self, what: str, asked_v: float) -> InfeasibleError:
        """The error for a level that is too large."""
        return InfeasibleError(
            what, asked=format_quantity(asked_v, "V"),
            allowed=f"at most {format_quantity(self.limit_v, 'V')} (open circuit)")

    @property
    def limit_v(self) -> float:
        """Largest magnitude that can be asked for."""
        room = self.full_scale_v * self.correction.gain - abs(self.correction.offset)
        return math.floor(room / self.step_v) * self.step_v

    @property
    def rest_code(self) -> int:
        """The code of 0 V."""
        return int(self.codes(np.zeros(1))[0])

    def quantised(self, waveform: Waveform, what: str) -> Waveform:
        """What will be played: levels as their codes make them; rest is 0 V, within half a step.

        :param what: names the waveform in the error.
        :raises InfeasibleError: when a level is larger than the full scale.
        """
        _check_level(waveform, self, what)
        t_s, v_v = waveform.vertices()
        c = self.correction
        played = c.gain * self.codes(v_v) * self.step_v + c.offset
        return Waveform(t_s=t_s, v_v=np.where(v_v == 0.0, 0.0, played))


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Samples of one waveform.

    :param start_s: of the first sample that is not rest, in the waveform's time.
    :param smooth: whether samples are joined by a filter (ramps) or held (levels).
    """

    codes: Codes
    step_s: float
    start_s: float
    smooth: bool

    @property
    def stop_s(self) -> float:
        """When the generator is ready again, in the waveform's time."""
        return self.start_s + self.step_s * (self.codes.size - 1)

    @property
    def key(self) -> str:
        """A name for these codes."""
        return "M" + hashlib.sha256(self.codes.astype("<i2").tobytes()).hexdigest()[:11].upper()


def sampled(waveform: Waveform, scale: Scale, abilities: AwgAbilities, what: str) -> Samples | None:
    """Samples of a waveform's part that is not at rest; None when it rests all the time.

    One sample of rest comes before and at least one after it, so that the first and the last code
    are the rest's.

    :raises InfeasibleError: when levels, edges or ramps do not fit, with what would.
    """
    _check_level(waveform, scale, what)
    t_s, v_v = waveform.vertices()
    active = np.flatnonzero(v_v)
    if not active.size:
        return None
    first, last = max(active[0] - 1, 0), min(active[-1] + 1, t_s.size - 1)
    t, v = t_s[first : last + 1], v_v[first : last + 1]
    lasting = np.diff(t) > 0
    if np.all(v[:-1][lasting] == v[1:][lasting]):
        step_s = _edge_step(t, abilities, what)
        smooth, middle = False, _middles(t, step_s)
    else:
        step_s = _ramp_step(t, v, abilities, what)
        smooth, middle = True, _middles(t, step_s)
    body = scale.codes(waveform.value(np.minimum(middle, t[-1])))
    tail = max(abilities.points_min - body.size - 1, 1)
    rest = np.full(tail, scale.rest_code, dtype=np.int16)
    codes = np.concatenate([rest[:1], body, rest])
    if codes.size > abilities.points_max:
        raise InfeasibleError(
            f"length of the {what}", asked=f"{codes.size} samples",
            allowed=f"{abilities.points_max} samples at most")
    return Samples(codes=codes, step_s=step_s, start_s=float(t[0]), smooth=smooth)


def _check_level(waveform: Waveform, scale: Scale, what: str) -> None:
    largest = max(abs(v) for v in waveform.extrema())
    if largest > scale.limit_v:
        raise scale.refusal(f"level of the {what}", largest)


def _middles(t: Floats, step_s: float) -> Floats:
    count = max(1, math.ceil((t[-1] - t[0]) / step_s * (1 - 1e-9) - EXACT))
    return np.asarray(t[0] + step_s * (np.arange(count) + 0.5))


def _edge_step(t: Floats, abilities: AwgAbilities, what: str) -> float:
    """The coarsest grid that all edges of a waveform of levels are on; where there is none, a
    fine one that keeps every level.

    :raises InfeasibleError: when a level would be lost.
    """
    shortest_s = 1.0 / abilities.rate_max_hz
    edges = np.unique(t)
    least_s, whole_s = float(np.diff(edges).min()), float(edges[-1] - edges[0])
    if least_s < shortest_s * (1 - 1e-9):
        raise InfeasibleError(
            f"shortest pulse of the {what}", asked=format_quantity(least_s, "s"),
            allowed=f"at least {format_quantity(shortest_s, 's')}")
    room = abilities.points_max - 2  # a sample of rest at either end
    most = math.floor((1 + 1e-9) * min(least_s / shortest_s, room * least_s / whole_s))
    for parts in range(max(1, min(PULSE_POINTS, most)), min(HELD_POINTS, most) + 1):
        steps = (edges - edges[0]) * (parts / least_s)
        if np.all(np.abs(steps - np.rint(steps)) < EXACT):
            return least_s / parts
    step_s = max(shortest_s, whole_s / (0.5 * room))
    if step_s > least_s * (1 + 1e-9):
        raise InfeasibleError(
            f"shortest pulse of the {what}", asked=format_quantity(least_s, "s"),
            allowed=f"at least {format_quantity(step_s, 's')} between edges of all kinds in "
                    f"{format_quantity(whole_s, 's')} and {abilities.points_max} samples")
    return step_s


def on_grid(waveform: Waveform, samples: Samples | None) -> Waveform:
    """A waveform as its samples play it: edges of levels on their grid."""
    if samples is None or samples.smooth:
        return waveform
    t_s, v_v = waveform.vertices()
    active = np.flatnonzero(v_v)
    edges = slice(max(active[0] - 1, 0), active[-1] + 2)
    steps = (t_s[edges] - samples.start_s) / samples.step_s
    if np.all(np.abs(steps - np.rint(steps)) < EXACT):
        return waveform
    moved = t_s.copy()
    moved[edges] = samples.start_s + np.rint(steps) * samples.step_s
    return Waveform(t_s=np.maximum.accumulate(moved), v_v=v_v)


def _ramp_step(t: Floats, v: Floats, abilities: AwgAbilities, what: str) -> float:
    """A grid that is fine against the shortest ramp."""
    lasting = np.diff(t)
    ramps = lasting[(lasting > 0) & (np.diff(v) != 0)]
    whole_s = float(t[-1] - t[0])
    most = min(POINTS_WANTED, abilities.points_max - 2)  # a sample of rest at either end
    step_s = max(float(ramps.min()) / RAMP_POINTS, whole_s / most, 1.0 / abilities.rate_max_hz)
    if float(ramps.sum()) / ramps.size / step_s < RAMP_POINTS_MIN:
        shortest_s = RAMP_POINTS_MIN * step_s
        raise InfeasibleError(
            f"ramps of the {what}", asked=format_quantity(float(ramps.mean()), "s"),
            allowed=f"at least {format_quantity(shortest_s, 's')}")
    return step_s
