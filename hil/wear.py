"""What a device got in one run: pulses, charge, energy, the highest voltage, how G changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.hil.limits import count_pulses
from memrig.hil.profile import Passport
from memrig.hil.record import Floats, Record, Traces


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


class Wearing:
    """Adds up what a device gets, trace by trace."""

    def __init__(self) -> None:
        self._charge_c = self._energy_j = self._highest_v = 0.0
        self._last: tuple[float, float, float] | None = None

    def add(self, traces: Traces, *, goes_on: bool = False) -> None:
        """The next trace.

        :param goes_on: whether it goes on where the last one has ended, in the same shot.
        """
        t_s, i_a, v_v = traces.t_s, traces.i_a, traces.v_dut_v
        if not t_s.size:
            return
        part_s, power_w = _shares(t_s), i_a * v_v
        self._charge_c += float((np.abs(i_a) @ part_s).sum())
        self._energy_j += float((power_w @ part_s).sum())
        self._highest_v = max(self._highest_v, float(v_v.max()), -float(v_v.min()))
        if goes_on and self._last is not None:
            before_s, before_a, before_w = self._last
            half_s = 0.5 * (float(t_s[0]) - before_s)
            self._charge_c += half_s * (before_a + abs(float(i_a[0, 0])))
            self._energy_j += half_s * (before_w + float(power_w[0, 0]))
        self._last = float(t_s[-1]), abs(float(i_a[-1, -1])), float(power_w[-1, -1])

    def total(self, records: Sequence[Record]) -> Wear:
        """What it got in some records, all of whose traces were added."""
        read = [record.readings.conductance_siemens for record in records if record.readings]
        return Wear(
            pulses=sum(count_pulses(record.plan) for record in records),
            charge_c=self._charge_c, energy_j=self._energy_j, v_max_v=self._highest_v,
            g_first_siemens=float(read[0][0]) if read else None,
            g_last_siemens=float(read[-1][-1]) if read else None,
        )


def wear_of(records: Sequence[Record]) -> Wear:
    """Add up what some records, in the order of their application, did to the device."""
    from memrig.hil.derive import traces_of  # noqa: PLC0415  # a store's list does without

    found = Wearing()
    for record in records:
        for traces in traces_of(record):
            found.add(traces)
    return found.total(records)


def _shares(t_s: Floats) -> Floats:
    """How long each point stands for, shape (n,): an integral is their sum by trapezoids."""
    around = np.concatenate([[0.0], np.diff(t_s), [0.0]])[:t_s.size + 1]
    return np.asarray(0.5 * (around[:-1] + around[1:]), dtype=np.float64)


def worn(passport: Passport, wear: Wear) -> Passport:
    """The device's passport after a run."""
    return passport.after(pulses=wear.pulses, charge_c=wear.charge_c, energy_j=wear.energy_j,
                          last_g_siemens=wear.g_last_siemens)
