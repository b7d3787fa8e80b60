"""What a bench check finds in time: the skew between two channels, and the mains hum."""

from __future__ import annotations

import numpy as np

from memrig.drivers.awg_scope import AwgScopeBench
from memrig.drivers.check_levels import HOLD_S, MAINS_S, POINTS
from memrig.drivers.roles import Capture, Shot
from memrig.hil.record import Channel

STEP_V, STEP_RATE_HZ, STEP_POINTS = 1.0, 1e6, 64
EDGE_RANGE_S, EDGE_POINTS = 200e-9, 500
HUM_SCALE_V = 5e-3
SENSE = "v_bottom"


def skew_of(bench: AwgScopeBench) -> float:
    """How much later the second channel's step arrives than the first's, seconds.

    Both channels step together, so that no current flows through the device; the times are those
    of the middle of each edge. Zero for a bench with one channel.
    """
    if len(bench.sources) < 2:
        return 0.0
    first_s = 1.0 / STEP_RATE_HZ  # one sample of rest comes first
    bench.scope.arm(Capture(
        scales_v=dict.fromkeys(bench.probes, 0.5), before_s=0.25 * EDGE_RANGE_S - first_s,
        range_s=EDGE_RANGE_S, points=EDGE_POINTS, averaging=False,
    ))
    bench.awg.arm([_step(bench, k) for k in range(2)])
    bench.scope.ready()
    bench.awg.fire()
    bench.clock.sleep(STEP_POINTS / STEP_RATE_HZ)
    seen = {one.probe: one for one in bench.scope.fetch(bench.probes, 0.0)}
    return _edge_s(seen["v_far"]) - _edge_s(seen["v_top"])


def _step(bench: AwgScopeBench, index: int) -> Shot:
    scale = bench.scales[index]
    codes = np.full(STEP_POINTS, int(scale.codes(np.array([STEP_V]))[0]), dtype=np.int16)
    codes[0] = codes[-1] = scale.rest_code
    return Shot(codes=codes, key="STEP", rate_hz=STEP_RATE_HZ, delay_s=0.0, smooth=False)


def _edge_s(channel: Channel) -> float:
    """When an edge passes the middle between its first and its last tenth."""
    t_s, v_v = channel.times_s, channel.values
    tenth = max(t_s.size // 10, 1)
    low, high = float(v_v[:tenth].mean()), float(v_v[-tenth:].mean())
    part = (v_v - low) / (high - low)
    k = int((part >= 0.5).argmax())
    share = (0.5 - part[k - 1]) / (part[k] - part[k - 1])
    return float(t_s[k - 1] + share * (t_s[k] - t_s[k - 1]))


def hum_of(bench: AwgScopeBench) -> float:
    """Amplitude of the mains hum at the sense node, volts, everything at rest."""
    rests = [
        Shot(codes=np.empty(0, dtype=np.int16), key="REST", rate_hz=0.0, delay_s=0.0, smooth=True)
        for _ in bench.sources
    ]
    bench.scope.arm(Capture(
        scales_v=dict.fromkeys(bench.probes, HUM_SCALE_V), before_s=0.0, range_s=HOLD_S,
        points=POINTS, averaging=True,
    ))
    bench.awg.arm(rests)
    bench.scope.ready()
    bench.awg.fire()
    bench.clock.sleep(HOLD_S)
    seen = {one.probe: one for one in bench.scope.fetch(bench.probes, 0.0)}
    phase = np.exp(-2j * np.pi * seen[SENSE].times_s / MAINS_S)
    return float(2.0 * abs(np.mean(seen[SENSE].values * phase)))
