"""What must not or cannot be done: one clear sentence, an exit code, nothing energised."""

from __future__ import annotations

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from memrig.hil.clock import SystemClock
from memrig.sim.models.guseinov import Guseinov

REFUSED, NONSENSE, BROKEN, STILL_ON = 3, 2, 4, 5


@pytest.fixture
def profile(folder):
    """A device profile as a user would write one."""
    path = folder / "device.toml"
    given = {k: v for k, v in Guseinov.profiles()["zro2-y"].to_json().items()
             if k not in {"protocols", "source"}}
    path.write_text("\n".join(
        f"{k} = {v!r}" if not isinstance(v, str) else f'{k} = "{v}"' for k, v in given.items()))
    return path


def assert_dark(lab):
    """No relay was ever closed."""
    assert lab.closed == []
    assert not lab.world.outputs_on


def test_a_request_beyond_the_device_s_limit(memrig, lab):
    bench = lab()
    done = memrig("pulse", "-p", "amplitude=-3V", "--bench", bench.file)
    assert done.code == REFUSED
    assert done.sentence.startswith("pulse, program stimulus: voltage at the device of -3.")
    assert done.sentence.endswith(" V requested (worst case), the profile allows at least -2 V; "
                                  "nothing was sent")
    assert_dark(bench)


def test_a_pulse_that_the_generator_cannot_play(memrig, lab):
    bench = lab()
    done = memrig("pulse", "-p", "width=2ns", "--bench", bench.file)
    assert done.code == REFUSED
    assert "2 ns asked" in done.sentence
    assert "allowed; nothing was sent" in done.sentence
    assert_dark(bench)


def test_more_volts_than_the_generator_has(memrig, lab, folder, profile):
    profile.write_text(profile.read_text().replace("v_max_v = 2.0", "v_max_v = 20.0")
                       .replace("i_max_a = 0.002", "i_max_a = 0.2"))
    bench = lab()
    done = memrig("pulse", "-p", "amplitude=15V", "--profile", profile, "--bench", bench.file)
    assert done.code == REFUSED
    assert "15 V asked" in done.sentence
    assert_dark(bench)


def test_a_real_bench_without_a_profile(memrig, lab):
    bench = lab(real=True)
    for words in (["read"], ["read", "--arm"], ["preview", "read"]):
        done = memrig(*words, "--bench", bench.file)
        assert done.code == REFUSED
        assert done.sentence == (
            "bench awg-scope-two drives a real device, and no device profile was given; a profile "
            "with its limits is needed (--profile FILE); nothing was sent"
        )
    assert_dark(bench)


def test_a_real_bench_that_is_not_armed(memrig, lab, profile):
    bench = lab(real=True)
    done = memrig("read", "--bench", bench.file, "--profile", profile)
    assert done.code == REFUSED
    assert done.err.rstrip().endswith(
        "then repeat this with --arm (in Python: armed=True); nothing was sent")
    done = memrig("bench", "check", bench.file, "--resistor", "10kohm")
    assert done.code == REFUSED
    assert "repeat this with --arm" in done.sentence
    assert_dark(bench)


def test_armed_and_with_a_profile_it_is_energised_and_off_again(memrig, lab, profile):
    # The counterpart: the same laboratory does show a relay that closes.
    bench = lab(real=True, clock=SystemClock())
    done = memrig("read", "--bench", bench.file, "--profile", profile, "--arm", "--json")
    assert done.code == 0
    assert (done.json["status"], done.json["simulated"]) == ("finished", False)
    assert sorted(set(bench.closed)) == ["bottom_drive", "top_drive"]
    assert not bench.world.outputs_on


