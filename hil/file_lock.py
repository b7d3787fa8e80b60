"""Advisory locks of files: the operating system gives them up when their process ends, however."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path  # which the guardian, that runs this file, does without

_BEYOND = 2**30
"""Where Windows locks a byte: beyond what is in the file, so that others can read that."""

if sys.platform == "win32":
    import msvcrt

    def lock(file: int) -> bool:
        """Lock an open file for this descriptor; False where somebody else has."""
        os.lseek(file, _BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def lock(file: int) -> bool:
        """Lock an open file for this descriptor; False where somebody else has."""
        # flock, not lockf: its locks belong to the open file, so that another descriptor of the
        # same process neither passes them nor drops them.
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def is_locked(path: Path) -> bool:
    """Whether somebody, this process included, holds the lock of a file; no file, no lock."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not lock(file)
    finally:
        os.close(file)
