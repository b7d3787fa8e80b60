"""Puts the questions of a run's guards to whoever sits at the terminal."""

from __future__ import annotations

import sys

from memrig.hil.guards import ANSWER_S, Ask, Question

YES = ("y", "yes")


def terminal() -> Ask | None:
    """Asks at the terminal; None where there is none, or nobody can type."""
    return _ask if sys.stdin.isatty() and sys.stderr.isatty() else None


def _ask(question: Question) -> None:
    print(f"\nmemrig: {question.alert}\nThe device is at 0 V. Go on? y or n, within "
          f"{ANSWER_S:g} s: ", end="", file=sys.stderr, flush=True)
    while question.waits():
        if (said := _typed()) is not None:
            question.answer(go_on=said.strip().lower() in YES)
    if not question.is_answered:
        print(file=sys.stderr)


if sys.platform == "win32":
    import msvcrt

    def _typed() -> str | None:
        """A key that was pressed; None while there is none."""
        return msvcrt.getwch() if msvcrt.kbhit() else None
else:
    import select

    def _typed() -> str | None:
        """A line that was entered; None while there is none."""
        return sys.stdin.readline() if select.select([sys.stdin], [], [], 0)[0] else None
