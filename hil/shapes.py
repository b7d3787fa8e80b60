"""Builders of waveforms: pulses, sweeps, spikes. Voltages in volts, times in seconds."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.foreign import TABLE_MAX, content_of
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Floats, Waveform, join

POINTS_PER_TIME_CONSTANT = 24
"""Vertices of an exponential tail: straight pieces keep within 1e-3 of its height."""


def rectangle(*, level_v: float, width_s: float) -> Waveform:
    """A rectangular pulse from 0 s to ``width_s``."""
    _positive("pulse width", width_s)
    return Waveform(t_s=[0.0, 0.0, width_s, width_s], v_v=[0.0, level_v, level_v, 0.0])


def trapezoid(*, level_v: float, rise_s: float, top_s: float, fall_s: float) -> Waveform:
    """A pulse with sloping edges; its top lasts ``top_s``."""
    for name, value in (("rise", rise_s), ("top", top_s), ("fall", fall_s)):
        _positive(name, value)
    times = np.cumsum([0.0, rise_s, top_s, fall_s])
    return Waveform(t_s=times, v_v=[0.0, level_v, level_v, 0.0])


def ramps(*, corners_v: list[float], period_s: float) -> Waveform:
    """A linear sweep through corners, at one speed, in ``period_s``."""
    _positive("sweep period", period_s)
    travel = np.abs(np.diff(corners_v))
    if not travel.sum():
        raise RequestError(f"a sweep through {corners_v} V was asked; it must go somewhere")
    times = period_s * np.concatenate([[0.0], np.cumsum(travel)]) / travel.sum()
    return Waveform(t_s=times, v_v=corners_v)


def staircase(*, corners_v: list[float], period_s: float, points: int) -> Waveform:
    """The same sweep in ``points`` equal steps, each at the ramp's value in its middle."""
    if points < 2:
        raise RequestError(f"a staircase of {points} points was asked; at least 2")
    ramp = ramps(corners_v=corners_v, period_s=period_s)
    edges = np.linspace(0.0, period_s, points + 1)
    levels = ramp.value(0.5 * (edges[:-1] + edges[1:]))
    t_s = np.concatenate([[0.0], np.repeat(edges, 2)[1:-1], [period_s]])
    v_v = np.concatenate([[0.0], np.repeat(levels, 2), [0.0]])
    return Waveform(t_s=t_s, v_v=v_v)


def sine(
    *, amplitude_v: float, period_s: float, points: int, opposite_v: float | None = None
) -> Waveform:
    """One period of a sine, straight between ``points`` equidistant points.

    :param amplitude_v: extreme of the first half, sign included.
    :param opposite_v: extreme of the second half; by default the first one's negative.
    """
    _positive("period", period_s)
    if points < 4:
        raise RequestError(f"a sine of {points} points was asked; at least 4")
    phase = np.arange(points + 1) / points
    height = np.sin(2 * math.pi * phase)
    second = -amplitude_v if opposite_v is None else opposite_v
    return Waveform(t_s=period_s * phase,
                    v_v=np.where(height > 0, amplitude_v * height, -second * height))


def saw_spike(
    *, positive_v: float, negative_v: float, positive_s: float, negative_s: float
) -> Waveform:
    """Ramp from 0 up to ``positive_v``, drop to ``-negative_v`` at 0 s, ramp back to 0.

    The biological look: the change of weight is largest at the shortest delays. Ref:
    Zamarreno-Ramos et al., Front. Neurosci. 5:26 (2011), shape "lin".
    """
    _spike(positive_s, negative_s)
    return Waveform(t_s=[-positive_s, 0.0, 0.0, negative_s],
                    v_v=[0.0, positive_v, -negative_v, 0.0])


