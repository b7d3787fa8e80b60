"""A run is found by a file and stopped over loopback."""

import json
import os
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

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


def test_a_wrong_token_stops_nothing(own_state: Path) -> None:
    stop = threading.Event()
    with stoppable(stop, "twin"):
        word = next(own_state.glob("run-*.json"))
        word.write_text(word.read_text(encoding="utf-8").replace('"token": "', '"token": "x'),
                        encoding="utf-8")
        with pytest.raises(BenchError, match="did not confirm"):
            list(stop_all())
        assert not stop.is_set()
