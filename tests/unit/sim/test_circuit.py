"""The transient solver against closed forms and an independent integrator."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from memrig.hil.errors import RequestError
from memrig.hil.netlist import ideal, single_channel, smu, two_channel
from memrig.hil.waveform import Waveform
from memrig.sim.circuit import Circuit, Drive, Resistor, transient
from memrig.sim.models.guseinov import Guseinov

EDGE_S, WIDTH_S = 8.4e-9, 1e-4
PULSE = Waveform(t_s=[0.0, EDGE_S, WIDTH_S, WIDTH_S + EDGE_S], v_v=[0.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize("ohm", [1e3, 1e4, 1e5, 1e6])
def test_settled_levels_are_those_of_the_divider(ohm: float) -> None:
    netlist = single_channel()
    solved = transient(netlist, Resistor(ohm), {"top_drive": PULSE}, x0=0.0, stop_s=9e-5)
    seen = netlist.thevenin()
    expected_v = seen.weights["top_drive"] * ohm / (ohm + seen.ohm)
    assert solved.v_dut_v[-1] == pytest.approx(expected_v, rel=1e-9)
    assert solved.i_dut_a[-1] == pytest.approx(expected_v / ohm, rel=1e-9)


def test_edges_agree_with_an_independent_stiff_integrator() -> None:
    farad, ohm, series_ohm = 115e-12, 1e4, 1e3

    def derivative(t_s: float, node_v: list[float]) -> list[float]:
        top, bottom = node_v
        u_v = np.interp(t_s, PULSE.t_s, PULSE.v_v)
        i_a = (top - bottom) / ohm
        return [((u_v - top) / 50 - top / 1e6 - i_a) / farad,
                (i_a - bottom / series_ohm - bottom / 1e6) / farad]

    solved = transient(single_channel(), Resistor(ohm), {"top_drive": PULSE}, x0=0.0, stop_s=2e-4)
    start_s, begin_v = 0.0, [0.0, 0.0]
    for stop_s in (EDGE_S, WIDTH_S, WIDTH_S + EDGE_S, 1.02e-4):
        reference = solve_ivp(derivative, (start_s, stop_s), begin_v, method="Radau", rtol=1e-9,
                              atol=1e-12, dense_output=True)
        at_s = np.linspace(start_s, min(stop_s, start_s + 2e-6), 500)
        for row, node in zip(reference.sol(at_s), ("top", "bottom"), strict=True):
            assert np.abs(solved.at(at_s, solved.node_v[node]) - row).max() < 1e-3
        start_s, begin_v = stop_s, reference.y[:, -1]


def test_a_sudden_change_decays_with_rc() -> None:
    netlist = single_channel(top_farad=1e-9, bottom_farad=1e-18, series_ohm=1.0)
    pulse = Waveform(t_s=[0.0, 0.0, 1.0], v_v=[0.0, 1.0, 1.0])
    solved = transient(netlist, Resistor(1e9), {"top_drive": pulse}, x0=0.0, stop_s=1e-6)
    tau_s = 50e-9 / (1 + 50 / 1e6)
    at_s = np.linspace(0, 5 * tau_s, 200)
    expected = (1 - np.exp(-at_s / tau_s)) / (1 + 50 / 1e6)
    assert solved.at(at_s, solved.node_v["top"]) == pytest.approx(expected, abs=5e-4)


def test_the_state_behind_an_ideal_source_is_the_closed_form() -> None:
    model = Guseinov()
    v_v, x0, duration_s = 0.9, 0.2, 2e-3
    pulse = Waveform(t_s=[0.0, 0.0, duration_s, duration_s], v_v=[0.0, v_v, v_v, 0.0])
    solved = transient(ideal(), model, {"top_drive": pulse}, x0=x0, stop_s=duration_s)
    reference = solve_ivp(lambda _, x: [model.rate_at(v_v, x[0])], (0, duration_s), [x0],
                          rtol=1e-10, atol=1e-12, method="LSODA")
    assert solved.x[-1] == pytest.approx(reference.y[0, -1], abs=2e-4)


def test_both_wirings_with_one_total_resistance_give_the_device_the_same_voltage() -> None:
    model, spike = Guseinov(), Waveform(t_s=[0.0, 1e-3, 1.1e-3], v_v=[0.0, 1.6, 0.0])
    one = transient(single_channel(series_ohm=1050.0, top_farad=1e-15, bottom_farad=1e-15),
                    model, {"top_drive": spike}, x0=0.3, stop_s=2e-3)
    two = transient(two_channel(series_ohm=1e3, top_farad=1e-15, bottom_farad=1e-15,
                                far_farad=1e-15),
                    model, {"top_drive": spike * 0.5, "bottom_drive": spike * -0.5}, x0=0.3,
                    stop_s=2e-3)
    at_s = np.linspace(0, 1.1e-3, 400)
    difference = one.at(at_s, one.v_dut_v) - two.at(at_s, two.v_dut_v)
    assert np.abs(difference).max() < 5e-3  # the probes' 1 megohm differs between the wirings
    assert one.x[-1] == pytest.approx(two.x[-1], abs=5e-3)


def test_a_rest_of_ten_seconds_is_a_few_steps_and_forgets_nothing() -> None:
    circuit = Circuit(two_channel(), Guseinov(), x0=0.37)
    circuit.drives["top_drive"] = Drive.of(Waveform(t_s=[0.0, 1e-8, 1e-6, 1.01e-6],
                                                    v_v=[0.0, 0.1, 0.1, 0.0]))
    circuit.advance(10.0)
    assert circuit.steps < 1000
    assert circuit.x == pytest.approx(0.37, abs=1e-3)
    assert abs(circuit.node_v[0]) < 1e-9


def test_a_source_that_is_off_drives_nothing() -> None:
    circuit = Circuit(two_channel(), Resistor(1e4), x0=0.0)
    circuit.drives["top_drive"] = Drive([0.0], [1.0])
    circuit.switch("top_drive", "off")
    circuit.advance(1e-3)
    assert max(map(abs, circuit.node_v)) < 1e-9


def test_a_current_limit_acts_late_and_then_holds() -> None:
    pulse = Waveform(t_s=[0.0, 1e-5, 5e-3, 5.01e-3], v_v=[0.0, 1.0, 1.0, 0.0])
    solved = transient(smu(), Resistor(1e3), {"top_drive": pulse}, x0=0.0, stop_s=6e-3,
                       limits_a={"top_drive": 1e-4})
    assert solved.at(2e-5, solved.i_dut_a) == pytest.approx(1e-3, rel=1e-3)
    assert solved.at(2e-3, solved.i_dut_a) == pytest.approx(1e-4, rel=1e-3)
    assert abs(solved.i_dut_a[-1]) < 1e-7


def test_a_source_that_is_not_there_is_named() -> None:
    with pytest.raises(RequestError, match="netlist ideal has no source 'bottom_drive'"):
        transient(ideal(), Resistor(1.0), {"bottom_drive": PULSE}, x0=0.0, stop_s=1.0)


def test_a_switching_device_behind_capacitors_agrees_with_an_independent_integrator() -> None:
    model, farad, series_ohm = Guseinov(), 115e-12, 1e3
    t_s, u_v = [0.0, 1e-4, 3e-4, 3.5e-4, 5e-4], [0.0, 1.5, 1.5, -1.4, 0.0]

    def derivative(at_s: float, z: list[float]) -> list[float]:
        top, bottom, x = z
        u = np.interp(at_s, t_s, u_v)
        i_a = model.current_at(top - bottom, x)
        rate = model.rate_at(top - bottom, x)
        held = (x >= 1.0 and rate > 0) or (x <= 0.0 and rate < 0)
        return [((u - top) / 50 - top / 1e6 - i_a) / farad,
                (i_a - bottom / series_ohm - bottom / 1e6) / farad, 0.0 if held else rate]

    solved = transient(single_channel(), model, {"top_drive": Waveform(t_s=t_s, v_v=u_v)},
                       x0=0.3, stop_s=5e-4)
    reference = solve_ivp(derivative, (0, 3e-4), [0.0, 0.0, 0.3], method="Radau", rtol=1e-8,
                          atol=1e-11, dense_output=True, max_step=1e-6)
    at_s = np.linspace(1e-6, 3e-4, 800)
    top, bottom, x = reference.sol(at_s)
    i_a = np.array([model.current_at(a - b, s) for a, b, s in zip(top, bottom, x, strict=True)])
    assert np.abs(solved.at(at_s, solved.node_v["top"]) - top).max() < 1e-3
    assert np.abs(solved.at(at_s, solved.node_v["bottom"]) - bottom).max() < 1e-3
    assert np.abs(solved.at(at_s, solved.i_dut_a) - i_a).max() < 1e-3 * np.abs(i_a).max()
    assert np.abs(solved.at(at_s, solved.x) - x).max() < 1e-3
