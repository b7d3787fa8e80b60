"""From records to the curves of their figures: what is measured, modelled and left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memrig.hil.record import Flags, Floats, Record
from memrig.hil.status import Status

Bools = npt.NDArray[np.bool_]
FLOOR_SIGMA = 3.0
"""A current below this many standard deviations of one point's noise is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Measurement and model of one shot, or of several behind each other, shape (n,) each.

    :param model_t_s: with the two that follow, the model's own points, shape (m,); empty where
        there is no model.
    :param residual_a: measured less model current at the measured times; empty without a model.
    :param compared: where that says something of the device; empty without a model.
    """

    t_s: Floats
    v_v: Floats
    i_a: Floats
    status: Flags
    model_t_s: Floats
    model_v: Floats
    model_a: Floats
    residual_a: Floats
    compared: Bools

    @property
    def good(self) -> Bools:
        """Where nothing is known against a point."""
        return np.asarray(self.status == int(Status.OK))


def curve_of(record: Record, model: Record | None, place: tuple[int, int]) -> Curve:
    """One shot; times from its start."""
    seen = record.trace(*place)
    none = np.empty(0)
    if model is None or place not in model.parts:
        return Curve(t_s=seen.t_s, v_v=seen.v_dut_v, i_a=seen.i_a, status=seen.status,
                     model_t_s=none, model_v=none, model_a=none, residual_a=none,
                     compared=np.empty(0, dtype=bool))
    from memrig.hil.derive import current_at  # noqa: PLC0415  # when there are measured points
    from memrig.hil.residual import comparable  # noqa: PLC0415  # as above

    said = model.trace(*place)
    return Curve(
        t_s=seen.t_s, v_v=seen.v_dut_v, i_a=seen.i_a, status=seen.status, model_t_s=said.t_s,
        model_v=said.v_dut_v, model_a=said.i_a,
        residual_a=seen.i_a - current_at(said, seen.t_s),
        compared=comparable(record, place[1], seen),
    )


def behind(parts: Sequence[tuple[float, Curve]]) -> Curve:
    """Curves behind each other, at the times where they began."""
    def of(name: str) -> Floats:
        late = name in {"t_s", "model_t_s"}
        return joined([getattr(c, name) + (at if late else 0.0) for at, c in parts])

    flags = [np.empty(0, np.uint16), *(c.status for _, c in parts)]
    compared = [np.empty(0, dtype=bool), *(c.compared for _, c in parts)]
    names = (f for f in Curve.__dataclass_fields__ if f not in {"status", "compared"})
    return Curve(**{name: of(name) for name in names}, status=np.concatenate(flags),
                 compared=np.concatenate(compared))


def joined(parts: Sequence[Floats]) -> Floats:
    """Arrays behind each other; an empty one for none."""
    return np.concatenate(parts) if parts else np.empty(0)


def noise_a(records: Sequence[Record]) -> float:
    """Noise of one point's current, amperes: from the channels' data sheets through the circuit.

    0 where they say nothing.
    """
    return max((_declared_noise_a(record) for record in records), default=0.0)


def _declared_noise_a(record: Record) -> float:
    channels = {c.probe: c for chunk in record.chunks[:1] for c in chunk.channels}
    if not channels:
        return 0.0
    from memrig.hil.derive import effective_netlist  # noqa: PLC0415  # as above

    netlist = effective_netlist(record.netlist, record.calibration)
    weights = netlist.observation(tuple(channels))[1]
    noises = [channel.accuracy.noise for channel in channels.values()]
    return float(np.sqrt(np.sum((weights * np.array(noises)) ** 2)))


def scatter_a(i_a: Floats) -> float:
    """Noise of a smooth curve, amperes: from the smaller nine tenths of its fourth differences.

    The largest tenth is where the device switches. White noise of 1 makes differences of
    sqrt(70), and their smaller nine tenths have 0.79 of its rms.
    """
    if i_a.size < 20:
        return 0.0
    steps = np.sort(np.abs(np.diff(i_a, 4)))[: int(0.9 * (i_a.size - 4))]
    return float(np.sqrt(np.mean(steps**2)) / (0.79 * np.sqrt(70.0)))
