"""Faults that simulated instruments can be told to have: what there is, how it is said, when.

A fault is one line, ``ROLE:KIND [VALUE] [WHEN ...]``::

    awg:no-answer at 12            the 12th message that the generator gets
    smu:late 2 s p=0.01 seed 3     each message with a probability of 1 %
    scope:clipped after 5 ms       from 5 ms of the bench's time on
    awg:ignored on OUTP1 0         messages that contain these words
    any:lost-link at 40            whichever instrument gets the bench's 40th message
    device:open after 20 ms        what is in the device's place

Conditions that stand side by side must all hold; without any, the fault is always there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import unknown
from memrig.hil.units import parse_quantity

INSTRUMENTS = ("awg", "scope", "smu")
ANY, DEVICE = "any", "device"
ROLES = (*INSTRUMENTS, ANY, DEVICE)
EXAMPLE = '"awg:no-answer at 12"'
WORDS = ("at", "from", "after", "on", "p", "seed")
"""What begins a condition; every word behind it, up to the next of these, belongs to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way to fail.

    :param sentence: what the instrument does.
    :param concerns: roles that can have it.
    :param unit: of its value; empty where it takes none.
    :param default: its value where none is given.
    :param on: words of the messages that it concerns, where they are always the same.
    """

    sentence: str
    concerns: tuple[str, ...] = INSTRUMENTS
    unit: str = ""
    default: float = 0.0
    on: str = ""


KINDS: Mapping[str, Kind] = {
    "no-answer": Kind(sentence="does what it is told; its answer gets lost"),
    "late": Kind(sentence="does what it is told; its answer comes so much later", unit="s",
                 default=2.0),
    "stale": Kind(sentence="answers with what it had answered before"),
    "time-out": Kind(sentence="hangs so long, and only then does what it is told", unit="s",
                     default=20.0),
    "lost-link": Kind(sentence="the connection is cut instead of the message being heard"),
    "refused-link": Kind(sentence="cuts new connections at once; connections are counted, not "
                                  "messages"),
    "reboot": Kind(sentence="starts anew: outputs off, settings gone, the connection cut; no new "
                            "one for so long", unit="s", default=2.0),
    "error": Kind(sentence="puts an error of this number into its error queue", unit="1",
                  default=-310.0),
    "garbage": Kind(sentence="answers with bytes that mean nothing"),
    "garbage-identity": Kind(sentence="answers *IDN? with bytes that mean nothing", on="*IDN?"),
    "truncated": Kind(sentence="sends the first half of its answer or block, and no more"),
    "wrong-length": Kind(sentence="says that its block is so many bytes longer than it is",
                         unit="1", default=-2.0),
    "ignored": Kind(sentence="leaves what a message sets as it was, and says nothing"),
    "missed-trigger": Kind(sentence="does not see its trigger"),
    "stuck-trigger": Kind(sentence="triggers again and again without being told",
                          concerns=("awg", "scope")),
    "overload": Kind(sentence="reads beyond every range", concerns=("smu",)),
    "clipped": Kind(sentence="its input lies beyond the end of its converter",
                    concerns=("scope",)),
    "tripped": Kind(sentence="switches its outputs off by itself", concerns=("awg", "smu")),
    "stays-on": Kind(sentence="leaves an output on that it is told to switch off, and says that "
                              "it is on", concerns=("awg", "smu")),
    "short": Kind(sentence="a short circuit is in the device's place", concerns=(DEVICE,)),
    "open": Kind(sentence="nothing is in the device's place any more", concerns=(DEVICE,)),
}
"""All there are, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When a fault is there: all conditions that are given.

    :param at: this message (from 1) and no other; 0 for any. Counted are those with ``on``.
    :param since: this message and all later ones.
    :param on: words that the message contains, whatever their capitals.
    :param after_s: from so many seconds of the bench's time on.
    :param probability: of each message that all else holds for, drawn from ``seed``.
    """

    at: int = 0
    since: int = 1
    on: str = ""
    after_s: float = 0.0
    probability: float = 1.0
    seed: int = 0

    @property
    def is_moment(self) -> bool:
        """Whether it is a moment of the bench's time, and no message is needed."""
        return self == When(after_s=self.after_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of one instrument, or of whichever comes first, or of the device.

    :param value: in the unit of its kind.
    """

    role: str
    kind: str
    value: float = 0.0
    when: When = When()

    @classmethod
    def from_text(cls, text: str) -> Fault:
        """Read one line.

        :raises RequestError: with what is wrong, and what there is instead.
        """
        role, colon, rest = (part.strip() for part in text.partition(":"))
        if not (role and colon and rest):
            raise RequestError(f"{text!r} is not of the form ROLE:KIND [VALUE] [WHEN], e.g. "
                               f"{EXAMPLE}")
        name, *words = re.sub(r"\bp\s*=\s*", "p ", rest).split()
        if role not in ROLES:
            raise UnknownNameError(unknown("instrument", role, ROLES))
        if name not in KINDS:
            raise UnknownNameError(unknown("fault", name, KINDS))
        concerns = KINDS[name].concerns
        if role not in concerns and (role != ANY or concerns == (DEVICE,)):
            raise RequestError(f"fault {name} concerns {' and '.join(concerns)}, not {role}")
        given = _grouped(words, text)
        return cls(role=role, kind=name, value=_value(name, given), when=_when(name, given, text))

    def concerns(self, role: str) -> bool:
        """Whether this instrument has it."""
        return self.role == role or (self.role == ANY and role in KINDS[self.kind].concerns)


def parsed(texts: Sequence[str], roles: Sequence[str]) -> list[Fault]:
    """All faults of a bench.

    :param roles: of the instruments that it has.
    :raises RequestError: for a fault of an instrument that is not there.
    """
    found = [Fault.from_text(text) for text in texts]
    for fault in found:
        if fault.role not in (*roles, ANY, DEVICE):
            raise RequestError(f"fault {fault.kind}: this bench has no {fault.role} (it has "
                               f"{', '.join(roles)})")
    return found


def _grouped(words: Sequence[str], text: str) -> dict[str, str]:
    """Words by what they belong to: a condition, or (``""``) the value."""
    found: dict[str, list[str]] = {"": []}
    here = ""
    for word in words:
        if word in WORDS:
            if word in found:
                raise RequestError(f"{text!r} says {word!r} twice")
            here = word
            found[here] = []
        else:
            found[here].append(word)
    empty = [word for word, rest in found.items() if word and not rest]
    if empty:
        raise RequestError(f"{text!r}: nothing stands behind {empty[0]!r}")
    return {word: " ".join(rest) for word, rest in found.items() if rest}


def _value(name: str, given: Mapping[str, str]) -> float:
    kind = KINDS[name]
    if "" not in given:
        return kind.default
    if not kind.unit:
        raise RequestError(f"fault {name} takes no value, and {given['']!r} was given; conditions "
                           f"begin with {', '.join(WORDS)}")
    value = parse_quantity(given[""], kind.unit)
    if kind.unit == "s" and value < 0.0:
        raise RequestError(f"fault {name} of {given['']} was asked; it cannot be negative")
    return value


def _when(name: str, given: Mapping[str, str], text: str) -> When:
    fixed = KINDS[name].on
    if "on" in given and (fixed or name == "refused-link"):
        raise RequestError(f"{text!r}: fault {name} takes no 'on'")
    if "seed" in given and "p" not in given and not name.startswith("garbage"):
        raise RequestError(f"{text!r}: a seed belongs to a probability, e.g. 'p=0.01 seed 3'")
    probability = parse_quantity(given.get("p", "1"), "1")
    after_s = parse_quantity(given.get("after", "0"), "s")
    if not 0.0 < probability <= 1.0:
        raise RequestError(f"{text!r}: a probability is above 0 and at most 1")
    if not 0.0 <= after_s < math.inf:
        raise RequestError(f"{text!r}: a time after the beginning cannot be negative")
    return When(at=_whole(given, "at", text, 0), since=_whole(given, "from", text, 1),
                on=given.get("on", fixed), after_s=after_s, probability=probability,
                seed=_whole(given, "seed", text, 0))


def _whole(given: Mapping[str, str], word: str, text: str, default: int) -> int:
    least = 0 if word == "seed" else 1
    if word not in given:
        return default
    if not given[word].isdecimal() or int(given[word]) < least:
        raise RequestError(f"{text!r}: a whole number from {least} stands behind {word!r}, not "
                           f"{given[word]!r}")
    return int(given[word])
