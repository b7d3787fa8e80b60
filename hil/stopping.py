"""Stopping a run from another process: each run listens on loopback and is found by a file."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from memrig.hil.errors import BenchError
from memrig.hil.own_folders import own_folder

ANSWER_S = 10.0
"""How long ``memrig stop`` waits for a run to say that its outputs are off."""


def state_folder() -> Path:
    """Where running controllers leave word of themselves (MEMRIG_STATE, or the user's own)."""
    return own_folder("MEMRIG_STATE", "XDG_STATE_HOME", "~/.local/state")


@contextmanager
def stoppable(stop: threading.Event, bench: str) -> Iterator[None]:
    """Let ``memrig stop`` set ``stop``; leaving tells it that the outputs are off."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        token, done = secrets.token_hex(16), threading.Event()
        word = _leave_word(server.getsockname()[1], token, bench)
        thread = threading.Thread(
            target=_listen, args=(server, token, stop, done), name="memrig-stop", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            done.set()
            word.unlink(missing_ok=True)
            with suppress(OSError), socket.create_connection(server.getsockname()):
                pass  # wakes the listener, which then sees that it is done
            thread.join()


def _leave_word(port: int, token: str, bench: str) -> Path:
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"run-{os.getpid()}-{port}.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"port": port, "token": token, "bench": bench,
                                "pid": os.getpid()}), encoding="utf-8")
    return path


def _listen(
    server: socket.socket, token: str, stop: threading.Event, done: threading.Event
) -> None:
    while not done.is_set():
        peer, _ = server.accept()
        with peer:
            peer.settimeout(1.0)
            with suppress(OSError):
                said = peer.recv(64).decode("ascii", "replace")
                if hmac.compare_digest(said, token):
                    stop.set()
                    done.wait(ANSWER_S)
                    peer.sendall(b"off" if done.is_set() else b"slow")


def stop_all() -> list[str]:
    """Stop every run of this user on this machine; a sentence for each.

    :raises BenchError: when a run does not confirm in time that its outputs are off.
    """
    words = sorted(state_folder().glob("run-*.json")) if state_folder().is_dir() else []
    return [sentence for word in words if (sentence := _stop_one(word))]


def _stop_one(word: Path) -> str:
    try:
        said = json.loads(word.read_text(encoding="utf-8"))
        answer = _ask(said["port"], said["token"])
    except (ConnectionRefusedError, FileNotFoundError, KeyError, ValueError):
        word.unlink(missing_ok=True)  # its process has died without taking it away
        return ""
    except OSError:
        answer = b""
    if answer != b"off":
        message = (
            f"process {said['pid']} on bench {said['bench']} did not confirm within "
            f"{ANSWER_S:g} s that it has stopped: OUTPUTS MAY STILL BE ON; use the instruments' "
            "keys"
        )
        raise BenchError(message)
    return f"the run of process {said['pid']} on bench {said['bench']} is stopped; outputs are off"


def _ask(port: int, token: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=1.0) as peer:
        peer.sendall(token.encode())
        peer.settimeout(ANSWER_S + 1.0)
        return peer.recv(8)
