"""Which parameter a refusal concerns, so that its sentence can stand beneath that field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memrig.hil.bench import Bench
from memrig.hil.errors import MemrigError
from memrig.hil.profile import Profile
from memrig.hil.registry import load
from memrig.hil.rehearsal import sketching

WHOLE = ""
"""The name under which a sentence stands that concerns no single parameter."""


def placed(
    protocol: str, texts: Mapping[str, str], error: MemrigError, *, bench: Bench,
    profile: Profile, steps: int = 0, seed: int = 0,
) -> dict[str, str]:
    """The sentence by parameter: of every text that is no value by itself, else of the one without
    which it would not be said, else of the whole.

    :param texts: parameters as typed, only those that differ from the default.
    :param steps: how many steps were found before the refusal.
    """
    cls: Any = load("protocols", protocol)
    if own := _wrong_by_themselves(cls, texts):
        return own
    for name in texts:
        rest = {key: text for key, text in texts.items() if key != name}
        if _said_of(cls, rest, bench, profile, steps, seed) != str(error):
            return {name: str(error).removeprefix(f"{protocol}: ")}
    return {WHOLE: str(error)}


def _wrong_by_themselves(cls: Any, texts: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in texts.items():
        try:
            cls.from_text({name: text})
        except MemrigError as error:
            sentence = str(error)
            if sentence.startswith(f"{cls.name}, {name}: ") or name not in cls.specs():
                found[name] = sentence.removeprefix(f"{cls.name}, {name}: ")
    return found


def _said_of(
    cls: Any, texts: Mapping[str, str], bench: Bench, profile: Profile, steps: int, seed: int
) -> str:
    """What is said of other texts, as far as the refusal came; empty where nothing is."""
    try:
        found = sketching(cls.from_text(texts), bench, profile, seed=seed)
        for number, _ in enumerate(found):
            if number > steps:
                break
    except MemrigError as error:
        return str(error)
    return ""
