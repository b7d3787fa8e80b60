"""Memristor models by name: ``models.create("yakopcic", b=0.06)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memrig.hil import own_models
from memrig.hil.registry import entries, load
from memrig.sim.models._model import Model, ParameterSet
from memrig.sim.models.checking import Finding, check

__all__ = ["Finding", "Model", "ParameterSet", "check", "create", "from_golden", "names"]


def names() -> list[str]:
    """All models there are."""
    return list(entries("models"))


def create(name: str, *, set: str = "", **parameters: Any) -> Model:  # noqa: A002  # the field's word
    """A model with its default, published (``set``) or given parameters.

    :param name: or the file of a model of your own, ``my_model.py[:Class]``, which is run.
    :raises UnknownNameError: for a model, set or parameter that does not exist.
    :raises RequestError: for a value out of bounds.
    """
    cls = load("models", own_models.admit(name) if own_models.is_file(name) else name)
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
