"""Readings from channels: values by Ohm's law, uncertainties by simulating the declared errors."""

import numpy as np
import pytest

from memrig.hil import Stimulus, Waveform
from memrig.hil.calibration import Calibration, Correction
from memrig.hil.derive import total
from memrig.hil.netlist import Netlist, two_channel
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import Accuracy, Channel, Chunk, Record
from memrig.hil.status import Status
from memrig.hil.stimulus import ReadWindow, Role

OHM, STEP_S, LEVEL_V = 10e3, 20e-6, 0.1
NETLIST = two_channel(series_ohm=1e3).with_value("r_series", 1e3, u_rel=3e-3)
ACCURACY = Accuracy(gain_rel=0.01, range_gain_rel=0.003, noise=2e-4, drift=5e-5, linearity=1e-4,
                    linearity_length=0.05)
PERFECT = Accuracy()


def read_record(
    *, netlist: Netlist = NETLIST, true: Netlist = NETLIST, accuracy: Accuracy = PERFECT,
    rng: np.random.Generator | None = None, calibration: Calibration | None = None,
    flag: int = 0, gains: dict[str, float] | None = None,
) -> Record:
    """One read of a resistor, 20 ms of baseline and 20 ms of window."""
    top = Waveform(t_s=[0, 0.02, 0.02, 0.041, 0.041, 0.042], v_v=[0, 0, LEVEL_V, LEVEL_V, 0, 0])
    window = ReadWindow(start_s=0.021, stop_s=0.041, baseline_start_s=0.0, baseline_stop_s=0.02)
    stimulus = Stimulus(role=Role.READ, top=top, windows=(window,))
    (block,) = stimulus.blocks
    plan = Plan(stimulus=stimulus, bench="test", spacing_s=stimulus.spacing_s, blocks=(
        PlannedBlock(kind=block.kind, start_s=0.0, top=block.top, bottom=block.bottom,
                     windows=block.windows),))
    t_s = np.arange(0, 0.042, STEP_S)
    drive = np.stack([top.value(t_s), np.zeros_like(t_s)])
    seen = true.thevenin()
    i_a = seen.weights["top_drive"] * drive[0] / (seen.ohm + OHM)
    by_source, by_current = true.probe_response()
    values = by_source @ drive + by_current[:, None] * i_a
    channels = tuple(
        _channel(p.name, v, accuracy, rng, flag, (gains or {}).get(p.name, 1.0))
        for p, v in zip(true.probes, values, strict=True)
    )
    return Record(stimulus=stimulus, plan=plan, netlist=netlist, chunks=(
        Chunk(repeat=0, block=0, t_s=0.0, channels=channels),),
        calibration=calibration or Calibration())


def _channel(probe: str, v: np.ndarray, accuracy: Accuracy, rng: np.random.Generator | None,
             flag: int, gain: float) -> Channel:
    data = v * gain
    if rng is not None:
        gain *= 1 + rng.normal() * accuracy.gain_rel + rng.normal() * accuracy.range_gain_rel
        high = v > v.max() / 2
        bend = _smooth(rng, v.max() - v.min(), accuracy)
        data = v * gain + np.where(high, bend[0], bend[1]) + rng.normal() * accuracy.drift * high
        data = data + rng.normal(size=v.size) * accuracy.noise + 0.01
    status = np.full(v.size, flag, dtype=np.uint16)
    return Channel(probe=probe, data=data, t0_s=0.0, dt_s=STEP_S, accuracy=accuracy,
                   range_name="40 mV", status=status)


def _smooth(rng: np.random.Generator, apart_v: float, accuracy: Accuracy) -> np.ndarray:
    """Linearity errors at two levels: a smooth function of the level, drawn at both."""
    same = np.exp(-0.5 * (apart_v / accuracy.linearity_length) ** 2)
    first, second = rng.normal(size=2)
    both = np.array([first, same * first + np.sqrt(1 - same**2) * second])
    return both * accuracy.linearity


def test_a_resistor_is_read_exactly_without_errors() -> None:
    (reading,) = read_record().readings
    assert reading.conductance_siemens == pytest.approx(1 / OHM, rel=1e-9)
    assert reading.v_dut_v == pytest.approx(LEVEL_V * OHM / (OHM + 1100), rel=1e-3)
    assert reading.samples == 1000
    assert reading.window_s == (0.021, 0.041)


def test_pulls_are_standard_normal() -> None:
    """The declared uncertainty is the spread of (measured - true) over 400 draws of all errors."""
    rng = np.random.Generator(np.random.Philox(3))
    pulls = []
    for _ in range(400):
        true = NETLIST.with_value("r_series", 1e3 * (1 + 3e-3 * rng.normal()))
        (r,) = read_record(true=true, accuracy=ACCURACY, rng=rng).readings
        pulls.append((r.conductance_siemens - 1 / OHM) / r.u_siemens)
    assert np.mean(pulls) == pytest.approx(0.0, abs=0.15)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.12)


def test_calibration_corrects_and_shrinks_the_uncertainty() -> None:
    gains = {"v_top": 1.01, "v_bottom": 0.99, "v_far": 1.005}
    found = Calibration(
        measured_at="2026-01-01T00:00:00+00:00", reference="test",
        probes={p: Correction(gain=1 / g, u_gain_rel=1e-5) for p, g in gains.items()},
        elements={"r_series": (1e3, 0.01)},
    )
    accuracy = Accuracy(gain_rel=0.01)
    (raw,) = read_record(gains=gains, accuracy=accuracy).readings
    (corrected,) = read_record(gains=gains, accuracy=accuracy, calibration=found).readings
    assert abs(raw.conductance_siemens * OHM - 1) > 1e-3
    assert corrected.conductance_siemens * OHM == pytest.approx(1.0, abs=1e-9)
    assert corrected.u_siemens < raw.u_siemens / 100


def test_the_series_resistor_stands_in_the_budget() -> None:
    (reading,) = read_record().readings
    assert total(reading.budget, "r_series") == pytest.approx(3e-3 / OHM, rel=0.02)


def test_flags_of_points_become_the_readings() -> None:
    (reading,) = read_record(flag=int(Status.CLIPPED)).readings
    assert Status.CLIPPED in reading.status
    record = read_record(flag=int(Status.CLIPPED))
    assert not record.trace(0, 0).good.any()
