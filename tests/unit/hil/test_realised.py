"""What stands beside a field, against what one computes by hand for the instruments."""

from __future__ import annotations

from typing import Any

import pytest

from memrig.hil.bench import Bench
from memrig.hil.calibration import Calibration
from memrig.hil.clock import VirtualClock
from memrig.hil.netlist import Thevenin
from memrig.hil.profile import Profile
from memrig.hil.protocols import IvSweep, Pulse, PulseSeries, Read, Stdp
from memrig.hil.realised import at_device, notes, notes_of_run
from memrig.hil.registry import entries, load
from memrig.hil.rehearsal import Rehearsal, rehearse, sketching
from memrig.hil.sentence import Sentence
from memrig.hil.units import shown

PROFILE = Profile(
    name="test", v_set_v=-1.0, v_reset_v=1.0, v_read_max_v=0.1, v_max_v=2.0, v_min_v=-2.0,
    i_max_a=1e-3, r_min_ohm=5e3, r_max_ohm=1e5, energy_max_j=1.0, pulse_s=1e-4, state="formed",
)
MODEL = load("simulators", "model")(integrator="auto")


def bench(kind: str, **entries_: Any) -> Bench:
    """A bench of instruments that plans without them: 33522B and DSO-X around 1 kohm, or B2902B."""
    drivers = ("awg", "scope") if kind.startswith("awg") else ("smu",)
    netlist = {"series_ohm": 1e3, "probe_ohm": 1e12} if kind.startswith("awg") else {}
    made: Bench = load("benches", kind)(
        {"plan_only": True, "bench": {"kind": kind, "netlist": netlist, **entries_},
         "instruments": {name: {} for name in drivers}},
        clock=VirtualClock(), calibration=Calibration())
    return made


def said(protocol: Any, on: Bench, **more: Any) -> dict[str, list[str]]:
    steps = tuple(sketching(protocol, on, PROFILE))
    found = notes(protocol, Rehearsal(steps=steps), PROFILE, on, **more)
    return {name: [str(one) for one in sentences] for name, sentences in found.items()}


@pytest.mark.parametrize("kind", ["awg-scope-two", "awg-scope-single", "smu-two"])
def test_a_run_says_what_was_said_before_it(kind: str) -> None:
    on = bench(kind)
    protocol = Pulse(amplitude="1 mV", gap=2e-3, read_window=0.02)
    steps = tuple(sketching(protocol, on, PROFILE))
    before = notes(protocol, Rehearsal(steps=steps), PROFILE, on, present_ohm=None)
    after = notes_of_run(protocol, [one.record for one in steps], PROFILE,
                         on.describe().netlist)
    assert after.keys() <= before.keys()
    assert {"width", "read_level"} <= after.keys()
    for name, said_ in after.items():
        assert [str(one).partition(", now")[0] for one in before[name]] == list(map(str, said_))


def test_the_model_only_resolves_what_is_relative_or_left_open() -> None:
    assert said(Pulse(amplitude="-0.9 V", gap=2e-3, read_window=0.02), MODEL) == {
        "width": ["100 us"], "read_level": ["80 mV"]}
    assert said(IvSweep(period=0.1), MODEL) == {
        "amplitude_set": ["-1 V"], "amplitude_reset": ["1 V"],
        "rate": ["40 V/s"],  # 4 V in 100 ms
        "compliance": ["1 mA"], "read_level": ["80 mV"]}
    assert said(IvSweep(rate=8.0), MODEL)["period"] == ["500 ms"]


def test_a_level_of_the_generator_is_one_of_its_codes() -> None:
    # 5 V are 32767 codes: 1 mV is code 7 (of 6.55), 7 * 5 V / 32767 = 1.0681 mV.
    on = bench("awg-scope-two")
    found = said(Pulse(amplitude="1 mV"), on)
    assert found["amplitude"][0] == "1.068 mV"
    # 1.25 V is code 8192 (of 8191.75): nothing to say of the level to four digits, but 1 kohm in
    # series and 50 ohm in either channel leave 5/(5 + 1.1) of it at 5 kohm and 100/101.1 at most.
    found = said(Pulse(amplitude="1.25 V"), on)
    assert found["amplitude"] == ["device 1.025 V to 1.236 V"]
    assert said(Pulse(amplitude="1.25 V"), on, present_ohm=8.9e3)["amplitude"] == [
        "device 1.025 V to 1.236 V, now 1.113 V"]


