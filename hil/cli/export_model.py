"""``memrig export-model``: a model for another simulator."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from memrig.hil.cli.experiment import model_choice, pairs
from memrig.hil.errors import RequestError
from memrig.hil.registry import load
from memrig.hil.units import parse_quantity


def export_model(arguments: Namespace) -> int:
    """Print or write one model with its parameters."""
    choice = model_choice(arguments.model, pairs(arguments.model_parameters))
    own = {name: value for name, value in choice.parameters.items() if name != "x0"}
    model = load("models", choice.name).from_text(own)
    x0 = choice.parameters.get("x0", model.x0)
    start = parse_quantity(x0, "1") if isinstance(x0, str) else float(x0)
    low, high = model.bounds
    if not low <= start <= high:
        message = f"x0 {start:g} was asked; the state of {model.name} runs from {low:g} to {high:g}"
        raise RequestError(message)
    text: str = load("simulators", arguments.format)(model, x0=start)
    if not arguments.output:
        print(text, end="")
        return 0
    try:
        with Path(arguments.output).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        message = f"{arguments.output} exists already; nothing was written"
        raise RequestError(message) from None
    print(arguments.output)
    return 0
