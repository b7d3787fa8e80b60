"""A run is found by a file and stopped over loopback."""

import threading
from pathlib import Path

import pytest

from memrig.hil.stopping import state_folder, stop_all, stoppable


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def test_nothing_runs() -> None:
    assert stop_all() == []


def test_a_run_is_stopped_and_says_that_its_outputs_are_off() -> None:
    stop, ready, sentences = threading.Event(), threading.Event(), list[str]()

    def run() -> None:
        with stoppable(stop, "twin"):
            ready.set()
            stop.wait(10.0)

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10.0)
    sentences += stop_all()
    thread.join(10.0)
    assert stop.is_set()
    assert len(sentences) == 1
    assert sentences[0].endswith("on bench twin is stopped; outputs are off")
    assert list(state_folder().iterdir()) == []


def test_word_of_a_process_that_died_is_taken_away(own_state: Path) -> None:
    own_state.mkdir()
    word = own_state / "run-1-1.json"
    word.write_text('{"port": 1, "token": "x", "bench": "b", "pid": 1}', encoding="utf-8")
    assert stop_all() == []
    assert not word.exists()


def test_a_wrong_token_stops_nothing(own_state: Path) -> None:
    stop = threading.Event()
    with stoppable(stop, "twin"):
        word = next(own_state.glob("run-*.json"))
        word.write_text(word.read_text(encoding="utf-8").replace('"token": "', '"token": "x'),
                        encoding="utf-8")
        with pytest.raises(Exception, match="did not confirm"):
            stop_all()
        assert not stop.is_set()
