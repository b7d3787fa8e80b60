"""Sweeps: shapes, and what their traces say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from memrig.hil.errors import RequestError
from memrig.hil.protocols import IvSweep
from memrig.hil.protocols.iv_sweep import branches, loop_area, switching
from memrig.hil.record import Trace
from memrig.hil.stimulus import Role


def trace(v_v: list[float], i_a: list[float]) -> Trace:
    n = len(v_v)
    return Trace(np.arange(n, dtype=float), np.array(v_v, float), np.array(i_a, float),
                 np.zeros(n, dtype=np.uint16))


def swept(kit: Any, set_sign: int = -1, **texts: str) -> tuple[list[Any], dict[str, Any]]:
    protocol = IvSweep.from_text(texts)
    records = kit.drive(protocol, kit.device(polarity=set_sign))
    return records, dict(protocol.analyse(records).values)


def test_a_resistor_has_no_loop(kit: Any) -> None:
    protocol = IvSweep()
    records = kit.drive(protocol, kit.device(rate=0.0))
    values = protocol.analyse(records).values
    assert values["loop_area_w"] == pytest.approx(0.0, abs=1e-15)
    assert values["r_lrs_ohm"] == pytest.approx(5e3)
    assert values["r_hrs_ohm"] == pytest.approx(5e3)
    assert values["v_set_v"] is None
    assert values["v_reset_v"] is None


def test_the_area_of_a_loop_counts_both_lobes() -> None:
    # A rectangle of 1 V by 2 mA and one of 1 V by 1 mA.
    lobe_v = [0, 0.5, 1.5, 1.5, 0.5, 0.5, 0]
    lobe_a = [0, 0, 0, -2e-3, -2e-3, 0, 0]
    loop = trace(lobe_v + [-v for v in lobe_v], lobe_a + [0.5 * i for i in lobe_a])
    assert loop_area(loop) == pytest.approx(1.0 * 2e-3 + 1.0 * 1e-3)


def test_branches_are_compared_at_the_read_voltage() -> None:
    loop = trace([0, 1, 0, -1, 0], [0, 1e-3, 0, -1e-4, 0])
    found = branches(loop, 0.5)
    assert found == {"r_lrs_ohm": pytest.approx(1e3), "r_hrs_ohm": pytest.approx(1e4)}
    assert branches(loop, 2.0) == {"r_lrs_ohm": None, "r_hrs_ohm": None}


@pytest.mark.parametrize("polarity", [1, -1])
def test_set_and_reset_are_found_on_their_sides(polarity: int, kit: Any) -> None:
    _, values = swept(kit, polarity)
    assert np.sign(values["v_set_v"]) == polarity
    assert np.sign(values["v_reset_v"]) == -polarity
    assert values["r_lrs_ohm"] < 0.6 * values["r_hrs_ohm"]
    assert np.sign(values["reset_peak_a"]) == -polarity
    assert values["loop_area_w"] > 0


def test_the_voltage_of_an_abrupt_switch() -> None:
    up = np.linspace(0.1, 1.0, 91)
    g = np.where(up < 0.75, 1e-5, 1e-3)
    v = np.concatenate([up, up[::-1]])
    i = np.concatenate([g * up, 1e-3 * up[::-1]])
    assert switching(trace(list(v), list(i)), 0.05)["v_set_v"] == pytest.approx(0.745, abs=0.005)


@pytest.mark.parametrize(("texts", "corners"), [
    ({}, [0, 1, 0, -1, 0]), ({"first": "set"}, [0, -1, 0, 1, 0]),
    ({"polarity": "set"}, [0, -1, 0]), ({"polarity": "reset"}, [0, 1, 0]),
    ({"amplitude_set": "0.5 v_set"}, [0, 1, 0, -0.5, 0]),
])
def test_turning_points(texts: dict[str, str], corners: list[float], kit: Any) -> None:
    records, _ = swept(kit, **texts)
    assert records[0].stimulus.top.vertices()[1].tolist() == pytest.approx(corners)
    assert records[0].stimulus.once_s == pytest.approx(0.1)


def test_a_rate_sets_the_duration(kit: Any) -> None:
    records, _ = swept(kit, rate="2V/s", loops="2")
    assert [r.stimulus.once_s for r in records] == pytest.approx([2.0, 2.0])
    assert records[0].stimulus.top.max_slew_v_per_s() == pytest.approx(2.0)
    assert [r.stimulus.labels["loop"] for r in records] == [0, 1]


def test_a_staircase_has_its_points(kit: Any) -> None:
    records, values = swept(kit, shape="staircase", points="40")
    levels = np.unique(records[0].stimulus.top.vertices()[1].round(9))
    assert levels.size == 21  # 20 levels, used on both ways, and 0 V
    assert levels.max() == pytest.approx(0.95)
    assert values["loop_area_w"] > 0


def test_a_sine_has_its_grid_and_both_amplitudes(kit: Any) -> None:
    records, _ = swept(kit, shape="sine", points="100", period="1ms", amplitude_set="0.8 v_set",
                       on_grid="yes")
    stimulus = records[0].stimulus
    assert stimulus.role is Role.SWEEP
    assert stimulus.step_s == pytest.approx(1e-5)
    assert stimulus.top.extrema() == pytest.approx((-0.8, 1.0))
    assert float(stimulus.top.value(1e-4)) == pytest.approx(math.sin(0.2 * math.pi))
    free, _ = swept(kit, shape="sine", points="100", period="1ms")
    assert (free[0].stimulus.step_s, free[0].stimulus.points) == (0.0, 100)


def test_the_current_is_limited_by_the_smaller_of_request_and_profile(kit: Any) -> None:
    for text, limit_a in (("1mA", 1e-3), ("0", 1e-2), ("1A", 1e-2)):
        records, _ = swept(kit, compliance=text)
        assert records[0].stimulus.compliance_a == limit_a


@pytest.mark.parametrize(("texts", "sentence"), [
    ({"shape": "sine", "polarity": "set"},
     "iv-sweep: a sine of polarity 'set' was asked; it has both"),
    ({"shape": "sine", "rate": "1V/s"},
     "iv-sweep: a sine at 1 V/s was asked; it has no constant speed, its period is given instead"),
    ({"on_grid": "yes"},
     "iv-sweep: on_grid was asked of shape continuous; only a sine has a grid"),
    ({"shape": "square"},
     "iv-sweep, shape: 'square' was asked; allowed: continuous, staircase, sine"),
])
def test_what_does_not_fit_is_refused(texts: dict[str, str], sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        IvSweep.from_text(texts)
    assert str(error.value) == sentence
