"""Files that anybody may have written: read up to a limit, as plain data, never as programs."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memrig.hil.errors import MemrigError, RequestError

TEXT_MAX, TABLE_MAX = 1 << 18, 1 << 27
"""Bytes of a text that people write, and of a table of measured points."""
DOTS_MAX = 200
"""Dots between two other signs: a key with more would keep the reader busy for hours."""
_SIGNS = re.compile(r"[=,\[\]{}\n]")


def content_of(
    path: Path, what: str, *, limit: int = TEXT_MAX, error: type[MemrigError] = RequestError
) -> bytes:
    """What a file holds.

    :param what: names the file in the sentence, e.g. ``"the bench file"``.
    :raises MemrigError: of the class ``error``, when it cannot be read, has no end or is longer.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise error(f"{what} {path} cannot be read: it is no file but a pipe or a device")
        with path.open("rb") as file:
            found = file.read(limit + 1)
    except MemrigError:
        raise
    except OSError as reason:
        raise error(f"{what} {path} cannot be read: {reason.strerror}") from None
    except ValueError as reason:  # a name that no file can have
        raise error(f"{what} {str(path)!r} cannot be read: {reason}") from None
    if len(found) > limit:
        size = f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit >> 10} kB"
        raise error(f"{what} {path} cannot be read: it is longer than {size}")
    return found


def toml_of(
    path: Path, what: str, *, error: type[MemrigError] = RequestError
) -> dict[str, Any]:
    """The table that a TOML file holds; errors as from ``content_of``."""
    found: dict[str, Any] = _parsed(path, what, error, _toml)
    return found


def json_of(path: Path, what: str, *, error: type[MemrigError] = RequestError) -> Any:
    """What a JSON file holds; errors as from ``content_of``."""
    return _parsed(path, what, error, json.loads)


def _toml(text: str) -> dict[str, Any]:
    if any(part.count(".") > DOTS_MAX for part in _SIGNS.split(text)):
        raise ValueError("its names stand too deep in one another")
    return tomllib.loads(text)


def _parsed(
    path: Path, what: str, error: type[MemrigError], parse: Callable[[str], Any]
) -> Any:
    try:
        return parse(content_of(path, what, error=error).decode("utf-8"))
    except MemrigError:
        raise
    except ValueError as reason:
        raise error(f"{what} {path} cannot be read: {reason}") from None
    except RecursionError:
        message = f"{what} {path} cannot be read: its values stand too deep in one another"
        raise error(message) from None
