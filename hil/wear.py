"""What a device got in one run: pulses, charge, energy, the highest voltage, how G changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.hil.limits import count_pulses
from memrig.hil.profile import Passport
from memrig.hil.record import Record


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
        for place in record.blocks():
            trace = record.trace(*place)
            charge_c += float(np.trapezoid(np.abs(trace.i_a), trace.t_s))
            energy_j += float(np.trapezoid(trace.i_a * trace.v_dut_v, trace.t_s))
            if trace.v_dut_v.size:
                highest_v = max(highest_v, float(np.max(np.abs(trace.v_dut_v))))
    read = [reading.conductance_siemens for record in records for reading in record.readings]
    return Wear(
        pulses=sum(count_pulses(record.plan) for record in records), charge_c=charge_c,
        energy_j=energy_j, v_max_v=highest_v, g_first_siemens=read[0] if read else None,
        g_last_siemens=read[-1] if read else None,
    )


def worn(passport: Passport, wear: Wear) -> Passport:
    """The device's passport after a run."""
    return passport.after(pulses=wear.pulses, charge_c=wear.charge_c, energy_j=wear.energy_j,
                          last_g_siemens=wear.g_last_siemens)
