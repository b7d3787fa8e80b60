"""Models and circuit against ngspice, from a netlist that memrig writes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.errors import RequestError
from memrig.hil.netlist import Netlist, ideal, single_channel, two_channel
from memrig.sim import models, simulate
from memrig.sim.circuit import transient
from memrig.sim.spice import deck, netlist_nodes

NGSPICE = shutil.which("ngspice")
needs_ngspice = pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")
CASES = [("guseinov", 1.5, 0.5), ("yakopcic", 0.45, 0.11)]


def sine(amplitude_v: float) -> Waveform:
    t_s = np.linspace(0.0, 2e-3, 2001)
    return Waveform(t_s=t_s, v_v=amplitude_v * np.sin(2e3 * np.pi * t_s))


def ngspice(text: str, folder: Path) -> np.ndarray:
    (folder / "bench.cir").write_text(text, encoding="utf-8")
    assert NGSPICE is not None
    subprocess.run([NGSPICE, "-b", "bench.cir"], cwd=folder, check=True, capture_output=True,
                   timeout=60)
    return np.loadtxt(next(folder.glob("table*")))


def write(model: models.Model, netlist: Netlist, drive: Waveform, x0: float) -> str:
    return deck(model, netlist, {"top_drive": drive}, x0=x0, stop_s=drive.stop_s, step_s=2e-7,
                out="table")


@needs_ngspice
@pytest.mark.parametrize("orientation", [1, -1])
@pytest.mark.parametrize(("name", "amplitude_v", "x0"), CASES)
def test_a_model_behind_a_resistor_agrees(
    name: str, amplitude_v: float, x0: float, orientation: int, tmp_path: Path
) -> None:
    model = models.create(name, orientation=orientation)
    drive = sine(amplitude_v)
    rows = ngspice(write(model, ideal(100.0), drive, x0), tmp_path)
    ours = simulate(model, drive, x0=x0, integrator="rk4", series_ohm=100.0)
    at_s = rows[:, 0]
    x = np.interp(ours.t_s, at_s, rows[:, 3])
    i_a = np.interp(ours.t_s, at_s, rows[:, 2])
    assert np.abs(x - ours.x).max() < 2e-5 * np.ptp(ours.x)
    assert np.abs(i_a - ours.i_a).max() < 1e-4 * np.abs(ours.i_a).max()


@needs_ngspice
@pytest.mark.parametrize("netlist", [single_channel(), two_channel()], ids=lambda n: n.name)
def test_the_whole_bench_agrees(netlist: Netlist, tmp_path: Path) -> None:
    model = models.create("guseinov")
    drive = Waveform(t_s=[0, 1e-5, 2e-4, 2.1e-4, 3e-4, 3.1e-4, 5e-4, 5.1e-4, 6e-4],
                     v_v=[0, 1.6, 1.6, 0, 0, -1.8, -1.8, 0, 0])
    rows = ngspice(write(model, netlist, drive, 0.3), tmp_path)
    solved = transient(netlist, model, {"top_drive": drive}, x0=0.3, stop_s=drive.stop_s)
    at_s = rows[:, 0]
    assert np.abs(solved.at(at_s, solved.x) - rows[:, 3]).max() < 1e-3 * np.ptp(rows[:, 3])
    for column, node in enumerate(netlist_nodes(netlist), start=4):
        theirs = rows[:, column]
        assert np.abs(solved.at(at_s, solved.node_v[node]) - theirs).max() < (
            1e-3 * np.abs(theirs).max()), node


def test_what_cannot_be_written_is_refused() -> None:
    model = models.create("guseinov")
    with pytest.raises(RequestError) as refused:
        deck(model, ideal(), {"far_drive": sine(1.0)}, x0=0.3, stop_s=1e-3, step_s=1e-6, out="t")
    assert str(refused.value) == (
        "a drive of 'far_drive' was given; the sources of netlist ideal are: top_drive"
    )
    with pytest.raises(RequestError) as refused:
        write(model, ideal(), sine(1.0).shift(-1e-3), 0.3)
    assert str(refused.value) == (
        "a drive that begins at -0.001 s was given; a deck begins at 0 s"
    )
