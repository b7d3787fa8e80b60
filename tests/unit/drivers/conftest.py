"""A wire with a script: what must be sent, in order, and what comes back."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from memrig.drivers.transport import Transport
from memrig.hil.clock import VirtualClock

Pair = tuple[Any, Any]
"""What is sent, and its answer (None for none). A block is sent as (head, list of its codes) and
answered as a list of numbers."""
NO_ERROR: Pair = ("SYST:ERR?", '+0,"No error"')


class Scripted(Transport):
    """A transport that knows in advance what it will be asked."""

    def __init__(self, name: str, pairs: Sequence[Pair]) -> None:
        super().__init__("", name=name, clock=VirtualClock(), link=False)
        self.left = deque(pairs)

    def _next(self, message: Any) -> Any:
        assert self.left, f"{message!r} was sent, nothing was expected"
        sent, answer = self.left.popleft()
        assert message == sent
        return answer

    def write(self, message: str) -> None:
        assert self._next(message) is None

    def write_block(self, head: str, data: bytes) -> None:
        assert self._next((head, np.frombuffer(data, dtype="<i2").tolist())) is None

    def query(self, message: str, *, deadline_s: float = 1.0,
              stop: threading.Event | None = None) -> str:
        return str(self._next(message))

    def query_block(self, message: str, dtype: str, *, deadline_s: float = 1.0,
                    stop: threading.Event | None = None, first: str = "",
                    meaning: Mapping[str, str] | None = None) -> Any:
        return np.array(self._next(message), dtype=dtype)


@contextmanager
def wire(name: str) -> Iterator[Scripted]:
    """A scripted wire; pairs that are left over in the end fail."""
    found = Scripted(name, ())
    yield found
    assert not found.left, f"not sent: {list(found.left)}"


@contextmanager
def expected(one: Scripted, *pairs: Pair) -> Iterator[None]:
    """What is sent within, exactly."""
    assert not one.left
    one.left.extend(pairs)
    yield
    assert not one.left, f"not sent: {list(one.left)}"
