"""What will be sent: the whole run, one stimulus in full, and the limits in the same picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.plots._plot import Axis, Plot
from memrig.gui.plots.decimate import Curve
from memrig.gui.plots.marks import Band, Level, Line, Spans, Watermark
from memrig.gui.plots.words import title_of
from memrig.gui.widgets.elided import ElidedLabel
from memrig.gui.widgets.focus import keep_order
from memrig.hil.plan import Plan, PlannedBlock, peak_of
from memrig.hil.profile import Profile
from memrig.hil.rehearsal import Rehearsal, Step
from memrig.hil.report.shots import Shot, chosen
from memrig.hil.stimulus import Role
from memrig.hil.store.points import planned_start_s
from memrig.hil.units import grouped, shown
from memrig.hil.waveform import between

VERTICES = 20_000
"""Vertices of one stimulus up to which it is drawn as it is; beyond, as a box around it."""
FAR_V = 1e6
"""Where a band that has no other end ends, volts."""


class Outline(NamedTuple):
    """All plans of a dry run behind each other.

    :param drive: open-circuit voltage between the electrodes against planned time.
    :param boxes: (start, stop, low, high) of what is too long to be drawn, shape (n, 4).
    :param starts_s: where every step begins, shape (steps,).
    """

    drive: Curve
    boxes: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    starts_s: tuple[float, ...]


def outline_of(plans: Sequence[Plan]) -> Outline:
    """The whole of it, from the first stimulus on."""
    times, levels = [np.empty(0)], [np.empty(0)]
    boxes, starts, at_s = list[tuple[float, float, float, float]](), [], 0.0
    for plan in plans:
        starts.append(at_s)
        first_s = at_s + plan.stimulus.rest_before_s
        if plan.repeat * sum(_vertices(b) for b in plan.blocks) <= VERTICES:
            t_s, v_v = _vertices_of(plan)
            times.append(first_s + t_s)
            levels.append(v_v)
        else:
            boxes.append(_box(plan, first_s))
        at_s += plan.duration_s
    drive = Curve.of(np.concatenate(times), np.concatenate(levels))
    return Outline(drive=drive, boxes=np.array(boxes, dtype=float).reshape(-1, 4),
                   starts_s=tuple(starts))


def _vertices(block: PlannedBlock) -> int:
    return block.top.vertex_count + block.bottom.vertex_count


def _vertices_of(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of all blocks in all repeats, seconds from the stimulus' first waveform, and V."""
    times, levels = [np.empty(0)], [np.empty(0)]
    for block in plan.blocks:
        t_s, v_v = between(block.top, block.bottom).vertices()
        # At rest before and after: the curve runs along 0 V from block to block.
        ends = block.start_s + np.array([t_s[0], t_s[-1]])
        times += [ends[:1], block.start_s + t_s, ends[1:]]
        levels += [np.zeros(1), v_v, np.zeros(1)]
    repeats_s = plan.spacing_s * np.arange(plan.repeat)
    return (np.add.outer(repeats_s, np.concatenate(times)).ravel(),
            np.tile(np.concatenate(levels), plan.repeat))


def _box(plan: Plan, first_s: float) -> tuple[float, float, float, float]:
    lows, highs = zip(*(_extremes(block) for block in plan.blocks), strict=True)
    return (first_s, first_s + plan.duration_s - plan.stimulus.rest_before_s,
            min(0.0, *lows), max(0.0, *highs))


def _extremes(block: PlannedBlock) -> tuple[float, float]:
    return between(block.top, block.bottom).extrema()


class Sums(NamedTuple):
    """What a dry run comes to.

    :param energy_j: most that the device can get in all, at the least favourable resistance.
    :param worst_v: (lowest, highest) voltage at the device in the worst case.
    """

    duration_s: float = 0.0
    points: int = 0
    pulses: int = 0
    peak_v: float = 0.0
    energy_j: float = 0.0
    worst_v: tuple[float, float] = (0.0, 0.0)
    worst_a: float = 0.0


