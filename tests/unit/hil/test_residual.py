"""Which points a model is compared with, against the closed form of a charging capacitor."""

from __future__ import annotations

import numpy as np
import pytest

from memrig.hil import Stimulus, Waveform
from memrig.hil.calibration import Calibration
from memrig.hil.netlist import Netlist, ideal, single_channel
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.record import Record, Trace
from memrig.hil.residual import comparable
from memrig.hil.shapes import rectangle, saw_spike
from memrig.hil.status import Status
from memrig.hil.stimulus import Role

SERIES_OHM, FARAD, SAMPLE_S = 1e3, 115e-12, 20e-9
CIRCUIT = single_channel(series_ohm=SERIES_OHM, bottom_farad=FARAD)
RC_S = FARAD * CIRCUIT.thevenin().ohm
"""Of the bottom's capacitor with a device of few ohms: with any other it is shorter."""


def record_of(top: Waveform, *, netlist: Netlist = CIRCUIT, bench: str = "bench") -> Record:
    stimulus = Stimulus(role=Role.PROGRAM, top=top)
    block = PlannedBlock(kind="program", start_s=0.0, top=stimulus.top, bottom=stimulus.bottom)
    plan = Plan(stimulus=stimulus, bench=bench, blocks=(block,), spacing_s=stimulus.spacing_s)
    return Record(stimulus=stimulus, plan=plan, netlist=netlist, chunks=(),
                  calibration=Calibration())


def trace_of(t_s: np.ndarray, i_a: np.ndarray | None = None) -> Trace:
    zero = np.zeros(t_s.size)
    return Trace(t_s, zero, zero if i_a is None else i_a, np.zeros(t_s.size, dtype=np.uint16))


def charging(t_s: np.ndarray, width_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Current of a pulse of 1 A through R C, and what a model without C says of it."""
    rise = 1.0 - np.exp(-np.clip(t_s, 0.0, None) / RC_S)
    fall = 1.0 - np.exp(-np.clip(t_s - width_s, 0.0, None) / RC_S)
    return rise - fall, ((t_s >= 0.0) & (t_s < width_s)).astype(float)


@pytest.mark.parametrize("late", [0.0, 0.3, 0.99])
def test_what_is_compared_has_settled_to_a_thousandth(late: float) -> None:
    width_s = 10e-6
    t_s = np.arange(-2e-6, 14e-6, SAMPLE_S) + late * SAMPLE_S
    measured, model = charging(t_s - late * SAMPLE_S, width_s)  # the channel lags behind
    kept = comparable(record_of(rectangle(level_v=1.0, width_s=width_s)), 0, trace_of(t_s))
    assert np.abs(measured - model)[kept].max() < 1e-3
    assert np.abs(measured - model).max() > 0.8
    gone_s = 2 * (7.0 * RC_S + 2.0 * SAMPLE_S)  # of both edges; and nothing else is left out
    assert (~kept).sum() * SAMPLE_S == pytest.approx(gone_s, abs=4 * SAMPLE_S)


def test_a_pulse_that_ends_before_the_circuit_has_settled_says_nothing() -> None:
    t_s = np.arange(0.0, 5.0 * RC_S, SAMPLE_S)
    kept = comparable(record_of(rectangle(level_v=1.0, width_s=5.0 * RC_S)), 0, trace_of(t_s))
    assert not kept.any()


def test_a_sweep_is_compared_everywhere_and_a_spike_but_for_its_jump() -> None:
    t_s = np.arange(0.0, 200e-6, SAMPLE_S)
    sweep = Waveform(t_s=[0.0, 50e-6, 150e-6, 200e-6], v_v=[0.0, 1.0, -1.0, 0.0])
    fine = Waveform(t_s=np.repeat(t_s, 2)[1:], v_v=np.repeat(sweep.value(t_s), 2)[:-1])
    for one in (sweep, fine):
        assert comparable(record_of(one), 0, trace_of(t_s)).all()
    spike = saw_spike(positive_v=1.0, negative_v=0.5, positive_s=20e-6, negative_s=180e-6)
    kept = comparable(record_of(spike), 0, trace_of(t_s))
    assert kept[t_s < 19.9e-6].all()
    assert not kept[(t_s > 20e-6) & (t_s < 20.5e-6)].any()
    assert kept[t_s > 21e-6].all()


def test_without_capacitors_only_the_neighbours_of_a_step_are_left_out() -> None:
    t_s = np.arange(-1e-6, 3e-6, SAMPLE_S) + 0.4 * SAMPLE_S
    top = rectangle(level_v=1.0, width_s=2e-6)
    kept = comparable(record_of(top, netlist=ideal(1e3)), 0, trace_of(t_s))
    assert (~kept).sum() == 4  # two beside either edge
    assert comparable(record_of(top, netlist=ideal(1e3), bench="model"), 0, trace_of(t_s)).all()


def test_what_is_flagged_is_not_compared() -> None:
    t_s = np.arange(0.0, 200e-6, SAMPLE_S)
    seen = trace_of(t_s)
    seen.status[7] = int(Status.CLIPPED)
    sweep = Waveform(t_s=[0.0, 100e-6, 200e-6], v_v=[0.0, 1.0, 0.0])
    kept = comparable(record_of(sweep), 0, seen)
    assert np.flatnonzero(~kept).tolist() == [7]
