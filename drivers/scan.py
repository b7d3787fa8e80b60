"""Looks for instruments: what VISA lists, and who answers there. Sends nothing but ``*IDN?``."""

from __future__ import annotations

import re
import threading
from contextlib import closing

from memrig.drivers.transport import Transport
from memrig.hil.clock import SystemClock
from memrig.hil.errors import LinkError
from memrig.hil.scanning import NoAnswerError

ANSWER_S = 1.0
"""How long an instrument may take to say what it is."""
_BUSY = re.compile(r"RSRC_BUSY|RSRC_LOCKED|resource busy|in use", re.IGNORECASE)
_SERIAL = re.compile(r"ASRL", re.IGNORECASE)


class VisaScanner:
    """Looks through one VISA library.

    :param library: ``"@py"``, or ``""`` for the vendor's.
    """

    def __init__(self, library: str = "@py") -> None:
        self.library = library

    def resources(self) -> list[str]:
        """What the library lists. Serial ports are left out: what hangs there may act on any text.

        :raises NoAnswerError: when there is no such library.
        """
        import pyvisa  # noqa: PLC0415  # quick start of the command line

        try:
            with closing(pyvisa.ResourceManager(self.library)) as manager:
                listed = manager.list_resources("?*")
        except Exception as error:  # noqa: BLE001  # PyVISA backends raise all kinds
            message = f"the VISA library {self.library!r} lists no instruments: {error}"
            raise NoAnswerError(message) from None
        return [name for name in listed if not _SERIAL.match(name)]

    def identity(self, resource: str, stop: threading.Event | None = None) -> str:
        """What an instrument answers to ``*IDN?``.

        :raises NoAnswerError: with why there is none.
        :raises StoppedError: when ``stop`` was set meanwhile.
        """
        try:
            with closing(Transport(resource, name="scan", clock=SystemClock(),
                                   library=self.library)) as wire:
                return wire.query("*IDN?", deadline_s=ANSWER_S, stop=stop).strip()
        except LinkError as error:
            raise NoAnswerError(_why(str(error))) from None


def _why(error: str) -> str:
    if _BUSY.search(error):
        return "busy: another program holds it"
    if "did not answer" in error:
        return f"connected, but no answer to *IDN? within {ANSWER_S:g} s"
    return "nothing answers there; check power, cable and address"
