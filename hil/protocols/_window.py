"""From the records of a spike-timing experiment to its window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.hil.limits import count_pulses
from memrig.hil.protocols._change import COVERAGE, change_of
from memrig.hil.record import Reading, Record
from memrig.hil.stimulus import Role

POINT = "point"
"""Label that numbers points and controls in the order of application."""
DETECTION = 3.0
"""Detection limit in standard deviations of the shams."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point or control that is asked for."""

    control: str
    dt_s: float
    repeat: int
    target_siemens: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One point or control with its readings.

    :param energy_j: dissipated in the device by the spikes.
    """

    record: Record
    before: Reading
    after: Reading
    energy_j: float


def found_points(records: Sequence[Record]) -> Iterator[Measured]:
    """Every read after a point, with the reading from which the point started."""
    before: Reading | None = None
    energy_j = 0.0
    for record in records:
        if record.role is Role.INITIALISE:
            before, energy_j = (record.readings[-1] if record.readings else None), 0.0
        elif record.role is not Role.READ:
            energy_j = energy_of(record)
        elif POINT in record.stimulus.labels and before is not None and record.readings:
            yield Measured(record=record, before=before, after=record.readings[-1],
                           energy_j=energy_j)


def energy_of(record: Record) -> float:
    """Integral of v i dt over all blocks, joules."""
    traces = [record.trace(*place) for place in record.blocks()]
    return float(sum(np.trapezoid(t.v_dut_v * t.i_a, t.t_s) for t in traces))


def window_values(records: Sequence[Record]) -> tuple[dict[str, Any], list[str]]:
    """Lists over all pairs, controls, detection limit; and sentences about what is missing."""
    values, warnings = values_of(window_rows(records))
    return {**values, "pulses": sum(count_pulses(record.plan) for record in records)}, warnings


def window_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """One row per point and control, in the order of application."""
    return [_row(one) for one in found_points(records)]


def values_of(rows: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """What rows tell together, however many there are yet."""
    pairs = [row for row in rows if row["control"] == "pair"]
    controls = [row for row in rows if row["control"] != "pair"]
    sigma = sham_sigma([row for row in controls if row["control"] == "sham"])
    values: dict[str, Any] = {
        name: [row.get(name) for row in pairs] for name in (
            "dt_s", "dg_siemens", "dg_rel", "dw_article_percent", "u_dg_siemens", "u_dg_rel",
            "u_dw_article_percent", "dg_rel_interval", "dw_article_percent_interval",
            "g0_siemens", "target_siemens", "repeat", "delay_s", "energy_j", "reached")
    }
    values |= {
        "sham_sigma_rel": sigma,
        "detection_limit_rel": None if sigma is None else DETECTION * sigma,
        "means": means_of(pairs), "controls": controls,
    }
    missed = sum(not row["reached"] for row in rows)
    warnings = [f"{missed} of {len(rows)} points did not start within the tolerance of the "
                "target conductance"] if missed else []
    return values, warnings


def _row(one: Measured) -> dict[str, Any]:
    labels = one.record.stimulus.labels
    row = {**change_of(one.before, one.after), "energy_j": one.energy_j, **{
        name: labels.get(name) for name in
        ("control", "dt_s", "repeat", "target_siemens", "delay_s", "reached")
    }}
    for name in ("dg_rel", "dw_article_percent"):
        if name in row:
            reach = COVERAGE * row[f"u_{name}"]
            row[f"{name}_interval"] = [row[name] - reach, row[name] + reach]
    return row


def means_of(pairs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Means over repeats by target, delay and read delay, with 95 % intervals of the scatter.

    The intervals (Student's t) need two repeats; with one they are None.
    """
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in pairs:
        if "dg_rel" in row:
            key = (row["target_siemens"], row["delay_s"], row["dt_s"])
            groups.setdefault(key, []).append(row)
    return [
        {"target_siemens": key[0], "delay_s": key[1], "dt_s": key[2], "repeats": len(groups[key]),
         **_mean(groups[key], "dg_siemens"), **_mean(groups[key], "dg_rel"),
         **_mean(groups[key], "dw_article_percent")}
        for key in sorted(groups)
    ]


def _mean(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    values = np.array([row[name] for row in rows])
    mean = float(values.mean())
    if values.size < 2:
        return {name: mean, f"{name}_interval": None}
    from scipy.special import stdtrit  # noqa: PLC0415  # scipy is not imported before it is needed

    error = values.std(ddof=1) / np.sqrt(values.size)
    reach = float(stdtrit(values.size - 1, 0.975) * error)
    return {name: mean, f"{name}_interval": [mean - reach, mean + reach]}


def sham_sigma(shams: Sequence[dict[str, Any]]) -> float | None:
    """Scatter of dG/G0 without spikes, about its expectation of 0; None without shams."""
    values = np.array([row["dg_rel"] for row in shams if "dg_rel" in row])
    return float(np.sqrt(np.mean(values**2))) if values.size else None
