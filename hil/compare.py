"""How well a model describes a measurement: residuals, and chi-squared of what was learnt.

Increments of the conductance are compared with everything that is known about their uncertainty:
the readings' budgets with their correlations, the levels and resistances that drove the device
(by running the model once more with each of them off by one standard uncertainty), and the
conductance that the model started from. See the decision page on chi-squared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from memrig.hil.bench import DriveAccuracy
from memrig.hil.calibration import Calibration, Correction
from memrig.hil.derive import current_at, effective_netlist
from memrig.hil.overlay import Overlay, Variation, predictions, starts
from memrig.hil.protocol import Protocol
from memrig.hil.record import Channel, Floats, Reading, Record, Trace, main_of
from memrig.hil.residual import comparable
from memrig.hil.uncertainty import covariance, reduced_chi2

Pairs = Sequence[tuple[Reading, Reading]]
NO_UNCERTAINTY_REL = 1e-9
"""Below this (relative to the increments) nothing was measured: both sides are simulations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The point that the model misses most."""

    stimulus: int
    repeat: int
    block: int
    t_s: float
    v_v: float
    measured_a: float
    model_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Increments:
    """Changes of conductance, measured and modelled, siemens, shape (n,) each."""

    measured_siemens: Floats
    model_siemens: Floats
    covariance: Floats

    @property
    def residual_siemens(self) -> Floats:
        """Measured less model, shape (n,)."""
        return np.asarray(self.measured_siemens - self.model_siemens)

    @property
    def u_siemens(self) -> Floats:
        """Standard uncertainty of each residual, shape (n,)."""
        return np.asarray(np.sqrt(np.clip(np.diag(self.covariance), 0.0, None)))

    @property
    def chi2(self) -> float | None:
        """Reduced chi-squared; None without increments or without any uncertainty."""
        if not self.measured_siemens.size:
            return None
        scale = np.abs(self.measured_siemens).max()
        if self.u_siemens.min() <= NO_UNCERTAINTY_REL * scale:
            return None
        return reduced_chi2(self.residual_siemens, self.covariance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Measurement and model, figure by figure.

    :param nrmse: RMS(i_measured - i_model) / RMS(i_measured) over the points that are compared
        (``residual.comparable``).
    :param chi2_dg: reduced chi-squared of the conductance increments; None where there are none.
    :param variations: what the uncertainty of the model's side was made of.
    """

    model: str
    drive: str
    points: int
    rmse_a: float
    nrmse: float
    max_abs_a: float
    worst: Worst | None
    chi2_dg: float | None
    increments: Increments | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    variations: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)
                 if f.name != "increments"}
        plain["worst"] = dataclasses.asdict(self.worst) if self.worst else None
        plain["variations"], plain["settings"] = list(self.variations), dict(self.settings)
        return {**plain, "increments": self._increments_json()}

    def _increments_json(self) -> dict[str, list[float]] | None:
        if self.increments is None:
            return None
        one = self.increments
        return {
            "dg_measured_siemens": one.measured_siemens.tolist(),
            "dg_model_siemens": one.model_siemens.tolist(),
            "u_siemens": one.u_siemens.tolist(),
        }


def compare(
    protocol: Protocol, records: Sequence[Record], model_records: Sequence[Record],
    overlay: Overlay, drives: Mapping[str, DriveAccuracy] | None = None,
) -> Comparison:
    """Compare a run with the model's.

    :param model_records: what ``predictions`` gave for ``records``.
    :param drives: uncertainty of the sources' levels (``BenchInfo.drives``).
    """
    rows = list(_residuals(records, model_records))
    residual = np.concatenate([r for *_, r in rows]) if rows else np.zeros(0)
    measured = np.concatenate([i for _, _, i, _ in rows]) if rows else np.zeros(0)
    rmse = _rms(residual)
    variations = tuple(_variations(records, overlay, drives or {}))
    increments = _increments(protocol, records, model_records, overlay, variations)
    info = overlay.bench.describe()
    return Comparison(
        model=overlay.bench.model.name, drive=overlay.drive, points=residual.size, rmse_a=rmse,
        nrmse=rmse / _rms(measured) if measured.any() else float("nan"),
        max_abs_a=float(np.abs(residual).max(initial=0.0)), worst=_worst(rows),
        chi2_dg=increments.chi2 if increments else None, increments=increments,
        settings=dict(info.settings), variations=tuple(v.name for v in variations),
    )


def _rms(x: Floats) -> float:
    return float(np.sqrt(np.mean(x**2))) if x.size else 0.0


Place = tuple[int, int, int]
Row = tuple[Place, Trace, Floats, Floats]


def _residuals(records: Sequence[Record], model_records: Sequence[Record]) -> Iterator[Row]:
    """(place, trace, measured current, measured less model) of the good points of every block."""
    for index, (record, model) in enumerate(zip(records, model_records, strict=False)):
        known = set(model.blocks())
        for repeat, block in record.blocks():
            if (repeat, block) in known:
                yield _residual_of((index, repeat, block), record, model)


def _residual_of(place: Place, record: Record, model: Record) -> Row:
    _, repeat, block = place
    seen, predicted = record.trace(repeat, block), model.trace(repeat, block)
    good = comparable(record, block, seen)
    modelled = current_at(predicted, seen.t_s)[good]
    trace = Trace(seen.t_s[good], seen.v_dut_v[good], seen.i_a[good], seen.status[good])
    return place, trace, trace.i_a, trace.i_a - modelled


