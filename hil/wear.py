"""What a device got in one run: pulses, charge, energy, the highest voltage, how G changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.hil.derive import traces_of
from memrig.hil.limits import count_pulses
from memrig.hil.profile import Passport
from memrig.hil.record import Floats, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """Sums over the records of a run.

    :param charge_c: magnitude of the current over time.
    :param v_max_v: largest magnitude of the measured device voltage.
    :param g_first_siemens: first reading of the run, ``g_last_siemens`` the last one; None
        without readings.
    """

    pulses: int = 0
    charge_c: float = 0.0
    energy_j: float = 0.0
    v_max_v: float = 0.0
    g_first_siemens: float | None = None
    g_last_siemens: float | None = None

    def to_json(self) -> dict[str, Any]:
        """All fields in a form that JSON can hold."""
        return dataclasses.asdict(self)


def wear_of(records: Sequence[Record]) -> Wear:
    """Add up what some records, in the order of their application, did to the device."""
    charge_c = energy_j = highest_v = 0.0
    for record in records:
        for traces in traces_of(record):
            part_s = _shares(traces.t_s)
            charge_c += float((np.abs(traces.i_a) @ part_s).sum())
            energy_j += float((traces.i_a * traces.v_dut_v @ part_s).sum())
            highest_v = max(highest_v, float(np.abs(traces.v_dut_v).max(initial=0.0)))
    read = [record.readings.conductance_siemens for record in records if record.readings]
    return Wear(
        pulses=sum(count_pulses(record.plan) for record in records), charge_c=charge_c,
        energy_j=energy_j, v_max_v=highest_v,
        g_first_siemens=float(read[0][0]) if read else None,
        g_last_siemens=float(read[-1][-1]) if read else None,
    )


def _shares(t_s: Floats) -> Floats:
    """How long each point stands for, shape (n,): an integral is their sum by trapezoids."""
    around = np.concatenate([[0.0], np.diff(t_s), [0.0]])[:t_s.size + 1]
    return np.asarray(0.5 * (around[:-1] + around[1:]), dtype=np.float64)


def worn(passport: Passport, wear: Wear) -> Passport:
    """The device's passport after a run."""
    return passport.after(pulses=wear.pulses, charge_c=wear.charge_c, energy_j=wear.energy_j,
                          last_g_siemens=wear.g_last_siemens)
