"""``memrig bench check`` of a generator, an oscilloscope and, if there is one, a voltmeter.

A known resistor stands in the device's place. Steady levels are set at both ends and read by
everything that looks; one least squares adjustment then gives gains, offsets and resistances
together, each as well as the best instrument knows it (a source/measure unit knows volts fifty
times better than generator and oscilloscope).
"""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from memrig.drivers.awg_scope import AwgScopeBench
from memrig.drivers.check_fit import fitted
from memrig.drivers.check_levels import Levels, LevelStation, Point
from memrig.drivers.check_time import hum_of, skew_of
from memrig.hil.bench import Watch
from memrig.hil.calibration import Calibration, CheckReport
from memrig.hil.units import format_quantity
from memrig.hil.wiring import response, verdict_of

LEVEL_V = 1.9
"""Largest open-circuit level: within the 2 V range of the voltmeter."""
WIRING_V = 1.0
FILLS_DIV, FINE_DIV = (3.0, 1.5, 2.25), 1.5
"""Divisions that a level fills, in turn, so that the converter's bend is seen in several places;
few where the zero error takes several."""
FINE_V, LEAST_DIV = 5e-3, 0.9
CURRENT_REPEATS = 2
LIMIT = math.sqrt(3.0)
"""From a standard uncertainty to the tolerance of an even distribution."""


def check_awg_scope(
    bench: AwgScopeBench, *, resistor_ohm: float, u_rel: float, watch: Watch
) -> CheckReport:
    """Verify the wiring, then calibrate everything.

    :param watch: heard before every level.

    :raises BenchError: when an instrument fails; the outputs are off.
    """
    with bench.energised():
        plan = list(_plan(bench, resistor_ohm))
        station = LevelStation(bench, _counting(watch, len(plan) + len(bench.sources) + 1))
        wired, sentence = _wiring(bench, station, resistor_ohm)
        if not wired:
            return CheckReport(calibration=Calibration(), verdicts=(sentence,), passed=False)
        fit = fitted(bench, station.take(plan), resistor_ohm, u_rel)
        skew_s, hum_v = skew_of(bench), hum_of(bench)
    verdicts = list(fit.verdicts())
    calibration = Calibration(
        measured_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        reference=f"{format_quantity(resistor_ohm, 'ohm', 6)} ± {100.0 * LIMIT * u_rel:.2g} %",
        probes=fit.probes(), sources=fit.sources(), elements=fit.elements(), skew_s=skew_s,
        hum_v=hum_v,
    )
    return CheckReport(
        calibration=calibration, verdicts=(sentence, *(text for _, text in verdicts)),
        passed=all(good for good, _ in verdicts),
    )


def _counting(watch: Watch, total: int) -> Callable[[], object]:
    """Tells ``watch`` how many of the levels have been set before this one."""
    done = itertools.count()
    return lambda: watch.at(min(next(done) / total, 1.0))


def _wiring(
    bench: AwgScopeBench, station: LevelStation, resistor_ohm: float
) -> tuple[bool, str]:
    """Each source in turn; every channel must see what the netlist says."""
    reach = dict.fromkeys(bench.probes.values(), WIRING_V)
    wanted = [
        Levels(set_v={s: WIRING_V * (s == one) for s in bench.sources}, reach_v=reach)
        for one in ("none", *bench.sources)
    ]
    rest, *seen = (_probe_values(bench, point) for point in station.take(wanted))
    return verdict_of((np.array(seen) - rest) / WIRING_V, bench.describe().netlist,
                      list(bench.probes.values()), resistor_ohm)


def _probe_values(bench: AwgScopeBench, point: Point) -> np.ndarray:
    by_probe = {one.probe: one.value_v for one in point.seen if one.name.startswith(one.probe)}
    return np.array([by_probe[probe] for probe in bench.probes.values()])


def _plan(bench: AwgScopeBench, resistor_ohm: float) -> Iterator[Levels]:
    """Levels that fill every range of the oscilloscope, then large currents."""
    weights = response(bench.describe().netlist, resistor_ohm)
    together = weights.sum(axis=1)
    for scale_v, fill_div in zip(bench.scope.scales_v, itertools.cycle(FILLS_DIV), strict=False):
        fill_v = scale_v * (fill_div if scale_v >= FINE_V else FINE_DIV)
        for level_v in _fills(fill_v, together.tolist()):
            if level_v * together.max() >= LEAST_DIV * scale_v:
                yield from (_levels(bench, weights, [sign * level_v] * len(bench.sources), scale_v)
                            for sign in (1.0, -1.0))
    for signs in itertools.product((-1.0, 0.0, 1.0), repeat=len(bench.sources)):
        if len(set(signs)) == len(signs):  # equal levels drive no current
            for _ in range(CURRENT_REPEATS):
                yield _levels(bench, weights, [s * LEVEL_V for s in signs], 0.0)


def _fills(fill_v: float, together: Sequence[float]) -> list[float]:
    """Levels at which one probe or another sees ``fill_v``, as far as levels go."""
    wanted = sorted(min(fill_v / abs(part), LEVEL_V) for part in together if abs(part) > 1e-3)
    return [v for k, v in enumerate(wanted) if k == 0 or v > 1.1 * wanted[k - 1]]


def _levels(
    bench: AwgScopeBench, weights: np.ndarray, set_v: Sequence[float], scale_v: float
) -> Levels:
    reach = np.abs(weights @ np.array(set_v)).tolist()
    return Levels(set_v=dict(zip(bench.sources, set_v, strict=True)), scale_v=scale_v,
                  reach_v=dict(zip(bench.probes.values(), reach, strict=True)))
