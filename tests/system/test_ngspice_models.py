"""Models and circuit against ngspice, from a netlist that memrig writes."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memrig.hil import Waveform
from memrig.hil.errors import RequestError
from memrig.hil.netlist import Netlist, ideal, single_channel, two_channel
from memrig.sim import models, simulate
from memrig.sim.circuit import transient
from memrig.sim.models._ngspice import expression
from memrig.sim.spice import deck, netlist_nodes
from tests.unit.sim.test_golden import (  # noqa: F401  # one is a fixture
    CASES,
    golden,
    reference,
)
from tests.unit.sim.test_golden import drive as reference_drive

NGSPICE = shutil.which("ngspice")
needs_ngspice = pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")
LOADED = [("guseinov", 1.5, 0.5), ("yakopcic", 0.45, 0.11)]
DEVIATIONS = {  # of the state by its excursion, of the current relative
    "hp_joglekar_p10_1Hz": (9.7e-7, 4.2e-5), "hp_joglekar_p10_1kHz": (9.8e-7, 4.3e-5),
    "vteam_default_50MHz": (4.7e-6, 4.9e-5), "vteam_rect_1kHz": (4.7e-6, 4.9e-5),
    "guseinov_zro2_1kHz": (2.3e-6, 3.0e-5), "vteam_rect_pulses": (1.3e-5, 1.8e-5),
    "guseinov_zro2_pulses": (4.4e-6, 4.5e-5), "pershin_pulses": (8.8e-6, 6.8e-5)}
"""What ngspice deviates by on the netlists of the reference, where it is much."""


def sine(amplitude_v: float) -> Waveform:
    t_s = np.linspace(0.0, 2e-3, 2001)
    return Waveform(t_s=t_s, v_v=amplitude_v * np.sin(2e3 * np.pi * t_s))


def ngspice(text: str, folder: Path) -> np.ndarray:
    (folder / "bench.cir").write_text(text, encoding="utf-8")
    assert NGSPICE is not None
    subprocess.run([NGSPICE, "-b", "bench.cir"], cwd=folder, check=True, capture_output=True,
                   timeout=60)
    return np.loadtxt(next(folder.glob("table*")))  # short where ngspice gave up, with code 0


def write(model: models.Model, netlist: Netlist, drive: Waveform, x0: float) -> str:
    return deck(model, netlist, {"top_drive": drive}, x0=x0, stop_s=drive.stop_s, step_s=2e-7,
                out="table")


@needs_ngspice
@pytest.mark.parametrize("orientation", [1, -1])
@pytest.mark.parametrize(("name", "amplitude_v", "x0"), LOADED)
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


@needs_ngspice
@pytest.mark.parametrize("name", CASES)
def test_every_model_agrees_with_the_reference(
    name: str, shared_dir: Path, golden: dict[str, Any], tmp_path: Path  # noqa: F811  # the fixture
) -> None:
    """All pulses, but one period of a sine alone: its chords are what costs ngspice its time."""
    case = golden[name]
    form, rows = dict(case["drive"]), reference(shared_dir, case)
    step_s = 1e-7
    if form["kind"] == "sine":
        step_s = 1e-4 / form["frequency_Hz"]
        rows = rows[:(rows.shape[0] - 1) // form["periods"] + 1]
        form["periods"] = 1
    wave = reference_drive({"drive": form}, 4000 if "p10" in name else 2000)
    text = deck(models.from_golden(case["model"], case["params"]), ideal(), {"top_drive": wave},
                x0=case["x0"], stop_s=wave.stop_s, step_s=step_s, out="table",
                edge_s=1e-3 * step_s)
    found = ngspice(text, tmp_path)
    assert found[-1, 0] == pytest.approx(wave.stop_s)
    t_s, i_a, x = rows[:, 0], rows[:, 2], rows[:, 3]
    large = np.abs(i_a) > 0.01 * np.abs(i_a).max()
    dx = np.abs(np.interp(t_s, found[:, 0], found[:, 3]) - x) / np.ptp(x)
    di = np.abs(np.interp(t_s, found[:, 0], found[:, 2]) - i_a)[large] / np.abs(i_a[large])
    allowed_dx, allowed_di = (3.0 * most for most in DEVIATIONS.get(name, (0.0, 0.0)))
    assert dx.max() <= max(2e-5, allowed_dx)
    assert di.max() <= max(1e-4, allowed_di)


@needs_ngspice
@pytest.mark.parametrize(("name", "published"), [
    *((name, {}) for name in models.names()), ("messaris", {"set": "tiox-2017"})])
def test_every_model_agrees_with_the_exact_integrator_on_its_own_pulses(
    name: str, published: dict[str, Any], tmp_path: Path
) -> None:
    model = models.create(name, **published)
    profile = model.profile()
    # The ON branch of pickett's is too stiff for anybody.
    levels_v = [1.1, 0.2] if name == "pickett" else [profile.v_set_v, profile.v_reset_v]
    wave = pulses(levels_v, profile.pulse_s)
    text = deck(model, ideal(), {"top_drive": wave}, x0=model.x0, stop_s=wave.stop_s,
                step_s=profile.pulse_s / 300, out="table", edge_s=1e-6 * profile.pulse_s)
    rows = ngspice(text, tmp_path)
    ours = simulate(model, wave, x0=model.x0, integrator="rk4")
    assert rows[-1, 0] == pytest.approx(wave.stop_s)
    rests = profile.pulse_s * np.array([1.75, 3.75])
    x, wanted = np.interp(rests, rows[:, 0], rows[:, 3]), np.interp(rests, ours.t_s, ours.x)
    assert np.abs(x - wanted).max() <= 2e-5 * np.ptp(ours.x)


def pulses(levels_v: list[float], width_s: float) -> Waveform:
    """A pulse each, in the middle of its slot of twice its width."""
    t_s, v_v = [0.0], [0.0]
    for slot, level in enumerate(levels_v):
        start = (2 * slot + 0.5) * width_s
        t_s += [start, start, start + width_s, start + width_s]
        v_v += [0.0, level, level, 0.0]
    return Waveform(t_s=[*t_s, 2 * len(levels_v) * width_s], v_v=[*v_v, 0.0])


@needs_ngspice
def test_exported_models_are_subcircuits_that_do_not_disturb_each_other(
    memrig: Callable[..., Any], tmp_path: Path
) -> None:
    names = ("stanford-pku", "messaris")
    wave = Waveform(t_s=[0.0, 5e-5, 1.5e-4, 2e-4], v_v=[0.0, 0.7, -0.7, 0.0])
    lines = ["two models", "V1 a 0 PWL(0 0 5e-5 0.7 1.5e-4 -0.7 2e-4 0)", ".options reltol=1e-7"]
    for number, name in enumerate(names, start=1):
        memrig("export-model", name, "-m", "orientation=-1", "--output", str(tmp_path / name))
        lines += [f".include {tmp_path / name}", f"X{number} a 0 {name.replace('-', '_')}"]
    lines += [".control", "set wr_singlescale", "set numdgt=14", "tran 1e-7 2e-4 0 1e-7 uic",
              "wrdata table v(x1.memrig_x) v(x2.memrig_x)", "quit 0", ".endc", ".end", ""]
    rows = ngspice("\n".join(lines), tmp_path)
    for column, name in enumerate(names, start=1):
        model = models.create(name, orientation=-1)
        ours = simulate(model, wave, x0=model.x0, integrator="rk4")
        x = np.interp(ours.t_s, rows[:, 0], rows[:, column])
        assert np.abs(x - ours.x).max() <= 1e-4 * np.ptp(ours.x), name


def test_an_export_overwrites_nothing_and_begins_within_the_bounds(
    memrig: Callable[..., Any], folder: Path
) -> None:
    printed = memrig("export-model", "mss", "-m", "tau_s=1ms").out
    assert ".subckt mss top bottom\n" in printed
    assert "tau_s=0.001" in " ".join(printed.split())
    (folder / "mss.cir").write_text("mine", encoding="utf-8")
    assert memrig("export-model", "mss", "--output", "mss.cir").sentence == (
        "mss.cir exists already; nothing was written")
    assert (folder / "mss.cir").read_text(encoding="utf-8") == "mine"
    assert memrig("export-model", "mss", "-m", "x0=2").sentence == (
        "x0 2 was asked; the state of mss runs from 0 to 1")


HALF = 0.5


def bent(z: float, of: float = HALF) -> float:
    if z > of:
        return math.exp(-z)
    return z * z


class Laws:
    """Every form that a law may have, once."""

    gain, small = 2.0, 0.0
    ends = (0.25, 4.0)
    kind = "steep"

    def powers(self, v: float, x: float) -> float:
        odd = v**3 + math.pow(v, 5.0) - 2.0 * v**2 + math.pow(v, 6.0)
        return odd + math.pow(abs(v), 0.3) + math.pow(2.0, v) + math.pow(abs(v) + 0.1, x)

    def logarithms(self, v: float, x: float) -> float:
        return (math.log(abs(v) + x) + math.log10(1.5 + v) + math.log2(1.5 + v)
                + 1e6 * math.log1p(1e-9 * v) + 1e6 * math.expm1(1e-9 * v) + math.log(1.5 + v, 3.0))

    def waves(self, v: float, x: float) -> float:
        return (math.sin(v) + math.cos(x * v) - math.tan(v) + math.asin(v) + math.acos(v)
                + math.atan(v))

    def hyperbolic(self, v: float, x: float) -> float:
        return (math.sinh(v) + math.cosh(x * v) - math.tanh(v) + math.asinh(v)
                + math.acosh(1.0 + v * v) + math.atanh(v))

    def others(self, v: float, x: float) -> float:
        steps = math.floor(3.0 * v) + math.ceil(3.0 * v)
        return steps + math.copysign(x, -v) + math.hypot(v, x) + min(v, x, 0.1) + max(v, -x)

    def branches(self, v: float, x: float) -> float:
        a, b = 1.0, x
        if v > 0.5 and x < 1.0:
            return math.sqrt(v) * -b
        if -0.2 <= v <= 0.25 or not v < 0.5:
            b += math.log(v + 0.3)
        low, high = self.ends
        if self.kind != "steep":
            return math.sqrt(-1.0)
        return (a if v > 0 else -a) * b + bent(v, of=0.25) / high - bent(-v) * low

    def settled(self, v: float, x: float) -> float:
        if self.small and v > 0.0:
            return math.sqrt(-v)
        if self.small or v > 0.0:
            return self.small * v + self.ends[1] / self.gain + 0.0 * math.log(v)
        return v if self.gain > 1.0 and v else x


@needs_ngspice
def test_an_expression_gives_what_the_law_gives(tmp_path: Path) -> None:
    names = [name for name, law in vars(Laws).items() if callable(law)]
    lines = ["all forms of a law", "Vu u 0 0", "Vx x 0 0.3", "R1 u 0 1", "R2 x 0 1"]
    lines += [f"B{name} o_{name} 0 V={expression(Laws(), name, 'V(u)', 'V(x)')}" for name in names]
    shown = " ".join(f"v(o_{name})" for name in names)
    lines += [".control", "set wr_singlescale", "set numdgt=14", "dc Vu -0.85 0.85 0.1",
              f"wrdata table {shown}", "quit 0", ".endc", ".end", ""]
    rows = ngspice("\n".join(lines), tmp_path)
    assert rows.shape == (18, 1 + len(names))
    for column, name in enumerate(names, start=1):
        wanted = [getattr(Laws(), name)(v, 0.3) for v in rows[:, 0].tolist()]
        assert rows[:, column] == pytest.approx(wanted, rel=1e-9, abs=1e-12), name


def test_a_value_that_grows_beyond_measure_is_refused() -> None:
    class Long:
        def law(self, v: float, x: float) -> float:
            v = v * v + x * v + math.exp(v)
            v = v * v + x * v + math.exp(v)
            v = v * v + x * v + math.exp(v)
            v = v * v + x * v + math.exp(v)
            v = v * v + x * v + math.exp(v)
            v = v * v + x * v + math.exp(v)
            v = v * v + x * v + math.exp(v)
            return v * v + x * v + math.exp(v)

    with pytest.raises(RequestError, match=r"becomes an expression of \d+ characters; a deck"):
        expression(Long(), "law", "V(u)", "V(x)")


def test_a_drive_that_does_not_fit_is_refused() -> None:
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
