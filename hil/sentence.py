"""Sentences with quantities in them, for every place and language that shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from memrig.hil.units import format_quantity

Quantity = tuple[float, str]
"""A number and its SI unit; ``"1"`` for none."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A template, e.g. ``"{0}, {1} samples"``, and what stands in it."""

    template: str
    values: tuple[Quantity, ...] = ()

    def text(
        self, show: Callable[[float, str], str] = format_quantity,
        translate: Callable[[str], str] = str,
    ) -> str:
        """The sentence, quantities as ``show`` writes them."""
        return translate(self.template).format(*(show(*value) for value in self.values))

    def __str__(self) -> str:
        return self.text()
