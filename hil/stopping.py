"""Stopping a run from another process: each run listens on loopback and is found by a file."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from memrig.hil.errors import BenchError
from memrig.hil.own_folders import own_folder

HEARD, OFF, SLOW = b"heard\n", b"off\n", b"slow\n"
"""What a run answers: that it was told, at once; and that its outputs are off, or not yet."""
HEARD_S = 1.0
"""How long ``memrig stop`` waits for a run to answer at all before it goes on to the next one."""
ANSWER_S = 10.0
"""How long ``memrig stop`` waits for a run to say that its outputs are off."""


def state_folder() -> Path:
    """Where running controllers leave word of themselves (MEMRIG_STATE, or the user's own)."""
    return own_folder("MEMRIG_STATE", "XDG_STATE_HOME", "~/.local/state")


@contextmanager
def stoppable(stop: threading.Event, bench: str) -> Iterator[None]:
    """Let ``memrig stop`` set ``stop``; leaving tells it that the outputs are off."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = _Listener(server, stop)
        word = _leave_word(server.getsockname()[1], listener.token, bench)
        try:
            yield
        finally:
            word.unlink(missing_ok=True)
            listener.end()


def _leave_word(port: int, token: str, bench: str) -> Path:
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"run-{os.getpid()}-{port}.json"
    new = path.with_suffix(".new")  # a word that is found is whole: half of one would be taken away
    new.touch(mode=0o600)
    new.write_text(json.dumps({"port": port, "token": token, "bench": bench,
                               "pid": os.getpid()}), encoding="utf-8")
    return new.replace(path)


class _Listener:
    """Answers whoever wants a run stopped; each in a thread, so that none waits for another one.

    :ivar token: what he must know.
    """

    def __init__(self, server: socket.socket, stop: threading.Event) -> None:
        self.token = secrets.token_hex(16)
        self._server, self._stop, self._done = server, stop, threading.Event()
        self._threads: list[threading.Thread] = []
        self._start(self._listen)

    def end(self) -> None:
        """The outputs are off."""
        self._done.set()
        with suppress(OSError), socket.create_connection(self._server.getsockname()):
            pass  # wakes the thread that listens, which then sees that it is done
        for thread in list(self._threads):
            thread.join()

    def _start(self, work: Any, *what: Any) -> None:
        self._threads.append(threading.Thread(target=work, args=what, name="memrig-stop",
                                              daemon=True))
        self._threads[-1].start()

    def _listen(self) -> None:
        while not self._done.is_set():
            peer, _ = self._server.accept()
            if self._done.is_set():
                peer.close()
            else:
                self._start(self._answer, peer)

    def _answer(self, peer: socket.socket) -> None:
        """The stop comes first, then the word that it was heard; then there is time to wait."""
        with peer, suppress(OSError):
            peer.settimeout(1.0)
            said = peer.recv(64).decode("ascii", "replace")
            if hmac.compare_digest(said, self.token):
                self._stop.set()
                peer.sendall(HEARD)
                peer.sendall(OFF if self._done.wait(ANSWER_S) else SLOW)


def stop_all() -> Iterator[str]:
    """Stop every run of this user on this machine.

    All are told first, each with a sentence when it has heard; then each has another one when its
    outputs are off.

    :raises BenchError: at the end, with those that could not be told, or did not confirm in time
        that they are off.
    :raises OSError: when it cannot be seen which runs there are.
    """
    with ExitStack() as stack:
        asked, doubts = list[_Asked](), list[str]()
        for word in _words():
            try:
                one = _Asked.at(word)
            except OSError as error:  # the others are stopped all the same
                doubts.append(_untold(word, error))
                continue
            if one is not None:
                asked.append(stack.enter_context(one))
                yield one.heard()
        for one in asked:
            if one.is_off():
                yield f"{one.run} is stopped; outputs are off"
            else:
                doubts.append(one.doubt)
    if doubts:
        raise BenchError("; ".join(doubts))


def _words() -> list[Path]:
    """What runs have left; a folder that cannot be read is an error and not an empty one."""
    try:
        return sorted(one for one in state_folder().iterdir() if one.match("run-*.json"))
    except FileNotFoundError:
        return []


def _untold(word: Path, error: OSError) -> str:
    """What is to be said of a run whose word cannot be read."""
    return (f"the word of a run at {word} cannot be read ({error.strerror or error}), so that run "
            "was not told to stop: OUTPUTS MAY STILL BE ON; stop it as the user who started it, or "
            "use the instruments' keys")


@dataclass
class _Asked:
    """A run that has been told to stop."""

    pid: int
    bench: str
    peer: socket.socket | None
    _said: bytearray = field(default_factory=bytearray)

    @classmethod
    def at(cls, word: Path) -> Self | None:
        """Tell the run that has left this word; none where it has died without taking it away.

        :raises OSError: when the word cannot be read.
        """
        try:
            said = json.loads(word.read_text(encoding="utf-8"))
            found = cls(pid=int(said["pid"]), bench=str(said["bench"]), peer=None)
            found._tell(int(said["port"]), str(said["token"]))
        except (ConnectionRefusedError, FileNotFoundError, KeyError, TypeError, ValueError,
                OverflowError):
            with suppress(OSError):
                word.unlink()
            return None
        return found

    def _tell(self, port: int, token: str) -> None:
        """Say that it is to stop; where that fails it has not answered, and is in doubt.

        :raises ConnectionRefusedError: when nobody is there any more.
        """
        try:
            peer = socket.create_connection(("127.0.0.1", port), timeout=HEARD_S)
        except ConnectionRefusedError:
            raise
        except OSError:
            return
        try:
            peer.sendall(token.encode())
        except OSError:
            peer.close()
        else:
            self.peer = peer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.peer is not None:
            self.peer.close()

    @property
    def run(self) -> str:
        """Names it in sentences."""
        return f"the run of process {self.pid} on bench {self.bench}"

    @property
    def doubt(self) -> str:
        """What is to be said of one that has not confirmed."""
        return (f"process {self.pid} on bench {self.bench} did not confirm within {ANSWER_S:g} s "
                "that it has stopped: OUTPUTS MAY STILL BE ON; use the instruments' keys")

    def heard(self) -> str:
        """What it says at once."""
        if self._line(HEARD_S) == HEARD:
            return f"{self.run} has heard it; its outputs go off"
        return f"{self.run} has not answered yet"

    def is_off(self) -> bool:
        """Wait until it says that its outputs are off, or that they are not."""
        line = self._line(ANSWER_S + 1.0)
        if line == HEARD:  # it took a while
            line = self._line(ANSWER_S + 1.0)
        return line == OFF

    def _line(self, wait_s: float) -> bytes:
        """The next line; empty where none comes in time."""
        if self.peer is None:
            return b""
        self.peer.settimeout(wait_s)
        with suppress(OSError):
            while b"\n" not in self._said:
                more = self.peer.recv(64)
                if not more:
                    return b""
                self._said += more
            line, _, rest = bytes(self._said).partition(b"\n")
            self._said = bytearray(rest)
            return line + b"\n"
        return b""
