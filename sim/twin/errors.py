"""What the simulated instruments do wrong: data-sheet figures, and the hidden errors drawn from
them.

A figure is a limit as a data sheet prints it. The hidden error is drawn from the even
distribution within it, so that its standard deviation is figure / sqrt(3): a driver that declares
the figure as rectangular declares the true spread. Parts of 1 % tolerance are drawn from the
normal distribution with a standard deviation of 0.3 % of the value.

Sources: Keysight 33500B data sheet 5991-0692EN (level, offset, edges), InfiniiVision 3000T
X-Series data sheet 5992-0140EN (gain, offset), B2900 Series data sheet 5990-7009EN (ranges);
noise, hum and linearity of the oscilloscope are assumptions of a bench without screening.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from memrig.sim.streams import stream

PART_SIGMA_REL = 0.003
"""Standard deviation of a 1 % resistor and of a 50 ohm output, relative."""
RECTANGULAR = math.sqrt(3.0)
"""Divides a limit to give the standard uncertainty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwgFigures:
    """Limits of an arbitrary waveform generator, open circuit.

    :param level_rel: of the amplitude; ``offset_rel`` of the offset, ``offset_v`` besides.
    :param linearity_rel: bend of the converter, of the amplitude.
    :param skew_s: arrival of channel 2 after channel 1, cables included.
    :param noise_v: standard deviation of the level from one trigger to the next.
    """

    level_rel: float = 0.01
    offset_rel: float = 0.01
    offset_v: float = 2e-3
    linearity_rel: float = 5e-4
    skew_s: float = 1e-9
    edge_s: float = 8.4e-9
    noise_v: float = 5e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeFigures:
    """Limits of an oscilloscope's vertical system.

    :param gain_rel: common to all ranges of a channel; ``range_gain_rel`` of each range.
    :param offset_div: zero of each range, divisions; ``offset_v`` besides.
    :param linearity_lsb: bend of the converter, steps of 8 bits.
    :param noise_v: standard deviation at the input; ``noise_lsb`` of the converter.
    :param flicker_v: of the slow part of the noise, standard deviation.
    :param hum_v: largest amplitude of the mains hum at the input.
    """

    gain_rel: float = 0.02
    range_gain_rel: float = 0.002
    offset_div: float = 0.1
    offset_v: float = 2e-3
    linearity_lsb: float = 0.6
    noise_v: float = 1.2e-4
    noise_lsb: float = 0.35
    flicker_v: float = 2e-5
    hum_v: float = 2.5e-4
    hum_hz: float = 50.0
    bandwidth_hz: float = 200e6
    limited_hz: float = 20e6
    skew_s: float = 2e-10


Ranges = Mapping[float, tuple[float, float]]
"""Full scale to (gain limit, relative; offset limit, volts or amperes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmuFigures:
    """Limits of a source/measure unit.

    :param noise_rel: of the range, standard deviation at 1 power line cycle.
    :param flicker_rel: of the range, standard deviation of the slow part.
    :param settle_s: time constant of the output.
    :param response_s: how late the current limit acts.
    """

    volts: Ranges = field(default_factory=lambda: MappingProxyType({
        0.2: (1.5e-4, 2.25e-4), 2.0: (2e-4, 3.5e-4), 20.0: (1.5e-4, 5e-3), 200.0: (1.5e-4, 5e-2),
    }))
    amperes: Ranges = field(default_factory=lambda: MappingProxyType({
        1e-7: (6e-4, 1e-10), 1e-6: (2.5e-4, 5e-10), 1e-5: (2.5e-4, 1.5e-9), 1e-4: (2e-4, 2.5e-8),
        1e-3: (2e-4, 2e-7), 1e-2: (2e-4, 2.5e-6), 0.1: (2e-4, 2e-5), 1.0: (3e-4, 1.5e-3),
        1.5: (5e-4, 3.5e-3), 3.0: (4e-3, 7e-3),
    }))
    noise_rel: float = 3e-6
    flicker_rel: float = 2e-6
    settle_s: float = 5e-6
    response_s: float = 30e-6
    skew_s: float = 2e-7


class Hidden:
    """Seeded draws: the same seed, instrument and name give the same number, whatever else is
    drawn.

    :param seed: of the bench.
    :param instrument: whose errors these are.
    """

    def __init__(self, seed: int, instrument: str) -> None:
        self.seed, self.instrument = seed, instrument
        self._within: dict[tuple[str, float], float] = {}

    def stream(self, name: str) -> np.random.Generator:
        """Random numbers for one purpose."""
        return stream(self.seed, self.instrument, name)

    def within(self, name: str, limit: float) -> float:
        """An error evenly spread within a limit."""
        key = (name, limit)
        if key not in self._within:
            self._within[key] = float(self.stream(name).uniform(-limit, limit))
        return self._within[key]

    def normal(self, name: str, sigma: float) -> float:
        """An error with a normal distribution."""
        return float(self.stream(name).normal(0.0, sigma))


def flicker(stream: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Noise whose power falls as 1/f, standard deviation about 1, shape (count,)."""
    if count < 2:
        return stream.normal(size=count)
    spectrum = stream.normal(size=count // 2 + 1) + 1j * stream.normal(size=count // 2 + 1)
    spectrum[0] = 0.0
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    found = np.fft.irfft(spectrum, count)
    return np.asarray(found / max(float(np.sqrt(np.mean(found**2))), 1e-300))
