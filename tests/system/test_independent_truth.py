"""The twin against what it did not make itself: ngspice, known resistors, a known time constant."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from memrig.drivers.awg_scope import AwgScopeBench
from memrig.hil import Stimulus, Waveform
from memrig.hil.calibration import Calibration
from memrig.hil.clock import VirtualClock
from memrig.hil.opening import checked_twin
from memrig.hil.profile import Profile
from memrig.hil.protocol import Setup
from memrig.hil.protocols._reads import read_stimulus
from memrig.hil.record import Record
from memrig.hil.registry import load
from memrig.hil.shapes import rectangle, saw_spike
from memrig.hil.stimulus import Role
from memrig.sim.circuit import Cycles, Resistor
from memrig.sim.spice import deck, netlist_nodes
from memrig.sim.twin.server import serve
from memrig.sim.twin.twin import Twin, open_twin

NGSPICE = shutil.which("ngspice")
OHMS = (1e3, 1e4, 1e5, 1e6)


@dataclass(frozen=True)
class Station:
    bench: AwgScopeBench
    twin: Twin

    def applied(self, stimulus: Stimulus) -> Record:
        plan, info = self.bench.prepare(stimulus), self.bench.describe()
        chunks = tuple(self.bench.apply(plan, threading.Event()))
        return Record(stimulus=stimulus, plan=plan, netlist=info.netlist,
                      calibration=info.calibration, chunks=chunks, simulated=True)


@contextmanager
def station(
    *, device: dict[str, object] | None = None, seed: int = 1, kind: str = "twin",
    calibration: Calibration | None = None, r_min_ohm: float = 5e3,
) -> Iterator[Station]:
    """A bench on its twin, energised, whose truth can be read."""
    ready = load("twins", kind)()
    description = {**ready, "twin": {"device": device or {"model": "guseinov"}},
                   "bench": {**ready["bench"], "r_min_ohm": r_min_ohm}}
    clock = VirtualClock()
    twin = open_twin(description, clock=clock, seed=seed)
    with serve(twin.instruments) as servers:
        wired = {**description, "instruments": {
            role: {**one, "resource": servers[role].resource}
            for role, one in description["instruments"].items()}}
        opener = load("benches", description["bench"]["kind"])
        bench = opener(wired, clock=clock, calibration=calibration or Calibration())
        try:
            with bench.energised():
                yield Station(bench, twin)
        finally:
            bench.close()


def profile() -> Profile:
    found: Profile = load("models", "guseinov")().profile()
    return found


def as_played(drive: Cycles, from_s: float) -> Waveform:
    """What a source really drove, from a time on; its rest before that included."""
    t_s = np.array(drive.t_s) + drive.start_s - from_s
    return Waveform(t_s=np.concatenate([[0.0], t_s]),
                    v_v=np.concatenate([drive.v_v[:1], drive.v_v]))


@pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")
def test_ngspice_sees_what_the_twin_says_is_true(tmp_path: Path) -> None:
    """A spike pair through both channels: source resistances, R_s, capacitances, the device."""
    spike = saw_spike(positive_v=1.1, negative_v=0.8, positive_s=2e-5, negative_s=2e-4)
    pair = Stimulus(role=Role.SPIKE_PAIR, top=spike.shift(2e-5), bottom=spike.shift(5e-5))
    with station(device={"model": "guseinov", "x0": 0.3}) as one:
        world = one.twin.world
        start_s = world.touch()
        world.hold("test", start_s)
        one.applied(pair)
        drives = {name: as_played(drive, start_s)  # type: ignore[arg-type]  # both played
                  for name, drive in world.circuit.drives.items()}
        stop_s = max(w.stop_s for w in drives.values())
        truth = world.truth(start_s, start_s + stop_s)
        text = deck(world.device, world.true_netlist, drives,  # type: ignore[arg-type]  # a model
                    x0=0.3, stop_s=stop_s, step_s=5e-8, out="table")
    rows = ngspice(text, tmp_path)
    late = truth.t_s > start_s + 2e-6  # ngspice begins with empty capacitors
    nodes = netlist_nodes(world.true_netlist)
    ours = [truth.v_dut_v, truth.i_dut_a, truth.x - 0.3, *(truth.node_v[n] for n in nodes)]
    rows[:, 3] -= 0.3
    assert rows[-1, 3] > 3e-4  # the device has switched
    for column, values in enumerate(ours, start=1):
        theirs = np.interp(truth.t_s[late] - start_s, rows[:, 0], rows[:, column])
        assert np.abs(values[late] - theirs).max() < 1e-3 * np.abs(rows[:, column]).max()


def ngspice(text: str, folder: Path) -> np.ndarray:
    (folder / "bench.cir").write_text(text, encoding="utf-8")
    assert NGSPICE is not None
    subprocess.run([NGSPICE, "-b", "bench.cir"], cwd=folder, check=True, capture_output=True,
                   timeout=120)
    return np.loadtxt(next(folder.glob("table*")))


def pulls(kind: str, seed: int, calibration: Calibration) -> list[float]:
    """(measured - true)/u of every resistor on one bench."""
    found = []
    with station(device={"kind": "resistor", "ohm": OHMS[0]}, seed=seed, kind=kind,
                 calibration=calibration) as one:
        setup = Setup(profile=profile(), settle_s=one.bench.capabilities.settle_s)
        read = read_stimulus(setup, 0.24, 0.0, {})
        for ohm in OHMS:
            one.twin.world.replace_device(Resistor(ohm))
            (reading,) = one.applied(read).readings
            found.append((reading.conductance_siemens - 1.0 / ohm) / reading.u_siemens)
    return found


def assert_standard(found: list[float]) -> None:
    assert np.mean(found) == pytest.approx(0.0, abs=0.2)
    assert 0.8 <= np.std(found) <= 1.2


@pytest.mark.parametrize("kind", ["twin", "twin-single"])
def test_resistors_on_benches_that_were_never_checked(kind: str) -> None:
    assert_standard([p for seed in range(30) for p in pulls(kind, seed, Calibration())])


def test_resistors_on_checked_benches() -> None:
    ready = load("twins", "twin")()
    assert_standard([
        p for seed in range(16) for p in pulls("twin", seed, checked_twin(ready, seed=seed))
    ])


def test_a_resistor_with_a_capacitor_shows_its_time_constant() -> None:
    """tau = C (R parallel to R_s and both sources)."""
    ohm, farad = 10e3, 1e-7
    tau_s = farad / (1.0 / ohm + 1.0 / 1100.0)
    step = Stimulus(role=Role.PROGRAM, top=rectangle(level_v=0.5, width_s=1e-3))
    device = {"kind": "rc", "ohm": ohm, "farad": farad}
    with station(device=device, r_min_ohm=0.0) as one:  # a capacitor begins as a short
        trace = one.applied(step).trace(0, 0)
    final_v = float(trace.v_dut_v[trace.t_s > 8e-4].mean())
    rising = (trace.t_s > 1e-5) & (trace.t_s < 2.0 * tau_s)
    slope, _ = np.polyfit(trace.t_s[rising], np.log(final_v - trace.v_dut_v[rising]), 1)
    assert -1.0 / slope == pytest.approx(tau_s, rel=0.03)