def test_a_real_bench_with_the_clock_of_a_twin(memrig, lab, profile):
    real, simulated = lab(real=True), lab("twin-single")
    (clock,) = (line for line in simulated.file.read_text().splitlines() if "clock" in line)
    real.file.write_text(real.file.read_text().replace("[twin]", f"[twin]\n{clock}"))
    done = memrig("read", "--bench", real.file, "--profile", profile, "--arm")
    assert done.code == NONSENSE
    assert done.sentence == (
        "bench awg-scope-two drives real instruments, but its file names the clock of a simulated "
        "one; remove [twin] clock; nothing was switched on"
    )
    assert_dark(real)


def test_nothing_answers_at_the_address(memrig, lab):
    bench = lab()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = bench.file.read_text()
    scope = str(bench.servers["scope"].port)
    bench.file.write_text(text.replace(scope, str(port)))
    done = memrig("read", "--bench", bench.file)
    assert done.code == BROKEN
    assert done.sentence.startswith(
        f"scope: nothing answers at TCPIP0::127.0.0.1::{port}::SOCKET (")
    assert done.sentence.endswith("check power, cable and address; nothing was sent")
    assert_dark(bench)


def test_another_instrument_answers_at_the_address(memrig, lab):
    bench = lab()
    awg, scope = (str(bench.servers[role].port) for role in ("awg", "scope"))
    text = bench.file.read_text()
    bench.file.write_text(
        text.replace(awg, "AWG").replace(scope, awg).replace("AWG", scope))
    done = memrig("read", "--bench", bench.file)
    assert done.code == BROKEN
    assert done.sentence.startswith(
        f"awg: a Keysight 33500B was expected at TCPIP0::127.0.0.1::{scope}::SOCKET, but "
        "'KEYSIGHT TECHNOLOGIES,DSO-X 3024T,")
    assert done.sentence.endswith("nothing was switched on")
    assert_dark(bench)


def test_the_twin_s_clock_is_gone(memrig, lab):
    bench = lab()
    port = bench.servers["clock"].port
    bench.servers["clock"].close()
    done = memrig("read", "--bench", bench.file)
    assert done.code == BROKEN
    assert f"no clock of a twin answers at 127.0.0.1:{port}" in done.sentence
    assert_dark(bench)


def test_a_link_that_dies_in_the_middle_is_made_anew_to_switch_off(memrig, lab):
    bench = lab()
    bench.when(lambda lab: lab.fired == 3, lambda: cut(bench, "awg"))
    done = memrig("read", "--bench", bench.file)
    assert done.code == BROKEN
    assert done.sentence.startswith("awg (TCPIP0::127.0.0.1::")
    assert set(bench.closed) == {"top_drive", "bottom_drive"}
    assert not bench.world.outputs_on
    assert [run["status"] for run in memrig("runs", "list", "--json").json] == ["failed"]


def cut(bench, role):
    """Drop an instrument's connections; it goes on listening."""
    for peer in list(bench.servers[role]._peers):
        peer.shutdown(socket.SHUT_RDWR)


def test_outputs_that_cannot_be_switched_off_are_said_to_be_on(memrig, lab):
    bench = lab()

    def vanish():
        bench.servers["awg"]._listener.close()
        bench.servers["awg"]._closed = True
        cut(bench, "awg")

    bench.when(lambda lab: lab.fired == 3, vanish)
    done = memrig("read", "--bench", bench.file)
    assert done.code == STILL_ON
    assert "OUTPUTS MAY STILL BE ON: awg: " in done.sentence
    assert bench.world.outputs_on