def test_an_oscilloscope_measures_2000_points_of_every_shot() -> None:
    found = said(IvSweep(points=400, period=0.1), bench("awg-scope-single"))
    assert found["points"] == ["2000 points, every 50.01 us"]  # with a sample before it
    # 1 V over 5 kohm, 1 kohm and 50 ohm, with 1 % of overshoot and the error of the level.
    (limit,) = found["compliance"]
    assert limit.startswith("at most 16")
    assert limit.endswith(" uA, by the resistor alone")


def test_a_source_measure_unit_has_its_own_grid_ranges_and_limit() -> None:
    on = bench("smu-two", v_max_v=2.1, r_min_ohm=5e3)
    found = said(IvSweep(points=400, period=0.1, compliance=5e-4), on)
    # 100 ms in 400 steps of 250 us, and the 0 V that ends the list.
    assert found["points"] == ["401 points, every 250 us"]
    # 1 V over 5 kohm are 200 uA, which take the range of 1 mA.
    assert found["compliance"] == ["500 uA, range 1 mA"]
    # Ramps of 25 ms in steps of 250 us: the highest step is the ramp's value in its middle.
    assert found["amplitude_reset"] == ["995 mV"]
    assert said(Read(window=0.02), on)["window"] == ["200 samples"]


def test_levels_of_a_coarse_range_are_rounded() -> None:
    on = bench("smu-one", v_max_v=20.0)  # steps of 100 uV
    assert said(Pulse(amplitude="12.34 mV"), on)["amplitude"] == ["12.3 mV"]
    assert "amplitude" not in said(Pulse(amplitude="12.3 mV"), on)


def test_lists_give_one_note_for_all_their_values() -> None:
    series = PulseSeries(amplitude_set=("1 v_set", "0.9 v_set"), amplitude_reset=("1 v_reset",),
                         width=(0.0, 5e-4))
    found = said(series, MODEL)
    assert found["amplitude_set"] == ["-1 V, -900 mV"]
    assert found["width"] == ["100 us, 500 us"]


def test_spikes_say_their_levels_their_grid_and_where_they_start_from() -> None:
    found = said(Stdp(pre_positive="0.5 v_reset"), bench("smu-two", v_max_v=2.1))
    assert found["dt_min"] == ["in steps of 20 us"]
    assert found["pre_t_positive"] == ["in steps of 20 us"]
    # 30 % of the way from 10 uS to 200 uS.
    assert found["target"] == ["67 uS (14.93 kohm)"]
    # 1 ms in 50 steps of 20 us: the last is 1 % of 500 mV below the peak.
    assert found["pre_positive"] == ["495 mV"]


@pytest.mark.parametrize("name", entries("protocols"))
@pytest.mark.parametrize("kind", ["model", "awg-scope-two", "awg-scope-single", "smu-one",
                                  "smu-two"])
def test_every_declared_parameter_exists_and_can_be_looked_for(name: str, kind: str) -> None:
    cls = load("protocols", name)
    assert set(cls.realised) <= set(cls.specs())
    on = MODEL if kind == "model" else bench(kind)
    found = said(cls(), on)
    relative = [key for key, where in cls.realised.items() if where.quantity == "level"]
    assert set(relative) <= set(found)  # by default all levels are relative to the profile


def test_the_present_resistance_is_the_models_where_it_is_not_known() -> None:
    on, profile = bench("awg-scope-two"), MODEL.model.profile()
    protocol = Pulse()
    found = notes(protocol, rehearse(protocol, on, MODEL, profile), profile, on)
    assert found["amplitude"][1].template == "device {0} to {1}, now {2}"


def test_a_divider_divides() -> None:
    series = Thevenin({"top_drive": 1.0, "bottom_drive": -1.0}, 1e3)
    assert at_device(-2.0, 1e3, series) == pytest.approx(-1.0)
    assert at_device(1.0, float("inf"), series) == 1.0


def test_a_sentence_is_written_for_its_reader() -> None:
    one = Sentence("at most {0}", ((-1.5e-6, "A"),))
    assert str(one) == "at most -1.5 uA"
    assert one.text(shown, {"at most {0}": "höchstens {0}"}.__getitem__) == "höchstens −1.5 µA"
