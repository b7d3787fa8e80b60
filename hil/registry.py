"""Names to things: drivers, models, benches, twins and protocols, imported only when used.

Every kind has an entry-point group ``memrig.<kind>`` whose entries name catalogue modules; a
catalogue maps names to ``"module:attribute"`` texts in ``ENTRIES``. New entries work in a
checkout without re-installing, and a laboratory's own package plugs in the same way.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoints, distributions
from typing import Any, Literal

from memrig.hil import own_models
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import unknown

Kind = Literal["protocols", "models", "drivers", "scanners", "benches", "twins", "simulators",
               "windows"]

SINGULAR = {
    "protocols": "protocol", "models": "model", "drivers": "driver", "scanners": "scanner",
    "benches": "bench", "twins": "twin", "simulators": "simulator", "windows": "window",
}
BESIDE: dict[Kind, tuple[str, str]] = {"scanners": ("drivers", "SCANNERS")}
"""Kinds without catalogues of their own: whose catalogue they stand in, and under which name."""


def entries(kind: Kind) -> dict[str, str]:
    """Name to ``"module:attribute"`` for everything of one kind, in order of registration.

    Models of files that the user has named come last.
    """
    found = _catalogued(kind)
    return {**found, **own_models.known(found)} if kind == "models" else dict(found)


@cache
def _catalogued(kind: Kind) -> dict[str, str]:
    found: dict[str, str] = {}
    group, attribute = BESIDE.get(kind, (kind, "ENTRIES"))
    points = _points().select(group=f"memrig.{group}")
    for point in sorted(points, key=lambda p: p.name != "memrig"):
        catalogue: dict[str, str] = getattr(point.load(), attribute, {})
        found.update(catalogue)
    return found


@cache
def _points() -> EntryPoints:
    """Every installed package's, read once: that opens a file of each.

    Parsed are those that have something for us; of a package that is found twice, the first counts.
    """
    found = dict[str, EntryPoints]()
    for package in distributions():
        if "[memrig." in (package.read_text("entry_points.txt") or ""):
            found.setdefault(package.name, package.entry_points)
    return EntryPoints(point for points in found.values() for point in points)


def load(kind: Kind, name: str) -> Any:
    """The class or function behind a name.

    :raises UnknownNameError: with the nearest names there are.
    :raises RequestError: for a file of models, which only the user names (``own_models``).
    """
    if kind == "models" and own_models.is_file(name):
        raise RequestError(own_models.refusal(name))
    known = entries(kind)
    if name not in known:
        message = unknown(SINGULAR[kind], name, known)
        is_far = kind == "models" and "did you mean" not in message
        raise UnknownNameError(f"{message}; {own_models.HINT}" if is_far else message)
    module, _, attribute = known[name].partition(":")
    return getattr(import_module(module), attribute)
