"""A bench's circuit in the order in which it is drawn: from the first source to the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from memrig.hil.netlist import GROUND, Element, Netlist
from memrig.hil.units import shown

SERIES = "r_series"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Nodes in a row, what is between them, and what hangs from each.

    :param nodes: from the top electrode on; the last one may be ground.
    :param between: parts between each node and the next.
    :param across: what is parallel to the device.
    :param shunts: parts from a node to ground, by node.
    :param probes: names of the voltage probes by node, and of the current probes by source.
    """

    nodes: tuple[str, ...]
    between: tuple[Element, ...]
    first: Element
    last: Element | None
    across: tuple[Element, ...]
    shunts: Mapping[str, tuple[Element, ...]]
    probes: Mapping[str, tuple[str, ...]]


def ladder(netlist: Netlist) -> Ladder:
    """The circuit around the device, in order."""
    first, device = netlist.element("top_drive"), netlist.element("dut")
    nodes, between = [device.plus, device.minus], [device]
    for resistor in netlist.of_kind("resistor"):
        if resistor.name == SERIES:
            nodes.append(resistor.minus)
            between.append(resistor)
    others = [s for s in netlist.of_kind("source") if s is not first]
    hanging = [*netlist.of_kind("resistor"), *netlist.of_kind("capacitor")]
    shunts = {node: tuple(one for one in hanging if one.plus == node and one.minus == GROUND
                          and one.name != SERIES) for node in nodes if node != GROUND}
    at = dict.fromkeys(probe.at for probe in netlist.probes)
    probes = {place: tuple(p.name for p in netlist.probes if p.at == place) for place in at}
    return Ladder(
        nodes=tuple(nodes), between=tuple(between), first=first,
        last=others[0] if others else None, shunts=shunts, probes=probes,
        across=tuple(one for one in netlist.of_kind("capacitor")
                     if (one.plus, one.minus) == (device.plus, device.minus)))


def value_of(part: Element) -> str:
    """What is written at a part: ``1 kΩ``, ``115 pF``; nothing for a part of no size."""
    if not part.value:
        return ""
    return shown(part.value, "F" if part.kind == "capacitor" else "ohm")


def load_text(parts: tuple[Element, ...]) -> str:
    """What hangs from a node, e.g. ``1 MΩ ∥ 115 pF``."""
    return " ∥ ".join(text for part in parts if (text := value_of(part)))


def channels(netlist: Netlist) -> dict[str, str]:
    """What the channel of each probe is called: ``CH1`` of a scope, ``V``, ``I`` of an SMU."""
    if "awg" in netlist.name:
        return {probe.name: f"CH{k}" for k, probe in enumerate(netlist.probes, 1)}
    return {probe.name: probe.kind[0].upper().replace("C", "I") for probe in netlist.probes}


def source_name(netlist: Netlist, source: str) -> str:
    """What a source is called on the bench: ``AWG 1``, ``SMU 2``."""
    maker = "AWG" if "awg" in netlist.name else "SMU"
    return f"{maker} {1 if source == 'top_drive' else 2}"
