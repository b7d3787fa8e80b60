"""What the device must not get. A limit never clips: it refuses before anything is sent."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memrig.hil.bench import Capabilities
from memrig.hil.errors import LimitError, ProfileError
from memrig.hil.netlist import Netlist
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.profile import Profile
from memrig.hil.units import format_quantity
from memrig.hil.waveform import Waveform


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCase:
    """The most that a plan can put on the device, whatever the skew between its sources.

    Steady figures are those of the sources behind their series resistance; transient ones come on
    top of them when the device switches: what capacitors around it hold, and what flows until a
    current limit of the hardware answers.

    :param v_high_v: highest and ``v_low_v`` lowest voltage at the device, with overshoot and
        level error, for any skew between the two sources and for either one missing.
    :param i_high_a: highest and ``i_low_a`` lowest current at the smallest resistance of the
        profile.
    :param energy_j: most energy of one repeat, at the least favourable resistance.
    :param charge_c: most charge that passes in one repeat, both directions added.
    :param slew_v_per_s: steepest change of a source; 0 where the profile allows any.
    :param transient_a: largest magnitude of the current while the device switches.
    :param transient_c: most charge of one repeat that comes on top of ``charge_c``.
    :param transient_j: most energy of one repeat that comes on top of ``energy_j``.
    """

    v_high_v: float = 0.0
    v_low_v: float = 0.0
    i_high_a: float = 0.0
    i_low_a: float = 0.0
    energy_j: float = 0.0
    charge_c: float = 0.0
    slew_v_per_s: float = 0.0
    transient_a: float = 0.0
    transient_c: float = 0.0
    transient_j: float = 0.0

    @property
    def i_a(self) -> float:
        """Largest magnitude of the steady current."""
        return max(self.i_high_a, -self.i_low_a)

    @property
    def total_j(self) -> float:
        """Energy of one repeat, steady and transient."""
        return self.energy_j + self.transient_j

    @property
    def total_c(self) -> float:
        """Charge of one repeat, steady and transient."""
        return self.charge_c + self.transient_c


HALVINGS = 50
"""Of the voltage at a device behind a resistor, until it is known."""
SUMS = ("energy_j", "charge_c", "transient_c", "transient_j")
"""What the blocks of a plan add up to; of everything else the extreme counts."""


def worst_case(
    plan: Plan, profile: Profile, netlist: Netlist, capabilities: Capabilities
) -> WorstCase:
    """The extremes of a plan at the device."""
    return _joined([_block_worst_case(block, plan, profile, netlist, capabilities)
                    for block in plan.blocks])


def _joined(cases: Sequence[WorstCase]) -> WorstCase:
    if len(cases) == 1:
        return cases[0]
    found = {}
    for name in (field.name for field in dataclasses.fields(WorstCase)):
        values = [float(getattr(case, name)) for case in cases]
        joined = sum if name in SUMS else min if name in {"v_low_v", "i_low_a"} else max
        found[name] = float(joined([0.0, *values]))
    return WorstCase(**found)


def _block_worst_case(
    block: PlannedBlock, plan: Plan, profile: Profile, netlist: Netlist,
    capabilities: Capabilities,
) -> WorstCase:
    series, limit_a = netlist.thevenin(), _limit_a(plan, capabilities)
    high, low = _reach_at_device(block, capabilities)
    high_ohm, low_ohm = (_device_ohm(reach_v, series.ohm, profile) for reach_v in (high, -low))
    device_ohm = min(high_ohm, low_ohm)
    least_ohm = series.ohm + device_ohm
    r = min(max(series.ohm, device_ohm), profile.r_max_ohm)
    square, magnitude = _integrals(block, capabilities)
    through_c, through_j = _through_limit(high, low, least_ohm, limit_a, capabilities)
    held_c = _held_c(block, netlist)
    return WorstCase(
        v_high_v=high, v_low_v=low,
        i_high_a=min(high / (series.ohm + high_ohm), limit_a),
        i_low_a=max(low / (series.ohm + low_ohm), -limit_a),
        energy_j=square * r / (r + series.ohm) ** 2, charge_c=magnitude / least_ohm,
        slew_v_per_s=max(one.steepest_v_per_s(capabilities.edge_s)
                         for one in (block.top, block.bottom)) if profile.slew_max_v_per_s else 0.0,
        transient_a=max(high, -low) / (
            profile.least_ohm(max(high, -low)) if held_c else least_ohm),
        transient_c=held_c + through_c,
        transient_j=0.5 * held_c * max(high, -low) + through_j,
    )


def _device_ohm(reach_v: float, series_ohm: float, profile: Profile) -> float:
    """Smallest resistance of the device behind a series resistance: where it conducts better the
    more it gets, it gets the less the better it conducts."""
    if not (profile.sinh_v and series_ohm):
        return profile.least_ohm(reach_v)
    low_v, high_v = 0.0, reach_v
    for _ in range(HALVINGS):
        middle_v = 0.5 * (low_v + high_v)
        if middle_v * (1.0 + series_ohm / profile.least_ohm(middle_v)) > reach_v:
            high_v = middle_v
        else:
            low_v = middle_v
    return profile.least_ohm(high_v)


def _integrals(block: PlannedBlock, capabilities: Capabilities) -> tuple[float, float]:
    """Largest integrals of the square and of the magnitude of the voltage between the electrodes.

    Whatever the skew, the norm of a difference is at most the sum of the norms.
    """
    grown, parts = 1.0 + capabilities.margin_rel, (block.top, block.bottom)
    length_s = sum(one.duration_s for one in parts if not one.is_zero)
    norm = (grown * sum(math.sqrt(one.square_v2s) for one in parts)
            + capabilities.margin_v * math.sqrt(length_s))
    magnitude = (grown * sum(one.magnitude_vs for one in parts)
                 + capabilities.margin_v * length_s)
    return norm**2, magnitude


def _apart(block: PlannedBlock) -> tuple[float, float]:
    """Highest and lowest open-circuit voltage between the electrodes, volts.

    Any skew, and either source missing: every value of the one can meet every value of the other,
    and 0 V.
    """
    top, bottom = _reach(block.top), _reach(block.bottom)
    return top[1] - bottom[0], top[0] - bottom[1]


def _reach_at_device(block: PlannedBlock, capabilities: Capabilities) -> tuple[float, float]:
    """The same with overshoot, level error and offset."""
    high, low = (v * (1 + capabilities.margin_rel) for v in _apart(block))
    return (high + capabilities.margin_v * (high > 0), low - capabilities.margin_v * (low < 0))


def held(plan: Plan, profile: Profile) -> Plan:
    """The plan, its hardware's current limit no higher than the profile's.

    The limit holds in both directions: where they differ, the larger one counts. On the range
    that the plan needs the instrument has none below ``compliance_min_a``.
    """
    planned_a, least_a = (plan.settings.get(f"compliance_{key}") for key in ("a", "min_a"))
    if planned_a is None or least_a is None:
        return plan  # resistors limit, or it was stored by an earlier version
    limit_a = min(planned_a, max(profile.i_max_a, -profile.i_lowest_a, least_a))
    if limit_a == planned_a:
        return plan
    return dataclasses.replace(plan, settings={**plan.settings, "compliance_a": limit_a})


def _limit_a(plan: Plan, capabilities: Capabilities) -> float:
    """What the hardware limits the current to; infinite where only resistors do."""
    limits = capabilities.compliance in {"hardware", "ideal"} and plan.stimulus.compliance_a
    return float(plan.stimulus.compliance_a) if limits else math.inf


def _through_limit(
    high: float, low: float, least_ohm: float, limit_a: float, capabilities: Capabilities
) -> tuple[float, float]:
    """Charge and energy that pass before the hardware's limit answers, once for each sign."""
    if math.isinf(limit_a):
        return 0.0, 0.0
    beyond_a = [max(v / least_ohm - limit_a, 0.0) for v in (high, -low)]
    charge_c = capabilities.limit_response_s * sum(beyond_a)
    return charge_c, charge_c * max(high, -low)