def iso_spike(
    *, positive_v: float, negative_v: float, positive_s: float, negative_s: float
) -> Waveform:
    """Two isosceles triangles, the positive one around 0 s, the negative one after it."""
    _spike(positive_s, negative_s)
    half, tail = 0.5 * positive_s, 0.5 * negative_s
    return Waveform(t_s=[-half, 0.0, half, half + tail, half + 2 * tail],
                    v_v=[0.0, positive_v, 0.0, -negative_v, 0.0])


def exponential_spike(
    *, positive_v: float, negative_v: float, positive_s: float, negative_s: float,
    positive_decay: float = 5.0 / 3.0, negative_decay: float = 75.0 / 40.0,
) -> Waveform:
    """An exponential rise until 0 s and an exponential tail after it, both ending at exactly 0.

    ``spk = A (e^(-t/tau) - e^-d)/(1 - e^-d)`` with ``tau = duration/d``; straight pieces keep
    within 1e-3 of the height. Ref: Zamarreno-Ramos et al., Front. Neurosci. 5:26 (2011), whose
    supplement has tails of 5/3 and 75/40 time constants.

    :param positive_decay: duration of the positive part in time constants, d.
    :param negative_decay: the same of the negative part.
    """
    _spike(positive_s, negative_s)
    rise_s, rise = _tail(positive_decay)
    tail_s, tail = _tail(negative_decay)
    times = np.concatenate([-positive_s * rise_s[::-1], negative_s * tail_s])
    return Waveform(t_s=times, v_v=np.concatenate([positive_v * rise[::-1], -negative_v * tail]))


def _tail(decay: float) -> tuple[Floats, Floats]:
    """Times and heights from (0, 1) to (1, 0)."""
    if not (math.isfinite(decay) and decay > 0.0):
        raise RequestError(f"a tail of {decay:g} time constants was asked; above 0")
    s = np.linspace(0.0, 1.0, max(8, math.ceil(POINTS_PER_TIME_CONSTANT * decay)))
    return s, (np.exp(-decay * s) - math.exp(-decay)) / -math.expm1(-decay)


SPIKES = {"saw": saw_spike, "iso": iso_spike, "exponential": exponential_spike}


def rest(duration_s: float) -> Waveform:
    """0 V for a while."""
    if not (math.isfinite(duration_s) and duration_s >= 0):
        raise RequestError(f"a rest of {duration_s} s was asked; it must not be negative")
    return Waveform.zero(duration_s)


def after_one_another(*parts: Waveform) -> Waveform:
    """Waveforms in a row, starting at 0 s."""
    return join([part.normalised() for part in parts])


def from_file(path: str | Path) -> Waveform:
    """A waveform from a text file with two columns: time in seconds, voltage in volts.

    Columns are separated by blanks, tabs, commas or semicolons; ``#`` starts a comment.

    :raises RequestError: naming the file and the line that cannot be read.
    """
    rows: list[list[float]] = []
    content = content_of(Path(path), "the waveform", limit=TABLE_MAX)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise RequestError(f"the waveform {path} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].replace(",", " ").replace(";", " ").split()
        if words:
            rows.append(_row(words, path, number))
    if len(rows) < 2:
        raise RequestError(f"the waveform {path} has {len(rows)} points; at least 2 are needed")
    t_s, v_v = zip(*rows, strict=True)
    return Waveform(t_s=list(t_s), v_v=list(v_v))


def _row(words: list[str], path: str | Path, number: int) -> list[float]:
    try:
        t_s, v_v = (float(word) for word in words)
    except ValueError:
        message = (
            f"line {number} of the waveform {path} is {' '.join(words)!r}; two numbers are "
            "needed, time in s and voltage in V"
        )
        raise RequestError(message) from None
    return [t_s, v_v]


def _spike(positive_s: float, negative_s: float) -> None:
    _positive("positive part of the spike", positive_s)
    _positive("negative part of the spike", negative_s)


def _positive(what: str, value_s: float) -> None:
    if not (math.isfinite(value_s) and value_s > 0.0):
        raise RequestError(f"a {what} of {format_quantity(value_s, 's')} was asked; above 0 s")
