"""Serves the simulated instruments of a description on loopback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from memrig.hil.clock import Clock
from memrig.sim.twin.server import serve
from memrig.sim.twin.twin import open_twin


@contextmanager
def host(
    description: Mapping[str, Any], *, clock: Clock, seed: int | None = None
) -> Iterator[dict[str, Any]]:
    """Build and serve a simulated bench; gives its description with the instruments' addresses.

    :param clock: of the bench; the same that drives the measurement.
    :param seed: of hidden errors and noise; the description's when None.
    """
    twin = open_twin(description, clock=clock, seed=seed)
    with serve(twin.instruments) as servers:
        instruments = {
            role: {**one, "resource": servers[role].resource}
            for role, one in description["instruments"].items()
        }
        yield {**description, "instruments": instruments}
