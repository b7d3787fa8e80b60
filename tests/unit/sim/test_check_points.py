"""Numbers of the publications, closed forms, and traps that other codes fell into."""

from __future__ import annotations

import math

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.errors import RequestError
from memrig.sim import models, simulate


def sine(amplitude_v: float, f_hz: float, periods: int, per_period: int = 4000) -> Waveform:
    n = per_period * periods
    t_s = np.linspace(0.0, periods / f_hz, n + 1)
    return Waveform(t_s=t_s, v_v=amplitude_v * np.sin(2 * np.pi * np.arange(n + 1) / per_period))


def level(v_v: float, duration_s: float) -> Waveform:
    return Waveform(t_s=[0.0, duration_s], v_v=[v_v, v_v])


def after(model: models.Model, v_v: float, duration_s: float, x0: float) -> float:
    return float(simulate(model, level(v_v, duration_s), x0=x0, integrator="auto").x[-1])


# --- HP


def test_hp_without_a_window_is_a_function_of_the_charge() -> None:
    model = models.create("hp", window="none")
    done = simulate(model, sine(1.0, 1e3, 1), x0=0.3, integrator="rk4")
    charge_c = np.concatenate([[0.0], np.cumsum(
        0.5 * (done.i_a[1:] + done.i_a[:-1]) * np.diff(done.t_s))])
    k = 1e-11 * 100.0 / 1e-16
    assert np.abs(done.x - 0.3 - k * charge_c).max() < 1e-6


def test_a_symmetric_window_returns_after_every_period() -> None:
    model = models.create("hp", window="joglekar", p=2.0)
    done = simulate(model, sine(1.0, 1e3, 3), x0=0.3, integrator="rk4")
    ends = np.interp([1e-3, 2e-3, 3e-3], done.t_s, done.x)
    assert np.abs(ends - 0.3).max() < 1e-8


def test_joglekar_with_p_1_follows_the_closed_form_of_its_resistance() -> None:
    """Biolek 2013, equation 11, for R.1: resistance against charge."""
    model = models.create("hp", set="biolek-2013")
    t_s = np.linspace(0.0, 1.0, 4001)
    done = simulate(model, Waveform(t_s=t_s, v_v=np.ones(4001)), x0=model.x0, integrator="rk4")
    charge_c = np.concatenate([[0.0], np.cumsum(
        0.5 * (done.i_a[1:] + done.i_a[:-1]) * np.diff(done.t_s))])
    k, a = 1e-14 * 100.0 / 1e-16, (5e3 - 100.0) / (10e3 - 5e3)
    for wanted_c, ohm in ((10e-6, 4025.0356), (50e-6, 1259.2705), (100e-6, 274.5650)):
        closed = 10e3 + (100.0 - 10e3) / (a * math.exp(-4 * k * wanted_c) + 1.0)
        assert closed == pytest.approx(ohm, abs=1e-4)
        x = float(np.interp(wanted_c, charge_c, done.x))
        assert 1.0 / model.slope_at(0.0, x) == pytest.approx(ohm, rel=1e-4)


@pytest.mark.parametrize(("p", "largest"), [(1.0, 0.25), (2.0, 0.4375), (10.0, 0.943687)])
def test_the_largest_value_of_prodromakis(p: float, largest: float) -> None:
    model = models.create("hp", window="prodromakis", p=p)
    assert model.window_at(1.0, 0.5) == pytest.approx(largest, abs=1e-6)


def test_a_state_that_is_stuck_is_said_to_be() -> None:
    """Biolek 2009, Fig. 5c: in doubles x becomes 1 and never leaves."""
    model = models.create("hp", set="biolek-5c")
    done = simulate(model, sine(2.0, 1.0, 1, 500), x0=model.x0, integrator="rk4")
    assert "window joglekar lets nothing leave a bound" in done.advice
    mild = simulate(model, sine(0.02, 1.0, 1, 500), x0=model.x0, integrator="rk4")
    assert mild.advice == ""


def test_other_windows_do_leave_the_bound() -> None:
    model = models.create("hp", window="biolek", p=2.0)
    assert model.rate_at(-1.0, 1.0) < 0.0 < model.rate_at(1.0, 0.0)


# --- VTEAM, TEAM


def test_vteam_check_points() -> None:
    model = models.create("vteam", set="default")
    assert model.rate_at(1.0, 1e-9) == pytest.approx(0.0245)
    assert model.rate_at(-1.0, 1e-9) == pytest.approx(-640.0)
    assert model.current_at(1.0, 0.0) == pytest.approx(20e-3)


