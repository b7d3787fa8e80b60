"""Measures the engine of the simulations: ``python benchmarks/engine.py``. Printed, not asserted.

The references are ordinary and hand-written C (``engine.c``), built here where there is a compiler,
and ngspice where it is installed. All times are of the processor, in one thread, since the machine
has other things to do; medians of alternating repeats.
"""

from __future__ import annotations

import ctypes
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measured import Outcome, Work, medians

from memrig.hil import Waveform
from memrig.sim import Devices, Overlaps, models, simulate_many
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model

DEVICES, STEPS = 10_000, 10_000
LANES = 64
"""Devices that the C takes at a time."""
PERIOD = 20
"""Steps of one level: there is no pause, so that nothing can be left out."""
STEP_S = 1e-6
DELAYS, SAMPLES = 201, 40_000
OFTEN = 100
"""Windows in a row, for the clock."""
ROUNDS = 11
NETLIST = Path("models/golden/ngspice/yakopcic_boise_1kHz.cir")
SERIES_OHM = 100.0
LOADED = 1024
"""Devices behind it, each different, beside the comparison of one with one."""


def rows() -> Iterator[Outcome | str]:
    """Every comparison, or why it is left out."""
    found = shutil.which("gcc") or shutil.which("clang")
    with tempfile.TemporaryDirectory() as folder:
        if found:
            c = _built(found, Path(folder))
            yield from batch(c)
            yield from window(c)
        else:
            yield "C is not compared with: there is no compiler"
    yield pulses()
    yield from loaded()


def taken(*works: Work, rounds: int = ROUNDS) -> list[float]:
    """Median times of the processor, in this thread."""
    return medians(*works, rounds=rounds, clock=time.thread_time)


def _built(compiler: str, folder: Path) -> Any:
    library = folder / "engine.so"
    source = Path(__file__).with_name("engine.c")
    words = ["-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC"]
    subprocess.run([compiler, *words, str(source), "-o", str(library), "-lm"], check=True)
    return ctypes.CDLL(str(library))


def _pointer(values: Floats) -> Any:
    return values.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


# --- many devices


def spread(model: Model, count: int) -> Devices:
    """Devices whose thresholds, speeds and windows differ by some percent."""
    rng = np.random.default_rng(1)
    names = ("a_p_hz", "a_n_hz", "v_p_v", "v_n_v", "x_p", "x_n", "alpha_p", "alpha_n")
    varied = {name: getattr(model, name) * (1.0 + 0.05 * rng.uniform(-1.0, 1.0, count))
              for name in names}
    return Devices.of(model, count, rng.uniform(0.1, 0.9, count), **varied)


def constants(many: Devices, count: int) -> Floats:
    """The rows of ``engine.c``, filled up to ``count`` devices."""
    rows = list(many.varied.values())
    v_p, v_n, x_p, x_n = rows[2:6]
    rows += [1.0 / (1.0 - x_p), 1.0 / (1.0 - x_n), 1.0 - x_n, np.exp(v_p), np.exp(v_n)]
    place = np.minimum(np.arange(count), len(many) - 1)
    return np.ascontiguousarray(np.array(rows)[:, place])


