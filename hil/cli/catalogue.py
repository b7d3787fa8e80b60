"""``memrig protocols``, ``models``, ``nonidealities`` and ``drivers``: what there is, from the
declarations."""

from __future__ import annotations

import inspect
import math
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

from memrig.hil.cli.text import print_json, table
from memrig.hil.parameters import Declared, Spec
from memrig.hil.registry import Kind, entries, load
from memrig.hil.units import format_quantity


def protocols(arguments: Namespace) -> int:
    """List the protocols, or one with its parameters and presets."""
    return _show("protocols", arguments, _protocol)


def models(arguments: Namespace) -> int:
    """List the models, or one with its equations, parameters, sets and sources."""
    return _show("models", arguments, _model)


def nonidealities(arguments: Namespace) -> int:
    """List what a simulated device may do beyond its model."""
    cls = load("simulators", "nonidealities")
    found = {"title": summary_line(cls), "about": _about(cls), "parameters": parameters_of(cls),
             "source": cls.source}
    if arguments.json:
        print_json(found)
    else:
        print(_details(cls.name, found))
    return 0


def drivers(arguments: Namespace) -> int:
    """List the drivers, or one with what it drives."""
    return _show("drivers", arguments, _driver)


def _show(kind: Kind, arguments: Namespace, describe: Any) -> int:
    names = [arguments.name] if arguments.name else list(entries(kind))
    found = {name: describe(load(kind, name)) for name in names}
    if arguments.json:
        print_json(found[arguments.name] if arguments.name else found)
    elif arguments.name:
        print(_details(arguments.name, found[arguments.name]))
    else:
        print(table([(name, data["title"]) for name, data in found.items()], ("name", "what")))
    return 0


def summary_line(thing: Any) -> str:
    """The first sentence of a docstring."""
    text = inspect.getdoc(thing) or ""
    return " ".join(text.split("\n\n")[0].split())


def _about(thing: Any) -> str:
    """What a docstring says after its first sentence."""
    return (inspect.getdoc(thing) or "").partition("\n\n")[2].strip()


def parameters_of(cls: type[Declared]) -> dict[str, dict[str, Any]]:
    """Every parameter of a class: unit, default, bounds, choices, help."""
    defaults = cls.defaults()
    return {name: _parameter(spec, defaults[name]) for name, spec in cls.specs().items()}


def _parameter(spec: Spec, default: Any) -> dict[str, Any]:
    return {
        "unit": spec.unit, "default": _default(default, spec),
        "low": spec.low if math.isfinite(spec.low) else None,
        "high": spec.high if math.isfinite(spec.high) else None,
        "choices": list(spec.choices), "help": spec.help, "advanced": spec.advanced,
    }


def _default(value: Any, spec: Spec) -> str:
    if value is MISSING:
        return "–"
    if isinstance(value, tuple):
        return ", ".join(_default(one, spec) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and spec.unit not in {"", "1"}:
        return format_quantity(value, spec.unit, 6)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _protocol(cls: Any) -> dict[str, Any]:
    return {
        "title": cls.title, "about": inspect.getdoc(cls) or "",
        "parameters": parameters_of(cls),
        "presets": {name: preset.help for name, preset in cls.presets.items()},
    }


def _model(cls: Any) -> dict[str, Any]:
    return {
        "title": summary_line(cls), "about": _about(cls),
        "equations": cls.equations, "polarity": cls.native_polarity,
        "parameters": parameters_of(cls), "varies": varies(cls),
        "sets": {name: str(one) for name, one in cls.sets.items()},
        "profiles": {name: one.to_json() for name, one in cls.profiles().items()},
        "source": cls.source,
    }


def varies(cls: Any) -> dict[str, list[str]]:
    """Which parameters of a model differ from device to device, by what they say."""
    kinds = ("rates", "thresholds", "conduction")
    return {kind: list(getattr(cls, kind)) for kind in kinds if getattr(cls, kind)}


def _driver(cls: Any) -> dict[str, Any]:
    return {"title": summary_line(cls), "about": _about(cls), "role": getattr(cls, "role", ""),
            "models": list(cls.models), "source": cls.source}


def _details(name: str, data: Mapping[str, Any]) -> str:
    parts = [f"{name}: {data['title']}"]
    parts += ["", data["about"]] if data["about"] else []
    for key in ("equations", "source"):
        if data.get(key):
            parts += ["", f"{key}:", str(data[key]).strip()]
    if data.get("models"):
        parts += ["", "instruments: " + ", ".join(data["models"])]
    if data.get("parameters"):
        rows = [(n, p["default"], _bounds(p), p["help"]) for n, p in data["parameters"].items()]
        parts += ["", table(rows, ("parameter", "default", "allowed", "meaning"))]
    if data.get("varies"):
        parts += ["", "varies: " + ", ".join(
            f"{kind} ({', '.join(names)})" for kind, names in data["varies"].items())]
    for key in ("presets", "sets", "profiles"):
        if data.get(key):
            parts += ["", f"{key}:", *(f"  {n}: {_short(v)}" for n, v in data[key].items())]
    return "\n".join(parts)


def _short(value: Any) -> str:
    return str(value.get("source", value)) if isinstance(value, Mapping) else str(value)


def _bounds(p: Mapping[str, Any]) -> str:
    if p["choices"]:
        return " | ".join(p["choices"])
    if p["low"] is None and p["high"] is None:
        return ""
    low, high = (
        "" if v is None else format_quantity(v, p["unit"] or "1") for v in (p["low"], p["high"])
    )
    return f"{low} … {high}"