@pytest.mark.parametrize("v_v", [0.02, -0.2, 0.0, 0.02 * (1 - 1e-16)])
def test_nothing_moves_at_a_threshold_or_within(v_v: float) -> None:
    model = models.create("vteam", alpha_on=2.5, alpha_off=1.5)
    assert model.rate_at(v_v, 1e-9) == 0.0
    assert float(model.rate(v_v, 1e-9)) == 0.0  # and no NaN from a power


def test_pt_hf_ti_switches_within_nanoseconds() -> None:
    model = models.create("vteam", set="pt-hf-ti")
    assert 1e-8 / -model.rate_at(-0.6, 5e-9) == pytest.approx(54e-9, rel=0.02)
    assert 1e-8 / -model.rate_at(-1.0, 5e-9) == pytest.approx(0.18e-9, rel=0.02)
    assert 1e-8 / model.rate_at(1.0, 5e-9) == pytest.approx(0.248, rel=0.01)


def test_thresholds_of_one_sign_are_refused() -> None:
    with pytest.raises(RequestError, match=r"i_on_a: 8\.9 uA was asked; allowed: -inf A to 0 A"):
        models.create("team", i_on_a=8.9e-6)
    with pytest.raises(RequestError, match=r"vteam: v_on_v 0 V and v_off_v 0\.02 V were asked"):
        models.create("vteam", v_on_v=0.0)


def test_the_three_laws_of_resistance_meet_at_the_bounds() -> None:
    for law in ("linear", "exponential", "conductance"):
        model = models.create("vteam", resistance=law)
        assert [model.resistance_at(x) for x in model.bounds] == pytest.approx([50.0, 1e3])
    middle = {law: models.create("vteam", resistance=law).resistance_at(1.5e-9)
              for law in ("linear", "exponential", "conductance")}
    assert middle["linear"] == pytest.approx(525.0)
    assert middle["exponential"] == pytest.approx(math.sqrt(50.0 * 1e3))
    assert 1.0 / middle["conductance"] == pytest.approx(0.5 * (1 / 50.0 + 1 / 1e3))


# --- Chang


def test_chang_check_points() -> None:
    model = models.create("chang")
    assert model.rate_at(1.4, 0.3) == pytest.approx(2.433804386, rel=1e-9)
    assert model.rate_at(2.5, 0.3) == pytest.approx(198.2381917446611, rel=1e-12)
    assert after(model, 1.4, 400e-6, 0.1) - 0.1 == pytest.approx(9.735217544e-4, rel=1e-9)
    assert model.current_at(1.0, 0.0) == pytest.approx(1.967346701e-7, rel=1e-9)
    assert model.current_at(-1.0, 0.0) == pytest.approx(-3.243606354e-7, rel=1e-9)
    assert model.current_at(1.0, 1.0) == pytest.approx(1.4507441631e-5, rel=1e-9)


def test_decay_is_exponential() -> None:
    model = models.create("chang", set="wox-short-term")
    assert after(model, 0.0, 0.03, 0.4) == pytest.approx(0.4 / math.e, rel=1e-12)


def test_writing_and_erasing_may_differ() -> None:
    """The form of 2011: lambda [exp(eta1 v) - exp(-eta2 v)]; on ramps and with decay, too."""
    plain = models.create("chang", eta3=2.5)
    assert plain.rate_at(1.4, 0.3) == pytest.approx(0.5 * 0.018 * (math.exp(5.6) - math.exp(-3.5)))
    assert plain.rate_at(-1.4, 0.3) == pytest.approx(0.5 * 0.018 * (math.exp(-5.6) - math.exp(3.5)))
    ramp = Waveform(t_s=[0.0, 2e-3, 2e-3, 9e-3], v_v=[0.2, 2.2, -1.0, -2.4])
    for model in (plain, models.create("chang", set="wox-short-term", eta3=2.5)):
        flow, stepped = (simulate(model, ramp, x0=0.1, integrator=name).x[-1]
                         for name in ("flow", "rk4"))
        assert flow == pytest.approx(stepped, abs=1e-9)
        assert flow != pytest.approx(0.1, abs=1e-3)


