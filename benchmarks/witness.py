"""Simulated instruments that tell what they are told, and when the last of their outputs is off."""

from __future__ import annotations

from collections.abc import Callable

from memrig.sim.twin.scpi import Scpi
from memrig.sim.twin.twin import Twin


class Told:
    """An instrument that tells of its messages before it carries them out."""

    def __init__(self, tell: Callable[[bytes], None], instrument: Scpi) -> None:
        self._tell, self._instrument = tell, instrument

    def execute(self, message: bytes) -> bytes:
        """Carry out one message."""
        self._tell(message)
        return self._instrument.execute(message)


def tell_when_off(twin: Twin, tell: Callable[[], None]) -> None:
    """Tell whenever a relay has moved and no output is on."""
    move, world = twin.world.connect, twin.world

    def connect(source: str, on: bool, **how: bool) -> None:  # noqa: FBT001  # of a relay
        move(source, on, **how)
        if not world.outputs_on:
            tell()

    world.connect = connect  # type: ignore[method-assign]  # to be told
