"""Memristor models by name: ``models.create("yakopcic", b=0.06)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def from_golden(model: str, params: Mapping[str, Any]) -> Model:
    """A model from the parameter names of the reference trajectories.

    :param model: its name there, e.g. ``"Guseinov"``.
    :raises UnknownNameError: for a model or parameter that is not known.
    """
    name = {"stanfordpku": "stanford-pku"}.get(model.lower(), model.lower())
    cls = load("models", name)
    made: Model = cls(**cls.golden_values(params))
    return made
