"""Device profiles: what they allow, and how they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memrig.hil.errors import ProfileError
from memrig.hil.parameters import Level
from memrig.hil.profile import CAUTIOUS_READ_V, Passport, Profile

GOOD: dict[str, Any] = {
    "name": "test", "v_set_v": -1.0, "v_reset_v": 1.2, "v_read_max_v": 0.2, "v_max_v": 1.5,
    "v_min_v": -1.4, "i_max_a": 1e-3, "r_min_ohm": 1e3, "r_max_ohm": 1e5, "state": "formed",
}


def test_levels_are_relative_to_it() -> None:
    profile = Profile(**GOOD)
    assert profile.set_polarity == -1
    assert profile.volts(Level(1.1, "v_set")) == pytest.approx(-1.1)
    assert profile.volts(Level(0.5, "v_reset")) == pytest.approx(0.6)
    assert profile.volts(Level(0.8, "v_read_max")) == pytest.approx(0.16)
    assert profile.volts(Level(-0.3)) == -0.3


@pytest.mark.parametrize("state", ["unknown", "virgin"])
def test_before_forming_reads_are_cautious(state: str) -> None:
    profile = Profile(**{**GOOD, "state": state})
    assert profile.read_limit_v == CAUTIOUS_READ_V == 0.05
    assert profile.volts(Level(1.0, "v_read_max")) == 0.05
    low = Profile(**{**GOOD, "state": state, "v_read_max_v": 0.01})
    assert low.read_limit_v == 0.01


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"v_reset_v": -1.0}, "profile test: v_set_v and v_reset_v need opposite signs; "
     "-1 V and -1 V given"),
    ({"v_min_v": 0.1}, "profile test: v_min_v must lie below 0 V and v_max_v above; "
     "100 mV and 1.5 V given"),
    ({"v_read_max_v": 1.45}, "profile test: v_read_max_v must be above 0 V and within the limits; "
     "1.45 V given"),
    ({"v_max_v": 1.1},
     "profile test: v_reset_v must lie within v_min_v and v_max_v; 1.2 V, -1.4 V and 1.1 V given"),
    ({"v_min_v": -0.9},
     "profile test: v_set_v must lie within v_min_v and v_max_v; -1 V, -900 mV and 1.5 V given"),
    ({"i_max_a": 0.0}, "profile test: i_max_a must be above 0; 0 A given"),
    ({"pulses_max": 0}, "profile test: pulses_max must be above 0; 0 given"),
    ({"r_min_ohm": 1e6},
     "profile test: r_min_ohm must lie between 0 and r_max_ohm; 1 Mohm and 100 kohm given"),
])
def test_contradictions_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ProfileError) as error:
        Profile(**{**GOOD, **changes})
    assert str(error.value) == sentence


@pytest.mark.parametrize("name", ["v_set_v", "v_max_v", "i_max_a", "r_max_ohm", "v_read_max_v"])
def test_a_limit_that_is_no_number_is_refused(name: str) -> None:
    with pytest.raises(ProfileError):
        Profile(**{**GOOD, name: float("nan")})


def test_it_is_read_from_a_file_with_units(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    path.write_text("\n".join([
        "[profile]", 'name = "zro2"', 'v_set_v = "-1.7 V"', "v_reset_v = 1.4",
        'v_read_max_v = "300mV"', "v_max_v = 2", "v_min_v = -2", 'i_max_a = "2mA"',
        'r_min_ohm = "5k"', 'r_max_ohm = "300kohm"', 'pulse_s = "100us"', "pulses_max = 1000",
        'state = "formed"', 'protocols = ["read", "stdp"]',
    ]), encoding="utf-8")
    profile = Profile.from_file(path)
    assert profile == Profile(
        name="zro2", v_set_v=-1.7, v_reset_v=1.4, v_read_max_v=0.3, v_max_v=2.0, v_min_v=-2.0,
        i_max_a=2e-3, r_min_ohm=5e3, r_max_ohm=3e5, pulse_s=1e-4, pulses_max=1000,
        state="formed", protocols=("read", "stdp"),
    )
    assert Profile.from_mapping(profile.to_json()) == profile


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        Profile.from_file(tmp_path / "nothing.toml")
    with pytest.raises(ProfileError) as error:
        Profile.from_mapping({**GOOD, "v_sett_v": 1.0})
    assert str(error.value).startswith(
        "profile: there is no profile entry called 'v_sett_v'; did you mean v_set_v")
    missing = {k: v for k, v in GOOD.items() if k not in {"v_set_v", "i_max_a"}}
    with pytest.raises(ProfileError) as error:
        Profile.from_mapping(missing)
    assert str(error.value) == "profile: v_set_v, i_max_a must be given"


@pytest.mark.parametrize("changes", [
    {"state": "former"}, {"v_set_v": "fast"}, {"pulses_max": 0}, {"pulse_s": 0.0},
    {"energy_max_j": -1.0}, {"v_max_v": [1.0]}, {"protocols": "stdp"}, {"pulses_max": "many"},
])
def test_entries_that_mean_nothing_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProfileError):
        Profile.from_mapping({**GOOD, **changes})


def test_a_passport_adds_up() -> None:
    passport = Passport(pulses=7, charge_c=1e-6, last_g_siemens=1e-4)
    after = passport.after(pulses=3, charge_c=1e-6, energy_j=2e-9, last_g_siemens=None)
    assert (after.pulses, after.charge_c, after.energy_j) == (10, 2e-6, 2e-9)
    assert after.last_g_siemens == 1e-4
