"""``memrig twin serve``: simulated instruments for memrig and for any other VISA program."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from memrig.hil import bench_file, own_models
from memrig.hil.cli.run import stop_signals
from memrig.hil.clock import SystemClock, VirtualClock
from memrig.hil.opening import description_of, host
from memrig.hil.registry import load
from memrig.hil.units import parse_quantity


def twin(arguments: Namespace) -> int:
    """Serve until interrupted; the first lines printed say where."""
    description = description_of(arguments.bench)
    if arguments.device:
        twin = {**description.get("twin", {}), "device": _device(arguments.device)}
        description = {**description, "twin": twin}
    is_virtual = arguments.clock == "virtual"
    clock = VirtualClock() if is_virtual else SystemClock()
    with stop_signals() as stop, host(
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
