"""Generated plans against generated profiles: nothing outside is accepted, nothing inside refused.

What a plan can do to the device is found by trying it: the sources against each other at many
skews, either one alone, at several resistances within the known range, in dense samples.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memrig.hil import Stimulus, Waveform
from memrig.hil.bench import Capabilities
from memrig.hil.errors import LimitError
from memrig.hil.limits import check, worst_case
from memrig.hil.netlist import Netlist, ideal, single_channel
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.profile import Profile
from memrig.hil.stimulus import Role

Floats = npt.NDArray[np.float64]
CASES = int(os.environ.get("MEMRIG_PLANS", "1500"))
"""How many plans; the issue's 100,000 take some two minutes."""
SAMPLES, SKEWS, OHMS = 400, 5, 4
EDGE_S = 1e-8
CLOSE, SAMPLED = 1e-6, 0.01
"""What rounding may do to a figure, and sampling to an integral, relative."""


@dataclass(frozen=True)
class Case:
    """A plan on a bench, and the profile of the device on it."""

    plan: Plan
    profile: Profile
    netlist: Netlist
    bench: Capabilities

    @property
    def series_ohm(self) -> float:
        return self.netlist.thevenin().ohm

    def current_a(self, v_v: Floats) -> Floats:
        """The largest that sources of such voltages drive, shape (n,), by Newton's method: the
        device is the best conductor that the profile knows."""
        profile, ohm = self.profile, self.series_ohm
        if not profile.sinh_v:
            return v_v / (ohm + profile.r_min_ohm)
        most_a, turn_v = profile.sinh_v / profile.r_min_ohm, profile.sinh_v
        sign, v_v = np.sign(v_v), np.abs(v_v)
        i_a = np.minimum(v_v / ohm, most_a * np.sinh(np.minimum(v_v / turn_v, 700.0)))
        for _ in range(100):
            over_v = i_a * ohm + turn_v * np.arcsinh(i_a / most_a) - v_v
            i_a = np.maximum(i_a - over_v / (ohm + turn_v / np.hypot(i_a, most_a)), 0.0)
        return sign * i_a

    @property
    def sources(self) -> tuple[Waveform, Waveform]:
        return self.plan.blocks[0].top, self.plan.blocks[0].bottom


@dataclass(frozen=True)
class Figures:
    """What the device gets: extremes of voltage and current, energy, charge; the steepest slope
    of a source."""

    high_v: float
    low_v: float
    high_a: float
    low_a: float
    energy_j: float
    charge_c: float
    slew_v_per_s: float

    def within(self, case: Case) -> bool:
        """Whether nothing is beyond the profile."""
        profile, grown = case.profile, 1.0 + CLOSE
        return (self.high_v <= profile.v_max_v * grown and self.low_v >= profile.v_min_v * grown
                and self.high_a <= profile.i_max_a * grown
                and self.low_a >= profile.i_lowest_a * grown
                and self.energy_j <= profile.energy_max_j * (1.0 + SAMPLED)
                and self.charge_c <= profile.charge_max_c * (1.0 + SAMPLED)
                and self.slew_v_per_s <= (profile.slew_max_v_per_s or np.inf) * grown)


def cases(count: int) -> Iterator[Case]:
    rng = np.random.default_rng(20_260_101)
    for _ in range(count):
        ohm = 10 ** rng.uniform(1, 5)
        yield Case(
            _plan(rng), _profile(rng),
            single_channel(series_ohm=ohm) if rng.random() < 0.3 else ideal(ohm),
            Capabilities(v_max_v=10.0, pulse_min_s=0.0, step_min_s=0.0, points_max=1000,
                         compliance="series-resistor", independent_bottom=True, edge_s=EDGE_S,
                         margin_rel=rng.choice([0.0, 0.02]), margin_v=rng.choice([0.0, 5e-3])))


def _profile(rng: np.random.Generator) -> Profile:
    v_max_v, v_min_v = rng.uniform(0.5, 4.0), -rng.uniform(0.5, 4.0)
    low_ohm = 10 ** rng.uniform(2, 5)
    # What grows with the voltage is bounded by what the peak would do all the time: energy and
    # charge of such a device are refused early, and are left out.
    sinh_v, sums = (rng.uniform(0.1, 1.0), 1e9) if rng.random() < 0.3 else (0.0, 1.0)
    return Profile(
        name="any", v_set_v=0.5 * v_max_v, v_reset_v=0.5 * v_min_v, v_read_max_v=0.05,
        v_max_v=v_max_v, v_min_v=v_min_v, i_max_a=10 ** rng.uniform(-4, -2),
        i_min_a=-(10 ** rng.uniform(-4, -2)) if rng.random() < 0.5 else 0.0,
        r_min_ohm=low_ohm, r_max_ohm=low_ohm * 10 ** rng.uniform(0.1, 3), state="formed",
        sinh_v=sinh_v, energy_max_j=sums * 10 ** rng.uniform(-9, -5),
        charge_max_c=sums * 10 ** rng.uniform(-9, -6),
        slew_max_v_per_s=10 ** rng.uniform(4, 9) if rng.random() < 0.3 else 0.0)