def test_what_is_strong_may_be_remembered_longer() -> None:
    """dw/dt = -w/(tau + c w): tau ln(w0/w) + c (w0 - w) = t. At w = 1 writing holds the balance."""
    model = models.create("chang", set="wox-short-term", tau_growth_s=0.2)
    w = after(model, 0.0, 0.1, 0.8)
    assert 0.03 * math.log(0.8 / w) + 0.2 * (0.8 - w) == pytest.approx(0.1, rel=1e-9)
    for one in (model, models.create("chang", set="wox-short-term", tau_growth_s=0.2, eta3=2.5)):
        assert one.rate_at(one.native_kinks[1], 1.0) == pytest.approx(0.0, abs=1e-11)
    assert not model.closed_form


# --- Stanford-PKU


def test_stanford_check_points() -> None:
    model = models.create("stanford-pku")
    for gap_m, ohm in ((0.2e-9, 541.82065), (1.7e-9, 218586.05)):
        assert 0.1 / model.current_at(0.1, gap_m) == pytest.approx(ohm, rel=1e-7)
    assert model.rate_at(1.0, 1.2e-9) == pytest.approx(-5.20851761e-5, rel=1e-8)
    assert model.rate_at(-1.0, 0.2e-9) == pytest.approx(3.55941531e-4, rel=1e-8)
    assert model.rate_at(0.7, 1.2e-9) == pytest.approx(-1.47238131e-6, rel=1e-8)


@pytest.mark.parametrize(("gap_nm", "threshold_v"), [(0.2, 1.050), (1.2, 1.149), (1.7, 1.392)])
def test_f_min_is_a_hidden_threshold(gap_nm: float, threshold_v: float) -> None:
    model = models.create("stanford-pku", f_min_v_per_m=1.4e9)
    assert model.rate_at(threshold_v - 0.001, gap_nm * 1e-9) == 0.0
    assert model.rate_at(threshold_v + 0.001, gap_nm * 1e-9) < 0.0


def test_a_state_is_held_between_its_bounds() -> None:
    """MemriBoard clips w only where there is noise: 1 ms at -1.7 V from 0.99 gave 1.256."""
    assert after(models.create("guseinov"), -1.7, 1e-3, 0.99) == 1.0
    assert after(models.create("chang"), -2.5, 1e-2, 0.1) == 0.0
    lowest = after(models.create("yakopcic"), -0.5, 1.0, 0.1)
    assert lowest == pytest.approx(1e-4, rel=1e-12)  # x = 0 would pass nothing


def test_a_negative_number_for_a_negative_threshold_is_refused() -> None:
    with pytest.raises(RequestError, match=r"v_n_v: -150 mV was asked; allowed: 0 V to inf V"):
        models.create("yakopcic", v_n_v=-0.15)


def test_a_voltage_without_sense_overflows_nothing() -> None:
    model = models.create("stanford-pku")
    assert math.isfinite(model.rate_at(1e4, 1e-9))
    assert math.isfinite(model.current_at(-1e4, 1e-9))


# --- Messaris


def test_messaris_check_points() -> None:
    model = models.create("messaris")
    assert after(model, -2.2, 100e-6, 5200.0) == pytest.approx(5077.420909, abs=1e-5)
    assert after(model, 2.1, 100e-6, 5000.0) == pytest.approx(5154.248178, abs=1e-5)


@pytest.mark.parametrize(("v_v", "r_ohm"), [(2.1, 6995.3), (-2.2, 4361.3)])
def test_a_voltage_pulls_no_further_than_its_boundary(v_v: float, r_ohm: float) -> None:
    model = models.create("messaris")
    assert model.rate_at(v_v, r_ohm) == 0.0
    assert model.rate_at(v_v, 2e4 if v_v > 0 else 1e3) == 0.0


def test_where_the_boundaries_have_passed_each_other_nothing_moves() -> None:
    model = models.create("messaris")  # r_p(0.1) = 3271 ohm, r_n(-0.1) = 5155 ohm
    assert model.rate_at(0.1, 4e3) == model.rate_at(-0.1, 4e3) == 0.0


def test_the_device_of_2017_stays_where_its_paper_saw_it() -> None:
    """A level: 1/(r - R) grows by s t. 0.8 V both ways: 10 to 17 kohm, Fig. 3(d)."""
    model = models.create("messaris", set="tiox-2017")
    for v_v, r_ohm, s, r0_ohm in (
        (0.8, 17_160 + 120.0, 4.86e-5 * math.expm1(0.8 / 0.12), 12_600.0),
        (-0.8, 24_810 - 14_328.0, -1.09e-3 * math.expm1(0.8 / 0.18), 14_900.0),
    ):
        assert model.rate_at(v_v, r0_ohm) == pytest.approx(s * (r_ohm - r0_ohm) ** 2)
        for pulse_s in (1e-9, 1e-4, 0.05, 1e3):
            wanted = r_ohm - 1.0 / (1.0 / (r_ohm - r0_ohm) + s * pulse_s)
            found = after(model, v_v, pulse_s, r0_ohm)
            assert found - r0_ohm == pytest.approx(wanted - r0_ohm, rel=1e-10, abs=1e-11)
        assert after(model, v_v, 1e-3, r_ohm) == r_ohm
    assert model.current_at(0.2, 13_650.0) == pytest.approx(0.2 / 13_650.0)


