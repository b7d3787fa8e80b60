"""The error tree: one root, one class per failure domain, each also the builtin it resembles."""

from __future__ import annotations

from collections.abc import Sequence


class MemrigError(Exception):
    """Root of every error that memrig raises on purpose.

    :ivar exchanged: messages with instruments that nobody else has kept, where connecting to them
        has failed: clock time, instrument, direction, text.
    """

    exchanged: Sequence[tuple[float, str, str, str]] = ()


class RequestError(MemrigError, ValueError):
    """A request makes no sense: wrong value, unit, name or shape."""


class UnknownNameError(RequestError, LookupError):
    """A name that no catalogue knows."""


class LimitError(MemrigError, ValueError):
    """The device must not get what was asked. Nothing was sent."""


class InfeasibleError(MemrigError, ValueError):
    """The bench cannot do what was asked.

    :param what: the quantity and where it stands, e.g. ``"pulse width, program pulse"``.
    :param asked: what was asked, with its unit.
    :param allowed: what would fit, with its unit.
    """

    def __init__(self, what: str, *, asked: str, allowed: str) -> None:
        super().__init__(f"{what}: {asked} asked, {allowed} allowed; nothing was sent")
        self.what, self.asked, self.allowed = what, asked, allowed


class ProfileError(MemrigError, ValueError):
    """The device profile is missing, incomplete or forbids the experiment."""


class BenchError(MemrigError, RuntimeError):
    """An instrument did not do what it was told."""


class TriggerError(BenchError):
    """An instrument did not see its trigger: what it should have recorded is missing."""


class LinkError(BenchError, ConnectionError):
    """The connection to an instrument is dead, refused or out of step."""


class WrongInstrumentError(BenchError):
    """Another instrument than the expected one answers at the address."""


class StoppedError(MemrigError):
    """The run was stopped, on request or by a guard; the outputs are off.

    :ivar guard: name of the guard; empty where somebody has asked for it.
    """

    def __init__(self, message: str, guard: str = "") -> None:
        super().__init__(message)
        self.guard = guard


class StoreError(MemrigError, OSError):
    """The run store cannot be opened, read or written."""


def sentence_of(error: Exception) -> str:
    """The sentence of an error; of one that nobody foresaw also its kind, and it is logged."""
    if isinstance(error, MemrigError | OSError):
        return str(error)
    import logging  # noqa: PLC0415  # a command that only helps does without

    logging.getLogger(__name__).error("not foreseen", exc_info=error)
    return f"{type(error).__name__}: {error}"
