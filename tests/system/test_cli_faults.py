"""Faults of simulated instruments on the command line."""

from __future__ import annotations

import pytest

from memrig.hil.opening import open_bench
from memrig.sim.twin.faults import KINDS


def test_all_faults_are_listed(memrig):
    found = memrig("twin", "faults", "--json").json
    assert list(found) == list(KINDS)
    assert found["late"] == {"sentence": KINDS["late"].sentence, "unit": "s", "default": 2.0,
                             "concerns": ["awg", "scope", "smu"]}
    shown = memrig("twin", "faults").out
    assert all(name in shown for name in KINDS)
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(("bench", "fault", "sentence"), [
    ("model", "awg:late", "--fault concerns simulated instruments, and bench model has none "
     "(--bench twin)"),
    ("twin", "awg:lat", "there is no fault called 'lat'; did you mean late?"),
    ("twin-smu", "awg:late", "fault late: this bench has no awg (it has smu)"),
])
def test_a_fault_that_cannot_be_is_a_sentence(memrig, bench, fault, sentence):
    done = memrig("read", "--bench", bench, "--fault", fault)
    assert (done.code, done.sentence) == (2, sentence)


def test_instruments_that_are_served_elsewhere_get_their_faults_there(memrig, lab):
    done = memrig("read", "--bench", lab().file, "--fault", "awg:late")
    assert (done.code, done.sentence) == (2, (
        f"fault 'awg:late' was asked, but no instrument of bench {lab().file} is simulated here; "
        "give it to the process that serves them (memrig twin serve --fault)"))


@pytest.mark.parametrize(("faults", "sentence"), [
    ('"awg:late"', "[twin] faults must be a list of texts, e.g. [\"awg:no-answer at 12\"] (see "
     "'memrig twin faults')"),
    ('["awg:lat"]', "there is no fault called 'lat'; did you mean late?"),
])
def test_a_bench_file_with_a_fault_that_is_none_is_a_sentence(memrig, folder, faults, sentence):
    text = memrig("bench", "template", "smu-one").out
    (folder / "b.toml").write_text(f"{text}\n[twin]\nfaults = {faults}\n")
    done = memrig("read", "--bench", "b.toml")
    assert (done.code, done.sentence) == (2, f"the bench file b.toml: {sentence}")


def test_a_run_says_how_it_failed_and_keeps_the_faults(memrig):
    """The check that a ready-made twin begins with is made without them."""
    done = memrig("read", "--bench", "twin-smu", "--fault", "smu:error -222 from 20", "--seed", "3")
    assert done.code == 4
    assert done.sentence.endswith(" refused a list of levels: -222 Data out of range (100 times)")
    (run,) = memrig("runs", "list", "--json").json
    assert run["status"] == "failed"
    assert 'faults=("smu:error -222 from 20",)' in memrig("runs", "script").out


def test_a_bench_is_opened_with_faults_from_python():
    with open_bench("twin-smu", calibrated=False, faults=["smu:overload"]) as bench:
        assert bench.describe().settings["opened"]["faults"] == ["smu:overload"]