def test_far_from_the_boundary_nothing_overflows() -> None:
    model = models.create("messaris", r_high_ohm=1e6)
    assert math.isfinite(model.rate_at(-2.2, 1e6))
    assert np.isfinite(model.rate(np.array([-2.2, 2.2]), 1e6)).all()


# --- MSS


def test_mss_check_points() -> None:
    model = models.create("mss")
    thermal_v = 1.380649e-23 * 298.5 / 1.602176634e-19
    assert thermal_v == pytest.approx(25.72274e-3, rel=1e-6)
    tiny = 1.0 / (1.0 + math.exp(0.54 / thermal_v))  # P_off where P_on is a half
    assert model.rate_at(0.27, 0.0) * 1e-4 == pytest.approx(0.5)
    assert -model.rate_at(0.27, 1.0) * 1e-4 == pytest.approx(tiny)
    assert model.rate_at(0.3, 0.0) * 1e-4 == pytest.approx(0.7624725348, rel=1e-9)


def test_mss_relaxes_to_a_half_within_seconds() -> None:
    assert after(models.create("mss"), 0.0, 1.8, 0.9) - 0.5 == pytest.approx(0.4 / math.e, rel=0.02)


# --- Pershin


def test_the_smallest_resistance_of_pershin_has_a_closed_form() -> None:
    model = models.create("pershin", set="r2-2013")
    done = simulate(model, sine(5.0, 50e6, 3, 40_000), x0=5e3, integrator="flow")
    ratio, beta = 5.0 / 4.6, 1e13
    drop = beta * 4.6 / (2 * math.pi * 50e6) * (
        2 * math.sqrt(ratio**2 - 1) - math.pi + 2 * math.asin(1 / ratio))
    assert 10e3 - drop == pytest.approx(3181.8708047, abs=1e-6)
    assert float(done.x[-40_000:].min()) == pytest.approx(10e3 - drop, rel=1e-6)


# --- Pickett


def test_pickett_check_points() -> None:
    model = models.create("pickett")
    assert model.current_at(0.3, 1.2) == pytest.approx(1.2459071587e-4, rel=1e-9)
    assert model.current_at(1.1, 1.7) == pytest.approx(3.568687e-4, rel=1e-6)
    assert model.rate_at(0.3, 1.2) == pytest.approx(0.0282891798, rel=1e-7)


def test_pickett_says_something_at_every_voltage_and_gap() -> None:
    model = models.create("pickett")
    for v_v in (-5.0, -1.6, -1e-12, 0.0, 1e-12, 1.6, 5.0):
        for w in model.bounds:
            assert math.isfinite(model.rate_at(v_v, w))
            assert math.isfinite(model.slope_at(v_v, w))


# --- Guseinov with a window, Yakopcic of 2020


def test_a_window_of_guseinov_stops_at_both_bounds() -> None:
    model = models.create("guseinov", window_p=2.0)
    assert model.rate_at(-1.7, 0.0) == 0.0
    assert model.rate_at(1.4, 1.0) == 0.0
    assert model.rate_at(-1.7, 0.5) == pytest.approx(266.27920, rel=1e-7)
    assert after(model, 1.4, 2e-3, 0.9) > 0.0  # without one it is there after 1.5 ms


def test_the_extension_of_yakopcic_conducts_at_x_0() -> None:
    model = models.create("yakopcic", set="nb-srtio3")
    assert model.bounds == (0.0, 1.0)
    assert model.current_at(1.0, 0.0) == pytest.approx(1.5e-5 * math.sinh(6.91))
    assert model.current_at(-1.0, 0.0) == pytest.approx(-4.4e-7 * math.sinh(2.6))
    assert model.current_at(-1.0, 1.0) == pytest.approx(-1.7e-4 * math.sinh(3.23))
    assert model.rate_at(-1.0, 0.121) == pytest.approx(
        -10.0 * (math.e - math.exp(0.5)) * math.exp(0.121 - 0.242) * 0.5)
