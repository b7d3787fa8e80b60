"""The manual from the declarations, as Markdown: what docs/reference and the window's help show."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator
from typing import Any

from memrig.hil.cli.catalogue import (
    bounds_text,
    integrators_of,
    parameters_of,
    summary_line,
    values_text,
    varies,
)
from memrig.hil.cli.main import EXIT_CODES, parser
from memrig.hil.cli.twin import HOW_TO_SAY, fault_value
from memrig.hil.parameters import Spec
from memrig.hil.registry import entries, load
from memrig.hil.units import bound

BAR = r"\|"  # inside a table


def command_line() -> Iterator[str]:
    """Every command with its arguments and options; the layout is ours, not argparse's, which
    differs between Pythons."""
    yield "# Command line\n"
    for words, one in _commands(parser(), "memrig"):
        shown = [a for a in _actions(one) if a.help != argparse.SUPPRESS]
        places = [_argument(a) for a in shown if not a.option_strings]
        yield f"## `{words}`\n\n{one.description or ''}\n"
        yield f"```sh\n{' '.join([words, *places, '[OPTIONS]'])}\n```\n"
        yield "| argument | meaning |\n|---|---|"
        for action in shown:
            cells = (f"`{_argument(action)}`", _meaning(action))
            yield f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"
        yield ""
    yield f"## Exit codes\n\n```text\n{EXIT_CODES}\n```"


def _commands(
    one: argparse.ArgumentParser, words: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield words, one
    for action in _actions(one):
        if action.nargs == argparse.PARSER:
            for name, inner in dict(action.choices or {}).items():
                inner.description = inner.description or _help_of(action, name)
                yield from _commands(inner, f"{words} {name}")


def _actions(one: argparse.ArgumentParser) -> list[argparse.Action]:
    return one._actions  # noqa: SLF001  # argparse has no public way to list them


def _help_of(commands: argparse.Action, name: str) -> str:
    found = (a.help or "" for a in commands._get_subactions() if a.dest == name)  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    text = next(found, "")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _argument(action: argparse.Action) -> str:
    if action.nargs == argparse.PARSER:
        return str(action.metavar)
    choices = f"{{{','.join(map(str, action.choices))}}}" if action.choices else ""
    value = "" if action.nargs == 0 else str(action.metavar or choices or action.dest.upper())
    if not action.option_strings:
        return f"[{value}]" if action.nargs == "?" else value
    return ", ".join(f"{option} {value}".strip() for option in action.option_strings)


def _meaning(action: argparse.Action) -> str:
    if action.nargs == argparse.PARSER:
        return ", ".join(f"`{name}`" for name in action.choices or ())
    return (action.help or "") % vars(action)


def protocols() -> Iterator[str]:
    """Every protocol with parameters and presets."""
    yield "# Protocols\n"
    for name in entries("protocols"):
        cls = load("protocols", name)
        yield f"## `{name}`: {cls.title}\n\n{description(cls)}\n"
        yield parameter_table(cls)
        if cls.presets:
            yield "\nPresets:\n"
            yield "\n".join(f"- `{n}`: {p.help}" for n, p in cls.presets.items())
        yield ""


def models() -> Iterator[str]:
    """Every model with equations, parameters, published sets."""
    yield "# Models\n"
    for name in entries("models"):
        cls = load("models", name)
        yield f"## `{name}`\n\n{description(cls)}\n\n```text\n{cls.equations.strip()}\n```\n"
        yield f"Source: {cls.source}\n"
        moves = "raises" if cls.native_polarity > 0 else "lowers"
        yield f"A positive voltage {moves} the conductance. Integrators: {_integrators(cls)}.\n"
        yield parameter_table(cls)
        if named := varies(cls):
            yield "\nFrom device to device vary: " + "; ".join(
                f"{kind} {', '.join(f'`{n}`' for n in names)}" for kind, names in named.items())
        yield "\n" + "\n".join(_set(n, one) for n, one in cls.sets.items())
        yield ""


def nonidealities() -> Iterator[str]:
    """What a simulated device may do beyond its model."""
    cls = load("simulators", "nonidealities")
    yield f"# Non-idealities\n\n{description(cls)}\n\nSources: {cls.source}\n"
    yield parameter_table(cls)


def faults() -> Iterator[str]:
    """What simulated instruments can be told to do wrong."""
    yield "# Faults of the simulated instruments\n"
    yield ("Given with `--fault` to `memrig run --bench twin` or `memrig twin serve`, in `[twin] "
           "faults` of a bench file, or to `open_bench(\"twin\", faults=[…])` "
           "([how-to](../how-to/try-a-failure.md)).\n")
    yield f"```text\n{HOW_TO_SAY}\n```\n"
    yield "| fault | value | of | what the instrument does |\n|---|---|---|---|"
    for name, kind in load("simulators", "faults").items():
        concerned = ", ".join(f"`{role}`" for role in kind.concerns)
        yield f"| `{name}` | {fault_value(kind)} | {concerned} | {kind.sentence} |"


def _integrators(cls: Any) -> str:
    return ", ".join(f"`{name}`" if of == "all" else f"`{name}` (sets {of})"
                     for name, of in integrators_of(cls).items())


def _set(name: str, one: Any) -> str:
    values = values_text(one.values)
    return f"- set `{name}`: {one}" + (f": {values}" if values else "")


def instruments() -> Iterator[str]:
    """Drivers, benches and ready-made twins."""
    yield "# Instruments and benches\n\n## Drivers\n"
    for name in entries("drivers"):
        cls = load("drivers", name)
        yield f"- `{name}`: {summary_line(cls)} ({', '.join(cls.models)}). Source: {cls.source}"
    yield "\n## Kinds of benches\n"
    for name in entries("benches"):
        yield f"- `{name}`: {summary_line(load('benches', name))}"
    yield "\n## Ready-made simulated benches\n"
    for name in entries("twins"):
        yield f"- `{name}`: {summary_line(load('twins', name))}"


def description(thing: Any) -> str:
    """What a docstring says, as Markdown."""
    # Cleaned here, since Pythons differ in whether they have done it already.
    return inspect.cleandoc(thing.__doc__ or "").replace(":param ", "- ")


def parameter_table(cls: Any) -> str:
    """All parameters of a class as a Markdown table."""
    rows = ["| parameter | default | unit | allowed | meaning |", "|---|---|---|---|---|"]
    for name, p in parameters_of(cls).items():
        bounds = " \\| ".join(p["choices"]) or bounds_text(p)
        rows.append(f"| `{name}` | {p['default']} | {p['unit']} | {bounds} | {p['help']} |")
    return "\n".join(rows)


def bounds_of(spec: Spec) -> str:
    """The smallest and the largest allowed value; empty where all are."""
    low, high = (bound(v, spec.unit) for v in (spec.low, spec.high))
    return f"{low} … {high}" if low or high else ""
