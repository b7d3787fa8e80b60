"""From what a run tells to what is drawn. No Qt: numbers in, curves out.

A ``Scene`` takes chunks and records as they arrive and keeps curves that only grow; while a run
goes on these are bounded pictures, and ``whole`` makes the full ones of the records. The model's
side is the dry run's prediction until the overlay's own record of a stimulus is there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from memrig.gui.plots.bounded import BoundedCurve
from memrig.gui.plots.decimate import Curve, Floats, m4
from memrig.gui.plots.readings import (
    Labelled,
    PairRows,
    Row,
    Series,
    SeriesBook,
    is_main,
    row_of,
    series_of,
)
from memrig.gui.plots.residuals import Left, Residuals
from memrig.gui.plots.spots import NONE, Places, Spot, Stretch
from memrig.hil.calibration import Calibration
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol
from memrig.hil.protocols._window import values_of
from memrig.hil.record import Chunk, Record, Trace
from memrig.hil.report.curves import FLOOR_SIGMA, noise_a, scatter_a
from memrig.hil.report.shots import Shot, chosen
from memrig.hil.status import Status
from memrig.hil.stimulus import Role
from memrig.hil.store.points import planned_start_s

Place = tuple[int, int]

MODEL_POINTS = 4000
"""Points kept of one block that a model gave; its line is drawn with fewer."""
TRACES = 512
"""Blocks of the model whose v(t) and i(t) are at hand; others are worked out again."""
BUDGET_S = 0.008
"""How long one step of work beside the live drawing may take."""
DEPTH = 1e-5
"""Where |I| ends when no noise is known, relative to the largest."""


class Piece(NamedTuple):
    """Points of one block that have arrived.

    :param at_s: where the block stands in the run as planned, seconds.
    :param first: whether the block begins with these.
    """

    number: int
    place: Place
    record: Record
    trace: Trace
    at_s: float
    first: bool


class Lines:
    """Curves of one side of a run.

    :param make: makes each of them.
    :ivar iv: current against voltage of all sweeps.
    :ivar magnitude: base-10 logarithm of the current's magnitude against voltage.
    :ivar v_t: voltage, ``i_t`` current against planned time, of everything.
    """

    def __init__(self, make: Callable[[], Curve] = Curve) -> None:
        self.iv, self.magnitude, self.v_t, self.i_t = make(), make(), make(), make()

    def add_sweep(self, trace: Trace, floor_a: float, *, joined: bool) -> None:
        """Points of a sweep."""
        bad = trace.status
        self.iv.append(trace.v_dut_v, trace.i_a, bad, joined=joined)
        self.magnitude.append(trace.v_dut_v, magnitudes(trace.i_a, floor_a), bad, joined=joined)

    def add_time(self, at_s: float, trace: Trace, *, joined: bool) -> None:
        """Points of anything."""
        bad, t_s = trace.status, at_s + trace.t_s
        self.v_t.append(t_s, trace.v_dut_v, bad, joined=joined)
        self.i_t.append(t_s, trace.i_a, bad, joined=joined)


def _place_of(chunk: Chunk) -> Place:
    return chunk.repeat, chunk.block


def magnitudes(i_a: Floats, floor_a: float) -> Floats:
    """Base-10 logarithm of the magnitude, not below the floor, shape (n,)."""
    return np.asarray(np.log10(np.maximum(np.abs(i_a), max(floor_a, 1e-30))))


def thinned(trace: Trace, points: int = MODEL_POINTS) -> Trace:
    """A trace with fewer points, its extremes kept."""
    kept = m4(trace.v_dut_v, trace.i_a, points)
    return Trace(trace.t_s[kept], trace.v_dut_v[kept], trace.i_a[kept], trace.status[kept])


class Scene:
    """One run, or what one would be, as its figures need it.

    :param live: whether it goes on, so that measured curves are bounded.
    """

    def __init__(self, protocol: Protocol | None = None, *, live: bool = False) -> None:
        self.protocol = protocol
        make = BoundedCurve if live else Curve
        self.measured, self.model = Lines(make), Lines()
        self._left = Residuals(make)
        self.residual_iv, self.residual_t = self._left.iv, self._left.t
        self.plans: dict[int, Plan] = {}
        self.records: dict[int, Record] = {}
        self.prediction: dict[int, Record] = {}
        self.overlay: dict[int, Record] = {}
        self.readings: dict[int, list[Row]] = {}
        self.pairs, self.model_pairs, self.predicted_pairs = PairRows(), PairRows(), PairRows()
        self.shots: list[Shot] = []
        self.latest: Shot | None = None
        self.floor_a = self.noise_a = 0.0
        self.places = Places()
        self.simulated, self.run = False, ""
        self.profile: Profile | None = None
        self.dead_zone_v: tuple[float, float] | None = None
        """Thresholds of the model, between which its state does not move."""
        self.earlier: Scene | None = None
        """What the model said before a fit."""
        self._time_work: Iterator[None] | None = None
        self._time_known = False
        self._starts: dict[int, float] = {}
        self._planned: dict[int, float] = {}
        self._end_s = 0.0
        self._left_stale: set[int] = set()
        self._model_rows: dict[tuple[int, bool], list[Row]] = {}
        self._book = SeriesBook()
        self._said: dict[str, Series] = {}
        self._circuit: tuple[Netlist, Calibration] | None = None
        self._open: tuple[int, Place, list[Chunk]] | None = None
        self._present: tuple[int, list[Chunk]] = (NONE, [])
        self._train: list[Chunk] = []
        self._model_traces: dict[tuple[int, Place, bool], Trace] = {}

    @property
    def figure(self) -> str:
        """Which kind of figure the protocol has."""
        return self.protocol.figure if self.protocol else ""

    # -- the model's side ---------------------------------------------------------------

    def predict(self, records: Sequence[Record]) -> None:
        """Take the model's records of a dry run, in order."""
        self.prediction, self._planned, at_s = dict(enumerate(records)), {}, 0.0
        for number, record in self.prediction.items():
            self._planned[number] = at_s
            at_s += record.plan.duration_s
        self.predicted_pairs = PairRows()
        if self.figure == "stdp":
            for record in records:
                if is_main(record.plan):
                    self.predicted_pairs.add(record)
        self._model_traces.clear()
        self._model_rows.clear()
        self._redraw_model()

    def add_overlay(self, number: int, record: Record) -> None:
        """Take the overlay's record of a stimulus."""
        self.add_overlays({number: record})

    def add_overlays(self, records: Mapping[int, Record]) -> None:
        """Take several records of the overlay."""
        for number, record in records.items():
            self.overlay[number] = record
            if self.figure == "stdp" and is_main(record.plan):
                self.model_pairs.add(record)
        self._redraw_model()
        self._left_stale |= set(records)
        self._redraw_sweeps(records)

    def modelled(self, number: int) -> Record | None:
        """The model's record of a stimulus; of the prediction only where the plan is the same."""
        if number in self.overlay:
            return self.overlay[number]
        said, sent = self.prediction.get(number), self.plans.get(number)
        if said is None or (sent is not None and sent.sha256 != said.plan.sha256):
            return None
        return said

    def model_numbers(self) -> list[int]:
        """Stimuli that the model has something about."""
        return sorted({*self.overlay, *self.prediction})

    def _redraw_model(self) -> None:
        lines = Lines()
        self._said.clear()
        for number in self.model_numbers():
            record = self.modelled(number)
            if record is not None and record.role is Role.SWEEP and is_main(record.plan):
                for place in record.blocks():
                    trace = thinned(self._model_trace(number, record, place))
                    lines.add_sweep(trace, self._clamp(trace.i_a), joined=False)
        lines.v_t, lines.i_t = self.model.v_t, self.model.i_t  # until fill_time has new ones
        self.model, self._time_known, self._time_work = lines, False, None

    def fill_time(self, budget_s: float = BUDGET_S) -> bool:
        """Work for a while on the curves against time, which only one view needs.

        Returns whether they are complete.
        """
        end_s = time.perf_counter() + budget_s
        while not self._time_known:
            self._time_work = self._time_work or self._fill_time()
            self._time_known = next(self._time_work, self) is self
            if time.perf_counter() > end_s:
                break
        return self._time_known

    def _fill_time(self) -> Iterator[None]:
        """One block per step."""
        found, at_s = Lines(), 0.0
        for number in self.model_numbers():
            record = self.modelled(number)
            at_s = self._starts.get(number, at_s)
            if record is None:
                continue
            for place in record.blocks():
                trace = thinned(self._model_trace(number, record, place))
                found.add_time(at_s + planned_start_s(record, *place), trace, joined=False)
                yield
            at_s += record.plan.duration_s
        stale, left = sorted(self._left_stale & set(self.records)), list[Left]()
        for number in stale:
            for place in self.records[number].blocks():
                left += self._left_of(self._whole(number, self.records[number], place))
                yield
        self._left_stale -= set(stale)
        self.model.v_t, self.model.i_t = found.v_t, found.i_t
        self._left.replace(stale, left, swept=False)

    def _model_trace(self, number: int, record: Record, place: Place) -> Trace:
        key = (number, place, number in self.overlay)
        if key not in self._model_traces:
            self._forget_traces()
            self._model_traces[key] = record.trace(*place)
        return self._model_traces[key]

    def _forget_traces(self) -> None:
        """The oldest of many: a long run asks for each a few times, soon after each other."""
        while len(self._model_traces) >= TRACES:
            number, place, overlaid = next(iter(self._model_traces))
            del self._model_traces[number, place, overlaid]
            record = (self.overlay if overlaid else self.prediction).get(number)
            if record is not None:
                record.kept_traces.clear()

    # -- the measured side --------------------------------------------------------------

    def begin(self, netlist: Netlist, calibration: Calibration, *, simulated: bool) -> None:
        """A run begins on a bench with this circuit."""
        self._circuit, self.simulated = (netlist, calibration), simulated

    @property
    def thinned(self) -> bool:
        """Whether measured points have come that no curve has any more."""
        return not self.measured.v_t.whole

    def whole(self) -> Scene:
        """The same with every point, from the records."""
        made = Scene(self.protocol)
        made.simulated, made.run, made.profile = self.simulated, self.run, self.profile
        made.earlier = self.earlier
        made.predict(list(self.prediction.values()))
        for number, record in self.records.items():
            made.finish(number, record)
        number, chunks = self._present
        if chunks:
            made.finish(number, self._part(number, tuple(chunks)))
        made.add_overlays(self.overlay)
        return made

    def start(self, number: int, plan: Plan) -> None:
        """A stimulus is about to be applied."""
        self.plans[number], self._starts[number] = plan, self._end_s
        self._said.clear()  # a prediction of another plan than this says nothing about it
        self._end_s += plan.duration_s

    def start_s(self, number: int) -> float:
        """When a stimulus begins, by the plans, seconds from the first one."""
        return self._starts.get(number, self._planned.get(number, 0.0))

    def arrive(self, number: int, *chunks: Chunk) -> None:
        """Take parts of a record, in order; those of one block are drawn together."""
        if self._circuit is None or number not in self.plans:
            return  # a window that was opened in mid-run: the record will bring everything
        if self._present[0] != number:
            self._present = (number, [])
        self._present[1].extend(chunks)
        for place, found in groupby(chunks, _place_of):
            parts = tuple(found)
            if parts[0].count > 1:
                self._arrive_together(number, parts)
                continue
            first = self._open is None or self._open[:2] != (number, place)
            if first:
                self._close_block()
                self._open = (number, place, [])
            assert self._open is not None
            self._open[2].extend(parts)
            self._draw(self._piece(number, parts, place, first=first))

    def _arrive_together(self, number: int, parts: tuple[Chunk, ...]) -> None:
        """Repeats that came together are drawn in time order, when all their blocks are there."""
        self._close_block()
        self._train.extend(parts)
        if parts[-1].block < len(self.plans[number].blocks) - 1:
            return
        part, self._train = self._part(number, tuple(self._train)), []
        for place in part.blocks():
            self._draw(self._whole(number, part, place))
        self.readings.setdefault(number, []).extend(self._rows(number, part, measured=True))
        if is_main(part.plan):
            self.latest = Shot(number=number, record=part, place=place)

    def finish(self, number: int, record: Record) -> None:
        """Take a whole record; only what has not arrived as chunks is drawn."""
        self._train.clear()
        if self._open is not None and self._open[0] == number:
            self._close_block(whole=not record.cut_short)
        elif number not in self.readings:
            self._draw_record(number, record)
        self.records[number], self._present = record, (NONE, [])
        if is_main(record.plan) and not record.cut_short:
            if self.figure == "stdp":
                self.pairs.add(record)
            known = [(shot.number, shot.record) for shot in self.shots]
            self.shots = chosen([*{n: (n, r) for n, r in [*known, (number, record)]}.values()])

    def _draw_record(self, number: int, record: Record) -> None:
        if number not in self.plans:
            self.start(number, record.plan)
        self.readings[number] = self._rows(number, record, measured=True)
        self.simulated = self.simulated or record.simulated
        for place in record.blocks():
            self._draw(self._whole(number, record, place))

    def _whole(self, number: int, record: Record, place: Place) -> Piece:
        return Piece(number=number, place=place, record=record, trace=record.trace(*place),
                     at_s=self.start_s(number) + planned_start_s(record, *place), first=True)

    def _piece(self, number: int, chunks: tuple[Chunk, ...], place: Place, *, first: bool) -> Piece:
        record = self._part(number, chunks)
        at_s = self.start_s(number) + planned_start_s(record, *place)
        return Piece(number=number, place=place, record=record, trace=record.trace(*place),
                     at_s=at_s, first=first)

    def _part(self, number: int, chunks: tuple[Chunk, ...]) -> Record:
        assert self._circuit is not None
        plan, (netlist, calibration) = self.plans[number], self._circuit
        return Record(stimulus=plan.stimulus, plan=plan, netlist=netlist,
                      calibration=calibration, chunks=chunks)

    def _close_block(self, *, whole: bool = True) -> None:
        """Readings of a block whose chunks are all there."""
        if self._open is None:
            return
        number, place, chunks = self._open
        part, self._open = self._part(number, tuple(chunks)), None
        rows = self._rows(number, part, measured=True) if whole else []
        self.readings.setdefault(number, []).extend(rows)
        if is_main(part.plan):
            self.latest = Shot(number=number, record=part, place=place)

    def _draw(self, piece: Piece) -> None:
        sweep = piece.record.role is Role.SWEEP and is_main(piece.record.plan)
        t_s = piece.at_s + piece.trace.t_s
        self.places.add(Stretch(
            first=self.measured.v_t.count, size=t_s.size,
            sweep=self.measured.iv.count if sweep else NONE, number=piece.number,
            place=piece.place, at_s=piece.at_s, begin_s=float(t_s.min(initial=math.inf)),
            end_s=float(t_s.max(initial=-math.inf))))
        self.measured.add_time(piece.at_s, piece.trace, joined=not piece.first)
        if sweep:
            self._know_floor(piece)
            self.measured.add_sweep(piece.trace, self._clamp(piece.trace.i_a),
                                    joined=not piece.first)
        self._draw_residual(piece)

    def _draw_residual(self, piece: Piece) -> None:
        for row in self._left_of(piece):
            self._left.add(row)

    def _left_of(self, piece: Piece) -> list[Left]:
        """Measured less model of the good points; nothing where there is no model."""
        said = self.modelled(piece.number)
        if said is None or piece.place not in said.parts:
            return []
        from memrig.hil.derive import current_at  # noqa: PLC0415  # when there are measured points
        from memrig.hil.residual import comparable  # noqa: PLC0415  # as above

        trace = piece.trace
        i_a = current_at(self._model_trace(piece.number, said, piece.place), trace.t_s)
        good = comparable(piece.record, piece.place[1], trace)
        sweep = piece.record.role is Role.SWEEP and is_main(piece.record.plan)
        return [Left(number=piece.number, t_s=piece.at_s + trace.t_s[good],
                     v_v=trace.v_dut_v[good],
                     left_a=(trace.i_a - i_a)[good], swept=sweep)]

    def _redraw_sweeps(self, numbers: Iterable[int]) -> None:
        """Of sweeps where the overlay's record has replaced the prediction."""
        found = [n for n in numbers if n in self.records
                 and self.records[n].role is Role.SWEEP]
        pieces = [self._whole(number, self.records[number], place) for number in found
                  for place in self.records[number].blocks()]
        self._left.replace(found, [row for piece in pieces for row in self._left_of(piece)],
                           swept=True)

    # -- the floor of |I| ---------------------------------------------------------------

    def _know_floor(self, piece: Piece) -> None:
        if self.floor_a:
            return
        declared = self.noise_a = noise_a([piece.record])
        scatter = scatter_a(piece.trace.i_a[piece.trace.good]) if declared else 0.0
        self.floor_a = FLOOR_SIGMA * (declared if not 0 < scatter < declared else scatter)
        if self.floor_a:
            self._redraw_model()

    def _clamp(self, i_a: Floats) -> float:
        if self.floor_a:
            return self.floor_a
        return DEPTH * float(np.abs(i_a).max(initial=0.0))

    # -- conductances -------------------------------------------------------------------

    def series(self) -> tuple[Series, Series]:
        """Readings after every pulse, measured and modelled (with what is still to come)."""
        return self._readings_of("series", {Role.PROGRAM})

    def reads(self) -> tuple[Series, Series]:
        """All readings of the main records, measured and modelled."""
        return self._readings_of("reads", set(Role))

    def _readings_of(self, name: str, roles: set[Role]) -> tuple[Series, Series]:
        measured = ((self.plans[n].stimulus.labels, self.readings[n])
                    for n in sorted(self.readings)
                    if self.plans[n].stimulus.role in roles and is_main(self.plans[n]))
        if name not in self._said:
            self._said[name] = series_of(list(self._model_readings(roles)))
        return self._book.series(name, measured), self._said[name]

    def _model_readings(self, roles: set[Role]) -> Iterator[Labelled]:
        for number in self.model_numbers():
            record = self.modelled(number)
            if record is not None and record.role in roles and is_main(record.plan):
                yield record.stimulus.labels, self._rows_of(number, record)

    def _rows_of(self, number: int, record: Record) -> list[Row]:
        key = (number, number in self.overlay)
        if key not in self._model_rows:
            self._model_rows[key] = self._rows(number, record, measured=False)
        return self._model_rows[key]

    def _rows(self, number: int, record: Record, *, measured: bool) -> list[Row]:
        start_s, readings = self.start_s(number), record.readings
        us = readings.u_siemens.tolist() if measured else [0.0] * len(readings)
        return [row_of(one, u_siemens=u, number=number, at_s=start_s + planned_start_s(
            record, one.repeat, one.block) + one.window_s[0])
            for one, u in zip(readings, us, strict=True)]

    # -- points and instants ------------------------------------------------------------

    @property
    def latest_answer(self) -> tuple[float, float]:
        """Voltage and current of the newest point that was measured; NaN before there is one."""
        v, i = self.measured.v_t.y, self.measured.i_t.y
        return (float(v[-1]), float(i[-1])) if v.size else (math.nan, math.nan)

    def spot(self, row: int) -> Spot | None:
        """What is known of a measured point, by its number in the curves against time."""
        stretch = self.places.of_row(row)
        if stretch is None:
            return None
        found = self._point(stretch, row)
        if found is None:
            return None
        t_s, v_v, i_a, status = found
        return Spot(number=stretch.number, place=stretch.place, index=row - stretch.first, row=row,
                    t_s=t_s, v_v=v_v, i_a=i_a, status=status,
                    left_a=self._left_at(stretch, t_s, i_a))

    def _point(self, stretch: Stretch, row: int) -> tuple[float, float, float, Status] | None:
        """Time, voltage, current and status of a measured point: of the curves, if they have it
        and nothing is known against it; else of its record."""
        v_t, i_t = self.measured.v_t, self.measured.i_t
        k, n = v_t.position(row), i_t.position(row)
        if k is not None and n is not None and not v_t.flagged[k]:
            return float(v_t.x[k]), float(v_t.y[k]), float(i_t.y[n]), Status.OK
        record = self._record(stretch.number)
        if record is None or stretch.place not in record.parts:
            return None
        trace, index = record.trace(*stretch.place), row - stretch.first
        return (stretch.at_s + float(trace.t_s[index]), float(trace.v_dut_v[index]),
                float(trace.i_a[index]), Status(int(trace.status[index])))

    def _record(self, number: int) -> Record | None:
        """What there is of a stimulus, the present one included."""
        present, chunks = self._present
        return self._part(number, tuple(chunks)) if number == present else self.records.get(number)

    def _left_at(self, stretch: Stretch, t_s: float, i_a: float) -> float | None:
        said = self.modelled(stretch.number)
        if said is None or stretch.place not in said.parts:
            return None
        trace = self._model_trace(stretch.number, said, stretch.place)
        inside_s = t_s - stretch.at_s
        return i_a - float(np.interp(inside_s, trace.t_s, trace.i_a))

    def instant(self, t_s: float) -> tuple[float, float] | None:
        """Voltage and current at a planned time: measured, else predicted; None at rest."""
        row = self.places.at(t_s, self.measured.v_t)
        stretch = None if row is None else self.places.of_row(row)
        if row is not None and stretch is not None:
            found = self._point(stretch, row)
            return None if found is None else found[1:3]
        for number, start_s in self._planned.items():
            record = self.prediction[number]
            if start_s <= t_s <= start_s + record.plan.duration_s:
                return self._predicted(number, record, t_s - start_s)
        return None

    def _predicted(self, number: int, record: Record, t_s: float) -> tuple[float, float] | None:
        for place in record.blocks():
            inside_s = t_s - planned_start_s(record, *place)
            if 0.0 <= inside_s <= record.plan.blocks[place[1]].duration_s:
                trace = self._model_trace(number, record, place)
                return (float(np.interp(inside_s, trace.t_s, trace.v_dut_v)),
                        float(np.interp(inside_s, trace.t_s, trace.i_a)))
        return None

    # -- spike timing -------------------------------------------------------------------

    def window(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Values of the window: measured, the overlay's, the prediction's."""
        measured, said, predicted = (
            values_of(rows.rows)[0] for rows in
            (self.pairs, self.model_pairs, self.predicted_pairs))
        return measured, said, predicted


def scene_of(
    protocol: Protocol, records: Mapping[int, Record], overlay: Mapping[int, Record],
    *, simulated: bool, profile: Profile | None = None,
    dead_zone_v: tuple[float, float] | None = None,
) -> Scene:
    """The scene of a run that is over."""
    scene = Scene(protocol)
    scene.simulated, scene.profile, scene.dead_zone_v = simulated, profile, dead_zone_v
    for number, record in records.items():
        scene.finish(number, record)
    scene.add_overlays(overlay)
    return scene
