"""What is allowed and yet cannot be meant: sentences about a plan, before it is sent.

Nothing here refuses. Every rule looks at a dry run, says what was asked and what would be
sensible, and belongs to the parameter that it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from memrig.hil.bench import Bench, BenchInfo, Capabilities
from memrig.hil.netlist import Thevenin
from memrig.hil.plan import Plan, PlannedBlock, peak_of
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol, Quantity
from memrig.hil.realised import at_device, half_width_s, points_of
from memrig.hil.rehearsal import Rehearsal, Step
from memrig.hil.sentence import Sentence
from memrig.hil.status import Status
from memrig.hil.stimulus import Role

SHAPE_POINTS = 4
"""Points in a pulse below which its shape is not seen."""
LAG = 20.0
"""A loop that lasts less than this many settling times is widened by the circuit."""
NEAR = 0.5
"""A read above this part of a switching voltage may move the state."""
WEAK = 0.6
"""Pulses below this part of the switching voltage hardly do."""
TAKEN = 0.5
"""Part of a level that should be left at the device."""
UNCERTAIN = 0.2
"""Relative uncertainty of a read's current above which it says little."""
LOOP_STEPS, PULSE_STEPS = 20, 4
"""Steps of an integration in a loop and in a pulse, at least."""
HELD = 0.1
"""Part of a loop that may be held at the limit of the current."""
LONG_S = 3600.0
MANY = 5_000_000
"""Points of a run that fill memory and disk."""

UNSEEN = "a pulse of {0} is measured every {1}; its shape is seen from {2} on"
UNSETTLED = "a pulse of {0} ends before the circuit has settled, which takes {1} (7 RC)"
DISTURBING = ("reads at {0} come close to {1}, where the device switches; below {2} they leave "
              "it alone")
DIVIDED = ("{0} in series leave {1} of {2} at the device when it has {3}; a smaller resistance "
           "leaves more")
NOISY = ("a read at {0} passes {1} at {2}, and its uncertainty is {3}: more than 20 %; read at a "
         "higher level or for longer")
COARSE = "a fixed step of {0} gives {1} in {2}; {3} or less would follow it"
LAGGING = "a loop of {0} is faster than the circuit follows; from {1} on it is not widened"
APART = "no pair of spikes overlaps: the shortest delay is {0}; below {1} they do"
FEEBLE = "pulses of {0} put at most {1} on the device, which switches at {2}"
HELD_BACK = "the limit holds the current of the model in {1} of the loop; it wants up to {0}"
LASTING = "the run takes {0}; fewer points or shorter rests make it shorter"
SPLIT = "{0} points are more than the {1} that the instrument holds; the loop is played in parts"
HUGE = "the run measures {0} million points; fewer than {1} million are easier to keep and to draw"
TEMPLATES = (UNSEEN, UNSETTLED, DISTURBING, DIVIDED, NOISY, COARSE, LAGGING, APART, FEEBLE,
             HELD_BACK, LASTING, SPLIT, HUGE)


