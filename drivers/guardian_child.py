"""The guardian: a process of its own that switches the outputs off when its controller ends.

Run by its path, ``python -I -S guardian_child.py``: it needs nothing but Python itself (PyVISA only
for instruments that are not at a raw socket), shares nothing with the controller but a pipe, and
holds its own sessions. The pipe brings one line of JSON with what it is to do, then single bytes.
While it is armed, the end of the pipe is the controller's death, and silence is a controller that
hangs: both switch off, at once and several times, since what the dead link still held may be
carried out after it.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, Protocol

ARM, BEAT, ASK, DISARM, LEAVE = b"A", b"B", b"?", b"D", b"L"
"""Orders. ``ARM`` and ``ASK`` are answered with a line each; ``LEAVE`` comes from a controller that
goes without knowing that the outputs are off."""
ROUNDS_S = (0.0, 0.05, 0.2, 1.0)
"""When all is switched off after the death; what came later was not sent by the dead."""
MORE_S = (2.0, 4.0, 8.0, 16.0)
"""When it is tried again as long as an instrument does not confirm."""
CONNECT_S, ANSWER_S = 1.5, 0.5
GRACE_S = 0.1
"""For a beat that has come while this process itself had no processor."""
Tell = Callable[[str], None]
_RAW = re.compile(r"TCPIP\d*::([^:]+)::(\d+)::SOCKET", re.IGNORECASE)


class Link(Protocol):
    """A session with one instrument."""

    def send(self, message: str) -> None:
        """Send one message; raises where nothing takes it."""
        ...

    def ask(self, message: str) -> str:
        """Send a question; its answer, or an error when none comes in time."""
        ...

    def close(self) -> None:
        """End the session."""
        ...


class RawLink:
    """A raw TCP connection, as most instruments have one; they take several at a time.

    :raises OSError: when nothing answers there.
    """

    def __init__(self, host: str, port: int) -> None:
        self._wire = socket.create_connection((host, port), timeout=CONNECT_S)
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire.settimeout(ANSWER_S)

    @property
    def is_ended(self) -> bool:
        """Whether the instrument has closed the connection."""
        self._wire.setblocking(False)
        try:
            return not self._wire.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self._wire.settimeout(ANSWER_S)

    def send(self, message: str) -> None:
        """Send one message; raises where nothing takes it."""
        self._wire.sendall(message.encode("latin-1") + b"\n")

    def ask(self, message: str) -> str:
        """Send a question; its answer, or an error when none comes in time."""
        self.send(message)
        data, end_s = b"", time.monotonic() + ANSWER_S
        while not data.endswith(b"\n"):
            more = self._wire.recv(4096)
            if not more or time.monotonic() > end_s:
                raise ConnectionError("it does not answer")
            data += more
        return data.decode("latin-1").strip()

    def close(self) -> None:
        """End the session."""
        self._wire.close()


class VisaLink:
    """A session through PyVISA, for everything that is not at a raw socket."""

    def __init__(self, resource: str, library: str) -> None:
        import pyvisa  # noqa: PLC0415  # only where an instrument needs it

        self._session: Any = pyvisa.ResourceManager(library).open_resource(
            resource, open_timeout=round(CONNECT_S * 1e3), timeout=round(ANSWER_S * 1e3))

    def send(self, message: str) -> None:
        """Send one message; raises where nothing takes it."""
        self._session.write_raw(message.encode("latin-1") + b"\n")

    def ask(self, message: str) -> str:
        """Send a question; its answer, or an error when none comes in time."""
        self.send(message)
        return str(self._session.read_raw().decode("latin-1")).strip()

    def close(self) -> None:
        """End the session."""
        self._session.close()


class Ward:
    """One instrument and how it is switched off.

    :param task: its role, resource, library, ``off`` messages, and ``answers`` by question that
        confirm that it is off.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        self.role, self.resource = str(task["role"]), str(task["resource"])
        self._library, self._off, self._answers = task["library"], task["off"], task["answers"]
        self._raw = _RAW.fullmatch(self.resource)
        self._link: Link | None = None
        self.confirmed, self.error = False, ""
        self.settled = threading.Event()
        """Set when all rounds that every death gets are done."""

    @property
    def needs_visa(self) -> bool:
        """Whether PyVISA is needed for it."""
        return self._raw is None

    def look(self) -> bool:
        """Whether there is a session now. One of a raw socket is opened ahead; others are opened
        after the death, since such an instrument may have but one."""
        if isinstance(self._link, RawLink) and self._link.is_ended:
            self._drop()
        if self._link is None and self._raw is not None:
            with suppress(OSError):  # it takes a single one: then after the death
                self._link = self._opened()
        return self._link is not None

    def switch_off_at_once(self) -> None:
        """Tell it, where there is a session already; what becomes of it is seen later."""
        if self._link is not None:
            with suppress(Exception):
                for message in self._off:
                    self._link.send(message)

    def switch_off(self, *, insists: bool = True) -> None:
        """Switch off in rounds until the last one was confirmed.

        :param insists: whether to try for longer where it is not.
        """
        start_s = time.monotonic()
        for at_s in (*ROUNDS_S, *(MORE_S if insists else ())):
            threading.Event().wait(max(start_s + at_s - time.monotonic(), 0.0))
            self._round()
            if at_s >= ROUNDS_S[-1]:
                self.settled.set()
                if self.confirmed:
                    break
        self._drop()

    def _round(self) -> None:
        """Tell it, then ask. A session that has died unseen is replaced at once."""
        for _ in range(2):
            try:
                link = self._link = self._link or self._opened()
                for message in self._off:
                    link.send(message)
                self.confirmed = all(link.ask(asked) == answer
                                     for asked, answer in self._answers.items())
            except Exception as error:  # noqa: BLE001  # whatever it is, the next round comes
                self.confirmed, self.error = False, f"{type(error).__name__}: {error}"
                self._drop()  # a late answer must not be taken for another one
            else:
                self.error = "" if self.confirmed else "it says that an output is on"
                return

    def _opened(self) -> Link:
        if self._raw is None:
            return VisaLink(self.resource, self._library)
        return RawLink(self._raw[1], int(self._raw[2]))

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            with suppress(Exception):
                link.close()


