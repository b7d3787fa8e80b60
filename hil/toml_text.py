"""Writes TOML, which the standard library only reads."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]


def write_whole(path: Path, text: str) -> None:
    """Write a file; readers see all of it or nothing.

    :raises OSError: when it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def toml(table: Table) -> str:
    """A table as TOML; the standard library reads it back equal."""
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Table, path: tuple[str, ...]) -> Iterator[str]:
    """Values first, then the tables inside, as TOML wants it."""
    plain = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
    if path and (plain or not table):
        yield f"[{'.'.join(map(_key, path))}]"
    yield from (f"{_key(k)} = {_value(v)}" for k, v in plain.items())
    for name, inner in table.items():
        if isinstance(inner, Mapping):
            yield from _lines(inner, (*path, name))


def _key(name: str) -> str:
    is_bare = name.replace("-", "").replace("_", "").isalnum() and name.isascii()
    return name if is_bare else _text(name)


def _value(value: Any) -> str:
    """A value in TOML, which writes texts, numbers, switches and lists nearly as JSON does."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return _text(value)


def _text(value: Any) -> str:
    # JSON leaves the delete character as it is, TOML wants it escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
