"""Netlists against Ohm's and Kirchhoff's laws."""

import numpy as np
import pytest

from memrig.hil.errors import RequestError
from memrig.hil.netlist import Netlist, ideal, single_channel, smu, two_channel


def test_series_resistance_of_a_single_channel_bench() -> None:
    seen = single_channel(series_ohm=1e3, source_ohm=50.0, probe_ohm=1e6).thevenin()
    top, bottom = 1 / (1 / 50 + 1e-6), 1 / (1 / 1e3 + 1e-6)
    assert seen.ohm == pytest.approx(top + bottom)
    assert seen.weights["top_drive"] == pytest.approx(1e6 / (1e6 + 50))


def test_both_wirings_see_the_same_device_voltage_at_equal_series_resistance() -> None:
    one = single_channel(series_ohm=1050.0, probe_ohm=1e12).thevenin()
    two = two_channel(series_ohm=1000.0, probe_ohm=1e12).thevenin()
    assert one.ohm == pytest.approx(two.ohm)
    assert two.weights["bottom_drive"] == pytest.approx(-1.0)
    assert one.weights["top_drive"] == pytest.approx(two.weights["top_drive"])


@pytest.mark.parametrize("netlist", [
    ideal(1e3), single_channel(), two_channel(), smu(), smu(channels=2, series_ohm=1e3),
])
def test_probes_give_back_the_device(netlist: Netlist) -> None:
    ohm, u = 12345.0, np.array([0.7] + [-0.3] * (len(netlist.of_kind("source")) - 1))
    seen = netlist.thevenin()
    v_open = sum(w * v for w, v in zip(seen.weights.values(), u, strict=True))
    i_a = v_open / (seen.ohm + ohm)
    by_source, by_current = netlist.probe_response()
    readings = by_source @ u + by_current * i_a
    v, i = netlist.observation([p.name for p in netlist.probes]) @ readings
    assert v == pytest.approx(i_a * ohm, rel=1e-9)
    assert i == pytest.approx(i_a, rel=1e-9)


def test_probes_that_do_not_determine_the_device_are_refused() -> None:
    expected = "v_top do not determine the voltage and current of 'dut'"
    with pytest.raises(RequestError, match=expected):
        single_channel().observation(["v_top"])


def test_json_keeps_everything() -> None:
    netlist = two_channel(device_farad=1e-12).with_value("r_series", 998.0, u_rel=1e-4)
    assert Netlist.from_json(netlist.to_json()) == netlist


def test_an_unknown_element_is_named_with_those_there_are() -> None:
    expected = r"has no element 'r_serie' \(it has top_drive, dut, r_series"
    with pytest.raises(RequestError, match=expected):
        single_channel().element("r_serie")
