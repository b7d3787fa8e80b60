"""A linear network in its own time constants: what makes one step of a circuit a few sums."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError
from memrig.hil.netlist import GROUND, Element, Netlist
from memrig.sim.sums import Sums, sums

Floats = npt.NDArray[np.float64]
SourceState = Literal["on", "off", "limited"]
LEAK_SIEMENS = 1e-13
"""Leakage of every node to ground (10 teraohm): keeps disconnected nodes defined."""
SOURCE_MIN_OHM = 1e-3
"""An ideal source still has leads; without them a capacitor across it had no equation."""
ALGEBRAIC_S = 1e-16
"""A time constant below this is none."""
Weights = list[tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Modes:
    """``tau_k dw_k/dt + w_k = drive_k . u - across_k i`` with ``v = node @ w``.

    A source that is ``limited`` drives with its current instead of its voltage; one that is
    ``off`` is disconnected.
    """

    nodes: tuple[str, ...]
    sources: tuple[str, ...]
    tau_s: list[float]
    drive: list[list[float]]
    across: list[float]
    node: list[list[float]]
    inverse: list[list[float]]
    current_of_u: list[float]
    current_of_v: list[list[float]]
    cache: dict[float, Weights] = field(default_factory=dict, repr=False)
    forces: Sums = field(init=False, repr=False)
    """``drive @ u``."""
    mode_amplitudes: Sums = field(init=False, repr=False)
    """Amplitudes of given node voltages."""
    node_voltages: Sums = field(init=False, repr=False)
    """Node voltages of given amplitudes."""
    _drawn: Sums = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, rows in (("forces", self.drive), ("mode_amplitudes", self.inverse),
                           ("node_voltages", self.node), ("_drawn", self.current_of_v)):
            object.__setattr__(self, name, sums(rows))

    def weights(self, h_s: float) -> Weights:
        """For each mode: what remains of the past, weight of the force now and at the end.

        Exact for a force that changes linearly during the step, for stiff modes too.
        """
        found = self.cache.get(h_s)
        if found is None:
            if len(self.cache) > 20_000:
                self.cache.clear()
            found = self.cache[h_s] = [_weight(h_s, tau) for tau in self.tau_s]
        return found

    def source_currents(self, u: list[float], node_v: list[float]) -> list[float]:
        """Currents out of the plus of every source."""
        drawn = zip(self.current_of_u, u, self._drawn(node_v), strict=True)
        return [g * one + rest for g, one, rest in drawn]


def _weight(h_s: float, tau_s: float) -> tuple[float, float, float]:
    if tau_s < ALGEBRAIC_S:
        return 0.0, 0.0, 1.0
    z = h_s / tau_s
    decay = math.exp(-z)
    mean = -math.expm1(-z) / z if z > 1e-5 else 1.0 - 0.5 * z
    return decay, mean - decay, 1.0 - mean


def modes(netlist: Netlist, states: Mapping[str, SourceState], device: str = "dut") -> Modes:
    """The modes of a netlist with every source on, off or limited (default: on)."""
    nodes = netlist.nodes
    if not any(element.name == device for element in netlist.of_kind("device")):
        raise RequestError(f"netlist {netlist.name} has no device {device!r}")
    sources = netlist.of_kind("source")
    g, c = _matrices(netlist, nodes)
    for source in sources:
        if states.get(source.name, "on") == "on":
            end = _ends(nodes, source)
            g += np.outer(end, end) / _ohm(source)
    lower = np.linalg.cholesky(g)
    inverse = np.linalg.inv(lower)
    tau, q = np.linalg.eigh(inverse @ c @ inverse.T)
    tau = np.where(tau > tau.max(initial=0.0) * 1e-14, tau, 0.0)
    to_node = inverse.T @ q
    return _assembled(netlist, states, device, tau, to_node, q.T @ lower.T)


def _assembled(
    netlist: Netlist, states: Mapping[str, SourceState], device: str, tau: Floats,
    to_node: Floats, to_mode: Floats,
) -> Modes:
    nodes, sources = netlist.nodes, netlist.of_kind("source")
    injected = np.zeros((len(nodes), len(sources)))
    of_u, of_v = np.zeros(len(sources)), np.zeros((len(sources), len(nodes)))
    for k, source in enumerate(sources):
        end, state = _ends(nodes, source), states.get(source.name, "on")
        siemens = {"on": 1.0 / _ohm(source), "limited": 1.0, "off": 0.0}[state]
        injected[:, k] = end * siemens
        of_u[k] = siemens
        if state == "on":
            of_v[k] = -end * siemens
    across = to_node.T @ _ends(nodes, netlist.element(device))
    return Modes(
        nodes, tuple(source.name for source in sources), tau.tolist(),
        (to_node.T @ injected).tolist(), across.tolist(),
        to_node.tolist(), to_mode.tolist(), of_u.tolist(), of_v.tolist(),
    )


def _ohm(source: Element) -> float:
    return max(source.value, SOURCE_MIN_OHM)


def _ends(nodes: tuple[str, ...], element: Element) -> Floats:
    end = np.zeros(len(nodes))
    for node, sign in ((element.plus, 1.0), (element.minus, -1.0)):
        if node != GROUND:
            end[nodes.index(node)] += sign
    return end


def _matrices(netlist: Netlist, nodes: tuple[str, ...]) -> tuple[Floats, Floats]:
    g, c = LEAK_SIEMENS * np.eye(len(nodes)), np.zeros((len(nodes), len(nodes)))
    for part in netlist.of_kind("resistor"):
        end = _ends(nodes, part)
        g += np.outer(end, end) / part.value
    for part in netlist.of_kind("capacitor"):
        end = _ends(nodes, part)
        c += np.outer(end, end) * part.value
    return g, c
