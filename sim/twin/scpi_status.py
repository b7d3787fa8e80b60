"""Status of a SCPI instrument: bits of the standard registers, registers of its own."""

from __future__ import annotations

from dataclasses import dataclass

CME, EXE, DDE, QYE, OPC, PON = 32, 16, 8, 4, 1, 128
EAV, QUES, MAV, ESB, MSS, OPER = 4, 8, 16, 32, 64, 128
ALL_BITS = 32767
"""Of a SCPI status register; bit 15 is never used."""


@dataclass(slots=True)
class Register:
    """A SCPI status register: condition, transition filters, event, enable."""

    condition: int = 0
    event: int = 0
    enable: int = 0
    positive: int = ALL_BITS
    negative: int = 0

    def set(self, bits: int, *, on: bool) -> None:
        """Change condition bits; those that pass a transition filter are latched as events."""
        old = self.condition
        self.condition = old | bits if on else old & ~bits
        self.event |= self.condition & ~old & self.positive
        self.event |= old & ~self.condition & self.negative

    def preset(self) -> None:
        """As after ``STATus:PRESet``."""
        self.enable, self.positive, self.negative = 0, ALL_BITS, 0

    @property
    def summary(self) -> bool:
        """Whether an enabled event has happened."""
        return bool(self.event & self.enable)


def class_bit(code: int) -> int:
    """The bit of the standard event register for an error number."""
    if -200 < code <= -100:
        return CME
    if -300 < code <= -200:
        return EXE
    return QYE if -500 < code <= -400 else DDE
