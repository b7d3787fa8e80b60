"""Every wrong wiring is named by what the channels see of each source in turn."""

from __future__ import annotations

import numpy as np
import pytest

from memrig.hil.netlist import Netlist, single_channel, two_channel
from memrig.hil.wiring import response, verdict_of

OHM = 10e3
TWO, ONE = two_channel(), single_channel()


def probes(netlist: Netlist) -> list[str]:
    return [probe.name for probe in netlist.probes]


def seen(netlist: Netlist) -> np.ndarray:
    """Volts per volt, gains 2 % and offsets 5 mV off."""
    right = response(netlist, OHM).T
    return right * 1.02 + 0.005


def sentence(netlist: Netlist, found: np.ndarray) -> str:
    good, text = verdict_of(found, netlist, probes(netlist), OHM)
    assert not good
    return text


def test_a_divider_gives_the_response() -> None:
    """Two channels: 1 V at the top drives V/(R + R_s + 2 x 50 ohm) through the device."""
    top = 1.0 - 50.0 / (OHM + 1e3 + 100.0)
    bottom = 1050.0 / (OHM + 1e3 + 100.0)
    found = response(two_channel(probe_ohm=1e12), OHM)[:, 0]
    assert found == pytest.approx([top, bottom, 50.0 / (OHM + 1e3 + 100.0)], rel=1e-6)


@pytest.mark.parametrize("netlist", [TWO, ONE], ids=lambda n: n.name)
def test_the_right_wiring_passes_in_spite_of_data_sheet_errors(netlist: Netlist) -> None:
    good, text = verdict_of(seen(netlist), netlist, probes(netlist), OHM)
    assert good
    assert text == "wiring: every channel sees what the netlist says"


def test_swapped_channels_of_the_oscilloscope() -> None:
    found = seen(TWO)[:, [2, 1, 0]]
    assert "the channels of v_top and v_far are swapped" in sentence(TWO, found)


def test_swapped_channels_of_the_generator() -> None:
    assert "the generator's channels are swapped" in sentence(TWO, seen(TWO)[::-1])


def test_an_open_sense_lead() -> None:
    found = seen(TWO)
    found[:, 1] = 0.0
    assert "the channel of v_bottom sees nothing: its lead is open" in sentence(TWO, found)


def test_an_inverted_channel() -> None:
    found = seen(TWO)
    found[:, 0] *= -1.0
    assert "the channel of v_top is inverted" in sentence(TWO, found)


def test_a_source_that_does_not_arrive() -> None:
    found = seen(TWO)
    found[1] = 0.0
    assert "bottom_drive does not arrive" in sentence(TWO, found)


@pytest.mark.parametrize("netlist", [TWO, ONE], ids=lambda n: n.name)
def test_no_contact_and_a_short(netlist: Netlist) -> None:
    assert "no contact" in sentence(netlist, response(netlist, 1e11).T)
    assert "shorted" in sentence(netlist, response(netlist, 1.0).T)


def test_what_nothing_explains_is_shown_in_numbers() -> None:
    text = sentence(TWO, np.full((2, 3), 0.3))
    assert "volts per volt of each source" in text
    assert "v_top sees +0.30, +0.30 instead of +1.00, +0.00" in text
