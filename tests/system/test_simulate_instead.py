"""A bench file with simulated instruments in the place of all, or of some."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from memrig.hil import bench_file, open_bench
from memrig.hil.errors import RequestError


def rewritten(lab: Any, role: str, **entries: Any) -> None:
    """Write the laboratory's bench file again with other entries for one instrument."""
    found = tomllib.loads(lab.file.read_text(encoding="utf-8"))
    found["instruments"][role] = {"driver": found["instruments"][role]["driver"], **entries}
    bench_file.write(found, lab.file)


def test_all_instruments_of_a_file_can_be_simulated_instead(lab: Any) -> None:
    real = lab("twin-smu", real=True)
    with open_bench(f"simulated:{real.file}", calibrated=False) as bench:
        info = bench.describe()
    assert info.simulated
    assert info.real == ()
    assert not info.needs_arming
    assert real.messages == 0


def test_one_simulated_instrument_makes_the_bench_a_simulated_one(lab: Any) -> None:
    real = lab("twin", real=True)
    rewritten(real, "scope", simulate=True)
    with open_bench(str(real.file), calibrated=False) as bench:
        info = bench.describe()
    assert info.simulated
    assert info.real == ("awg", "smu")


def test_the_real_instruments_beside_it_still_need_arming(memrig: Any, lab: Any) -> None:
    real = lab("twin", real=True)
    rewritten(real, "scope", simulate=True)
    done = memrig("bench", "check", real.file, "--resistor", "10kohm")
    assert done.code == 3
    assert "drives real instruments" in done.sentence
    assert not real.closed


def test_an_address_that_is_missing_is_no_wish_to_simulate(lab: Any) -> None:
    real = lab("twin", real=True)
    rewritten(real, "scope")
    with pytest.raises(RequestError, match=r"\[instruments.scope\] has no resource"), \
            open_bench(str(real.file)):
        pass


def test_a_resource_that_is_kept_is_not_touched_while_it_is_simulated(lab: Any) -> None:
    real = lab("twin-smu", real=True)
    rewritten(real, "smu", simulate=True, resource=real.servers["smu"].resource)
    with open_bench(str(real.file), calibrated=False) as bench:
        assert bench.describe().real == ()
    assert real.messages == 0


def test_what_simulate_says_must_be_a_switch(lab: Any) -> None:
    real = lab("twin-smu", real=True)
    rewritten(real, "smu", simulate="maybe")
    with pytest.raises(RequestError, match=r"simulate = 'maybe' was given; it must be true or "):
        bench_file.read(real.file)