def batch(c: Any) -> Iterator[Outcome]:
    """Explicit Euler, every step of every device taken."""
    many = spread(models.create("yakopcic"), DEVICES)
    level_v = np.where(np.arange(STEPS) // PERIOD % 2 == 0, 0.3, -0.3)
    edges = STEP_S * PERIOD * np.arange(STEPS // PERIOD + 1)
    waveform = Waveform(t_s=np.repeat(edges, 2)[1:-1], v_v=np.repeat(level_v[::PERIOD], 2))
    padded = -(-DEVICES // LANES) * LANES
    p, x0 = constants(many, padded), many.x0[np.minimum(np.arange(padded), DEVICES - 1)]
    ends: dict[str, Floats] = {}

    def ours() -> None:
        ends["ours"] = simulate_many(
            many, waveform, wanted_s=[waveform.stop_s], integrator="euler", step_s=STEP_S,
            estimate=False, workers=1, engine="numba").x[:, -1]

    def theirs(name: str, count: int) -> Work:
        def work() -> None:
            x = x0.copy()
            stride = (ctypes.c_long(0),) if name == "scalar" else ()
            getattr(c, name)(ctypes.c_long(padded), ctypes.c_long(count), *stride,
                             _pointer(level_v), ctypes.c_double(STEP_S), _pointer(p), _pointer(x))
            ends[name] = x[:DEVICES]

        return work

    fast = [name for name in ("plain", "vector") if hasattr(c, name)]
    own_s, *fast_s = taken(ours, *(theirs(name, STEPS) for name in fast))
    unit = DEVICES * STEPS
    assert max(np.abs(ends[name] - ends["ours"]).max() for name in fast) < 1e-9
    yield Outcome(what="`simulate_many`, Euler, 10,000 devices x 10,000 steps, per step",
                  reference=f"C for the processor's vectors (the fastest of {', '.join(fast)})",
                  unit_s=own_s / unit, reference_s=min(fast_s) / unit, goal="at most 1.15")
    (slow_s,) = taken(theirs("scalar", STEPS // 10), rounds=3)
    yield Outcome(what="the same", reference="C, one device after the other, -O3 -march=native",
                  unit_s=own_s / unit, reference_s=10.0 * slow_s / unit, goal="at most 0.1")


# --- the window of spike-timing-dependent plasticity


SPIKE = Waveform(t_s=[0.0, 0.0, 2e-3, 2e-3, 14e-3], v_v=[0.0, 0.15, 0.0, -0.07, 0.0])
"""+0.15 V falling for 2 ms, then -0.07 V rising for 12 ms."""


def pairs() -> Overlaps:
    """Two such spikes, 201 delays between -20 and 20 ms."""
    return Overlaps(top=SPIKE, bottom=SPIKE, delays_s=np.linspace(-0.02, 0.02, DELAYS),
                    span_s=(-0.02, 0.04))


def window(c: Any) -> Iterator[Outcome]:
    """From two spikes and their delays to the states after them."""
    model = models.create("yakopcic")
    drives = pairs()
    start_s, stop_s = drives.span_s
    waveforms = [drives.waveform(number) for number in range(DELAYS)]
    h = (stop_s - start_s) / SAMPLES
    u_v = np.ascontiguousarray(drives.value(start_s + h * np.arange(SAMPLES)).T)
    p, x = constants(spread(model, DELAYS), DELAYS), np.empty(DELAYS)
    for row, name in enumerate(many_names()):
        p[row] = getattr(model, name)

    def simulated(drives: Overlaps | list[Waveform]) -> Floats:
        return simulate_many(Devices.of(model, DELAYS, 0.5), drives, wanted_s=[stop_s], workers=1,
                             engine="numba").x[:, 0]

    def ours() -> None:
        for _ in range(OFTEN):
            simulated(pairs())

    def theirs() -> None:
        x[:] = 0.5
        c.scalar(ctypes.c_long(DELAYS), ctypes.c_long(SAMPLES), ctypes.c_long(SAMPLES),
                 _pointer(u_v), ctypes.c_double(h), _pointer(p), _pointer(x))

    own_s, given_s, c_s = taken(ours, lambda: simulated(waveforms), theirs)
    assert np.abs(x - simulated(pairs())).max() < 1e-3
    yield Outcome(what="`simulate_many`, an STDP window of 201 delays, closed form",
                  reference="C, Euler, 40,000 samples a delay", unit_s=own_s / OFTEN,
                  reference_s=c_s, goal="at most 0.00125")
    yield Outcome(what="the same, as 201 waveforms", unit_s=given_s, reference="as above",
                  reference_s=c_s, goal="")


def many_names() -> tuple[str, ...]:
    """The parameters in the order of ``engine.c``."""
    return ("a_p_hz", "a_n_hz", "v_p_v", "v_n_v", "x_p", "x_n", "alpha_p", "alpha_n")


# --- pulses, and a device behind a resistor


def pulses() -> Outcome:
    """A pulse of 2,000 samples of 1 us against one of 2."""
    model = models.create("yakopcic")

    def pulse(samples: int) -> Work:
        width_s = samples * STEP_S
        waveform = Waveform(t_s=[0.0, 0.0, width_s, width_s], v_v=[0.0, 0.3, 0.3, 0.0])
        many = Devices.of(model, 1)
        return lambda: [simulate_many(many, waveform, wanted_s=[width_s], workers=1)
                        for _ in range(20)]

    long_s, short_s = taken(pulse(2000), pulse(2), rounds=15)
    return Outcome(what="`simulate_many`, a program pulse of 2,000 samples, closed form",
                   reference="one of 2 samples", unit_s=long_s / 20, reference_s=short_s / 20,
                   goal="at most 1.1")


def loaded() -> Iterator[Outcome | str]:
    """The reference netlist behind 100 ohm, per sample."""
    ngspice = shutil.which("ngspice")
    netlist = Path(__file__).resolve().parents[2] / "shared" / NETLIST
    if not ngspice or not netlist.exists():
        yield f"ngspice is not compared with: {'no netlist' if ngspice else 'it is not installed'}"
        return
    text = netlist.read_text(encoding="utf-8").replace("Vin in 0", "Vin source 0").replace(
        "\nBx ", f"\nRseries source in {SERIES_OHM:g}\nBdevice in 0 I = 0.17*V(x)*sinh(0.05*V(in))"
        "\nBx ")
    periods, per_period = 5, 10_000
    phase = 2.0 * np.pi * np.arange(periods * per_period + 1) / per_period
    waveform = Waveform(t_s=np.linspace(0.0, periods * 1e-3, phase.size), v_v=0.45 * np.sin(phase))
    model = models.create("yakopcic")
    one = Devices.of(model, 1, 0.11)
    many = spread(model, LOADED)
    with tempfile.TemporaryDirectory() as folder:
        deck = Path(folder) / "loaded.cir"
        deck.write_text(text, encoding="utf-8")
        x: list[float] = []

        def ours(devices: Devices = one) -> None:
            x.append(float(simulate_many(
                devices, waveform, wanted_s=[waveform.stop_s], integrator="euler", step_s=1e-7,
                series_ohm=SERIES_OHM, estimate=False, workers=1, engine="numba").x[0, 0]))

        def theirs() -> None:
            subprocess.run([ngspice, "-b", deck.name], cwd=folder, check=True, capture_output=True)

        (own_s,) = taken(ours, rounds=101)
        single = x[-1]
        (many_s,) = taken(lambda: ours(many), rounds=3)
        (spice_s,) = medians(theirs, rounds=3, clock=_children_s)
        (path,) = Path(folder).glob("*.txt")
        spice_x = float(np.loadtxt(path, skiprows=1)[-1, -1])
    assert abs(single - spice_x) < 1e-3
    samples = periods * per_period
    yield Outcome(what=f"`simulate_many`, Euler behind {SERIES_OHM:g} ohm, one device, per sample",
                  reference="ngspice on the reference netlist, its process, per sample",
                  unit_s=own_s / samples, reference_s=spice_s / samples, goal="at most 0.002")
    yield Outcome(what=f"the same, {LOADED:,} devices, per device and sample",
                  reference="as above, one device", unit_s=many_s / samples / LOADED,
                  reference_s=spice_s / samples, goal="at most 0.002")


def _children_s() -> float:
    """Time of the processor that ended processes have taken."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


if __name__ == "__main__":
    for one in rows():
        print(one if isinstance(one, str) else one.row, flush=True)
