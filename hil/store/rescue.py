"""A store of its own for a run whose store cannot take it: disk full, read-only, locked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from memrig.hil.errors import StoreError
from memrig.hil.own_folders import own_folder
from memrig.hil.store.database import Store
from memrig.hil.store.header import RunHeader
from memrig.hil.store.writer import RunWriter


def rescued(run_id: str, header: RunHeader, write: Callable[[RunWriter], object]) -> Path:
    """Write a run from memory into a new file, in the first place that takes it.

    :param run_id: of the run in the store that failed; the file is named after it.
    :param write: writes everything after the header, the end included.
    :raises StoreError: when no place takes it.
    """
    said = []
    for folder in _folders():
        path = folder / f"rescued-{run_id}.sqlite"
        try:
            _write(path, header, write)
        except (StoreError, OSError) as error:
            said.append(f"{folder}: {error}")
            with suppress(OSError):
                path.unlink(missing_ok=True)
        else:
            return path
    raise StoreError("THE RUN'S DATA COULD NOT BE WRITTEN ANYWHERE: " + "; ".join(said))


def _write(path: Path, header: RunHeader, write: Callable[[RunWriter], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with Store.open(path) as store:
        write(store.begin(header))


def _folders() -> Iterator[Path]:
    """Where there may be room: the user's own data, then what every system has."""
    yield own_folder("MEMRIG_RESCUE", "XDG_DATA_HOME", "~/.local/share")
    yield Path(tempfile.gettempdir())
    yield Path.cwd()
