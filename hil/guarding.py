"""What guardians have left word of: outputs that they have switched off after a controller's end.

A bench of instruments has a guardian process (``memrig.drivers.guardian``). It writes a small file
beside those of ``memrig.hil.stopping`` when it has had to act; the next command says so, once.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from memrig.hil.claims import plain_name
from memrig.hil.file_lock import is_locked
from memrig.hil.stopping import state_folder

WORKING = ".working"
"""What the name of a word's lock ends with: its guardian holds it as long as it works."""
SETTING = "guardian"
"""Where a bench's description says which word its guardian would leave."""
_NEW, _TOLD = "guardian-", "told-guardian-"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianWord:
    """What a guardian has done.

    :param pid: process of the controller.
    :param why: ``died``, ``silent``, or ``left`` where the controller itself could not confirm it.
    :param at: when it began, ISO form, local time.
    :param ended: whether it has come to its end.
    :param confirmed: whether every instrument has said that its outputs are off.
    :param doubtful: role and address of those that have not.
    """

    bench: str
    pid: int
    why: str
    at: str
    ended: bool
    confirmed: bool
    doubtful: tuple[str, ...]

    def __str__(self) -> str:
        cause = {"died": "had died", "left": "could not confirm that its outputs were off"}.get(
            self.why, "did not answer any more")
        confirmed = "confirmed by the instruments" if self.confirmed else (
            f"NOT CONFIRMED by {', '.join(self.doubtful)}: OUTPUTS MAY STILL BE ON; use the "
            "instruments' keys")
        return (f"process {self.pid} on bench {self.bench} {cause}; its guardian switched the "
                f"outputs off at {self.at}, {confirmed}")


def word_path() -> Path:
    """A file that no guardian has written yet."""
    return state_folder() / f"{_NEW}{secrets.token_hex(8)}.json"


def word_of(settings: Mapping[str, Any]) -> GuardianWord | None:
    """What the guardian of a run did, if it had to do anything and the word is still there.

    :param settings: of the run's bench, as it was stored.
    """
    name = settings.get(SETTING)
    if not isinstance(name, str) or Path(name).name != name:
        return None
    for one in (name, name.replace(_NEW, _TOLD, 1)):
        if said := _read(state_folder() / one):
            return _word(said)
    return None


def untold() -> list[GuardianWord]:
    """Everything that guardians have done and nobody has been told; told with this."""
    found = []
    for path in sorted(state_folder().glob(f"{_NEW}*.json")):
        said = _read(path)
        if said and not _is_at_work(path, said):
            found.append(_word(said))
            with suppress(OSError):
                _lock_of(path).unlink(missing_ok=True)
                path.rename(path.with_name(path.name.replace(_NEW, _TOLD, 1)))
    return found


def at_work(resources: Sequence[str]) -> str:
    """Which of these addresses a guardian is still switching off; empty for none."""
    names = set(map(plain_name, resources))
    for path in state_folder().glob(f"{_NEW}*.json"):
        said = _read(path)
        if said and _is_at_work(path, said):
            for one in said["wards"].values():
                if plain_name(one["resource"]) in names:
                    return str(one["resource"])
    return ""


def _read(path: Path) -> dict[str, Any] | None:
    """The word in a file; None for one that is not there or not whole."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _word(said)
        return said
    return None


def _word(said: Mapping[str, Any]) -> GuardianWord:
    return GuardianWord(
        bench=str(said["bench"]), pid=int(said["pid"]), why=str(said["why"]),
        at=datetime.fromtimestamp(float(said["at"])).astimezone().isoformat(
            sep=" ", timespec="seconds"),
        ended=bool(said["ended"]), confirmed=bool(said["confirmed"]),
        doubtful=tuple(f"{role} at {one['resource']}" for role, one in said["wards"].items()
                       if not one["confirmed"]),
    )


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + WORKING)


def _is_at_work(path: Path, said: Mapping[str, Any]) -> bool:
    """By its lock, which ends with its process: no clock says how long switching off takes."""
    return not said["ended"] and is_locked(_lock_of(path))
