"""``memrig bench check``: a calibration is kept when the check is passed, and then applied."""

from __future__ import annotations

import pytest


@pytest.fixture
def with_device(lab):
    """A laboratory of source/measure units, which are checked quickly, with something in place."""
    return lambda **device: lab("twin-smu", change={"twin": {"seed": 4, "device": device}})


def test_a_check_that_is_passed_is_kept_beside_the_file_and_applied(memrig, with_device):
    bench = with_device(kind="resistor", ohm=10e3)
    kept = bench.file.with_name(bench.file.name + ".calibration.json")
    assert memrig("read", "--bench", bench.file, "--json").json["calibration"].startswith(
        "UNCALIBRATED bench")
    done = memrig("bench", "check", bench.file, "--resistor", "10kohm", "--tolerance", "0.01%",
                  "--json")
    assert (done.code, done.json["passed"], done.json["file"]) == (0, True, str(kept))
    assert not bench.world.outputs_on
    found = memrig("read", "--bench", bench.file, "--json").json
    measured_at = done.json["calibration"]["measured_at"]
    assert found["calibration"] == (f"bench calibrated {measured_at} against 10 kohm ± 0.01 %, "
                                    "less than 0.01 days before this run")
    result = found["result"]
    assert abs(result["g_siemens"] - 1e-4) < 4 * result["u_siemens"]


def test_a_check_that_is_not_passed_writes_nothing(memrig, with_device):
    bench = with_device(kind="open")
    done = memrig("bench", "check", bench.file, "--resistor", "10kohm")
    assert done.code == 1
    *verdicts, end = done.out.splitlines()
    assert end == "NOT PASSED: nothing was written"
    assert verdicts
    assert all("gain" not in line and "hum" not in line for line in verdicts)  # none was found
    assert not list(bench.file.parent.glob("*.calibration.json"))
    assert not bench.world.outputs_on


def test_what_was_found_is_printed_with_its_units(memrig, with_device):
    bench = with_device(kind="resistor", ohm=10e3)
    done = memrig("bench", "check", bench.file, "--resistor", "10kohm", "--tolerance", "0.01%")
    rows = {line.split("  ")[0]: line for line in done.out.splitlines()}
    assert rows["v_top@2 V"].endswith("V")
    assert rows["i_top@0.0001 A"].endswith("A")
    assert done.out.splitlines()[-1].endswith(".calibration.json")
