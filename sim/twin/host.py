"""Serves the simulated instruments of a description on loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from memrig.hil.clock import Clock
from memrig.hil.errors import RequestError
from memrig.sim.twin.clock_port import ClockPort
from memrig.sim.twin.faulty import in_real_time
from memrig.sim.twin.server import LOOPBACK, Served, SocketServer, serve
from memrig.sim.twin.twin import Twin, open_twin

CLOCK = "clock"
OWN = (CLOCK, "faults")
"""What a description says of how it is served, not of the bench."""
_HERE = rf"(?:{re.escape(LOOPBACK)}|localhost)"
_SOCKET = re.compile(rf"TCPIP\d*::{_HERE}::(\d{{1,5}})::SOCKET", re.IGNORECASE)
_PORT = re.compile(rf"{_HERE}:(\d{{1,5}})")


@contextmanager
def served(
    twin: Twin, instruments: Mapping[str, Served], ports: Mapping[str, int] | None = None
) -> Iterator[dict[str, SocketServer]]:
    """Serve a twin until left, with its faults, which take real time here.

    :param instruments: its instruments, in whatever they are wrapped, and what else is served.
    :param ports: fixed ports by role; free ones otherwise.
    """
    with serve(instruments, ports, twin.admits) as servers, in_real_time(twin.troubles):
        yield servers  # who waits for an instrument that hangs is let go before the servers are


@contextmanager
def host(
    description: Mapping[str, Any], *, clock: Clock, seed: int | None = None, shared: bool = False
) -> Iterator[dict[str, Any]]:
    """Build and serve a simulated bench; gives its description with the instruments' addresses.

    Addresses on loopback that the description gives are kept, so that a bench file stays right
    from one time to the next; others are replaced by free ports.

    :param clock: of the bench; the same that drives the measurement.
    :param seed: of hidden errors and noise; the description's when None.
    :param shared: serve the clock, too, and say where (``[twin] clock``).
    :raises RequestError: when a port that the description gives is taken.
    """
    twin = open_twin(description, clock=clock, seed=seed)
    instruments: dict[str, Served] = dict(twin.instruments)
    if shared:
        instruments[CLOCK] = ClockPort(clock)
    with ExitStack() as stack:
        try:
            servers = stack.enter_context(served(twin, instruments, _ports(description)))
        except (OSError, OverflowError) as error:
            raise RequestError(f"an address of the bench file cannot be served: {error}") from None
        yield _with_addresses(description, servers, shared=shared)


def _with_addresses(
    description: Mapping[str, Any], servers: Mapping[str, SocketServer], *, shared: bool
) -> dict[str, Any]:
    found = dict(description)
    found["instruments"] = {
        role: {**{k: v for k, v in one.items() if k != "simulate"},
               "resource": servers[role].resource}
        for role, one in description["instruments"].items()
    }
    found["twin"] = {k: v for k, v in description.get("twin", {}).items() if k not in OWN}
    if shared:
        found["twin"][CLOCK] = f"{LOOPBACK}:{servers[CLOCK].port}"
    return found


def _ports(description: Mapping[str, Any]) -> dict[str, int]:
    """Ports on loopback that a description gives, by role."""
    texts = {role: (_SOCKET, one.get("resource", ""))
             for role, one in description["instruments"].items()}
    texts[CLOCK] = (_PORT, description.get("twin", {}).get(CLOCK, ""))
    found = {name: pattern.fullmatch(str(text)) for name, (pattern, text) in texts.items()}
    return {name: int(match[1]) for name, match in found.items() if match}
