"""``memrig twin serve`` as a process of its own, used by memrig and by a foreign VISA program."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import pyvisa

from memrig.hil import bench_file
from memrig.hil.registry import entries

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "any_visa_program.py"


@pytest.fixture
def served(process):
    """Serve a twin in a process; gives it and what its first lines say, by name."""

    def serve(*words):
        child = process("twin", "serve", *words)
        said = {}
        for line in child.stdout:  # the last line says how to end it
            name, _, value = line.partition(": ")
            said[name] = value.strip()
            if "Ctrl-C" in line:
                return child, said
        raise AssertionError(child.stderr.read())

    return serve


def test_a_virtual_clock_lets_hours_pass_at_once(served, memrig):
    _, said = served("--clock", "virtual", "--write", "bench.toml")
    assert said["bench file"] == "bench.toml"
    done = memrig("read", "--bench", "bench.toml", "--json")
    assert (done.code, done.json["simulated"], done.json["result"]["verdict"]) == (0, True, "ok")
    done = memrig("run", "iv-sweep", "-p", "points=60", "--bench", "bench.toml", "--json")
    assert (done.code, done.json["status"]) == (0, "finished")
    assert done.json["result"]["r_hrs_ohm"] > 1.5 * done.json["result"]["r_lrs_ohm"]
    began_s = time.monotonic()
    done = memrig("pulse", "-p", "gap=1000s", "--bench", "bench.toml", "--json")
    assert (done.code, done.json["status"]) == (0, "finished")
    assert done.json["duration_s"] > 1000.0
    assert time.monotonic() - began_s < 100.0


def test_real_time_takes_its_time(served, memrig):
    _, said = served("--clock", "real", "--write", "bench.toml")
    assert "clock" not in said
    began_s = time.monotonic()
    done = memrig("read", "--bench", "bench.toml", "--json")
    assert (done.code, done.json["status"], done.json["simulated"]) == (0, "finished", True)
    assert time.monotonic() - began_s > done.json["duration_s"] > 0.08  # four mains periods


def test_the_same_seed_gives_the_same_bytes_here_and_in_another_process(served, memrig, lab):
    served("--clock", "virtual", "--write", "bench.toml", "--seed", "5")
    words = ["run", "pulse", "--seed", "3", "--json", "--bench"]
    here = lab(change={"twin": {"seed": 5, "device": {"model": "guseinov"}}})
    assert memrig(*words, "bench.toml").json["result"] == memrig(*words, here.file).json["result"]


def test_any_visa_program_talks_to_it(served):
    _, said = served("--clock", "virtual")
    roles = ["awg", "scope", "smu"]
    shown = subprocess.run([sys.executable, EXAMPLE, *(said[role] for role in roles)], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    for role, line, name in zip(roles, shown, ["33522B", "DSO-X 3024T", "B2902B"], strict=True):
        assert line.startswith(f"{said[role]} is ")
        assert name in line


def test_a_visa_program_passes_time_by_the_clock_s_port(served):
    _, said = served("--clock", "virtual")
    host, _, port = said["clock"].partition(":")
    manager = pyvisa.ResourceManager("@py")
    with manager.open_resource(f"TCPIP0::{host}::{port}::SOCKET", read_termination="\n",
                               write_termination="\n") as clock:
        before_s = float(clock.query("NOW?"))
        assert float(clock.query("SLEEP 3600")) == pytest.approx(before_s + 3600)
        assert clock.query("SLEEP -1").startswith("ERROR a wait of -1.0 s was asked")
        assert clock.query("LATER").startswith("ERROR NOW? or SLEEP seconds is needed")
        assert float(clock.query("NOW?")) == pytest.approx(before_s + 3600)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_told_to(served, number):
    child, _ = served()
    child.send_signal(number)
    _, err = child.communicate(timeout=10)
    assert (child.returncode, err) == (0, "")


def test_addresses_on_loopback_are_kept_from_one_time_to_the_next(served, folder):
    child, first = served("--clock", "virtual", "--write", "bench.toml")
    child.terminate()
    child.communicate(timeout=10)
    _, second = served("--clock", "virtual", "--bench", "bench.toml", "--write", "again.toml")
    assert {k: v for k, v in second.items() if k != "bench file"} == {
        k: v for k, v in first.items() if k != "bench file"}
    assert (folder / "again.toml").read_text() == (folder / "bench.toml").read_text()


def test_an_address_that_is_taken_is_a_sentence(served, memrig):
    served("--write", "bench.toml")
    done = memrig("twin", "serve", "--bench", "bench.toml")
    assert done.code == 2
    assert done.sentence.startswith("an address of the bench file cannot be served: ")


@pytest.mark.parametrize("kind", sorted(entries("benches")))
def test_a_template_with_the_twin_s_addresses_is_a_bench(served, memrig, folder, kind):
    template = memrig("bench", "template", kind).out
    (folder / "template.toml").write_text(template)
    _, said = served("--clock", "virtual", "--bench", "template.toml")
    text = template
    for role, one in bench_file.read(folder / "template.toml")["instruments"].items():
        text = text.replace(one["resource"], said[role])
    (folder / "bench.toml").write_text(f'{text}\n[twin]\nclock = "{said["clock"]}"\n')
    done = memrig("read", "--bench", "bench.toml", "--json")
    assert (done.code, done.json["status"], done.json["simulated"]) == (0, "finished", True)
    assert done.json["bench"] == kind


@pytest.mark.parametrize(("device", "verdict"), [
    ("10kohm", "ok"), ("open", "open"), ("short", "short"), ("yakopcic", "ok")])
def test_something_else_is_put_in_the_device_s_place(served, memrig, device, verdict):
    served("--bench", "twin-smu", "--device", device, "--clock", "virtual", "--write", "b.toml")
    found = memrig("read", "--bench", "b.toml", "--json").json["result"]
    assert found["verdict"] == verdict
    if device == "10kohm":
        assert abs(found["g_siemens"] - 1e-4) < 4 * found["u_siemens"]


@pytest.mark.parametrize(("device", "sentence"), [
    ("10kilo", "'10kilo' is not a quantity in ohm (try '1.2ohm' or '300mohm')"),
    ("gusenov", "there is no model called 'gusenov'; did you mean guseinov?"),
])
def test_a_device_that_is_none_is_a_sentence(memrig, device, sentence):
    done = memrig("twin", "serve", "--device", device)
    assert done.code == 2
    assert done.sentence.startswith(sentence)
