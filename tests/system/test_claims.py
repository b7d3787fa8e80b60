"""An instrument has one controller at a time, on this machine, for this user."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from memrig.hil.claims import claimed, in_use
from memrig.hil.errors import BenchError

AWG, SMU = "TCPIP0::127.0.0.1::1::SOCKET", "TCPIP0::127.0.0.1::2::SOCKET"
HOLD = f"""
import sys
from memrig.hil.claims import claimed
with claimed(["{AWG}"], "left"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    """Another process that has the generator."""
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        yield other
        other.kill()


def test_a_second_controller_is_told_who_the_first_is(holder: subprocess.Popen[str]) -> None:
    """Whatever the spelling of the address; what is free is not taken either."""
    with pytest.raises(BenchError) as caught, \
            claimed([SMU, AWG.lower().replace("tcpip0", "tcpip")], "right"):
        pass
    assert str(caught.value).startswith(
        f"{AWG} cannot be opened: bench left of process {holder.pid} has had it for ")
    assert str(caught.value).endswith(
        "; an instrument has one controller at a time; nothing was sent")
    assert list(in_use()) == [AWG]


def test_what_a_killed_process_had_is_free(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    assert in_use() == {}
    with claimed([AWG], "right"):
        assert list(in_use()) == [AWG]
    assert in_use() == {}


def test_within_one_process_too() -> None:
    with claimed([AWG], "left"), pytest.raises(BenchError, match="bench left of this process"), \
            claimed([AWG], "right"):
        pass


def test_a_file_that_somebody_has_spoilt_is_in_nobodys_way(state: Path) -> None:
    with claimed([AWG], "left"):
        (file,) = state.glob("claim-*.json")
    file.write_text("{", encoding="utf-8")
    with claimed([AWG], "left"):
        assert list(in_use()) == [AWG]
