"""Bytes that the fuzzer has found once, and some that it begins with: nothing but our errors."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.__main__ import NAMES, main
from tests.fuzz.targets import FOUND, Targets

SOME = 6
"""Of what it begins with, so many are tried here."""


@pytest.fixture
def targets(tmp_path: Path) -> Targets:
    place = tmp_path / "outer" / "inner"
    place.mkdir(parents=True)
    return Targets(place)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", NAMES)
def test_only_errors_of_ours_come_of_them(targets: Targets, name: str) -> None:
    found = [path.read_bytes() for path in sorted(FOUND.glob(f"{name}/*"))]
    known = list(targets.seeds(name))
    assert len(known) > SOME
    for content in (*found, *islice(known, 0, None, len(known) // SOME)):
        targets.all[name](content)


def test_an_unknown_target_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["store"])
    assert capsys.readouterr().err.endswith(
        "there is no target store; there are benches, tables, answers, stores\n")


def test_where_there_is_no_fuzzer_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert main(["tables"]) == 1
    assert capsys.readouterr().err == (
        "fuzz: atheris is not installed (pip install 'memrig[fuzz]'; on Linux)\n")
