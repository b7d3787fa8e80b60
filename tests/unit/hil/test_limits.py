"""What the device must not get is refused, with the whole sentence."""

import dataclasses
import math

import pytest

from memrig.hil import Stimulus, Waveform
from memrig.hil.bench import Capabilities
from memrig.hil.errors import LimitError, ProfileError
from memrig.hil.limits import Spent, check, count_pulses, worst_case
from memrig.hil.netlist import ideal
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.profile import Profile
from memrig.hil.stimulus import ReadWindow, Role

PROFILE = Profile(
    name="test", v_set_v=-1.0, v_reset_v=1.0, v_read_max_v=0.1, v_max_v=1.5, v_min_v=-1.5,
    i_max_a=1e-3, r_min_ohm=1e3, r_max_ohm=1e5, energy_max_j=1e-6, pulses_max=10, state="formed",
)
BENCH = Capabilities(
    v_max_v=10.0, pulse_min_s=1e-6, step_min_s=1e-9, points_max=1000, compliance="series-resistor",
    independent_bottom=True,
)


def pulse(volts: float, width_s: float = 1e-4) -> Waveform:
    return Waveform(t_s=[0, 0, width_s, width_s], v_v=[0, volts, volts, 0])


def plan(top: Waveform, bottom: Waveform | None = None, windows: tuple[ReadWindow, ...] = (),
         repeat: int = 1) -> Plan:
    stimulus = Stimulus(role=Role.PROGRAM, top=top, windows=windows, repeat=repeat,
                        bottom=Waveform.zero() if bottom is None else bottom)
    blocks = tuple(
        PlannedBlock(kind=b.kind, start_s=b.start_s, top=b.top, bottom=b.bottom, windows=b.windows)
        for b in stimulus.blocks
    )
    return Plan(stimulus=stimulus, bench="test", blocks=blocks, spacing_s=stimulus.spacing_s)


def test_within_the_limits_the_worst_case_is_returned() -> None:
    worst = check(plan(pulse(1.0)), PROFILE, ideal(1e3), BENCH)
    assert worst.v_high_v == pytest.approx(1.0)
    assert worst.v_low_v == 0.0
    assert worst.i_a == pytest.approx(1.0 / 2e3)
    assert worst.energy_j == pytest.approx(1e-4 * 1.0 * 1e3 / 2e3**2)


@pytest.mark.parametrize("series_ohm", [0.0, 1e3])
def test_a_device_that_is_no_resistor_conducts_more_at_its_program_voltage(
    series_ohm: float
) -> None:
    device = dataclasses.replace(PROFILE, sinh_v=0.2, i_max_a=1.0, energy_max_j=9.0)
    worst = check(plan(pulse(1.0)), device, ideal(series_ohm), BENCH)
    device_v = 1.0 - worst.i_a * series_ohm
    assert worst.i_a == pytest.approx(0.2 / 1e3 * math.sinh(device_v / 0.2))
    assert worst.charge_c == pytest.approx(1e-4 * worst.i_a)
    assert worst.energy_j >= 1e-4 * worst.i_a * device_v * (1 - 1e-9)
    with pytest.raises(LimitError, match=r"current of .* requested"):
        check(plan(pulse(1.0)), dataclasses.replace(device, i_max_a=0.99 * worst.i_a),
              ideal(series_ohm), BENCH)
    lower = plan(Waveform(t_s=[0, 0, 1, 1, 2, 2], v_v=[0, 1.0, 1.0, -0.3, -0.3, 0]))
    assert check(lower, device, ideal(series_ohm), BENCH).i_low_a == pytest.approx(
        -check(plan(pulse(0.3)), device, ideal(series_ohm), BENCH).i_high_a)
    steep = dataclasses.replace(device, sinh_v=1e-9)  # beyond what a number can hold
    with pytest.raises(LimitError, match=r"current of .* requested"):
        check(plan(pulse(1.0)), steep, ideal(0.0), BENCH)


def test_too_high_is_refused_with_what_was_asked_and_what_is_allowed() -> None:
    with pytest.raises(LimitError) as caught:
        check(plan(pulse(1.6)), PROFILE, ideal(1e3), BENCH, protocol="pulse")
    assert str(caught.value) == (
        "pulse, program stimulus: voltage at the device of 1.6 V requested (worst case), "
        "the profile allows at most 1.5 V; nothing was sent"
    )


def test_limits_hold_for_any_skew_between_the_channels() -> None:
    # Played in step, +1 V on both ends is 0 V at the device; with skew each stands alone, and
    # -1 V at the one may meet +1 V at the other.
    both = plan(pulse(1.0), pulse(1.0))
    assert worst_case(both, PROFILE, ideal(), BENCH).v_high_v == pytest.approx(1.0)
    assert worst_case(both, PROFILE, ideal(), BENCH).v_low_v == pytest.approx(-1.0)
    with pytest.raises(LimitError, match=r"voltage at the device of 1\.8 V"):
        check(plan(pulse(0.9), pulse(-0.9)), PROFILE, ideal(1e4), BENCH)


