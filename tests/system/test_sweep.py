"""``memrig sweep`` as a user meets it: on this machine's processors, and on a real cluster."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import psutil
import pytest

from memrig.hil.errors import LimitError
from memrig.hil.protocols.pulse import Pulse
from memrig.hil.protocols.read import Read
from memrig.hil.sharing import cluster
from memrig.hil.store import Store
from memrig.hil.waveform import Waveform
from memrig.sim import Devices, models, simulate_many
from memrig.sim.nonidealities import NonIdealities
from memrig.sim.sweep import BLOCK, Sweep

WORKERS = 2
CLUSTER = f"""
import logging, sys
from distributed import LocalCluster

if __name__ == "__main__":
    made = LocalCluster(n_workers={WORKERS}, threads_per_worker=1, host="127.0.0.1",
                        dashboard_address=None, silence_logs=logging.CRITICAL)
    print(made.scheduler_address, *(w.pid for w in made.workers.values()), flush=True)
    sys.stdin.read()
    made.close()
"""


@contextmanager
def running_cluster(folder):
    """A scheduler and two worker processes on loopback; gives its address and the workers."""
    pytest.importorskip("distributed")
    script = folder / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    host = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, cwd=folder,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address, *pids = host.stdout.readline().split()
        yield address, [int(pid) for pid in pids]
    finally:
        below = psutil.Process(host.pid).children(recursive=True)
        host.communicate("", timeout=60)
        psutil.wait_procs(below, timeout=30)


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory):
    with running_cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


def asked(each=5 * BLOCK):
    return Sweep.of(Read(), models.create("yakopcic"), vary=["a1=10%", "x0=0.2,0.4"],
                    each=each // 2, beyond=NonIdealities(read_noise=0.02), seed=4)


def test_a_sweep_is_one_run_that_can_be_listed_reported_and_exported(memrig, folder):
    done = memrig("sweep", "read", "--model", "yakopcic", "--vary", "a1=10%", "--devices", 20,
                  "--seed", 2, "--json")
    assert done.code == 0
    assert (done.json["devices"], done.json["finished"]) == (20, 20)
    g = done.json["spreads"]["g_siemens"]
    # At this state the conductance is a1 times a constant; the mean of the spread is the nominal.
    nominal = done.json["result"]["g_siemens"]
    drawn = np.array(done.json["varied"]["a1"]) / models.create("yakopcic").a1
    assert g["mean"] == pytest.approx(nominal * drawn.mean(), rel=1e-9)
    assert g["deviation"] == pytest.approx(nominal * drawn.std(ddof=1), rel=1e-9)
    assert memrig("runs", "list", "--json").json[0]["run_id"] == done.json["run"]
    assert memrig("runs", "report", "--out", "sweep.html").code == 0
    assert "20 simulated devices" in (folder / "sweep.html").read_text(encoding="utf-8")
    assert memrig("runs", "export", "--out", "out").code == 0
    assert (folder / "out" / "devices.csv").exists()


def test_devices_may_do_more_than_their_model(memrig):
    words = ("sweep", "read", "--devices", 30, "--seed", 2, "--json", "-n")
    done = memrig(*words, "read_noise=1%", "-n", "read_bandwidth_hz=1kHz")
    assert done.json["spreads"]["g_siemens"]["deviation"] > 0.0
    assert done.json["ensemble"]["nonidealities"]["read_noise"] == 0.01
    assert memrig(*words, "read_nois=1%").sentence.startswith(
        "there is no parameter of non-idealities called 'read_nois'")


def test_the_same_seed_gives_the_same_on_all_processors(memrig, process, folder):
    """Few devices are done by one process, many by one for each processor."""
    words = ("sweep", "read", "--model", "yakopcic", "--vary", "a1=10%", "--seed", 2)
    child = process(*words, "--devices", 4 * BLOCK + 1, "--store", "many.sqlite")
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert f"{4 * BLOCK + 1} of {4 * BLOCK + 1} SIMULATED devices" in out
    assert memrig(*words, "--devices", 9, "--store", "few.sqlite").code == 0
    many, few = (Store.open(folder / f"{name}.sqlite").load().ensemble for name in ("many", "few"))
    np.testing.assert_array_equal(many.conductance_siemens[:9], few.conductance_siemens)


def test_a_cluster_gives_the_same_bits_and_survives_a_killed_worker(tmp_path):
    here = asked().ask()
    with running_cluster(tmp_path) as (address, workers), cluster(address) as submit:
        there = asked().ask(submit=submit)
        killed = []

        def kill(_share):
            if not killed:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)

        after = asked().ask(submit=submit, progress=kill)
    assert killed
    for found in (there, after):
        assert found.finished.all()
        np.testing.assert_array_equal(found.conductance_siemens, here.conductance_siemens)
        np.testing.assert_array_equal(found.varied["a1"], here.varied["a1"])


def test_the_command_takes_a_cluster(memrig, shared_cluster):
    address, _ = shared_cluster
    done = memrig("sweep", "read", "--devices", 3 * BLOCK, "--cluster", address, "--json",
                  "--vary", "r_set=20%")
    assert done.code == 0, done.err
    assert done.json["finished"] == 3 * BLOCK


def test_what_is_wrong_on_a_worker_is_said_here(shared_cluster):
    wrong = Sweep.of(Pulse.from_text({"amplitude": "30 V"}), models.create("yakopcic"))
    with cluster(shared_cluster[0]) as submit, pytest.raises(LimitError, match="nothing was sent"):
        wrong.ask(submit=submit)


@pytest.mark.parametrize("own", [False, True], ids=["one drive", "drives of their own"])
def test_many_devices_under_a_waveform_take_the_cluster_too(shared_cluster, monkeypatch, own):
    monkeypatch.setattr("memrig.sim.batch.BLOCK", 8)
    speeds = np.linspace(2e3, 6e3, 30)
    devices = Devices.of(models.create("yakopcic"), 30, a_p_hz=speeds)
    pulses = [Waveform(t_s=[0.0, 0.0, w, w], v_v=[0.0, 0.4, 0.4, 0.0])
              for w in (np.linspace(5e-5, 1e-4, 30) if own else [1e-4])]
    asked = {"wanted_s": [0.0, 4e-5, 9e-5], "integrator": "euler", "step_s": 1e-6}
    drive, told = (pulses if own else pulses[0]), []
    here = simulate_many(devices, drive, **asked)
    with cluster(shared_cluster[0]) as submit:
        there = simulate_many(devices, drive, **asked, submit=submit, progress=told.append)
    for name in ("x", "i_a", "v_v", "error"):
        np.testing.assert_array_equal(getattr(there, name), getattr(here, name))
    assert (there.integrator, there.engine) == (here.integrator, here.engine)
    assert there.step_s == here.step_s
    assert told[-1] == 1.0


@pytest.mark.parametrize(("words", "sentence"), [
    (("--vary", "r_sett=5%"), "there is no parameter of guseinov called 'r_sett'; did you mean "),
    (("--devices", "0"), "0 devices were asked; allowed: 1 to 1000000"),
    (("--cluster", "tcp://127.0.0.1:9"), "no cluster answers at tcp://127.0.0.1:9: "),
])
def test_what_cannot_be_is_one_sentence(memrig, words, sentence, folder, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("memrig.hil.sharing.CONNECT_S", 0.5)
    assert memrig("sweep", "read", *words).sentence.startswith(sentence)
    assert not (folder / "memrig.sqlite").exists()
