"""``memrig bench scan``: who answers, which driver fits, and nothing but *IDN? on the wire."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memrig.hil.claims import claimed, plain_name
from memrig.hil.scanning import scan
from memrig.sim.twin.server import serve

DRIVERS = {"awg": "keysight-33500b", "scope": "keysight-infiniivision", "smu": "keysight-b2900"}


class Answers:
    """Something that answers every message with the same line, or with nothing."""

    def __init__(self, line: bytes) -> None:
        self.line = line
        self.asked: list[bytes] = []

    def execute(self, message: bytes) -> bytes:
        self.asked.append(message)
        return self.line


@pytest.fixture
def served() -> Iterator[Callable[[bytes], tuple[str, Answers]]]:
    """Serve something on loopback; gives its address and what it is asked."""
    with serve({"stranger": Answers(b"ACME,Toaster 3000,1,2\n"), "mute": Answers(b"")}) as servers:
        yield lambda name: (servers[name].resource, servers[name].instrument)


def addresses(lab: Any) -> list[str]:
    return [server.resource for role, server in lab.servers.items() if role != "clock"]


def test_every_instrument_is_named_with_its_driver(memrig: Any, lab: Any) -> None:
    one = lab("twin")
    done = memrig("bench", "scan", *addresses(one), "--json")
    assert done.code == 0
    assert {found["role"]: found["driver"] for found in done.json} == DRIVERS
    assert all(found["identity"].count(",") == 3 and not found["reason"] for found in done.json)


def test_nothing_but_the_question_is_sent(lab: Any) -> None:
    one, said = lab("twin"), []
    told = one.told
    for server in one.servers.values():
        if hasattr(server.instrument, "_tell"):
            server.instrument._tell = lambda role, message: (said.append(message),
                                                             told(role, message))
    assert len(list(scan(addresses(one)))) == 3
    assert said == [b"*IDN?"] * 3
    assert not one.closed


def test_a_stranger_is_named_and_what_there_are_drivers_for(memrig: Any, served: Any) -> None:
    resource, _ = served("stranger")
    done = memrig("bench", "scan", resource)
    assert done.code == 1
    assert "ACME,Toaster 3000,1,2" in done.out
    assert "unknown model; there are drivers for 33521A/B, " in done.out


def test_who_does_not_answer_is_told_from_who_is_not_there(served: Any) -> None:
    resource, mute = served("mute")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = f"TCPIP0::127.0.0.1::{port}::SOCKET"
    first, second = scan([resource, gone])
    assert first.reason == "connected, but no answer to *IDN? within 1 s"
    assert mute.asked == [b"*IDN?"]
    assert second.reason == "nothing answers there; check power, cable and address"


def test_what_a_run_is_using_is_not_touched(
    served: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path))
    resource, stranger = served("stranger")
    other_spelling = resource.replace("TCPIP0", "TCPIP")
    with claimed([resource], "bench-1"):
        (found,) = scan([other_spelling])
    assert found.reason.startswith("busy: bench bench-1 of this process has had it for ")
    assert stranger.asked == []
    (found,) = scan([other_spelling])
    assert "Toaster" in found.identity


def test_what_this_process_holds_is_not_asked_again(served: Any) -> None:
    resource, stranger = served("stranger")
    (found,) = scan([resource], known={resource: "Keysight Technologies,33522B,MY1,3.0"})
    assert (found.driver, found.role) == ("keysight-33500b", "awg")
    assert stranger.asked == []


def test_a_scan_that_is_stopped_asks_nobody_else(served: Any) -> None:
    stop = threading.Event()
    resource, _ = served("stranger")
    other, mute = served("mute")
    found = scan([resource, other], stop=stop)
    next(found)
    stop.set()
    assert list(found) == []
    assert mute.asked == []


def test_without_addresses_everything_that_the_library_lists(memrig: Any, folder: Any) -> None:
    text = memrig("bench", "template", "smu-two").out
    (folder / "bench.toml").write_text(text, encoding="utf-8")
    done = memrig("bench", "scan", "--library", "bench.toml@memrig", "--json")
    assert [one["driver"] for one in json.loads(done.out)] == ["keysight-b2900"]


def test_a_library_that_is_not_there_is_said(memrig: Any) -> None:
    done = memrig("bench", "scan", "--library", "@nowhere")
    assert done.code == 4
    assert done.sentence.startswith("the VISA library '@nowhere' lists no instruments: ")


@pytest.mark.parametrize("name", ["TCPIP::10.0.0.1::5025::SOCKET",
                                  "tcpip0::10.0.0.1::5025::socket"])
def test_one_address_in_two_spellings(name: str) -> None:
    assert plain_name(name) == "TCPIP0::10.0.0.1::5025::SOCKET"
