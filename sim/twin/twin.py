"""Builds simulated instruments on one circuit from a bench's description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memrig.hil import bench_file, own_models
from memrig.hil.clock import Clock, VirtualClock
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.netlist import BUILDERS, Element, Netlist
from memrig.hil.parameters import unknown
from memrig.hil.registry import entries, load
from memrig.sim import models
from memrig.sim.circuit import OPEN, SHORT, Dynamic, Resistor
from memrig.sim.nonidealities import NonIdealities
from memrig.sim.twin.faults import parsed
from memrig.sim.twin.faulty import Trouble, troubles
from memrig.sim.twin.keysight_33522b import Keysight33522B
from memrig.sim.twin.keysight_b2902b import KeysightB2902B
from memrig.sim.twin.keysight_dsox3024t import KeysightDsox3024T
from memrig.sim.twin.scpi import Device, Scpi
from memrig.sim.twin.world import World
from memrig.sim.variation import lasting_device

PROBE_NODES = ("top", "bottom", "far")
DEVICE_KINDS = ("resistor", "rc", "open", "short")


@dataclass(frozen=True, slots=True)
class Twin:
    """Simulated instruments, wired.

    :param instruments: by role (``awg``, ``scope``, ``smu``).
    :param world: the circuit and the device behind them: the ground truth.
    :param description: what it was built from.
    :param troubles: the faults of every instrument.
    """

    instruments: Mapping[str, Scpi]
    models: Mapping[str, Device]
    world: World
    description: Mapping[str, Any]
    troubles: Mapping[str, Trouble]

    @property
    def admits(self) -> dict[str, Callable[[], bool]]:
        """Whether an instrument takes a new connection, by role."""
        return {role: one.admits for role, one in self.instruments.items()}


def open_twin(
    description: str | Path | Mapping[str, Any], *, clock: Clock | None = None,
    seed: int | None = None,
) -> Twin:
    """Build the simulated bench of a description.

    :param description: a mapping, the path of a bench file, or a ready-made twin's name.
    :param clock: of the bench; model time when None.
    :param seed: of hidden errors and noise; the description's (``[twin] seed``) when None.
    :raises RequestError: when the description makes no sense.
    """
    found = _read(description)
    twin = found.get("twin", {})
    seed = int(twin.get("seed", 0)) if seed is None else seed
    netlist = netlist_of(found)
    device, x0, farad = device_of(twin.get("device", {"model": "guseinov"}), seed)
    if farad > 0:
        netlist = _with_capacitance(netlist, farad)
    world = World(netlist, device, clock or VirtualClock(), seed, x0=x0)
    made = {
        role: _model(role, one, world) for role, one in found.get("instruments", {}).items()
    }
    found_faults = parsed(twin.get("faults", ()), list(made))
    trouble = troubles(found_faults, made, world) if found_faults else {}
    instruments = {
        role: Scpi(model, model.identity.format(serial=model.serial), lock=world.lock,
                   trouble=trouble.get(role))
        for role, model in made.items()
    }
    return Twin(instruments, made, world, found, trouble)


def _read(description: str | Path | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(description, Mapping):
        return description
    if str(description) in entries("twins"):
        ready: Mapping[str, Any] = load("twins", str(description))()
        return ready
    return bench_file.read(Path(description))


def netlist_of(description: Mapping[str, Any]) -> Netlist:
    """The circuit that a description writes down."""
    bench = description.get("bench", {})
    kind = bench.get("kind", "")
    if kind not in BUILDERS:
        raise UnknownNameError(unknown("kind of bench", str(kind), list(BUILDERS)))
    values = dict(bench.get("netlist", {}))
    try:
        return BUILDERS[kind](**values)
    except TypeError:
        raise RequestError(
            f"[bench.netlist] of kind {kind} does not know one of {', '.join(values)}"
        ) from None


def device_of(description: Mapping[str, Any], seed: int = 0) -> tuple[Dynamic, float, float]:
    """Device, its initial state and the capacitance across it (farads).

    :param seed: of how it departs from its model.
    """
    values = dict(description)
    kind = values.pop("kind", None)
    if kind is None:
        name, x0 = values.pop("model", "guseinov"), values.pop("x0", None)
        beyond = _lasting(values.pop("nonidealities", {}))
        if not isinstance(name, str):
            raise RequestError("[twin.device] model must be a text in one line")
        if own_models.is_file(name):
            raise RequestError(own_models.refusal(name))
        model = models.create(name, **values)
        start = _number("x0", model.x0 if x0 is None else x0)
        return (*lasting_device(model, beyond, seed=seed, x0=start), 0.0)
    if kind not in DEVICE_KINDS:
        raise UnknownNameError(unknown("kind of device", str(kind), DEVICE_KINDS))
    if kind in ("open", "short"):
        return (OPEN if kind == "open" else SHORT), 0.0, 0.0
    ohm = _number("ohm", values.get("ohm", 10e3))
    if not 0.0 < ohm < float("inf"):
        raise RequestError(f"[twin.device] ohm = {ohm:g} was asked; it must be positive")
    return Resistor(ohm), 0.0, _number("farad", values.get("farad", 0.0)) if kind == "rc" else 0.0


def _number(name: str, value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and abs(value) <= bench_file.NUMBER_MAX):
        raise RequestError(f"[twin.device] {name} must be a finite number")
    return float(value)


def _lasting(texts: Mapping[str, Any]) -> NonIdealities:
    """What differs from device to device; nothing that acts in time, which the circuit would
    have to follow."""
    if not isinstance(texts, Mapping):
        raise RequestError("[twin.device] nonidealities must be a table of names and values")
    given = NonIdealities.from_text(texts)
    for name in given.changed:
        if name not in given.lasting:
            message = (
                f"[twin.device] nonidealities, {name}: it acts in time, which simulated "
                f"instruments do not follow; allowed: {', '.join(given.lasting)}")
            raise RequestError(message)
    return given


def _with_capacitance(netlist: Netlist, farad: float) -> Netlist:
    dut = netlist.element("dut")
    across = Element(kind="capacitor", name="c_parallel", plus=dut.plus, minus=dut.minus,
                     value=farad)
    return Netlist(
        name=netlist.name, elements=(*netlist.elements, across), probes=netlist.probes
    )


def _model(role: str, one: Mapping[str, Any], world: World) -> Any:
    """The instrument of a role; its ``driver`` names the family."""
    driver = one.get("driver", "")
    names = {element.name for element in world.netlist.of_kind("source")}
    sources = tuple(name for name in ("top_drive", "bottom_drive") if name in names)
    if driver == "keysight-33500b":
        return Keysight33522B(world, sources, name=role)
    if driver == "keysight-infiniivision":
        nodes = [node for node in PROBE_NODES if node in world.netlist.nodes]
        return KeysightDsox3024T(world, dict(enumerate(nodes, 1)), name=role)
    if driver == "keysight-b2900":
        if "awg" in world.netlist.name:  # beside a generator it only looks, with both channels
            return KeysightB2902B(world, (None, None), name=role, nodes=PROBE_NODES[:2])
        return KeysightB2902B(
            world, tuple(n if n in names else None for n in ("top_drive", "bottom_drive")),
            name=role)
    known = ("keysight-33500b", "keysight-infiniivision", "keysight-b2900")
    raise UnknownNameError(unknown(f"simulated instrument for {role}", str(driver), known))
