"""The tutorial, followed step by step: every command is run, what it prints is compared.

Words must be equal, numbers within 1 %; ``RUN`` and ``TIME`` stand for what differs every time,
a line ``...`` for lines that are left out.
"""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path

import pytest

from memrig.hil.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "first-run.md"
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def steps() -> list[tuple[str, list[str]]]:
    """Each command of the page's consoles, with the lines that it prints."""
    text = PAGE.read_text(encoding="utf-8")
    consoles = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    found = []
    for part in re.split(r"^\$ ", "".join(consoles), flags=re.MULTILINE)[1:]:
        command, *printed = part.splitlines()
        found.append((command, printed))
    return found


def plain(line: str) -> str:
    """A line without what differs every time."""
    line = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", "TIME", line)
    line = re.sub(r"\b[0-9a-f]{10}\b", "RUN", line)
    return " ".join(line.split())


def alike(expected: str, printed: str) -> bool:
    expected, printed = plain(expected), plain(printed)
    values = [[float(one) for one in NUMBER.findall(text)] for text in (expected, printed)]
    return NUMBER.sub("#", expected) == NUMBER.sub("#", printed) and all(
        math.isclose(a, b, rel_tol=1e-2) for a, b in zip(*values, strict=True))


def follows(expected: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are the expected ones, lines left out apart."""
    if not expected:
        return not printed
    if expected[0] == "...":
        return any(follows(expected[1:], printed[k:]) for k in range(len(printed) + 1))
    return bool(printed) and alike(expected[0], printed[0]) and follows(expected[1:], printed[1:])


def test_every_step_prints_what_the_tutorial_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert len(steps()) >= 7
    for command, expected in steps():
        main(shlex.split(command)[1:])
        said = capsys.readouterr()
        printed = (said.out + said.err).splitlines()
        assert follows(expected, printed), f"$ {command}\n" + "\n".join(printed)


@pytest.mark.parametrize(("expected", "printed", "same"), [
    (["a 1.00 V"], ["a 1.005 V"], True),
    (["a 1.00 V"], ["a 1.05 V"], False),
    (["a 1.00 V"], ["a 1.00 mV"], False),
    (["a", "...", "b"], ["a", "x", "y", "b"], True),
    (["a", "...", "b"], ["a", "x"], False),
    (["..."], ["x"], True),
    (["a"], ["a", "x"], False),
    (["run RUN"], ["run 0123456789"], True),
])
def test_the_comparison_sees_differences(expected, printed, same):
    assert follows(expected, printed) is same