BROKEN_FILES = {
    "[bench\n": "cannot be read: ",
    "\xff": "cannot be read: ",
    "": "it needs [bench] with kind = one of awg-scope-two, awg-scope-single, smu-one, smu-two",
    "[bench]\nkind = 'awg-scope-tow'\n":
        "there is no kind of bench called 'awg-scope-tow'; did you mean awg-scope-two, ",
    "[bench]\nkind = 'smu-one'\nnmae = 'x'\n":
        "there is no entry of [bench] called 'nmae'; did you mean name?",
    "[bench]\nkind = 'smu-one'\n": "kind smu-one needs [instruments.smu], which is not there",
    "[bench]\nkind = 'smu-one'\n[instruments.smu]\n":
        "[instruments.smu] needs driver = one of keysight-33500b, ",
    "[bench]\nkind = 'smu-one'\n[instruments.smu]\ndriver = 'keysight-b29000'\n":
        "there is no driver called 'keysight-b29000'; did you mean keysight-b2900",
    "[bench]\nkind = 'smu-one'\n[instruments.smu]\ndriver = 'keysight-33500b'\n":
        "[instruments.smu]: driver keysight-33500b drives an instrument of role awg",
    "[bench]\nkind = 'smu-one'\n[instruments.smu]\ndriver = 'keysight-b2900'\nadress = 'x'\n":
        "there is no entry of [instruments.smu] called 'adress'; did you mean driver, resource",
    "[bench]\nkind = 'awg-scope-two'\n[bench.netlist]\nseries_ohm = '1k'\n":
        "[bench.netlist] series_ohm = '1k' was given; it must be a number above 0",
    "[bench]\nkind = 'awg-scope-two'\n[bench.netlist]\nseries_ohm = 0\n":
        "[bench.netlist] series_ohm = 0 was given; it must be a number above 0",
    "[bench]\nkind = 'awg-scope-two'\n[bench.tolerance_rel]\nr_serie = 0.01\n":
        "there is no part in [bench.tolerance_rel] called 'r_serie'; did you mean r_series?",
    "[bench]\nkind = 'awg-scope-two'\n[instrument.awg]\n":
        "there is no section called 'instrument'; did you mean instruments?",
    "bench = 3\n": "[bench] must be a table of names and values",
}


@pytest.mark.parametrize("text", BROKEN_FILES)
def test_a_bench_file_that_says_what_nobody_understands(memrig, folder, text):
    (folder / "b.toml").write_bytes(text.encode("latin-1"))
    done = memrig("read", "--bench", "b.toml")
    assert done.code == NONSENSE
    assert done.sentence.startswith("the bench file b.toml")
    assert BROKEN_FILES[text] in done.sentence


def test_a_bench_file_without_addresses(memrig, folder):
    (folder / "b.toml").write_text(
        "[bench]\nkind = 'smu-one'\n[instruments.smu]\ndriver = 'keysight-b2900'\n")
    done = memrig("read", "--bench", "b.toml")
    assert done.code == NONSENSE
    assert done.sentence.startswith("[instruments.smu] has no resource; give its VISA address")


def test_a_store_that_is_none(memrig, folder):
    (folder / "words.txt").write_text("nothing but words, and enough of them to be read" * 10)
    sqlite3.connect(folder / "other.sqlite").execute("CREATE TABLE mine (x)").connection.close()
    for words in (["read"], ["runs", "list"], ["runs", "show"]):
        done = memrig(*words, "--store", "words.txt")
        assert done.code == 1
        assert done.sentence == "the run store words.txt cannot be used: file is not a database"
        done = memrig(*words, "--store", "other.sqlite")
        assert done.code == 1
        assert done.sentence == "other.sqlite is an SQLite file but not a run store of memrig"


def test_a_folder_that_does_not_exist_or_is_read_only(memrig, folder):
    (folder / "runs").mkdir()
    done = memrig("read", "--store", "runs")
    assert done.code == 1
    assert done.sentence == "the run store runs cannot be used: unable to open database file"
    done = memrig("read", "--store", "no/runs.sqlite")
    assert done.code == 1
    assert done.sentence == ("the run store no/runs.sqlite cannot be made: its folder does not "
                             "exist")
    locked = folder / "locked"
    locked.mkdir(mode=0o555)
    if os.access(locked, os.W_OK):
        pytest.skip("whoever runs this may write everywhere")
    done = memrig("read", "--store", "locked/runs.sqlite")
    assert done.code == 1
    assert "locked/runs.sqlite" in done.sentence