def test_overshoot_and_level_error_count() -> None:
    loose = Capabilities(
        v_max_v=10.0, pulse_min_s=1e-6, step_min_s=1e-9, points_max=1000, margin_rel=0.05,
        margin_v=0.01, compliance="series-resistor", independent_bottom=True,
    )
    worst = worst_case(plan(pulse(1.0)), PROFILE, ideal(), loose)
    assert worst.v_high_v == pytest.approx(1.06)


def test_current_is_that_of_the_smallest_resistance() -> None:
    with pytest.raises(LimitError, match=r"current of 1\.4 mA requested .* at most 1 mA"):
        check(plan(pulse(1.4)), PROFILE, ideal(), BENCH)


def test_energy_is_bounded() -> None:
    with pytest.raises(LimitError, match=r"energy of one repeat of 2\.5 uJ .* at most 1 uJ"):
        check(plan(pulse(1.0, 1e-2)), PROFILE, ideal(1e3), BENCH)


def test_reads_may_not_disturb() -> None:
    window = ReadWindow(start_s=5e-5, stop_s=1e-4)
    check(plan(pulse(0.1), windows=(window,)), PROFILE, ideal(1e3), BENCH)
    with pytest.raises(LimitError, match=r"read voltage of 110 mV .* at most 100 mV"):
        check(plan(pulse(0.11), windows=(window,)), PROFILE, ideal(1e3), BENCH)


def test_a_device_of_unknown_state_is_only_read() -> None:
    unknown = Profile.from_mapping({**PROFILE.to_json(), "state": "virgin"})
    with pytest.raises(ProfileError, match="'virgin': only reads of at most 50 mV"):
        check(plan(pulse(0.5)), unknown, ideal(1e3), BENCH)


def test_a_protocol_that_the_profile_does_not_name_is_refused() -> None:
    only = Profile.from_mapping({**PROFILE.to_json(), "protocols": ["read"]})
    with pytest.raises(ProfileError, match="allows read, not stdp; nothing was sent"):
        check(plan(pulse(0.5)), only, ideal(1e3), BENCH, protocol="stdp")


def test_pulses_are_counted_with_their_repeats() -> None:
    assert count_pulses(plan(pulse(1.0), repeat=7)) == 7


def test_each_direction_of_the_current_has_its_limit() -> None:
    gentle = Profile.from_mapping({**PROFILE.to_json(), "i_min_a": -2e-4})
    check(plan(pulse(1.0)), gentle, ideal(1e3), BENCH)
    with pytest.raises(LimitError) as caught:
        check(plan(pulse(-1.0)), gentle, ideal(1e3), BENCH, protocol="pulse")
    assert str(caught.value) == (
        "pulse, program stimulus: current of -500 uA requested (worst case), "
        "the profile allows at least -200 uA; nothing was sent"
    )


def test_edges_may_be_too_steep() -> None:
    """1 V within the 10 ns that the source's edge takes."""
    slow = Profile.from_mapping({**PROFILE.to_json(), "slew_max_v_per_s": 1e7})
    edged = dataclasses.replace(BENCH, edge_s=1e-8)
    with pytest.raises(LimitError, match=r"slew of a source of 100 MV/s .* at most 10 MV/s"):
        check(plan(pulse(1.0)), slow, ideal(1e3), edged)
    ramp = Waveform(t_s=[0, 1e-6, 2e-6], v_v=[0, 1.0, 0])
    assert check(plan(ramp), slow, ideal(1e3), edged).slew_v_per_s == pytest.approx(1e6)


def test_a_run_may_not_put_more_energy_on_the_device_than_its_profile_allows() -> None:
    """250 nJ a pulse, three of them in every plan: the second plan would make 1.5 uJ."""
    once = plan(pulse(1.0, 1e-3), repeat=3)
    tired = Profile.from_mapping({**PROFILE.to_json(), "energy_run_max_j": 1e-6})
    worst = check(once, tired, ideal(1e3), BENCH)
    spent = Spent().after(once, worst, tired)
    assert (spent.pulses, spent.energy_j) == (3, pytest.approx(7.5e-7))
    with pytest.raises(LimitError) as caught:
        spent.after(once, worst, tired)
    assert str(caught.value) == (
        "1.5 uJ into the device requested so far (worst case), the profile test allows 1 uJ in "
        "one run; nothing more was sent"
    )


@pytest.mark.parametrize("wrong", [
    {"i_min_a": 1e-3}, {"slew_max_v_per_s": -1.0}, {"energy_run_max_j": -1.0},
])
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ProfileError, match="i_min_a must be at most 0 A, slew_max_v_per_s at"):
        Profile.from_mapping({**PROFILE.to_json(), **wrong})


def test_a_limit_that_is_no_number_is_refused() -> None:
    """Where profiles are read, and where they are made."""
    with pytest.raises(ProfileError) as caught:
        Profile.from_mapping({**PROFILE.to_json(), "energy_run_max_j": float("nan")})
    assert str(caught.value) == (
        "profile: energy_run_max_j: nan was given; a finite number is needed")
    with pytest.raises(ProfileError, match="energy_run_max_j at least 0 J"):
        dataclasses.replace(PROFILE, energy_run_max_j=float("nan"))
