"""What ``bench check`` finds on a twin whose hidden errors and wiring are known."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from memrig.hil import open_bench
from memrig.hil.bench import Watch
from memrig.hil.calibration import CheckReport
from memrig.hil.errors import StoppedError
from memrig.hil.opening import check_with_resistor, checkable
from memrig.hil.stopping import stop_all

OHM, U_REL = 10e3, 5.8e-5
RESISTOR = {"device": {"kind": "resistor", "ohm": OHM}}


def checked(lab: Any) -> CheckReport:
    with open_bench(str(lab.file), calibrated=False) as bench:
        return checkable(bench).check(resistor_ohm=OHM, u_rel=U_REL)


@pytest.fixture(params=["twin", "twin-single"])
def good(request: pytest.FixtureRequest, lab: Callable[..., Any]) -> tuple[Any, CheckReport]:
    one = lab(request.param, change={"twin": {"seed": 21, **RESISTOR}})
    return one, checked(one)


def test_hidden_errors_are_found_within_their_uncertainty(good: tuple[Any, CheckReport]) -> None:
    """Every resistance and every source's level at 1 V, against the twin's own truth."""
    lab, report = good
    assert report.passed, report.verdicts
    for name, (ohm, u_ohm) in report.calibration.elements.items():
        true_ohm = lab.world.true_netlist.element(name).value
        assert abs(ohm - true_ohm) < 4.0 * u_ohm
        assert u_ohm < 0.0031 * true_ohm  # what the tolerance says already, or better
    awg = lab.twin.models["awg"]
    for number, (source, correction) in enumerate(report.calibration.sources.items(), 1):
        awg.settings.values["load", number] = float("inf")
        awg.settings.values["amplitude", number] = 10.0
        (true_v,) = awg._emf(number, np.array([1.0 / 5.0]))
        found_v = correction.gain * 1.0 + correction.offset
        u_v = np.hypot(correction.u_gain_rel, correction.u_offset)
        assert abs(found_v - true_v) < 4.0 * u_v, source
        assert u_v < 5e-4


def test_the_outputs_are_off_afterwards(good: tuple[Any, CheckReport]) -> None:
    lab, _ = good
    assert lab.closed
    assert not lab.world.outputs_on


def test_skew_and_hum_are_those_of_the_twin(lab: Callable[..., Any]) -> None:
    one = lab("twin", change={"twin": {"seed": 22, **RESISTOR}})
    found = checked(one).calibration
    first, second = one.twin.models["awg"].channels
    assert found.skew_s == pytest.approx(second.late_s - first.late_s, abs=4e-10)
    scope = one.twin.models["scope"]
    true_v = abs(scope.hidden.within("hum2", scope.figures.hum_v))
    assert found.hum_v == pytest.approx(true_v, abs=2e-5)


def mend(lab: Any, what: str) -> None:
    """Do to the wires of a laboratory what tired people do."""
    scope, awg = lab.twin.models["scope"], lab.twin.models["awg"]
    if what == "scope":
        scope.nodes[1], scope.nodes[3] = scope.nodes[3], scope.nodes[1]
    elif what == "awg":
        one, two = awg.channels
        one.source, two.source = two.source, one.source
    elif what == "sense":
        del scope.nodes[2]


@pytest.mark.parametrize(("what", "sentence"), [
    ("scope", "the channels of v_top and v_far are swapped"),
    ("awg", "the generator's channels are swapped"),
    ("sense", "the channel of v_bottom sees nothing: its lead is open"),
])
def test_wrong_wires_are_named(lab: Callable[..., Any], what: str, sentence: str) -> None:
    one = lab("twin", change={"twin": {"seed": 23, **RESISTOR}})
    mend(one, what)
    report = checked(one)
    assert not report.passed
    assert report.verdicts == (f"WRONG WIRING: {sentence}",)
    assert not report.calibration.is_measured
    assert not one.world.outputs_on


@pytest.mark.parametrize(("kind", "words"), [("open", "no contact"), ("short", "shorted")])
def test_a_resistor_that_is_not_there(lab: Callable[..., Any], kind: str, words: str) -> None:
    report = checked(lab("twin", change={"twin": {"seed": 24, "device": {"kind": kind}}}))
    assert not report.passed
    assert words in report.verdicts[0]


def test_a_resistor_of_another_value_contradicts_the_parts(lab: Callable[..., Any]) -> None:
    """5 % off: the series resistor would have to lie outside its tolerance."""
    device = {"kind": "resistor", "ohm": 1.04 * OHM}
    report = checked(lab("twin", change={"twin": {"seed": 25, "device": device}}))
    assert not report.passed
    (sentence,) = [one for one in report.verdicts if one.startswith("NOT GOOD: r_series is ")]
    assert sentence.endswith(" ohm, its tolerance says 1 kohm ± 5.2 ohm")


@pytest.mark.parametrize("kind", ["twin", "twin-smu"])
def test_a_check_can_be_stopped_and_leaves_the_outputs_off(
    lab: Callable[..., Any], kind: str
) -> None:
    one = lab(kind, change={"twin": {"seed": 26, **RESISTOR}})
    stop, parts = threading.Event(), list[float]()

    def advanced(fraction: float) -> None:
        parts.append(fraction)
        if len(parts) == 3:
            assert one.world.outputs_on
            stop.set()

    with pytest.raises(StoppedError) as error:
        check_with_resistor(str(one.file), resistor_ohm=OHM, u_rel=U_REL, armed=False,
                            watch=Watch(stop=stop, advanced=advanced))
    assert str(error.value) == "the check was stopped; the outputs are off"
    assert parts == sorted(parts)
    assert 0.0 <= parts[0] < parts[-1] <= 1.0
    assert not one.world.outputs_on


def test_memrig_stop_ends_a_check(memrig: Any, lab: Callable[..., Any]) -> None:
    one = lab("twin-smu", change={"twin": {"seed": 27, **RESISTOR}})
    said: list[list[str]] = []
    stopping = threading.Thread(target=lambda: said.append(list(stop_all())))
    one.when(lambda lab: bool(lab.world.outputs_on), stopping.start)
    done = memrig("bench", "check", one.file, "--resistor", "10kohm")
    stopping.join()
    assert done.code == 130
    assert done.sentence == "the check was stopped; the outputs are off"
    assert said[0][-1].endswith("on bench smu-two is stopped; outputs are off")
    assert not one.world.outputs_on
