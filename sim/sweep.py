"""One experiment on many simulated devices: ``Sweep.of(protocol, model, vary=["a1=5%"]).ask()``.

Every device has its own run of the protocol, which may decide by what it reads. Devices go in
blocks, which other processes or machines may do; who does them changes no bit of the answers.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from memrig.hil.ensemble import Band, Ensemble, quantiles
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol
from memrig.hil.record import Record, main_of
from memrig.hil.rehearsal import answering
from memrig.hil.sharing import Progress, Submit, shared
from memrig.hil.store.points import points_of
from memrig.sim.axes import STATE, grid
from memrig.sim.bench import SimulatedBench, open_model
from memrig.sim.models._model import Model
from memrig.sim.nonidealities import NonIdealities
from memrig.sim.simulation import Method
from memrig.sim.variation import one_of, spreads_of

Floats = npt.NDArray[np.float64]
BLOCK = 16
"""Devices of a block; the same whoever does it."""
BAND_POINTS = 600
"""Points of a trace whose band is kept, at most."""
BANDED = "loop"
"""The kind of figure in which traces are compared; in the others readings are."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sweep:
    """What is asked of n devices.

    :param columns: parameters that differ by the axes, ``x0`` among them, shape (n,) each.
    :param beyond: what devices do beyond their model, in streams of each one's number.
    :param vary: what differs, as it was asked.
    """

    protocol: Protocol
    model: Model
    count: int
    columns: Mapping[str, Floats]
    beyond: NonIdealities
    profile: Profile
    method: Method
    seed: int
    vary: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, protocol: Protocol, model: Model, *, vary: Sequence[str] = (), each: int = 1,
        x0: float | None = None, beyond: NonIdealities | None = None,
        profile: Profile | None = None, integrator: str = "auto", step_s: float | None = None,
        seed: int = 0,
    ) -> Self:
        """Read what differs.

        :param vary: see ``sim.axes``.
        :param each: devices of every combination.
        :raises RequestError: for what no device could have.
        """
        asked, beyond = grid(model, vary, each), beyond or NonIdealities()
        start = np.full(asked.count, model.x0 if x0 is None else x0)
        made = cls(
            protocol=protocol, model=model, count=asked.count,
            columns={STATE: start, **asked.columns},
            beyond=dataclasses.replace(beyond, spread=(*beyond.spread, *asked.spreads)),
            profile=profile or model.profile(), method=Method(integrator, step_s), seed=seed,
            vary=tuple(vary))
        for number in made.corners():
            made.bench(number)
        return made

    def corners(self) -> Iterator[int]:
        """A device of every combination: what is wrong with one is found before the work."""
        table = np.array(list(self.columns.values()))
        yield from np.unique(table, axis=1, return_index=True)[1].tolist()

    def device(self, number: int) -> Model:
        """The model of one device, with its own parameters."""
        values: Any = {name: float(column[number]) for name, column in self.columns.items()
                       if name != STATE}
        model = dataclasses.replace(self.model, **values)
        return one_of(model, self.beyond, seed=self.seed, device=number)

    def bench(self, number: int) -> SimulatedBench:
        """One device as a bench of its own."""
        alike = dataclasses.replace(self.beyond, rate_spread=0.0, threshold_spread=0.0,
                                    conduction_spread=0.0, spread=())
        return open_model(
            self.device(number), x0=float(self.columns[STATE][number]),
            integrator=self.method.name, step_s=self.method.step_s, seed=self.seed, number=number,
            nonidealities=alike)

    @property
    def differing(self) -> tuple[str, ...]:
        """Parameters that differ between the devices."""
        drawn = [spread.parameter for spread in spreads_of(self.model, self.beyond)]
        return tuple(dict.fromkeys([*(name for name in self.columns if name != STATE), *drawn]))


    def ask(
        self, *, submit: Submit | None = None, progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> Ensemble:
        """Run the protocol on every device.

        :param submit: who does the blocks (see ``hil.sharing``); this thread by default.
        :param progress: told the share that is done.
        :param stop: ends it after the present block; the others' devices are then not finished.
        :raises LimitError: when a device must not get what its protocol asks.
        """
        blocks = [(self, first, min(first + BLOCK, self.count))
                  for first in range(0, self.count, BLOCK)]
        done = shared(_block, blocks, submit=submit, progress=progress, stop=stop)
        return _ensemble(self, [answer for block in done for answer in block])


@dataclass(frozen=True, eq=False, kw_only=True)
class _Answer:
    """What one device answered; ``traces`` by stimulus: times, voltage, current."""

    parameters: Mapping[str, float]
    readings: Floats
    values: Mapping[str, float]
    series: Mapping[str, Floats]
    traces: Mapping[int, tuple[Floats, Floats, Floats]]
    error: float


def _block(part: tuple[Sweep, int, int]) -> list[_Answer]:
    asked, first, stop = part
    return [_asked(asked, number) for number in range(first, stop)]


def _asked(asked: Sweep, number: int) -> _Answer:
    bench = asked.bench(number)
    records = [step.record for step in answering(
        asked.protocol, bench, bench, asked.profile, seed=asked.seed)]
    main = main_of(records)
    found = asked.protocol.analyse(main).values
    return _Answer(
        parameters={name: getattr(bench.model, name) for name in asked.differing},
        readings=np.array([r.conductance_siemens for record in main for r in record.readings]),
        values={name: float(value) for name, value in found.items()
                if isinstance(value, int | float) and not isinstance(value, bool)},
        series={name: row for name, value in found.items() if (row := _row(value)) is not None},
        traces=dict(_traces(records)) if asked.protocol.figure == BANDED else {},
        error=float(bench.describe().settings["error_rel"] or 0.0))


def _row(value: object) -> Floats | None:
    """A list of numbers, in which some may be missing."""
    if not isinstance(value, list | tuple) or not value or not all(
            one is None or (isinstance(one, int | float) and not isinstance(one, bool))
            for one in value):
        return None
    return np.array([np.nan if one is None else one for one in value], dtype=float)


def _traces(records: Sequence[Record]) -> Iterator[tuple[int, tuple[Floats, Floats, Floats]]]:
    main = {id(record) for record in main_of(records)}
    for number, record in enumerate(records):
        if id(record) in main:
            points = points_of(record)
            kept = np.unique(np.linspace(0, points.t_s.size - 1, BAND_POINTS).astype(int))
            yield number, (points.t_s[kept], points.v_dut_v[kept], points.i_a[kept])


def _ensemble(asked: Sweep, answers: Sequence[_Answer]) -> Ensemble:
    done = len(answers)
    return Ensemble(
        varied={name: _column(asked, [a.parameters[name] for a in answers])
                for name in asked.differing},
        units={name: asked.model.specs()[name].unit for name in asked.differing},
        x0=asked.columns[STATE], finished=np.arange(asked.count) < done,
        conductance_siemens=_padded(asked.count, [a.readings for a in answers]),
        values={name: _column(asked, [a.values.get(name, np.nan) for a in answers])
                for name in dict.fromkeys(name for a in answers for name in a.values)},
        series=dict(_series(asked.count, answers)), bands=tuple(_bands(answers)),
        settings=_settings(asked, answers))


def _series(count: int, answers: Sequence[_Answer]) -> Iterator[tuple[str, Floats]]:
    """Lists that are equally long for all devices."""
    for name in answers[0].series if answers else ():
        rows = [a.series.get(name, np.empty(0)) for a in answers]
        if len({row.size for row in rows}) == 1:
            yield name, _padded(count, rows)


def _settings(asked: Sweep, answers: Sequence[_Answer]) -> dict[str, object]:
    return {"model": asked.model.name, "vary": list(asked.vary), "integrator": asked.method.name,
            "step_s": asked.method.step_s, "seed": asked.seed,
            "error_rel": max((a.error for a in answers), default=0.0),
            "nonidealities": asked.beyond.changed}


def _column(asked: Sweep, values: Sequence[float]) -> Floats:
    column = np.full(asked.count, np.nan)
    column[:len(values)] = values
    return column


def _padded(count: int, rows: Sequence[Floats]) -> Floats:
    """Rows of unlike length side by side; NaN where there is nothing."""
    found = np.full((count, max((row.size for row in rows), default=0)), np.nan)
    for number, row in enumerate(rows):
        found[number, :row.size] = row
    return found


def _bands(answers: Sequence[_Answer]) -> Iterator[Band]:
    """Bands of the stimuli that all devices got alike."""
    for stimulus, (t_s, _, _) in (answers[0].traces if answers else {}).items():
        found = [a.traces.get(stimulus) for a in answers]
        if all(one is not None and np.array_equal(one[0], t_s) for one in found):
            v_v, i_a = (np.array([one[k] for one in found if one is not None]) for k in (1, 2))
            yield Band(stimulus=stimulus, t_s=t_s, v_v=np.median(v_v, axis=0), i_a=quantiles(i_a))