def _worst(rows: Sequence[Row]) -> Worst | None:
    filled = [row for row in rows if row[3].size]
    if not filled:
        return None
    place, trace, measured, residual = max(filled, key=lambda row: np.abs(row[3]).max())
    k = int(np.abs(residual).argmax())
    return Worst(
        stimulus=place[0], repeat=place[1], block=place[2], t_s=float(trace.t_s[k]),
        v_v=float(trace.v_dut_v[k]), measured_a=float(measured[k]),
        model_a=float(measured[k] - residual[k]),
    )


def _variations(
    records: Sequence[Record], overlay: Overlay, drives: Mapping[str, DriveAccuracy]
) -> Iterator[Variation]:
    """Every systematic error of the drive, each off by one standard uncertainty."""
    if not records:
        return
    if overlay.drive == "measured":
        yield from _probe_variations(records)
        return
    for source, accuracy in drives.items():
        if accuracy.gain_rel:
            yield Variation(name=f"{source} gain", gain={source: 1.0 + accuracy.gain_rel})
        if accuracy.offset_v:
            yield Variation(name=f"{source} offset", offset_v={source: accuracy.offset_v})
    netlist = effective_netlist(records[0].netlist, records[0].calibration)
    for element in netlist.of_kind("resistor"):
        if element.u_rel:
            yield Variation(name=element.name, element={element.name: 1.0 + element.u_rel})


def _probe_variations(records: Sequence[Record]) -> Iterator[Variation]:
    """What the measured voltage may be off by; every range of a probe is shifted together."""
    found: dict[str, dict[str, Channel]] = {}
    for channel in (c for r in records for chunk in r.chunks for c in chunk.channels):
        if channel.probe.startswith("v_"):
            found.setdefault(channel.probe, {})[channel.range_name] = channel
    for probe, ranges in found.items():
        bases = {f"{probe}@{name}": _correction_of(channel, records[0].calibration)
                 for name, channel in ranges.items()}
        yield from _shifts_of(probe, bases)
    yield Variation(name="between samples", straight=True)


def _correction_of(channel: Channel, calibration: Calibration) -> Correction:
    """The correction of a channel's range; the bend of its converter counts as an offset, which it
    is to one level."""
    accuracy = channel.accuracy
    known = calibration.probe(channel.probe, channel.range_name) or Correction(
        u_gain_rel=float(np.hypot(accuracy.gain_rel, accuracy.range_gain_rel)),
        u_offset=accuracy.offset,
    )
    u_offset = float(np.hypot(known.u_offset, accuracy.linearity * known.linearity))
    return dataclasses.replace(known, u_offset=u_offset)


def _shifts_of(probe: str, bases: Mapping[str, Correction]) -> Iterator[Variation]:
    gain = {key: dataclasses.replace(base, gain=base.gain * (1.0 + base.u_rel))
            for key, base in bases.items()}
    offset = {key: dataclasses.replace(base, offset=base.offset + base.u_offset)
              for key, base in bases.items()}
    if any(base.u_rel for base in bases.values()):
        yield Variation(name=f"{probe} gain", probe=gain)
    if any(base.u_offset for base in bases.values()):
        yield Variation(name=f"{probe} offset", probe=offset)


def _increments(
    protocol: Protocol, records: Sequence[Record], model_records: Sequence[Record],
    overlay: Overlay, variations: Sequence[Variation],
) -> Increments | None:
    measured, model = (_pairs(protocol, found) for found in (records, model_records))
    if not measured or len(measured) != len(model):
        return None
    nominal = _differences(model)
    cov = _reading_covariance(protocol, records, measured, nominal, overlay)
    for variation in variations:
        varied = _differences(_pairs(protocol, predictions(overlay, records, variation)))
        shift = varied - nominal
        cov += np.outer(shift, shift)
    return Increments(measured_siemens=_differences(measured), model_siemens=nominal,
                      covariance=cov)


def _pairs(protocol: Protocol, records: Sequence[Record]) -> Pairs:
    return protocol.increments(main_of(records))


def _differences(pairs: Pairs) -> Floats:
    return np.array([b.conductance_siemens - a.conductance_siemens for a, b in pairs])


START_REL = 1e-3
"""Step of the numerical derivative by the starting conductance."""


def _reading_covariance(
    protocol: Protocol, records: Sequence[Record], measured: Pairs, nominal: Floats,
    overlay: Overlay,
) -> Floats:
    """Covariance of (measured - model) increments that the readings bring.

    A reading enters the measured increments directly, and where the model starts from it,
    the model's, too: both ways are summed before squaring.
    """
    anchors = _anchors(records)
    involved = {id(r): r for pair in measured for r in pair}
    involved |= {id(r): r for r in anchors.values()}
    column = {key: k for k, key in enumerate(involved)}
    nudged = predictions(overlay, records, Variation(name="start", start_rel=START_REL))
    slope = (_differences(_pairs(protocol, nudged)) - nominal) / START_REL
    jacobian = np.zeros((len(measured), len(column)))
    for k, (before, after) in enumerate(measured):
        jacobian[k, column[id(before)]] -= 1.0
        jacobian[k, column[id(after)]] += 1.0
        start = anchors.get(id(after))
        if start is not None:
            jacobian[k, column[id(start)]] -= slope[k] / start.conductance_siemens
    return np.asarray(
        jacobian @ covariance([r.budget for r in involved.values()]) @ jacobian.T
    )


def _anchors(records: Sequence[Record]) -> dict[int, Reading]:
    """For every reading, by its identity, the one that the model's state came from."""
    found: dict[int, Reading] = {}
    start: Reading | None = None
    for record in records:
        start = starts(record) or start
        if start is not None:
            found.update({id(reading): start for reading in record.readings})
    return found
