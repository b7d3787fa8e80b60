"""Writes a bench with its device as a deck of ngspice, for a check by an independent program."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.netlist import GROUND, Element, Netlist
from memrig.hil.waveform import Waveform
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.models.guseinov import Guseinov
from memrig.sim.models.yakopcic import Yakopcic

EDGE_S = 1e-10
"""Duration of a step: ngspice cannot jump."""
SOFT = 1e-6
"""Part of the state's range over which its rate fades at a bound: ngspice gives up at a hard one
("Timestep too small")."""
VOLTS = "memrig_v"
STATE = "memrig_x"
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
    :raises RequestError: for a model without such a form, a netlist with several devices, or a
        drive without its source.
    """
    _check(model, netlist, drives, device)
    shown = " ".join(["v(" + VOLTS + ")", f"i({AMPERES})", f"v({STATE})",
                      *(f"v({node})" for node in netlist_nodes(netlist))])
    lines = [f"* {netlist.name} with {model.name}, written by memrig"]
    for element in netlist.elements:
        lines += _element(element, drives, edge_s)
    lines += _device(model, netlist.element(device), x0)
    lines += [
        ".options reltol=1e-6 abstol=1e-15 vntol=1e-10 chgtol=1e-18 gmin=1e-15 method=trap "
        "trtol=0.1 itl4=200",
        ".control", "set wr_singlescale", "option numdgt=14", "set numdgt=14",
        f"tran {step_s:.12g} {stop_s:.12g} 0 {step_s:.12g} uic",
        f"wrdata {out} {shown}", "quit 0", ".endc", ".end", "",
    ]
    return "\n".join(lines)


def netlist_nodes(netlist: Netlist) -> tuple[str, ...]:
    """The nodes of a netlist but ground, in the order of the deck's table."""
    ends = (end for element in netlist.elements for end in (element.plus, element.minus))
    return tuple(dict.fromkeys(end for end in ends if end != GROUND))


def _check(
    model: Model, netlist: Netlist, drives: Mapping[str, Waveform], device: str
) -> None:
    if type(model) not in _FORMS:
        names = ", ".join(sorted(cls.name for cls in _FORMS))
        raise RequestError(f"model {model.name} cannot be written for ngspice; these can: {names}")
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
    low, high = model.bounds
    rate, current = _FORMS[type(model)](model)
    soft = SOFT * (high - low)
    return [
        # The device as published: its own sign of the voltage at one node, its state at another.
        f"Ememrig {VOLTS} 0 {element.plus} {element.minus} 1",
        f"Ememrig_own memrig_u 0 {VOLTS} 0 {model.orientation}",
        f"{AMPERES} {element.plus} memrig_plus 0",
        f"Bmemrig memrig_plus {element.minus} I={model.orientation}*({current})",
        f"Bmemrig_r memrig_r 0 V={rate}",
        f"Bmemrig_x 0 {STATE} I=V(memrig_r)*(V(memrig_r)>0 "
        f"? min(max(({high:.17g}-V({STATE}))/{soft:g},0),1) "
        f": min(max((V({STATE})-{low:.17g})/{soft:g},0),1))",
        f"Cmemrig {STATE} 0 1 ic={x0:.17g}",
    ]


def _guseinov(model: Model) -> tuple[str, str]:
    assert isinstance(model, Guseinov)  # the table below sees to it
    m, k = model, model.charge_c / (model.boltzmann_j_per_k * model.temperature_k)
    up = f"{m.r_set * m.nu_hz:.17g}*exp({k:.17g}*(-{m.phi_ion_ev:.17g}-{m.c1:.17g}*V(memrig_u)))"
    down = (f"-{m.r_reset * m.nu_hz:.17g}"
            f"*exp({k:.17g}*(-{m.phi_ion_ev:.17g}+{m.c1:.17g}*V(memrig_u)))")
    rate = (f"(V(memrig_u)>={m.v_reset_v:.17g} ? {down} "
            f": (V(memrig_u)<{m.v_set_v:.17g} ? {up} : 0))")
    low = f"{m.dr * m.a0:.17g}*exp(1-300/{m.temperature_k:.17g})"
    high = (f"{m.b:.17g}*exp(-{k:.17g}*({m.phi_el_ev:.17g}"
            f"-0.5*{m.pf:.17g}*sqrt(abs(V(memrig_u)))))")
    current = f"{m.area_m2:.17g}*V(memrig_u)*(V({STATE})*{low}+(1-V({STATE}))*{high})"
    return rate, current


def _yakopcic(model: Model) -> tuple[str, str]:
    assert isinstance(model, Yakopcic)  # the table below sees to it
    m, u, x = model, "V(memrig_u)", f"V({STATE})"
    up = f"{m.a_p_hz:.17g}*(exp({u})-exp({m.v_p_v:.17g}))"
    down = f"-{m.a_n_hz:.17g}*(exp(-{u})-exp({m.v_n_v:.17g}))"
    drive = f"({u}>{m.v_p_v:.17g} ? {up} : ({u}<-{m.v_n_v:.17g} ? {down} : 0))"
    grow = (f"({x}<{m.x_p:.17g} ? 1 : exp(-{m.alpha_p:.17g}*({x}-{m.x_p:.17g}))"
            f"*(1-{x})/{1 - m.x_p:.17g})")
    decay = (f"({x}>{1 - m.x_n:.17g} ? 1 : exp({m.alpha_n:.17g}*({x}-{1 - m.x_n:.17g}))"
             f"*{x}/{1 - m.x_n:.17g})")
    current = f"({u}>=0 ? {m.a1:.17g} : {m.a2:.17g})*{x}*sinh({m.b:.17g}*{u})"
    return f"{drive}*({u}>=0 ? {grow} : {decay})", current


_FORMS: Mapping[type[Model], Callable[[Model], tuple[str, str]]] = {
    Guseinov: _guseinov, Yakopcic: _yakopcic,
}
