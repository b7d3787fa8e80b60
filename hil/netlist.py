"""A bench written down as a circuit: what simulation, limits and conversion all read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError

Floats = npt.NDArray[np.float64]
GROUND = "0"
SETTLED = 7.0
"""Time constants after which what is left of a step is less than a thousandth."""
ElementKind = Literal["source", "resistor", "capacitor", "device"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One two-terminal part.

    :param kind: a voltage source with its inner resistance, a resistor, a capacitor or a device.
    :param name: unique in the netlist; sources that play the stimulus are called
        ``top_drive`` and ``bottom_drive``, the device ``dut``.
    :param value: inner resistance of a source or resistance, ohms; capacitance, farads;
        unused (0) for a device, whose behaviour the model brings.
    :param u_rel: standard uncertainty of the value, relative (a 1 % resistor: 0.006).
    """

    kind: ElementKind
    name: str
    plus: str
    minus: str = GROUND
    value: float = 0.0
    u_rel: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What an instrument's channel sees: a node's voltage or a source's current (out of plus)."""

    name: str
    kind: Literal["voltage", "current"]
    at: str


@dataclass(frozen=True, slots=True)
class Thevenin:
    """The linear network as the device sees it, capacitors settled.

    The open-circuit voltage at the device is ``sum(weights[s] * volts of source s)``.
    """

    weights: Mapping[str, float]
    ohm: float


