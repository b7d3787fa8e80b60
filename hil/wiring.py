"""Which way a bench is wired, from what its channels see of each source in turn."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from memrig.hil.netlist import Netlist

Floats = npt.NDArray[np.float64]
TOLERANCE = 0.05
"""What gains, offsets and the resistor may differ, of the level."""
OPEN_OHM, SHORT_OHM = 1e12, 1e-3


def response(netlist: Netlist, resistor_ohm: float) -> Floats:
    """What each probe sees of each source with a resistor in the device's place, volts per volt,
    shape (probes, sources)."""
    by_source, by_current = netlist.probe_response()
    seen = netlist.thevenin()
    weights = np.array(list(seen.weights.values()))
    return by_source + np.outer(by_current, weights) / (seen.ohm + resistor_ohm)


def verdict_of(
    seen: Floats, netlist: Netlist, probes: Sequence[str], resistor_ohm: float
) -> tuple[bool, str]:
    """(whether the wiring is right, a sentence).

    :param seen: volts per volt of each source, shape (sources, probes).
    """
    right = response(netlist, resistor_ohm).T
    if np.abs(seen - right).max() <= TOLERANCE:
        return True, "wiring: every channel sees what the netlist says"
    guesses = list(_guesses(netlist, probes, right))
    misfits = [float(np.abs(seen - guess).max()) for _, guess in guesses]
    best = int(np.argmin(misfits))
    if misfits[best] <= TOLERANCE:
        return False, f"WRONG WIRING: {guesses[best][0]}"
    rows = "; ".join(
        f"{probe} sees {', '.join(f'{v:+.2f}' for v in seen[:, k])} instead of "
        f"{', '.join(f'{v:+.2f}' for v in right[:, k])}" for k, probe in enumerate(probes)
    )
    return False, f"WRONG WIRING, volts per volt of each source: {rows}"


def _guesses(
    netlist: Netlist, probes: Sequence[str], right: Floats
) -> Iterator[tuple[str, Floats]]:
    """What can be wrong, and what would then be seen, the likeliest first."""
    yield ("nothing connects the device's electrodes (no contact, or a broken lead)",
           response(netlist, OPEN_OHM).T)
    yield "the device's electrodes are shorted", response(netlist, SHORT_OHM).T
    for k, probe in enumerate(probes):
        yield f"the channel of {probe} sees nothing: its lead is open", _with(right, k, 0.0)
    for k, probe in enumerate(probes):
        yield f"the channel of {probe} is inverted", _with(right, k, -1.0)
    for a, b in itertools.combinations(range(len(probes)), 2):
        swapped = right.copy()
        swapped[:, [a, b]] = swapped[:, [b, a]]
        yield f"the channels of {probes[a]} and {probes[b]} are swapped", swapped
    if right.shape[0] > 1:
        yield "the generator's channels are swapped", right[::-1]
    for k, source in enumerate(netlist.thevenin().weights):
        silent, inverted = right.copy(), right.copy()
        silent[k], inverted[k] = 0.0, -right[k]
        yield f"{source} does not arrive: its output is not connected", silent
        yield f"{source} is inverted", inverted


def _with(right: Floats, column: int, factor: float) -> Floats:
    changed = right.copy()
    changed[:, column] *= factor
    return changed
