"""One controller at a time: an instrument belongs to the process that has opened its bench.

A claim is a small file with a lock that the operating system gives up when the process ends, so
that what a dead process leaves behind is in nobody's way. It holds on this machine and for this
user; an instrument on a network may still be reached from another one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from memrig.hil.errors import BenchError
from memrig.hil.file_lock import lock
from memrig.hil.stopping import state_folder
from memrig.hil.units import format_quantity

TRIES, PAUSE_S = 5, 0.02
"""Somebody who only looks holds a lock for an instant."""
_BOARD = re.compile(r"^([A-Z]+)::")


def plain_name(resource: str) -> str:
    """A VISA name in the one spelling that can be compared: upper case, with its board's number."""
    return _BOARD.sub(r"\g<1>0::", resource.strip().upper())


@contextmanager
def claimed(resources: Iterable[str], bench: str) -> Iterator[None]:
    """Have instruments for this process alone.

    :param resources: their VISA names.
    :raises BenchError: when somebody has one of them, and since when; nothing was sent.
    """
    with ExitStack() as stack:
        for name in dict.fromkeys(map(plain_name, resources)):
            stack.enter_context(_claimed(name, bench))
        yield


def in_use() -> dict[str, str]:
    """Instruments that processes of this user have on this machine, and whose they are."""
    found = {}
    for path in sorted(state_folder().glob("claim-*.json")):
        with _opened(path) as file:
            if not lock(file):
                said = _read(path)
                found[said["resource"]] = "busy: " + _owner(said)
    return found


@contextmanager
def _claimed(name: str, bench: str) -> Iterator[None]:
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _opened(path) as file:
        if not _locked(file):
            message = (
                f"{name} cannot be opened: {_owner(_read(path))}; an instrument has one "
                "controller at a time; nothing was sent"
            )
            raise BenchError(message)
        _write(file, {"resource": name, "bench": bench, "pid": os.getpid(), "since": time.time()})
        try:
            yield
        finally:
            os.ftruncate(file, 0)  # not unlinked: somebody may be waiting for this very file


def _path(name: str) -> Path:
    return state_folder() / f"claim-{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    for _ in range(TRIES):
        if lock(file):
            return True
        time.sleep(PAUSE_S)
    return False


def _write(file: int, said: dict[str, Any]) -> None:
    os.ftruncate(file, 0)
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, json.dumps(said).encode())


def _read(path: Path) -> dict[str, Any]:
    """What a claim says; of one that is being written, as much as is known."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError:
        return {"resource": "", "bench": "?", "pid": "?", "since": time.time()}


def _owner(said: dict[str, Any]) -> str:
    age_s = max(time.time() - said["since"], 0.0)
    whose = "this process" if said["pid"] == os.getpid() else f"process {said['pid']}"
    return f"bench {said['bench']} of {whose} has had it for {format_quantity(age_s, 's', 2)}"