@dataclass(frozen=True, slots=True)
class Advice:
    """A warning about a plan.

    :param parameter: that it concerns; empty for the whole.
    """

    parameter: str
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What rules look at."""

    protocol: Protocol
    rehearsal: Rehearsal
    profile: Profile
    info: BenchInfo
    can: Capabilities

    @property
    def series(self) -> Thevenin:
        """What stands between the sources and the device."""
        return self.info.netlist.thevenin()

    def main(self, *roles: Role) -> Iterator[Step]:
        """Steps of the protocol itself, of these roles."""
        for step in self.rehearsal.steps:
            if step.stimulus.labels.get("phase", "main") == "main" and (
                    not roles or step.stimulus.role in roles):
                yield step

    def blocks(self, kind: str, *roles: Role) -> Iterator[PlannedBlock]:
        """Blocks of these steps."""
        return (b for step in self.main(*roles) for b in step.plan.blocks if b.kind == kind)

    def parameter(self, quantity: Quantity, block: str = "program") -> str:
        """The first parameter that is this in a plan; empty where none is."""
        return next((name for name, where in self.protocol.realised.items()
                     if where.quantity == quantity and where.block == block), "")


def advice(
    protocol: Protocol, rehearsal: Rehearsal, profile: Profile, bench: Bench
) -> tuple[Advice, ...]:
    """Everything that is to be said of a dry run, each once."""
    case = Case(protocol=protocol, rehearsal=rehearsal, profile=profile, info=bench.describe(),
                can=bench.capabilities)
    return tuple(dict.fromkeys(said for rule in RULES for said in rule(case)))


def unseen_pulse(case: Case) -> Iterator[Advice]:
    """A pulse between two samples."""
    for block in case.blocks("program", Role.PROGRAM):
        step_s = float(block.settings.get("measured", {}).get("step_s", 0.0))
        width_s = half_width_s(block)
        if width_s < SHAPE_POINTS * step_s * (1 - 1e-9):
            yield Advice(case.parameter("width"), Sentence(
                UNSEEN, ((width_s, "s"), (step_s, "s"), (SHAPE_POINTS * step_s, "s"))))
            return


def unsettled_pulse(case: Case) -> Iterator[Advice]:
    """A pulse that never reaches its level."""
    for block in case.blocks("program", Role.PROGRAM):
        width_s = half_width_s(block)
        if width_s < case.can.settle_s:
            yield Advice(case.parameter("width"), Sentence(
                UNSETTLED, ((width_s, "s"), (case.can.settle_s, "s"))))
            return


def disturbing_read(case: Case) -> Iterator[Advice]:
    """A read near the voltages that switch."""
    read_v = peak_of(case.blocks("read"))
    nearest_v = min(abs(case.profile.v_set_v), abs(case.profile.v_reset_v))
    if read_v > NEAR * nearest_v:
        name = case.parameter("level", "read")
        yield Advice(name, Sentence(
            DISTURBING, ((read_v, "V"), (nearest_v, "V"), (NEAR * nearest_v, "V"))))


def divided_level(case: Case) -> Iterator[Advice]:
    """A series resistor that takes most of the voltage."""
    level_v, r_ohm = peak_of(case.blocks("program")), case.profile.r_min_ohm
    left_v = at_device(level_v, r_ohm, case.series)
    if level_v and left_v < TAKEN * level_v:
        yield Advice(case.parameter("level"), Sentence(
            DIVIDED, ((case.series.ohm, "ohm"), (left_v, "V"), (level_v, "V"), (r_ohm, "ohm"))))


def noisy_read(case: Case) -> Iterator[Advice]:
    """A current below what the bench can tell from nothing."""
    read_v, r_ohm = peak_of(case.blocks("read")), case.profile.r_max_ohm
    current_a = at_device(read_v, r_ohm, case.series) / r_ohm
    if read_v and case.can.i_noise_a > UNCERTAIN * current_a:
        yield Advice(case.parameter("level", "read"), Sentence(
            NOISY, ((read_v, "V"), (current_a, "A"), (r_ohm, "ohm"), (case.can.i_noise_a, "A"))))


def coarse_step(case: Case) -> Iterator[Advice]:
    """A fixed step of an explicit integrator that misses what drives it."""
    step_s = case.info.settings.get("step_s")
    if not step_s:
        return
    for block in case.blocks("program"):
        swept = not case.parameter("width")
        length_s = block.duration_s if swept else half_width_s(block)
        least = LOOP_STEPS if swept else PULSE_STEPS
        if length_s < least * step_s * (1 - 1e-9):
            name = case.parameter("period" if swept else "width")
            yield Advice(name, Sentence(COARSE, (
                (step_s, "s"), (length_s / step_s, "1"), (length_s, "s"), (length_s / least, "s"))))
            return


def lagging_sweep(case: Case) -> Iterator[Advice]:
    """A loop that the circuit smears."""
    for step in case.main(Role.SWEEP):
        if step.stimulus.once_s < LAG * case.can.settle_s:
            yield Advice(case.parameter("period"), Sentence(
                LAGGING, ((step.stimulus.once_s, "s"), (LAG * case.can.settle_s, "s"))))
            return


def spikes_apart(case: Case) -> Iterator[Advice]:
    """Pairs of which no one is a pair."""
    pairs = list(case.main(Role.SPIKE_PAIR))
    if not pairs or any(map(_overlaps, pairs)):
        return
    delays = [abs(float(step.stimulus.labels["dt_s"])) for step in pairs]
    shortest = pairs[delays.index(min(delays))]
    lasting = sum(stop_s - start_s for start_s, stop_s in _spans(shortest))
    yield Advice(case.parameter("delay"), Sentence(APART, ((min(delays), "s"), (lasting, "s"))))


def _spans(step: Step) -> list[tuple[float, float]]:
    """From where to where each electrode is driven."""
    found = []
    for waveform in (step.stimulus.top, step.stimulus.bottom):
        t_s, v_v = waveform.vertices()
        driven = [k for k, v in enumerate(v_v) if v]
        if driven:
            found.append((float(t_s[max(driven[0] - 1, 0)]),
                          float(t_s[min(driven[-1] + 1, t_s.size - 1)])))
    return found


def _overlaps(step: Step) -> bool:
    spans = _spans(step)
    return len(spans) < 2 or max(a for a, _ in spans) < min(b for _, b in spans)


def feeble_pulses(case: Case) -> Iterator[Advice]:
    """Pulses that do nothing, whatever the device's resistance is."""
    for sign, needed_v in ((1, case.profile.v_set_v), (-1, case.profile.v_reset_v)):
        levels = [v for step in case.main(Role.PROGRAM)
                  if (v := float(step.stimulus.labels.get("amplitude_v", 0.0))) * needed_v > 0]
        if not levels:
            continue
        largest_v = max(levels, key=abs)
        most_v = at_device(largest_v, case.profile.r_max_ohm, case.series)
        if abs(most_v) < WEAK * abs(needed_v):
            yield Advice(_levelled(case, sign), Sentence(
                FEEBLE, ((largest_v, "V"), (most_v, "V"), (needed_v, "V"))))


