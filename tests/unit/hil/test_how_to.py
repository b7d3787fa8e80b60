"""The pages under docs/how-to say what the command line understands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from memrig.hil.cli.main import parser

PAGES = Path(__file__).resolve().parents[3] / "docs" / "how-to"
COMMANDS = [
    (page.name, line)
    for page in sorted(PAGES.glob("*.md"))
    for block in re.findall(
        r"^```(?:sh|console)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    for line in (one.removeprefix("$ ") for one in block.splitlines())
    if line.startswith("memrig ")
]


@pytest.mark.skipif(not PAGES.is_dir(), reason="the documentation is not here")
def test_there_are_pages_with_commands():
    assert COMMANDS


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_every_command_of_a_page_is_one(page, line):
    command, *_ = line.split(" > ")  # what is printed may go to a file
    arguments = parser().parse_args(shlex.split(command, comments=True)[1:])
    assert ":" in arguments.target
