"""A finished run for an empty list: what one looks like, on the model alone."""

from __future__ import annotations

from typing import Any

from memrig.hil.registry import load
from memrig.hil.store import Store

PROTOCOL, SEED, TAG = "iv-sweep", 1, "example"
NOISE_REL = 0.01
"""Noise of the example's currents in terms of its largest, so that dots and line can be told."""


def example(store: Store, model: Any, note: str) -> str:
    """Run the default sweep on a noisy simulated device and keep it; no instrument has part in it.

    :return: the run's id; empty where the store has runs already.
    """
    from memrig.hil.execution import execute  # noqa: PLC0415  # the first picture needs none
    from memrig.hil.overlay import Overlay  # noqa: PLC0415  # as above

    if store.runs():
        return ""
    opened = load("simulators", "model")
    protocol, clean = load("protocols", PROTOCOL)(), opened(model, integrator="auto")
    quiet = execute(protocol, clean, seed=SEED)
    peak_a = max(float(abs(one.trace(*place).i_a).max())
                 for one in quiet.main for place in one.blocks())
    noisy = opened(model, integrator="auto", noise_a=NOISE_REL * peak_a, seed=SEED)
    run = execute(protocol, noisy, overlay=Overlay(bench=opened(model, integrator="auto")),
                  store=store, seed=SEED, note=note)
    store.tag(run.id, TAG)
    return run.id
