"""Writes a bench with its device as a deck of ngspice, for a check by an independent program."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.netlist import GROUND, Element, Netlist
from memrig.hil.waveform import Waveform
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.models._ngspice import expression

EDGE_S = 1e-10
"""Duration of a step: ngspice cannot jump."""
SOFT = 1e-6
"""Part of the state's range over which its rate fades at a bound: ngspice gives up at a hard one
("Timestep too small")."""
OPTIONS = (
    ".options reltol=1e-7 abstol=1e-15 vntol=1e-10 chgtol=1e-18 gmin=1e-15 method=trap trtol=0.1 "
    "itl4=200"
)
LEAST_OHM = 1e-3
"""ngspice takes a resistance of 0 for one of this."""
VOLTS = "memrig_v"
STATE = "memrig_x"
SHARE = "memrig_s"
AMPERES = "vmemrig_i"


def deck(
    model: Model, netlist: Netlist, drives: Mapping[str, Waveform], *, x0: float, stop_s: float,
    step_s: float, out: str, device: str = "dut", edge_s: float = EDGE_S,
) -> str:
    """A deck for ``ngspice -b`` that simulates a bench and writes a table to ``out``.

    The table has a row per time point: time, voltage across the device, its current, its state,
    then the voltages of ``netlist_nodes(netlist)``, seconds, volts and amperes. Everything starts
    at 0 V with the capacitors empty.

    :param drives: open-circuit waveforms by source; sources that are left out stay at 0 V.
    :param x0: state at the beginning.
    :param step_s: largest time step.
    :param edge_s: duration given to the steps of the drives.
    :raises RequestError: for a model whose law ngspice cannot follow, a netlist with several
        devices, or a drive without its source.
    """
    _check(netlist, drives, device)
    shown = " ".join(["v(" + VOLTS + ")", f"i({AMPERES})", f"v({STATE})",
                      *(f"v({node})" for node in netlist_nodes(netlist))])
    lines = [f"* {netlist.name} with {model.name}, written by memrig"]
    for element in netlist.elements:
        lines += _element(element, drives, edge_s)
    lines += _device(model, netlist.element(device), x0)
    lines += [
        OPTIONS,
        ".control", "set wr_singlescale", "option numdgt=14", "set numdgt=14",
        f"tran {step_s:.12g} {stop_s:.12g} 0 {step_s:.12g} uic",
        f"wrdata {out} {shown}", "quit 0", ".endc", ".end", "",
    ]
    return "\n".join(lines)


def subcircuit(model: Model, *, x0: float, name: str = "") -> str:
    """A model as a subcircuit of ngspice with the nodes ``top`` and ``bottom``.

    Its parameters are written into it; the state begins at ``x0`` with ``tran ... uic``.

    :param name: of the subcircuit; the model's when left out.
    :raises RequestError: for a model whose law ngspice cannot follow.
    """
    called = (name or model.name).replace("-", "_")
    element = Element(kind="device", name="dut", plus="top", minus="bottom")
    own = ", ".join(f"{key}={value}" for key, value in model.to_json().items())
    head = [f"{model.name}, written by memrig for ngspice", f"source: {model.source}",
            f"parameters: {own}", f"state at the beginning: {x0:g}, in x1.{STATE} later",
            f"use: x1 a b {called} with {OPTIONS} and tran ... uic"]
    comments = [line for text in head for line in textwrap.wrap(
        text, 100, initial_indent="* ", subsequent_indent="*   ", break_long_words=False)]
    return "\n".join([*comments, f".subckt {called} top bottom", *_device(model, element, x0),
                      f".ends {called}", ""])


def netlist_nodes(netlist: Netlist) -> tuple[str, ...]:
    """The nodes of a netlist but ground, in the order of the deck's table."""
    ends = (end for element in netlist.elements for end in (element.plus, element.minus))
    return tuple(dict.fromkeys(end for end in ends if end != GROUND))


def _check(netlist: Netlist, drives: Mapping[str, Waveform], device: str) -> None:
    devices = [element.name for element in netlist.of_kind("device")]
    if devices != [device]:
        message = (
            f"netlist {netlist.name} has the devices {', '.join(devices) or 'none'}; "
            f"a deck holds exactly one, {device!r} was asked"
        )
        raise RequestError(message)
    sources = [element.name for element in netlist.of_kind("source")]
    for name in drives:
        if name not in sources:
            message = (
                f"a drive of {name!r} was given; the sources of netlist {netlist.name} are: "
                f"{', '.join(sources)}"
            )
            raise RequestError(message)


