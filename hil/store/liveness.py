"""Whether a run that the store calls running still has a process that writes it.

The writer holds an advisory lock on a file beside the store. The operating system gives it up when
the process ends, however it ends, so that nobody has to guess from process numbers or ages.
"""

from __future__ import annotations

import os
from pathlib import Path

from memrig.hil.file_lock import is_locked, lock


def lock_path(store: Path, run_id: str) -> Path:
    """The file whose lock says that this run is being written; the same by whatever path."""
    store = store.resolve()
    return store.with_name(f"{store.name}-{run_id}.running")


class Alive:
    """Says that a run is being written, until ``close`` or the end of the process."""

    def __init__(self, store: Path, run_id: str) -> None:
        self._path = lock_path(store, run_id)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        lock(self._file)

    def close(self) -> None:
        """Say that it is no longer written."""
        os.close(self._file)
        self._path.unlink(missing_ok=True)


def is_alive(store: Path, run_id: str) -> bool:
    """Whether some process, this one included, is writing the run."""
    return is_locked(lock_path(store, run_id))


def forget(store: Path, run_id: str) -> None:
    """Take away what a process that has died left behind."""
    lock_path(store, run_id).unlink(missing_ok=True)
