"""What the device must not get. A limit never clips: it refuses before anything is sent."""

from __future__ import annotations

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

    :param v_high_v: highest and ``v_low_v`` lowest voltage at the device, with overshoot and
        level error, for any skew between the two sources and for either one missing.
    :param i_a: largest magnitude of the current at the smallest resistance of the profile.
    :param energy_j: most energy of one repeat, at the least favourable resistance.
    :param charge_c: most charge that passes in one repeat, both directions added.
    """

    v_high_v: float
    v_low_v: float
    i_a: float
    energy_j: float
    charge_c: float = 0.0


def worst_case(
    plan: Plan, profile: Profile, netlist: Netlist, capabilities: Capabilities
) -> WorstCase:
    """The extremes of a plan at the device."""
    cases = [_block_worst_case(b, plan, profile, netlist, capabilities) for b in plan.blocks]
    return WorstCase(
        v_high_v=max((c.v_high_v for c in cases), default=0.0),
        v_low_v=min((c.v_low_v for c in cases), default=0.0),
        i_a=max((c.i_a for c in cases), default=0.0),
        energy_j=sum(c.energy_j for c in cases),
        charge_c=sum(c.charge_c for c in cases),
    )


def _block_worst_case(
    block: PlannedBlock, plan: Plan, profile: Profile, netlist: Netlist,
    capabilities: Capabilities,
) -> WorstCase:
    series = netlist.thevenin()
    top, bottom = _reach(block.top), _reach(block.bottom)
    # Any skew, and either source missing: every value of the one can meet every value of the
    # other, and 0 V.
    high, low = top[1] - bottom[0], top[0] - bottom[1]
    high, low = (v * (1 + capabilities.margin_rel) for v in (high, low))
    high, low = high + capabilities.margin_v * (high > 0), low - capabilities.margin_v * (low < 0)
    largest = max(high, -low)
    i_a = largest / (series.ohm + profile.r_min_ohm)
    if capabilities.compliance in {"hardware", "ideal"} and plan.stimulus.compliance_a:
        i_a = min(i_a, plan.stimulus.compliance_a)
    r = min(max(series.ohm, profile.r_min_ohm), profile.r_max_ohm)
    square = block.top.square_v2s + block.bottom.square_v2s
    # (a - b)^2 <= 2 a^2 + 2 b^2 bounds the difference for any skew.
    factor = 1.0 if block.top.is_zero or block.bottom.is_zero else 2.0
    charge_c = (block.top.magnitude_vs + block.bottom.magnitude_vs) / (
        series.ohm + profile.r_min_ohm)
    return WorstCase(v_high_v=high, v_low_v=low, i_a=i_a, charge_c=charge_c,
                     energy_j=factor * square * r / (r + series.ohm) ** 2)


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
    if worst.v_high_v > profile.v_max_v:
        _refuse(where, "voltage at the device", worst.v_high_v, profile.v_max_v, "V", "at most")
    if worst.v_low_v < profile.v_min_v:
        _refuse(where, "voltage at the device", worst.v_low_v, profile.v_min_v, "V", "at least")
    if worst.i_a > profile.i_max_a:
        _refuse(where, "current", worst.i_a, profile.i_max_a, "A", "at most")
    if worst.energy_j > profile.energy_max_j:
        _refuse(where, "energy of one repeat", worst.energy_j, profile.energy_max_j, "J", "at most")
    if worst.charge_c > profile.charge_max_c:
        _refuse(where, "charge of one repeat", worst.charge_c, profile.charge_max_c, "C", "at most")
    _check_reads(plan, profile, where, capabilities)


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
        _refuse(where, "read voltage", asked, profile.read_limit_v, "V", "at most")


def read_reach_v(plan: Plan) -> float:
    """Largest magnitude between the electrodes in any read of a plan, whatever the skew."""
    found = [0.0]
    for block in plan.blocks:
        if block.kind == "read":
            top, bottom = _reach(block.top), _reach(block.bottom)
            found.append(max(top[1] - bottom[0], bottom[1] - top[0]))
    return max(found)


def _refuse(
    where: str, what: str, asked: float, allowed: float, unit: str, bound: str
) -> None:
    message = (
        f"{where}: {what} of {format_quantity(asked, unit)} requested (worst case), the profile "
        f"allows {bound} {format_quantity(allowed, unit)}; nothing was sent"
    )
    raise LimitError(message)


def count_pulses(plan: Plan) -> int:
    """How many program pulses a plan puts on the device."""
    return plan.repeat * sum(b.kind == "program" for b in plan.blocks)
