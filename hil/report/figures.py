"""Which figures a run has, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from memrig.hil.report.bands import band_figures
from memrig.hil.report.canvas import Drawn
from memrig.hil.report.conductance import pulls_figure, reads_figure, series_figure
from memrig.hil.report.loops import log_figure, loop_figure
from memrig.hil.report.measures import ABSOLUTE, ARTICLE, RELATIVE, Measure
from memrig.hil.report.seen import Seen
from memrig.hil.report.stimulus import run_figure
from memrig.hil.report.traces import trace_figure
from memrig.hil.report.window import window_figure

Make = Callable[[Seen], Drawn]


def figures(seen: Seen) -> Iterator[Drawn]:
    """All figures of a run that its records allow."""
    if not any(record.chunks for record in seen.measured.values()):
        return
    yield from (make(seen) for make in _main(seen))
    yield from band_figures(seen)
    pulls = pulls_figure(seen)
    if pulls is not None:
        yield pulls
    yield trace_figure(seen)
    if not seen.imported:  # nobody knows what the sources of another bench played
        yield run_figure(seen)


def main_figure(seen: Seen) -> Drawn:
    """The one figure that shows what the run was for."""
    return (_main(seen) or [trace_figure])[0](seen)


def _main(seen: Seen) -> list[Make]:
    """What belongs to the protocol; nothing where its result is not there yet."""
    kind, values = seen.protocol.figure, seen.values
    if kind == "loop" and seen.sweep.t_s.size:
        return [loop_figure, log_figure]
    if kind == "series" and values.get("conductance_siemens") and "u_siemens" in values:
        return [series_figure]
    if kind == "stdp" and values.get("dt_s"):
        return [_window(ARTICLE), _window(RELATIVE), _window(ABSOLUTE)]
    if kind == "reads" and any(True for _ in seen.readings()):
        return [reads_figure]
    return []


def _window(measure: Measure) -> Make:
    return lambda seen: window_figure(seen, measure)
