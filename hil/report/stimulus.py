"""What is sent: the whole run as a strip, one shot of every kind in full, and the limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from memrig.hil.plan import Plan
from memrig.hil.profile import Profile
from memrig.hil.record import Record
from memrig.hil.rehearsal import Rehearsal
from memrig.hil.report import canvas
from memrig.hil.report.canvas import Drawn, Floats, Marks
from memrig.hil.report.seen import Seen
from memrig.hil.report.shots import Shot, chosen
from memrig.hil.units import shown
from memrig.hil.waveform import Waveform, between

BARS = 1500
"""Stimuli that the strip shows one by one; more are drawn together with their neighbours."""
COLOUR = {"program": canvas.TOP, "read": canvas.READ}


@dataclass(frozen=True, slots=True)
class Bar:
    """One stimulus in the strip: when, and between which open-circuit voltages."""

    start_s: float
    stop_s: float
    low_v: float
    high_v: float


def run_figure(seen: Seen) -> Drawn:
    """The stimuli that a run applied."""
    records = list(seen.measured.items())
    first_s = records[0][1].t_s if records else 0.0
    sent = [(record.t_s - first_s, record.plan) for _, record in records]
    end = "measured" if not seen.header.simulated else "recorded"
    return _figure(sent, chosen(seen.main), seen.header.profile, seen.marks,
                   f"{end} at the device")


def plan_figure(rehearsal: Rehearsal, profile: Profile) -> Drawn:
    """The stimuli that a dry run would apply; nothing has been sent."""
    sent, at_s = [], 0.0
    for step in rehearsal.steps:
        sent.append((at_s, step.plan))
        at_s += step.plan.duration_s
    main = [(k, _planned(step.plan, step.record)) for k, step in enumerate(rehearsal.steps)
            if step.stimulus.labels.get("phase", "main") == "main"]
    marks = Marks(simulated=False, salt="plan", foot=(
        f"dry run · profile {profile.name} · {len(sent)} stimuli, {rehearsal.pulses} pulses, "
        f"{shown(rehearsal.duration_s, 's')} · nothing was sent"))
    return _figure(sent, chosen(main), profile, marks, "predicted at the device (model)")


def _planned(plan: Plan, record: Record) -> Record:
    """The record with the plan that it answers; the model may have had one of its own."""
    return record if record.plan is plan else replace(record, plan=plan)


def _figure(
    sent: Sequence[tuple[float, Plan]], shots: Sequence[Shot], profile: Profile | None,
    marks: Marks, at_device: str,
) -> Drawn:
    with canvas.drawing():
        figure = canvas.sheet(4.9)
        grid = figure.add_gridspec(2, max(1, len(shots)), height_ratios=(1.0, 1.35))
        _draw_strip(figure.add_subplot(grid[0, :]), sent, profile)
        _draw_shots(figure, grid, shots, profile, at_device)
        return canvas.finished(figure, "stimulus", marks, "Stimulus and limits",
                               _caption(sent, profile, at_device))


def _caption(
    sent: Sequence[tuple[float, Plan]], profile: Profile | None, at_device: str
) -> str:
    limits = "No profile was given, so no limits are drawn."
    if profile is not None:
        limits = (
            f"Dashed: what the profile {profile.name} allows at the device, "
            f"{shown(profile.v_min_v, 'V')} to {shown(profile.v_max_v, 'V')}; dotted: the "
            f"largest read, ±{shown(profile.read_limit_v, 'V')}; current at most "
            f"{shown(profile.i_max_a, 'A')}."
        )
    return (
        f"Above, all {len(sent)} stimuli as planned, from the lowest to the highest open-circuit "
        "voltage between the electrodes (top less bottom). Below, one shot of every kind in "
        "full: what each source plays, quantised as it is sent, and the voltage "
        f"{at_device}, in volts against the time from the shot's start. {limits}"
    )


# -- the strip ----------------------------------------------------------------------------


def _draw_strip(
    axes: Axes, sent: Sequence[tuple[float, Plan]], profile: Profile | None
) -> None:
    for kind in ("read", "program"):
        bars = _together([bar for at, plan in sent for bar in _bars(at, plan, kind)])
        if bars:
            axes.add_collection(PolyCollection(
                [_corners(bar) for bar in bars], facecolor=COLOUR[kind], edgecolor=COLOUR[kind],
                linewidth=1.0, label=f"{kind}s", gid=f"strip-{kind}",
            ))
    axes.autoscale_view()
    _draw_limits(axes, profile, reads=True)
    canvas.zero(axes)
    canvas.prefixed(axes.xaxis, "time since the first stimulus", "s")
    canvas.prefixed(axes.yaxis, "open circuit", "V")


def _bars(at_s: float, plan: Plan, kind: str) -> Iterator[Bar]:
    blocks = [b for b in plan.blocks if b.kind == kind]
    if not blocks:
        return
    first_s = at_s + plan.stimulus.rest_before_s
    extremes = [_extremes(b.top, b.bottom) for b in blocks]
    last = max(b.start_s + b.duration_s for b in blocks)
    yield Bar(first_s + min(b.start_s for b in blocks),
              first_s + plan.spacing_s * (plan.repeat - 1) + last,
              min(low for low, _ in extremes), max(high for _, high in extremes))


def _extremes(top: Waveform, bottom: Waveform) -> tuple[float, float]:
    low, high = between(top, bottom).extrema()
    return min(low, 0.0), max(high, 0.0)


def _together(bars: list[Bar]) -> list[Bar]:
    """Neighbours in one where there are too many to be told apart."""
    if len(bars) <= BARS:
        return bars
    size = -(-len(bars) // BARS)
    groups = [bars[k:k + size] for k in range(0, len(bars), size)]
    return [Bar(g[0].start_s, g[-1].stop_s, min(b.low_v for b in g), max(b.high_v for b in g))
            for g in groups]


def _corners(bar: Bar) -> list[tuple[float, float]]:
    return [(bar.start_s, bar.low_v), (bar.start_s, bar.high_v), (bar.stop_s, bar.high_v),
            (bar.stop_s, bar.low_v)]


def _draw_limits(axes: Axes, profile: Profile | None, *, reads: bool) -> None:
    if profile is None:
        return
    canvas.level(axes, profile.v_max_v, "limit-high", "limit")
    canvas.level(axes, profile.v_min_v, "limit-low", "limit")
    if reads:
        for sign in (1, -1):
            canvas.level(axes, sign * profile.read_limit_v, f"limit-read{sign:+d}",
                         "largest read", color=canvas.READ, linestyle=":")
    reach = 1.12 * max(profile.v_max_v, -profile.v_min_v)
    axes.set_ylim(min(1.12 * profile.v_min_v, -0.3 * reach),
                  max(1.12 * profile.v_max_v, 0.3 * reach))


# -- single shots -------------------------------------------------------------------------


def _draw_shots(
    figure: Figure, grid: Any, shots: Sequence[Shot], profile: Profile | None, at_device: str
) -> None:
    first: Axes | None = None
    for column, shot in enumerate(shots):
        axes = figure.add_subplot(grid[1, column])
        axes.set_title(shot.title)
        _draw_shot(axes, shot, at_device)
        if shot.kind == "program":
            _draw_limits(axes, profile, reads=False)
        else:
            _draw_read_limits(axes, profile)
        canvas.zero(axes)
        canvas.prefixed(axes.xaxis, "t", "s")
        canvas.prefixed(axes.yaxis, "voltage" if first is None else "", "V")
        first = first or axes


def _draw_shot(axes: Axes, shot: Shot, at_device: str) -> None:
    block = shot.record.plan.blocks[shot.place[1]]
    canvas.trace(axes, *_drawn(block.top), "top", "top source", color=canvas.TOP)
    if not block.bottom.is_zero:
        canvas.trace(axes, *_drawn(block.bottom), "bottom", "bottom source",
                     color=canvas.BOTTOM, linestyle="-.")
    seen = shot.record.trace(*shot.place)
    kept = canvas.thinned(seen.v_dut_v, points=300)
    canvas.dots(axes, seen.t_s[kept], seen.v_dut_v[kept], "device", at_device, markersize=1.8)


def _drawn(waveform: Waveform) -> tuple[Floats, Floats]:
    t_s, v_v = waveform.vertices()
    kept = canvas.thinned(v_v)
    return np.asarray(t_s[kept]), np.asarray(v_v[kept])


def _draw_read_limits(axes: Axes, profile: Profile | None) -> None:
    if profile is not None:
        for sign in (1, -1):
            canvas.level(axes, sign * profile.read_limit_v, f"limit-read{sign:+d}",
                         "largest read", color=canvas.READ, linestyle=":")
