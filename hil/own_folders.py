"""Folders of the user's own in which programs keep things, on every system."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def own_folder(chosen: str, base: str, fallback: str) -> Path:
    """Where memrig keeps things of one kind.

    :param chosen: name of the environment variable that says where, if it is set.
    :param base: name of the one with the folder of all programs, but on Windows; ``fallback``
        stands for it where it is not set.
    """
    if folder := os.environ.get(chosen):
        return Path(folder)
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA", "~")
    else:
        folder = os.environ.get(base, fallback)
    return Path(folder).expanduser() / "memrig"