def sums_of(steps: Sequence[Step]) -> Sums:
    """The headline's numbers."""
    rehearsal = Rehearsal(steps=tuple(steps))
    return Sums(
        duration_s=rehearsal.duration_s, pulses=rehearsal.pulses,
        points=sum(step.record.points for step in steps),
        peak_v=peak_of(block for step in steps for block in step.plan.blocks),
        energy_j=sum(step.worst.energy_j * step.plan.repeat for step in steps),
        worst_v=(min((step.worst.v_low_v for step in steps), default=0.0),
                 max((step.worst.v_high_v for step in steps), default=0.0)),
        worst_a=max((step.worst.i_a for step in steps), default=0.0),
    )


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What the view shows now."""

    steps: tuple[Step, ...] = ()
    profile: Profile | None = None
    outline: Outline = field(default_factory=lambda: outline_of(()))
    sums: Sums = field(default_factory=Sums)
    shots: tuple[Shot, ...] = ()


class StimulusView(QWidget):
    """The plan with the limits of the device; a cursor walks on it while the run goes on."""

    chosen = Signal(int)
    time_pointed = Signal(object)
    """The planned time that the pointer is at, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = _Shown()
        self._now_s: float | None = None
        self._simulated = False
        self.headline = ElidedLabel()
        self.headline.setObjectName("muted")
        self.headline.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.caption = QLabel(self.tr("Stimulus to be applied"))
        self.caption.setObjectName("title")
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Stimulus that is shown in full"))
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.currentIndexChanged.connect(self._choose)
        self._lay_out()
        self._fill_choice()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 2, 8, 2)
        head.addWidget(self.caption)
        head.addSpacing(theme.SPACE)
        head.addWidget(self.headline, 1)
        head.addSpacing(theme.SPACE)
        head.addWidget(self.choice)
        self._body = QWidget()  # a layout without plots would leave their place to the head
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._body, 1)

    # -- its plots: made with the first plan, or when the window has been seen --------------

    @property
    def strip(self) -> Plot:
        """The whole run."""
        return self._plots[0]

    @property
    def detail(self) -> Plot:
        """One stimulus in full."""
        return self._plots[1]

    def complete(self) -> None:
        """Make what the first picture does not need."""
        _ = self._plots

    @cached_property
    def _plots(self) -> tuple[Plot, Plot]:
        volts = self.tr("open circuit")
        strip = Plot(Axis(label=self.tr("planned time"), unit="s"), Axis(label=volts, unit="V"),
                     self.tr("Stimulus of the whole run"))
        detail = Plot(Axis(label=self.tr("t"), unit="s"), Axis(label=self.tr("voltage"), unit="V"),
                      self.tr("One stimulus in full"))
        strip.pointed.connect(self._strip_pointed)
        detail.pointed.connect(self._detail_pointed)
        row = QHBoxLayout(self._body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE)
        row.addWidget(strip, 1)
        row.addWidget(detail, 1)
        keep_order(self.choice, self._body)
        return strip, detail

    # -- what is shown ------------------------------------------------------------------

    def clear(self, words: str = "") -> None:
        """Show no plan, and why."""
        self._shown = _Shown()
        self.strip.clear()
        self.detail.clear()
        self.headline.setText(words)
        self._fill_choice()

    def set_simulated(self, simulated: bool) -> None:  # noqa: FBT001  # like every setter of Qt
        """Whether what will be sent goes to nothing real."""
        self._simulated = simulated
        self._mark_simulated(self.strip, self.detail)

    def _mark_simulated(self, *plots: Plot) -> None:
        for plot in plots:
            if self._simulated:
                plot.put("watermark", Watermark(self.tr("SIMULATED")))
            else:
                plot.remove("watermark")

    def set_plan(self, rehearsal: Rehearsal, profile: Profile) -> None:
        """Show a dry run with what the profile allows."""
        steps = rehearsal.steps
        main = [(k, step.record) for k, step in enumerate(steps)
                if step.stimulus.labels.get("phase", "main") == "main"]
        self._shown = _Shown(
            steps=steps, profile=profile, outline=outline_of([step.plan for step in steps]),
            sums=sums_of(steps), shots=tuple(chosen(main, planned=True)))
        self.headline.setText(self.words())
        self.headline.setToolTip(self.worst_words())
        with self.strip.together():
            self._draw_strip()
        self._fill_choice()
        self._draw_detail()

    def words(self) -> str:
        """The headline; empty when nothing is planned."""
        sums = self._shown.sums
        if not self._shown.steps:
            return ""
        parts = [
            shown(sums.duration_s, "s", 3),
            *([self.tr("{n} points").format(n=grouped(sums.points))]
              if sums.points else []),  # the model has not answered yet
            self.tr("peak {v}").format(v=shown(sums.peak_v, "V", 3)),
            self.tr("at most {e}").format(e=shown(sums.energy_j, "J", 2)),
        ]
        if sums.pulses > 1 and not any(step.stimulus.role is Role.SWEEP
                                       for step in self._shown.steps):
            parts.insert(-2, self.tr("{n} pulses").format(n=grouped(sums.pulses)))
        return " · ".join(parts)

    def worst_words(self) -> str:
        """The worst case in words."""
        sums = self._shown.sums
        low, high = (shown(v, "V", 3) for v in sums.worst_v)
        return self.tr(
            "Worst case at the device, for any skew of the sources: {low} to {high}, {current}, "
            "{energy} in all").format(low=low, high=high, current=shown(sums.worst_a, "A", 3),
                                      energy=shown(sums.energy_j, "J", 2))

    def set_now(self, t_s: float | None) -> None:
        """Let the cursor stand at a planned time of the run; None takes it away."""
        self._now_s = t_s
        self.caption.setText(self.tr("Stimulus to be applied") if t_s is None
                             else self.tr("Stimulus being applied"))
        self.strip.set_cursor(t_s)
        self.detail.set_cursor(self._local(t_s))

    # -- the pointer --------------------------------------------------------------------

    def point_at_time(self, t_s: float | None) -> None:
        """The pointer's line at a planned time of the run; None for none."""
        self.strip.point_at(t_s)
        self.detail.point_at(self._local(t_s))

    def _strip_pointed(self, t_s: float | None) -> None:
        self.detail.point_at(self._local(t_s))
        self.time_pointed.emit(t_s)

    def _detail_pointed(self, inside_s: float | None) -> None:
        t_s = None if inside_s is None else self._whole(inside_s)
        self.strip.point_at(t_s)
        self.time_pointed.emit(t_s)

    def _whole(self, inside_s: float) -> float | None:
        """From the axis of the stimulus in detail to that of the run."""
        shot = self._shot()
        if shot is None:
            return None
        record = self._shown.steps[shot.number].record
        return self._shown.outline.starts_s[shot.number] + inside_s + planned_start_s(
            record, *shot.place)

    def _local(self, t_s: float | None) -> float | None:
        """The same time on the axis of the stimulus in detail, while that is applied."""
        shot = self._shot()
        if t_s is None or shot is None:
            return None
        plan = self._shown.steps[shot.number].plan
        since_s = t_s - self._shown.outline.starts_s[shot.number] - plan.stimulus.rest_before_s
        if plan.spacing_s > 0:
            since_s -= plan.spacing_s * min(max(since_s // plan.spacing_s, 0), plan.repeat - 1)
        block = plan.blocks[shot.place[1]]
        inside = since_s - block.start_s
        return inside if 0 <= inside <= block.duration_s else None

    # -- the whole run ------------------------------------------------------------------

    def _draw_strip(self) -> None:
        outline = self._shown.outline
        self.strip.clear()
        self._mark_simulated(self.strip)
        ends = self._reach()
        self.strip.expect((0.0, self._shown.sums.duration_s or 1.0))
        self.strip.expect(y=ends, exact=True)
        self._draw_limits(self.strip, words=True)
        self.strip.put("zero", Level(0.0, "line", dashed=False))
        if outline.boxes.size:
            self.strip.put("boxes", Spans(outline.boxes, "selection"))
        self.strip.put("drive", Line(outline.drive, "stimulus", width=1.0, timed=True))
        for value, (name, limit_v) in zip(self._shown.sums.worst_v, self._limits(), strict=True):
            near = abs(value) < 0.4 * max(map(abs, ends))  # the words would lie on the curve
            text = "" if near else shown(value, "V", 3)
            if value:
                self.strip.put(f"worst-{name}", Level(
                    value, "caution", text and self.tr("worst case {v}").format(v=text),
                    at_left=True, short=text, other=limit_v))
        self.strip.set_cursor(self._now_s)

    def _reach(self) -> tuple[float, float]:
        """The voltage axis: the limits with some room, and all that is planned."""
        profile, (low, high) = self._shown.profile, self._shown.sums.worst_v
        if profile is not None:
            low, high = min(low, profile.v_min_v), max(high, profile.v_max_v)
        room = 0.36 * max(high - low, 1e-3)
        return low - room, high + room

    def _limits(self) -> Sequence[tuple[str, float]]:
        """What the device must not get, as far as that is known."""
        profile = self._shown.profile
        return (("low", profile.v_min_v if profile else -math.inf),
                ("high", profile.v_max_v if profile else math.inf))

    def _draw_limits(self, plot: Plot, *, words: bool) -> None:
        profile = self._shown.profile
        if profile is None:
            return
        said = self.tr("device limit {v}")
        plot.put("band-high", Band(profile.v_max_v, FAR_V, "danger_band"))
        plot.put("band-low", Band(-FAR_V, profile.v_min_v, "danger_band"))
        for (name, value), worst_v in zip(self._limits(), self._shown.sums.worst_v, strict=True):
            text = shown(value, "V", 3)
            plot.put(f"limit-{name}", Level(
                value, "danger", said.format(v=text) if words else "", short=text,
                other=worst_v if words else math.inf))

    # -- one stimulus -------------------------------------------------------------------

    def _fill_choice(self) -> None:
        titles = [title_of(shot) for shot in self._shown.shots]
        if titles != [self.choice.itemText(k) for k in range(self.choice.count())]:
            self.choice.blockSignals(True)
            self.choice.clear()
            self.choice.addItems(titles)
            self.choice.blockSignals(False)
        self.choice.setVisible(len(titles) > 1)

    def _shot(self) -> Shot | None:
        shots, k = self._shown.shots, max(0, self.choice.currentIndex())
        return shots[k] if k < len(shots) else None

    def _choose(self, index: int) -> None:
        self._draw_detail()
        self.chosen.emit(index)

    def _draw_detail(self) -> None:
        with self.detail.together():
            self._fill_detail()

    def _fill_detail(self) -> None:
        self.detail.clear()
        self._mark_simulated(self.detail)
        shot = self._shot()
        if shot is None:
            self.detail.legend.set_title("")
            return
        block = shot.record.plan.blocks[shot.place[1]]
        alone = len(self._shown.shots) == 1
        self.detail.legend.set_title(title_of(shot) if alone else "")
        self.detail.put("zero", Level(0.0, "line", dashed=False))
        self.detail.put("top", Line(Curve.of(*block.top.vertices()), "stimulus",
                                    self.tr("top source"), width=1.0, timed=True))
        if not block.bottom.is_zero:
            self.detail.put("bottom", Line(Curve.of(*block.bottom.vertices()), "caution",
                                           self.tr("bottom source"), width=1.0, timed=True))
        if shot.place in shot.record.parts:  # else the model has not answered yet
            seen = shot.record.trace(*shot.place)
            self.detail.put("device", Line(Curve.of(seen.t_s, seen.v_dut_v), "model",
                                           self.tr("predicted at the device"), timed=True))
        if shot.kind == "program":
            self.detail.expect(y=self._reach(), exact=True)
            self._draw_limits(self.detail, words=False)
        else:
            self._draw_read_limits()
        self.detail.set_cursor(self._local(self._now_s))

    def _draw_read_limits(self) -> None:
        profile = self._shown.profile
        if profile is not None:
            limit_v = profile.read_limit_v
            self.detail.expect(y=(-1.4 * limit_v, 1.4 * limit_v), exact=True)
            for name, value in (("high", limit_v), ("low", -limit_v)):
                text = shown(value, "V", 3)
                words = self.tr("largest read {v}").format(v=text)
                self.detail.put(f"read-{name}", Level(value, "danger", words, short=text))

