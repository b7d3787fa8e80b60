"""The adjustment behind a bench check: one circuit, all instruments, one set of unknowns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from memrig.drivers._bench import TOLERATED
from memrig.drivers.awg_scope import AwgScopeBench
from memrig.drivers.check_levels import Point, Seen
from memrig.hil.adjustment import Adjusted, Floats, Unknown, adjust
from memrig.hil.calibration import Correction
from memrig.hil.derive import linearity_of
from memrig.hil.netlist import Netlist
from memrig.hil.uncertainty import Component, covariance
from memrig.hil.units import format_quantity
from memrig.hil.wiring import response

LEVEL_U_V = 6e-5
"""Standard deviation of a single level from gain and offset: the converter's bend, noise."""
WITHIN = 2.0
"""A value further from its data sheet than so many standard uncertainties is outside it: the limit
of an even distribution lies at 1.73."""
AGREE = 3.0
"""Reduced chi-squared above which the observations contradict each other."""
REFERENCE = "reference resistor"
TYPICAL = 1.6
"""A level for which the bend is looked at: two divisions of the screen."""


@dataclass(frozen=True, slots=True)
class CheckFit:
    """What was found, in the terms of a calibration."""

    bench: AwgScopeBench
    unknowns: Mapping[str, Unknown]
    found: Adjusted
    seen: Sequence[Seen]

    def _correction(self, name: str) -> Correction:
        gain, offset = (f"{name} {what}" for what in ("gain", "offset"))
        values = self.found.values
        return Correction(
            gain=values[gain], offset=values[offset],
            u_gain_rel=self.found.u(gain) / values[gain], u_offset=self.found.u(offset),
        )

    def sources(self) -> dict[str, Correction]:
        """Corrections of the generator's levels."""
        found = {}
        for source in self.bench.sources:
            one = self._correction(source)
            found[source] = Correction(
                gain=one.gain, offset=one.offset, u_gain_rel=one.u_gain_rel,
                u_offset=math.hypot(one.u_offset, LEVEL_U_V))
        return found

    def probes(self) -> dict[str, Correction]:
        """Corrections of every range that was checked, and one of each probe for the others."""
        found: dict[str, Correction] = {}
        for probe in self.bench.probes.values():
            names = [n.removesuffix(" gain") for n in self.unknowns
                     if n.startswith(f"{probe}@") and n.endswith(" gain")]
            ranges = {name: self._shrunk(name) for name in names}
            found |= ranges
            if ranges:
                found[probe] = self._common(list(ranges.values()), names)
        return found

    def _shrunk(self, name: str) -> Correction:
        """The correction of a range with what its own bend leaves.

        The levels that gave the gain bend like those that will be read. At a level of
        ``TYPICAL`` bend lengths the error of what is corrected is therefore smaller than gain and
        bend on their own would let it be; both are taken down by that share.
        """
        one, share = self._correction(name), self._share(name)
        return replace(one, u_gain_rel=one.u_gain_rel * share, linearity=share)

    def _share(self, name: str) -> float:
        accuracy = next(s.accuracy for s in self.seen if s.name == name)
        if not accuracy.linearity:
            return 1.0
        level_v = TYPICAL * accuracy.linearity_length
        high, low = (linearity_of(accuracy, accuracy.key, at, 1.0) for at in (level_v, 0.0))
        cov = covariance([*(s.budget for s in self.seen), (high,), (low,)])
        between = cov[:-2, -2] - cov[:-2, -1]
        weights = self.found.weights_of(f"{name} gain")[: between.size]
        bend = cov[-2, -2] + cov[-1, -1] - 2.0 * cov[-2, -1]
        apart = (level_v * self.found.u(f"{name} gain")) ** 2 + bend
        together = apart + 2.0 * level_v * float(weights @ between)
        return math.sqrt(max(together, 0.0) / apart)

    def _common(self, ranges: Sequence[Correction], names: Sequence[str]) -> Correction:
        """For ranges that were not checked: the mean gain, the zero of the data sheet."""
        gain = float(np.mean([one.gain for one in ranges]))
        offset_u = max(self.unknowns[f"{name} offset"].u for name in names)
        return Correction(gain=gain, u_gain_rel=float(np.mean([o.u_gain_rel for o in ranges])),
                          u_offset=offset_u,
                          linearity=float(np.mean([o.linearity for o in ranges])))

    def elements(self) -> dict[str, tuple[float, float]]:
        """Resistances, ohms, with their standard uncertainties."""
        return {name: (self.found.values[name], self.found.u(name))
                for name in TOLERATED if name in self.unknowns}

    def verdicts(self) -> Iterator[tuple[bool, str]]:
        """(good, sentence) for the agreement and for everything that has a data sheet."""
        good = self.found.chi2 < AGREE
        yield good, (f"{'' if good else 'NOT GOOD: '}the observations agree with each other with "
                     f"a reduced chi-squared of {self.found.chi2:.2g} (at most {AGREE:g})")
        outside = [self._outside(name) for name in self.unknowns if not _is_level(name)]
        for sentence in filter(None, outside):
            yield False, sentence
        if not any(outside):
            yield True, "gains, offsets and resistances lie within their data sheets"
        for name, (ohm, u_ohm) in self.elements().items():
            yield True, (f"{name}: {format_quantity(ohm, 'ohm', 6)} ± "
                         f"{format_quantity(u_ohm, 'ohm', 2)}")

    def _outside(self, name: str) -> str:
        known, value = self.unknowns[name], self.found.values[name]
        if abs(value - known.value) <= WITHIN * known.u + 3.0 * self.found.u(name):
            return ""
        unit = "1" if name.endswith(" gain") else "V" if name.endswith(" offset") else "ohm"
        is_part = name in TOLERATED or name == REFERENCE
        return (f"NOT GOOD: {name} is {format_quantity(value, unit, 6)}, its "
                f"{'tolerance' if is_part else 'data sheet'} says "
                f"{format_quantity(known.value, unit, 6)} ± "
                f"{format_quantity(math.sqrt(3.0) * known.u, unit, 2)}")


