"""Memristor models by name: ``models.create("yakopcic", b=0.06)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memrig.hil.errors import UnknownNameError
from memrig.hil.parameters import unknown
from memrig.hil.registry import entries, load
from memrig.sim.models._model import Model, ParameterSet

__all__ = ["Model", "ParameterSet", "create", "from_golden", "names"]


def names() -> list[str]:
    """All models there are."""
    return list(entries("models"))


def create(name: str, *, set: str = "", **parameters: Any) -> Model:  # noqa: A002  # the field's word
    """A model with its default, published (``set``) or given parameters.

    :raises UnknownNameError: for a model, set or parameter that does not exist.
    :raises RequestError: for a value out of bounds.
    """
    cls = load("models", name)
    published = dict(cls.from_set(set).to_json()) if set else {}
    made: Model = cls.from_text({**published, **parameters})
    return made


def from_golden(model: str, params: Mapping[str, float]) -> Model:
    """A model from the parameter names of the reference trajectories.

    :param model: its name there, e.g. ``"Guseinov"``.
    :raises UnknownNameError: for a model or parameter that is not known.
    """
    cls = load("models", model.lower())
    derived = {"c_reset", "t_reset", "c_set", "t_set", "eta"}
    known = {theirs: ours for ours, theirs in cls.golden.items()}
    for name in params:
        if name not in known and name not in derived:
            raise UnknownNameError(unknown(f"reference parameter of {cls.name}", name, known))
    values = {known[name]: value for name, value in params.items() if name in known}
    if "c_reset" in params:
        values["r_reset"] = params["c_reset"] * params["t_reset"]
        values["r_set"] = params["c_set"] * params["t_set"]
    made: Model = cls(**values)
    return made