def _held_c(block: PlannedBlock, netlist: Netlist) -> float:
    """Charge that capacitors around the device give up in a block, coulombs: at most what every
    rise of a source has filled them with."""
    farad = sum(one.value for one in netlist.of_kind("capacitor"))
    return 0.5 * farad * (block.top.travel_v + block.bottom.travel_v) if farad else 0.0


def _reach(waveform: Waveform) -> tuple[float, float]:
    low, high = waveform.extrema()
    return min(low, 0.0), max(high, 0.0)


def check(
    plan: Plan, profile: Profile, netlist: Netlist, capabilities: Capabilities,
    *, protocol: str = "",
) -> WorstCase:
    """Refuse a plan that the device must not get; return its worst case otherwise.

    :raises LimitError: with what was asked, what is allowed, in volts, amperes or joules.
    :raises ProfileError: when the device's state or the profile forbids the experiment.
    """
    worst = worst_case(plan, profile, netlist, capabilities)
    judge(plan, worst, profile, capabilities, protocol=protocol)
    return worst


def judge(
    plan: Plan, worst: WorstCase, profile: Profile, capabilities: Capabilities, *,
    protocol: str = "",
) -> None:
    """Refuse a plan with a worst case that the device must not get; raises what ``check`` does."""
    _check_permission(plan, profile, protocol)
    where = f"{protocol or 'plan'}, {plan.stimulus.role} stimulus"
    for use in uses(worst, profile):
        if use.exceeded:
            _refuse(where, use)
    _check_reads(plan, profile, where, capabilities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a plan takes of one limit, in its worst case."""

    what: str
    asked: float
    allowed: float
    unit: str

    @property
    def exceeded(self) -> bool:
        """Whether it is beyond; a lower limit lies below zero. True for what is not a number."""
        inside = self.asked >= self.allowed if self.allowed < 0 else self.asked <= self.allowed
        return not inside


def uses(worst: WorstCase, profile: Profile) -> Iterator[Use]:
    """Every limit of one stimulus, with what a worst case takes of it."""
    for what, asked, allowed, unit in (
        ("voltage at the device", worst.v_high_v, profile.v_max_v, "V"),
        ("voltage at the device", worst.v_low_v, profile.v_min_v, "V"),
        ("current", worst.i_high_a, profile.i_max_a, "A"),
        ("current", worst.i_low_a, profile.i_lowest_a, "A"),
        ("energy of one repeat", worst.total_j, profile.energy_max_j, "J"),
        ("charge of one repeat", worst.total_c, profile.charge_max_c, "C"),
    ):
        yield Use(what=what, asked=asked, allowed=allowed, unit=unit)
    if profile.slew_max_v_per_s:
        yield Use(what="slew of a source", asked=worst.slew_v_per_s,
                  allowed=profile.slew_max_v_per_s, unit="V/s")


def _check_permission(plan: Plan, profile: Profile, protocol: str) -> None:
    if profile.protocols and protocol and protocol not in profile.protocols:
        allowed = ", ".join(profile.protocols)
        message = f"profile {profile.name} allows {allowed}, not {protocol}; nothing was sent"
        raise ProfileError(message)
    programs = any(b.kind == "program" for b in plan.blocks)
    if programs and profile.state != "formed":
        message = (
            f"the device's state is {profile.state!r}: only reads of at most "
            f"{format_quantity(profile.read_limit_v, 'V')} are allowed until the profile says "
            "'formed'; nothing was sent"
        )
        raise ProfileError(message)


def _check_reads(
    plan: Plan, profile: Profile, where: str, capabilities: Capabilities
) -> None:
    allowed = profile.read_limit_v * (1 + capabilities.margin_rel + 1e-9) + capabilities.margin_v
    asked = read_reach_v(plan)
    if asked > allowed:
        _refuse(where, Use(what="read voltage", asked=asked, allowed=profile.read_limit_v,
                           unit="V"))


def read_reach_v(plan: Plan) -> float:
    """Largest magnitude between the electrodes in any read of a plan, whatever the skew."""
    return max((max(map(abs, _apart(block))) for block in plan.blocks if block.kind == "read"),
               default=0.0)


def _refuse(where: str, use: Use) -> None:
    bound = "at least" if use.allowed < 0 else "at most"
    message = (
        f"{where}: {use.what} of {format_quantity(use.asked, use.unit)} requested (worst case), "
        f"the profile allows {bound} {format_quantity(use.allowed, use.unit)}; nothing was sent"
    )
    raise LimitError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a run may have put on the device so far: pulses, and energy in joules."""

    pulses: int = 0
    energy_j: float = 0.0

    def after(self, plan: Plan, worst: WorstCase, profile: Profile) -> Spent:
        """With a plan that comes next.

        :raises LimitError: when that is more than the profile allows in one run.
        """
        spent = Spent(pulses=self.pulses + count_pulses(plan),
                      energy_j=self.energy_j + plan.repeat * worst.total_j)
        if spent.pulses > profile.pulses_max:
            message = (
                f"{spent.pulses} program pulses on the device requested so far, the profile "
                f"{profile.name} allows {profile.pulses_max} in one run; nothing more was sent"
            )
            raise LimitError(message)
        if profile.energy_run_max_j and not spent.energy_j <= profile.energy_run_max_j:
            asked, allowed = (format_quantity(j, "J")
                              for j in (spent.energy_j, profile.energy_run_max_j))
            message = (
                f"{asked} into the device requested so far (worst case), the profile "
                f"{profile.name} allows {allowed} in one run; nothing more was sent"
            )
            raise LimitError(message)
        return spent


def count_pulses(plan: Plan) -> int:
    """How many program pulses a plan puts on the device."""
    return plan.repeat * sum(b.kind == "program" for b in plan.blocks)