@dataclass(frozen=True, slots=True)
class System:
    """The network's equations ``C dz/dt + G z = B u + J i``: node analysis with source currents.

    ``z`` holds the voltages of ``nodes``, then the currents out of ``sources``; ``u`` the source
    voltages, ``i`` the device currents (from plus to minus), one column per device.
    """

    nodes: tuple[str, ...]
    sources: tuple[str, ...]
    devices: tuple[str, ...]
    conductance: Floats
    capacitance: Floats
    drive: Floats
    injection: Floats

    def index(self, name: str) -> int:
        """Row of a node's voltage, or of a source's current."""
        return (*self.nodes, *self.sources).index(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Netlist:
    """A bench's circuit: elements between nodes, and the probes that look at it."""

    name: str
    elements: tuple[Element, ...]
    probes: tuple[Probe, ...] = ()

    def __post_init__(self) -> None:
        names = [element.name for element in self.elements]
        if len(set(names)) != len(names):
            raise RequestError(f"netlist {self.name}: element names must be unique, got {names}")

    def of_kind(self, kind: ElementKind) -> tuple[Element, ...]:
        """All elements of one kind, in order."""
        return tuple(element for element in self.elements if element.kind == kind)

    def element(self, name: str) -> Element:
        """The element with this name; raises RequestError with the names there are."""
        for element in self.elements:
            if element.name == name:
                return element
        names = ", ".join(element.name for element in self.elements)
        raise RequestError(f"netlist {self.name} has no element {name!r} (it has {names})")

    def with_value(self, name: str, value: float, u_rel: float = 0.0) -> Netlist:
        """The same netlist with another value (ohms or farads) of one element."""
        old = self.element(name)
        new = replace(old, value=value, u_rel=u_rel)
        elements = tuple(new if element is old else element for element in self.elements)
        return replace(self, elements=elements)

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes but ground, in order of appearance."""
        ends = (node for element in self.elements for node in (element.plus, element.minus))
        return tuple(dict.fromkeys(node for node in ends if node != GROUND))

    def system(self, off: frozenset[str] = frozenset()) -> System:
        """The equations of the network; sources named in ``off`` are disconnected."""
        sources = tuple(s for s in self.of_kind("source") if s.name not in off)
        devices = self.of_kind("device")
        size = len(self.nodes) + len(sources)
        row = {node: k for k, node in enumerate(self.nodes)}
        g, c = np.zeros((size, size)), np.zeros((size, size))
        for resistor in self.of_kind("resistor"):
            _stamp(g, row, resistor, 1.0 / resistor.value)
        for capacitor in self.of_kind("capacitor"):
            _stamp(c, row, capacitor, capacitor.value)
        drive = np.zeros((size, len(sources)))
        for k, source in enumerate(sources):
            _stamp_source(g, row, source, len(self.nodes) + k)
            drive[len(self.nodes) + k, k] = 1.0
        injection = np.zeros((size, len(devices)))
        for k, device in enumerate(devices):
            for node, sign in ((device.plus, -1.0), (device.minus, 1.0)):
                if node != GROUND:
                    injection[row[node], k] += sign
        return System(
            self.nodes, tuple(s.name for s in sources), tuple(d.name for d in devices),
            g, c, drive, injection,
        )

    def thevenin(self, device: str = "dut", off: frozenset[str] = frozenset()) -> Thevenin:
        """The network as ``device`` sees it: weights of the sources and series resistance."""
        return _thevenin(self, device, off)

    def settling_s(self, ohm: float) -> float:
        """How long after a step the largest capacitance, with this resistance, holds less than a
        thousandth of it."""
        farad = max((one.value for one in self.of_kind("capacitor")), default=0.0)
        return SETTLED * farad * ohm

    def observation(self, probes: Sequence[str], device: str = "dut") -> Floats:
        """How the device's voltage and current follow from probe readings, shape (2, n).

        ``[v_dut, i_dut] = observation(names) @ readings``, with node equations held exactly
        and capacitors settled.

        :raises RequestError: when the probes do not determine the device's voltage and current.
        """
        system = self.system()
        known = [_probe_row(system, self._probe(name)) for name in probes]
        column = system.injection[:, system.devices.index(device)]
        nodes = len(system.nodes)
        kirchhoff = np.column_stack([system.conductance[:nodes], -column[:nodes]])
        measured = np.column_stack([np.array(known), np.zeros(len(known))])
        lhs = np.vstack([kirchhoff / np.abs(kirchhoff).max(axis=1, keepdims=True), measured])
        if np.linalg.matrix_rank(lhs, tol=1e-13) < lhs.shape[1]:
            message = (
                f"netlist {self.name}: the channels {', '.join(probes)} do not determine the "
                f"voltage and current of {device!r}; add a probe at its terminals"
            )
            raise RequestError(message)
        solution = np.linalg.pinv(lhs, rcond=1e-15)[:, nodes:]
        return np.vstack([np.append(-column, 0.0) @ solution, solution[-1]])

    def _probe(self, name: str) -> Probe:
        for probe in self.probes:
            if probe.name == name:
                return probe
        names = ", ".join(probe.name for probe in self.probes)
        raise RequestError(f"netlist {self.name} has no probe {name!r} (it has {names})")

    def probe_response(self, device: str = "dut") -> tuple[Floats, Floats]:
        """Probe readings for given sources and device current, capacitors settled.

        :returns: matrices of shape (probes, sources) and (probes,): readings are
            ``first @ source_volts + second * device_current``.
        """
        return _probe_response(self, device)

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        return {"name": self.name,
                "elements": tuple(map(_plain, self.elements)),
                "probes": tuple(map(_plain, self.probes))}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Netlist:
        """Read what ``to_json`` wrote."""
        return cls(
            name=data["name"],
            elements=tuple(Element(**element) for element in data["elements"]),
            probes=tuple(Probe(**probe) for probe in data["probes"]),
        )


def _plain(part: Element | Probe) -> dict[str, Any]:
    # dataclasses.asdict copies deeply, and every step of a run writes its circuit.
    return {one.name: getattr(part, one.name) for one in fields(part)}


@lru_cache(maxsize=256)  # every plan of a dry run asks for it
def _thevenin(netlist: Netlist, device: str, off: frozenset[str]) -> Thevenin:
    system = netlist.system(off)
    across = -system.injection[:, system.devices.index(device)]
    response = np.linalg.solve(_grounded(system.conductance), np.column_stack(
        [system.drive, across]
    ))
    seen = across @ response
    weights = dict(zip(system.sources, seen[:-1].tolist(), strict=True))
    return Thevenin(MappingProxyType(weights), float(seen[-1]))


@lru_cache(maxsize=256)  # every replica of a simulated bench asks for it
def _probe_response(netlist: Netlist, device: str) -> tuple[Floats, Floats]:
    system = netlist.system()
    column = system.injection[:, [system.devices.index(device)]]
    solution = np.linalg.solve(
        _grounded(system.conductance), np.column_stack([system.drive, column])
    )
    rows = np.array([_probe_row(system, probe) for probe in netlist.probes])
    seen = rows @ solution
    seen.flags.writeable = False
    return seen[:, :-1], seen[:, -1]


def _stamp(matrix: Floats, row: Mapping[str, int], element: Element, value: float) -> None:
    for a, b in ((element.plus, element.minus), (element.minus, element.plus)):
        if a != GROUND:
            matrix[row[a], row[a]] += value
            if b != GROUND:
                matrix[row[a], row[b]] -= value


def _stamp_source(g: Floats, row: Mapping[str, int], source: Element, at: int) -> None:
    for node, sign in ((source.plus, 1.0), (source.minus, -1.0)):
        if node != GROUND:
            g[at, row[node]] += sign  # v_plus - v_minus + R i = u
            g[row[node], at] -= sign  # the current flows out of plus into the node
    g[at, at] += source.value


def _grounded(conductance: Floats) -> Floats:
    # A node that only capacitors or the device touch would float; 1 picosiemens to ground
    # changes nothing that an instrument could see and keeps the matrix regular.
    floating = ~np.abs(conductance).any(axis=1)
    return conductance + 1e-12 * np.diag(floating * 1.0)


def _probe_row(system: System, probe: Probe) -> Floats:
    row = np.zeros(len(system.nodes) + len(system.sources))
    row[system.index(probe.at)] = 1.0
    return row


def ideal(series_ohm: float = 0.0) -> Netlist:
    """The model's own bench: an ideal source, optionally a series resistance, exact probes."""
    series = (
        (Element(kind="resistor", name="r_series", plus="bottom", value=series_ohm),)
        if series_ohm > 0
        else ()
    )
    return Netlist(
        name="ideal",
        elements=(
            Element(kind="source", name="top_drive", plus="top"),
            Element(kind="device", name="dut", plus="top",
                    minus="bottom" if series else GROUND),
            *series,
        ),
        probes=(
            Probe(name="v_top", kind="voltage", at="top"),
            Probe(name="i_top", kind="current", at="top_drive"),
        ),
    )


def single_channel(
    *, series_ohm: float = 1e3, source_ohm: float = 50.0, probe_ohm: float = 1e6,
    top_farad: float = 115e-12, bottom_farad: float = 115e-12, device_farad: float = 0.0,
) -> Netlist:
    """``AWG1 - top``, ``bottom - R_s - ground``; scope CH1 at top, CH2 at bottom."""
    return Netlist(
        name="awg-scope-single",
        elements=(
            Element(kind="source", name="top_drive", plus="top", value=source_ohm),
            Element(kind="device", name="dut", plus="top", minus="bottom"),
            Element(kind="resistor", name="r_series", plus="bottom", value=series_ohm),
            *_loads("top", probe_ohm, top_farad),
            *_loads("bottom", probe_ohm, bottom_farad),
            *_device_capacitor(device_farad),
        ),
        probes=_scope_probes("top", "bottom"),
    )


def two_channel(
    *, series_ohm: float = 1e3, source_ohm: float = 50.0, probe_ohm: float = 1e6,
    top_farad: float = 115e-12, bottom_farad: float = 115e-12, far_farad: float = 115e-12,
    device_farad: float = 0.0,
) -> Netlist:
    """``AWG1 - top``, ``bottom - R_s - AWG2``; scope CH1 at top, CH2 at bottom, CH3 at AWG2."""
    return Netlist(
        name="awg-scope-two",
        elements=(
            Element(kind="source", name="top_drive", plus="top", value=source_ohm),
            Element(kind="device", name="dut", plus="top", minus="bottom"),
            Element(kind="resistor", name="r_series", plus="bottom", minus="far",
                    value=series_ohm),
            Element(kind="source", name="bottom_drive", plus="far", value=source_ohm),
            *_loads("top", probe_ohm, top_farad),
            *_loads("bottom", probe_ohm, bottom_farad),
            *_loads("far", probe_ohm, far_farad),
            *_device_capacitor(device_farad),
        ),
        probes=_scope_probes("top", "bottom", "far"),
    )


def smu(
    *, channels: int = 1, series_ohm: float = 0.0, source_ohm: float = 0.0,
    top_farad: float = 115e-12, device_farad: float = 0.0,
) -> Netlist:
    """``SMU1 - top``, ``bottom - [R_s] - ground`` or, with two channels, ``- [R_s] - SMU2``."""
    far = "far" if channels == 2 else GROUND
    bottom = "bottom" if series_ohm > 0 else far
    series = (
        (Element(kind="resistor", name="r_series", plus="bottom", minus=far, value=series_ohm),)
        if series_ohm > 0
        else ()
    )
    second = (
        (Element(kind="source", name="bottom_drive", plus="far", value=source_ohm),)
        if channels == 2
        else ()
    )
    probes = [("v_top", "voltage", "top"), ("i_top", "current", "top_drive")]
    if channels == 2:
        probes += [("v_far", "voltage", "far"), ("i_far", "current", "bottom_drive")]
    return Netlist(
        name="smu-one" if channels == 1 else "smu-two",
        elements=(
            Element(kind="source", name="top_drive", plus="top", value=source_ohm),
            Element(kind="device", name="dut", plus="top", minus=bottom),
            *series, *second,
            Element(kind="capacitor", name="c_top", plus="top", value=top_farad),
            *_device_capacitor(device_farad),
        ),
        probes=tuple(Probe(name=n, kind=k, at=a) for n, k, a in probes),  # type: ignore[arg-type]  # literals
    )


BUILDERS: Mapping[str, Callable[..., Netlist]] = {
    "awg-scope-two": two_channel, "awg-scope-single": single_channel,
    "smu-one": smu, "smu-two": partial(smu, channels=2),
}
"""Circuits by kind of bench; a bench file's ``[bench.netlist]`` gives their arguments."""


def _loads(node: str, ohm: float, farad: float) -> tuple[Element, Element]:
    return (
        Element(kind="resistor", name=f"r_probe_{node}", plus=node, value=ohm),
        Element(kind="capacitor", name=f"c_{node}", plus=node, value=farad),
    )


def _device_capacitor(farad: float) -> tuple[Element, ...]:
    if farad <= 0:
        return ()
    return (Element(kind="capacitor", name="c_dut", plus="top", minus="bottom", value=farad),)


def _scope_probes(*nodes: str) -> tuple[Probe, ...]:
    return tuple(Probe(name=f"v_{node}", kind="voltage", at=node) for node in nodes)
