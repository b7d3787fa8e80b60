"""Pages that are followed step by step: every command is run, what it prints is compared.

Words must be equal, numbers within 1 %, or within 50 % on pages where they hang on noise; ``RUN``
and ``TIME`` stand for what differs every time, a line ``...`` for lines that are left out. What
``cat`` shows is written to its file first, and ``memrig twin serve`` goes on in a process of its
own until the next one.
"""

from __future__ import annotations

import math
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {"tutorials/first-run.md": (7, 0.01), "how-to/set-up-a-bench.md": (12, 0.5),
         "how-to/fit-a-model.md": (6, 0.5), "how-to/simulate-variability.md": (7, 0.01),
         "how-to/write-a-model.md": (6, 0.01), "how-to/try-a-failure.md": (7, 0.5),
         "how-to/watch-a-run.md": (4, 0.5),
         "how-to/simulate-many-devices.md": (4, 0.5)}
"""Pages that are followed: the least number of their commands, and what numbers may differ."""
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def steps(page: str) -> list[tuple[str, list[str]]]:
    """Each command of a page's consoles, with the lines that it prints."""
    text = (DOCS / page).read_text(encoding="utf-8")
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


def alike(expected: str, printed: str, rel: float) -> bool:
    expected, printed = plain(expected), plain(printed)
    values = [[float(one) for one in NUMBER.findall(text)] for text in (expected, printed)]
    return NUMBER.sub("#", expected) == NUMBER.sub("#", printed) and all(
        math.isclose(a, b, rel_tol=rel) for a, b in zip(*values, strict=True))


def follows(expected: list[str], printed: list[str], rel: float = 0.01) -> bool:
    """Whether the printed lines are the expected ones, lines left out apart."""
    if not expected:
        return not printed
    if expected[0] == "...":
        return any(follows(expected[1:], printed[k:], rel) for k in range(len(printed) + 1))
    return bool(printed) and alike(expected[0], printed[0], rel) and follows(
        expected[1:], printed[1:], rel)


class Reader:
    """Does what a page says."""

    def __init__(
        self, memrig: Callable[..., Any], process: Callable[..., subprocess.Popen[str]]
    ) -> None:
        self._memrig, self._process = memrig, process
        self._serving: subprocess.Popen[str] | None = None

    def does(self, command: str, shown: list[str]) -> list[str]:
        """The lines that a command prints."""
        name, *words = shlex.split(command)
        if name == "cat":
            Path(words[0]).write_text("".join(f"{line}\n" for line in shown), encoding="utf-8")
            return shown
        assert name == "memrig"
        if words[:2] == ["twin", "serve"]:
            return self._serves(words)
        done = self._memrig(*words)
        return (done.out + done.err).splitlines()

    def _serves(self, words: list[str]) -> list[str]:
        if self._serving is not None:
            self._serving.terminate()
            self._serving.communicate(timeout=10)
        self._serving = self._process(*words)
        assert self._serving.stdout is not None
        printed = [self._serving.stdout.readline().rstrip("\n")]
        while printed[-1] and "Ctrl-C" not in printed[-1]:
            printed.append(self._serving.stdout.readline().rstrip("\n"))
        return printed


@pytest.mark.parametrize("page", PAGES)
def test_every_step_prints_what_the_page_shows(page, memrig, process):
    least, rel = PAGES[page]
    assert len(steps(page)) >= least
    reader = Reader(memrig, process)
    for command, expected in steps(page):
        printed = reader.does(command, expected)
        assert follows(expected, printed, rel), f"$ {command}\n" + "\n".join(printed)


def test_the_model_of_the_page_is_the_example():
    (_, shown), *_ = steps("how-to/write-a-model.md")
    example = (DOCS.parent / "examples/my_model.py").read_text(encoding="utf-8")
    assert example.startswith("\n".join(shown))


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
