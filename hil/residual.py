"""Which measured points a model is compared with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from memrig.hil.opening import MODEL
from memrig.hil.plan import PlannedBlock
from memrig.hil.record import Floats, Record, Trace
from memrig.hil.waveform import between

STEP_SHARE = 0.1
"""A step is a change of the voltage by more than this part of its reach in less than this part of a
sample; a sweep has none, however finely it is played."""

Bools = npt.NDArray[np.bool_]


def comparable(record: Record, block: int, seen: Trace) -> Bools:
    """Good points that say something of the device, shape (n,).

    Beside a step of the voltage a sample is a mean of before and after, and then capacitors around
    the device take a part of the current, of which the model knows nothing. A model's own points
    lie exactly where they are said to.
    """
    good = seen.good
    if record.plan.bench == MODEL or seen.t_s.size < 2:
        return good
    sample_s = float(np.median(np.diff(seen.t_s)))
    steps_s = np.append(_steps_s(record.plan.blocks[block], sample_s), np.inf)
    settling_s = record.netlist.settling_s(record.netlist.thevenin().ohm)
    before_s = seen.t_s - sample_s - settling_s
    beside = steps_s[np.searchsorted(steps_s, before_s)] <= seen.t_s + sample_s
    return np.asarray(good & ~beside)


def _steps_s(block: PlannedBlock, sample_s: float) -> Floats:
    """When the voltage between the electrodes jumps, ascending, shape (steps,)."""
    t_s, v_v = between(block.top, block.bottom).vertices()
    t_s, v_v = np.pad(t_s, 1, mode="edge"), np.pad(v_v, 1)  # 0 V before and after
    height_v = np.abs(np.diff(v_v))
    steep = (np.diff(t_s) < STEP_SHARE * sample_s) & (height_v > STEP_SHARE * np.ptp(v_v))
    return np.asarray(t_s[1:][steep])