def _is_level(name: str) -> bool:
    return name.startswith("level ")


def fitted(
    bench: AwgScopeBench, points: Sequence[Point], resistor_ohm: float, u_rel: float
) -> CheckFit:
    """Adjust everything to what was seen; clipped means are left out."""
    netlist = bench.describe().netlist
    rows = [(k, one) for k, point in enumerate(points) for one in point.seen
            if not one.clipped]
    unknowns = [*_instruments(bench, [one for _, one in rows]),
                *_resistances(netlist), *_level_unknowns(bench, points),
                Unknown(name=REFERENCE, value=resistor_ohm, u=resistor_ohm * u_rel)]
    model = _Model(bench, points, rows)
    levels = len(points) * len(bench.sources)
    observed = [one.value_v for _, one in rows] + [0.0] * levels
    scatter = (Component(name="level", u=LEVEL_U_V),)
    cov = covariance([one.budget for _, one in rows] + [scatter] * levels)
    found = adjust(unknowns, model, observed, cov)
    return CheckFit(bench, {one.name: one for one in unknowns}, found, [one for _, one in rows])


def _instruments(bench: AwgScopeBench, seen: Sequence[Seen]) -> Iterator[Unknown]:
    """Gain and offset of every range that was used, and of every source, by their data sheets."""
    for name, one in {one.name: one for one in seen}.items():
        accuracy = one.accuracy
        gain_u = math.hypot(accuracy.gain_rel, accuracy.range_gain_rel)
        yield Unknown(name=f"{name} gain", value=1.0, u=gain_u)
        yield Unknown(name=f"{name} offset", value=0.0, u=accuracy.offset)
    declared = bench.awg.drive_accuracy()
    for source in bench.sources:
        yield Unknown(name=f"{source} gain", value=1.0, u=declared.gain_rel)
        yield Unknown(name=f"{source} offset", value=0.0, u=declared.offset_v)


def _resistances(netlist: Netlist) -> Iterator[Unknown]:
    for element in netlist.elements:
        if element.name in TOLERATED and element.u_rel:
            yield Unknown(name=element.name, value=element.value,
                          u=element.value * element.u_rel)


def _level_unknowns(bench: AwgScopeBench, points: Sequence[Point]) -> Iterator[Unknown]:
    """Every level as it really was: known from the data sheet and, better, from what was seen."""
    declared = bench.awg.drive_accuracy()
    for k, point in enumerate(points):
        for source in bench.sources:
            set_v = point.levels.set_v[source]
            u_v = math.hypot(declared.gain_rel * set_v, declared.offset_v)
            yield Unknown(name=f"level {k} {source}", value=set_v, u=10.0 * u_v)


class _Model:
    """What values of the unknowns let everything see."""

    def __init__(
        self, bench: AwgScopeBench, points: Sequence[Point], rows: Sequence[tuple[int, Seen]]
    ) -> None:
        self._netlist, self._sources = bench.describe().netlist, bench.sources
        self._set = np.array([[p.levels.set_v[s] for s in self._sources] for p in points])
        column = {probe: k for k, probe in enumerate(bench.probes.values())}
        self._point = np.array([k for k, _ in rows])
        self._probe = np.array([column[one.probe] for _, one in rows])
        self._names = [one.name for _, one in rows]
        self._level_names = [f"level {k} {s}" for k in range(len(points)) for s in self._sources]
        self._parts = [e.name for e in self._netlist.elements if e.name in TOLERATED and e.u_rel]
        self._response = cache(self._response_of)

    def _response_of(self, reference_ohm: float, *parts: float) -> Floats:
        netlist = self._netlist
        for name, ohm in zip(self._parts, parts, strict=True):
            netlist = netlist.with_value(name, ohm)
        return response(netlist, reference_ohm)

    def __call__(self, values: dict[str, float]) -> Floats:
        weights = self._response(values[REFERENCE], *(values[name] for name in self._parts))
        levels = np.array([values[name] for name in self._level_names]).reshape(self._set.shape)
        nodes = levels @ weights.T
        gain, offset = (np.array([values[f"{name} {what}"] for name in self._names])
                        for what in ("gain", "offset"))
        indicated = (nodes[self._point, self._probe] - offset) / gain
        return np.concatenate([indicated, (levels - self._nominal(values)).ravel()])

    def _nominal(self, values: dict[str, float]) -> Floats:
        gain, offset = (np.array([values[f"{s} {what}"] for s in self._sources])
                        for what in ("gain", "offset"))
        return np.asarray(gain * self._set + offset)