def _element(element: Element, drives: Mapping[str, Waveform], edge_s: float) -> list[str]:
    ends = f"{element.plus} {element.minus}"
    if element.kind == "resistor":
        return [f"R{element.name} {ends} {element.value:.17g}"]
    if element.kind == "capacitor":
        return [f"C{element.name} {ends} {element.value:.17g} ic=0"]
    if element.kind == "source":
        return _source(element, drives.get(element.name, Waveform.zero()), edge_s)
    return []


def _source(element: Element, drive: Waveform, edge_s: float) -> list[str]:
    inner = f"memrig_{element.name}" if element.value else element.plus
    lines = [f"V{element.name} {inner} {element.minus} {_points(drive, edge_s)}"]
    if element.value:
        lines.append(f"R{element.name} {inner} {element.plus} {element.value:.17g}")
    return lines


def _points(drive: Waveform, edge_s: float) -> str:
    """A waveform as PWL over several lines, steps made into edges, 0 V outside."""
    if drive.is_zero:
        return "DC 0"
    t_s, v_v = drive.vertices()
    if t_s[0] < 0.0:
        message = f"a drive that begins at {t_s[0]:g} s was given; a deck begins at 0 s"
        raise RequestError(message)
    times_s = _apart(np.concatenate([[0.0, t_s[0]], t_s, [t_s[-1]]]), edge_s)
    volts = np.concatenate([[0.0, 0.0], v_v, [0.0]])
    pairs = [f"{t:.15g} {v:.15g}" for t, v in zip(times_s, volts, strict=True)]
    rows = (" ".join(pairs[k:k + 4]) for k in range(0, len(pairs), 4))
    return "PWL(\n+ " + "\n+ ".join(rows) + ")"


def _apart(t_s: Floats, edge_s: float) -> Floats:
    """Times that differ by at least ``edge_s``, each moved as little as that needs."""
    room = edge_s * np.arange(t_s.size)
    return np.asarray(np.maximum.accumulate(t_s - room) + room)


def _device(model: Model, element: Element, x0: float) -> list[str]:
    """A device as published: its own sign of the voltage at one node, its state at others.

    What is integrated runs from 1 to 2 over the state's range: a gap of 1e-10 m would be lost in
    the simulator's tolerances, which are relative to what they are applied to, so that nothing
    near 0 could ever jump. Its rate fades at the bound that it runs towards.
    """
    low, high = model.bounds
    span = high - low
    x = f"({span!r}*V({SHARE})+({low - span!r}))"
    own_current = {"native_current_at": f"({model.orientation}*I({AMPERES}))"}
    rate = expression(model, "native_rate_at", "V(memrig_u)", x,
                      own_current if any(model.behind) else {})
    return [
        f"Ememrig {VOLTS} 0 {element.plus} {element.minus} 1",
        f"Ememrig_own memrig_u 0 {VOLTS} 0 {model.orientation}",
        f"{AMPERES} {element.plus} memrig_plus 0",
        *_current(model, element.minus, x),
        f"Bmemrig_r memrig_r 0 V={rate}/{span!r}",
        f"Bmemrig_s 0 {SHARE} I=V(memrig_r)*(V(memrig_r)>0 "
        f"? min(max((2-V({SHARE}))/{SOFT:g},0),1) : min(max((V({SHARE})-1)/{SOFT:g},0),1))",
        f"Cmemrig {SHARE} 0 1 ic={1.0 + (x0 - low) / span!r}",
        f"Bmemrig_x {STATE} 0 V={x}",
    ]


def _current(model: Model, minus: str, x: str) -> list[str]:
    """What the device passes. What a model finds by a loop ngspice finds in a circuit."""
    series, law = model.behind
    if not law:
        own = expression(model, "native_current_at", "V(memrig_u)", x)
        return [f"Bmemrig memrig_plus {minus} I={model.orientation}*{own}"]
    across = f"({model.orientation}*V(memrig_gap,{minus}))"
    return [
        f"Rmemrig memrig_plus memrig_gap {max(getattr(model, series), LEAST_OHM)!r}",
        f"Bmemrig memrig_gap {minus} I={model.orientation}*{expression(model, law, across, x)}",
    ]
