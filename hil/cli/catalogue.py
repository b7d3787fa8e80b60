"""``memrig protocols``, ``models``, ``nonidealities`` and ``drivers``: what there is, from the
declarations."""

from __future__ import annotations

import inspect
import math
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

from memrig.hil import own_models
from memrig.hil.cli.text import WIDTH, print_json, table, wrapped
from memrig.hil.parameters import Declared, Spec
from memrig.hil.registry import Kind, entries, load
from memrig.hil.units import format_quantity


def protocols(arguments: Namespace) -> int:
    """List the protocols, or one with its parameters and presets."""
    return _show("protocols", arguments, _protocol)


def models(arguments: Namespace) -> int:
    """List the models, or one with its equations, parameters, sets and sources."""
    if own_models.is_file(arguments.name):
        arguments.name = own_models.admit(arguments.name)
    return _checked(arguments) if arguments.check else _show("models", arguments, _model)


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
        "integrators": integrators_of(cls),
        "parameters": parameters_of(cls), "varies": varies(cls),
        "sets": {name: _published(cls, name) for name in cls.sets},
        "profiles": {name: one.to_json() for name, one in cls.profiles().items()},
        "source": cls.source,
    }


def varies(cls: Any) -> dict[str, list[str]]:
    """Which parameters of a model differ from device to device, by what they say."""
    kinds = ("rates", "thresholds", "conduction")
    return {kind: list(getattr(cls, kind)) for kind in kinds if getattr(cls, kind)}


def _published(cls: Any, name: str) -> dict[str, Any]:
    one = cls.sets[name]
    return {"source": one.source, "grade": one.grade, "x0": one.x0, "values": dict(one.values)}


def integrators_of(cls: Any) -> dict[str, str]:
    """Every integrator, and the sets that it is for, ``"all"`` or their names."""
    exact = [name for name in cls.sets if cls.from_set(name).closed_form]
    found = dict.fromkeys(("euler", "euler-mid", "rk4", "auto"), "all")
    if exact:
        found["flow"] = "all" if len(exact) == len(cls.sets) else ", ".join(exact)
    return found


def _driver(cls: Any) -> dict[str, Any]:
    return {"title": summary_line(cls), "about": _about(cls), "role": getattr(cls, "role", ""),
            "models": list(cls.models), "source": cls.source}


def _details(name: str, data: Mapping[str, Any]) -> str:
    """A page of text about one thing."""
    parts = [wrapped(f"{name}: {data['title']}")]
    parts += ["", _plain(data["about"])] if data["about"] else []
    if data.get("equations"):
        parts += ["", "equations:", str(data["equations"]).strip()]
    if data.get("source"):
        parts += ["", wrapped(f"source: {data['source']}", rest="  ")]
    if data.get("models"):
        parts += ["", wrapped("instruments: " + ", ".join(data["models"]), rest="  ")]
    if "integrators" in data:
        parts += ["", *_how(data)]
    if data.get("parameters"):
        rows = [(n, p["default"], bounds_text(p), _meaning(p))
                for n, p in data["parameters"].items()]
        parts += ["", table(rows, ("parameter", "default", "allowed", "meaning"), WIDTH)]
    if data.get("varies"):
        named = (f"{kind} ({', '.join(names)})" for kind, names in data["varies"].items())
        parts += ["", wrapped("varies: " + ", ".join(named), rest="  ")]
    if data.get("presets"):
        parts += ["", "presets:"]
        parts += [wrapped(f"{n}: {text}", "  ", "    ") for n, text in data["presets"].items()]
    if data.get("sets"):
        parts += ["", GRADES, *(line for n in data["sets"] for line in _set(n, data))]
    return "\n".join(parts)


GRADES = wrapped("sets (grade T: read in the paper, S: in source code, D: derived from one of "
                 "these, R: recalled only):")


def _plain(text: str) -> str:
    """A docstring's paragraphs without its marks."""
    return "\n\n".join(wrapped(part) for part in text.replace("``", "").split("\n\n"))


def _how(data: Mapping[str, Any]) -> list[str]:
    moves = "raises" if data["polarity"] > 0 else "lowers"
    names = [name if of == "all" else f"{name} (sets {of})"
             for name, of in data["integrators"].items()]
    return [f"polarity: a positive voltage {moves} the conductance",
            wrapped("integrators: " + ", ".join(names), rest="  ")]


def _meaning(p: Mapping[str, Any]) -> str:
    return f"{p['help']}: {', '.join(p['choices'])}" if p["choices"] else str(p["help"])


def _set(name: str, data: Mapping[str, Any]) -> list[str]:
    one, profile = data["sets"][name], data["profiles"][name]
    levels = (f"x0 {one['x0']:.4g}, SET {format_quantity(profile['v_set_v'], 'V')}, RESET "
              f"{format_quantity(profile['v_reset_v'], 'V')}, reads up to "
              f"{format_quantity(profile['v_read_max_v'], 'V')}, pulses of "
              f"{format_quantity(profile['pulse_s'], 's')}")
    lines = [wrapped(f"{name} ({one['grade']}): {one['source']}", "  ", "    "),
             wrapped(levels, "    ")]
    differing = values_text(one["values"])
    return [*lines, wrapped(f"with {differing}", "    ")] if differing else lines


def values_text(values: Mapping[str, Any]) -> str:
    """Parameters as ``-m`` takes them; empty where there are none."""
    return ", ".join(f"{n}={v:g}" if isinstance(v, float) else f"{n}={v}"
                     for n, v in values.items())


def bounds_text(p: Mapping[str, Any]) -> str:
    """What is allowed, in words; empty where all is."""
    low, high = (None if v is None else format_quantity(v, p["unit"] or "1")
                 for v in (p["low"], p["high"]))
    if p["choices"] or (low is None and high is None):
        return ""
    if high is None:
        return f"≥ {low}"
    return f"≤ {high}" if low is None else f"{low} … {high}"


def _checked(arguments: Namespace) -> int:
    """Try out every set of one model, or of all; the exit code is 1 where a promise is broken."""
    names = [arguments.name] if arguments.name else list(entries("models"))
    found = {f"{name} {one}": _findings(name, one)
             for name in names for one in load("models", name).sets}
    if arguments.json:
        print_json({of: {one.promise: one.problem for one in tried} for of, tried in found.items()})
    else:
        print("\n".join(_said(of, tried) for of, tried in found.items()))
    return 0 if all(one.kept for tried in found.values() for one in tried) else 1


def _findings(name: str, chosen: str) -> list[Any]:
    tried: list[Any] = load("simulators", "check")(load("models", name).from_set(chosen))
    return tried


def _said(of: str, tried: list[Any]) -> str:
    rows = [f"  {'ok   ' if one.kept else 'WRONG'}  {one.promise}"
            + ("" if one.kept else f": {one.problem}") for one in tried]
    return "\n".join([f"{of}:", *rows])
