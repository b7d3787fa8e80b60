"""Finds instruments and the drivers that fit them; asks each what it is and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from memrig.hil.claims import in_use, plain_name
from memrig.hil.errors import LinkError
from memrig.hil.registry import entries, load


class NoAnswerError(LinkError):
    """Why an instrument has not said what it is."""


class Scanner(Protocol):
    """Something that can look for instruments; see the registry's ``scanners``."""

    def resources(self) -> list[str]:
        """VISA names of what may be there.

        :raises NoAnswerError: when nobody can tell.
        """
        ...

    def identity(self, resource: str, stop: threading.Event | None = None) -> str:
        """What answers ``*IDN?`` there.

        :raises NoAnswerError: with why nothing does.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One address, and who answers there.

    :param identity: the answer to ``*IDN?``; empty where there was none.
    :param driver: name of the driver that fits; empty where none does.
    :param role: what such an instrument can be on a bench (``awg``, ``scope``, ``smu``).
    :param reason: why there is no driver, in words; empty where there is one.
    """

    resource: str
    identity: str = ""
    driver: str = ""
    role: str = ""
    reason: str = ""


def scan(
    resources: Sequence[str] = (), *, library: str = "@py", stop: threading.Event | None = None,
    known: Mapping[str, str] | None = None, serving: str = "visa",
) -> Iterator[Found]:
    """Ask instruments who they are, one after the other, each as it answers.

    What a run is using is never touched, whichever process runs.

    :param resources: whom to ask; everything that the VISA library lists when empty.
    :param stop: ends the scan after the present address.
    :param known: identities of instruments that this process holds, by address; not asked again.
    :param serving: which scanner of the registry looks.
    :raises NoAnswerError: when nothing is given and the library cannot list.
    """
    scanner: Scanner = load("scanners", serving)(library)
    held = {plain_name(name): identity for name, identity in (known or {}).items()}
    busy = {plain_name(name): why for name, why in in_use().items()}
    for resource in dict.fromkeys(resources or scanner.resources()):
        if stop is not None and stop.is_set():
            return
        name = plain_name(resource)
        if name in held:
            yield _fitted(resource, held[name])
        elif name in busy:
            yield Found(resource=resource, reason=busy[name])
        else:
            yield _asked(scanner, resource, stop)


def _asked(scanner: Scanner, resource: str, stop: threading.Event | None) -> Found:
    try:
        return _fitted(resource, scanner.identity(resource, stop))
    except NoAnswerError as error:
        return Found(resource=resource, reason=str(error))


def _fitted(resource: str, identity: str) -> Found:
    driver, role = driver_for(identity)
    reason = "" if driver else f"unknown model; there are drivers for {', '.join(_models())}"
    return Found(resource=resource, identity=identity, driver=driver, role=role, reason=reason)


def driver_for(identity: str) -> tuple[str, str]:
    """Name and role of the driver whose instruments answer ``*IDN?`` like this; empty for none."""
    for name in entries("drivers"):
        cls = load("drivers", name)
        if re.search(cls.identity, identity):
            return name, cls.role
    return "", ""


def _models() -> list[str]:
    return [model for name in entries("drivers") for model in load("drivers", name).models]
