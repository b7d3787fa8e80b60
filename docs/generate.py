"""Writes docs/reference/ from the declarations: ``python docs/generate.py`` (``--check`` compares).

Nothing in the reference is written by hand, so it cannot be out of date.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

from memrig.hil.calibration import Calibration, Correction
from memrig.hil.manual import (
    command_line,
    description,
    faults,
    instruments,
    models,
    nonidealities,
    parameter_table,
    protocols,
)
from memrig.hil.profile import Passport, Profile
from memrig.hil.record import Accuracy, Channel, Reading
from memrig.hil.status import Status

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- written by docs/generate.py from the declarations; do not edit -->\n\n"


def main() -> int:
    """Write every page, or with ``--check`` say which are out of date."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing, compare")
    check = options.parse_args().check
    REFERENCE.mkdir(exist_ok=True)
    stale = [name for name, text in pages() if not _settled(REFERENCE / name, text, check=check)]
    if stale:
        print(f"out of date: {', '.join(stale)}; run 'make docs'", file=sys.stderr)
    return 1 if stale else 0


def _settled(path: Path, text: str, *, check: bool) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return True
    if not check:
        path.write_text(text, encoding="utf-8")
    return not check


def pages() -> Iterator[tuple[str, str]]:
    """File name and text of every page of the reference."""
    for name, make in (("command-line.md", command_line), ("protocols.md", protocols),
                       ("models.md", models), ("nonidealities.md", nonidealities),
                       ("instruments.md", instruments), ("faults.md", faults),
                       ("data.md", data)):
        yield name, NOTE + "\n".join(make()).rstrip() + "\n"


def data() -> Iterator[str]:
    """Profile, passport, calibration and what a record holds."""
    yield "# Data\n"
    yield f"## {Profile.__name__}\n\n{description(Profile)}\n"
    yield parameter_table(Profile)
    yield ""
    for cls in (Passport, Calibration, Correction, Reading, Channel, Accuracy):
        yield f"## {cls.__name__}\n\n{description(cls)}\n"
        yield "| field | type | default |\n|---|---|---|"
        for field in dataclasses.fields(cls):
            default = "" if field.default is dataclasses.MISSING else f"`{field.default}`"
            kind = str(field.type).replace("|", "\\|")
            yield f"| `{field.name}` | {kind} | {default} |"
        yield ""
    yield "## Status\n\n| flag | value |\n|---|---|"
    for flag in Status:
        yield f"| {flag.name} | {int(flag)} |"


if __name__ == "__main__":
    sys.exit(main())