def _plan(rng: np.random.Generator) -> Plan:
    bottom = _waveform(rng) if rng.random() < 0.5 else Waveform.zero()
    stimulus = Stimulus(role=Role.PROGRAM, top=_waveform(rng), bottom=bottom)
    blocks = tuple(PlannedBlock(kind=b.kind, start_s=b.start_s, top=b.top, bottom=b.bottom)
                   for b in stimulus.blocks)
    return Plan(stimulus=stimulus, bench="any", blocks=blocks, spacing_s=stimulus.spacing_s)


def _waveform(rng: np.random.Generator) -> Waveform:
    inner = int(rng.integers(1, 5))
    times_s = np.cumsum(10 ** rng.uniform(-7, -4, size=inner + 1))
    v_v = 0.7 * rng.normal(size=inner)
    if rng.random() < 0.5:  # steps up and down, as pulses have
        return Waveform(t_s=[0.0, 0.0, *times_s[:inner], times_s[inner - 1]],
                        v_v=[0.0, v_v[0], *v_v, 0.0])
    return Waveform(t_s=[0.0, *times_s], v_v=[0.0, *v_v, 0.0])


def tried(case: Case) -> Figures:
    """Play a plan in many of the ways that may happen, with the errors that sources may have."""
    top, bottom = case.sources
    length_s = max(top.duration_s, bottom.duration_s)
    grid_s = np.linspace(-length_s, 2.0 * length_s, SAMPLES)
    knots_s = [_around(one.vertices()[0]) for one in case.sources]
    apart = [_apart(case, skew_s, np.unique(np.concatenate(
        [grid_s, knots_s[0], knots_s[1] + skew_s])))
        for skew_s in np.linspace(-length_s, length_s, SKEWS)]
    series_ohm = case.series_ohm
    low, high = case.profile.r_min_ohm, case.profile.r_max_ohm
    ohms = [*np.geomspace(low, high, OHMS), float(np.clip(series_ohm, low, high))]
    high_v = max(0.0, *(float(v.max()) for _, v in apart))
    low_v = min(0.0, *(float(v.min()) for _, v in apart))
    high_a, low_a = map(float, case.current_a(np.array([high_v, low_v])))
    return Figures(
        high_v=high_v, low_v=low_v, high_a=high_a, low_a=low_a,
        energy_j=max(_integral(t, v * v) for t, v in apart)
        * max(r / (r + series_ohm) ** 2 for r in ohms),
        charge_c=max(_integral(t, np.abs(case.current_a(v))) for t, v in apart),
        slew_v_per_s=max(map(_steepest, case.sources)))


def _around(t_s: Floats) -> Floats:
    """Just before and just after vertices, where steps are."""
    return np.concatenate([t_s - 1e-13, t_s, t_s + 1e-13])


def _apart(case: Case, skew_s: float, t_s: Floats) -> tuple[Floats, Floats]:
    """Times, and the voltage between the electrodes with the bottom source late by a skew."""
    top, bottom = case.sources
    v_v = (np.interp(t_s, *top.vertices(), left=0.0, right=0.0)
           - np.interp(t_s - skew_s, *bottom.vertices(), left=0.0, right=0.0))
    played = _within(t_s, top) | _within(t_s - skew_s, bottom)
    off_v = case.bench.margin_v * np.where(v_v < 0, -1.0, 1.0) * played
    return t_s, v_v * (1.0 + case.bench.margin_rel) + off_v


def _within(t_s: Floats, waveform: Waveform) -> npt.NDArray[np.bool_]:
    """While a source plays, an offset is there even at 0 V."""
    return (t_s >= 0.0) & (t_s <= waveform.duration_s) & (not waveform.is_zero)


def _integral(t_s: Floats, values: Floats) -> float:
    return float(np.trapezoid(values, t_s))


def _steepest(waveform: Waveform) -> float:
    """With the 0 V that stand before and after; no edge is shorter than the source's own."""
    t_s, v_v = waveform.vertices()
    lasts_s = np.diff(np.concatenate([t_s[:1], t_s, t_s[-1:]]))
    change_v = np.abs(np.diff(np.concatenate([[0.0], v_v, [0.0]])))
    return float((change_v / np.maximum(lasts_s, EDGE_S)).max())


def refusal(case: Case) -> str:
    """What is said about a plan; empty where it is accepted."""
    try:
        check(case.plan, case.profile, case.netlist, case.bench)
    except LimitError as error:
        return str(error)
    return ""