class Guardian:
    """Waits for the end of its controller.

    :param task: the bench, the controller's process, its wards, how long it may be silent while it
        is armed (``silent_s``), the file that is told what happened (``word``), and the one whose
        lock says that it is at work (``working``), with the module that knows how (``locks``).
    :param tell: receives what the controller is answered.
    :param shout: receives what people must know.
    """

    def __init__(self, task: dict[str, Any], tell: Tell, shout: Tell) -> None:
        self._task, self._tell, self._shout = task, tell, shout
        self._silent_s = float(task["silent_s"])
        self._wards = [Ward(one) for one in task["wards"]]
        self._armed, self._alive_s = threading.Event(), 0.0
        self._deciding = threading.Lock()
        self._acts, self._done = False, threading.Event()
        self._lock = runpy.run_path(task["locks"])["lock"]  # ahead, as all that takes time
        if any(ward.needs_visa for ward in self._wards):
            sys.path[:] = task["path"]
            import pyvisa  # noqa: F401, PLC0415  # ahead: there is no time for it later

    def serve(self, pipe: BinaryIO) -> None:
        """Follow the orders until they end, or there are none for too long; then do what is to be
        done. Whoever reads the end of the pipe acts: there is no thread to wake first."""
        threading.Thread(target=self._listen, args=(pipe,), daemon=True).start()
        self._done.wait()

    def _listen(self, pipe: BinaryIO) -> None:
        threading.Thread(target=self._watch, daemon=True).start()
        order = b""
        try:
            while (order := pipe.read(1)) and order != LEAVE:
                with self._deciding:
                    if self._acts:  # whoever is asked now has nothing to say but what it does
                        return
                    self._follow(order)
        finally:
            if self._is_to_act():
                self._act("left" if order == LEAVE else "died")
            elif not self._acts:
                self._done.set()

    def _follow(self, order: bytes) -> None:
        self._alive_s = time.monotonic()
        if order == ARM:
            self._armed.set()
            there = [ward.role for ward in self._wards if ward.look()]
            self._alive_s = time.monotonic()
            self._tell(f"armed {' '.join(there)}")
        elif order == ASK:
            self._tell("here")
        elif order == DISARM:
            self._armed.clear()

    def _watch(self) -> None:
        """Look when the next sign of life is overdue."""
        while not self._acts:
            self._armed.wait()
            if self._left_s > -GRACE_S:
                threading.Event().wait(max(self._left_s, GRACE_S))
            elif self._is_to_act(overdue=True):
                self._act("silent")

    @property
    def _left_s(self) -> float:
        """Until the next sign of life is due."""
        return self._alive_s + self._silent_s - time.monotonic()

    def _is_to_act(self, *, overdue: bool = False) -> bool:
        """Whether whoever asks is to switch off: one thread, once, and nothing is answered then.

        :param overdue: whether that holds only if there is no sign of life even now.
        """
        with self._deciding:
            acts = self._armed.is_set() and not self._acts and not (
                overdue and self._left_s > -GRACE_S)
            self._acts = self._acts or acts
            return acts

    def _act(self, why: str) -> None:
        try:
            self._switch_off(why)
        finally:
            self._done.set()

    def _switch_off(self, why: str) -> None:
        at = time.time()
        for ward in self._wards:
            ward.switch_off_at_once()
        threads = [threading.Thread(target=ward.switch_off, kwargs={"insists": why != "left"})
                   for ward in self._wards]
        for thread in threads:
            thread.start()
        self._tell(f"off {why}")
        with self._at_work():
            self._see_to_it(why, at, threads)
        if self._confirmed:
            self._shout(self._sentence(why))

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Hold a lock: whoever finds the word knows from it whether it is still being written."""
        path, file = self._task["working"], -1
        with suppress(OSError):
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  # pathlib is slow to start
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            self._lock(file)
        yield
        with suppress(OSError):
            os.close(file)
            os.remove(path)  # noqa: PTH107  # as above

    def _see_to_it(self, why: str, at: float, threads: Sequence[threading.Thread]) -> None:
        self._leave_word(why, at, ended=False)
        for ward in self._wards:
            ward.settled.wait()
        if not self._confirmed and why != "left":  # who leaves says it himself
            self._shout(self._sentence(why))
        for thread in threads:
            thread.join()
        self._leave_word(why, at, ended=True)

    @property
    def _confirmed(self) -> bool:
        return all(ward.confirmed for ward in self._wards)

    def _sentence(self, why: str) -> str:
        what = {"died": "has died", "silent": f"was silent for {self._silent_s:g} s",
                "left": "could not confirm it"}[why]
        bench, pid = self._task["bench"], self._task["pid"]
        cause = f"process {pid} on bench {bench} {what}"
        if self._confirmed:
            return f"memrig: the guardian has switched the outputs off, as confirmed: {cause}"
        doubtful = "; ".join(f"{ward.role} at {ward.resource}: {ward.error}"
                             for ward in self._wards if not ward.confirmed)
        return (f"memrig: OUTPUTS MAY STILL BE ON: {cause}, and the guardian's switching off was "
                f"NOT CONFIRMED ({doubtful}); USE THE INSTRUMENTS' KEYS")

    def _leave_word(self, why: str, at: float, *, ended: bool) -> None:
        word = {
            "bench": self._task["bench"], "pid": self._task["pid"], "why": why, "at": at,
            "ended": ended, "confirmed": self._confirmed,
            "wards": {ward.role: {"resource": ward.resource, "confirmed": ward.confirmed,
                                  "error": ward.error} for ward in self._wards},
        }
        path, new = self._task["word"], f"{self._task['word']}.new"
        with suppress(OSError):  # a full disk keeps nobody from switching off
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  # pathlib is slow to start
            with open(new, "w", encoding="utf-8") as file:  # noqa: PTH123  # as above
                json.dump(word, file)
            os.replace(new, path)  # noqa: PTH105  # as above


def main() -> None:
    """Read the task, then the orders; the controller's terminal and its signals mean nothing."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    pipe = open(0, "rb", buffering=0)  # noqa: SIM115  # for as long as the process lives
    line = bytearray()
    while not line.endswith(b"\n"):
        more = pipe.read(1)
        if not more:
            return
        line += more
    Guardian(json.loads(line), _told, _shouted).serve(pipe)


def _told(line: str) -> None:
    with suppress(OSError):  # nobody is left to hear it
        os.write(1, line.encode("utf-8") + b"\n")


def _shouted(line: str) -> None:
    with suppress(OSError):
        os.write(2, line.encode("utf-8") + b"\n")


if __name__ == "__main__":
    main()
    os._exit(0)  # the pipe of a controller that hangs may still be waited for
