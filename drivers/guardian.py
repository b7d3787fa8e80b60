"""The controller's side of the guardian: starts it, arms it, gives it a beat, sees that it lives.

The other side is ``memrig.drivers.guardian_child``, a process of its own that switches the outputs
off when this one dies or hangs while they are on.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memrig.drivers import guardian_child
from memrig.drivers.guardian_child import ARM, ASK, BEAT, DISARM, LEAVE
from memrig.hil import file_lock
from memrig.hil.errors import BenchError
from memrig.hil.guarding import WORKING, at_work, word_path

SILENT_S = 15.0
"""How long a controller may be silent with the outputs on. Every wait gives beats, for messages
every 0.5 s; what gives none is work between two messages, such as planning the next stimulus, or
a store that another program holds (5 s)."""
BEAT_S = 0.1
"""Beats that follow sooner are not sent."""
ASK_S = 2.0
"""How often the guardian is to answer a beat: one that is stopped is as good as dead."""
START_S, ANSWER_S = 20.0, 5.0
"""How long a new guardian may take to be ready (PyVISA alone takes a second on a slow computer),
and one that is there to answer."""
END_S = 40.0
"""How long one that has taken over may take to come to its end."""
REPLACED = 3
"""How many guardians may be lost in one run before it is ended."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WardTask:
    """How one instrument is switched off.

    :param off: the shortest messages that do it.
    :param answers: answers by question that confirm it.
    """

    role: str
    resource: str
    library: str
    off: Sequence[str]
    answers: Mapping[str, str]


class Guardian:
    """One bench's guardian; it is started when it is armed for the first time.

    Where there is nothing to guard, nothing is started: a bench whose instruments are simulated
    in this process loses them with it.

    :param bench: how the bench is called.
    :param wards: the instruments that drive something.
    """

    def __init__(self, bench: str, wards: Sequence[WardTask]) -> None:
        self._bench, self._wards = bench, tuple(wards)
        self.word = word_path()
        self._child: _Child | None = None
        self._armed, self._lost = False, 0
        self._beat_at_s = self._signed_at_s = 0.0
        self._lock = threading.RLock()

    @property
    def has_wards(self) -> bool:
        """Whether there is anything to guard."""
        return bool(self._wards)

    @property
    def pid(self) -> int:
        """The process; 0 where none has been started."""
        return self._child.pid if self._child else 0

    def arm(self) -> None:
        """From here on the outputs are switched off when this process dies or is silent.

        :raises BenchError: when there can be no guardian; nothing must be switched on then.
        """
        with self._lock:
            if not self._wards:
                return
            if busy := at_work([one.resource for one in self._wards]):
                message = (
                    f"the guardian of an earlier run is still switching off {busy}; repeat this "
                    "in a few seconds; nothing was switched on"
                )
                raise BenchError(message)
            self._lost = 0
            self._armed = True
            try:
                self._arm()
            except BenchError as error:
                self._armed = False
                raise BenchError(f"{error}; nothing was switched on") from None

    def beat(self) -> None:
        """Say that the run goes on, and see that the guardian is there; another one takes the
        place of one that has died.

        :raises BenchError: when it has switched off, or there can be none.
        """
        if not self._armed:
            return
        silent_s = time.monotonic() - self._beat_at_s
        child = self._child
        if child is not None and not child.has_ended and silent_s < BEAT_S:
            return
        with self._lock:
            if not self._armed:
                return
            # After a long silence it may have acted already: then it is asked.
            if silent_s < SILENT_S / 2.0 and child is not None and child.beat():
                self._beat_at_s = time.monotonic()
            else:
                self._ensure()

    def sign(self) -> None:
        """Say that this process lives, and nothing else: for whoever switches off."""
        now_s, child = time.monotonic(), self._child
        if self._armed and child is not None and now_s - self._signed_at_s >= BEAT_S:
            self._signed_at_s = now_s
            child.order(BEAT)

    def disarm(self) -> None:
        """The outputs are off: the end of this process means nothing any more."""
        with self._lock:
            if self._armed and self._child is not None:
                self._child.order(DISARM)
            self._armed = False

    def close(self) -> None:
        """End it. One that is still armed switches off once more, and is waited for."""
        with self._lock:
            child, self._child, armed = self._child, None, self._armed
            self._armed = False
            if child is not None:
                if armed:
                    child.order(LEAVE)
                child.close(END_S if armed else ANSWER_S)

    def _ensure(self) -> None:
        """Armed by the guardian that there is, or by another one."""
        child = self._child
        if child is not None and not child.has_ended:
            with suppress(BenchError):
                self._arm()
                return
        if child is not None and child.took_over:
            message = (
                f"the guardian has switched the outputs off, since this program had been silent "
                f"for more than {SILENT_S:g} s; the run is ended"
            )
            raise BenchError(message)
        self._lost += 1
        if self._lost > REPLACED:
            raise BenchError("the guardian process was ended again and again; the run is ended, "
                             "and the outputs are switched off")
        _log.warning("the guardian process had ended or hung; another one takes its place")
        try:
            self._arm()
        except BenchError as error:
            raise BenchError(f"{error}; the run is ended, and the outputs are switched off"
                             ) from None

    def _arm(self) -> None:
        child, within_s = self._child, ANSWER_S
        if child is None or child.has_ended:
            if child is not None:
                child.close(END_S)
            child = self._child = _Child(self._task())
            within_s = START_S
        if not child.answers(ARM, within_s):
            child.give_up()
            raise BenchError("the guardian process does not answer")
        self._beat_at_s = time.monotonic()

    def _task(self) -> dict[str, Any]:
        return {"bench": self._bench, "pid": os.getpid(), "silent_s": SILENT_S,
                "word": str(self.word), "working": f"{self.word}{WORKING}",
                "locks": str(file_lock.__file__), "path": sys.path,
                "wards": [asdict(one) for one in self._wards]}