def _levelled(case: Case, sign: int) -> str:
    """The parameter of the levels that set (+1) or reset (-1)."""
    names = [name for name, where in case.protocol.realised.items()
             if where.quantity == "level" and where.block == "program"]
    return names[0 if sign > 0 else -1] if names else ""


def held_current(case: Case) -> Iterator[Advice]:
    """A limit of the current that holds most of a loop."""
    for step in case.main(Role.SWEEP):
        traces = [step.record.trace(*place) for place in step.record.blocks()]
        held = [bool(flag & Status.COMPLIANCE) for t in traces for flag in t.status.tolist()]
        if held and sum(held) > HELD * len(held):
            reach_v = max(abs(v) for v in step.stimulus.top.extrema())
            wanted_a = reach_v / (case.profile.r_min_ohm + case.series.ohm)
            yield Advice(case.parameter("limit"), Sentence(
                HELD_BACK, ((wanted_a, "A"), (100.0 * sum(held) / len(held), "%"))))
            return


def lasting_run(case: Case) -> Iterator[Advice]:
    """A run that nobody waits for."""
    if case.rehearsal.duration_s > LONG_S:
        yield Advice("", Sentence(LASTING, ((case.rehearsal.duration_s / LONG_S, "h"),)))


def too_many_points(case: Case) -> Iterator[Advice]:
    """Points that the instrument or the store suffer from."""
    total = 0
    for step in case.rehearsal.steps:
        points, _ = points_of(step.plan, "program")
        total += _measured(step.plan)
        if points > case.can.points_max:
            yield Advice(case.parameter("points"), Sentence(
                SPLIT, ((points, "1"), (case.can.points_max, "1"))))
    if total > MANY:
        yield Advice(case.parameter("points"), Sentence(
            HUGE, ((total / 1e6, "1"), (MANY / 1e6, "1"))))


def _measured(plan: Plan) -> int:
    once = sum(points_of(plan, kind)[0] for kind in ("program", "read"))
    return plan.repeat * max(once, plan.stimulus.points)


RULES: Sequence[Callable[[Case], Iterator[Advice]]] = (
    unseen_pulse, unsettled_pulse, disturbing_read, divided_level, noisy_read, coarse_step,
    lagging_sweep, spikes_apart, feeble_pulses, held_current, lasting_run, too_many_points,
)
"""All rules, in the order in which they are said."""