@pytest.mark.parametrize(("words", "code", "said"), [
    (["run", "iv-swep"], 2, "there is no protocol called 'iv-swep'; did you mean iv-sweep?"),
    (["models", "gusienov"], 2, "there is no model called 'gusienov'; did you mean guseinov?"),
    (["drivers", "keysight-b290"], 2, "did you mean keysight-b2900"),
    (["run", "iv-sweep", "--preset", "article-fig3"], 2, "did you mean article-fig2?"),
    (["run", "iv-sweep", "-p", "perid=1s"], 2, "did you mean period"),
    (["run", "iv-sweep", "-p", "period"], 2, "'period' is not of the form NAME=VALUE"),
    (["run", "iv-sweep", "-p", "period=1V"], 2, "iv-sweep, period: "),
    (["run", "iv-sweep", "-p", "points=3"], 2, "points: 3 was asked; allowed: 8 to "),
    (["read", "-m", "x0=2"], 2, "an initial state x0 of 2 was asked; allowed: 0 to 1"),
    (["read", "-m", "tempreature_k=280K"], 2, "did you mean temperature_k"),
    (["read", "--integrator", "eulr"], 2, "did you mean euler, euler-mid?"),
    (["read", "--bench", "twim"], 2, "did you mean twin"),
    (["read", "--overlay", "yakopsic"], 2, "did you mean yakopcic?"),
    (["read", "--overlay", "none.toml"], 2, "none.toml cannot be read: No such file or directory"),
    (["read", "--profile", "none.toml"], 3, "the profile none.toml cannot be read: No such file"),
    (["read", "--profile", "guseinov:zro2"], 3, "there are: guseinov:zro2-y"),
    (["read", "--drive", "measured"], 2, "--drive concerns an overlay, and there is none here"),
    (["read", "--bench", "twin", "-m", "x0=0.5"], 2, "-m concerns bench model or an overlay"),
    (["read", "--bench", "twin", "--model", "yakopcic"], 2, "--model concerns bench model"),
    (["read", "--bench", "twin", "-n", "read_noise=1%"], 2,
     "-n concerns the device of bench model, and this is bench twin"),
    (["read", "-n", "readnoise=1%"], 2, "there is no parameter of non-idealities called "
     "'readnoise'; did you mean read_noise, step_noise?"),
    (["read", "-n", "drift_nu=0.2"], 2,
     "non-idealities: drift_nu was asked without drift; it would change nothing"),
    (["bench", "check", "twin", "--resistor", "10kohm"], 2, "give a bench file"),
    (["bench", "template", "smu-tow"], 2, "did you mean smu-two"),
    (["twin", "serve", "--bench", "model"], 2, "bench model has no instruments"),
    (["runs", "show", "abc"], 1, "run 'abc' was asked; the run store memrig.sqlite holds no runs"),
    (["preview", "read", "--svg", "no/a.svg"], 1, "no/a.svg: No such file or directory"),
    (["runs", "export"], 1, "run 'last' was asked; the run store memrig.sqlite holds no runs"),
])
def test_a_slip_is_explained(memrig, folder, words, code, said):
    done = memrig(*words)
    assert done.code == code
    assert said in done.sentence
    assert list(folder.iterdir()) == []


def test_a_process_of_its_own_ends_with_one_line_and_the_exit_code(process):
    child = process("run", "iv-swep")
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (NONSENSE, "")
    assert err == "memrig: there is no protocol called 'iv-swep'; did you mean iv-sweep?\n"


def test_a_folder_that_is_a_file(memrig, folder):
    (folder / "taken").touch()
    done = memrig("demo", "--out", "taken")
    assert done.code == 1
    assert done.sentence == "taken: File exists"


def test_a_command_that_does_not_exist_is_a_matter_of_usage(memrig):
    for words in (["rnu"], [], ["bench"], ["runs", "lst"], ["read", "--sede", "1"]):
        done = memrig(*words)
        assert done.code == NONSENSE
        assert "usage: memrig" in done.err
        assert Path("memrig.sqlite").exists() is False
