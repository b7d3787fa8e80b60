"""The analogue input of a simulated oscilloscope: bandwidth, errors, noise, converter."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memrig.sim.twin.errors import Hidden, ScopeFigures, flicker

Floats = npt.NDArray[np.float64]
DIVISIONS = 8.0
FINE_BITS_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How one channel is set for one record, in volts at the input."""

    channel: int
    scale_v: float
    offset_v: float
    limited: bool
    average: int

    @property
    def lsb_v(self) -> float:
        """One step of the 8-bit converter."""
        return DIVISIONS * self.scale_v / 256.0


class FrontEnd:
    """Hidden errors of all channels of one oscilloscope.

    :param hidden: where the errors are drawn from.
    """

    def __init__(self, hidden: Hidden, figures: ScopeFigures) -> None:
        self.hidden, self.figures = hidden, figures

    def filtered(self, t_s: Floats, v_v: Floats, at_s: Floats, *, limited: bool) -> Floats:
        """Straight lines through the input's bandwidth (one pole), at given times."""
        f = self.figures
        tau = 1.0 / (2 * math.pi * (f.limited_hz if limited else f.bandwidth_hz))
        if at_s.size > 1 and at_s[1] - at_s[0] > 20 * tau and t_s.size > 50_000:
            return np.asarray(np.interp(at_s, t_s, v_v))
        dt = np.maximum(np.diff(t_s), 1e-18)
        slope = np.diff(v_v) / dt
        decay = np.exp(-dt / tau)
        lag = np.empty_like(v_v)
        before = 0.0
        for row in range(dt.size):
            lag[row] = before
            before = (before + slope[row] * tau) * decay[row] - slope[row] * tau
        k = np.minimum(np.maximum(np.searchsorted(t_s, at_s, side="right") - 1, 0), dt.size - 1)
        passed = np.maximum(at_s - t_s[k], 0.0)
        inside = np.interp(at_s, t_s, v_v)
        late = slope[k] * tau
        return np.asarray(inside + (lag[k] + late) * np.exp(-passed / tau) - late)

    def indicated(self, v_v: Floats, setting: Setting) -> Floats:
        """Volts as gain and zero of the channel and its range make them."""
        f, k, scale = self.figures, setting.channel, setting.scale_v
        gain = self.hidden.within(f"gain{k}", f.gain_rel)
        gain += self.hidden.within(f"gain{k}@{scale:.4g}", f.range_gain_rel)
        zero = self.hidden.within(f"zero{k}", f.offset_v)
        zero += self.hidden.within(f"zero{k}@{scale:.4g}", f.offset_div) * scale
        return v_v * (1.0 + gain) + zero

    def hum(self, channel: int, at_s: Floats) -> Floats:
        """Mains hum on the channel's lead."""
        amplitude = abs(self.hidden.within(f"hum{channel}", self.figures.hum_v))
        phase = self.hidden.within("phase", math.pi)
        return np.asarray(amplitude * np.sin(2 * math.pi * self.figures.hum_hz * at_s + phase))

    def codes(
        self, v_v: Floats, at_s: Floats, setting: Setting, stream: np.random.Generator
    ) -> npt.NDArray[np.uint16]:
        """16-bit codes of input volts: 8 bits, or up to 12 when samples are averaged.

        Code 0 means "no sample" in this family, so the lowest code is 1.
        """
        f = self.figures
        slow = f.flicker_v * flicker(stream, v_v.size)
        shown = self.indicated(v_v + self.hum(setting.channel, at_s) + slow, setting)
        steps = (shown - setting.offset_v) / setting.lsb_v + 128.0
        steps = steps + self._bend(setting.channel, steps)
        input_v = f.noise_v * (0.5 if setting.limited else 1.0)
        sigma = math.hypot(input_v / setting.lsb_v, f.noise_lsb)
        if setting.average <= 1:
            raw = np.round(steps + stream.normal(0.0, sigma, v_v.size)) * 256.0
            return np.asarray(_saturated(raw, 256), dtype=np.uint16)
        mean = _dithered(steps, sigma)
        mean = mean + stream.normal(0.0, sigma / math.sqrt(setting.average), v_v.size)
        bits = min(8 + int(0.5 * math.log2(setting.average)), FINE_BITS_MAX)
        unit = float(2 ** (16 - bits))
        raw = np.round(mean * 256.0 / unit) * unit
        return np.asarray(_saturated(raw, unit), dtype=np.uint16)

    def _bend(self, channel: int, steps: Floats) -> Floats:
        """Integral nonlinearity: smooth, hidden, zero at mid-scale and within its limit."""
        limit = self.figures.linearity_lsb / 2.0
        x = (steps - 128.0) / 128.0
        square = self.hidden.within(f"bend2-{channel}", limit)
        cube = self.hidden.within(f"bend3-{channel}", limit)
        wave = np.sin(math.pi * x)
        return np.asarray(square * (1.0 - np.cos(2 * math.pi * x)) / 2.0 + cube * wave)


def _saturated(raw: Floats, unit: float) -> Floats:
    return np.minimum(np.maximum(raw, unit), 65536.0 - unit)


def _dithered(steps: Floats, sigma: float) -> Floats:
    """Expectation of rounded values under noise: what averaging a coarse converter leaves."""
    found = steps.copy()
    for k in (1, 2, 3):
        weight = (-1) ** k / (math.pi * k) * math.exp(-2.0 * (math.pi * sigma * k) ** 2)
        found += weight * np.sin(2 * math.pi * k * steps)
    return found
