"""``memrig twin serve``: simulated instruments for memrig and for any other VISA program."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from memrig.hil import bench_file, own_models
from memrig.hil.cli.signals import stop_signals
from memrig.hil.cli.text import WIDTH, number, print_json, table
from memrig.hil.clock import SystemClock, VirtualClock
from memrig.hil.opening import description_of, host, with_faults
from memrig.hil.registry import load
from memrig.hil.units import parse_quantity

HOW_TO_SAY = """\
A fault is ROLE:KIND [VALUE] [WHEN ...]. ROLE is awg, scope, smu, any (whichever
comes first) or device. WHEN is any of these, and all of them must hold:

  at 12         at this message of the instrument, and no other
  from 12       at this message and all later ones
  on OUTP1 0    at messages that contain these words; only they are counted
  after 5 ms    from this time of the bench on
  p=0.01 seed 3 at random, each time with this probability

Without any, the fault is always there."""


def twin(arguments: Namespace) -> int:
    """Serve simulated instruments, or say what faults they can have."""
    return _faults(arguments) if arguments.action == "faults" else _serve(arguments)


def _faults(arguments: Namespace) -> int:
    kinds = load("simulators", "faults")
    if arguments.json:
        print_json({name: fault_json(kind) for name, kind in kinds.items()})
        return 0
    rows = [(name, fault_value(kind), ", ".join(kind.concerns), kind.sentence)
            for name, kind in kinds.items()]
    print(table(rows, ("fault", "value", "of", "what the instrument does"), WIDTH), "",
          HOW_TO_SAY, sep="\n")
    return 0


def fault_json(kind: Any) -> dict[str, Any]:
    """What a kind of fault is, in a form that JSON can hold."""
    return {"sentence": kind.sentence, "concerns": list(kind.concerns), "unit": kind.unit,
            "default": kind.default if kind.unit else None}


def fault_value(kind: Any) -> str:
    """What a fault's value is where none is given; empty where it takes none."""
    return number(kind.unit, kind.default) if kind.unit else ""


def _serve(arguments: Namespace) -> int:
    """Serve until interrupted; the first lines printed say where."""
    description = with_faults(description_of(arguments.bench), arguments.faults)
    if arguments.device:
        twin = {**description.get("twin", {}), "device": _device(arguments.device)}
        description = {**description, "twin": twin}
    is_virtual = arguments.clock == "virtual"
    clock = VirtualClock() if is_virtual else SystemClock()
    with stop_signals("") as stop, host(
        description, clock=clock, seed=arguments.seed, shared=is_virtual
    ) as served:
        if arguments.write:
            bench_file.write(served, Path(arguments.write))
        print(*_lines(served, arguments.write), sep="\n", flush=True)
        stop.wait()
    return 0


def _device(text: str) -> dict[str, Any]:
    """What a bench file would say of a device: a model by name, a resistor by its value."""
    if text in ("open", "short"):
        return {"kind": text}
    if text[:1].isdecimal():
        return {"kind": "resistor", "ohm": parse_quantity(text, "ohm")}
    if own_models.is_file(text):
        return {"model": own_models.admit(text)}
    load("models", text)  # names the nearest ones when there is none of this name
    return {"model": text}


def _lines(served: Mapping[str, Any], written: str) -> Iterator[str]:
    for role, instrument in served["instruments"].items():
        yield f"{role}: {instrument['resource']}"
    if "clock" in served["twin"]:
        yield f"clock: {served['twin']['clock']}"
    if written:
        yield f"bench file: {written}"
    yield "simulated instruments, on loopback only; end with Ctrl-C"