class _Child:
    """The process and what it says.

    :raises BenchError: when it cannot be started.
    """

    def __init__(self, task: Mapping[str, Any]) -> None:
        script = str(Path(guardian_child.__file__))
        try:
            self._process = subprocess.Popen(  # noqa: S603  # this program itself
                [sys.executable, "-I", "-S", script], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, bufsize=0, **_apart())
        except OSError as error:
            raise BenchError(f"no guardian process can be started: {error}") from None
        self.took_over, self.ended = False, threading.Event()
        self._answer = threading.Condition()
        self._asked = self._answered = 0
        self._asked_at_s = time.monotonic()
        self._listener = threading.Thread(target=self._listen, name="memrig-guardian", daemon=True)
        self._listener.start()
        self.order(json.dumps(task).encode("utf-8") + b"\n")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it guards no more."""
        return self.ended.is_set()

    def order(self, data: bytes) -> bool:
        """Write to its pipe; whether there is anybody."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
        except (OSError, ValueError):  # gone, or closed here
            return False
        return not self.has_ended

    def beat(self) -> bool:
        """Give a beat, now and then one to be answered; whether it is there and answers."""
        asked_s = time.monotonic() - self._asked_at_s
        if self._answered < self._asked:
            if asked_s > ANSWER_S:
                self.give_up()
            return self.order(BEAT)
        return self._ask(ASK) if asked_s > ASK_S else self.order(BEAT)

    def answers(self, order: bytes, within_s: float) -> bool:
        """Whether it answers this, and everything that it was asked before, in time."""
        if not self._ask(order):
            return False
        with self._answer:
            self._answer.wait_for(lambda: self.has_ended or self._answered >= self._asked, within_s)
            return not self.has_ended and self._answered >= self._asked

    def _ask(self, order: bytes) -> bool:
        self._asked += 1
        self._asked_at_s = time.monotonic()
        return self.order(order)

    def close(self, within_s: float) -> None:
        """End it and wait for it.

        :param within_s: after this time it is killed, unless it is switching off: then it is left
            to its work.
        """
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            if self.took_over:
                _log.error("the guardian process %d is left behind, switching off", self.pid)
                return
            self._process.kill()
            self._process.wait()
        self._listener.join()

    def give_up(self) -> None:
        """Kill one that does not answer, unless it is switching off."""
        if not self.took_over:
            self._process.kill()
            self.ended.set()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while line := pipe.readline():
                self._heard(line)
        self._heard(b"")

    def _heard(self, line: bytes) -> None:
        """An answer; that it has switched off; or its end."""
        with self._answer:
            if line.startswith(b"off"):
                self.took_over = True
            if self.took_over or not line:
                self.ended.set()
            else:
                self._answered += 1
            self._answer.notify_all()


def _apart() -> dict[str, Any]:
    """What keeps a process out of reach of the signals of this one's terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
