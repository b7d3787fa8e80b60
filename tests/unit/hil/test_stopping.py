"""A run is found by a file and stopped over loopback."""

import errno
import json
import os
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from memrig.hil.cli import main
from memrig.hil.cli.main import FAILED, STILL_ON
from memrig.hil.errors import BenchError
from memrig.hil.stopping import state_folder, stop_all, stoppable


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def test_nothing_runs() -> None:
    assert list(stop_all()) == []


def test_every_run_says_at_once_that_it_has_heard_and_then_that_its_outputs_are_off() -> None:
    """No run waits for another one: none of these is off before all have heard."""
    stops = [threading.Event(), threading.Event()]
    said = stop_all()
    with ExitStack() as first, ExitStack() as second:
        for stack, stop, bench in zip((first, second), stops, ("twin", "other"), strict=True):
            stack.enter_context(stoppable(stop, bench))
        heard = {next(said), next(said)}
        assert heard == {f"the run of process {os.getpid()} on bench {bench} has heard it; its "
                         "outputs go off" for bench in ("twin", "other")}
        assert all(stop.is_set() for stop in stops)
        first.close()
        second.close()
    assert set(said) == {f"the run of process {os.getpid()} on bench {bench} is stopped; outputs "
                         "are off" for bench in ("twin", "other")}
    assert list(state_folder().iterdir()) == []


def test_somebody_who_says_nothing_keeps_nobody_from_stopping(own_state: Path) -> None:
    stop = threading.Event()
    with stoppable(stop, "twin"):
        port = json.loads(next(own_state.glob("run-*.json")).read_text(encoding="utf-8"))["port"]
        with socket.create_connection(("127.0.0.1", port)):
            said = stop_all()
            assert next(said).endswith("on bench twin has heard it; its outputs go off")
            assert stop.is_set()
            said.close()


def test_word_of_a_process_that_died_is_taken_away(own_state: Path) -> None:
    own_state.mkdir()
    word = own_state / "run-1-1.json"
    word.write_text('{"port": 1, "token": "x", "bench": "b", "pid": 1}', encoding="utf-8")
    assert list(stop_all()) == []
    assert not word.exists()


def test_a_word_that_cannot_be_read_is_said_and_keeps_nobody_from_stopping(
    own_state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stop, read = threading.Event(), Path.read_text

    def reading(path: Path, **how: Any) -> str:
        if path.name == "run-1-1.json":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path, **how)

    with ExitStack() as stack:
        stack.enter_context(stoppable(stop, "twin"))
        word = own_state / "run-1-1.json"
        word.write_text("{}", encoding="utf-8")
        monkeypatch.setattr(Path, "read_text", reading)
        threading.Thread(target=lambda: (stop.wait(9.0), stack.close())).start()
        assert main(["stop"]) == STILL_ON
    said = capsys.readouterr()
    assert said.out.endswith("on bench twin is stopped; outputs are off\n")
    assert said.err == (
        f"memrig: the word of a run at {word} cannot be read (Permission denied), so that run was "
        "not told to stop: OUTPUTS MAY STILL BE ON; stop it as the user who started it, or use the "
        "instruments' keys\n")
    assert word.exists()


def test_a_folder_that_cannot_be_read_is_not_taken_for_one_without_runs(
    own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_state.write_text("", encoding="utf-8")
    assert main(["stop"]) == FAILED
    assert capsys.readouterr().err == f"memrig: {own_state}: Not a directory\n"


@pytest.mark.parametrize("port", ["99999", "[]", '"x"', "null"])
def test_a_word_that_makes_no_sense_is_taken_away(own_state: Path, port: str) -> None:
    own_state.mkdir()
    word = own_state / "run-1-1.json"
    word.write_text(f'{{"port": {port}, "token": "x", "bench": "b", "pid": 1}}', encoding="utf-8")
    assert list(stop_all()) == []
    assert not word.exists()


def test_a_wrong_token_stops_nothing(own_state: Path) -> None:
    stop = threading.Event()
    with stoppable(stop, "twin"):
        word = next(own_state.glob("run-*.json"))
        word.write_text(word.read_text(encoding="utf-8").replace('"token": "', '"token": "x'),
                        encoding="utf-8")
        with pytest.raises(BenchError, match="did not confirm"):
            list(stop_all())
        assert not stop.is_set()
