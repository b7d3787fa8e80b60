"""The documents agree with the code and with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from memrig.hil.registry import entries

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = [
    path for path in (README, ROOT / "CHANGELOG.md", ROOT / "tests" / "README.md",
                      ROOT / "examples" / "README.md", *(ROOT / "docs").rglob("*.md"))
    if path.exists()
]

pytestmark = pytest.mark.skipif(not README.exists(), reason="the documents are not here")


def test_the_example_of_the_readme_is_the_one_that_is_run():
    text = README.read_text(encoding="utf-8")
    shown = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert shown == [(ROOT / "examples" / "ten_lines.py").read_text(encoding="utf-8")]


@pytest.mark.parametrize("kind", ["protocols", "models"])
def test_the_readme_names_what_there_is(kind):
    text = README.read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {kind} \|.*$", text, re.MULTILINE)
    assert set(entries(kind)) <= set(re.findall(r"`([\w-]+)`", row))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    broken = [one for one in targets if "://" not in one and not (page.parent / one).exists()]
    assert not broken


def test_every_page_is_reached_from_the_index():
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / one).resolve() for one in
              re.findall(r"\]\(([^)#\s]+)", index.read_text(encoding="utf-8"))}
    pages = set((ROOT / "docs").rglob("*.md")) - {index}
    lost = [one for one in pages if not {one, *one.parents} & linked - {ROOT / "docs"}]
    assert not lost


def test_the_citation_names_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_constraints_pin_every_dependency_and_name_no_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in
              project["optional-dependencies"].values() for one in extra)]
    names = {re.match(r"[\w-]+", one).group().lower().replace("_", "-") for one in wanted}
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines()
             if line and not line.startswith("#")]
    pin = re.compile(r"([\w.-]+)==[\w.]+(; python_version (<|>=) \"[\d.]+\")?")
    pinned = {pin.fullmatch(line).group(1).lower().replace("_", "-") for line in lines}
    assert names <= pinned


@pytest.mark.parametrize("page", ["window.md", "failures.md"])
def test_what_is_said_to_hold_a_promise_is_there(page):
    text = (ROOT / "docs" / "explanations" / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:unit|system|contract)/[\w/]+)`(?: \(([^)]*)\))?", text)
    assert len(named) > 30
    for file, words in named:
        text = (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
        missing = [word for word in re.findall(r"\b\w+_\w+\b", words)
                   if not re.search(rf"^def test_\w*{word}", text, re.MULTILINE)]
        assert not missing, file
