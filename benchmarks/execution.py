"""Whole runs on the simulated device against what a plain loop, or the bare integrator, takes.

Processor time, medians of alternating measurements: the machine has other things to do.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from measured import Outcome, Work, medians

from memrig.hil import Store, execute
from memrig.hil.protocols import IvSweep, PulseSeries
from memrig.sim import SimulatedBench, models, simulate
from memrig.sim.models.guseinov import Guseinov
from memrig.sim.models.yakopcic import Yakopcic

STEP_S, WIDTH_S, GAP_S, READ_S = 1e-6, 40e-6, 80e-6, 70e-6
PULSES, READ_V = 1000, 0.08
"""A period of 400 us: the pulse, its gap, a baseline, a blank, a read, a rest."""
ROUNDS = 9
GOAL = 1.0 / 20.0
ADDED_S = 10e-6


def rows() -> Iterator[Outcome]:
    """Everything that is measured here."""
    yield _series(Yakopcic(), "auto", _plain_yakopcic)
    yield _series(Guseinov(), "euler", _plain_guseinov)
    yield _points()


def _medians(*works: Work) -> list[float]:
    return medians(*works, rounds=ROUNDS, clock=time.process_time)


# --- a plasticity series


def series(level_v: float) -> PulseSeries:
    """1,000 pulses that potentiate, a read after each, a period of 400 us."""
    return PulseSeries.from_text({
        "order": "potentiation", "count": str(PULSES), "amplitude_set": f"{level_v} V",
        "width": f"{WIDTH_S} s", "gap": f"{GAP_S} s", "read_window": f"{READ_S} s",
        "read_level": f"{READ_V} V",
    })


def _period(level_v: float) -> list[float]:
    """The voltage of every step of a period."""
    def steps(duration_s: float) -> int:
        return round(duration_s / STEP_S)

    return ([level_v] * steps(WIDTH_S) + [0.0] * steps(GAP_S + READ_S)
            + [READ_V] * steps(2 * READ_S) + [0.0] * steps(READ_S))


def _series(
    model: Yakopcic | Guseinov, integrator: str, plain: Callable[[list[float]], float]
) -> Outcome:
    level_v = model.profile().v_set_v
    # Other pulses in every round: what a process has remembered of the last one does not count.
    protocols = iter([series(level_v * (1.0 - 1e-6 * k)) for k in range(ROUNDS + 1)])
    volts = _period(level_v)
    with tempfile.TemporaryDirectory() as folder, \
            Store.open(Path(folder) / "runs.sqlite") as store:

        def ours() -> None:
            execute(next(protocols), SimulatedBench(model, integrator=integrator), seed=1,
                    store=store)

        ours_s, theirs_s = _medians(ours, lambda: plain(volts))
    return Outcome(
        what=f"1,000 pulses of 400 us on `{model.name}` (`{integrator}`) through `execute`, stored",
        reference="Euler at 1 us in plain Python, nothing stored", unit_s=ours_s,
        reference_s=theirs_s, goal=f"at most {GOAL:g}")


def _plain_yakopcic(volts: list[float]) -> float:
    """As anybody would write it: state and current at every step, nothing else."""
    one, exp, sinh = Yakopcic(), math.exp, math.sinh
    up, down, v_p, v_n = one.a_p_hz, one.a_n_hz, one.v_p_v, one.v_n_v
    x_p, x_n, alpha_p, alpha_n, a1, b = (one.x_p, one.x_n, one.alpha_p, one.alpha_n, one.a1,
                                         one.b)
    from_p, from_n, x = exp(v_p), exp(v_n), one.x0
    for _ in range(PULSES):
        for v in volts:
            if v > v_p:
                g = up * (exp(v) - from_p)
            elif v < -v_n:
                g = -down * (exp(-v) - from_n)
            else:
                g = 0.0
            if v >= 0:
                f = 1.0 if x < x_p else exp(-alpha_p * (x - x_p)) * (1.0 - x) / (1.0 - x_p)
            else:
                f = 1.0 if x > 1.0 - x_n else exp(alpha_n * (x + x_n - 1.0)) * x / (1.0 - x_n)
            i = a1 * x * sinh(b * v)
            x = min(max(x + STEP_S * g * f, 0.0), 1.0)
    return i + x


def _plain_guseinov(volts: list[float]) -> float:
    one, exp, sqrt = Guseinov(), math.exp, math.sqrt
    k = one.charge_c / (one.boltzmann_j_per_k * one.temperature_k)
    common = one.nu_hz * exp(-k * one.phi_ion_ev)
    grow, shrink, per_volt = one.r_set * common, one.r_reset * common, k * one.c1
    low = one.area_m2 * one.dr * one.a0 * exp(1.0 - 300.0 / one.temperature_k)
    high, per_root = one.area_m2 * one.b * exp(-k * one.phi_el_ev), 0.5 * k * one.pf
    v_set, v_reset, x = one.v_set_v, one.v_reset_v, one.x0
    for _ in range(PULSES):
        for v in volts:
            if v >= v_reset:
                rate = -shrink * exp(per_volt * v)
            elif v < v_set:
                rate = grow * exp(-per_volt * v)
            else:
                rate = 0.0
            i = (x * low + (1.0 - x) * high * exp(per_root * sqrt(abs(v)))) * v
            x = min(max(x + STEP_S * rate, 0.0), 1.0)
    return i + x


# --- a point


def _points() -> Outcome:
    """A sweep of many points: what `execute` adds to the integrator, for each of them."""
    model, protocol = models.create("guseinov"), IvSweep(points=5000)
    bench = SimulatedBench(model)
    run = execute(protocol, bench, seed=1)
    plans = [record.plan for record in run.records for _ in range(record.plan.repeat)]

    def bare() -> None:
        for plan in plans:
            simulate(model, plan.top, x0=model.x0,
                     compliance_a=plan.stimulus.compliance_a or math.inf)

    ours_s, theirs_s = _medians(
        lambda: execute(protocol, SimulatedBench(model), seed=1), bare)
    added_s = (ours_s - theirs_s) / run.points
    return Outcome(
        what=f"`{protocol.name}` through `execute`, per point", reference="the bare integrator",
        unit_s=ours_s / run.points, reference_s=theirs_s / run.points,
        goal=f"at most {1e6 * ADDED_S:g} us added ({1e6 * added_s:.2g} us are)")