def test_nothing_outside_is_accepted_and_nothing_inside_refused() -> None:
    accepted = refused = 0
    for case in cases(CASES):
        found, said = tried(case), refusal(case)
        if not said:
            accepted += 1
            assert found.within(case), case
            continue
        refused += 1
        # The bound of energy for any shapes is at most twice what two sources apart give; all
        # else is attained, but for what samples miss of integrals.
        low_v, high_v = _meeting(case)
        high_a, low_a = map(float, case.current_a(np.array([high_v, low_v])))
        attained = Figures(high_v, low_v, high_a, low_a, 2.1 * found.energy_j + _held_j(case),
                           1.03 * found.charge_c + _held_c(case), found.slew_v_per_s)
        assert not attained.within(case), (said, case)
    assert min(accepted, refused) > CASES / 10


def _meeting(case: Case) -> tuple[float, float]:
    """Lowest and highest of any value of the one source against any of the other, and 0 V."""
    values = [np.append(one.vertices()[1], 0.0) for one in case.sources]
    apart = np.subtract.outer(*values)
    apart = apart * (1.0 + case.bench.margin_rel) + case.bench.margin_v * np.sign(apart)
    return float(apart.min()), float(apart.max())


def _held_c(case: Case) -> float:
    """What capacitors have been filled with, by all rises of the sources."""
    farad = sum(one.value for one in case.netlist.of_kind("capacitor"))
    levels_v = [[0.0, *one.vertices()[1], 0.0] for one in case.sources]
    return 0.5 * farad * sum(float(np.abs(np.diff(one)).sum()) for one in levels_v)


def _held_j(case: Case) -> float:
    worst = worst_case(case.plan, case.profile, case.netlist, case.bench)
    return 0.5 * _held_c(case) * max(worst.v_high_v, -worst.v_low_v)


def test_a_figure_that_is_no_number_is_refused() -> None:
    case = next(cases(1))
    broken = Capabilities(**{**_fields(case.bench), "margin_rel": float("nan")})
    assert "requested" in refusal(Case(case.plan, case.profile, case.netlist, broken))


def _fields(bench: Capabilities) -> dict[str, object]:
    return {name: getattr(bench, name) for name in Capabilities.__dataclass_fields__}


def test_what_capacitors_hold_counts_as_charge() -> None:
    """A pulse of 1 V fills 230 pF with 230 pC; steady, 1 us through 11 kohm gives 90 pC."""
    pulse = Waveform(t_s=[0, 0, 1e-6, 1e-6], v_v=[0, 1.0, 1.0, 0])
    case = _of(pulse, single_channel(series_ohm=1e3), r_min_ohm=1e4)
    worst = worst_case(case.plan, case.profile, case.netlist, case.bench)
    farad = sum(one.value for one in case.netlist.of_kind("capacitor"))
    assert worst.transient_c == np.float64(farad) * 1.0
    assert worst.transient_a == 1.0 / 1e4
    assert "charge of one repeat" in refusal(_of(pulse, case.netlist, charge_max_c=farad))


def test_until_a_current_limit_answers_the_current_is_that_of_the_resistors() -> None:
    pulse = Waveform(t_s=[0, 0, 1e-3, 1e-3], v_v=[0, 1.0, 1.0, 0])
    plain = _of(pulse, ideal(), r_min_ohm=1e3)
    stimulus = Stimulus(role=Role.PROGRAM, top=pulse, compliance_a=1e-4)
    plan = Plan(stimulus=stimulus, bench="any", blocks=plain.plan.blocks,
                spacing_s=stimulus.spacing_s)
    bench = Capabilities(**{**_fields(plain.bench), "compliance": "hardware",
                            "limit_response_s": 5e-5})
    worst = worst_case(plan, plain.profile, plain.netlist, bench)
    assert (worst.i_high_a, worst.transient_a) == (1e-4, 1e-3)
    np.testing.assert_allclose(worst.transient_c, 5e-5 * (1e-3 - 1e-4))


def _of(pulse: Waveform, netlist: Netlist, **changed: float) -> Case:
    stimulus = Stimulus(role=Role.PROGRAM, top=pulse)
    blocks: Sequence[PlannedBlock] = [PlannedBlock(kind="program", start_s=0.0, top=pulse,
                                                   bottom=Waveform.zero())]
    profile = Profile(**{
        "name": "one", "v_set_v": 1.0, "v_reset_v": -1.0, "v_read_max_v": 0.1, "v_max_v": 2.0,
        "v_min_v": -2.0, "i_max_a": 1.0, "r_min_ohm": 1e3, "r_max_ohm": 1e5, "state": "formed",
        **changed})
    return Case(Plan(stimulus=stimulus, bench="any", blocks=tuple(blocks),
                     spacing_s=stimulus.spacing_s), profile, netlist,
                Capabilities(v_max_v=10.0, pulse_min_s=0.0, step_min_s=0.0, points_max=1000,
                             compliance="series-resistor", independent_bottom=True))
