"""The twin's virtual clock for a controller in another process."""

from __future__ import annotations

from memrig.hil.clock import Clock
from memrig.hil.errors import RequestError


class ClockPort:
    """A clock that is asked and advanced in lines, see ``memrig.hil.clock.RemoteClock``.

    What it does not understand is answered with ``ERROR`` and a sentence; the clock stays.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def execute(self, message: bytes) -> bytes:
        """Carry out one line; the time in seconds and a newline."""
        word, _, rest = message.decode("ascii", "replace").strip().partition(" ")
        try:
            if word.upper() == "SLEEP":
                self._clock.sleep(float(rest))
            elif word.upper() != "NOW?":
                raise RequestError("NOW? or SLEEP seconds is needed")
        except ValueError as error:  # RequestError is one
            return f"ERROR {error}\n".encode("ascii", "replace")
        return f"{self._clock.now_s!r}\n".encode("ascii")
